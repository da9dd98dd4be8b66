"""The tangent kernel of layers against gradients of single rows."""

import pytest
import torch_modules
from torch_modules import nn, torch

from skcurious.torch._capture import capture, make_plan
from skcurious.torch._network import TorchNetwork

assert torch_modules


class Residual(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.inner = nn.Linear(size, size)

    def forward(self, x):
        return x + torch.tanh(self.inner(x))


class InPlace(nn.Module):
    """Changes what its layers gave."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(4, 6), nn.Linear(6, 6)
        self.last = nn.Linear(6, 1)

    def forward(self, x):
        x = self.first(x).relu_()
        return self.last(self.second(x).mul_(0.5).tanh_())


class Twice(nn.Module):
    """One layer, called twice."""

    def __init__(self):
        super().__init__()
        self.layer, self.last = nn.Linear(4, 4), nn.Linear(4, 1)

    def forward(self, x):
        return self.last(torch.tanh(self.layer(torch.tanh(self.layer(x)))))


class Tied(nn.Module):
    """A weight that is used outside of its layer, too."""

    def __init__(self):
        super().__init__()
        self.layer, self.last = nn.Linear(4, 4), nn.Linear(4, 1)

    def forward(self, x):
        x = torch.tanh(self.layer(x))
        return self.last(x @ self.layer.weight)


class Own(nn.Module):
    """Parameters of its own, and one that plays no part."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([1.0, 2.0, 0.5, -1.0]))
        self.unused = nn.Parameter(torch.ones(3))
        self.idle = nn.Linear(2, 2)
        self.last = nn.Linear(4, 1)

    def forward(self, x):
        return self.last(torch.sin(self.scale * x))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(11, 8)
        self.block = nn.TransformerEncoderLayer(8, 2, 16, 0.1, batch_first=True)
        self.last = nn.Linear(8, 1)

    def forward(self, x):
        return self.last(self.block(self.table(x)).mean(dim=1))


class Words(nn.Module):
    def __init__(self, n_entries, padding=None):
        super().__init__()
        self.table = nn.Embedding(n_entries, 3, padding_idx=padding)
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        return self.last(torch.tanh(self.table(x)).sum(dim=1))


class Tokens(nn.Module):
    """Linear layers at positions: few of them, or many."""

    def __init__(self, wide):
        super().__init__()
        self.inner, self.last = nn.Linear(2, wide), nn.Linear(wide, wide)

    def forward(self, x):
        x = x.reshape(len(x), -1, 2)
        return self.last(torch.tanh(self.inner(x))).sum(dim=(1, 2))


class Crossed(nn.Module):
    """Rows are the second dimension inside."""

    def __init__(self):
        super().__init__()
        self.inner, self.last = nn.Linear(2, 3), nn.Linear(3, 1)

    def forward(self, x):
        x = x.reshape(len(x), 2, 2).transpose(0, 1)
        return self.last(torch.tanh(self.inner(x))).sum(dim=0)


def conv(kind, *arguments, **options):
    size = {nn.Conv1d: 1, nn.Conv2d: 2, nn.Conv3d: 3}[kind]
    return nn.Sequential(
        nn.Unflatten(1, (4, *[6] * size)),
        kind(4, 6, *arguments, **options),
        nn.Tanh(),
        nn.Flatten(),
        nn.LazyLinear(2),
    )


def norms(layer, *shape):
    return nn.Sequential(
        nn.Unflatten(1, shape), layer, nn.Tanh(), nn.Flatten(), nn.LazyLinear(1)
    )


def batch_norm():
    module = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(inplace=True))
    module.append(nn.Linear(6, 1))
    module(torch.randn(30, 4))  # running statistics
    return module


# name: module, numbers of a row (integers below n where negative), layers that know
CASES = {
    "linear": (lambda: nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)), 4),
    "no bias": (lambda: nn.Linear(4, 2, bias=False), 4),
    "conv1d": (lambda: conv(nn.Conv1d, 3), 24),
    "stride": (lambda: conv(nn.Conv2d, 3, stride=2, padding=1), 144),
    "groups": (lambda: conv(nn.Conv2d, (3, 2), groups=2, bias=False), 144),
    "dilation": (lambda: conv(nn.Conv2d, 3, dilation=(2, 1), padding="same"), 144),
    "circular": (lambda: conv(nn.Conv1d, 3, padding=2, padding_mode="circular"), 24),
    "conv3d": (lambda: conv(nn.Conv3d, 2, stride=(1, 2, 3), padding=(1, 0, 1)), 864),
    "layer norm": (lambda: norms(nn.LayerNorm((3, 4)), 2, 3, 4), 24),
    "layer norm of rows": (lambda: norms(nn.LayerNorm(4), 4), 4),
    "group norm": (lambda: norms(nn.GroupNorm(2, 4), 4, 3), 12),
    "batch norm": (batch_norm, 4),
    "residual": (lambda: nn.Sequential(Residual(4), Residual(4), nn.Linear(4, 1)), 4),
    "in place": (InPlace, 4),
    "twice": (Twice, 4),
    "tied": (Tied, 4),
    "own": (Own, 4),
    "attention": (Attention, -5),
    "embedding": (lambda: Words(11), -3),
    "embedding formed": (lambda: Words(5), -4),
    "padding": (lambda: Words(11, padding=2), -3),
    "few tokens": (lambda: Tokens(30), 4),
    "many tokens": (lambda: Tokens(3), 40),
    "crossed": (Crossed, 4),
}
# Parameters that get their gradients row by row.
ROW_BY_ROW = {
    "tied": ["layer.weight", "layer.bias"],
    "own": ["scale", "unused", "idle.weight", "idle.bias"],
    "crossed": ["inner.weight", "inner.bias", "last.weight", "last.bias"],
    "attention": [
        f"block.self_attn.{name}"
        for name in (
            "in_proj_weight",
            "in_proj_bias",
            "out_proj.weight",
            "out_proj.bias",
        )
    ],
}


def make(name):
    torch.manual_seed(0)
    build, size = CASES[name]
    module = build()
    if size < 0:
        x = torch.randint(0, 5, (7, -size))
    else:
        x = torch.randn(7, size, dtype=torch.float64)
        module(x.float())  # lazy layers
    network = TorchNetwork(module.double())
    for part in network.tensors:  # norms start at one and zero
        part += 0.1 * torch.randn_like(part)
    return network, x


def jacobian(network, x):
    """Row by row, output by output, by torch alone."""
    network.module.eval()
    named = dict(network.module.named_parameters())
    rows = []
    for i in range(len(x)):
        out = network.module(x[i : i + 1]).reshape(-1)
        each = []
        for k in range(len(out)):
            parts = torch.autograd.grad(
                out[k], list(named.values()), retain_graph=True, allow_unused=True
            )
            parts = [
                torch.zeros_like(p) if g is None else g
                for g, p in zip(parts, named.values(), strict=True)
            ]
            each.append(torch.cat([g.reshape(-1) for g in parts]))
        rows.append(torch.stack(each))
    return torch.stack(rows)


@pytest.mark.parametrize("name", CASES)
def test_kernel_and_derivatives(name):
    network, x = make(name)
    truth = jacobian(network, x)
    n, k, size = truth.shape
    assert size == network.n_params
    names = network.layout.names
    diagonal = {name: 0.5 + 0.25 * i for i, name in enumerate(names)}
    flat = torch.cat(
        [
            torch.full((s,), diagonal[name], dtype=torch.float64)
            for name, s in zip(names, network.layout.sizes, strict=True)
        ]
    )
    features = capture(network, x)
    other = capture(network, x[2:])
    expected = torch.einsum("nkp,mlp->nkml", truth / flat, truth)
    close = {"rtol": 1e-9, "atol": 1e-9 * float(expected.abs().max())}
    torch.testing.assert_close(
        features.kernel(other, diagonal), expected[:, :, 2:], **close
    )
    own = torch.einsum("nknl->nkl", expected)
    torch.testing.assert_close(features.own_kernel(diagonal), own, **close)
    torch.testing.assert_close(features.jacobian(), truth, rtol=1e-9, atol=1e-11)
    assert sorted(network.plan[1]) == sorted(ROW_BY_ROW.get(name, []))
    # Derivatives along directions, and pulls.
    rows = network.linearise(x)
    direction = torch.randn(size, dtype=torch.float64)
    moved = truth @ direction
    torch.testing.assert_close(rows.jvp(direction), moved, rtol=1e-8, atol=1e-10)
    pull = torch.randn(n, k, 2, dtype=torch.float64)
    expected = torch.einsum("nkp,nkm->pm", truth, pull)
    torch.testing.assert_close(rows.vjp_many(pull), expected, rtol=1e-8, atol=1e-10)
    both = torch.einsum("nkp,nk->p", truth, moved)
    found = rows.jvp_and_pull(direction, 1.0)
    torch.testing.assert_close(found, both, rtol=1e-8, atol=1e-9)
    # The same from what layers know.
    parts = network.layout.unpack(direction)
    torch.testing.assert_close(features.along(parts), moved, rtol=1e-8, atol=1e-10)
    found = network.layout.pack(features.pull(pull[:, :, 0]))
    once = torch.einsum("nkp,nk->p", truth, pull[:, :, 0])
    torch.testing.assert_close(found, once, rtol=1e-8, atol=1e-9)
    assert rows.features is rows.features
    torch.testing.assert_close(rows.gauss_newton(direction), both, rtol=1e-8, atol=1e-9)
    # For given weights on the outputs instead of each output.
    weighted = capture(network, x, [pull[:, :, 0]]).jacobian()[:, 0]
    expected = torch.einsum("nkp,nk->np", truth, pull[:, :, 0])
    torch.testing.assert_close(weighted, expected, rtol=1e-8, atol=1e-10)


def test_the_comparison_can_fail():
    network, x = make("linear")
    ones = dict.fromkeys(network.layout.names, 1.0)
    kernel = capture(network, x).kernel(capture(network, x), ones)
    truth = jacobian(network, x)
    wrong = torch.einsum("nkp,mlp->nkml", truth, truth.flip(2))
    assert not torch.allclose(kernel, wrong)


def test_a_layer_whose_claim_is_wrong_is_found_out(monkeypatch):
    from skcurious.torch import _layers

    network, x = make("linear")
    right = _layers.linear_gradients
    monkeypatch.setattr(
        _layers,
        "linear_gradients",
        lambda *a: {n: 1.01 * g for n, g in right(*a).items()},
    )
    known, rest, _ = make_plan(network, x[:2])
    assert known == {}
    assert rest == network.layout.names


def test_rows_that_depend_on_each_other_are_refused():
    module = nn.Sequential(
        nn.Linear(4, 3), nn.BatchNorm1d(3, track_running_stats=False), nn.Linear(3, 1)
    )
    with pytest.raises(ValueError, match=r"depend on the rows.*track_running_stats"):
        capture(TorchNetwork(module), torch.randn(5, 4))


def test_training_mode_comes_back():
    network, x = make("batch norm")
    network.module.train()
    network.module[1].eval()
    network.linearise(x).jvp(torch.ones(network.n_params, dtype=torch.float64))
    assert network.module.training
    assert not network.module[1].training
