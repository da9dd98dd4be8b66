"""Campaigns as they come: three rounds each, through the command alone."""

import itertools

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
        assert "nan" not in out
        return " ".join(out.split())

    return run


def test_reactions_with_categories(command):
    """From no label on, in a folder: a run fails, another is under way."""
    grid = itertools.product(
        ["toluene", "THF", "DMSO", "MeCN"],
        ["XPhos", "SPhos", "dppf"],
        ["K2CO3", "Et3N"],
        [60, 80, 100],
    )
    pool = pd.DataFrame(grid, columns=["solvent", "ligand", "base", "T/°C"])
    pool.insert(0, "id", [f"HTE-{i:03}" for i in range(len(pool))])
    pool.to_csv("pool.csv", index=False)
    model = ["--model", "ridge"]
    text = command(
        *["init", "screen", "--candidates", "pool.csv", "--target", "yield"], *model
    )
    assert "Candidates pool.csv: 72 rows to choose from" in text
    assert "Left out 'id': another text in every row" in text
    seen = set()
    for round_ in range(3):
        text = command(
            *["suggest", "screen", "-n", 8, "--output", "next.csv", "--mark"]
        )
        assert ("There is no model yet" in text) == (round_ == 0)
        rows = pd.read_csv("next.csv")
        assert not seen & set(rows["id"])
        seen |= set(rows["id"])
        rows["yield"] = (
            0.5 * rows["T/°C"]
            + 20 * (rows["ligand"] == "XPhos")
            - 9 * (rows["solvent"] == "DMSO")
        ).astype(object)
        rows.loc[0, "yield"] = "failed"
        rows.loc[1, "yield"] = "pending"
        rows.to_csv("next.csv", index=False)
        text = command("add", "screen", "next.csv")
        assert "Taken 6 results from next.csv" in text
        assert f"{round_ + 1} pending, {round_ + 1} failed" in text
    text = command("status", "screen")
    assert "Pending lines" in text
    assert "after round labels typical error of yield" in text
    history = text.split("expected error of yield")[1]
    assert [f" {n} {6 * n} " in history for n in (1, 2, 3)] == [True] * 3


def test_a_german_spreadsheet(command):
    """One table for everything, which the user fills in."""
    rng = np.random.RandomState(0)
    lines = ["Lösungsmittel;Rührer;Wärme (°C);Säure (g);Ausbeute (%)"]
    solvents, drives = ["Äther", "Wasser", "Öl"], ["1", "2"]
    table = [
        [
            rng.choice(solvents),
            rng.choice(drives),
            f"{rng.uniform(20, 90):.1f} °C".replace(".", ","),
            f"{rng.uniform(0.1, 2):.2f}".replace(".", ","),
            "",
        ]
        for _ in range(50)
    ]

    def write():
        text = "\r\n".join([lines[0], *(";".join(row) for row in table)])
        with open("versuche.csv", "wb") as file:
            file.write(text.encode("cp1252"))

    options = ["--target", "Ausbeute (%)", "--category", "Rührer", "-n", 6]
    options += ["--model", "ridge", "--output", "next.csv"]
    for round_ in range(3):
        write()
        text = command("suggest", "versuche.csv", *options)
        assert "12,5 is read as twelve and a half in versuche.csv." in text
        assert "Numbers 'Wärme (°C)', 'Säure (g)'" in text
        assert "Categories 'Lösungsmittel' (3), 'Rührer' (2)" in text
        assert ("There is no model yet" in text) == (round_ == 0)
        rows = pd.read_csv("next.csv", sep=";", decimal=",", encoding="utf-8-sig")
        for line in rows["line"]:
            row = table[line - 2]
            assert row[4] == ""
            celsius = float(row[2].split()[0].replace(",", "."))
            row[4] = f"{20 + celsius / 2:.1f}".replace(".", ",")
        table[rows["line"].iloc[-1] - 2][4] = "fehlgeschlagen"
    write()
    text = command("suggest", "versuche.csv", *options)
    assert "15 rows with 'Ausbeute (%)'" in text
    assert "3 rows of versuche.csv with 'fehlgeschlagen' (3)" in text


def test_two_results_with_weights_and_blanks(command):
    """Purity is measured for every other row only."""
    rng = np.random.RandomState(1)
    pool = pd.DataFrame(rng.uniform(0, 1, (60, 3)).round(3), columns=["a", "b", "c"])
    pool.to_csv("pool.csv", index=False)
    text = command(
        *["init", "two", "--candidates", "pool.csv", "--model", "ridge"],
        *["--target", "yield=2", "--target", "purity"],
    )
    assert "Targets 'yield' (counts 2), 'purity' (counts 1)" in text
    for round_ in range(3):
        text = command("suggest", "two", "-n", 10, "--output", "next.csv", "--mark")
        if round_:
            assert "yield predicted purity predicted" in text
            assert "typical error of purity" in text
        rows = pd.read_csv("next.csv")
        rows["yield"] = (50 * rows["a"] + rng.normal(size=10)).round(1)
        rows["purity"] = (90 + 5 * rows["b"]).round(2).where(rows.index % 2 == 0)
        rows.to_csv("next.csv", index=False)
        assert "Taken 10 results" in command("add", "two", "next.csv")
    text = command("status", "two")
    assert "Error of 'yield'" in text
    assert "Error of 'purity'" in text


def test_plates(command):
    """The wells of a plate share a temperature; a workbook comes and goes."""
    pytest.importorskip("openpyxl")
    wells = pd.DataFrame(
        {
            "T": np.repeat([30, 37, 42, 50], 24),
            "pH": np.tile(np.linspace(5, 9, 24).round(2), 4),
            "salt": np.random.RandomState(0).choice([0, 50, 150], 96),
        }
    )
    wells.to_excel("wells.xlsx", index=False)
    command(
        *["init", "plates", "--candidates", "wells.xlsx", "--target", "activity"],
        *["--same", "T", "--model", "ridge"],
    )
    for _ in range(3):
        text = command("suggest", "plates", "-n", 8, "--output", "next.xlsx", "--mark")
        rows = pd.read_excel("next.xlsx")
        assert rows["T"].nunique() == 1
        rows["activity"] = 100 - (rows["T"] - 37) ** 2 - 5 * (rows["pH"] - 7) ** 2
        rows.to_excel("next.xlsx", index=False)
        text = command("add", "plates", "next.xlsx")
        assert "Taken 8 results" in text
    assert "72 rows to choose from, 24 measured" in text


def test_replicates_of_known_noise(command):
    """Each row is measured twice, with the error that the instrument tells."""
    rng = np.random.RandomState(2)
    pool = pd.DataFrame(rng.uniform(0, 1, (50, 2)).round(3), columns=["x", "z"])
    pool["price"] = rng.choice([1, 5], 50)
    pool.to_csv("pool.csv", index=False)
    done = None
    arguments = ["--pool", "pool.csv", "--target", "y", "--noise", "sd"]
    arguments += ["--cost", "price", "--ignore", "run", "--model", "ridge", "-n", 5]
    for round_ in range(3):
        if done is None:
            # There is no column of errors yet, and none is meant.
            text = command(
                "suggest",
                *arguments[:4],
                *arguments[6:8],
                "-n",
                5,
                "--output",
                "next.csv",
            )
        else:
            done.to_csv("done.csv", index=False)
            text = command(
                *["suggest", "--labelled", "done.csv", *arguments],
                *["--output", "next.csv"],
            )
            assert f"{10 * round_} labelled rows are {5 * round_} different" in text
            assert "Noise 'sd': the standard deviation of a label of 'y'" in text
            assert "Together they cost" in text
        rows = pd.read_csv("next.csv")[["x", "z", "price"]]
        twice = pd.concat([rows, rows], ignore_index=True)
        twice["sd"] = rng.choice([0.1, 0.5], 10)
        twice["y"] = (3 * twice["x"] + twice["sd"] * rng.normal(size=10)).round(3)
        twice["run"] = [f"{round_}-{i}" for i in range(10)]
        done = twice if done is None else pd.concat([done, twice])
