"""Kernel ridge regression: dual coefficients and their tangent.

With ``A = sqrt(W) K sqrt(W) + alpha I`` and ``y~ = sqrt(W) y``

    a = A^-1 y~,    da/dalpha = -A^-1 a,    dual coefficients = sqrt(W) a

(in the dual the curvature is K A, the complexity's gradient K a, and K drops
out).
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from skcurious.tangent._factor import factorise
from skcurious.tangent._theorem import implicit_tangent


@dataclass
class KernelRidgeSolution:
    """What :func:`solve_kernel_ridge` returns.

    ``coef`` and ``tangent`` have shape (n_samples, n_targets), ``factor``
    is the factor of A, and ``squared_error`` is the weighted sum of squared
    training residuals over all targets.
    """

    coef: np.ndarray
    tangent: np.ndarray
    factor: object
    squared_error: float


def solve_kernel_ridge(K, Y, alphas, *, weights=None):
    """Fit kernel ridge regression together with its regularity tangent.

    Parameters
    ----------
    K : ndarray of shape (n_samples, n_samples)
        Kernel matrix, C-contiguous; overwritten.
    Y : ndarray of shape (n_samples, n_targets)
        Targets; not changed.
    alphas : ndarray of shape (1,) or (n_targets,)
        Regularisation strengths.
    weights : ndarray of shape (n_samples,) or None
        Sample weights.

    Returns
    -------
    solution : KernelRidgeSolution
    """
    sqrt_weights = None if weights is None else np.sqrt(weights)
    if sqrt_weights is not None:
        Y = Y * sqrt_weights[:, None]
        K *= sqrt_weights
        K *= sqrt_weights[:, None]
    # Eigenvectors are no more accurate than Cholesky here, only more robust.
    factor = factorise(K, alphas)
    _report(factor, np.finfo(K.dtype).eps ** 0.875)
    coef = factor.solve(Y).value
    tangent = implicit_tangent(factor.solve, coef).value
    residual = _weighted_residual(factor, alphas, coef, Y)
    squared_error = float(np.einsum("ij,ij->", residual, residual))
    if sqrt_weights is not None:
        coef *= sqrt_weights[:, None]
        tangent *= sqrt_weights[:, None]
    return KernelRidgeSolution(coef, tangent, factor, squared_error)


def _weighted_residual(factor, alphas, coef, Y):
    # sqrt(W) (y - K c) = y~ - (A - alpha I) a, and A a = y~ but for what a
    # pseudo-inverse leaves out.
    residual = alphas * coef
    if factor.singular:
        inside = factor.vectors.T @ Y
        residual += Y - factor.vectors @ np.where(factor.inverse == 0, 0, inside)
    return residual


def _report(factor, smallest_rcond):
    if not factor.definite:
        what = "singular" if factor.singular else "indefinite"
        warnings.warn(
            f"K + alpha I is {what}: the least-squares solution of minimum norm is "
            "used, and predict_covariance is not available. Raise alpha, or use a "
            "positive definite kernel without repeated rows.",
            linalg.LinAlgWarning,
            stacklevel=2,
        )
    elif factor.rcond < smallest_rcond:
        warnings.warn(
            f"K + alpha I is ill-conditioned (rcond={factor.rcond:.1e}): dual "
            "coefficients and tangent have few correct digits. Raise alpha.",
            linalg.LinAlgWarning,
            stacklevel=2,
        )
