"""A linear kernel, and the kernel that is learned by default."""

import numpy as np
from sklearn.gaussian_process.kernels import (
    ConstantKernel,
    Hyperparameter,
    Kernel,
    Matern,
    WhiteKernel,
)

from skcurious.gaussian_process._gradient import Hyperparameters, rule
from skcurious.gaussian_process._leaves import dot_products
from skcurious.gaussian_process._pairs import Pairs
from skcurious.gaussian_process._wrapper import check_gradient


class Linear(Kernel):
    """A linear function with an intercept, of one variance.

        k(x, z) = variance (1 + x.z) / (1 + p),    p the number of columns

    For standardised columns the variance is that of the function's values,
    whatever p is, so that one prior suits all tables. ``ConstantKernel() *
    DotProduct(1.0, "fixed")`` is the same function with p in its constant.

    Parameters
    ----------
    variance : float, default=1.0
        Mean of k(x, x) over standardised rows.
    variance_bounds : pair of floats > 0 or "fixed", default=(1e-5, 1e5)
        Lower and upper bound of the variance; "fixed" does not learn it.

    Examples
    --------
    >>> from skcurious.gaussian_process import Linear
    >>> Linear(2.0)([[1.0, 0.0, 2.0]])
    array([[3.]])
    """

    def __init__(self, variance=1.0, variance_bounds=(1e-5, 1e5)):
        self.variance = variance
        self.variance_bounds = variance_bounds

    @property
    def hyperparameter_variance(self):
        """The one hyperparameter."""
        return Hyperparameter("variance", "numeric", self.variance_bounds)

    def __call__(self, X, Y=None, eval_gradient=False):
        """Evaluate the kernel.

        Parameters
        ----------
        X : array-like of shape (n_samples_X, n_features)
            Left rows.
        Y : array-like of shape (n_samples_Y, n_features), default=None
            Right rows; None means X.
        eval_gradient : bool, default=False
            Whether to return the gradient too; only with Y None.

        Returns
        -------
        K : ndarray of shape (n_samples_X, n_samples_Y)
            Kernel matrix.
        K_gradient : ndarray of shape (n_samples_X, n_samples_X, n_dims)
            Derivative by the log of the variance; only with `eval_gradient`.
        """
        check_gradient(Y, eval_gradient)
        X = np.atleast_2d(X)
        Y = X if Y is None else np.atleast_2d(Y)
        K = self.variance / (1 + X.shape[1]) * (1 + X @ Y.T)
        if not eval_gradient:
            return K
        fixed = self.hyperparameter_variance.fixed
        return K, np.empty((*K.shape, 0)) if fixed else K[:, :, None].copy()

    def diag(self, X):
        """Diagonal of the kernel matrix of the rows X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        diagonal : ndarray of shape (n_samples,)
            Values k(x, x).
        """
        X = np.atleast_2d(X)
        return self.variance / (1 + X.shape[1]) * (1 + np.einsum("ij,ij->i", X, X))

    def is_stationary(self):
        """Whether k depends on x - z only: no.

        Returns
        -------
        stationary : bool
            False.
        """
        return False

    def __repr__(self):
        return f"Linear(variance={self.variance:.3g})"


@rule(Linear)
def _linear(kernel, X):
    hyperparameters, products = Hyperparameters(kernel), dot_products(X)
    per_variance = (products + Pairs(1.0, 1.0)).scaled(1 / (1 + np.shape(X)[1]))

    def evaluate(theta):
        (variance,) = hyperparameters.at(theta)
        return per_variance.scaled(variance), hyperparameters.pullback(
            lambda M: variance * M.inner(per_variance)
        )

    return evaluate


def auto_kernel(n_features):
    """The kernel that is learned when none is given.

    Of rows x and z it is::

        k(x, z) = rough exp(-r) + smooth (1 + s + s^2 / 3) exp(-s)
                  + variance (1 + x.z) / (1 + p) + noise [x is z]
        r^2 = sum_k (x_k - z_k)^2 / l_k^2,    s^2 = 5 sum_k (x_k - z_k)^2 / m_k^2

    A rough function (Matern 1/2) and a smooth one (Matern 5/2), each with a length
    scale for each column, a linear one, and noise; for standardised X and y, and
    for :func:`~skcurious.gaussian_process.dimension_scaled_prior`. The labels say
    how much of each there is: a smooth function learns more from few labels where
    it is right, and is too sure of itself where it is not. Starts from length
    scales of sqrt(p) and a noise of 0.1.

    Parameters
    ----------
    n_features : int
        Number of columns, p.

    Returns
    -------
    kernel : Kernel
        A new kernel, the hyperparameters of which are free.

    Examples
    --------
    >>> from skcurious.gaussian_process import auto_kernel
    >>> auto_kernel(4)  # doctest: +NORMALIZE_WHITESPACE
    1**2 * Matern(length_scale=[2, 2, 2, 2], nu=0.5)
    + 1**2 * Matern(length_scale=[2, 2, 2, 2], nu=2.5)
    + Linear(variance=0.368) + WhiteKernel(noise_level=0.1)
    """
    length = np.sqrt(n_features)
    lengths = np.full(n_features, length) if n_features > 1 else length
    return (
        ConstantKernel(1.0) * Matern(lengths, nu=0.5)
        + ConstantKernel(1.0) * Matern(lengths, nu=2.5)
        + Linear(np.exp(-1.0), (1e-8, 1e5))
        + WhiteKernel(0.1, (1e-8, 1e3))
    )
