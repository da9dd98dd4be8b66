"""The best of many scores, of which only some are seen at a time."""

from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing

from skcurious._frames import below, is_frame


class Best(NamedTuple):
    """Rows of the largest scores, the largest first; of equal ones the first row.

    What is best of a pool does not depend on how it was cut into chunks.

    Attributes
    ----------
    scores : ndarray of shape (k,)
        At most the k that were asked for.
    rows : ndarray of int of shape (k,)
        Their row numbers.
    table : {ndarray, CSR matrix, DataFrame} of k rows, or None
        Something kept of each of them, like the row itself.
    """

    scores: np.ndarray
    rows: np.ndarray
    table: object = None

    @classmethod
    def of(cls, scores, k, first_row=0, table=None, above=-np.inf):
        """Of a chunk that starts at row `first_row`, and has scores `above` some."""
        chosen = np.flatnonzero(scores > above)
        if len(chosen) > k:
            # All that are not below the k-th largest, ties of it included.
            some = scores[chosen]
            chosen = chosen[some >= np.partition(some, -k)[-k]]
        chosen = chosen[np.lexsort((chosen, -scores[chosen]))[:k]]
        if table is not None:
            table = _safe_indexing(table, chosen)
        return cls(scores[chosen], chosen + first_row, table)


class BestSoFar:
    """The best k of chunks that come one after another.

    Parameters
    ----------
    k : int
        How many.
    """

    def __init__(self, k):
        self._k = k
        self._parts = []
        self._n_rows = 0
        self._above = -np.inf

    def add(self, scores, first_row, table=None):
        """See a chunk that starts at row `first_row`."""
        # Once there are k, most chunks have none that is better.
        best = Best.of(scores, self._k, first_row, table, self._above)
        if len(best.scores) == 0 and self._parts:
            return
        self._parts.append(best)
        self._n_rows += len(best.scores)
        if self._n_rows >= 2 * self._k:
            self.best()

    def best(self):
        """The best of what was seen, at most k rows."""
        best = merge_best(self._parts, self._k)
        self._parts, self._n_rows = [best], len(best.scores)
        if self._n_rows == self._k:
            self._above = best.scores[-1]
        return best


def merge_best(parts, k):
    """The best k of all `parts`."""
    parts = [part for part in parts if len(part.scores)] or parts[:1]
    scores = np.concatenate([part.scores for part in parts])
    rows = np.concatenate([part.rows for part in parts])
    order = np.lexsort((rows, -scores))[:k]
    table = parts[0].table
    if table is not None:
        table = _safe_indexing(_stacked([part.table for part in parts]), order)
    return Best(scores[order], rows[order], table)


def _stacked(tables):
    if len(tables) == 1:
        return tables[0]
    if is_frame(tables[0]):
        return below(tables)
    if sparse.issparse(tables[0]):
        return sparse.vstack(tables, format="csr")
    return np.concatenate(tables)
