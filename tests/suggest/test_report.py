"""What is printed, on a terminal and where there is none."""

import numpy as np
import pytest

pytest.importorskip("pandas")
pytest.importorskip("rich")

import pandas as pd
from rich.console import Console

from skcurious._suggest import _report


@pytest.fixture
def tables(folder, rng):
    """Tables whose names and cells are long, and look like markup."""
    X = rng.standard_normal((30, 6)).round(3)
    names = ["[red]x[/red]", ":smile:", *(f"a long name {i}" for i in range(4))]
    frame = pd.DataFrame(X, columns=names)
    frame.insert(0, "molecule", [f"C{i}" * 40 for i in range(30)])
    frame.head(20).assign(y=X[:20, 0]).to_csv("a.csv", index=False)
    frame.tail(10).to_csv("b.csv", index=False)
    arguments = ["--labelled", "a.csv", "--pool", "b.csv", "--target", "y", "-n", 3]
    return frame, arguments


def test_nothing_is_cut_off_without_a_terminal(suggest, tables):
    _, arguments = tables
    text = suggest(*arguments, "--output", "c.csv", "--ignore", "a long name 3")
    assert "\x1b" not in text
    assert "…" not in text
    for name in ["[red]x[/red]", ":smile:"]:
        assert text.count(name) == 2, "among the columns, and over the suggestions"
    for molecule in pd.read_csv("c.csv")["molecule"]:
        assert molecule in text
    prose = [line for line in text.splitlines() if "±" not in line or "±:" in line]
    rules = [line for line in prose if not line.strip("─ ")]
    heads = [line for line in prose if "molecule" in line and "predicted" in line]
    assert max(len(p) for p in prose if p not in rules and p not in heads) <= 88


def test_the_aim_is_said_first(suggest, tables):
    _, arguments = tables
    first, second, *_ = suggest(*arguments).splitlines()
    assert first.startswith("Aim         a model that predicts 'y' well for the whole")
    assert second.endswith("not the row with the best value of it") or first.endswith(
        "not the row with the best"
    )


@pytest.mark.parametrize("width", [40, 80, 300])
def test_a_terminal_shows_as_many_columns_as_fit(suggest, tables, monkeypatch, width):
    frame, arguments = tables

    def terminal():
        return Console(width=width, markup=False, highlight=False, emoji=False)

    monkeypatch.setattr(_report, "make_console", terminal)
    frame = frame.drop(columns="molecule")
    frame.head(20).assign(y=frame[":smile:"].head(20)).to_csv("a.csv", index=False)
    frame.tail(10).to_csv("b.csv", index=False)
    text = suggest(*arguments)
    table = text[text.index("useful") :]
    assert max(map(len, table.splitlines())) <= width
    if width != 80:  # there it hangs on how many digits the predictions have
        assert ("a long name 0" in table) == (width == 300)
    assert table.count("±") == 4


def test_the_cost_is_shown_where_columns_do_not_fit(suggest, tables, monkeypatch):
    frame, arguments = tables
    monkeypatch.setattr(_report, "make_console", lambda: Console(width=80))
    frame.tail(10).assign(price=np.arange(10) + 1).to_csv("b.csv", index=False)
    text = suggest(*arguments, "--cost", "price")
    table = text[text.index("most useful first") :]
    assert "price" in table.split("±")[0]


@pytest.mark.parametrize(("separator", "decimal"), [(",", "."), (";", ",")])
def test_long_numbers_are_rounded_on_paper_only(suggest, folder, separator, decimal):
    def write(name, rows):
        lines = [separator.join(row).replace(".", decimal) for row in rows]
        (folder / name).write_text("\n".join(lines))

    write("a.csv", [["x", "y"], *(["1.5", "2"], ["2.5", "3"], ["4", "1"]) * 2])
    write("b.csv", [["x", "id"], ["0.12345678901234567", "2234567890123456789"]])
    tables = ["--labelled", "a.csv", "--pool", "b.csv", "--target", "y", "-n", 1]
    text = suggest(*tables, "--output", "c.csv")
    (row,) = (line.split() for line in text.splitlines() if " ± " in line)
    assert row[:4] == ["1", "2", f"0{decimal}123457", "2234567890123456789"]
    assert f"0{decimal}12345678901234567" in (folder / "c.csv").read_text()


def test_what_is_learnt_from_is_shown_before_ids_and_dates(
    suggest, folder, rng, monkeypatch
):
    n = 30
    frame = pd.DataFrame(
        {
            "id": [f"sample number {i}" for i in range(n)],
            "date": "2024-03-01",
            "T (°C)": rng.choice([20, 40, 60], n),
            "solvent": rng.choice(["THF", "water"], n),
            "hours": rng.uniform(size=n).round(2),
        }
    )
    y = (frame["hours"] + frame["T (°C)"]).where(np.arange(n) < 15)
    frame.assign(y=y).to_csv("a.csv", index=False)
    arguments = ["a.csv", "--target", "y", "-n", 2]

    def heads(text):
        return next(row for row in text.splitlines() if "score" in row).split()

    text = suggest(*arguments)
    shown = ["line", "T", "(°C)", "solvent", "hours"]
    assert heads(text)[:7] == [*shown, "id", "date"]
    assert "not shown here" not in text
    monkeypatch.setattr(_report, "make_console", lambda: Console(width=64))
    text = suggest(*arguments)
    assert heads(text) == [*shown, "y", "predicted", "score"]
    assert "2 more columns are not shown here; --output writes all." in text


def test_a_later_score_may_be_larger(suggest, tables):
    _, arguments = tables
    text = " ".join(suggest(*arguments).split())
    assert "the first has 100, and a later one may have more, where" in text


@pytest.mark.slow
def test_many_columns_left_out_take_one_line(suggest, folder, rng):
    frame = pd.DataFrame({f"bit {i}": [0] * 20 for i in range(1_000)})
    frame["x"] = rng.standard_normal(20)
    frame.head(10).assign(y=range(10)).to_csv("a.csv", index=False)
    frame.tail(10).to_csv("b.csv", index=False)
    text = suggest("--labelled", "a.csv", "--pool", "b.csv", "--target", "y")
    assert text.count("bit") < 20
    assert "'bit 7' and 992 more: always 0 where there" in " ".join(text.split())


def test_the_cost_of_a_narrow_terminal(suggest, tables, monkeypatch):
    frame, arguments = tables
    monkeypatch.setattr(_report, "make_console", lambda: Console(width=60))
    pool = frame.tail(10)
    pool.insert(0, "price", range(1, 11))
    pool.to_csv("b.csv", index=False)
    text = suggest(*arguments, "--cost", "price")
    assert "price" in text[text.index("useful") :].split("±")[0]
