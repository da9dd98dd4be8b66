"""A problem as the campaign that it is a moment of."""

import numpy as np
import pandas as pd

from skcurious.campaign._fit import FEWEST_LABELS
from skcurious.campaign._outlook import Outlook
from skcurious.campaign._runs import FAILED, PENDING, row_keys
from skcurious.campaign._settings import Settings
from skcurious.campaign._state import ROUND, ROW, State
from skcurious.campaign._table import Columns


def outlook(problem, model, *, strategy, seed):
    """What follows from the tables.

    Rows of the tables that were tried are rows that are no candidates; candidates
    differ, be it in columns that are not learnt from.

    Parameters
    ----------
    problem : Problem
    model : str or estimator
    strategy : {'reduction', 'curiosity', 'variance'}
    seed : int

    Returns
    -------
    outlook : Outlook
    """
    columns, results, offered = problem.columns, problem.results, problem.offered
    settings = Settings(
        problem.targets,
        problem.weights,
        cost=None if problem.cost is None else problem.cost.name,
        same=None if offered.same is None else offered.same.name,
        noise=results.noise,
        ignore=[],
        categories=[],
        avoid_failures=False,
        random_state=seed,
    )
    n = len(problem.pool)
    return Outlook(
        problem.pool,
        np.arange(n),
        Columns(columns.numbers, columns.categories, columns.left_out),
        settings,
        None if problem.cost is None else problem.cost.to_numpy(),
        offered.deviations.set_axis(range(n)),
        offered.same,
        model,
        _state(problem, n),
        strategy=strategy,
        unique=False,
    )


def _state(problem, n):
    """All that was tried, numbered after the `n` candidates."""
    results = problem.results
    together = pd.concat([results.X, results.tried], ignore_index=True)
    codes, _ = pd.factorize(row_keys(together))
    n_measured = len(results.X)
    if len(np.unique(codes[:n_measured])) < FEWEST_LABELS <= n_measured:
        # Then the error is that of measuring them again.
        codes = np.arange(len(together))
    first = ~pd.Series(codes).duplicated().to_numpy()
    rows = n + codes
    noise = sorted(set(results.noise.values()))
    log = pd.concat([results.Y, results.deviations.reindex(columns=noise)], axis=1)
    log = log.reset_index(drop=True).assign(**{ROUND: 1, ROW: rows[:n_measured]})
    tried = rows[n_measured:]
    marks = {
        state: frozenset(tried[results.states == state].tolist())
        for state in (PENDING, FAILED)
    }
    log = log[[ROUND, ROW, *problem.targets, *noise]]
    others = together[first].reset_index(drop=True)
    return State(others, log, marks[PENDING], marks[FAILED])
