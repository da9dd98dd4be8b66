"""CuriousRidge in a hundred digits: columns of any units, collinear, far from zero."""

import numpy as np
import pytest
from exact import exact_ridge
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.linalg import LinAlgWarning
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skcurious import CuriousRidge

FORMS = {"dense": np.asarray, "csr": sparse.csr_matrix}
forms = pytest.mark.parametrize("form", FORMS)


def assert_exact(model, X, y, rtol, weights=None):
    """Coefficients and tangent, in the units of their columns."""
    alpha = np.asarray(model.alpha, X.dtype)
    exact = exact_ridge(X, y, alpha, weights, model.fit_intercept)
    X = np.asarray(X, np.float64)
    sizes = np.linalg.norm(X - X.mean(axis=0) * model.fit_intercept, axis=0)
    for value, expected in zip((model.coef_, model.coef_tangent_), exact, strict=True):
        expected = expected.T * sizes
        atol = rtol * np.abs(expected).max()
        assert_allclose(value * sizes, expected, rtol=0, atol=atol)


def stamped(rng, n_samples, moment):
    """A one-hot column of forty levels, and a time stamp."""
    hot = np.eye(40)[rng.integers(0, 40, n_samples)]
    stamp = moment * (1 + rng.standard_normal(n_samples) / 16)
    return np.column_stack([hot, stamp]), hot @ np.arange(40) + rng.standard_normal(
        n_samples
    )


@pytest.mark.parametrize("alpha", [1.0, [1.0, 0.1]])
@pytest.mark.parametrize("moment", [1e6, 3e7, 1.6e9, 1.6e18])
@pytest.mark.parametrize("n_samples", [20, 100])
@forms
def test_a_time_stamp_beside_one_hot_columns(rng, form, n_samples, moment, alpha):
    X, y = stamped(rng, n_samples, moment)
    y = y if np.ndim(alpha) == 0 else np.column_stack([y, y])
    model = CuriousRidge(alpha).fit(FORMS[form](X), y)
    assert_exact(model, X, y, 1e-9)


@pytest.mark.parametrize("moment", [1.6e9, 1.6e18])
@pytest.mark.parametrize("n_samples", [20, 100])
def test_covariance_beside_a_time_stamp(rng, n_samples, moment):
    X, y = stamped(rng, n_samples, moment)
    model = CuriousRidge().fit(X, y)
    h = model.predict_covariance(X, noise_variance=1.0)
    # In other units the penalty of the stamp is another, and next to none in both.
    units = np.append(np.ones(40), moment / 1e3)
    expected = CuriousRidge().fit(X / units, y)
    assert_allclose(
        h, expected.predict_covariance(X / units, noise_variance=1.0), atol=1e-3
    )
    std = model.predict(X, return_std=True)[1]
    assert_allclose(std**2, model.noise_variance_ * h.diagonal(), rtol=1e-6)


@pytest.mark.parametrize("alpha", [1e-4, 1e-8])
@pytest.mark.parametrize("form", ["dense", "svd", "csr", "stream"])
def test_a_column_beside_its_float32_copy(rng, form, alpha):
    X = rng.standard_normal((50, 3))
    X = np.column_stack([X, X[:, 0].astype(np.float32)])
    y = X[:, 0] + rng.standard_normal(50)
    model = CuriousRidge(alpha, solver="svd" if form == "svd" else "auto")
    if form == "stream":
        model.partial_fit(X, y)
    else:
        model.fit(FORMS.get(form, np.asarray)(X), y)
    assert_exact(model, X, y, 1e-5)


@pytest.mark.parametrize("alpha", [1e-12, 1e-16])
def test_products_say_that_they_lost_the_difference_of_two_columns(rng, alpha):
    X = rng.standard_normal((50, 3))
    X = np.column_stack([X, X[:, 0].astype(np.float32)])
    y = X[:, 0] + rng.standard_normal(50)
    with pytest.warns(LinAlgWarning, match="Ill-conditioned"):
        CuriousRidge(alpha).partial_fit(X, y)
    assert_exact(CuriousRidge(alpha).fit(X, y), X, y, 1e-7)
    with pytest.warns(LinAlgWarning, match="Ill-conditioned"):
        CuriousRidge(alpha).fit(sparse.csr_matrix(X), y)


@pytest.mark.parametrize("offset", [1e5, 1e7, 1e9])
@forms
def test_without_an_intercept_far_from_zero(rng, form, offset):
    X = rng.standard_normal((50, 4)) + offset
    y = X[:, 0] - offset + rng.standard_normal(50)
    model = CuriousRidge(fit_intercept=False)
    if form == "dense":
        assert_exact(model.fit(FORMS[form](X), y), X, y, 1e-6)
    else:
        with pytest.warns(LinAlgWarning, match="Ill-conditioned"):
            model.fit(FORMS[form](X), y)
    with pytest.warns(LinAlgWarning, match="Ill-conditioned"):
        CuriousRidge(fit_intercept=False).partial_fit(X, y)


def test_an_exact_copy_is_no_warning(rng):
    X = rng.standard_normal((50, 3))
    X, y = np.column_stack([X, X[:, 0]]), X[:, 0] + rng.standard_normal(50)
    for alpha in (1e-2, 1e-6, 1e-10):
        assert_exact(CuriousRidge(alpha).partial_fit(X, y), X, y, 1e-7)
        assert_exact(CuriousRidge(alpha).fit(sparse.csr_matrix(X), y), X, y, 1e-7)


@pytest.mark.parametrize("solver", ["auto", "svd"])
@pytest.mark.parametrize("shape", [(100, 5), (12, 30)])
def test_a_large_column_in_float32(rng, shape, solver):
    X = rng.standard_normal(shape)
    X[:, 3] *= 1e5
    X[:, 4] = X[:, 0]
    X = X.astype(np.float32)
    y = X[:, 0] + 2 * X[:, 1]
    model = CuriousRidge(0.01, solver=solver).fit(X, y)
    assert_exact(model, X, y, 1e-5)
    assert model.score(X, y) > 0.999


@pytest.mark.parametrize("alpha", [1e-2, 1e-4])
@pytest.mark.parametrize("mean", [0.0, 1e3, 1e6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
@forms
def test_wide_rows_off_centre(rng, form, weighted, dtype, mean, alpha):
    X = (rng.standard_normal((20, 50)) + mean).astype(dtype)
    y = rng.standard_normal(20).astype(dtype)
    weights = rng.uniform(0.1, 3, 20).astype(dtype) if weighted else None
    model = CuriousRidge(alpha).fit(FORMS[form](X), y, weights)
    rtol = 1e-8
    if dtype == np.float32:
        rtol = 3e-5 if form == "dense" or alpha == 1e-2 else 1e-2
    assert_exact(model, X, y, rtol, weights)


@pytest.mark.parametrize("mean", [1e3, 1e6])
def test_wide_rows_off_centre_at_a_tiny_alpha(rng, mean):
    X, y = rng.standard_normal((20, 50)) + mean, rng.standard_normal(20)
    for solver in ("auto", "svd"):
        assert_exact(CuriousRidge(1e-8, solver=solver).fit(X, y), X, y, 1e-10)


def test_sparse_rows_one_of_which_is_off_say_that_they_lost_digits(rng):
    X, y = rng.standard_normal((20, 50)) + 1e6, rng.standard_normal(20)
    X[0] = 0
    for alpha in (1e-2, 1e-8):
        with pytest.warns(LinAlgWarning, match="Ill-conditioned"):
            CuriousRidge(alpha).fit(sparse.csr_matrix(X), y)


@pytest.mark.parametrize("size", [1.0, 1e5, 1e9, 1e15])
@pytest.mark.parametrize("shape", [(60, 20), (20, 60)])
@forms
def test_conjugate_gradients_beside_a_large_column(rng, form, shape, size):
    X = rng.standard_normal(shape)
    X[rng.random(shape) < 0.5] = 0
    X[:, 0] *= size
    y = X[:, 0] / size + X[:, 1] + rng.standard_normal(len(X))
    model = CuriousRidge(solver="sparse_cg").fit(FORMS[form](X), y)
    assert_exact(model, X, y, 1e-2)  # tol is 1e-4
    model = CuriousRidge(solver="sparse_cg", tol=1e-12).fit(FORMS[form](X), y)
    assert_exact(model, X, y, 1e-6)


def test_conjugate_gradients_say_when_collinear_columns_are_beyond_them(rng):
    X = rng.standard_normal((60, 3))
    X = np.column_stack([X, X[:, 0] + 1e-7 * rng.standard_normal(60)])
    y = 1e7 * (X[:, 3] - X[:, 0]) + rng.standard_normal(60)
    with pytest.warns(ConvergenceWarning, match="relative error"):
        CuriousRidge(1e-16, solver="sparse_cg", tol=1e-12, max_iter=3).fit(X, y)


RANGES = {
    "alpha": (CuriousRidge(1e160), 1.0, 1.0, None, "alpha is 1e.160, the square"),
    "tiny": (CuriousRidge(1e-310), 1.0, 1.0, None, "alpha is 1e-310, the square"),
    "weights": (CuriousRidge(), 1.0, 1.0, 1.7e308, "The sum of sample_weight is"),
    "y": (CuriousRidge(), 1.0, 1e200, None, "y is too large"),
    "X": (CuriousRidge(), 1e200, 1.0, None, "numbers in X overflow"),
}


@pytest.mark.parametrize("case", RANGES)
@pytest.mark.parametrize("form", ["dense", "wide", "csr", "svd", "sparse_cg", "stream"])
def test_out_of_range(rng, form, case):
    model, x_unit, y_unit, weight, message = RANGES[case]
    X = rng.standard_normal((5, 9) if form == "wide" else (12, 3))
    y = rng.standard_normal(len(X))
    model = clone(model)
    if form in ("svd", "sparse_cg"):
        model.set_params(solver=form)
    fit = model.partial_fit if form == "stream" else model.fit
    weights = None if weight is None else np.full(len(X), weight)
    with pytest.raises(ValueError, match=message):
        fit(FORMS.get(form, np.asarray)(X * x_unit), y * y_unit, weights)


def test_alpha_out_of_the_range_of_float32(rng):
    X = rng.standard_normal((12, 3)).astype(np.float32)
    for alpha, message in [(1e-50, "too small for float32"), (1e25, "which float32")]:
        with pytest.raises(ValueError, match=message):
            CuriousRidge(alpha).fit(X, X[:, 0])


def test_large_and_small_alphas_within_the_range(rng):
    X, y = rng.standard_normal((12, 3)), rng.standard_normal(12)
    for alpha in (1e-150, 1e-100, 1e100, 1e150):
        for rows in (X, X[:2]):
            if alpha < 1 and rows is not X:
                continue
            model = CuriousRidge(alpha).fit(rows, y[: len(rows)])
            assert_exact(model, rows, y[: len(rows)], 1e-12)
