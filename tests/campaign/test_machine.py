"""Any order of the verbs, against a plain account of what should follow."""

import tempfile

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

pytest.importorskip("pandas")

import pandas as pd

from skcurious.campaign import Campaign

N = 8
ROWS = st.lists(st.integers(0, N - 1), min_size=1, max_size=4)
CELLS = st.sampled_from(["failed", "pending", None, 1.0, 2.5])


class Account(RuleBasedStateMachine):
    """Candidate 7 equals candidate 0, so that what happens to one is of both."""

    def __init__(self):
        super().__init__()
        values = [*range(N - 1), 0]
        self.table = pd.DataFrame({"x": values, "z": [v % 3 for v in values]})
        self.campaign = Campaign(self.table, "y", model="ridge")
        self.labels = []
        self.pending, self.failed = set(), set()
        self.folder = tempfile.TemporaryDirectory()

    def teardown(self):
        self.folder.cleanup()

    def first(self, rows):
        return {row % (N - 1) for row in rows}

    @rule(rows=ROWS)
    def mark_pending(self, rows):
        self.campaign.mark_pending(rows)
        self.pending |= self.first(rows)
        self.failed -= self.first(rows)

    @rule(rows=ROWS)
    def mark_failed(self, rows):
        self.campaign.mark_failed(self.table.iloc[rows])
        self.failed |= self.first(rows)
        self.pending -= self.first(rows)

    @rule(rows=ROWS)
    def unmark(self, rows):
        self.campaign.unmark(rows)
        self.pending -= self.first(rows)
        self.failed -= self.first(rows)

    @rule(cells=st.lists(st.tuples(st.integers(0, N - 1), CELLS), max_size=4))
    def add(self, cells):
        rows = [row for row, _ in cells]
        values = pd.Series([cell for _, cell in cells], dtype=object, index=rows)
        before = self.campaign._state
        if values.isna().all():
            with pytest.raises(ValueError, match="no result"):
                self.campaign.add(self.table.iloc[rows].assign(y=values.to_numpy()))
            assert self.campaign._state is before
            return
        self.campaign.add(values.to_frame("y"))
        by_cell = {
            cell: self.first(row for row, c in cells if c == cell)
            for cell in ("failed", "pending")
        }
        self.failed |= by_cell["failed"]
        self.pending -= by_cell["failed"]
        numbers = [(row % (N - 1), c) for row, c in cells if isinstance(c, float)]
        self.labels += numbers
        self.failed -= {row for row, _ in numbers}
        self.pending -= {row for row, _ in numbers}
        self.pending |= by_cell["pending"]
        self.failed -= by_cell["pending"]

    @rule(data=st.data())
    def remove(self, data):
        if self.labels:
            line = data.draw(st.integers(0, len(self.labels) - 1))
            self.campaign.remove(line)
            del self.labels[line]

    @rule()
    def save_and_load(self):
        self.campaign.save(self.folder.name)
        self.campaign = Campaign.load(self.folder.name)

    @rule(n=st.integers(1, 3), mark=st.booleans())
    def suggest(self, n, mark):
        states = self.states()
        n_open = len(self.first(row for row in range(N) if states[row] == "open"))
        if n > n_open:
            with pytest.raises(ValueError, match="can be suggested"):
                self.campaign.suggest(n)
            return
        rows = self.campaign.suggest(n, mark=mark)
        assert len(self.first(rows.index)) == n
        assert all(states[row] == "open" for row in rows.index)
        if mark:
            self.pending |= self.first(rows.index)

    def states(self):
        measured = {row for row, _ in self.labels}

        def state(row):
            if row in self.pending:
                return "pending"
            if row in measured:
                return "measured"
            return "failed" if row in self.failed else "open"

        return [state(row % (N - 1)) for row in range(N)]

    @invariant()
    def agrees(self):
        assert self.campaign.states.tolist() == self.states()
        found = self.campaign.measurements
        assert list(zip(found["row"], found["y"], strict=True)) == self.labels


Account.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# The same results may be drawn twice.
TestAccount = pytest.mark.filterwarnings("ignore:all results of this call")(
    Account.TestCase
)
