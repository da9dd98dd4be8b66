"""Files that are not what their names or headers say: sentences, no shifted cells."""

import csv
import gzip

import pytest

from skcurious import CuriousRidge
from skcurious.out_of_core import _csv, curiosity_score, read_chunks
from skcurious.out_of_core._csv import CountedRows

pytest.importorskip("hypothesis")
pytest.importorskip("pandas")

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal


@pytest.mark.parametrize("columns", [None, ["a"], ["b", "a"]])
@pytest.mark.parametrize(
    ("text", "line", "cells"),
    [
        ("a,b\n1,5,2\n2,6,3\n", 2, 3),  # names of rows, as R writes them
        ("a,b\n1,5,2,5\n", 2, 4),
        ("a,b\n1,5,\n2,6,\n", 2, 3),
        ("a,b\n0,0\n0,0\n0,0\n1,5,2\n", 5, 3),
        ("a,b\n0,0\n1,5,,\n", 3, 4),
        ('a,b\n0,0\n\n"4\n",4\n1,5,2,5\n', 6, 4),
        ("a,b\n0\n0,1\n0,1,2\n", 4, 3),
    ],
)
@pytest.mark.parametrize("end", ["csv", "csv.gz"])
def test_rows_longer_than_the_header(tmp_path, text, line, cells, columns, end):
    path = tmp_path / f"pool.{end}"
    path.write_bytes(text.encode() if end == "csv" else gzip.compress(text.encode()))
    message = rf"{end}, line {line}: {cells} cells under a header of 2\. Mend"
    with pytest.raises(ValueError, match=message):
        list(read_chunks(path, columns=columns, chunk_rows=2))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_quotes_and_blocks(tmp_path, end, monkeypatch):
    # Rows over several lines, commas in quotes, quotes within, at the ends of blocks.
    monkeypatch.setattr(_csv, "BLOCK", 7)
    lines = ["", " ", "a,text", '0,"1,2"', '1,"x', "", 'y""z,"', '2,5" pipe', "", "3,"]
    path = tmp_path / "pool.csv"
    path.write_bytes(end.join(lines).encode())
    expected = pd.read_csv(path)
    for chunk_rows in (1, 2, 9):
        chunks = list(read_chunks(path, chunk_rows=chunk_rows))
        assert_frame_equal(pd.concat(chunks), expected, check_dtype=False)
    lines[-1] = '3,"4","5"'
    path.write_bytes(end.join(lines).encode())
    with pytest.raises(ValueError, match="line 10: 3 cells under a header of 2"):
        list(read_chunks(path, chunk_rows=1))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    st.lists(st.lists(st.text('ab",\n ', max_size=4), min_size=2, max_size=4)),
    st.integers(1, 40),
    st.integers(1, 5),
)
def test_longer_rows_are_found_wherever_they_are(tmp_path_factory, rows, block, k):
    path = tmp_path_factory.mktemp("files") / "pool.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["p", "q"], *rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_csv, "BLOCK", block)
        if any(len(row) > 2 for row in rows):
            with pytest.raises(ValueError, match="cells under a header of 2"):
                list(read_chunks(path, chunk_rows=k))
        else:
            with CountedRows(path) as counted:
                assert counted.read() == path.read_bytes().decode()


def test_what_the_message_says_to_do(tmp_path):
    train = pd.DataFrame({"a": [0.0, 1.0, 2.0], "b": [1.0, 0.0, 3.0]})
    model = CuriousRidge().fit(train, [0.0, 1.0, 3.0])
    expected = model.curiosity_score(train)
    for end, names, index_col in (("", True, 0), (",", False, False)):
        path = tmp_path / "pool.csv"
        rows = train.to_csv(index=names, header=False).splitlines()
        path.write_text("\n".join(["a,b", *(row + end for row in rows)]))
        with pytest.raises(ValueError, match="line 2: 3 cells"):
            curiosity_score(model, path)
        chunks = pd.read_csv(path, index_col=index_col, chunksize=2)
        assert curiosity_score(model, chunks) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("pool.csv", "é,b\n1,2\n".encode("latin-1"), "not in UTF-8: save it so, or"),
        ("pool.csv", b"a,b\n" + b"1,2\n" * 10**5 + b"\xe9,2\n", "not in UTF-8"),
        ("pool.csv", "a,b\n1,2\n".encode("utf-16"), "not in UTF-8"),
        ("pool.csv", "a,b\n1,2\n".encode("utf-16-le"), "not in UTF-8"),
        ("pool.csv.gz", b"a,b\n1,2\n", r"not compressed: let its name end in \.csv\."),
        ("pool.csv", gzip.compress(b"a,b\n1,2\n"), r"is compressed: let .* \.csv\.gz"),
        ("pool.csv.gz", gzip.compress(bytes(10**5))[:-9], "damaged or not complete"),
        ("pool.csv.gz", gzip.compress(b"a,b\n1,2\n")[:-8] + b"12345678", "damaged"),
        ("pool.csv", b'a,b\n1,5\n"2,6\n', "cannot be read: EOF inside string"),
        ("pool.parquet", b"a,b\n1,2\n", "is no Parquet file: "),
    ],
    ids=[
        "latin-1",
        "latin-1 far down",
        "utf-16",
        "utf-16 without mark",
        "not compressed",
        "compressed",
        "cut",
        "damaged",
        "open quotes",
        "no parquet",
    ],
)
def test_other_files(tmp_path, name, content, message):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        list(read_chunks(tmp_path / name, chunk_rows=1000))


def test_a_byte_order_mark_is_none_of_the_name(tmp_path):
    path = tmp_path / "pool.csv"
    path.write_bytes("a,b\n1,2\n".encode("utf-8-sig"))
    assert [list(chunk) for chunk in read_chunks(path)] == [["a", "b"]]


def test_columns_that_are_not_asked_for_may_hold_anything(tmp_path):
    path = tmp_path / "pool.csv"
    path.write_text("a,b\n1,2\n2,3\n3,four\n")
    chunks = list(read_chunks(path, columns=["a"], chunk_rows=2))
    assert [chunk.a.to_list() for chunk in chunks] == [[1, 2], [3]]
