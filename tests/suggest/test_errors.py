"""What has to be mended is said in one sentence, and nothing is written."""

import gzip
import os
import sys

import pytest

pytest.importorskip("pandas")
pytest.importorskip("rich")

import pandas as pd

from skcurious.__main__ import main
from skcurious._suggest import MissingPackage
from skcurious._suggest._errors import check_packages

LABELLED = "x,c,y\n1,u,2\n2,v,3\n4,u,5\n8,v,1\n9,u,7\n7,v,4\n"
POOL = "x,c,price\n3,u,1\n5,v,2\n6,u,3\n"
ARGUMENTS = {"--labelled": "a.csv", "--pool": "b.csv", "--target": "y", "-n": 2}


def call(refusal, a=LABELLED, b=POOL, **changes):
    """The sentence for these contents of both files and changes of arguments."""
    for name, content in [("a.csv", a), ("b.csv", b)]:
        with open(name, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
    arguments = ARGUMENTS | {
        f"-{name}" if name == "n" else f"--{name}": value
        for name, value in changes.items()
    }
    return refusal(*(part for item in arguments.items() for part in item))


def test_the_tables_are_sound_as_they_are(folder, capsys):
    (folder / "a.csv").write_text(LABELLED)
    (folder / "b.csv").write_text(POOL)
    main(["suggest", *(str(part) for item in ARGUMENTS.items() for part in item)])
    assert "Label these rows next" in capsys.readouterr().out


LABELLED_FILES = {
    "empty": (b"", "a.csv is empty."),
    "blank": (b"\xef\xbb\xbf \n\n", "a.csv is empty."),
    "header only": (b"x,c,y\n", "a.csv has column names but no rows below them."),
    "blank rows": (b"x,c,y\n,,\n\n", "a.csv has column names but no rows below"),
    "binary": (
        bytes(range(256)),
        "a.csv is not a text file: save the table as CSV UTF-8, or give a workbook its "
        "ending, .xlsx or .ods.",
    ),
    "no zero bytes": (b"PK\x03\x04,y\n\x1b\n", "a.csv is not a text file"),
    "no encoding": (
        b"x,y\n\x81\x8d,1\n",
        "a.csv is neither UTF-8 nor Windows-1252 (line 2 cannot be read as either): "
        "save the table as CSV UTF-8.",
    ),
    "japanese": ("試料,y\n水,1\n".encode("shift-jis"), "a.csv is neither UTF-8 nor"),
    "no mark": ("x,y\n1,2\n".encode("utf-16-le"), "a.csv is not a text file: save"),
    "a workbook": (b"PK\x03\x04\x00", "a.csv is not a text file: save the table"),
    "cut gzip": (gzip.compress(LABELLED.encode())[:-9], "a.csv is a damaged gzip file"),
    "wrong gzip": (b"\x1f\x8bnothing of the sort", "a.csv is a damaged gzip file"),
    "names twice": (
        "x, y,x ,y\n1,2,3,4\n",
        "a.csv has more than one column named 'x', 'y': rename or delete all but one.",
    ),
    "no name": (
        "x,,y\n1,,2\n3,k,4\n",
        "a.csv has no name for its column 2, which holds 'k' on line 3: give it one.",
    ),
    "long row": (
        "\nx,c,y\n1,u,2\n\n3,a,b,4\n",
        "a.csv has 4 cells on line 5, but its header has 3: write text that holds ',' "
        "in quotation marks, and save numbers with decimal commas between semicolons.",
    ),
    "a cell more in every row": (
        "x,y\n1,2,3\n2,3,4\n",
        "every row of a.csv has one cell more than the 2 names of its header: give the "
        "column that has none a name, often the first.",
    ),
    "a title above": (
        "Runs of May\n\nx,c,y\n1,u,2\n2,v,3\n",
        "a.csv seems to have the names of its columns on line 3 ('x', 'c', 'y'): "
        "delete the lines above, or say --header-row 3.",
    ),
    "a title above, between separators": (
        "Runs of May,,\n,,\nx,c,y\n1,u,2\n2,v,3\n",
        "a.csv seems to have the names of its columns on line 3 ('x', 'c', 'y')",
    ),
    "a title above decimal commas": (
        "Runs of May\nx;c;y\n1,5;u;2,5\n2;v;3\n",
        "a.csv seems to have the names of its columns on line 2 ('x', 'c', 'y')",
    ),
    "several words above": (
        "Runs,of May,2024\nx,c,y\n1,u,2\n2,v,3\n",
        "a.csv has no column 'y'; its line 2 has that name: delete the lines above the "
        "names of the columns, or say --header-row 2.",
    ),
    "open quotation mark": ('x,y\n1,"2\n3,4\n', "a.csv cannot be cut into cells"),
    "no target": (
        LABELLED.replace("y", "ye "),
        "a.csv has no column 'y'; did you mean 'ye'?",
    ),
    "no target at all": (
        "x,yield\n1,2\n",
        "a.csv has no column 'y'; its columns are 'x', 'yield'.",
    ),
    "numbers for names": (
        "1,2\n3,4\n",
        "a.csv has no column 'y'; its first line holds numbers, where the names of "
        "the columns have to be.",
    ),
    "text for a label": (
        LABELLED.replace("5", "5?"),
        "'5?' in column 'y' on line 4 of a.csv is no number, but a target has to be: "
        "correct or empty the cell.",
    ),
    "infinite label": (
        LABELLED.replace("5", "inf"),
        "'inf' in column 'y' on line 4 of a.csv is infinite or too large to compute "
        "with: correct or empty the cell.",
    ),
    "target alone": (
        "y\n" + "1\n2\n" * 3,
        "a.csv has no column to learn from beside the target 'y'.",
    ),
    "no information": (
        "x,y\n" + "5,1\n5,2\n" * 3,
        "a.csv has no column to learn from ('x': always 5 where there are labels",
    ),
    "text among numbers": (
        LABELLED.replace("8", "8 mg"),
        "'8 mg' in column 'x' on line 5 of a.csv is no number, but the column holds "
        "numbers (--ignore leaves it out): correct or empty the cell.",
    ),
    "commas in numbers": (
        LABELLED.replace("8", '"8,5"'),
        "'8,5' in column 'x' on line 5 of a.csv is no number (decimals have a point in "
        "this file), but the column holds numbers",
    ),
    "nothing but commas in numbers": (
        "x,y\n" + '"1,500",1\n"2,500",2\n' * 3,
        "'1,500' (lines 2, 4, 6 of a.csv), '2,500' (lines 3, 5, 7 of a.csv) in column "
        "'x' are no numbers (decimals have a point in this file), but the column",
    ),
    "points and commas in numbers": (
        LABELLED.replace(",", ";").replace("4;u", "4,5;u").replace("8", "8.5"),
        "'4,5' in column 'x' on line 4 of a.csv is no number (decimals have a point",
    ),
    "infinite": (
        LABELLED.replace("8", "-inf"),
        "'-inf' in column 'x' on line 5 of a.csv is infinite",
    ),
    "too large": (
        LABELLED.replace("8", "1e200"),
        "'1e200' in column 'x' on line 5 of a.csv is infinite or too large",
    ),
}


@pytest.mark.parametrize("case", LABELLED_FILES)
def test_labelled_files(refusal, case):
    content, sentence = LABELLED_FILES[case]
    assert call(refusal, a=content).startswith(sentence)


POOL_FILES = {
    "empty": ("", "b.csv is empty."),
    "header only": ("x,c\n", "b.csv has column names but no rows below them."),
    "missing column": (
        "c,X-\nu,1\n",
        "b.csv lacks the column 'x' of a.csv: add it, or leave it out with --ignore; "
        "did you mean 'X-'?",
    ),
    "missing columns": (
        "k\n1\n",
        "b.csv lacks columns 'x', 'c' of a.csv: add them, or leave them out with "
        "--ignore; its columns are 'k'.",
    ),
    "text": (
        POOL.replace("6", " n/a? "),
        "'n/a?' in column 'x' on line 4 of b.csv is no number",
    ),
    "comma": (
        POOL.replace("6", '"12,5"'),
        "'12,5' in column 'x' on line 4 of b.csv is no number",
    ),
    "infinite": (POOL.replace("6", "INF"), "'INF' in column 'x' on line 4 of b.csv is"),
    "labelled already": (
        LABELLED,
        "every row of b.csv has a value in 'y', so that there is none to suggest: "
        "leave it blank in rows to choose from, or name a table of them with --pool.",
    ),
    "few rows": (
        "x,c\n3,u\n1,u\n",
        "-n asks for 2 rows, but b.csv has 1 to choose from: ask for that many at",
    ),
}


@pytest.mark.parametrize("case", POOL_FILES)
def test_pool_files(refusal, case):
    content, sentence = POOL_FILES[case]
    assert call(refusal, b=content).startswith(sentence)


COSTS = {
    "zero": (POOL.replace("2", "0"), "the cost 'price' is 0 on line 3 of b.csv: every"),
    "negative": (POOL.replace("2", "-1"), "the cost 'price' is -1 on line 3 of b.csv"),
    "blank": (POOL.replace("2", ""), "the cost 'price' is blank on line 3 of b.csv"),
    "text": (
        POOL.replace("2", "2 EUR"),
        "'2 EUR' in column 'price' on line 3 of b.csv is no number, but a cost has to "
        "be: correct or empty the cell.",
    ),
    "missing": (
        POOL.replace("price", "Prize"),
        "b.csv has no column 'price' for --cost; did you mean 'Prize'?",
    ),
}


@pytest.mark.parametrize("case", COSTS)
def test_costs(refusal, case):
    content, sentence = COSTS[case]
    assert call(refusal, b=content, cost="price").startswith(sentence)


ARGUMENT_ERRORS = {
    "no such file": (
        {"labelled": "A.csv"},
        "A.csv is not there; tables in that folder",
    ),
    "no such folder": (
        {"pool": "no/b.csv"},
        "no/b.csv is not there: there is no folder no.",
    ),
    "a folder": ({"pool": "."}, ". is a folder: name a file in it."),
    "ignored target": (
        {"ignore": "y"},
        "--ignore holds the target 'y': leave it out there.",
    ),
    "ignored nothing": (
        {"ignore": "cc"},
        "--ignore names 'cc', a column of neither table; did you mean 'c'?",
    ),
    "no rows": ({"n": 0}, "argument -n: '0' is not a whole number of at least 1."),
    "half a row": ({"n": 1.5}, "argument -n: '1.5' is not a whole number of at least"),
    "seed": ({"seed": -1}, "argument --seed: '-1' is not a whole number from 0 to"),
    "output of another kind": (
        {"output": "c.xls"},
        "c.xls has no ending that a table can have: use one of .csv, .tsv",
    ),
    "output in no folder": (
        {"output": "no/c.csv"},
        "no/c.csv cannot be written: there is no folder no.",
    ),
    "output over the input": (
        {"output": "./b.csv"},
        "./b.csv would be overwritten: write to another file.",
    ),
    "picture of another kind": (
        {"picture": "c.bmp"},
        "c.bmp has no ending that a picture can have: use one of .png, .pdf, .svg.",
    ),
}


@pytest.mark.parametrize("case", ARGUMENT_ERRORS)
def test_arguments(refusal, case):
    changes, sentence = ARGUMENT_ERRORS[case]
    assert call(refusal, **changes).startswith(sentence)


def test_no_table_in_the_folder(refusal):
    arguments = {**ARGUMENTS, "--labelled": "a.csv"}
    sentence = refusal(*(part for item in arguments.items() for part in item))
    assert sentence == "a.csv is not there; that folder holds no table."


def test_folders_as_files(refusal, folder):
    (folder / "c.csv").mkdir()
    assert call(refusal, output="c.csv") == (
        "c.csv is a folder: name a file to write to."
    )


def test_unknown_ending(refusal, folder):
    (folder / "a.xls").write_text(LABELLED)
    assert call(refusal, labelled="a.xls") == (
        "a.xls has no ending that a table can have: use one of .csv, .tsv, .txt, "
        ".csv.gz, .tsv.gz, .txt.gz, .xlsx, .ods, .parquet (the program that wrote it "
        "saves its tables as .xlsx, too)."
    )


def test_names_with_spaces_need_quotation_marks(refusal):
    arguments = ["--labelled", "a.csv", "--pool", "b.csv", "--target", "a", "b"]
    assert refusal(*arguments) == (
        "b is taken for the one table with everything, beside --labelled or --pool: "
        "leave one of them out, or write --labelled or --pool before it (a name with "
        'spaces needs quotation marks, --target "a b").'
    )
    assert refusal("b.csv", "--target", "a", "b").endswith(
        "unrecognized arguments: b (a name with spaces needs quotation marks, "
        '--target "a b"; of two tables write --labelled FILE --pool FILE)'
    )
    assert refusal("a.csv", "b.csv", "--target", "a").endswith(
        "of two tables write --labelled FILE --pool FILE)"
    )


def test_american_spelling(folder, capsys):
    (folder / "a.csv").write_text(LABELLED)
    (folder / "b.csv").write_text(POOL)
    main(["suggest", "--labeled", "a.csv", "--pool", "b.csv", "--target", "y", "-n2"])
    assert "Label these rows next" in capsys.readouterr().out


def test_files_without_permission(refusal, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: False)
        assert call(refusal, output="c.csv") == (
            "c.csv cannot be written: you have no permission to."
        )

    def refuse(path):
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    assert call(refusal) == "a.csv cannot be read: you have no permission to."


def test_a_full_disk(folder, monkeypatch, capsys):
    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    (folder / "a.csv").write_text(LABELLED)
    (folder / "b.csv").write_text(POOL)
    arguments = {**ARGUMENTS, "--output": "c.csv"}
    with pytest.raises(SystemExit) as caught:
        main(["suggest", *(str(part) for item in arguments.items() for part in item)])
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert error.endswith("c.csv cannot be written: No space left on device.\n")


@pytest.mark.parametrize("name", ["line", "score", "prediction", "std"])
def test_names_that_the_output_needs(refusal, name):
    pool = POOL.replace("price", name)
    sentence = call(refusal, b=pool, output="c.csv")
    assert sentence == (
        f"b.csv has '{name}' among its columns, as what --output adds is named: rename "
        "it."
    )


def test_no_parquet_file(refusal, folder):
    pytest.importorskip("pyarrow")
    (folder / "a.parquet").write_bytes(b"PAR1 this is none PAR1")
    sentence = call(refusal, labelled="a.parquet")
    assert sentence.startswith("a.parquet is not a sound Parquet file (")
    pd.DataFrame({"x": [], "y": []}).to_parquet("a.parquet")
    sentence = call(refusal, labelled="a.parquet")
    assert sentence == "a.parquet has column names but no rows below them."


def test_arguments_that_are_missing(refusal):
    assert refusal("--pool", "b.csv") == (
        "the following arguments are required: --target"
    )
    assert refusal() == "the following arguments are required: --pool, --target"


@pytest.mark.parametrize(
    ("package", "changes"),
    [
        ("pandas", {}),
        ("rich", {}),
        ("matplotlib", {"picture": "c.png"}),
        ("pyarrow", {"output": "c.parquet"}),
        ("pyarrow", {"labelled": "a.parquet"}),
        ("openpyxl", {"labelled": "a.xlsx"}),
        ("openpyxl", {"output": "c.xlsx"}),
        ("odf", {"output": "c.ods"}),
    ],
)
def test_packages_that_are_missing(refusal, monkeypatch, package, changes):
    monkeypatch.setitem(sys.modules, package, None)
    assert call(refusal, **changes) == (
        f"this needs the package {package}, which is not installed; get it with: pip "
        'install "skcurious[suggest]".'
    )


def test_a_package_that_is_broken_is_not_called_missing(folder, monkeypatch):
    (folder / "broken_package.py").write_text("import not_there_at_all")
    monkeypatch.syspath_prepend(folder)
    with pytest.raises(ModuleNotFoundError, match="not_there_at_all") as caught:
        check_packages(["broken_package"])
    assert not isinstance(caught.value, MissingPackage)


def test_a_bug_is_not_hidden(folder, monkeypatch):
    def bug(*arguments):
        raise ValueError("a bug")

    monkeypatch.setattr("skcurious._suggest._learned.learned", bug)
    (folder / "a.csv").write_text(LABELLED)
    (folder / "b.csv").write_text(POOL)
    with pytest.raises(ValueError, match="a bug"):
        main(["suggest", *(str(part) for item in ARGUMENTS.items() for part in item)])
