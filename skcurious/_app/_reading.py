"""How a table is read, and what its columns mean: inputs for what ``init`` is told."""

from argparse import Namespace

import streamlit as st

from skcurious._app import _labels
from skcurious._app._say import in_label
from skcurious._suggest._arguments import MODEL_HELP, MODELS
from skcurious._suggest._tables import How
from skcurious.campaign._cells import text

NONE = "none"


def how_to_read(key):
    """Inputs for a file.

    Parameters
    ----------
    key : str
        Of the file: for another one they are empty again.

    Returns
    -------
    how : How
    """
    with st.expander("How the file is read"):
        missing = st.text_input(
            _labels.MISSING,
            key=f"missing {key}",
            placeholder="such as -999 ?",
            help="Separated by spaces, beside the usual ones.",
        )
        header = st.number_input(
            _labels.HEADER,
            min_value=1,
            value=None,
            key=f"header {key}",
            placeholder="the first line that is not blank",
            help="Line with the names of the columns, as a spreadsheet numbers it.",
        )
        sheet = st.text_input(
            _labels.SHEET,
            key=f"sheet {key}",
            placeholder="the first that holds something",
            help="Of a workbook.",
        )
    return How(tuple(missing.split()), header, sheet.strip() or None)


def roles(table, key):
    """Inputs for what columns mean.

    Parameters
    ----------
    table : Table
    key : str
        Of its file.

    Returns
    -------
    told : Namespace
        As of ``init``.
    """
    columns = list(table.frame)
    targets = st.multiselect(
        _labels.TARGETS,
        columns,
        default=results_in(table),
        key=f"targets {key}",
        accept_new_options=True,
        placeholder="Choose a column, or type a name",
        help="A number is a result, “pending” says that it is under way, any other "
        "word, such as “failed”, that there is none; a blank cell says nothing.",
    )
    others = [name for name in columns if name not in targets]
    with st.expander("Correct how columns are read"):
        ignore = st.multiselect(
            _labels.IGNORE,
            others,
            key=f"ignore {key}",
            placeholder="Columns not to learn from",
        )
        categories = st.multiselect(
            _labels.CATEGORIES,
            others,
            key=f"categories {key}",
            placeholder="Columns whose numbers are names",
        )
        cost = _one(
            _labels.COST,
            others,
            f"cost {key}",
            "Column with the price of measuring each row: what teaches most for its "
            "price is suggested.",
        )
        same = _one(
            _labels.SAME,
            others,
            f"same {key}",
            "Column whose value all rows of one suggestion share, as the wells of a "
            "plate share a temperature.",
        )
        noise, weights = [], {}
        for target in targets:
            of = f" of {in_label(target)}"
            column = _one(
                _labels.NOISE + of,
                others,
                f"noise {target} {key}",
                "Column with the standard deviation of each result.",
            )
            if column is not None:
                noise.append(f"{target}={column}" if len(targets) > 1 else column)
            if len(targets) > 1:
                weights[target] = st.number_input(
                    f"Weight{of}",
                    min_value=0.001,
                    value=1.0,
                    key=f"weight {target} {key}",
                    help="What it counts.",
                )
        model = st.selectbox(
            _labels.MODEL,
            MODELS,
            key=f"model {key}",
            help=f"{MODEL_HELP[0].upper()}{MODEL_HELP[1:]}.",
        )
        seed = st.number_input(
            _labels.SEED,
            min_value=0,
            max_value=2**32 - 1,
            value=0,
            key=f"seed {key}",
            help="Another number shuffles differently.",
        )
    return Namespace(
        target=[
            name if weights.get(name, 1.0) == 1.0 else f"{name}={weights[name]:g}"
            for name in targets
        ],
        ignore=ignore,
        category=categories,
        cost=cost,
        same=same,
        noise=noise,
        model=model,
        seed=int(seed),
    )


def _one(label, columns, key, help):
    """One of the columns, or none."""
    found = st.selectbox(
        label, columns, index=None, key=key, placeholder=NONE, help=help
    )
    return found


def results_in(table):
    """Columns that look like results: the last of numbers that is blank in some rows.

    Else the last that is blank in all of them.
    """
    for name in reversed(list(table.frame)):
        known = text(table.frame[name]).notna()
        if known.any() and not known.all():
            values, _ = table.numbers(name)
            if values.notna().sum() > known.sum() / 2:
                return [name]
    for name in reversed(list(table.frame)):
        if not text(table.frame[name]).notna().any():
            return [name]
    return []
