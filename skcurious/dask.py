"""Pools and training rows on a Dask cluster.

Scores of a Dask array or DataFrame, lazily; the rows a model is most curious
about, found block by block; and ridge regression from statistics that are
added up in a tree.  Needs dask, which need not be installed for anything else
in skcurious.  :mod:`skcurious.out_of_core` does the same on one machine
without it.
"""

from functools import reduce

import numpy as np
from sklearn import clone

from skcurious._calls import estimator_first
from skcurious._reach import feature_names
from skcurious.out_of_core._best import Best, merge_best
from skcurious.out_of_core._columns import chosen_columns
from skcurious.out_of_core._ridge import checked, gathered, solved
from skcurious.out_of_core._scores import (
    check_enough,
    check_k,
    check_request,
    columns_of,
    score_chunk,
)

try:
    import dask
    import dask.array as da
    import dask.dataframe as dd
    import pandas as pd
except ImportError as error:
    raise ImportError(
        'skcurious.dask needs dask with arrays and data frames: pip install "dask'
        '[array,dataframe]".'
    ) from error

__all__ = ["curiosity_score", "fit_ridge", "top_k"]

# Results of so many blocks are put together at a time.
FAN_IN = 8
# More than a block has rows: numbers rows of blocks whose lengths are not known.
_STRIDE = 2**40


@estimator_first
def curiosity_score(estimator, pool, *, noise_variance=None):
    """Curiosity about every row of a pool, lazily.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor, alone or wrapped.
    pool : dask Array of shape (n_samples, n_features) or dask DataFrame
        Rows.  Chunk sizes may be unknown.  Of a DataFrame the columns are
        taken whose names the estimator was fitted with.
    noise_variance : float, default=None
        Variance of a label; by default the regressor's ``noise_variance_``.

    Returns
    -------
    scores : dask Array of shape (n_samples,) or dask Series
        With the same blocks as `pool`, and the same index.  To be computed.

    Raises
    ------
    TypeError
        If `pool` is no dask collection, or `estimator` has no curiosity.
    ValueError
        When it is computed: for rows that do not fit, with the number of
        their block.

    Notes
    -----
    The estimator is held as it is until then: fit a clone, not itself, in
    between.

    Examples
    --------
    >>> import dask.array as da
    >>> from skcurious import CuriousRidge
    >>> from skcurious.dask import curiosity_score
    >>> model = CuriousRidge().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 3.0])
    >>> pool = da.arange(6, chunks=2)[:, None]
    >>> curiosity_score(model, pool, noise_variance=1.0).compute().round(2)
    array([0.11, 0.  , 0.11, 0.44, 1.  , 1.78])
    """
    check_request(estimator, noise_variance)
    pool = _one_block_wide(pool, "pool")
    arguments = dask.delayed(estimator), noise_variance
    if isinstance(pool, da.Array):
        return pool.map_blocks(
            _scores_of_array, *arguments, drop_axis=1, meta=np.empty(0)
        )
    pool = _needed(pool, estimator)
    meta = ("curiosity", np.float64)
    return pool.map_partitions(_scores_of_frame, *arguments, meta=meta)


@estimator_first
def top_k(estimator, pool, k, *, noise_variance=None, return_rows=False):
    """The rows of a pool that the model is most curious about.

    Every block gives its k best, and these are put together in a tree; the
    scores of all rows are never in one place.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor, alone or wrapped.
    pool : dask Array of shape (n_samples, n_features) or dask DataFrame
        Rows.  Chunk sizes may be unknown.  Of a DataFrame the columns are
        taken whose names the estimator was fitted with.
    k : int
        How many rows.
    noise_variance : float, default=None
        Variance of a label; by default the regressor's ``noise_variance_``.
    return_rows : bool, default=False
        Whether to return the rows themselves as well.

    Returns
    -------
    indices : ndarray of shape (k,)
        The most curious first; of equal scores the first row.  Of an array
        numbers of rows, from 0; of a DataFrame labels of its index, which
        say something only if they are unique.
    scores : ndarray of shape (k,)
        Their curiosity.
    rows : ndarray of shape (k, n_features) or DataFrame
        Only with ``return_rows=True``; of a DataFrame with all its columns.

    Raises
    ------
    TypeError
        If `pool` is no dask collection.
    ValueError
        For rows that do not fit, with the number of their block, or when the
        pool has fewer than k.

    Examples
    --------
    >>> import dask.array as da
    >>> from skcurious import CuriousRidge
    >>> from skcurious.dask import top_k
    >>> model = CuriousRidge().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 3.0])
    >>> indices, scores = top_k(model, da.arange(60, chunks=7)[:, None], 3)
    >>> indices
    array([59, 58, 57])
    """
    k = check_k(k)
    check_request(estimator, noise_variance)
    pool = _one_block_wide(pool, "pool")
    needed = _needed(pool, estimator)  # refuses missing columns early
    blocks = _blocks(pool if return_rows else needed)
    model = dask.delayed(estimator)
    look = dask.delayed(_best_of_block, pure=False)
    parts = [
        look(block, number, model, noise_variance, k, return_rows)
        for number, block in enumerate(blocks)
    ]
    lengths, best = _in_a_tree(parts, _merge_blocks, k)
    check_enough(k, sum(lengths.values()))
    if isinstance(pool, da.Array):
        sizes = [lengths[number] for number in sorted(lengths)]
        first_rows = np.concatenate([[0], np.cumsum(sizes)])
        block, row = np.divmod(best.rows, _STRIDE)
        indices, rows = first_rows[block] + row, best.table
    elif return_rows:
        indices, rows = best.table.index.to_numpy(), best.table
    else:
        indices, rows = best.table, None
    return (indices, best.scores, rows) if return_rows else (indices, best.scores)


def fit_ridge(X, y, sample_weight=None, **params):
    """Fit a CuriousRidge, exactly, to rows on a cluster.

    Every block gives its mean and Gram matrix; these are added up in a tree
    and solved once: coefficients, tangent and covariance are those of
    ``CuriousRidge.fit`` on all rows.

    Parameters
    ----------
    X : dask Array of shape (n_samples, n_features) or dask DataFrame
        Training rows.
    y : dask Array, Series or DataFrame of shape (n_samples,) or \
            (n_samples, n_targets)
        Targets, in the same blocks if their sizes are not known.
    sample_weight : dask Array or Series of shape (n_samples,), default=None
        Weights, at least 0.
    **params : dict
        Parameters of :class:`skcurious.linear_model.CuriousRidge`.

    Returns
    -------
    model : CuriousRidge
        Fitted, in the memory of this process.

    Raises
    ------
    TypeError
        If X, y or `sample_weight` are no dask collections.
    ValueError
        For data or parameters that cannot be used, with the number of the
        block.

    See Also
    --------
    skcurious.out_of_core.fit_ridge : The same for an iterator of chunks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skcurious.dask import fit_ridge
    >>> X = da.random.default_rng(0).standard_normal((5_000, 3), chunks=(1_000, 3))
    >>> fit_ridge(X, X @ [1.0, 2.0, 3.0], alpha=1e-6).coef_.round(6)
    array([1., 2., 3.])
    """
    model = checked(params)
    X = _one_block_wide(X, "X")
    columns = [X, _along(y, X, "y")]
    if sample_weight is not None:
        columns.append(_along(sample_weight, X, "sample_weight"))
    # Optimised apart, collections from one source would read it once each, and
    # in different partitions.
    blocks = [_blocks(column, optimize_graph=False) for column in columns]
    if len({len(column) for column in blocks}) > 1:
        raise ValueError(
            "X, y and sample_weight must have the same blocks, but have "
            f"{', '.join(str(len(column)) for column in blocks)} of them."
        )
    look = dask.delayed(_seen, pure=False)
    parts = [
        look(model, number, *chunk)
        for number, chunk in enumerate(zip(*blocks, strict=True))
    ]
    return solved(model, _in_a_tree(parts, _merge_seen))


# -- what runs in a block --------------------------------------------------------


def _block_scores(rows, number, model, noise_variance):
    if rows.shape[0] == 0:
        return np.empty(0)
    where = f"block {number}"
    if hasattr(rows, "index"):  # Dask may read several partitions as one
        where += f", which begins at index {rows.index[0]!r},"
    rows = columns_of(rows, feature_names(model), where)
    scores = score_chunk(model, rows, noise_variance, where)
    return scores.astype(np.float64, copy=False)


def _scores_of_array(rows, model, noise_variance, block_id=None):
    return _block_scores(rows, block_id[0], model, noise_variance)


def _scores_of_frame(rows, model, noise_variance, partition_info=None):
    # Without partition_info Dask asks about an empty example.
    number = partition_info["number"] if partition_info else 0
    scores = _block_scores(rows, number, model, noise_variance)
    return pd.Series(scores, index=rows.index, name="curiosity")


def _best_of_block(block, number, model, noise_variance, k, return_rows):
    """({block: its length}, the best of it)."""
    scores = _block_scores(block, number, model, noise_variance)
    table = block if return_rows else None
    if table is None and hasattr(block, "index"):
        table = block.index.to_numpy()
    return {number: len(scores)}, Best.of(scores, k, number * _STRIDE, table)


def _merge_blocks(parts, k):
    lengths = {}
    for some, _ in parts:
        lengths |= some
    return lengths, merge_best([best for _, best in parts], k)


def _seen(model, number, X, y, sample_weight=None):
    """Statistics of one block; None where there is nothing to see."""
    return gathered(clone(model), (X, y, sample_weight), f"block {number}")


def _merge_seen(parts):
    parts = [part for part in parts if part is not None]
    return reduce(lambda some, more: some.merged(more), parts) if parts else None


# -- collections -----------------------------------------------------------------


def _in_a_tree(parts, merge, *args):
    """Compute what `merge` makes of all `parts`, some of them at a time."""
    merge = dask.delayed(merge, pure=False)
    while True:
        parts = [
            merge(parts[i : i + FAN_IN], *args) for i in range(0, len(parts), FAN_IN)
        ]
        if len(parts) == 1:
            return parts[0].compute()


def _blocks(collection, **options):
    blocks = collection.to_delayed(**options)
    return list(np.ravel(blocks)) if isinstance(collection, da.Array) else list(blocks)


def _check_collection(collection, name):
    if not isinstance(collection, (da.Array, dd.DataFrame, dd.Series)):
        raise TypeError(
            f"{name} must be a dask Array or DataFrame, got "
            f"{type(collection).__name__}. For others see skcurious.out_of_core."
        )


def _one_block_wide(collection, name):
    _check_collection(collection, name)
    if collection.ndim != 2:
        raise ValueError(f"{name} must be two-dimensional, not {collection.ndim}.")
    if isinstance(collection, da.Array) and collection.numblocks[1] > 1:
        return collection.rechunk({1: -1})
    return collection


def _along(collection, X, name):
    """In the blocks of X, where they are known."""
    _check_collection(collection, name)
    if not (isinstance(X, da.Array) and isinstance(collection, da.Array)):
        return collection
    known = not np.isnan([*X.shape, *collection.shape]).any()
    if known and collection.shape[0] != X.shape[0]:
        raise ValueError(
            f"{name} has {collection.shape[0]} rows, but X has {X.shape[0]}."
        )
    blocks = {axis: -1 for axis in range(1, collection.ndim)}
    return collection.rechunk({0: X.chunks[0], **blocks} if known else blocks)


def _needed(pool, estimator):
    """The columns of a DataFrame that `estimator` was fitted with, if it knows."""
    if isinstance(pool, da.Array):
        return pool
    names = feature_names(estimator)
    return pool if names is None else chosen_columns(pool, names, "The pool")
