"""Checkpoints, trajectory_score and trajectory_sampling."""

import pickle

import numpy as np
import pytest
import sklearn
from extras import optional
from networks import quick
from numpy.testing import assert_allclose, assert_array_equal
from reference import jacobian_by_complex_steps, network_output
from scipy import sparse
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousRidge
from skcurious.query import trajectory_sampling
from skcurious.tangent import Checkpoints

CuriousLearner = optional("modAL", "skcurious.modal", "CuriousLearner")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def problem(rng, n_outputs=1):
    X = rng.standard_normal((50, 3))
    Y = np.column_stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2]])[:, :n_outputs]
    return X, Y[:, 0] if n_outputs == 1 else Y


def run(**options):
    options = {"solver": "adam", "checkpoints": 6, "max_iter": 40, **options}
    return quick(hidden_layer_sizes=(4,), learning_rate_init=0.01, **options)


def flat(model):
    return np.concatenate([a.ravel() for a in model.coefs_ + model.intercepts_])


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_checkpoints_are_those_of_shorter_runs(rng, solver):
    X, y = problem(rng)
    model = run(solver=solver, checkpoints=[3, 10, 40, 99], tol=0.0).fit(X, y)
    assert_array_equal(model.checkpoint_epochs_, [3, 10, 40])
    for epoch, theta in zip([3, 10, 40], model._run.parameters, strict=True):
        shorter = MLPRegressor(
            hidden_layer_sizes=(4,),
            activation="tanh",
            solver=solver,
            alpha=0.3,
            learning_rate_init=0.01,
            max_iter=epoch,
            tol=0.0,
            random_state=0,
        ).fit(X, y)
        assert_allclose(theta, flat(shorter), rtol=1e-12)
    assert_allclose(model._run.parameters[-1], flat(model), rtol=0)


@pytest.mark.parametrize("n_epochs", [1, 5, 6, 7, 13, 100, 1000])
@pytest.mark.parametrize("limit", [2, 5, 10])
def test_evenly_spread_whatever_the_number_of_epochs(limit, n_epochs):
    run = Checkpoints(limit)
    for epoch in range(1, n_epochs + 1):
        run.end_epoch(lambda epoch=epoch: epoch)
    assert run.parameters == run.epochs
    assert min(n_epochs, limit // 2) <= len(run.epochs) <= limit
    assert len(set(np.diff(run.epochs))) <= 1
    assert run.epochs[0] == run._every


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_terms_equal_dense_ones(rng, n_outputs):
    X, Y = problem(rng, n_outputs)
    model = run().fit(X[:30], Y[:30])
    layers, end = [3, 4, n_outputs], flat(model)
    projection, dynamics = [], []
    for theta in model._run.parameters:
        step = end - theta
        if not step.any():
            continue
        J = jacobian_by_complex_steps(theta, X, layers, "tanh")
        projection.append(np.linalg.norm(J @ step, axis=1) / np.linalg.norm(step))
        outputs = [network_output(t, X, layers, "tanh") for t in (theta, end)]
        dynamics.append(((outputs[0] - outputs[1]) ** 2).sum(axis=1) / 2)
    assert len(projection) >= 2
    terms = model.trajectory_score(X)
    assert_allclose(terms.projection, np.mean(projection, axis=0), rtol=1e-9)
    assert_allclose(terms.dynamics, np.mean(dynamics, axis=0), rtol=1e-9)
    with sklearn.config_context(working_memory=0.001):
        again = pickle.loads(pickle.dumps(model)).trajectory_score(sparse.csr_array(X))
    assert_allclose(again.projection, terms.projection)


def test_sampling(rng):
    X, y = problem(rng)
    model, pool = run().fit(X[:15], y[:15]), X[15:]
    terms = model.trajectory_score(pool)
    parts = {
        "projection": terms.projection / terms.projection.mean(),
        "dynamics": terms.dynamics / terms.dynamics.mean(),
    }
    parts["both"] = (parts["projection"] + parts["dynamics"]) / 2
    cost = rng.uniform(1, 2, len(pool))
    for term, expected in parts.items():
        indices, scores = trajectory_sampling(model, pool, 5, term=term, cost=cost)
        assert_array_equal(indices, np.argsort(-expected / cost)[:5])
        assert_allclose(scores, (expected / cost)[indices])
    draws = [
        trajectory_sampling(model, pool, 3, batch="sample", random_state=s)[0]
        for s in (0, 0, 1)
    ]
    assert_array_equal(draws[0], draws[1])
    assert (draws[0] != draws[2]).any()
    other = run(random_state=5).fit(X[:15], y[:15])
    alone = [trajectory_sampling(m, pool, len(pool)) for m in (model, other)]
    mean = sum(s[np.argsort(i)] for i, s in alone) / 2
    indices, scores = trajectory_sampling([model, other], pool, len(pool))
    assert_allclose(scores, mean[indices])


def test_in_wrappers_and_learners(rng):
    X, y = problem(rng)
    model = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), run()), transformer=StandardScaler()
    )
    learner = CuriousLearner(
        model,
        query_strategy=trajectory_sampling,
        X_training=X[:10],
        y_training=y[:10],
    )
    indices, rows = learner.query(X[10:], 2)
    learner.teach(rows, y[10:][indices])
    assert len(learner.X_training) == 12


def test_a_stream_of_calls_is_one_run_and_fit_another(rng):
    X, y = problem(rng)
    model = run(checkpoints=4)
    for _ in range(9):
        model.partial_fit(X, y)
    assert_array_equal(model.checkpoint_epochs_, [2, 4, 6, 8])
    assert (model.trajectory_score(X).projection > 0).all()
    model.set_params(checkpoints=None).fit(X, y)
    assert model.checkpoint_epochs_.size == 0
    with pytest.raises(ValueError, match="kept no checkpoints"):
        model.trajectory_score(X)


def test_arguments(rng):
    X, y = problem(rng)
    with pytest.raises(ValueError, match="solver='lbfgs' does not have"):
        run(solver="lbfgs").fit(X, y)
    for wrong in (1, 0, [0, 3], [1.5], [[1, 2]], "all"):
        with pytest.raises(ValueError, match="checkpoints"):
            run(checkpoints=wrong).fit(X, y)
    with pytest.raises(NotFittedError):
        run().trajectory_score(X)
    with pytest.raises(TypeError, match="CuriousRidge was not trained in epochs"):
        trajectory_sampling(CuriousRidge().fit(X, y), X)
    with pytest.raises(ValueError, match="features"):
        run().fit(X, y).trajectory_score(X[:, :2])
    with pytest.raises(ValueError, match="'term' parameter"):
        trajectory_sampling(run().fit(X, y), X, term="all")


def test_no_checkpoint_before_the_end(rng):
    X, y = problem(rng)
    for wanted in ([100, 200], [40]):
        model = run(checkpoints=wanted, tol=0.0).fit(X, y)
        with pytest.raises(ValueError, match="No checkpoint lies before the end"):
            trajectory_sampling(model, X)
    with pytest.raises(ValueError, match="checkpoints must be"):
        run(checkpoints=np.array([], dtype=int)).fit(X, y)
