"""The model that is chosen, and what is said about it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

pytest.importorskip("pandas")

import pandas as pd

from skcurious import CuriousRidgeCV
from skcurious._suggest._columns import Columns
from skcurious._suggest._problem import Problem
from skcurious.campaign import _model
from skcurious.campaign._model import ALPHAS, MEAN, choose_model, number_of_folds


def problem(X, y, categories=()):
    X = pd.DataFrame(X).rename(columns=str)
    numbers = [name for name in X if name not in categories]
    columns = Columns(X, X, numbers, list(categories))
    return Problem("y", columns, X, np.asarray(y, dtype=float), X, None, [])


@pytest.fixture
def plane(rng):
    X = rng.standard_normal((60, 3))
    return problem(X, X @ [3.0, -2.0, 1.0] + 7 + 0.3 * rng.standard_normal(60))


def test_a_plane_is_predicted_by_a_plane(plane):
    chosen = choose_model(plane, "auto", 0)
    assert chosen.name == "ridge"
    assert list(chosen.errors) == [MEAN, "ridge", "kernel-ridge", "gaussian-process"]
    assert chosen.errors["ridge"] < 0.4 < chosen.errors[MEAN]
    assert chosen.notes == []


def test_a_curve_is_predicted_by_a_kernel(rng):
    X = rng.uniform(-3, 3, (60, 1))
    chosen = choose_model(problem(X, np.cos(X[:, 0])), "auto", 0)
    assert chosen.name == "kernel-ridge"
    assert chosen.errors["kernel-ridge"] < 0.1 * chosen.errors["ridge"]


def test_errors_and_predictions_are_those_of_the_plain_model(plane):
    chosen = choose_model(plane, "ridge", 0)
    model = make_pipeline(StandardScaler(), CuriousRidgeCV(ALPHAS))
    folds = KFold(10, shuffle=True, random_state=0)
    for name, other in [("ridge", model), (MEAN, DummyRegressor())]:
        squares = -cross_val_score(
            other, plane.X, plane.y, cv=folds, scoring="neg_mean_squared_error"
        )
        assert_allclose(chosen.errors[name] ** 2, squares.mean(), rtol=1e-9)
    mean, std = model.fit(plane.X, plane.y).predict(plane.X, return_std=True)
    predicted, spread = chosen.predict(plane.X)
    assert_allclose(predicted, mean, rtol=1e-9)
    assert_allclose(spread, std, rtol=1e-9)


@pytest.mark.parametrize(
    ("n_labels", "n_folds"), [(5, 5), (20, 20), (21, 10), (500, 10), (501, 5)]
)
def test_folds(n_labels, n_folds):
    assert number_of_folds(n_labels) == n_folds


def test_fewer_folds_for_many_columns():
    assert number_of_folds(100, 30) == 10
    assert number_of_folds(101, 30) == 5


def test_chance_is_not_taken_for_knowledge(rng):
    chosen = choose_model(
        problem(rng.standard_normal((60, 3)), rng.standard_normal(60)), "auto", 0
    )
    (note,) = chosen.notes
    assert "better than the mean: in 60 labels" in note


def test_gaussian_process(rng):
    X = rng.uniform(-3, 3, (40, 4))
    frame = problem(X, 50 * np.abs(X[:, 0]) + 1000)
    chosen = choose_model(frame, "auto", 0)
    assert chosen.name == "gaussian-process"
    assert chosen.errors["gaussian-process"] < 0.9 * chosen.errors["kernel-ridge"]
    mean, std = chosen.predict(frame.X)
    assert np.corrcoef(mean, np.abs(X[:, 0]))[0, 1] > 0.95
    assert (std > 0).all()


def test_network(rng):
    X = rng.uniform(-3, 3, (40, 1))
    chosen = choose_model(problem(X, 50 * np.cos(X[:, 0])), "mlp", 0)
    assert list(chosen.errors) == [MEAN, "mlp"]
    assert chosen.errors["mlp"] < 0.5 * chosen.errors[MEAN]
    assert "too small" in chosen.notes[-1]
    mean, std = chosen.predict(problem(X, X[:, 0]).X)
    assert np.corrcoef(mean, np.cos(X[:, 0]))[0, 1] > 0.9
    assert (std > 0).all()


@pytest.mark.parametrize("which", ["auto", "mlp"])
def test_five_labels_four_of_them_equal(which, rng):
    # One of the folds has nothing but equal labels to train on.
    X = rng.standard_normal((5, 2))
    chosen = choose_model(problem(X, [0, 0, 0, 0, 1.0]), which, 0)
    assert np.isfinite(list(chosen.errors.values())).all()
    assert np.isfinite(chosen.predict(problem(X, X[:, 0]).X)).all()


def test_kernels_are_not_tried_on_many_labels(plane, monkeypatch):
    few = {"kernel-ridge": 59, "gaussian-process": 59}
    monkeypatch.setattr(_model, "MOST_LABELS", few)
    chosen = choose_model(plane, "auto", 0)
    assert list(chosen.errors) == [MEAN, "ridge"]
    assert "--model kernel-ridge" in chosen.notes[0]
    assert "--model gaussian-process" in chosen.notes[1]
    assert choose_model(plane, "kernel-ridge", 0).name == "kernel-ridge"


def test_categories_blanks_and_columns_that_are_blank_in_a_fold(rng):
    X = pd.DataFrame(
        {"a": rng.standard_normal(30), "c": rng.choice(["u", "v", "w"], 30)}
    )
    y = X["a"] + X["c"].map({"u": 0, "v": 5, "w": -5})
    X["b"] = [1.0, *[np.nan] * 29]
    X.loc[3, "a"] = np.nan
    chosen = choose_model(problem(X, y, ["c"]), "ridge", 0)
    assert chosen.errors["ridge"] < 0.3 * chosen.errors[MEAN]
    assert chosen.notes == []
    new = X.assign(c="never seen")
    assert np.isfinite(chosen.predict(new)).all()


def test_warnings_are_said_once(plane, monkeypatch):
    def fit(self, X, y):
        _model.warnings.warn("ill-\n conditioned", stacklevel=2)
        return CuriousRidgeCV.fit(self, X, y)

    monkeypatch.setitem(
        _model.MODELS,
        "ridge",
        lambda n_columns, seed: type("Loud", (CuriousRidgeCV,), {"fit": fit})(),
    )
    assert choose_model(plane, "ridge", 0).notes == ["ill- conditioned"]
