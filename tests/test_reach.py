"""Curiosity through whatever the regressor is wrapped in."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

import skcurious
from skcurious import CuriousKernelRidge, CuriousRidge
from skcurious.query import curiosity_sampling, expected_curiosity_reduction


@pytest.fixture
def data(rng):
    X = rng.standard_normal((40, 3)) * [1, 10, 100] + 5
    return X, np.exp(0.1 * X[:, 0]) + X[:, 1]


def in_search(model, **grid):
    return GridSearchCV(model, grid, cv=2)


class Counter(StandardScaler):
    """Counts how often it transforms."""

    calls = 0

    def transform(self, X):
        Counter.calls += 1
        return super().transform(X)


def test_pipeline(data):
    X, y = data
    wrapped = make_pipeline(StandardScaler(), PolynomialFeatures(), CuriousRidge())
    wrapped.fit(X, y)
    rows = wrapped[:-1].transform(X)
    model = wrapped[-1]
    assert_allclose(skcurious.curiosity_score(wrapped, X), model.curiosity_score(rows))
    assert_allclose(
        skcurious.curiosity_score(wrapped, X, y), model.curiosity_score(rows, y)
    )
    assert_allclose(
        skcurious.curiosity_score(wrapped, X, noise_variance=2.0),
        model.curiosity_score(rows, noise_variance=2.0),
    )
    assert_allclose(skcurious.predict_tangent(wrapped, X), model.predict_tangent(rows))
    assert_allclose(
        skcurious.predict_covariance(wrapped, X, X[:3], noise_variance=1.0),
        model.predict_covariance(rows, rows[:3], noise_variance=1.0),
    )


def test_transformed_target(data):
    X, y = data
    y = y - y.min() + 1
    wrapped = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), CuriousRidge()),
        func=np.log,
        inverse_func=np.exp,
    ).fit(X, y)
    pipeline = wrapped.regressor_
    assert_allclose(
        skcurious.curiosity_score(wrapped, X, y),
        skcurious.curiosity_score(pipeline, X, np.log(y)),
    )
    two = TransformedTargetRegressor(CuriousRidge(), transformer=StandardScaler())
    two.fit(X, np.column_stack([y, -y]))
    assert skcurious.predict_tangent(two, X).shape == (40, 2)
    assert skcurious.curiosity_score(two, X, np.column_stack([y, -y])).shape == (40,)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model: in_search(model, alpha=[0.1, 1.0]),
        lambda model: RandomizedSearchCV(model, {"alpha": [1.0]}, n_iter=1, cv=2),
        lambda model: in_search(
            TransformedTargetRegressor(
                make_pipeline(StandardScaler(), model), transformer=StandardScaler()
            ),
            regressor__curiousridge__alpha=[0.1, 1.0],
        ),
        lambda model: make_pipeline(
            StandardScaler(), in_search(model, alpha=[0.1, 1.0])
        ),
        lambda model: make_pipeline(
            StandardScaler(),
            make_pipeline(PolynomialFeatures(), TransformedTargetRegressor(model)),
        ),
        lambda model: TransformedTargetRegressor(
            in_search(make_pipeline(model), curiousridge__alpha=[0.1, 1.0])
        ),
    ],
)
def test_nestings(data, wrap):
    X, y = data
    wrapped = wrap(CuriousRidge()).fit(X, y)
    tangent = skcurious.predict_tangent(wrapped, X)
    assert tangent.shape == (40,)
    assert tangent.any()
    frozen = FrozenEstimator(wrapped)
    assert_allclose(skcurious.predict_tangent(frozen, X), tangent)
    assert_allclose(skcurious.predict_tangent(make_pipeline(frozen), X), tangent)


def test_the_tangent_of_a_wrapped_model_is_its_derivative(data):
    X, y = data
    h = 1e-4

    def fitted(alpha):
        model = make_pipeline(StandardScaler(), CuriousRidge(alpha=alpha))
        return TransformedTargetRegressor(model, transformer=StandardScaler()).fit(X, y)

    slope = (fitted(1 + h).predict(X) - fitted(1 - h).predict(X)) / (2 * h)
    # Scaled back from the units of the transformed target.
    tangent = y.std() * skcurious.predict_tangent(fitted(1.0), X)
    assert_allclose(tangent, slope, rtol=1e-6)


def test_rows_are_transformed_once(data):
    X, y = data
    wrapped = make_pipeline(Counter(), CuriousKernelRidge()).fit(X, y)
    Counter.calls = 0
    skcurious.curiosity_score(wrapped, X)
    assert Counter.calls == 1


def test_rows_that_lie_elsewhere(data):
    model = CuriousRidge().fit(*data)

    class Collection:
        shape = (3, 3)

        def __dask_graph__(self):
            return {}

    ways = [
        lambda X: skcurious.curiosity_score(model, X),
        lambda X: skcurious.predict_tangent(model, X),
        lambda X: curiosity_sampling(model, X),
        lambda X: expected_curiosity_reduction(model, data[0], X_reference=X),
    ]
    for ask in ways:
        with pytest.raises(TypeError, match=r"is a Dask collection: see skcurious\.d"):
            ask(Collection())
        with pytest.raises(TypeError, match=r"'pool\.csv'.*see skcurious\.out_of_core"):
            ask("pool.csv")


def test_errors(data):
    X, y = data
    with pytest.raises(TypeError, match=r"Ridge has no curiosity.*CuriousRidge"):
        skcurious.curiosity_score(Ridge().fit(X, y), X)
    with pytest.raises(TypeError, match="Ridge has no curiosity"):
        skcurious.curiosity_score(make_pipeline(Ridge()).fit(X, y), X)
    with pytest.raises(TypeError, match="ndarray is no estimator: pass the fitted"):
        skcurious.curiosity_score(X, X)
    with pytest.raises(TypeError, match="passthrough has no curiosity"):
        skcurious.curiosity_score(make_pipeline("passthrough"), X)
    with pytest.raises(TypeError, match=r"fit an instance, CuriousRidge\(\)"):
        skcurious.curiosity_score(CuriousRidge, X)
    search = GridSearchCV(CuriousRidge(), {"alpha": [1.0]}, refit=False, cv=2)
    with pytest.raises(ValueError, match="refit=True"):
        skcurious.curiosity_score(search.fit(X, y), X)


@pytest.mark.parametrize(
    "unfitted",
    [
        CuriousRidge(),
        make_pipeline(StandardScaler(), CuriousRidge()),
        in_search(CuriousRidge(), alpha=[1.0]),
        TransformedTargetRegressor(CuriousRidge()),
        FrozenEstimator(CuriousRidge()),
    ],
)
def test_not_fitted(data, unfitted):
    with pytest.raises(NotFittedError):
        skcurious.predict_tangent(unfitted, data[0])
