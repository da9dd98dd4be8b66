"""Rows in chunks, wherever they come from."""

from collections.abc import Iterable, Mapping
from numbers import Integral
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.utils import gen_batches

from skcurious._frames import is_frame, is_pandas
from skcurious._imported import if_imported
from skcurious.out_of_core._columns import chosen_columns, rows_of_a_chunk
from skcurious.out_of_core._files import read_file


def read_chunks(source, *, columns=None, chunk_rows=None):
    """Go through rows in chunks, whatever holds them.

    Parameters
    ----------
    source : {ndarray, memmap, sparse matrix, DataFrame}, path, or iterable
        Rows: in one piece; the path of a file that ends in ``.csv``,
        ``.csv.gz`` or ``.parquet``, with a header; or an iterable of chunks.
    columns : list of str, default=None
        Which columns of files and frames to take; None takes all.
    chunk_rows : int, default=None
        Rows of a chunk; None takes as many as some 32 MiB hold, never more
        than ``working_memory`` (see :func:`sklearn.set_config`).  Iterables
        have chunks of their own.

    Returns
    -------
    chunks : iterator of {ndarray, CSR matrix, DataFrame}
        Of shape (n_rows, n_features) each, in order.

    Raises
    ------
    ImportError
        For files, without pandas (and for Parquet without pyarrow).
    TypeError
        For a Dask collection, which :mod:`skcurious.dask` takes, and what holds no
        rows in order.
    ValueError
        For a file of another kind or encoding, columns that are not there, chunks
        that are no tables, a row of a CSV file that is longer than its header, or a
        column of it that holds numbers in one chunk and text in another.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.out_of_core import read_chunks
    >>> [chunk.shape for chunk in read_chunks(np.zeros((5, 2)), chunk_rows=2)]
    [(2, 2), (2, 2), (1, 2)]
    """
    _check_chunk_rows(chunk_rows)
    if isinstance(columns, str):
        raise ValueError(f"columns must be a list of names, got {columns!r}.")
    if isinstance(source, (str, Path)):
        return read_file(Path(source).expanduser(), columns, chunk_rows)
    if hasattr(source, "__dask_graph__"):
        raise TypeError(
            f"{type(source).__name__} is a Dask collection: see skcurious.dask."
        )
    if isinstance(source, if_imported("polars", "LazyFrame")):
        raise TypeError("Rows are a LazyFrame of polars: pass what collect() gives.")
    if hasattr(source, "shape"):
        return _slices(source, columns, chunk_rows)
    if isinstance(source, Mapping) or not isinstance(source, Iterable):
        raise TypeError(
            "Rows must be an array, a DataFrame, the path of a file, or an iterable of "
            f"such chunks, got {type(source).__name__}."
        )
    return (_as_table(chunk, columns) for chunk in source)


def count_rows(source):
    """Number of rows, or None where that is not known before reading."""
    return source.shape[0] if hasattr(source, "shape") else None


def _check_chunk_rows(chunk_rows):
    if chunk_rows is None:
        return
    is_integer = isinstance(chunk_rows, Integral) and not isinstance(chunk_rows, bool)
    if not is_integer or chunk_rows < 1:
        raise ValueError(f"chunk_rows must be an integer >= 1, got {chunk_rows!r}.")


def _slices(table, columns, chunk_rows):
    if len(table.shape) != 2:
        raise ValueError(f"Rows must be two-dimensional, got shape {table.shape}.")
    n_rows, n_columns = table.shape
    chunk_rows = chunk_rows or rows_of_a_chunk(n_columns)
    if sparse.issparse(table):
        table = table.tocsr()
    rows = table.iloc if is_pandas(table) else table
    # Columns of a chunk, not a copy of all rows.
    return (
        _as_table(rows[where], columns) for where in gen_batches(n_rows, chunk_rows)
    )


def _as_table(chunk, columns):
    """A chunk that rows can be taken from, with these columns."""
    if isinstance(chunk, (str, Path)):
        raise TypeError(
            f"A chunk must be a table, got {str(chunk)!r}: read the files one by one."
        )
    if not hasattr(chunk, "shape"):  # a list of tuples, like those of databases
        chunk = np.asarray(chunk)
    if len(chunk.shape) != 2:
        raise ValueError(
            "Each chunk must be a two-dimensional table, got one of shape "
            f"{chunk.shape}. For rows in one piece pass an array."
        )
    if sparse.issparse(chunk):
        chunk = chunk.tocsr()
    if columns is None:
        return chunk
    if not is_frame(chunk):
        raise ValueError("columns can be chosen of files and frames only.")
    return chosen_columns(chunk, columns, "The pool")
