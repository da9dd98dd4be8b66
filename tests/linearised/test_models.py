"""Every model against what follows from its jvp, vjp and solve alone."""

import numpy as np
import pytest
from networks import quick
from numpy.testing import assert_allclose

from skcurious import CuriousKernelRidge, CuriousRidge
from skcurious.linearised import ExplicitModel, LinearisedModel
from skcurious.linearised._blocks import mean_of_outputs

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class TwoOutputs(ExplicitModel):
    """``f_k(x) = x . theta_k + x_0 theta_0``: two outputs that share a parameter."""

    def __init__(self, X, Y, weights, alpha):
        gradients = self.gradients(X)
        W = np.repeat(weights, 2)
        H = (gradients * W) @ gradients.T + alpha * np.eye(len(gradients))
        self.inverse = np.linalg.inv(H)
        self.theta = self.inverse @ (gradients * W) @ Y.ravel()
        super().__init__(
            n_outputs=2,
            flat=False,
            noise_variance=1.0,
            tangent=-self.inverse @ self.theta[:, None],
        )

    def gradients(self, rows):
        n, d = rows.shape
        gradients = np.zeros((2 * d + 1, n, 2))
        gradients[:d, :, 0] = gradients[d : 2 * d, :, 1] = rows.T
        gradients[-1] = rows[:, :1]
        return gradients.reshape(-1, 2 * n)

    def output(self, rows):
        return (self.gradients(rows).T @ self.theta).reshape(-1, 2)

    def solve(self, gradient):
        return self.inverse @ gradient

    def complexity(self):
        return 0.5 * self.theta @ self.theta

    def attributes(self, direction):
        return {"theta_": direction.T}


def network(**options):
    return quick(hidden_layer_sizes=(3,), damping=0.1, tangent_tol=1e-13, **options)


ESTIMATORS = {
    "ridge": CuriousRidge(alpha=0.7),
    "ridge without intercept": CuriousRidge(alpha=0.7, fit_intercept=False),
    "ridge by svd": CuriousRidge(alpha=0.7, solver="svd"),
    "ridge by cg": CuriousRidge(alpha=0.7, solver="sparse_cg", tol=1e-14),
    "kernel": CuriousKernelRidge(alpha=0.7, kernel="rbf", gamma=0.3),
    "kernel about its mean": CuriousKernelRidge(
        alpha=0.7, kernel="rbf", gamma=0.3, fit_intercept=True
    ),
    "network, primal": network(tangent_solver="primal"),
    "network, dual": network(tangent_solver="dual"),
    "network, cg": network(tangent_solver="cg"),
}
CASES = [
    pytest.param(name, n_outputs, weighted, each, id=f"{name}-{n_outputs}-{how}")
    for name in ESTIMATORS
    for n_outputs, weighted, each, how in [
        (1, False, False, "plain"),
        (1, True, False, "weighted"),
        (2, False, False, "plain"),
        (2, True, False, "weighted"),
        (2, True, True, "weighted, an alpha each"),
    ]
    if not (each and "network" in name)
]


@pytest.fixture
def rows_of(rng):
    """The model of a case, seven rows for it, and as it sees them."""
    X, pool = rng.standard_normal((20, 4)), rng.standard_normal((7, 4))
    Y = np.column_stack([X[:, 0] + np.sin(X[:, 1]), X[:, 2]])
    Y += 0.3 * rng.standard_normal(Y.shape)
    weights = rng.uniform(0.5, 2, 20)

    def make(name, n_outputs, weighted, each):
        if name == "explicit":
            model = TwoOutputs(X, Y, weights, 0.7)
            return model, pool, model.at(pool)
        estimator = ESTIMATORS[name]
        if each:
            estimator.set_params(alpha=[0.7, 2.0])
        y = Y if n_outputs == 2 else Y[:, 0]
        try:
            fitted = estimator.fit(X, y, weights if weighted else None)
        finally:
            if each:
                estimator.set_params(alpha=0.7)
        model = fitted.linearised_
        return model, pool, model.at(pool)

    return make


EXPLICIT = pytest.param("explicit", 2, True, False, id="explicit")
every_case = pytest.mark.parametrize(
    ("name", "n_outputs", "weighted", "each"), [*CASES, EXPLICIT]
)


def close(got, expected, rtol=1e-10):
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape
    assert_allclose(got, expected, rtol=0, atol=rtol * np.abs(expected).max())


def derived_blocks(model, pool, rows):
    """h(x, z) of all pairs of outputs, one solve at a time."""
    h = np.empty((len(pool), model.n_outputs, len(pool), model.n_outputs))
    for j in range(len(pool)):
        for k in range(model.n_outputs):
            cotangent = np.eye(model.n_outputs)[[k]]
            direction = model.solve(model.vjp(model.at(pool[[j]]), cotangent))
            h[:, :, j, k] = model.jvp(rows, direction)[:, :, 0]
    return h


@every_case
def test_leverages(rows_of, name, n_outputs, weighted, each):
    model, pool, rows = rows_of(name, n_outputs, weighted, each)
    full = derived_blocks(model, pool, rows)
    expected = full
    if model.n_blocks < n_outputs:  # all share h, and do not meet
        expected = full[:, :1, :, :1]
        close(full, expected * np.eye(n_outputs)[:, None])
    representers = model.representers(rows)
    close(model.leverage_blocks(rows, representers), expected)
    close(model.leverage(rows, representers), mean_of_outputs(full))
    close(model.leverage_diagonal(rows), np.einsum("njnk->njk", expected))
    own = np.einsum("nknk->nk", expected)
    weight = np.linspace(0.5, 1, len(pool))
    close(model.one_plus_leverage(pool, weight), 1 + weight[:, None] * own)


@every_case
def test_tangent_is_a_derivative_along_a_direction(
    rows_of, name, n_outputs, weighted, each
):
    model, _, rows = rows_of(name, n_outputs, weighted, each)
    close(model.tangent_at(rows), LinearisedModel.tangent_at(model, rows))
    close(model.parts_at(rows), model.tangent_at(rows)[:, :, None])


@every_case
def test_adjoints(rows_of, rng, name, n_outputs, weighted, each):
    model, pool, rows = rows_of(name, n_outputs, weighted, each)
    r = rng.standard_normal((len(pool), n_outputs))
    parts = [(model.at(pool[:3]), r[:3]), (model.at(pool[3:]), r[3:])]
    adjoint = model.adjoint(parts)
    expected = np.einsum("njmk,mk->nj", derived_blocks(model, pool, rows), r)
    close(model.adjoint_at(rows, adjoint), expected)


@every_case
def test_influence_of_each_row(rows_of, rng, name, n_outputs, weighted, each):
    model, pool, rows = rows_of(name, n_outputs, weighted, each)
    pull = rng.standard_normal((len(pool), n_outputs))
    directions = model.row_directions(rows, pull)
    full = derived_blocks(model, pool, rows)
    close(model.jvp(rows, directions), np.einsum("njmk,mk->njm", full, pull))
    influence = model.parameter_influence(rows, pull)
    if name == "kernel about its mean":
        # Coefficients of one function are not unique: those that sum to zero count.
        for key, value in model.attributes(directions).items():
            close(influence[key], value)
        return
    for i in range(len(pool)):
        one = model.solve(model.vjp(model.at(pool[[i]]), pull[[i]]))
        for key, value in model.attributes(one).items():
            for got, expected in zip(
                influence[key] if isinstance(value, list) else [influence[key]],
                value if isinstance(value, list) else [value],
                strict=True,
            ):
                close(got[i], expected[0], 1e-9)


@every_case
def test_jvp_and_vjp_are_adjoint(rows_of, rng, name, n_outputs, weighted, each):
    model, pool, rows = rows_of(name, n_outputs, weighted, each)
    r = rng.standard_normal((len(pool), n_outputs))
    gradient = model.vjp(rows, r)
    if name.startswith("kernel"):
        dual, _, constant = model.tangent
        seen, _ = gradient
        root = 1 if model.sqrt_weights is None else model.sqrt_weights[:, None]
        pairing = np.vdot(dual[:, :, 0], seen / root) + constant[:, 0] @ r.sum(axis=0)
    elif isinstance(gradient, tuple):
        pairing = sum(
            np.vdot(g, d[..., 0]) for g, d in zip(gradient, model.tangent, strict=True)
        )
    else:
        pairing = np.vdot(gradient, model.tangent)
    along = model.jvp(rows, model.tangent)[:, :, 0]
    assert np.vdot(along, r) == pytest.approx(pairing, rel=1e-10)


@pytest.mark.parametrize(
    ("name", "n_outputs"),
    [(n, k) for n in ESTIMATORS if "network" in n for k in (1, 2)] + [("explicit", 2)],
)
def test_inherited_forms(rows_of, rng, name, n_outputs):
    """Those of LinearisedModel, of models whose gradients are arrays."""
    model, pool, rows = rows_of(name, n_outputs, True, False)
    inherited = LinearisedModel
    theirs = inherited.representers(model, rows)
    mine = model.representers(rows)
    close(
        model.leverage_blocks(rows, mine),
        inherited.leverage_blocks(model, rows, theirs),
    )
    diagonal = inherited.leverage_diagonal(model, rows)
    close(model.leverage_diagonal(rows), diagonal)
    r = rng.standard_normal((len(pool), n_outputs))
    close(model.row_directions(rows, r), inherited.row_directions(model, rows, r))
    gradients = model.gradients(rows)
    assert gradients.shape == (len(model.tangent), len(pool) * n_outputs)
    close(model.vjp(rows, r), gradients @ r.reshape(-1, 1))
    along = (gradients.T @ model.tangent).reshape(len(pool), n_outputs, 1)
    close(model.jvp(rows, model.tangent), along)


@every_case
def test_memory_is_counted(rows_of, name, n_outputs, weighted, each):
    model, _, _ = rows_of(name, n_outputs, weighted, each)
    assert 0 < model.row_bytes(False) <= model.row_bytes(True)
    rounding = model.leverage_rounding(model.at(np.ones((2, 4))))
    assert rounding.shape == (2,)
    assert ((rounding > 0) & (rounding < 1e-12)).all()
