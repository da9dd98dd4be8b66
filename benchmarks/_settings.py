"""Models for bench_active_learning, and how their labels grow."""

from dataclasses import dataclass, replace

import numpy as np
from _peer_models import BoTorchGP, DeepNetwork
from sklearn.ensemble import ExtraTreesRegressor, VotingRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidgeCV,
    CuriousMLPRegressor,
    CuriousRidgeCV,
    default_regressor,
)

ALPHAS = np.logspace(-5, 1, 25)


# Each makes a model for a seed, and the rows of the pool.


def mlp(seed, X):
    return CuriousMLPRegressor(
        hidden_layer_sizes=(32,),
        activation="tanh",
        solver="lbfgs",
        alpha=0.1,
        random_state=seed,
    )


def committee(seed, X):
    """Four networks that start from other weights, and their mean."""
    return VotingRegressor([(f"{i}", mlp(seed + 1000 * i, X)) for i in range(4)])


def kernel(seed, X):
    return CuriousKernelRidgeCV(ALPHAS)


def ridge(seed, X):
    return CuriousRidgeCV(ALPHAS)


def gp(seed, X):
    return CuriousGaussianProcessRegressor()


def default(seed, X):
    return default_regressor(X)


def grid(seed, X):
    gammas = np.logspace(-2, 1, 7) / X.shape[1]
    return CuriousKernelRidgeCV(ALPHAS, param_grid={"gamma": list(gammas)})


# -- peers -----------------------------------------------------------------------


def sklearn_gp(seed, X):
    lengths = np.full(X.shape[1], np.sqrt(X.shape[1]))
    kernel = ConstantKernel() * Matern(lengths, nu=2.5) + WhiteKernel(0.1)
    return GaussianProcessRegressor(kernel, normalize_y=True)


def trees(seed, X):
    return ExtraTreesRegressor(100, random_state=seed)


def botorch(seed, X):
    low, high = X.min(axis=0), X.max(axis=0)
    # A column that does not vary has no width to divide by.
    return BoTorchGP(np.stack([low, np.where(high > low, high, low + 1)]), seed)


def deep(seed, X):
    return DeepNetwork(seed)


OF_NETWORKS = [
    "random",
    "reduction",
    "reduction, variance",
    "reduction, uniform",
    "committee",
    "committee layers",
    "curiosity",
    "variance",
    "iGS",
    "GSx",
    "GSy",
    "QBC",
    "tree",
    "GP std",
    "LCMD",
]
OF_KERNELS = [s for s in OF_NETWORKS if s not in {"committee", "committee layers"}]
OF_KERNELS[2] = "reduction, tangent"
OF_PROCESSES = [
    "random",
    "reduction",
    "reduction, uniform",
    "reduction, variance",
    "curiosity",
    "variance",
    "EPIG",
    "LCMD of kernel",
    "iGS",
]
WHOLE = ["random", "reduction"]


@dataclass
class Setting:
    """A model, how its labels grow, and the strategies that a run takes for it.

    Strategies that do not finish in a minute a curve, want labels for validation or a
    network that is trained in epochs are run by name. `n_pool` rows of a table are its
    pool, or 70% where it has fewer; `full` leaves out such tables.
    """

    make: object
    first: int
    last: int
    step: int
    n_pool: int
    strategies: list
    nystroem: bool = False
    full: bool = False


def pool_size(setting, n_rows):
    """Rows of the pool of a table; None for a table that is left out."""
    n_pool = min(setting.n_pool, int(0.7 * n_rows))
    return None if setting.full and n_pool < setting.n_pool else n_pool


def whole(make, strategies=WHOLE):
    """A setting of the comparison of whole pipelines."""
    return Setting(make, 10, 100, 5, 800, strategies)


SETTINGS = {
    "mlp": Setting(mlp, 20, 140, 10, 800, OF_NETWORKS),
    "kernel": Setting(kernel, 10, 110, 1, 600, OF_KERNELS),
    "ridge": Setting(ridge, 10, 110, 1, 600, OF_KERNELS, nystroem=True),
    "gp": whole(gp, OF_PROCESSES),
    "default": whole(default),
    "grid": whole(grid),
    "plane": whole(ridge),
    "network": whole(mlp),
    "committee": whole(committee),
    "sklearn": whole(sklearn_gp, ["random", "max_std", "iGS", "GSx"]),
    "trees": whole(trees, ["random", "black-box LCMD", "tree"]),
    "botorch": whole(botorch, ["random", "NIPV"]),
    "bmdal": whole(deep, ["random", "bmdal LCMD", "bmdal BAIT"]),
}
# The same on pools of 10,000 rows, for tables that have as many.
LARGE = "_large"
SETTINGS |= {
    name + LARGE: replace(SETTINGS[name], n_pool=10_000, full=True)
    for name in ("default", "gp", "plane", "grid", "sklearn", "trees")
}
