"""What a table of results says: which rows, which numbers, which words."""

from collections.abc import Hashable, Iterator, Mapping, Set
from dataclasses import replace

import numpy as np
import pandas as pd

from skcurious._frames import is_frame
from skcurious._words import count, names
from skcurious.campaign._cells import numbers, text
from skcurious.campaign._runs import FAILED, MEASURED, PENDING, states
from skcurious.campaign._state import ROW
from skcurious.campaign._table import BLANK, LARGEST, encode, keys, to_pandas


class Rows:
    """Rows by their number.

    Parameters
    ----------
    X : DataFrame
        Candidates as models take them, with the index of the user.
    columns : Columns
        What they are described by.

    Attributes
    ----------
    first : ndarray of shape (n_candidates,)
        Position of the first candidate that equals each.
    """

    def __init__(self, X, columns):
        self.index = X.index
        self.columns = columns
        self._keys = pd.Index(keys(X))
        _, first, inverse = np.unique(
            self._keys, return_index=True, return_inverse=True
        )
        self.first = first[inverse]
        self._unique = pd.Index(self._keys[np.sort(first)])
        self._at = np.sort(first)

    def find(self, frame, name, others=None):
        """Numbers of the rows of a table.

        Parameters
        ----------
        frame : DataFrame
            With the columns that are learnt from, or with none of them and the
            index of candidates.
        name : str
            What errors call it.
        others : DataFrame, default=None
            Known rows that are no candidates; None when all have to be.

        Returns
        -------
        rows : ndarray of int
        others : DataFrame
            With those of `frame` that were not known.
        """
        missing = [c for c in self.columns.used if c not in frame]
        if len(missing) == len(self.columns.used):
            if isinstance(frame.index, pd.RangeIndex) and frame.index.start == 0:
                raise ValueError(
                    f"{name} has none of the columns that are learnt from, and numbers "
                    "for an index, as tables have that were made without one: give the "
                    "columns, or a list of labels of candidates as the index."
                )
            return self.by_label(frame.index, name), others
        if missing:
            raise ValueError(
                f"{name} lacks {names(missing)} of the columns that are learnt from: "
                "give all of them, or none and the index of candidates."
            )
        X = encode(frame, self.columns, name)
        found = self._unique.get_indexer(keys(X))
        rows = np.where(found < 0, -1, self._at[found])
        new = rows < 0
        if new.any() and others is None:
            label = frame.index[new][0]
            raise ValueError(
                f"{name} holds {count(int(new.sum()), 'row')} that no candidate equals "
                f"(the first has the index {label!r}): correct it."
            )
        if new.any():
            rows[new], others = self._among(X[new], others)
        return rows, others

    def check_blank(self, X, name):
        """Raise when there are rows without a number and without a word."""
        blank = X[self.columns.numbers].isna().all(axis=1)
        blank &= X[self.columns.categories].eq(BLANK).all(axis=1)
        if blank.any():
            raise ValueError(
                f"{name} holds rows with nothing in the columns that are learnt from "
                f"(index {names(X.index[blank], most=3)}): drop them."
            )

    def _among(self, X, others):
        self.check_blank(X, "measurements")
        together = pd.concat([others, X], ignore_index=True)
        codes, _ = pd.factorize(keys(together))
        is_first = ~pd.Series(codes).duplicated().to_numpy()
        rows = len(self.index) + codes[len(others) :]
        return rows, together[is_first].reset_index(drop=True)

    def by_label(self, labels, name):
        """Numbers of candidates by their index."""
        labels = pd.Index(labels)
        found = self.index.get_indexer(labels)
        unknown = labels[found < 0]
        if len(unknown):
            raise ValueError(
                f"{name} names {names(unknown, most=3)}, which is no row of "
                "candidates: give labels of their index, or a table with their columns."
            )
        return self.first[found]

    def given(self, rows, name):
        """Numbers of what the user calls rows: a table, or labels of the index."""
        if is_frame(rows) and len(rows.shape) == 2:
            found, _ = self.find(to_pandas(rows, name), name)
            return found
        kinds = (Mapping, Set, Iterator, slice)
        if isinstance(rows, kinds) or hasattr(rows, "collect"):  # a LazyFrame
            raise TypeError(
                f"{name} must be a table of rows, or a list of labels of the index, "
                f"got a {type(rows).__name__}."
            )
        if isinstance(rows, str) or not hasattr(rows, "__len__"):
            rows = [rows]
        labels = list(rows)
        if any(isinstance(label, (bool, np.bool_)) for label in labels):
            raise TypeError(
                f"{name} must be labels of the index or a table, got a mask: pass "
                "candidates.index[mask]."
            )
        wrong = [label for label in labels if not isinstance(label, Hashable)]
        if wrong:
            raise TypeError(
                f"{name} must be labels of the index, one for each row, or a table, "
                f"got {wrong[0]!r} among them."
            )
        return self.by_label(labels, name)


def record(state, rows, measurements, targets, noise, known=()):
    """The state after some results.

    Parameters
    ----------
    state : State
    rows : Rows
    measurements : DataFrame
        Of pandas, with a column for one of the targets at least.
    targets : list of str
    noise : dict of str to str
        Columns with the standard deviation of the labels of targets.
    known : sequence of str
        Those of them that candidates have.

    Returns
    -------
    state : State
        A new one.
    """
    name = "measurements"
    for target, column in noise.items():
        if (
            column not in measurements
            and column not in known
            and target in measurements
        ):
            raise ValueError(
                f"noise names {column!r}, a column that neither candidates nor {name} "
                f"have: add it, blank where the noise of {target!r} is not known."
            )
    given = [target for target in targets if target in measurements]
    if not given:
        raise ValueError(
            f"{name} has no column {' or '.join(map(repr, targets))}: add the results."
        )
    values = pd.DataFrame(np.nan, index=range(len(measurements)), columns=targets)
    said = {}
    for target in given:
        cells = measurements[target].reset_index(drop=True)
        _check_kind(cells, target)
        said[target] = states(cells).where(text(cells).notna())
        measured = said[target] == MEASURED
        values[target] = _labels(cells.where(measured), target, measurements.index)
    said = pd.DataFrame(said)
    deviations = _deviations(measurements, noise, values)
    found, others = rows.find(measurements, name, state.others)
    measured = values.notna().any(axis=1).to_numpy()
    failed = said.eq(FAILED).any(axis=1).to_numpy() & ~measured
    pending = said.eq(PENDING).any(axis=1).to_numpy() & ~measured & ~failed
    if not (measured | failed | pending).any():
        raise ValueError(
            f"{name} holds no result: every cell of {names(given)} is blank."
        )
    state = replace(state, others=others).marked(found[failed], FAILED)
    if measured.any():
        log = pd.concat([values, deviations], axis=1).assign(**{ROW: found})
        state = state.with_results(log[measured])
    # A replicate of what has a result may be under way.
    return state.marked(found[pending], PENDING)


def _check_kind(cells, target):
    """Refuse what is neither a number nor a word, though it has a text."""
    if cells.dtype.kind in "iuf":
        return
    odd = cells.map(lambda v: isinstance(v, (bool, np.bool_, complex)))
    if odd.any():
        raise ValueError(
            f"measurements has {cells[odd].iloc[0]!r} for {target!r}, which is no real "
            "number: write 1 and 0 for true and false, and parts of complex numbers "
            "as targets of their own."
        )


def _labels(cells, target, index):
    labels, wrong = numbers(cells)
    wrong |= labels.abs() > LARGEST
    if wrong.any():
        first = int(wrong.to_numpy().argmax())
        raise ValueError(
            f"measurements has {cells[first]!r} for {target!r} in the row "
            f"{index[first]!r}, which is no finite number: correct it, leave it blank, "
            "or write 'failed' or 'pending'."
        )
    return labels


def _deviations(measurements, noise, values):
    columns = {}
    for column in noise.values():
        columns[column] = np.full(len(values), np.nan)
        if column in measurements:
            columns[column] = deviations(measurements[column], column, "measurements")
    return pd.DataFrame(columns, index=values.index)


def deviations(cells, column, name):
    """Standard deviations of labels, NaN where not known."""
    values, wrong = numbers(cells)
    wrong |= (values < 0) | (values > LARGEST)
    if wrong.any():
        first = int(wrong.to_numpy().argmax())
        raise ValueError(
            f"column {column!r} of {name} has {cells.iloc[first]!r} in the row "
            f"{cells.index[first]!r}: noise= is the standard deviation of each label, "
            "a number of at least 0, or blank where it is not known."
        )
    return values.to_numpy()
