"""How good the model is, and what it has learned."""

import streamlit as st

from skcurious._app._downloads import offer_tables
from skcurious._app._html import show as show_html
from skcurious._app._parts import model_of
from skcurious._suggest import _work


def show(state):
    """Show the tab.

    Parameters
    ----------
    state : State
    """
    opened, suggestion = state.opened, state.suggestion
    with st.spinner("Drawing the pictures …"):
        html = state.once(
            "model",
            (state.version, suggestion),
            lambda: model_of(opened.campaign, suggestion),
        )
    show_html(html)
    if opened.campaign._outlook.model is not None:
        with st.container(horizontal=True):
            offer_tables(
                "Download predictions",
                "predictions",
                lambda: _work.all_predictions(opened),
                opened,
                "predictions",
            )
