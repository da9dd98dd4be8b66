"""What there is to learn of replicates and known noise."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

pytest.importorskip("pandas")

import pandas as pd

from skcurious.campaign import Campaign


@pytest.fixture
def table():
    return pd.DataFrame({"x": np.arange(12.0), "error": np.linspace(0.1, 1.2, 12)})


def labels(campaign, table, rows, y, error=None):
    frame = table.iloc[rows].drop(columns="error").assign(y=y)
    if error is not None:
        frame["error"] = error
    return campaign.add(frame)._outlook.training


def test_means_of_known_variances(table):
    campaign = Campaign(table, "y", noise="error")
    found = labels(campaign, table, [3, 1, 3], [2.0, 5.0, 4.0], [0.5, np.nan, 1.0])
    assert found.rows.tolist() == [1, 3]
    # (2 / 0.25 + 4 / 1) / (1 / 0.25 + 1 / 1), and the deviation of the candidate.
    assert_allclose(found.Y["y"], [5.0, 2.4])
    assert_allclose(found.noise["y"], [0.2**2, 0.2])


def test_exact_labels_count_alone(table):
    campaign = Campaign(table, "y", noise="error")
    found = labels(campaign, table, [0, 0, 0], [1.0, 3.0, 100.0], [0.0, 0.0, 1.0])
    assert_allclose(found.Y["y"], [2.0])
    assert_allclose(found.noise["y"], [0.0])


def test_scatter_of_enough_replicates(table):
    campaign = Campaign(table.drop(columns="error"), "y")
    table = table.assign(error=0)
    found = labels(campaign, table, [0, 0, 0, 1, 1, 2], [1, 2, 3, 5, 7, 4])
    assert np.isnan(found.scatter["y"])
    assert found.noise["y"].isna().all()
    found = labels(campaign, table, [2, 5, 5], [6, 0, 4])
    # Squares about the means 2, 0, 2, 5 and 2: 2 + 2 + 2 + 8, of 5 degrees.
    assert_allclose(found.scatter["y"] ** 2, 14 / 5)
    assert_allclose(found.noise["y"], 14 / 5 / np.array([3, 2, 2, 2]))
    assert_allclose(campaign.status().scatter["y"] ** 2, 14 / 5)


def test_without_a_deviation_the_plain_mean(table):
    table = table.drop(columns="error").assign(error=np.nan)
    campaign = Campaign(table, "y", noise="error")
    found = labels(campaign, table, [0, 0], [1.0, 3.0], [0.1, np.nan])
    assert_allclose(found.Y["y"], [2.0])
    assert found.noise["y"].isna().all()


def test_targets_that_are_measured_of_some_rows(table):
    campaign = Campaign(table, ["y", "z"], noise={"z": "error"})
    frame = (
        table.drop(columns="error")
        .iloc[:3]
        .assign(y=[1.0, np.nan, 3.0], z=[np.nan, 5.0, "failed"])
    )
    found = campaign.add(frame)._outlook.training
    assert_allclose(found.Y, [[1.0, np.nan], [np.nan, 5.0], [3.0, np.nan]])
    assert_allclose(found.noise["z"], [np.nan, 0.04, np.nan])
    assert (campaign.states[:3] == "measured").all()
