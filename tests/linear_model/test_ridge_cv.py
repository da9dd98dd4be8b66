"""CuriousRidgeCV against refits without each row, and against RidgeCV."""

from fractions import Fraction

import numpy as np
import pytest
from exact import exact_ridge
from numpy.testing import assert_allclose, assert_array_equal
from reference import leave_one_out
from scipy import sparse
from scipy.linalg import LinAlgWarning
from sklearn.base import clone
from sklearn.linear_model import Ridge, RidgeCV

from skcurious import CuriousRidge, CuriousRidgeCV
from skcurious.query import curiosity_sampling
from skcurious.tangent import _gram

ALPHAS = np.array([1e-4, 0.03, 1.0, 20.0])
SHAPES = {"tall": (25, 6), "square": (12, 11), "wide": (9, 25)}


def problem(rng, shape="tall", n_targets=1, mean=0.0):
    n_samples, n_features = SHAPES[shape]
    X = rng.standard_normal((n_samples, n_features))
    X[rng.random(X.shape) < 0.2] = 0
    X[:, 0] += 0.5
    y = rng.standard_normal((n_samples, n_targets)) + X[:, :1] + 3
    return X + mean, y[:, 0] if n_targets == 1 else y


def some_weights(rng, n_samples, kind):
    if kind == "none":
        return None
    weights = rng.uniform(0.2, 3, n_samples)
    if kind == "zeros":
        weights[[1, 4]] = 0
    return weights


@pytest.mark.covering(2)
@pytest.mark.parametrize(
    ("kind", "gcv_mode"),
    [(np.asarray, None), (np.asarray, "svd"), (sparse.csr_matrix, "eigen")],
)
@pytest.mark.parametrize("weighted", ["none", "positive", "zeros"])
@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_error_is_that_of_a_refit(
    rng, shape, fit_intercept, n_targets, weighted, kind, gcv_mode
):
    X, y = problem(rng, shape, n_targets)
    weights = some_weights(rng, len(y), weighted)
    model = CuriousRidgeCV(
        ALPHAS, fit_intercept=fit_intercept, gcv_mode=gcv_mode, store_cv_results=True
    ).fit(kind(X), y, weights)
    assert model.cv_results_.shape == (*y.shape, len(ALPHAS))
    for k, alpha in enumerate(ALPHAS):
        refit = Ridge(alpha, fit_intercept=fit_intercept, solver="svd")
        expected = leave_one_out(refit, X, y, weights)
        assert_allclose(model.cv_results_[..., k], expected, rtol=3e-8, atol=1e-12)
    means = model.cv_results_.reshape(-1, len(ALPHAS)).mean(axis=0)
    assert model.alpha_ == ALPHAS[means.argmin()]
    assert_allclose(model.best_score_, -means.min())
    total = len(y) if weights is None else weights.sum()
    best = model.cv_results_[..., means.argmin()]
    assert_allclose(model.noise_variance_, best.sum(axis=0) / total)


@pytest.mark.parametrize("alpha_per_target", [True, False])
@pytest.mark.parametrize("targets", [(20,), (20, 1), (20, 3)])
@pytest.mark.parametrize("weighted", ["none", "positive"])
@pytest.mark.parametrize("n_features", [4, 30])
def test_attributes_are_those_of_scikit_learn(
    rng, n_features, weighted, targets, alpha_per_target
):
    X = rng.standard_normal((20, n_features)) + 2
    y = 0.3 * rng.standard_normal(targets) + X[:, :1].reshape(
        20, *[1] * (len(targets) - 1)
    )
    y *= [1, 9, 3][: y.shape[1]] if y.ndim == 2 else 1
    weights = some_weights(rng, 20, weighted)
    options = {"alpha_per_target": alpha_per_target, "store_cv_results": True}
    ours = CuriousRidgeCV(ALPHAS, **options).fit(X, y, weights)
    theirs = RidgeCV(ALPHAS, **options).fit(X, y, weights)
    names = ["alpha_", "best_score_", "cv_results_", "coef_", "intercept_"]
    for name in names:
        a, b = getattr(ours, name), getattr(theirs, name)
        if name == "best_score_" and alpha_per_target and targets == (20, 1):
            b = b[0]  # an array, though their alpha_ is a number
        assert np.shape(a) == np.shape(b), name
        assert_allclose(a, b, rtol=1e-7, atol=1e-9, err_msg=name)
    assert_allclose(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("alpha_per_target", [True, False])
def test_the_rest_is_that_of_ridge_at_the_choice(rng, alpha_per_target):
    X, y = problem(rng, "tall", 3)
    y = y * [1.0, 1e-3, 5.0] + np.outer(X[:, 1], [0, 1, 3])
    pool = rng.standard_normal((30, X.shape[1]))
    model = CuriousRidgeCV(ALPHAS, alpha_per_target=alpha_per_target).fit(X, y)
    plain = CuriousRidge(model.alpha_).fit(X, y)
    assert_allclose(model.coef_tangent_, plain.coef_tangent_)
    assert_allclose(model.predict_tangent(pool), plain.predict_tangent(pool))
    for method in ("predict_covariance", "curiosity_score"):
        a = getattr(model, method)(pool, noise_variance=1.0)
        assert_allclose(a, getattr(plain, method)(pool, noise_variance=1.0))
    _, std = model.predict(pool, return_std=True)
    own = plain.linearised_.leverage_diagonal(pool)  # of each alpha
    h = np.einsum("nrr->nr", own)
    assert_allclose(std, np.sqrt(model.calibrated_noise_variance_ * h))
    plain.linearised_.noise_variance = model.noise_variance_
    a, _ = curiosity_sampling(model, pool, 5)
    b, _ = curiosity_sampling(plain, pool, 5)
    assert_array_equal(a, b)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_a_large_problem_takes_several_row_blocks(monkeypatch, rng, kind):
    X, y = problem(rng, "tall", 2)
    options = {"store_cv_results": True, "alpha_per_target": True}
    whole = CuriousRidgeCV(ALPHAS, **options).fit(kind(X), y)
    monkeypatch.setattr(
        "skcurious.tangent._residuals.row_blocks",
        lambda X: [slice(i, i + 4) for i in range(0, len(X), 4)],
    )
    assert _gram.row_blocks(X) == [slice(0, 8192)]
    blocks = CuriousRidgeCV(ALPHAS, **options).fit(kind(X), y)
    assert_allclose(blocks.cv_results_, whole.cv_results_, rtol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_large_mean(rng, shape):
    X, y = problem(rng, shape)
    options = {"store_cv_results": True}
    near = CuriousRidgeCV(ALPHAS[1:], **options).fit(X, y)
    far = CuriousRidgeCV(ALPHAS[1:], **options).fit(X + 1e6, y)
    assert_allclose(far.cv_results_, near.cv_results_, rtol=1e-6)


def test_nearly_collinear_columns(rng):
    X, y = problem(rng)
    X[:, 1] = X[:, 0] + 1e-6 * X[:, 1]
    alphas = [1e-13, 1e-3]
    model = CuriousRidgeCV(alphas, store_cv_results=True).fit(X, y)
    for k, alpha in enumerate(alphas):
        expected = leave_one_out(Ridge(alpha, solver="svd"), X, y)
        assert_allclose(model.cv_results_[:, k], expected, rtol=1e-5)


def test_weights_are_repetitions(rng):
    """Of all rows alike: leaving one out means one copy of it elsewhere."""
    X, y = problem(rng)
    twice = CuriousRidgeCV(2 * ALPHAS).fit(X, y, np.full(len(y), 2.0))
    once = CuriousRidgeCV(ALPHAS).fit(X, y)
    assert_allclose(twice.alpha_, 2 * once.alpha_)
    assert_allclose(twice.noise_variance_, once.noise_variance_)


def test_float32_stays_float32(rng):
    X, y = problem(rng)
    X, y = X.astype(np.float32), y.astype(np.float32)
    model = CuriousRidgeCV(ALPHAS, store_cv_results=True).fit(X, y)
    for name in ("coef_", "coef_tangent_", "intercept_"):
        assert getattr(model, name).dtype == np.float32, name
    assert model.curiosity_score(X).dtype == np.float32


def test_squares_that_float32_cannot_hold(rng):
    X, y = problem(rng)
    large = (1e25 * y).astype(np.float32)
    model = CuriousRidgeCV(ALPHAS, store_cv_results=True)
    found = model.fit(X.astype(np.float32), large).cv_results_
    expected = model.fit(X, 1e25 * y).cv_results_
    assert_allclose(found, expected, rtol=1e-2)


def test_a_row_that_decides_alone(rng):
    """The others predict zero for it: 1 - h is 1e-18."""
    X = np.array([[1e9], [0.0], [0.0]])
    model = CuriousRidgeCV(
        [1.0, 1e18], fit_intercept=False, gcv_mode="svd", store_cv_results=True
    ).fit(X, [3.0, 1.0, 1.0])
    assert_allclose(model.cv_results_[0], 9.0)


@pytest.mark.parametrize("unit", [1.0, 1e12])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("gcv_mode", ["auto", "svd"])
def test_a_row_that_others_hardly_stand_for(rng, gcv_mode, weighted, unit):
    """1 - h is 1e-16, no difference of 1; sparse rows have nothing else."""
    x = unit * np.append(1e8, rng.standard_normal(5))
    y, weights = rng.standard_normal(6), np.ones(6)
    if weighted:
        weights = rng.uniform(0.5, 2, 6)
    options = {"alphas": [1e-3, 1.0], "fit_intercept": False}
    model = CuriousRidgeCV(store_cv_results=True, **options)
    exact = [Fraction(float(w)) for w in weights]
    xx, xy = (
        [Fraction(a) * Fraction(b) * w for a, b, w in zip(x, v, exact, strict=True)]
        for v in (x, y)
    )
    expected = np.empty((6, 2))
    for i, k in np.ndindex(6, 2):
        of_others = sum(xx) - xx[i] + Fraction(options["alphas"][k])
        error = Fraction(y[i]) - Fraction(x[i]) * (sum(xy) - xy[i]) / of_others
        expected[i, k] = float(exact[i] * error**2)
    model.set_params(gcv_mode=gcv_mode).fit(x[:, None], y, weights)
    assert_allclose(model.cv_results_, expected, rtol=1e-6)
    rows, refused = sparse.csr_matrix(x[:, None]), "decided by single rows"
    with (
        pytest.warns(LinAlgWarning, match="leave-one-out errors of the smallest"),
        pytest.raises(ValueError, match=refused),
    ):
        model.set_params(gcv_mode="auto").fit(rows, y, weights)


def test_sparse_rows_far_from_zero_of_which_one_decides(rng):
    """What rounding leaves of the mean is more than the 1 - h of the last row."""
    X = np.array([[0.0, 1e9 + 1], [0.0, 1e9 + 1], [0.0, 1e9 - 3]])
    with pytest.warns(LinAlgWarning, match="leave-one-out errors of the smallest"):
        CuriousRidgeCV([1e-10]).fit(sparse.csr_matrix(X), [0.3, 0.2, 0.5])


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("targets", [1, 2])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_float32_rows_whose_coefficients_it_cannot_hold(
    rng, kind, targets, fit_intercept
):
    X = (1e15 * rng.standard_normal((9, 2))).astype(np.float32)
    y = rng.standard_normal((9, targets)).astype(np.float32)
    y = y[:, 0] if targets == 1 else y
    model = CuriousRidgeCV(fit_intercept=fit_intercept).fit(kind(X), y)
    exact = clone(model).fit(X.astype(float), y)
    assert model.coef_.dtype == model.coef_tangent_.dtype == np.float32
    for method in ("predict", "predict_tangent"):
        found = getattr(model, method)(kind(X))
        expected = getattr(exact, method)(X.astype(float))
        assert found.dtype == np.float32
        assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())


def test_one_alpha_as_a_number(rng):
    X, y = problem(rng)
    assert CuriousRidgeCV(0.5).fit(X, y).alpha_ == 0.5


def test_a_row_that_decides_alone_is_no_bargain(rng):
    """Only one row has the last feature: at alpha -> 0 it says nothing."""
    X, y = problem(rng, "tall")
    X[:, 0] = 0
    X[3, 0] = 1
    said = pytest.warns(LinAlgWarning, match="leave these alphas out")
    with said:
        model = CuriousRidgeCV([1e-150, 0.1], fit_intercept=False).fit(X, y)
    assert model.alpha_ == 0.1
    with said, pytest.raises(ValueError, match="raise the largest"):
        CuriousRidgeCV([1e-150], fit_intercept=False).fit(X, y)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cv": 5}, "cv must be None, got 5"),
        ({"scoring": "r2"}, "scoring must be None, got 'r2'"),
        ({"alphas": [0.0, 1.0]}, "alphas must be positive, got 0.0"),
        ({"alphas": [[1.0], [2.0]]}, "alphas must be a list"),
        ({"alphas": []}, "alphas is empty"),
        ({"alphas": [np.nan, 1.0]}, "alphas contains NaN"),
    ],
)
def test_newcomers_mistakes(rng, options, message):
    X, y = problem(rng)
    with pytest.raises(ValueError, match=message):
        CuriousRidgeCV(**options).fit(X, y)


def test_one_row_leaves_nothing():
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        CuriousRidgeCV().fit([[1.0]], [1.0])


@pytest.mark.parametrize("gcv_mode", ["auto", "svd"])
def test_columns_of_very_different_units(rng, gcv_mode):
    """A time stamp must not drown the other columns."""
    groups = np.eye(4)[rng.integers(0, 4, 60)][:, 1:]
    X = np.column_stack([1.7e9 + rng.integers(0, 3e8, 60), groups])
    y = groups @ [1.0, 2.0, 3.0] + 0.1 * rng.standard_normal(60)
    alphas = np.logspace(-3, 3, 4)
    model = CuriousRidgeCV(alphas, gcv_mode=gcv_mode, store_cv_results=True).fit(X, y)
    for k, alpha in enumerate(alphas):
        expected = leave_one_out(Ridge(alpha, solver="svd"), X, y)
        assert_allclose(model.cv_results_[:, k], expected, rtol=1e-6)


@pytest.mark.parametrize("gcv_mode", ["auto", "svd"])
@pytest.mark.parametrize("shape", [(30, 20), (22, 20), (21, 20), (12, 20), (60, 20)])
@pytest.mark.parametrize(("scale", "alpha"), [(1e7, 0.1), (1e4, 1e-8), (1.0, 1e-9)])
def test_small_alphas_between_tall_and_wide(rng, shape, scale, alpha, gcv_mode):
    X = rng.standard_normal(shape) * scale
    X[:, 0] *= 30
    y = X[:, 1] / scale + 0.1 * rng.standard_normal(shape[0])
    model = CuriousRidgeCV([alpha], gcv_mode=gcv_mode, store_cv_results=True)
    model.fit(X, y)
    expected = leave_one_out(Ridge(alpha, solver="svd"), X, y)
    assert_allclose(model.cv_results_[:, 0], expected, rtol=1e-4)


@pytest.mark.parametrize("unit", [1e8, 1e16])
def test_sparse_columns_of_very_different_units(rng, unit):
    X, y = problem(rng)
    X[:, 0] *= unit
    model = CuriousRidgeCV([0.1, 1.0], store_cv_results=True)
    model.fit(sparse.csr_matrix(X), y)
    # The penalty of so large a column is next to nothing in these units, too.
    X[:, 0] /= unit / 1e5
    for k, alpha in enumerate(model.alphas):
        expected = leave_one_out(Ridge(alpha, solver="svd"), X, y)
        assert_allclose(model.cv_results_[:, k], expected, rtol=1e-6)


def test_wide_sparse_columns_of_very_different_units_warn(rng):
    X, y = problem(rng, "wide")
    X[:, 0] *= 1e8
    with pytest.warns(LinAlgWarning, match="MaxAbsScaler"):
        CuriousRidgeCV([0.1, 1.0]).fit(sparse.csr_matrix(X), y)


def test_a_row_that_alone_has_a_huge_number_warns(rng):
    X, y = problem(rng, "wide")
    X[:, 0] = 0
    X[3, 0] = 1e9
    with pytest.warns(LinAlgWarning, match="leave-one-out errors of the smallest"):
        CuriousRidgeCV([1e-3, 1.0]).fit(X, y)


@pytest.mark.parametrize("unit", [1.0, 1e-16, 1e16])
@pytest.mark.parametrize("shape", [(30, 4), (9, 4), (9, 14)])
def test_a_time_stamp_in_nanoseconds(rng, shape, unit):
    """As right as with the same moments in units of their spread."""
    n, d = shape
    groups = np.eye(d)[rng.integers(0, d, n)][:, 1:]
    X = np.column_stack([(1.6e18 + 1e16 * rng.random(n)) * unit, groups])
    y = groups @ np.arange(1.0, d) + 0.1 * rng.standard_normal(n)
    alphas = [1e-3, 1.0]
    expected = np.empty((n, 2))
    for i, k in np.ndindex(n, 2):
        rest = np.arange(n) != i
        coef, _ = exact_ridge(X[rest], y[rest], alphas[k])
        error = y[i] - y[rest].mean() - (X[i] - X[rest].mean(axis=0)) @ coef
        expected[i, k] = error**2
    for gcv_mode in ("auto", "svd"):
        model = CuriousRidgeCV(alphas, gcv_mode=gcv_mode, store_cv_results=True)
        model.fit(X, y)
        assert_allclose(model.cv_results_, expected, rtol=1e-5, atol=1e-9)


@pytest.mark.filterwarnings("ignore::scipy.linalg.LinAlgWarning")
@pytest.mark.parametrize("shape", [(5, 6), (20, 3)])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_one_row_of_positive_weight_decides_alone(rng, shape, kind):
    X, y = rng.standard_normal(shape), rng.standard_normal(shape[0])
    weights = np.zeros(shape[0])
    weights[2] = 1
    with pytest.raises(ValueError, match="decided by single rows"):
        CuriousRidgeCV().fit(kind(X), y, weights)


@pytest.mark.parametrize("weighted", ["none", "positive", "zeros"])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_calibrated_noise_variance(rng, shape, fit_intercept, weighted):
    """Each error over its expected square, in the model without the row."""
    X, y = problem(rng, shape)
    weights = some_weights(rng, len(y), weighted)
    model = CuriousRidgeCV([0.3], fit_intercept=fit_intercept, store_cv_results=True)
    model.fit(X, y, weights)
    own = np.ones(len(y)) if weights is None else weights
    total = 0
    for i in range(len(y)):
        rest = np.arange(len(y)) != i
        refit = CuriousRidge(0.3, fit_intercept=fit_intercept)
        refit.fit(X[rest], y[rest], own[rest])
        h = refit.predict_covariance(X[[i]], noise_variance=1.0)[0, 0]
        total += model.cv_results_[i, 0] / (1 + own[i] * h)
    assert_allclose(model.calibrated_noise_variance_, total / own.sum())
