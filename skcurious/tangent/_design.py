"""Designs: centred, weighted rows ``X~ = sqrt(W) (X - 1 mean^T)`` as matrices.

A sparse X keeps its zeros, and is centred in the products.

A mean is rounded, and what that leaves in every row is a direction of its own.  Where
X is wide only alpha is beside it, and the tangent divides by alpha twice: there the
rows are centred a second time, by taking out their part along ``u = sqrt(w) /
|sqrt(w)|``.
"""

import numpy as np
from scipy import sparse
from scipy.linalg import blas

from skcurious.tangent._gram import (
    both_triangles,
    centre,
    constant_columns,
    intercept_direction,
)
from skcurious.tangent._threads import PRODUCT, one_thread


class _Design:
    """What dense and sparse designs share: they are orthogonal to the intercept."""

    def __init__(self, shape, dtype, mean, sqrt_weights):
        self.shape = shape
        self.weight = shape[0] if sqrt_weights is None else np.sum(sqrt_weights**2)
        self.intercept = None
        if mean is not None:
            self.intercept = intercept_direction(shape[0], sqrt_weights, dtype)

    def _levelled(self, U):
        if self.intercept is None:
            return U
        # Without BLAS: in a loop its pools of threads would take turns.
        part = np.einsum("i,ij->j", self.intercept, U)
        return U - np.multiply.outer(self.intercept, part)

    def _level_both(self, M):
        """The same on both sides of a symmetric matrix, in place."""
        if self.intercept is not None:
            u = self.intercept
            v = np.einsum("ij,j->i", M, u)
            v -= (0.5 * np.vdot(u, v)) * u
            M -= np.multiply.outer(u, v)
            M -= np.multiply.outer(v, u)
        return M

    def mean_rest(self):
        """What rounding left out of the mean: the mean of the rows about it.

        Returns
        -------
        rest : ndarray of shape (n_features,) or None
            None without an intercept.
        """
        if self.intercept is None:
            return None
        return self._sum(self.intercept) / np.sqrt(self.weight)

    def gram_matmat(self, V):
        """``X~^T X~ V``."""
        return self.rmatmat(self.matmat(V))

    def cogram_matmat(self, U):
        """``X~ X~^T U``."""
        return self.matmat(self.rmatmat(U))


class DenseDesign(_Design):
    """X~ as an array, which is kept.

    Its products go through scipy's BLAS, like the factorisations they feed:
    a change to numpy's and its other pool of threads costs more than a small
    factorisation itself.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Rows.
    mean : ndarray of shape (n_features,) or None
        Subtracted from every row.
    sqrt_weights : ndarray of shape (n_samples,) or None
        Multiplied to every row.
    dtype : dtype, default=None
        Of X~; None for that of X.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import DenseDesign
    >>> X = np.array([[1.0, 2.0], [3.0, 6.0]])
    >>> design = DenseDesign(X, mean=X.mean(axis=0))
    >>> design.matmat(np.eye(2))
    array([[-1., -2.],
           [ 1.,  2.]])
    """

    def __init__(self, X, mean=None, sqrt_weights=None, dtype=None):
        dtype = X.dtype if dtype is None else dtype
        super().__init__(X.shape, dtype, mean, sqrt_weights)
        self.mean, self.sqrt_weights = mean, sqrt_weights
        self.array = np.empty(X.shape, dtype)  # C order
        centre(X, mean, sqrt_weights, out=self.array)

    def matmat(self, V):
        """``X~ V``."""
        (gemm,) = blas.get_blas_funcs(("gemm",), (self.array,))
        return self._levelled(gemm(1.0, self.array.T, V, trans_a=True))

    def rmatmat(self, U):
        """``X~^T U``."""
        (gemm,) = blas.get_blas_funcs(("gemm",), (self.array,))
        return gemm(1.0, self.array.T, self._levelled(U))

    def _sum(self, u):
        return u @ self.array

    def cogram(self):
        """``X~ X~^T``."""
        (syrk,) = blas.get_blas_funcs(("syrk",), (self.array,))
        with one_thread(self.array.size * len(self.array) < PRODUCT):
            upper = syrk(1.0, self.array.T, trans=True)
        return self._level_both(both_triangles(upper))

    def gram_diagonal(self):
        """Diagonal of ``X~^T X~``."""
        return np.einsum("ij,ij->j", self.array, self.array)

    def column_squares(self):
        """Sum up squares of what the columns of X~ are made of: of themselves."""
        return self.gram_diagonal()

    def column_sizes(self):
        """Tell the largest number of each column, the square of which may be zero."""
        return np.abs(self.array).max(axis=0)

    def centre_again(self):
        """Centre the array itself a second time; columns that were constant are zero.

        Returns
        -------
        array : ndarray of shape (n_samples, n_features)
            X~, which this design holds.
        """
        if self.intercept is not None:
            squares = self.gram_diagonal()
            constant = constant_columns(
                squares, self.mean, len(self.array), self.sqrt_weights
            )
            self.array[:, constant] = 0
            self.array = self._levelled(self.array)
        return self.array


class SparseDesign(_Design):
    """X~ of a sparse X, centred in the products and never made dense.

    With ``X = S + 1 m^T + 1 c^T``, where S is sparse, ``c`` is subtracted
    from the stored values of those columns in which every row is stored (it
    costs no zeros) and ``m`` stays implicit.  What cancels in the products
    is then only ``m``, the mean of columns with at least one zero, and such
    a mean is at most about ``sqrt(n_samples)`` times the column's spread.

    Parameters
    ----------
    X : sparse matrix or array of shape (n_samples, n_features), CSR
        Rows.
    mean : ndarray of shape (n_features,) or None
        Subtracted from every row, in the products.
    sqrt_weights : ndarray of shape (n_samples,) or None
        Multiplied to every row.
    dtype : dtype, default=None
        Of X~; None for that of X.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> from skcurious.tangent import SparseDesign
    >>> X = sparse.csr_matrix([[0.0, 2.0], [2.0, 6.0]])
    >>> design = SparseDesign(X, mean=np.array([1.0, 4.0]))
    >>> design.matmat(np.eye(2))
    array([[-1., -2.],
           [ 1.,  2.]])
    """

    def __init__(self, X, mean=None, sqrt_weights=None, dtype=None):
        S = X.astype(X.dtype if dtype is None else dtype)
        S.sum_duplicates()
        super().__init__(S.shape, S.dtype, mean, sqrt_weights)
        self.scale = np.ones(S.shape[0], dtype=S.dtype)
        self.offset = None  # m, or None without an intercept
        if sqrt_weights is not None:
            self.scale = sqrt_weights
        if mean is not None:
            # Rows of weight zero may lack: they count for nothing.
            entries = np.repeat(self.scale > 0, np.diff(S.indptr))
            stored = np.bincount(S.indices[entries], minlength=S.shape[1])
            full = stored == np.count_nonzero(self.scale)
            explicit = np.where(full, mean, 0).astype(S.dtype)
            S.data -= explicit[S.indices]
            with np.errstate(over="ignore"):  # the products are checked
                squares = np.square(S.data, dtype=np.float64)
                squares = np.bincount(S.indices, squares, S.shape[1]).astype(S.dtype)
            constant = full & constant_columns(squares, mean, S.shape[0], None)
            where = constant[S.indices]
            data = np.where(where & entries, S.data, 0.0)
            left = np.bincount(S.indices, data, S.shape[1])
            self.of_constant = left / np.count_nonzero(self.scale)
            S.data[where] = 0
            self.offset = (mean - explicit).astype(S.dtype)
        if sqrt_weights is not None:
            S.data *= np.repeat(self.scale, np.diff(S.indptr))
        self.rows = S  # sqrt(W) S

    def matmat(self, V):
        """``X~ V``."""
        product = self.rows @ V
        if self.offset is not None:
            product -= np.multiply.outer(self.scale, self.offset @ V)
        return self._levelled(product)

    def rmatmat(self, U):
        """``X~^T U``."""
        U = self._levelled(U)
        product = self.rows.T @ U
        if self.offset is not None:
            product -= np.multiply.outer(self.offset, self.scale @ U)
        return product

    def _sum(self, u):
        total = self.scale @ u
        of_constant = self.of_constant.astype(u.dtype, copy=False)
        return self.rows.T @ u + (of_constant - self.offset) * total

    def gram(self):
        """``X~^T X~``, dense: for few features only."""
        gram = _dense_product(self.rows.T, self.rows)
        if self.offset is not None:
            cross = np.multiply.outer(self.rows.T @ self.scale, self.offset)
            gram -= cross
            gram -= cross.T
            gram += (
                self.scale @ self.scale * np.multiply.outer(self.offset, self.offset)
            )
        return gram

    def cogram(self):
        """``X~ X~^T``, dense: for few samples only."""
        cogram = _dense_product(self.rows, self.rows.T)
        if self.offset is not None:
            cross = np.multiply.outer(self.rows @ self.offset, self.scale)
            cogram -= cross
            cogram -= cross.T
            cogram += (
                self.offset @ self.offset * np.multiply.outer(self.scale, self.scale)
            )
        return self._level_both(cogram)

    def gram_diagonal(self):
        """Diagonal of ``X~^T X~``, not below its rounding."""
        squares = self._stored_squares(0)
        if self.offset is None:
            return squares
        left = squares - (self.scale @ self.scale) * self.offset**2
        return np.maximum(left, np.finfo(left.dtype).eps * squares)

    def column_squares(self):
        """Sum up squares of what the columns of X~ are differences of."""
        squares = self._stored_squares(0)
        if self.offset is not None:
            squares += (self.scale @ self.scale) * self.offset**2
        return squares

    def column_sizes(self):
        """Tell the largest number of each column, the square of which may be zero."""
        return abs(self.rows).max(axis=0).toarray().ravel()

    def row_squares(self):
        """The same of the rows."""
        squares = self._stored_squares(1)
        if self.offset is not None:
            squares += (self.offset @ self.offset) * self.scale**2
        return squares

    def _stored_squares(self, axis):
        with np.errstate(over="ignore"):  # the products are checked
            squares = self.rows.multiply(self.rows).sum(axis=axis)
        return np.asarray(squares).ravel()


def make_design(X, mean, sqrt_weights, dtype=None):
    """The design of a dense or CSR X."""
    design = SparseDesign if sparse.issparse(X) else DenseDesign
    return design(X, mean, sqrt_weights, dtype)


def _dense_product(A, B):
    return np.ascontiguousarray((A @ B).toarray())
