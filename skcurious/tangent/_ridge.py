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
from skcurious.tangent._certified import CertifiedFactor
from skcurious.tangent._design import (
    DenseDesign,
    SparseDesign,
    centred_gram,
    check_finite,
    drop_constant_columns,
    is_uneven,
    make_design,
    mean_of,
    weighted_mean,
)
from skcurious.tangent._factor import (
    CholeskyFactor,
    SpectralFactor,
    WoodburyFactor,
    eigenvectors,
    factorise,
    svd,
)
from skcurious.tangent._iterative import IterativeFactor
from skcurious.tangent._solution import Solution
from skcurious.tangent._theorem import implicit_tangent

# A sparse X whose smaller side is no longer than this is solved exactly.
LARGEST_SPARSE_GRAM = 4096


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
    n_samples, n_features = X.shape
    sqrt_weights = None if weights is None else np.sqrt(weights)
    mean, target_mean = None, np.zeros(Y.shape[1], dtype=X.dtype)
    if fit_intercept:
        mean = mean_of(X, weights).astype(X.dtype)
        target_mean = weighted_mean(Y, weights).astype(X.dtype)
        Y = Y - target_mean
    if sqrt_weights is not None:
        Y = Y * sqrt_weights[:, None]

    if solver == "auto":
        large = min(X.shape) > LARGEST_SPARSE_GRAM
        solver = "sparse_cg" if sparse.issparse(X) and large else "cholesky"
    if solver == "sparse_cg":
        design = make_design(X, mean, sqrt_weights)
        result = _iterative(design, Y, alphas, tol, max_iter)
    elif solver == "svd":
        result = _svd(DenseDesign(X, mean, sqrt_weights), Y, alphas)
    elif n_features <= n_samples:
        result = _primal(X, Y, alphas, mean, sqrt_weights, products)
    else:
        result = _dual(make_design(X, mean, sqrt_weights), Y, alphas)
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
    coef, tangent, inverse, solver = _from_products(
        lambda: moments.regression()[:2], alphas, can_fall_back=False
    )
    _report(coef, tangent, inverse, alphas, 0.0)
    return RidgeSolution(
        coef.value, tangent.value, mean, target_mean, inverse, solver, None
    )


def _primal(X, Y, alphas, mean, sqrt_weights, known):
    """Factorise the (n_features, n_features) matrix H."""

    def products():
        if known is not None:
            return known[0].copy(), known[1]
        if sparse.issparse(X):
            design = SparseDesign(X, mean, sqrt_weights)
            gram, moment = design.gram(), design.rmatmat(Y)
        else:
            gram, moment = centred_gram(X, Y, mean, sqrt_weights)
        check_finite(gram)
        if mean is not None:
            drop_constant_columns(gram, moment, mean, X.shape[0], sqrt_weights)
        return gram, moment

    result = _from_products(products, alphas, can_fall_back=not sparse.issparse(X))
    return result or _svd(DenseDesign(X, mean, sqrt_weights), Y, alphas)


def _from_products(products, alphas, can_fall_back):
    """Solve with ``X~^T X~`` and ``X~^T y~``, which `products` returns anew.

    None where half of the digits would be lost, and X~ itself would keep them.
    """
    gram, moment = products()
    limit = _limit(gram.dtype)
    if len(alphas) == 1:
        factor = CholeskyFactor.try_factorise(gram, alphas[0], limit)
        if factor is not None:
            coef = factor.solve(moment)
            tangent = implicit_tangent(factor.solve, coef.value)
            if (_primal_error(factor, moment, tangent.value) < limit).all():
                return coef, tangent, factor, factor.method
            gram, moment = products()  # the first went into the factor
    return _spectral(gram, moment, alphas, can_fall_back)


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


def _spectral(gram, moment, alphas, can_fall_back):
    """Eigenvectors of H, with directions that the data do not see left out.

    None where small eigenvalues cannot be told from rounding, and an SVD of
    X~ can. A sparse X~ has no SVD here, and a stream has no X~: users are told.
    """
    uneven = is_uneven(gram)
    if can_fall_back and uneven:
        return None
    eigenvalues, vectors, null = eigenvectors(gram)
    rcond = _rcond(eigenvalues[~null], alphas)
    if can_fall_back and rcond < _limit(gram.dtype):
        return None
    _warn_of_condition(0.0 if uneven else rcond, gram.dtype)
    factor = SpectralFactor(vectors, eigenvalues, alphas)
    coordinates = vectors.T @ moment
    coordinates[null] = 0
    return *_in_coordinates(factor, coordinates), factor, factor.method


def _in_coordinates(factor, coordinates):
    """Coefficients and tangent from ``V^T X~^T y~``, both free of cancellation."""

    def solve(B):
        return Solution(factor.inverse * B, factor.method)

    coef = solve(coordinates)
    tangent = implicit_tangent(solve, coef.value)
    V = factor.vectors
    return tuple(replace(s, value=V @ s.value) for s in (coef, tangent))


def _dual(design, Y, alphas):
    """Factorise the (n_samples, n_samples) matrix A."""
    cogram = design.cogram()
    check_finite(cogram)
    norm = np.sqrt(np.trace(cogram))
    limit = _limit(cogram.dtype)
    is_dense = isinstance(design, DenseDesign)
    factor = factorise(cogram, alphas, min_rcond=limit)
    if factor.rcond >= limit:
        coef, tangent, inverse, dual_size = _from_dual(design, factor, Y, alphas)
        # What of A^-2 y~ the rows of X~ do not see must vanish in the product.
        error = np.finfo(Y.dtype).eps * norm * dual_size
        if (error <= limit * np.linalg.norm(tangent.value, axis=0)).all():
            return coef, tangent, inverse, factor.method
    if is_dense:
        return _svd(design, Y, alphas)
    eigenvalues, vectors, null = eigenvectors(design.cogram())
    _warn_of_condition(_rcond(eigenvalues[~null], alphas), cogram.dtype)
    factor = SpectralFactor(vectors, eigenvalues, alphas)
    inside = vectors[:, ~null]
    coef, tangent, inverse, _ = _from_dual(
        design, factor, inside @ (inside.T @ Y), alphas
    )
    return coef, tangent, inverse, factor.method


def _from_dual(design, factor, Y, alphas):
    dual = factor.solve(Y)
    moved = implicit_tangent(factor.solve, dual.value)
    # Both in one product with the wide matrix.
    n_targets = Y.shape[1]
    primal = design.rmatmat(np.hstack([dual.value, moved.value]))
    coef = replace(dual, value=primal[:, :n_targets])
    tangent = replace(moved, value=primal[:, n_targets:])
    inverse = WoodburyFactor(design, factor, alphas)
    return coef, tangent, inverse, np.linalg.norm(moved.value, axis=0)


def _rcond(eigenvalues, alphas):
    """Smallest over largest eigenvalue of H, for the worst alpha."""
    if eigenvalues.size == 0:
        return 1.0
    return float(((eigenvalues.min() + alphas) / (eigenvalues.max() + alphas)).min())


def _warn_of_condition(rcond, dtype):
    if rcond < np.finfo(dtype).eps ** 0.75:
        warn(
            f"Ill-conditioned problem (rcond={rcond:.1e}): coefficients and tangent "
            "have few correct digits. Scale the columns of X (a sparse X for instance "
            "with MaxAbsScaler) or raise alpha.",
            linalg.LinAlgWarning,
        )


def _svd(design, Y, alphas):
    """Singular value decomposition of X~: no squared condition number."""
    check_finite(design.array)
    U, s, Vt = svd(design.array)
    null = s <= max(design.shape) * np.finfo(s.dtype).eps * s.max(initial=0)
    s[null] = 0
    check_finite(s**2)
    factor = SpectralFactor(Vt.T, s**2, alphas)
    return *_in_coordinates(factor, (U.T @ Y) * s[:, None]), factor, factor.method


def _iterative(design, Y, alphas, tol, max_iter):
    """Conjugate gradients on whichever of H and A is smaller."""
    n_samples, n_features = design.shape
    if n_features > n_samples:
        factor = IterativeFactor(design.cogram_matmat, alphas, tol, max_iter)
        coef, tangent, inverse, _ = _from_dual(design, factor, Y, alphas)
        return coef, tangent, inverse, "sparse_cg"
    factor = IterativeFactor(design.gram_matmat, alphas, tol, max_iter)
    coef = factor.solve(design.rmatmat(Y))
    tangent = implicit_tangent(factor.solve, coef.value)
    return coef, tangent, CertifiedFactor(factor), "sparse_cg"


def _report(coef, tangent, inverse, alphas, tol):
    if not (coef.converged and tangent.converged):
        worst = max(coef.residual.max(), tangent.residual.max())
        warn(
            f"Conjugate gradients did not converge: relative residual {worst:.1e} "
            f"against tol={tol:.1e}. Raise max_iter, scale the columns of X, raise "
            "alpha, or use solver='cholesky'.",
            ConvergenceWarning,
        )
    if inverse.singular and inverse.method != "cg":
        warn(
            f"Singular problem at alpha={alphas.min():.3g}: the coefficients of "
            "minimum norm are returned, and a tangent along them. Use alpha > 0, or "
            "a larger one, for a unique solution and for predict_covariance.",
            linalg.LinAlgWarning,
        )
