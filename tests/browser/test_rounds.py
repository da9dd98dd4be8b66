"""From a table to the second round, and what is taken away."""

import re

import pytest
from app_in_browser import needs_a_browser, reactions

needs_a_browser()

import pandas as pd


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A table of candidates with some results, and the results of all."""
    frame, truth = reactions(60, 12)
    path = tmp_path_factory.mktemp("tables") / "reactions.csv"
    frame.to_csv(path, index=False)
    return path, truth


def measured(path, truth):
    """Fill the results in, as somebody does with the downloaded rows."""
    read = pd.read_excel if path.suffix == ".xlsx" else pd.read_csv
    rows = read(path)
    assert rows["yield (%)"].isna().all()
    rows["yield (%)"] = [truth[line - 2] for line in rows["line"]]
    if path.suffix == ".xlsx":
        rows.to_excel(path, index=False)
    else:
        rows.to_csv(path, index=False)
    return rows


def test_two_rounds_by_files_and_by_hand(visit, table, tmp_path):
    path, truth = table
    visitor = visit()
    visitor.new_campaign(path, "rounds")
    visitor.counts(len(truth) - 12, "open")
    visitor.suggest()
    rows = measured(visitor.download("Download rows (.xlsx)", tmp_path), truth)
    assert len(rows) == 5
    same = pd.read_csv(visitor.download("Download rows (.csv)", tmp_path))
    assert list(same["line"]) == list(rows["line"])

    visitor.tab("Results")
    visitor.upload(tmp_path / "next.xlsx", "Table of results")
    visitor.click("Take the table")
    visitor.says("Taken: 5 results")
    visitor.counts(17, "measured")

    visitor.tab("Next rows")
    visitor.suggest()
    second = pd.read_csv(visitor.download("Download rows (.csv)", tmp_path))
    assert not set(second["line"]) & set(rows["line"])
    visitor.click("Mark as pending")
    visitor.tab("Results")
    grid = visitor.page.locator("[data-testid=stDataFrame]").first
    grid.locator("canvas").first.wait_for()
    visitor.idle()
    box = grid.bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] - 60, box["y"] + 52)
    visitor.page.wait_for_timeout(500)
    visitor.page.keyboard.type("71.5", delay=50)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_timeout(1000)
    visitor.click("Save results")
    visitor.says("Taken: 1 result")
    visitor.counts(18, "measured")
    visitor.tab("Next rows")
    visitor.suggest()

    visitor.tab("History")
    page = visitor.download("Download the report (.html)", tmp_path).read_text("utf-8")
    assert "<html" in page
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", page)
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", page)
    visitor.tab("Model")
    again = pd.read_csv(visitor.download("Download predictions (.csv)", tmp_path))
    assert len(again) == len(truth)

    # The folder is what the command knows, too; a new visitor finds it.
    assert (visitor.app.work / "rounds" / "campaign.json").exists()
    other = visit()
    other.go(f"?folder={visitor.app.work / 'rounds'}")
    other.counts(18, "measured")


def test_a_broken_table_is_told_and_a_sound_one_taken_after_it(visit, table, tmp_path):
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 no workbook")
    visitor = visit()
    visitor.go()
    visitor.upload(broken)
    (sentence,) = visitor.sentences()
    assert sentence.startswith("broken.xlsx is not a sound workbook")
    visitor.go()
    visitor.upload(table[0])
    assert visitor.sentences() == []
    assert visitor.button("Make the campaign").count() == 1


def test_results_that_are_broken_leave_the_campaign_as_it_was(visit, table, tmp_path):
    visitor = visit()
    visitor.new_campaign(table[0], "kept")
    before = visitor.app.files()
    broken = tmp_path / "results.csv"
    broken.write_text("line,yield (%)\n2,much\n9999,4\n")
    visitor.tab("Results")
    visitor.upload(broken, "Table of results")
    visitor.click("Take the table")
    assert "results.csv" in visitor.refuses()
    assert visitor.app.files() == before


@pytest.mark.slow
def test_fifty_thousand_candidates(visit, tmp_path):
    import time

    import numpy as np

    rng = np.random.default_rng(0)
    X = rng.normal(size=(50_000, 30)).round(3)
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(30)])
    frame["y"] = np.where(np.arange(len(X)) < 40, X[:, 0] - X[:, 1], np.nan)
    path = tmp_path / "large.csv"
    frame.to_csv(path, index=False)
    visitor = visit()
    start = time.monotonic()
    visitor.new_campaign(path, "large")
    made = time.monotonic()
    visitor.click("Suggest rows")
    visitor.says("to measure next.")
    print(
        f"50,000 candidates of 30 columns: {made - start:.1f} s from the table to the "
        f"campaign, {time.monotonic() - made:.1f} s to the suggestion"
    )
