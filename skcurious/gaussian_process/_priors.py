"""Priors on hyperparameters: what is plausible before there are many labels."""

from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from sklearn.gaussian_process.kernels import (
    Exponentiation,
    ExpSineSquared,
    KernelOperator,
)

from skcurious.gaussian_process._wrapper import KernelWrapper


@dataclass(frozen=True)
class LogNormalPrior:
    """Independent normal priors of the logarithms of hyperparameters.

        log p(theta) = -1/2 sum_j precision_j (theta_j - mean_j)^2

    without constants. It is the density of theta, the logarithm: that of the
    hyperparameters themselves has another factor and another maximum.

    Parameters
    ----------
    mean : ndarray of shape (n_dims,)
        Means of theta.
    precision : ndarray of shape (n_dims,)
        One over their variances, times a weight; 0 is no prior.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.gaussian_process import LogNormalPrior
    >>> prior = LogNormalPrior(np.array([1.0, 0.0]), np.array([4.0, 0.0]))
    >>> prior(np.array([2.0, 7.0]))
    (-2.0, array([-4., -0.]))
    """

    mean: np.ndarray
    precision: np.ndarray

    def __call__(self, theta):
        """Log density, and its gradient.

        Parameters
        ----------
        theta : ndarray of shape (n_dims,)
            Logarithms of hyperparameters.

        Returns
        -------
        value : float
            Zero at the means.
        gradient : ndarray of shape (n_dims,)
            By theta.
        """
        off = theta - self.mean
        return -0.5 * float(self.precision @ off**2), -self.precision * off

    def start(self, theta):
        """The means; entries of theta where there is no prior.

        Parameters
        ----------
        theta : ndarray of shape (n_dims,)
            Logarithms of hyperparameters.

        Returns
        -------
        start : ndarray of shape (n_dims,)
            Where an optimiser may start.
        """
        return np.where(self.precision > 0, self.mean, theta)


def dimension_scaled_prior(kernel, n_features):
    """Make priors for standardised X and y, by the names of hyperparameters.

    ================  =====================  ==================
    hyperparameter    mean of its log        standard deviation
    ================  =====================  ==================
    length_scale      2 + log(n_columns)/2   sqrt(3)
    noise_level       -2.5                   2
    constant_value    0                      sqrt(2)
    variance          -1                     1.5
    ================  =====================  ==================

    Length scales grow with the number of columns that a kernel sees, as the
    distances do [1]_; the mean is 0.6 above theirs. Others have none: the
    length scale of ExpSineSquared is no distance; periods, the alpha of
    RationalQuadratic and sigma_0 are known to the user or of little weight.
    X and y are meant to be standardised; in other units these priors are
    wrong.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        The kernel; its values do not matter.
    n_features : int
        Number of columns of X.

    Returns
    -------
    prior : LogNormalPrior
        One entry for each of ``kernel.theta``.

    References
    ----------
    .. [1] C. Hvarfner, E. O. Hellsten and L. Nardi, "Vanilla Bayesian
       optimization performs great in high dimensions", ICML 2024.

    Examples
    --------
    >>> from sklearn.gaussian_process.kernels import RBF, WhiteKernel
    >>> from skcurious.gaussian_process import dimension_scaled_prior
    >>> prior = dimension_scaled_prior(RBF() + WhiteKernel(), n_features=1)
    >>> prior.mean.round(3), prior.precision.round(3)
    (array([ 2. , -2.5]), array([0.333, 0.25 ]))
    """
    means, precisions = [], []
    for leaf, n_columns in _leaves(kernel, n_features):
        for hyperparameter in leaf.hyperparameters:
            if hyperparameter.fixed:
                continue
            mean, precision = _prior(leaf, hyperparameter.name, n_columns)
            means += [mean] * hyperparameter.n_elements
            precisions += [precision] * hyperparameter.n_elements
    return LogNormalPrior(np.array(means, float), np.array(precisions, float))


def log_prior(kernel, n_features):
    """Log density of the dimension-scaled priors at the kernel's hyperparameters.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        The kernel.
    n_features : int
        Number of columns of X.

    Returns
    -------
    value : float
        Log density without constants, zero at the means.
    gradient : ndarray of shape (n_dims,)
        By ``kernel.theta``.

    See Also
    --------
    dimension_scaled_prior : The priors.

    Examples
    --------
    >>> from sklearn.gaussian_process.kernels import WhiteKernel
    >>> from skcurious.gaussian_process import log_prior
    >>> log_prior(WhiteKernel(1.0), n_features=1)
    (-0.78125, array([-0.625]))
    """
    return dimension_scaled_prior(kernel, n_features)(kernel.theta)


def _prior(leaf, name, n_columns):
    # Mean and precision of the log.
    if isinstance(leaf, ExpSineSquared):
        return 0.0, 0.0
    return {
        "length_scale": (2 + np.log(n_columns) / 2, 1 / 3),
        "noise_level": (-2.5, 1 / 2**2),
        "constant_value": (0.0, 1 / 2),
        "variance": (-1.0, 1 / 1.5**2),
    }.get(name, (0.0, 0.0))


@singledispatch
def _leaves(kernel, n_features):
    """Kernels without kernels inside, in the order of theta, and their columns."""
    return [(kernel, n_features)]


@_leaves.register
def _(kernel: KernelOperator, n_features):
    return _leaves(kernel.k1, n_features) + _leaves(kernel.k2, n_features)


@_leaves.register
def _(kernel: Exponentiation, n_features):
    return _leaves(kernel.kernel, n_features)


@_leaves.register
def _(kernel: KernelWrapper, n_features):
    return _leaves(kernel.kernel, kernel.n_columns(n_features))
