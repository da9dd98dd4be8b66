"""Tables read from files."""

import csv
import io
import warnings
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious._suggest._formulas import from_text, may_hold
from skcurious._suggest._header import FIRST_LINE, FIRST_LINES, with_header
from skcurious._suggest._limits import (
    CONTROL,
    check_bytes,
    check_cells,
    check_parquet,
    check_size,
    too_long,
)
from skcurious._suggest._names import or_sheets
from skcurious._suggest._paths import is_parquet, is_workbook, package_for
from skcurious._suggest._sheets import check_workbook
from skcurious._suggest._text import (
    Dialect,
    decode,
    find_separator,
    named_separator,
    records,
)
from skcurious._words import names, shortened
from skcurious.campaign._cells import BLANK_WORDS, decimal_mark, numbers, text
from skcurious.campaign._runs import are_blank
from skcurious.campaign._spelling import find


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
    notes : list of str
        What the user should know about how it was read.
    others : dict of str to list of str
        Of the sheets of its workbook that were not read, though nobody asked for this
        one, the words of their first lines.
    """

    name: str
    frame: pd.DataFrame
    dialect: Dialect
    notes: list = field(default_factory=list)
    others: dict = field(default_factory=dict)

    def numbers(self, column):
        """Cells of a column as numbers; see :func:`._cells.numbers`."""
        return numbers(self.frame[column], self.dialect.decimal)


@dataclass(frozen=True)
class How:
    """What the user says about a file.

    Attributes
    ----------
    missing : tuple of str
        Words that stand for a blank cell, beside the usual ones.
    header_row : int or None
        Line with the names of the columns, None for the first that is not blank.
    sheet : str or None
        Of a workbook, None for the first that holds something.
    """

    missing: tuple = ()
    header_row: int | None = None
    sheet: str | None = None


def how_of(arguments, *paths):
    """The same of parsed arguments, for files that are there."""
    if arguments.sheet is not None and not any(map(is_workbook, paths)):
        raise InputError(
            f"--sheet names {arguments.sheet!r}, but {' and '.join(paths)} "
            f"{'is no workbook' if len(paths) == 1 else 'are no workbooks'}: leave it "
            "out."
        )
    missing = tuple(arguments.missing)
    return How(missing, arguments.header_row, arguments.sheet)


def read_table(path, how=None):
    """Read a table from a CSV, workbook or Parquet file.

    Parameters
    ----------
    path : str
    how : How, default=None

    Raises
    ------
    InputError
        When there is no such file, or no table with a name for each column in
        it, or more of it than can be read (:mod:`._limits`).
    """
    how = How() if how is None else how
    check_bytes(Path(path).stat().st_size, path)
    if is_parquet(path):
        read = _read_parquet
    else:
        read = _read_workbook if is_workbook(path) else _read_text
    try:
        table = read(path, how)
    except PermissionError:
        raise InputError(f"{path} cannot be read: you have no permission to.") from None
    except MemoryError:
        raise InputError(
            f"{path} takes more memory than there is: leave out rows or columns."
        ) from None
    with _of_sheets(table.others):
        _check_names(table)
    return table


def _check_names(table):
    path = table.name
    columns = [str(name).strip() for name in table.frame.columns]
    twice = sorted(name for name, n in Counter(columns).items() if n > 1)
    if twice:
        raise InputError(
            f"{path} has more than one column named {names(twice)}: rename or delete "
            "all but one."
        )
    table.frame.columns = columns
    table.frame = table.frame[~are_blank(table.frame)]
    if table.frame.empty:
        raise InputError(f"{path} has column names but no rows below them.")


@contextmanager
def _of_sheets(others):
    """Say of a sheet that cannot be read which others there are."""
    try:
        yield
    except InputError as error:
        if not others:
            raise
        raise InputError(f"{str(error).rstrip('.')}{or_sheets(others)}") from error


def agree(labelled, pool):
    """Read a table whose decimal mark is in doubt as the other is read."""
    sure = [table.dialect.is_sure for table in (labelled, pool)]
    for table, other, change in [
        (labelled, pool, sure == [False, True]),
        (pool, labelled, sure == [True, False]),
    ]:
        if change:
            table.dialect = replace(table.dialect, decimal=other.dialect.decimal)


def _read_parquet(path, how):
    with _sound(path, "Parquet file"):
        check_parquet(path)
        frame = pd.read_parquet(path)
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame.index = pd.RangeIndex(FIRST_LINE, FIRST_LINE + len(frame))
    header = pd.DataFrame([map(str, frame.columns)], dtype=object)
    check_cells(header, FIRST_LINE - 1, path)
    check_cells(frame, FIRST_LINE, path)
    if how.missing:
        frame = frame.apply(_without_words, how=how)
    return Table(path, frame, Dialect())


@contextmanager
def _sound(path, what):
    """Say that a file is damaged, whatever the library that reads it says of that."""
    try:
        yield
    except (InputError, PermissionError, MemoryError):
        raise
    except Exception as error:
        reason = CONTROL.sub("?", " ".join(str(error).split()))
        reason = shortened(reason).rstrip(".")
        raise InputError(f"{path} is not a sound {what} ({reason}).") from error


def _without_words(cells, how):
    """A column without the words of the user, its type kept where there are none."""
    missing = _are_words(cells, how)
    return cells.mask(missing) if missing.any() else cells


def _read_workbook(path, how):
    """The sheet that was asked for, or the first that holds something."""
    with _sound(path, "workbook"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_workbook(path)
        sheets = pd.read_excel(
            path,
            sheet_name=None,
            header=None,
            dtype=object,
            keep_default_na=False,
            engine=package_for(path),
        )
    # The others are of what has no cells: styles, rules for what may be typed in.
    lost = [str(w.message) for w in caught if str(w.message).startswith("Cell ")]
    notes = [f"In {path}: {lost[0]}"] if lost else []
    if how.sheet is not None:
        sheets = {how.sheet: sheets[_sheet(how.sheet, list(sheets), path)]}
    sheets = {name: _blanked(cells, how) for name, cells in sheets.items()}
    full = {name: cells for name, cells in sheets.items() if not are_blank(cells).all()}
    if not full:
        raise InputError(f"{path} is empty.")
    first, cells = next(iter(full.items()))
    others = {
        name: _words(cells.head(FIRST_LINES))
        for name, cells in full.items()
        if name != first
    }
    if others:
        notes.append(
            f"Of {path} the sheet {first!r} is read, the first of {len(full)}."
        )
    check_cells(cells, 1, path)
    if how.header_row is None:
        above = int((~are_blank(cells)).to_numpy().argmax())
    else:
        above = _lines_above(how.header_row, cells, path)
    with _of_sheets(others):
        frame = with_header(cells.iloc[above:], above, path, notes)
    return Table(path, frame, Dialect(), notes, others)


def _words(cells):
    """All that is in some cells, once."""
    flat = pd.Series(cells.to_numpy().ravel(), dtype=object)
    return text(flat).dropna().drop_duplicates().tolist()


def _sheet(name, sheets, path):
    found = find(name, sheets)
    if found is None:
        raise InputError(
            f"--sheet names {name!r}, but the sheets of {path} are {names(sheets)}: "
            "name one of them."
        )
    return found


def _lines_above(row, lines, path):
    """How many lines there are above that with the names."""
    if row > len(lines) or are_blank(lines.iloc[[row - 1]]).all():
        raise InputError(
            f"--header-row is {row}, but that line of {path} is blank: give the line "
            "with the names of the columns, as a spreadsheet numbers it."
        )
    return row - 1


def _read_text(path, how):
    notes = []
    content, encoding = decode(Path(path).read_bytes(), path, notes)
    body = content.lstrip()
    if not body:
        raise InputError(f"{path} is empty.")
    # Separators at the beginning belong to the header: its first name is missing.
    start = content.rfind("\n", 0, len(content) - len(body)) + 1
    above = content.count("\n", 0, start)
    body = content[start:]
    if how.header_row is not None:
        lines = content.split("\n")
        above = _lines_above(how.header_row, pd.DataFrame({"line": lines}), path)
        body = "\n".join(lines[above:])
    first, _, rest = body.partition("\n")
    separator = named_separator(first)
    if separator is None:
        separator = find_separator(body)
    else:
        body, above = rest, above + 1
    cells = _parse(body, separator, path)
    check_cells(cells, above + 1, path)
    if may_hold(body):
        cells = from_text(cells)
    # A column may be named as a blank cell is.
    cells = pd.concat([cells.head(1), _blanked(cells.iloc[1:], how)])
    frame = with_header(cells, above, path, notes, separator)
    mark, is_sure = decimal_mark(frame, separator)
    dialect = Dialect(separator, mark, encoding, is_sure)
    return Table(path, frame, dialect, notes)


def _blanked(cells, how):
    """The cells with NaN for the words that stand for a blank one."""
    blank = cells.isin(BLANK_WORDS)
    if how.missing:
        blank |= cells.apply(_are_words, how=how)
    return cells.astype(object).where(~blank)


def _are_words(cells, how):
    """Cells that are one of the words, or the same number: -999 and -999.0."""
    strings = text(cells)
    values = pd.to_numeric(pd.Series(how.missing), errors="coerce").dropna()
    found = strings.isin(how.missing)
    if len(values):
        found |= pd.to_numeric(strings, errors="coerce").isin(values)
    return found


def _parse(body, separator, path):
    """All records as strings, the header the first of them."""
    options = {
        "sep": separator,
        "header": None,
        "dtype": str,
        "skip_blank_lines": False,
        "na_filter": False,
    }
    n_lines = body.count("\n")
    check_size(n_lines, _width(body, separator, path, 1), path)
    try:
        return pd.read_csv(io.StringIO(body), **options)
    except pd.errors.ParserError as error:
        if "Expected" not in str(error):
            raise _uncut(path, error) from error
    # Some row is longer than the first.
    width = _width(body, separator, path)
    check_size(n_lines, width, path)
    return pd.read_csv(io.StringIO(body), names=range(width), **options)


def _width(body, separator, path, n=None):
    """Cells of the longest record, among the first `n`."""
    try:
        return max(map(len, islice(records(body, separator), n)))
    except csv.Error as error:
        if "field larger" in str(error):
            raise too_long(f"a cell of {path}") from None
        raise _uncut(path, error) from error


def _uncut(path, error):
    return InputError(
        f"{path} cannot be cut into cells ({error}): save the table as CSV again."
    )
