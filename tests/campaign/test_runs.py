"""Which rows were tried, and which are the same."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

pytest.importorskip("pandas")

import pandas as pd

from skcurious.campaign._runs import are_among, are_blank, repeats, row_keys, states


def test_states():
    cells = {
        "measured": ["1.5", "-2", "5?", "105 °C", "<0.1", "inf", "#VALUE!", 7, 2.5],
        "pending": [None, np.nan, "", " ", "\u00a0", "PENDING", "to do", "In progress"],
        "failed": ["failed", "n.d.", "n.b.", "-", "?", "no reaction", "FAILED: burst"],
    }
    for state, some in cells.items():
        assert set(states(pd.Series(some, dtype=object))) == {state}
    assert set(states(pd.Series([1.0, np.nan]))) == {"measured", "pending"}


def test_rows_of_spaces_are_blank():
    frame = pd.DataFrame(
        {"a": [" ", "\u00a0", "x", None], "b": [None, "\u200b", "", ""], "c": np.nan}
    )
    assert_array_equal(are_blank(frame), [True, True, False, True])


@pytest.mark.parametrize(
    ("one", "other", "is_equal"),
    [
        (0.7, 0.7000000000000001, True),
        (1.0, 0.9999999999999999, True),
        (0.0, -0.0, True),
        (1e-200, 1.0000000000000002e-200, True),
        (123456789012.0, 123456789012.04, True),
        (123456789012.0, 123456789013.0, False),
        (0.7, 0.70000000001, False),
        (1.0, -1.0, False),
        (np.nan, 0.0, False),
        (np.nan, np.nan, True),
    ],
)
def test_equal_to_twelve_digits(one, other, is_equal):
    frame = pd.DataFrame({"a": [one, other], "b": ["u", "u"]}, index=[4, 9])
    keys = row_keys(frame)
    assert (keys[4] == keys[9]) == is_equal
    assert_array_equal(repeats(frame), [False, is_equal])
    assert_array_equal(are_among(frame.loc[[4]], frame.loc[[9]]), [is_equal])


def test_the_cheapest_of_equal_rows():
    frame = pd.DataFrame({"a": [1.0, 2.0, 1.0, 1.0]}, index=[5, 6, 7, 8])
    price = pd.Series([3.0, 1.0, 2.0, np.nan], index=frame.index)
    assert_array_equal(repeats(frame, price), [True, False, False, True])
    assert_array_equal(repeats(frame), [False, False, True, True])


def test_columns_of_one_frame_alone_do_not_count():
    rows = pd.DataFrame({"a": [1.0, 2.0]})
    others = pd.DataFrame({"z": ["u"], "a": [2.0]})
    assert_array_equal(are_among(rows, others), [False, True])
