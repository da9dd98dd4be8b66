"""Results of a table beside those of the campaign: known, new, or another value."""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious.campaign._runs import FAILED
from skcurious.campaign._state import ROW

# Results that a sentence lists.
MOST = 3


@dataclass
class Compared:
    """What of a table is known.

    Attributes
    ----------
    frame : DataFrame
        Results that are not in the campaign yet, each as often as it is new.
    n_known : int
        Rows that it had nothing new for.
    differing : list of str
        ``'y' is 3 on line 2 of a.csv, where its row has 5 already``.
    old : list of (int, str)
        Line of the log and target of the values they would take the place of.
    """

    frame: pd.DataFrame
    n_known: int
    differing: list
    old: list


def compare(frame, table, campaign):
    """Compare results with those of the campaign.

    A value differs where the row has another one that the table lacks: with all of
    them in the table it is one more replicate, as it is where the row is pending.

    Parameters
    ----------
    frame : DataFrame
        Results by line, as :meth:`Campaign.add` takes them.
    table : Table
        Where they are from.
    campaign : Campaign

    Returns
    -------
    compared : Compared
    """
    state = campaign._state
    rows, _ = campaign._rows.find(frame, table.name, state.others)
    rows = pd.Series(rows, index=frame.index)
    frame, targets = frame.copy(), [t for t in campaign.targets if t in frame]
    had, differing, old = pd.Series(False, index=frame.index), [], set()
    training = campaign._outlook.training
    means = training.Y.set_axis(training.rows)
    for target in targets:
        values = pd.to_numeric(frame[target], errors="coerce")
        of_target = means[target].dropna().items() if target in means else ()
        averages = {(row, f"{value:.12g}") for row, value in of_target}
        known, left = _known(values.dropna(), rows, state.log, target, averages)
        frame.loc[known, target] = None
        had[known] = True
        for line, cell in frame[target].items():
            lines = left.get(rows[line])
            is_new = pd.notna(cell) and (cell == FAILED or pd.notna(values[line]))
            if lines and is_new and rows[line] not in state.pending:
                shown = repr(cell) if cell == FAILED else f"{values[line]:.10g}"
                before = ", ".join(f"{v:.10g}" for v in state.log.loc[lines, target])
                differing.append(
                    f"{target!r} is {shown} on line {line} of {table.name}, where its "
                    f"row has {before} already"
                )
                old.update((line, target) for line in lines)
    nothing = had & frame[targets].isna().all(axis=1)
    return Compared(frame[~nothing], int(nothing.sum()), differing, sorted(old))


def _known(values, rows, log, target, averages):
    """Lines of the table with a value that is known, and what is known beside them.

    The mean of the labels of a row, as --predictions writes it, says nothing new.

    Returns
    -------
    known : list
    left : dict of int to list of int
        By row, lines of the log with a value that the table lacks.
    """
    log = log.loc[log[ROW].isin(rows) & log[target].notna(), [ROW, target]]
    own = Counter()
    for row, value in zip(log[ROW], log[target], strict=True):
        own[row, f"{value:.12g}"] += 1
    known, found, averaged = [], Counter(), set()
    for line, value in values.items():
        key = rows[line], f"{value:.12g}"
        if found[key] < own[key]:
            found[key] += 1
            known.append(line)
        elif key in averages and not own[key] and key not in averaged:
            averaged.add(key)
            known.append(line)
    left, rows_averaged = {}, {row for row, _ in averaged}
    for line, row, value in zip(log.index, log[ROW], log[target], strict=True):
        key = row, f"{value:.12g}"
        if found[key]:
            found[key] -= 1
        elif row not in rows_averaged:
            left.setdefault(row, []).append(line)
    return known, left


def refuse(compared):
    """Raise where results differ from those of their rows."""
    n = len(compared.differing)
    if n:
        more = f" (and {n - MOST:,} more)" if n > MOST else ""
        raise InputError(
            f"{'; '.join(compared.differing[:MOST])}{more}: --replace puts what the "
            "table says in its place, and --again takes both, as of a row that was "
            "measured twice."
        )
