"""What happened to rows: a value that is replaced, never changed."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from skcurious.campaign._runs import FAILED, MEASURED, PENDING

OPEN = "open"
# Columns of the log beside those of the user.
ROUND, ROW = "#round", "#row"


@dataclass(frozen=True)
class State:
    """Results, and runs without one.

    Rows are numbered: candidates by their position, the first for all that are equal,
    then rows that are no candidates.

    Attributes
    ----------
    others : DataFrame
        Rows that are no candidates, in the columns that are learnt from.
    log : DataFrame
        One line for each measurement: ``ROUND``, ``ROW``, targets (NaN where not
        measured), columns of noise.
    pending, failed : frozenset of int
        Rows that are being measured, and that gave no result.
    """

    others: pd.DataFrame
    log: pd.DataFrame
    pending: frozenset = frozenset()
    failed: frozenset = frozenset()

    @property
    def n_rounds(self):
        """How many times results came in."""
        return int(self.log[ROUND].max()) if len(self.log) else 0

    @property
    def measured(self):
        """Rows with a result of some target."""
        return frozenset(self.log[ROW].tolist())

    def until(self, n_rounds):
        """The same after so many rounds, by results alone."""
        log = self.log[self.log[ROUND] <= n_rounds]
        return State(self.others, log)

    def with_results(self, log):
        """Results of one round more, which is theirs.

        Parameters
        ----------
        log : DataFrame
            As in the attribute, without the round.
        """
        log = log.assign(**{ROUND: self.n_rounds + 1})[list(self.log)]
        rows = frozenset(log[ROW].tolist())
        new = pd.concat([self.log, log], ignore_index=True) if len(self.log) else log
        return replace(
            self,
            log=new.reset_index(drop=True),
            pending=self.pending - rows,
            failed=self.failed - rows,
        )

    def without(self, labels, targets):
        """All results but some labels; a line with none left goes.

        Parameters
        ----------
        labels : sequence of (int, str)
            Their lines of the log, and their targets.
        targets : list of str
            All of them.
        """
        log = self.log.copy()
        for target in targets:
            log.loc[[line for line, of in labels if of == target], target] = np.nan
        log = log[log[targets].notna().any(axis=1)]
        return replace(self, log=log.reset_index(drop=True))

    def repeats(self, n, targets):
        """Whether the first `n` lines of the log hold all of the others, and some."""
        keys = self.log[[ROW, *targets]].astype(float).fillna(np.inf)
        lines = list(map(tuple, keys.to_numpy()))
        return len(lines) > n and set(lines[n:]) <= set(lines[:n])

    def marked(self, rows, what):
        """Rows that are pending, that failed, or neither."""
        rows = frozenset(int(row) for row in rows)
        pending, failed = self.pending - rows, self.failed - rows
        if what == PENDING:
            pending |= rows
        elif what == FAILED:
            failed |= rows
        return replace(self, pending=pending, failed=failed)

    def states(self, n_rows):
        """State of each of the first rows: what is under way, then what is known.

        Returns
        -------
        states : ndarray of shape (n_rows,) of str
        """
        found = np.full(n_rows, OPEN, dtype=object)
        for rows, state in [
            (self.failed, FAILED),
            (self.measured, MEASURED),
            (self.pending, PENDING),
        ]:
            at = np.array(sorted(rows), dtype=int)
            found[at[at < n_rows]] = state
        return found
