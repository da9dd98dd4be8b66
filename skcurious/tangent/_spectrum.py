"""Eigenvalues and singular values, each with the rounding that it holds.

A matrix whose columns have the norms S is known to ``eps S_j`` in column j, and so are
its products with a unit vector v to ``eps |S v|``: no more and no less of a singular
value ``s = |X v|`` is rounding.  Against the largest singular value a column of large
numbers would decide what the others are.

Where the columns differ in size, LAPACK's usual routines do have errors of ``eps
s_max``.  Jacobi's rotations do not, of a factor with sorted rows (Z. Drmac and K.
Veselic, "New fast and accurate Jacobi SVD algorithm", 2008): they find ``X = B S``
as accurately as B is conditioned, whatever S is.  A positive semidefinite matrix has
such a factor, by Cholesky with pivots.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.linalg import lapack

from skcurious.tangent._threads import FACTORISATION, one_thread

# What of a singular value is only rounding, in its units. Seen were 5, by Jacobi 2.
ROUNDING = 10
# Each squares the errors of small entries of V.
REFINEMENTS = 3


def is_uneven(squares, dtype):
    """Whether columns with these squared norms differ much in size."""
    seen = squares[squares > 0]
    return seen.size > 0 and seen.max() > seen.min() / (
        64 * np.sqrt(np.finfo(dtype).eps)
    )


# -- singular values -------------------------------------------------------------------


def singular_values(array):
    """Thin singular value decomposition, without what is only rounding.

    Parameters
    ----------
    array : ndarray of shape (n, d)
        Not changed.

    Returns
    -------
    U : ndarray of shape (n, r)
    s : ndarray of shape (r,)
        Zero where nothing is left but rounding.
    V : ndarray of shape (d, r)
    """
    eps = np.finfo(array.dtype).eps
    columns, rows = (np.linalg.norm(array, axis=axis) for axis in (0, 1))
    flops = 14 * array.size * min(array.shape)
    with one_thread(flops < FACTORISATION):
        if is_uneven(columns**2, array.dtype):
            U, s, V = _jacobi(array)
            size = np.linalg.norm(columns[:, None] * V, axis=0)
            size *= np.sqrt(max(1, array.shape[1] / len(array)))
        elif is_uneven(rows**2, array.dtype):
            V, s, U = _jacobi(array.T)
            size = np.linalg.norm(rows[:, None] * U, axis=0)
            size *= np.sqrt(max(1, len(array) / array.shape[1]))
        else:
            U, s, Vt = linalg.svd(
                array, full_matrices=False, check_finite=False, lapack_driver="gesdd"
            )
            V, size = Vt.T, s.max(initial=0)
    s[s <= ROUNDING * eps * size] = 0
    return tuple(part.astype(array.dtype, copy=False) for part in (U, s, V))


def column_rounding(array, s):
    """Relative error of each column in its singular value decomposition."""
    eps = np.finfo(array.dtype).eps
    sizes = np.linalg.norm(array, axis=0)
    if is_uneven(sizes**2, array.dtype):
        return np.full_like(sizes, eps)
    size = eps * s.max(initial=0)
    return np.divide(size, sizes, out=np.zeros_like(sizes), where=sizes > 0)


def largest_unseen(array, s, V):
    """Largest singular value of uneven columns that was taken for rounding, at most."""
    columns = np.linalg.norm(array, axis=0)
    if not is_uneven(columns**2, array.dtype):
        return 0.0
    size = np.linalg.norm(columns[:, None] * V[:, s == 0], axis=0).max(initial=0)
    return ROUNDING * np.finfo(array.dtype).eps * size


def _jacobi(array):
    # In float64, the range of which holds squares of all that float32 can.
    Q, R, pivots = linalg.qr(
        array.astype(np.float64), mode="economic", pivoting=True, check_finite=False
    )
    # Of columns that are collinear only rounding is left in some rows, and may be more
    # than all there is of small columns.
    R[np.abs(R) <= ROUNDING * np.finfo(R.dtype).eps * np.linalg.norm(R, axis=0)] = 0
    s, inner, outer, work, _, info = lapack.dgejsv(R.T, joba=0, jobp=0)
    if info > 0:
        raise linalg.LinAlgError("Jacobi's rotations did not converge.")
    s *= work[0] / work[1]
    for _ in range(REFINEMENTS):
        inner = _refined(R, outer, s, inner)
    V = np.empty_like(inner)
    V[pivots] = inner
    return Q @ outer, s, V


def _refined(R, U, s, V):
    """V with small entries that are small in rounding, too.

    Each column has errors of eps.  An entry j of column k is about ``S_j / s_k`` or
    ``s_k / S_j``, whichever is smaller, and will be multiplied by S_j.
    """
    inverse = np.divide(1, s, out=np.zeros_like(s), where=s > 0)
    of_rows = R.T @ (U * inverse)
    # What a column has left of those before it, whose singular values are larger.
    left = np.triu(U.T @ (R @ V), 1) * inverse[:, None]
    return np.where(np.linalg.norm(R, axis=0)[:, None] < s, of_rows, V - V @ left)


# -- eigenvalues -----------------------------------------------------------------------


@dataclass
class Spectrum:
    """Eigenvalues of a symmetric matrix.

    Attributes
    ----------
    values : ndarray of shape (r,)
        Eigenvalues, zero where they cannot be told from rounding.
    vectors : ndarray of shape (m, r)
        Their vectors.  What they do not span is zero.
    rounding : ndarray of shape (r,)
        What each value may hold of rounding.
    rest : float
        The same of the largest that is not among them.
    """

    values: np.ndarray
    vectors: np.ndarray
    rounding: np.ndarray
    rest: float = 0.0

    @property
    def null(self):
        """Which eigenvalues cannot be told from zero."""
        return np.abs(self.values) <= len(self.vectors) * self.rounding


def eigenpairs(matrix, squares=None):
    """Eigenpairs of a symmetric matrix.

    Parameters
    ----------
    matrix : ndarray of shape (m, m)
        C-contiguous; overwritten.
    squares : ndarray of shape (m,), default=None
        Sizes of what was added up in the diagonal, if that is more than the diagonal.

    Returns
    -------
    spectrum : Spectrum
    """
    diagonal = matrix.diagonal().copy()
    squares = np.abs(diagonal) if squares is None else squares
    if not (seen := matrix.any(axis=0)).all():  # rows of zeros have no rounding
        found = eigenpairs(matrix[np.ix_(seen, seen)], squares[seen])
        vectors = np.zeros((len(matrix), found.vectors.shape[1]), matrix.dtype)
        vectors[seen] = found.vectors
        return Spectrum(found.values, vectors, found.rounding, found.rest)
    if is_uneven(diagonal, matrix.dtype):
        found = _of_semidefinite(matrix, diagonal, squares)
        if found is not None:
            return found
    values, vectors = eigh(matrix)
    largest = np.abs(values).max(initial=0)
    rounding = np.maximum(largest, _along(squares, vectors))
    return _cleaned(values, vectors, rounding)


def _of_semidefinite(matrix, diagonal, squares):
    """Eigenpairs by way of a factor ``B^T B``; None if there is none."""
    if (diagonal <= 0).any():
        return None
    m, eps = len(matrix), np.finfo(matrix.dtype).eps
    scale = np.exp2(np.round(-0.5 * np.log2(diagonal))).astype(matrix.dtype)
    scaled = matrix * scale * scale[:, None]
    (pstrf,) = linalg.get_lapack_funcs(("pstrf",), (scaled,))
    with one_thread(m**3 / 3 < FACTORISATION):
        upper, pivots, rank, _ = pstrf(scaled, tol=2 * m * eps)
    pivots = pivots - 1
    factor = np.empty((rank, m), matrix.dtype)
    factor[:, pivots] = np.triu(upper)[:rank]
    if np.abs(factor.T @ factor - scaled).max() > 8 * m * eps:
        return None
    _, s, vectors = singular_values(factor / scale)
    left_out = squares[pivots[rank:]]
    found = _cleaned(s**2, vectors, _along(squares, vectors))
    found.rest = float(eps * left_out.max(initial=0))
    return found


def _along(squares, vectors):
    """``|S v|^2`` of each vector."""
    return np.einsum("j,jk->k", squares, vectors**2)


def _cleaned(values, vectors, rounding):
    eps = np.finfo(values.dtype).eps
    found = Spectrum(values, vectors, eps * rounding)
    values[found.null] = 0
    return found


def eigh(matrix):
    """Eigenpairs of a symmetric, C-contiguous matrix, which is overwritten."""
    if len(matrix) == 1:  # scipy 1.11 asks LAPACK for too little workspace
        return matrix[0].copy(), np.ones_like(matrix)
    with one_thread(9 * len(matrix) ** 3 < FACTORISATION):
        return linalg.eigh(matrix.T, overwrite_a=True, check_finite=False, driver="evd")
