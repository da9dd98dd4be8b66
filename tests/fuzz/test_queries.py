"""Queries against utilities from exact algebra, label after imagined label."""

from dataclasses import dataclass, replace
from functools import partial

import pytest

pytest.importorskip("hypothesis")
pytest.importorskip("flint")

import numpy as np
from flint import arb
from fuzz.exact import (
    exact,
    imagined,
    kernel_matrix,
    kernel_ridge,
    ridge,
    root,
    settled,
    squared,
)
from fuzz.judge import Case
from fuzz.questions import numbers, shaped, zero_rounding
from fuzz.runs import hostile
from fuzz.tables import LONG, NEAR, Table, of_targets, tables
from hypothesis import strategies as st

from skcurious import CuriousKernelRidge, CuriousRidge
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    pool_status,
    random_sampling,
    variance_sampling,
)

MILD = "none", "none", "usual", "usual", "wide"
STRATEGIES = {
    "curiosity": curiosity_sampling,
    "curiosity, top": partial(curiosity_sampling, batch="top"),
    "curiosity, sample": partial(curiosity_sampling, batch="sample"),
    "variance": variance_sampling,
    "reduction, tangent": partial(expected_curiosity_reduction, weights="tangent"),
    "reduction, variance": partial(expected_curiosity_reduction, weights="variance"),
    "reduction, uniform": partial(expected_curiosity_reduction, weights="uniform"),
    "influence": influence_sampling,
    "random": random_sampling,
}
# What is asked of several targets, too, each in units of its own labels.
SEVERAL = "curiosity", "curiosity, top", "curiosity, sample", "variance", "random"


@dataclass(frozen=True)
class Recipe:
    """A table, a model, and what is asked."""

    table: Table
    alpha: object = 1.0
    kernel: str | None = None
    fit_intercept: bool = True
    strategy: str = "curiosity"
    n_pool: int = 4
    n_instances: int = 1
    cost: str | None = None
    repeated: bool = False


RECIPES = st.builds(
    Recipe,
    table=tables(MILD, n_max=8, d_max=4, targets=2, dtypes=("float64",), columns=NEAR),
    alpha=st.one_of(
        st.sampled_from([1.0, 0.1, 1e-3, 1e-6, 10.0, 1e4]), st.just((1.0, 0.01))
    ),
    # A linear kernel with an intercept and large rows is an open question, too.
    kernel=st.sampled_from([None, None, "rbf", "laplacian", *["linear"] * bool(LONG)]),
    fit_intercept=st.booleans(),
    strategy=st.sampled_from(sorted(STRATEGIES)),
    n_pool=st.integers(1, 8),
    n_instances=st.integers(1, 8),
    cost=st.sampled_from([None, None, "uniform", "wide", "equal", "integers"]),
    repeated=st.booleans(),
)


def problem(recipe):
    """A model, its numbers, prices, and a function that fits it exactly."""
    n_validation = 3
    X, Y, weights, rows = recipe.table.arrays(n_pool=recipe.n_pool + n_validation)
    if recipe.strategy not in SEVERAL:
        Y = Y[:, :1]
    pool, validation = rows[: recipe.n_pool], rows[recipe.n_pool :]
    if recipe.repeated:
        pool = pool[np.arange(len(pool)) // 2]
    rng = np.random.default_rng(recipe.table.seed)
    labels = np.resize(Y, (n_validation, Y.shape[1])) + rng.standard_normal(
        (n_validation, Y.shape[1])
    )
    u = rng.random(len(pool))
    cost = {
        None: None,
        "uniform": 0.5 + u,
        "wide": 10.0 ** (16 * u - 8),
        "equal": np.full(len(pool), 0.3),
        "integers": rng.integers(1, 4, len(pool)),
    }[recipe.cost]
    alpha, each_alpha = of_targets(recipe.alpha, Y.shape[1])
    options = {"fit_intercept": recipe.fit_intercept}
    if recipe.kernel is None:
        model = CuriousRidge(alpha, **options)
    else:
        model = CuriousKernelRidge(alpha, kernel=recipe.kernel, gamma=0.3, **options)

    def fit_exactly(X, Y, weights, pool):
        if recipe.kernel is None:
            return ridge(X, Y, weights, each_alpha, recipe.fit_intercept, pool)
        matrices = (
            kernel_matrix(A, B, recipe.kernel, 0.3)
            for A, B in ((X, X), (pool, X), (pool, pool))
        )
        K, cross, among = matrices
        return kernel_ridge(
            K, Y, weights, each_alpha, recipe.fit_intercept, cross, among
        )

    given = numbers(X, Y, weights, pool)
    given |= {"validation": validation, "labels": labels}
    return model, given, weights, cost, fit_exactly


def utilities(strategy, found, labels, n_pool, counts=1.0):
    """Utilities of the pool, the rest of the rows being for validation.

    `counts` tells how much the square of each target counts.
    """
    tangent, h = found["tangent"][:n_pool], found["h"]
    squares = squared(tangent)
    among = h[:n_pool, :n_pool]
    own = np.stack([np.diagonal(among[:, :, k]) for k in range(h.shape[2])], axis=1)
    if strategy == "random":
        return np.array([arb(1)] * n_pool)
    if strategy.startswith("curiosity"):
        return (squares * counts).sum(axis=1)
    if strategy == "variance":
        return (own * counts).sum(axis=1) / tangent.shape[1]
    if strategy == "influence":
        slope = found["prediction"][n_pool:] - labels
        pulled = h[:n_pool, n_pool:]  # (pool, validation, alphas)
        if h.shape[2] == 1:
            return squared(pulled[:, :, 0] @ slope).sum(axis=1)
        return sum(squared(pulled[:, :, k] @ slope[:, k]) for k in range(h.shape[2]))
    weights = {
        "reduction, uniform": lambda: own * 0 + 1,
        "reduction, variance": lambda: own,
        "reduction, tangent": lambda: (
            squares if own.shape[1] > 1 else squares.sum(axis=1)[:, None]
        ),
    }[strategy]()
    return (squared(among) * weights[None] / (1 + own)[:, None]).sum(axis=(1, 2))


def target_counts(model, name):
    """How much the squares of each target count: its noise, in units of its labels."""
    if name == "random":
        return np.ones(1)
    noise = np.atleast_1d(model.noise_variance_)
    return noise / model.linearised_.units ** (2 if name == "variance" else 4)


@hostile("queries", RECIPES)
def test_strategies(recipe):
    """Rows, each the best after those before it, and their scores."""
    model, given, weights, cost, fit_exactly = problem(recipe)
    pool = given["pool"]
    n_pool = len(pool)
    k = min(recipe.n_instances, n_pool)
    ask, chosen = STRATEGIES[recipe.strategy], {}
    if recipe.strategy == "influence":
        y = given["labels"]
        ask = partial(ask, X_validation=given["validation"], y_validation=shaped(y))
    name = recipe.strategy
    tangent = zero_rounding(given["Y"], np.atleast_1d(recipe.alpha))["tangent"]
    nothing = 40 * tangent * tangent / (1.0 if cost is None else cost.min())
    free = name in ("random", "curiosity, sample")
    fixed = free or name == "curiosity, top"

    def scores(model):
        indices, scores = ask(model, pool, k, cost=cost, random_state=0)
        assert indices.shape == scores.shape == (k,), "shapes"
        assert indices.dtype.kind == "i", "dtype of the indices"
        assert len(set(indices.tolist())) == k, "rows twice"
        assert indices.min() >= 0, "negative positions"
        assert indices.max() < n_pool, "positions beyond the pool"
        counts = target_counts(model, name)
        chosen["picks"], chosen["counts"] = indices.tolist(), counts / counts.max()
        return scores / (counts.max() if counts.min() > 1e-300 else np.nan)

    def unless_blind(values):
        return None if np.isnan(values).any() else values

    def truth(now):
        def compute():
            X, Y, weights, pool, validation, labels = map(exact, now.values())
            prices = exact(np.ones(n_pool) if cost is None else cost)
            rows = np.vstack([pool, validation])
            found = fit_exactly(X, Y, weights, rows)
            at_pick, best = [], []
            counts = exact(chosen["counts"])
            for j, pick in enumerate(chosen["picks"]):
                worth = utilities(name, found, labels, n_pool, counts) / prices
                at_pick.append(worth[pick])
                left = np.setdiff1d(np.arange(n_pool), chosen["picks"][:j])
                best.append(max(worth[left], key=lambda b: float(b.mid())))
                if not fixed:
                    tangent, h = imagined(found["tangent"], found["h"], pick)
                    found = {**found, "tangent": tangent, "h": h}
            return {"scores": np.array(at_pick), "best": np.array(best)}

        return settled(compute)

    asked = {"scores": lambda m: unless_blind(scores(m))}
    if not free:
        asked["best"] = asked["scores"]
    return Case(
        fit=lambda: model.fit(given["X"], shaped(given["Y"]), sample_weight=weights),
        asked=asked,
        truth=truth,
        inputs=given,
        zero_to={"scores": nothing, "best": nothing},
    )


@hostile("queries", RECIPES, few=10, share=0.2)
def test_pool_status(recipe):
    """What there is left to learn, in units of the noise."""
    model, given, weights, _, fit_exactly = problem(replace(recipe, strategy="status"))
    n_pool = len(given["pool"])

    def status(model):
        noise = np.sqrt(model.noise_variance_)
        if noise < 1e-150:
            return None, None
        found = np.array(pool_status(model, given["pool"])) / noise
        return found[:1], found[1:]

    def truth(now):
        def compute():
            X, Y, weights, pool, _, labels = map(exact, now.values())
            found = fit_exactly(X, Y, weights, pool)
            squares = squared(found["tangent"]).sum() / n_pool
            complexity = found["complexity"]
            nothing = complexity.contains(0)
            curiosity = arb(0) if nothing else root(squares) / complexity
            h = found["h"]
            own = [np.diagonal(h[:, :, k]).sum() for k in range(h.shape[2])]
            before = sum(own, arb(0)) / (n_pool * h.shape[2])
            gains = utilities("reduction, uniform", found, labels, n_pool)
            most = max(gains, key=lambda b: float(b.mid()))
            after = before - most / (n_pool * h.shape[2])
            std = np.array([root(before), root(before) - root(after)])
            return {"curiosity": np.array([curiosity]), "std and gain": std}

        return settled(compute)

    return Case(
        fit=lambda: model.fit(given["X"], shaped(given["Y"]), sample_weight=weights),
        asked={
            "curiosity": lambda m: status(m)[0],
            "std and gain": lambda m: status(m)[1],
        },
        truth=truth,
        inputs=given,
    )
