"""Ridge regression: coefficients and their tangent from one factor.

With ``X~ = sqrt(W) (X - mean)`` and ``y~ = sqrt(W) (y - mean_y)``

    H = X~^T X~ + alpha I,    w = H^-1 X~^T y~,    dw/dalpha = -H^-1 w

(the complexity is ``|w|^2 / 2``, so the right-hand side is w).  A wide X
takes the dual way round, with ``A = X~ X~^T + alpha I``:

    w = X~^T a,    a = A^-1 y~,    dw/dalpha = X~^T da/dalpha = -X~^T A^-1 a
"""

import warnings
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg, sparse
from sklearn.exceptions import ConvergenceWarning

from skcurious.tangent._design import (
    DenseDesign,
    SparseDesign,
    centred_gram,
    make_design,
    weighted_mean,
)
from skcurious.tangent._factor import (
    CholeskyFactor,
    SpectralFactor,
    WoodburyFactor,
    factorise,
)
from skcurious.tangent._iterative import IterativeFactor
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
    tol, max_iter
        For conjugate gradients.

    Returns
    -------
    solution : RidgeSolution
    """
    n_samples, n_features = X.shape
    sqrt_weights = None if weights is None else np.sqrt(weights)
    mean, target_mean = None, np.zeros(Y.shape[1], dtype=X.dtype)
    if fit_intercept:
        mean = _mean_of(X, weights).astype(X.dtype)
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
        result = _primal(X, Y, alphas, mean, sqrt_weights)
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


def _mean_of(X, weights):
    if not sparse.issparse(X):
        return weighted_mean(X, weights)
    if weights is None:
        return np.asarray(X.mean(axis=0, dtype=np.float64)).ravel()
    weights = weights.astype(np.float64, copy=False)
    return (X.T @ weights) / weights.sum()


def _primal(X, Y, alphas, mean, sqrt_weights):
    """Factorise the (n_features, n_features) matrix H."""
    if sparse.issparse(X):
        design = SparseDesign(X, mean, sqrt_weights)
        factor, moment = _factorise_sparse(design.gram(), alphas), design.rmatmat(Y)
    else:
        gram, moment = centred_gram(X, Y, mean, sqrt_weights)
        factor = _factorise_dense(gram, alphas)
    if factor is None:
        return _svd(DenseDesign(X, mean, sqrt_weights), Y, alphas)
    coef = factor.solve(moment)
    tangent = implicit_tangent(factor.solve, coef.value)
    return coef, tangent, factor, factor.method


def _dual(design, Y, alphas):
    """Factorise the (n_samples, n_samples) matrix A."""
    is_sparse = isinstance(design, SparseDesign)
    factor = (_factorise_sparse if is_sparse else _factorise_dense)(
        design.cogram(), alphas
    )
    if factor is None:
        return _svd(design, Y, alphas)
    return *_from_dual(design, factor, Y, alphas), factor.method


def _from_dual(design, factor, Y, alphas):
    coef = factor.solve(Y)
    tangent = implicit_tangent(factor.solve, coef.value)
    # Both in one product with the wide matrix.
    n_targets = Y.shape[1]
    primal = design.rmatmat(np.hstack([coef.value, tangent.value]))
    coef = replace(coef, value=primal[:, :n_targets])
    tangent = replace(tangent, value=primal[:, n_targets:])
    return coef, tangent, WoodburyFactor(design, factor, alphas)


def _svd(design, Y, alphas):
    """Singular value decomposition of X~: no squared condition number."""
    U, s, Vt = linalg.svd(
        design.array, full_matrices=False, check_finite=False, lapack_driver="gesdd"
    )
    null = s <= max(design.shape) * np.finfo(s.dtype).eps * s.max(initial=0)
    s[null] = 0
    factor = SpectralFactor(Vt.T, s**2, alphas)
    projected = (U.T @ Y) * s[:, None]
    coef = Vt.T @ (factor.inverse * projected)
    tangent = implicit_tangent(factor.solve, coef)
    return replace(tangent, value=coef), tangent, factor, factor.method


def _iterative(design, Y, alphas, tol, max_iter):
    """Conjugate gradients on whichever of H and A is smaller."""
    n_samples, n_features = design.shape
    if n_features > n_samples:
        factor = IterativeFactor(design.cogram_matmat, alphas, tol, max_iter)
        return *_from_dual(design, factor, Y, alphas), "sparse_cg"
    factor = IterativeFactor(design.gram_matmat, alphas, tol, max_iter)
    coef = factor.solve(design.rmatmat(Y))
    tangent = implicit_tangent(factor.solve, coef.value)
    return coef, tangent, factor, "sparse_cg"


def _factorise_dense(gram, alphas):
    """None where half of the digits would be lost: an SVD of X~ does better."""
    limit = np.sqrt(np.finfo(gram.dtype).eps)
    if len(alphas) == 1:
        return CholeskyFactor.try_factorise(gram, alphas[0], limit)
    factor = SpectralFactor.from_gram(gram, alphas)
    return factor if factor.rcond > limit else None


def _factorise_sparse(gram, alphas):
    """There is no SVD of a sparse X~: do what the Gram matrix allows, and say."""
    factor = factorise(gram, alphas)
    if 0 < factor.rcond < np.finfo(gram.dtype).eps ** 0.75:
        warnings.warn(
            f"Ill-conditioned sparse problem (rcond={factor.rcond:.1e}): coefficients "
            "and tangent have few correct digits. Scale the columns of X (for "
            "instance with MaxAbsScaler) or raise alpha.",
            linalg.LinAlgWarning,
            stacklevel=2,
        )
    return factor


def _report(coef, tangent, inverse, alphas, tol):
    if not (coef.converged and tangent.converged):
        worst = max(coef.residual.max(), tangent.residual.max())
        warnings.warn(
            f"Conjugate gradients did not converge: relative residual {worst:.1e} "
            f"against tol={tol:.1e}. Raise max_iter, scale the columns of X, raise "
            "alpha, or use solver='cholesky'.",
            ConvergenceWarning,
            stacklevel=2,
        )
    if inverse.singular and (alphas == 0).any():
        warnings.warn(
            "Singular problem at alpha=0: the coefficients of minimum norm are "
            "returned, and a tangent along them. Use alpha > 0 for a unique "
            "solution and for predict_covariance.",
            linalg.LinAlgWarning,
            stacklevel=2,
        )
