"""A campaign: how it stands, and a tab for each thing to do."""

import streamlit as st

from skcurious._app import _columns, _history, _model, _next, _results
from skcurious._app._html import show as show_html
from skcurious.campaign._report._markup import text
from skcurious.campaign._runs import FAILED, MEASURED, PENDING
from skcurious.campaign._state import OPEN

TABS = {
    "Next rows": _next.show,
    "Results": _results.show,
    "Model": _model.show,
    "History": _history.show,
    "Columns": _columns.show,
}


def show(state):
    """Show a campaign.

    Parameters
    ----------
    state : State
    """
    _head(state)
    state.show("make")
    tabs = st.tabs(list(TABS), key="tab", on_change="rerun", bind="query-params")
    for tab, part in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                part(state)
    st.divider()
    if st.button("Leave this campaign", help="It stays in its folder."):
        state.set(None)
        st.rerun()


def _head(state):
    opened = state.opened
    campaign = opened.campaign
    st.title("skcurious")
    states = campaign.states.value_counts()
    tiles = "".join(
        f"<li><b>{int(states.get(name, 0)):,}</b>{name}</li>"
        for name in (OPEN, MEASURED, PENDING, FAILED)
    )
    targets = ", ".join(map(text, campaign.targets))
    show_html(
        f"<p>Predicts <b>{targets}</b> for {text(opened.candidates)}; kept in "
        f'{text(opened.folder, 500)}</p><ul class="counts">{tiles}</ul>'
    )
