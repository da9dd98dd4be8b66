"""Centred, weighted rows ``X~ = sqrt(W) (X - 1 mean^T)``, and their products.

Centre before multiplying: ``X^T X - n mean mean^T`` loses all digits when the mean is
large against the spread. Dense rows are centred block by block, so that no second copy
of X is made.
"""

import numpy as np
from scipy import sparse
from scipy.linalg import blas

from skcurious.tangent._threads import PRODUCT, one_thread


def weighted_mean(X, weights):
    """Mean of the rows of a dense array, accumulated in float64."""
    if weights is None:
        return X.mean(axis=0, dtype=np.float64)
    total = np.zeros(X.shape[1:])
    for rows in row_blocks(X):
        block = X[rows].astype(np.float64, copy=False)
        total += weights[rows].astype(np.float64, copy=False) @ block
    return total / weights.sum(dtype=np.float64)


def mean_of(X, weights):
    """Mean of the rows of a dense or sparse matrix, accumulated in float64."""
    if not sparse.issparse(X):
        return weighted_mean(X, weights)
    if weights is None:
        return np.asarray(X.mean(axis=0, dtype=np.float64)).ravel()
    weights = weights.astype(np.float64, copy=False)
    return (X.T @ weights) / weights.sum()


def row_blocks(X):
    """Slices of rows: some 8,192 of them, fewer when rows are long."""
    n_rows = X.shape[0]
    size = int(np.clip(2**21 // max(X.shape[1] if X.ndim > 1 else 1, 1), 256, 8192))
    return [slice(start, start + size) for start in range(0, n_rows, size)]


def centred_gram(X, Y, mean, sqrt_weights):
    """``X~^T X~`` and ``X~^T Y`` of a dense X in one pass over row blocks.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Rows, neither centred nor weighted.
    Y : ndarray of shape (n_samples, n_targets)
        Already centred and weighted; the products are of its dtype.
    mean : ndarray of shape (n_features,) or None
        Subtracted from every row.
    sqrt_weights : ndarray of shape (n_samples,) or None
        Multiplied to every row.

    Returns
    -------
    gram : ndarray of shape (n_features, n_features)
        C-contiguous.
    moment : ndarray of shape (n_features, n_targets)
    """
    # The Gram matrix of (X~, Y) holds both, and comes from one BLAS routine:
    # numpy and scipy bring a BLAS each, and taking turns between their two
    # thread pools within the loop would cost more than the products.
    n_features = X.shape[1]
    (syrk,) = blas.get_blas_funcs(("syrk",), (Y,))
    width = n_features + Y.shape[1]
    upper = np.zeros((width, width), dtype=Y.dtype, order="F")
    blocks = row_blocks(X)
    buffer = np.empty((min(blocks[0].stop, len(X)), width), dtype=Y.dtype)
    with one_thread(len(X) * width**2 < PRODUCT):
        for rows in blocks:
            block = buffer[: len(X[rows])]
            centre(X[rows], mean, sqrt_weights, rows, out=block[:, :n_features])
            block[:, n_features:] = Y[rows]
            upper = syrk(1.0, block.T, beta=1.0, c=upper, overwrite_c=True)
    gram = both_triangles(upper[:n_features, :n_features])
    return gram, upper[:n_features, n_features:].copy()


def both_triangles(upper):
    """The symmetric matrix of which an upper triangle is given, C-contiguous."""
    return np.ascontiguousarray(upper + np.triu(upper, 1).T)


def centre(X, mean, sqrt_weights=None, rows=slice(None), out=None):
    """``sqrt(w) (x - mean)`` for dense rows, into `out` if given."""
    if out is not None:
        np.subtract(X, 0 if mean is None else mean, out=out)
    elif mean is not None:
        out = X - mean
    elif sqrt_weights is None:
        return X
    else:
        out = X.copy()
    if sqrt_weights is not None:
        out *= sqrt_weights[rows, None]
    return out


def check_finite(gram):
    """Refuse products of X that have overflown."""
    if not np.isfinite(gram).all():
        raise ValueError(
            "The numbers in X overflow when they are multiplied. Scale the columns of "
            "X, for instance with StandardScaler in a Pipeline."
        )


def check_targets(Y):
    """Refuse targets, in their weights, the squares of which overflow."""
    with np.errstate(over="ignore"):
        squares = np.einsum("ij,ij->j", Y, Y)
    if not np.isfinite(squares).all():
        raise ValueError(
            "The numbers in y overflow when they are squared. Divide y by its spread, "
            "for instance with StandardScaler in a TransformedTargetRegressor."
        )


def drop_constant_columns(gram, moment, mean, n_samples, sqrt_weights):
    """Make what rounding left of a centred constant column exactly zero."""
    constant = constant_columns(gram.diagonal(), mean, n_samples, sqrt_weights)
    gram[constant] = 0
    gram[:, constant] = 0
    moment[constant] = 0


def constant_columns(squares, mean, n_samples, sqrt_weights):
    """Which centred columns hold only what rounding left, by their sums of squares."""
    total = n_samples if sqrt_weights is None else sqrt_weights @ sqrt_weights
    # Of the mean: a sum in float64, cast to the dtype of X.
    eps = 2 * np.finfo(squares.dtype).eps + n_samples * np.finfo(np.float64).eps
    rounding = eps * np.abs(mean)
    with np.errstate(over="ignore"):  # the products are checked
        return (squares <= total * rounding**2) & np.isfinite(squares)


def intercept_direction(n_samples, sqrt_weights, dtype):
    """``sqrt(w) / |sqrt(w)|``, which centred rows are orthogonal to."""
    u = np.ones(n_samples, dtype) if sqrt_weights is None else sqrt_weights
    return u / np.linalg.norm(u)


def matmul(A, B):
    """``A @ B`` in C order, by scipy's BLAS like :func:`centred_gram`."""
    (gemm,) = blas.get_blas_funcs(("gemm",), (A, B))
    return gemm(1.0, B.T, A.T).T
