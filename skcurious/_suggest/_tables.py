"""Tables read from files, and written to them."""

import gzip
import io
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from skcurious._suggest._cells import BLANK_WORDS, decimal_mark, numbers
from skcurious._suggest._errors import InputError
from skcurious._suggest._paths import is_parquet
from skcurious._suggest._text import (
    Dialect,
    decode,
    find_separator,
    named_separator,
)
from skcurious._suggest._words import count, names

# Line of the first row of data, as a spreadsheet numbers them.
FIRST_LINE = 2


@dataclass
class Table:
    """A table as it is in its file.

    Attributes
    ----------
    name : str
        Path of the file, as the user wrote it.
    frame : DataFrame
        Cells as they are in the file, those of a text file as strings.
        Indexed by lines, as a spreadsheet numbers them.
    dialect : Dialect
        For tables that are to be read with the same spreadsheet.
    """

    name: str
    frame: pd.DataFrame
    dialect: Dialect

    def numbers(self, column):
        """Cells of a column as numbers; see :func:`._cells.numbers`."""
        return numbers(self.frame[column], self.dialect.decimal)


def read_table(path):
    """Read a table from a CSV or Parquet file.

    Raises
    ------
    InputError
        When there is no such file, or no table with a name for each column in
        it.
    """
    try:
        table = _read_parquet(path) if is_parquet(path) else _read_text(path)
    except PermissionError:
        raise InputError(f"{path} cannot be read: you have no permission to.") from None
    columns = [str(name).strip() for name in table.frame.columns]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise InputError(
            f"{path} has more than one column named {names(twice)}: rename or delete "
            "all but one."
        )
    table.frame.columns = columns
    table.frame = table.frame.dropna(how="all")
    if table.frame.empty:
        raise InputError(f"{path} has column names but no rows below them.")
    return table


def agree(labelled, pool):
    """Read a table whose decimal mark is in doubt as the other is read."""
    sure = [table.dialect.is_sure for table in (labelled, pool)]
    for table, other, change in [
        (labelled, pool, sure == [False, True]),
        (pool, labelled, sure == [True, False]),
    ]:
        if change:
            table.dialect = replace(table.dialect, decimal=other.dialect.decimal)


def write_table(frame, path, dialect, numeric=()):
    """Write rows to a CSV or Parquet file.

    Parameters
    ----------
    frame : DataFrame
        Cells as they were in the file that they are from, and new columns.
    path : str
    dialect : Dialect
        Of the text in `frame`, and of a text file.
    numeric : sequence of str, default=()
        Columns that a Parquet file is to have as numbers.
    """
    if is_parquet(path):
        typed = {name: numbers(frame[name], dialect.decimal)[0] for name in numeric}
        data = io.BytesIO()
        frame.assign(**typed).to_parquet(data, index=False)
        data = data.getvalue()
    else:
        data = frame.to_csv(
            index=False, sep=dialect.separator, decimal=dialect.decimal
        ).encode(dialect.encoding)
        if path.lower().endswith(".gz"):
            data = gzip.compress(data, mtime=0)
    Path(path).write_bytes(data)


def _read_parquet(path):
    import pyarrow

    try:
        frame = pd.read_parquet(path)
    except (pyarrow.ArrowException, OSError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise InputError(f"{path} is not a sound Parquet file ({reason}).") from error
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame.index = pd.RangeIndex(FIRST_LINE, FIRST_LINE + len(frame))
    return Table(path, frame, Dialect())


def _read_text(path):
    content, encoding = decode(Path(path).read_bytes(), path)
    body = content.lstrip()
    if not body:
        raise InputError(f"{path} is empty.")
    # Separators at the beginning belong to the header: its first name is missing.
    start = content.rfind("\n", 0, len(content) - len(body)) + 1
    above = content.count("\n", 0, start)
    body = content[start:]
    first, _, rest = body.partition("\n")
    separator = named_separator(first)
    if separator is None:
        separator = find_separator(body)
    else:
        body, above = rest, above + 1
    frame = _parse(body, separator, above, path).iloc[1:]
    # A column may be named as a blank cell is.
    header = _parse(body, separator, above, path, na_filter=False, nrows=1)
    frame.columns = [name.strip() for name in header.iloc[0]]
    frame.index = pd.RangeIndex(above + FIRST_LINE, above + FIRST_LINE + len(frame))
    # Spreadsheets write empty columns, too.
    nameless = [i for i, name in enumerate(frame.columns) if not name]
    for i in nameless:
        filled = frame.iloc[:, i].dropna()
        if len(filled):
            raise InputError(
                f"{path} has no name for its column {i + 1}, which holds "
                f"{str(filled.iloc[0])!r} on line {filled.index[0]}: give it one."
            )
    frame = frame.loc[:, [bool(name) for name in frame.columns]]
    mark, is_sure = decimal_mark(frame, separator)
    dialect = Dialect(separator, mark, encoding, is_sure)
    return Table(path, frame, dialect)


def _parse(body, separator, above, path, **options):
    """All records as strings, the header the first of them."""
    try:
        return pd.read_csv(
            io.StringIO(body),
            sep=separator,
            header=None,
            dtype=str,
            skip_blank_lines=False,
            keep_default_na=False,
            na_values=list(BLANK_WORDS),
            **options,
        )
    except pd.errors.ParserError as error:
        ragged = re.search(
            r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error)
        )
        if ragged is None:
            raise InputError(
                f"{path} cannot be cut into cells ({error}): save the table as CSV "
                "again."
            ) from error
        expected, line, saw = map(int, ragged.groups())
        raise InputError(
            f"{path} has {count(saw, 'cell')} on line {line + above}, but its header "
            f"has {expected}: write text that holds {separator!r} in quotation marks, "
            "and save numbers with decimal commas between semicolons."
        ) from error
