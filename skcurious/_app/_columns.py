"""What was read as what."""

from skcurious._app._html import show as show_html
from skcurious._app._parts import columns_of


def show(state):
    """Show the tab.

    Parameters
    ----------
    state : State
    """
    opened = state.opened
    html = state.once(
        "columns",
        (opened.folder, opened.campaign._saved),
        lambda: columns_of(opened.campaign, opened.left_out),
    )
    show_html(html)
