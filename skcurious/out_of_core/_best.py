"""The best of many scores, of which only some are seen at a time."""

from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing


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
            order = np.lexsort((chosen, -scores[chosen]))[:k]
            chosen = chosen[order]
        if table is not None:
            table = _safe_indexing(table, chosen)
        return cls(scores[chosen], chosen + first_row, table)

    def with_chunk(self, scores, k, first_row, table=None):
        """The best k of these and of a later chunk."""
        # Once there are k, most chunks have none that is better.
        above = self.scores[-1] if len(self.scores) == k else -np.inf
        return merge_best([self, Best.of(scores, k, first_row, table, above)], k)


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
    if hasattr(tables[0], "iloc"):
        import pandas as pd

        return pd.concat(tables)
    if sparse.issparse(tables[0]):
        return sparse.vstack(tables, format="csr")
    return np.concatenate(tables)
