"""Curiosity through whatever the regressor is wrapped in."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import AdaBoostRegressor, StackingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import RFE, RFECV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import RANSACRegressor, Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

import skcurious
from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousRegressor,
    CuriousRidge,
    EachTargetRegressor,
)
from skcurious.influence import influence_on_predictions
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    pool_status,
    utilities,
    variance_sampling,
)


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


WRAPPERS = {
    "RFE": lambda model: RFE(model, n_features_to_select=2),
    "RFECV": lambda model: RFECV(model, min_features_to_select=2, cv=3),
    "RANSAC": lambda model: RANSACRegressor(model, min_samples=10, random_state=0),
    "scaled RFE": lambda model: make_pipeline(StandardScaler(), RFE(model)),
    "one target": lambda model: TransformedTargetRegressor(RFE(model)),
    "targets": lambda model: MultiOutputRegressor(
        make_pipeline(StandardScaler(), model)
    ),
}


@pytest.mark.parametrize("kind", WRAPPERS)
def test_the_tangent_through_other_wrappers(data, kind):
    X, y = data
    y = np.column_stack([y, 3 * y**2]) if kind == "targets" else y
    h = 1e-4

    def fitted(alpha):
        return WRAPPERS[kind](CuriousRidge(alpha=alpha)).fit(X, y)

    slope = (fitted(1 + h).predict(X) - fitted(1 - h).predict(X)) / (2 * h)
    tangent = skcurious.predict_tangent(fitted(1.0), X)
    assert_allclose(tangent, slope, rtol=1e-6, atol=1e-6 * np.abs(slope).max())
    assert tangent.any()


def test_selected_columns(data):
    X, y = data
    model = RFE(CuriousRidge(), n_features_to_select=2).fit(X, y)
    kept = X[:, model.support_]
    inner = CuriousRidge().fit(kept, y)
    assert_allclose(skcurious.curiosity_score(model, X), inner.curiosity_score(kept))
    assert_allclose(skcurious.predict_std(model, X), inner.predict(kept, True)[1])
    indices, scores = expected_curiosity_reduction(model, X, 3, random_state=0)
    expected = expected_curiosity_reduction(inner, kept, 3, random_state=0)
    assert list(indices) == list(expected[0])
    assert_allclose(scores, expected[1])


@pytest.fixture
def targets(data):
    X, y = data
    Y = np.column_stack([y, 100 * np.cos(y), X[:, 0] ** 2])
    model = MultiOutputRegressor(CuriousRidge(alpha=2.0)).fit(X, Y)
    return X, Y, model, [CuriousRidge(alpha=2.0).fit(X, column) for column in Y.T]


def test_one_regressor_for_each_target(targets):
    X, Y, model, each = targets
    together = CuriousRidge(alpha=[2.0] * 3).fit(X, Y)
    assert_allclose(
        skcurious.predict_tangent(model, X), together.predict_tangent(X), atol=1e-12
    )
    assert_allclose(
        skcurious.curiosity_score(model, X, Y), together.curiosity_score(X, Y)
    )
    for variance in (1.0, None):
        assert_allclose(
            skcurious.curiosity_score(model, X, noise_variance=variance),
            sum(part.curiosity_score(X, noise_variance=variance) for part in each),
        )
    assert_allclose(
        skcurious.predict_covariance(model, X, X[:3], noise_variance=1.0),
        together.predict_covariance(X, X[:3], noise_variance=1.0),
    )
    std = np.column_stack([part.predict(X, return_std=True)[1] for part in each])
    assert_allclose(skcurious.predict_std(model, X), std)
    scaled = TransformedTargetRegressor(model, transformer=StandardScaler())
    assert_allclose(skcurious.predict_std(scaled.fit(X, Y), X), std)
    for y in (Y[:, 0], Y[:, :2]):
        with pytest.raises(ValueError, match="y must have 3 targets, got an array"):
            skcurious.curiosity_score(model, X, y)


def test_queries_about_several_targets(targets):
    X, Y, model, each = targets
    for strategy in (curiosity_sampling, variance_sampling):
        # Each target counts the same, whatever its unit.
        name = strategy.__name__.partition("_")[0]
        parts = [utilities(part, X, name).utility() for part in each]
        expected = np.mean([part / part.mean() for part in parts], axis=0)
        indices, scores = strategy(model, X, 2)
        assert indices[0] == expected.argmax()
        assert scores[0] == pytest.approx(expected.max())
    together = CuriousRidge(alpha=2.0).fit(X, Y)
    indices, _ = expected_curiosity_reduction(model, X, 4, random_state=0)
    expected, _ = expected_curiosity_reduction(together, X, 4, random_state=0)
    assert list(indices) == list(expected)
    labelled = {"X_validation": X[:9], "y_validation": Y[:9]}
    parts = [
        utilities(
            part, X, "influence", X_validation=X[:9], y_validation=column
        ).utility()
        for part, column in zip(each, Y[:9].T, strict=True)
    ]
    expected = np.mean([part / part.mean() for part in parts], axis=0)
    assert influence_sampling(model, X, **labelled)[0] == expected.argmax()
    with pytest.raises(ValueError, match="y_validation must have a column for each"):
        influence_sampling(model, X, X_validation=X[:9], y_validation=Y[:9, 0])
    assert pool_status(model, X).std > 0


def test_what_is_asked_one_by_one(targets):
    X, Y, model, _ = targets
    with pytest.raises(TypeError, match=r"MultiOutput.* holds .* estimators_, o"):
        influence_on_predictions(model, X, Y, X)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (StackingRegressor([("a", CuriousRidge())], CuriousRidge()), "VotingRegressor"),
        (RegressorChain(CuriousRidge()), "MultiOutputRegressor"),
        (AdaBoostRegressor(CuriousRidge()), "BaggingRegressor"),
    ],
)
def test_wrappers_of_no_tangent(data, model, reason):
    name = type(model).__name__
    for ask in (skcurious.curiosity_score, expected_curiosity_reduction):
        with pytest.raises(TypeError, match=f"{name} has no curiosity: .*{reason}"):
            ask(model, data[0])


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
        RFE(CuriousRidge()),
        RANSACRegressor(CuriousRidge()),
        MultiOutputRegressor(CuriousRidge()),
    ],
)
def test_not_fitted(data, unfitted):
    with pytest.raises(NotFittedError):
        skcurious.predict_tangent(unfitted, data[0])


def test_standard_deviations_where_predict_has_none(data):
    """What predict returns is one array to some; the sentence says what to call."""
    X, y = data
    for model in (
        CuriousRidge(),
        CuriousKernelRidge(kernel="rbf"),
        CuriousGaussianProcessRegressor(optimizer=None),
    ):
        wrapped = TransformedTargetRegressor(model, transformer=StandardScaler())
        with pytest.raises(AttributeError, match=r"call skcurious\.predict_std"):
            wrapped.fit(X, y).predict(X, return_std=True)
        std = wrapped.regressor_.predict(X, return_std=True)[1]
        if not isinstance(model, CuriousGaussianProcessRegressor):  # of labels
            assert_allclose(skcurious.predict_std(wrapped, X), y.std() * std)
    several = TransformedTargetRegressor(
        EachTargetRegressor(CuriousRidge()), transformer=StandardScaler()
    ).fit(X, np.column_stack([y, X[:, 2]]))
    with pytest.raises(AttributeError, match=r"call skcurious\.predict_std"):
        several.predict(X, return_std=True)
    follows = CuriousRegressor(Ridge()).fit(X, y)
    assert_allclose(follows.predict(X), Ridge().fit(X, y).predict(X))
    with pytest.raises(ValueError, match="knows no covariance: standard deviations"):
        follows.predict(X, return_std=True)


def test_mean_and_std_are_a_pair(data):
    X, y = data
    both = CuriousRidge().fit(X, y).predict(X[:3], return_std=True)
    mean, std = pickle.loads(pickle.dumps(both))
    assert isinstance(both, tuple)
    assert_allclose(both, [mean, std])
    assert not hasattr(both, "ndim")
