"""Warnings point at the line of the user, whatever lies between."""

import re
import warnings
from functools import partial

import numpy as np
import pytest
from networks import quick
from scipy import sparse
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import (
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousRegressor,
    CuriousRidge,
    CuriousRidgeCV,
)
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
)
from skcurious.tuning import tune_alpha


def assert_points_here(call, message):
    """`call`, a lambda of one line, warns of this, and at that line only."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    found = [w for w in caught if re.search(message, str(w.message))]
    assert found, [str(w.message) for w in caught]
    line = call.__code__.co_firstlineno
    assert {(w.filename, w.lineno) for w in found} == {(__file__, line)}


@pytest.fixture
def table(rng):
    X = rng.standard_normal((20, 3))
    return X, X[:, 0] + rng.standard_normal(20)


@pytest.fixture
def singular(table):
    """The same with a column twice, for models without regularity."""
    X, y = table
    return np.column_stack([X, X[:, 0]]), y


SINGULAR = "[Ss]ingular|ill-conditioned|digits"
STOPPED = "Training stopped away"


def hessian(**options):
    return quick(curvature="hessian", max_iter=2, **options)


def test_ridge(singular):
    X, y = singular
    assert_points_here(lambda: CuriousRidge(alpha=0.0).fit(X, y), SINGULAR)


def test_conjugate_gradients(table):
    X, y = table
    X = np.column_stack([X, X[:, 0] + 1e-5 * np.arange(20)])
    model = CuriousRidge(alpha=1e-9, solver="sparse_cg", max_iter=1)
    assert_points_here(lambda: model.fit(X, y), "Conjugate gradients did not converge")
    assert_points_here(lambda: model.predict_covariance(X), "Conjugate gradients")


def test_ridge_cv(singular):
    X, y = sparse.csr_matrix(singular[0]), singular[1]
    assert_points_here(lambda: CuriousRidgeCV(alphas=[1e-13]).fit(X, y), SINGULAR)


def test_kernel_ridge(singular):
    X, y = singular
    assert_points_here(lambda: CuriousKernelRidge(alpha=0.0).fit(X, y), SINGULAR)


def test_kernel_ridge_cv(table):
    X, y = np.vstack([table[0]] * 2), np.append(table[1], table[1] + 1)
    model = CuriousKernelRidgeCV(alphas=[1e-17], kernel="rbf", gamma=1e-3)
    assert_points_here(lambda: model.fit(X, y), SINGULAR)


def test_network(table):
    X, y = table
    assert_points_here(lambda: hessian().fit(X, y), STOPPED)
    model = hessian()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    assert_points_here(lambda: model.fit_tangent(X, y), STOPPED)


def test_network_of_a_stream(table, monkeypatch):
    monkeypatch.setattr("skcurious.neural_network._stream.LARGEST_RESIDUAL", 0.0)
    X, y = table
    model = quick(solver="adam")
    assert_points_here(lambda: model.partial_fit(X, y), "residual")


def test_any_regressor(table):
    X, y = table
    model = CuriousRegressor(Ridge(), step=1e-14)
    assert_points_here(lambda: model.fit(X, y), "little more than rounding")


def test_stream_after_fit(table):
    X, y = table
    model = CuriousRidge().fit(X, y)
    assert_points_here(lambda: model.partial_fit(X, y), "partial_fit after fit")


def test_forget(rng):
    X = np.vstack([1e6 * rng.standard_normal((5, 2)), rng.standard_normal((30, 2))])
    y = X[:, 0] + rng.standard_normal(35)
    model = CuriousRidge().partial_fit(X, y)
    assert_points_here(lambda: model.forget(X[:5], y[:5]), "digits")


@pytest.mark.parametrize(
    "strategy", [curiosity_sampling, expected_curiosity_reduction, influence_sampling]
)
def test_strategies(table, strategy):
    X, _ = table
    model = CuriousRidge().fit(X, np.zeros(20))
    options = {"weights": "tangent"} if "reduction" in strategy.__name__ else {}
    if strategy is influence_sampling:
        options = {"X_validation": X, "y_validation": np.zeros(20)}
    assert_points_here(lambda: strategy(model, X, 2, **options), "Every score")


def test_tune_alpha(table):
    X, y = table
    model = CuriousRidge(alpha=1e3)
    assert_points_here(
        lambda: tune_alpha(model, X, y, max_evaluations=1), "tune_alpha did not reach"
    )


# -- through what lies between -------------------------------------------------------


def test_pipeline(singular):
    X, y = singular
    model = make_pipeline(StandardScaler(), CuriousRidge(alpha=0.0))
    assert_points_here(lambda: model.fit(X, y), SINGULAR)


def test_search(singular):
    X, y = singular
    search = GridSearchCV(CuriousRidge(), {"alpha": [0.0]}, cv=2)
    assert_points_here(lambda: search.fit(X, y), SINGULAR)


def test_search_of_networks(table):
    X, y = table
    model = make_pipeline(StandardScaler(), hessian())
    search = GridSearchCV(model, {"curiousmlpregressor__alpha": [0.1]}, cv=2)
    assert_points_here(lambda: search.fit(X, y), STOPPED)


def test_learner(singular):
    modal = pytest.importorskip("skcurious.modal", exc_type=ImportError)
    X, y = singular
    start = partial(modal.CuriousLearner, CuriousRidge(0.0), X_training=X)
    assert_points_here(lambda: start(y_training=y), SINGULAR)
    learner = modal.CuriousLearner(CuriousRidge(0.0), random_state=0)
    assert_points_here(lambda: learner.teach(X, y), SINGULAR)
    known = modal.CuriousLearner(CuriousRidge(1.0), X_training=X, y_training=0 * y)
    assert_points_here(lambda: known.query(X, weights="tangent"), "Every score")


def test_strategy_of_scikit_activeml(table):
    activeml = pytest.importorskip("skcurious.activeml", exc_type=ImportError)
    X, _ = table
    y = np.where(np.arange(20) < 10, 0.0, np.nan)
    strategy = activeml.CuriositySampling()
    assert_points_here(lambda: strategy.query(X, y, CuriousRidge()), "Every score")
