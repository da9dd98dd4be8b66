"""Rows that are taught, below those that were."""

import numpy as np
from scipy import sparse
from sklearn.utils import check_consistent_length

from skcurious._frames import appended, is_frame, is_pandas, is_polars, named_as
from skcurious._validation import check_same_order, check_table


def check_rows(X, y):
    """Refuse rows and labels that cannot be taught."""
    check_table(X, "X")
    for name, values in (("X", X), ("y", y)):
        shape = getattr(values, "shape", None) or np.shape(values)
        if len(shape) not in ((2,) if name == "X" else (1, 2)):
            raise ValueError(
                f"{name} has shape {shape}, but holds rows: for one row pass X[[i]] "
                "and [label], or df.iloc[[i]] of a DataFrame."
            )
    check_consistent_length(X, y)
    check_same_order(X, y, "X", "y")


def per_row(value, n_rows):
    sized = np.ndim(value) > 0 and not isinstance(value, (str, dict))
    return sized and len(value) == n_rows


def stacked(old, new, name):
    """`new` rows below the `old` ones, in the type of the old ones."""
    if is_frame(old):
        return _stack_frames(old, new, name)
    if sparse.issparse(old) or sparse.issparse(new):
        old, new = (a if sparse.issparse(a) else np.asarray(a) for a in (old, new))
        _check_width(old, new, name)
        return sparse.vstack([old, new], format="csr")
    if is_frame(new) and name == "X":
        raise TypeError(
            f"X is a {type(new).__name__}, but the rows taught before are a "
            f"{type(old).__name__}. Teach all of them in one type."
        )
    old, new = np.asarray(old), np.asarray(new)
    _check_width(old, new, name)
    if {old.dtype.kind in "US", new.dtype.kind in "US"} == {True, False}:
        raise ValueError(  # np.concatenate would make text of the numbers
            f"{name} is of dtype {new.dtype}, which does not fit below the {name} "
            f"taught before, of dtype {old.dtype}: convert it."
        )
    return np.concatenate([old, new])


def _stack_frames(old, new, name):
    one_package = is_polars(new) if is_polars(old) else is_pandas(new)
    if not one_package:
        if name == "X":
            raise TypeError(
                f"X is a {type(new).__name__}, but the rows taught before are a "
                f"{type(old).__name__}{' of polars' if is_polars(old) else ''}. Teach "
                "rows of the same columns, as query returns them for a DataFrame."
            )
        new = np.asarray(new)
        _check_width(old, new, name)
        new = named_as(old, new)
    if len(old.shape) != len(new.shape):
        raise ValueError(
            f"{name} is a {type(new).__name__}, which does not fit below the "
            f"{type(old).__name__} taught before."
        )
    if len(old.shape) == 2 and list(new.columns) != list(old.columns):
        raise ValueError(
            f"{name} has the columns {list(new.columns)}, but the rows taught before "
            f"have {list(old.columns)}."
        )
    return appended(old, new, name)


def _check_width(old, new, name):
    if len(old.shape) != len(new.shape) or old.shape[1:] != new.shape[1:]:
        raise ValueError(
            f"{name} has shape {new.shape}, which does not fit below the {name} "
            f"taught before, of shape {old.shape}."
        )
