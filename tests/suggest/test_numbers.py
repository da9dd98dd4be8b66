"""Columns of numbers in disguise: read and said, or refused; never categories."""

import numpy as np
import pytest

pytest.importorskip("pandas")
pytest.importorskip("rich")

from numpy.testing import assert_allclose

from skcurious._suggest._errors import InputError


def two(known, pool):
    """Tables with these cells in the column z."""
    rows = zip((1, 2, 4, 8, 16, 32), known, (2, 3, 5, 1, 7, 4), strict=True)
    a = "\n".join(["x;z;y", *(f'{x};"{z}";{y}' for x, z, y in rows)])
    b = "\n".join(
        ["x;z", *(f'{x};"{z}"' for x, z in zip((3, 5, 6), pool, strict=True))]
    )
    return a, b


@pytest.mark.parametrize(
    ("known", "pool", "values", "note"),
    [
        (
            ["105 °C", "110 °C", "", "90 °C", "80.5 °C", "90 °C"],
            ["100 °C", "", "-5 °C"],
            [105, 110, np.nan, 90, 80.5, 90, 100, np.nan, -5],
            "'80.5 °C' in 'z' is read as 80.5, and others like it; the unit '°C' is "
            "that of every cell.",
        ),
        (
            ["0.1 M", "0.2 M", "0.1 M", "0.1 M", "0.1 M", "1 M"],
            ["0.5 M", "2 M", "1e-3 M"],
            [0.1, 0.2, 0.1, 0.1, 0.1, 1, 0.5, 2, 1e-3],
            "the unit 'M' is that of every cell.",
        ),
        (
            ["$1,234.50", "$3.00", "$1,000", "$7", "$8", "$9"],
            ["$2,000", "$3", "$4"],
            [1234.5, 3, 1000, 7, 8, 9, 2000, 3, 4],
            "'$1,234.50' in 'z' is read as 1234.5, and others like it; the unit '$'",
        ),
        (
            ["12.50 €", "9 €", "9 €", "7 €", "8 €", "9 €"],
            ["1 €", "2 €", "3 €"],
            [12.5, 9, 9, 7, 8, 9, 1, 2, 3],
            "the unit '€' is that of every cell.",
        ),
        (
            ["−0.21", "0.3", "0.4", "-1", "2", "3"],
            ["1", "2", "−5.5"],
            [-0.21, 0.3, 0.4, -1, 2, 3, 1, 2, -5.5],
            "'−0.21' in 'z' is read as -0.21, and others like it.",
        ),
        (
            ["~20", "30", "40", "10", "20", "30"],
            ["25", "35", "45"],
            [20, 30, 40, 10, 20, 30, 25, 35, 45],
            "'~20' in 'z' is read as 20.",
        ),
        (
            ["4.0±0.2", "5.0±0.2", "4.4±0.3", "3", "2", "1"],
            ["4", "5", "6"],
            [4, 5, 4.4, 3, 2, 1, 4, 5, 6],
            "'4.0±0.2' in 'z' is read as 4, and others like it.",
        ),
        (
            ["1.5×10-8", "2×10-8", "3×10-9", "1E-8", "2.5e-8", "1e-9"],
            ["1×10-8", "2e-8", "3e-8"],
            [1.5e-8, 2e-8, 3e-9, 1e-8, 2.5e-8, 1e-9, 1e-8, 2e-8, 3e-8],
            "'1.5×10-8' in 'z' is read as 1.5e-08, and others like it.",
        ),
    ],
)
def test_one_evident_value_is_read_and_said(posed, known, pool, values, note):
    found = posed(*two(known, pool))
    assert found.columns.numbers == ["x", "z"]
    got = [*found.X["z"], *found.pool["z"]]
    assert_allclose(got, values, rtol=1e-15)
    assert any(note in said for said in found.notes)


@pytest.mark.parametrize(
    ("cells", "pool", "sentence"),
    [
        (
            ["1", "2", "(12.5)", "4", "20-30", "<0.1"],
            ["1", "(12.5)", "?"],
            "'(12.5)' (line 4 of a.csv), '20-30' (line 6 of a.csv), '<0.1' (line 7 of "
            "a.csv), '(12.5)' (line 3 of b.csv), '?' (line 4 of b.csv) in column 'z' "
            "are no numbers, but the column holds numbers (--ignore leaves it out): "
            "correct or empty the cells.",
        ),
        (
            ["0.1 M", "100 mM", "0.3 M", "0.1 M", "20 mM", "1 M"],
            ["1 M", "2 M", "3 M"],
            "'100 mM' (line 3 of a.csv), '20 mM' (line 6 of a.csv) in column 'z' are "
            "not in 'M' as other cells are: write the column in one unit.",
        ),
        (
            ["1 h", "2 h", "3 h", "4 h", "5 h", "6 h"],
            ["1", "2 h", "3 h"],
            "'1' in column 'z' on line 2 of b.csv is not in 'h' as other cells are",
        ),
        (
            ["15%", "0.2", "0.3", "0.4", "0.5", "0.6"],
            ["1", "2", "3"],
            "'15%' in column 'z' on line 2 of a.csv is no number",
        ),
        (
            ["1", "2", "2024-01-02", "Feb 1", "5", "6"],
            ["1", "2", "3"],
            "'2024-01-02' (line 4 of a.csv), 'Feb 1' (line 5 of a.csv) in column 'z'",
        ),
        (
            ["1.234 €", "985 €", "870 €", "2.050 €", "910 €", "1.100 €"],
            ["900 €", "800 €", "700 €"],
            "'1.234 €' in column 'z' on line 2 of a.csv may be a thousand or",
        ),
    ],
)
def test_all_other_cells_are_refused_together(posed, cells, pool, sentence):
    a, b = two(cells, pool)
    with pytest.raises(InputError) as caught:
        posed(a.replace("x;", "x;").replace("1;", "1.5;", 1), b)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("known", "pool", "shown"),
    [
        (["20-30", "30-40"] * 3, ["20-30"] * 3, "'20-30', '30-40'"),
        (["<0.1", ">5"] * 3, ["<0.1"] * 3, "'<0.1', '>5'"),
        (["March", "April"] * 3, ["March"] * 3, "'March', 'April'"),
        (["none", "none", "none", "0.1 M", "none", "none"], ["none"] * 3, "'0.1 M'"),
        (["a", "a", "b", "2024-01-02", "b", "b"], ["a"] * 3, "'2024-01-02'"),
        (
            ["(1.5)", "(2)", "(3)", "(4)", "(5)", "(6)"],
            ["(7)", "(8)", "(9)"],
            "'(1.5)'",
        ),
    ],
)
def test_what_is_no_number_in_the_end_is_said(posed, known, pool, shown):
    found = posed(*two(known, pool))
    (note,) = (note for note in found.notes if "may be meant as numbers" in note)
    assert note.startswith(shown)


@pytest.mark.parametrize(
    "cells",
    [
        ["Mar 2024", "Apr 2024", "May 2024", "Mar 2024", "Jan 2023", "Jan 2023"],
        ["1 Mar 2024", "2. April 24", "March 3, 2024", "01-Mar-24", "3 May", "Mar '24"],
        ["2024-03", "2024-04", "2024-05", "2024-03", "2024-01", "2024-01"],
    ],
)
def test_months_with_a_day_or_a_year_are_dates(posed, cells):
    found = posed(*two(cells, cells[:3]))
    assert found.columns.left_out["z"].startswith("dates")


@pytest.mark.parametrize("cells", [["1a", "2b"] * 3, ["2-propanol", "3-hexanol"] * 3])
def test_names_with_digits_are_categories_as_before(posed, cells):
    found = posed(*two(cells, cells[:3]))
    assert found.columns.categories == ["z"]
    assert not any("numbers" in note for note in found.notes)


def test_numbers_with_units_are_written_as_they_were(suggest, folder):
    import pandas as pd

    a, b = two(["105 °C", "90 °C"] * 3, ["-1,234.50 °C", "7 °C", "−5 °C"])
    (folder / "a.csv").write_text(a, encoding="utf-8")
    (folder / "b.csv").write_text(b, encoding="utf-8")
    tables = ["--labelled", "a.csv", "--pool", "b.csv", "--target", "y", "-n", 3]
    text = suggest(*tables, "--output", "c.csv", "--model", "ridge")
    assert "-1,234.50 °C" in text
    cells = set(pd.read_csv("c.csv", sep=";")["z"])
    assert cells == {"-1,234.50 °C", "7 °C", "−5 °C"}
