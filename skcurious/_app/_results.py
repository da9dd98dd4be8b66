"""Results come back: typed in, or in a table."""

from dataclasses import replace
from numbers import Real

import numpy as np
import pandas as pd
import streamlit as st

from skcurious._app import _labels
from skcurious._app._say import say
from skcurious._app._uploads import table_of
from skcurious._suggest import _kept, _marks, _taken
from skcurious._suggest._errors import InputError
from skcurious._suggest._tables import Table
from skcurious._words import count
from skcurious.campaign._cells import decimal_mark
from skcurious.campaign._report._markup import plain
from skcurious.campaign._runs import FAILED, PENDING
from skcurious.campaign._state import OPEN, ROUND

# Rows to type results for, columns beside them, letters of a cell.
MOST_ROWS, MOST_COLUMNS, LONGEST = 500, 8, 80
TYPED = "the results typed in"
WHAT = {
    "hold results": None,
    "are pending": "pending",
    "failed": "failed",
    "are neither pending nor failed": "unmark",
}
KNOWN = {
    "Take what is new": None,
    _labels.AGAIN: "again",
    _labels.REPLACE: "replace",
}


def show(state):
    """Show the tab.

    Parameters
    ----------
    state : State
    """
    st.header("Type results in")
    _typed(state)
    state.show("typed")
    st.header("Or take them from a table")
    _uploaded(state)
    state.show("uploaded")
    _marked(state)
    state.show("marked")
    _known(state)
    state.show("known")


def _typed(state):
    lines = _lines(state)
    if not lines:
        say("note", "No row is pending: suggest some under “Next rows”.")
        return
    campaign = state.opened.campaign
    targets = campaign.targets
    shown = _shown(campaign, lines[:MOST_ROWS])
    st.write(
        "A number is a result; “failed” says that there is none; a blank cell says "
        "nothing yet."
    )
    with st.form("results", border=False):  # no click in between
        edited = st.data_editor(
            shown,
            key=f"results {state.version}",
            hide_index=True,
            disabled=[name for name in shown if name not in targets],
            column_config={target: st.column_config.TextColumn() for target in targets},
            alt="Rows under way, with room for their results",
        )
        is_done = st.form_submit_button("Save results", type="primary")
    _say_more(len(lines))
    if is_done:
        state.do("typed", lambda: _save(state.opened, edited, lines[:MOST_ROWS]))


def _lines(state):
    """Rows that results are awaited of: those under way, and those suggested.

    Of candidates that equal each other one: that which was suggested, or the first.
    """
    campaign = state.opened.campaign
    states, first = campaign.states, campaign._outlook.first
    awaited = states == PENDING
    if state.suggestion is not None:
        awaited |= states.index.isin(state.suggestion.picks.lines) & (states == OPEN)
    found = {}
    for position in np.flatnonzero(awaited):
        line = states.index[position]
        if first[position] not in found or line in state.asked:
            found[first[position]] = line
    return list(found.values())


def _shown(campaign, lines):
    """Their cells, so many as there is room for."""
    rows = campaign._given.loc[lines]
    names = [name for name in rows if name not in campaign._settings.ignore]
    cells = {"line": list(map(str, lines))}
    for name in names[:MOST_COLUMNS]:
        cells[name] = [_cell(cell) for cell in rows[name]]
    cells |= {target: [""] * len(lines) for target in campaign.targets}
    return pd.DataFrame(cells, dtype=object)


def _cell(value):
    if pd.isna(value):
        return ""
    return f"{value:.10g}" if isinstance(value, Real) else plain(value, LONGEST)


def _save(opened, edited, lines):
    targets = opened.campaign.targets
    frame = edited[targets].set_axis(pd.Index(lines))
    frame = frame.map(lambda cell: cell.strip() or None, na_action="ignore")
    frame = frame[frame.notna().any(axis=1)]
    if not len(frame):
        raise InputError("No result is typed in yet: every cell is blank.")
    frame.insert(0, "line", frame.index)
    dialect = opened.dialect
    mark, is_sure = decimal_mark(frame[targets], ";")
    if is_sure:  # as the user writes numbers, whatever the candidates are like
        dialect = replace(dialect, decimal=mark)
    table = Table(TYPED, frame, dialect)
    taken = _taken.take(opened, table)
    return f"Taken: {count(taken.n, 'result')}.", taken.notes


def _uploaded(state):
    upload = st.file_uploader(
        _labels.RESULTS,
        key=f"upload {state.version}",
        help="With the columns of the candidates, or their lines, and the results: "
        "such as the downloaded rows, filled in.",
    )
    what = st.selectbox("Its rows", list(WHAT), key="what")
    known = st.selectbox(
        _labels.KNOWN,
        list(KNOWN),
        key="known results",
        disabled=WHAT[what] is not None,
        help="The same value again is left out, and another value refused, unless it "
        "is said here what it is.",
    )
    if st.button("Take the table", disabled=upload is None):
        state.do(
            "uploaded", lambda: _take(state.opened, upload, WHAT[what], KNOWN[known])
        )


def _take(opened, upload, what, known):
    table = table_of(upload)
    _kept.name_as_there(table, opened)
    if what is None:
        taken = _taken.take(opened, table, known)
        return f"Taken: {count(taken.n, 'result')} from {table.name}.", taken.notes
    taken = _marks.mark(opened, table, what)
    said = {"unmark": "open again"}.get(what, what)
    one = "is" if taken.n == 1 else "are"
    return f"{count(taken.n, 'row')} of {table.name} {one} {said} now.", taken.notes


def _marked(state):
    """Rows under way or failed, which may be neither after all."""
    states = state.opened.campaign.states
    lines = states.index[states.isin([PENDING, FAILED])]
    if not len(lines):
        return
    with st.expander("Pending and failed rows"):
        chosen = st.multiselect(
            "Rows",
            list(lines[:MOST_ROWS]),
            format_func=lambda line: f"line {line}, {states[line]}",
            key=f"marked {state.version}",
        )
        _say_more(len(lines))
        for label, what in [
            ("They failed", "failed"),
            ("They are neither pending nor failed", "unmark"),
        ]:
            if st.button(label, disabled=not chosen):
                state.do("marked", lambda what=what: _mark(state.opened, chosen, what))


def _mark(opened, lines, what):
    taken = _marks.mark_rows(opened, lines, what)
    said = {"unmark": "open again"}.get(what, what)
    return f"{count(taken.n, 'row')} {said}.", taken.notes


def _known(state):
    """Results that are there, the latest first, which may be slips."""
    campaign = state.opened.campaign
    log = campaign._state.log
    if not len(log):
        return
    with st.expander("Results so far"):
        latest = log.index[::-1][:MOST_ROWS]
        rows = campaign.measurements.loc[latest, "row"]
        said = {
            number: f"round {log.loc[number, ROUND]}, "
            + ("another row" if row is None else f"line {row}")
            + "".join(
                f", {plain(target, 30)} {log.loc[number, target]:.6g}"
                for target in campaign.targets
                if log.loc[number, target] == log.loc[number, target]
            )
            for number, row in rows.items()
        }
        chosen = st.multiselect(
            "Results",
            list(said),
            format_func=said.get,
            key=f"known {state.version}",
        )
        _say_more(len(log))
        if st.button("Take them back", disabled=not chosen):
            state.do("known", lambda: _remove(state.opened, chosen))


def _remove(opened, lines):
    _taken.remove(opened, lines)
    n = len(lines)
    return f"{count(n, 'result')} {'is' if n == 1 else 'are'} in no more.", []


def _say_more(n):
    if n > MOST_ROWS:
        say("note", f"{n - MOST_ROWS:,} more are not shown.")
