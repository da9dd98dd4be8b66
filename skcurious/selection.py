"""From scores to indices: pure functions that know no estimator.

Ties are broken at random, by the generator that is passed in.
"""

import numpy as np


def top_k(scores, k, rng):
    """Indices of the k largest scores, the largest first.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Larger is better; ``-inf`` comes last.
    k : int
        How many.
    rng : numpy.random.RandomState
        Orders equal scores.

    Returns
    -------
    indices : ndarray of shape (k,)

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.selection import top_k
    >>> top_k(np.array([0.1, 3.0, 2.0]), 2, np.random.RandomState(0))
    array([1, 2])
    """
    if k == 1:  # the usual case in a loop needs no sort
        best = np.flatnonzero(scores == scores.max())
        return best if len(best) == 1 else rng.choice(best, 1)
    return np.lexsort((rng.permutation(len(scores)), -scores))[:k]


def sample(scores, k, rng):
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
    """
    with np.errstate(divide="ignore"):
        keys = np.log(scores) + rng.gumbel(size=len(scores))
    return top_k(keys, k, rng)


class Fantasies:
    """Tangents and leverages of a pool while labels are being imagined.

    Pretend that row x gets the label that the model predicts for it: the
    parameters stay, the curvature grows by x, and for every row p of the pool,
    exactly,

        df/ds(p) <- df/ds(p) - h(p, x) (1 + h(x, x))^-1 df/ds(x)
        h(p, q)  <- h(p, q)  - h(p, x) (1 + h(x, x))^-1 h(x, q)

    With R coupled outputs h(p, x) is an R x R block and 1 the identity.  Only
    one column of h is held for each row imagined, never the pool x pool
    matrix.

    Parameters
    ----------
    tangent : ndarray of shape (n, n_outputs)
        df/ds of the pool; not changed.
    leverage_column : callable
        ``leverage_column(i)`` returns h(pool, row i) of the fitted model, of
        shape (n, R, R).  R is 1 when all outputs share one h, else n_outputs.

    Attributes
    ----------
    tangent : ndarray of shape (n, n_outputs)
        df/ds of the pool after the labels imagined so far.
    """

    def __init__(self, tangent, leverage_column):
        self.tangent = tangent
        self._leverage_column = leverage_column
        self._columns = []  # h(pool, x) at the time x was added, (n, R, R)
        self._gains = []  # the same times (1 + h(x, x))^-1

    def column(self, index):
        """h(pool, row `index`) after the labels imagined so far, (n, R, R)."""
        column = self._leverage_column(index)
        for earlier, gain in zip(self._columns, self._gains, strict=True):
            column = column - gain @ earlier[index].T
        return column

    def add(self, index):
        """Imagine a label for row `index`."""
        column = self.column(index)
        n_blocks = column.shape[1]
        inverse = np.linalg.inv(np.eye(n_blocks) + column[index])
        gain = (column @ inverse).astype(column.dtype)
        blocks = self.tangent.reshape(len(column), n_blocks, -1)
        self.tangent = (blocks - gain @ blocks[index]).reshape(self.tangent.shape)
        self._columns.append(column)
        self._gains.append(gain)


def greedy(fantasies, utility, k, rng):
    """Pick k rows one after another, each with the others' labels imagined.

    Parameters
    ----------
    fantasies : Fantasies
        The pool; changed.
    utility : callable
        ``utility(fantasies)`` returns the score of every row, shape (n,).
    k : int
        How many.
    rng : numpy.random.RandomState
        Breaks ties.

    Returns
    -------
    indices, scores : ndarrays of shape (k,)
        In the order of the picks; each score is the one at its pick.
    """
    indices, scores = [], []
    while True:
        current = utility(fantasies)
        current[indices] = -np.inf
        best = int(top_k(current, 1, rng)[0])
        indices.append(best)
        scores.append(current[best])
        if len(indices) == k:
            return np.array(indices), np.array(scores)
        fantasies.add(best)
