"""The page: a start, or a campaign."""

from pathlib import Path

import streamlit as st

from skcurious._app import _campaign, _start
from skcurious._app._html import style
from skcurious._app._say import Refused, say
from skcurious._app._state import State


def page(folder=None):
    """Show what the visitor has before them.

    Parameters
    ----------
    folder : str, default=None
        That the app was started with.
    """
    st.set_page_config(page_title="skcurious", layout="wide")
    style()
    state = State.of_session()
    try:
        if state.opened is None:
            _open(state, folder)
        else:
            state.refresh()
        if state.opened is None:
            st.query_params.pop("folder", None)
            _start.show(state, folder)
        else:
            # So that a reload finds it again.
            st.query_params["folder"] = state.opened.folder
            _campaign.show(state)
    except Refused as error:
        say("error", str(error))


def _open(state, folder):
    """Open what the address names, or what the app was started with, once."""
    named = st.query_params.get("folder", folder)
    if "asked" in st.session_state or not named:
        return
    st.session_state["asked"] = True
    if named == folder and not (Path(named) / "campaign.json").exists():
        return  # it is to be made
    try:
        state.open(named)
    except Refused as error:
        state.tell("start", "error", str(error))
