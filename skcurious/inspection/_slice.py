"""Rows that vary in one feature or two, and agree in all others."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import _get_feature_names

from skcurious._frames import is_pandas, is_polars
from skcurious._validation import check_table
from skcurious.inspection._features import positions_of


class Slice:
    """A line or a plane through a table, along one or two of its columns.

    Parameters
    ----------
    X : {array-like, DataFrame} of shape (n_samples, n_features)
        Rows that give the range; columns that do not vary are held at their
        median, or at the most frequent value when they are not numbers.
    features : int, str, list of one or two such, or None
        The columns that vary; None means all, if they are one or two.
    resolution : int
        Points along each of them.

    Attributes
    ----------
    names : list of str
        Names of the columns that vary.
    values : list of ndarrays
        Their values; whole numbers in a column of a DataFrame that holds
        whole numbers.
    title : str
        Says what the other columns are held at, up to three by their values;
        empty if there are none.
    """

    def __init__(self, X, features, resolution):
        if not isinstance(resolution, Integral) or resolution < 2:
            raise ValueError(
                f"grid_resolution must be an integer of at least 2, got {resolution!r}."
            )
        self._table = _table(X, "X")
        names = self._table.names
        self._positions = _one_or_two(features, names)
        self.names = [names[position] for position in self._positions]
        self.values = [self._range(p, resolution) for p in self._positions]
        self.title = self._title()

    def rows(self):
        """The grid as rows of X's kind, the first feature varying fastest."""
        mesh = np.meshgrid(*self.values)
        varying = dict(zip(self._positions, map(np.ravel, mesh), strict=True))
        return self._table.rows(varying)

    def places(self, X, name):
        """Where other rows lie along the features, of shape (n, 1) or (n, 2)."""
        table = _table(X, name)
        if table.names != self._table.names:
            raise ValueError(
                f"{name} must have the columns of X, {self._table.names}, but has "
                f"{table.names}."
            )
        return self._places(table)

    def places_of_queries(self, queries):
        """Where the rows of X lie that query strategies return; None without any."""
        if queries is None:
            return None
        n_rows = len(self._table.X)
        queries = np.asarray(queries)
        if queries.shape == (0,):  # a list then, whose dtype says nothing
            return None
        if queries.ndim != 1 or queries.dtype.kind not in "iu":
            raise ValueError(
                "queries must be positions of rows of X, as query strategies return "
                f"their indices, got an array of shape {queries.shape} and dtype "
                f"{queries.dtype}."
            )
        outside = queries[(queries < 0) | (queries >= n_rows)]
        if outside.size:
            raise ValueError(
                f"queries has {outside[0]}, but X has the rows 0 to {n_rows - 1}."
            )
        return self._places(self._table)[queries]

    def _title(self):
        table = self._table
        held = [p for p in range(len(table.names)) if p not in self._positions]
        if len(held) > 3:
            return table.title()
        words = [f"{table.names[p]} = {_in_words(table.typical(p))}" for p in held]
        return ", ".join(words).replace("$", r"\$")  # not the start of a formula

    def _places(self, table):
        return np.column_stack([table.numbers(p) for p in self._positions])

    def _range(self, position, resolution):
        column = self._table.numbers(position)
        low, high = np.nanmin(column), np.nanmax(column)
        if not low < high:
            raise ValueError(
                f"Feature {self._table.names[position]!r} is {low} in every row "
                "of X: there is no range to draw. Choose others with features=."
            )
        values = np.linspace(low, high, resolution)
        if self._table.is_whole(position):
            values = np.unique(np.rint(values))
        return values


def _table(X, name):
    check_table(X, name)
    if is_pandas(X):
        return _Frame(X, name)
    if is_polars(X) or _get_feature_names(X) is not None:
        raise TypeError(
            f"{name} is a {type(X).__name__} whose names of columns would be lost: "
            "pass a pandas DataFrame, or an array."
        )
    return _Array(X, name)


def _in_words(value):
    if isinstance(value, Real) and not isinstance(value, bool):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:g}"
    text = str(value)
    return text if len(text) <= 24 else f"{text[:23]}…"


def _one_or_two(features, names):
    if features is None:
        if len(names) > 2:
            raise ValueError(
                f"X has {len(names)} columns, and a picture has room for one or two: "
                "choose with features=, by position or name. The others are held at "
                "their median."
            )
        return list(range(len(names)))
    positions = positions_of(features, names)
    if len(positions) > 2:
        raise ValueError(
            f"features must be one or two, got {len(positions)}: {features!r}."
        )
    return positions


class _Array:
    def __init__(self, X, name):
        self.X = check_array(
            X,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan",
            input_name=name,
        )
        self.names = [f"x{position}" for position in range(self.X.shape[1])]

    def numbers(self, position):
        return self.X[:, position]

    def is_whole(self, position):
        return False

    def typical(self, position):
        return np.nanmedian(self.numbers(position))

    def rows(self, varying):
        n_rows = len(next(iter(varying.values())))
        rows = np.tile(np.nanmedian(self.X, axis=0), (n_rows, 1))
        rows = rows.astype(self.X.dtype, copy=False)
        for position, values in varying.items():
            rows[:, position] = values
        return rows

    def title(self):
        return "Other features at their median"


class _Frame:
    def __init__(self, X, name):
        if not len(X):
            raise ValueError(f"{name} is empty: it has no row.")
        self.X = X
        self.names = [str(column) for column in X.columns]

    def _column(self, position):
        return self.X.iloc[:, position]

    def numbers(self, position):
        column = self._column(position)
        if not _is_number(column):
            raise ValueError(
                f"features has {column.name!r}, a column of dtype {column.dtype}: "
                "curiosity is drawn along numbers. Choose another; this one is held "
                "at its most frequent value."
            )
        return column.to_numpy(dtype=np.float64, na_value=np.nan)

    def is_whole(self, position):
        from pandas.api.types import is_integer_dtype

        return is_integer_dtype(self._column(position).dtype)

    def rows(self, varying):
        import pandas as pd

        n_rows = len(next(iter(varying.values())))
        rows = self.X.iloc[np.zeros(n_rows, dtype=int)].reset_index(drop=True)
        for position in range(self.X.shape[1]):
            column = self._column(position)
            values = varying.get(position)
            if values is None:
                values = [self.typical(position)] * n_rows
            rows.isetitem(position, pd.Series(values).astype(column.dtype))
        return rows

    def typical(self, position):
        column = self._column(position)
        cells = column.dropna()
        if cells.empty:
            return column.iloc[0]
        if not _is_number(column):
            return cells.mode().iloc[0]
        median = cells.median()
        return np.rint(median) if self.is_whole(position) else median

    def title(self):
        is_number = [_is_number(self._column(p)) for p in range(self.X.shape[1])]
        mode = "" if all(is_number) else " or mode"
        return f"Other features at their median{mode}"


def _is_number(column):
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype)
