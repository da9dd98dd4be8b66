"""Which columns tell something, and as what."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from skcurious._suggest._cells import are_dates, are_numbers, may_be_thousands, text
from skcurious._suggest._errors import InputError

# A category of its own for cells that are blank.
BLANK = "(blank)"
# Numbers whose squares have no room are as good as infinite.
LARGEST = 1e150
# What part of a range the numbers of rows fill, where some rows were taken out.
COUNTED = 0.9
# In fewer rows whole numbers may be all different by chance.
MANY = 20
COUNTER = "it numbers the rows"
# Why a cell has to be a number.
MOSTLY = "but the column holds numbers (--ignore leaves it out)"


@dataclass
class Columns:
    """The columns of both tables that describe rows.

    Attributes
    ----------
    known, pool : DataFrame
        Columns of numbers as float, all others as text, NaN where blank.
    numbers, categories : list of str
        Columns to learn from.
    left_out : dict of str to str
        Why other columns tell nothing.
    """

    known: pd.DataFrame
    pool: pd.DataFrame
    numbers: list = field(default_factory=list)
    categories: list = field(default_factory=list)
    left_out: dict = field(default_factory=dict)


def describe(names, labelled, lines, pool):
    """Sort columns into numbers, categories and those left out.

    Parameters
    ----------
    names : list of str
        Columns of both tables.
    labelled : Table
    lines : Index
        Of the rows of `labelled` that have a label.
    pool : Table

    Returns
    -------
    columns : Columns

    Raises
    ------
    InputError
        When there is text among numbers.
    """
    known, candidates = {}, {}
    kinds = {"number": [], "category": []}
    left_out = {}
    for name in names:
        cells = labelled.frame.loc[lines, name]
        if are_numbers(cells) and not are_dates(cells):
            kind = "number"
            known[name] = finite_numbers(labelled, name, lines, MOSTLY)
            candidates[name] = finite_numbers(pool, name, pool.frame.index, MOSTLY)
            reason = _why_not_number(known[name], candidates[name])
        else:
            kind = "category"
            known[name] = text(cells)
            candidates[name] = text(pool.frame[name])
            reason = _why_not_category(known[name], candidates[name])
        if reason is None:
            kinds[kind].append(name)
        else:
            left_out[name] = reason
    if not any(kinds.values()):  # then it may be a design, from one end to the other
        kinds["number"] = [name for name, why in left_out.items() if why == COUNTER]
        left_out = {name: why for name, why in left_out.items() if why != COUNTER}
    return Columns(
        pd.DataFrame(known, index=lines),
        pd.DataFrame(candidates, index=pool.frame.index),
        kinds["number"],
        kinds["category"],
        left_out,
    )


def finite_numbers(table, name, lines, why):
    """Numbers of a column, NaN where blank.

    Parameters
    ----------
    table : Table
    name : str
        Column of it.
    lines : Index
        Lines to look at.
    why : str
        Why the cells have to be numbers, in an error.

    Returns
    -------
    values : Series of float

    Raises
    ------
    InputError
        At the first cell that is text, or infinite.
    """
    values, wrong = (series[lines] for series in table.numbers(name))

    strings = text(table.frame.loc[lines, name]).dropna()
    if may_be_thousands(strings):
        line = strings.index[strings.str.contains("[.,]")][0]
        raise InputError(
            f"{strings[line]!r} in column {name!r} on line {line} of {table.name} may "
            "be a thousand or a fraction, since other cells are whole numbers: write "
            "thousands without a mark."
        )

    def cell(where):
        line = where.idxmax()
        content = str(table.frame.loc[line, name]).strip()
        return f"{content!r} in column {name!r} on line {line} of {table.name}"

    if wrong.any():
        mark = ""
        if are_numbers(table.frame.loc[[wrong.idxmax()], name]):
            point = "point" if table.dialect.decimal == "." else "comma"
            mark = f" (decimals have a {point} in this file)"
        raise InputError(
            f"{cell(wrong)} is no number{mark}, {why}: correct or empty the cell."
        )
    huge = values.abs() > LARGEST
    if huge.any():
        raise InputError(
            f"{cell(huge)} is infinite or too large to compute with: correct or empty "
            "the cell."
        )
    return values


def _why_not_number(known, pool):
    if not known.notna().any():
        return "blank in every labelled row"
    if known.nunique() == 1:
        return _the_same(f"{known.dropna().iloc[0]:g}", known, pool)
    if all(len(v) > 2 and (np.diff(v) == 1).all() for v in (known, pool)):
        return COUNTER
    if are_codes(known, pool) and len(known) + len(pool) >= MANY:
        both = np.union1d(known, pool)
        if len(both) >= COUNTED * (both[-1] - both[0] + 1):
            return COUNTER  # of all rows, wherever the labelled ones are
    return None


def are_codes(known, pool):
    """Whether a column is another whole number in every row of each table."""
    return all(
        len(v) > 2 and v.is_unique and bool((v == np.rint(v)).all())
        for v in (known, pool)
    )


def _why_not_category(known, pool):
    if not known.notna().any():
        return "blank in every labelled row"
    if are_dates(known):
        return "dates; a number, such as days since the start, could be learnt from"
    if known.nunique(dropna=False) == 1:
        return _the_same(known.iloc[0], known, pool)
    if known.is_unique and pool.is_unique:
        return "another text in every row"
    return None


def _the_same(value, known, pool):
    others = (pool.dropna() != known.dropna().iloc[0]).any()
    return f"always {value} where there are labels" + (
        ", so that its other values in the pool count for nothing" if others else ""
    )
