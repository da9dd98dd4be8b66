"""From no label on, and what else the command is told about tables."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("pandas")
pytest.importorskip("rich")

import pandas as pd

from skcurious.campaign import Campaign
from skcurious.query import initial_design


@pytest.fixture
def pool(folder, rng):
    """Forty rows with a number, a code and a category, and what they would give."""
    frame = pd.DataFrame(
        {
            "x": rng.uniform(0, 9, 40).round(2),
            "code": rng.choice([1, 2, 7], 40),
            "solvent": rng.choice(["THF", "water"], 40),
        }
    )
    frame.to_csv("pool.csv", index=False)
    return frame, (frame["x"] + 5 * (frame["solvent"] == "THF")).round(2)


def lines(text):
    found = re.findall(r"^ +\d+ +(\d+) .*\d *$", text, re.MULTILINE)
    return [int(line) for line in found]


# -- before there is a model ----------------------------------------------------------


def test_without_a_label_it_is_the_first_design(suggest, pool):
    frame, _ = pool
    text = suggest("pool.csv", "--target", "y", "-n", 4, "--output", "next.csv")
    indices, scores = initial_design(frame, 4, random_state=0)
    rows = pd.read_csv("next.csv")
    assert_array_equal(rows["line"], indices + 2)
    assert_allclose(rows["score"], 100 * scores / scores[0], rtol=1e-5)
    assert list(rows) == ["line", *frame, "y", "score"]
    assert lines(text) == list(rows["line"])
    flat = " ".join(text.split())
    assert "There is no model yet: 0 of the 5 rows with a label of 'y'" in flat
    assert "Labelled no row yet with 'y'" in flat
    assert "Measure these rows next" in flat
    assert "±" not in text
    # An empty column says the same.
    frame.assign(y="").to_csv("pool.csv", index=False)
    assert lines(suggest("pool.csv", "--target", "y", "-n", 4)) == lines(text)


def test_a_design_goes_on_from_what_was_tried(suggest, pool):
    frame, y = pool
    frame.head(2).assign(y=y).to_csv("done.csv", index=False)
    frame.iloc[[7]].to_csv("pending.csv", index=False)
    frame.iloc[[9]].to_csv("failed.csv", index=False)
    arguments = ["--labelled", "done.csv", "--pool", "pool.csv", "--target", "y"]
    others = ["--pending", "pending.csv", "--failed", "failed.csv"]
    text = suggest(*arguments, *others, "-n", 3)
    known = frame.iloc[[0, 1, 7, 9]]
    rest = frame.drop(index=known.index)
    indices, _ = initial_design(rest, 3, X_labelled=known, random_state=0)
    assert lines(text) == list(rest.index[indices] + 2)
    for words in ["2 of the 5 rows", "Pending     1 row", "Failed      1 row"]:
        assert words in text
    assert "1 row of pool.csv that equals a row of failed.csv in all columns" in (
        " ".join(text.split())
    )


def test_prices_and_strategies_count_later(suggest, pool):
    frame, _ = pool
    frame.assign(price=2).to_csv("pool.csv", index=False)
    options = ["--cost", "price", "--strategy", "variance", "-n", 3]
    text = suggest("pool.csv", "--target", "y", *options)
    assert "Together they cost 6 ('price'), which counts once there is a model." in text
    assert "* --strategy counts once there is a model." in text


def test_labels_that_are_all_the_same(suggest, pool):
    frame, _ = pool
    frame.head(6).assign(y=0).to_csv("done.csv", index=False)
    arguments = ["--labelled", "done.csv", "--pool", "pool.csv", "--target", "y"]
    text = " ".join(suggest(*arguments, "-n", 3).split())
    assert "The labels of 'y' are all the same: until they differ" in text


def test_a_slip_is_not_taken_for_a_target_without_labels(refusal, pool):
    frame, y = pool
    frame.assign(yield_=y).to_csv("pool.csv", index=False)
    assert refusal("pool.csv", "--target", "yeild_") == (
        "pool.csv has no column 'yeild_'; did you mean 'yield_'? If nothing was "
        "measured yet, add an empty column 'yeild_'."
    )


@pytest.mark.parametrize("option", ["--picture", "--predictions"])
def test_what_takes_a_model(refusal, pool, option):
    file = {"--picture": "p.png", "--predictions": "p.csv"}[option]
    sentence = refusal("pool.csv", "--target", "y", option, file)
    assert sentence.startswith(f"{option} takes a model, and there is no model yet: 0")
    assert sentence.endswith("leave it out until then.")


# -- with a model ----------------------------------------------------------------------


@pytest.fixture
def tables(pool):
    """The first ten rows are labelled; returns arguments, too."""
    frame, y = pool
    frame.head(10).assign(y=y).to_csv("done.csv", index=False)
    arguments = ["--labelled", "done.csv", "--pool", "pool.csv", "--target", "y"]
    return frame, y, [*arguments, "--model", "ridge"]


def campaign(frame, y, **options):
    """The campaign that the tables are a moment of."""
    found = Campaign(frame.iloc[10:], "y", model="ridge", **options)
    return found.add(frame.head(10).assign(y=y))


def test_it_is_the_campaign_that_answers(suggest, tables):
    frame, y, arguments = tables
    text = suggest(*arguments, "-n", 5)
    found = campaign(frame, y).suggest(5)
    assert lines(text) == list(found.index + 2)


def test_pending_rows_are_reckoned_with(suggest, tables):
    frame, y, arguments = tables
    first = campaign(frame, y).suggest(3)
    first.to_csv("pending.csv", index=False)
    text = suggest(*arguments, "-n", 3, "--pending", "pending.csv")
    expected = campaign(frame, y).mark_pending(first).suggest(3)
    assert lines(text) == list(expected.index + 2)
    assert not set(lines(text)) & set(first.index + 2)


def test_rows_that_share_a_value(suggest, tables):
    frame, y, arguments = tables
    text = suggest(*arguments, "-n", 4, "--same", "solvent")
    expected = campaign(frame, y, same="solvent").suggest(4)
    assert lines(text) == list(expected.index + 2)
    assert expected["solvent"].nunique() == 1
    assert "Same        'solvent': one value for all rows below" in text


def test_too_few_rows_share_a_value(refusal, tables):
    frame, _, arguments = tables
    n = frame["solvent"][10:].value_counts().max()
    assert refusal(*arguments, "-n", n + 1, "--same", "solvent") == (
        f"-n asks for {n + 1} rows, but no value of 'solvent' (--same) has more than "
        f"{n} to choose from in pool.csv: ask for that many at most."
    )


def test_codes_that_are_names(suggest, tables):
    _, _, arguments = tables
    assert "Categories  'code' (3), 'solvent' (2)" in suggest(
        *arguments, "-n", 2, "--category", "code"
    )


def test_predictions_for_the_whole_pool(suggest, tables):
    frame, y, arguments = tables
    suggest(*arguments, "-n", 2, "--predictions", "all.csv", "--output", "next.csv")
    rows = pd.read_csv("all.csv").set_index("line")
    assert list(rows.index) == list(range(2, 42))
    expected = campaign(frame, y)
    expected = expected.estimator_.predict(frame)
    assert_allclose(rows["prediction"], expected, rtol=1e-5)
    picked = pd.read_csv("next.csv").set_index("line")
    for name in ["prediction", "std"]:
        assert_allclose(rows.loc[picked.index, name], picked[name], rtol=1e-5)


def test_several_targets_with_weights(suggest, tables):
    frame, y, _ = tables
    done = frame.head(10).assign(y=y, z=-(y**2))
    done.loc[3, "z"] = np.nan
    done.to_csv("done.csv", index=False)
    arguments = ["--labelled", "done.csv", "--pool", "pool.csv", "--model", "ridge"]
    found = Campaign(
        frame.iloc[10:], ["y", "z"], weights={"y": 3, "z": 1}, model="ridge"
    ).add(done)
    text = suggest(
        *[*arguments, "--target", "y=3", "--target", "z", "-n", 4, "--output", "c.csv"]
    )
    expected = found.suggest(4)
    assert lines(text) == list(expected.index + 2)
    rows = pd.read_csv("c.csv")
    names = ["prediction_y", "std_y", "prediction_z", "std_z"]
    assert list(rows)[-7:] == ["y", "z", *names, "score"]
    assert_allclose(rows[names], expected[names], rtol=1e-5)
    assert "10 rows with 'y'" in text
    assert "9 rows with 'z'" in text
    assert " (counts 3)" in text
    assert "typical error of z" in text


def test_a_target_with_few_labels_is_not_learnt_yet(suggest, refusal, tables):
    frame, y, _ = tables
    z = y.where(frame.index < 3)
    frame.head(10).assign(y=y, z=z).to_csv("done.csv", index=False)
    arguments = ["--labelled", "done.csv", "--pool", "pool.csv", "--model", "ridge"]
    text = suggest(*arguments, "--target", "y", "--target", "z", "-n", 2)
    assert "* 'z' is not learnt yet: that takes 5 rows with labels of it that" in text
    assert "z predicted" not in text
    arguments += ["--target", "z", "--target", "y", "--picture", "p.png"]
    assert refusal(*arguments) == (
        "--picture is of the first target, 'z', which has no model yet: name another "
        "one first."
    )


def test_labels_that_are_equal_on_average(suggest, tables):
    frame, _, arguments = tables
    done = pd.concat([frame.head(6).assign(y=1), frame.head(6).assign(y=3)])
    done.to_csv("done.csv", index=False)
    assert "are all the same: until they differ" in suggest(*arguments, "-n", 2)


def test_known_noise(suggest, tables, rng):
    frame, y, arguments = tables
    done = frame.head(10).assign(y=y, sd=0.1)
    done = pd.concat([done, done.head(6).assign(y=y + 3, sd=3.0)])
    done.to_csv("done.csv", index=False)
    expected = Campaign(frame.iloc[10:], "y", model="ridge", noise="sd").add(done)
    text = suggest(*arguments, "--noise", "sd", "-n", 3, "--output", "c.csv")
    rows, found = pd.read_csv("c.csv"), expected.suggest(3)
    assert lines(text) == list(found.index + 2)
    assert_allclose(rows["prediction"], found["prediction"], rtol=1e-5)
    assert "Noise       'sd': the standard deviation of a label of 'y'" in text


OPTION_ERRORS = {
    "no such column": (
        ["--same", "solvant"],
        "pool.csv has no column 'solvant' for --same; did you mean 'solvent'?",
    ),
    "no such category": (
        ["--category", "kode"],
        "--category names 'kode', a column of neither table; did you mean 'code'?",
    ),
    "no such noise": (
        ["--noise", "sd"],
        "--noise names 'sd', which is no column; its columns are",
    ),
    "noise below zero": (
        ["--noise", "bad"],
        "'bad' is -1 on line 2 of done.csv, but --noise is a standard deviation: write "
        "a number of at least 0, or leave the cell blank.",
    ),
    "a weight that is none": (
        ["--target", "y=much"],
        "--target y=much has 'much' for a weight: give a positive number, as in "
        "--target y=2.",
    ),
    "a target twice": (["--target", "Y"], "--target names 'y' twice: name it once."),
    "no such table": (["--pending", "b.csv"], "b.csv is not there; tables in that"),
    "a table of something else": (
        ["--failed", "other.csv"],
        "other.csv lacks columns 'x', 'solvent' of pool.csv: add them, or leave them",
    ),
    "mark": (["--mark"], "--mark is for campaign folders: leave it out for tables"),
    "one file for two": (
        ["--output", "c.csv", "--predictions", "c.csv"],
        "--output and --predictions both name c.csv: name two files.",
    ),
    "a blank line": (
        ["--header-row", "90"],
        "--header-row is 90, but that line of done.csv is blank: give the line with "
        "the names of the columns, as a spreadsheet numbers it.",
    ),
}


@pytest.mark.parametrize("case", OPTION_ERRORS)
def test_refusals(refusal, tables, case):
    frame, y, arguments = tables
    if case == "noise below zero":
        frame.head(10).assign(y=y, bad=-1).to_csv("done.csv", index=False)
    pd.DataFrame({"code": [1]}).to_csv("other.csv", index=False)
    options, sentence = OPTION_ERRORS[case]
    assert refusal(*arguments, *options).startswith(sentence)


def test_two_targets_need_two_columns_of_noise(refusal, tables):
    frame, y, arguments = tables
    frame.head(10).assign(y=y, z=y, sd=1).to_csv("done.csv", index=False)
    assert refusal(*arguments, "--target", "z", "--noise", "sd") == (
        "--noise sd does not say which of the targets 'y', 'z' it is of: write --noise "
        "y=COLUMN."
    )


# -- how tables are read ------------------------------------------------------------


def test_words_for_blank_cells_and_a_title(suggest, pool):
    frame, y = pool
    table = frame.assign(y=y.where(frame.index < 10, -999)).astype(object)
    table.loc[2, "x"] = "?"
    body = table.to_csv(index=False)
    with open("all.csv", "w") as file:
        file.write(f"Runs of May;;;\n\n{body}")
    options = ["--missing", "-999", "?", "--header-row", 3, "--model", "ridge"]
    text = suggest("all.csv", "--target", "y", "-n", 2, *options)
    assert "10 rows with 'y'" in text
    assert "1 blank cell in 'x'" in text
    assert "the header is line 1" not in text
    assert all(line >= 14 for line in lines(text))


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_a_sheet_by_its_name(suggest, refusal, tables, ending):
    pytest.importorskip("odf")
    engine = {"xlsx": "openpyxl", "ods": "odf"}[ending]
    pytest.importorskip(engine)
    frame, _, _ = tables
    expected = suggest("pool.csv", "--target", "y", "-n", 3)
    with pd.ExcelWriter(f"book.{ending}", engine=engine) as book:
        pd.DataFrame({"about": ["this"]}).to_excel(book, sheet_name="Notes")
        frame.to_excel(book, sheet_name="Pool of May", index=False)
    options = ["--target", "y", "-n", 3, "--sheet"]
    text = suggest(f"book.{ending}", *options, "pool of may", "--output", "c.ods")
    assert lines(text) == lines(expected)
    assert len(pd.read_excel("c.ods", engine="odf")) == 3
    assert refusal(f"book.{ending}", *options, "June") == (
        f"--sheet names 'June', but the sheets of book.{ending} are 'Notes', 'Pool of "
        "May': name one of them."
    )


# -- progress -------------------------------------------------------------------------


def test_progress_is_said_on_a_terminal_to_whom_waits(monkeypatch):
    import io
    from time import sleep

    import rich.console

    from skcurious._suggest import _progress

    out = io.StringIO()
    console = rich.console.Console

    def make(**options):
        del options["stderr"]
        return console(file=out, force_terminal=True, width=60, **options)

    monkeypatch.setattr(rich.console, "Console", make)
    monkeypatch.setattr(_progress, "PATIENCE", 0.01)
    with _progress.Progress() as progress:
        progress.at("Reading pool.csv")
        sleep(0.3)
    assert "Reading pool.csv …" in out.getvalue()
    before = out.getvalue()
    monkeypatch.setattr(_progress, "PATIENCE", 60)
    with _progress.Progress() as progress:
        progress.at("Choosing rows")
    assert "Choosing" not in out.getvalue().removeprefix(before)
