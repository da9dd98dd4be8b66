"""What a report is about: a campaign, and the rows to measure next."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from skcurious.campaign._outlook import Outlook
from skcurious.campaign._runs import PENDING
from skcurious.campaign._status import CampaignStatus


@dataclass
class Subject:
    """All that the page is made of.

    Attributes
    ----------
    table : DataFrame
        Candidates as the user gave them, of pandas, without targets.
    look : Outlook
    status : CampaignStatus
    history : DataFrame
    positions : ndarray of int
        Candidates to measure next.
    scores : ndarray of float
        What each is worth, 100 for the first; a later one may be worth more.
    """

    table: pd.DataFrame
    look: Outlook
    status: CampaignStatus
    history: object
    positions: np.ndarray
    scores: np.ndarray

    @property
    def targets(self):
        """Columns to predict."""
        return self.look.settings.targets

    @property
    def learned(self):
        """Targets that are learned, each with its fitted estimator."""
        return [] if self.look.model is None else self.look.model.by_target()

    @cached_property
    def marked(self):
        """Candidates to measure next that are pending, and those that equal them."""
        first = self.look.first
        is_next = np.isin(first, first[self.positions])
        return np.flatnonzero(is_next & (self.look.states == PENDING))

    def label(self, row):
        """What a row is called: by the index, or if it is no candidate by a number."""
        n = len(self.table)
        return self.table.index[row] if row < n else f"extra row {row - n + 1}"

    @cached_property
    def shown(self):
        """Positions of candidates to look at: some of many, and those next."""
        return np.union1d(self.reference, self.positions)

    @cached_property
    def reference(self):
        """Positions of the candidates that the expected error is of: some of many."""
        return self.look.X.index.get_indexer(self.look.reference.index)


def next_rows(look, n):
    """Positions and scores of the next candidates, of fewer than n if these are all.

    Returns
    -------
    positions : ndarray of int
    scores : ndarray of float
        100 for the first.
    """
    rows = pd.Series(look.first[look.open])
    if look.same is None:
        most = rows.nunique()
    else:
        sizes = rows.groupby(look.same.iloc[look.open].to_numpy()).nunique()
        most = sizes.max() if len(sizes) else 0
    n = min(n, int(most))
    if n == 0:
        return np.empty(0, dtype=int), np.empty(0)
    positions, scores = look.suggest(n)
    return positions, 100 * scores / (scores[0] or 1.0)
