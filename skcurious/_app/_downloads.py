"""Files to take away, as the command writes them."""

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from skcurious._suggest._written import write_table

KINDS = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
}


def table_bytes(rows, ending, opened):
    """Content of a file with rows of a campaign."""
    with TemporaryDirectory(prefix="skcurious-") as folder:
        path = Path(folder) / f"table{ending}"
        write_table(rows, str(path), opened.dialect, opened.campaign._columns.numbers)
        return path.read_bytes()


def offer_tables(label, stem, make, opened, key):
    """Buttons that download a table, which is made when one is pressed.

    Parameters
    ----------
    label : str
        What it holds.
    stem : str
        Of the name of the file.
    make : callable
        Returns the rows.
    opened : Opened
    key : str
    """
    for ending, kind in KINDS.items():
        st.download_button(
            f"{label} ({ending})",
            lambda ending=ending: table_bytes(make(), ending, opened),
            f"{stem}{ending}",
            kind,
            key=f"{key}{ending}",
            on_click="ignore",
        )
