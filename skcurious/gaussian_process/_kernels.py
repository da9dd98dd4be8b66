"""Kernels that scikit-learn does not have, and the one that is learned by default."""

import numpy as np
from scipy.spatial.distance import pdist
from sklearn.gaussian_process.kernels import (
    ConstantKernel,
    Hyperparameter,
    Kernel,
    Matern,
    WhiteKernel,
)

from skcurious.gaussian_process._gradient import Hyperparameters, bind, rule
from skcurious.gaussian_process._leaves import dot_products
from skcurious.gaussian_process._pairs import Pairs
from skcurious.gaussian_process._wrapper import KernelWrapper


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


class Columns(KernelWrapper):
    """A kernel of some columns.

        k(x, z) = kernel(x[columns], z[columns])

    Parameters
    ----------
    kernel : Kernel
        Kernel of the chosen columns.
    columns : list of int
        Numbers of the columns, in the order in which `kernel` gets them.

    Examples
    --------
    What all groups share, and what each has of its own. The last column
    holds the group:

    >>> from sklearn.gaussian_process.kernels import RBF
    >>> from skcurious.gaussian_process import Columns, PerGroup
    >>> kernel = Columns(RBF(), [0, 1]) + PerGroup(0.5 * RBF(), 2)
    >>> kernel([[0.0, 0.0, 7.0], [0.0, 0.0, 7.0], [0.0, 0.0, 8.0]])
    array([[1.5, 1.5, 1. ],
           [1.5, 1.5, 1. ],
           [1. , 1. , 1.5]])
    """

    def __init__(self, kernel, columns):
        self.kernel = kernel
        self.columns = columns

    def __call__(self, X, Y=None, eval_gradient=False):
        """Evaluate the kernel; see :class:`Linear` for the arguments.

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
            Only with `eval_gradient`.
        """
        return self.kernel(
            self.inside(X), None if Y is None else self.inside(Y), eval_gradient
        )

    def inside(self, X):
        """The columns that the inner kernel gets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        columns : ndarray of shape (n_samples, n_columns)
            A copy.
        """
        X = np.atleast_2d(X)
        for column in self.columns:
            check_column("columns", column, X)
        return X[:, list(self.columns)]

    def n_columns(self, n_features):
        """How many columns the inner kernel gets.

        Parameters
        ----------
        n_features : int
            Number of columns of X.

        Returns
        -------
        n_columns : int
            Number of columns inside.
        """
        return len(self.columns)

    def __repr__(self):
        return f"Columns({self.kernel}, {list(self.columns)})"


@rule(Columns)
def _columns(kernel, X):
    return bind(kernel.kernel, kernel.inside(X))


class PerGroup(KernelWrapper):
    """A function of its own for each group, all with the same kernel.

        k((x, u), (z, w)) = [u = w] kernel(x, z),    u and w the groups

    Rows of other groups know nothing of each other through it: add it to what
    the groups share.

    Parameters
    ----------
    kernel : Kernel
        Kernel of the other columns.
    column : int
        Number of the column with the group, a number. The columns after it
        move up by one for `kernel`.

    See Also
    --------
    Columns : A kernel of some columns, such as all but the group's.

    Examples
    --------
    >>> from sklearn.gaussian_process.kernels import RBF
    >>> from skcurious.gaussian_process import PerGroup
    >>> PerGroup(RBF(), 0)([[7.0, 0.0], [7.0, 0.0], [8.0, 0.0]])
    array([[1., 1., 0.],
           [1., 1., 0.],
           [0., 0., 1.]])
    """

    def __init__(self, kernel, column):
        self.kernel = kernel
        self.column = column

    def __call__(self, X, Y=None, eval_gradient=False):
        """Evaluate the kernel; see :class:`Linear` for the arguments.

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
            Only with `eval_gradient`.
        """
        check_gradient(Y, eval_gradient)
        groups = self.groups(X)
        same = groups[:, None] == (groups if Y is None else self.groups(Y))
        right = None if Y is None else self.inside(Y)
        if not eval_gradient:
            return same * self.kernel(self.inside(X), right)
        K, K_gradient = self.kernel(self.inside(X), eval_gradient=True)
        return same * K, same[:, :, None] * K_gradient

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
        return self.kernel.diag(self.inside(X))

    def groups(self, X):
        """The group of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        groups : ndarray of shape (n_samples,)
            One column of X.
        """
        X = np.atleast_2d(X)
        check_column("column", self.column, X)
        return X[:, self.column]

    def inside(self, X):
        """The columns that the inner kernel gets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        columns : ndarray of shape (n_samples, n_features - 1)
            A copy.
        """
        X = np.atleast_2d(X)
        check_column("column", self.column, X)
        return np.delete(X, self.column, axis=1)

    def n_columns(self, n_features):
        """How many columns the inner kernel gets.

        Parameters
        ----------
        n_features : int
            Number of columns of X.

        Returns
        -------
        n_columns : int
            Number of columns inside.
        """
        return n_features - 1

    def __repr__(self):
        return f"PerGroup({self.kernel}, {self.column})"


@rule(PerGroup)
def _per_group(kernel, X):
    evaluate_inside = bind(kernel.kernel, kernel.inside(X))
    _, codes = np.unique(kernel.groups(X), return_inverse=True)
    apart = pdist(codes.reshape(-1, 1).astype(float), "chebyshev")
    same = Pairs((apart == 0).astype(float), 1.0)

    def evaluate(theta):
        K, pullback = evaluate_inside(theta)
        return same * K, lambda M: pullback(M * same)

    return evaluate


def auto_kernel(n_features):
    """The kernel that is learned when none is given.

        k(x, z) = signal exp(-r) + variance (1 + x.z) / (1 + p) + noise [x is z]
        r^2 = sum_k (x_k - z_k)^2 / l_k^2

    A rough function (Matern 1/2) with a length scale for each column, a
    linear one, and noise; for standardised X and y, and for
    :func:`~skcurious.gaussian_process.dimension_scaled_prior`. Starts from
    length scales of sqrt(p) and a noise of 0.1.

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
    1**2 * Matern(length_scale=[2, 2, 2, 2], nu=0.5) + Linear(variance=0.368)
    + WhiteKernel(noise_level=0.1)
    """
    length = np.sqrt(n_features)
    lengths = np.full(n_features, length) if n_features > 1 else length
    return (
        ConstantKernel(1.0) * Matern(lengths, nu=0.5)
        + Linear(np.exp(-1.0), (1e-8, 1e5))
        + WhiteKernel(0.1, (1e-8, 1e3))
    )


def check_gradient(Y, eval_gradient):
    if eval_gradient and Y is not None:
        raise ValueError("eval_gradient: only with Y=None, got a Y.")


def check_column(name, column, X):
    if not -X.shape[1] <= column < X.shape[1]:
        raise ValueError(
            f"{name}: X has {X.shape[1]} columns, none with number {column}."
        )
