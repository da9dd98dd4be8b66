"""Ridge regression: coefficients and their tangent from one factor.

With ``X~ = sqrt(W) (X - mean)`` and ``y~ = sqrt(W) (y - mean_y)``

    H = X~^T X~ + alpha I,    w = H^-1 X~^T y~,    dw/dalpha = -H^-1 w

(the complexity is ``|w|^2 / 2``, so the right-hand side is w).  A wide X
takes the dual way round, with ``A = X~ X~^T + alpha I``:

    w = X~^T a,    a = A^-1 y~,    dw/dalpha = X~^T da/dalpha = -X~^T A^-1 a
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse
from sklearn.exceptions import ConvergenceWarning

from skcurious._warnings import warn
from skcurious.tangent._coordinates import (
    by_singular_values,
    half_of_the_digits,
    or_warn,
)
from skcurious.tangent._design import DenseDesign, SparseDesign, make_design
from skcurious.tangent._dual import by_rows
from skcurious.tangent._gradients import by_gradients, or_closer
from skcurious.tangent._gram import (
    centred_gram,
    check_finite,
    check_targets,
    drop_constant_columns,
    mean_of,
    weighted_mean,
)
from skcurious.tangent._products import from_products
from skcurious.tangent._rounding import warn_of_few_digits

# A sparse X whose smaller side is no longer than this is solved exactly.
LARGEST_SPARSE_GRAM = 4096


@dataclass
class RidgeSolution:
    """What :func:`solve_ridge` returns.

    ``coef`` and ``tangent`` have shape (n_features, n_targets), ``mean``
    and ``target_mean`` are zeros without an intercept, ``inverse`` is the
    factor of H, ``solver`` the one that ran, ``n_iter`` the iterations
    of each target's coefficients or None. Where they may count,
    ``mean_rest`` is what rounding left out of the mean, and ``residual``, of
    shape (n_samples, n_targets), ``sqrt(W)`` times labels less predictions.
    """

    coef: np.ndarray
    tangent: np.ndarray
    mean: np.ndarray
    target_mean: np.ndarray
    inverse: object
    solver: str
    n_iter: np.ndarray | None
    mean_rest: np.ndarray | None = None
    residual: np.ndarray | None = None


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
    if solver == "auto":
        large = min(X.shape) > LARGEST_SPARSE_GRAM
        solver = "sparse_cg" if sparse.issparse(X) and large else "cholesky"
    arguments = (X, Y, alphas, weights, fit_intercept, solver, tol, max_iter, products)
    solution = None
    if solver != "cholesky" or X.dtype == np.float64 or len(alphas) == 1:
        solution = _solved(*arguments, dtype=X.dtype)
    if solution is None:  # what float32 has too few digits for
        solution = _solved(*arguments, dtype=np.float64)
    return solution


def _solved(
    X, Y, alphas, weights, fit_intercept, solver, tol, max_iter, products, dtype
):
    """Solve in the numbers of a `dtype`; None where Cholesky in float32 fails."""
    n_features = X.shape[1]
    Y, alphas = Y.astype(dtype, copy=False), alphas.astype(dtype, copy=False)
    sqrt_weights = None
    if weights is not None:
        sqrt_weights = np.sqrt(weights.astype(dtype, copy=False))
    mean, target_mean = None, np.zeros(Y.shape[1], dtype=dtype)
    if fit_intercept:
        mean = mean_of(X, weights).astype(dtype)
        target_mean = weighted_mean(Y, weights).astype(dtype)
        Y = Y - target_mean
    if sqrt_weights is not None:
        Y = Y * sqrt_weights[:, None]
    check_targets(Y)

    rows = (X, mean, sqrt_weights)
    rest = residual = None
    if solver == "sparse_cg":
        design = make_design(*rows)
        check_finite(design.gram_diagonal())
        rest = design.mean_rest()
        if isinstance(design, DenseDesign):
            design.centre_again()
        result = by_gradients(design, Y, alphas, tol, max_iter)
    elif solver == "svd":
        design = DenseDesign(*rows)
        result, rest, residual = by_singular_values(design, Y, alphas)
    elif n_features > X.shape[0]:
        design = make_design(*rows, dtype)
        result, rest, residual = by_rows(design, Y, alphas)
    elif sparse.issparse(X):
        design = SparseDesign(*rows, dtype)
        result = _sparse_primal(design, Y, alphas, mean)
        rest = design.mean_rest()
    else:
        result, rest, residual = _primal(*rows, Y, alphas, products)
    if result is None:
        return None
    coef, tangent, inverse, solver = result
    _report(coef, tangent, inverse, alphas, tol)
    return RidgeSolution(
        coef=coef.value,
        tangent=tangent.value,
        mean=np.zeros(n_features, dtype=dtype) if mean is None else mean,
        target_mean=target_mean,
        inverse=inverse,
        solver=solver,
        n_iter=coef.n_iter,
        mean_rest=rest,
        residual=residual,
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
    rest, off = moments.mean_rest()
    result = from_products(
        lambda: moments.regression()[:2], sizes, alphas, moments.squares()
    )
    coef, tangent, inverse, solver = or_warn(result)
    # Every variance has 1 / total, and what a mean is off by, if only alpha is there.
    least = np.cbrt(np.finfo(off.dtype).eps) / moments.total
    if moments.centred and off @ off > least * alphas.min():
        for k in range(len(alphas)):
            moved = inverse.quadratic(off[:, None], k)
            warn_of_few_digits(np.full(1, 1 / moments.total), moved)
    _report(coef, tangent, inverse, alphas, 0.0)
    return RidgeSolution(
        coef.value,
        tangent.value,
        mean,
        target_mean,
        inverse,
        solver,
        None,
        None if solver == "cholesky" else rest,
    )


def _primal(X, mean, sqrt_weights, Y, alphas, known):
    """Of dense rows, an SVD of which knows better where half of the digits go.

    Beside the result come what is left of the mean and the residuals, if they count.
    """

    def products():
        if known is not None:
            return known[0].copy(), known[1]
        gram, moment = centred_gram(X, Y, mean, sqrt_weights)
        check_finite(gram)
        if mean is not None:
            drop_constant_columns(gram, moment, mean, X.shape[0], sqrt_weights)
        return gram, moment

    sizes = np.linalg.norm(Y, axis=0)
    *result, error = from_products(products, sizes, alphas, give_up=True)
    if error <= half_of_the_digits(Y.dtype):
        return result, None, None
    if Y.dtype != np.float64:
        return None, None, None
    design = DenseDesign(X, mean, sqrt_weights, Y.dtype)
    return by_singular_values(design, Y, alphas)


def _sparse_primal(design, Y, alphas, mean):
    def products():
        gram, moment = design.gram(), design.rmatmat(Y)
        check_finite(gram)
        if mean is not None:
            drop_constant_columns(gram, moment, mean, design.shape[0], design.scale)
        return gram, moment

    single = Y.dtype != np.float64
    squares, sizes = design.column_squares(), np.linalg.norm(Y, axis=0)
    result = from_products(products, sizes, alphas, squares, give_up=single)
    if single:
        return result[:-1] if result[-1] == 0 else None
    return or_closer(result, design, Y, alphas)


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
