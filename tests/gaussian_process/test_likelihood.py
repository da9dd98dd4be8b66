"""Marginal likelihoods against those of scikit-learn's regressor."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_digits
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, Matern, WhiteKernel

from skcurious.gaussian_process import (
    NegativeLogLikelihood,
    PerGroup,
    auto_kernel,
)

KERNELS = {
    "auto": auto_kernel(3),
    "rbf": 2.0 * RBF([0.7, 1.4, 2.2]),
    "one length": Matern(1.3, nu=1.5) + WhiteKernel(0.3),
    "group": RBF() + PerGroup(Matern(), 1),
    "white": WhiteKernel(0.4),
}
ALPHAS = {"number": 0.05, "array": np.linspace(0.01, 0.3, 25), "none": 1e-6}


def reference(kernel, X, Y, alpha):
    model = GaussianProcessRegressor(kernel, alpha=alpha, optimizer=None)
    return model.fit(X, Y)


@pytest.mark.parametrize("targets", [(), (1,), (3,)])
@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("name", KERNELS)
def test_against_scikit_learn(rng, name, alpha, targets):
    X, Y = rng.standard_normal((25, 3)), rng.standard_normal((25, *targets))
    X[:, 1] = rng.integers(3, size=25)
    kernel, alpha = KERNELS[name], ALPHAS[alpha]
    objective = NegativeLogLikelihood(kernel, X, Y, alpha)
    model = reference(kernel, X, Y, alpha)
    for theta in (
        kernel.theta,
        kernel.theta + 0.3 * rng.standard_normal(kernel.n_dims),
    ):
        value, gradient = objective(theta)
        expected, slope = model.log_marginal_likelihood(theta, eval_gradient=True)
        assert_allclose(value, -expected, rtol=1e-10)
        scale = np.abs(slope).max()
        assert_allclose(gradient, -slope, rtol=1e-8, atol=1e-8 * scale)


@pytest.mark.parametrize("name", KERNELS)
def test_gradient_against_differences(rng, name):
    X, Y = rng.standard_normal((25, 3)), rng.standard_normal((25, 2))
    kernel = KERNELS[name]
    objective = NegativeLogLikelihood(kernel, X, Y, 0.1)
    _, gradient = objective(kernel.theta)
    for j in range(kernel.n_dims):
        step = 1e-5 * np.eye(kernel.n_dims)[j]
        up, down = (objective(kernel.theta + s)[0] for s in (step, -step))
        assert_allclose(gradient[j], (up - down) / 2e-5, rtol=1e-6, atol=1e-7)


def test_digits_far_from_zero():
    X, y = load_digits(return_X_y=True)
    X, y = np.vstack([X[:70], X[:10]]) + 4096, np.append(y[:70], y[:10]) - 4.5
    kernel = 9.0 * Matern(np.full(64, 20.0), nu=2.5) + WhiteKernel(0.5)
    value, gradient = NegativeLogLikelihood(kernel, X, y)(kernel.theta)
    model = reference(kernel, X - 4096, y, 1e-300)
    expected, slope = model.log_marginal_likelihood(kernel.theta, eval_gradient=True)
    assert_allclose(value, -expected, rtol=1e-10)
    assert_allclose(gradient, -slope, rtol=1e-9, atol=1e-9)


def test_infinite_where_not_positive_definite():
    X = np.zeros((4, 1))
    value, gradient = NegativeLogLikelihood(RBF(), X, np.arange(4.0))(np.zeros(1))
    assert value == np.inf
    assert_allclose(gradient, [0])


def test_targets_are_not_changed(rng):
    X, Y = rng.standard_normal((9, 3)), np.asfortranarray(rng.standard_normal((9, 2)))
    before = Y.copy()
    NegativeLogLikelihood(auto_kernel(3), X, Y)(auto_kernel(3).theta)
    assert_allclose(Y, before, rtol=0)


def test_alpha_of_another_length(rng):
    with pytest.raises(ValueError, match="each of the 9 rows"):
        NegativeLogLikelihood(RBF(), np.zeros((9, 1)), np.zeros(9), np.ones(3))


def test_objects_that_are_no_vectors():
    kernel = WhiteKernel(0.7) + 2.0
    value, _ = NegativeLogLikelihood(kernel, ["a", "bc"], np.ones(2))(kernel.theta)
    model = reference(kernel, ["a", "bc"], np.ones(2), 1e-300)
    assert_allclose(value, -model.log_marginal_likelihood_value_, rtol=1e-12)


@pytest.mark.parametrize("name", ["auto", "ard"])
def test_memory(rng, name):
    n, p = 500, 30
    X, y = rng.standard_normal((n, p)), rng.standard_normal(n)
    ard = 1.0 * Matern(np.full(p, 5.0), nu=2.5) + WhiteKernel(0.1)
    kernel = auto_kernel(p) if name == "auto" else ard
    tracemalloc.start()
    NegativeLogLikelihood(kernel, X, y)(kernel.theta)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 6 * 8 * n**2
