"""Kernel ridge regression: dual coefficients and their tangent.

With ``A = sqrt(W) K sqrt(W) + alpha I`` and ``y~ = sqrt(W) y``

    a = A^-1 y~,    da/dalpha = -A^-1 a,    dual coefficients = sqrt(W) a

(in the dual the curvature is K A, the complexity's gradient K a, and K drops
out).
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from skcurious._warnings import warn
from skcurious.tangent._coordinates import ratio
from skcurious.tangent._factor import factorise, give_back
from skcurious.tangent._solution import Solution
from skcurious.tangent._spectral_factor import SpectralFactor
from skcurious.tangent._spectrum import eigenpairs
from skcurious.tangent._theorem import implicit_tangent


@dataclass
class KernelRidgeSolution:
    """What :func:`solve_kernel_ridge` returns.

    ``coef`` and ``tangent`` have shape (n_samples, n_targets), ``factor``
    is the factor of A, and ``squared_error``, of shape (n_targets,), is the
    weighted sum of squared training residuals of each target. ``seen`` are the
    coefficients without what K maps to zero, where that would hide the others: of the
    same function, with more digits. ``largest`` is the largest eigenvalue of K where
    rounding may have hidden the tangent, else None.
    """

    coef: np.ndarray
    tangent: np.ndarray
    factor: object
    squared_error: np.ndarray
    seen: np.ndarray
    largest: float | None = None


def solve_kernel_ridge(K, Y, alphas, *, weights=None, size=None):
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
    size : float, default=None
        Root mean square of the numbers that entries of K are a difference of; None for
        that of the entries.

    Returns
    -------
    solution : KernelRidgeSolution
        Coefficients and tangent of shape (n_samples, n_targets), the factor of
        A, and the squared error.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import solve_kernel_ridge
    >>> solution = solve_kernel_ridge(np.eye(2), np.array([[2.0], [4.0]]), np.ones(1))
    >>> solution.coef.ravel(), solution.tangent.ravel()
    (array([1., 2.]), array([-0.5, -1. ]))
    """
    size = np.linalg.norm(K) / len(K) if size is None else size
    sqrt_weights = None if weights is None else np.sqrt(weights)
    if sqrt_weights is not None:
        Y = Y * sqrt_weights[:, None]
        K *= sqrt_weights
        K *= sqrt_weights[:, None]
    eps = np.finfo(K.dtype).eps
    norm, diagonal = np.abs(K).sum(axis=0).max(), K.diagonal().copy()
    # An error of eps size in each entry of K, times sqrt(W) on both sides.
    total = len(K) if weights is None else weights.sum()
    rounding = eps * max(norm, size * total)
    factor = factorise(K, alphas, min_rcond=eps)
    solution = _solved(factor, Y, alphas)
    if not factor.definite:
        _warn_of_no_covariance(factor)
    elif _hides_tangent(rounding, solution, alphas, eps):
        found = factor.spectrum
        if found is None:
            give_back(K, diagonal, factor.scale)
            found = eigenpairs(K)
        factor, seen, tangent, error = _seen_by_the_kernel(found, alphas, Y)
        solution.factor, solution.seen, solution.tangent = factor, seen, tangent
        doubts = (
            _doubt(found, one, sqrt_weights, eps * size)
            for one in (solution.coef, tangent)
        )
        if not max(error, *doubts) <= 2 * np.cbrt(eps):
            solution.largest = found.values.max(initial=0)
    return _weighted(solution, sqrt_weights)


def solve_with_factor(factor, Y, alphas, size, *, weights=None):
    """Fit the same with a factor of A at hand.

    Parameters
    ----------
    factor : CholeskyFactor
        Of A.
    Y : ndarray of shape (n_samples, n_targets)
        Targets; not changed.
    alphas : ndarray of shape (1,)
        Regularisation strength.
    size : float
        The largest number that entries of K are a difference of, or more.
    weights : ndarray of shape (n_samples,) or None
        Sample weights.

    Returns
    -------
    solution : KernelRidgeSolution or None
        As :func:`solve_kernel_ridge` returns it; None where the tangent needs the
        kernel itself.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import CholeskyFactor
    >>> from skcurious.tangent._kernel import solve_with_factor
    >>> factor = CholeskyFactor.try_factorise(np.eye(2), alpha=1.0)
    >>> Y, alphas = np.array([[2.0], [4.0]]), np.ones(1)
    >>> solve_with_factor(factor, Y, alphas, size=1.0).coef.ravel()
    array([1., 2.])
    """
    sqrt_weights = None if weights is None else np.sqrt(weights)
    Y = Y if sqrt_weights is None else Y * sqrt_weights[:, None]
    solution = _solved(factor, Y, alphas)
    largest = 1.0 if factor.scale is None else factor.scale.min() ** -2.0
    eps = np.finfo(factor.lower.dtype).eps
    total = len(Y) if weights is None else weights.sum()
    rounding = eps * max(factor.norm * largest, size * total)
    if _hides_tangent(rounding, solution, alphas, eps):
        return None
    return _weighted(solution, sqrt_weights)


def _solved(factor, Y, alphas):
    coef = factor.solve(Y).value
    tangent = implicit_tangent(factor.solve, coef).value
    residual = _weighted_residual(factor, alphas, coef, Y)
    squared_error = np.einsum("ij,ij->j", residual, residual)
    return KernelRidgeSolution(coef, tangent, factor, squared_error, coef)


def _hides_tangent(rounding, solution, alphas, eps):
    # The part of a label that K does not see is y / alpha in a, and -y /
    # alpha^2 in the tangent; it must vanish in K t = -(a + alpha t).
    coef, tangent = solution.coef, solution.tangent
    sizes = [np.linalg.norm(one, axis=0) for one in (coef, tangent)]
    error = rounding * sizes[1] + eps * sizes[0]
    moved = np.linalg.norm(coef + alphas * tangent, axis=0)
    return not (error <= max(1e-6, np.sqrt(eps)) * moved).all()


def _weighted(solution, sqrt_weights):
    if sqrt_weights is not None:
        for name in ("coef", "tangent", "seen"):
            weighted = getattr(solution, name) * sqrt_weights[:, None]
            setattr(solution, name, weighted)
    return solution


def _seen_by_the_kernel(found, alphas, Y):
    """Coefficients and tangent without what K maps to zero, from eigenvectors of K.

    Predictions and their derivatives are the same, and keep their digits; the relative
    error of the latter comes along.
    """
    null, vectors = found.null, found.vectors
    factor = SpectralFactor(vectors, found.values, alphas)

    def solve(B):
        return Solution(factor.inverse * B, factor.method)

    coef = np.where(null[:, None], 0, solve(vectors.T @ Y).value)
    tangent = implicit_tangent(solve, coef).value
    moves = found.values[:, None] * tangent
    # What is kept is known to some rounding of its own.
    off = np.linalg.norm(2 * found.rounding[:, None] * factor.inverse * moves)
    # A spectrum that breaks off is a kernel of low rank, and nothing is lost;
    # one that fades into rounding leaves as much as this in doubt.
    rounding = len(Y) * found.rounding
    if (np.abs(found.values) < 1e3 * rounding)[~null].any():
        left_out = max(rounding[null].max(initial=0), len(Y) * found.rest)
        off += left_out / alphas.min() ** 2 * np.linalg.norm(Y)
    error = ratio(off, np.linalg.norm(moves))
    return factor, vectors @ coef, vectors @ tangent, error


def _doubt(found, coef, sqrt_weights, rounding):
    """Relative error of ``K c`` when each entry of K is off by `rounding`."""
    values = found.vectors @ (found.values[:, None] * (found.vectors.T @ coef))
    if sqrt_weights is not None:
        seen = sqrt_weights > 0
        root = sqrt_weights[seen, None]
        coef, values = root * coef[seen], values[seen] / root
    off = rounding * np.linalg.norm(coef, axis=0)
    largest = np.abs(values).max(axis=0, initial=0)
    return np.where(off > 0, ratio(off, largest, np.inf), 0).max(initial=0)


def warn_of_condition(solution, alphas):
    """Warn where rounding may have hidden the tangent.

    Parameters
    ----------
    solution : KernelRidgeSolution
    alphas : ndarray of shape (1,) or (n_targets,)
        Its regularisation strengths.
    """
    if solution.largest is not None:
        warn(
            f"K + alpha I is ill-conditioned (alpha={alphas.min():.1e}, largest "
            f"eigenvalue {solution.largest:.1e}): predictions, the tangent, and "
            "curiosity with it, may have few correct digits. Raise alpha, scale the "
            "columns of X, or choose other kernel parameters (of a kernel that hardly "
            "varies a larger gamma).",
            linalg.LinAlgWarning,
        )


def _weighted_residual(factor, alphas, coef, Y):
    # sqrt(W) (y - K c) = y~ - (A - alpha I) a, and A a = y~ but for what a
    # pseudo-inverse leaves out.
    residual = alphas * coef
    if factor.singular:
        inside = factor.vectors.T @ Y
        residual += Y - factor.vectors @ np.where(factor.inverse == 0, 0, inside)
    return residual


def _warn_of_no_covariance(factor):
    what = "singular" if factor.singular else "indefinite"
    warn(
        f"K + alpha I is {what}: the least-squares solution of minimum norm is "
        "used, and predict_covariance is not available. Raise alpha, or use a "
        "positive definite kernel without repeated rows.",
        linalg.LinAlgWarning,
    )
