"""Kernels of some columns, and of groups of rows."""

from functools import singledispatch

import numpy as np
from scipy.spatial.distance import pdist
from sklearn.gaussian_process.kernels import (
    ConstantKernel,
    Exponentiation,
    KernelOperator,
    WhiteKernel,
)

from skcurious.gaussian_process._gradient import bind, rule
from skcurious.gaussian_process._pairs import Pairs
from skcurious.gaussian_process._wrapper import KernelWrapper, check_gradient


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


def check_column(name, column, X):
    if not -X.shape[1] <= column < X.shape[1]:
        raise ValueError(
            f"{name}: X has {X.shape[1]} columns, none with number {column}."
        )


@singledispatch
def numeric_columns(kernel, columns):
    """Columns whose numbers a kernel compares, and not only whether they are equal.

    Parameters
    ----------
    kernel : Kernel
        A kernel.
    columns : ndarray of shape (n_columns,)
        Numbers of the columns that it gets.

    Returns
    -------
    numeric : set of int
        Some of these.
    """
    return set(columns.tolist())


@numeric_columns.register(ConstantKernel)
@numeric_columns.register(WhiteKernel)
def _(kernel, columns):
    return set()


@numeric_columns.register
def _(kernel: KernelOperator, columns):
    return numeric_columns(kernel.k1, columns) | numeric_columns(kernel.k2, columns)


@numeric_columns.register
def _(kernel: Exponentiation, columns):
    return numeric_columns(kernel.kernel, columns)


@numeric_columns.register
def _(kernel: KernelWrapper, columns):
    return numeric_columns(kernel.kernel, kernel.inside(columns)[0])
