"""Tables written to files."""

import gzip
import io
from pathlib import Path

import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious._suggest._formulas import as_text
from skcurious._suggest._paths import is_parquet, is_workbook, package_for
from skcurious.campaign._cells import numbers, text


def write_table(frame, path, dialect, numeric=()):
    """Write rows to a CSV, workbook or Parquet file.

    Parameters
    ----------
    frame : DataFrame
        Cells as they were in the file that they are from, and new columns.
    path : str
    dialect : Dialect
        Of the text in `frame`, and of a text file.
    numeric : sequence of str, default=()
        Columns that a workbook or Parquet file is to have as numbers, where
        all of their cells are.
    """
    if is_parquet(path) or is_workbook(path):
        data = _typed(frame, dialect, numeric, path)
    else:
        data = (
            as_text(frame)
            .to_csv(index=False, sep=dialect.separator, decimal=dialect.decimal)
            .encode(dialect.encoding)
        )
        if path.lower().endswith(".gz"):
            data = gzip.compress(data, mtime=0)
    Path(path).write_bytes(data)


def _typed(frame, dialect, numeric, path):
    """Bytes of a file that knows numbers from text."""
    columns = {}
    for name, cells in frame.items():
        values, wrong = numbers(cells, dialect.decimal)
        if name in numeric and not wrong.any():
            columns[name] = values
        elif cells.dtype == object and cells.dropna().map(type).nunique() > 1:
            columns[name] = text(cells)  # Parquet has one type for a column
        elif is_workbook(path) and isinstance(cells.dtype, pd.DatetimeTZDtype):
            columns[name] = cells.astype(str)
    frame = frame.assign(**columns)
    data = io.BytesIO()
    if is_parquet(path):
        frame.to_parquet(data, index=False)
    else:
        _to_workbook(frame, data, path)
    return data.getvalue()


def _to_workbook(frame, data, path):
    with pd.ExcelWriter(data, engine=package_for(path)) as writer:
        if package_for(path) != "openpyxl":
            frame.to_excel(writer, index=False)
            return
        from openpyxl.utils.exceptions import IllegalCharacterError

        try:
            frame.to_excel(writer, index=False)
        except IllegalCharacterError:
            raise InputError(
                f"{path} cannot hold control characters, such as the ends of pages in "
                "these cells: delete them, or write .csv."
            ) from None
        for row in writer.sheets["Sheet1"].iter_rows():
            for cell in row:
                if cell.data_type == "f":  # it begins as a formula, and is text
                    cell.data_type, cell.quotePrefix = "s", True
