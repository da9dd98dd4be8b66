"""What a campaign suggests is what the strategies do with all that it knows."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

pytest.importorskip("pandas")

import pandas as pd

from skcurious import EachTargetRegressor, default_regressor, predict_std
from skcurious.campaign import Campaign
from skcurious.campaign._fit import kind
from skcurious.query import expected_curiosity_reduction, initial_design, pool_status


@pytest.fixture
def table():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.random((60, 3)), columns=["a", "b", "c"])
    return frame.assign(
        plate=np.arange(60) % 5,
        price=rng.uniform(1, 4, 60),
        error=rng.uniform(0.01, 1.0, 60),
    )


def y_of(rows):
    return np.sin(4 * rows["a"]) + rows["b"]


OTHERS = ["plate", "price", "error"]


def begin(table, **options):
    campaign = Campaign(
        table, "y", ignore=[n for n in OTHERS if n not in options.values()], **options
    )
    return campaign.add(table.iloc[:12].assign(y=y_of(table)))


def by_hand(table, n, **options):
    """The first twelve rows are known, and the next three pending."""
    X = table[["a", "b", "c"]]
    model = default_regressor(X).fit(X[:12], y_of(table)[:12], **options.pop("fit", {}))
    indices, _ = expected_curiosity_reduction(
        model,
        X[15:],
        n,
        X_reference=X,
        X_pending=X[12:15],
        unique=True,
        random_state=0,
        **options,
    )
    return indices + 15, model


def test_pending_rows_and_prices(table):
    campaign = begin(table, cost="price").mark_pending([12, 13, 14])
    rows = campaign.suggest(5)
    expected, model = by_hand(table, 5, cost=table["price"].to_numpy()[15:])
    assert_array_equal(rows.index, expected)
    X = table[["a", "b", "c"]].iloc[expected]
    assert_allclose(rows["prediction"], model.predict(X))
    assert_allclose(rows["std"], predict_std(model, X))
    others = begin(table).mark_pending([12, 13, 14]).suggest(5)
    assert list(others.index) != list(rows.index)


def test_rows_that_share_a_value(table):
    campaign = begin(table, same="plate").mark_pending([12, 13, 14])
    plates = campaign.suggest(4)["plate"]
    assert plates.nunique() == 1
    with pytest.raises(ValueError, match="no value of 'plate' has more than 9"):
        campaign.suggest(10)


def test_a_first_design_that_shares_a_value(table):
    rows = Campaign(table, "y", same="plate", ignore=["price", "error"]).suggest(6)
    assert rows["plate"].nunique() == 1


def test_first_rows_are_those_of_the_design(table):
    campaign = Campaign(table, "y", ignore=OTHERS).mark_pending([3, 4])
    X = table[["a", "b", "c"]]
    rest = X.drop(index=[3, 4])
    expected, _ = initial_design(rest, 5, X_labelled=X.loc[[3, 4]], random_state=0)
    assert_array_equal(campaign.suggest(5).index, rest.index[expected])


def test_known_noise(table):
    campaign = begin(table, noise="error").mark_pending([12, 13, 14])
    variance = table["error"].to_numpy() ** 2
    expected, model = by_hand(
        table,
        4,
        label_noise=variance[15:],
        fit={"label_noise": variance[:12]},
    )
    rows = campaign.suggest(4)
    assert_array_equal(rows.index, expected)
    assert_allclose(
        rows["prediction"], model.predict(table[["a", "b", "c"]].iloc[expected])
    )


def test_noise_that_is_known_of_one_target_only(table):
    """Of the other, a process has learned all there is, and ridge as well."""
    options = {"noise": {"y": "error"}, "ignore": ["price", "plate"]}
    for name, least in (("gaussian-process", 0.0), ("ridge", 1e-12)):
        campaign = Campaign(table, ["y", "z"], model=name, **options)
        known = table.iloc[:12].assign(y=y_of(table), z=np.cos(9 * table["a"]))
        outlook = campaign.add(known)._outlook
        variances = outlook._label_noise(np.arange(12, 20))
        assert_allclose(variances[:, 0], table["error"].iloc[12:20] ** 2)
        expected = outlook.model.unknown_noise(outlook.X)[1]
        assert_allclose(variances[:, 1], expected)
        assert expected >= least
        assert (expected > 0) == (least > 0)


def test_measuring_again_where_that_teaches_most(table):
    """Of ten places, one of them far from the others and measured badly."""
    few = pd.DataFrame({"a": [*np.linspace(0, 1, 9), 4.0], "error": [0.01] * 10})
    campaign = Campaign(few, "y", noise="error")
    errors = np.array([0.01] * 4 + [2.0])
    known = few.iloc[[0, 3, 6, 8, 9]].assign(y=[0.0, 0.4, 0.8, 1.1, 4.5], error=errors)
    campaign.add(known)
    assert campaign.suggest(1, repeats=True).index[0] == 9
    assert len(campaign.suggest(10, repeats=True)) == 10
    assert campaign.suggest(1).index[0] not in known.index
    campaign.mark_failed(9)
    assert campaign.states[9] == "measured"
    assert 9 not in campaign.suggest(9, repeats=True).index


def test_several_targets(table):
    weights = {"y": 1.0, "z": 5.0}
    campaign = Campaign(table, ["y", "z"], weights=weights, ignore=OTHERS)
    known = table.iloc[:14].assign(y=y_of(table), z=10 * table["c"] ** 2)
    known.loc[known.index[8:], "z"] = np.nan
    campaign.add(known)
    X = table[["a", "b", "c"]]
    model = EachTargetRegressor(default_regressor(X))
    model.fit(X[:14], known[["y", "z"]].to_numpy())
    expected, _ = expected_curiosity_reduction(
        model,
        X[14:],
        3,
        X_reference=X,
        target_weights=[1.0, 5.0],
        unique=True,
        random_state=0,
    )
    rows = campaign.suggest(3)
    assert_array_equal(rows.index, expected + 14)
    assert_allclose(
        rows[["prediction_y", "prediction_z"]], model.predict(X.loc[rows.index])
    )
    status = campaign.status()
    assert set(status.cv_error) == set(status.gain) == {"y", "z"}
    one = pool_status(model.estimators_[1], X[14:], X_reference=X)
    part = one.gain / one.std
    assert_allclose(status.gain["z"], part * status.expected_error["z"])


def test_a_target_without_labels_waits(table):
    campaign = Campaign(table, ["y", "z"], ignore=OTHERS, model="ridge")
    campaign.add(table.iloc[:8].assign(y=y_of(table)))
    rows = campaign.suggest(2)
    assert rows["prediction_y"].notna().all()
    assert rows["prediction_z"].isna().all()
    assert campaign.history()["cv_error_z"].isna().all()


def test_a_region_that_fails_is_avoided(table):
    """By the probability of a logistic regression of the columns, standardised."""
    fails = table.index[(table["a"] > 0.7) & (table.index < 40)]
    works = table.index[(table["a"] < 0.7) & (table.index < 25)]
    campaigns = []
    for avoid in (False, True):
        campaign = Campaign(table, "y", ignore=OTHERS, avoid_failures=avoid)
        campaign.add(table.loc[works].assign(y=y_of(table)))
        campaigns.append(campaign.mark_failed(fails))
    plain, avoiding = campaigns
    chances = make_pipeline(StandardScaler(), LogisticRegression())
    X = table[["a", "b", "c"]]
    tried = X.loc[[*works, *fails]]
    chances.fit(tried, tried.index.isin(works))
    look = avoiding._outlook
    price = look._price(look.open)
    # The scaler of the campaign sees rows in another order.
    assert_allclose(
        1 / price, chances.predict_proba(X.iloc[look.open])[:, 1], rtol=1e-6
    )
    assert avoiding.suggest(5)["a"].mean() < plain.suggest(5)["a"].mean()
    few = Campaign(table, "y", ignore=OTHERS, avoid_failures=True)
    few.add(table.loc[works].assign(y=y_of(table))).mark_failed(fails[:4])
    assert (few._outlook._price(few._outlook.open) == 1).all()


def test_kinds_of_models(table):
    kinds = {"ridge": "CuriousRidgeCV", "kernel-ridge": "CuriousKernelRidgeCV"}
    for name, inner in kinds.items():
        model = begin(table, model=name).estimator_
        assert type(model.regressor_[-1]).__name__ == inner
    inner = begin(table).estimator_[-1]
    assert type(inner).__name__ == "EvidenceAveragingRegressor"


def test_many_labels_take_a_faster_model():
    sizes = [1_000, 1_001, 2_000, 2_001]
    names = ["gaussian-process", "kernel-ridge", "kernel-ridge", "ridge"]
    assert [kind("auto", n) for n in sizes] == names
    assert kind("gaussian-process", 5_000) == "gaussian-process"


CHILD = """
import numpy as np, pandas as pd
from skcurious.campaign import Campaign
rng = np.random.default_rng(0)
table = pd.DataFrame({"a": rng.random(300), "b": rng.random(300)})
table["c"] = rng.choice(["x", "y", "z"], 300)
campaign = Campaign(table, "y", avoid_failures=True)
campaign.add(table.iloc[:20].assign(y=table["a"] ** 2)).mark_failed(range(20, 27))
campaign.mark_pending([40, 30])
print(campaign.suggest(5).to_csv())
"""


def test_other_processes_say_the_same():
    """With another seed of hashes, and another number of threads."""
    said = set()
    for seed, threads in [("1", "1"), ("2", "2")]:
        environment = {"PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": threads}
        said.add(
            subprocess.run(
                [sys.executable, "-W", "ignore", "-c", CHILD],
                env={**os.environ, **environment},
                capture_output=True,
                check=True,
                text=True,
            ).stdout
        )
    assert len(said) == 1


def test_numbers_that_are_names_are_no_mistake(rng):
    """Neither of the first design nor of the model: warnings are errors."""
    table = pd.DataFrame({"a": rng.normal(size=40), "code": rng.integers(1, 7, 40)})
    campaign = Campaign(table, "y", categories=["code"])
    rows = campaign.suggest(6)
    campaign.add(rows.assign(y=rows["a"]))
    assert len(campaign.suggest(2)) == 2
