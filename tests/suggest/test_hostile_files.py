"""Files that somebody means harm with: one sentence each, or they work.

The campaign's folder is all that is written.
"""

import csv
import os
import re
import subprocess
import sys
from contextlib import nullcontext

import pytest

pytest.importorskip("pandas")
pytest.importorskip("rich")
pytest.importorskip("pyarrow")
pytest.importorskip("openpyxl")
pytest.importorskip("odf")

import pandas as pd
from hostile_files import FORMULAS, HOSTILE, ROWS

from skcurious.__main__ import main
from skcurious._suggest import _limits
from skcurious._suggest._errors import InputError
from skcurious._suggest._tables import read_table
from skcurious._suggest._text import Dialect
from skcurious._suggest._written import write_table

LARGE = [name for name, file in HOSTILE.items() if file.large]
PROGRAM = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))
from skcurious.__main__ import main
from skcurious._suggest import _limits
for name in sys.argv[1:]:
    try:
        main(["init", "folder", "--candidates", name, "--target", "y"])
    except SystemExit as error:
        assert error.code == 2
    else:
        raise AssertionError(f"{name} was taken")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    """All files below the folder of the test, which works in a folder in it."""
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)

    def found():
        return {path.relative_to(inside.parent) for path in tmp_path.rglob("*")}

    return found


@pytest.fixture
def command(capsys):
    """Run it; returns whether it worked, and all that it said."""

    def run(*arguments):
        code = 0
        try:
            main(list(map(str, arguments)))
        except SystemExit as error:
            code = error.code
        out, err = capsys.readouterr()
        assert code in (0, 2)
        assert not re.search("[\0-\x08\x0b-\x1f\x7f]", out + err)
        if code:
            assert out == ""
            assert err.count("\n") == 1
            assert err.endswith("\n")
            assert len(err) < 1000
        return code == 0, out + err

    return run


@pytest.mark.parametrize("name", [n for n in HOSTILE if n not in LARGE])
def test_one_sentence_or_it_works(files, command, name):
    with open(name, "wb") as file:
        file.write(HOSTILE[name].make())
    before = files()
    works, said = command("init", "screen", "--candidates", name, "--target", "y")
    if HOSTILE[name].sentence:
        assert not works
        assert HOSTILE[name].sentence in said
    if not works:
        assert files() == before
        return
    assert all(path.parts[1] == "screen" for path in files() - before)
    works, said = command("suggest", name, "--target", "y", "-n", 1)
    works, said = command("add", "screen", name)
    assert works or HOSTILE[name].sentence is None


@pytest.mark.slow
def test_what_would_take_all_memory_is_refused_before(files):
    for name in LARGE:
        with open(name, "wb") as file:
            file.write(HOSTILE[name].make())
    before = files()
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, *LARGE],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    sentences = ran.stderr.splitlines()
    assert len(sentences) == len(LARGE)
    for name, sentence in zip(LARGE, sentences, strict=True):
        assert name in sentence
        assert HOSTILE[name].sentence in sentence
    assert int(ran.stdout) < 1500  # MB
    assert files() == before


def test_there_are_enough():
    assert len(HOSTILE) >= 40
    assert {".csv", ".gz", ".ods", ".parquet", ".xls", ".xlsx"} == {
        os.path.splitext(name)[1] for name in HOSTILE
    }


# Formulas


@pytest.fixture
def formulas():
    cells = [*FORMULAS, "-5 °C", "-CH3", "+", "'quoted'", "''=x", "=C(C)C", "a=b"]
    return pd.DataFrame({"=1+1": cells, "n": [-1.5] * len(cells)})


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_formula_in_csv_is_text_and_comes_back(files, formulas, separator):
    write_table(formulas, "a.csv", Dialect(separator))
    with open("a.csv", newline="") as file:
        rows = list(csv.reader(file, delimiter=separator))
    written = [cell for row in rows for cell in row]
    may_run = [c for c in written if re.match(r"\s*[=@]|\s*[+-].*[(|!]", c)]
    assert may_run == []
    assert "-1.5" in written
    assert "-5 °C" in written
    assert "-CH3" in written
    again = read_table("a.csv").frame
    assert list(again.columns) == ["=1+1", "n"]
    assert list(again["=1+1"]) == list(formulas["=1+1"])


def test_a_formula_in_a_workbook_is_text(files, formulas):
    import openpyxl

    write_table(formulas, "a.xlsx", Dialect(), ["n"])
    cells = [c for row in openpyxl.load_workbook("a.xlsx").active for c in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert all(c.quotePrefix for c in cells if str(c.value).startswith("="))
    again = read_table("a.xlsx").frame
    assert list(again["=1+1"]) == list(formulas["=1+1"])
    write_table(formulas, "a.ods", Dialect(), ["n"])
    assert list(read_table("a.ods").frame["=1+1"])[2:] == list(formulas["=1+1"])[2:]


def test_a_campaign_of_formulas(files, command):
    """What is written for the next rows finds its candidates again."""
    with open("a.csv", "wb") as file:
        file.write(HOSTILE["formulas.csv"].make())
    for output in ("next.csv", "next.xlsx"):
        folder = output[5:]
        assert command("init", folder, "--candidates", "a.csv", "--target", "q")[0]
        works, said = command("suggest", folder, "-n", 3, "--output", output)
        assert works, said
        table = read_table(output)
        table.frame["q"] = ["1", "2", "3"]
        write_table(table.frame, output, table.dialect)
        works, said = command("add", folder, output)
        assert works, said
        assert f"{len(ROWS) - 3} rows to choose from, 3 measured" in said


# Limits


def test_what_is_just_small_enough(files, monkeypatch):
    with open("a.csv", "w") as file:
        file.write(f"x,y\n{'a' * 32_767},1\n")
    assert len(read_table("a.csv").frame.iloc[0, 0]) == 32_767
    monkeypatch.setattr(_limits, "MOST_COLUMNS", 3)
    monkeypatch.setattr(_limits, "MOST_CELLS", 9)
    for text, error in [
        ("a,b,c\n" + "1,2,3\n" * 2, None),
        ("a,b,c\n" + "1,2,3\n" * 3, "has 4 rows of 3 columns"),
        ("a,b,c,d\n1,2,3,4\n", "has 4 columns"),
    ]:
        with open("a.csv", "w") as file:
            file.write(text)
        with nullcontext() if error is None else pytest.raises(InputError, match=error):
            read_table("a.csv")


def test_a_cell_far_away_is_named(files):
    rows = "".join(f"{i},{i}\n" for i in range(100))
    with open("a.csv", "w") as file:
        file.write(f"title\nx,y\n{rows}{'b' * 40_000},1\n")
    with pytest.raises(InputError, match="line 103 in column 1"):
        read_table("a.csv")


def test_a_locked_workbook(files):
    data = bytearray(HOSTILE["claims_a_size.xlsx"].make())
    at = data.index(b"PK\x01\x02") + 8
    data[at] |= 1
    with open("a.xlsx", "wb") as file:
        file.write(data)
    with pytest.raises(InputError, match="locked by a password"):
        read_table("a.xlsx")


def test_characters_that_a_workbook_cannot_hold(files):
    with open("a.csv", "w") as file:
        file.write("x,y\na\x0cb,1\nc,2\n")
    table = read_table("a.csv")
    with pytest.raises(InputError, match="control characters"):
        write_table(table.frame, "b.xlsx", table.dialect)
