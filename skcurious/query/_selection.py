"""From scores to indices: pure functions that know no estimator.

Ties are broken at random, by the generator that is passed in.
"""

from collections.abc import Iterator

import numpy as np

from skcurious._validation import check_finite, quiet_overflow
from skcurious.query._criterion import Criterion
from skcurious.query._ensemble import Ensemble


def top_k(scores: np.ndarray, k: int, rng: np.random.RandomState) -> np.ndarray:
    """Find the k largest scores, the largest first.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Larger is better; ``-inf`` comes last, and NaN or infinity are an error.
    k : int
        How many.
    rng : numpy.random.RandomState
        Orders equal scores.

    Returns
    -------
    indices : ndarray of shape (k,)
        Where they are.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.query import top_k
    >>> top_k(np.array([0.1, 3.0, 2.0]), 2, np.random.RandomState(0))
    array([1, 2])
    """
    largest = scores.max()
    if not largest < np.inf:  # NaN, too
        check_finite(largest, "scores", "X_pool")
    if k == 1:  # the usual case in a loop needs no sort
        best = np.flatnonzero(scores == largest)
        return best if len(best) == 1 else rng.choice(best, 1)
    return np.lexsort((rng.permutation(len(scores)), -scores))[:k]


def sample(scores: np.ndarray, k: int, rng: np.random.RandomState) -> np.ndarray:
    """Draw k indices without replacement, each time in proportion to the scores.

    Gumbel top-k: the largest of ``log(score) + Gumbel noise`` are such a
    sample, in the order of the draws.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        At least 0.  Rows of score 0 are drawn last, with equal chances.
    k : int
        How many.
    rng : numpy.random.RandomState
        Source of chance.

    Returns
    -------
    indices : ndarray of shape (k,)
        In the order of the draws.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.query import sample
    >>> sample(np.array([0.0, 3.0, 2.0]), 3, np.random.RandomState(0))
    array([1, 2, 0])
    """
    with np.errstate(divide="ignore"):
        keys = np.log(scores) + rng.gumbel(size=len(scores))
    return top_k(keys, k, rng)


def best(scores, k, rng, equal=None, same=None):
    """Find the k largest scores, as :func:`top_k`, among rows that may be together.

    Parameters
    ----------
    scores, k, rng
        As for :func:`top_k`.
    equal, same : ndarray of int of shape (n,), default=None
        As for :func:`greedy`.

    Returns
    -------
    indices : ndarray of shape (k,)
        Of the value of `same` whose k largest have the largest sum.
    """
    if equal is None and same is None:
        return top_k(scores, k, rng)
    order = _different(top_k(scores, len(scores), rng), equal, same)
    if same is None:
        return order[:k]
    batches = [rows[:k] for rows in _by_value(order, same) if len(rows) >= k]
    return batches[_worth_most([scores[rows].sum() for rows in batches], rng)]


def draw(scores, k, rng, equal=None, same=None):
    """Draw k indices, as :func:`sample`, among rows that may be together.

    Parameters
    ----------
    scores, k, rng
        As for :func:`sample`.
    equal, same : ndarray of int of shape (n,), default=None
        As for :func:`greedy`.

    Returns
    -------
    indices : ndarray of shape (k,)
        The first draw says which value of `same`.
    """
    if equal is None and same is None:
        return sample(scores, k, rng)
    order = _different(sample(scores, len(scores), rng), equal, same)
    if same is None:
        return order[:k]
    batches = [rows[:k] for rows in _by_value(order, same) if len(rows) >= k]
    place = np.empty(len(scores), dtype=np.intp)
    place[order] = np.arange(len(order))
    return min(batches, key=lambda rows: place[rows[0]])


def _different(order, equal, same):
    """Rows in this order without those equal to an earlier one of the same value."""
    if equal is None:
        return order
    order = order[equal[order] >= 0]
    numbers = equal[order]
    if same is not None:
        numbers = numbers + same[order] * (equal.max() + 1)
    return order[np.sort(np.unique(numbers, return_index=True)[1])]


def _by_value(order, same):
    """Rows of each value, in this order."""
    together = order[np.argsort(same[order], kind="stable")]
    return np.split(together, np.flatnonzero(np.diff(same[together])) + 1)


def _worth_most(sums, rng):
    return int(top_k(np.array(sums, dtype=np.float64), 1, rng)[0])


def greedy(
    criterion: Criterion | Ensemble,
    k: int,
    rng: np.random.RandomState,
    cost: float | np.ndarray = 1.0,
    *,
    equal: np.ndarray | None = None,
    same: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Pick k rows one after another, each with the others' labels imagined.

    Parameters
    ----------
    criterion : Criterion or Ensemble
        Has ``utility()`` and ``imagine(index)``; changed.
    k : int
        How many.
    rng : numpy.random.RandomState
        Breaks ties.
    cost : float or ndarray of shape (n,), default=1.0
        Utilities are divided by it.
    equal : ndarray of int of shape (n,), default=None
        Of rows with the same number one is picked at most, and none of a negative one.
    same : ndarray of int of shape (n,), default=None
        Values that all picks share: they are made for each with enough rows, and
        those with the largest sum of scores are taken.

    Returns
    -------
    indices, scores : ndarrays of shape (k,)
        In the order of the picks; each score is the one at its pick.

    Examples
    --------
    The first and the second row are neighbours; once the first is known, the
    third is the better one:

    >>> import numpy as np
    >>> from skcurious.query import VarianceCriterion
    >>> from skcurious.query import greedy
    >>> h = np.array([[2.0, 1.8, 0.0], [1.8, 1.9, 0.0], [0.0, 0.0, 1.0]])
    >>> own = h.diagonal()[:, None, None]
    >>> criterion = VarianceCriterion(own, lambda index: h[:, [index], None])
    >>> greedy(criterion, 2, np.random.RandomState(0))
    (array([0, 2]), array([2., 1.]))

    Two that share a value:

    >>> criterion = VarianceCriterion(own, lambda index: h[:, [index], None])
    >>> greedy(criterion, 2, np.random.RandomState(0), same=np.array([0, 1, 1]))
    (array([1, 2]), array([1.9, 1. ]))
    """
    indices, scores = [], []
    steps = greedy_picks(criterion, k, rng, cost, equal=equal, same=same)
    for index, utilities in steps:
        indices.append(index)
        scores.append(utilities[index])
    return np.array(indices), np.array(scores)


def greedy_picks(
    criterion: Criterion | Ensemble,
    k: int,
    rng: np.random.RandomState,
    cost: float | np.ndarray = 1.0,
    *,
    equal: np.ndarray | None = None,
    same: np.ndarray | None = None,
) -> Iterator[tuple[int, np.ndarray]]:
    """The steps of :func:`~skcurious.query.greedy`, and the utilities behind each.

    Parameters
    ----------
    criterion : Criterion or Ensemble
        Has ``utility()`` and ``imagine(index)``; changed.
    k : int
        How many.
    rng : numpy.random.RandomState
        Breaks ties.
    cost : float or ndarray of shape (n,), default=1.0
        Utilities are divided by it.
    equal : ndarray of int of shape (n,), default=None
        Of rows with the same number one is picked at most, and none of a negative one.
    same : ndarray of int of shape (n,), default=None
        Values that all picks share: they are made for each with enough rows, and
        those with the largest sum of scores are taken.

    Yields
    ------
    index : int
        The pick.
    utilities : ndarray of shape (n,)
        Of all rows at this pick, divided by the cost; ``-inf`` at earlier
        picks and what equals them, and at other values than that of the batch.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.query import VarianceCriterion
    >>> from skcurious.query import greedy_picks
    >>> h = np.array([[2.0, 1.8, 0.0], [1.8, 1.9, 0.0], [0.0, 0.0, 1.0]])
    >>> own = h.diagonal()[:, None, None]
    >>> criterion = VarianceCriterion(own, lambda index: h[:, [index], None])
    >>> for index, utilities in greedy_picks(criterion, 2, np.random.RandomState(0)):
    ...     print(utilities.round(2))
    [2.  1.9 1. ]
    [-inf 0.82 1.  ]
    """
    if same is not None and k > 1:
        yield from _picks_that_share(criterion, k, rng, cost, equal, same)
        return
    closed = [] if equal is None else equal < 0
    for n_picked in range(1, k + 1):
        with quiet_overflow():
            utilities = criterion.utility() / cost
        utilities[closed] = -np.inf
        pick = int(top_k(utilities, 1, rng)[0])
        if equal is not None and closed[pick]:
            raise ValueError(f"There are no {k} different rows to pick from.")
        yield pick, utilities
        if n_picked == k:
            return
        closed = [*closed, pick] if equal is None else closed | (equal == equal[pick])
        with quiet_overflow():
            criterion.imagine(pick)


def _picks_that_share(criterion, k, rng, cost, equal, same):
    """Pick within each value alone; yield the picks of the one that is worth most."""
    cost = np.broadcast_to(cost, len(same))
    rows = np.arange(len(same))
    enough = [
        rows
        for rows in _by_value(rows, same)
        if len(_different(rows, equal, same)) >= k
    ]
    if not enough:
        raise ValueError(f"No value of same has {k} different rows to pick from.")
    most, kept = -np.inf, []
    for rows in enough:
        part = criterion.of(rows)
        equal_rows = None if equal is None else equal[rows]
        made = list(greedy_picks(part, k, rng, cost[rows], equal=equal_rows))
        worth = sum(utilities[pick] for pick, utilities in made)
        if worth > most:
            most, kept = worth, []
        if worth == most:
            kept.append((rows, made))
    rows, made = kept[rng.randint(len(kept)) if len(kept) > 1 else 0]
    for pick, utilities in made:
        everywhere = np.full(len(same), -np.inf)
        everywhere[rows] = utilities
        yield int(rows[pick]), everywhere
