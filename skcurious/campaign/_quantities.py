"""Numbers that are more than digits: 105 °C, $1,234.50, −0.21, 1.5×10⁻⁸, 4.0±0.2.

One value is evident in these, and read.  It is not in 20-30, <0.1 or (12.5).
"""

import re
import unicodedata
from dataclasses import dataclass

from skcurious.campaign._spelling import plain_spaces

MONEY = "$€£¥₹"
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
# But 0012 is a name.
_DIGITS = r"(?:(?!0\d)\d+(?:\.\d*)?|\.\d+)"
# Thousands that cannot be fractions, and those that another cell shows to be none.
_SURE = r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}"
_GROUPS = r"\d{1,3}(?:,\d{3})+"
_POWER = r"(?:[eE][+-]?\d+|\s?[\u00d7x*·∙]\s?10\s?\^?\s?[+-]?\d+)"
_UNIT = rf"(?:[^\W\d_]|[%‰°{MONEY}])[\w%‰°{MONEY}/·∙*.^() -]{{0,20}}"
_ABOUT = r"(?:~|≈|ca\.?|approx\.?|about)"


def _quantity(number):
    return re.compile(
        rf"(?P<about>{_ABOUT}\s?)?(?P<sign>[+-])?\s?(?P<money>[{MONEY}])?\s?"
        rf"(?P<minus>-)?(?P<number>{number})(?P<power>{_POWER})?"
        rf"(?P<error>\s?(?:±|\+/-)\s?{_DIGITS})?(?P<space>\s?)(?P<unit>{_UNIT})?",
        flags=re.IGNORECASE,
    )


_QUANTITY = _quantity(f"{_SURE}|{_DIGITS}")
_GROUPED = _quantity(f"{_SURE}|{_GROUPS}|{_DIGITS}")
# No single value: limits, brackets, ranges, fractions, clock times.
_NO_VALUE = re.compile(
    rf"[<>≤≥=(\[±]+\s?[+-]?{_DIGITS}.*"
    rf"|{_DIGITS}\s?(?:-|to|\.\.\.?|/)\s?{_DIGITS}(?:\s?{_UNIT})?"
    rf"|\d{{1,2}}:\d\d(?::\d\d)?(?:\s?[ap]m)?",
    flags=re.IGNORECASE,
)


@dataclass(frozen=True)
class Quantity:
    """What a cell says.

    Attributes
    ----------
    value : float
    digits : str
        Of the number, with a decimal point.
    unit : str
        Empty where there is none.
    is_apart : bool
        Whether the unit cannot be a letter of a name, as in 1a.
    """

    value: float
    digits: str
    unit: str
    is_apart: bool


def swap_marks(string, decimal):
    """Numbers with a decimal comma as those with a point, within their string."""
    if decimal == ".":
        return string
    swap = str.maketrans(",.", ".,")
    return re.sub(r"[\d.,]*\d[\d.,]*", lambda digits: digits[0].translate(swap), string)


def quantities(strings, decimal="."):
    """What cells of one column say that are not plainly numbers.

    Parameters
    ----------
    strings : iterable of str
    decimal : {'.', ','}, default='.'

    Returns
    -------
    found : dict of str to Quantity or None
        None where there is no single value.
    """
    simple = {string: _simple(string, decimal) for string in strings}
    is_sure = any(
        found and re.fullmatch(_SURE, found["number"])
        for found in map(_QUANTITY.fullmatch, simple.values())
    )
    pattern = _GROUPED if is_sure else _QUANTITY
    return {string: _read(pattern, cell) for string, cell in simple.items()}


def has_no_value(string, decimal="."):
    """Whether numbers are meant, but not one of them: 20-30, <0.1, (12.5), 12:30."""
    return _NO_VALUE.fullmatch(_simple(string, decimal)) is not None


def _simple(string, decimal):
    """The cell with one kind of minus, space and digits, and a decimal point."""
    cell = plain_spaces(unicodedata.normalize("NFKC", string)).translate(_DASHES)
    cell = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", cell)
    return swap_marks(cell, decimal)


def _read(pattern, cell):
    found = pattern.fullmatch(cell)
    if found is None:
        return None
    unit = (found["unit"] or "").strip()
    is_no_unit = re.fullmatch(r"e[+-]?\d*", unit, re.IGNORECASE) or re.search(
        r"\s\d|(?<!/)\d{2}", unit
    )
    if is_no_unit or (found["money"] and unit) or (found["sign"] and found["minus"]):
        return None
    power = re.sub(r"^.*10\s?\^?\s?|^[eE]", "", found["power"] or "")
    sign = found["sign"] or found["minus"] or ""
    number = f"{sign}{found['number'].replace(',', '')}e{power or 0}"
    is_apart = bool(found["space"] or found["money"]) or not unit[:1].isalpha()
    return Quantity(float(number), found["number"], found["money"] or unit, is_apart)
