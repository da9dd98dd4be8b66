"""From two tables to what a model is fitted to and asked about."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from skcurious._suggest._candidates import choose_from, not_labelled, prices_of
from skcurious._suggest._columns import BLANK, MANY, Columns, are_codes, describe
from skcurious._suggest._errors import InputError
from skcurious._suggest._labels import FEWEST_LABELS, read_labels
from skcurious._suggest._names import (
    check_present,
    column,
    columns_named,
)
from skcurious._suggest._numbers import numbers_where_there_are
from skcurious._words import count, names
from skcurious.campaign._runs import repeats, row_keys

# Columns that the output adds to those of the pool.
ADDED = ("line", "prediction", "std", "score")
# Beyond this part blank, a column says little about the rows.
MOSTLY_BLANK = 0.5


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
    cost : Series or None
        Prices of the candidates, with the name of their column.
    notes : list of str
        What the user should know about the tables.
    """

    target: str
    columns: Columns
    X: pd.DataFrame
    y: np.ndarray
    pool: pd.DataFrame
    cost: pd.Series | None
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
    notes = list(dict.fromkeys([*labelled.notes, *pool.notes]))  # of one file once
    _note_commas(labelled, pool, notes)
    is_one_table = labelled.frame.equals(pool.frame)
    target = column(target, [labelled], "", notes)
    y, tried = read_labels(labelled, target, is_one_table, notes)
    cost = cost and column(cost, [pool], " for --cost", notes)
    ignore = columns_named(ignore, [labelled, pool], notes)
    if target in ignore:
        raise InputError(f"--ignore holds the target {target!r}: leave it out there.")
    features = _features(labelled, pool, {target, cost, *ignore}, notes)
    if not features:
        raise InputError(
            f"{labelled.name} has no column to learn from beside the target {target!r}."
        )
    check_present(features, labelled, pool)
    lines = not_labelled(pool, target, notes)
    columns = describe(features, labelled, y.index, tried, pool, lines)
    notes += columns.notes
    used = columns.numbers + columns.categories
    if not used:
        reasons = "; ".join(f"{n!r}: {why}" for n, why in columns.left_out.items())
        raise InputError(f"{labelled.name} has no column to learn from ({reasons}).")
    _note_codes(columns, notes)
    price = None if cost is None else numbers_where_there_are(cost, pool, lines)
    rows = choose_from(columns, pool, labelled, price, notes)
    prices = None if cost is None else prices_of(pool, cost, rows.index, notes)
    _note_blanks(columns, rows, notes)
    X, candidates = (
        frame[used].fillna({name: BLANK for name in columns.categories})
        for frame in (columns.known, rows)
    )
    X, y = _without_blank_rows(columns, X, y, labelled, notes)
    X, y = _without_replicates(X, y, notes)
    _note_new_categories(X, candidates, columns.categories, notes)
    return Problem(target, columns, X, y.to_numpy(), candidates, prices, notes)


def _note_commas(labelled, pool, notes):
    commas = dict.fromkeys(
        table.name
        for table in (labelled, pool)
        if table.dialect.decimal == "," and table.dialect.is_sure
    )
    if commas:
        notes.append(f"12,5 is read as twelve and a half in {' and '.join(commas)}.")


def _features(labelled, pool, others, notes):
    """Columns to learn from, as far as their names tell."""
    features = [name for name in labelled.frame if name not in others]
    ours = [n for n in features if n in ADDED and n not in pool.frame]
    if ours:
        notes.append(
            f"{names(ours)} of {labelled.name} {'are' if len(ours) > 1 else 'is'} not "
            "learnt from: an earlier suggestion wrote that."
        )
    return [name for name in features if name not in ours]


def _note_codes(columns, notes):
    codes = [n for n in columns.numbers if are_codes(columns.known[n], columns.pool[n])]
    if codes and len(columns.known) + len(columns.pool) >= MANY:
        notes.append(
            f"{names(codes)} {'are' if len(codes) > 1 else 'is'} another whole number "
            "in every row, and learnt from: leave out what only names rows with "
            "--ignore."
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
    rows = row_keys(X)
    first = ~repeats(X)
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
    used = columns.numbers + columns.categories
    share = candidates[used].isna().mean()
    for name in share.index[share > MOSTLY_BLANK]:
        notes.append(
            f"Take care: {name!r} is blank in {candidates[name].isna().sum():,} of the "
            f"{count(len(candidates), 'row')} to choose from, which makes them look "
            "alike: fill it, or leave it out with --ignore if it comes with the label."
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
