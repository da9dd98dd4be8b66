"""EvidenceAveragingRegressor: votes, moments, and everything downstream."""

import pickle

import numpy as np
import pytest
from extras import optional
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skcurious
from skcurious import CuriousRidge
from skcurious.gaussian_process import (
    CuriousGaussianProcessRegressor,
    EvidenceAveragingRegressor,
    dimension_scaled_prior,
)
from skcurious.influence import influence_on_predictions
from skcurious.out_of_core import top_k
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    pool_status,
    utilities,
    variance_sampling,
)
from skcurious.tuning import tune_alpha

CuriousLearner = optional("modAL", "skcurious.modal", "CuriousLearner")
activeml = optional("skactiveml", "skcurious.activeml")

Process = CuriousGaussianProcessRegressor
STRATEGIES = [curiosity_sampling, expected_curiosity_reduction, variance_sampling]


def problem(rng, n_targets=1):
    X = rng.standard_normal((16, 2))
    Y = X[:, :1] + 0.7 * rng.standard_normal((16, n_targets))
    pool = rng.standard_normal((20, 2))
    return X, Y[:, 0] if n_targets == 1 else Y * [1, 30], pool


def members():
    return [
        ("plain", Process()),
        (
            "cubes",
            make_pipeline(FunctionTransformer(cube), StandardScaler(), Process()),
        ),
        (
            "smooth",
            Process(RBF() + WhiteKernel(0.5), normalize_y=False, optimizer=None),
        ),
    ]


def cube(X):
    return X**3


def averaged(model, function):
    return sum(
        vote * function(member)
        for member, vote in zip(model.estimators_, model.weights_, strict=True)
    )


def process_in(member):
    return member[-1] if hasattr(member, "steps") else member


def rows_for(member, X):
    return member[:-1].transform(X) if hasattr(member, "steps") else X


@pytest.mark.parametrize("n_targets", [1, 2])
def test_votes_are_the_evidence(rng, n_targets):
    X, y, _ = problem(rng, n_targets)
    model = EvidenceAveragingRegressor(members()).fit(X, y)
    Y = y.reshape(16, -1)
    logs = []
    for member in model.estimators_:
        process, rows = process_in(member), rows_for(member, X)
        kernel = process.kernel_
        mean, spread = np.zeros(Y.shape[1]), np.ones(Y.shape[1])
        if process.normalize_y:
            mean, spread = Y.mean(axis=0), Y.std(axis=0)
        log = sum(
            multivariate_normal(
                np.full(16, m), s**2 * (kernel(rows) + 1e-10 * np.eye(16))
            ).logpdf(column)
            for m, s, column in zip(mean, spread, Y.T, strict=True)
        )
        assert_allclose(
            process.log_evidence_ - process.log_posterior_,
            -16 * np.log(spread).sum(),
            atol=1e-9,
        )
        if process.optimizer is not None:
            log += dimension_scaled_prior(kernel, rows.shape[1])(kernel.theta)[0]
        logs.append(log)
    assert_allclose(model.log_evidences_, logs, rtol=1e-7)
    votes = np.exp(logs - np.max(logs))
    votes /= votes.sum()
    assert ((votes > 1e-4).sum()) >= 2, "a test of one vote"
    kept = np.where(votes < 1e-4, 0, votes)
    assert_allclose(model.weights_, kept / kept.sum(), rtol=1e-5)
    noise = [process_in(m).noise_variance_ for m in model.estimators_]
    assert_allclose(model.noise_variance_, model.weights_ @ noise)


@pytest.mark.parametrize("n_targets", [1, 2])
def test_moments(rng, n_targets):
    X, y, pool = problem(rng, n_targets)
    model = EvidenceAveragingRegressor(members()).fit(X, y)
    mean = averaged(model, lambda m: m.predict(pool))
    assert_allclose(model.predict(pool), mean)
    for own, of in (
        (model.predict(pool, return_std=True), "predict"),
        (model.predict_mean_std(pool), "predict_mean_std"),
    ):
        options = {"return_std": True} if of == "predict" else {}

        def second(member, of=of, options=options):
            process, rows = process_in(member), rows_for(member, pool)
            m, s = getattr(process, of)(rows, **options)
            return m**2 + s**2

        assert own[0].shape == own[1].shape == mean.shape
        assert_allclose(own[0], mean)
        assert_allclose(own[1] ** 2, averaged(model, second) - mean**2, rtol=1e-8)
    # The covariance has the mean of these variances on its diagonal.
    covariance = model.predict_covariance(pool)
    _, std = model.predict_mean_std(pool)
    # Several targets each in units of the deviation of its labels.
    units = np.std(y, axis=0) if np.ndim(y) > 1 else 1.0
    own = ((std.reshape(20, -1) / units) ** 2).mean(axis=1)
    assert_allclose(covariance.diagonal(), own)
    assert_allclose(model.predict_covariance(pool, pool[:3]), covariance[:, :3])
    # A prior draw: the member, and then its function.
    means = [m.predict(pool).reshape(20, -1) for m in model.estimators_]
    within = averaged(
        model, lambda m: process_in(m).predict_covariance(rows_for(m, pool))
    )

    def between_members(units):
        return sum(
            v * ((m - mean.reshape(20, -1)) / units**2) @ (m - mean.reshape(20, -1)).T
            for v, m in zip(model.weights_, means, strict=True)
        )

    between = between_members(np.asarray(units))
    assert_allclose(covariance, within + between / means[0].shape[1])
    between = between_members(np.ones(1))
    assert_allclose(
        model.predict_covariance(pool, noise_variance=2.0)
        - between / means[0].shape[1],
        averaged(
            model,
            lambda m: process_in(m).predict_covariance(
                rows_for(m, pool), noise_variance=2.0
            ),
        ),
    )


def test_tangent_and_curiosity_through_wrappers(rng):
    X, y, pool = problem(rng)
    model = EvidenceAveragingRegressor(members())
    wrapped = [
        model,
        make_pipeline("passthrough", model),
        GridSearchCV(model, {"n_jobs": [None]}, cv=2),
        TransformedTargetRegressor(model, func=lambda y: y, inverse_func=lambda y: y),
    ]
    fitted = [one.fit(X, y) for one in wrapped]
    fitted.append(FrozenEstimator(fitted[0]))
    first = fitted[0]
    tangent = averaged(
        first, lambda m: process_in(m).predict_tangent(rows_for(m, pool))
    )
    labels = np.arange(20.0)
    for one in fitted:
        assert_allclose(skcurious.predict_tangent(one, pool), tangent)
        for arguments, options in (
            ((), {}),
            ((labels,), {}),
            ((), {"noise_variance": 3.0}),
        ):
            expected = averaged(
                first,
                lambda m, a=arguments, o=options: process_in(m).curiosity_score(
                    rows_for(m, pool), *a, **o
                ),
            )
            score = skcurious.curiosity_score(one, pool, *arguments, **options)
            assert_allclose(score, expected)
        assert_allclose(
            skcurious.predict_covariance(one, pool, pool[:2]),
            first.predict_covariance(pool, pool[:2]),
        )
        assert_array_equal(
            curiosity_sampling(one, pool, 3, random_state=0)[0],
            curiosity_sampling(first, pool, 3, random_state=0)[0],
        )


def test_strategies_average_by_votes(rng):
    X, y, pool = problem(rng)
    model = EvidenceAveragingRegressor(members()).fit(X, y)
    asked = [
        (m, v) for m, v in zip(model.estimators_, model.weights_, strict=True) if v > 0
    ]
    named = [(str(i), FrozenEstimator(m)) for i, (m, _) in enumerate(asked)]
    voting = VotingRegressor(named, weights=[v for _, v in asked]).fit(X, y)
    for strategy in STRATEGIES:
        indices, scores = strategy(model, pool, 4, random_state=0)
        expected = strategy(voting, pool, 4, random_state=0)
        assert_array_equal(indices, expected[0])
        assert_allclose(scores, expected[1])
    options = {"X_validation": X[:5], "y_validation": y[:5]}
    assert_array_equal(
        influence_sampling(model, pool, 3, **options)[0],
        influence_sampling(voting, pool, 3, **options)[0],
    )
    assert_allclose(pool_status(model, pool), pool_status(voting, pool))
    criterion = utilities(model, pool, "variance")
    assert criterion.utility().shape == (20,)


def test_members_without_a_vote_are_not_asked(rng):
    X, y, pool = problem(rng)

    class Broken(FunctionTransformer):
        def transform(self, X):
            if len(X) != 16:
                raise RuntimeError("asked")
            return np.zeros((len(X), 1))

    y = 3 * X[:, 0] + 0.01 * y
    useless = make_pipeline(Broken(), Process(RBF() + WhiteKernel(), prior=None))
    model = EvidenceAveragingRegressor([("a", Process()), ("b", useless)]).fit(X, y)
    assert_array_equal(model.weights_, [1, 0])
    alone = Process().fit(X, y)
    assert_allclose(model.predict(pool), alone.predict(pool))
    for given, expected in zip(
        model.predict(pool, return_std=True),
        alone.predict(pool, return_std=True),
        strict=True,
    ):
        assert_allclose(given, expected)
    assert_allclose(model.curiosity_score(pool), alone.curiosity_score(pool))
    assert_allclose(model.predict_covariance(pool), alone.predict_covariance(pool))
    assert_array_equal(
        expected_curiosity_reduction(model, pool, 3)[0],
        expected_curiosity_reduction(alone, pool, 3)[0],
    )


def test_dropped_members(rng):
    X, y, pool = problem(rng)
    model = EvidenceAveragingRegressor(members()).set_params(cubes="drop").fit(X, y)
    expected = EvidenceAveragingRegressor([members()[0], members()[2]]).fit(X, y)
    assert_allclose(model.weights_, expected.weights_)
    assert_allclose(model.predict(pool), expected.predict(pool))
    assert_array_equal(
        expected_curiosity_reduction(model, pool, 3)[0],
        expected_curiosity_reduction(expected, pool, 3)[0],
    )
    assert model.named_estimators_["cubes"] == "drop"
    with pytest.raises(ValueError, match=r"[Aa]ll estimators are dropped"):
        EvidenceAveragingRegressor([("a", "drop")]).fit(X, y)


def test_as_an_estimator(rng):
    X, y, pool = problem(rng)
    model = EvidenceAveragingRegressor(members())
    with pytest.raises(NotFittedError):
        model.predict(X)
    for method in ("predict_tangent", "curiosity_score", "predict_covariance"):
        with pytest.raises(NotFittedError):
            getattr(model, method)(X)
    with pytest.raises(NotFittedError):
        curiosity_sampling(model, X)
    prediction = model.fit(X, y).predict(pool)
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(pool), prediction)
    assert not hasattr(clone(model), "weights_")
    assert_array_equal(clone(model).fit(X, y).predict(pool), prediction)
    parallel = EvidenceAveragingRegressor(members(), n_jobs=2)
    with parallel_config("threading"):
        assert_allclose(parallel.fit(X, y).predict(pool), prediction)
    assert_array_equal(model.fit(X, y.tolist()).predict(pool), prediction)
    assert model.n_features_in_ == 2
    assert cross_val_score(model, X, y, cv=2).shape == (2,)
    search = GridSearchCV(model, {"plain__normalize_y": [True, False]}, cv=2).fit(X, y)
    assert set(search.best_params_) == {"plain__normalize_y"}
    assert "weights" not in model.get_params()
    assert 0 < model.score(X, y) <= 1
    assert model.transform(pool).shape == (20, 3)
    # The labels of one target as a column, as a process takes them.
    assert_allclose(model.fit(X, y[:, None]).predict(pool), prediction)
    assert model.log_evidences_.shape == (3,)


def test_members_in_searches(rng):
    X, y, pool = problem(rng)
    search = GridSearchCV(Process(), {"normalize_y": [True]}, cv=2)
    model = EvidenceAveragingRegressor([("a", search), ("b", Process(RBF()))])
    expected = EvidenceAveragingRegressor([("a", Process()), ("b", Process(RBF()))])
    model.fit(X, y), expected.fit(X, y)
    for given, wanted in zip(
        model.predict(pool, return_std=True),
        expected.predict(pool, return_std=True),
        strict=True,
    ):
        assert_allclose(given, wanted)


@pytest.mark.parametrize(
    "member",
    [
        Ridge(),
        CuriousRidge(),
        make_pipeline(StandardScaler(), CuriousRidge()),
        TransformedTargetRegressor(Process(), func=np.exp, inverse_func=np.log),
    ],
)
def test_members_without_evidence(rng, member):
    X, y, _ = problem(rng)
    model = EvidenceAveragingRegressor([("a", Process()), ("b", member)])
    with pytest.raises(TypeError, match=r"curiosity|marginal likelihood"):
        model.fit(X, y)


def test_what_asks_one_model(rng):
    X, y, pool = problem(rng)
    model = EvidenceAveragingRegressor(members()).fit(X, y)
    with pytest.raises(TypeError, match="holds several regressors"):
        influence_on_predictions(model, X, y, pool)
    with pytest.raises(TypeError, match=r"no curious regressor|several"):
        tune_alpha(model, X, y)
    best, scores = top_k(model, pool, 3)
    expected = model.curiosity_score(pool)
    assert_array_equal(best, np.argsort(-expected)[:3])
    assert_allclose(scores, expected[best])


def test_learner(rng):
    X, y, pool = problem(rng)
    learner = CuriousLearner(
        EvidenceAveragingRegressor(members()), X_training=X, y_training=y
    )
    indices, rows = learner.query(pool, 2)
    expected = expected_curiosity_reduction(
        EvidenceAveragingRegressor(members()).fit(X, y), pool, 2
    )
    assert_array_equal(indices, expected[0])
    assert learner.teach(rows, [1.0, 2.0]).X_training.shape == (18, 2)
    assert skcurious.curiosity_score(learner, pool).shape == (20,)


@pytest.mark.parametrize(
    "name", ["CuriositySampling", "VarianceSampling", "ExpectedCuriosityReduction"]
)
def test_scikit_activeml(rng, name):
    X, y, pool = problem(rng)
    strategy = getattr(activeml, name)(random_state=0)
    own = dict(
        zip(
            ("CuriositySampling", "ExpectedCuriosityReduction", "VarianceSampling"),
            STRATEGIES,
            strict=True,
        )
    )[name]
    rows, labels = np.vstack([X, pool]), np.append(y, np.full(20, np.nan))
    for reg in (Process(), EvidenceAveragingRegressor(members())):
        picked = strategy.query(rows, labels, reg, batch_size=2)
        expected, _ = own(clone(reg).fit(X, y), pool, 2)
        assert_array_equal(picked - 16, expected)
