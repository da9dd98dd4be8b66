"""How the campaign stands, round by round, and the report."""

import streamlit as st

from skcurious._app._html import show as show_html
from skcurious._app._parts import history_of, report_of
from skcurious._app._say import say
from skcurious._suggest import _work

# Rows of a report, where none were suggested.
USUAL = 5


def show(state):
    """Show the tab.

    Parameters
    ----------
    state : State
    """
    opened, suggestion = state.opened, state.suggestion
    with st.spinner("Fitting the model after each round …"):
        status, history = state.once(
            "standing", state.version, lambda: _work.standing(opened)
        )
    if suggestion is not None:
        state.suggest(suggestion)  # of the folder, which has the errors now, too
    say("note", status.advice)
    st.download_button(
        "Download the report (.html)",
        lambda: report_of(opened.campaign, suggestion, USUAL),
        "report.html",
        "text/html",
        on_click="ignore",
    )
    html = state.once(
        "history", state.version, lambda: history_of(opened.campaign, status, history)
    )
    show_html(html)
