"""Forgetting through whatever is wrapped around a model."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingRegressor
from sklearn.feature_selection import RFE
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, RANSACRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousRidge,
    predict_covariance,
    predict_tangent,
)
from skcurious.gaussian_process import EvidenceAveragingRegressor
from skcurious.merging import merge
from skcurious.multioutput import EachTargetRegressor
from skcurious.unlearning import forget

N, GONE = 120, slice(0, 2)


@pytest.fixture
def table(rng):
    X = 3 * rng.standard_normal((N, 4)) + 5
    return X, np.sin(X[:, 0]) + 0.1 * rng.standard_normal(N) + 7


def inner():
    return CuriousKernelRidge(0.1, kernel="rbf", gamma=0.1)


def rest(X, y):
    return X[2:], y[2:]


def assert_same(model, expected, X):
    assert_allclose(model.predict(X), expected.predict(X), rtol=1e-9)
    for function in (predict_tangent, predict_covariance):
        value = function(expected, X)
        atol = 1e-8 * np.abs(value).max()
        assert_allclose(function(model, X), value, rtol=0, atol=atol)


def test_pipelines_keep_their_steps(table):
    X, y = table
    scaler, pca = StandardScaler().fit(X), PCA(3).fit(X - X.mean(axis=0))
    model = make_pipeline(StandardScaler(), PCA(3), inner()).fit(X, y)
    before = pickle.dumps(model)
    less = forget(model, X[GONE], y[GONE])
    assert pickle.dumps(model) == before
    frozen = [FrozenEstimator(step) for _, step in model.steps[:-1]]
    assert_same(less, make_pipeline(*frozen, inner()).fit(*rest(X, y)), X)
    assert less[0].mean_.tolist() == scaler.mean_.tolist()
    assert pca.components_.shape == less[1].components_.shape
    less.fit(X[:50], y[:50])  # steps are fitted in place
    assert pickle.dumps(model) == before


def test_searches_keep_what_they_chose(table):
    X, y = table
    scaler = FrozenEstimator(StandardScaler().fit(X))
    grid = {"curiousridge__alpha": [0.1, 100.0]}
    search = GridSearchCV(make_pipeline(scaler, CuriousRidge()), grid).fit(X, y)
    less = forget(search, X[GONE], y[GONE])
    alpha = search.best_params_["curiousridge__alpha"]
    expected = make_pipeline(scaler, CuriousRidge(alpha)).fit(*rest(X, y))
    assert_same(less, expected, X)
    assert less.best_params_ == search.best_params_
    with pytest.raises(ValueError, match="GridSearchCV chose its hyperparameters"):
        forget(search, X[GONE], y[GONE], refit_hyperparameters=True)


def test_labels_are_transformed(table):
    X, y = table

    def model(regressor):
        return TransformedTargetRegressor(regressor, func=np.log, inverse_func=np.exp)

    less = forget(model(inner()).fit(X, y), X[GONE], y[GONE])
    assert_same(less, model(inner()).fit(*rest(X, y)), X)
    # A transformer that learned from the rows keeps what it learned.
    scaled = TransformedTargetRegressor(inner(), transformer=StandardScaler()).fit(X, y)
    less = forget(scaled, X[GONE], y[GONE])
    assert less.transformer_.mean_ == scaled.transformer_.mean_
    labels = scaled.transformer_.transform(y[:, None])[:, 0]
    expected = inner().fit(*rest(X, labels))
    assert_same(less.regressor_, expected, X)


def test_others_with_one_regressor_inside(table):
    X, y = table
    expected = inner().fit(*rest(X, y))
    frozen = forget(FrozenEstimator(inner().fit(X, y)), X[GONE], y[GONE])
    assert isinstance(frozen, FrozenEstimator)
    assert_same(frozen, expected, X)
    selected = RFE(CuriousRidge(), n_features_to_select=2).fit(X, y)
    less = forget(selected, X[GONE], y[GONE])
    expected = CuriousRidge().fit(*rest(selected.transform(X), y))
    assert_allclose(less.predict(X), expected.predict(selected.transform(X)))
    Y = np.column_stack([y, X[:, 1]])
    several = MultiOutputRegressor(inner()).fit(X, Y)
    less = forget(several, X[GONE], Y[GONE])
    expected = MultiOutputRegressor(inner()).fit(*rest(X, Y))
    assert_allclose(less.predict(X), expected.predict(X), rtol=1e-9)
    assert len(several.estimators_[0].X_fit_) == N
    with pytest.raises(ValueError, match="y must have 2 targets"):
        forget(several, X[GONE], y[GONE])
    with pytest.raises(ValueError, match="y contains NaN"):
        forget(several, X[GONE], np.full((2, 2), np.nan))


def test_targets_that_are_not_all_measured(table):
    X, y = table
    Y = np.column_stack([y, X[:, 1]])
    Y[[0, 5], 0] = Y[7, 1] = np.nan
    model = EachTargetRegressor(inner()).fit(X, Y)
    less = forget(model, X[GONE], Y[GONE])
    expected = EachTargetRegressor(inner()).fit(*rest(X, Y))
    assert_same(less, expected, X)
    assert [len(one.X_fit_) for one in less.estimators_] == [N - 3, N - 3]
    assert_allclose(less.units, expected.units)
    with pytest.raises(ValueError, match="is none of the 118 rows"):
        forget(model, X[5:6], [[7.0, Y[5, 1]]])
    halves = [EachTargetRegressor(inner()).fit(X[k::2], Y[k::2]) for k in range(2)]
    together = merge(halves)
    assert_same(together, model, X)
    assert_allclose(together.units, model.units)


def test_averages_of_processes_vote_again(table):
    X, y = table[0][:40], table[1][:40]
    process = CuriousGaussianProcessRegressor()
    plain = make_pipeline(FrozenEstimator(StandardScaler().fit(X)), process)
    square = FunctionTransformer(np.square)
    scaler = FrozenEstimator(StandardScaler().fit(X**2))
    squared = make_pipeline(square, scaler, CuriousGaussianProcessRegressor())
    model = EvidenceAveragingRegressor([("plain", plain), ("squared", squared)])
    model.fit(X, y)
    less = forget(model, X[GONE], y[GONE])
    anew = forget(model, X[GONE], y[GONE], refit_hyperparameters=True)
    assert list(less.named_estimators_) == ["plain", "squared"]
    for name, member in less.named_estimators_.items():
        one = forget(model.named_estimators_[name], X[GONE], y[GONE])
        assert_allclose(member.predict(X), one.predict(X))
    votes = np.exp(less.log_evidences_ - less.log_evidences_.max())
    assert_allclose(less.weights_, votes / votes.sum(), atol=1e-4)
    expected = model.fit(*rest(X, y))
    assert_allclose(anew.predict(X), expected.predict(X), rtol=1e-6)
    assert_allclose(anew.weights_, expected.weights_, rtol=1e-5)


def test_names_of_columns_stay(table):
    pd = pytest.importorskip("pandas")
    X, y = table
    X = pd.DataFrame((X - 5) / 3, columns=list("abcd"))
    for model in (inner(), CuriousRidge(), CuriousGaussianProcessRegressor()):
        model.fit(X.iloc[:50], y[:50])
        for options in ({}, {"refit_hyperparameters": True}):
            if options and isinstance(model, CuriousRidge):
                continue
            less = forget(model, X.iloc[GONE], y[GONE], **options)
            assert less.feature_names_in_.tolist() == list("abcd")
            less.predict(X)


def test_learners_forget_what_they_were_taught(table):
    pytest.importorskip("modAL")
    from skcurious.modal import CuriousLearner

    X, y = table
    learner = CuriousLearner(inner(), X_training=X[:60], y_training=y[:60])
    less = forget(learner, X[GONE], y[GONE])
    assert_same(less, inner().fit(X[2:60], y[2:60]), X)
    assert len(learner.X_training) == 60
    less.teach(X[60:], y[60:])
    assert_same(less, inner().fit(*rest(X, y)), X)
    with pytest.raises(ValueError, match="is none of the 60 rows"):
        forget(learner, X[60:61], y[60:61])
    pd = pytest.importorskip("pandas")
    frame, labels = pd.DataFrame(X, columns=list("abcd")), pd.Series(y)
    learner = CuriousLearner(
        make_pipeline(StandardScaler(), inner()),
        X_training=frame[:60],
        y_training=labels[:60],
    )
    less = forget(learner, frame[5:7], labels[5:7])
    assert less.X_training.index.tolist() == [*range(5), *range(7, 60)]
    assert less.y_training.index.tolist() == less.X_training.index.tolist()


def test_what_cannot_be_opened_says_why(table):
    X, y = table
    for model, message in (
        (
            RANSACRegressor(CuriousRidge(), min_samples=9, random_state=0),
            "draws the rows",
        ),
        (BaggingRegressor(CuriousRidge(), n_estimators=2), "holds several regressors"),
        (LinearRegression(), "has no curiosity"),
    ):
        with pytest.raises(TypeError, match=message):
            forget(model.fit(X, y), X[GONE], y[GONE])
    with pytest.raises(TypeError, match="forget takes the fitted estimator first"):
        forget(X[GONE], y[GONE], inner().fit(X, y))


def test_slips(rng):
    X, y = rng.standard_normal((9, 2)), rng.standard_normal(9)
    model = CuriousRidge().fit(X, y)
    for labels, way in ((iter(y[:2]), r"list\(y\)"), ({0: 1.0}, r"y\.values\(\)")):
        with pytest.raises(TypeError, match=f"y is of type.*{way}"):
            forget(model, X[:2], labels)
    with pytest.raises(ValueError, match="refit_hyperparameters must be True or"):
        forget(model, X[:2], y[:2], refit_hyperparameters="no")
    kernel = CuriousKernelRidge(kernel="rbf").fit(X, y)
    with pytest.raises(ValueError, match="y must be numbers: could not convert"):
        forget(kernel, X[:2], ["a", "b"])
    for weights in ([1.0], [-1.0, 1.0]):  # which it knows itself, and never looked at
        with pytest.raises(ValueError, match="sample_weight"):
            forget(kernel, X[:2], y[:2], sample_weight=weights)
    pd = pytest.importorskip("pandas")
    frame, series = pd.DataFrame(X[:2]), pd.Series(y[:2], index=[1, 0])
    with pytest.raises(ValueError, match="X and y have the same index in different"):
        forget(model, frame, series)
