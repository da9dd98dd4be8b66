"""CuriousRidge where rounding of a mean, of products or of float32 would decide."""

import warnings

import numpy as np
import pytest
from exact import exact_ridge
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.linalg import LinAlgWarning

from skcurious import CuriousRidge

FORMS = {"dense": np.asarray, "csr": sparse.csr_matrix}
forms = pytest.mark.parametrize("form", FORMS)


def leverages(model, X):
    return model.predict_covariance(X, noise_variance=1.0).diagonal()


@pytest.mark.parametrize("solver", ["auto", "svd"])
def test_a_mean_that_rounding_puts_off(solver):
    # Three different rows, each twice: half of what is known of one is its own label.
    y = np.tile([1.5, 2.0, 4.0], 2)
    for seed in range(10):
        z = np.random.default_rng(seed).standard_normal((3, 4))
        X = np.tile(np.array([1e16, 0, 0, 0]) + z * [1e8, 1e5, 1e3, 1e5], (2, 1))
        model = CuriousRidge(1e-10, solver=solver).fit(X, y)
        assert_allclose(leverages(model, X), 0.5, rtol=1e-5)
        assert_allclose(model.predict(X), y, rtol=1e-5)


@pytest.mark.parametrize("n_samples", [4, 12])
@forms
def test_a_mean_that_rounding_puts_off_in_sparse_rows(form, n_samples):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((n_samples, 8))
    X[:, 0] = 1e12 * (1 + 1e-12 * X[:, 0])
    X[n_samples // 2 :] = X[: n_samples // 2]
    y = np.column_stack([X[:, 1], X[:, 2]])
    model = CuriousRidge([1e-6, 1e-5]).fit(FORMS[form](X), y)
    near = X - [1e12, *np.zeros(7)]  # exactly the same numbers about another zero
    expected = CuriousRidge([1e-6, 1e-5], solver="svd").fit(near, y)
    assert_allclose(
        leverages(model, FORMS[form](X)), leverages(expected, near), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("shape", "alpha"), [((2, 5), 1e-3), ((5, 7), [1.0, 0.1]), ((5, 3), [1.0, 0.1])]
)
@forms
def test_float32_is_as_right_as_it_can_be(form, shape, alpha):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal(shape).astype(np.float32)
        y = rng.standard_normal((len(X), np.size(alpha))).astype(np.float32)
        weights = None
        if np.size(alpha) > 1:
            weights = 10 ** rng.uniform(-6, 6, len(X)).astype(np.float32)
        model = CuriousRidge(alpha).fit(FORMS[form](X), y, weights)
        assert model.coef_.dtype == np.float32
        expected = CuriousRidge(np.float32(alpha).astype(np.float64), solver="svd")
        expected.fit(X.astype(np.float64), y.astype(np.float64), weights)
        told, right = (
            leverages(m, FORMS[form](X)) if m is model else leverages(m, X)
            for m in (model, expected)
        )
        assert_allclose(told, right, rtol=5e-6)
        most = np.abs(expected.coef_tangent_).max()
        assert_allclose(model.coef_tangent_, expected.coef_tangent_, atol=2e-5 * most)


def test_tangents_that_underflow_altogether():
    X, y = np.array([[1e120], [2e120]]), np.array([1.0, 2.0])
    weights = np.full(2, 1e20)
    # -coef / A is -1e-120 / 5e260.
    with pytest.warns(UserWarning, match="underflow float64"):
        CuriousRidge(alpha=1.0, fit_intercept=False).fit(X, y, weights)


def test_float32_coefficients_that_underflow():
    rng = np.random.default_rng(3)
    X = np.column_stack([1e27 * rng.standard_normal(6), rng.standard_normal(6)])
    y = 1e-18 * (rng.standard_normal((6, 2)) + X[:, [0]] / 1e27)
    with pytest.warns(UserWarning, match="underflow float32"):
        CuriousRidge([1e-3, 1e-2]).fit(X.astype(np.float32), y.astype(np.float32))


def test_float32_deviations_that_overflow():
    X = np.float32([[0.0], [0.0], [1.0]])
    model = CuriousRidge(1e-100).partial_fit(X[:2], np.float32([0.0, 1.0]))
    with pytest.raises(ValueError, match="standard deviations of X are not finite"):
        model.predict(X, return_std=True)


@forms
def test_conjugate_gradients_without_alpha_beside_a_large_column(form):
    rng = np.random.default_rng(4)
    X = np.column_stack([rng.standard_normal(13), 1e16 * rng.standard_normal(13)])
    model = CuriousRidge(0.0, solver="sparse_cg")
    with pytest.warns(LinAlgWarning, match="do not see columns that are small"):
        model.fit(FORMS[form](X), X[:, 0])
    X[:, 1] /= 1e16
    model.fit(FORMS[form](X), X[:, 0])  # no warning
    assert_allclose(model.coef_, [1, 0], atol=1e-6)


@forms
def test_noise_of_rows_far_from_zero(form):
    rng = np.random.default_rng(5)
    X = 1e8 + rng.standard_normal((3, 2))
    y = rng.standard_normal(3)
    model = CuriousRidge(0.0).fit(FORMS[form](X), y)
    # Three labels and as many parameters: 1e-18 were predictions about zero.
    assert model.noise_variance_ < 1e-24


def test_covariances_that_products_lose():
    # Along a column that no row has, the inverse of alpha multiplies rounding.
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X = np.column_stack([rng.standard_normal((2, 2)) * [1, 1e-5], np.zeros(2)])
        pool = np.vstack([X, rng.standard_normal((2, 3)) * [1, 1e-5, 1e-8]])
        model = CuriousRidge(1e-100, fit_intercept=False).fit(X, [0.0, 1.0])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            h = model.predict_covariance(pool, noise_variance=1.0)
        size = np.sqrt(h.diagonal())
        few = any("few correct digits" in str(w.message) for w in caught)
        assert few or (np.abs(h) <= (1 + 1e-5) * size * size[:, None]).all()


def test_variances_that_the_products_lose():
    # Three columns of one size and one of another, in weights of many sizes.
    rng = np.random.default_rng(6)
    X = rng.standard_normal((5, 4)) * [1e20, 1e20, 1e20, 1]
    weights = 10.0 ** np.array([6, -10, -4, -9, 2])
    model = CuriousRidge([10.0, 1.0], fit_intercept=False)
    y = rng.standard_normal((5, 2))
    with pytest.warns(LinAlgWarning, match="few correct digits"):
        model.partial_fit(X, y, weights)


def test_what_is_left_out_as_rounding():
    # Two columns that a float32 copy tells apart, but for a row that is too large.
    rng = np.random.default_rng(7)
    a = np.append(1.0, 1e-8 * rng.standard_normal(11))
    X = np.column_stack([1e5 * a, 1e10 * np.float32(a), 1e12 * rng.standard_normal(12)])
    model = CuriousRidge(10.0, fit_intercept=False)
    with pytest.warns(LinAlgWarning, match="few correct digits"):
        model.fit(X, 1e3 * rng.standard_normal(12))


def test_no_warning_of_columns_without_rank():
    rng = np.random.default_rng(8)
    hot = np.eye(5)[rng.integers(0, 5, 30)]
    X = np.column_stack([hot, hot[:, 0], np.full(30, 0.7)])
    for alpha in (1.0, 1e-3, 1e-8):
        for solver in ("auto", "svd"):
            model = CuriousRidge(alpha, solver=solver).fit(X, rng.standard_normal(30))
            assert (leverages(model, X) < 1).all()
            model.predict_covariance(X)


# -- streams ---------------------------------------------------------------------------


def assert_is_fit_of(model, X, y, weights=None, rtol=1e-5):
    expected = CuriousRidge(model.alpha).fit(X, y, weights)
    assert_allclose(model.predict(X), expected.predict(X), rtol=rtol)
    assert_allclose(leverages(model, X), leverages(expected, X), rtol=rtol)


@pytest.mark.filterwarnings("ignore:Rows were taken out that were so large")
def test_forget_rows_that_most_of_the_weight_is_on():
    rng = np.random.default_rng(9)
    for _ in range(10):
        X, y = rng.standard_normal((15, 3)), rng.standard_normal(15)
        weights = 10 ** np.append(rng.uniform(4, 6, 5), rng.uniform(-1.5, 0, 10))
        heavy = np.arange(5)
        light = np.setdiff1d(np.arange(15), heavy)
        model = CuriousRidge(1.0)
        for i in range(15):
            model.partial_fit(X[[i]], y[[i]], weights[[i]])
        model.forget(X[heavy], y[heavy], weights[heavy])
        assert_is_fit_of(model, X[light], y[light], weights[light])


@pytest.mark.filterwarnings("ignore")
def test_forget_after_the_large_row_that_the_stream_began_with():
    # Of one column nothing is left but rounding, and the others still say all they did.
    rng = np.random.default_rng(10)
    X, y = rng.standard_normal((14, 4)), rng.standard_normal(14)
    X[0, 3] = 1e8
    model = CuriousRidge(0.1)
    for start in range(0, 14, 2):
        rows = slice(start, start + 2)
        model.partial_fit(X[rows], y[rows], np.full(2, 1e20))
        if start:
            gone = slice(start - 2, start)
            model.forget(X[gone], y[gone], np.full(2, 1e20))
    assert np.isfinite(model.coef_).all()


def test_a_mean_that_is_lost_with_the_rows_around_it():
    X = np.array([[1e20], [1e20], [9.5e11]])
    model = CuriousRidge(1e-10).partial_fit(X, [0.0, 1.0, 2.0])
    with pytest.warns(UserWarning, match="few correct digits"):
        model.forget(X[:2], [0.0, 1.0])


def test_small_columns_of_a_stream_that_one_row_made():
    # What rounding leaves of the small column is divided by alpha twice.
    x, y = np.array([[1.6e21, 1e-8]]), [1e-4]
    model = CuriousRidge(1e-20, fit_intercept=False).partial_fit(x, y)
    assert_allclose(model.predict_tangent(x), -1e-4 / 1.6e21**2, rtol=1e-9)


def test_small_entries_of_singular_vectors():
    # Columns far from zero are nearly collinear, and of very different sizes besides.
    rng = np.random.default_rng(11)
    sizes = np.array([1.6e38, 1.6e29, 1e20, 1.6e9, 1.0])
    X = rng.standard_normal((14, 5)) * sizes
    X[:, [0, 1, 3]] = sizes[[0, 1, 3]] * (1 + rng.random((14, 3)) / 16)
    y = X[:, [4, 4]] + rng.standard_normal((14, 2))
    alpha = [1.0, 0.1]
    model = CuriousRidge(alpha, fit_intercept=False).fit(sparse.csr_matrix(X), y)
    expected = np.stack(exact_ridge(X, y, alpha, fit_intercept=False))
    told = np.stack([model.coef_.T, model.coef_tangent_.T])
    units = sizes[:, None]
    most = np.abs(expected * units).max(axis=1, keepdims=True)
    assert_allclose(told * units / most, expected * units / most, atol=1e-8)
