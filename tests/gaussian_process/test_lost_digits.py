"""Gaussian processes where rounding of the kernel or of the labels would decide."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import LinAlgWarning
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    WhiteKernel,
)

from skcurious import CuriousGaussianProcessRegressor
from skcurious.gaussian_process import Columns, Linear
from skcurious.gaussian_process._digits import visible, warn_if_singular
from skcurious.tangent import CholeskyFactor


def process(kernel, **options):
    return CuriousGaussianProcessRegressor(kernel, optimizer=None, **options)


KERNELS = [
    RBF(),
    1e8 * RBF(10.0) + WhiteKernel(0.1),
    RBF(1e6),
    Columns(RBF(), [0]),
]


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_a_kernel_that_hardly_varies(kernel):
    X = np.column_stack([1e-8 * np.arange(4.0), np.zeros(4)])
    model = process(kernel, alpha=1e-10, normalize_y=False)
    with pytest.warns(LinAlgWarning, match="tangent has few correct digits"):
        model.fit(X, [1.0, -1.0, 0.5, 2.0])


@pytest.mark.parametrize(
    "kernel", [RBF(), DotProduct(), Linear(), DotProduct() + Columns(RBF(), [1])]
)
def test_a_kernel_of_low_rank_is_no_such(kernel):
    rng = np.random.default_rng(0)
    X = np.repeat(rng.standard_normal((4, 2)), 3, axis=0)
    Y = rng.standard_normal((12, 2))
    model = process(kernel, alpha=1e-8).fit(X, Y)  # warnings are errors
    # Repeated rows are one of a third of the noise.
    means = Y.reshape(4, 3, 2).mean(axis=1)
    spread, mean = Y.std(axis=0), Y.mean(axis=0)
    K = kernel(X[::3])
    noise = 1e-8 / 3
    # In eigenvectors, of those that the kernel sees.
    values, V = np.linalg.eigh(K)
    seen = values > 1e-12
    moved = -noise * values / (values + noise) ** 2 * seen
    tangent = V @ (moved[:, None] * (V.T @ ((means - mean) / spread))) * spread
    told = model.predict_tangent(X[::3])
    assert_allclose(told, tangent, atol=1e-5 * np.abs(tangent).max())


def test_what_kernels_see():
    X = np.array([[1.0, 5.0, 2.0], [2.0, 5.0, 2.0], [1.0, 5.0, 2.0], [4.0, 5.0, 2.0]])
    for kernel, n_functions in (
        (ConstantKernel(2.0), 1),
        (DotProduct(), 2),
        (3.0 * Linear(), 2),
        (RBF(), 3),
        (DotProduct() * DotProduct(), 3),
        (RBF() + DotProduct(), 4),
        (Columns(RBF(), [1, 2]), 1),
    ):
        assert np.linalg.matrix_rank(visible(kernel, X)) <= n_functions
        K = kernel(X)
        basis, _ = np.linalg.qr(visible(kernel, X))
        assert_allclose(basis @ (basis.T @ K), K, atol=1e-12 * np.abs(K).max())


def test_a_kernel_matrix_that_is_singular_but_for_rounding():
    lower = np.array([[1.0, 0.0], [1.0, 1e-8]])
    factor = CholeskyFactor.of(np.asfortranarray(lower), 2.0)
    with pytest.warns(LinAlgWarning, match="singular but for rounding"):
        warn_if_singular(factor, np.ones(2))
    factor = CholeskyFactor.of(np.asfortranarray(lower + np.diag([0, 1e-4])), 2.0)
    warn_if_singular(factor, np.ones(2))


def test_a_process_without_noise_knows_its_labels():
    model = process(RBF(), alpha=0.0).fit([[0.0], [1.0], [3.0]], [1.0, 2.0, 0.0])
    with pytest.warns(UserWarning, match="few correct digits"):
        model.predict([[1.0 + 1e-9]], return_std=True)
    model.predict([[1.5]], return_std=True)


def test_labels_that_hardly_differ_are_normalised():
    y = 7e4 + 1e-7 * np.array([1.0, -1.0, 0.5])
    model = process(RBF(), alpha=1e-3).fit([[0.0], [1.0], [3.0]], y)
    assert_allclose(model.y_train_.mean(), 0, atol=1e-15)
    assert_allclose(model.y_train_.std(), 1, rtol=1e-15)


def test_labels_of_any_size():
    X, y = [[0.0], [1.0], [3.0]], np.array([1.0, 2.0, 0.0])
    expected = process(RBF(), alpha=1e-3).fit(X, y)
    # The squares of 1e-140 are still numbers, those of 1e-170 are not.
    model = process(RBF(), alpha=1e-3).fit(X, 1e-140 * y)
    assert_allclose(model.predict([[0.3]]) * 1e140, expected.predict([[0.3]]))
    with pytest.raises(ValueError, match="y is too small"):
        process(RBF(), alpha=1e-3).fit(X, 1e-170 * y)


@pytest.mark.parametrize("noise", [1.0, 1e-4])
def test_the_complexity_of_a_line(rng, noise):
    """Labels have parts that no line follows, which are large over little noise."""
    x, y = 1e3 * rng.standard_normal(8), rng.standard_normal(8)
    process = CuriousGaussianProcessRegressor(
        DotProduct(1.0), alpha=noise, optimizer=None, normalize_y=False
    )
    process.fit(x[:, None], y)
    features = np.column_stack([np.ones(8), x])
    curvature = features.T @ features + noise * np.eye(2)
    theta = np.linalg.solve(curvature, features.T @ y)
    model = process.linearised_
    assert_allclose(model.complexity(), theta @ theta / 2, rtol=1e-9)
    new = np.array([[0.0], [500.0]])
    assert_allclose(
        model.output(model.at(new))[:, 0], theta[0] + new[:, 0] * theta[1], rtol=1e-9
    )
    out = np.arange(8) != 3
    left = features[out].T @ features[out] + noise * np.eye(2)
    mean = features[3] @ np.linalg.solve(left, features[out].T @ y[out])
    assert_allclose(process.leave_one_out()[3], mean, rtol=1e-6)
