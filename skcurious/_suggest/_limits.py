"""What a table may hold, so that none takes all memory, or time without end.

The bounds are those of a sheet of a spreadsheet program, and of memory.
"""

import gzip
import io
import re

import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious._words import count

MOST_COLUMNS = 16_384  # of a sheet
LONGEST = 32_767  # characters of a cell of a sheet
MOST_CELLS = 50_000_000
LARGEST = 512  # MB, unpacked
MB = 2**20
# Of text these have no use, and a terminal may obey them.
CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f]")
# How many rows of a Parquet file are looked at together.
BATCH = 1024


def check_size(n_rows, n_columns, path):
    """Raise where a table has more columns than a sheet, or fills memory."""
    if n_columns > MOST_COLUMNS:
        raise InputError(
            f"{path} has {count(n_columns, 'column')}, and {MOST_COLUMNS:,} columns "
            "are the most that are read: leave some out."
        )
    if n_rows * n_columns > MOST_CELLS:
        raise InputError(
            f"{path} has {count(n_rows, 'row')} of {count(n_columns, 'column')}, and "
            f"{MOST_CELLS:,} cells are the most that are read: leave out rows or "
            "columns."
        )


def check_bytes(size, path):
    """Raise where a file is too large, as it is or unpacked."""
    if size > LARGEST * MB:
        raise InputError(
            f"{path} has more than {LARGEST} MB, unpacked, and that is the most that "
            "is read: leave out rows or columns."
        )


def unpacked(data, path):
    """The bytes in a gzip file, unless they are too many.

    Raises
    ------
    EOFError, OSError, zlib.error
        Where it is damaged.
    """
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        found = file.read(LARGEST * MB + 1)
    check_bytes(len(found), path)
    return found


def check_parquet(path):
    """Raise where a Parquet file is larger unpacked than it seems.

    One word may stand for millions of cells.

    Raises
    ------
    InputError, pyarrow.ArrowException, OSError
    """
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        check_size(file.metadata.num_rows, file.metadata.num_columns, path)
        size = 0
        for batch in file.iter_batches(BATCH):
            size += sum(map(_spelled_out, batch.columns))
            check_bytes(size, path)


def _spelled_out(column):
    """Bytes of a column with each word as often as it is meant."""
    is_short = hasattr(column, "dictionary_decode")
    return (column.dictionary_decode() if is_short else column).nbytes


def check_cells(cells, first, path):
    """Raise where a cell is longer than in a sheet, or text is no text.

    Parameters
    ----------
    cells : DataFrame
    first : int
        Line of the first of its rows.
    path : str
    """
    # One array, for there may be thousands of columns.
    places = [i for i, kind in enumerate(cells.dtypes) if _may_be_text(kind)]
    for line, row in enumerate(cells.iloc[:, places].to_numpy(object), first):
        for place, cell in zip(places, row, strict=True):
            if not isinstance(cell, str):
                continue
            if len(cell) > LONGEST:
                raise too_long(_cell(line, place + 1, path), len(cell))
            if CONTROL.search(cell):
                raise InputError(
                    f"{_cell(line, place + 1, path)} holds a control character, which "
                    "is not text: delete it."
                )


def _may_be_text(dtype):
    return pd.api.types.is_object_dtype(dtype) or isinstance(dtype, pd.StringDtype)


def _cell(line, place, path):
    return f"the cell on line {line} in column {place} of {path}"


def too_long(what, length=None):
    """The error of a cell that is longer than one of a sheet."""
    more = f"more than {LONGEST:,}" if length is None else f"{length:,}"
    return InputError(
        f"{what} has {more} characters, and {LONGEST:,} characters are the most that "
        "are read: shorten it."
    )
