"""Which columns are learnt from, and as what."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

pytest.importorskip("pandas")

import pandas as pd

from skcurious._suggest._columns import BLANK
from skcurious._suggest._errors import InputError
from skcurious._suggest._problem import pose
from skcurious._suggest._tables import Table
from skcurious._suggest._text import Dialect


def table(name, **columns):
    frame = pd.DataFrame(columns)
    frame.index += 2
    return Table(name, frame, Dialect())


def problem(known, pool, **options):
    """The problem with one more column than are given, of numbers."""
    known = {"x": ["1", "2", "4", "8", "16", "32"], **known, "y": list("123456")}
    return pose(
        table("a.csv", **known),
        table("b.csv", **{"x": ["3", "5", "6", "9"], **pool}),
        "y",
        **options,
    )


@pytest.mark.parametrize(
    ("known", "pool", "reason"),
    [
        (list("aaaaaa"), list("aaaa"), "always a where there are labels"),
        (list("aaaaaa"), list("aaab"), "its other values in the pool"),
        (["7", "7.0"] * 3, ["7"] * 4, "always 7 where there are labels"),
        (["7"] * 6, ["7", "8", "9", ""], "its other values in the pool"),
        (["7", "", "7", "", "7", "7"], ["7"] * 4, "always 7"),
        ([None] * 6, list("abcd"), "blank in every labelled row"),
        (list("abcdef"), list("ghij"), "another text in every row"),
        (list("234567"), ["11", "12", "13", "14"], "it numbers the rows"),
        (["2024-01-02"] * 5 + [""], ["2024-01-03"] * 4, "dates"),
    ],
)
def test_columns_without_information(known, pool, reason):
    columns = problem({"c": known}, {"c": pool}).columns
    assert reason in columns.left_out["c"]
    assert columns.numbers == ["x"]
    assert columns.categories == []


@pytest.mark.parametrize(
    ("known", "pool", "kind"),
    [
        (list("abcdef"), list("aacd"), "categories"),  # no identifiers in the pool
        (list("aabbcc"), list("ghij"), "categories"),
        (["a", "", "a", "", "a", "a"], list("aaaa"), "categories"),
        ([True, False] * 3, [True] * 4, "categories"),
        (list("234567"), ["11", "12", "13", "15"], "numbers"),
        (list("234568"), ["11", "12", "13", "14"], "numbers"),
        ([1, 2, 3.5, 1, 2, 3], [1, 1, 1, 1], "numbers"),
    ],
)
def test_columns_with_information(known, pool, kind):
    columns = problem({"c": known}, {"c": pool}).columns
    assert "c" in getattr(columns, kind)
    assert columns.left_out == {}


def test_rows_without_a_label_say_nothing_about_columns():
    known = table("a", x=list("123456"), c=list("bbbbba"), y=[*"12345", ""])
    found = pose(known, table("b", x=["7", "9"], c=["b", "b"]), "y")
    assert "always b" in found.columns.left_out["c"]
    assert list(found.X.index) == [2, 3, 4, 5, 6]
    assert_array_equal(found.y, [1, 2, 3, 4, 5])
    assert found.notes == ["1 row of a without a label in 'y' is not learnt from."]


def test_blank_cells_and_new_categories():
    known = {"c": ["u", "v", "u", "", "u", "v"], "z": ["1", "2", "", "4", "4", "7"]}
    pool = {"c": ["u", "w", "", "w"], "z": ["", "1", "2", "3"]}
    found = problem(known, pool)
    assert list(found.X["c"]) == ["u", "v", "u", BLANK, "u", "v"]
    assert found.X["z"].isna().sum() == 1
    assert found.notes == [
        "2 blank cells in 'z' count as the median of the labelled rows.",
        "2 blank cells in 'c' count as a category of their own, (blank).",
        "'c' is 'w' in 2 rows of the pool and in no labelled row: the model cannot "
        "tell what that does, so label such a row as well if it matters.",
    ]


def test_rows_that_are_labelled_are_no_candidates():
    known = {"c": ["u", "v", "u", "", "u", "v"], "id": list("abcdef")}
    # Lines 2 and 3 are labelled rows; on line 4 the identifier is another.
    pool = {"x": [" 1.0", "8", "4", "5"], "c": ["u", "", "u", "u"], "id": list("adxy")}
    found = problem(known, pool)
    assert list(found.pool.index) == [4, 5]
    assert found.notes[0] == (
        "2 rows of b.csv that equal a labelled row in all columns are not suggested."
    )


def test_the_target_of_the_pool_and_other_columns_are_not_used():
    found = problem(
        {"z": list("142536")}, {"z": list("1425"), "y": ["?", "", "1", "2"]}
    )
    assert list(found.pool.columns) == list(found.X.columns) == ["x", "z"]
    found = problem({"z": list("142536")}, {"more": list("1425")}, ignore=["z"])
    assert list(found.pool.columns) == ["x"]
    found = problem({}, {"more": list("1425")}, cost="more", ignore=["more"])
    assert_array_equal(found.cost, [1, 4, 2, 5])


def ranged(*numbers):
    return [str(n) for n in numbers]


@pytest.mark.parametrize(
    ("known", "pool", "is_counter"),
    [
        (range(1, 31), range(31, 60), True),
        ([*range(1, 26), 266, 163, 282], [*range(26, 163), *range(164, 282)], True),
        ([9, 3, 40, 1, 22, 17], [n for n in range(1, 41) if n != 9], True),
        ([9, 3, 40, 1, 22, 17], [*range(1, 20), 39, 39], False),
        ([90, 3, 400, 1, 220, 17], range(0, 40, 2), False),
    ],
)
def test_counters_are_known_from_both_tables(known, pool, is_counter):
    known, pool = list(known), list(pool)
    labels = [str(i % 7) for i in range(len(known))]
    x = ["1.5", "2.5", "2.5"]
    a = table("a", run=ranged(*known), x=(x * len(known))[: len(known)], y=labels)
    b = table("b", run=ranged(*pool), x=(x * len(pool))[: len(pool)])
    found = pose(a, b, "y")
    assert found.columns.left_out.get("run") == (
        "it numbers the rows" if is_counter else None
    )
    a.frame, b.frame = (f.drop(columns="x") for f in (a.frame, b.frame))
    assert "run" in pose(a, b, "y").columns.numbers  # a design of one column


def test_a_row_of_totals_has_no_number():
    """Nor a name, and what it is without them are numbers and names of rows."""
    n = 30
    run = [*ranged(*range(1, n + 1)), ""]
    names = [*(f"R{i}" for i in range(n)), ""]
    x = [*(f"{v:.2f}" for v in np.random.RandomState(0).rand(n)), "0.5"]
    y = [*ranged(*range(12)), *[""] * (n - 11)]
    one = table("a", run=run, id=names, x=x, y=y)
    columns = pose(one, one, "y").columns
    assert columns.left_out == {
        "run": "it numbers the rows",
        "id": "another text in every row",
    }
    one.frame.loc[[3, 7, 9, 25, 27], ["run", "id"]] = None
    columns = pose(one, one, "y").columns  # then they are no names of rows
    assert columns.numbers == ["run", "x"]
    assert columns.categories == ["id"]


def test_codes_are_noted_before_there_is_a_label():
    rng = np.random.RandomState(0)
    code = ranged(*(rng.permutation(90_000)[:40] + 10_000))
    pool = table("b", code=code, x=[f"{v:.3f}" for v in rng.rand(40)])
    notes = pose(None, pool, "y").notes
    assert any("'code' is another whole number in every row" in n for n in notes)


def test_codes_are_noted_and_leading_zeros_are_names():
    rng = np.random.RandomState(0)
    codes = ranged(*(rng.permutation(90_000)[:40] + 10_000))
    x = [f"{v:.3f}" for v in rng.rand(40)]
    labels = [str(v) for v in range(15)]
    a = table("a", code=codes[:15], x=x[:15], y=labels)
    b = table("b", code=codes[15:], x=x[15:])
    found = pose(a, b, "y")
    assert "code" in found.columns.numbers
    assert "'code' is another whole number in every row" in found.notes[0]
    for one in (a, b):
        one.frame["code"] = "0" + one.frame["code"]
    found = pose(a, b, "y")
    assert found.columns.left_out["code"] == "another text in every row"


def test_replicates_count_once():
    x = ["1", "2", "3", "4", "6", "6", "6"]
    found = pose(
        table("a", x=x, y=["1", "2", "3", "4", "5", "6", "10"]),
        table("b", x=["7"]),
        "y",
    )
    assert list(found.X["x"]) == [1, 2, 3, 4, 6]
    assert_array_equal(found.y, [1, 2, 3, 4, 7])
    assert "7 labelled rows are 5 different ones; labels of equal" in found.notes[0]
    few = pose(
        table("a", x=["1", "1", "1", "2", "2", "2"], y=list("123456")),
        table("b", x=["7"]),
        "y",
    )
    assert len(few.y) == 6
    assert "only 2 different ones" in few.notes[0]


def test_rows_of_the_pool_with_a_label():
    pool = {"x": ["3", "5", "6", "9"], "y": ["77", "", "77", ""]}
    found = problem({}, pool)
    assert list(found.pool["x"]) == [5, 9]
    assert found.notes == ["2 rows of b.csv with a label in 'y' are not suggested."]
    found = problem({}, {**pool, "y": list("7777")})
    assert len(found.pool) == 4
    assert "is not looked at there" in found.notes[0]


@pytest.mark.parametrize(
    ("cells", "refused"),
    [
        (["985", "1.234", "870", "2.050", "910", "1.100"], True),
        (["985", "1.234", "870", "0.050", "910", "1.100"], False),
        (["985", "1.23", "870", "2.050", "910", "1.100"], False),
        (["1", "1.125", "2", "2.250", "3", "1.500"], False),
        (["1985", "1.234", "870", "2.050", "910", "1.100"], False),
    ],
)
def test_thousands(cells, refused):
    known = table("a.csv", x=list("123456"), z=cells, y=list("132546"))
    pool = table("b.csv", x=["7", "8"], z=["3.5", "1"])
    if not refused:
        assert pose(known, pool, "y").columns.numbers == ["x", "z"]
        return
    message = "'1.234' in column 'z' on line 3 of a.csv may be a thousand or a fraction"
    with pytest.raises(InputError, match=message):
        pose(known, pool, "y")


def test_prices_are_those_of_the_candidates():
    pool = {"x": ["1", "3", "32", "5"], "price": ["1", "2", "3", "4"]}
    found = problem({"price": list("111111")}, pool, cost="price")
    assert list(found.pool.index) == [3, 5]
    assert_array_equal(found.cost, [2, 4])
    assert list(found.pool.columns) == ["x"]


def test_text_among_numbers_is_found_in_labelled_rows_only():
    known = table("a", x=["1", "2", "3", "4", "5", "?"], y=[*"12345", ""])
    pose(known, table("b", x=["7"]), "y")
    with pytest.raises(InputError, match="'n/a\\?' in column 'x' on line 3 of b"):
        pose(known, table("b", x=["7", " n/a? "]), "y")


def test_nothing_is_changed():
    tables = [
        table(
            "a",
            x=["1", "2", "4", "", "5", "9"],
            c=[*list("uvuuv"), None],
            y=[*"12345", ""],
        ),
        table("b", x=["1", "", "4"], c=["u", None, "w"]),
    ]
    before = [t.frame.copy() for t in tables]
    pose(*tables, "y")
    for t, frame in zip(tables, before, strict=True):
        pd.testing.assert_frame_equal(t.frame, frame)


def test_a_row_of_totals():
    known = table("a.csv", x=[*"12345", ""], z=[*"21354", ""], y=[*"12346", "99"])
    found = pose(known, table("b.csv", x=["7"], z=["8"]), "y")
    assert_array_equal(found.y, [1, 2, 3, 4, 6])
    assert "1 row of a.csv with a label and nothing else is not used." in found.notes
