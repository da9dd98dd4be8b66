"""Rows in chunks, wherever they come from."""

from numbers import Integral
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.utils import gen_batches
from sklearn.utils._chunking import get_chunk_n_rows

# As in skcurious._chunks: what a chunk takes, unless working_memory is less.
CHUNK_BYTES = 2**24


def read_chunks(source, *, columns=None, chunk_rows=None):
    """Go through rows in chunks, whatever holds them.

    Parameters
    ----------
    source : {array-like, memmap, sparse matrix, DataFrame}, path, or iterable
        Rows: in one piece; the path of a file that ends in ``.csv``,
        ``.csv.gz`` or ``.parquet``, with a header; or an iterable of chunks,
        which are passed on as they are.
    columns : list of str, default=None
        Which columns of a file or DataFrame to read; None reads all.
    chunk_rows : int, default=None
        Rows of a chunk; None takes as many as some 16 MiB hold, never more
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
    ValueError
        For a file of another kind, or columns that are not there.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.out_of_core import read_chunks
    >>> [chunk.shape for chunk in read_chunks(np.zeros((5, 2)), chunk_rows=2)]
    [(2, 2), (2, 2), (1, 2)]
    """
    if chunk_rows is not None and (
        not isinstance(chunk_rows, Integral) or chunk_rows < 1
    ):
        raise ValueError(f"chunk_rows must be an integer >= 1, got {chunk_rows!r}.")
    if isinstance(source, (str, Path)):
        return _read_file(Path(source), columns, chunk_rows)
    if hasattr(source, "shape"):
        return _slices(source, columns, chunk_rows)
    if columns is not None:
        raise ValueError("columns can be chosen of a file or a DataFrame only.")
    return iter(source)


def count_rows(source):
    """Number of rows, or None where that is not known before reading."""
    return source.shape[0] if hasattr(source, "shape") else None


def _slices(table, columns, chunk_rows):
    if sparse.issparse(table):
        table = table.tocsr()
    if columns is not None and not hasattr(table, "loc"):
        raise ValueError("columns can be chosen of a file or a DataFrame only.")
    if len(table.shape) != 2:
        raise ValueError(f"Rows must be two-dimensional, got shape {table.shape}.")
    n_rows, n_columns = table.shape
    chunk_rows = chunk_rows or _rows_of_a_chunk(n_columns)
    batches = gen_batches(n_rows, chunk_rows)
    if columns is not None:  # of a chunk, not a copy of all rows
        _check_columns("The pool", columns, table.columns)
        columns = list(columns)
        return (table.iloc[where][columns] for where in batches)
    rows = table.iloc if hasattr(table, "iloc") else table
    return (rows[where] for where in batches)


def _read_file(path, columns, chunk_rows):
    name = path.name.lower()
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
    present = pd.read_csv(path, nrows=0).columns
    _check_columns(path, columns, present)
    columns = list(present if columns is None else columns)
    chunk_rows = chunk_rows or _rows_of_a_chunk(len(columns))
    with pd.read_csv(path, usecols=columns, chunksize=chunk_rows) as chunks:
        for chunk in chunks:
            yield chunk[columns]  # usecols keeps the order of the file


def _read_parquet(path, columns, chunk_rows):
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError(
            "Reading Parquet files needs pandas and pyarrow: pip install pandas "
            "pyarrow."
        ) from error
    with pq.ParquetFile(path) as file:
        present = file.schema_arrow.names
        _check_columns(path, columns, present)
        columns = list(present if columns is None else columns)
        chunk_rows = chunk_rows or _rows_of_a_chunk(len(columns))
        for batch in file.iter_batches(batch_size=chunk_rows, columns=columns):
            yield batch.to_pandas()[columns]


def _check_columns(name, columns, present):
    missing = [str(c) for c in ([] if columns is None else columns) if c not in present]
    if missing:
        raise ValueError(
            f"{name} has no column(s) {', '.join(missing)}, but "
            f"{', '.join(map(str, present))}."
        )


def _rows_of_a_chunk(n_columns):
    row_bytes = np.float64().itemsize * max(n_columns, 1)
    return get_chunk_n_rows(row_bytes, max_n_rows=max(CHUNK_BYTES // row_bytes, 1))
