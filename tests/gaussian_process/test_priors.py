"""Priors by the names of hyperparameters, and their gradients."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm
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
    Linear,
    LogNormalPrior,
    PerGroup,
    auto_kernel,
    dimension_scaled_prior,
    log_prior,
)


def test_by_the_densities_of_scipy():
    kernel = auto_kernel(4).clone_with_theta(np.linspace(-2, 2, 12))
    (rough, smooth), (variance, noise) = kernel.theta[[0, 5]], kernel.theta[10:]
    lengths = kernel.theta[[1, 2, 3, 4, 6, 7, 8, 9]]

    def log_density(x, mean, deviation):
        return norm.logpdf(x, mean, deviation) - norm.logpdf(mean, mean, deviation)

    expected = log_density(noise, -2.5, 2) + log_density(variance, -1, 1.5)
    expected += sum(log_density(signal, 0, np.sqrt(2)) for signal in (rough, smooth))
    mean, deviation = 2 + np.log(4) / 2, np.sqrt(3)
    expected += sum(log_density(length, mean, deviation) for length in lengths)
    assert_allclose(log_prior(kernel, 4)[0], expected)


@pytest.mark.parametrize(
    "kernel",
    [
        auto_kernel(3),
        ConstantKernel(2.0) * RBF(0.4) ** 2 + PerGroup(Linear(), 0),
        RationalQuadratic() + DotProduct() + WhiteKernel(0.2, "fixed"),
    ],
)
def test_gradient_against_differences(kernel):
    _, gradient = log_prior(kernel, 3)
    assert gradient.shape == kernel.theta.shape
    for j in range(kernel.n_dims):
        step = 1e-5 * np.eye(kernel.n_dims)[j]
        up, down = (
            log_prior(kernel.clone_with_theta(kernel.theta + s), 3)[0]
            for s in (step, -step)
        )
        assert_allclose(gradient[j], (up - down) / 2e-5, atol=1e-8)
    assert gradient.any()


def test_nested_names_and_columns():
    kernel = 2.0 * Columns(Matern([1.0, 1.0]), [0, 1]) + PerGroup(RBF() ** 2, 2)
    prior = dimension_scaled_prior(kernel, 10)
    length = 2 + np.log([2, 2, 9]) / 2
    assert_allclose(prior.mean, [0, *length])
    assert_allclose(prior.precision, [0.5, 1 / 3, 1 / 3, 1 / 3])


def test_no_prior_of_what_is_no_distance():
    kernel = ExpSineSquared() + DotProduct() + RationalQuadratic()
    prior = dimension_scaled_prior(kernel, 1)
    # Length, period; sigma_0; alpha, length.
    assert_allclose(prior.precision, [0, 0, 0, 0, 1 / 3])


def test_fixed_hyperparameters_are_left_out():
    kernel = ConstantKernel(1.0, "fixed") * RBF() + WhiteKernel(1.0, "fixed")
    assert dimension_scaled_prior(kernel, 1).mean.shape == (1,)
    value, gradient = log_prior(WhiteKernel(1.0, "fixed"), 1)
    assert value == 0
    assert gradient.shape == (0,)


def test_start_keeps_what_has_no_prior():
    prior = LogNormalPrior(np.array([3.0, 0.0]), np.array([1.0, 0.0]))
    assert_allclose(prior.start(np.array([7.0, 8.0])), [3, 8])
