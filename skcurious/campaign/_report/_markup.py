"""HTML from strings that may hold anything."""

import unicodedata
from dataclasses import dataclass
from html import escape
from numbers import Integral, Number

import numpy as np
import pandas as pd

# Letters of a cell or a name that are shown.
LONGEST = 80
# What joins letters of a word in some scripts and pictures.
_JOINERS = "\u200c\u200d"
NOTHING = "\N{EN DASH}"


def plain(value, longest=LONGEST):
    """A cell or a name as one line of text, cut where it is long, not escaped.

    Signs that cannot be seen, and might turn the text around them, are told by number.
    """
    string = " ".join(str(value)[: 2 * longest].split())
    shown = "".join(map(_visible, string[:longest]))
    length = len(str(value))
    if length > longest and len(string) >= longest:
        return f"{shown}… ({length:,} letters)"
    return shown


def _visible(sign):
    if sign in _JOINERS or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co"):
        return sign
    return f"⟨U+{ord(sign):04X}⟩"


def text(value, longest=LONGEST):
    """The same as HTML; its direction of writing is its own."""
    return f"<bdi>{escape(plain(value, longest))}</bdi>"


def number(value, digits=3):
    """A number for reading."""
    if not np.isfinite(value):
        return NOTHING
    value = value + 0.0  # no -0
    return f"{value:.{digits}g}".replace("-", "\N{MINUS SIGN}")


@dataclass(frozen=True)
class Cell:
    """HTML, and what the column is sorted by: a number, or None for its text."""

    html: str
    key: float | None = None


def cell(value):
    """A cell of a table of the user."""
    if isinstance(value, Number) and not isinstance(value, (bool, np.bool_)):
        if value != value:
            return Cell(NOTHING)
        if isinstance(value, Integral):
            return Cell(escape(plain(value)), float(value))
        return Cell(number(float(value), 6), float(value))
    if value is None or value is pd.NA or value is pd.NaT or str(value).strip() == "":
        return Cell(NOTHING)
    return Cell(text(value))


def measure(value, digits=3):
    """A cell with a number of ours."""
    if not np.isfinite(value):
        return Cell(NOTHING)
    return Cell(number(value, digits), float(value))


def table(own, name, heads, rows):
    """A table that can be sorted where there are scripts.

    Parameters
    ----------
    own : str
        Id, different from those of others.
    name : str
        What it holds, as HTML.
    heads : list of str
        As HTML.
    rows : list of list of Cell
        The first cell of each names it.
    """
    # A column of numbers stands to the right.
    right = [
        any(row[k].key is not None for row in rows)
        and all(row[k].key is not None or row[k].html == NOTHING for row in rows)
        for k in range(len(heads))
    ]
    marks = [' class="n"' if is_right else "" for is_right in right]
    head = "".join(
        f'<th scope="col"{mark}>{said}</th>'
        for said, mark in zip(heads, marks, strict=True)
    )
    lines = []
    for row in rows:
        cells = []
        for k, (one, mark) in enumerate(zip(row, marks, strict=True)):
            tag = 'th scope="row"' if k == 0 else "td"
            key = "" if one.key is None else f' data-key="{one.key!r}"'
            cells.append(f"<{tag}{mark}{key}>{one.html}</{tag.split()[0]}>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    body = "\n".join(lines)
    # The name is outside of the box in which a wide table scrolls.
    return (
        f'<p class="note name" id="{own}">{name}</p>\n'
        f'<div class="wide" tabindex="0" role="region" aria-labelledby="{own}">'
        f'<table aria-labelledby="{own}">\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def paragraph(sentence, kind=None):
    """Sentences, as HTML."""
    mark = "" if kind is None else f' class="{kind}"'
    return f"<p{mark}>{sentence}</p>"


def section(name, title, parts):
    """A part of the page, with its heading."""
    return (
        f'<section aria-labelledby="{name}"><h2 id="{name}">{title}</h2>\n'
        + "\n".join(parts)
        + "</section>"
    )
