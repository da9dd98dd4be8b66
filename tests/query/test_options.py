"""Options that all strategies share, against refits."""

import itertools

import numpy as np
import pytest
import slow_queries as slow
from numpy.testing import assert_allclose, assert_array_equal
from reference import own_units
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.multioutput import MultiOutputRegressor
from sklearn.preprocessing import StandardScaler

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousMLPRegressor,
    CuriousRidge,
)
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    variance_sampling,
)

OPTIONS = ["pending", "noise", "weights", "same", "unique", "cost"]
ALL = [dict(zip(OPTIONS, on)) for on in itertools.product([False, True], repeat=6)]
# Each pair of options together, apart, and one without the other.
PAIRS = [ALL[i] for i in (0, 63, 11, 22, 37, 41, 52, 26)]

KERNEL = ConstantKernel(1.3) * RBF(2.0)


def linear(X, Z):
    return X @ Z.T


def rbf(X, Z, gamma=0.2):
    return np.exp(-gamma * ((X[:, None] - Z) ** 2).sum(axis=2))


class Problem:
    """Labels, a pool with equal rows, and a value for each option."""

    def __init__(self, rng, n_targets, n_pool=9):
        self.X = rng.standard_normal((12, 4))
        self.Y = self.X[:, :1] + rng.standard_normal((12, n_targets))
        self.Y *= np.array([2.0, 0.5, 7.0])[:n_targets]
        self.pool = rng.standard_normal((n_pool, 4))
        self.pool[5], self.pool[7] = self.pool[0], self.pool[3]
        self.mean = 0.0
        self.first = np.array([0, 1, 2, 3, 4, 0, 6, 3, 8])
        self.reference = rng.standard_normal((5, 4))
        self.validation = rng.standard_normal((6, 4)), self.Y[:6]
        self.given = {
            "pending": np.vstack([rng.standard_normal((1, 4)), self.pool[[8]]]),
            "noise": rng.uniform(0.05, 3, (n_pool, n_targets)) * self.Y.var(axis=0),
            "weights": np.array([0.7, 2.0, 0.0])[:n_targets],
            "same": np.array([20, 30, 20, 30, 30, 20, 20, 30, 20]),
            "unique": True,
            "cost": rng.uniform(1, 2, n_pool),
        }

    @property
    def y(self):
        return self.Y[:, 0] if self.Y.shape[1] == 1 else self.Y

    def chosen(self, on):
        none = {"unique": False}
        return {
            name: self.given[name] if on[name] else none.get(name) for name in OPTIONS
        }

    def arguments(self, on):
        names = {
            "pending": "X_pending",
            "noise": "label_noise",
            "weights": "target_weights",
        }
        return {names.get(k, k): value for k, value in self.chosen(on).items()}

    def truly(self, on, truths, utility, k, units=1.0, shares=None):
        chosen = self.chosen(on)
        noise = chosen.pop("noise")
        pending = chosen.pop("pending")
        n_targets = self.Y.shape[1]
        ones = np.ones((len(self.pool), n_targets))
        ratios = [
            ones if noise is None else noise / units**2 / truth.noise for truth in truths
        ]
        return slow.slow_query(
            truths,
            utility,
            self.pool,
            k,
            ratios=ratios,
            pending=() if pending is None else pending,
            shares=shares,
            **chosen,
        )


def criteria(problem, units):
    """Strategies, their own arguments, and what they should have scored by."""
    X, Y = problem.validation
    truly = X, (Y - problem.mean) / units
    yield curiosity_sampling, {}, slow.curiosity, PAIRS
    yield variance_sampling, {}, slow.variance, ALL
    labels = Y[:, 0] if Y.shape[1] == 1 else Y
    validation = {"X_validation": X, "y_validation": labels}
    yield influence_sampling, validation, slow.influence(truly), PAIRS
    for kind in ("tangent", "variance", "uniform"):
        own = {"weights": kind, "X_reference": problem.reference}
        truth = slow.reduction(kind, problem.reference)
        yield expected_curiosity_reduction, own, truth, PAIRS


def check(problem, model, truths, units=1.0, shares=None, only=range(6)):
    made = list(criteria(problem, units))
    for strategy, own, utility, combinations in [made[i] for i in only]:
        for on in combinations:
            picks, scores = problem.truly(on, truths, utility, 2, units, shares)
            indices, values = strategy(
                model, problem.pool, 2, **own, **problem.arguments(on), random_state=0
            )
            said = f"{strategy.__name__} {own.get('weights', '')} {on}"
            if not on["unique"]:  # equal rows tie
                indices, picks = problem.first[indices], problem.first[picks]
            assert_array_equal(indices, picks, err_msg=said)
            assert_allclose(values, scores, rtol=1e-8, err_msg=said)


@pytest.mark.parametrize("which", range(6))
@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_linear_and_kernel_models(rng, kernel, intercept, n_targets, which):
    problem = Problem(rng, n_targets)
    if kernel == "linear":
        model = CuriousRidge(alpha=0.5, fit_intercept=intercept)
        function = linear
    else:
        model = CuriousKernelRidge(0.5, kernel="rbf", gamma=0.2, fit_intercept=intercept)
        function = rbf
    units = own_units(problem.y, intercept)
    Y = problem.Y / units
    truth = slow.Targets([function] * n_targets, problem.X, Y, 0.5, intercept)
    check(problem, model.fit(problem.X, problem.y), [truth], units, only=[which])


@pytest.mark.parametrize("which", range(6))
@pytest.mark.parametrize("n_targets", [1, 2])
def test_gaussian_processes(rng, n_targets, which):
    problem = Problem(rng, n_targets)
    model = CuriousGaussianProcessRegressor(KERNEL, alpha=0.3, optimizer=None)
    model.fit(problem.X, problem.y)
    spread = problem.Y.std(axis=0)
    problem.mean = problem.Y.mean(axis=0)
    # A single target stays in the units of y, and a larger kernel says the same.
    units = spread if n_targets > 1 else np.ones(1)
    scale = (spread / units)[0] ** 2
    truth = slow.Targets(
        [lambda X, Z: 1.3 * scale * rbf(X, Z, 1 / 8)] * n_targets,
        problem.X,
        (problem.Y - problem.mean) / units,
        0.3 * scale,
        False,
        np.full(n_targets, 0.3 * scale),
    )
    check(problem, model, [truth], units, only=[which])
