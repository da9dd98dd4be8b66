"""What to measure next."""

import streamlit as st

from skcurious._app import _labels
from skcurious._app._downloads import offer_tables
from skcurious._app._html import show as show_html
from skcurious._app._parts import next_of
from skcurious._app._say import Refused, in_a_sentence, say, say_notes
from skcurious._suggest import _work
from skcurious._words import count
from skcurious.campaign._runs import PENDING

# Rows that are suggested, where nobody says how many.
USUAL = 5


def show(state):
    """Show the tab.

    Parameters
    ----------
    state : State
    """
    opened = state.opened
    n_open = len(opened.campaign._outlook.open)
    if not n_open and state.suggestion is None:
        say("note", "No candidate is left to suggest.")
        return
    n = st.number_input(
        _labels.N,
        min_value=1,
        max_value=max(n_open, 1),
        value=max(min(USUAL, n_open), 1),
        key=f"n {n_open}",
    )
    if st.button("Suggest rows", type="primary"):
        _suggest(state, int(n))
    state.show("next")
    if state.suggestion is not None:
        _suggested(state)


def _suggest(state, n):
    state.suggestion = None
    with st.status("Reading the campaign …") as progress:
        try:
            with in_a_sentence():
                found = _work.suggest(
                    state.opened, n, lambda what: progress.update(label=f"{what} …")
                )
                state.suggest(found)
                progress.update(label="Looking for the reasons …")
                state.once("next", state.suggestion, lambda: _html(state))
        except Refused as error:
            state.tell("next", "error", str(error))
        else:
            state.tell("next", "done", f"Here {_rows(state)}.")
    st.rerun()


def _rows(state):
    n = len(state.suggestion.picks.lines)
    return f"{'is' if n == 1 else 'are'} {count(n, 'row')} to measure next"


def _html(state):
    return next_of(state.opened.campaign, state.suggestion)


def _suggested(state):
    suggestion, opened = state.suggestion, state.opened
    say_notes(suggestion.picks.notes)
    states = opened.campaign.states[suggestion.picks.lines]
    if suggestion.cost is not None:
        name, total = suggestion.cost
        say("note", f"Together they cost {total:g} ({name!r}).")
    with st.container(horizontal=True):
        if st.button("Mark as pending", disabled=states.eq(PENDING).all()):
            _mark(state)
        offer_tables(
            "Download rows",
            "next",
            lambda: _work.suggested_rows(opened, suggestion),
            opened,
            "next",
        )
    show_html(state.once("next", suggestion, lambda: _html(state)))


def _mark(state):
    suggestion = state.suggestion

    def work():
        _work.mark_suggested(state.opened, suggestion)
        n = len(suggestion.picks.lines)
        one = n == 1
        return (
            f"{count(n, 'row')} {'is' if one else 'are'} pending now: when "
            f"{'it is' if one else 'they are'} measured, type the "
            f"{'result' if one else 'results'} in under “Results”.",
            [],
        )

    state.do("next", work, keep=True)
