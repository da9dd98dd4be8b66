"""Tables of spreadsheet programs."""

import datetime

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("pandas")
pytest.importorskip("rich")
pytest.importorskip("openpyxl")
pytest.importorskip("odf")

import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious._suggest._tables import read_table
from skcurious._suggest._text import Dialect
from skcurious._suggest._written import write_table

ENGINES = {"xlsx": "openpyxl", "ods": "odf"}


@pytest.fixture(params=ENGINES)
def ending(request):
    return request.param


def write(frame, name, **options):
    engine = ENGINES[name.rpartition(".")[2]]
    frame.to_excel(name, index=False, engine=engine, **options)


def test_cells_keep_their_types(folder, ending):
    frame = pd.DataFrame(
        {
            "n": [1.5, None, -2],
            "s": ["NA", " u ", "None"],
            "mixed": ["1.5", 2, "105 °C"],
            "d": pd.date_range("2024-01-01", periods=3),
            "b": [True, False, True],
            "empty": [None, None, None],
        }
    )
    write(frame, f"a.{ending}")
    table = read_table(f"a.{ending}")
    assert list(table.frame.index) == [2, 3, 4]
    assert_array_equal(table.frame["n"], [1.5, np.nan, -2])
    assert list(table.frame["s"].dropna()) == [" u ", "None"]
    assert_array_equal(table.numbers("mixed")[0], [1.5, 2, np.nan])
    assert table.frame["d"].iloc[0] == datetime.datetime(2024, 1, 1)
    assert table.frame["b"].tolist() == [True, False, True]
    write_table(table.frame, f"b.{ending}", table.dialect, ["n"])
    again = read_table(f"b.{ending}").frame
    pd.testing.assert_frame_equal(again, table.frame.assign(mixed=again["mixed"]))
    assert again["mixed"].tolist() == ["1.5", "2", "105 °C"]


def test_numbers_of_text(folder, ending):
    frame = pd.DataFrame(
        {"n": ["1,50", None], "u": ["3 °C", "4 °C"], "id": ["007", "8"]}
    )
    write_table(frame, f"a.{ending}", Dialect(";", ","), ["n", "u"])
    found = read_table(f"a.{ending}").frame
    assert_array_equal(found["n"], [1.5, np.nan])
    assert found[["u", "id"]].to_numpy().tolist() == [["3 °C", "007"], ["4 °C", "8"]]


def test_lines_are_those_of_the_sheet(folder, ending):
    cells = [[None, None], ["a", "b"], [1, 2], [None, " "], [3, None]]
    write(pd.DataFrame(cells), f"a.{ending}", header=False)
    assert list(read_table(f"a.{ending}").frame.index) == [3, 5]


def test_the_first_sheet_with_a_table(folder, ending):
    engine = ENGINES[ending]
    with pd.ExcelWriter(f"a.{ending}", engine=engine) as writer:
        pd.DataFrame().to_excel(writer, sheet_name="none", index=False)
        for name in ("runs", "more"):
            pd.DataFrame({name: [1]}).to_excel(writer, sheet_name=name, index=False)
    table = read_table(f"a.{ending}")
    assert list(table.frame) == ["runs"]
    assert table.notes == [f"Of a.{ending} the sheet 'runs' is read, the first of 2."]


def test_what_is_no_workbook(folder, ending):
    name = f"a.{ending}"
    for content in (b"a,b\n1,2\n", b"PK\x03\x04 nothing", b""):
        (folder / name).write_bytes(content)
        with pytest.raises(InputError, match="is not a sound workbook"):
            read_table(name)
    write(pd.DataFrame(), name)
    with pytest.raises(InputError, match=f"{name} is empty."):
        read_table(name)
    write(pd.DataFrame({"a": []}), name)
    with pytest.raises(InputError, match="has column names but no rows below them"):
        read_table(name)
    write(pd.DataFrame([["Runs", None], ["a", "b"], [1, 2]]), name, header=False)
    with pytest.raises(InputError, match="names of its columns on line 2"):
        read_table(name)
    write(pd.DataFrame([["a", "b", None], [1, 2, None], [3, 4, 5]]), name, header=False)
    message = "3 cells on line 3, but its header has 2: name the column, or empty the"
    with pytest.raises(InputError, match=message):
        read_table(name)


def test_the_same_as_csv(suggest, diabetes, ending):
    labelled, pool = diabetes
    options = ["--target", "target", "-n", 4, "--model", "ridge", "--output"]
    pool["id"] = [f"s{i}" for i in range(len(pool))]
    pool.to_csv("pool.csv", index=False)
    suggest("--labelled", "labelled.csv", "--pool", "pool.csv", *options, "a.csv")
    write(labelled, f"labelled.{ending}")
    write(pool, f"pool.{ending}")
    tables = ["--labelled", f"labelled.{ending}", "--pool", f"pool.{ending}"]
    suggest(*tables, *options, f"a.{ending}")
    expected = pd.read_csv("a.csv")
    found = read_table(f"a.{ending}").frame
    assert list(found) == list(expected)
    assert_array_equal(found["id"], expected["id"])
    for name in (
        *labelled.columns.drop("target"),
        "line",
        "prediction",
        "std",
        "score",
    ):
        assert_allclose(found[name], expected[name], rtol=1e-12)


def test_times_of_a_zone(folder, ending):
    frame = pd.DataFrame({"t": pd.date_range("2024-01-01", periods=1, tz="UTC")})
    write_table(frame, f"a.{ending}", Dialect())
    assert read_table(f"a.{ending}").frame["t"].tolist() == [
        "2024-01-01 00:00:00+00:00"
    ]
