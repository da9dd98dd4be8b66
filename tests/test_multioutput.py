"""EachTargetRegressor against separate fits to the rows that are measured."""

import pickle

import numpy as np
import pytest
from extras import optional
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcurious
from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousMLPRegressor,
    CuriousRegressor,
    CuriousRidge,
    CuriousRidgeCV,
    EachTargetRegressor,
    default_regressor,
    predict_covariance,
)
from skcurious.gaussian_process import EvidenceAveragingRegressor
from skcurious.influence import influence_on_predictions
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    pool_status,
    utilities,
    variance_sampling,
)

CuriousLearner = optional("modAL", "skcurious.modal", "CuriousLearner")


def process():
    return CuriousGaussianProcessRegressor(
        RBF([1.0, 2.0]) + WhiteKernel(0.1), optimizer=None
    )


ESTIMATORS = {
    "ridge": CuriousRidge,
    "kernel ridge": lambda: CuriousKernelRidgeCV(kernel="rbf"),
    "process": process,
    "pipeline": lambda: make_pipeline(StandardScaler(), process()),
    "search": lambda: GridSearchCV(CuriousRidge(), {"alpha": [0.1, 1.0]}, cv=3),
}
each = pytest.mark.parametrize("name", ESTIMATORS)


@pytest.fixture
def data(rng):
    """Three targets in three units; the first measured everywhere."""
    X = 2 + rng.standard_normal((24, 2))
    Y = np.column_stack([X[:, 0], 500 + 100 * np.sin(X[:, 1]), 0.01 * X.sum(axis=1)])
    Y += [0.1, 10, 0.001] * rng.standard_normal(Y.shape)
    Y[::3, 1] = np.nan
    Y[7:, 2] = np.nan
    return X, Y, 2 + rng.standard_normal((10, 2))


def separately(estimator, X, Y):
    return [
        clone(estimator).fit(X[~np.isnan(y)], y[~np.isnan(y)]) for y in np.asarray(Y).T
    ]


def spreads(Y):
    return np.nanstd(Y, axis=0)


@each
def test_as_separate_fits(data, name):
    X, Y, pool = data
    estimator = ESTIMATORS[name]()
    model = EachTargetRegressor(estimator).fit(X, Y)
    parts = separately(estimator, X, Y)

    def columns(function):
        return np.column_stack([function(part, pool) for part in parts])

    expected = columns(lambda part, rows: part.predict(rows))
    assert_allclose(model.predict(pool), expected, rtol=1e-9)
    std = columns(skcurious.predict_std)
    for predicted in (model.predict(pool, True), model.predict_mean_std(pool)):
        assert_allclose(predicted[0], expected)
        assert_allclose(predicted[1], std)
    assert_allclose(skcurious.predict_std(model, pool), std)
    of_labels = columns(lambda part, X: skcurious.predict_std(part, X, noise=True))
    assert_allclose(skcurious.predict_std(model, pool, noise=True), of_labels)
    tangents = columns(skcurious.predict_tangent)
    for asked in (model.predict_tangent, lambda X: skcurious.predict_tangent(model, X)):
        assert_allclose(asked(pool), tangents)
    scores = columns(skcurious.curiosity_score).sum(axis=1)
    assert_allclose(model.curiosity_score(pool), scores)
    assert_allclose(skcurious.curiosity_score(model, pool), scores)


@each
def test_covariance_in_units_of_the_targets(data, name):
    X, Y, pool = data
    estimator = ESTIMATORS[name]()
    model = EachTargetRegressor(estimator).fit(X, Y)
    covariances = [
        skcurious.predict_covariance(part, pool, X[:4])
        for part in separately(estimator, X, Y)
    ]
    expected = np.mean(covariances / spreads(Y)[:, None, None] ** 2, axis=0)
    assert_allclose(skcurious.predict_covariance(model, pool, X[:4]), expected)
    with_one = [
        skcurious.predict_covariance(part, pool, noise_variance=1.0)
        for part in separately(estimator, X, Y)
    ]
    assert_allclose(
        model.predict_covariance(pool, noise_variance=1.0), np.mean(with_one, axis=0)
    )


def test_all_measured_is_as_ridge_of_several_targets(data):
    X, Y, pool = data
    Y = np.where(np.isnan(Y), 0.3, Y)
    model, together = EachTargetRegressor(CuriousRidge()), CuriousRidge()
    model.fit(X, Y), together.fit(X, Y)
    for name in ("predict", "predict_tangent", "predict_covariance"):
        expected = getattr(together, name)(pool)
        assert_allclose(getattr(model, name)(pool), expected, rtol=1e-9)
    assert_allclose(model.score(X, Y), together.score(X, Y))


def test_labels_that_are_not_measured_have_no_influence(data):
    X, Y, _ = data
    model = EachTargetRegressor(CuriousRidge()).fit(X, Y)
    expected = np.zeros(len(X))
    for y, part in zip(Y.T, separately(CuriousRidge(), X, Y), strict=True):
        known = ~np.isnan(y)
        expected[known] += part.curiosity_score(X[known], y[known])
    assert_allclose(skcurious.curiosity_score(model, X, Y), expected)
    unmeasured = np.where([True, True, False], Y[7:], np.nan)
    assert np.isfinite(model.curiosity_score(X[7:], unmeasured)).all()
    plain = MultiOutputRegressor(CuriousRidge()).fit(X[1:3], Y[1:3])
    with pytest.raises(ValueError, match="NaN"):
        skcurious.curiosity_score(plain, X, Y)


@pytest.mark.parametrize("name", ["ridge", "pipeline"])
def test_strategies_count_each_target_the_same(data, name):
    X, Y, pool = data
    estimator = ESTIMATORS[name]()
    model = EachTargetRegressor(estimator).fit(X, Y)
    parts = separately(estimator, X, Y)
    asked = [
        (curiosity_sampling, "curiosity"),
        (variance_sampling, "variance"),
        (expected_curiosity_reduction, "reduction"),
    ]
    for strategy, criterion in asked:
        values = [utilities(part, pool, criterion).utility() for part in parts]
        expected = np.mean([value / value.mean() for value in values], axis=0)
        indices, scores = strategy(model, pool, 2, random_state=0)
        assert indices[0] == expected.argmax()
        assert scores[0] == pytest.approx(expected.max())
    validation = {"X_validation": X[1:3], "y_validation": Y[1:3]}
    indices, _ = influence_sampling(model, pool, 2, **validation)
    assert len(indices) == 2


@pytest.mark.parametrize("name", ["ridge", "process"])
def test_options_of_queries(data, rng, name):
    """Weights, noise of candidates and rows pending, by the strategies of each."""
    X, Y, pool = data
    estimator = ESTIMATORS[name]()
    model = EachTargetRegressor(estimator).fit(X, Y)
    weights = np.array([1.0, 0.0, 3.0])
    noise = rng.uniform(0, 1, (10, 3)) * spreads(Y) ** 2
    pending = pool[:2] + 0.1
    parts = [
        utilities(part, pool, "reduction", X_pending=pending, label_noise=own)
        for part, own in zip(separately(estimator, X, Y), noise.T, strict=True)
    ]
    # In units of the mean before rows were pending.
    before = [
        utilities(part, pool, "reduction", label_noise=own).utility().mean()
        for part, own in zip(separately(estimator, X, Y), noise.T, strict=True)
    ]
    values = [one.utility() / unit for one, unit in zip(parts, before, strict=True)]
    expected = weights @ values
    options = {"X_pending": pending, "label_noise": noise, "target_weights": weights}
    indices, scores = expected_curiosity_reduction(
        model, pool, **options, random_state=0
    )
    assert indices[0] == expected.argmax()
    ratio = scores[0] / expected.max()
    assert ratio == pytest.approx(1 / 3)
    alone = {"target_weights": [0, 1, 0]}
    second = separately(estimator, X, Y)[1]
    status, own = pool_status(model, pool, **alone), pool_status(second, pool)
    assert status.std == pytest.approx(own.std / spreads(Y)[1])


def test_status_in_units_of_the_targets(data):
    X, Y, pool = data
    model = EachTargetRegressor(process()).fit(X, Y)
    each = [pool_status(part, pool) for part in separately(process(), X, Y)]
    status = pool_status(model, pool)
    for name in ("std", "gain"):
        parts = np.array([getattr(one, name) for one in each]) / spreads(Y)
        assert getattr(status, name) == pytest.approx(np.sqrt(np.mean(parts**2)))
    curiosity = np.sqrt(np.mean([one.curiosity**2 for one in each]))
    assert status.curiosity == pytest.approx(curiosity)
    # The unit of a target does not matter.
    other = EachTargetRegressor(process()).fit(X, Y * [1e3, 1, 1e-3])
    assert_allclose(pool_status(other, pool), status, rtol=1e-6)


def test_the_unit_behind_a_transformation_of_y(data):
    X, Y, pool = data
    Y = np.abs(Y)
    inner = TransformedTargetRegressor(CuriousRidge(), func=np.log, inverse_func=np.exp)
    model = EachTargetRegressor(inner).fit(X, Y)
    assert_allclose(model.units, spreads(np.log(Y)))
    logs = EachTargetRegressor(CuriousRidge()).fit(X, np.log(Y))
    assert_allclose(pool_status(model, pool), pool_status(logs, pool))
    assert_allclose(model.predict(pool), np.exp(logs.predict(pool)))
    assert_allclose(
        model.predict_covariance(pool), logs.predict_covariance(pool), rtol=1e-9
    )


@pytest.mark.parametrize(
    "make",
    [
        CuriousRidge,
        process,
        lambda: make_pipeline(StandardScaler(), CuriousRidgeCV()),
        lambda: EvidenceAveragingRegressor([("a", process()), ("b", process())]),
        lambda: CuriousMLPRegressor(solver="lbfgs", max_iter=2000, random_state=0),
    ],
)
def test_separate_regressors_of_scikit_learn_are_measured_so_too(data, make):
    X, Y, pool = data
    Y = np.where(np.isnan(Y), 0.3, Y) * [1e3, 1, 1e-3]
    model = MultiOutputRegressor(make()).fit(X, Y)
    ours = EachTargetRegressor(make()).fit(X, Y)
    for variance in (None, 1.0):
        assert_allclose(
            skcurious.predict_covariance(model, pool, noise_variance=variance),
            skcurious.predict_covariance(ours, pool, noise_variance=variance),
        )
    assert_allclose(pool_status(model, pool), pool_status(ours, pool))
    single = MultiOutputRegressor(make()).fit(X, Y[:, :1])
    (alone,) = single.estimators_
    assert_allclose(
        skcurious.predict_covariance(single, pool),
        skcurious.predict_covariance(alone, pool),
    )
    assert_allclose(pool_status(single, pool), pool_status(alone, pool))


def test_ensembles_of_each_target_are_measured_so_too(data):
    X, Y, pool = data
    Y = np.where(np.isnan(Y), 0.3, Y)
    model = MultiOutputRegressor(BaggingRegressor(CuriousRidge(), 3, random_state=0))
    status = pool_status(model.fit(X, Y), pool)
    other = pool_status(clone(model).fit(X, Y * [1e6, 1, 1e-3]), pool)
    assert_allclose(status, other)


def test_the_unit_of_other_models(data):
    """A stream and what any_regressor follows know the spread of their labels, too."""
    X, Y, _ = data
    y = np.where(np.isnan(Y), 0.3, Y)[:, 0]
    for model in (
        CuriousRidge().partial_fit(X[:4], y[:4]).partial_fit(X[4:], y[4:]),
        CuriousRegressor(Ridge()).fit(X, y),
        CuriousKernelRidge(fit_intercept=True).fit(X, y),
    ):
        assert_allclose(model.label_spread(), np.std(y))
        assert model.linearised_.units == 1


def test_a_single_target_is_measured_in_its_own_unit(data):
    X, Y, pool = data
    model = EachTargetRegressor(process()).fit(X, Y[:, [1]])
    (alone,) = separately(process(), X, Y[:, [1]])
    assert model.predict(pool).shape == (10, 1)
    assert_allclose(pool_status(model, pool), pool_status(alone, pool))
    assert_allclose(model.predict_covariance(pool), alone.predict_covariance(pool))
    indices, scores = expected_curiosity_reduction(model, pool, 3, random_state=0)
    expected = expected_curiosity_reduction(alone, pool, 3, random_state=0)
    assert_array_equal(indices, expected[0])
    assert_allclose(scores, expected[1])


def test_what_stands_in_front_is_fitted_to_all_rows(data):
    X, Y, _ = data
    Y[3, :] = np.nan
    model = make_pipeline(StandardScaler(), EachTargetRegressor(CuriousRidge()))
    model.fit(X, Y)
    assert_allclose(model[0].mean_, X.mean(axis=0))
    scaled = StandardScaler().fit_transform(X)
    parts = separately(CuriousRidge(), scaled, Y)
    expected = np.column_stack([part.predict(scaled) for part in parts])
    assert_allclose(model.predict(X), expected)
    assert skcurious.predict_std(model, X).shape == Y.shape
    assert len(expected_curiosity_reduction(model, X, 3)[0]) == 3


def test_weights(data, rng):
    X, Y, pool = data
    weights = rng.uniform(0.5, 2, Y.shape)
    for given in (weights[:, 0], weights):
        model = EachTargetRegressor(CuriousRidge()).fit(X, Y, given)
        for k, y in enumerate(Y.T):
            known, own = ~np.isnan(y), given if given.ndim == 1 else given[:, k]
            part = CuriousRidge().fit(X[known], y[known], own[known])
            assert_allclose(model.predict(pool)[:, k], part.predict(pool))
    with pytest.raises(ValueError, match="does not support sample weights"):
        EachTargetRegressor(process()).fit(X, Y, weights)


@pytest.mark.parametrize("routed", [False, True])
def test_known_noise_of_each_label(data, rng, routed):
    X, Y, pool = data
    noise = np.where(np.isnan(Y), np.nan, rng.uniform(0, 1, Y.shape) * spreads(Y) ** 2)
    with config_context(enable_metadata_routing=routed):
        estimator, name = make_pipeline(StandardScaler(), process()), "label_noise"
        if routed:
            estimator[-1].set_fit_request(label_noise=True)
        else:
            name = f"curiousgaussianprocessregressor__{name}"
        model = EachTargetRegressor(estimator).fit(X, Y, **{name: noise})
        for k, y in enumerate(Y.T):
            known = ~np.isnan(y)
            part = clone(estimator).fit(X[known], y[known], **{name: noise[known, k]})
            assert_allclose(model.predict(pool)[:, k], part.predict(pool))
            plain = clone(estimator).fit(X[known], y[known])
            assert not np.allclose(part.predict(pool), plain.predict(pool))


def test_the_recommended_regressor(data):
    X, Y, pool = data
    model = EachTargetRegressor(default_regressor(X))
    model.fit(X, Y, label_noise=1e-4 * spreads(Y) ** 2 + 0 * Y)
    part = default_regressor(X).fit(X[:7], Y[:7, 2], 1e-4 * spreads(Y)[2] ** 2)
    assert_allclose(model.predict(pool)[:, 2], part.predict(pool), rtol=1e-6)
    assert len(expected_curiosity_reduction(model, pool, 2)[0]) == 2
    assert pool_status(model, pool).std > 0


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames(data, library):
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip(library)
    X, Y, _ = data
    names, targets = ["a", "b"], ["yield", "purity", "cost"]
    frame = pd.DataFrame(X, columns=names)
    labels = pd.DataFrame(Y, columns=targets)
    if library == "pandas":
        labels = labels.convert_dtypes()  # blanks are pandas.NA
        frame.index = labels.index = frame.index[::-1]
    else:
        frame = pl.from_numpy(X, schema=names)
        labels = pl.from_numpy(Y, schema=targets).fill_nan(None)
    model = EachTargetRegressor(CuriousRidge()).fit(frame, labels)
    expected = EachTargetRegressor(CuriousRidge()).fit(X, Y)
    # scikit-learn 1.7 sees no names in frames of a new polars.
    alone = CuriousRidge().fit(frame, Y[:, 0])
    if library == "pandas" or hasattr(alone, "feature_names_in_"):
        assert list(model.feature_names_in_) == names
        assert skcurious._reach.feature_names(model) is model.feature_names_in_
    assert_allclose(model.predict(frame), expected.predict(X))
    empty = pd.DataFrame(np.where([1, 0, 1], Y, np.nan), columns=targets)
    with pytest.raises(ValueError, match=r"Target 'purity' of y has no label: every"):
        model.fit(frame, empty)


def test_scores_leave_out_what_is_not_measured(data):
    X, Y, _ = data
    model = EachTargetRegressor(CuriousRidge()).fit(X, Y)
    known, weights = ~np.isnan(Y), np.linspace(1, 2, 24)
    for given in (None, weights):
        parts = [
            r2_score(
                Y[known[:, k], k],
                model.predict(X)[known[:, k], k],
                sample_weight=None if given is None else given[known[:, k]],
            )
            for k in range(3)
        ]
        assert model.score(X, Y, given) == pytest.approx(np.mean(parts))
    # One label has no R^2.
    assert model.score(X[6:], Y[6:]) != pytest.approx(model.score(X, Y))
    assert np.isfinite(model.score(X[6:], Y[6:]))
    assert np.isnan(model.score(X[:1], Y[:1]))


def test_searches(data):
    X, Y, pool = data
    Y = Y[:, :2]
    folds = KFold(4)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), EachTargetRegressor(CuriousRidge())),
        {"eachtargetregressor__estimator__alpha": [0.1, 100.0]},
        cv=folds,
    ).fit(X, Y)
    scores = [
        clone(search.best_estimator_).fit(X[train], Y[train]).score(X[test], Y[test])
        for train, test in folds.split(X)
    ]
    assert search.best_score_ == pytest.approx(np.mean(scores))
    assert search.best_params_ == {"eachtargetregressor__estimator__alpha": 0.1}
    assert skcurious.predict_std(search, pool).shape == (10, 2)


def test_as_an_estimator(data):
    X, Y, pool = data
    model = EachTargetRegressor(CuriousRidge()).fit(X, Y)
    with parallel_config("threading"):
        threads = EachTargetRegressor(CuriousRidge(), n_jobs=2).fit(X, Y)
        assert_array_equal(threads.predict(pool), model.predict(pool))
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict(pool), model.predict(pool))
    assert_allclose(pool_status(again, pool), pool_status(model, pool))
    assert clone(model).get_params()["estimator__alpha"] == 1.0
    assert not hasattr(model, "partial_fit")
    plain = EachTargetRegressor(LinearRegression()).fit(X, Y)
    assert plain.predict(pool).shape == (10, 3)
    with pytest.raises(TypeError, match="LinearRegression has no curiosity"):
        plain.predict_tangent(pool)


@pytest.mark.parametrize("name", ["predict", "predict_tangent", "curiosity_score"])
def test_not_fitted(data, name):
    X, _, _ = data
    with pytest.raises(NotFittedError):
        getattr(EachTargetRegressor(CuriousRidge()), name)(X)


def test_refused(data):
    X, Y, _ = data
    model = EachTargetRegressor(CuriousRidge())
    with pytest.raises(ValueError, match="Target 1 of y has no label"):
        model.fit(X[:1], Y[:1])
    with pytest.raises(ValueError, match="y must have at least two dimensions"):
        model.fit(X, Y[:, 0])
    with pytest.raises(ValueError, match="infinity"):
        model.fit(X, np.where(np.isnan(Y), np.inf, Y))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(X[1:], Y)
    with pytest.raises(ValueError, match="the target y is None"):
        model.fit(X, None)
    model.fit(X, Y)
    with pytest.raises(TypeError, match=r"EachTargetRegressor holds .* estimators_, o"):
        influence_on_predictions(model, X, Y, X)
    for method in (model.curiosity_score, model.score):
        with pytest.raises(ValueError, match="y must have 3 targets"):
            method(X, Y[:, :2])
    with pytest.raises(TypeError, match="y is of type dict"):
        model.fit(X, {0: 1.0})


def test_learner(data):
    X, Y, pool = data
    learner = CuriousLearner(
        EachTargetRegressor(CuriousRidge()),
        expected_curiosity_reduction,
        X_training=X[:12],
        y_training=Y[:12],
    )
    learner.teach(X[12:], Y[12:])
    expected = EachTargetRegressor(CuriousRidge()).fit(X, Y)
    assert_allclose(learner.predict(pool), expected.predict(pool))
    assert_allclose(
        skcurious.predict_std(learner, pool), expected.predict(pool, True)[1]
    )
    assert len(learner.query(pool, n_instances=2)[0]) == 2


def test_a_label_of_no_weight_has_no_say(rng):
    X = rng.standard_normal((12, 2))
    Y, weights = X + rng.standard_normal((12, 2)), np.ones(12)
    weights[0] = 0
    other = Y.copy()
    other[0] = [1e4, 0]
    found = [
        predict_covariance(
            EachTargetRegressor(CuriousRidge()).fit(X, labels, sample_weight=weights), X
        )
        for labels in (Y, other)
    ]
    assert_allclose(*found, rtol=1e-12)
    plain = CuriousRidge().fit(X, Y, sample_weight=weights)
    assert_allclose(found[0], plain.predict_covariance(X), rtol=1e-9)


def test_none_in_a_list_is_not_measured():
    model = EachTargetRegressor(CuriousRidge())
    model.fit([[0.0], [1.0], [2.0]], [[1, None], [2, 1], [3, 2]])
    assert np.isfinite(model.predict([[1.0]])).all()
