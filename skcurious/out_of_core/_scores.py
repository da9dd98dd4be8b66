"""Curiosity about a pool that is read in chunks."""

from numbers import Integral
from pathlib import Path

import numpy as np

import skcurious
from skcurious._calls import estimator_first
from skcurious._frames import is_frame
from skcurious._reach import feature_names, reach_curious
from skcurious.out_of_core._best import BestSoFar
from skcurious.out_of_core._columns import chosen_columns
from skcurious.out_of_core._progress import with_progress
from skcurious.out_of_core._sources import count_rows, read_chunks


@estimator_first
def curiosity_score(
    estimator, pool, *, noise_variance=None, out=None, chunk_rows=None, progress=False
):
    """Curiosity about every row of a pool that does not fit into memory.

    :func:`skcurious.curiosity_score` of one chunk after another: memory for a
    chunk and the scores.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor, alone or wrapped.
    pool : {ndarray, memmap, sparse matrix, DataFrame}, path, or iterable
        Rows, as :func:`read_chunks` takes them.  Of files and frames the
        columns are looked at whose names the estimator was fitted with.
    noise_variance : float, default=None
        Variance of a label; by default the regressor's ``noise_variance_``.
    out : ndarray or memmap of shape (n_samples,), default=None
        Where to write the scores; for a pool so long that they do not fit
        into memory either.
    chunk_rows : int, default=None
        Rows of a chunk; see :func:`read_chunks`.
    progress : bool, default=False
        Whether to show a progress bar; needs rich.

    Returns
    -------
    scores : ndarray of shape (n_samples,)
        `out`, if it was given.

    Raises
    ------
    ValueError
        For rows that do not fit, with their numbers, or when `out` has
        another length.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious import CuriousRidge
    >>> from skcurious.out_of_core import curiosity_score
    >>> model = CuriousRidge().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 3.0])
    >>> chunks = (np.full((2, 1), x) for x in range(3))
    >>> curiosity_score(model, chunks, noise_variance=1.0)
    array([0.11111111, 0.11111111, 0.        , 0.        , 0.11111111,
           0.11111111])
    """
    if out is not None:
        _check_out(out, count_rows(pool))
    parts, end = [], 0
    for start, scores, _ in scored_chunks(
        estimator, pool, noise_variance, chunk_rows, progress
    ):
        end = start + len(scores)
        if out is None:
            parts.append(scores)
        elif end > len(out):
            raise ValueError(f"out has {len(out)} values, but the pool more rows.")
        else:
            out[start:end] = scores
    if out is None:
        return np.concatenate(parts)
    if end < len(out):
        raise ValueError(f"out has {len(out)} values for a pool of {end} rows.")
    return out


@estimator_first
def top_k(
    estimator,
    pool,
    k,
    *,
    noise_variance=None,
    return_rows=False,
    chunk_rows=None,
    progress=False,
):
    """The rows of a pool that the model is most curious about.

    The pool is read once, in memory for a chunk and the k best.  For a batch
    that takes into account what its own labels will tell, take some thousands
    and let a strategy of :mod:`skcurious.query` choose among them.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor, alone or wrapped.
    pool : {ndarray, memmap, sparse matrix, DataFrame}, path, or iterable
        Rows, as :func:`read_chunks` takes them.  Of files and frames the
        columns are looked at whose names the estimator was fitted with.
    k : int
        How many rows.
    noise_variance : float, default=None
        Variance of a label; by default the regressor's ``noise_variance_``.
    return_rows : bool, default=False
        Whether to return the rows themselves as well.
    chunk_rows : int, default=None
        Rows of a chunk; see :func:`read_chunks`.
    progress : bool, default=False
        Whether to show a progress bar; needs rich.

    Returns
    -------
    indices : ndarray of int of shape (k,)
        Row numbers in the whole pool, from 0, the most curious first; of
        equal scores the first row.
    scores : ndarray of shape (k,)
        Their curiosity.
    rows : {ndarray, CSR matrix, DataFrame} of shape (k, n_features)
        Only with ``return_rows=True``, in the type of the chunks, with all
        columns of the pool.

    Raises
    ------
    ValueError
        For rows that do not fit, with their numbers, or when the pool has
        fewer than k.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious import CuriousRidge
    >>> from skcurious.out_of_core import top_k
    >>> model = CuriousRidge().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 3.0])
    >>> chunks = (np.full((2, 1), x) for x in range(9))
    >>> indices, scores = top_k(model, chunks, 3)
    >>> indices
    array([16, 17, 14])
    """
    k = check_k(k)
    seen, end = BestSoFar(k), 0
    for start, scores, chunk in scored_chunks(
        estimator, pool, noise_variance, chunk_rows, progress, whole_rows=return_rows
    ):
        end = start + len(scores)
        seen.add(scores, start, chunk if return_rows else None)
    check_enough(k, end)
    best = seen.best()
    if not return_rows:
        return best.rows, best.scores
    return best.rows, best.scores, best.table


def scored_chunks(
    estimator, pool, noise_variance, chunk_rows, progress, whole_rows=False
):
    """Yield (number of the first row, scores, chunk) for each chunk of rows.

    With `whole_rows` chunks have all columns, else some may be left unread.
    """
    check_request(estimator, noise_variance)
    columns = feature_names(estimator)
    is_file = isinstance(pool, (str, Path))
    wanted = columns if is_file and not whole_rows else None
    chunks = read_chunks(pool, columns=wanted, chunk_rows=chunk_rows)
    start = 0
    for chunk in with_progress(chunks, count_rows(pool), progress):
        n_rows = chunk.shape[0]
        if n_rows == 0:
            continue
        where = f"rows {start} to {start + n_rows - 1}"
        rows = columns_of(chunk, columns, where)
        yield start, score_chunk(estimator, rows, noise_variance, where), chunk
        start += n_rows
    if start == 0:
        raise ValueError("pool is empty: there is no row to look at.")


def columns_of(chunk, columns, where):
    """The columns of a frame that the estimator was fitted with."""
    if columns is None or not is_frame(chunk):
        return chunk
    return chosen_columns(chunk, columns, f"The pool, in {where},")


def score_chunk(estimator, chunk, noise_variance, where):
    """Scores of a chunk; errors say where in the pool it is."""
    try:
        scores = skcurious.curiosity_score(
            estimator, chunk, noise_variance=noise_variance
        )
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"In {where} of the pool: {error}") from error
    if not np.isfinite(scores.max()):  # that is NaN if one is
        raise ValueError(
            f"In {where} of the pool: scores are not finite, the numbers overflow. "
            "Scale X, for instance with StandardScaler in a Pipeline."
        )
    return scores


def check_request(estimator, noise_variance):
    """Raise for what no chunk could mend."""
    curious, _, _ = reach_curious(estimator)
    curious.check_tangent()
    if np.ndim(noise_variance):
        raise ValueError(
            "noise_variance must be one number for the whole pool, got an array of "
            f"shape {np.shape(noise_variance)}."
        )
    if noise_variance is not None and not 0 <= noise_variance < np.inf:
        raise ValueError("noise_variance must be finite and >= 0.")


def check_k(k):
    """Validate the number of rows."""
    if not isinstance(k, Integral) or isinstance(k, bool) or k < 1:
        raise ValueError(f"k must be an integer >= 1, got {k!r}.")
    return int(k)


def check_enough(k, n_rows):
    """Raise when the pool was too short."""
    if k > n_rows:
        raise ValueError(f"k is {k}, but the pool has {n_rows} rows.")


def _check_out(out, n_rows):
    if np.ndim(out) != 1 or not np.issubdtype(out.dtype, np.floating):
        raise ValueError(
            "out must be a one-dimensional array of floats, got one of shape "
            f"{np.shape(out)} and {out.dtype}."
        )
    if n_rows not in (None, len(out)):
        raise ValueError(f"out has {len(out)} values for a pool of {n_rows} rows.")
