"""CuriousGaussianProcessRegressor against scikit-learn's regressor."""

import inspect
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import LinAlgWarning
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    ExpSineSquared,
    Matern,
    RationalQuadratic,
    WhiteKernel,
)

from skcurious.gaussian_process import (
    Columns,
    CuriousGaussianProcessRegressor,
    Linear,
    PerGroup,
)

KERNELS = {
    "none": None,
    "rbf": RBF(0.7),
    "white": 2.0 * Matern([0.5, 1.0, 2.0], nu=1.5) + WhiteKernel(0.1),
    "linear": Linear(0.7) + DotProduct(0.5) + WhiteKernel(0.3),
    "product": RationalQuadratic() * DotProduct() + WhiteKernel(0.1),
    "noise inside": (RBF() + WhiteKernel(0.1)) ** 2 * ConstantKernel(0.5),
    "periodic": Columns(ExpSineSquared(1.0, 2.0), [1]) * RBF() + WhiteKernel(0.01),
    "groups": Columns(RBF(), [0, 1]) + PerGroup(0.5 * RBF() + WhiteKernel(0.1), 2),
}


def problem(rng, n_targets=1, n=20):
    X = rng.standard_normal((n, 3))
    X[:, 2] = rng.integers(0, 3, n)
    y = 5 + X[:, :1] + rng.standard_normal((n, n_targets))
    if n_targets == 1:
        y = y[:, 0]
    else:
        y *= np.logspace(0, 6, n_targets)
    pool = rng.standard_normal((7, 3))
    pool[:, 2] = rng.integers(0, 4, 7)
    return X, y, pool


def ours(kernel, **options):
    options = {"optimizer": None, "normalize_y": False, **options}
    return CuriousGaussianProcessRegressor(kernel, **options)


def theirs(kernel, **options):
    return GaussianProcessRegressor(kernel, **{"optimizer": None, **options})


def both(kernel, **options):
    return ours(kernel, **options), theirs(kernel, **options)


def same(actual, expected, tol=1e-10):
    scale = np.abs(expected).max(initial=0)  # a fixed kernel has no slopes
    assert np.shape(actual) == np.shape(expected)
    assert_allclose(actual, expected, rtol=tol, atol=tol * scale)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize("normalize_y", [False, True])
@pytest.mark.parametrize("noise", ["number", "one", "each"])
def test_as_scikit_learn(rng, kernel, n_targets, normalize_y, noise):
    X, y, pool = problem(rng, n_targets)
    alpha = {"number": 0.01, "one": np.array([0.01]), "each": rng.uniform(0.01, 1, 20)}
    options = {"normalize_y": normalize_y, "alpha": alpha[noise]}
    model, plain = both(KERNELS[kernel], **options)
    model.fit(X, y), plain.fit(X, y)
    for name in ("alpha_", "L_", "X_train_", "y_train_"):
        same(getattr(model, name), getattr(plain, name))
    for rows in (pool, X):
        same(model.predict(rows), plain.predict(rows))
        for option in ("return_std", "return_cov"):
            given = model.predict(rows, **{option: True})
            for value, expected in zip(
                given, plain.predict(rows, **{option: True}), strict=True
            ):
                same(value, expected)
    same(model.sample_y(pool, 3), plain.sample_y(pool, 3), 1e-6)  # singular values
    same(model.log_marginal_likelihood_value_, plain.log_marginal_likelihood_value_)
    assert model.log_posterior_ == model.log_marginal_likelihood_value_
    theta = model.kernel_.theta + 0.1
    value, slope = model.log_marginal_likelihood(theta, eval_gradient=True)
    expected, expected_slope = plain.log_marginal_likelihood(theta, eval_gradient=True)
    same(value, expected)
    same(slope, expected_slope)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("n_targets", [None, 1, 3])
def test_the_prior_before_fit(rng, kernel, n_targets):
    _, _, pool = problem(rng)
    model, plain = both(KERNELS[kernel], n_targets=n_targets)
    same(model.predict(pool), plain.predict(pool))
    for option in ("return_std", "return_cov"):
        expected = plain.predict(pool, **{option: True})
        given = model.predict(pool, **{option: True})
        for value, wanted in zip(given, expected, strict=True):
            same(value, wanted)
    same(model.sample_y(pool, 2), plain.sample_y(pool, 2))


def test_the_prior_of_the_default_kernel(rng):
    _, _, pool = problem(rng)
    _, std = CuriousGaussianProcessRegressor().predict(pool, return_std=True)
    assert_allclose(std**2, 2.1 + np.exp(-1) * (1 + (pool**2).sum(1)) / 4)


@pytest.mark.parametrize("normalize_y", [False, True])
@pytest.mark.parametrize(
    "kernel",
    [
        1.0 * RBF(1.0) + WhiteKernel(1.0),
        1.0 * Matern([1.0, 1.0, 1.0], nu=2.5) + WhiteKernel(1.0),
        DotProduct() + WhiteKernel(1.0),
        1.0 * RBF() + PerGroup(1.0 * RBF(), 2) + WhiteKernel(0.5),
    ],
)
def test_learned_without_a_prior(rng, kernel, normalize_y):
    X, y, _ = problem(rng, n=30)
    options = {"normalize_y": normalize_y, "random_state": 0, "n_restarts_optimizer": 2}
    options["optimizer"] = "fmin_l_bfgs_b"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # at bounds
        model = ours(kernel, prior=None, **options).fit(X, y)
        plain = theirs(kernel, **options).fit(X, y)
    assert (
        model.log_marginal_likelihood_value_
        > plain.log_marginal_likelihood_value_ - 1e-3
    )


# -- scikit-learn's own tests of the class ---------------------------------------

their_tests = pytest.importorskip("sklearn.gaussian_process.tests.test_gpr")


def cases(function):
    """The parametrisations of a test, as keyword arguments."""
    found = [{}]
    for mark in getattr(function, "pytestmark", []):
        if mark.name != "parametrize":
            continue
        names, values = mark.args[:2]
        if isinstance(names, str):
            names = [name.strip() for name in names.split(",")]
        if len(names) == 1:
            values = [
                value if hasattr(value, "values") else (value,) for value in values
            ]
        values = [getattr(value, "values", value) for value in values]
        found = [
            {**case, **dict(zip(names, value, strict=True))}
            for value in values
            for case in found
        ]
    return found


THEIRS = {
    f"{name}-{number}": (function, case)
    for name, function in inspect.getmembers(their_tests, inspect.isfunction)
    if name.startswith("test_")
    for number, case in enumerate(cases(function))
}


class SwappedIn(CuriousGaussianProcessRegressor):
    """Ours with their defaults."""

    def __init__(
        self,
        kernel=None,
        *,
        alpha=1e-10,
        optimizer="fmin_l_bfgs_b",
        n_restarts_optimizer=0,
        normalize_y=False,
        copy_X_train=True,
        n_targets=None,
        random_state=None,
        prior=None,
    ):
        super().__init__(
            kernel,
            alpha=alpha,
            optimizer=optimizer,
            n_restarts_optimizer=n_restarts_optimizer,
            normalize_y=normalize_y,
            copy_X_train=copy_X_train,
            n_targets=n_targets,
            random_state=random_state,
            prior=prior,
        )


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", THEIRS)
def test_scikit_learns_own_test(name, monkeypatch):
    function, case = THEIRS[name]
    monkeypatch.setattr(their_tests, "GaussianProcessRegressor", SwappedIn)
    marks = getattr(function, "pytestmark", [])
    if any(mark.name == "xfail" for mark in marks):
        pytest.skip("scikit-learn's regressor fails it, too, and it is marked so")
    function(**case)


def test_nothing_of_scikit_learns_file_is_left_out():
    assert len(THEIRS) > 120  # 1.7 has some fewer than later ones


def test_tangent_of_a_kernel_that_is_large_beside_the_noise(rng):
    """Directions that the kernel does not see have no part in it: as of a line."""
    X, y, pool = problem(rng)
    amplitude, noise = 1e6, np.logspace(-6, -2, len(y))
    kernel = ConstantKernel(amplitude) * DotProduct(1.0)
    with warnings.catch_warnings():  # of the digits of predictions
        warnings.simplefilter("ignore", LinAlgWarning)
        model = ours(kernel, alpha=noise).fit(X, y)

    def features(rows):
        return np.sqrt(amplitude) * np.column_stack([np.ones(len(rows)), rows])

    scaled = features(X) / np.sqrt(noise)[:, None]
    H = scaled.T @ scaled + np.eye(4)
    coef = np.linalg.solve(H, scaled.T @ (y / np.sqrt(noise)))
    tangent = -features(pool) @ np.linalg.solve(H, coef)
    same(model.predict_tangent(pool), tangent, 1e-6)
