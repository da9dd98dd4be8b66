"""What is in the cells of a column: numbers, dates, text, nothing."""

import numpy as np
import pandas as pd

# Beside an empty cell; "None" may be a category (no additive).
BLANK_WORDS = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>")

# Numbers, and what was meant as one: 12,5 and 1,234.5 and 15%; but not 0012, which
# is a name.
_NUMBER_LIKE = (
    r"(?![+-]?0\d)[+-]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d+)?\s*%?|[+-]?inf(?:inity)?"
)
_THOUSANDS = r"[+-]?[1-9]\d{0,2}(?:[.,]\d{3})+"
_WITH_MARK = {mark: rf"[+-]?\d*[{mark}]\d+(?:[eE][+-]?\d+)?" for mark in ".,"}
# Thousands of some languages: 19 680, with the spaces of typographers, too.
_GROUPING = r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))"
# Not the CAS numbers of chemicals, 1066-33-7, whose last part is one digit.
_DATE = (
    r"(?:\d{4}-\d\d-\d\d|\d{4}/\d{1,2}/\d{1,2}"
    r"|\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d\d))(?:[T ]+\d.*)?"
)


def text(cells):
    """Cells as strings without space around them; NaN where blank."""
    values = [
        np.nan if blank else str(cell).strip() or np.nan
        for cell, blank in zip(cells.to_numpy(object), cells.isna(), strict=True)
    ]
    return pd.Series(values, index=cells.index, dtype=object)


def numbers(cells, decimal="."):
    """Cells as numbers.

    Parameters
    ----------
    cells : Series
        Cells as they are in the file.
    decimal : {'.', ','}, default='.'
        Mark in numbers that are text. With a comma, cells with a point are
        no numbers.

    Returns
    -------
    values : Series of float
        NaN where a cell is blank, or not a number.
    wrong : Series of bool
        Cells that are neither blank nor a number.
    """
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        values = cells.to_numpy(np.float64, na_value=np.nan)
        wrong = np.zeros(len(cells), dtype=bool)
    else:
        strings = _ungrouped(text(cells))
        blank = strings.isna().to_numpy()
        if decimal == ",":
            swap = str.maketrans(",.", ".,")
            strings = strings.map(lambda s: s.translate(swap), na_action="ignore")
        values = pd.to_numeric(strings, errors="coerce").to_numpy(np.float64)
        wrong = np.isnan(values) & ~blank
    return pd.Series(values, cells.index), pd.Series(wrong, cells.index)


def _ungrouped(strings):
    return strings.str.replace(_GROUPING, "", regex=True) if len(strings) else strings


def are_numbers(cells):
    """Whether at least half of the cells that are not blank were meant as numbers."""
    if pd.api.types.is_bool_dtype(cells):
        return False
    if pd.api.types.is_numeric_dtype(cells):
        return True
    strings = _ungrouped(text(cells).dropna())
    like = strings.str.fullmatch(_NUMBER_LIKE, case=False)
    return bool(len(strings)) and like.mean() >= 0.5


def are_dates(cells):
    """Whether all cells that are not blank look like dates."""
    strings = text(cells).dropna()
    return bool(len(strings)) and bool(strings.str.fullmatch(_DATE).all())


def may_be_thousands(strings):
    """Whether 1.234 beside 985 may be one thousand, and not one and a quarter.

    Every mark is followed by three digits, as in thousands, and the cells
    without one are whole numbers of up to three digits.
    """
    grouped = strings.str.fullmatch(_THOUSANDS)
    plain = strings.str.fullmatch(r"[+-]?\d{1,3}")
    hundreds = strings.str.fullmatch(r"[+-]?\d{3}")
    return bool(grouped.any() and hundreds.any() and (grouped | plain).all())


def decimal_mark(frame, separator):
    """The decimal mark of a table of text.

    The one that more numbers have, each number counted once in a column.
    What may be thousands, 1.234, counts only where nothing else does.

    Returns
    -------
    mark : {'.', ','}
    is_sure : bool
        False where another table may know better.
    """
    if separator == ",":
        return ".", True
    sure, open_ = {".": 0, ",": 0}, {".": 0, ",": 0}
    for _, cells in frame.items():
        strings = text(cells).dropna()
        if not are_numbers(strings) or are_dates(strings):
            continue
        strings = pd.Series(strings.unique(), dtype=object)
        for mark in ".,":
            has_mark = strings.str.fullmatch(_WITH_MARK[mark])
            thousands = strings[has_mark].str.fullmatch(_THOUSANDS).sum()
            open_[mark] += thousands
            sure[mark] += has_mark.sum() - thousands
    for votes in (sure, open_):
        if any(votes.values()):
            return "," if votes[","] > votes["."] else ".", votes is sure
    return "," if separator == ";" else ".", False  # as spreadsheets go together
