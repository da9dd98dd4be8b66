"""The contract that all curious regressors share."""

import pickle

import numpy as np
import pytest
import sklearn
from extras import optional
from joblib import Parallel, delayed
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import make_scorer, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousKernelRidge, CuriousMLPRegressor, CuriousRidge
from skcurious.linearised import RowChunks

pd = optional("pandas")

MODELS = {
    "ridge": CuriousRidge(alpha=0.5),
    "ridge cg": CuriousRidge(alpha=0.5, solver="sparse_cg", tol=1e-10),
    "kernel ridge": CuriousKernelRidge(alpha=0.5, kernel="rbf"),
    "mlp": CuriousMLPRegressor(
        hidden_layer_sizes=(5,),
        activation="tanh",
        solver="lbfgs",
        alpha=0.5,
        max_iter=300,
        random_state=0,
    ),
}
pytestmark = [
    pytest.mark.filterwarnings("ignore:lbfgs failed to converge"),
    pytest.mark.filterwarnings("ignore:A column-vector y was passed"),
]
METHODS = ["predict", "predict_tangent", "curiosity_score", "predict_covariance"]


@pytest.fixture(params=MODELS)
def model(request):
    return clone(MODELS[request.param])


@pytest.fixture
def data(rng):
    X = rng.standard_normal((30, 4))
    return X, X @ [1.0, 2.0, 0.0, -1.0] + rng.standard_normal(30)


def with_targets(y, n):
    return np.column_stack([y, y**2, -y])[:, :n]


@pytest.mark.parametrize("n_targets", [None, 1, 3])
def test_shapes(model, data, n_targets):
    X, y = data
    y = y if n_targets is None else with_targets(y, n_targets)
    model.fit(X, y)
    assert model.predict_tangent(X).shape == model.predict(X).shape
    assert model.curiosity_score(X).shape == (30,)
    assert model.curiosity_score(X, y).shape == (30,)
    assert model.predict_covariance(X).shape == (30, 30)
    assert model.predict_covariance(X, X[:7]).shape == (30, 7)
    mean, std = model.predict(X, return_std=True)
    assert_allclose(mean, model.predict(X))
    several = n_targets == 3
    assert std.shape == ((30, 3) if several else (30,))
    if several:
        assert model.noise_variance_.shape == (3,)
    else:
        assert isinstance(model.noise_variance_, float)


def test_scores_follow_the_formulas(model, data):
    X, y = data
    Y = with_targets(y, 3)
    model.fit(X, Y)
    residual, tangent = model.predict(X) - Y, model.predict_tangent(X)
    assert_allclose(model.noise_variance_, (residual**2).mean(axis=0))
    assert_allclose(model.curiosity_score(X), tangent**2 @ model.noise_variance_)
    rows = np.arange(1.0, 31)
    assert_allclose(
        model.curiosity_score(X, noise_variance=rows), rows * (tangent**2).sum(axis=1)
    )
    assert_allclose(model.curiosity_score(X, Y), (residual * tangent).sum(axis=1) ** 2)


def test_covariance_is_symmetric_and_definite(model, data):
    X, y = data
    covariance = model.fit(X, y).predict_covariance(X)
    assert_allclose(covariance, covariance.T, rtol=1e-7, atol=1e-10)
    assert np.linalg.eigvalsh(covariance).min() > -1e-9


def test_chunks_do_not_matter(model, data, rng):
    X, y = data
    model.fit(X, y)
    pool = rng.standard_normal((40_000, 4))
    whole = {m: getattr(model, m)(pool) for m in METHODS[:3]}
    std = model.predict(pool, return_std=True)[1]
    covariance = model.predict_covariance(pool, X)
    with sklearn.config_context(working_memory=1):
        assert len(RowChunks(model.linearised_, pool, leverage=True).slices) > 1
        for method in METHODS[:3]:
            assert_allclose(getattr(model, method)(pool), whole[method], rtol=1e-9)
        assert_allclose(model.predict(pool, return_std=True)[1], std, rtol=1e-5)
        assert_allclose(
            model.predict_covariance(X, pool), covariance.T, rtol=1e-5, atol=1e-9
        )


def test_without_covariance(model, data):
    X, y = data
    full = clone(model).fit(X, y)
    model.set_params(store_covariance=False).fit(X, y)
    assert_allclose(model.curiosity_score(X), full.curiosity_score(X))
    for call in [
        lambda: model.predict_covariance(X),
        lambda: model.predict(X, return_std=True),
    ]:
        with pytest.raises(ValueError, match="store_covariance=True"):
            call()


@pytest.mark.parametrize("method", METHODS[1:])
def test_bad_rows(model, data, method):
    X, y = data
    with pytest.raises(NotFittedError):
        getattr(model, method)(X)
    call = getattr(model.fit(X, y), method)
    with pytest.raises(ValueError, match="4 features"):
        call(X[:, :3])
    X[3, 2] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        call(X)
    X[3, 2] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        call(X)
    with pytest.raises(ValueError, match="0 sample"):
        call(X[:0])


def test_bad_arguments(model, data):
    X, y = data
    model.fit(X, y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.curiosity_score(X, y[:-1])
    with pytest.raises(ValueError, match="2 targets"):
        model.curiosity_score(X, with_targets(y, 2))
    with pytest.raises(ValueError, match=r"noise_variance.*y"):
        model.curiosity_score(X, y, noise_variance=1.0)
    for bad in [-1.0, np.nan, np.ones(3), np.full(30, -1.0)]:
        with pytest.raises(ValueError, match="noise_variance"):
            model.curiosity_score(X, noise_variance=bad)
    for bad in [-1.0, np.nan, np.ones(30)]:
        with pytest.raises(ValueError, match="noise_variance"):
            model.predict_covariance(X, noise_variance=bad)


@pytest.mark.parametrize(
    ("alpha", "message"),
    [
        (-1.0, "alpha"),
        ([1.0, -1.0, 1.0], "alpha must be >= 0"),
        ([1.0, 2.0], "penalties do not correspond"),
        ([1.0, np.nan, 1.0], "alpha contains NaN"),
    ],
)
def test_bad_alpha(model, data, alpha, message):
    X, y = data
    if isinstance(model, CuriousMLPRegressor):  # one alpha for all its targets
        message = "The 'alpha' parameter"
    with pytest.raises(ValueError, match=message):
        model.set_params(alpha=alpha).fit(X, with_targets(y, 3))


def test_bad_weights(model, data):
    X, y = data
    with pytest.raises(ValueError, match="Negative"):
        model.fit(X, y, -np.ones(30))
    with pytest.raises(ValueError, match="zero"):
        model.fit(X, y, np.zeros(30))
    for bad in [np.nan, np.inf]:
        with pytest.raises(ValueError, match="sample_weight"):
            model.fit(X, y, bad)
    model.fit(X, y, 2.0)


def test_a_failed_fit_of_another_alpha_leaves_curiosity_of_the_last(model, data):
    X, y = data
    before = model.fit(X, y).curiosity_score(X)
    with pytest.raises(ValueError, match="alpha"):
        model.set_params(alpha=-1.0).fit(X, y)
    assert_allclose(model.curiosity_score(X), before)


def test_pickle_clone_and_processes(model, data):
    X, y = data
    model.fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    for method in METHODS:
        assert_allclose(getattr(again, method)(X), getattr(model, method)(X))
    assert not hasattr(clone(model), "noise_variance_")
    (score,) = Parallel(n_jobs=2)([delayed(model.curiosity_score)(X)])
    assert_allclose(score, model.curiosity_score(X))


def test_feature_names(model, data):
    X, y = data
    frame = pd.DataFrame(X, columns=list("abcd"))
    model.fit(frame, y)
    assert list(model.feature_names_in_) == list("abcd")
    for method in METHODS[1:]:
        getattr(model, method)(frame)
        with pytest.raises(ValueError, match="feature names"):
            getattr(model, method)(frame.rename(columns={"a": "z"}))
        with pytest.warns(UserWarning, match="feature names"):
            getattr(model, method)(X)


def test_grid_search_in_a_pipeline(model, data):
    X, y = data
    pipeline = Pipeline([("scale", StandardScaler()), ("model", model)])
    search = GridSearchCV(pipeline, {"model__alpha": [0.1, 1.0]}, cv=3, n_jobs=2)
    search.fit(X, y)
    assert search.best_score_ > 0
    assert "mean_test_score" in search.cv_results_
    _, std = search.best_estimator_.predict(X, return_std=True)
    assert std.shape == (30,)


def test_metadata_routing(model, data):
    X, y = data
    weights = np.arange(30.0)
    with sklearn.config_context(enable_metadata_routing=True):
        model.set_fit_request(sample_weight=True)
        model.set_predict_request(return_std=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = Pipeline([("scale", scaler), ("model", model)])
        pipeline.fit(X, y, sample_weight=weights)
        assert len(pipeline.predict(X, return_std=True)) == 2
        scorer = make_scorer(r2_score).set_score_request(sample_weight=True)
        search = GridSearchCV(pipeline, {"scale__with_std": [True]}, scoring=scorer)
        search.fit(X, y, sample_weight=weights)
    scaled = StandardScaler().fit(X).transform(X)
    expected = clone(model).fit(scaled, y, weights)
    assert_allclose(pipeline.predict(X), expected.predict(scaled))
    assert_allclose(search.predict(X), expected.predict(scaled))
