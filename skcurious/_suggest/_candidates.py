"""Which rows of the pool there are to choose from."""

import numpy as np

from skcurious._suggest._errors import InputError
from skcurious._suggest._numbers import finite_numbers
from skcurious._words import count
from skcurious.campaign._cells import text
from skcurious.campaign._runs import are_among, repeats


def not_labelled(pool, target, notes):
    """Lines of the pool without a label."""
    lines = pool.frame.index
    if target not in pool.frame:
        return lines
    has_label = text(pool.frame[target]).notna()
    if has_label.all():
        notes.append(
            f"{target!r} has a value in every row of {pool.name}, and is not "
            "looked at there."
        )
        return lines
    _note(int(has_label.sum()), pool, f"with a label in {target!r}", notes)
    return lines[~has_label]


def choose_from(columns, pool, labelled, price, notes):
    """Rows that are not blank, not tried before, and not there twice.

    Parameters
    ----------
    columns : Columns
    pool, labelled : Table
    price : Series or None
        Of each row of ``columns.pool``: of equal rows the cheapest is kept.
    notes : list of str
        Is told how many are left out, and why.

    Returns
    -------
    rows : DataFrame
        Of ``columns.pool``.
    """
    rows = columns.pool
    blank = rows[columns.numbers + columns.categories].isna().all(axis=1)
    _note(int(blank.sum()), pool, "with nothing to learn from", notes)
    rows = rows[~blank]
    same = rows[columns.identity]
    known = are_among(same, columns.known)
    tried = are_among(same, columns.tried) & ~known
    if (known | tried).all():
        _refuse_all(rows, tried, pool, labelled)
    _note_equal(int(known.sum()), pool, "a labelled row", notes)
    without = f"a row of {labelled.name} without a label"
    _note_equal(int(tried.sum()), pool, without, notes)
    rows = rows[~(known | tried)]
    again = repeats(
        rows[columns.identity], None if price is None else price[rows.index]
    )
    _note(int(again.sum()), pool, "that repeat another one", notes)
    return rows[~again]


def _refuse_all(rows, tried, pool, labelled):
    if not len(rows):
        why = "has nothing in the columns to learn from: there is none to suggest."
    elif not tried.any():
        why = "equals a labelled row in all columns: there is none to suggest."
    else:
        why = (
            f"equals one of {labelled.name} in all columns, where rows without a label "
            "count as tried: take out those that were not."
        )
    raise InputError(f"every row of {pool.name} {why}")


def prices_of(pool, cost, lines, notes):
    """Positive prices of the rows that can be bought."""
    (prices,) = finite_numbers(cost, [(pool, lines)], "but a cost has to be", notes)
    bad = ~(prices > 0)
    if bad.any():
        line = bad.idxmax()
        found = "is blank" if np.isnan(prices[line]) else f"is {prices[line]:g}"
        raise InputError(
            f"the cost {cost!r} {found} on line {line} of {pool.name}: every row needs "
            "a positive one."
        )
    return prices


def _note(n, pool, which, notes):
    if n:
        are = "is" if n == 1 else "are"
        which = which.replace("repeat", "repeats") if n == 1 else which
        notes.append(f"{count(n, 'row')} of {pool.name} {which} {are} not suggested.")


def _note_equal(n, pool, other, notes):
    equal = "equals" if n == 1 else "equal"
    _note(n, pool, f"that {equal} {other} in all columns", notes)
