"""Rows that a table names by the lines of candidates, and cells that say otherwise.

With ``line`` a blank or missing cell is that of the candidate. Another cell in a column
that is learnt from is a setting that was not kept: a row of its own. Another cell
elsewhere (the name of the row), or the settings of another candidate, say that ``line``
or the cells are wrong.
"""

from dataclasses import dataclass

import numpy as np

from skcurious._digits import rounded
from skcurious._suggest._errors import InputError
from skcurious._suggest._numbers import finite_numbers
from skcurious._words import names
from skcurious.campaign._cells import are_dates, text
from skcurious.campaign._quantities import quantities
from skcurious.campaign._spelling import look
from skcurious.campaign._table import BLANK

LINE = "line"


@dataclass
class Deviation:
    """A row of a table that is not as the candidate on its line.

    Attributes
    ----------
    line : int
        Of the table.
    label : object
        Of the candidate: what ``line`` says.
    row : int
        Number of the candidate.
    cells : str
        Which differ: ``'T' is 83, not 80``.
    """

    line: int
    label: object
    row: int
    cells: str


def has_lines(table, campaign):
    """Whether a table names candidates; a column of theirs may be called so, too."""
    return LINE in table.frame and LINE not in campaign._table


def labels_of(table, lines, campaign):
    """Labels of candidates by line of the table, without those that name none."""
    index = campaign._X.index
    cells = text(table.frame.loc[lines, LINE])
    given = cells.index[cells.notna()]
    if index.dtype.kind not in "iuf":  # a campaign that was made in Python
        labels = dict(zip(index.map(str), index, strict=True))
        found, shown = cells[given].map(labels), cells[given].map(repr)
    else:
        why = "but a line has to be"
        (found,) = finite_numbers(LINE, [(table, given)], why, table.notes)
        shown = found.map("{:g}".format)
        found = found.where(found.isin(index))
    unknown = found.index[found.isna()]
    if len(unknown):
        raise InputError(
            f"'line' is {shown[unknown[0]]} on line {unknown[0]} of "
            f"{table.name}, which is no line of the candidates: correct it."
        )
    return found.astype(index.dtype)


def with_candidates(rows, table, labels, campaign):
    """Rows with the cells that the candidates on their lines have.

    Parameters
    ----------
    rows : DataFrame
        By line of the table, of the columns learnt from that it has.
    table : Table
    labels : Series
        Of :func:`labels_of`.
    campaign : Campaign

    Returns
    -------
    rows : DataFrame
        With all columns that are learnt from.
    deviations : list of Deviation
    """
    used = campaign._columns.used
    theirs = campaign._X.loc[labels.to_numpy(), used].set_axis(labels.index)
    _check_others(table, labels, campaign)
    lacks = [name for name in used if name not in rows]
    differ = {}
    whole = rows.reindex(columns=used)
    for name in used:
        its, own = theirs[name], whole.loc[labels.index, name]
        if name in campaign._columns.numbers:
            other = rounded(own.to_numpy(float)) != rounded(its.to_numpy(float))
        else:
            other = (own != its).to_numpy()
        other = other & own.notna().to_numpy()
        whole[name] = whole[name].astype(its.dtype)
        whole.loc[labels.index[~other], name] = its[~other]
        for line in labels.index[other]:
            cells = table.frame.loc[line, name], its[line]
            shown = "{} is {}, not {}".format(repr(name), *map(_shown, cells))
            differ.setdefault(line, []).append(shown)
    found = [
        Deviation(
            line,
            labels[line],
            int(campaign._rows.by_label([labels[line]], table.name)[0]),
            ", ".join(cells),
        )
        for line, cells in sorted(differ.items())
    ]
    if found and lacks:
        raise InputError(_contradiction(found[0], table))
    if found:
        _check_no_candidates(whole, found, table, campaign)
    return whole, found


def refuse(deviations, table):
    """Raise where rows have to be candidates."""
    if deviations:
        raise InputError(_contradiction(deviations[0], table))


def _contradiction(deviation, table):
    return (
        f"line {deviation.line} of {table.name} is for line {deviation.label} of the "
        f"candidates by its 'line', but {deviation.cells}: correct 'line' or the cell."
    )


def _check_no_candidates(whole, deviations, table, campaign):
    """Raise where settings are those of another candidate than ``line`` says."""
    rows = whole.loc[[deviation.line for deviation in deviations]]
    found, _ = campaign._rows.find(rows, table.name, campaign._state.others)
    for row, deviation in zip(found, deviations, strict=True):
        if row < len(campaign._X):
            raise InputError(
                f"line {deviation.line} of {table.name} is for line {deviation.label} "
                f"of the candidates by its 'line', but {deviation.cells}, as on line "
                f"{campaign._X.index[row]}: correct 'line' or the cells."
            )


def _check_others(table, labels, campaign):
    """Raise where cells that are not learnt from are those of another candidate.

    Dates are not looked at, since spreadsheets write them anew, nor is the noise, which
    results have of their own.
    """
    beside = {*campaign._columns.used, *campaign._settings.noise.values()}
    for name in campaign._table:
        if name in beside or name not in table.frame:
            continue
        theirs = text(campaign._table.loc[labels.to_numpy(), name])
        if are_dates(theirs):
            continue
        own = text(table.frame.loc[labels.index, name])
        for line, cell, other in zip(own.index, own, theirs, strict=True):
            if cell == cell and other == other and not _are_alike(cell, other):
                raise InputError(
                    f"{name!r} is {_shown(cell)} on line {line} of {table.name}, but "
                    f"{_shown(other)} on line {labels[line]} of the candidates, which "
                    "its 'line' names: correct one of them."
                )


def _are_alike(cell, other):
    """As a spreadsheet may write the same anew: 1.50 and 1,5, $5 and 5."""
    if look(cell).casefold() == look(other).casefold():
        return True
    return any(
        one.value == two.value and (one.unit == two.unit or not (one.unit and two.unit))
        for one in _readings(cell)
        for two in _readings(other)
    )


def _readings(cell):
    found = [quantities([cell], mark)[cell] for mark in ".,"]
    return [quantity for quantity in found if quantity]


def _shown(cell):
    if isinstance(cell, (int, float, np.number)):
        return "blank" if cell != cell else f"{cell:.10g}"
    return "blank" if cell == BLANK else names([cell])
