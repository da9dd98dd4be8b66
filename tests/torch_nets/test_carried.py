"""The tangent that is carried along with training."""

import pickle
from contextlib import nullcontext

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from torch_modules import nn, quick, torch

from skcurious.tangent import ForwardTangent, Network
from skcurious.torch._carried import CarriedTangent, same_when_training
from skcurious.torch._curvature import Diagonal
from skcurious.torch._network import TorchNetwork


def perceptron(dtype=torch.float64, *extra):
    torch.manual_seed(0)
    layers = [nn.Linear(3, 6), nn.Tanh(), *extra, nn.Linear(6, 1)]
    return nn.Sequential(*layers).to(dtype)


class Sized(nn.Sequential):
    def __init__(self, units=4):
        super().__init__(nn.Linear(3, units), nn.Tanh(), nn.Linear(units, 1))


def problem(n=60):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, 3))
    return X, np.sin(X[:, 0]) + X[:, 1]


def follow(module, batches, alpha, n, dual):
    """Carry a tangent past parameters that stay."""
    network = TorchNetwork(module)
    carried = CarriedTangent(network)
    diagonal = Diagonal(network.layout, alpha / n, 0.1 * alpha / n)
    for x in batches:
        carried.begin(x, diagonal)
        evaluate = carried._by_dual_numbers if dual else carried.evaluate
        options = {"autocast": nullcontext} if dual else {}
        module.zero_grad()
        loss, output, pulled = evaluate(
            module, x, lambda out: out.square().mean(), **options
        )
        expected = torch.autograd.grad(
            module(x).square().mean(), list(module.parameters())
        )
        for p, g in zip(module.parameters(), expected, strict=True):
            torch.testing.assert_close(p.grad, g, rtol=1e-10, atol=1e-14)
        torch.testing.assert_close(output, module(x))
        assert loss.item() == pytest.approx(float(output.detach().square().mean()))
        carried.step(pulled, diagonal, 1 / n)
    return carried


@pytest.mark.parametrize("dual", [True, False])
def test_step_by_step_as_the_perceptron_does(dual):
    module = perceptron()
    X, _ = problem()
    batches = [X[i : i + 20] for i in (0, 20, 40)] * 10
    carried = follow(module, [torch.from_numpy(b) for b in batches], 0.5, 60, dual)
    weights = [p.detach().numpy() for p in module.parameters()]
    network = Network([weights[0].T, weights[2].T], [weights[1], weights[3]], "tanh")
    forward = ForwardTangent(np.zeros(network.n_params))
    for b in batches:
        rows = network.linearise(b)
        forward.step(rows, np.full(20, 1 / 20), 0.5 / 60, 0.05 / 60, 1 / 60)
    assert carried.n_steps == forward.n_steps == 30
    for ours, theirs in (
        (carried.tangent, forward.tangent),
        (carried.mean, forward.mean),
        (carried.velocity, forward.velocity),
    ):
        parts = [p.numpy() for p in carried.network.layout.unpack(ours)]
        found = network.pack([parts[0].T, parts[2].T], [parts[1], parts[3]])
        np.testing.assert_allclose(found, theirs, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("kind", ["plain", "dropout", "batch norm"])
def test_it_settles_where_the_solve_ends(kind):
    extra = {
        "plain": [],
        "dropout": [nn.Dropout(0.2)],
        "batch norm": [nn.BatchNorm1d(6)],
    }[kind]
    module = perceptron(torch.float64, *extra)
    X, y = problem()
    net = quick(
        module,
        tangent="carried",
        optimizer=torch.optim.SGD,
        lr=1e-12,  # parameters at rest
        batch_size=-1,
        max_epochs=800,
        alpha=10.0,
    )
    module(torch.from_numpy(X))
    if kind == "batch norm":
        module[2].momentum = 0.0  # statistics at rest
    net.fit(X, y)
    assert net.tangent_solver_ == "carried"
    assert net.tangent_n_iter_ == 800
    assert net.tangent_residual_ < 1e-2
    carried = net.predict_tangent(X)
    scores = net.curiosity_score(X)
    with pytest.raises(ValueError, match=r"After tangent='carried'.*fit_tangent"):
        net.predict_covariance(X)
    net.fit_tangent(X, y)
    np.testing.assert_allclose(net.predict_tangent(X), carried, rtol=0.02, atol=1e-4)
    assert net.predict_covariance(X).shape == (60, 60)
    if kind != "dropout":  # of which training has another error
        assert np.corrcoef(scores, net.curiosity_score(X))[0, 1] > 0.999


def test_training_is_untouched():
    X, y = problem()
    weights = []
    for tangent in ("solve", "carried"):
        torch.manual_seed(1)
        net = quick(perceptron(), tangent=tangent, batch_size=20).fit(X, y)
        weights.append([p.detach().numpy() for p in net.module_.parameters()])
        losses = net.history[:, "train_loss"]
    for ours, theirs in zip(*weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-14)
    assert losses[-1] < losses[0]


def test_dropout_is_noticed_and_leaves_no_trace():
    module = perceptron(torch.float32, nn.Dropout(0.5), nn.BatchNorm1d(6))
    x = torch.randn(9, 3)
    before = {k: v.clone() for k, v in module.state_dict().items()}
    plain = TorchNetwork(perceptron())
    state = torch.random.get_rng_state()
    assert not same_when_training(TorchNetwork(module), x)
    assert same_when_training(plain, x.double())
    assert torch.equal(state, torch.random.get_rng_state())
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name])
    assert module.training


def test_partial_fit_goes_on():
    X, y = problem()
    net = quick(perceptron(), tangent="carried", batch_size=20, max_epochs=3)
    net.fit(X, y)
    assert net.tangent_n_iter_ == 9
    net.partial_fit(X, y)
    assert net.tangent_n_iter_ == 18
    net.fit(X, y)
    assert net.tangent_n_iter_ == 9
    assert net.noise_variance_ > 0
    again = pickle.loads(pickle.dumps(net)).partial_fit(X, y)
    assert again.tangent_n_iter_ == 18
    assert np.isfinite(again.curiosity_score(X)).all()


def test_a_module_made_anew_has_a_tangent_of_its_own():
    X, y = problem()
    net = quick(Sized, tangent="carried", batch_size=20, max_epochs=3).fit(X, y)
    net.set_params(module__units=7, verbose=0).partial_fit(X, y)
    assert net.tangent_n_iter_ == 9
    assert net.params_tangent_["0.weight"].shape == (7, 3)


def test_no_warnings_of_a_tangent_that_settles(recwarn):
    X, y = problem()
    quick(perceptron(), tangent="carried", batch_size=20, max_epochs=3).fit(X, y)
    assert not any(issubclass(w.category, ConvergenceWarning) for w in recwarn)
