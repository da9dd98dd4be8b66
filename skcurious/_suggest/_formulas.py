"""Text that a spreadsheet program takes for a formula.

A cell ``=cmd|' /C calc'!A0`` of a table is somebody's text, but a program that opens a
CSV file runs it. An apostrophe before it, as one types it there, keeps it text; it is
written before such cells, and taken off where they are read, so that what is written
comes back as it was. What begins with a sign is one where it calls, links or refers
to something; -5 °C and -CH3 stay as they are.

In a workbook a cell of text is of that type, and needs no apostrophe.
"""

import re

_FORMULA = r"\s*(?:[=@＝＠]|[+\-＋－][^\0]*[(|!\[])"  # noqa: RUF001
_APOSTROPHE = re.compile(rf"^'(?={_FORMULA})")
_BEGINS = re.compile(rf"^(?={_FORMULA})")


def as_text(frame):
    """The frame as CSV may hold it, names of columns and cells."""
    return _replaced(frame, _BEGINS, "'")


def from_text(cells):
    """Cells of CSV as they were."""
    return _replaced(cells, _APOSTROPHE, "")


def may_hold(body):
    """Whether :func:`from_text` may change something in a text, which is quick."""
    return re.search(r"'\s*[=@＝＠+\-＋－]", body) is not None  # noqa: RUF001


def _replaced(frame, pattern, by):
    def replace(cell):
        return pattern.sub(by, cell) if isinstance(cell, str) else cell

    kept = frame.copy()
    for place, (_, cells) in enumerate(frame.items()):
        if cells.dtype.kind in "OUT" or str(cells.dtype) == "category":
            kept.isetitem(place, cells.astype(object).map(replace))
    return kept.rename(columns=replace)
