"""Rows in chunks, wherever they come from."""

from numbers import Integral
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.utils import gen_batches
from sklearn.utils._chunking import get_chunk_n_rows

from skcurious._frames import is_frame, is_pandas

# What a chunk takes, unless working_memory is less: some milliseconds of work, so
# that looking at its arguments does not count.
CHUNK_BYTES = 2**25


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
        For a Dask collection, which :mod:`skcurious.dask` takes.
    ValueError
        For a file of another kind, columns that are not there, chunks that are
        no tables, or a column of a CSV file that holds numbers in one chunk
        and text in another.

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
        return _read_file(Path(source).expanduser(), columns, chunk_rows)
    if hasattr(source, "__dask_graph__"):
        raise TypeError(
            f"{type(source).__name__} is a Dask collection: see skcurious.dask."
        )
    if hasattr(source, "shape"):
        return _slices(source, columns, chunk_rows)
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
    chunk_rows = chunk_rows or _rows_of_a_chunk(n_columns)
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


def _read_file(path, columns, chunk_rows):
    name = path.name.lower()
    if path.is_dir():
        raise ValueError(
            f"{path} is a folder: pass a file, an iterable of chunks, or what "
            "dask.dataframe reads from it to skcurious.dask."
        )
    if name.endswith((".csv", ".csv.gz")):
        return _read_csv(path, columns, chunk_rows)
    if name.endswith(".parquet"):
        return _read_parquet(path, columns, chunk_rows)
    raise ValueError(
        f"{path} must end in .csv, .csv.gz or .parquet. For other files pass an "
        "iterable of chunks."
    )


def _read_csv(path, columns, chunk_rows):
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("Reading CSV files needs pandas: pip install pandas.") from (
            error
        )
    try:
        present = pd.read_csv(path, nrows=0).columns
    except pd.errors.EmptyDataError:
        raise ValueError(f"{path} is empty.") from None
    check_columns(path, columns, present)
    columns = list(present if columns is None else columns)
    chunk_rows = chunk_rows or _rows_of_a_chunk(len(columns))
    are_numbers = {}
    with pd.read_csv(path, usecols=columns, chunksize=chunk_rows) as chunks:
        for chunk in chunks:
            _check_types(path, chunk, are_numbers)
            yield chunk[columns]  # usecols keeps the order of the file


def _check_types(path, chunk, are_numbers):
    """Raise when pandas takes a column for numbers here and for text there."""
    from pandas.api.types import is_numeric_dtype

    for name, column in chunk.items():
        if column.isna().all():
            continue
        is_number = is_numeric_dtype(column.dtype)
        if are_numbers.setdefault(name, is_number) != is_number:
            raise ValueError(
                f"Column {name!r} of {path} holds numbers in some chunks and text in "
                f"others, as in rows {chunk.index[0]} to {chunk.index[-1]}. Say what "
                "it is: pass pandas.read_csv(path, dtype=..., chunksize=...) as the "
                "pool."
            )


def _read_parquet(path, columns, chunk_rows):
    try:
        import pandas as pd
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError(
            "Reading Parquet files needs pandas and pyarrow: pip install pandas "
            "pyarrow."
        ) from error
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        index = (schema.pandas_metadata or {}).get("index_columns", [])
        present = [name for name in schema.names if name not in index]
        check_columns(path, columns, schema.names)
        columns = list(present if columns is None else columns)
        chunk_rows = chunk_rows or _rows_of_a_chunk(len(columns))
        start = 0
        for batch in file.iter_batches(batch_size=chunk_rows, columns=columns):
            chunk = batch.to_pandas(ignore_metadata=True)[columns]
            chunk.index = pd.RangeIndex(start, start + len(chunk))  # as of a CSV file
            yield chunk
            start += len(chunk)


def chosen_columns(frame, columns, name):
    """These columns of the table of that name, of pandas, polars or Dask."""
    check_columns(name, columns, frame.columns)
    return frame[list(columns)]


def check_columns(name, columns, present):
    """Raise when some of `columns` are not `present` in the table of that name."""
    columns, present = [] if columns is None else list(columns), list(present)
    missing = [str(c) for c in columns if c not in present]
    if missing:
        raise ValueError(
            f"{name} has no column(s) {', '.join(missing)}, but "
            f"{', '.join(map(str, present))}.{_hint_of_separator(present)}"
        )
    twice = [str(c) for c in columns if present.count(c) > 1]
    if twice:
        raise ValueError(
            f"{name} has several columns of the name {', '.join(twice)}: rename them."
        )


def _hint_of_separator(present):
    if len(present) != 1 or not any(mark in str(present[0]) for mark in ";\t"):
        return ""
    return (
        " If something else than commas separates them, pass pandas.read_csv(path, "
        "sep=..., chunksize=...) as the pool."
    )


def _rows_of_a_chunk(n_columns):
    row_bytes = np.float64().itemsize * max(n_columns, 1)
    return get_chunk_n_rows(row_bytes, max_n_rows=max(CHUNK_BYTES // row_bytes, 1))
