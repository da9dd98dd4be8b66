"""Where a visitor begins: a campaign is opened, or made of a table."""

from pathlib import Path

import streamlit as st

from skcurious._app import _labels
from skcurious._app._html import show as show_html
from skcurious._app._parts import columns_of
from skcurious._app._reading import how_to_read, roles
from skcurious._app._say import Refused, say, say_notes
from skcurious._app._uploads import table_of
from skcurious._suggest import _kept, _taken, _work
from skcurious._suggest._errors import InputError
from skcurious.campaign._report._markup import plain

INTRO = (
    "Which rows of a table should be measured next, so that a model predicts the rest? "
    "Drop a table with one row for each candidate. Results, if there are some already, "
    "stand in a column of it, or in a table of their own."
)


def show(state, folder):
    """Show the start.

    Parameters
    ----------
    state : State
    folder : str or None
        For a new campaign.
    """
    st.title("skcurious")
    state.show("start")
    st.write(INTRO)
    upload = st.file_uploader(
        _labels.TABLE,
        key="candidates",
        help="CSV, .xlsx, .ods or Parquet; the first line holds the names of the "
        "columns.",
    )
    if upload is None:
        _open(state)
    else:
        _new(state, upload, folder)


def _open(state):
    """Choose a folder that holds a campaign."""
    st.header("Or go on with a campaign")
    found = sorted(str(path.parent) for path in Path.cwd().glob("*/campaign.json"))
    folder = st.selectbox(
        _labels.OPEN,
        found,
        index=None,
        accept_new_options=True,
        placeholder="Choose or type a folder",
        help="Of this computer.",
    )
    if st.button("Open", disabled=not folder):
        try:
            state.open(str(Path(folder).expanduser().absolute()))
        except Refused as error:
            state.tell("start", "error", str(error))
        st.rerun()


def _new(state, upload, folder):
    """See how columns are read, correct it, and make a campaign."""
    try:
        how = how_to_read(upload.file_id)
        with st.spinner("Reading the table …"):
            table = state.once(
                "table", (upload.file_id, how), lambda: table_of(upload, how)
            )
        told = roles(table, upload.file_id)
        if not told.target:
            say(
                "note",
                f"Choose the column of the results under “{_labels.TARGETS}”, or type "
                "its name if there are none yet.",
            )
            return
        with st.spinner("Reading the columns …"):
            made = state.once(
                "draft",
                (upload.file_id, how, str(told)),
                lambda: _kept.draft(table, told),
            )
    except Refused as error:
        say("error", str(error))
        return
    html = state.once(
        "draft columns",
        (upload.file_id, how, str(told)),
        lambda: columns_of(made.campaign, made.left_out),
    )
    measured = st.file_uploader(_labels.MEASURED, key="measured")
    stem = plain(table.name, 40).split(".")[0].strip() or "campaign"
    place = st.text_input(
        _labels.FOLDER,
        folder or str(Path.cwd() / f"{stem}-campaign"),
        help="Is made on this computer, and keeps everything; nothing is kept "
        "elsewhere.",
    )
    if st.button("Make the campaign", type="primary"):
        _make(state, made, place.strip(), how, measured)
    state.show("make")
    say_notes(made.notes)
    show_html(html)


def _make(state, made, place, how, measured):
    def work():
        if not place:
            raise InputError(f"{_labels.FOLDER} is empty: name the folder to make.")
        folder = str(Path(place).expanduser().absolute())
        _kept.check_new(folder)
        rows = None if measured is None else table_of(measured)
        state.opened = _kept.keep(made, folder, how.header_row)
        taken = []
        if rows is not None:
            _kept.name_as_there(rows, state.opened)
            taken = _taken.take(state.opened, rows).notes
        counts = _work.counts_of(state.opened.campaign)
        return f"The campaign is in {folder}: {counts}.", [*made.notes, *taken]

    # Where the folder is made, and the measured rows are not taken, it is open.
    state.do("make", work)
