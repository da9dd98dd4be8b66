"""Marginal likelihood of a Gaussian process, and its gradient.

With ``A = K(theta) + diag(alpha)`` and ``a = A^-1 Y`` of T targets

    -log p(Y) = 1/2 <Y, a> + T (sum_i log L_ii + n/2 log 2 pi)
    M = 1/2 (T A^-1 - a a^T),    d(-log p)/dtheta_j = <M, dK/dtheta_j>

One Cholesky factor, inverted in place; all by scipy's LAPACK and BLAS, since a
change from numpy's to scipy's threads takes longer than a small factor itself.
"""

import numpy as np
from scipy.linalg.blas import dsyrk
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs

from skcurious.gaussian_process._gradient import bind
from skcurious.gaussian_process._pairs import Pairs, above_diagonal

_LOG_2PI = np.log(2 * np.pi)


class NegativeLogLikelihood:
    """Negative log marginal likelihood as a function of theta.

    What does not depend on theta is computed when it is made.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        The kernel; not changed.
    X : array-like of shape (n_samples, n_features), or list of objects
        Rows.
    Y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Targets, with mean zero under the prior; they share the kernel.
    alpha : float or ndarray of shape (n_samples,), default=0.0
        Variance of known noise, added to the diagonal.

    Attributes
    ----------
    n_evaluations : int
        How often it was evaluated.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.gaussian_process.kernels import WhiteKernel
    >>> from skcurious.gaussian_process import NegativeLogLikelihood
    >>> objective = NegativeLogLikelihood(WhiteKernel(), np.zeros((1, 1)), [2.0])
    >>> value, gradient = objective(np.log([2.0]))
    >>> round(float(value - 0.5 * np.log(4 * np.pi)), 12), gradient
    (1.0, array([-0.5]))
    """

    def __init__(self, kernel, X, Y, alpha=0.0):
        self.kernel = kernel
        Y = np.asarray(Y, dtype=float)
        self.Y = np.asfortranarray(Y.reshape(len(Y), -1))
        if np.ndim(alpha) and np.shape(alpha) != (len(Y),):
            raise ValueError(
                f"alpha: one number, or one for each of the {len(Y)} rows; got shape "
                f"{np.shape(alpha)}."
            )
        self.alpha = alpha
        self.evaluate = bind(kernel, X)
        self.n_evaluations = 0

    def __call__(self, theta):
        """Value, and gradient of shape (n_dims,).

        Infinity, with a gradient of zeros, where A is not positive definite.
        """
        self.n_evaluations += 1
        theta, n, n_targets = np.asarray(theta), *self.Y.shape
        K, pullback = self.evaluate(theta)
        A = K.full(n)
        del K
        A.flat[:: n + 1] += self.alpha
        # LAPACK sees the transpose, in Fortran order: its lower triangle is the
        # upper one here.
        factor, failed = dpotrf(A.T, lower=1, clean=0, overwrite_a=1)
        if failed:
            return np.inf, np.zeros_like(theta)
        a, _ = dpotrs(factor, self.Y, lower=1)
        half_log_determinant = np.log(factor.diagonal()).sum() + n / 2 * _LOG_2PI
        value = 0.5 * np.einsum("ij,ij->", self.Y, a)
        value = float(value + n_targets * half_log_determinant)
        if not len(theta):
            return value, np.zeros(0)
        twice_M, _ = dpotri(factor, lower=1, overwrite_c=1)
        twice_M = dsyrk(-1.0, a, n_targets, twice_M, lower=1, overwrite_c=1).T
        M = Pairs(above_diagonal(twice_M), 0.5 * twice_M.diagonal())
        del A, factor, twice_M
        return value, pullback(M)
