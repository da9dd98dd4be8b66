"""Kernels of large rows: distances, and variances that are differences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import exact_leverage, exact_products
from scipy import sparse
from scipy.linalg import LinAlgWarning
from sklearn.base import clone

from skcurious import CuriousKernelRidge, CuriousKernelRidgeCV
from skcurious.query import variance_sampling

ROUNDING = "few correct digits"


def poly(X, Z, degree):
    return [[(p / 4 + 1) ** degree for p in row] for row in exact_products(X, Z)]


@pytest.mark.parametrize("scale", ["large", "offset"])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("intercept", [False, True])
def test_std_is_the_diagonal_of_the_covariance(rng, intercept, kind, scale):
    X = rng.standard_normal((20, 3))
    X = X * 1e6 if scale == "large" else X + 1e6
    options = {"kernel": "rbf", "gamma": 0.3, "fit_intercept": intercept}
    model = CuriousKernelRidge(1e-3, **options).fit(kind(X), X[:, 0] % 1)
    variance = model.predict(kind(X), return_std=True)[1] ** 2
    for covariance in (
        model.predict_covariance(kind(X)),
        model.predict_covariance(kind(X), kind(X.copy())),
    ):
        assert_allclose(covariance.diagonal(), variance, rtol=1e-9)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_distances_do_not_depend_on_the_origin(rng, kind):
    X = np.round(rng.standard_normal((20, 3)) * 64) / 64
    y = rng.standard_normal(20)
    options = {"alpha": 0.1, "kernel": "rbf", "gamma": 0.5}
    near = CuriousKernelRidge(**options).fit(X, y)
    far = CuriousKernelRidge(**options).fit(kind(X + 2.0**30), y)
    pool = np.round(rng.standard_normal((9, 3)) * 64) / 64
    for method in ("predict", "predict_tangent", "curiosity_score"):
        expected = getattr(near, method)(pool)
        actual = getattr(far, method)(kind(pool + 2.0**30))
        assert_allclose(actual, expected, rtol=1e-9)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_near_rows_further_from_zero_than_their_squares_can_tell(rng, kind):
    """The square of the distance is off by more than any kernel reaches."""
    X = np.round(rng.standard_normal((8, 2)) * 64) / 64
    options = {"alpha": 0.1, "kernel": "rbf", "gamma": 0.5}
    near = CuriousKernelRidge(**options).fit(X, X[:, 0])
    far = CuriousKernelRidge(**options).fit(kind(X + 2.0**43), X[:, 0])
    expected = near.predict_tangent(X)
    assert_allclose(far.predict_tangent(kind(X + 2.0**43)), expected, rtol=1e-9)


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e-20, 1e200])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_angles_of_rows_of_any_length(rng, kind, scale):
    X, y = rng.standard_normal((9, 2)), rng.standard_normal(9)
    model = CuriousKernelRidge(0.1, kernel="cosine")
    expected = clone(model).fit(X, y).predict_tangent(X)
    found = model.fit(kind(scale * X), y).predict_tangent(kind(scale * X))
    assert_allclose(found, expected, rtol=1e-9)


def test_an_inner_product_that_overflows_is_not_hidden_by_tanh():
    X = np.array([[1e155, 1e300], [1e155, -1e300]])
    with pytest.raises(ValueError, match="kernel='sigmoid' gives values that are not"):
        CuriousKernelRidge(kernel="sigmoid", gamma=1.0).fit(X, [0.0, 1.0])


def test_a_kernel_that_underflows():
    X = np.array([[1e-160], [3e-160]])
    with pytest.warns(UserWarning, match="The kernel .* is 9e-320 at most.*Scale"):
        CuriousKernelRidge(1e-20).fit(X, [0.0, 1.0])


def test_leave_one_out_errors_beside_rows_of_no_weight(rng):
    """Of what they leave of space only rounding is in the others."""
    X, y = 0.01 * rng.standard_normal((6, 2)), rng.standard_normal(6)
    weights = np.array([0, 0, 0.7, 0, 1, 0])
    model = CuriousKernelRidgeCV(
        [1e-6, 1e-3], kernel="poly", gamma=1e3, fit_intercept=False
    ).set_params(store_cv_results=True)
    found = model.fit(X, y, weights).cv_results_
    counted = weights > 0
    model.fit(X[counted], y[counted], weights[counted])
    assert_allclose(found[counted], model.cv_results_, rtol=1e-7)


def test_equal_rows_about_their_mean(rng):
    """What is left of their kernel is rounding, and not indefinite."""
    X = np.repeat(rng.standard_normal((1, 2)), 2, axis=0)
    model = CuriousKernelRidgeCV([1e-20, 1.0], kernel="poly", gamma=1e3)
    with pytest.warns(LinAlgWarning, match="leave-one-out errors of the smallest"):
        model.set_params(store_cv_results=True).fit(X, [0.0, 1.0])
    assert_allclose(model.cv_results_, 1.0)


def test_dense_and_sparse_rows_meet(rng):
    X = rng.standard_normal((20, 3)) + 1e6
    model = CuriousKernelRidge(0.1, kernel="rbf").fit(X, X[:, 0] % 1)
    assert_allclose(
        model.predict_tangent(sparse.csr_matrix(X)), model.predict_tangent(X), rtol=1e-6
    )


@pytest.mark.filterwarnings("ignore:K . alpha I is ill-conditioned")
def test_a_variance_within_rounding_is_warned_of(rng):
    X = 1000 + 100 * rng.standard_normal((12, 2))
    pool = 1000 + 100 * rng.standard_normal((3, 2))
    y = rng.standard_normal(12)
    for alpha, rounds in ((1e4, False), (1e-2, True)):
        model = CuriousKernelRidge(alpha, kernel="poly", degree=2, gamma=0.25)
        model.fit(X, y)
        exact = exact_leverage(
            poly(X, X, 2), poly(X, pool, 2), poly(pool, pool, 2), alpha
        )
        if not rounds:
            h = model.predict_covariance(pool, noise_variance=1)
            assert_allclose(h, exact, rtol=1e-5)
            continue
        with pytest.warns(UserWarning, match=ROUNDING):
            h = model.predict_covariance(pool, noise_variance=1).diagonal()
        assert (h > 1e-2 * exact.diagonal()).all()
        assert_allclose(h, exact.diagonal(), atol=0.5)


def test_what_the_kernel_does_not_see_is_no_silent_zero(rng):
    X = 1000 + 100 * rng.standard_normal((20, 3))
    model = CuriousKernelRidge(1e-7, kernel="linear").fit(X, X[:, 0])
    exact = exact_leverage(*[exact_products(A, B) for A, B in XZ(X)], 1e-7).diagonal()
    with pytest.warns(UserWarning, match=ROUNDING):
        variance = model.predict_covariance(X[:5], noise_variance=1).diagonal()
    assert (variance > 0).all()
    assert (variance < 1e3 * exact).all()
    for ask in (
        lambda: model.predict(X, return_std=True),
        lambda: variance_sampling(model, X, 2),
        lambda: model.predict_covariance(X[:3], X[:3]),
    ):
        with pytest.warns(UserWarning, match=ROUNDING):
            ask()


def XZ(X):
    return (X, X), (X, X[:5]), (X[:5], X[:5])


def test_a_kernel_that_is_not_semidefinite(rng):
    X = rng.standard_normal((6, 2))
    model = CuriousKernelRidge(5.0, kernel=lambda x, z: x[0] * z[0] - x[1] * z[1])
    with pytest.warns(UserWarning, match="not positive"):
        std = model.fit(X, X[:, 0]).predict([[0.0, 1.0]], return_std=True)[1]
    assert std == 0


def test_chi2_takes_scikit_learns_gamma(rng):
    X = rng.uniform(0.1, 1, (9, 3))
    model = CuriousKernelRidge(kernel="chi2").fit(X, X[:, 0])
    expected = CuriousKernelRidge(kernel="chi2", gamma=1.0).fit(X, X[:, 0])
    assert_allclose(model.predict(X), expected.predict(X))
    assert_allclose(model.predict_tangent(X), expected.predict_tangent(X))


@pytest.mark.parametrize("kernel", ["laplacian", "rbf", "poly"])
def test_long_indices(rng, kernel):
    X = rng.standard_normal((9, 3))
    rows = sparse.csr_matrix(X)
    rows.indices, rows.indptr = rows.indices.astype("i8"), rows.indptr.astype("i8")
    model = CuriousKernelRidge(kernel=kernel).fit(rows, X[:, 0])
    expected = CuriousKernelRidge(kernel=kernel).fit(X, X[:, 0])
    assert_allclose(model.predict(rows), expected.predict(X))
    assert_allclose(model.curiosity_score(rows), expected.curiosity_score(X))
    assert rows.indices.dtype == np.int64


@pytest.mark.parametrize("weighted", [False, True])
def test_labels_far_from_zero_leave_no_rounding_in_the_tangent(rng, weighted):
    X, pool = rng.standard_normal((20, 4)), rng.standard_normal((9, 4))
    y = np.round(rng.standard_normal(20) * 64) / 64
    weights = rng.uniform(0.5, 2, 20) if weighted else None
    options = {"alpha": 1e-6, "kernel": "rbf", "gamma": 0.25, "fit_intercept": True}
    near = CuriousKernelRidge(**options).fit(X, y, weights)
    far = CuriousKernelRidge(**options).fit(X, y + 1024, weights)
    assert_allclose(far.predict_tangent(pool), near.predict_tangent(pool), rtol=1e-6)
    assert_allclose(far.dual_coef_.sum(), 0, atol=1e-9)
    assert_allclose(far.dual_coef_tangent_.sum(), 0, atol=1e-9)
