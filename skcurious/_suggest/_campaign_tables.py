"""Tables of a campaign folder: candidates as they come, results as they come back."""

import numpy as np
import pandas as pd

from skcurious._suggest._candidates import prices_of
from skcurious._suggest._columns import BLANK, MOSTLY, describe
from skcurious._suggest._errors import InputError
from skcurious._suggest._labels import read_labels
from skcurious._suggest._lines import has_lines, labels_of, with_candidates
from skcurious._suggest._names import column, columns_named, or_sheets
from skcurious._suggest._notes import (
    note_blanks,
    note_codes,
    note_commas,
    note_equal,
    note_left_out,
    note_new_categories,
    note_nothing_measured,
    note_replicates,
)
from skcurious._suggest._numbers import finite_numbers, numbers_where_there_are, unit_of
from skcurious._suggest._picks import check_added
from skcurious._suggest._problem import has_model
from skcurious._suggest._targets import (
    deviations_of,
    has_target,
    noise_of,
    nothing_labelled,
    targets_of,
)
from skcurious._words import count, listed, names
from skcurious.campaign import Campaign
from skcurious.campaign._cells import text
from skcurious.campaign._runs import are_among, repeats
from skcurious.campaign._spelling import find, one_spelling, renamed
from skcurious.campaign._table import words


def campaign_of(table, arguments, notes):
    """A campaign of the table of candidates.

    Parameters
    ----------
    table : Table
    arguments : Namespace
        Of ``init``.
    notes : list of str

    Returns
    -------
    campaign : Campaign
        Its candidates are indexed by their lines.
    left_out : dict of str to str
        Why columns tell nothing.
    units : dict of str to str
        Of the columns of numbers.
    """
    labelled = table if has_target(arguments.target, table) else None
    note_commas([table], notes)
    weights = targets_of(arguments.target, labelled, table, notes)
    targets = list(weights)
    check_added(table, targets)
    noise = noise_of(arguments.noise, targets, [table], notes)
    cost = arguments.cost and column(arguments.cost, [table], " for --cost", notes)
    same = arguments.same and column(arguments.same, [table], " for --same", notes)
    ignore = columns_named("--ignore", arguments.ignore, [table], notes)
    categories = columns_named("--category", arguments.category, [table], notes)
    for name in targets:
        if name in ignore:
            raise InputError(f"--ignore holds the target {name!r}: leave it out there.")
    none = nothing_labelled(table, targets)
    Y, tried = read_labels(labelled or none, targets, True, notes, all_candidates=True)
    beside = {*targets, cost, *noise.values(), *ignore}
    if labelled is None:
        note_nothing_measured(table, targets, {*beside, same, *categories}, notes)
    features = [name for name in table.frame if name not in beside]
    lines, empty = table.frame.index, none.frame.index
    columns = describe(
        features, none, empty, empty, table, lines, categories=categories, by_pool=True
    )
    notes += columns.notes
    used = columns.numbers + columns.categories
    if not used:
        reasons = "; ".join(f"{n!r}: {why}" for n, why in columns.left_out.items())
        raise InputError(
            f"{table.name} has no column to learn from"
            + (f" ({reasons})" if reasons else "")
            + or_sheets(table.others, targets)
        )
    blank = columns.pool[used].isna().all(axis=1)
    if blank.any():
        notes.append(
            f"{count(int(blank.sum()), 'row')} of {table.name} with nothing to learn "
            "from is left out."
        )
    lines = lines[~blank]
    measured = lines.intersection(Y.index)
    _note_rows(columns, table, Y.loc[measured], lines.difference(tried.index), notes)
    cells = {}
    for name in table.frame:
        if name in columns.numbers:
            cells[name] = _whole(columns.pool.loc[lines, name])
        elif name in columns.categories:
            cells[name] = columns.pool.loc[lines, name]
        else:
            cells[name] = text(table.frame.loc[lines, name])
    if cost:
        cells[cost] = numbers_where_there_are(cost, table, lines)
        to_buy = lines.difference(Y.index).difference(tried.index)
        cells[cost][to_buy] = prices_of(table, cost, to_buy, notes)
    cells |= dict(deviations_of(table, noise, lines, notes))
    for target in targets:
        cells.pop(target, None)
        if labelled is not None:
            cells[target] = _said(Y, tried, target).reindex(lines)
    frame = pd.DataFrame(cells, index=lines.rename("line"))
    campaign = Campaign(
        frame,
        targets,
        weights=weights,
        cost=cost,
        same=same,
        noise=noise or None,
        ignore=[name for name in frame if name in {*columns.left_out, *ignore}],
        categories=columns.categories,
        model=arguments.model,
        random_state=arguments.seed,
    )
    units = {name: unit_of(name, table, lines) for name in columns.numbers}
    return campaign, columns.left_out, units


def _note_rows(columns, table, Y, lines, notes):
    """Say of rows what is said of those of two tables.

    Parameters
    ----------
    columns : Columns
    table : Table
    Y : DataFrame
        Labels of the rows that have some.
    lines : Index
        Of rows with a label, or to choose from.
    notes : list of str
    """
    used = columns.numbers + columns.categories
    by_pool = not has_model(Y)
    note_codes(columns, True, notes)
    known = columns.pool.loc[Y.index, used]
    rows = columns.pool.loc[lines.difference(Y.index), used]
    equal, of = are_among(rows, known), "all columns that are learnt from"
    note_equal(int(equal.sum()), table, "a labelled row", notes, of)
    again = repeats(rows[~equal])
    note_left_out(int(again.sum()), table, f"that repeat another one in {of}", notes)
    rows = rows[~equal][~again]
    note_blanks(columns, known, rows, by_pool, notes)
    if not by_pool:
        note_replicates(len(known), int((~repeats(known)).sum()), False, notes)
        filled = dict.fromkeys(columns.categories, BLANK)
        both = known.fillna(filled), rows.fillna(filled)
        note_new_categories(*both, columns.categories, notes)


def _whole(values):
    """Numbers without the point of a float, where none of them needs it."""
    is_whole = values.notna().all() and (values == np.rint(values)).all()
    return values.astype(int) if is_whole and values.abs().max() < 1e15 else values


def _said(Y, tried, target):
    """Labels and words of a target."""
    return pd.concat([Y[target].astype(object), tried])


def match_candidates(table, campaign):
    """Give columns of a table the names of the campaign that look alike."""
    like = [*campaign._table, *campaign.targets]
    new = renamed(list(table.frame), like)
    for old, to in new.items():
        table.notes.append(f"{old!r} of {table.name} is taken for {to!r}.")
    table.frame = table.frame.rename(columns=new)


def rows_of(table, lines, campaign, units, notes):
    """Rows of a table as the campaign takes them.

    Parameters
    ----------
    table : Table
    lines : Index
        Of those that count.
    campaign : Campaign
    units : dict of str to str
    notes : list of str

    Returns
    -------
    rows : DataFrame
        By line of the table.
    deviations : list of Deviation
        Rows that are not as the candidates that the table names by their lines.
    """
    used = campaign._columns
    missing = [name for name in used.used if name not in table.frame]
    labels = pd.Series(dtype=object)
    if has_lines(table, campaign):
        labels = labels_of(table, lines, campaign)
    without = lines.difference(labels.index)
    if missing and len(labels) and len(without):
        raise InputError(
            f"'line' is blank on line {without[0]} of {table.name}, which lacks "
            f"{names(missing)}: say which row of the candidates it is."
        )
    if missing and not len(labels):
        raise InputError(
            f"{table.name} lacks {names(missing)}, by which rows of the campaign are "
            "told apart: add what --output wrote there."
        )
    cells = {}
    for name in used.numbers:
        if name in missing:
            continue
        (cells[name],) = finite_numbers(name, [(table, lines)], MOSTLY_HERE, notes)
        unit, its = units.get(name, ""), unit_of(name, table, lines)
        if its not in ("", unit):
            raise InputError(
                f"{name!r} of {table.name} is in {its!r}, but the candidates "
                f"{'have no unit' if unit == '' else f'are in {unit!r}'}: write it as "
                "they do."
            )
    for name in used.categories:
        if name in missing:
            continue
        known = campaign._X[name].value_counts().index
        values = words(table.frame.loc[lines, name])
        new = one_spelling([*known, *values.dropna().unique()])
        new = {old: to for old, to in new.items() if (values == old).any()}
        if new:
            shown = [f"{names([old])} as {names([to])}" for old, to in new.items()]
            notes.append(
                f"In {name!r} {listed(shown, 4)}: they look alike, and count as one."
            )
        cells[name] = values.map(lambda v, new=new: new.get(v, v), na_action="ignore")
    rows = pd.DataFrame(cells, index=lines)
    return with_candidates(rows, table, labels, campaign) if len(labels) else (rows, [])


MOSTLY_HERE = MOSTLY.replace(" (--ignore leaves it out)", "")


def results_of(table, campaign, units, notes):
    """Results as :meth:`Campaign.add` takes them, and deviations of their rows."""
    given = [t for t in campaign.targets if find(t, list(table.frame)) is not None]
    if not given:
        column(campaign.targets[0], [table], "", notes)  # which says what is missing
    Y, tried = read_labels(table, given, True, notes)
    lines = Y.index.union(tried.index)
    if not len(lines):
        raise InputError(
            f"{table.name} holds no result: every cell of {names(given)} is blank."
        )
    frame, away = rows_of(table, lines, campaign, units, notes)
    for target in given:
        frame[target] = _said(Y, tried, target).reindex(lines).to_numpy()
    noise = campaign._settings.noise
    deviations = deviations_of(table, noise, lines, notes)
    return frame.assign(**{n: v.to_numpy() for n, v in deviations.items()}), away
