"""Tables of pandas and polars below each other, in the types of the first."""

import numpy as np
import pytest
from extras import optional
from numpy.testing import assert_array_equal

from skcurious._frames import appended, below, is_frame, like

pytest.importorskip("pandas")

import pandas as pd
from pandas.testing import assert_frame_equal

pl = optional("polars")


def text(*values, **kwargs):
    return pd.DataFrame({"c": pd.Categorical(values, **kwargs)})


def one(*values, dtype=None):
    return pd.DataFrame({"c": pd.Series(values, dtype=dtype)})


def test_categories_stay_categories():
    frame = below([text("a", "b"), text("a", "c"), text()])
    assert frame.c.dtype == pd.CategoricalDtype(["a", "b", "c"])
    assert list(frame.c) == ["a", "b", "a", "c"]
    assert list(frame.index) == [0, 1, 0, 1]
    # Columns of the first in its types, whatever the others are.
    assert below([text("a"), one("b")]).c.dtype == pd.CategoricalDtype(["a", "b"])
    assert below([one("b"), text("a")]).c.dtype == one("b").c.dtype
    assert below([one(1, 2), text(3)]).c.dtype == np.int64
    known = {"categories": ["low", "high"], "ordered": True}
    frame = below([text("low", **known), text("high", **known)])
    assert frame.c.dtype == pd.CategoricalDtype(**known)
    with pytest.raises(ValueError, match="'c' has categories that cannot be put toge"):
        below([text("low", **known), text("middle", ordered=True)])


def test_columns_in_another_order_or_not_the_same():
    frame = pd.DataFrame({"a": [1.0], "b": pd.Categorical(["x"])})
    other = pd.DataFrame({"b": pd.Categorical(["y"]), "a": [2.0]})
    expected = pd.DataFrame({"a": [1.0, 2.0], "b": pd.Categorical(["x", "y"])})
    assert_frame_equal(below([frame, other]).reset_index(drop=True), expected)
    with pytest.raises(ValueError, match=r"the columns \['a'\], and others \['a', 'b'"):
        below([frame, frame[["a"]]])


@pytest.mark.parametrize(
    ("old", "new", "dtype"),
    [
        (one(1), one(1.5), "float64"),
        (one(1.0), one(2.0, dtype=object), "float64"),  # of rows that were mixed
        (text("a"), one("b", dtype=object), "category"),
        (one(1.0), one(None, dtype=object), "float64"),
        (one(1), one(np.nan), "float64"),
        (text("a"), one(np.nan), "category"),
        (one("a"), one(np.nan), one("a").c.dtype),
        (one(1, dtype="Int64"), one(2), "Int64"),
    ],
)
def test_new_rows_take_the_types_of_the_old(old, new, dtype):
    frame = appended(old, new, "X")
    assert frame.c.dtype == dtype
    assert frame.c.iloc[0] == old.c.iloc[0]
    assert pd.isna(frame.c.iloc[1]) == pd.isna(new.c.iloc[0])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (one(True), one(2)),
        (one(1.0), one("2")),
        (one(pd.Timestamp("2020-01-01")), one("2020-01-02")),
        (one(True), one(np.nan)),
    ],
)
def test_a_column_of_another_kind(old, new):
    with pytest.raises(ValueError, match=r"Column 'c' of X is .* convert it"):
        appended(old, new, "X")


def test_values_that_are_no_category():
    frame = pd.DataFrame({"c": pd.Categorical(["a", "b"]), "n": [1, 2]})
    rows = like(frame, np.array([["b", 3.0]], dtype=object))
    assert rows.dtypes.to_list() == frame.dtypes.to_list()
    with pytest.raises(ValueError, match="'c' has no category 'z'"):
        like(frame, np.array([["z", 3]], dtype=object))


def test_polars():
    frame = pl.DataFrame({"a": [1, 2], "c": ["x", "y"]})
    frame = frame.cast({"c": pl.Categorical})
    assert is_frame(frame)
    assert is_frame(frame["a"])
    other = pl.DataFrame({"c": ["z"], "a": [0.5]}).cast({"c": pl.Categorical})
    both = below([frame, other])
    assert both.columns == ["a", "c"]
    assert both["c"].to_list() == ["x", "y", "z"]
    assert both["c"].dtype == pl.Categorical
    assert_array_equal(both["a"], [1, 2, 0.5])
    labels = appended(frame["a"], pl.Series("other", [0.5]), "y")
    assert labels.name == "a"
    assert labels.to_list() == [1, 2, 0.5]
    with pytest.raises(ValueError, match=r"'a' of X is Int64 .* and String in these"):
        appended(frame, frame.cast({"a": pl.String}), "X")
    with pytest.raises(ValueError, match=r"'c' of X is Categorical.* and Int64 in the"):
        appended(frame, pl.DataFrame({"a": [1], "c": [1]}), "X")
    known = frame.cast({"c": pl.Enum(["x", "y"])})
    assert below([known, frame])["c"].dtype == pl.Enum(["x", "y"])
    with pytest.raises(ValueError, match="no types in common"):
        below([known, other])
    assert like(frame, np.array([[3, "z"]], dtype=object)).schema == frame.schema
