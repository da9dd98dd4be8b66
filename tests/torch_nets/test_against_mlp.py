"""CuriousNetRegressor against CuriousMLPRegressor and CuriousRidge."""

import numpy as np
import pytest
from networks import quick as quick_mlp
from numpy.testing import assert_allclose, assert_array_equal
from torch_modules import as_it_is, flat, nn, perceptron, torch

from skcurious import CuriousRidge
from skcurious.influence import (
    hypergradient,
    influence_on_loss,
    influence_on_parameters,
    influence_on_predictions,
)
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    variance_sampling,
)

pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")


def problem(rng, n_outputs, dtype, n=40):
    X = rng.standard_normal((n, 3)).astype(dtype)
    Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1], X[:, 2] ** 2])[:, :n_outputs]
    return X, (Y[:, 0] if n_outputs == 1 else Y).astype(dtype)


def pair(rng, n_outputs, dtype, **options):
    """The two models with the same weights, and a pool."""
    X, y = problem(rng, n_outputs, dtype)
    mlp = quick_mlp(hidden_layer_sizes=(6, 5), tangent_solver="dual").fit(X, y)
    mlp.coefs_ = [W.astype(dtype) for W in mlp.coefs_]  # lbfgs makes them float64
    mlp.intercepts_ = [b.astype(dtype) for b in mlp.intercepts_]
    mlp.fit_tangent(X, y)
    net = as_it_is(perceptron(mlp), X, y, **options)
    return mlp, net, problem(rng, n_outputs, dtype, 60)


def relative(found, expected):
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    return np.abs(found - expected).max() / np.abs(expected).max()


CASES = [
    (solver, n_outputs, dtype)
    for solver in ("dual", "primal", "cg")
    for n_outputs in (1, 2)
    for dtype in (np.float64, np.float32)
]


@pytest.mark.parametrize(("solver", "n_outputs", "dtype"), CASES)
def test_same_numbers_as_the_perceptron(rng, solver, n_outputs, dtype):
    options = {"tangent_solver": solver, "tangent_tol": 1e-12}
    mlp, net, (pool, labels) = pair(rng, n_outputs, dtype, **options)
    assert net.tangent_solver_ == solver
    limit = 1e-5 if dtype == np.float32 else 1e-9
    tangent = np.concatenate(
        [a.ravel() for a in mlp.coefs_tangent_ + mlp.intercepts_tangent_]
    )
    assert relative(flat(net, net.params_tangent_), tangent) < limit
    assert relative(net.predict(pool), mlp.predict(pool)) < limit
    assert net.predict_tangent(pool).dtype == dtype
    assert relative(net.predict_tangent(pool), mlp.predict_tangent(pool)) < limit
    assert relative(net.curiosity_score(pool), mlp.curiosity_score(pool)) < 2 * limit
    ours, theirs = (m.curiosity_score(pool, labels) for m in (net, mlp))
    assert relative(ours, theirs) < 4 * limit
    ours, theirs = (m.predict_covariance(pool, pool[:9]) for m in (net, mlp))
    assert relative(ours, theirs) < limit
    ours, theirs = (m.predict(pool, return_std=True)[1] for m in (net, mlp))
    assert relative(ours, theirs) < limit
    assert net.stationarity_ == pytest.approx(mlp.stationarity_, rel=1e-3)
    assert net.noise_variance_ == pytest.approx(mlp.noise_variance_, rel=limit)


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("solver", ["dual", "primal"])
def test_same_batches_and_influences(rng, n_outputs, solver):
    mlp, net, (pool, labels) = pair(rng, n_outputs, np.float64, tangent_solver=solver)
    for strategy in (
        expected_curiosity_reduction,
        variance_sampling,
        curiosity_sampling,
    ):
        ours, theirs = (strategy(m, pool, 5, random_state=0) for m in (net, mlp))
        assert_array_equal(ours[0], theirs[0])
        assert_allclose(ours[1], theirs[1], rtol=1e-7)
    validation = {"X_validation": pool[:7], "y_validation": labels[:7]}
    ours, theirs = (
        influence_sampling(m, pool[7:], 4, **validation) for m in (net, mlp)
    )
    assert_array_equal(ours[0], theirs[0])
    for arguments in ((pool, labels), (pool,)):
        ours, theirs = (
            influence_on_loss(m, *arguments, **validation) for m in (net, mlp)
        )
        assert relative(ours, theirs) < 1e-8
    ours, theirs = (
        influence_on_predictions(m, pool[:5], labels[:5], X_at=pool[5:])
        for m in (net, mlp)
    )
    assert relative(ours, theirs) < 1e-8
    ours, theirs = (hypergradient(m, pool, labels) for m in (net, mlp))
    assert ours == pytest.approx(theirs, rel=1e-8)
    ours = influence_on_parameters(net, pool[:3], labels[:3])
    theirs = influence_on_parameters(mlp, pool[:3], labels[:3])
    for row in range(3):
        expected = np.concatenate(
            [a[row].ravel() for a in theirs["coefs_"] + theirs["intercepts_"]]
        )
        found = {name: value[row] for name, value in ours.items()}
        assert relative(flat(net, found), expected) < 1e-8


def test_the_comparison_can_fail(rng):
    mlp, net, (pool, _) = pair(rng, 1, np.float64)
    other = as_it_is(perceptron(mlp), *problem(rng, 1, np.float64), damping=0.01)
    assert relative(other.predict_tangent(pool), mlp.predict_tangent(pool)) > 1e-3
    assert relative(net.predict_tangent(pool), mlp.predict_tangent(pool)) < 1e-9


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_a_linear_module_is_ridge(rng, n_outputs):
    X, y = problem(rng, n_outputs, np.float64)
    pool, _ = problem(rng, n_outputs, np.float64, 20)
    ridge = CuriousRidge(0.7).fit(X, y)
    torch.manual_seed(0)
    module = nn.Linear(3, n_outputs, dtype=torch.float64)
    options = {"alpha": 0.7, "damping": 0.0, "tangent_solver": "primal"}
    polished = as_it_is(module, X, y, polish=200, **options)
    assert polished.stationarity_ < 1e-7
    assert relative(polished.predict_tangent(pool), ridge.predict_tangent(pool)) < 1e-6
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(np.atleast_2d(ridge.coef_)))
        module.bias.copy_(torch.from_numpy(np.atleast_1d(ridge.intercept_)))
    net = as_it_is(module, X, y, **options)
    assert net.stationarity_ < 1e-13
    assert relative(net.predict(pool), ridge.predict(pool)) < 1e-9
    assert relative(net.predict_tangent(pool), ridge.predict_tangent(pool)) < 1e-9
    assert relative(net.curiosity_score(pool), ridge.curiosity_score(pool)) < 1e-9
    ours, theirs = (m.predict_covariance(pool) for m in (net, ridge))
    assert relative(ours, theirs) < 1e-9
