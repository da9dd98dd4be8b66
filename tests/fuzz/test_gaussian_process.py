"""Gaussian processes with given hyperparameters against exact algebra."""

from dataclasses import dataclass

import pytest

pytest.importorskip("hypothesis")
pytest.importorskip("flint")

import numpy as np
from flint import arb, arb_mat
from fuzz.exact import each, exact, floats, root, settled, solve, squared
from fuzz.judge import Case
from fuzz.questions import shaped
from fuzz.runs import hostile
from fuzz.tables import Table, tables
from hypothesis import strategies as st
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    Matern,
    RationalQuadratic,
    WhiteKernel,
)

from skcurious import CuriousGaussianProcessRegressor

KERNELS = {
    "rbf": RBF,
    "matern 1/2": lambda length: Matern(length, nu=0.5),
    "matern 3/2": lambda length: Matern(length, nu=1.5),
    "matern 5/2": lambda length: Matern(length, nu=2.5),
    "rational": lambda length: RationalQuadratic(length, alpha=0.7),
    "dot product": DotProduct,
    "rbf and line": lambda length: RBF(length) + DotProduct(length),
    "rbf times line": lambda length: RBF(length) * DotProduct(length),
}
LENGTHS = 1.0, 0.1, 10.0, 1e3, 1e-3, 1e8
NOISES = 0.1, 1e-3, 1.0, 1e-10, 1e4, 0.0


@dataclass(frozen=True)
class Recipe:
    """A table, and a process for it."""

    table: Table
    kernel: str = "rbf"
    length: float = 1.0
    amplitude: float = 1.0
    white: float | None = None
    alpha: object = 1e-10
    normalize_y: bool = True


RECIPES = st.builds(
    Recipe,
    table=tables(n_max=9, d_max=4, dtypes=("float64",)),
    kernel=st.sampled_from(sorted(KERNELS)),
    length=st.sampled_from(LENGTHS),
    amplitude=st.sampled_from([1.0, 1e-3, 1e3, 1e-8, 1e8]),
    white=st.one_of(st.none(), st.sampled_from(NOISES[:-1])),
    alpha=st.one_of(
        st.sampled_from([1e-10, *NOISES]), st.sampled_from(["each", "each, wide"])
    ),
    normalize_y=st.booleans(),
)


@hostile("Gaussian process", RECIPES)
def test_fixed(recipe):
    """Predictions, tangents, deviations, covariances, evidence, leave one out."""
    X, Y, _, pool = recipe.table.arrays()
    n_targets = Y.shape[1]
    alpha = noise_of(recipe, len(X))
    base = KERNELS[recipe.kernel](recipe.length)
    kernel = ConstantKernel(recipe.amplitude) * base
    if recipe.white is not None:
        kernel = kernel + WhiteKernel(recipe.white)
    model = CuriousGaussianProcessRegressor(
        kernel, alpha=alpha, optimizer=None, normalize_y=recipe.normalize_y
    )

    noise = np.min(alpha) + (recipe.white or 0.0)
    rounding = float(np.finfo(float).eps * np.abs(Y).max())
    with np.errstate(over="ignore"):
        largest = min(float(kernel.diag(X).max()), 1e300)

    def column(values):
        return np.reshape(values, (-1, n_targets))

    def truth(given):
        return settled(lambda: process(*map(exact, given.values()), kernel, recipe))

    return Case(
        fit=lambda: model.fit(X, shaped(Y)),
        asked={
            "prediction": lambda m: column(m.predict(pool)),
            "tangent": lambda m: column(m.predict_tangent(pool)),
            "variance": lambda m: column(m.predict_mean_std(pool)[1]) ** 2,
            "of labels": lambda m: column(m.predict(pool, return_std=True)[1]) ** 2,
            "covariance": lambda m: (
                m.predict_covariance(pool[:2], pool, noise_variance=1.0).T
            ),
            "diagonal": lambda m: np.diagonal(
                m.predict_covariance(pool, noise_variance=1.0)
            ),
            "evidence": lambda m: np.array([m.log_marginal_likelihood_value_]),
            "left out": lambda m: column(m.leave_one_out()),
            "noise": lambda m: np.atleast_1d(m.noise_variance_),
        },
        truth=truth,
        inputs={
            "X": X,
            "Y": Y,
            "alpha": np.broadcast_to(np.asarray(alpha, float), (len(X),)),
            "pool": pool,
        },
        each=("variance", "of labels", "diagonal", "noise"),
        known_to={"left out": rounding},
        zero_to={"tangent": rounding * (largest / max(float(noise), 1e-10))},
    )


def noise_of(recipe, n):
    """The parameter alpha."""
    if not isinstance(recipe.alpha, str):
        return recipe.alpha
    u = np.random.default_rng(recipe.table.seed).random(n)
    return 10.0 ** (12 * u - 8) if recipe.alpha == "each, wide" else 0.1 + u


def process(X, Y, alpha, pool, kernel, recipe):
    """Answers in balls."""
    n, n_targets = Y.shape
    mean, spread = exact(np.zeros(n_targets)), exact(np.ones(n_targets))
    if recipe.normalize_y:
        mean = Y.sum(axis=0) / n
        spread = each(root, squared(Y - mean).sum(axis=0) / n)
        spread[steady(Y, spread)] = arb(1)
    noise = alpha + arb(recipe.white or 0.0)
    amplitude = arb(recipe.amplitude)
    K, cross, among = (
        amplitude * covariance(A, B, recipe.kernel, recipe.length)
        for A, B in ((X, X), (pool, X), (pool, pool))
    )
    A = K.copy()
    A[np.diag_indices(n)] += noise
    Z = (Y - mean) / spread
    both = solve(A, np.hstack([Z, cross.T]))
    dual, pulled = np.split(both, [n_targets], axis=1)
    posterior = among - cross @ pulled
    own = np.diagonal(posterior)
    new_noise = noise.sum() / n
    if new_noise == 0:  # no covariance then
        new_noise = arb(1)
    determinant = arb_mat(A.tolist()).det()
    evidence = -(Z * dual).sum() / 2 - n_targets * (
        determinant.log() / 2 + n * (2 * arb.pi()).log() / 2
    )
    inverse = np.diagonal(solve(A, exact(np.eye(n))))
    return {
        "prediction": cross @ dual * spread + mean,
        "tangent": -(pulled.T @ (noise[:, None] * dual)) * spread,
        "variance": np.multiply.outer(own, squared(spread)),
        "of labels": np.multiply.outer(own + arb(recipe.white or 0.0), squared(spread)),
        "covariance": posterior[:2].T / new_noise,
        "diagonal": own / new_noise,
        "evidence": np.array([evidence]),
        "left out": Y - dual / inverse[:, None] * spread,
        "noise": noise.sum() / n * squared(spread),
    }


def steady(Y, spread):
    """Which targets are constant: up to rounding, or as scikit-learn has it of many."""
    Y = floats(Y)
    eps = np.finfo(float).eps
    constant = np.ptp(Y, axis=0) <= 4 * eps * np.abs(Y).max(axis=0)
    if len(spread) > 1:
        constant |= floats(spread) < 10 * eps
    return constant


def covariance(X, Z, name, length):
    """Kernels of scikit-learn, in balls."""
    if name == "rbf and line":
        parts = [covariance(X, Z, one, length) for one in ("rbf", "dot product")]
        return parts[0] + parts[1]
    if name == "rbf times line":
        parts = [covariance(X, Z, one, length) for one in ("rbf", "dot product")]
        return parts[0] * parts[1]
    length = arb(length)
    if name == "dot product":
        return X @ Z.T + length**2
    squares = squared(X[:, None, :] - Z[None, :, :]).sum(axis=2) / length**2
    if name == "rbf":
        return each(arb.exp, -squares / 2)
    if name == "rational":
        shape = arb(0.7)
        return each(lambda b: (1 + b / (2 * shape)) ** -shape, squares)
    distance = each(root, squares)
    if name == "matern 1/2":
        return each(arb.exp, -distance)
    if name == "matern 3/2":
        scaled = distance * arb(3).sqrt()
        return (1 + scaled) * each(arb.exp, -scaled)
    scaled = distance * arb(5).sqrt()
    return (1 + scaled + squared(scaled) / 3) * each(arb.exp, -scaled)
