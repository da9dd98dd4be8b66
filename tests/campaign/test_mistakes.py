"""Slips of a newcomer: one sentence that names the argument, and nothing silent."""

import numpy as np
import pandas as pd
import pytest
from extras import optional
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from skcurious import CuriousRidge
from skcurious.campaign import Campaign

pl = optional("polars")


@pytest.fixture
def candidates():
    return pd.DataFrame({"a": np.arange(20.0), "b": ["u", "v"] * 10})


@pytest.fixture
def campaign(candidates):
    labels = candidates.iloc[:8].assign(y=np.arange(8.0) ** 1.5)
    return Campaign(candidates, "y").add(labels)


NAMES = "must be the name of a column, or a list of names, got"
ARGUMENTS = [
    ({"targets": None}, TypeError, f"targets {NAMES} None"),
    ({"targets": 3}, TypeError, f"targets {NAMES} 3"),
    ({"targets": ""}, ValueError, "targets must be names of columns, got '' among"),
    ({"targets": " "}, ValueError, "targets must be names of columns, got ' ' among"),
    ({"ignore": 3}, TypeError, f"ignore {NAMES} 3"),
    ({"avoid_failures": "no"}, ValueError, "avoid_failures must be True or False"),
    ({"noise": "y"}, ValueError, "noise names 'y', which is a target or the cost"),
    (
        {"noise": "a", "cost": "a"},
        ValueError,
        "noise names 'a', which is a target or the cost",
    ),
    ({"cost": [-1.0] * 20}, ValueError, "cost is -1.0 for the candidate 0: every"),
    ({"cost": ["x"] * 20}, ValueError, "cost is 'x' for the candidate 0: every"),
    ({"cost": [1j] * 20}, ValueError, "for the candidate 0: every price has to be"),
]


@pytest.mark.parametrize(("arguments", "error", "match"), ARGUMENTS)
def test_arguments(candidates, arguments, error, match):
    with pytest.raises(error, match=match):
        Campaign(candidates, **{"targets": "y", **arguments})


def test_none_is_no_name(candidates):
    campaign = Campaign(candidates, "y", ignore=None, categories=None)
    assert campaign.targets == ["y"]


def test_complex_numbers_are_none(candidates):
    with pytest.raises(ValueError, match="column 'c' of candidates holds"):
        Campaign(candidates.assign(c=np.arange(20) * 1j), "y")


ROWS = [
    ({3: 1}, "got a dict"),
    ({3}, "got a set"),
    (iter([3]), "got a list_iterator"),
    (slice(0, 3), "got a slice"),
    ([[1, 2], [3, 4]], r"one for each row, or a table, got \[1, 2\] among them"),
    ([[1], [2, 3]], r"one for each row, or a table, got \[1\] among them"),
    (np.ones((2, 2), int), "one for each row, or a table, got array"),
    ([True, False], "got a mask"),
    (np.arange(20) < 3, "got a mask"),
]


@pytest.mark.parametrize(("rows", "match"), ROWS)
@pytest.mark.parametrize("mark", ["mark_pending", "mark_failed", "unmark"])
def test_rows(campaign, mark, rows, match):
    with pytest.raises(TypeError, match=f"rows must be.*{match}"):
        getattr(campaign, mark)(rows)


@pytest.mark.skipif(pl is None, reason="polars is not there")
def test_rows_that_are_not_collected(campaign):
    with pytest.raises(TypeError, match="rows must be a table of rows"):
        campaign.mark_pending(pl.DataFrame({"a": [1.0], "b": ["u"]}).lazy())


@pytest.mark.parametrize(
    "lines", [None, "1", 99, -1, 1.0, [True] + [False] * 7, [[1], [2, 3]], [[1, 2]]]
)
def test_lines(campaign, lines):
    with pytest.raises(ValueError, match="whole numbers of measurements, from 0 to 7"):
        campaign.remove(lines)
    assert len(campaign.measurements) == 8


def test_no_lines(campaign):
    assert len(campaign.remove([]).measurements) == 8
    assert len(campaign.remove(iter([0, 1])).measurements) == 6
    with pytest.raises(ValueError, match="of which there are none yet"):
        Campaign(pd.DataFrame({"a": [1.0, 2.0]}), "y").remove(0)


@pytest.mark.parametrize("value", [True, 1j])
def test_results_that_are_no_real_numbers(campaign, candidates, value):
    """True and False were words, and so failed runs; imaginary parts were lost."""
    results = candidates.iloc[8:10].assign(y=[value, value])
    with pytest.raises(ValueError, match="for 'y', which is no real number"):
        campaign.add(results)
    with pytest.raises(ValueError, match="for 'y', which is no real number"):
        campaign.add(results.astype({"y": object}))
    assert (campaign.states == "failed").sum() == 0


def test_a_column_of_noise_that_is_nowhere(candidates):
    campaign = Campaign(candidates, "y", noise="sd")
    results = candidates.iloc[:3].assign(y=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="noise names 'sd', a column that neither"):
        campaign.add(results)
    campaign.add(results.assign(sd=[np.nan, 0.1, 0.2]))
    assert campaign.measurements["sd"].isna().sum() == 1
    of_candidates = Campaign(candidates.assign(sd=0.1), "y", noise="sd")
    assert len(of_candidates.add(results).measurements) == 3


def test_flags(campaign):
    for flag in ("mark", "repeats"):
        with pytest.raises(ValueError, match=f"{flag} must be True or False, got 'no'"):
            campaign.suggest(2, **{flag: "no"})


def test_paths(campaign, tmp_path):
    for value in (None, 3):
        with pytest.raises(TypeError, match="path must be a path, got"):
            campaign.report(value)
        with pytest.raises(TypeError, match="folder must be a path, got"):
            campaign.save(value)
        with pytest.raises(TypeError, match="folder must be a path, got"):
            Campaign.load(value)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="folder is the file"):
        campaign.save(tmp_path / "file")


def test_an_estimator_that_takes_no_words(candidates):
    campaign = Campaign(candidates, "y", model=CuriousRidge())
    with pytest.raises(ValueError, match="model=CuriousRidge could not be fitted"):
        campaign.add(candidates.iloc[:8].assign(y=np.arange(8.0))).suggest(2)


def test_a_model_without_curiosity(candidates):
    with pytest.raises(TypeError, match=r"Ridge has no curiosity.*default_regressor"):
        Campaign(candidates, "y", model=Ridge())
    Campaign(candidates, "y", model=make_pipeline(CuriousRidge()))
