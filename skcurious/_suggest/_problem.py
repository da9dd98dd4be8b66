"""From two tables to what a model is fitted to and asked about."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from skcurious._suggest._candidates import choose_from, not_labelled, prices_of
from skcurious._suggest._columns import BLANK, Columns, describe
from skcurious._suggest._errors import InputError
from skcurious._suggest._labels import read_labels
from skcurious._suggest._names import check_present, column, columns_named, or_sheets
from skcurious._suggest._notes import (
    note_blanks,
    note_codes,
    note_commas,
    note_new_categories,
    note_nothing_measured,
    note_replicates,
)
from skcurious._suggest._numbers import numbers_where_there_are
from skcurious._suggest._targets import (
    deviations_of,
    noise_of,
    nothing_labelled,
    same_values,
    targets_of,
)
from skcurious._words import count, names
from skcurious.campaign._fit import FEWEST_LABELS
from skcurious.campaign._runs import FAILED, PENDING, repeats, row_keys

# Columns that the output adds to those of the pool.
ADDED = ("line", "prediction", "std", "score")


@dataclass
class Problem:
    """What there is to learn, from which rows, and where to ask.

    Attributes
    ----------
    target : str
        Column with the labels, of several the first.
    columns : Columns
        What became of all others.
    X : DataFrame
        Rows with a label of it, indexed by their lines.
    y : ndarray
        Their labels.
    pool : DataFrame
        Candidates with the same columns as X, indexed by their lines.
    cost : Series or None
        Prices of the candidates, with the name of their column.
    notes : list of str
        What the user should know about the tables.
    weights : dict of str to float
        What each of the targets counts.
    results : Results or None
        What was tried, line by line.
    offered : Offered or None
        What else is known of the candidates.
    """

    target: str
    columns: Columns
    X: pd.DataFrame
    y: np.ndarray
    pool: pd.DataFrame
    cost: pd.Series | None
    notes: list
    weights: dict = field(default_factory=dict)
    results: "Results | None" = None
    offered: "Offered | None" = None

    @property
    def targets(self):
        """All of them."""
        return list(self.weights) or [self.target]

    @property
    def has_model(self):
        """Whether there are labels for one."""
        return has_model(self.results.Y)


@dataclass
class Results:
    """What was tried.

    Attributes
    ----------
    X : DataFrame of shape (n_measured, n_columns)
        Rows with a label, as models take them.
    Y : DataFrame of shape (n_measured, n_targets)
        Labels, NaN where not measured.
    noise : dict of str to str
        Columns with the standard deviation of the labels of a target.
    deviations : DataFrame
        These columns, of the same rows.
    tried : DataFrame
        Rows without a result, as models take them.
    states : ndarray
        'pending' or 'failed', of each of them.
    """

    X: pd.DataFrame
    Y: pd.DataFrame
    noise: dict
    deviations: pd.DataFrame
    tried: pd.DataFrame
    states: np.ndarray


@dataclass
class Offered:
    """What is known of candidates beside what is learnt from.

    Attributes
    ----------
    same : Series or None
        Values that rows of one suggestion share.
    deviations : DataFrame
        Standard deviations that their labels will have.
    whole : DataFrame
        All rows of the pool with anything to learn from, as models take them.
    """

    same: pd.Series | None
    deviations: pd.DataFrame
    whole: pd.DataFrame


def pose(
    labelled,
    pool,
    target,
    ignore=(),
    cost=None,
    *,
    same=None,
    noise=(),
    categories=(),
    pending=None,
    failed=None,
):
    """Check the tables, and make the problem of them.

    Parameters
    ----------
    labelled : Table or None
        Rows with labels; None where nothing was measured yet.
    pool : Table
        Candidates.
    target : str or list of str
        Columns of `labelled` to predict, with their weights: ``name=2``.
    ignore : sequence of str, default=()
        Columns not to learn from.
    cost : str, default=None
        Column of `pool` with the prices of labels; not learnt from.
    same : str, default=None
        Column of `pool` whose value the suggested rows share.
    noise : sequence of str, default=()
        Columns with the standard deviation of labels, ``target=column`` where there
        are several targets.
    categories : sequence of str, default=()
        Columns whose numbers are names.
    pending, failed : Table, default=None
        Rows that are being measured, and that gave no result.

    Returns
    -------
    problem : Problem

    Raises
    ------
    InputError
        For tables that cannot be used.
    """
    others = {PENDING: pending, FAILED: failed}
    others = {state: table for state, table in others.items() if table is not None}
    tables = [table for table in (labelled, pool, *others.values()) if table]
    notes = list(dict.fromkeys(note for table in tables for note in table.notes))
    note_commas(tables, notes)
    weights = targets_of(target, labelled, pool, notes)
    targets = list(weights)
    none_yet = labelled is None
    labelled = labelled or nothing_labelled(pool, targets)
    is_one_table = labelled.frame.equals(pool.frame)
    noise = noise_of(noise, targets, [labelled, pool], notes)
    Y, tried = read_labels(labelled, targets, is_one_table, notes)
    cost = cost and column(cost, [pool], " for --cost", notes)
    same = same and column(same, [pool], " for --same", notes)
    ignore = columns_named("--ignore", ignore, [labelled, pool], notes)
    categories = columns_named("--category", categories, [labelled, pool], notes)
    for name in targets:
        if name in ignore:
            raise InputError(f"--ignore holds the target {name!r}: leave it out there.")
    beside = {*targets, cost, *ignore, *noise.values()}
    if none_yet:
        note_nothing_measured(pool, targets, {*beside, same, *categories}, notes)
    features = _features(labelled, pool, beside, targets, notes)
    if not features:
        raise InputError(
            f"{labelled.name} has no column to learn from beside the target "
            f"{names(targets)}{or_sheets(pool.others, targets)}"
        )
    check_present(features, labelled, pool)
    lines = not_labelled(pool, targets, is_one_table, notes)
    by_pool = not has_model(Y)
    columns = describe(
        features,
        labelled,
        Y.index,
        tried.index,
        pool,
        lines,
        others=list(others.values()),
        categories=categories,
        by_pool=by_pool,
    )
    notes += columns.notes
    used = columns.numbers + columns.categories
    if not used:
        reasons = "; ".join(f"{n!r}: {why}" for n, why in columns.left_out.items())
        raise InputError(
            f"{labelled.name} has no column to learn from ({reasons})"
            f"{or_sheets(pool.others, targets)}"
        )
    for table in others.values():
        check_present(used, pool, table)
    note_codes(columns, by_pool, notes)
    price = None if cost is None else numbers_where_there_are(cost, pool, lines)
    others_ = list(others.values())
    rows = choose_from(columns, pool, labelled, price, others_, notes)
    prices = None if cost is None else prices_of(pool, cost, rows.index, notes)
    note_blanks(columns, columns.known, rows, by_pool, notes)

    def filled(frame):
        return frame[used].fillna(dict.fromkeys(columns.categories, BLANK))

    X, candidates = filled(columns.known), filled(rows)
    X, Y = _without_blank_rows(columns, X, Y, labelled, notes)
    without = [columns.tried, *columns.elsewhere]
    said = [*tried, *np.repeat(list(others), [len(t.frame) for t in others_])]
    without = pd.concat([frame[used] for frame in without], ignore_index=True)
    is_row = without.notna().any(axis=1).to_numpy()
    results = Results(
        X,
        Y,
        noise,
        deviations_of(labelled, noise, X.index, notes),
        filled(without[is_row]),
        np.array(said, dtype=object)[is_row],
    )
    whole = columns.pool
    if is_one_table:
        whole = pd.concat([whole, columns.known, columns.tried]).sort_index()
    whole = whole[whole[used].notna().any(axis=1)]
    offered = Offered(
        None if same is None else same_values(pool, same, rows.index),
        deviations_of(pool, noise, rows.index, notes),
        filled(whole),
    )
    first = Y[targets[0]].dropna()
    X, y = _without_replicates(X.loc[first.index], first, noise, notes)
    if not by_pool:
        note_new_categories(results.X, candidates, columns.categories, notes)
    return Problem(
        targets[0],
        columns,
        X,
        y.to_numpy(),
        candidates,
        prices,
        notes,
        weights,
        results,
        offered,
    )


def _features(labelled, pool, beside, targets, notes):
    """Columns to learn from, as far as their names tell."""
    features = [name for name in labelled.frame if name not in beside]
    ours = [n for n in features if n in added(targets) and n not in pool.frame]
    if ours:
        notes.append(
            f"{names(ours)} of {labelled.name} {'are' if len(ours) > 1 else 'is'} not "
            "learnt from: an earlier suggestion wrote that."
        )
    return [name for name in features if name not in ours]


def added(targets):
    """Columns that the output adds to those of the pool."""
    if len(targets) == 1:
        return ADDED
    both = [f"{word}_{target}" for target in targets for word in ("prediction", "std")]
    return ("line", *both, "score")


def has_model(Y):
    """Whether there are labels enough of one of the targets, and they differ."""
    return any(
        labels.count() >= FEWEST_LABELS and labels.nunique() > 1
        for _, labels in Y.items()
    )


def _without_blank_rows(columns, X, Y, labelled, notes):
    """Without totals below a table, say: a label, and nothing that it is of."""
    blank = columns.known[X.columns].isna().all(axis=1)
    if not blank.any() or (has_model(Y) and not has_model(Y[~blank])):
        return X, Y
    n = int(blank.sum())
    notes.append(
        f"{count(n, 'row')} of {labelled.name} with a label and nothing else "
        f"{'is' if n == 1 else 'are'} not used."
    )
    return X[~blank], Y[~blank]


def _without_replicates(X, y, noise, notes):
    """One row for all that are equal, with the mean of their labels."""
    rows = row_keys(X)
    first = ~repeats(X)
    n_rows = int(first.sum())
    if n_rows == len(X):
        return X, y
    if n_rows < FEWEST_LABELS <= len(X):
        notes.append(
            f"{len(X):,} labelled rows are only {n_rows} different ones: the error is "
            "that of measuring them again."
        )
        return X, y
    note_replicates(len(X), n_rows, noise, notes)
    return X[first], y.groupby(rows).transform("mean")[first]
