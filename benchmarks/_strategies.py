"""Query strategies for bench_active_learning: ours, and a list of all.

Each takes a :class:`State` and the number of rows, and returns positions in
``state.pool``.
"""

from dataclasses import dataclass
from functools import partial

import _peer_queries as peers
import numpy as np

from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    random_sampling,
    trajectory_sampling,
    variance_sampling,
)


@dataclass
class State:
    """What a strategy may look at."""

    make: object  # make(seed) is a fresh model
    model: object  # fitted to the labelled rows
    X: np.ndarray
    y: np.ndarray  # labels of the pool are not for strategies
    inputs: np.ndarray  # X before a feature map
    labelled: list
    pool: np.ndarray
    seed: int
    rng: np.random.RandomState

    def known(self, rows):
        """`rows` of the labelled part, and the labels."""
        return rows[self.labelled], self.y[self.labelled]


# -- ours ------------------------------------------------------------------------


def ours(strategy, state, k):
    X = state.X[state.pool]
    indices, _ = strategy(state.model, X, k, random_state=state.rng)
    return indices


def committee(strategy, size, options, state, k):
    """The same with a few networks that start from other weights."""
    X, y = state.known(state.X)
    members = [
        state.make(state.seed + 1000 * i).set_params(**options).fit(X, y)
        for i in range(size)
    ]
    indices, _ = strategy(members, state.X[state.pool], k, random_state=state.rng)
    return indices


def influence(state, k):
    """A third of the labels is for validation: none is free."""
    held = state.rng.permutation(len(state.labelled)) < len(state.labelled) // 3
    X, y = state.known(state.X)
    model = state.make(state.seed).fit(X[~held], y[~held])
    indices, _ = influence_sampling(
        model,
        state.X[state.pool],
        k,
        X_validation=X[held],
        y_validation=y[held],
        random_state=state.rng,
    )
    return indices


def influence_for_free(state, k):
    """As if there were 100 more labels, for validation: not a fair one."""
    rows = np.random.RandomState(state.seed).permutation(len(state.y))[:100]
    indices, _ = influence_sampling(
        state.model,
        state.X[state.pool],
        k,
        X_validation=state.X[rows],
        y_validation=state.y[rows],
        random_state=state.rng,
    )
    return indices


def in_epochs(state, **options):
    """The same network for a solver that trains in epochs."""
    options = {"solver": "adam", "learning_rate_init": 0.01, **options}
    return state.make(state.seed).set_params(**options)


def trajectory(batch, state, k):
    """DISAL's trajectory influence, on a network trained for it."""
    model = in_epochs(state, checkpoints=10, max_iter=500, store_covariance=False)
    model.fit(*state.known(state.X))
    indices, _ = trajectory_sampling(
        model, state.X[state.pool], k, batch=batch, random_state=state.rng
    )
    return indices


def carried(state, k):
    """Curiosity with the tangent that was carried along with training."""
    model = in_epochs(state, batch_size=10)
    X, y = state.known(state.X)
    for _ in range(300):
        model.partial_fit(X, y)
    indices, _ = curiosity_sampling(
        model, state.X[state.pool], k, batch="sample", random_state=state.rng
    )
    return indices


reduction = expected_curiosity_reduction
STRATEGIES = {
    "random": partial(ours, random_sampling),
    "reduction": partial(ours, reduction),
    "reduction, tangent": partial(ours, partial(reduction, weights="tangent")),
    "reduction, variance": partial(ours, partial(reduction, weights="variance")),
    "reduction, uniform": partial(ours, partial(reduction, weights="uniform")),
    "committee": partial(committee, reduction, 4, {}),
    "committee layers": partial(committee, reduction, 4, {"layer_tangents": True}),
    "curiosity": partial(ours, curiosity_sampling),
    "variance": partial(ours, variance_sampling),
    "influence": influence,
    "influence, 100 free": influence_for_free,
    "trajectory": partial(trajectory, "top"),
    "trajectory, sampled": partial(trajectory, "sample"),
    "curiosity, sampled": partial(ours, partial(curiosity_sampling, batch="sample")),
    "curiosity, carried": carried,
    "iGS": partial(peers.greedy_sampling, "GSi"),
    "GSx": partial(peers.greedy_sampling, "GSx"),
    "GSy": partial(peers.greedy_sampling, "GSy"),
    "QBC": peers.query_by_committee,
    "EMC": peers.expected_model_change,
    "tree": peers.regression_tree,
    "GP std": peers.gaussian_process,
    "LCMD": peers.lcmd,
    "EPIG": peers.epig,
    "LCMD of kernel": peers.lcmd_of_kernel,
    "max_std": peers.max_std,
    "EMVR": peers.expected_model_variance,
    "NIPV": peers.integrated_variance,
    "black-box LCMD": peers.black_box_lcmd,
    "bmdal LCMD": peers.lcmd_of_network,
    "bmdal BAIT": peers.bait_of_network,
}
