"""Kernels of many rows with a few, for predictions and queries.

They are what scikit-learn's kernels say, in blocks of rows that stay in a cache and
without temporaries the size of the result. Each type of kernel has a rule, as in
:mod:`skcurious.gaussian_process._gradient`: ``rule(kernel, Z)`` computes what depends
on the few rows alone and returns ``evaluate``, and ``evaluate(X)`` returns a new
matrix k(X, Z).
"""

import math

import numpy as np
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    Exponentiation,
    Matern,
    Product,
    Sum,
)

from skcurious.gaussian_process._columns import Columns, PerGroup
from skcurious.gaussian_process._distances import SquaredDistances
from skcurious.tangent._threads import one_thread

# Numbers of a block that fit into a cache together with temporaries.
BLOCK = 2**15

_RULES = {}


def cross_kernel(kernel, X, Z):
    """The kernel of two sets of rows.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        The kernel.
    X : array-like of shape (n_X, n_features) or list of object
        Rows, best the larger set of the two.
    Z : array-like of shape (n_Z, n_features) or list of object
        Rows.

    Returns
    -------
    K : ndarray of shape (n_X, n_Z)
        ``kernel(X, Z)``, but for rounding.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.gaussian_process.kernels import RBF
    >>> from skcurious.gaussian_process._cross import cross_kernel
    >>> cross_kernel(2.0 * RBF(), np.array([[0.0], [1.0]]), np.array([[0.0]])).round(3)
    array([[2.   ],
           [1.213]])
    """
    if not (_is_table(X) and _is_table(Z)) or type(kernel) not in _RULES:
        return kernel(X, Z)
    evaluate = _bind(kernel, Z)
    size = max(BLOCK // max(len(Z), 1), 1)
    if len(X) <= size:
        return evaluate(X)
    K = np.empty((len(X), len(Z)))
    with one_thread():  # short products, by turns with the rest
        for start in range(0, len(X), size):
            rows = slice(start, start + size)
            K[rows] = evaluate(X[rows])
    return K


def _is_table(X):
    return isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype == np.float64


def _rule(*kernel_types):
    """Register a rule for instances of exactly these types."""

    def register(function):
        _RULES.update(dict.fromkeys(kernel_types, function))
        return function

    return register


def _bind(kernel, Z):
    return _RULES.get(type(kernel), _any_kernel)(kernel, Z)


def _any_kernel(kernel, Z):
    return lambda X: np.array(kernel(X, Z), dtype=np.float64)


@_rule(Sum)
def _sum(kernel, Z):
    first, second = _bind(kernel.k1, Z), _bind(kernel.k2, Z)

    def evaluate(X):
        K = first(X)
        K += second(X)
        return K

    return evaluate


@_rule(Product)
def _product(kernel, Z):
    first, second = kernel.k1, kernel.k2
    if type(first) is ConstantKernel:
        first, second = second, first
    evaluate_first = _bind(first, Z)
    is_constant = type(second) is ConstantKernel
    evaluate_second = None if is_constant else _bind(second, Z)

    def evaluate(X):
        K = evaluate_first(X)
        K *= second.constant_value if is_constant else evaluate_second(X)
        return K

    return evaluate


@_rule(Exponentiation)
def _exponentiation(kernel, Z):
    inside = _bind(kernel.kernel, Z)
    return lambda X: inside(X) ** kernel.exponent


@_rule(Columns)
def _columns(kernel, Z):
    inside = _bind(kernel.kernel, kernel.inside(Z))
    return lambda X: inside(kernel.inside(X))


@_rule(PerGroup)
def _per_group(kernel, Z):
    inside, groups = _bind(kernel.kernel, kernel.inside(Z)), kernel.groups(Z)

    def evaluate(X):
        K = inside(kernel.inside(X))
        K *= kernel.groups(X)[:, None] == groups
        return K

    return evaluate


# -- functions of a scaled distance, evaluated in the place of r^2 ---------------------


def _rbf(squares):
    """exp(-r^2 / 2)."""
    squares *= -0.5
    return np.exp(squares, out=squares)


def _matern12(squares):
    """exp(-r)."""
    r = np.sqrt(squares, out=squares)
    np.negative(r, out=r)
    return np.exp(r, out=r)


def _matern32(squares):
    """(1 + s) exp(-s) with s = sqrt(3) r."""
    squares *= 3
    s = np.sqrt(squares, out=squares)
    decay = np.exp(-s)
    s += 1
    s *= decay
    return s


def _matern52(squares):
    """(1 + s + s^2 / 3) exp(-s) with s = sqrt(5) r."""
    squares *= 5
    s = np.sqrt(squares)
    squares *= 1 / 3
    squares += s
    squares += 1
    np.negative(s, out=s)
    squares *= np.exp(s, out=s)
    return squares


_PROFILES = {0.5: _matern12, 1.5: _matern32, 2.5: _matern52, math.inf: _rbf}


@_rule(RBF)
def _of_rbf(kernel, Z):
    return _stationary(kernel, Z, _rbf)


@_rule(Matern)
def _of_matern(kernel, Z):
    if kernel.nu not in _PROFILES:
        return _any_kernel(kernel, Z)
    return _stationary(kernel, Z, _PROFILES[kernel.nu])


def _stationary(kernel, Z, profile):
    lengths = np.asarray(kernel.length_scale, dtype=np.float64)
    if lengths.size not in (1, Z.shape[1]):
        return _any_kernel(kernel, Z)  # which says what is wrong
    distances = SquaredDistances(Z / lengths)
    return lambda X: profile(distances(X / lengths))
