"""Weights of rows, and tangents of layers."""

import numpy as np
import pytest
from networks import quick as quick_mlp
from numpy.testing import assert_allclose, assert_array_equal
from torch_modules import ValidSplit, as_it_is, nn, perceptron, quick, torch

from skcurious.torch import _carried

pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")


def problem(rng, n_outputs=1, n=30):
    X = rng.standard_normal((n, 3))
    Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1], X[:, 2] ** 2])[:, :n_outputs]
    return X, (Y[:, 0] if n_outputs == 1 else Y), rng.integers(0, 4, n)


def module(n_outputs=1):
    torch.manual_seed(0)
    layers = nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4), nn.Tanh()
    return nn.Sequential(*layers, nn.Linear(4, n_outputs)).double()


def repeated(X, y, weights):
    return np.repeat(X, weights, axis=0), np.repeat(y, weights, axis=0)


def relative(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


class Weighted(torch.utils.data.Dataset):
    """Rows with their weights, one by one."""

    def __init__(self, X, y, weights):
        self.rows = X, y, weights.astype(float)

    def __len__(self):
        return len(self.rows[0])

    def __getitem__(self, i):
        x, y, weight = (part[i] for part in self.rows)
        return {"X": x, "sample_weight": weight}, y


# -- the solve -------------------------------------------------------------------------


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("solver", ["dual", "primal", "cg"])
def test_same_numbers_as_the_perceptron(rng, solver, n_outputs):
    X, y, weights = problem(rng, n_outputs)
    weights = weights * 0.7
    mlp = quick_mlp(hidden_layer_sizes=(6, 5), tangent_solver="dual")
    mlp.fit(X, y, sample_weight=weights)
    net = quick(perceptron(mlp), tangent_solver=solver, tangent_tol=1e-12).initialize()
    net.fit_tangent(X, y, sample_weight=weights)
    pool = problem(rng)[0]
    for method in ("predict_tangent", "curiosity_score", "predict_covariance"):
        found, expected = (getattr(m, method)(pool) for m in (net, mlp))
        assert relative(found, expected) < 1e-9
    found, expected = (m.predict(pool, return_std=True)[1] for m in (net, mlp))
    assert relative(found, expected) < 1e-9
    assert net.noise_variance_ == pytest.approx(mlp.noise_variance_, rel=1e-12)
    assert net.stationarity_ == pytest.approx(mlp.stationarity_, rel=1e-3)
    assert_allclose(net.linearised_.units, mlp.linearised_.units, rtol=1e-12)
    unweighted = as_it_is(perceptron(mlp), X, y)
    assert relative(unweighted.predict_tangent(X), mlp.predict_tangent(X)) > 1e-2


@pytest.mark.parametrize("options", [{"n_projections": 30}, {"polish": 20}])
def test_a_weight_of_two_is_two_rows(rng, options):
    X, y, weights = problem(rng)
    net = quick(module(), alpha=1.0, **options).initialize()
    net.fit_tangent(X, y, sample_weight=weights)
    twice = as_it_is(module(), *repeated(X, y, weights), alpha=1.0, **options)
    for method in ("predict", "predict_tangent", "predict_covariance"):
        assert relative(getattr(net, method)(X), getattr(twice, method)(X)) < 1e-7


# -- training --------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["solved", "by layers", "dual numbers", "apart"])
def test_training_takes_a_weight_of_two_for_two_rows(rng, monkeypatch, way):
    # Few: with more than 64 values the curvature is looked at now and then.
    X, y, weights = problem(rng, 2 if way == "dual numbers" else 1, n=12)
    options = {"max_epochs": 30, "batch_size": -1, "lr": 1e-2, "alpha": 1.0}
    if way != "solved":
        options["tangent"] = "carried"
    if way == "apart":  # as where training mode differs
        monkeypatch.setattr(_carried, "same_when_training", lambda *a: False)
    n_outputs = 1 if y.ndim == 1 else 2
    net = quick(module(n_outputs), **options).fit(X, y, sample_weight=weights)
    twice = quick(module(n_outputs), **options).fit(*repeated(X, y, weights))
    assert_allclose(net.predict(X), twice.predict(X), rtol=1e-9)
    assert relative(net.predict_tangent(X), twice.predict_tangent(X)) < 1e-6
    assert net.noise_variance_ == pytest.approx(twice.noise_variance_, rel=1e-9)
    assert_allclose(
        net.history[:, "train_loss"], twice.history[:, "train_loss"], rtol=1e-9
    )
    assert relative(twice.predict(X), quick(module(n_outputs)).fit(X, y).predict(X)) > 0


def test_residual_of_a_carried_tangent(rng):
    X, y, weights = problem(rng)
    options = {"max_epochs": 5, "batch_size": -1, "tangent": "carried", "alpha": 1.0}
    net = quick(module(), **options).fit(X, y, sample_weight=weights)
    twice = quick(module(), **options).fit(*repeated(X, y, weights))
    assert net.tangent_residual_ == pytest.approx(twice.tangent_residual_, rel=1e-6)


def test_minibatches_add_up_to_all_rows(rng):
    X, y, weights = problem(rng)
    whole = quick(module(), max_epochs=1, batch_size=-1, lr=0.0)
    parts = quick(module(), max_epochs=1, batch_size=10, lr=0.0)
    for net in (whole, parts):
        net.fit(X, y, sample_weight=weights)
    losses = [net.history[-1, "train_loss"] for net in (whole, parts)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)


# -- data ------------------------------------------------------------------------------


def test_datasets_with_weights(rng):
    X, y, weights = problem(rng)
    expected = quick(module()).fit(X, y, sample_weight=weights)
    dataset = Weighted(X, y, weights)
    net = quick(module()).fit(dataset)
    found = np.ravel(net.predict_tangent(X))  # the dataset's y has two dimensions
    assert_allclose(found, expected.predict_tangent(X), rtol=1e-9)
    assert_allclose(np.ravel(net.predict(dataset)), expected.predict(X), rtol=1e-9)
    scores = net.curiosity_score(dataset)
    assert_allclose(scores, expected.curiosity_score(X), rtol=1e-9)


def test_validation_split_and_going_on(rng):
    X, y, weights = problem(rng)
    split = ValidSplit(3)
    net = quick(module(), train_split=split, lr=0.0, max_epochs=1, alpha=0.0)
    net.set_params(damping=1.0).fit(X, y, sample_weight=weights)
    train, valid = split(np.arange(30))[:2]
    train, valid = (np.asarray(part.indices) for part in (train, valid))
    squares = np.square(net.predict(X) - y)
    expected = np.mean(weights[valid] * squares[valid]) / weights[train].mean()
    assert net.history[-1, "valid_loss"] == pytest.approx(expected, rel=1e-12)
    expected = np.average(squares[train], weights=weights[train])
    assert net.noise_variance_ == pytest.approx(expected, rel=1e-12)
    net.partial_fit(X, y, sample_weight=np.ones(30))
    assert net.noise_variance_ == pytest.approx(np.mean(squares[train]), rel=1e-12)


@pytest.mark.parametrize("method", ["fit", "fit_tangent", "partial_fit"])
def test_weights_that_cannot_be(rng, method):
    X, y, weights = problem(rng)
    net = quick(module(), max_epochs=1).initialize()
    fit = getattr(net, method)
    with pytest.raises(ValueError, match="Negative values in data"):
        fit(X, y, sample_weight=weights - 1.0)
    with pytest.raises(ValueError, match=r"(?i)weights? .*zero"):
        fit(X, y, sample_weight=0 * weights)
    with pytest.raises(ValueError, match="Negative values in data"):
        fit(Weighted(X, y, weights - 1))
    with pytest.raises(ValueError, match="given together with a dataset"):
        fit(Weighted(X, y, weights), None, sample_weight=weights)


def test_other_dicts_are_refused(rng):
    X, y, _ = problem(rng)

    class Pairs(Weighted):
        def __getitem__(self, i):
            return {"left": self.rows[0][i], "right": self.rows[0][i]}, y[i]

    with pytest.raises(TypeError, match=r"got a dict of \['left', 'right'\]"):
        quick(module(), max_epochs=1).fit(Pairs(X, y, y))


# -- layers ----------------------------------------------------------------------------


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("solver", ["dual", "cg"])
def test_tangents_of_layers_are_those_of_the_perceptron(rng, solver, n_outputs):
    X, y, _ = problem(rng, n_outputs)
    options = {"layer_tangents": True}
    mlp = quick_mlp(hidden_layer_sizes=(6, 5), tangent_solver="dual", **options)
    mlp.fit(X, y)
    options |= {"tangent_solver": solver, "tangent_tol": 1e-12}
    net = as_it_is(perceptron(mlp), X, y, **options)
    assert net.linearised_.parts.shape[1] == 3
    for arguments in ((X,), (X, y)):
        found, expected = (m.curiosity_score(*arguments) for m in (net, mlp))
        assert relative(found, expected) < 1e-8
    assert relative(net.predict_tangent(X), mlp.predict_tangent(X)) < 1e-9
    whole = as_it_is(perceptron(mlp), X, y)
    assert_allclose(whole.predict_tangent(X), net.predict_tangent(X), rtol=1e-6)
    assert relative(whole.curiosity_score(X), mlp.curiosity_score(X)) > 1e-2


def test_layers_are_modules_with_penalised_parameters(rng):
    X, y, _ = problem(rng)
    net = as_it_is(module(), X, y, layer_tangents=True, penalised=lambda n, p: True)
    columns = net.linearised_.network.penalised_layers
    assert columns.shape[1] == 3  # a weight and a bias each
    total = net.linearised_.network.penalised_parameters
    assert_array_equal(columns.sum(dim=1), total)
    net = as_it_is(
        module(),
        X,
        y,
        layer_tangents=True,
        damping=1.0,
        penalised=lambda n, p: False,
    )
    assert_array_equal(net.curiosity_score(X), np.zeros(30))
