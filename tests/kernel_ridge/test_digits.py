"""Kernel ridge regression in a hundred digits: weights that differ in size."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from exact import exact_solve
from numpy.testing import assert_allclose
from sklearn.metrics.pairwise import laplacian_kernel, rbf_kernel

from skcurious import CuriousKernelRidge, CuriousKernelRidgeCV


def exact_kernel_ridge(K, y, weights, alpha):
    """Dual coefficients and their derivatives."""
    with localcontext() as context:
        context.prec = 100
        root = np.array([Decimal(float(w)).sqrt() for w in weights])[:, None]
        K = np.vectorize(lambda v: Decimal(float(v)), otypes=[object])(K)
        y = np.array([Decimal(float(v)) for v in y])[:, None]
        M = K * root * root.T
        dual = exact_solve(M, y * root, alpha)
        moved = -exact_solve(M, dual, alpha)
        return (dual * root).astype(float)[:, 0], (moved * root).astype(float)[:, 0]


@pytest.mark.parametrize("alpha", [1.0, 1e-4, 1e-8, 1e-12])
@pytest.mark.parametrize("weights", ["two rows of hardly any", "all sizes"])
def test_weights_that_differ_in_size(rng, weights, alpha):
    X, y = rng.standard_normal((12, 3)), rng.standard_normal(12)
    if weights == "all sizes":
        weights = 10.0 ** rng.uniform(-10, 6, 12)
    else:
        weights = np.append(np.full(10, 6e5), [1e-10, 1e-10])
    K = laplacian_kernel(X)
    model = CuriousKernelRidge(alpha, kernel="precomputed").fit(K, y, weights)
    dual, moved = exact_kernel_ridge(K, y, weights, alpha)
    for value, expected in [
        (K @ model.dual_coef_, K @ dual),
        (model.predict_tangent(K), K @ moved),
        (model.dual_coef_tangent_, moved),
    ]:
        assert_allclose(value, expected, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("light", [0, 5])
def test_leave_one_out_errors_of_rows_that_weigh_little(rng, light, fit_intercept):
    X, y = rng.standard_normal((9, 2)), rng.standard_normal(9)
    weights = np.full(9, 1e6)
    weights[light] = 1e-10
    model = CuriousKernelRidgeCV(
        [10.0], kernel="rbf", gamma=0.5, fit_intercept=fit_intercept
    )
    model.set_params(store_cv_results=True).fit(X, y, weights)
    K = rbf_kernel(X, gamma=0.5)
    for i in range(9):
        rest = np.arange(9) != i
        one = CuriousKernelRidge(10.0, kernel="precomputed")
        one.set_params(fit_intercept=fit_intercept)
        one.fit(K[np.ix_(rest, rest)], y[rest], weights[rest])
        error = y[i] - one.predict(K[[i]][:, rest])[0]
        found = np.ravel(model.cv_results_[i])[0]
        assert_allclose(found, weights[i] * error**2, rtol=1e-5)


@pytest.mark.parametrize("weights", [None, "some"])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("alpha", [1.0, 0.01])
def test_what_a_linear_kernel_does_not_see(rng, alpha, fit_intercept, weights):
    """Of large rows: predictions and complexity are those of the line."""
    x, y = 1e3 * rng.standard_normal(6), 1e-3 * rng.standard_normal(6)
    w = np.ones(6) if weights is None else rng.integers(1, 4, 6).astype(float)
    model = CuriousKernelRidge(alpha, kernel="linear", fit_intercept=fit_intercept)
    model.fit(x[:, None], y, None if weights is None else w)
    x_mean, y_mean = [np.average(v, weights=w) for v in (x, y)]
    if not fit_intercept:
        x_mean = y_mean = 0
    size = w @ (x - x_mean) ** 2 + alpha
    slope = w @ ((x - x_mean) * (y - y_mean)) / size
    new = np.array([-2e3, 0.5, 3.0, 700.0])
    moved = (new - x_mean) * slope
    assert_allclose(model.predict(new[:, None]) - y_mean, moved, rtol=1e-11, atol=1e-17)
    assert_allclose(
        model.predict_tangent(new[:, None]), -moved / size, rtol=1e-11, atol=1e-24
    )
    assert_allclose(model.linearised_.complexity(), slope**2 / 2, rtol=1e-11)
