"""Variances that are differences, and what rounding leaves of them.

    h(x, x) = (k(x, x) - k(x)^T A^-1 k(x)) / alpha

The two terms may be many orders of magnitude larger than what they leave. What h is at
least is no difference, by Cauchy and Schwarz in the metric of H = sum_i w_i k_i k_i^T +
alpha:

    h(x, x) >= k(x, x)^2 / (sum_i w_i k(x, x_i)^2 + alpha k(x, x))
"""

import numpy as np

from skcurious._warnings import warn

# What to do where rounding hides a variance.
REMEDY = (
    "Scale the columns of X, for instance with StandardScaler, choose other kernel "
    "parameters, or raise alpha."
)


def warn_of_few_digits(h, rounding, units="the noise variance", remedy=REMEDY):
    """Warn of variances that cannot be told from rounding to a third of their digits.

    Parameters
    ----------
    h : ndarray of shape (n, ...)
        Leverages h(x, x).
    rounding : ndarray of shape (n, ...)
        How far rounding may put them off.
    units : str, default="the noise variance"
        What they are in units of.
    remedy : str, default=REMEDY
        What to do.

    Returns
    -------
    lost : ndarray of bool of shape (n, ...)
        Which.
    """
    lost = rounding > np.cbrt(np.finfo(h.dtype).eps) * np.abs(h)
    if lost.any():
        warn(
            f"{np.count_nonzero(lost)} variance(s) have few correct digits: rounding "
            f"puts them off by up to {rounding[lost].max():.1e}, and "
            f"{h[lost].min():.1e} is left, in units of {units}. {remedy}"
        )
    return lost


def variance(own, quadratic, squares, alpha, rounding, constant=0.0, remedy=REMEDY):
    """``(k(x, x) - k(x)^T A^-1 k(x)) / alpha + constant``, never below its bound.

    Parameters
    ----------
    own : ndarray of shape (n,)
        k(x, x).
    quadratic : ndarray of shape (n,)
        ``k(x)^T A^-1 k(x)``.
    squares : ndarray of shape (n,)
        ``sum_i w_i k(x, x_i)^2``.
    alpha : float
        Regularisation strength, positive.
    rounding : ndarray of shape (n,)
        How far rounding may put h off.
    constant : float, default=0.0
        Variance of the intercept.
    remedy : str, default=REMEDY
        What to do where rounding hides it.

    Returns
    -------
    h : ndarray of shape (n,)
        At least 0; a lower bound, and a warning, where rounding hides it.
    """
    h = (own - quadratic) / alpha + constant
    lost, negative = warn_of_few_digits(h, rounding, remedy=remedy), h < 0
    if (negative & ~lost).any():
        warn(
            f"The variance of {np.count_nonzero(negative)} row(s) comes out negative, "
            "and a lower bound takes its place: the kernel is not positive "
            "semidefinite there, or too ill-conditioned. Use a kernel that is, or "
            "raise alpha."
        )
    doubtful = lost | negative
    if doubtful.any():
        own = np.maximum(own, 0)
        below = squares + alpha * own
        least = np.divide(own * own, below, out=np.zeros_like(own), where=below > 0)
        h = np.where(doubtful, np.maximum(h, least + constant), h)
    return h
