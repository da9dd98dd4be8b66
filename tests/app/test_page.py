"""A visitor of the page."""

import re
from pathlib import Path

import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("streamlit")

import pandas as pd

from skcurious._app import _labels
from skcurious.campaign import Campaign


@pytest.fixture
def made(visit, frame):
    """Somebody who has made the campaign ``c``."""
    visitor = visit("c")
    visitor.upload(_labels.TABLE, "pool.csv", frame.to_csv(index=False))
    visitor.input("selectbox", _labels.MODEL).set_value("ridge")
    visitor.click("Make the campaign")
    return visitor


def test_from_a_table_to_the_next_round(made, frame):
    (sentence,) = made.said()
    assert sentence.endswith("/c: 32 rows to choose from, 8 measured.")
    made.input("number_input", _labels.N).set_value(3)
    made.click("Suggest rows")
    assert made.said() == ["Here are 3 rows to measure next."]
    expected = list(Campaign.load("c").suggest(3).index)
    assert re.findall(r"<li><b><bdi>(\d+)</bdi></b>", made.html()) == [
        str(line) for line in expected
    ]
    assert "Expected error" in made.html()
    made.click("Mark as pending")
    assert "3 rows are pending now" in made.said()[0]
    assert sorted(expected) == list(
        Campaign.load("c").states.eq("pending").pipe(lambda s: s.index[s])
    )
    made.tab("Results")
    (editor,) = made.app.data_editor
    assert list(editor.value["line"]) == [str(line) for line in sorted(expected)]
    results = pd.DataFrame({"line": expected, "yield": [1.5, 2.5, "failed"]})
    made.upload(_labels.RESULTS, "done.csv", results.to_csv(index=False))
    made.click("Take the table")
    assert "Taken: 2 results from done.csv." in made.said()
    campaign = Campaign.load("c")
    assert campaign.status().n_failed == 1
    assert_allclose(campaign.measurements["yield"].iloc[-2:], [1.5, 2.5])
    made.tab("Next rows")
    assert made.said() == []  # the old suggestion is gone
    made.click("Suggest rows")
    assert made.said() == ["Here are 5 rows to measure next."]


def test_the_other_tabs(made):
    made.tab("Model")
    assert made.html().count('src="data:image/svg+xml') > 2
    assert 'alt="yield: predicted against measured, by cross-validation"' in made.html()
    assert made.has("download_button", "Download predictions (.csv)")
    made.tab("History")
    assert "one more label is expected to lower the error of" in made.said()[-1]
    assert made.has("download_button", "Download the report (.html)")
    made.tab("Columns")
    assert "always A" in made.html()


def test_a_reload_finds_everything_in_the_folder(made, visit):
    made.click("Suggest rows")
    folder = made.app.query_params["folder"]
    again = visit(query=folder[0] if isinstance(folder, list) else folder)
    assert "<b>8</b>measured" in again.html()
    assert "Why these" in again.html()


def test_what_another_program_wrote_is_seen(made, frame):
    campaign = Campaign.load("c")
    campaign.mark_failed([20]).save("c")
    made.app.run()
    assert "<b>1</b>failed" in made.html()


def test_a_folder_that_goes_away(made):
    Path("c").rename("d")
    made.app.run()
    assert any("holds no campaign" in sentence for sentence in made.said())
    assert made.has("file_uploader", _labels.TABLE)


def test_a_campaign_is_left_and_opened(made):
    made.click("Leave this campaign")
    choice = made.input("selectbox", _labels.OPEN)
    assert choice.options == [str(Path.cwd() / "c")]
    choice.set_value(choice.options[0]).run()
    made.click("Open")
    assert "<b>8</b>measured" in made.html()


def test_columns_are_corrected(visit, frame):
    frame["price"] = range(1, 41)
    frame["sd"] = 0.1
    frame["purity"] = frame["yield"] * 2
    visitor = visit("c")
    visitor.upload(_labels.TABLE, "pool.csv", frame.to_csv(index=False))
    visitor.input("multiselect", _labels.TARGETS).set_value(["yield", "purity"]).run()
    visitor.input("multiselect", _labels.IGNORE).set_value(["time"])
    visitor.input("multiselect", _labels.CATEGORIES).set_value(["T"])
    visitor.input("selectbox", _labels.COST).set_value("price")
    visitor.input("selectbox", _labels.SAME).set_value("solvent")
    visitor.input("selectbox", f"{_labels.NOISE} of purity").set_value("sd")
    visitor.input("number_input", "Weight of yield").set_value(2.0)
    visitor.input("selectbox", _labels.MODEL).set_value("ridge")
    visitor.app.run()
    visitor.click("Make the campaign")
    campaign = Campaign.load("c")
    settings = campaign._settings
    assert settings.weights == {"yield": 2.0, "purity": 1.0}
    assert settings.noise == {"purity": "sd"}
    assert (settings.cost, settings.same) == ("price", "solvent")
    assert campaign._columns.categories == ["T", "solvent"]
    assert "time" in settings.ignore
    assert campaign._model == "ridge"


def test_no_results_yet(visit, frame):
    visitor = visit("c")
    pool = frame.drop(columns="yield")
    visitor.upload(_labels.TABLE, "pool.csv", pool.to_csv(index=False))
    assert "Choose the column of the results" in visitor.said()[0]
    visitor.input("multiselect", _labels.TARGETS).set_value(["yield"]).run()
    done = frame.head(6).to_csv(index=False)
    visitor.upload(_labels.MEASURED, "done.csv", done)
    visitor.click("Make the campaign")
    assert "34 rows to choose from, 6 measured" in visitor.said()[0]


REFUSALS = {
    "no table": ("a.exe", "x", "a.exe has no ending that a table can have: use one of"),
    "an old workbook": ("a.xls", "x", "saves its tables as .xlsx, too"),
    "no workbook": ("a.xlsx", "x", "a.xlsx is not a sound workbook"),
    "no text": ("a.csv", b"\0\1\2" * 99, "a.csv is not a text file"),
    "empty": ("a.csv", " ", "a.csv is empty."),
    "names twice": ("a.csv", "a,a\n1,2\n", "more than one column named 'a'"),
    "markup in its name": ("<b>x.csv", "", "<b>x.csv is empty."),
    "a folder in its name": ("../../x.csv", "", "x.csv is empty."),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refused_tables(visit, folder, case):
    name, data, sentence = REFUSALS[case]
    visitor = visit()
    visitor.upload(_labels.TABLE, name, data)
    assert sentence in visitor.said()[0]
    assert "/tmp" not in visitor.html()
    assert "<b>" not in visitor.html()
    assert not list(folder.iterdir())
    visitor.upload(_labels.TABLE, "pool.csv", "a,y\n1,2\n2,\n3,\n")  # it lives on
    assert visitor.has("button", "Make the campaign")


def test_sentences_name_what_is_on_the_page(visit, frame):
    frame["T"] = frame["T"].where(frame.index != 5, "warm")
    visitor = visit("c")
    visitor.upload(_labels.TABLE, "pool.csv", frame.to_csv(index=False))
    assert visitor.said()[0].endswith("correct or empty the cell.")
    assert "(“Leave out” leaves it out)" in visitor.said()[0]
    assert "--" not in visitor.said()[0]


def test_folders_that_cannot_be_made(visit, frame):
    visitor = visit()
    visitor.upload(_labels.TABLE, "pool.csv", frame.to_csv(index=False))
    Path("file").write_text("")
    for place, sentence in [
        ("", "Campaign folder is empty: name the folder to make."),
        ("no/c", "there is no folder"),
        ("file", "is a file: name a folder."),
    ]:
        visitor.input("text_input", _labels.FOLDER).set_value(place).run()
        visitor.click("Make the campaign")
        assert sentence in visitor.said()[0]
    assert sorted(p.name for p in Path().iterdir()) == ["file"]


def test_results_that_cannot_be_taken_change_nothing(made):
    made.tab("Results")
    before = sorted(p.name for p in Path("c").iterdir())
    made.upload(_labels.RESULTS, "done.csv", "line,yield\n12,1.5\n99,1\n")
    made.click("Take the table")
    assert "'line' is 99 on line 3 of done.csv" in made.said()[-1]
    assert sorted(p.name for p in Path("c").iterdir()) == before
    assert "<b>8</b>measured" in made.html()


def test_marks_by_a_table_and_by_hand(made):
    made.tab("Results")
    made.upload(_labels.RESULTS, "rows.csv", "line\n12\n13\n")
    made.input("selectbox", "Its rows").set_value("are pending").run()
    made.click("Take the table")
    assert made.said()[-1] == "2 rows of rows.csv are pending now."
    rows = made.input("multiselect", "Rows")
    rows.set_value([13]).run()
    made.click("They failed")
    states = Campaign.load("c").states
    assert_array_equal(states[[12, 13]], ["pending", "failed"])


def test_results_are_taken_back(made):
    made.tab("Results")
    results = made.input("multiselect", "Results")
    assert results.options[0].startswith("round 1, line 9, yield ")
    results.set_value([7, 6]).run()
    made.click("Take them back")
    assert made.said()[-1] == "2 results are in no more."
    assert list(Campaign.load("c").measurements["row"]) == [2, 3, 4, 5, 6, 7]
    assert "<b>6</b>measured" in made.html()


def test_what_nobody_foresaw_is_a_sentence(made, monkeypatch, capsys):
    from skcurious._app import _next

    def fails(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(_next._work, "suggest", fails)
    made.click("Suggest rows")
    assert "could not be done, and nobody foresaw it (RuntimeError" in made.said()[0]
    assert "secret" not in made.html()
    assert "secret" in capsys.readouterr().err


def test_nothing_is_made_twice(made, monkeypatch):
    from skcurious._app import _model, _next

    made.click("Suggest rows")
    made.tab("Model")
    for module, name in [(_next, "next_of"), (_model, "model_of")]:
        monkeypatch.setattr(module, name, None)
    made.tab("Next rows")
    made.tab("Model")
    assert not made.said()


def test_cells_that_are_markup(visit, frame):
    frame["solvent"] = ["<script>alert(1)</script>", "![x](http://e.org/x.png)"] * 20
    frame = frame.rename(columns={"time": "**t** <i>", "yield": "$y$ :red[x]"})
    visitor = visit("c")
    visitor.upload(_labels.TABLE, "pool.csv", frame.to_csv(index=False))
    visitor.click("Make the campaign")
    visitor.click("Suggest rows")
    for tab in ["Model", "History", "Columns", "Results", "Next rows"]:
        visitor.tab(tab)
        assert "<script" not in visitor.html()
        assert "<i>" not in visitor.html()


def test_a_result_that_was_corrected(made):
    made.tab("Results")
    made.upload(_labels.RESULTS, "done.csv", "line,yield\n12,91.3\n")
    made.click("Take the table")
    made.upload(_labels.RESULTS, "done.csv", "line,yield\n12,19.3\n")
    made.click("Take the table")
    said = made.said()[-1]
    assert "'yield' is 19.3 on line 2 of done.csv, where its row has 91.3" in said
    assert f"“{_labels.REPLACE}” puts what the table says in its place" in said
    made.input("selectbox", _labels.KNOWN).set_value(_labels.REPLACE).run()
    made.click("Take the table")
    assert "Taken: 1 result from done.csv." in made.said()
    assert Campaign.load("c").measurements["yield"].iloc[-1] == 19.3
    assert len(Campaign.load("c").measurements) == 9
