"""Which rows were tried, and which of them are the same.

Pure functions of frames, for whatever keeps a table of runs.
"""

import numpy as np
import pandas as pd

from skcurious._digits import rounded
from skcurious._suggest._cells import text

MEASURED, PENDING, FAILED = "measured", "pending", "failed"
# A result that is to come; any other word is that of a run that gave none.
_WAITING = (
    r"pending|running|started|in progress|planned|scheduled|ordered|queued|open|"
    r"waiting|to ?do|to be .*|tb[acd]|todo"
)


def states(labels):
    """What became of each run, by what is in the place of its result.

    Parameters
    ----------
    labels : Series
        Cells of the target: numbers, nothing, or words of the user.

    Returns
    -------
    states : Series of str
        'pending' where blank or said to be so, 'failed' for other words
        without a digit, 'measured' for the rest, be it right or wrong (an error
        of a spreadsheet, ``#VALUE!``, is wrong).
    """
    words = text(labels)
    without = words.notna() & ~words.str.contains(
        r"\d|^#|^[+-]?inf", case=False, na=False
    )
    waits = words.isna() | words.str.fullmatch(_WAITING, case=False, na=False)
    found = np.where(waits, PENDING, np.where(without, FAILED, MEASURED))
    return pd.Series(found, labels.index, dtype=object)


def are_blank(frame):
    """Rows with nothing in any column, spaces included."""
    blank = pd.Series(True, frame.index)
    for _, cells in frame.items():
        left = blank.index[blank]
        if not len(left):
            break
        blank[left] = text(cells[left]).isna()
    return blank


def row_keys(frame):
    """A number for each row, the same for those equal to 12 digits.

    Parameters
    ----------
    frame : DataFrame
        Columns of float or of text, NaN where blank.

    Returns
    -------
    keys : Series of uint64
    """
    values = {
        name: rounded(cells.to_numpy()) if cells.dtype.kind == "f" else cells
        for name, cells in frame.items()
    }
    frame = pd.DataFrame(values, index=frame.index)
    return pd.util.hash_pandas_object(frame, index=False)


def are_among(rows, others):
    """Rows that equal one of the others in all columns of both."""
    return row_keys(rows).isin(row_keys(others[rows.columns]))


def repeats(rows, price=None):
    """Rows that another one stands for: the first, or the cheapest, of equal ones."""
    keys = row_keys(rows)
    if price is not None:
        keys = keys.iloc[np.argsort(price.to_numpy(), kind="stable")]
    return keys.duplicated()[rows.index]
