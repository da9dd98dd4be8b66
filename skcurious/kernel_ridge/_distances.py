"""Squared distances of rows, with the digits that a kernel of them needs.

    |x - z|^2 = |x|^2 + |z|^2 - 2 x.z

is one product of matrices, and loses what is small beside ``|x|^2``: rows far from zero
have no distances left. So rows are centred first, which no distance sees, and where
rounding would still show, differences are formed.
"""

import numpy as np
from scipy import sparse
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.utils.extmath import row_norms

# What may be wrong in ``gamma |x - z|^2``, and so in a kernel of it, relatively.
TOLERANCE = 1e-13
# Numbers of the rows of sparse pairs that are subtracted at a time.
BLOCK = 2**20


def rbf(X, Z, gamma):
    """``exp(-gamma |x - z|^2)`` of all pairs, which is 1 for equal rows.

    Parameters
    ----------
    X : {ndarray, CSR matrix} of shape (n, n_features)
        Rows, in float64.
    Z : {ndarray, CSR matrix} of shape (m, n_features) or None
        Other rows; None means X.
    gamma : float
        Scale.

    Returns
    -------
    K : ndarray of shape (n, m)

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.kernel_ridge._distances import rbf
    >>> rbf(np.array([[1e9]]), np.array([[1e9], [1e9 + 1.0]]), 1.0).round(3)
    array([[1.   , 0.368]])
    """
    K = -gamma * _squares(X, Z, gamma)
    return np.exp(K, out=K)


def _squares(X, Z, gamma):
    some_sparse = sparse.issparse(X) or sparse.issparse(Z)
    if not some_sparse:
        mean = (X if Z is None else Z).mean(axis=0)
        X, Z = X - mean, None if Z is None else Z - mean
    Z = X if Z is None else Z  # euclidean_distances looks whether they are one
    norms, others = row_norms(X, squared=True), row_norms(Z, squared=True)
    rounding = np.finfo(np.float64).eps * gamma
    largest = norms.max(initial=0) + others.max(initial=0)
    if not rounding * largest > TOLERANCE:
        return euclidean_distances(X, Z, squared=True)
    if not some_sparse:
        return cdist(X, Z, "sqeuclidean")
    squares = euclidean_distances(X, Z, squared=True)
    lost = rounding * np.add.outer(norms, others)
    doubtful = lost > TOLERANCE
    # Beyond, exp(-gamma d^2) is 0 anyway.
    doubtful &= gamma * squares - (X.shape[1] + 4) * lost < 1e3
    left, right = np.nonzero(doubtful)
    size = max(BLOCK // X.shape[1], 1)
    for start in range(0, len(left), size):
        i, j = left[start : start + size], right[start : start + size]
        squares[i, j] = row_norms(_difference(X[i], Z[j]), squared=True)
    return squares


def _difference(X, Z):
    if sparse.issparse(X) and sparse.issparse(Z):
        return (X - Z).tocsr()
    X, Z = (A.toarray() if sparse.issparse(A) else A for A in (X, Z))
    return X - Z


def near_one(X):
    """Rows in powers of two, in which the largest number of each is near one.

    Their angles are the same; and squares neither over- nor underflow, nor does
    scikit-learn take a length for zero that is less than 2e-15.

    Parameters
    ----------
    X : {ndarray, CSR matrix} of shape (n, n_features)
        Rows, in float64.

    Returns
    -------
    X : {ndarray, CSR matrix} of shape (n, n_features)
        A copy.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.kernel_ridge._distances import near_one
    >>> near_one(np.array([[3e-200, 4e-200]])).round(3)
    array([[0.574, 0.765]])
    """
    largest = abs(X).max(axis=1)
    largest = largest.toarray().ravel() if sparse.issparse(largest) else largest
    _, exponents = np.frexp(largest)
    if sparse.issparse(X):
        X = X.copy()
        X.data = np.ldexp(X.data, -np.repeat(exponents, np.diff(X.indptr)))
        return X
    return np.ldexp(X, -exponents[:, None])
