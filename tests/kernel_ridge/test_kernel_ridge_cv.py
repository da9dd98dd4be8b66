"""CuriousKernelRidgeCV against refits without each row."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference import KernelRidgeWithIntercept, leave_one_out
from scipy import sparse
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import laplacian_kernel, rbf_kernel
from sklearn.model_selection import GridSearchCV, LeaveOneOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousKernelRidge, CuriousKernelRidgeCV
from skcurious.query import curiosity_sampling, expected_curiosity_reduction

ALPHAS = np.array([1e-4, 0.03, 1.0, 20.0])
KERNELS = {
    "rbf": {"kernel": "rbf", "gamma": 0.2},
    "laplacian": {"kernel": "laplacian"},
    "poly": {"kernel": "poly", "degree": 2, "coef0": 0.5},
    "linear": {"kernel": "linear"},
    "function": {"kernel": lambda a, b, c: c + a @ b, "kernel_params": {"c": 2.0}},
}


def problem(rng, n_targets=1, n_samples=18):
    X = rng.standard_normal((n_samples, 4))
    y = np.sin(X[:, :1]) + 0.3 * rng.standard_normal((n_samples, n_targets))
    return X, y[:, 0] if n_targets == 1 else y


@pytest.mark.covering(2)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", ["none", "positive", "zeros"])
@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize("kernel", KERNELS)
def test_every_error_is_that_of_a_refit(
    rng, kernel, n_targets, weighted, fit_intercept
):
    X, y = problem(rng, n_targets)
    plain = KernelRidge
    if fit_intercept:
        y, plain = y + 30, KernelRidgeWithIntercept
    weights = None if weighted == "none" else rng.uniform(0.2, 3, len(y))
    if weighted == "zeros":
        weights[[1, 4]] = 0
    model = CuriousKernelRidgeCV(
        ALPHAS, fit_intercept=fit_intercept, store_cv_results=True, **KERNELS[kernel]
    ).fit(X, y, weights)
    assert model.cv_results_.shape == (*y.shape, len(ALPHAS))
    for k, alpha in enumerate(ALPHAS):
        refit = plain(alpha=alpha, **KERNELS[kernel])
        expected = leave_one_out(refit, X, y, weights)
        assert_allclose(model.cv_results_[..., k], expected, rtol=1e-8, atol=1e-12)
    means = model.cv_results_.reshape(-1, len(ALPHAS)).mean(axis=0)
    assert model.alpha_ == ALPHAS[means.argmin()]
    assert_allclose(model.best_score_, -means.min())
    total = len(y) if weights is None else weights.sum()
    best = model.cv_results_[..., means.argmin()]
    assert_allclose(model.noise_variance_, best.sum(axis=0) / total)


def test_choices_are_those_of_a_grid_search(rng):
    X, y = problem(rng)
    grid = {"gamma": [0.01, 0.1, 1.0]}
    model = CuriousKernelRidgeCV(ALPHAS, param_grid=grid).fit(X, y)
    search = GridSearchCV(
        KernelRidgeWithIntercept(kernel="rbf"),
        {"alpha": ALPHAS, **grid},
        cv=LeaveOneOut(),
        scoring="neg_mean_squared_error",
    ).fit(X, y)
    assert {"alpha": model.alpha_, **model.best_params_} == search.best_params_
    assert_allclose(model.best_score_, search.best_score_)
    assert_allclose(model.predict(X), search.predict(X))
    assert [params for params, _ in model.param_scores_] == [
        {"gamma": gamma} for gamma in grid["gamma"]
    ]
    assert max(score for _, score in model.param_scores_) == model.best_score_


def test_kernels_to_choose_from(rng):
    X, y = problem(rng)
    grid = [
        {"kernel": ["rbf", "laplacian"], "gamma": [0.1, 0.5]},
        {"kernel": ["poly"], "degree": [1, 2]},
        {"kernel": [lambda a, b: 1 + a @ b]},
    ]
    model = CuriousKernelRidgeCV(ALPHAS, param_grid=grid).fit(X, y)
    assert len(model.param_scores_) == 7
    for params, score in model.param_scores_:
        alone = CuriousKernelRidgeCV(ALPHAS, **params).fit(X, y)
        assert_allclose(alone.best_score_, score)


@pytest.mark.parametrize("alpha_per_target", [True, False])
@pytest.mark.parametrize("store_covariance", [True, False])
def test_the_rest_is_that_of_kernel_ridge_at_the_choice(
    rng, alpha_per_target, store_covariance
):
    X, y = problem(rng, 3)
    y[:, 1] = 1e-3 * rng.standard_normal(len(y))
    y[:, 2] = X[:, 0]
    pool = rng.standard_normal((30, 4))
    weights = rng.uniform(0.2, 3, len(y))
    options = {"kernel": "rbf", "store_covariance": store_covariance}
    model = CuriousKernelRidgeCV(
        ALPHAS,
        param_grid={"gamma": [0.05, 0.3]},
        alpha_per_target=alpha_per_target,
        **options,
    ).fit(X, y, weights)
    plain = CuriousKernelRidge(
        model.alpha_, fit_intercept=True, **model.best_params_, **options
    ).fit(X, y, weights)
    assert_allclose(model.intercept_, plain.intercept_)
    assert np.shape(model.alpha_) == ((3,) if alpha_per_target else ())
    if alpha_per_target:
        assert len(set(model.alpha_)) > 1
    assert_allclose(model.dual_coef_, plain.dual_coef_)
    assert_allclose(model.dual_coef_tangent_, plain.dual_coef_tangent_)
    assert_allclose(model.predict_tangent(pool), plain.predict_tangent(pool))
    if not store_covariance:
        with pytest.raises(ValueError, match="store_covariance=False"):
            model.predict_covariance(pool)
        return
    a = model.predict_covariance(pool, noise_variance=1.0)
    assert_allclose(a, plain.predict_covariance(pool, noise_variance=1.0))
    # Targets count by their noise variances, which differ.
    plain.linearised_.noise_variance = model.noise_variance_
    a, _ = curiosity_sampling(model, pool, 5)
    b, _ = curiosity_sampling(plain, pool, 5)
    assert_array_equal(a, b)


@pytest.mark.parametrize("alpha_per_target", [True, False])
def test_errors_of_an_alpha_per_target(rng, alpha_per_target):
    X, y = problem(rng, 3)
    y[:, 2] = 5 * X[:, 0]
    options = {"kernel": "linear", "store_cv_results": True}
    model = CuriousKernelRidgeCV(ALPHAS, alpha_per_target=alpha_per_target, **options)
    model.fit(X, y)
    means = model.cv_results_.mean(axis=0)
    if alpha_per_target:
        assert_array_equal(model.alpha_, ALPHAS[means.argmin(axis=1)])
        assert_allclose(model.best_score_, -means.min(axis=1))
        assert_allclose(model.noise_variance_, means.min(axis=1))
    else:
        assert model.alpha_ == ALPHAS[means.mean(axis=0).argmin()]


def test_default_alphas_follow_the_size_of_the_kernel(rng):
    X, y = problem(rng)
    small = CuriousKernelRidgeCV(kernel="linear").fit(X, y)
    large = CuriousKernelRidgeCV(kernel="linear").fit(1000 * X, y)
    assert_allclose(large.alphas_, 1e6 * small.alphas_)
    assert_allclose(large.alpha_, 1e6 * small.alpha_)
    assert_allclose(large.predict(1000 * X), small.predict(X))


def test_precomputed(rng):
    X, y = problem(rng)
    pool = rng.standard_normal((5, 4))
    model = CuriousKernelRidgeCV(ALPHAS, gamma=0.3).fit(X, y)
    given = CuriousKernelRidgeCV(ALPHAS, kernel="precomputed")
    given.fit(rbf_kernel(X, gamma=0.3), y)
    K = rbf_kernel(pool, X, gamma=0.3)
    assert_allclose(given.predict(K), model.predict(pool))
    assert_allclose(given.curiosity_score(K), model.curiosity_score(pool))


def test_sparse(rng):
    X, y = problem(rng)
    X[X < 0] = 0
    dense = CuriousKernelRidgeCV(ALPHAS).fit(X, y)
    assert_allclose(
        CuriousKernelRidgeCV(ALPHAS).fit(sparse.csr_matrix(X), y).predict(X),
        dense.predict(X),
    )


def test_float32_is_computed_in_float64(rng):
    """A kernel in float32 has fewer digits than the smallest alphas."""
    X = rng.uniform(0, 4, (80, 2)).astype(np.float32)
    pool = rng.uniform(0, 4, (100, 2)).astype(np.float32)
    y = X[:, 0] ** 2 + X[:, 1]
    grid = {"gamma": [0.001, 0.01, 0.1, 1.0]}
    single = CuriousKernelRidgeCV(param_grid=grid).fit(X, y)
    double = CuriousKernelRidgeCV(param_grid=grid).fit(X.astype(float), y.astype(float))
    assert single.dual_coef_.dtype == np.float64
    assert_allclose(single.predict(pool), double.predict(pool.astype(float)))
    _, std = single.predict(pool, return_std=True)
    assert (std > 0).all()
    _, expected = double.predict(pool.astype(float), return_std=True)
    assert_allclose(std, expected, rtol=1e-5)
    for k in (1, 5):
        a, _ = expected_curiosity_reduction(single, pool, k)
        b, _ = expected_curiosity_reduction(double, pool.astype(float), k)
        assert_array_equal(a, b)


def test_a_kernel_that_fails_is_not_chosen(rng):
    X, y = problem(rng)
    grid = {"kernel": ["sigmoid", "rbf"], "gamma": [10.0]}
    model = CuriousKernelRidgeCV([1e-3], param_grid=grid).fit(X, y)
    assert model.best_params_["kernel"] == "rbf"
    assert {s for p, s in model.param_scores_ if p["kernel"] == "sigmoid"} == {-np.inf}


def test_indefinite_kernels_take_an_alpha_that_mends_them(rng):
    X, y = problem(rng)

    def kernel(a, b):
        return laplacian_kernel(a[None], b[None])[0, 0] - 0.6

    K = np.array([[kernel(a, b) for b in X] for a in X])
    lowest = np.linalg.eigvalsh(K)[0]
    assert lowest < -0.1
    alphas = [-0.5 * lowest, -2 * lowest]
    options = {"kernel": kernel, "fit_intercept": False}
    model = CuriousKernelRidgeCV(alphas, **options).fit(X, y)
    assert model.alpha_ == alphas[1]
    with pytest.raises(ValueError, match="raise the largest"):
        CuriousKernelRidgeCV(alphas[:1], **options).fit(X, y)
    # An intercept takes the direction that the constant -0.6 spoils.
    assert CuriousKernelRidgeCV(alphas[:1], kernel=kernel).fit(X, y).alpha_ > 0


def test_in_a_pipeline_whose_labels_grow(rng):
    X, y = problem(rng, n_samples=60)
    model = make_pipeline(StandardScaler(), CuriousKernelRidgeCV())
    few = model.fit(X[:8], y[:8])[-1].alpha_
    many = model.fit(X, y)[-1].alpha_
    assert few != many


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"param_grid": {"alpha": [1.0]}}, "Candidates for alpha go to alphas"),
        ({"param_grid": {"gama": [1.0]}}, r"param_grid has \['gama'\]"),
        ({"param_grid": []}, "param_grid is empty"),
        ({"param_grid": {"gamma": 1.0}}, "gamma"),
        (
            {"param_grid": {"kernel": ["rbf", "rfb"]}},
            "'kernel' parameter of param_grid",
        ),
        ({"param_grid": {"kernel": ["precomputed"]}}, "Leave one of the two out"),
        ({"kernel": "precomputed", "param_grid": {"gamma": [1]}}, "Leave one of"),
        ({"alphas": [0.0, 1.0]}, "alphas must be positive, got 0.0"),
        ({"kernel": "rfb"}, "kernel"),
    ],
)
def test_newcomers_mistakes(rng, options, message):
    X, y = problem(rng)
    with pytest.raises((ValueError, TypeError), match=message):
        CuriousKernelRidgeCV(**options).fit(X, y)


@pytest.mark.parametrize("weighted", [False, True])
def test_calibrated_noise_variance(rng, weighted):
    """Each error over its expected square, in the model without the row."""
    X, y = problem(rng)
    weights = rng.uniform(0.2, 3, len(y)) if weighted else np.ones(len(y))
    model = CuriousKernelRidgeCV([0.3], gamma=0.2, store_cv_results=True)
    model.fit(X, y, weights)
    total = 0
    for i in range(len(y)):
        rest = np.arange(len(y)) != i
        refit = CuriousKernelRidge(0.3, kernel="rbf", gamma=0.2, fit_intercept=True)
        refit.fit(X[rest], y[rest], weights[rest])
        h = refit.predict_covariance(X[[i]], noise_variance=1.0)[0, 0]
        total += model.cv_results_[i, 0] / (1 + weights[i] * h)
    assert_allclose(model.calibrated_noise_variance_, total / weights.sum())


@pytest.mark.parametrize("kernel", ["poly", "linear"])
def test_the_grid_of_weighted_rows_is_that_of_repeated_ones(rng, kernel):
    X, y = rng.standard_normal((12, 3)), rng.standard_normal(12)
    X[:2] *= 30
    repeats = np.array([0, 3, *rng.integers(1, 4, 10)])
    weighted = CuriousKernelRidgeCV(kernel=kernel).fit(X, y, repeats)
    repeated = CuriousKernelRidgeCV(kernel=kernel)
    repeated.fit(np.repeat(X, repeats, axis=0), np.repeat(y, repeats))
    assert_allclose(weighted.alphas_, repeated.alphas_)
    without = CuriousKernelRidgeCV(kernel=kernel).fit(X[1:], y[1:], repeats[1:])
    assert_allclose(weighted.alphas_, without.alphas_)
    assert_allclose(weighted.predict(X), without.predict(X))
