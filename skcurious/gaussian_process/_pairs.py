"""Symmetric matrices as their diagonal and the pairs above it."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg.blas import ddot
from scipy.spatial.distance import squareform


@dataclass(frozen=True, slots=True)
class Pairs:
    """A symmetric n x n matrix with each pair of rows once.

    Half of the exponentials of a kernel matrix are enough. The order is that
    of :func:`scipy.spatial.distance.pdist`; a number in place of an array
    stands for as many equal entries. The inner product of any matrix M with a
    symmetric K needs of M only what :func:`fold` keeps of it:

        sum_il M_il K_il = sum_{i<l} (M_il + M_li) K_il + sum_i M_ii K_ii

    Parameters
    ----------
    pairs : ndarray of shape (n * (n - 1) / 2,) or float
        Entries above the diagonal, row by row.
    diagonal : ndarray of shape (n,) or float
        Entries on it.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.gaussian_process._pairs import Pairs, fold
    >>> K = Pairs(np.array([0.5]), 1.0)
    >>> K.full(2)
    array([[1. , 0.5],
           [0.5, 1. ]])
    >>> M = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> fold(M).inner(K), float((M * K.full(2)).sum())
    (7.5, 7.5)
    """

    pairs: np.ndarray | float
    diagonal: np.ndarray | float

    def __add__(self, other):
        return Pairs(self.pairs + other.pairs, self.diagonal + other.diagonal)

    def __mul__(self, other):
        """The product entry by entry."""
        return Pairs(self.pairs * other.pairs, self.diagonal * other.diagonal)

    def __pow__(self, exponent):
        """The power entry by entry."""
        return Pairs(self.pairs**exponent, self.diagonal**exponent)

    def scaled(self, factor):
        """Every entry times a number."""
        return Pairs(self.pairs * factor, self.diagonal * factor)

    def inner(self, K):
        """Inner product of a folded matrix, all arrays, with K."""
        return inner(self.pairs, K.pairs) + inner(self.diagonal, K.diagonal)

    def full(self, n):
        """The matrix, C-contiguous and new."""
        if np.ndim(self.pairs) and n > 1:
            matrix = squareform(self.pairs, checks=False)
        else:
            matrix = np.full((n, n), self.pairs if np.ndim(self.pairs) == 0 else 0.0)
        matrix.flat[:: n + 1] = self.diagonal
        return matrix


def inner(a, b):
    """Inner product of a vector with a vector or a number.

    By scipy's BLAS, which also factorises: numpy brings another one, and the
    threads of the two take each other's cores.
    """
    if np.ndim(b) == 0:
        return float(a.sum() * b)
    return float(ddot(a, b)) if len(a) else 0.0


def above_diagonal(matrix):
    """Entries above the diagonal of a C-contiguous matrix, row by row."""
    if len(matrix) < 2:
        return np.empty(0)
    return squareform(matrix, checks=False)


def fold(M):
    """What the inner product with a symmetric matrix needs of M, as Pairs."""
    M = np.asarray(M, dtype=float)
    return Pairs(above_diagonal(M + M.T), M.diagonal().copy())
