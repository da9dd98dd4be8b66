"""Taking kernels apart: the noise from the function, and a sum into its terms."""

from functools import singledispatch

import numpy as np
from sklearn.gaussian_process.kernels import (
    ConstantKernel,
    Exponentiation,
    KernelOperator,
    Product,
    Sum,
    WhiteKernel,
)
from sklearn.utils.validation import _num_samples

from skcurious.gaussian_process._cross import cross_kernel
from skcurious.gaussian_process._wrapper import KernelWrapper


class LatentKernel:
    """The kernel of the function, without the noise of labels.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        The kernel of labels.
    """

    def __init__(self, kernel):
        self.kernel = without_noise(kernel)

    def __call__(self, X, Z):
        """Kernel matrix of two sets of rows."""
        return cross_kernel(self.kernel, X, Z)

    def diagonal(self, X):
        """``k(x, x)`` of every row."""
        return self.kernel.diag(X)


@singledispatch
def without_noise(kernel):
    """The same kernel with every WhiteKernel in it zero.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        A kernel; not changed.

    Returns
    -------
    kernel : Kernel
        For two different rows, and for a row with itself once more, the same.
    """
    return kernel


@without_noise.register
def _(kernel: WhiteKernel):
    return ConstantKernel(0.0, "fixed")


@without_noise.register
def _(kernel: KernelOperator):
    return type(kernel)(without_noise(kernel.k1), without_noise(kernel.k2))


@without_noise.register
def _(kernel: Exponentiation):
    return Exponentiation(without_noise(kernel.kernel), kernel.exponent)


@without_noise.register
def _(kernel: KernelWrapper):
    params = kernel.get_params(deep=False)
    return type(kernel)(**{**params, "kernel": without_noise(kernel.kernel)})


def terms(kernel):
    """The terms of a sum, of which those that are nothing but noise are left out.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        A kernel.

    Returns
    -------
    terms : list of Kernel
        At least one, in the order in which they are written.

    Examples
    --------
    >>> from sklearn.gaussian_process.kernels import RBF, DotProduct, WhiteKernel
    >>> from skcurious.gaussian_process._parts import terms
    >>> terms(RBF() + DotProduct() + WhiteKernel())
    [RBF(length_scale=1), DotProduct(sigma_0=1)]
    """
    if type(kernel) is Sum:
        return terms(kernel.k1) + terms(kernel.k2)
    return [] if is_noise(kernel) else [kernel]


@singledispatch
def is_noise(kernel):
    """Whether a kernel is zero for any two different rows."""
    return False


@is_noise.register
def _(kernel: WhiteKernel):
    return True


@is_noise.register
def _(kernel: KernelOperator):
    both = is_noise(kernel.k1), is_noise(kernel.k2)
    return all(both) if type(kernel) is Sum else any(both)


@is_noise.register
def _(kernel: KernelWrapper):
    return is_noise(kernel.kernel)


@singledispatch
def label_noise(kernel, X):
    """Noise variance that the kernel gives the label of each row.

    Not as a difference of diagonals, which loses what is small beside the function.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        The kernel of labels.
    X : ndarray of shape (n_samples, n_features) or list of object
        Rows.

    Returns
    -------
    noise : ndarray of shape (n_samples,)

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.gaussian_process.kernels import RBF, WhiteKernel
    >>> from skcurious.gaussian_process._parts import label_noise
    >>> label_noise(2.0 * (1e20 * RBF() + WhiteKernel(0.5)), np.zeros((1, 1)))
    array([1.])
    """
    return np.zeros(_num_samples(X))


@label_noise.register
def _(kernel: WhiteKernel, X):
    return np.full(_num_samples(X), kernel.noise_level)


@label_noise.register
def _(kernel: Sum, X):
    return label_noise(kernel.k1, X) + label_noise(kernel.k2, X)


@label_noise.register
def _(kernel: Product, X):
    noise1, noise2 = label_noise(kernel.k1, X), label_noise(kernel.k2, X)
    own1, own2 = without_noise(kernel.k1).diag(X), without_noise(kernel.k2).diag(X)
    return noise1 * own2 + own1 * noise2 + noise1 * noise2


@label_noise.register
def _(kernel: Exponentiation, X):
    noise, own = label_noise(kernel.kernel, X), without_noise(kernel.kernel).diag(X)
    return (own + noise) ** kernel.exponent - own**kernel.exponent


@label_noise.register
def _(kernel: KernelWrapper, X):
    return label_noise(kernel.kernel, kernel.inside(X))
