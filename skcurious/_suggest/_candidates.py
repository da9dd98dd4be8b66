"""Which rows of the pool there are to choose from."""

import numpy as np
import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious._suggest._notes import note_equal, note_left_out
from skcurious._suggest._numbers import finite_numbers
from skcurious._words import count, names
from skcurious.campaign._cells import text
from skcurious.campaign._runs import are_among, repeats


def not_labelled(pool, targets, is_one_table, notes):
    """Lines of the pool without a label.

    Parameters
    ----------
    pool : Table
    targets : list of str
    is_one_table : bool
        Whether the labelled rows are in it, too.
    notes : list of str

    Raises
    ------
    InputError
        When all rows of the only table have one.
    """
    lines = pool.frame.index
    targets = [target for target in targets if target in pool.frame]
    if not targets:
        return lines
    has_label = pd.concat([text(pool.frame[t]).notna() for t in targets], axis=1)
    has_label = has_label.any(axis=1)
    if has_label.all() and is_one_table:
        raise InputError(
            f"every row of {pool.name} has a value in {names(targets)}, so that there "
            "is none to suggest: leave it blank in rows to choose from, or name a "
            "table of them with --pool."
        )
    if has_label.all():
        notes.append(
            f"{names(targets)} {'has' if len(targets) == 1 else 'have'} a value in "
            f"every row of {pool.name}, and {'is' if len(targets) == 1 else 'are'} not "
            "looked at there."
        )
        return lines
    note_left_out(
        int(has_label.sum()), pool, f"with a label in {names(targets)}", notes
    )
    return lines[~has_label]


def choose_from(columns, pool, labelled, price, others, notes):
    """Rows that are not blank, not tried before, and not there twice.

    Parameters
    ----------
    columns : Columns
    pool, labelled : Table
    price : Series or None
        Of each row of ``columns.pool``: of equal rows the cheapest is kept.
    others : sequence of Table
        What ``columns.elsewhere`` is of.
    notes : list of str
        Is told how many are left out, and why.

    Returns
    -------
    rows : DataFrame
        Of ``columns.pool``.
    """
    rows = columns.pool
    blank = rows[columns.numbers + columns.categories].isna().all(axis=1)
    note_left_out(int(blank.sum()), pool, "with nothing to learn from", notes)
    rows = rows[~blank]
    same = rows[columns.identity]
    known = are_among(same, columns.known)
    tried = are_among(same, columns.tried) & ~known
    elsewhere = _among_others(columns, rows, known | tried, others, pool, notes)
    if (known | tried | elsewhere).all():
        _refuse_all(rows, tried, elsewhere, pool, labelled)
    note_equal(int(known.sum()), pool, "a labelled row", notes)
    without = f"a row of {labelled.name} without a label"
    note_equal(int(tried.sum()), pool, without, notes)
    rows = rows[~(known | tried | elsewhere)]
    again = repeats(
        rows[columns.identity], None if price is None else price[rows.index]
    )
    note_left_out(int(again.sum()), pool, "that repeat another one", notes)
    return rows[~again]


def _among_others(columns, rows, left_out, others, pool, notes):
    """Rows that equal one of another table in all columns of it that tell rows."""
    found = pd.Series(False, rows.index)
    for table, frame in zip(others, columns.elsewhere, strict=True):
        shared = [name for name in columns.identity if name in frame]
        new = are_among(rows[shared], frame) & ~(found | left_out)
        note_equal(int(new.sum()), pool, f"a row of {table.name}", notes)
        found |= new
        away = ~are_among(frame[shared], pd.concat([rows, columns.known])[shared])
        if away.any():
            n = int(away.sum())
            notes.append(
                f"{count(n, 'row')} of {table.name} {'equals' if n == 1 else 'equal'} "
                f"none of {pool.name}."
            )
    return found


def _refuse_all(rows, tried, elsewhere, pool, labelled):
    if not len(rows):
        why = "has nothing in the columns to learn from: there is none to suggest."
    elif elsewhere.any():
        why = (
            "is labelled, pending or failed: there is none to suggest, so take out of "
            "--pending and --failed what is neither."
        )
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
