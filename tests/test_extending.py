"""The model and the strategy that the guide shows how to write."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference import alpha_derivative, greedy_by_refits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from skcurious.influence import (
    influence_on_loss,
    influence_on_parameters,
    influence_on_predictions,
)
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    pool_status,
    variance_sampling,
)


def guide(name):
    path = Path(__file__).parents[1] / "doc" / "guide" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


model_page, strategy_page = guide("extending_model"), guide("extending_strategy")
SmoothRidge = model_page.SmoothRidge
CuriousSmoothRidge = model_page.CuriousSmoothRidge
demand_sampling = strategy_page.demand_sampling


@pytest.fixture
def data(rng):
    X = rng.standard_normal((40, 6))
    return X[:15], X[:15] @ np.arange(6.0) + rng.standard_normal(15), X[15:]


@parametrize_with_checks([SmoothRidge(), CuriousSmoothRidge()])
def test_sklearn_contract(estimator, check):
    check(estimator)


def test_tangent_against_refits(data):
    X, y, pool = data
    model = CuriousSmoothRidge(alpha=0.7).fit(X, y)
    assert_allclose(model.coef_, SmoothRidge(alpha=0.7).fit(X, y).coef_, rtol=1e-12)
    moved = alpha_derivative(SmoothRidge(), "coef_", 0.7, (X, y))
    assert_allclose(model.coef_tangent_, moved, rtol=1e-7)
    assert_allclose(model.predict_tangent(pool), pool @ moved, rtol=1e-7)
    assert_allclose(
        model.curiosity_score(pool),
        np.mean((model.predict(X) - y) ** 2) * (pool @ moved) ** 2,
        rtol=1e-7,
    )


def test_the_error_of_differences_falls_as_the_fourth_power(data):
    X, y, _ = data
    tangent = CuriousSmoothRidge(alpha=0.7).fit(X, y).coef_tangent_

    def error(step):
        moved = alpha_derivative(SmoothRidge(), "coef_", 0.7, (X, y), step)
        return np.abs(moved - tangent).max()

    assert error(0.2) / error(0.1) == pytest.approx(16, rel=0.2)


def test_covariance_against_one_more_row(data):
    X, y, pool = data
    model = CuriousSmoothRidge(alpha=0.7).fit(X, y)
    h = model.predict_covariance(pool, noise_variance=1.0)
    gain = h[:, 3] / (1 + h[3, 3])
    after = SmoothRidge(alpha=0.7).fit(np.vstack([X, pool[[3]]]), np.append(y, 5.0))
    assert_allclose(
        after.predict(pool),
        model.predict(pool) + (5.0 - model.predict(pool)[3]) * gain,
        rtol=1e-9,
    )
    mean, std = model.predict(pool, return_std=True)
    assert_allclose(mean, pool @ model.coef_)
    assert_allclose(std**2, model.noise_variance_ * h.diagonal())


def test_batches_against_refits(data):
    X, y, pool = data
    model = CuriousSmoothRidge(alpha=0.7).fit(X, y)
    picks, scores = greedy_by_refits(CuriousSmoothRidge(alpha=0.7), X, y, pool, 4)
    indices, values = curiosity_sampling(model, pool, 4)
    assert_array_equal(indices, picks)
    assert_allclose(values, scores, rtol=1e-8)


def test_influences_against_refits(data):
    X, y, pool = data
    model = CuriousSmoothRidge(alpha=0.7).fit(X, y)
    h = 1e-4

    def refit(weight):  # with so much more of row 2
        rows = np.vstack([X, np.sqrt(weight) * X[[2]]])
        return SmoothRidge(alpha=0.7).fit(rows, np.append(y, np.sqrt(weight) * y[2]))

    moved = (refit(h).coef_ - model.coef_) / h
    parameters = influence_on_parameters(model, X, y)
    assert_allclose(parameters["coef_"][2], moved, rtol=1e-3)
    predictions = influence_on_predictions(model, X, y, X_at=pool)
    assert_allclose(predictions[2], pool @ moved, rtol=1e-3)
    y_pool = np.ones(len(pool))
    residual = model.predict(pool) - y_pool
    loss = influence_on_loss(model, X, y, X_validation=pool, y_validation=y_pool)
    assert_allclose(loss[2], residual @ pool @ moved, rtol=1e-3)


def test_in_a_pipeline_with_every_strategy(rng):
    x = rng.uniform(0, 1, (30, 1))
    model = make_pipeline(SplineTransformer(n_knots=8), CuriousSmoothRidge(alpha=0.1))
    model.fit(x, np.sin(6 * x[:, 0]))
    pool = np.linspace(0, 1, 50)[:, None]
    for strategy in (
        curiosity_sampling,
        expected_curiosity_reduction,
        variance_sampling,
    ):
        assert len(set(strategy(model, pool, 3, random_state=0)[0])) == 3
    assert pool_status(model, pool).curiosity > 0


def test_undetermined_coefficients(data):
    X, y, _ = data
    with pytest.raises(np.linalg.LinAlgError, match="Pass more rows"):
        CuriousSmoothRidge().fit(X[:1], y[:1])


def test_strategy_is_variance_times_demand(data, rng):
    X, y, pool = data
    model = CuriousSmoothRidge(alpha=0.7).fit(X, y)
    everywhere = demand_sampling(model, pool, 4, demand=np.ones(len(pool)))
    assert_array_equal(everywhere[0], variance_sampling(model, pool, 4)[0])
    h = model.predict_covariance(pool, noise_variance=1.0)
    demand = rng.uniform(size=len(pool)) / h.diagonal()  # where it is best known
    (first, second), _ = demand_sampling(model, pool, 2, demand=demand)
    assert first == (demand * h.diagonal()).argmax()
    left = h - np.outer(h[first], h[first]) / (1 + h[first, first])
    score = demand * left.diagonal()
    score[first] = -np.inf
    assert second == score.argmax()
