"""What is said of a table first, and alike by both commands."""

import numpy as np
import pytest

pytest.importorskip("pandas")
pytest.importorskip("rich")

import pandas as pd

from skcurious.__main__ import main


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

    def run(*words):
        with pytest.raises(SystemExit):
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        return err.partition(": ")[2].rstrip("\n")

    return run


@pytest.fixture
def clean(folder, rng):
    """Forty runs, of which 15 have a result."""
    n = 40
    frame = pd.DataFrame(
        {
            "T": rng.choice([20, 40, 60, 80], n),
            "grams": rng.uniform(size=n).round(3),
            "solvent": rng.choice(["THF", "DMF"], n),
        }
    )
    frame["result"] = (frame["T"] + frame["grams"]).where(rng.permutation(n) < 15)
    frame.to_csv("clean.csv", index=False)
    return frame


WRONG = (
    "Take care Nothing is measured yet: clean.csv has no column 'Yield'. If 'result' "
    "holds results (numbers that are blank in some rows), name it with --target; else "
    "it is learnt from. Aim"
)


@pytest.mark.parametrize("verb", ["init", "suggest"])
def test_a_target_that_no_table_has_is_said_first(command, clean, verb):
    def said(*options):
        words = ["init", "c", "--candidates"] if verb == "init" else ["suggest"]
        return command(*words, "clean.csv", *options)

    assert said("--target", "Yield").startswith(WRONG)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--target", "Yield", "--ignore", "result"], " Aim"),
        (
            ["--target", "Yield", "--target", "Purity", "--cost", "grams"],
            " If 'result' holds results (numbers",
        ),
    ],
)
def test_columns_that_may_be_results_have_no_other_meaning(
    command, clean, options, hint
):
    text = command("suggest", "clean.csv", *options, "-n", 2)
    which = "none of 'Yield', 'Purity'" if "Purity" in options else "no column 'Yield'"
    assert text.startswith(
        f"Take care Nothing is measured yet: clean.csv has {which}.{hint}"
    )


def test_several_columns_that_may_be_results(command, clean):
    clean.assign(purity=2 * clean["result"], when=None).to_csv("clean.csv", index=False)
    text = command("suggest", "clean.csv", "--target", "Yield", "-n", 2)
    assert "If one of 'result', 'purity' holds results" in text
    assert "else they are learnt from. Aim" in text


def test_nothing_is_said_of_a_target_that_is_there(command, clean):
    clean.assign(Yield=None).to_csv("clean.csv", index=False)
    for words in (["suggest"], ["init", "c", "--candidates"]):
        text = command(*words, "clean.csv", "--target", "Yield")
        assert text.startswith("Aim")


@pytest.mark.parametrize("cover", ["columns", "title", "header", "twice"])
def test_a_cover_page(refused, clean, cover):
    pytest.importorskip("openpyxl")
    page = {
        "columns": [["project", "author"], ["screening", "me"]],
        "title": [["project", None], ["author", "me"]],
        "header": [["project", "author"]],
        "twice": [["project", "project"], ["a", "b"]],
    }[cover]
    with pd.ExcelWriter("mess.xlsx") as book:
        pd.DataFrame(page).to_excel(book, sheet_name="Cover", index=False, header=False)
        clean.to_excel(book, sheet_name="Daten", index=False)
    for words in (["suggest"], ["init", "c", "--candidates"]):
        said = refused(*words, "mess.xlsx", "--target", "result")
        assert "; it has other sheets ('Daten')" in said
        if cover == "columns":
            assert said.endswith("of which 'Daten' has 'result': name it with --sheet.")
        else:
            assert said.endswith(": name another with --sheet.")


def test_a_cover_page_that_could_be_a_table(command, refused, clean):
    pytest.importorskip("openpyxl")
    cover = pd.DataFrame({"size": np.arange(6) ** 2, "note": list("aabbab")})
    with pd.ExcelWriter("mess.xlsx") as book:
        cover.to_excel(book, sheet_name="Cover", index=False)
        clean.to_excel(book, sheet_name="Daten", index=False)
    text = command("suggest", "mess.xlsx", "--target", "result", "-n", 2)
    assert text.startswith(
        "Take care Nothing is measured yet: mess.xlsx has no column 'result'. It has "
        "other sheets ('Daten'), of which 'Daten' has 'result': name it with --sheet."
    )
    text = command("suggest", "mess.xlsx", "--target", "result", "--sheet", "Daten")
    assert text.startswith("Aim")
    two = ["--labelled", "mess.xlsx", "--pool", "clean.csv", "--target", "result"]
    said = refused("suggest", *two)
    assert said == (
        "mess.xlsx has no column 'result'; it has other sheets ('Daten'), of which "
        "'Daten' has 'result': name it with --sheet."
    )


def test_a_sheet_of_what_is_no_workbook(command, refused, clean):
    for words in (["suggest"], ["init", "c", "--candidates"]):
        said = refused(*words, "clean.csv", "--target", "result", "--sheet", "Foo")
        assert (
            said == "--sheet names 'Foo', but clean.csv is no workbook: leave it out."
        )
    command("init", "c", "--candidates", "clean.csv", "--target", "result")
    said = refused("add", "c", "clean.csv", "--sheet", "Foo")
    assert said == "--sheet names 'Foo', but clean.csv is no workbook: leave it out."


def test_both_commands_say_the_same_of_a_table(command, folder, rng):
    n = 40
    frame = pd.DataFrame(
        {
            "T": rng.choice([20.5, 40.5, 60.5, 80.5], n),
            "grams": rng.uniform(size=n).round(4),
            "solvent": rng.choice(["THF", "DMF"], n),
            "flow": np.where(rng.uniform(size=n) < 0.2, rng.uniform(size=n), np.nan),
        }
    )
    frame["y"] = (frame["T"] * 1.5).where(np.arange(n) < 15)
    frame.loc[3, "T"] = np.nan
    frame.loc[30:, "solvent"] = "ether"
    frame = pd.concat([frame, frame.iloc[[20, 20]], frame.iloc[[2]].assign(y=np.nan)])
    frame = pd.concat([frame, frame.iloc[[5]]])
    frame.to_csv("a.csv", index=False, sep=";", decimal=",")
    tables = command("suggest", "a.csv", "--target", "y", "-n", 2)
    made = command("init", "c", "--candidates", "a.csv", "--target", "y")
    for note in [
        "12,5 is read as twelve and a half in a.csv.",
        "in 'T', 'flow' count as the median of the labelled rows.",
        "Take care: 'flow' is blank in ",
        "'solvent' is 'ether' in 10 rows of the pool and in no labelled row",
        "16 labelled rows are 15 different ones; labels of equal rows are averaged.",
        "1 row of a.csv that equals a labelled row in all columns",
        "2 rows of a.csv that repeat another one",
    ]:
        assert note in tables
        assert note in made


def test_codes_are_noted_by_both_commands(command, clean, rng):
    clean.assign(code=rng.permutation(90_000)[:40]).to_csv("clean.csv", index=False)
    for words in (["suggest"], ["init", "c", "--candidates"]):
        text = command(*words, "clean.csv", "--target", "result")
        assert "'code' is another whole number in every row" in text


def test_a_label_beside_predictions(command, clean):
    """The mean of what was measured there."""
    again = clean[clean["result"].notna()].head(1)
    twice = pd.concat([clean, again.assign(result=again["result"] + 1)])
    twice.to_csv("clean.csv", index=False)
    command("init", "c", "--candidates", "clean.csv", "--target", "result")
    command("suggest", "c", "-n", 1, "--predictions", "all.csv")
    found = pd.read_csv("all.csv").set_index("line")
    first = int(np.flatnonzero(clean["result"].notna())[0])
    expected = twice["result"].to_numpy().copy()
    expected[[first, -1]] = clean["result"].iloc[first] + 0.5, np.nan
    np.testing.assert_allclose(found["result"], expected)
    assert list(found.index) == list(range(2, 43))
    assert found["prediction"].notna().all()
    # Results that are written into that file are taken, and no mean as one more.
    at = int(found.index[found["result"].isna()][0])
    found.loc[at, "result"] = 50
    found.reset_index().to_csv("all.csv", index=False)
    assert "Taken 1 result from all.csv" in command("add", "c", "all.csv")
    options = ["--target", "result", "-n", 1, "--predictions", "one.csv"]
    command("suggest", "clean.csv", *options)
    found = pd.read_csv("one.csv").set_index("line")
    np.testing.assert_allclose(found["result"], twice["result"])
    assert list(found.index) == list(range(2, 43))


def test_a_folder_and_a_file_the_wrong_way_round(command, refused, clean):
    command("init", "c", "--candidates", "clean.csv", "--target", "result")
    for verb in ("add", "pending"):
        assert refused(verb, "clean.csv", "c") == (
            "clean.csv is a file, and c a folder: the folder comes first, and then the "
            "file."
        )
    said = "clean.csv is a file: name the folder of a campaign, as init made it."
    assert refused("status", "clean.csv") == said
    assert refused("add", "clean.csv", "clean.csv") == said


def test_help_of_every_verb_says_what_it_does(folder, capsys):
    for verb in ("init", "add", "pending", "failed", "unmark", "status"):
        with pytest.raises(SystemExit):
            main([verb, "--help"])
        text = " ".join(capsys.readouterr().out.split())
        assert "FOLDER the folder " in text
        assert text.partition(" positional arguments")[0].endswith(".")
