"""What a query strategy returned: positions in the pool, each once."""

from numbers import Integral

import numpy as np
from sklearn.utils.validation import _num_samples

from skcurious._frames import is_pandas
from skcurious._imported import if_imported


def check_queries(result, X_pool, n_instances, with_scores):
    """Validate what a strategy returned for a pool.

    Parameters
    ----------
    result : array-like of int, or tuple of such and scores
        What it returned; one query may be a bare number.
    X_pool : {array-like, sparse matrix, DataFrame} of shape (n_pool, n_features)
        What it was asked about.
    n_instances : object
        What it was asked for; looked at if that is a number.
    with_scores : bool
        Whether its scores will be used.

    Returns
    -------
    indices : ndarray of int of shape (n_instances,)
    scores : ndarray of shape (n_instances,) or None
    """
    if result is None or (isinstance(result, tuple) and len(result) != 2):
        what = "None" if result is None else f"a tuple of {len(result)}"
        raise ValueError(_says(what, "indices, or indices and scores"))
    indices, scores = result if isinstance(result, tuple) else (result, None)
    indices = _check_indices(indices, X_pool)
    if isinstance(n_instances, Integral) and len(indices) != n_instances:
        raise ValueError(
            _says(f"{len(indices)} indices", f"the n_instances={n_instances} asked for")
        )
    if scores is None or not with_scores:
        return indices, None
    scores = np.atleast_1d(scores)
    if scores.shape != indices.shape:
        raise ValueError(
            _says(
                f"{len(indices)} indices with scores of shape {scores.shape}",
                "the scores of these rows, one for each",
            )
        )
    return indices, scores


def _check_indices(indices, X_pool):
    n_pool = _num_samples(X_pool)
    index = X_pool.index if is_pandas(X_pool) else None
    if isinstance(indices, if_imported("pandas", "Index")) and not (
        index is None or np.array_equal(index, np.arange(n_pool))
    ):
        raise ValueError(
            _says(
                "labels of an index",
                "positions, as X_pool.index.get_indexer(labels) gives them",
            )
        )
    given, indices = indices, np.atleast_1d(np.asarray(indices))
    if not indices.size:
        raise ValueError(_says("no indices", "one at least"))
    if indices.dtype == bool:
        raise ValueError(_says("a mask", "positions, as np.flatnonzero gives them"))
    if indices.ndim != 1 or indices.dtype.kind not in "iu":
        raise ValueError(
            _says(
                f"{type(given).__name__} of shape {indices.shape} and dtype "
                f"{indices.dtype}",
                "positions in X_pool: one-dimensional, integers",
            )
        )
    outside = indices[(indices < 0) | (indices >= n_pool)]
    if len(outside):
        raise ValueError(
            _says(
                f"the index {outside[0]}",
                f"positions from 0 to {n_pool - 1}, not labels of an index",
            )
        )
    rows, counts = np.unique(indices, return_counts=True)
    if counts.max() > 1:
        raise ValueError(_says(f"row {rows[counts.argmax()]} twice", "each row once"))
    return indices


def _says(what, expected):
    return f"query_strategy returned {what}, but must return {expected}."
