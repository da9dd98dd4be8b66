"""What is said of the model that learned from the labels."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import KFold, LeaveOneOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

pytest.importorskip("pandas")

import pandas as pd

from skcurious import CuriousRidgeCV
from skcurious._suggest._learned import MEAN, learned
from skcurious.campaign import Campaign, _fit, _model
from skcurious.campaign._model import ALPHAS


def of(X, y, model="auto"):
    """What is said of a campaign with these labels, and a candidate without one."""
    frame = pd.DataFrame(X).rename(columns=str)
    frame = pd.concat([frame.assign(y=y), frame.iloc[:1] * 2], ignore_index=True)
    look = Campaign(frame, "y", model=model)._outlook
    return learned(look, model), look


@pytest.fixture
def plane(rng):
    X = rng.standard_normal((60, 3))
    return X, X @ [3.0, -2.0, 1.0] + 7 + 0.3 * rng.standard_normal(60)


def test_the_default_is_the_process(plane):
    found, look = of(*plane)
    assert found.name == "gaussian-process"
    assert list(found.errors) == [MEAN, "gaussian-process"]
    assert found.errors["gaussian-process"][0] < 0.4 < found.errors[MEAN][0]
    assert (found.targets, found.n_labels, found.notes) == (["y"], [60], [])
    assert look.model.takes_noise


def test_errors_are_those_of_the_plain_model(plane):
    X, y = plane
    found, look = of(X, y, "ridge")
    model = make_pipeline(StandardScaler(), CuriousRidgeCV(ALPHAS))
    folds = KFold(found.n_folds, shuffle=True, random_state=0)
    for name, other, parts in [
        ("ridge", model, folds),
        (MEAN, DummyRegressor(), LeaveOneOut()),
    ]:
        misses = cross_val_predict(other, X, y, cv=parts) - y
        error = np.sqrt((misses**2).mean())
        assert_allclose(found.errors[name], [error], rtol=1e-9)
    mean, std = model.fit(X, y).predict(X, return_std=True)
    predicted, spread = look.predict(np.arange(60))
    assert_allclose(predicted[:, 0], mean, rtol=1e-9)
    assert_allclose(spread[:, 0], std, rtol=1e-9)


@pytest.mark.parametrize("model", ["auto", "ridge", "kernel-ridge", "mlp"])
def test_chance_is_not_taken_for_knowledge(rng, model):
    found, _ = of(rng.standard_normal((60, 3)), rng.standard_normal(60), model)
    assert any("better than the mean" in note for note in found.notes)


def test_network(rng):
    X = rng.uniform(-3, 3, (40, 1))
    found, look = of(X, 50 * np.cos(X[:, 0]), "mlp")
    assert list(found.errors) == [MEAN, "mlp"]
    assert found.errors["mlp"][0] < 0.5 * found.errors[MEAN][0]
    assert "too small" in found.notes[-1]
    mean, std = look.predict(np.arange(40))
    assert np.corrcoef(mean[:, 0], np.cos(X[:, 0]))[0, 1] > 0.9
    assert (std > 0).all()


@pytest.mark.parametrize("model", ["auto", "mlp"])
def test_five_labels_four_of_them_equal(model, rng):
    # One of the folds has nothing but equal labels to train on.
    found, look = of(rng.standard_normal((5, 2)), [0, 0, 0, 0, 1.0], model)
    assert np.isfinite(list(found.errors.values())).all()
    assert np.isfinite(look.predict(np.arange(6))).all()


def test_many_labels_are_for_a_simpler_model(plane, monkeypatch):
    monkeypatch.setitem(_fit.MOST_LABELS, "gaussian-process", 59)
    found, _ = of(*plane)
    assert found.name == "kernel-ridge"
    assert "60 labels would take a Gaussian process minutes" in found.notes[0]
    asked, _ = of(*plane, "gaussian-process")
    assert (asked.name, asked.notes) == ("gaussian-process", [])


@pytest.mark.parametrize("model", ["auto", "ridge", "kernel-ridge"])
def test_categories_blanks_and_columns_that_are_blank_in_a_fold(rng, model):
    X = pd.DataFrame(
        {"a": rng.standard_normal(30), "c": rng.choice(["u", "v", "w"], 30)}
    )
    y = X["a"] + X["c"].map({"u": 0, "v": 5, "w": -5})
    X["b"] = [1.0, *[np.nan] * 29]
    X.loc[3, "a"] = np.nan
    found, look = of(X, y, model)
    name = "gaussian-process" if model == "auto" else model
    assert found.errors[name][0] < 0.3 * found.errors[MEAN][0]
    assert found.notes == []
    assert np.isfinite(look.predict_rows(look.X.assign(c="never seen"))).all()


def test_warnings_are_said_once(plane, monkeypatch):
    def fit(self, X, y):
        warnings.warn("ill-\n conditioned", stacklevel=2)
        return CuriousRidgeCV.fit(self, X, y)

    loud = type("Loud", (CuriousRidgeCV,), {"fit": fit})
    monkeypatch.setitem(_model.STANDARDISED, "ridge", lambda columns, seed: loud())
    assert of(*plane, "ridge")[0].notes == ["ill- conditioned"]
