"""Rows of two tables that are equal, in any container, without a copy of it."""

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing

from skcurious._frames import is_frame

_MISSING = object()


def equal_rows(X, others=None):
    """Number the rows of a table, equal ones alike.

    In values as they were given: 1 and 1.0 are equal, 0.0 and -0.0, two missing ones;
    floats of two precisions in the lower.

    Parameters
    ----------
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, ...)
        Rows.
    others : the like of shape (n_others, ...), default=None
        Rows that are left out.

    Returns
    -------
    numbers : ndarray of int of shape (n_samples,)
        From 0 in the order of their first rows; -1 for rows equal to one of `others`.
    n_different : int
        How many there are from 0.

    Raises
    ------
    ValueError
        When the two have other columns.
    """
    keys, left_out = _keys(X, others)
    number_of = dict.fromkeys(left_out, -1)
    numbers = np.empty(len(keys), dtype=np.intp)
    n_different = 0
    for row, key in enumerate(keys):
        number = number_of.setdefault(key, n_different)
        n_different += number == n_different
        numbers[row] = number
    return numbers, n_different


def equal_in_all(tables):
    """Number rows of several tables side by side, as :func:`equal_rows`.

    Parameters
    ----------
    tables : list of {array-like, sparse matrix, DataFrame} of shape (n_samples, ...)
        Rows are equal if they are in each.

    Returns
    -------
    numbers : ndarray of int of shape (n_samples,)
    n_different : int
    """
    return equal_rows(np.column_stack([equal_rows(table)[0] for table in tables]))


def _keys(X, others):
    """What rows of both hash to."""
    if sparse.issparse(X):
        if others is None:
            return _sparse_keys(X), []
        others = _like_sparse(others, X)
        dtype = _lower(X.dtype, others.dtype)
        return _sparse_keys(X.astype(dtype)), _sparse_keys(others.astype(dtype))
    columns = _columns(X)
    if others is None:
        return _bytes([_numbers(column) for column in columns]), []
    added = _columns(_in_order(others, X))
    _check_width(len(added), len(columns))
    both = [
        _numbers(_below(one, other)) for one, other in zip(columns, added, strict=True)
    ]
    keys, n_rows = _bytes(both), len(columns[0])
    return keys[:n_rows], keys[n_rows:]


def _check_width(n_added, n_columns):
    if n_added != n_columns:
        raise ValueError(
            f"X_pending has {n_added} columns, but X_pool has {n_columns}."
        )


def _lower(*dtypes):
    """The type to compare numbers in: 0.1 of float32 is another in float64."""
    if all(dtype.kind == "f" for dtype in dtypes):
        return min(dtypes, key=lambda dtype: dtype.itemsize)
    return np.result_type(*dtypes)


def _like_sparse(others, X):
    if not sparse.issparse(others):
        others = np.asarray(others)
        others = others if others.dtype.kind == "f" else others.astype(X.dtype)
    _check_width(others.shape[1], X.shape[1])
    return sparse.csr_matrix(others)


def _sparse_keys(X):
    X = sparse.csr_matrix(X, copy=True)
    X.sum_duplicates()
    X.eliminate_zeros()
    X.sort_indices()
    where = X.indices.astype(np.int64)
    ends = zip(X.indptr[:-1], X.indptr[1:], strict=True)
    return [(where[i:j].tobytes(), X.data[i:j].tobytes()) for i, j in ends]


def _in_order(others, X):
    if not (is_frame(others) and is_frame(X)) or len(X.shape) < 2:
        return others
    names = list(X.columns)
    if set(others.columns) != set(names):
        raise ValueError(
            f"X_pending has the columns {list(others.columns)}, but X_pool has {names}."
        )
    return others[names]


def _columns(X):
    """The columns of a table, each an ndarray of numbers or of objects."""
    if is_frame(X) and len(X.shape) == 2:
        return [
            np.asarray(_safe_indexing(X, position, axis=1))
            for position in range(X.shape[1])
        ]
    X = X.toarray() if sparse.issparse(X) else np.asarray(X)
    if X.dtype.kind in "US":  # of a mixed list np.asarray makes text of the numbers
        X = X.astype(object)
    return list(X.reshape(len(X), -1).T)


def _below(column, added):
    """One column below another, as numbers if both are."""
    if any(c.dtype.kind not in "biuf" for c in (column, added)):
        column, added = (c.astype(object) for c in (column, added))
        return np.concatenate([column, added])
    dtype = _lower(column.dtype, added.dtype)
    return np.concatenate([column.astype(dtype), added.astype(dtype)])


def _numbers(column):
    """A column as 64 bits a row that are equal where its values are."""
    if column.dtype.kind in "biu":
        if column.dtype == np.uint64 and (column > np.iinfo(np.int64).max).any():
            return _numbers(column.astype(object))
        return _numbers_of_floats(column)
    if column.dtype.kind == "f":
        return _numbers_of_floats(column)
    codes, values = {}, column.tolist()
    # Most values are there many times.
    code_of = {
        value: codes.setdefault(_MISSING if is_missing(value) else value, len(codes))
        for value in dict.fromkeys(values)
    }
    return np.fromiter(map(code_of.__getitem__, values), np.int64, len(values))


def _numbers_of_floats(column):
    floats = column.astype(np.float64) + 0.0  # of -0.0 makes 0.0
    if column.dtype.kind != "f":
        if column.dtype.itemsize == 8 and (floats.astype(column.dtype) != column).any():
            return column.astype(np.int64)  # integers that floats do not hold
        return floats.view(np.int64)
    floats[np.isnan(floats)] = np.nan  # of many NaN one
    return floats.view(np.int64)


def is_missing(value):
    """Whether this is None, NaN, NaT or NA."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except TypeError:  # pandas.NA has no truth
        return True


def _bytes(columns):
    """Rows of such columns as bytes."""
    table = np.ascontiguousarray(np.stack(columns, axis=1))
    width = table.shape[1] * table.itemsize
    return table.view(np.dtype((np.void, width))).ravel().tolist()
