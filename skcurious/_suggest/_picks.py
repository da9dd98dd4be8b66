"""The rows to label next."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious._suggest._problem import ADDED
from skcurious._words import count, names
from skcurious.campaign._runs import repeats
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    variance_sampling,
)

STRATEGIES = {
    "reduction": expected_curiosity_reduction,
    "curiosity": curiosity_sampling,
    "variance": variance_sampling,
}


@dataclass
class Picks:
    """Rows of the pool, in the order in which to label them.

    Attributes
    ----------
    indices : ndarray of shape (n,)
        Positions among the candidates.
    lines : Index
        Lines of the file.
    prediction, std : ndarray of shape (n_pool,)
        Of all candidates, in units of the target.
    score : ndarray of shape (n,)
        Of the picks; that of the first is 100.
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


def check_added(table):
    """Raise when the pool has columns named like those that the output adds."""
    clash = [name for name in ADDED if name in table.frame]
    if clash:
        raise InputError(
            f"{table.name} has {names(clash)} among its columns, as what --output "
            f"adds is named: rename {'it' if len(clash) == 1 else 'them'}."
        )


def pick(problem, chosen, n, strategy, seed):
    """Ask the model which rows it wants to have labelled."""
    cost = None if problem.cost is None else problem.cost.to_numpy()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        indices, scores = STRATEGIES[strategy](
            chosen.estimator, problem.pool, n, cost=cost, random_state=seed
        )
    notes = list(dict.fromkeys(" ".join(str(w.message).split()) for w in caught))
    again = repeats(problem.pool.iloc[indices]).sum()
    if again:
        notes.append(
            f"{again} of these rows equal{'s' if again == 1 else ''} one above in all "
            "columns that are learnt from: to measure the same twice is what the "
            "model asks for, or take other rows."
        )
    prediction, std = chosen.predict(problem.pool)
    return Picks(
        indices,
        problem.pool.index[indices],
        prediction,
        std,
        100 * scores / (scores[0] or 1.0),
        notes,
    )


def output(picks, table, target):
    """The rows of the file, room for their labels, and what the model says."""
    at = picks.indices
    rows = table.frame.loc[picks.lines].copy()
    rows.insert(0, "line", picks.lines)
    if target not in rows:
        rows[target] = np.nan
    for name, values in [
        ("prediction", picks.prediction[at]),
        ("std", picks.std[at]),
        ("score", picks.score),
    ]:
        # More digits would be noise in a spreadsheet.
        rows[name] = [float(f"{value:.6g}") for value in values]
    return rows
