"""CuriousRegressor against the closed forms, and on other people's models."""

import pickle

import numpy as np
import pytest
import sklearn
from extras import optional
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import spearmanr
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    ElasticNet,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    SGDRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, scale
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

from skcurious import (
    CuriousKernelRidge,
    CuriousMLPRegressor,
    CuriousRegressor,
    CuriousRidge,
    curiosity_score,
)
from skcurious.query import curiosity_sampling, expected_curiosity_reduction

pd = optional("pandas")
CuriousLearner = optional("modAL", "skcurious.modal", "CuriousLearner")


def problem(rng, n_targets=1):
    X = rng.standard_normal((40, 4))
    y = X[:, :1] + 0.3 * rng.standard_normal((40, n_targets)) + 3
    return X, y[:, 0] if n_targets == 1 else y, rng.standard_normal((25, 4))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize(
    ("plain", "curious"),
    [
        (Ridge(2.0), CuriousRidge(2.0)),
        (
            KernelRidge(alpha=0.3, kernel="rbf"),
            CuriousKernelRidge(0.3, kernel="rbf"),
        ),
    ],
)
def test_agrees_with_the_closed_forms(rng, plain, curious, n_targets, weighted):
    X, y, pool = problem(rng, n_targets)
    weights = rng.uniform(0.5, 2, 40) if weighted else None
    model = CuriousRegressor(plain).fit(X, y, sample_weight=weights)
    curious.fit(X, y, weights)
    tangent = curious.predict_tangent(pool)
    scale = np.abs(tangent).max()
    assert_allclose(model.predict(pool), curious.predict(pool))
    assert_allclose(model.predict_tangent(pool), tangent, rtol=1e-4, atol=1e-6 * scale)
    assert_allclose(model.noise_variance_, curious.noise_variance_)
    labels = rng.standard_normal((25, n_targets))
    for y_pool in (None, labels[:, 0] if n_targets == 1 else labels):
        expected = curious.curiosity_score(pool, y_pool)
        assert_allclose(
            model.curiosity_score(pool, y_pool),
            expected,
            rtol=1e-4,
            atol=1e-6 * expected.max(),
        )


def test_error_falls_with_the_square_of_the_step(rng):
    X, y, pool = problem(rng)
    exact = CuriousRidge(2.0).fit(X, y).predict_tangent(pool)
    errors = [
        np.abs(
            CuriousRegressor(Ridge(2.0, solver="svd"), step=h)
            .fit(X, y)
            .predict_tangent(pool)
            - exact
        ).max()
        for h in (0.2, 0.1, 0.05)
    ]
    assert_allclose(errors[0] / errors[1], 4, rtol=0.1)
    assert_allclose(errors[1] / errors[2], 4, rtol=0.1)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("n_samples", [60, 150])
def test_ranks_as_the_network_does(n_samples, seed):
    X, y = load_diabetes(return_X_y=True)
    X, y = scale(X), scale(y)
    options = dict(
        hidden_layer_sizes=(6,),
        activation="tanh",
        solver="lbfgs",
        alpha=1.0,
        max_iter=20_000,
        max_fun=100_000,
        tol=1e-10,
        random_state=seed,
    )
    network = CuriousMLPRegressor(curvature="hessian", **options)
    refits = CuriousRegressor(MLPRegressor(**options), step=0.02, warm_start=True)
    ranked = [
        curiosity_score(m.fit(X[:n_samples], y[:n_samples]), X[n_samples:])
        for m in (network, refits)
    ]
    assert spearmanr(*ranked).statistic >= 0.9


REGRESSORS = {
    "Lasso": (Lasso(0.05), "alpha", 1e-3),
    "ElasticNet": (ElasticNet(0.05), "alpha", 1e-3),
    "Huber": (HuberRegressor(alpha=0.1), "alpha", 1e-2),
    "Poisson": (PoissonRegressor(alpha=0.5), "alpha", 1e-2),
    "SVR": (SVR(C=2.0, tol=1e-8), "C", 1e-3),
    "GP": (
        GaussianProcessRegressor(RBF() + WhiteKernel(0.1), alpha=1e-2),
        "alpha",
        1e-3,
    ),
    "trees": (
        HistGradientBoostingRegressor(
            l2_regularization=1.0, min_samples_leaf=3, max_iter=20
        ),
        "l2_regularization",
        0.3,
    ),
    "pipeline": (make_pipeline(StandardScaler(), Ridge()), "ridge__alpha", 1e-3),
    "curious": (CuriousRidge(), "alpha", 1e-3),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", REGRESSORS)
def test_other_peoples_models(rng, name):
    X, y, pool = problem(rng)
    y = np.maximum(y, 0.1)
    estimator, parameter, step = REGRESSORS[name]
    before = {k: str(v) for k, v in estimator.get_params().items()}
    model = CuriousRegressor(estimator, parameter, step).fit(X, y)
    score = curiosity_score(model, pool)
    assert score.shape == (25,)
    assert (score > 0).any()
    indices, _ = curiosity_sampling(model, pool)
    assert indices[0] == score.argmax()
    curiosity_sampling(model, pool, 5, batch="sample", random_state=0)
    assert {k: str(v) for k, v in estimator.get_params().items()} == before
    assert not hasattr(estimator, "n_features_in_")
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.curiosity_score(pool), score)
    learner = CuriousLearner(
        sklearn.clone(model),
        curiosity_sampling,
        X_training=X,
        y_training=y,
    )
    picked, rows = learner.query(pool)
    learner.teach(rows, [1.0] * len(picked))
    assert len(learner.y_training) == 41


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_gaussian_process_keeps_its_kernel(rng):
    X, y, pool = problem(rng)
    process = GaussianProcessRegressor(RBF() + WhiteKernel(0.1), alpha=0.1)
    for estimator, parameter in [
        (process, "alpha"),
        (make_pipeline(process), "gaussianprocessregressor__alpha"),
    ]:
        model = CuriousRegressor(estimator, parameter).fit(X, y - y.mean())
        fitted, *moved = (
            e[-1] if hasattr(e, "steps") else e
            for e in (model.estimator_, *model.estimators_)
        )
        for other in moved:
            assert_allclose(other.kernel_.theta, fitted.kernel_.theta)
        # With the kernel kept it is kernel ridge regression.
        K = fitted.kernel_
        A = K(X) + 0.1 * np.eye(40)
        dual = np.linalg.solve(A, y - y.mean())
        tangent = -K(pool, X) @ np.linalg.solve(A, dual)
        assert_allclose(model.predict_tangent(pool), tangent, rtol=1e-4, atol=1e-7)


def test_open_seeds_are_shared(rng):
    X, y, pool = problem(rng)
    model = CuriousRegressor(SGDRegressor(alpha=0.1, max_iter=50, tol=None), step=1e-6)
    model.fit(X, y)
    fits = (model.estimator_, *model.estimators_)
    assert len({e.random_state for e in fits}) == 1
    assert np.abs(np.diff([e.predict(pool) for e in fits], axis=0)).max() < 1e-4
    np.random.seed(0)  # noqa: NPY002
    first = sklearn.clone(model).fit(X, y).predict_tangent(pool)
    np.random.seed(0)  # noqa: NPY002
    assert_array_equal(sklearn.clone(model).fit(X, y).predict_tangent(pool), first)


def test_warm_start_in_a_pipeline(rng):
    X, y, pool = problem(rng)
    inner = make_pipeline(StandardScaler(), Lasso(0.05, tol=1e-12))
    parameter = "lasso__alpha"
    cold = CuriousRegressor(inner, parameter, step=0.01).fit(X, y)
    warm = CuriousRegressor(inner, parameter, step=0.01, warm_start=True).fit(X, y)
    assert not warm.estimator_[-1].warm_start
    assert warm.estimators_[0][-1].warm_start
    assert_allclose(
        warm.predict_tangent(pool), cold.predict_tangent(pool), rtol=1e-4, atol=1e-6
    )


def test_jobs_do_not_matter(rng):
    X, y, pool = problem(rng)
    one = CuriousRegressor(Ridge()).fit(X, y).curiosity_score(pool)
    two = CuriousRegressor(Ridge(), n_jobs=2).fit(X, y).curiosity_score(pool)
    assert_array_equal(one, two)


def test_frames_with_text(rng):
    frame = pd.DataFrame(
        {"solvent": ["water", "oil"] * 20, "celsius": rng.uniform(0, 100, 40)}
    )
    y = frame["celsius"] / 50 + (frame["solvent"] == "oil")
    columns = make_column_transformer(
        (OneHotEncoder(), ["solvent"]), (StandardScaler(), ["celsius"])
    )
    inner = make_pipeline(columns, Lasso(0.01))
    model = CuriousRegressor(inner, "lasso__alpha").fit(frame, y)
    assert list(model.feature_names_in_) == ["solvent", "celsius"]
    assert model.curiosity_score(frame, y).shape == (40,)
    score = curiosity_score(model, frame)
    assert curiosity_sampling(model, frame)[0][0] == score.argmax()


def test_newcomers_mistakes(rng):
    X, y, pool = problem(rng)
    with pytest.raises(ValueError, match=r"no parameter 'alpha'\. Its numbers are C, "):
        CuriousRegressor(SVR()).fit(X, y)
    with pytest.raises(ValueError, match=r"alpha of Ridge is 0\.0.*alpha=1e-3"):
        CuriousRegressor(Ridge(0.0)).fit(X, y)
    with pytest.raises(ValueError, match="positive number"):
        CuriousRegressor(HistGradientBoostingRegressor(), "l2_regularization").fit(X, y)
    with pytest.raises(ValueError, match="positive number"):
        CuriousRegressor(LinearRegression(), "fit_intercept").fit(X, y)
    with pytest.raises(ValueError, match="step"):
        CuriousRegressor(Ridge(), step=0).fit(X, y)
    with pytest.raises(TypeError, match=r"pass an instance, Ridge\(\)"):
        CuriousRegressor(Ridge).fit(X, y)
    with pytest.raises(ValueError, match="parameter svr__warm_start"):
        CuriousRegressor(make_pipeline(SVR()), "svr__C", warm_start=True).fit(X, y)
    with pytest.raises(NotFittedError):
        CuriousRegressor(Ridge()).predict(X)
    with pytest.raises(NotFittedError):
        CuriousRegressor(Ridge()).curiosity_score(X)
    model = CuriousRegressor(Ridge()).fit(X, y)
    with pytest.raises(ValueError, match='batch="sample"'):
        curiosity_sampling(model, pool, 2)
    with pytest.raises(ValueError, match='batch="sample"'):
        expected_curiosity_reduction(model, pool)
    with pytest.raises(ValueError, match='batch="sample"'):
        model.predict_covariance(pool)
    with pytest.warns(UserWarning, match="little more than rounding"):
        CuriousRegressor(Ridge(1e-6), step=1e-6).fit(X, y)


def test_a_classifier_is_refused(rng):
    X, y, _ = problem(rng)
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]})
    for model, parameter in (
        (LogisticRegression(), "C"),
        (
            make_pipeline(StandardScaler(), LogisticRegression()),
            "logisticregression__C",
        ),
        (search, "estimator__C"),
    ):
        with pytest.raises(TypeError, match=r"a classifier, but .* Pass a regressor"):
            CuriousRegressor(model, parameter).fit(X, y > 0)
    with pytest.raises(TypeError, match="a clusterer"):
        CuriousRegressor(KMeans(), "tol").fit(X, y)


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize(
    ("model", "parameter"),
    [
        (DecisionTreeRegressor(max_depth=3), "max_depth"),
        (make_pipeline(StandardScaler(), Lasso(max_iter=9999)), "lasso__max_iter"),
        (ElasticNet(0.1, l1_ratio=1.0), "l1_ratio"),
    ],
)
def test_a_parameter_that_cannot_move_a_little(rng, model, parameter, n_jobs):
    message = rf"fitted with {parameter}=.* integer\..* must be an? "
    with pytest.raises(ValueError, match=message):
        CuriousRegressor(model, parameter, n_jobs=n_jobs).fit(*problem(rng)[:2])


def test_a_parameter_that_moves_nothing(rng):
    with pytest.warns(UserWarning, match="moves no prediction"):
        CuriousRegressor(Lasso(0.1), "tol").fit(*problem(rng)[:2])


@pytest.mark.parametrize("step", [1e-3, 1e-5])
def test_float32_predictions_have_fewer_digits(rng, step):
    X = rng.standard_normal((50, 4)).astype(np.float32)
    y = (X @ [1, 2, 3, 4] + rng.standard_normal(50) + 10).astype(np.float32)
    model = CuriousRegressor(Ridge(alpha=1.0), step=step)
    with pytest.warns(UserWarning, match="few correct digits.*or fit to float64"):
        model.fit(X, y)
    model.fit(X.astype(float), y.astype(float))  # warnings are errors
