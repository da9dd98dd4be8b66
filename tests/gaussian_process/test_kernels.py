"""Our own kernels, by the checks that scikit-learn makes of its kernels."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    Matern,
    Sum,
    WhiteKernel,
)

from skcurious.gaussian_process import Columns, Linear, PerGroup, auto_kernel

KERNELS = {
    "linear": Linear(0.7),
    "linear fixed": Linear(0.7, "fixed"),
    "columns": Columns(2.0 * RBF([0.8, 1.9]), [3, 0]),
    "columns from the end": Columns(RBF(0.8), [-2]),
    "group": PerGroup(2.0 * Matern([0.8, 1.9, 1.1]) + WhiteKernel(0.2), 1),
    "group at the end": PerGroup(RBF(0.8), -1),
    "group fixed": PerGroup(ConstantKernel(2.0, "fixed") * RBF(1.5), 1),
    "both": Columns(RBF(), [0, 2]) + PerGroup(Columns(Linear(), [0, 1]), 1),
    "auto": auto_kernel(4),
    "auto of one column": Columns(auto_kernel(1), [2]),
}


@pytest.fixture
def X(rng):
    X = rng.standard_normal((9, 4))
    X[:, 1] = [0, 1, 2, 0, 1, 2, 0, 0, 5]
    X[:, 3] = X[::-1, 1]
    return X


@pytest.fixture(params=KERNELS)
def kernel(request):
    return KERNELS[request.param]


def has_white(kernel):
    return "WhiteKernel" in repr(kernel)


def test_diagonal(kernel, X):
    assert_allclose(kernel.diag(X), np.diag(kernel(X)), rtol=1e-13)


def test_rows_against_themselves(kernel, X):
    K = kernel(X, X)
    if has_white(kernel):  # noise is no function of x
        K[np.diag_indices(9)] = kernel.diag(X)
    assert_allclose(K, kernel(X), rtol=1e-13)
    assert_allclose(kernel(X[:3], X), kernel(X, X)[:3], rtol=1e-13)
    assert_allclose(K, K.T)


def test_positive_semidefinite(kernel, X):
    assert np.linalg.eigvalsh(kernel(X)).min() > -1e-12


def test_eval_gradient_against_differences(kernel, X):
    K, K_gradient = kernel(X, eval_gradient=True)
    assert_allclose(K, kernel(X))
    assert K_gradient.shape == (9, 9, kernel.n_dims)
    for j in range(kernel.n_dims):
        step = 1e-6 * np.eye(kernel.n_dims)[j]
        up, down = (kernel.clone_with_theta(kernel.theta + s)(X) for s in (step, -step))
        assert_allclose(K_gradient[:, :, j], (up - down) / 2e-6, atol=1e-8)


def test_gradient_of_other_rows_is_refused(kernel, X):
    with pytest.raises(ValueError, match=r"gradient|Gradient"):
        kernel(X, X, eval_gradient=True)


def test_theta_names_and_bounds_fit(kernel):
    free = [h for h in kernel.hyperparameters if not h.fixed]
    assert sum(h.n_elements for h in free) == len(kernel.theta) == kernel.n_dims
    params = kernel.get_params()
    values = [np.ravel(params[h.name]) for h in free]
    if free:
        assert_allclose(np.log(np.concatenate(values)), kernel.theta)
        assert_allclose(np.vstack([np.log(h.bounds) for h in free]), kernel.bounds)


def test_theta_round_trip(kernel, rng):
    theta = kernel.theta + rng.standard_normal(kernel.n_dims)
    other = kernel.clone_with_theta(theta)
    assert_allclose(other.theta, theta)
    if kernel.n_dims:
        assert not np.allclose(kernel.theta, theta)
        assert other != kernel


def test_clone_and_pickle(kernel, X):
    for other in (clone(kernel), pickle.loads(pickle.dumps(kernel))):
        assert other is not kernel
        assert other == kernel
        assert repr(other) == repr(kernel)
        assert_array_equal(other(X), kernel(X))


def test_a_clone_shares_no_kernel():
    kernel = PerGroup(RBF(1.0), 0)
    other = clone(kernel)
    other.theta = other.theta + 1
    assert kernel.kernel.length_scale == 1.0


def test_set_params_by_nested_names():
    kernel = Sum(Linear(), PerGroup(Columns(RBF(), [0]), 1))
    kernel.set_params(k2__kernel__kernel__length_scale=3.0, k1__variance=2.0)
    assert kernel.k2.kernel.kernel.length_scale == 3.0
    assert kernel.k1.variance == 2.0


def test_equal_only_with_the_same_column():
    assert PerGroup(RBF(), 0) != PerGroup(RBF(), 1)
    assert Columns(RBF(), [0]) != Columns(RBF(), [1])
    assert Columns(RBF(), [0]) == Columns(RBF(), [0])
    assert Columns(RBF(), [0]) != RBF()


def test_stationary():
    assert not Linear().is_stationary()
    assert not Columns(DotProduct(), [0]).is_stationary()
    assert PerGroup(RBF(), 0).is_stationary()


def test_linear_is_a_scaled_dot_product(X):
    expected = ConstantKernel(0.7 / 5) * DotProduct(1.0)
    assert_allclose(Linear(0.7)(X), expected(X))
    standardised = (X - X.mean(axis=0)) / X.std(axis=0)
    assert_allclose(Linear(0.7).diag(standardised).mean(), 0.7)


def test_columns_in_their_order(X):
    kernel = RBF([0.8, 1.9])
    assert_allclose(Columns(kernel, [3, 0])(X), kernel(X[:, [3, 0]]))
    assert_allclose(Columns(kernel, [3, 0])(X, X[:2]), kernel(X[:, [3, 0]])[:, :2])


def test_per_group_is_a_block_for_each_group(X):
    rest = np.delete(X, 1, axis=1)
    K = PerGroup(RBF(), 1)(X)
    expected = RBF()(rest)
    for i in range(9):
        for j in range(9):
            assert_allclose(K[i, j], expected[i, j] if X[i, 1] == X[j, 1] else 0)


def test_groups_may_be_scaled_and_far_from_zero(X):
    other = X.copy()
    other[:, 1] = (X[:, 1] - 1.7) / 0.3 + 1e6
    kernel = PerGroup(RBF(), 1)
    assert_array_equal(kernel(other), kernel(X))


@pytest.mark.parametrize(
    ("kernel", "name"),
    [
        (PerGroup(RBF(), 4), "column"),
        (PerGroup(RBF(), -5), "column"),
        (Columns(RBF(), [0, 7]), "columns"),
    ],
)
def test_columns_that_are_not_there(kernel, name, X):
    with pytest.raises(ValueError, match=f"{name}: X has 4 columns"):
        kernel(X)


def test_in_the_regressor_of_scikit_learn(X, rng):
    y = rng.standard_normal(9)
    model = GaussianProcessRegressor(KERNELS["both"] + WhiteKernel(), optimizer=None)
    mean, std = model.fit(X, y).predict(X, return_std=True)
    assert np.isfinite(mean).all()
    assert (std > 0).all()


def test_auto_kernel_starts_where_it_should():
    kernel = auto_kernel(9)
    assert_allclose(np.exp(kernel.theta), [1, *[3] * 9, 1, *[3] * 9, np.exp(-1), 0.1])
    lower, upper = kernel.bounds.T
    assert (kernel.theta - lower > 8).all()
    assert (upper - kernel.theta > 9).all()
