"""tangent_solver='lissa' against exact solves."""

import copy

import numpy as np
import pytest
from networks import quick
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.stats import spearmanr
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

from skcurious.influence import hypergradient
from skcurious.query import curiosity_sampling

pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")


def solved_by(model, solver, X, y, weights=None, **options):
    """The same parameters, with the tangent of another solver."""
    copied = copy.deepcopy(model).set_params(tangent_solver=solver, **options)
    copied.fit_tangent(X, y, weights)
    return copied


@pytest.mark.covering(2)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("hidden", [(), (5,)])
def test_approaches_the_exact_solve(rng, hidden, n_outputs, weighted):
    X = rng.standard_normal((400, 4))
    Y = np.sin(X[:, :n_outputs]) + 0.1 * rng.standard_normal((400, n_outputs))
    Y = Y[:, 0] if n_outputs == 1 else Y
    weights = rng.uniform(0, 3, 400) if weighted else None
    exact = quick(hidden_layer_sizes=hidden, alpha=40.0).fit(X, Y, weights)
    tangent = exact.predict_tangent(X)
    errors = []
    for steps in (50, 1000):
        model = solved_by(exact, "lissa", X, Y, weights, tangent_max_iter=steps)
        error = np.linalg.norm(model.predict_tangent(X) - tangent)
        errors.append(error / np.linalg.norm(tangent))
        assert model.tangent_n_iter_ == steps
    assert errors[1] < 0.02
    assert errors[1] < errors[0] or errors[0] < 0.01
    assert model.tangent_residual_ < 0.1


def test_ranks_a_pool_as_the_exact_solve_does():
    X, y = load_diabetes(return_X_y=True)
    X, y = scale(X), scale(y)
    exact = quick(hidden_layer_sizes=(16,), alpha=3.0).fit(X[:300], y[:300])
    model = solved_by(exact, "lissa", X[:300], y[:300], tangent_max_iter=3000)
    scores = [m.curiosity_score(X[300:]) for m in (model, exact)]
    assert spearmanr(*scores).statistic >= 0.95
    assert model.tangent_solver_ == "lissa"


@pytest.mark.slow
def test_memory_maps_and_sparse_rows(rng, tmp_path):
    X = rng.standard_normal((300, 4))
    y = np.sin(X[:, 0])
    mapped = np.memmap(tmp_path / "rows", np.float64, "w+", shape=X.shape)
    mapped[:] = X
    mapped.flush()
    mapped = np.memmap(tmp_path / "rows", np.float64, "r", shape=X.shape)
    model = quick(solver="adam", max_iter=5, tangent_solver="lissa", alpha=10.0)
    with pytest.warns(ConvergenceWarning, match="Stochastic Optimizer"):
        expected = model.fit(X, y).predict_tangent(X)
    for rows in (mapped, sparse.csr_array(X)):
        with pytest.warns(ConvergenceWarning, match="Stochastic Optimizer"):
            tangent = model.fit(rows, y).predict_tangent(X)
        assert_allclose(tangent, expected, rtol=1e-6)


def test_what_it_cannot(rng):
    X = rng.standard_normal((60, 3))
    y = np.sin(X[:, 0])
    model = quick(tangent_solver="lissa", alpha=5.0).fit(X, y)
    with pytest.raises(ValueError, match="After LiSSA there is no covariance"):
        curiosity_sampling(model, X, 2)
    curiosity_sampling(model, X, 1)
    assert isinstance(hypergradient(model, X, y), float)
    with pytest.raises(ValueError, match="is for the Gauss-Newton matrix"):
        quick(tangent_solver="lissa", curvature="hessian").fit(X, y)
    with pytest.raises(ValueError, match="finds one tangent"):
        quick(tangent_solver="lissa", layer_tangents=True).fit(X, y)


def test_tells_when_it_has_not_settled(rng):
    X = rng.standard_normal((200, 3)) * [1, 10, 100]
    y = np.sin(X[:, 0])
    model = quick(tangent_solver="lissa", alpha=1e-3, tangent_max_iter=200)
    with pytest.warns(ConvergenceWarning, match="LiSSA has not settled"):
        model.fit(X, y)


def test_files_that_are_sorted_by_size(rng):
    X = rng.standard_normal((2000, 3))
    X[1000:] *= 5
    Y = np.column_stack([X @ [1.0, 2, 3], X @ [1.0, 0, 0]]) / 5
    model = quick(hidden_layer_sizes=(5,), alpha=50.0, tangent_solver="lissa")
    model.fit(X, Y)
    assert model.tangent_residual_ < 0.5
