"""The line with the names of the columns, and what is wrong with it."""

import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious._words import count, names

# Line of the first row of data, as a spreadsheet numbers them.
FIRST_LINE = 2
# Lines in which a header may be that is not the first.
FIRST_LINES = 10


def with_header(cells, above, path, notes, separator=None):
    """A table with the names of its columns.

    Parameters
    ----------
    cells : DataFrame
        All records of the file, blank ones too, NaN where blank, but for the
        names, which may be what stands for a blank cell.
    above : int
        Lines of the file above these.
    path : str
    notes : list of str
        Is told about a column of the file that is left out.
    separator : str, default=None
        Between the cells of a text file.

    Returns
    -------
    frame : DataFrame
        Indexed by lines.
    """
    first = cells.iloc[0]
    header = ["" if pd.isna(name) else str(name).strip() for name in first]
    frame = cells.iloc[1:].infer_objects()
    frame.index = pd.RangeIndex(above + FIRST_LINE, above + FIRST_LINE + len(frame))
    width = max((i for i, name in enumerate(header, 1) if name), default=0)
    # Spreadsheets write empty columns, too.
    nameless = [
        i for i, name in enumerate(header) if not name and _filled(frame, i).any()
    ]
    if nameless:
        _check_above(frame, header, path)
        if nameless[-1] >= width:
            _refuse_long_rows(frame, width, path, separator)
        index = frame.iloc[:, 0]
        if nameless == [0] and index.notna().all() and index.is_unique:
            notes.append(
                f"The first column of {path} has no name, and is not used: it numbers "
                "the rows."
            )
        else:
            i = nameless[0]
            line = _filled(frame, i).idxmax()
            raise InputError(
                f"{path} has no name for its column {i + 1}, which holds "
                f"{str(frame.loc[line].iloc[i])!r} on line {line}: give it one."
            )
    frame = frame.loc[:, [bool(name) for name in header]]
    frame.columns = [name for name in header if name]
    return frame


def _filled(frame, i):
    return frame.iloc[:, i].notna()


def _check_above(frame, header, path):
    """Raise where a line of text further down has many more cells than the names."""
    n_names = sum(map(bool, header))
    for line, row in frame.head(FIRST_LINES).iterrows():
        words = [str(cell).strip() for cell in row.dropna()]
        is_text = not any(any(c.isdigit() for c in word[:1]) for word in words)
        if len(words) > 1 and is_text and len(words) >= 2 * n_names:
            raise InputError(
                f"{path} seems to have the names of its columns on line {line} "
                f"({names(words, most=3)}): delete the lines above, or say "
                f"--header-row {line}."
            )


def _refuse_long_rows(frame, width, path, separator):
    beyond = frame.iloc[:, width:].notna()
    long = beyond.any(axis=1)
    line = long.idxmax()
    saw = width + 1 + int(beyond.loc[line].to_numpy().nonzero()[0].max())
    if separator is not None and long.all() and beyond.iloc[:, 1:].sum().sum() == 0:
        raise InputError(
            f"every row of {path} has one cell more than the {width} names of its "
            "header: give the column that has none a name, often the first."
        )
    advice = (
        "name the column, or empty the cell."
        if separator is None
        else f"write text that holds {separator!r} in quotation marks, and save "
        "numbers with decimal commas between semicolons."
    )
    raise InputError(
        f"{path} has {count(saw, 'cell')} on line {line}, but its header has "
        f"{width}: {advice}"
    )
