"""A campaign in a folder, by its commands."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("pandas")
pytest.importorskip("rich")

import pandas as pd

from skcurious.__main__ import main
from skcurious.campaign import Campaign


@pytest.fixture
def command(folder, capsys):
    """Run a command; returns what it printed, on one line."""

    def run(*words):
        main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert err == ""
        return " ".join(out.split())

    return run


@pytest.fixture
def refused(folder, capsys):
    """Run a command in vain; returns its sentence."""

    def contents():
        return {
            os.path.join(at, name): os.stat(os.path.join(at, name)).st_mtime_ns
            for at, _, files in os.walk(folder)
            for name in files
        }

    def run(*words):
        before = contents()
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words])
        assert caught.value.code == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert contents() == before, "nothing is written"
        return err.partition(": ")[2].rstrip("\n")

    return run


@pytest.fixture
def pool(folder, rng):
    """Thirty candidates in the folder ``c``."""
    frame = pd.DataFrame(
        {
            "name": [f"S{i}" for i in range(30)],
            "T": [f"{t} °C" for t in rng.choice([20, 40, 60], 30)],
            "x": rng.uniform(0, 9, 30).round(2),
            "solvent": rng.choice(["THF", "Water"], 30),
        }
    )
    frame.to_csv("pool.csv", index=False)
    return frame


MAKE = ["init", "c", "--candidates", "pool.csv", "--target", "y", "--model", "ridge"]


@pytest.fixture
def measured(command, pool):
    """The same with six results."""
    command(*MAKE)
    done = pool.head(6).assign(y=pool["x"] * 2)
    done.to_csv("done.csv", index=False)
    command("add", "c", "done.csv")
    return pool, done


def test_the_folder_is_a_campaign(command, measured):
    _, done = measured
    campaign = Campaign.load("c")
    assert_allclose(campaign.measurements["y"], done["y"])
    assert list(campaign.states.index[campaign.states == "measured"]) == [*range(2, 8)]
    command(
        *["suggest", "c", "-n", 4, "--output", "next.csv", "--predictions", "all.csv"]
    )
    rows, expected = pd.read_csv("next.csv"), campaign.suggest(4)
    assert_array_equal(rows["line"], expected.index)
    for name in ["prediction", "std", "score"]:
        assert_allclose(rows[name], expected[name], rtol=1e-5)
    everything = pd.read_csv("all.csv")
    assert_allclose(everything["std"], campaign.predictions()["std"], rtol=1e-5)
    assert list(rows["name"]) == list(expected["name"])


def test_suggesting_changes_nothing_but_what_is_asked_for(command, measured):
    before = sorted(os.listdir("c"))
    first = command("suggest", "c", "-n", 3)
    assert command("suggest", "c", "-n", 3) == first
    assert sorted(os.listdir("c")) == before
    assert sorted(os.listdir(".")) == ["c", "done.csv", "pool.csv"]
    text = command("suggest", "c", "-n", 3, "--mark")
    assert "They are pending now in c." in text
    assert (Campaign.load("c").states == "pending").sum() == 3


def test_a_table_that_grows_is_taken_in_what_is_new(command, refused, measured):
    pool, _ = measured
    assert refused("add", "c", "done.csv") == (
        "done.csv holds nothing that is not in the campaign already; --again takes its "
        "results as replicates."
    )
    pool.head(8).assign(y=pool["x"] * 2).to_csv("done.csv", index=False)
    text = command("add", "c", "done.csv")
    assert "Taken 2 results from done.csv" in text
    assert "6 results of done.csv are in the campaign already" in text
    text = command("add", "c", "done.csv", "--again")
    assert "Taken 8 results from done.csv" in text
    assert "8 rows had results before: labels of one row are averaged." in text


def test_equal_replicates_of_one_table_are_all_taken(command, measured):
    _, done = measured
    pd.concat([done.head(1)] * 3).to_csv("done.csv", index=False)
    text = command("add", "c", "done.csv")  # one of them is there
    assert "Taken 2 results from done.csv" in text
    assert "1 result of done.csv is in the campaign already" in text


def test_results_are_read_as_candidates_are(command, refused, measured):
    """Another spelling, a plain number, decimal commas; another unit is refused."""
    row = measured[0].iloc[20]
    cells = {"t": row["T"][:2], "x": f"{row['x']}".replace(".", ","), "y": "3,25"}
    cells |= {"solvent": row["solvent"].upper()}
    pd.DataFrame([cells]).to_csv("a.csv", index=False, sep=";")
    text = command("add", "c", "a.csv")
    assert "'t' of a.csv is taken for 'T'." in text
    assert "no candidate" not in text
    campaign = Campaign.load("c")
    assert campaign.states[22] == "measured"
    assert campaign.measurements["y"].iloc[-1] == 3.25
    pd.DataFrame([cells | {"t": "313 K"}]).to_csv("a.csv", index=False, sep=";")
    assert refused("add", "c", "a.csv") == (
        "'T' of a.csv is in 'K', but the candidates are in '°C': write it as they do."
    )


def test_rows_that_are_no_candidates(command, measured):
    pool, _ = measured
    pool.head(1).assign(x=77, y=1).to_csv("a.csv", index=False)
    text = command("add", "c", "a.csv")
    assert "1 row of a.csv equals no candidate, and what it says is learnt from" in text


def test_results_by_line(command, refused, measured):
    pd.DataFrame({"line": [12, 13], "y": [1, "failed"]}).to_csv("a.csv", index=False)
    text = command("add", "c", "a.csv")
    assert "Taken 1 result from a.csv" in text
    states = Campaign.load("c").states
    assert (states[12], states[13]) == ("measured", "failed")
    pd.DataFrame({"line": [99], "y": [1]}).to_csv("a.csv", index=False)
    assert refused("add", "c", "a.csv") == (
        "'line' is 99 on line 2 of a.csv, which is no line of the candidates: correct "
        "it."
    )


def test_marks(command, refused, measured):
    pool, _ = measured
    pool.iloc[10:12].to_csv("rows.csv", index=False)
    for word, state in [
        ("pending", "pending"),
        ("failed", "failed"),
        ("unmark", "open"),
    ]:
        text = command(word, "c", "rows.csv")
        assert f"{state.capitalize()} 2 rows of rows.csv" in text
        assert list(Campaign.load("c").states[[12, 13]]) == [state] * 2
    pool.head(1).assign(x=77).to_csv("rows.csv", index=False)
    assert refused("failed", "c", "rows.csv") == (
        "rows.csv holds 1 row that no candidate equals (the first on line 2): correct "
        "or delete it."
    )


def test_candidates_that_hold_results(command, pool):
    pool.assign(y=[*range(6), "failed", *[""] * 23]).to_csv("pool.csv", index=False)
    text = command(*MAKE)
    assert "pool.csv: 23 rows to choose from, 6 measured, 1 failed" in text
    assert "not used" not in text  # the others are candidates


def test_a_campaign_that_was_made_in_python(command, refused, folder, rng):
    frame = pd.DataFrame(rng.uniform(size=(20, 2)), columns=["a", "b"])
    frame.index = [f"r{i}" for i in range(20)]
    campaign = Campaign(frame, "y", model="ridge")
    campaign.add(frame.head(6).assign(y=frame["a"])).save("c")
    text = command("suggest", "c", "-n", 2, "--output", "next.csv")
    assert "line: in the index of the candidates." in text
    lines = list(pd.read_csv("next.csv")["line"])
    assert lines == list(campaign.suggest(2).index)
    pd.DataFrame({"line": lines, "y": [1, "failed"]}).to_csv("a.csv", index=False)
    assert "Taken 1 result from a.csv" in command("add", "c", "a.csv")
    assert list(Campaign.load("c").states[lines]) == ["measured", "failed"]
    pd.DataFrame({"line": ["r99"], "y": [1]}).to_csv("a.csv", index=False)
    assert refused("add", "c", "a.csv") == (
        "'line' is 'r99' on line 2 of a.csv, which is no line of the candidates: "
        "correct it."
    )


def test_the_picture_of_a_folder(command, measured):
    pytest.importorskip("matplotlib")
    text = command("suggest", "c", "-n", 2, "--picture", "p.png")
    assert "Picture written to p.png" in text
    assert os.path.getsize("p.png") > 10_000


def test_the_page_of_a_folder(command, measured):
    text = command("suggest", "c", "-n", 2, "--report", "p.html", "--mark")
    assert "Page written to p.html" in text
    with open("p.html", encoding="utf-8") as file:
        page = file.read()
    pending = Campaign.load("c").states
    lines = [label for label in pending.index if pending[label] == "pending"]
    assert len(lines) == 2
    for line in lines:
        assert f"<bdi>{line}</bdi>" in page


REFUSALS = {
    "no such folder": (
        ["suggest", "d", "-n", 3],
        "d is not there: name the folder of a campaign, or a table and its --target.",
    ),
    "page of tables": (
        ["suggest", "pool.csv", "--target", "y", "--report", "p.html"],
        "--report is for campaign folders: leave it out for tables, or make a folder",
    ),
    "page by another name": (
        ["suggest", "c", "--report", "p.txt"],
        "p.txt has no ending that a page can have: use one of .html, .htm.",
    ),
    "no campaign": (
        ["suggest", "here"],
        "here holds no campaign: make one with python -m skcurious init here "
        "--candidates TABLE --target COLUMN.",
    ),
    "two campaigns": (MAKE, "c holds a campaign already: go on with it, or name"),
    "a file": (
        ["init", "pool.csv", *MAKE[2:]],
        "pool.csv is a file: name a folder.",
    ),
    "no parent": (
        ["init", "no/c", *MAKE[2:]],
        "no/c cannot be made: there is no folder no.",
    ),
    "no table": (["add", "c", "b.csv"], "b.csv is not there; tables in that folder"),
    "no target": (["add", "c", "pool.csv"], "pool.csv has no column 'y'; its columns"),
    "a blank target": (
        ["add", "c", "blank.csv"],
        "blank.csv holds no result: every cell of 'y' is blank.",
    ),
    "a column too few": (
        ["add", "c", "few.csv"],
        "few.csv lacks 'T', by which rows of the campaign are told apart: add what "
        "--output wrote there.",
    ),
    "too many rows": (
        ["suggest", "c", "-n", 40],
        "-n asks for 40 rows, but the campaign has 24 to choose from: ask for that",
    ),
    "what the folder knows": (
        ["suggest", "c", "--cost", "x"],
        "--cost is for tables, and c is a folder, which keeps what init was told: "
        "leave it out.",
    ),
    "a target that is written": (
        ["init", "d", "--candidates", "pool.csv", "--target", "line"],
        "--target names 'line', as what --output adds is named: take another name.",
    ),
    "a slip": (
        ["init", "d", "--candidates", "done.csv", "--target", "yy"],
        "done.csv has no column 'yy'; did you mean 'y'?",
    ),
    "text among numbers": (
        ["add", "c", "text.csv"],
        "'2?' in column 'x' on line 2 of text.csv is no number, but the column holds "
        "numbers: correct or empty the cell.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(refused, measured, case):
    pool, done = measured
    os.mkdir("here")
    pool.assign(y="").to_csv("blank.csv", index=False)
    done.drop(columns="T").to_csv("few.csv", index=False)
    done.head(1).assign(x="2?").to_csv("text.csv", index=False)
    arguments, sentence = REFUSALS[case]
    assert refused(*arguments).startswith(sentence)


def test_a_folder_that_was_damaged(refused, measured):
    folder = Path("c")
    manifest = json.loads((folder / "campaign.json").read_text())
    file = folder / manifest["files"]["measurements"]
    content = file.read_bytes()
    file.unlink()
    assert refused("suggest", "c").startswith(f"folder 'c' lacks {file.name}, which")
    file.write_bytes(content)
    (folder / "table.json").write_text("{")
    assert "table.json is no sound JSON" in refused("suggest", "c")


def test_help(capsys):
    for name in ["init", "add", "pending", "failed", "unmark", "status"]:
        with pytest.raises(SystemExit) as caught:
            main([name, "--help"])
        assert caught.value.code == 0
        assert "FOLDER" in capsys.readouterr().out


def test_numbers_keep_their_looks(command, pool):
    command(*MAKE)
    command("suggest", "c", "-n", 3, "--output", "next.csv")
    rows = pd.read_csv("next.csv", dtype=str)
    given = pd.read_csv("pool.csv", dtype=str).iloc[rows["line"].astype(int) - 2]
    assert_array_equal(rows["T"] + " °C", given["T"])  # without the unit
    assert_allclose(rows["x"].astype(float), given["x"].astype(float))
    assert np.array_equal(rows["name"], given["name"])


def test_a_folder_that_lost_its_manifest(refused, measured):
    manifest = Path("c/campaign.json")
    text = manifest.read_text()
    manifest.unlink()
    assert refused("suggest", "c").startswith("folder 'c' has no campaign.json, but ")
    sentence = refused(*MAKE)
    assert sentence.startswith("folder 'c' has no campaign.json, but files of a")
    assert sentence.endswith("restore campaign.json, or take another folder.")
    for name in json.loads(text)["files"].values():
        assert name in sentence
    Path("c/table.json").unlink()
    assert refused(*MAKE).startswith("folder 'c' has no campaign.json, but files of a")
    manifest.write_text(text)
    assert len(Campaign.load("c").measurements) == 6


def test_a_table_of_somebody_else_is_not_written_over(refused, pool):
    os.mkdir("c")
    Path("c/table.json").write_text("mine")
    assert "'table.json'" in refused(*MAKE)


def test_a_result_that_was_corrected_by_hand(refused, measured):
    (file,) = Path("c").glob("measurements-*.csv")
    file.write_bytes(file.read_bytes().replace(b"2,", b"3,", 1))
    sentence = refused("suggest", "c")
    assert sentence.startswith(f"{file.name} in folder 'c' was changed since it was")
    assert "correct a result with --replace of add" in sentence


# -- what contradicts what is known ----------------------------------------------------


def write(frame, **cells):
    frame.assign(**cells).to_csv("a.csv", index=False)


def test_a_result_that_differs(command, refused, measured):
    """A slip of the keyboard is not averaged with what was meant."""
    pool, _ = measured
    rows = pool.iloc[10:12]
    write(rows, y=[91.3, 4.0])
    command("add", "c", "a.csv")
    write(rows, y=[19.3, 4.0])
    assert refused("add", "c", "a.csv") == (
        "'y' is 19.3 on line 2 of a.csv, where its row has 91.3 already: --replace "
        "puts what the table says in its place, and --again takes both, as of a row "
        "that was measured twice."
    )
    command("status", "c")  # which keeps the errors of past rounds
    text = command("add", "c", "a.csv", "--replace")
    assert "Taken 1 result from a.csv" in text
    assert "'y' is 19.3 on line 2 of a.csv, where its row has 91.3 already: rep" in text
    assert "averaged" not in text
    campaign = Campaign.load("c")
    assert sorted(campaign.measurements["y"])[-1] == 19.3
    assert len(campaign.measurements) == 8
    fresh = Campaign(campaign._given, "y", ignore=["name"], model="ridge")
    for _, results in campaign.measurements.groupby("round"):
        fresh.add(results)
    pd.testing.assert_frame_equal(campaign.history(), fresh.history())
    text = command("add", "c", "a.csv", "--again")
    assert "Taken 2 results from a.csv" in text
    assert refused("add", "c", "a.csv", "--replace").startswith("a.csv holds nothing")


def test_a_result_that_was_none(command, refused, measured):
    pool, done = measured
    write(pool.head(2), y=["failed", done["y"].iloc[1]])
    assert refused("add", "c", "a.csv").startswith("'y' is 'failed' on line 2 of a.csv")
    assert "1 failed" in command("add", "c", "a.csv", "--replace")
    campaign = Campaign.load("c")
    assert campaign.states[2] == "failed"
    assert len(campaign.measurements) == 5


def test_replicates_of_a_table_that_grows(command, refused, measured):
    """With the results that are known the table says that there are several."""
    _, done = measured
    row = done.head(1)
    write(pd.concat([row, row]), y=[row["y"].iloc[0], 7.0])
    assert "Taken 1 result from a.csv" in command("add", "c", "a.csv")
    write(row, y=8.0)
    assert f"has {row['y'].iloc[0]:g}, 7 already" in refused("add", "c", "a.csv")
    command("pending", "c", "a.csv")  # it is measured once more
    assert "Taken 1 result from a.csv" in command("add", "c", "a.csv")


def test_one_of_two_results_that_differs(command, refused, pool):
    command(*MAKE, "--target", "z")
    rows = pool.head(3)
    write(rows, y=[1.0, 2.0, 3.0])
    command("add", "c", "a.csv")
    write(rows, y=[1.0, 2.0, 3.0], z=[4.0, 5.0, 6.0])
    command("add", "c", "a.csv")
    campaign = Campaign.load("c")
    assert campaign.measurements["y"].notna().sum() == 3
    assert campaign.measurements["z"].notna().sum() == 3
    write(rows, y=[1.5, 2.0, 3.0], z=[4.0, 5.0, 6.0])
    assert refused("add", "c", "a.csv").startswith("'y' is 1.5 on line 2 of a.csv, wh")
    command("add", "c", "a.csv", "--replace")
    found = Campaign.load("c").measurements
    assert sorted(found["y"].dropna()) == [1.5, 2.0, 3.0]
    assert sorted(found["z"].dropna()) == [4.0, 5.0, 6.0]


@pytest.mark.parametrize(
    ("column", "cell", "sentence"),
    [
        (
            "name",
            "S99",
            "'name' is 'S99' on line 2 of a.csv, but 'S23' on line 25 of the "
            "candidates, which its 'line' names: correct one of them.",
        ),
        (
            "x",
            77,
            "line 2 of a.csv is for line 25 of the candidates by its 'line', but 'x' "
            "is '77', not {x:g}: correct 'line' or the cell.",
        ),
    ],
)
def test_a_line_that_another_cell_contradicts(
    command, refused, measured, column, cell, sentence
):
    pool, _ = measured
    frame = pd.DataFrame({"line": [25], column: [cell], "y": [12]})
    write(frame)
    assert refused("add", "c", "a.csv") == sentence.format(x=pool["x"][23])
    assert refused("failed", "c", "a.csv") == sentence.format(x=pool["x"][23])
    write(frame, **{column: [str(pool[column][23]).lower()]})
    command("add", "c", "a.csv")
    assert Campaign.load("c").states[25] == "measured"


def test_a_setting_that_was_not_kept(command, refused, measured):
    """What was measured counts, and the line that it was for is not awaited."""
    command("suggest", "c", "-n", 2, "--output", "next.csv", "--mark")
    rows = pd.read_csv("next.csv", dtype=str)
    lines = rows["line"].astype(int).tolist()
    asked = rows["x"].iloc[0]
    write(rows, x=["77.5", rows["x"][1]], y=["3", "4"])
    sentence = f"line 2 of a.csv is for line {lines[0]} of the candidates by its"
    assert refused("failed", "c", "a.csv").startswith(sentence)
    text = command("add", "c", "a.csv")
    assert (
        f"Line 2 of a.csv is not as line {lines[0]} of the candidates ('x' is '77.5', "
        f"not {float(asked):g}): it is a row of its own, and line {lines[0]} is "
        "pending no more."
    ) in text
    assert "equals no candidate" not in text
    campaign = Campaign.load("c")
    assert list(campaign.states[lines]) == ["open", "measured"]
    assert_array_equal(
        campaign.measurements["x"].iloc[-2:], [77.5, float(rows["x"][1])]
    )
    assert refused("add", "c", "a.csv").startswith("a.csv holds nothing")


def test_settings_of_another_candidate(command, refused, measured):
    """A column that was sorted alone."""
    pool, _ = measured
    write(pool.iloc[10:11].drop(columns="name"), line=30, y=1)
    sentence = refused("add", "c", "a.csv")
    assert sentence.startswith(
        "line 2 of a.csv is for line 30 of the candidates by its"
    )
    assert sentence.endswith(", as on line 12: correct 'line' or the cells.")


def test_blank_cells_are_those_of_the_line(command, measured):
    pool, _ = measured
    write(pool.iloc[10:12], line=[12, None], y=[1, 2], x=[None, pool["x"][11]])
    command("add", "c", "a.csv")
    campaign = Campaign.load("c")
    assert list(campaign.states[[12, 13]]) == ["measured"] * 2
    assert not len(campaign._state.others)


def test_where_rows_that_are_no_candidates_are(command, measured):
    pool, _ = measured
    write(pool.iloc[10:12], x=[pool["x"][10], 77], y=[1, 2])
    assert "learnt from all the same (on line 3)." in command("add", "c", "a.csv")


def test_marks_of_rows_with_results(command, refused, measured):
    pool, done = measured
    write(done.head(2))
    assert refused("failed", "c", "a.csv") == (
        "Lines 2, 3 are measured, and stay so: where a result was none, add a table "
        "with 'failed' in its place, with --replace."
    )
    assert refused("unmark", "c", "a.csv") == (
        "Lines 2, 3 are neither pending nor failed, so that there is nothing to unmark."
    )
    assert "Pending 2 rows" in command("pending", "c", "a.csv")
    text = command("unmark", "c", "a.csv")
    assert "Open 0 rows of a.csv" in text
    assert "Lines 2, 3 are measured, as there are results." in text
    write(pool.iloc[5:8], y=["", 5, 6])
    text = command("failed", "c", "a.csv")
    assert "Failed 2 rows of a.csv" in text
    assert "Line 7 is measured, and stays so" in text
    assert "2 results of 'y' in a.csv are not taken" in text
    assert "6 measured, 2 failed" in text
    text = command("unmark", "c", "a.csv")
    assert "Open 2 rows of a.csv" in text
    assert "Line 7 is neither pending nor failed before" in text


@pytest.mark.parametrize(
    ("cell", "other", "alike"),
    [
        ("1.50", "1,5", True),
        ("$5", "5.0", True),
        ("5 mg", "5 g", False),
        ("A-1", "a-1", True),
        ("A-1", "A-2", False),
        ("1", "2", False),
    ],
)
def test_cells_that_a_spreadsheet_wrote_anew(cell, other, alike):
    from skcurious._suggest._lines import _are_alike

    assert _are_alike(cell, other) == alike
