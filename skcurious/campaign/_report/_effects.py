"""Which columns matter to a model."""

import numpy as np

from skcurious._reach import reach_curious
from skcurious.inspection._explain_nearest import (
    Distances,
    exchanged,
    learns_lengths,
)
from skcurious.query._members import reach_members
from skcurious.tangent._threads import one_thread

# Candidates whose columns are exchanged, at most.
MOST_ROWS = 512


def effects(estimator, rows, seed):
    """What exchanging one column between rows does to predictions and distances.

    Of a row x and the same row with column j of another row x', drawn at random::

        effect_j = sqrt(mean((f(x) - f(x with x'_j))^2))
        length_j = sqrt(mean(d(x, x with x'_j)^2))

    where distances d are in units of the lengths that a Gaussian process has learned.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    rows : DataFrame of shape (n, p)
        As it takes them.
    seed : int
        Pairs the rows.

    Returns
    -------
    effect : ndarray of shape (p,)
        In units of the target.
    length : ndarray of shape (p,) or None
        None for models that learn no lengths.
    """
    rng = np.random.RandomState(seed)
    rows = rows.iloc[rng.permutation(len(rows))[:MOST_ROWS]].reset_index(drop=True)
    others = rows.iloc[np.roll(np.arange(len(rows)), 1)].reset_index(drop=True)
    with one_thread():
        before = np.ravel(estimator.predict(rows))
        moved = np.concatenate(
            [
                estimator.predict(changed).reshape(len(features), -1) - before
                for features, changed in exchanged(rows, others)
            ]
        )
        curious, given, _ = reach_curious(estimator)
        members = reach_members(curious)
        length = None
        if all(learns_lengths(member.estimator) for member in members):
            distances = Distances(members, given, given(rows))
            squares = distances.by_feature(rows, others) ** 2
            length = np.sqrt(squares.mean(axis=0))
    effect = np.sqrt(np.mean(np.square(moved), axis=1))
    return effect, length
