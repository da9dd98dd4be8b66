"""What a label is worth before there is one: a Gaussian process that knows no label.

Labels are standardised, and the kernel is the package's own at the means of its
priors; of p standardised columns, with r the distance of two rows over sqrt(p) and the
length of that part:

    k(x, z) = rough exp(-r) + smooth (1 + s + s^2 / 3) exp(-s)
              + linear (1 + x.z) / (1 + p),             s = sqrt(5) r

A label at x, of noise variance v, takes from the variance at reference rows p

    sum_p S(p, x)^2 / (v + S(x, x)),
    S(p, x) = k(p, x) - k(p, D) (k(D, D) + v)^-1 k(D, x)

where D are the rows measured so far. Not one of their labels is needed.
"""

import numpy as np
from scipy import sparse
from scipy.linalg import cholesky, solve_triangular
from sklearn.utils.extmath import row_norms, safe_sparse_dot

from skcurious.gaussian_process import auto_kernel, dimension_scaled_prior

# Numbers of a block of the kernel matrix that fit into a cache.
BLOCK = 2**18


class PriorKernel:
    """The package's own kernel at the means of its priors.

    What :func:`~skcurious.gaussian_process.auto_kernel` is there, for sparse rows as
    well and by matrix products.

    Parameters
    ----------
    n_columns : int
        Number of columns, p.
    """

    def __init__(self, n_columns: int):
        # Of one column; with more of them lengths grow as distances do.
        mean = dimension_scaled_prior(auto_kernel(1), 1).mean
        self._rough, rough, self._smooth, smooth, linear, self.noise = np.exp(mean)
        self._lengths = np.sqrt(n_columns) * np.array([rough, smooth])
        self._linear = linear / (1 + n_columns)

    def __call__(self, X, Z):
        """Kernel matrix of two sets of rows."""
        products = safe_sparse_dot(X, Z.T, dense_output=True)
        squares = -2 * products
        squares += row_norms(X, squared=True)[:, None]
        squares += row_norms(Z, squared=True)
        return self._of(np.sqrt(np.maximum(squares, 0, out=squares)), products)

    def diagonal(self, X):
        """``k(x, x)`` of every row."""
        return self._of(np.zeros(X.shape[0]), row_norms(X, squared=True))

    def _of(self, distances, products):
        s = np.sqrt(5) / self._lengths[1] * distances
        k = self._smooth * (1 + s + s * s / 3) * np.exp(-s)
        k += self._rough * np.exp(-distances / self._lengths[0])
        products += 1
        k += self._linear * products
        return k


class PriorReduction:
    """By what share a label would bring down the variance of reference rows.

    Parameters
    ----------
    kernel : PriorKernel
        What is thought of the function.
    X : {ndarray, CSR matrix} of shape (n, p)
        Candidates.
    X_measured : {ndarray, CSR matrix} of shape (n_measured, p)
        Rows that have a label, or will.
    reference : slice or ndarray of int
        Which candidates are reference rows.
    n_more : int
        How many labels will be imagined.
    """

    def __init__(self, kernel, X, X_measured, reference, n_more):
        self._kernel, self._X, self._noise = kernel, X, kernel.noise
        self.own = kernel.diagonal(X)
        self._total = self.own[reference].sum()
        others = X[reference]
        n_measured = X_measured.shape[0]
        # Columns C of S = K - C C^T, one for each row that is measured.
        self._columns = np.empty((X.shape[0], n_measured + n_more))
        self._n_columns = n_measured
        self._cross = np.empty((X.shape[0], others.shape[0]))
        if n_measured:
            A = kernel(X_measured, X_measured)
            A[np.diag_indices_from(A)] += self._noise
            factor = cholesky(A, lower=True, overwrite_a=True, check_finite=False)
        for rows in self._row_blocks():
            self._cross[rows] = kernel(X[rows], others)
            if n_measured:
                K = kernel(X_measured, X[rows])
                solved = solve_triangular(factor, K, lower=True, check_finite=False)
                self._columns[rows, :n_measured] = solved.T
                self.own[rows] -= np.einsum("ji,ji->i", solved, solved)
        if n_measured:
            seen = self._columns[reference, :n_measured].copy()
            for rows in self._row_blocks():
                self._cross[rows] -= self._columns[rows, :n_measured] @ seen.T

    def utility(self):
        """Share of the reference rows' prior variance that each label would take."""
        removed = np.einsum("ij,ij->i", self._cross, self._cross)
        return removed / (self._noise + self.own) / self._total

    def imagine(self, index):
        """Imagine a label for a candidate."""
        known = self._columns[:, : self._n_columns]
        column = np.empty(len(self.own))
        for rows in self._row_blocks():
            column[rows] = self._kernel(self._X[rows], self._X[[index]])[:, 0]
        column -= known @ known[index]
        scale = 1 / np.sqrt(self._noise + column[index])
        column *= scale
        at_pick = scale * self._cross[index]
        for rows in self._row_blocks():
            self._cross[rows] -= np.multiply.outer(column[rows], at_pick)
        self.own -= column**2
        self._columns[:, self._n_columns] = column
        self._n_columns += 1

    def _row_blocks(self):
        size = max(BLOCK // max(self._cross.shape[1], 1), 1)
        return [slice(i, i + size) for i in range(0, len(self.own), size)]


class Design:
    """The mean of several criteria, in which equal rows are measured once.

    Parameters
    ----------
    criteria : list of PriorReduction
        One for each view of the candidates.
    groups : ndarray of int of shape (n,)
        Equal for candidates that are equal in all views.
    measured : ndarray of int
        Groups of the rows measured before.
    """

    def __init__(self, criteria, groups, measured):
        self._criteria = criteria
        self._groups = groups
        self._taken = np.isin(groups, measured)

    def utility(self):
        """The score of every candidate; of rows taken before only when all are."""
        utility = sum(c.utility() for c in self._criteria) / len(self._criteria)
        if not self._taken.all():
            utility[self._taken] = -np.inf
        return utility

    def imagine(self, index):
        """Imagine a label for a candidate, and for those equal to it."""
        for criterion in self._criteria:
            criterion.imagine(index)
        self._taken |= self._groups == self._groups[index]


def equal_rows(views):
    """Numbers of rows, the same for rows that are equal in all views.

    Parameters
    ----------
    views : list of {ndarray, CSR matrix} of shape (n_rows, n_columns)
        The rows.

    Returns
    -------
    groups : ndarray of int of shape (n_rows,)
    """
    keys = np.zeros(views[0].shape[0], dtype=np.intp)
    for Z in views:
        numbers = {}
        keys = np.array(
            [
                numbers.setdefault((key, row), len(numbers))
                for key, row in zip(keys, _as_bytes(Z), strict=True)
            ]
        )
    return keys


def _as_bytes(Z):
    if not sparse.issparse(Z):
        return map(bytes, np.ascontiguousarray(Z + 0.0))  # -0 is 0
    Z = Z.copy()
    Z.sum_duplicates()
    Z.eliminate_zeros()
    ends = zip(Z.indptr[:-1], Z.indptr[1:], strict=True)
    return [Z.indices[i:j].tobytes() + Z.data[i:j].tobytes() for i, j in ends]
