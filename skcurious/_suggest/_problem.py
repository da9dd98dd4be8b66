"""From two tables to what a model is fitted to and asked about."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from skcurious._suggest._cells import numbers, text
from skcurious._suggest._columns import (
    BLANK,
    MANY,
    Columns,
    are_codes,
    describe,
    finite_numbers,
)
from skcurious._suggest._errors import InputError
from skcurious._suggest._words import count, did_you_mean, names

# Columns that the output adds to those of the pool.
ADDED = ("line", "prediction", "std", "score")
# With fewer labels a cross-validation says nothing.
FEWEST_LABELS = 5


@dataclass
class Problem:
    """What there is to learn, from which rows, and where to ask.

    Attributes
    ----------
    target : str
        Column with the labels.
    columns : Columns
        What became of all others.
    X : DataFrame
        Labelled rows, indexed by their lines.
    y : ndarray
        Their labels.
    pool : DataFrame
        Candidates with the same columns as X, indexed by their lines.
    cost : ndarray or None
        Prices of the candidates.
    notes : list of str
        What the user should know about the tables.
    """

    target: str
    columns: Columns
    X: pd.DataFrame
    y: np.ndarray
    pool: pd.DataFrame
    cost: np.ndarray | None
    notes: list


def pose(labelled, pool, target, ignore=(), cost=None):
    """Check the tables, and make the problem of them.

    Parameters
    ----------
    labelled, pool : Table
        Rows with labels, and candidates.
    target : str
        Column of `labelled` to predict.
    ignore : sequence of str, default=()
        Columns not to learn from.
    cost : str, default=None
        Column of `pool` with the prices of labels; not learnt from.

    Returns
    -------
    problem : Problem

    Raises
    ------
    InputError
        For tables that cannot be used.
    """
    notes = []
    commas = dict.fromkeys(
        table.name
        for table in (labelled, pool)
        if table.dialect.decimal == "," and table.dialect.is_sure
    )
    if commas:
        notes.append(f"12,5 is read as twelve and a half in {' and '.join(commas)}.")
    y = _labels(labelled, target, notes)
    if target in ignore:
        raise InputError(f"--ignore holds the target {target!r}: leave it out there.")
    for name in ignore:
        if name not in labelled.frame and name not in pool.frame:
            raise InputError(
                f"--ignore names {name!r}, a column of neither table; "
                f"{did_you_mean(name, labelled.frame)}"
            )
    prices = None if cost is None else _prices(pool, cost)
    features = [
        n for n in labelled.frame if n not in {target, cost} and n not in ignore
    ]
    ours = [n for n in features if n in ADDED and n not in pool.frame]
    if ours:
        notes.append(
            f"{names(ours)} of {labelled.name} {'are' if len(ours) > 1 else 'is'} not "
            "learnt from: an earlier suggestion wrote that."
        )
        features = [n for n in features if n not in ours]
    if not features:
        raise InputError(
            f"{labelled.name} has no column to learn from beside the target {target!r}."
        )
    _check_present(features, labelled, pool)
    columns = describe(features, labelled, y.index, pool)
    used = columns.numbers + columns.categories
    if not used:
        reasons = "; ".join(f"{n!r}: {why}" for n, why in columns.left_out.items())
        raise InputError(f"{labelled.name} has no column to learn from ({reasons}).")
    codes = [n for n in columns.numbers if are_codes(columns.known[n], columns.pool[n])]
    if codes and len(columns.known) + len(columns.pool) >= MANY:
        notes.append(
            f"{names(codes)} {'are' if len(codes) > 1 else 'is'} another whole number "
            "in every row, and learnt from: leave out what only names rows with "
            "--ignore."
        )
    candidates = _unlabelled(columns, pool, target, notes)
    _note_blanks(columns, candidates, notes)
    X, candidates = (
        frame[used].fillna({name: BLANK for name in columns.categories})
        for frame in (columns.known, candidates)
    )
    X, y = _without_blank_rows(columns, X, y, labelled, notes)
    X, y = _without_replicates(X, y, notes)
    _note_new_categories(X, candidates, columns.categories, notes)
    if prices is not None:
        prices = prices.loc[candidates.index].to_numpy()
    return Problem(target, columns, X, y.to_numpy(), candidates, prices, notes)


def _labels(labelled, target, notes):
    """Labels of the rows that have one, by line."""
    if target not in labelled.frame:
        hint = did_you_mean(target, labelled.frame)
        if not numbers(labelled.frame.columns.to_series())[1].any():
            hint = (
                "its first line holds numbers, where the names of the columns have to "
                "be."
            )
        raise InputError(f"{labelled.name} has no column {target!r}; {hint}")
    y = finite_numbers(labelled, target, labelled.frame.index, "but a target has to be")
    missing = int(y.isna().sum())
    y = y.dropna()
    if len(y) < FEWEST_LABELS:
        raise InputError(
            f"{labelled.name} has {count(len(y), 'row')} with a label in {target!r}: "
            f"at least {FEWEST_LABELS} are needed, so measure some first."
        )
    if y.nunique() == 1:
        raise InputError(
            f"{target!r} is {y.iloc[0]:g} in every row of {labelled.name}: there is "
            "nothing to learn from labels that are all the same."
        )
    if missing:
        notes.append(
            f"{count(missing, 'row')} of {labelled.name} without a label in "
            f"{target!r} {'is' if missing == 1 else 'are'} not used."
        )
    return y


def _prices(pool, cost):
    if cost not in pool.frame:
        raise InputError(
            f"{pool.name} has no column {cost!r} for --cost; "
            f"{did_you_mean(cost, pool.frame)}"
        )
    prices = finite_numbers(pool, cost, pool.frame.index, "but a cost has to be")
    bad = ~(prices > 0)
    if bad.any():
        line = bad.idxmax()
        found = "is blank" if np.isnan(prices[line]) else f"is {prices[line]:g}"
        raise InputError(
            f"the cost {cost!r} {found} on line {line} of {pool.name}: every row needs "
            "a positive one."
        )
    return prices


def _check_present(features, labelled, pool):
    missing = [name for name in features if name not in pool.frame]
    if not missing:
        return
    many = len(missing) > 1
    raise InputError(
        f"{pool.name} lacks {'columns' if many else 'the column'} {names(missing)} of "
        f"{labelled.name}: add {'them' if many else 'it'}, or leave "
        f"{'them' if many else 'it'} out with --ignore; "
        f"{did_you_mean(missing[0], pool.frame)}"
    )


def _without_blank_rows(columns, X, y, labelled, notes):
    """Without totals below a table, say: a label, and nothing that it is of."""
    blank = columns.known[X.columns].isna().all(axis=1)
    if not blank.any() or (~blank).sum() < FEWEST_LABELS:
        return X, y
    n = int(blank.sum())
    notes.append(
        f"{count(n, 'row')} of {labelled.name} with a label and nothing else "
        f"{'is' if n == 1 else 'are'} not used."
    )
    return X[~blank], y[~blank]


def _without_replicates(X, y, notes):
    """One row for all that are equal, with the mean of their labels.

    A cross-validation would find the others of a row among those that the
    model has seen.
    """
    rows = pd.util.hash_pandas_object(X, index=False)
    first = ~rows.duplicated()
    n_rows = int(first.sum())
    if n_rows == len(X):
        return X, y
    if n_rows < FEWEST_LABELS:
        notes.append(
            f"{len(X):,} labelled rows are only {n_rows} different ones: the error is "
            "that of measuring them again."
        )
        return X, y
    notes.append(
        f"{len(X):,} labelled rows are {n_rows:,} different ones; labels of equal rows "
        "are averaged."
    )
    return X[first], y.groupby(rows).transform("mean")[first]


def _unlabelled(columns, pool, target, notes):
    """Candidates that are not among the labelled rows, and have no label."""
    rows = columns.pool
    if target in pool.frame:
        has_label = text(pool.frame[target]).notna()
        if has_label.all():
            notes.append(
                f"{target!r} has a value in every row of {pool.name}, and is not "
                "looked at there."
            )
        elif has_label.any():
            n = int(has_label.sum())
            notes.append(
                f"{count(n, 'row')} of {pool.name} with a label in {target!r} "
                f"{'is' if n == 1 else 'are'} not suggested."
            )
            rows = rows[~has_label]
    taken = pd.util.hash_pandas_object(rows, index=False).isin(
        pd.util.hash_pandas_object(columns.known, index=False)
    )
    left = rows[~taken]
    if left.empty:
        raise InputError(
            f"every row of {pool.name} equals a labelled row in all columns: there is "
            "none to suggest."
        )
    if taken.any():
        n = int(taken.sum())
        equal, are = ("equals", "is") if n == 1 else ("equal", "are")
        notes.append(
            f"{count(n, 'row')} of {pool.name} that {equal} a labelled row in all "
            f"columns {are} not suggested."
        )
    return left


def _note_blanks(columns, candidates, notes):
    for kind, filled in [
        (columns.numbers, "the median of the labelled rows"),
        (columns.categories, f"a category of their own, {BLANK}"),
    ]:
        blank = columns.known[kind].isna().sum() + candidates[kind].isna().sum()
        blank = blank[blank > 0]
        if len(blank):
            notes.append(
                f"{count(int(blank.sum()), 'blank cell')} in {names(blank.index)} "
                f"{'counts' if blank.sum() == 1 else 'count'} as {filled}."
            )


def _note_new_categories(X, candidates, categories, notes):
    for name in categories:
        new = candidates.loc[~candidates[name].isin(X[name]), name]
        if len(new):
            rows = count(len(new), "row")
            notes.append(
                f"{name!r} is {names(new.unique(), most=4)} in {rows} of the pool "
                "and in no labelled row: the model cannot tell what that does, so "
                "label such a row as well if it matters."
            )
