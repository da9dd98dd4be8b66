"""Rows of files in chunks."""

import csv
import gzip
import zlib
from contextlib import contextmanager

from skcurious.out_of_core._columns import check_columns, rows_of_a_chunk
from skcurious.out_of_core._csv import CountedRows, is_compressed, not_utf8


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
        with CountedRows(path) as rows:
            present = pd.read_csv(rows, nrows=0).columns
        check_columns(path, columns, present)
        columns = list(present if columns is None else columns)
        chunk_rows = chunk_rows or rows_of_a_chunk(len(columns))
        options = {"chunksize": chunk_rows, "usecols": columns, "low_memory": False}
        are_numbers = {}
        with CountedRows(path) as rows, pd.read_csv(rows, **options) as chunks:
            for chunk in chunks:
                _check_types(path, chunk, are_numbers)
                yield chunk[columns]  # usecols keeps the order of the file


@contextmanager
def _explained(path):
    """What pandas says about a file that is none of CSV, in a sentence."""
    from pandas.errors import EmptyDataError, ParserError

    try:
        yield
    except UnicodeDecodeError as error:
        raise ValueError(not_utf8(path)) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(
            f"{path} is damaged or not complete: {error}."
            if is_compressed(path)
            else f"{path} is not compressed: let its name end in .csv."
        ) from error
    except EmptyDataError:
        raise ValueError(f"{path} is empty.") from None
    except (ParserError, csv.Error) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise ValueError(f"{path} cannot be read: {reason}.") from error


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
