"""Solves of ``A X = B`` that end when the energy of their error is small.

With the residual R, ``A = M + alpha I`` and M positive semidefinite, each column has

    (x - A^-1 b)^T A (x - A^-1 b) = r^T A^-1 r <= |r|^2 / alpha

which is what a variance ``b^T A^-1 b`` is off by, and a bound that needs no condition
number. Where it is too large the system is solved again for what is left.
"""

import numpy as np
from scipy import linalg
from sklearn.exceptions import ConvergenceWarning

from skcurious._warnings import warn
from skcurious.tangent._solution import Solution

# Solves after the first, at most.
REFINEMENTS = 50


def refined(solve, residual, energy, X, alpha):
    """Solve again for residuals until variances have two thirds of their digits.

    Parameters
    ----------
    solve : callable
        ``solve(R)`` is about ``A^-1 R``, each column by itself.
    residual : callable
        ``residual(X)`` is R, of all columns.
    energy : callable
        ``energy(X, R)`` are the variances that the errors count beside.
    X : ndarray of shape (m, n_columns)
        A first solution.
    alpha : float or ndarray of shape (n_columns,)
        Positive.

    Returns
    -------
    X : ndarray of shape (m, n_columns)
        The best that was found for each column.
    R : ndarray of shape (m, n_columns)
        Its residual.
    certain : ndarray of bool of shape (n_columns,)
        Whether it is good enough.
    """
    goal = np.finfo(X.dtype).eps ** (2 / 3)
    best, least = X, np.full(X.shape[1], np.inf)
    for _ in range(REFINEMENTS + 1):
        R = residual(X)
        error = np.einsum("ij,ij->j", R, R) / alpha
        better = error < least
        best = np.where(better, X, best)
        least = np.where(better, error, least)
        certain = error <= goal * energy(X, R)
        if certain.all() or not better[~certain].any():
            break
        X = best + np.where(certain, 0, solve(R))
    R = residual(best)
    return best, R, least <= goal * energy(best, R)


def warn_if_uncertain(certain, method):
    """Warn of variances that no refinement could make certain."""
    if certain.all():
        return
    few = f"{np.count_nonzero(~certain)} row(s)"
    scale = "scale the columns of X (a sparse X for instance with MaxAbsScaler)"
    if method == "cg":
        warn(
            f"Conjugate gradients did not converge for the covariance of {few}. Raise "
            f"max_iter, {scale}, raise alpha, or use an exact solver.",
            ConvergenceWarning,
        )
    else:
        warn(
            f"The covariance of {few} has few correct digits: the problem is "
            f"ill-conditioned. Raise alpha, {scale}, or use solver='svd'.",
            linalg.LinAlgWarning,
        )


class CertifiedFactor:
    """An iterative inverse whose covariances are known to be right.

    Parameters
    ----------
    factor : IterativeFactor
        Of ``A = M + alpha I``, M positive semidefinite.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import IterativeFactor
    >>> from skcurious.tangent._certified import CertifiedFactor
    >>> M = np.diag([1.0, 3.0])
    >>> rough = IterativeFactor(lambda V: M @ V, np.array([1.0]), 0.5, None)
    >>> CertifiedFactor(rough).quadratic(np.ones((2, 1))).round(6)
    array([0.75])
    """

    def __init__(self, factor):
        self.factor = factor
        self.alphas = factor.alphas
        self.method = factor.method
        self.definite, self.singular = factor.definite, factor.singular

    def solve(self, B, target=None):
        """Solve for every column of B, of shape (m, n_columns)."""
        X, _ = self._solved(B, target)
        return Solution(X, self.method)

    pull = solve

    def quadratic(self, B, target=None):
        """``diag(B^T A^-1 B)``, from below."""
        X, R = self._solved(B, target)
        return np.einsum("ij,ij->j", B + R, X)

    def _solved(self, B, target):
        alphas = self.factor.alphas_of(target)

        def residual(X):
            return B - self.factor.matmat(X) - X * alphas

        first = self.factor.solve(B, target).value
        X, R, certain = refined(
            lambda R: self.factor.solve(R, target).value,
            residual,
            lambda X, R: np.einsum("ij,ij->j", B + R, X),
            first,
            alphas,
        )
        warn_if_uncertain(certain, self.method)
        return X, R
