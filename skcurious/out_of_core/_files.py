"""Rows of files in chunks.

A cell that would go to another column than its own is an error: of a row that is longer
than the header pandas makes an index of the first cells, or, asked for some columns
only, leaves out the last ones.
"""

import csv
import gzip
import zlib
from contextlib import contextmanager

from skcurious.out_of_core._columns import check_columns, rows_of_a_chunk


def read_file(path, columns, chunk_rows):
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
    with _explained(path):
        try:
            first = pd.read_csv(path, nrows=1)
        except pd.errors.EmptyDataError:
            raise ValueError(f"{path} is empty.") from None
        if any("\0" in str(name) for name in first.columns):
            raise ValueError(_not_utf8(path))
        if len(first) and not isinstance(first.index, pd.RangeIndex):
            raise ValueError(_longer_row(path))
        check_columns(path, columns, first.columns)
        columns = list(first.columns if columns is None else columns)
        chunk_rows = chunk_rows or rows_of_a_chunk(first.shape[1])
        are_numbers = {}
        # All columns: with usecols pandas does not count the cells of a row.
        with pd.read_csv(path, chunksize=chunk_rows, low_memory=False) as chunks:
            for chunk in chunks:
                chunk = chunk[columns]
                _check_types(path, chunk, are_numbers)
                yield chunk


@contextmanager
def _explained(path):
    """What pandas says about a file that is none of CSV, in a sentence."""
    from pandas.errors import ParserError

    try:
        yield
    except UnicodeDecodeError as error:
        raise ValueError(_not_utf8(path)) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(
            f"{path} is damaged or not complete: {error}."
            if _is_compressed(path)
            else f"{path} is not compressed: let its name end in .csv."
        ) from error
    except ParserError as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        longer = reason.startswith("Expected")
        raise ValueError(
            _longer_row(path) if longer else f"{path} cannot be read: {reason}."
        ) from error


def _is_compressed(path):
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _not_utf8(path):
    if _is_compressed(path):
        return f"{path} is compressed: let its name end in .csv.gz."
    return (
        f"{path} is not in UTF-8: save it so, or pass pandas.read_csv(path, encoding="
        "..., chunksize=...) as the pool."
    )


def _longer_row(path):
    """Say where the first row is that has more cells than the header."""
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(len(cells) for cells in reader if cells)
        for cells in reader:
            if len(cells) > header:
                break
        else:  # pandas sees quotes otherwise
            return f"{path} has rows that are longer than its header."
    return (
        f"{path}, line {reader.line_num}: {len(cells)} cells under a header of "
        f"{header}. Mend the file, or pass pandas.read_csv(path, index_col=..., "
        "chunksize=...) as the pool: 0 if the first cell names the row, False if each "
        "row ends with a separator."
    )


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
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError(
            "Reading Parquet files needs pandas and pyarrow: pip install pandas "
            "pyarrow."
        ) from error
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path} is no Parquet file: {error}") from error
    with file:
        schema = file.schema_arrow
        index = (schema.pandas_metadata or {}).get("index_columns", [])
        present = [name for name in schema.names if name not in index]
        check_columns(path, columns, schema.names)
        columns = list(present if columns is None else columns)
        chunk_rows = chunk_rows or rows_of_a_chunk(len(columns))
        start = 0
        for batch in file.iter_batches(batch_size=chunk_rows, columns=columns):
            chunk = batch.to_pandas(ignore_metadata=True)[columns]
            chunk.index = pd.RangeIndex(start, start + len(chunk))  # as of a CSV file
            yield chunk
            start += len(chunk)
