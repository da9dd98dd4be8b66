"""The length of each column in a kernel, by which distances are measured."""

from functools import singledispatch

import numpy as np
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    Exponentiation,
    Product,
    RationalQuadratic,
    Sum,
)

from skcurious.gaussian_process._wrapper import KernelWrapper


def inverse_lengths(kernel, n_features):
    """One over the length of each column.

    Of a sum of kernels the mean of ``1 / length**2``, in the shares that its terms have
    in the variance; of a product the sum.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        A kernel. Terms without a length, such as a linear one, do not count.
    n_features : int
        Number of columns of X.

    Returns
    -------
    inverse : ndarray of shape (n_features,)
        0 for columns without a length.

    Examples
    --------
    >>> from sklearn.gaussian_process.kernels import RBF, DotProduct, WhiteKernel
    >>> from skcurious.gaussian_process._lengths import inverse_lengths
    >>> inverse_lengths(3.0 * RBF([2.0, 4.0]) + DotProduct() + WhiteKernel(), 2)
    array([0.5 , 0.25])
    """
    _, inverse = _variance_and_squares(kernel, np.arange(n_features), n_features)
    return np.sqrt(inverse)


@singledispatch
def _variance_and_squares(kernel, columns, n_features):
    """Variance of what has a length, and 1 / length^2; `columns` are those it gets."""
    return 0.0, np.zeros(n_features)


@_variance_and_squares.register(RBF)  # and Matern
@_variance_and_squares.register(RationalQuadratic)
def _(kernel, columns, n_features):
    inverse = np.zeros(n_features)
    inverse[columns] = 1 / np.square(kernel.length_scale)
    return 1.0, inverse


@_variance_and_squares.register
def _(kernel: ConstantKernel, columns, n_features):
    return kernel.constant_value, np.zeros(n_features)


@_variance_and_squares.register
def _(kernel: Product, columns, n_features):
    left = _variance_and_squares(kernel.k1, columns, n_features)
    right = _variance_and_squares(kernel.k2, columns, n_features)
    return left[0] * right[0], left[1] + right[1]


@_variance_and_squares.register
def _(kernel: Sum, columns, n_features):
    terms = [
        _variance_and_squares(term, columns, n_features)
        for term in (kernel.k1, kernel.k2)
    ]
    # A constant has no length, and no share.
    terms = [
        (variance if inverse.any() else 0.0, inverse) for variance, inverse in terms
    ]
    total = sum(variance for variance, _ in terms)
    if total == 0:
        return 0.0, np.zeros(n_features)
    return total, sum(variance / total * inverse for variance, inverse in terms)


@_variance_and_squares.register
def _(kernel: Exponentiation, columns, n_features):
    variance, inverse = _variance_and_squares(kernel.kernel, columns, n_features)
    return variance**kernel.exponent, kernel.exponent * inverse


@_variance_and_squares.register
def _(kernel: KernelWrapper, columns, n_features):
    inside = kernel.inside(columns[None])[0]
    return _variance_and_squares(kernel.kernel, inside, n_features)
