"""influence_sampling against refits with imagined labels and dense inverses."""

import numpy as np
import pytest
import sklearn
from extras import optional
from networks import quick
from numpy.testing import assert_allclose, assert_array_equal
from reference import greedy_by_leverage, jacobian_by_complex_steps, own_units
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousKernelRidge, CuriousRegressor, CuriousRidge
from skcurious.influence import influence_on_loss
from skcurious.query import influence_sampling

CuriousLearner = optional("modAL", "skcurious.modal", "CuriousLearner")

MODELS = {
    "ridge": CuriousRidge(0.5),
    "ridge no intercept": CuriousRidge(0.5, fit_intercept=False),
    "kernel ridge": CuriousKernelRidge(0.1, kernel="rbf", gamma=0.2),
}


def problem(rng, n_targets=1):
    X = rng.standard_normal((45, 4))
    Y = X[:, :1] + rng.standard_normal((45, n_targets))
    Y = Y[:, 0] if n_targets == 1 else Y
    validation = {"X_validation": X[12:22], "y_validation": Y[12:22]}
    return X[:12], Y[:12], X[22:], validation


@pytest.mark.parametrize("with_cost", [False, True])
@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize("name", MODELS)
def test_equals_refits_with_imagined_labels(rng, name, n_targets, with_cost):
    X, y, pool, validation = problem(rng, n_targets)
    cost = rng.uniform(1, 3, len(pool)) if with_cost else None
    model = sklearn.clone(MODELS[name]).fit(X, y)
    indices, scores = influence_sampling(model, pool, 4, cost=cost, **validation)
    units = own_units(y, model.fit_intercept)  # of several targets
    y, validation["y_validation"] = y / units, validation["y_validation"] / units
    picks, refitted = [], sklearn.clone(model).fit(X, y)
    variance = refitted.noise_variance_
    for score in scores:
        refitted.linearised_.noise_variance = variance
        expected = influence_on_loss(refitted, pool, **validation)
        expected = expected / (1 if cost is None else cost)
        expected[picks] = -np.inf
        picks.append(int(expected.argmax()))
        assert_allclose(score, expected.max(), rtol=1e-6)
        X = np.vstack([X, pool[picks[-1:]]])
        y = np.concatenate([y, refitted.predict(pool[picks[-1:]])])
        refitted = sklearn.clone(model).fit(X, y)
    assert_array_equal(indices, picks)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("solver", ["primal", "dual", "cg"])
def test_networks_follow_a_dense_inverse(rng, solver, n_outputs):
    X, y, pool, validation = problem(rng, n_outputs)
    model = quick(
        hidden_layer_sizes=(3,), tangent_solver=solver, tangent_tol=1e-12
    ).fit(X, y)
    theta = np.concatenate([a.ravel() for a in model.coefs_ + model.intercepts_])

    def jacobian(rows):
        return jacobian_by_complex_steps(theta, rows, [4, 3, n_outputs], "tanh")

    J = jacobian(X)
    penalty = np.where(np.arange(len(theta)) < 12 + 3 * n_outputs, 0.3, 0.0)
    G = np.einsum("nkp,nkq->pq", J, J) + np.diag(penalty + model.damping_)
    at, labels = validation.values()
    units = own_units(y)
    error = ((model.predict(at) - labels) / np.square(units)).reshape(len(at), -1)
    pull = np.einsum("nkp,nk->p", jacobian(at), error)
    noise = np.broadcast_to(model.noise_variance_, n_outputs)
    picks, scores = greedy_by_leverage(G, jacobian(pool), pull, 4, noise)
    indices, values = influence_sampling(model, pool, 4, **validation)
    assert_array_equal(indices, picks)
    assert_allclose(values, scores, rtol=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_hessian_of_a_network_counts(rng):
    X, y, pool, validation = problem(rng)
    model = quick(curvature="hessian", alpha=2.0, max_iter=5000, tol=1e-7).fit(X, y)
    _, (score,) = influence_sampling(model, pool, **validation)
    assert_allclose(score, influence_on_loss(model, pool, **validation).max())


def test_wrappers_and_ensembles_transform_labels(rng):
    X, y, pool, validation = problem(rng)
    model = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), CuriousRidge()), transformer=StandardScaler()
    ).fit(X, 100 * y + 7)
    validation["y_validation"] = 100 * validation["y_validation"] + 7
    indices, scores = influence_sampling(model, pool, 3, **validation)
    first = influence_on_loss(model, pool, **validation)
    assert indices[0] == first.argmax()
    assert_allclose(scores[0], first.max())
    # All members alike: the pick of one, in units of the mean over the pool.
    same, value = influence_sampling([model, model], pool, 3, **validation)
    assert_array_equal(same, indices)
    assert_allclose(value[0], first.max() / first.mean())
    bagging = BaggingRegressor(model, n_estimators=3, max_features=0.5, random_state=0)
    bagging.fit(X, 100 * y + 7)
    indices, scores = influence_sampling(bagging, pool, 3, **validation)
    expected = 0
    for part, columns in zip(
        bagging.estimators_, bagging.estimators_features_, strict=True
    ):
        own = {**validation, "X_validation": validation["X_validation"][:, columns]}
        each = influence_on_loss(part, pool[:, columns], noise_variance=1.0, **own)
        expected = expected + each / each.mean() / 3
    assert indices[0] == expected.argmax()
    assert_allclose(scores[0], expected.max())


def test_in_a_learner(rng):
    X, y, pool, validation = problem(rng)
    learner = CuriousLearner(
        CuriousRidge(), query_strategy=influence_sampling, X_training=X, y_training=y
    )
    indices, rows = learner.query(pool, 3, **validation)
    assert_array_equal(rows, pool[indices])


def test_seeks_where_the_validation_rows_are(rng):
    # Two groups that share no feature: labels of one say nothing of the other.
    X = np.zeros((40, 4))
    X[:20, :2], X[20:, 2:] = rng.standard_normal((2, 20, 2))
    y = X.sum(axis=1)
    model = CuriousRidge(1.0, fit_intercept=False).fit(X[[0, 20]], y[[0, 20]])
    indices, _ = influence_sampling(
        model, X, 5, X_validation=X[25:35], y_validation=y[25:35]
    )
    assert (indices >= 20).all()


def test_arguments(rng):
    X, y, pool, validation = problem(rng)
    model = CuriousRidge().fit(X, y)
    with pytest.raises(ValueError, match="X_validation is empty"):
        influence_sampling(model, pool, X_validation=X[:0], y_validation=y[:0])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        influence_sampling(model, pool, X_validation=X, y_validation=y[:-1])
    with pytest.raises(ValueError, match="features"):
        influence_sampling(model, pool, X_validation=X[:, :2], y_validation=y)
    with pytest.raises(ValueError, match="n_instances must be between 1 and"):
        influence_sampling(model, pool, 1000, **validation)
    with pytest.raises(TypeError, match="Ridge has no curiosity"):
        influence_sampling(Ridge().fit(X, y), pool, **validation)
    dropped = CuriousRidge(store_covariance=False).fit(X, y)
    with pytest.raises(ValueError, match="store_covariance=True"):
        influence_sampling(dropped, pool, **validation)
    with pytest.raises(ValueError, match="CuriousRegressor knows no covariance"):
        influence_sampling(CuriousRegressor(Ridge()).fit(X, y), pool, **validation)
    validation["y_validation"] = model.predict(validation["X_validation"])
    with pytest.warns(UserWarning, match="Every score in X_pool is 0"):
        influence_sampling(model, pool, **validation)
