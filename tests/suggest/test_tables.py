"""Tables from files, and to files."""

import gzip

import numpy as np
import pytest
from numpy.testing import assert_array_equal

pytest.importorskip("pandas")

import pandas as pd

from skcurious._suggest._tables import agree, read_table
from skcurious._suggest._text import Dialect
from skcurious._suggest._written import write_table

CELLS = [["größe", "a b", "y"], ["x", "1.5", "3"], ["z", "", "-2.25"]]


def content(separator, decimal, newline="\n"):
    lines = [separator.join(row) for row in CELLS]
    return newline.join([*lines, ""]).replace(".", decimal)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", ",")]
)
def test_dialects(folder, separator, decimal, encoding, newline, pack):
    data = content(separator, decimal, newline).encode(encoding)
    (folder / "a.csv.gz").write_bytes(pack(data))
    table = read_table("a.csv.gz")
    assert list(table.frame.columns) == CELLS[0]
    assert list(table.frame.index) == [2, 3]
    assert_array_equal(table.numbers("a b")[0], [1.5, np.nan])
    assert_array_equal(table.numbers("y")[0], [3, -2.25])
    marked = "utf-8" if encoding == "utf-8" else "utf-8-sig"
    assert table.dialect == Dialect(separator, decimal, marked)


def test_separators_inside_quotation_marks(folder):
    (folder / "a.csv").write_text('"x; y; z",b\n"1; 2; 3",4\n"5;6;7",8\n')
    assert list(read_table("a.csv").frame.columns) == ["x; y; z", "b"]


def test_commas_in_the_header_of_a_file_with_semicolons(folder):
    (folder / "a.csv").write_text("c (g/l, dry);y\n1,5;2\n3;4\n")
    table = read_table("a.csv")
    assert list(table.frame.columns) == ["c (g/l, dry)", "y"]
    assert_array_equal(table.numbers("c (g/l, dry)")[0], [1.5, 3])


def test_lines_are_those_of_a_spreadsheet(folder):
    text = '\n \nname,y\n1,2\n\n,\n"two\nlines",3\n4,5\n'
    (folder / "a.csv").write_text(text)
    frame = read_table("a.csv").frame
    assert list(frame.index) == [4, 7, 8]
    assert frame.loc[7, "name"] == "two\nlines"


def test_blank_cells(folder):
    (folder / "a.csv").write_text("a,NA\nNA,1\n#N/A,2\nNone,3\nnone,4\n , 5\n")
    table = read_table("a.csv")
    assert list(table.frame.columns) == ["a", "NA"]
    assert list(table.frame["a"].dropna()) == ["None", "none", " "]
    assert_array_equal(table.numbers("NA")[0], [1, 2, 3, 4, 5])
    assert table.numbers("a")[1].sum() == 2


def test_columns_without_name_or_content(folder):
    (folder / "a.csv").write_text("a,,b,\n1,,2,\n3,,4,\n")
    assert list(read_table("a.csv").frame.columns) == ["a", "b"]


def test_short_rows_have_blank_cells(folder):
    (folder / "a.csv").write_text("a,b\n1\n3,4\n")
    assert_array_equal(read_table("a.csv").numbers("b")[0], [np.nan, 4])


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_writing_in_the_dialect(folder, name):
    dialect = Dialect(";", ",", "utf-8-sig")
    frame = pd.DataFrame({"größe": ["1,50", None], "std": [0.25, 1e-7]})
    write_table(frame, name, dialect)
    table = read_table(name)
    assert table.dialect == dialect
    assert list(table.frame["größe"].dropna()) == ["1,50"]
    assert_array_equal(table.numbers("std")[0], [0.25, 1e-7])
    first = (folder / name).read_bytes()
    write_table(frame, name, dialect)
    assert (folder / name).read_bytes() == first


def test_parquet(folder):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame(
        {
            "7": [1, 2],
            "i": pd.array([1, None], dtype="Int64"),
            "s": ["x", None],
            "c": pd.Categorical(["u", "v"]),
            "b": [True, False],
            "t": pd.date_range("2024-01-01", periods=2),
        }
    )
    frame.index = pd.Index(["p", "q"], name="key")
    frame.to_parquet("a.parquet")
    table = read_table("a.parquet")
    assert list(table.frame.columns) == ["key", "7", "i", "s", "c", "b", "t"]
    assert list(table.frame.index) == [2, 3]
    assert_array_equal(table.numbers("i")[0], [1, np.nan])
    write_table(table.frame, "b.parquet", table.dialect)
    again = read_table("b.parquet").frame
    pd.testing.assert_frame_equal(again, table.frame)


def test_numbers_of_text_in_parquet(folder):
    pytest.importorskip("pyarrow")
    (folder / "a.csv").write_text("n;id\n1,5;007\n;008\n")
    table = read_table("a.csv")
    write_table(table.frame, "b.parquet", table.dialect, ["n"])
    frame = read_table("b.parquet").frame
    assert_array_equal(frame["n"], [1.5, np.nan])
    assert list(frame["id"]) == ["007", "008"]


def test_the_first_line_of_excel(folder):
    (folder / "a.csv").write_text("sep=;\nx;y\n1;2\n3;4\n")
    table = read_table("a.csv")
    assert list(table.frame.columns) == ["x", "y"]
    assert list(table.frame.index) == [3, 4]
    assert table.dialect.separator == ";"


def test_tables_agree_on_the_decimal_mark(folder):
    """One of whole numbers is read, and written, as the other is."""
    (folder / "a.csv").write_text("x;y\n1,5;2,25\n3;4\n")
    (folder / "b.csv").write_text("x;y\n2.100;2\n3;4\n")
    (folder / "c.csv").write_text("x\ty\n2\t2\n3\t4\n")
    for name in ("b.csv", "c.csv"):
        labelled, pool = read_table("a.csv"), read_table(name)
        assert pool.dialect.decimal == "."
        agree(labelled, pool)
        assert labelled.dialect.decimal == pool.dialect.decimal == ","
    assert list(read_table("b.csv").numbers("x")[1]) == [False, False]
    labelled, pool = read_table("a.csv"), read_table("b.csv")
    agree(labelled, pool)
    assert list(pool.numbers("x")[1]) == [True, False]  # 2.100 is refused


def test_separators_at_the_end_of_rows(folder):
    (folder / "a.csv").write_text("a,b\n1,2,\n3,4,,\n,,\n")
    frame = read_table("a.csv").frame
    assert list(frame.columns) == ["a", "b"]
    assert frame.to_numpy().tolist() == [["1", "2"], ["3", "4"]]


def test_rows_of_spaces_are_none(folder):
    (folder / "a.csv").write_text("a,b\n1,2\n ,\u00a0\n\u200b, \n3,\n", "utf-8")
    assert list(read_table("a.csv").frame.index) == [2, 5]


@pytest.mark.parametrize("index", [[0, 1], ["u", "v"]])
def test_an_index_has_no_name(folder, index):
    pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=index).to_csv("a.csv")
    table = read_table("a.csv")
    assert list(table.frame.columns) == ["a", "b"]
    assert table.notes == [
        "The first column of a.csv has no name, and is not used: it numbers the rows."
    ]


def test_bars_between_cells(folder):
    (folder / "a.csv").write_text("a|b\n1,5|2\n3|4,5\n")
    table = read_table("a.csv")
    assert list(table.frame.columns) == ["a", "b"]
    assert_array_equal(table.numbers("b")[0], [2, 4.5])


def test_what_is_not_utf_8_is_said(folder):
    (folder / "a.csv").write_bytes("größe,y\nklein,1\n".encode("cp1252"))
    assert read_table("a.csv").notes == [
        "a.csv is not UTF-8, and read as Windows-1252: if it does not say 'größe', "
        "save it as CSV UTF-8."
    ]
