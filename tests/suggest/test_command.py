"""The command from its arguments to its files."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

pytest.importorskip("pandas")
pytest.importorskip("rich")

import pandas as pd

import skcurious
from skcurious import CuriousRidgeCV
from skcurious.__main__ import main
from skcurious.campaign._model import ALPHAS
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    variance_sampling,
)

TABLES = ["--labelled", "labelled.csv", "--pool", "pool.csv", "--target", "target"]
STRATEGIES = {
    "reduction": expected_curiosity_reduction,
    "curiosity": curiosity_sampling,
    "variance": variance_sampling,
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_suggests_what_the_plain_model_asks_for(suggest, diabetes, strategy):
    labelled, pool = diabetes
    options = ["--model", "ridge", "-n", 7, "--output", "next.csv"]
    text = suggest(*TABLES, *options, "--strategy", strategy)
    model = make_pipeline(StandardScaler(), CuriousRidgeCV(ALPHAS))
    model.fit(labelled.drop(columns="target"), labelled["target"])
    indices, scores = STRATEGIES[strategy](model, pool, 7, random_state=0)
    rows = pd.read_csv("next.csv")
    assert_array_equal(rows["line"], indices + 2)
    assert_allclose(rows[pool.columns], pool.iloc[indices])
    mean, std = model.predict(pool.iloc[indices], return_std=True)
    assert_allclose(rows["prediction"], mean, rtol=1e-5)
    assert_allclose(rows["std"], std, rtol=1e-5)
    assert_allclose(rows["score"], 100 * scores / scores[0], rtol=1e-5)
    ours = ["target", "prediction", "std", "score"]
    assert list(rows.columns) == ["line", *pool.columns, *ours]
    assert rows["target"].isna().all()  # room for what will be measured
    found = re.findall(r"^ +(\d+) +(\d+) .* ± .*$", text, re.MULTILINE)
    assert found == [(str(i), str(line)) for i, line in enumerate(rows["line"], 1)]


def test_cost(suggest, diabetes):
    labelled, pool = diabetes
    price = np.random.RandomState(0).uniform(1, 50, len(pool)).round(2)
    pool.assign(price=price).to_csv("pool.csv", index=False)
    options = ["--model", "ridge", "-n", 5, "--cost", "price", "--output", "next.csv"]
    text = suggest(*TABLES, *options)
    model = make_pipeline(StandardScaler(), CuriousRidgeCV(ALPHAS))
    model.fit(labelled.drop(columns="target"), labelled["target"])
    indices, _ = expected_curiosity_reduction(
        model, pool, 5, cost=price, random_state=0
    )
    assert_array_equal(pd.read_csv("next.csv")["line"], indices + 2)
    assert f"Together they cost {price[indices].sum():g}" in text
    assert "per unit of 'price'" in text


def test_same_input_same_output(suggest, diabetes, folder):
    files = ["next.csv.gz", "next.png"]
    options = ["--output", files[0], "--picture", files[1]]
    first = suggest(*TABLES, *options)
    contents = [(folder / name).read_bytes() for name in files]
    assert suggest(*TABLES, *options) == first
    assert contents == [(folder / name).read_bytes() for name in files]
    assert suggest(*TABLES, *options, "--seed", "1") != first


def test_the_seed_draws_what_a_large_pool_is_judged_by(suggest, folder, rng):
    X = pd.DataFrame(rng.standard_normal((1_030, 4)), columns=list("abcd"))
    labelled, pool = X.head(30), X.tail(1_000)
    y = labelled.sum(axis=1)
    labelled.assign(target=y).to_csv("labelled.csv", index=False)
    pool.to_csv("pool.csv", index=False)
    model = make_pipeline(StandardScaler(), CuriousRidgeCV(ALPHAS)).fit(labelled, y)
    found = []
    for seed in range(2):
        options = ["--model", "ridge", "-n", 20, "--seed", seed, "--output", "c.csv"]
        suggest(*TABLES, *options)
        indices, _ = expected_curiosity_reduction(model, pool, 20, random_state=seed)
        found.append(pd.read_csv("c.csv")["line"].tolist())
        assert found[-1] == list(indices + 2)
    assert found[0] != found[1]


def test_one_spreadsheet_for_both(suggest, folder, rng):
    X = rng.standard_normal((40, 2))
    y = X @ [1, 2]
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": y})
    frame.loc[25:, "y"] = np.nan
    frame = frame.sample(frac=1, random_state=0)
    frame.to_csv("all.csv", index=False, sep=";", decimal=",")
    both = ["--labelled", "all.csv", "--pool", "all.csv", "--target", "y", "-n", 15]
    text = suggest(*both, "--output", "next.csv")
    rows = pd.read_csv("next.csv", sep=";", decimal=",")
    unlabelled = np.flatnonzero(frame["y"].isna()) + 2
    assert_array_equal(np.sort(rows["line"]), unlabelled)
    assert_allclose(rows["a"], frame["a"].iloc[rows["line"] - 2])
    assert "15 rows of all.csv without a label in 'y' are not learnt from." in text
    assert "25 rows of all.csv with a label in 'y' are not suggested." in " ".join(
        text.split()
    )


def test_two_rounds(suggest, folder, rng):
    """The output goes back into the labelled table, numbers of rows and all."""
    frame = pd.DataFrame({"run": np.arange(1, 81), "t": rng.uniform(size=80)})
    frame["note"] = [f"sample {i}" for i in range(80)]
    truth = np.sin(4 * frame["t"])
    done, pool = frame[:20].assign(y=truth[:20]), frame[20:]
    done.to_csv("done.csv", index=False)
    pool.to_csv("pool.csv", index=False)
    arguments = ["--labelled", "done.csv", "--pool", "pool.csv", "--target", "y"]
    text = suggest(*arguments, "-n", 5, "--output", "next.csv")
    assert "'run': it numbers the rows" in text
    measured = pd.read_csv("next.csv")
    assert measured["y"].isna().all()
    measured["y"] = truth[measured["line"] + 18].to_numpy()
    pd.concat([done, measured]).to_csv("done.csv", index=False)
    again = suggest(*arguments, "-n", 60 - 5, "--output", "again.csv")
    assert "Numbers     't'" in again
    assert "'run': it numbers the rows" in again
    assert "an earlier suggestion wrote that" in " ".join(again.split())
    rows = pd.read_csv("again.csv")
    assert not set(rows["run"]) & set(measured["run"])


def test_the_picture_comes_before_the_report(folder, diabetes, monkeypatch, capsys):
    from skcurious._suggest import _picture

    def fail(*arguments):
        raise RuntimeError("no picture")

    monkeypatch.setattr(_picture, "draw", fail)
    with pytest.raises(RuntimeError, match="no picture"):
        main(["suggest", *TABLES, "--picture", "p.png", "--output", "o.csv"])
    assert capsys.readouterr().out == ""
    assert not (folder / "o.csv").exists()


def test_parquet(suggest, diabetes):
    pytest.importorskip("pyarrow")
    labelled, pool = diabetes
    expected = suggest(*TABLES, "--output", "next.csv")
    labelled.to_parquet("labelled.parquet")
    pool.assign(at=pd.Timestamp("2024-01-01")).to_parquet("pool.parquet")
    tables = ["--labelled", "labelled.parquet", "--pool", "pool.parquet"]
    text = suggest(*tables, "--target", "target", "--output", "next.parquet")
    rows = pd.read_parquet("next.parquet")
    pd.testing.assert_frame_equal(
        rows.drop(columns="at"), pd.read_csv("next.csv"), check_dtype=False
    )
    assert (rows["at"] == pd.Timestamp("2024-01-01")).all()
    assert text.count("±") == expected.count("±")
    suggest(*TABLES, "--output", "typed.parquet")
    typed = pd.read_parquet("typed.parquet")
    pd.testing.assert_frame_equal(typed, pd.read_csv("next.csv"), check_dtype=False)


def test_columns_of_the_pool_are_carried_along(suggest, diabetes):
    _, pool = diabetes
    pool.insert(0, "name", [f"patient {i}" for i in range(len(pool))])
    pool["target"] = "to do"
    pool.to_csv("pool.csv", index=False)
    text = suggest(*TABLES, "-n", 3, "--output", "next.csv")
    rows = pd.read_csv("next.csv")
    assert_array_equal(rows["name"], pool["name"].iloc[rows["line"] - 2])
    assert (rows["target"] == "to do").all()
    assert "5 more columns are not shown here; --output writes all." in text
    assert "to do" not in text


def test_a_mixed_table(suggest, folder, rng):
    solvents = rng.choice(["water", "ethanol", "toluene"], 60)
    celsius = rng.uniform(20, 90, 60).round(1)
    frame = pd.DataFrame(
        {
            "run": [f"R{i}" for i in range(60)],
            "day": "2024-03-01",
            "solvent": solvents,
            "celsius": [f"{c}".replace(".", ",") for c in celsius],
            "yield": [
                f"{c + 9 * (s == 'water'):.2f}".replace(".", ",")
                for s, c in zip(solvents, celsius, strict=True)
            ],
        }
    )
    frame.loc[3, "celsius"] = ""
    frame.head(30).to_csv("done.csv", index=False, sep=";", encoding="cp1252")
    frame.tail(30).assign(solvent="DMF").to_csv("pool.csv", index=False, sep=";")
    text = suggest(
        *["--labelled", "done.csv", "--pool", "pool.csv", "--target", "yield"],
        *["-n", 2, "--picture", "next.png"],
    )
    for words in [
        "Numbers     'celsius'",
        "Categories  'solvent' (3)",
        "'run': another text in every row",
        "'day': dates",
        "12,5 is read as twelve and a half in done.csv and pool.csv.",
        "1 blank cell in 'celsius' counts as the median of the labelled rows.",
        "'solvent' is 'DMF' in 30 rows of the pool and in no labelled row",
    ]:
        assert words in text


def test_nothing_to_choose_between(suggest, folder, rng):
    known = pd.DataFrame({"x": [1, 2, 3, 4, 5, 7], "y": [1, 2, 3, 4, 5, 6]})
    # To the model the three are the same.
    pd.DataFrame({"x": [9, 9, 9], "id": list("abc")}).to_csv("b.csv", index=False)
    known["id"] = list("uvwxyz")
    known.to_csv("a.csv", index=False)
    text = suggest("--labelled", "a.csv", "--pool", "b.csv", "--target", "y", "-n", 3)
    assert text.count("±") == 4


def test_help_and_version(capsys):
    for arguments, words in [
        (["suggest", "--help"], "--labelled done.csv --pool candidates.csv"),
        (["--help"], "suggest"),
        (["--version"], skcurious.__version__),
    ]:
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 0
        assert words in capsys.readouterr().out


def test_as_a_program(diabetes):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "skcurious", "suggest", *arguments],
            capture_output=True,
            encoding="ascii",
            check=False,
            env={
                **os.environ,
                "PYTHONPATH": os.path.dirname(os.path.dirname(skcurious.__file__)),
                # A terminal that cannot show what the report holds.
                "PYTHONIOENCODING": "ascii",
            },
        )

    done = run(*TABLES, "-n", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\xb1" in done.stdout
    failed = run(*TABLES[:-1], "outcome")
    assert (failed.returncode, failed.stdout) == (2, "")
    assert "Traceback" not in failed.stderr
    assert "has no column 'outcome'" in failed.stderr
