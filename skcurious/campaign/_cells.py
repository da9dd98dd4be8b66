"""What is in the cells of a column: numbers, dates, text, nothing."""

import re

import numpy as np
import pandas as pd

from skcurious.campaign._quantities import MONEY, has_no_value, quantities, swap_marks
from skcurious.campaign._spelling import plain_spaces

# Beside an empty cell; "None" may be a category (no additive).
BLANK_WORDS = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>")

# Numbers, and what was meant as one: 12,5 and 1,234.5 and 15%; but not 0012, which
# is a name.
_NUMBER_LIKE = (
    r"(?![+-]?0\d)[+-]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d+)?\s*%?|[+-]?inf(?:inity)?"
)
_THOUSANDS = r"[+-]?[1-9]\d{0,2}(?:[.,]\d{3})+"
_UP_TO_THOUSANDS = re.compile(rf"{_THOUSANDS}|[+-]?\d{{1,3}}")
_WITH_MARK = {
    mark: rf"[+-]?(?:\d*|\d{{1,3}}(?:{other}\d{{3}})+){mark}\d+(?:[eE][+-]?\d+)?"
    for mark, other in [(r"\.", ","), (",", r"\.")]
}
# Thousands of some languages: 19 680, with the spaces of typographers, too.
_GROUPING = r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))"
_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|mrz|apr(?:il)?|may|mai|"
    r"jun[ei]?|jul[iy]?|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|"
    r"nov(?:ember)?|de[cz](?:ember)?)\.?"
)
# Not the CAS numbers of chemicals, 1066-33-7, whose last part is one digit.
_DATE = re.compile(
    r"(?:\d{4}-\d\d-\d\d|(?:19|20)\d\d-(?:0[1-9]|1[0-2])|\d{4}/\d{1,2}/\d{1,2}"
    r"|\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d\d)"
    rf"|(?:\d{{1,2}}\.?[ -])?{_MONTH}(?:[ -]|(?='))(?:\d{{1,2}},? )?'?(?:\d{{4}}|\d\d)"
    rf"|\d{{1,2}}\.?[ -]{_MONTH})(?:[T ]+\d.*)?",
    re.IGNORECASE,
)
# Most names begin with a letter.
_NO_NAME = rf"[^a-z]|{_MONTH}|ca|approx|about"
# What may be around a number, and says nothing about its decimal mark.
_AROUND = (
    rf"^[{MONEY}~≈\u2212-]\s?|\s?(?:±|\+/-|[\u00d7·*]\s?10).*$"
    rf"|\s?(?:[^\W\d_]|[%‰°{MONEY}])[^\d.,]*$"
)


def text(cells):
    """Cells as strings without space around them; NaN where blank."""
    strings = cells.tolist()
    if not _are_strings(cells):
        strings = [
            "" if blank else str(cell)
            for cell, blank in zip(strings, cells.isna(), strict=True)
        ]
    values = np.array([*_stripped(strings), None], dtype=object)[:-1]
    values[values == ""] = np.nan
    return pd.Series(values, index=cells.index, dtype=object)


def _are_strings(cells):
    kind = pd.api.types.infer_dtype(cells, skipna=False)
    return kind == "string" and not cells.isna().any()


def _stripped(strings):
    """Without space around them; few columns are not ASCII, and these repeat words."""
    if "".join(strings).isascii():
        return map(str.strip, strings)
    plain = {s: s.strip() if s.isascii() else plain_spaces(s) for s in set(strings)}
    return map(plain.__getitem__, strings)


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
        is_complex = cells.dtype.kind == "c"
        wrong = np.full(len(cells), is_complex)
        values = np.full(len(cells), np.nan)
        if not is_complex:
            values = cells.to_numpy(np.float64, na_value=np.nan)
    else:
        strings = text(cells)
        known = strings.notna().to_numpy()
        strings = strings[known].reset_index(drop=True)
        read = _plain_numbers(strings, decimal)
        if read is None:
            which, strings = _different(strings)
            strings = _ungrouped(strings).map(lambda s: swap_marks(s, decimal))
            read = pd.to_numeric(strings, errors="coerce").to_numpy(np.float64)[which]
        values = np.full(len(cells), np.nan)
        values[known] = read
        wrong = np.isnan(values) & known
    return pd.Series(values, cells.index), pd.Series(wrong, cells.index)


def _plain_numbers(strings, decimal):
    """The numbers of strings that are nothing else, which is quick; None of others."""
    if decimal == ",":
        if any("." in string for string in strings):
            return None
        strings = strings.str.replace(",", ".", regex=False)
    values = pd.to_numeric(strings, errors="coerce").to_numpy(np.float64)
    return None if np.isnan(values).any() else values


def _different(strings):
    """Which of the different strings each cell holds, and these."""
    codes, values = pd.factorize(strings.to_numpy(object))
    return codes, pd.Series(values, dtype=object)


def _ungrouped(strings):
    return strings.str.replace(_GROUPING, "", regex=True) if len(strings) else strings


def are_numbers(cells, decimal="."):
    """Whether at least half of the cells that are not blank were meant as numbers.

    With units, too, but of several units only where they are no letters of names:
    100 mM and 0.1 M, not 1a and 2b.
    """
    if pd.api.types.is_bool_dtype(cells):
        return False
    if pd.api.types.is_numeric_dtype(cells):
        return True
    cells = text(cells).dropna()
    if not len(cells):
        return False
    if _plain_numbers(cells, decimal) is not None and not _begin_with_zeros(cells):
        return True
    codes, strings = _different(_ungrouped(cells))
    like = np.array(strings.str.fullmatch(_NUMBER_LIKE, case=False), dtype=bool)
    found = quantities(strings[~like], decimal)
    units = {quantity.unit for quantity in found.values() if quantity}
    for place, quantity in zip(np.flatnonzero(~like), found.values(), strict=True):
        like[place] = quantity is not None and (quantity.is_apart or len(units) == 1)
    return bool(like[codes].mean() >= 0.5)


def _begin_with_zeros(strings):
    """Whether some are names: 0012."""
    together = "\n".join(strings.tolist())
    return re.search(r"^[+-]?0\d", together, re.MULTILINE) is not None


def are_dates(cells):
    """Whether all cells that are not blank look like dates."""
    strings = text(cells).dropna()
    # Most columns have a cell near their beginning that tells.
    return bool(len(strings)) and all(map(_like_date, strings))


def _like_date(string):
    return _DATE.fullmatch(string) is not None


def in_disguise(cells):
    """Cells of a column of text that numbers, dates or months may be meant by.

    Returns
    -------
    strings : list of str
        Different ones, in the order of the cells.
    """
    strings = text(cells).dropna().drop_duplicates()
    strings = strings[strings.str.match(_NO_NAME, case=False).astype(bool)]
    plain = strings.str.fullmatch(_NUMBER_LIKE, case=False).astype(bool)
    dates = strings.map(_like_date).astype(bool)
    calendar = dates | strings.str.fullmatch(_MONTH, case=False)
    found = [quantities(strings, mark) for mark in ".,"]
    return [
        string
        for string, is_known in zip(strings, plain | calendar, strict=True)
        if is_known
        or any(has_no_value(string, mark) for mark in ".,")
        or any(some[string] and some[string].is_apart for some in found)
    ]


def may_be_thousands(strings):
    """Whether 1.234 beside 985 may be one thousand, and not one and a quarter.

    Every mark is followed by three digits, as in thousands, and the cells
    without one are whole numbers of up to three digits.
    """
    # Most columns have a cell near their beginning that tells.
    if not all(_UP_TO_THOUSANDS.fullmatch(string) for string in strings):
        return False
    grouped = strings.str.fullmatch(_THOUSANDS)
    hundreds = strings.str.fullmatch(r"[+-]?\d{3}")
    return bool(grouped.any() and hundreds.any())


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
        is_meant = any(are_numbers(strings, mark) for mark in ".,")
        if not is_meant or are_dates(strings):
            continue
        strings = pd.Series(strings.unique(), dtype=object)
        strings = strings.str.replace(_AROUND, "", regex=True)
        for mark, pattern in zip(".,", _WITH_MARK.values(), strict=True):
            has_mark = strings.str.fullmatch(pattern)
            thousands = strings[has_mark].str.fullmatch(_THOUSANDS).sum()
            open_[mark] += thousands
            sure[mark] += has_mark.sum() - thousands
    for votes in (sure, open_):
        if any(votes.values()):
            return "," if votes[","] > votes["."] else ".", votes is sure
    return "," if separator == ";" else ".", False  # as spreadsheets go together
