"""What is in cells."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

pytest.importorskip("pandas")

import pandas as pd

from skcurious.campaign._cells import (
    are_dates,
    are_numbers,
    decimal_mark,
    numbers,
    text,
)


def test_text_is_stripped_and_blank_where_there_is_none():
    cells = text(pd.Series([" a ", "", "  ", None, np.nan, 3, True]))
    assert cells.dtype == object
    assert cells.dropna().to_dict() == {0: "a", 5: "3", 6: "True"}


@pytest.mark.parametrize(
    ("decimal", "cell", "value"),
    [
        (".", " 1.5 ", 1.5),
        (".", "-2e3", -2000),
        (".", "+7", 7),
        (".", "inf", np.inf),
        (",", "1,5", 1.5),
        (",", "-2,5e3", -2500),
        (",", "7", 7),
    ],
)
def test_numbers(decimal, cell, value):
    values, wrong = numbers(pd.Series([cell, None], index=[4, 9]), decimal)
    assert_array_equal(values, [value, np.nan])
    assert not wrong.any()
    assert list(values.index) == list(wrong.index) == [4, 9]


@pytest.mark.parametrize(
    ("decimal", "cell"),
    [
        (".", "1,5"),
        (".", "n/a?"),
        (".", "True"),
        (".", "1_000"),
        (",", "1.5"),
        (",", "1.000,5"),
        (".", "12 mg"),
        (".", "<0.1"),
        (".", "١,٢"),
    ],
)
def test_no_numbers(decimal, cell):
    values, wrong = numbers(pd.Series(["3", cell, ""]), decimal)
    assert_array_equal(wrong, [False, True, False])
    assert_array_equal(values, [3, np.nan, np.nan])


def test_numbers_of_typed_columns():
    for cells in [
        pd.Series([1.5, np.nan]),
        pd.Series([2, None], dtype="Int64"),
        pd.Series([2.5, None], dtype="Float32"),
    ]:
        values, wrong = numbers(cells)
        assert values.dtype == np.float64
        assert_array_equal(values, [cells[0], np.nan])
        assert not wrong.any()
    assert numbers(pd.Series([True, False]))[1].all()


def test_columns_of_numbers():
    assert are_numbers(pd.Series(["1", "2", "n/a?", "b"]))  # half of them
    assert not are_numbers(pd.Series(["1", "a", "b", None]))
    assert are_numbers(pd.Series(["1,234", "1,234.5", "15 %"]))  # were meant as such
    assert are_numbers(pd.Series(["INF", "-inf"]))
    assert are_numbers(pd.Series([1, 2]))
    assert not are_numbers(pd.Series([True, False]))
    assert not are_numbers(pd.Series([None, ""]))


@pytest.mark.parametrize(
    ("cells", "decimal", "values"),
    [
        (["1", " 2.5", None, "-3e2", ""], ".", [1, 2.5, np.nan, -300, np.nan]),
        (["1,5", "2", "", ",25"], ",", [1.5, 2, np.nan, 0.25]),
        (["1,5", "1.5"], ",", [1.5, np.nan]),  # no number beside commas
        (["19 680", "19 680", "7"], ".", [19680, 19680, 7]),
        (["7 \u00b0C", "8", "8"], ".", [np.nan, 8, 8]),
    ],
)
def test_plain_columns_are_read_as_others_are(cells, decimal, values):
    found, wrong = numbers(pd.Series(cells), decimal)
    assert_array_equal(found, np.array(values, dtype=float))
    blank = pd.Series(cells).isin([None, ""])
    assert_array_equal(wrong, np.isnan(values) & ~blank)


def test_names_that_begin_with_zeros_are_no_numbers():
    assert not are_numbers(pd.Series(["0012", "0013"]))
    assert are_numbers(pd.Series(["0012", "12", "0.5"]))


@pytest.mark.parametrize(
    "cell",
    [
        "2024-03-01",
        "2024-03-01 12:30",
        "2024-03-01T12:30:00",
        "2024/3/1",
        "01.03.2024",
        "1.3.24",
        "3/1/2024",
        "1-3-2024",
        "2024-03",
        "Mar 2024",
        "1 March 2024",
        "March 1, 2024",
        "01-mrz-24",
        "Mar'24",
        "2. Jan",
    ],
)
def test_dates(cell):
    assert are_dates(pd.Series([cell, None]))
    assert not are_dates(pd.Series([cell, "soon"]))


def test_typed_dates():
    assert are_dates(pd.Series(pd.date_range("2024-03-01", periods=3)))


@pytest.mark.parametrize(
    "cell",
    [
        "67-64-1",
        "1066-33-7",
        "1.5",
        "1.2.3",
        "1/3-2024",
        "",
        "12",
        "1001-12",
        "2024-13",
        "MAR20",
    ],
)
def test_no_dates(cell):
    assert not are_dates(pd.Series([cell]))


@pytest.mark.parametrize("cell", ["19 680", "19\u202f680", "19\u00a0680", "1 234 567"])
def test_grouping_spaces(cell):
    values, wrong = numbers(pd.Series([cell, "7"]))
    assert values[0] == float("".join(cell.split()))
    assert not wrong.any()
    assert are_numbers(pd.Series([cell, cell]))
    assert numbers(pd.Series(["12 34", "1 2345"]))[1].all()


@pytest.mark.parametrize(
    ("columns", "decimal"),
    [
        ({"a": ["1,5", "2"]}, (",", True)),
        ({"a": ["1,5", "2"], "b": ["01.02.2024", "02.02.2024"]}, (",", True)),
        ({"a": ["1,5", "2"], "b": ["01.02.2024", "?"]}, (",", True)),
        ({"a": ["1,5", "2,5"], "b": ["1.2", "1.2"]}, (",", True)),  # a version
        ({"a": ["1,5", "2,5"], "b": ["5.1.", "6.1."]}, (",", True)),
        ({"a": ["1,5", "2"], "b": ["e.g. text", "x"]}, (",", True)),
        ({"a": ["1,500", "2"], "b": ["1.5", "2"]}, (".", True)),
        ({"a": ["1", "2"], "b": ["a, b", "c"]}, (",", False)),
        ({"a": ["1.5", "2"]}, (".", True)),
        ({"a": ["1.500", "2"]}, (".", False)),
        ({"a": ["1,500", "2"]}, (",", False)),
        ({"a": ["0.500", "2"]}, (".", True)),
    ],
)
def test_decimal_mark(columns, decimal):
    frame = pd.DataFrame(columns)
    assert decimal_mark(frame, ";") == decimal
    assert decimal_mark(frame, ",") == (".", True)
