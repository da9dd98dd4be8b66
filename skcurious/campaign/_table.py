"""Tables of either package as one of pandas, and their rows as models take them."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from numbers import Number

import numpy as np
import pandas as pd

from skcurious._frames import is_pandas, is_polars
from skcurious._words import names
from skcurious.campaign._cells import numbers as as_numbers
from skcurious.campaign._cells import text
from skcurious.campaign._runs import row_keys

# A category of its own for cells that are blank.
BLANK = "(blank)"
# Numbers whose squares have no room are as good as infinite.
LARGEST = 1e150
# In fewer rows a text may differ in every one of them by chance.
MANY = 20


def to_pandas(frame, name):
    """A DataFrame of pandas, sharing data where it is one.

    Parameters
    ----------
    frame : DataFrame of pandas or polars
    name : str
        What errors call it.

    Returns
    -------
    frame : DataFrame
        Columns named by strings; rows of polars are numbered from 0.
    """
    if is_polars(frame) and len(frame.shape) == 2:
        columns = {c: _cells_of(frame[c]) for c in frame.columns}
        return pd.DataFrame(columns, index=pd.RangeIndex(frame.height))
    if not (is_pandas(frame) and frame.ndim == 2):
        raise TypeError(
            f"{name} must be a DataFrame of pandas or polars, got "
            f"{type(frame).__name__}: its columns need names."
        )
    wrong = [column for column in frame.columns if not isinstance(column, str)]
    if wrong:
        raise ValueError(
            f"{name} has a column named {wrong[0]!r}, which is no string: rename it, "
            "for all columns at once by frame.columns = frame.columns.map(str)."
        )
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()]
        raise ValueError(
            f"{name} has more than one column named {twice[0]!r}: rename or drop all "
            "but one."
        )
    return frame


def _cells_of(series):
    if series.dtype.is_numeric():
        return series.to_numpy()
    return np.array([*series.to_list(), None], dtype=object)[:-1]


@dataclass(frozen=True)
class Columns:
    """What candidates are described by.

    Attributes
    ----------
    numbers, categories : list of str
        Columns to learn from.
    left_out : dict of str to str
        Why other columns tell nothing.
    """

    numbers: list
    categories: list
    left_out: dict

    @property
    def used(self):
        """Columns to learn from."""
        return [*self.numbers, *self.categories]


def describe(candidates, features, categories):
    """Sort columns of the candidates into numbers, categories and those left out.

    Parameters
    ----------
    candidates : DataFrame
    features : list of str
        Columns that may be learnt from.
    categories : sequence of str
        Those of them whose numbers are names.

    Returns
    -------
    columns : Columns
    """
    columns = Columns([], [], {})
    for name in features:
        cells = candidates[name]
        if _are_dates(cells):
            raise TypeError(
                f"column {name!r} of candidates holds dates: make numbers of them, "
                f"such as days since the start, or pass ignore=[{name!r}]."
            )
        if name not in categories and _are_numbers(cells):
            values = floats(cells, name, "candidates")
            if values.nunique(dropna=False) == 1:
                columns.left_out[name] = "the same in every row"
            else:
                columns.numbers.append(name)
            continue
        values = words(cells)
        n_values = values.nunique(dropna=False)
        if n_values == 1:
            columns.left_out[name] = "the same in every row"
        elif n_values == len(values) > MANY and name not in categories:
            columns.left_out[name] = "another text in every row"
        else:
            columns.categories.append(name)
    if not columns.used:
        reasons = "; ".join(f"{n!r}: {why}" for n, why in columns.left_out.items())
        raise ValueError(
            "candidates has no column to learn from"
            + (f" ({reasons})" if reasons else "")
            + ": add one that tells its rows apart."
        )
    return columns


def encode(frame, columns, name):
    """Rows as models take them: numbers as float, all others as text.

    Parameters
    ----------
    frame : DataFrame
        Has all columns that are learnt from.
    columns : Columns
    name : str
        What errors call it.

    Returns
    -------
    rows : DataFrame
        Of the columns that are learnt from, with the index of `frame`.
    """
    cells = {n: floats(frame[n], n, name) for n in columns.numbers}
    cells |= {n: words(frame[n]).fillna(BLANK) for n in columns.categories}
    return pd.DataFrame(cells, index=frame.index)


def keys(rows):
    """A number for each row, the same for those equal to 12 digits."""
    return row_keys(rows).to_numpy()


def floats(cells, column, name):
    """Cells of a column as finite numbers, NaN where blank."""
    values, wrong = as_numbers(cells)
    if wrong.any():
        raise ValueError(
            f"column {column!r} of {name} holds {_some(cells, wrong)}, where its other "
            "cells are numbers: correct it, or pass the column in categories= or "
            "ignore=."
        )
    huge = values.abs() > LARGEST
    if huge.any():
        raise ValueError(
            f"column {column!r} of {name} holds {_some(cells, huge)}, infinite or too "
            "large to compute with: correct it, or leave it blank."
        )
    return values


def _some(cells, which):
    return names(cells[which.to_numpy()].drop_duplicates(), most=3)


def words(cells):
    """Cells as text, NaN where blank; equal numbers are equal words."""
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        return cells.map(lambda v: f"{v:.15g}", na_action="ignore").astype(object)
    if pd.api.types.infer_dtype(cells, skipna=True) == "string":
        return text(cells)
    numbers = cells.map(_is_number)
    if numbers.any():
        cells = cells.astype(object)
        cells = cells.where(
            ~numbers, cells.map(lambda v: f"{v:.15g}" if _is_number(v) else v)
        )
    return text(cells)


def _is_number(value):
    return (
        isinstance(value, Number)
        and not isinstance(value, (bool, np.bool_))
        and value == value
    )


def _are_numbers(cells):
    if isinstance(cells.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(
        cells
    ):
        return False
    if pd.api.types.is_numeric_dtype(cells):
        return True
    known = cells.dropna()
    return len(known) > 0 and known.map(_is_number).all()


def _are_dates(cells):
    kinds = "datetime64", "datetimetz", "timedelta", "period"
    if cells.dtype.kind in "Mm" or str(cells.dtype).startswith(kinds):
        return True
    dates = date, time, timedelta, np.datetime64, np.timedelta64
    if str(cells.dtype) != "object":
        return False
    return bool(cells.map(lambda v: isinstance(v, dates)).any())


def as_given(given, frame):
    """A DataFrame of pandas as one of the package of `given`."""
    if not is_polars(given):
        return frame
    import polars as pl

    return pl.DataFrame({name: _of_polars(cells) for name, cells in frame.items()})


def as_series(columns):
    """Columns of numbers for a frame of polars, null where NaN."""
    return {name: _of_polars(pd.Series(values)) for name, values in columns.items()}


def _of_polars(cells):
    import polars as pl

    if cells.dtype.kind in "iuf":
        return pl.Series(cells.to_numpy(), nan_to_null=True)
    return pl.Series([None if pd.isna(value) else value for value in cells])
