"""Tables of pandas and polars.

Rows and columns of either are taken by scikit-learn's own indexing; what it does not
have is here: whether something is a table, and rows of several put below each other
without a change of type.
"""

import numpy as np

from skcurious._imported import if_imported


def is_pandas(values):
    """Whether this is a DataFrame or Series of pandas, which has an index."""
    return isinstance(
        values, (if_imported("pandas", "DataFrame"), if_imported("pandas", "Series"))
    )


def is_polars(values):
    """Whether this is a DataFrame or Series of polars."""
    return isinstance(
        values, (if_imported("polars", "DataFrame"), if_imported("polars", "Series"))
    )


def is_frame(values):
    """Whether this is a DataFrame or Series of either."""
    return is_pandas(values) or is_polars(values)


def like(frame, values):
    """A table of the class of `frame`, with its columns and their types.

    Parameters
    ----------
    frame : DataFrame of pandas or polars
        Says which columns.
    values : ndarray of shape (n_rows, n_columns)
        Their values.

    Raises
    ------
    ValueError
        When a value does not fit its column.
    """
    if is_polars(frame):
        return type(frame)(values.tolist(), schema=frame.schema, orient="row")
    rows = type(frame)(values, columns=frame.columns)
    for name, column in frame.select_dtypes("category").items():
        unknown = set(rows[name].dropna()).difference(column.cat.categories)
        if unknown:  # astype would make blanks of them
            raise ValueError(
                f"Column {name!r} has no category {', '.join(map(repr, unknown))}."
            )
    return rows.astype(frame.dtypes.to_dict())


def named_as(old, values):
    """An array as a table or Series of the class of `old`, with its names.

    Parameters
    ----------
    old : DataFrame or Series
        Says which.
    values : ndarray
        As wide as `old`.
    """
    if is_polars(old):
        import polars as pl

        if len(old.shape) == 1:
            return pl.Series(old.name, values)
        return pl.DataFrame(values, schema=old.columns)
    import pandas as pd

    if len(old.shape) == 1:
        return pd.Series(values, name=old.name)
    return pd.DataFrame(values, columns=old.columns)


def below(frames):
    """Rows of all `frames`, of the columns of the first, in its types.

    What ``concat`` of either package does, but that categories stay categories: of
    two lists of them pandas makes text.

    Parameters
    ----------
    frames : list of DataFrame
        All of pandas or all of polars, with the same columns.

    Returns
    -------
    frame : DataFrame
        With the index of all, where they have one.

    Raises
    ------
    ValueError
        When columns differ, or the values of one have no type in common.
    """
    names = list(frames[0].columns)
    frames = [_ordered(frame, names) for frame in frames]
    if is_polars(frames[0]):
        return _below_polars(frames)
    import pandas as pd

    aligned = [frame.copy(deep=False) for frame in frames]
    for position in range(frames[0].shape[1]):
        columns = [frame.iloc[:, position] for frame in frames]
        if any(isinstance(c.dtype, pd.CategoricalDtype) for c in columns):
            for frame, column in zip(aligned, _same_type(columns), strict=True):
                frame.isetitem(position, column)
    return pd.concat(aligned)


def _ordered(frame, names):
    if list(frame.columns) == names:
        return frame
    if len(frame.columns) != len(names) or set(frame.columns) != set(names):
        raise ValueError(
            f"Some rows have the columns {list(frame.columns)}, and others {names}: "
            "give all of them the same."
        )
    return frame[names]


def _same_type(columns):
    """Series of which the first or another is categorical, in the type of the first."""
    import pandas as pd
    from pandas.api.types import union_categoricals

    if not isinstance(columns[0].dtype, pd.CategoricalDtype):
        return [
            pd.Series(np.asarray(column), index=column.index, name=column.name)
            if isinstance(column.dtype, pd.CategoricalDtype)
            else column
            for column in columns
        ]
    columns = [column.astype("category") for column in columns]
    try:  # a column of blanks has categories of no type
        dtype = union_categoricals(
            [column for column in columns if len(column.cat.categories)] or columns[:1]
        ).dtype
    except TypeError as error:
        raise ValueError(
            f"Column {columns[0].name!r} has categories that cannot be put together: "
            f"{error}. Give all rows the same categories."
        ) from error
    return [column.astype(dtype) for column in columns]


def _below_polars(frames):
    import polars as pl

    schema = frames[0].schema.items()
    categories = {c: dtype for c, dtype in schema if dtype in (pl.Categorical, pl.Enum)}
    text = dict.fromkeys(categories, pl.String)
    try:
        frames = [frame.cast(text) for frame in frames]
        return pl.concat(frames, how="vertical_relaxed").cast(categories)
    except pl.exceptions.PolarsError as error:
        raise ValueError(
            f"These rows have no types in common: {str(error).splitlines()[0]} Cast "
            "their columns to the same."
        ) from error


def appended(old, new, name):
    """Rows of `new` below those of `old`, refused where a column would change its kind.

    An estimator may choose columns by their type, and would find others.

    Parameters
    ----------
    old, new : DataFrame or Series
        As for :func:`below`.
    name : str
        What errors call them.

    Returns
    -------
    frame : DataFrame or Series
        Named as `old`.
    """
    if len(old.shape) == 1:
        frame = appended(old.to_frame("y"), new.to_frame("y"), name)
        return frame["y"].rename(old.name)
    if is_pandas(old):
        new = _inferred(old, new)
    frame = below([old, new])
    types = [list(table.dtypes) for table in (old, new, frame)]
    for column, before, given, after in zip(old.columns, *types, strict=True):
        kinds = _kind(before), _kind(given)
        if _kind(after) != kinds[0] or (
            kinds[1] == "number" and kinds[0] not in ("number", "object")
        ):
            raise ValueError(
                f"Column {column!r} of {name} is {before} in the rows taught before, "
                f"and {given} in these: convert it."
            )
    return frame


def _inferred(old, new):
    """Columns of any objects by what they hold, and columns of blanks as in `old`."""
    import pandas as pd

    new = new.copy(deep=False)
    for position, dtype in enumerate(old.dtypes):
        column = new.iloc[:, position]
        if str(column.dtype) == "object" != str(dtype):
            column = column.infer_objects()
        if column.isna().all() and _kind(dtype) != "b":
            column = pd.Series(np.nan, index=column.index)
            column = column if _kind(dtype) == "number" else column.astype(dtype)
        new.isetitem(position, column)
    return new


def _kind(dtype):
    """What a column of this type of either package is: numbers, or other."""
    if isinstance(dtype, if_imported("polars", "DataType")):
        return "number" if dtype.is_numeric() else str(dtype.base_type())
    from pandas.api.types import is_numeric_dtype

    if dtype.kind in "bMm":
        return dtype.kind
    return "number" if is_numeric_dtype(dtype) else str(dtype)
