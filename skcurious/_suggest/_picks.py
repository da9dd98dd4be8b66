"""The rows to label next."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious._suggest._problem import added
from skcurious._words import count, names
from skcurious.campaign._runs import repeats


@dataclass
class Picks:
    """Rows of the pool, in the order in which to label them.

    Attributes
    ----------
    indices : ndarray of shape (n,)
        Positions among the candidates.
    lines : Index
        Lines of the file.
    prediction, std : ndarray of shape (n, n_targets)
        Of these rows, in units of the targets, NaN where there is no model.
    score : ndarray of shape (n,)
        Of the picks; that of the first is 100, and a later one may be larger.
    notes : list of str
    """

    indices: np.ndarray
    lines: pd.Index
    prediction: np.ndarray
    std: np.ndarray
    score: np.ndarray
    notes: list


def check_number(n, problem, table):
    """Raise unless there are `n` rows to suggest."""
    if n > len(problem.pool):
        others = len(table.frame) - len(problem.pool)
        why = (
            f" (the other {others:,} are labelled, tried, blank or repeated)"
            if others
            else ""
        )
        raise InputError(
            f"-n asks for {count(n, 'row')}, but {table.name} has "
            f"{len(problem.pool):,} to choose from: ask for that many at most{why}."
        )
    if problem.offered.same is not None:
        check_same(n, problem.offered.same, table.name)


def check_same(n, same, name):
    """Raise unless `n` rows that could be suggested share a value."""
    sizes = same.value_counts()
    most = sizes.max() if len(sizes) else 0
    if n > most:
        raise InputError(
            f"-n asks for {count(n, 'row')}, but no value of {same.name!r} (--same) "
            f"has more than {most:,} to choose from in {name}: ask for that many at "
            "most."
        )


def check_added(table, targets):
    """Raise when the pool has columns named like those that the output adds."""
    clash = [name for name in added(targets) if name in table.frame]
    if clash:
        raise InputError(
            f"{table.name} has {names(clash)} among its columns, as what --output "
            f"adds is named: rename {'it' if len(clash) == 1 else 'them'}."
        )
    for name in added(targets):
        if name in targets:
            raise InputError(
                f"--target names {name!r}, as what --output adds is named: take "
                "another name."
            )


def pick(look, n):
    """Ask which rows to have labelled.

    Parameters
    ----------
    look : Outlook
        Its candidates are indexed by their lines.
    n : int

    Returns
    -------
    picks : Picks
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        indices, scores = look.suggest(n)
    notes = list(dict.fromkeys(" ".join(str(w.message).split()) for w in caught))
    again = repeats(look.X.iloc[indices]).sum()
    if again:
        notes.append(
            f"{again} of these rows equal{'s' if again == 1 else ''} one above in all "
            "columns that are learnt from: to measure the same twice is what the "
            "model asks for, or take other rows."
        )
    mean, std = look.predict(indices)
    score = 100 * scores / (scores[0] or 1.0)
    return Picks(indices, look.X.index[indices], mean, std, score, notes)


def output(picks, frame, targets):
    """Rows of the file, room for their labels, and what the model says.

    Parameters
    ----------
    picks : Picks
    frame : DataFrame
        Cells of the pool as they are in its file, by line.
    targets : list of str

    Returns
    -------
    rows : DataFrame
    """
    rows = with_predictions(
        frame.loc[picks.lines], picks.prediction, picks.std, targets
    )
    rows["score"] = _short(picks.score)
    return rows


def with_predictions(frame, mean, std, targets):
    """Rows with their lines, room for their labels, and predictions where there are."""
    rows = frame.copy()
    rows.insert(0, "line", rows.index)
    for target in targets:
        if target not in rows:
            rows[target] = np.nan
    _, *ours, _ = added(targets)
    values = np.stack([mean, std], axis=2).reshape(len(rows), -1).T
    for name, column in zip(ours, values, strict=True):
        if not np.isnan(column).all():
            rows[name] = _short(column)
    return rows


def _short(values):
    """More digits would be noise in a spreadsheet."""
    return [float(f"{value:.6g}") for value in values]
