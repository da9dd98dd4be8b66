"""Squared distances of many rows from a few.

Of many columns by one matrix product, about the mean of the few,

    |x - z|^2 = |x|^2 + |z|^2 - 2 x.z

whose rounding is that of |x|^2 + |z|^2. Where the distance is small beside these, it is
taken from the differences: so all are as exact as sums of squared differences.
"""

import numpy as np
from scipy.spatial.distance import cdist

# Columns from which on a product is faster than sums of squared differences.
MANY_COLUMNS = 16
# Squared distances below this part of |x|^2 + |z|^2 are taken from differences,
NEAR = 1 / 16
# and all of them, where so many are.
MANY_NEAR = 1 / 8
# Sums of squares whose products and sums have all their digits.
SMALLEST, LARGEST = 1e-280, 1e280


class SquaredDistances:
    """Squared distances from rows that stay the same.

    Parameters
    ----------
    Z : ndarray of shape (n_Z, n_features)
        Rows, of float64.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.gaussian_process._distances import SquaredDistances
    >>> SquaredDistances(np.array([[0.0, 0.0], [3.0, 4.0]]))(np.array([[0.0, 1.0]]))
    array([[ 1., 18.]])
    """

    def __init__(self, Z):
        self._Z = Z
        self._is_wide = Z.shape[1] >= MANY_COLUMNS and len(Z) > 0
        if not self._is_wide:
            return
        with np.errstate(over="ignore", invalid="ignore"):
            self._mean = Z.mean(axis=0)
            about_mean = Z - self._mean
            self._squares = np.einsum("ij,ij->i", about_mean, about_mean)
            # Of the row (x, |x|^2, 1) with its columns the product is the distance.
            ones = np.ones((1, len(Z)))
            self._right = np.vstack([-2 * about_mean.T, ones, self._squares])
        self._is_wide = _have_all_digits(self._squares)

    def __call__(self, X):
        """Squared distances of other rows from these.

        Parameters
        ----------
        X : ndarray of shape (n_X, n_features)
            Rows, of float64: few enough that the result fits into a cache.

        Returns
        -------
        squares : ndarray of shape (n_X, n_Z)
            New.
        """
        if not self._is_wide:
            return cdist(X, self._Z, "sqeuclidean")
        n, p = X.shape
        left = np.ones((n, p + 2))
        with np.errstate(over="ignore", invalid="ignore"):
            about_mean = np.subtract(X, self._mean, out=left[:, :p])
            own = np.einsum("ij,ij->i", about_mean, about_mean)
        left[:, p] = own
        if not _have_all_digits(own):
            return cdist(X, self._Z, "sqeuclidean")
        squares = left @ self._right
        near = squares < np.add.outer(NEAR * own, NEAR * self._squares)
        n_near = np.count_nonzero(near)
        if n_near > MANY_NEAR * near.size:
            return cdist(X, self._Z, "sqeuclidean")
        if n_near:
            i, j = np.nonzero(near)
            differences = X[i] - self._Z[j]
            squares[i, j] = np.einsum("ij,ij->i", differences, differences)
        return squares


def _have_all_digits(squares):
    size = squares.max(initial=0)
    return SMALLEST < size < LARGEST
