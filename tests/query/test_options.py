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
    CuriousKernelRidgeCV,
    CuriousMLPRegressor,
    CuriousRidge,
)
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    pool_status,
    variance_sampling,
)

OPTIONS = ["pending", "noise", "weights", "same", "unique", "cost"]
ALL = [
    dict(zip(OPTIONS, on, strict=True))
    for on in itertools.product([False, True], repeat=6)
]
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
        self.learned = 0  # 1 where known noise comes on top of that of the model
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
            ones if noise is None else self.learned + noise / units**2 / truth.noise
            for truth in truths
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


@pytest.mark.covering(2)
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
        model = CuriousKernelRidge(
            0.5, kernel="rbf", gamma=0.2, fit_intercept=intercept
        )
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
    problem.mean, problem.learned = problem.Y.mean(axis=0), 1
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


@pytest.mark.parametrize("n_targets", [1, 2])
def test_transformed_targets(rng, n_targets):
    problem = Problem(rng, n_targets)
    model = TransformedTargetRegressor(CuriousRidge(0.5), transformer=StandardScaler())
    model.fit(problem.X, problem.y)
    problem.mean, scale = problem.Y.mean(axis=0), problem.Y.std(axis=0)
    Y = (problem.Y - problem.mean) / scale
    truth = slow.Targets([linear] * n_targets, problem.X, Y, 0.5, True)
    check(problem, model, [truth], scale, only=[0, 2, 3])


def ensembles(problem):
    """Ensembles, and the same as truths on some rows and columns."""
    X, y = problem.X, problem.y
    parts = [
        CuriousRidge(0.5).fit(X, y),
        CuriousKernelRidge(0.5, kernel="rbf", gamma=0.2).fit(X, y),
    ]
    yield (
        parts,
        [
            slow.Targets([linear], X, problem.Y, 0.5, True),
            slow.Targets([rbf], X, problem.Y, 0.5, False),
        ],
    )
    bagging = BaggingRegressor(
        CuriousRidge(0.5), 3, max_features=3, bootstrap=False, max_samples=9
    ).set_params(random_state=0)
    bagging.fit(X, y)
    truths = []
    for rows, columns in zip(
        bagging.estimators_samples_, bagging.estimators_features_, strict=True
    ):

        def kernel(A, B, columns=columns):
            return A[:, columns] @ B[:, columns].T

        truths.append(slow.Targets([kernel], X[rows], problem.Y[rows], 0.5, True))
    yield bagging, truths


@pytest.mark.parametrize("which", range(2))
def test_ensembles(rng, which):
    problem = Problem(rng, 1)
    model, truths = list(ensembles(problem))[which]
    check(problem, model, truths, np.ones(1), only=[0, 1, 3, 4])


def test_a_regressor_for_each_target(rng):
    problem = Problem(rng, 3)
    model = MultiOutputRegressor(CuriousRidge(0.5)).fit(problem.X, problem.Y)
    truths = [
        slow.Targets([linear], problem.X, y, 0.5, True) for y in problem.Y.T[:, :, None]
    ]
    for on in ALL:
        chosen = problem.chosen(on)
        noise, pending = chosen.pop("noise"), chosen.pop("pending")
        shares = chosen.pop("weights")
        ones = np.ones((9, 1))
        ratios = [
            ones if noise is None else noise[:, [k]] / truth.noise
            for k, truth in enumerate(truths)
        ]
        picks, scores = slow.slow_query(
            truths,
            slow.variance,
            problem.pool,
            2,
            ratios=ratios,
            pending=() if pending is None else pending,
            shares=shares,
            **chosen,
        )
        indices, values = variance_sampling(
            model, problem.pool, 2, **problem.arguments(on)
        )
        if not on["unique"]:
            indices, picks = problem.first[indices], problem.first[picks]
        assert_array_equal(indices, picks, err_msg=str(on))
        assert_allclose(values, scores, rtol=1e-8, err_msg=str(on))


class Network:
    """A linearised network: a curvature that grows, and is inverted anew."""

    def __init__(self, J_of, G, rho, noise):
        self.J_of, self.G, self.rho, self.noise = J_of, G, rho, noise

    def with_label(self, x, ratio):
        J = self.J_of(x[None])[0]
        return Network(
            self.J_of, self.G + J.T @ np.diag(1 / ratio) @ J, self.rho, self.noise
        )

    def tangents(self, rows):
        return -self.J_of(rows) @ np.linalg.solve(self.G, self.rho)

    def leverage(self, rows):
        J = self.J_of(rows)
        return np.einsum("nkp,pq,nkq->nk", J, np.linalg.inv(self.G), J)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", ["tangent", "variance"])
def test_networks(rng, kind):
    problem = Problem(rng, 2)
    model = CuriousMLPRegressor(
        hidden_layer_sizes=(4,),
        solver="lbfgs",
        activation="tanh",
        alpha=0.5,
        random_state=0,
    ).fit(problem.X, problem.Y)
    network = model.linearised_.network
    J_fit = network.linearise(problem.X).jacobian().reshape(-1, network.n_params)
    D = np.full(network.n_params, 0.1 * 0.5 + 1e-3)
    D[: network.n_weights] = 0.5
    rho = np.where(np.arange(network.n_params) < network.n_weights, 1, 0)
    rho = rho * network.parameters
    units = problem.Y.std(axis=0)
    noise = model.noise_variance_ / units**2
    truth = Network(
        lambda rows: network.linearise(rows).jacobian(),
        J_fit.T @ J_fit + np.diag(D),
        rho,
        noise,
    )

    def curious(truth, rows, ratio, c, start):
        squares = truth.tangents(rows) ** 2 * noise / units**2
        return (squares * slow.precision(truth, rows, ratio)) @ c

    def reduction(truth, rows, ratio, c, start):
        before = truth.leverage(problem.reference)
        u = before
        if kind == "tangent":
            u = truth.tangents(problem.reference) ** 2 / units**2
        return np.array(
            [
                (c * noise * u * (before - after.leverage(problem.reference))).sum()
                for after in map(truth.with_label, rows, ratio)
            ]
        )

    own = {"weights": kind, "X_reference": problem.reference}
    for strategy, more, utility in (
        (curiosity_sampling, {}, curious),
        (expected_curiosity_reduction, own, reduction),
    ):
        for on in PAIRS:
            picks, scores = problem.truly(on, [truth], utility, 2, units)
            indices, values = strategy(
                model, problem.pool, 2, **more, **problem.arguments(on)
            )
            if not on["unique"]:
                indices, picks = problem.first[indices], problem.first[picks]
            assert_array_equal(indices, picks, err_msg=str(on))
            assert_allclose(values, scores, rtol=1e-8, err_msg=str(on))


def test_no_label_noise_is_the_noise_of_the_model(rng):
    problem = Problem(rng, 2)
    models = [
        (CuriousRidge(0.5), lambda m: m.noise_variance_),
        (CuriousRidge([0.5, 3.0]), lambda m: m.noise_variance_),
        (CuriousKernelRidgeCV(), lambda m: m.calibrated_noise_variance_),
        (
            CuriousGaussianProcessRegressor(KERNEL, alpha=0.3, optimizer=None),
            lambda m: 0.0,  # on top of what it has
        ),
    ]
    for model, noise_of in models:
        model.fit(problem.X, problem.Y)
        noise = np.broadcast_to(noise_of(model), (9, 2))
        for strategy, own, _, _ in criteria(problem, np.ones(2)):
            plain = strategy(model, problem.pool, 4, **own, random_state=0)
            other = strategy(
                model, problem.pool, 4, **own, label_noise=noise, random_state=0
            )
            said = f"{model} {strategy.__name__} {own}"
            assert_array_equal(
                problem.first[other[0]], problem.first[plain[0]], err_msg=said
            )
            assert_allclose(other[1], plain[1], rtol=1e-9, err_msg=said)
        status = pool_status(model, problem.pool)
        assert_allclose(
            pool_status(model, problem.pool, label_noise=noise), status, rtol=1e-9
        )


def test_noise_goes_through_a_transformation_as_the_standard_deviation_does(rng):
    X, pool = rng.standard_normal((12, 4)), rng.standard_normal((9, 4))
    y = np.exp(X[:, 0] + 0.3 * rng.standard_normal(12))
    model = TransformedTargetRegressor(
        CuriousRidge(0.5), func=np.log, inverse_func=np.exp
    )
    model.fit(X, y)
    deviation = np.sqrt(model.regressor_.noise_variance_)
    above, below = (model.predict(pool) * np.exp(s * deviation) for s in (1, -1))
    noise = ((above - below) / 2) ** 2
    for strategy in (variance_sampling, curiosity_sampling):
        plain = strategy(model, pool, 4)
        indices, scores = strategy(model, pool, 4, label_noise=noise)
        assert_array_equal(indices, plain[0])
        assert_allclose(scores, plain[1], rtol=1e-9)
