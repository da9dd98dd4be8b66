"""Ridge regression: coefficients and their tangent from one factor.

With ``X~ = sqrt(W) (X - mean)`` and ``y~ = sqrt(W) (y - mean_y)``

    H = X~^T X~ + alpha I,    w = H^-1 X~^T y~,    dw/dalpha = -H^-1 w

(the complexity is ``|w|^2 / 2``, so the right-hand side is w).  A wide X
takes the dual way round, with ``A = X~ X~^T + alpha I``:

    w = X~^T a,    a = A^-1 y~,    dw/dalpha = X~^T da/dalpha = -X~^T A^-1 a
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg, sparse
from sklearn.exceptions import ConvergenceWarning

from skcurious._warnings import warn
from skcurious.tangent._design import (
    DenseDesign,
    SparseDesign,
    centred_gram,
    check_finite,
    check_targets,
    drop_constant_columns,
    make_design,
    mean_of,
    weighted_mean,
)
from skcurious.tangent._factor import (
    CholeskyFactor,
    SpectralFactor,
    WoodburyFactor,
)
from skcurious.tangent._iterative import IterativeFactor
from skcurious.tangent._solution import Solution
from skcurious.tangent._spectrum import (
    ROUNDING,
    eigenpairs,
    is_uneven,
    singular_values,
)
from skcurious.tangent._theorem import implicit_tangent

# A sparse X whose smaller side is no longer than this is solved exactly.
LARGEST_SPARSE_GRAM = 4096
# What a coordinate of y~ may be of rounding, in units of it.
FEW_ROUNDINGS = 3
# Steps of conjugate gradients that an exact solution is given up for.
FEW_STEPS = 500


@dataclass
class RidgeSolution:
    """What :func:`solve_ridge` returns.

    ``coef`` and ``tangent`` have shape (n_features, n_targets), ``mean``
    and ``target_mean`` are zeros without an intercept, ``inverse`` is the
    factor of H, ``solver`` the one that ran, and ``n_iter`` the iterations
    of each target's coefficients or None.
    """

    coef: np.ndarray
    tangent: np.ndarray
    mean: np.ndarray
    target_mean: np.ndarray
    inverse: object
    solver: str
    n_iter: np.ndarray | None


def solve_ridge(
    X,
    Y,
    alphas,
    *,
    weights=None,
    fit_intercept=True,
    solver="auto",
    tol=1e-4,
    max_iter=None,
    products=None,
):
    """Fit ridge regression together with its regularity tangent.

    Parameters
    ----------
    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        Training rows; not changed.
    Y : ndarray of shape (n_samples, n_targets)
        Targets, of the dtype of X; not changed.
    alphas : ndarray of shape (1,) or (n_targets,)
        Regularisation strengths, of the dtype of X.
    weights : ndarray of shape (n_samples,) or None
        Sample weights.
    fit_intercept : bool
        Whether to centre X and Y.
    solver : {"auto", "cholesky", "svd", "sparse_cg"}
        ``"auto"`` is Cholesky, or conjugate gradients for a sparse X both
        sides of which exceed 4,096.
    tol : float
        Relative residual at which conjugate gradients stop.
    max_iter : int or None
        Their steps at most.
    products : tuple of ndarrays, default=None
        ``X~^T X~`` and ``X~^T y~``, where they are known already.

    Returns
    -------
    solution : RidgeSolution
        Coefficients and tangent of shape (n_features, n_targets), means, the
        factor of H, and what the solver did.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import solve_ridge
    >>> X, Y = np.array([[0.0], [2.0]]), np.array([[0.0], [3.0]])
    >>> solution = solve_ridge(X, Y, np.array([1.0]))
    >>> solution.coef, solution.tangent
    (array([[1.]]), array([[-0.33333333]]))
    """
    n_features = X.shape[1]
    sqrt_weights = None if weights is None else np.sqrt(weights)
    mean, target_mean = None, np.zeros(Y.shape[1], dtype=X.dtype)
    if fit_intercept:
        mean = mean_of(X, weights).astype(X.dtype)
        target_mean = weighted_mean(Y, weights).astype(X.dtype)
        Y = Y - target_mean
    if sqrt_weights is not None:
        Y = Y * sqrt_weights[:, None]
    check_targets(Y)

    if solver == "auto":
        large = min(X.shape) > LARGEST_SPARSE_GRAM
        solver = "sparse_cg" if sparse.issparse(X) and large else "cholesky"
    rows = (X, mean, sqrt_weights)
    if solver == "sparse_cg":
        design = make_design(*rows)
        check_finite(design.gram_diagonal())
        if isinstance(design, DenseDesign):
            design.centre_again()
        result = _iterative(design, Y, alphas, tol, max_iter)
    elif solver == "svd":
        result = _svd(DenseDesign(*rows), Y, alphas)
    elif n_features > X.shape[0]:
        result = _dual(make_design(*rows), Y, alphas)
    elif sparse.issparse(X):
        result = _sparse_primal(SparseDesign(*rows), Y, alphas, mean)
    else:
        result = _primal(*rows, Y, alphas, products)
    coef, tangent, inverse, solver = result
    _report(coef, tangent, inverse, alphas, tol)
    return RidgeSolution(
        coef=coef.value,
        tangent=tangent.value,
        mean=np.zeros(n_features, dtype=X.dtype) if mean is None else mean,
        target_mean=target_mean,
        inverse=inverse,
        solver=solver,
        n_iter=coef.n_iter,
    )


def solve_ridge_moments(moments, alphas):
    """Fit ridge regression to sufficient statistics.

    Parameters
    ----------
    moments : Moments
        Of the training rows.
    alphas : ndarray of shape (1,) or (n_targets,)
        Regularisation strengths.

    Returns
    -------
    solution : RidgeSolution
        As :func:`solve_ridge` returns it for the rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import Moments, solve_ridge_moments
    >>> X, Y = np.array([[0.0], [2.0]]), np.array([[0.0], [3.0]])
    >>> moments = Moments.empty(np.zeros(2), n_features=1, centred=True)
    >>> moments = moments.merged(moments.of(X, Y, None))
    >>> solve_ridge_moments(moments, np.array([1.0])).coef
    array([[1.]])
    """
    *_, mean, target_mean = moments.regression()
    sizes = np.sqrt(moments.gram.diagonal()[moments.n_features :])
    result = _from_products(
        lambda: moments.regression()[:2], sizes, alphas, moments.squares()
    )
    coef, tangent, inverse, solver = _or_warn(result)
    _report(coef, tangent, inverse, alphas, 0.0)
    return RidgeSolution(
        coef.value, tangent.value, mean, target_mean, inverse, solver, None
    )


# -- the (n_features, n_features) matrix H ---------------------------------------------


def _primal(X, mean, sqrt_weights, Y, alphas, known):
    """Of dense rows, an SVD of which knows better where half of the digits go."""

    def products():
        if known is not None:
            return known[0].copy(), known[1]
        gram, moment = centred_gram(X, Y, mean, sqrt_weights)
        check_finite(gram)
        if mean is not None:
            drop_constant_columns(gram, moment, mean, X.shape[0], sqrt_weights)
        return gram, moment

    sizes = np.linalg.norm(Y, axis=0)
    *result, error = _from_products(products, sizes, alphas, give_up=True)
    if error > _limit(X.dtype):
        return _svd(DenseDesign(X, mean, sqrt_weights), Y, alphas)
    return result


def _sparse_primal(design, Y, alphas, mean):
    def products():
        gram, moment = design.gram(), design.rmatmat(Y)
        check_finite(gram)
        if mean is not None:
            drop_constant_columns(gram, moment, mean, design.shape[0], design.scale)
        return gram, moment

    squares = design.column_squares()
    result = _from_products(products, np.linalg.norm(Y, axis=0), alphas, squares)
    return _or_closer(result, design, Y, alphas)


def _from_products(products, target_sizes, alphas, squares=None, give_up=False):
    """Solve with ``X~^T X~`` and ``X~^T y~``.

    Parameters
    ----------
    products : callable
        Returns both anew.
    target_sizes : ndarray of shape (n_targets,)
        Norms of the columns of y~.
    alphas : ndarray of shape (1,) or (n_targets,)
        Shifts.
    squares : ndarray of shape (n_features,), default=None
        What was added up in the diagonal, if more than the diagonal.
    give_up : bool, default=False
        Whether to end, with an infinite error, where half of the digits would be lost.

    Returns
    -------
    coef, tangent : Solution
    factor : factor
        Of H.
    method : str
    error : float
        Relative error of the worst target's tangent, in units of the columns: what
        rounding of the products leaves in doubt.
    """
    gram, moment = products()
    limit = _limit(gram.dtype)
    diagonal = gram.diagonal().copy()
    squares = diagonal if squares is None else squares
    if len(alphas) == 1:
        growth = _growth(squares, diagonal + alphas[0])
        factor = CholeskyFactor.try_factorise(gram, alphas[0], limit * growth)
        if factor is not None:
            coef, tangent = _solved_twice(factor.solve, moment)
            error = np.sqrt(growth) * _primal_error(factor, moment, tangent.value)
            if (error < limit).all():
                return coef, tangent, factor, factor.method, 0.0
        if give_up:
            return None, None, None, None, np.inf
        gram, moment = products()  # the first went into the factor
    if give_up and is_uneven(diagonal, gram.dtype):
        return None, None, None, None, np.inf
    return _spectral(gram, moment, target_sizes, alphas, squares)


def _growth(squares, diagonal):
    """How often the largest part of a diagonal holds what it is a difference of."""
    ratio = np.divide(squares, diagonal, out=np.ones_like(squares), where=diagonal > 0)
    return max(1.0, ratio.max(initial=1.0))


def _limit(dtype):
    """Half of the digits: the relative error that asks for a better solver."""
    return np.sqrt(np.finfo(dtype).eps)


def _primal_error(factor, moment, tangent):
    """Relative error of each target's tangent by Cholesky, from above.

    Rounding leaves some ``eps |moment|`` in every direction, also in those
    which the data do not see, where the tangent divides it by alpha twice.
    """
    scale = 1 if factor.scale is None else factor.scale[:, None]
    smallest = factor.rcond * factor.norm
    error = np.linalg.norm(moment * scale, axis=0) / smallest / smallest
    error *= np.finfo(moment.dtype).eps
    size = np.linalg.norm(tangent / scale, axis=0)
    return np.divide(error, size, out=np.zeros_like(error), where=size > 0)


def _spectral(gram, moment, target_sizes, alphas, squares):
    """Eigenvectors of H, and an estimate of the error, as :func:`_from_products`.

    A product ``v^T X~^T y~`` that is only rounding is left out: X~ maps v to nothing,
    or y~ does not see it.
    """
    eps = np.finfo(gram.dtype).eps
    found = eigenpairs(gram, squares)
    factor = SpectralFactor(found.vectors, found.values, alphas)
    noise = np.multiply.outer(np.sqrt(eps * found.rounding), target_sizes)
    coordinates = found.vectors.T @ moment
    seen = np.abs(coordinates) > FEW_ROUNDINGS * noise
    sizes = np.sqrt(squares)[:, None]
    rest, there = np.zeros_like(moment), False
    if factor.thin:  # where the eigenvalue is zero
        rest = moment - found.vectors @ coordinates
        rest[np.abs(rest) <= FEW_ROUNDINGS * eps * sizes * target_sizes] = 0
        there = rest != 0
        rest -= found.vectors @ (found.vectors.T @ rest)
    coordinates[~seen] = 0
    coef, tangent = _in_coordinates(factor, coordinates, rest)
    # Where nearly all of y~ is explained, what is not seen may be there.
    explained = np.einsum("jk,jk->k", moment, coef.value)
    seen |= target_sizes**2 - explained < 1e-6 * target_sizes**2
    # With E, e of up to eps S_i S_j and eps S_j |y~| in the products, S the sizes of
    # columns: H dw = e - E w, and H dt = -dw - E t.
    of_coef, of_tangent = (
        np.linalg.norm(sizes * one.value, axis=0) for one in (coef, tangent)
    )
    lengths = np.linalg.norm(sizes * found.vectors, axis=0)[:, None]
    off = 0
    for size, inverse, is_there in (
        (lengths, np.abs(factor.inverse), seen),
        (sizes, factor.beyond, there),
    ):
        inverse = inverse.astype(np.float64)  # the squares of which are out of float32
        one = eps * inverse * size * (target_sizes + of_coef)
        one = inverse * (one + eps * size * of_tangent)
        off = np.hypot(off, np.linalg.norm(np.where(is_there, size * one, 0), axis=0))
    return coef, tangent, factor, factor.method, _ratio(off, of_tangent).max(initial=0)


def _or_warn(result):
    *solved, error = result
    if error > _few(solved[0].value.dtype):
        warn(
            f"Ill-conditioned problem (relative error {min(error, 1.0):.0e}): "
            "coefficients and tangent have few correct digits. Scale the columns of X "
            "(a sparse X for instance with MaxAbsScaler), take out what lies far from "
            "zero or is nearly collinear, raise alpha, or fit dense rows at once.",
            linalg.LinAlgWarning,
        )
    return solved


def _few(dtype):
    """A third of the digits, the relative error that users are told of."""
    return np.cbrt(np.finfo(dtype).eps)


def _in_coordinates(factor, coordinates, rest=0):
    """Coefficients and tangent from ``V^T X~^T y~``, both free of cancellation.

    And from the `rest` of ``X~^T y~``, which V does not span.
    """

    inside, outside = (
        _solved_twice(lambda B, D=D: Solution(D * B, factor.method), B)
        for D, B in ((factor.inverse, coordinates), (factor.beyond, rest))
    )
    V = factor.vectors
    return tuple(
        replace(one, value=V @ one.value + other.value)
        for one, other in zip(inside, outside, strict=True)
    )


def _solved_twice(solve, B):
    """Coefficients and tangent."""
    coef = solve(B)
    return coef, implicit_tangent(solve, coef.value)


# -- the (n_samples, n_samples) matrix A -----------------------------------------------


def _dual(design, Y, alphas):
    cogram = design.cogram()
    check_finite(cogram)
    limit = _limit(cogram.dtype)
    diagonal = cogram.diagonal().copy()
    is_dense = isinstance(design, DenseDesign)
    squares = diagonal if is_dense else design.row_squares()
    growth = _growth(squares, diagonal + alphas.min())
    if len(alphas) == 1:
        factor = CholeskyFactor.try_factorise(cogram, alphas[0], limit * growth)
    else:
        found = eigenpairs(cogram, squares)
        doubt = found.rounding > limit * (found.values + alphas.min())
        lost = doubt.any() or found.rest > limit * alphas.min()
        factor = None if lost else SpectralFactor(found.vectors, found.values, alphas)
    if factor is not None:
        dual = _solved_twice(factor.solve, Y)
        coef, tangent = _of_rows(design, *dual)
        dual_size = np.linalg.norm(dual[1].value, axis=0)
        # What of A^-2 y~ the rows of X~ do not see must vanish in the product.
        error = np.finfo(Y.dtype).eps * np.sqrt(squares.sum()) * dual_size
        if (error <= limit * np.linalg.norm(tangent.value, axis=0)).all():
            inverse = WoodburyFactor(design, factor, alphas)
            return coef, tangent, inverse, factor.method
    if is_dense:
        return _svd(design, Y, alphas)
    return _sparse_dual(design, squares, Y, alphas)


def _sparse_dual(design, squares, Y, alphas):
    """A sparse X~ has no SVD here: eigenvectors of what A is made of."""
    found = eigenpairs(design.cogram(), squares)
    factor = SpectralFactor(found.vectors, found.values, alphas)
    # What X~ does not see is left out, rather than divided by alpha twice.
    kept = ~found.null
    kept[found.null] = ~_maps_to_rounding(design, found.vectors[:, found.null])
    coordinates = found.vectors.T @ Y
    dual = _in_coordinates(factor, np.where(kept[:, None], coordinates, 0))
    coef, tangent = _of_rows(design, *dual)
    error = 2 * found.rounding[kept, None] * np.abs(factor.inverse[kept])
    error = error.max(initial=_ratio(found.rest, alphas.min()))
    # And what must vanish in the product with large columns, in units of the columns.
    sizes = np.sqrt(design.column_squares())
    most = np.finfo(Y.dtype).eps * (sizes**2).max() * np.abs(dual[1].value).max(axis=0)
    moves = np.abs(sizes[:, None] * tangent.value).max(axis=0)
    error = max(error, _ratio(most, moves).max())
    if not kept.all():
        # As much as it might have given: y s / (s^2 + alpha), s up to the rounding.
        s = np.sqrt(alphas).clip(max=_unseen(design).max())
        most = np.linalg.norm(coordinates[~kept], axis=0)
        most = most * _ratio(s, s**2 + alphas)
        error = max(error, _ratio(most, np.linalg.norm(coef.value, axis=0)).max())
    inverse = WoodburyFactor(design, factor, alphas)
    result = coef, tangent, inverse, factor.method, error
    return _or_closer(result, design, Y, alphas)


def _or_closer(result, design, Y, alphas):
    """Conjugate gradients on scaled columns where few digits are right, or a warning.

    X~ itself keeps the digits of columns that differ in size, if they are not
    collinear besides; then few steps will do.
    """
    error, eps = result[-1], np.finfo(Y.dtype).eps
    if error > _few(Y.dtype) and alphas.all():
        closer = _scaled_gradients(design, Y, alphas, eps**0.75, FEW_STEPS, True)
        if closer[0].converged and closer[1].converged:
            return closer
    return _or_warn(result)


def _maps_to_rounding(design, vectors):
    """Whether ``X~^T u`` of each vector is no more than the rounding of the columns."""
    tolerance = _unseen(design)[:, None]
    width = max(1, 2**22 // design.shape[1])
    starts = range(0, vectors.shape[1], width)
    some = (design.rmatmat(vectors[:, i : i + width]) for i in starts)
    found = [(np.abs(product) <= tolerance).all(axis=0) for product in some]
    return np.concatenate([np.zeros(0, bool), *found])


def _unseen(design):
    """Size of each column that cannot be told from zero in ``X~^T u``."""
    sizes = np.sqrt(design.shape[0] * design.column_squares())
    return ROUNDING * np.finfo(sizes.dtype).eps * sizes


def _ratio(a, b):
    return np.divide(a, b, out=np.zeros(np.shape(b)), where=np.asarray(b) > 0)


def _of_rows(design, dual, moved):
    """Coefficients and tangent of dual ones, in one product with the wide matrix."""
    n_targets = dual.value.shape[1]
    primal = design.rmatmat(np.hstack([dual.value, moved.value]))
    coef = replace(dual, value=primal[:, :n_targets])
    return coef, replace(moved, value=primal[:, n_targets:])


# -- X~ itself -------------------------------------------------------------------------


def _svd(design, Y, alphas):
    """Singular value decomposition of X~: no squared condition number."""
    check_finite(design.gram_diagonal())
    U, s, V = singular_values(design.centre_again())
    factor = SpectralFactor(V, s**2, alphas)
    return *_in_coordinates(factor, (U.T @ Y) * s[:, None]), factor, factor.method


def _iterative(design, Y, alphas, tol, max_iter):
    """Conjugate gradients on H with its columns scaled, or on A if that is smaller.

    In A the columns add up: there large ones would leave no digits to the others.
    """
    n_samples, n_features = design.shape
    if n_features <= n_samples or is_uneven(design.gram_diagonal(), Y.dtype):
        return _scaled_gradients(design, Y, alphas, tol, max_iter)
    factor = IterativeFactor(design.cogram_matmat, alphas, tol, max_iter)
    coef, tangent = _of_rows(design, *_solved_twice(factor.solve, Y))
    return coef, tangent, WoodburyFactor(design, factor, alphas), "sparse_cg"


def _scaled_gradients(design, Y, alphas, tol, max_iter, strict=False):
    """With an error as large as it might be, if `strict`, not as large as it seems."""
    squares = design.gram_diagonal()
    wide = design.shape[1] > design.shape[0]
    # As many columns as there are rows hold a combination that X~ maps to zero, and
    # two columns may.
    few = 2 if strict else design.shape[0]
    near = (wide or strict) and 1 < few <= design.shape[1]
    hidden = np.sort(squares)[-few] if near else 0.0
    growth = _growth(design.column_squares(), squares)
    noise = ROUNDING * np.finfo(Y.dtype).eps * np.sqrt(growth)
    factor = IterativeFactor(
        design.gram_matmat,
        alphas,
        tol,
        max_iter,
        # At alpha = 0 the norm that is smallest is that of unscaled columns.
        squares if alphas.all() else None,
        hidden=hidden,
        noise=noise if wide or strict else 0.0,
    )
    moment = design.rmatmat(Y)
    coef, tangent = _solved_twice(factor.solve, moment)
    # What the coefficients are off by is divided by H once more, where X is wide by
    # alpha alone.
    scale = factor.scale(alphas)
    sizes = scale.max(axis=0) * np.linalg.norm(coef.value / scale, axis=0)
    smallest = alphas if wide else factor.smallest(tangent)
    grows = _ratio(sizes, smallest * np.linalg.norm(tangent.value, axis=0))
    if (coef.error > _ratio(factor.goal, grows))[grows > 0].any():
        coef = factor.solve(moment, goal=0.5 * factor.goal / grows.max())
        tangent = implicit_tangent(factor.solve, coef.value)
    error = np.multiply(coef.error, grows, out=np.zeros_like(grows), where=grows > 0)
    error += tangent.error
    converged = tangent.converged and bool((error <= factor.goal).all())
    tangent = replace(tangent, error=error, converged=converged)
    return coef, tangent, factor, "sparse_cg"


def _report(coef, tangent, inverse, alphas, tol):
    if not (coef.converged and tangent.converged):
        residual = max(coef.residual.max(), tangent.residual.max())
        error = max(coef.error.max(), tangent.error.max())
        warn(
            f"Conjugate gradients did not converge: relative residual {residual:.1e} "
            f"against tol={tol:.1e}, relative error about {error:.0e}. Raise max_iter, "
            "scale the columns of X, raise alpha, or use solver='cholesky'.",
            ConvergenceWarning,
        )
    if inverse.singular and inverse.method != "cg":
        warn(
            f"Singular problem at alpha={alphas.min():.3g}: the coefficients of "
            "minimum norm are returned, and a tangent along them. Use alpha > 0, or "
            "a larger one, for a unique solution and for predict_covariance.",
            linalg.LinAlgWarning,
        )
