"""The models and the strategy that the guide shows how to write."""

import importlib.util
import inspect
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference import alpha_derivative
from scipy.optimize import minimize
from sklearn.ensemble import BaggingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from skcurious.influence import influence_on_loss, self_influence
from skcurious.query import (
    Criterion,
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    pool_status,
    utilities,
    variance_sampling,
)
from skcurious.testing import check_curious_regressor
from skcurious.testing._regressor import CHECKS


def guide(name):
    path = Path(__file__).parents[1] / "doc" / "guide" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


model_page, loss_page = guide("extending_model"), guide("extending_loss")
strategy_page = guide("extending_strategy")
SmoothRidge = model_page.SmoothRidge
CuriousSmoothRidge = model_page.CuriousSmoothRidge
RobustRidge, CuriousRobustRidge = loss_page.RobustRidge, loss_page.CuriousRobustRidge
demand_sampling = strategy_page.demand_sampling

CURIOUS = [CuriousSmoothRidge(alpha=0.7), CuriousRobustRidge(alpha=0.3)]


@pytest.fixture
def data(rng):
    X = rng.standard_normal((40, 6))
    return X[:15], X[:15] @ np.arange(6.0) + rng.standard_normal(15), X[15:]


@pytest.fixture
def outliers(rng):
    X = rng.standard_normal((40, 4))
    return X, X @ np.arange(4.0) + 10 + rng.standard_t(1.5, 40)


@parametrize_with_checks(
    [SmoothRidge(), CuriousSmoothRidge(), RobustRidge(), CuriousRobustRidge()]
)
def test_sklearn_contract(estimator, check):
    check(estimator)


@pytest.mark.parametrize("model", CURIOUS)
def test_against_refits(outliers, model):
    checked = check_curious_regressor(model, *outliers)
    if isinstance(model, CuriousRobustRidge):
        assert checked == list(CHECKS)
    else:  # takes no weights
        assert checked == [name for name in CHECKS if name != "curiosity"]


@pytest.mark.parametrize("model", CURIOUS)
def test_a_method_left_out_is_named(outliers, model):
    page = sys.modules[type(model).__module__]
    (complete,) = (
        cls
        for name, cls in inspect.getmembers(page, inspect.isclass)
        if name in ("SmoothModel", "RobustModel")
    )
    methods = [name for name, value in vars(complete).items() if callable(value)]
    needed = {"output", "gradients", "solve", "complexity", "attributes"}
    assert needed <= set(methods)
    for name in needed:
        kept = {k: v for k, v in vars(complete).items() if k != name}
        kept.pop("__dict__", None), kept.pop("__weakref__", None)
        kept["__init__"] = lambda self, *args, **kwargs: None
        incomplete = type("Incomplete", complete.__bases__, kept)
        with pytest.raises(TypeError, match=rf"abstract .*Incomplete.* '?{name}'?$"):
            incomplete()


def test_curious_part_is_short():
    source = Path(loss_page.__file__).read_text()
    curious = source[source.index("class RobustModel") :]
    assert len([line for line in curious.splitlines() if line.strip()]) <= 60


# -- smooth coefficients -----------------------------------------------------------


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


def test_undetermined_coefficients(data):
    X, y, _ = data
    with pytest.raises(np.linalg.LinAlgError, match="Pass more rows"):
        CuriousSmoothRidge().fit(X[:1], y[:1])


# -- another loss ------------------------------------------------------------------


def test_minimum_of_the_loss(outliers, rng):
    X, y = outliers
    weights = rng.uniform(0, 2, len(y))

    def objective(theta):
        r = X @ theta[:-1] + theta[-1] - y
        loss = 0.25 * (np.sqrt(1 + (r / 0.5) ** 2) - 1)
        return weights @ loss + 0.15 * theta[:-1] @ theta[:-1]

    found = minimize(objective, np.zeros(5), method="BFGS", options={"gtol": 1e-6}).x
    model = RobustRidge(alpha=0.3, delta=0.5).fit(X, y, weights)
    assert_allclose(np.append(model.coef_, model.intercept_), found, rtol=1e-4)
    assert objective(np.append(model.coef_, model.intercept_)) <= objective(found)


def test_noise_is_of_the_slope_of_the_loss(outliers):
    X, y = outliers
    model = CuriousRobustRidge(alpha=0.3).fit(X, y)
    r = model.predict(X) - y
    slope, bend = r / np.sqrt(1 + r**2), (1 + r**2) ** -1.5
    assert model.noise_variance_ == pytest.approx(np.mean(slope**2))
    h = model.predict_covariance(X, noise_variance=1.0)
    variance = np.mean(slope**2) / np.mean(bend)
    assert_allclose(model.predict_covariance(X), variance * h)


def test_large_delta_is_ridge_regression(outliers):
    from skcurious import CuriousRidge

    X, y = outliers
    ridge = CuriousRidge(alpha=0.3).fit(X, y)
    model = CuriousRobustRidge(alpha=0.3, delta=1e6).fit(X, y)
    for method in ("predict", "predict_tangent", "predict_covariance"):
        assert_allclose(getattr(model, method)(X), getattr(ridge, method)(X), rtol=1e-6)


def test_influences_of_another_loss(outliers):
    X, y = outliers
    model = CuriousRobustRidge(alpha=0.3).fit(X[:30], y[:30])
    h = 1e-4
    weights = np.ones(30)
    weights[2] += h
    more = RobustRidge(alpha=0.3).fit(X[:30], y[:30], weights)

    def error(model, rows):
        return 0.5 * np.sum((model.predict(X[rows]) - y[rows]) ** 2)

    rest = slice(30, None)
    moved = influence_on_loss(
        model, X[:30], y[:30], X_validation=X[rest], y_validation=y[rest]
    )
    truth = (error(more, rest) - error(model, rest)) / h
    assert moved[2] == pytest.approx(truth, rel=1e-3)
    own = (error(model, [2]) - error(more, [2])) / h
    assert self_influence(model, X[:30], y[:30])[2] == pytest.approx(own, rel=1e-3)


# -- with everything else ------------------------------------------------------------


@pytest.mark.parametrize("model", CURIOUS)
def test_in_a_pipeline_with_every_strategy(rng, model):
    x = rng.uniform(0, 1, (30, 1))
    y = np.sin(6 * x[:, 0]) + 0.1 * rng.standard_normal(30)
    model = make_pipeline(SplineTransformer(n_knots=8), model).fit(x, y)
    pool = np.linspace(0, 1, 50)[:, None]
    for strategy in (
        curiosity_sampling,
        expected_curiosity_reduction,
        variance_sampling,
        partial(influence_sampling, X_validation=x, y_validation=y),
    ):
        assert len(set(strategy(model, pool, 3, random_state=0)[0])) == 3
    assert pool_status(model, pool).curiosity > 0


# -- a criterion -------------------------------------------------------------------


def test_strategy_is_variance_times_demand(data, rng):
    X, y, pool = data
    model = CuriousSmoothRidge(alpha=0.7).fit(X, y)
    everywhere, scores = demand_sampling(
        model, pool, 4, demand=lambda X: np.ones(len(X))
    )
    expected = variance_sampling(model, pool, 4)
    assert_array_equal(everywhere, expected[0])
    assert_allclose(scores, expected[1])
    h = model.predict_covariance(pool, noise_variance=1.0)
    demand = rng.uniform(size=len(pool)) / h.diagonal()  # where it is best known
    (first, second), _ = demand_sampling(model, pool, 2, demand=lambda X: demand)
    assert first == (demand * h.diagonal()).argmax()
    left = h - np.outer(h[first], h[first]) / (1 + h[first, first])
    score = demand * left.diagonal()
    score[first] = -np.inf
    assert second == score.argmax()


def test_strategy_for_an_ensemble(data):
    X, y, pool = data
    model = BaggingRegressor(CuriousSmoothRidge(0.7), 3, random_state=0).fit(X, y)
    picks, _ = demand_sampling(model, pool, 3, demand=lambda X: 1 + X[:, 0] ** 2)
    assert len(set(picks)) == 3


def test_strategy_in_scikit_activeml(data):
    activeml = pytest.importorskip(
        "skcurious.activeml", reason="needs scikit-activeml", exc_type=ImportError
    )
    X, y, pool = data

    def demand(rows):
        return 1 + rows[:, 0] ** 2

    strategy = activeml.CriterionSampling(strategy_page.in_demand, {"demand": demand})
    picks = strategy.query(
        np.vstack([X, pool]),
        np.append(y, np.full(len(pool), np.nan)),
        reg=CuriousSmoothRidge(0.7),
        batch_size=3,
    )
    model = CuriousSmoothRidge(0.7).fit(X, y)
    expected, _ = demand_sampling(model, pool, 3, demand=demand)
    assert_array_equal(picks, len(X) + expected)


@pytest.mark.parametrize("name", ["utility", "move"])
def test_a_criterion_without_a_method_is_named(name):
    methods = {"utility": lambda self: 0, "move": lambda self, *args: None}
    del methods[name]
    with pytest.raises(TypeError, match=rf"abstract .*Half.* '?{name}'?$"):
        type("Half", (Criterion,), methods)(None)


def test_default_reference_of_utilities(data):
    X, y, pool = data
    model = CuriousSmoothRidge(alpha=0.7).fit(X, y)
    score = utilities(model, pool).utility()
    _, (best,) = expected_curiosity_reduction(model, pool)
    assert score.max() * model.noise_variance_ == pytest.approx(best)
