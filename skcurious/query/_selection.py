"""From scores to indices: pure functions that know no estimator.

Ties are broken at random, by the generator that is passed in.
"""

from collections.abc import Iterator

import numpy as np

from skcurious._validation import check_finite, quiet_overflow
from skcurious.query._criteria import Criterion
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


def greedy(
    criterion: Criterion | Ensemble,
    k: int,
    rng: np.random.RandomState,
    cost: float | np.ndarray = 1.0,
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
    """
    indices, scores = [], []
    for index, utilities in greedy_picks(criterion, k, rng, cost):
        indices.append(index)
        scores.append(utilities[index])
    return np.array(indices), np.array(scores)


def greedy_picks(
    criterion: Criterion | Ensemble,
    k: int,
    rng: np.random.RandomState,
    cost: float | np.ndarray = 1.0,
) -> Iterator[tuple[int, np.ndarray]]:
    """The steps of :func:`greedy`, with the utilities that decided each.

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

    Yields
    ------
    index : int
        The pick.
    utilities : ndarray of shape (n,)
        Of all rows at this pick, divided by the cost; ``-inf`` at earlier
        picks.

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
    picked = []
    while True:
        with quiet_overflow():
            utilities = criterion.utility() / cost
        utilities[picked] = -np.inf
        best = int(top_k(utilities, 1, rng)[0])
        picked.append(best)
        yield best, utilities
        if len(picked) == k:
            return
        with quiet_overflow():
            criterion.imagine(best)
