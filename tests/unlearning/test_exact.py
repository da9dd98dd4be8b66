"""Models that forget exactly, against fits without the rows."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.linalg import LinAlgWarning
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousRegressor,
    CuriousRidge,
    CuriousRidgeCV,
)
from skcurious.unlearning import forget

N = 120
RBF_KERNEL = {"kernel": "rbf", "gamma": 0.2}
NOISY = 1.5 * RBF([1.0, 2.0, 3.0]) + WhiteKernel(0.1)
MODELS = {
    "ridge": CuriousRidge(0.5),
    "ridge, no intercept": CuriousRidge(0.5, fit_intercept=False),
    "kernel": CuriousKernelRidge(0.1, **RBF_KERNEL),
    "kernel, intercept": CuriousKernelRidge(0.1, fit_intercept=True, **RBF_KERNEL),
    "kernel, linear": CuriousKernelRidge(0.1, fit_intercept=True),
    "kernel cv": CuriousKernelRidgeCV([0.1], **RBF_KERNEL),
    "process": CuriousGaussianProcessRegressor(NOISY, optimizer=None),
    "process, not normalised": CuriousGaussianProcessRegressor(
        NOISY, optimizer=None, normalize_y=False, tangents="parts"
    ),
}
WEIGHED = [name for name in MODELS if "process" not in name]
# One and two rows by the downdate of a factor, more from the rows that are kept.
SOME = {"one": [17], "two": [0, N - 1], "many": range(40)}
MOST = range(N - 1)


def problem(rng, n_targets=1):
    X = rng.standard_normal((N, 3)) + 1
    Y = np.sin(X[:, [0]]) + 0.3 * rng.standard_normal((N, n_targets)) + 5
    return X, Y[:, 0] if n_targets == 1 else Y


def assert_same(model, expected, X, rtol=1e-8):
    attributes = [name for name in vars(expected) if name.endswith("_")]
    for name in attributes:
        value = getattr(expected, name)
        if not isinstance(value, (float, np.ndarray)):
            continue
        found = getattr(model, name)
        assert np.shape(found) == np.shape(value), name
        atol = rtol * np.abs(value).max(initial=1e-9)
        assert_allclose(found, value, rtol=rtol, atol=atol, err_msg=name)
    for method in ("predict", "predict_tangent", "curiosity_score"):
        value = getattr(expected, method)(X)
        found = getattr(model, method)(X)
        assert_allclose(found, value, rtol=rtol, atol=rtol * np.abs(value).max())
    value = expected.predict_covariance(X)
    atol = rtol * np.abs(value).max()
    assert_allclose(model.predict_covariance(X), value, rtol=0, atol=atol)


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize("some", SOME)
@pytest.mark.parametrize("name", MODELS)
def test_without_rows(rng, name, some, n_targets):
    X, y = problem(rng, n_targets)
    gone = np.isin(np.arange(N), list(SOME[some]))
    model = clone(MODELS[name]).fit(X, y)
    before = pickle.dumps(model)
    less = forget(model, X[gone], y[gone])
    assert pickle.dumps(model) == before
    assert less is not model
    assert_same(less, clone(MODELS[name]).fit(X[~gone], y[~gone]), X[:20])
    digits = X[gone][0].tobytes()
    assert digits not in pickle.dumps(less)  # and as a whole where rows are kept
    assert digits in before or name.startswith("ridge")


@pytest.mark.parametrize("some", SOME)
@pytest.mark.parametrize("name", WEIGHED)
def test_without_weighted_rows(rng, name, some):
    X, y = problem(rng)
    weights = rng.uniform(0.5, 2, N)
    weights[5] = 0
    gone = np.isin(np.arange(N), list(SOME[some]))
    model = clone(MODELS[name]).fit(X, y, weights)
    less = forget(model, X[gone], y[gone], sample_weight=weights[gone])
    assert_same(
        less, clone(MODELS[name]).fit(X[~gone], y[~gone], weights[~gone]), X[:20]
    )


@pytest.mark.parametrize("name", ["ridge", "kernel", "kernel, intercept", "kernel cv"])
def test_an_alpha_for_each_target(rng, name):
    X, y = problem(rng, 2)
    y[:, 1] *= 100
    if name == "kernel cv":
        model = CuriousKernelRidgeCV([0.01, 10.0], alpha_per_target=True, **RBF_KERNEL)
        y[:, 1] = rng.standard_normal(N)
        model.fit(X, y)
        assert model.alpha_.tolist() == [0.01, 10.0]
        less = forget(model, X[:1], y[:1])
        single = [
            CuriousKernelRidgeCV([alpha], **RBF_KERNEL).fit(X[1:], y[1:, k])
            for k, alpha in enumerate(model.alpha_)
        ]
        for attribute in ("noise_variance_", "calibrated_noise_variance_"):
            expected = [getattr(one, attribute) for one in single]
            assert_allclose(getattr(less, attribute), expected, rtol=1e-9)
        assert_allclose(less.best_score_, [one.best_score_ for one in single])
        expected = np.column_stack([one.predict(X) for one in single])
        assert_allclose(less.predict(X), expected, rtol=1e-9)
        return
    model = clone(MODELS[name]).set_params(alpha=[0.1, 10.0])
    expected = clone(model).fit(X[1:], y[1:])
    assert_same(forget(model.fit(X, y), X[:1], y[:1]), expected, X[:20])


def test_all_rows_but_one(rng):
    X, y = problem(rng)
    for name, model in MODELS.items():
        if name == "kernel cv":
            continue
        less = forget(clone(model).fit(X, y), X[:-1], y[:-1])
        expected = clone(model).fit(X[-1:], y[-1:])
        assert_allclose(less.predict(X), expected.predict(X), rtol=1e-8)
        moved = expected.predict_tangent(X)
        assert_allclose(less.predict_tangent(X), moved, atol=1e-8)
        assert_allclose(less.noise_variance_, expected.noise_variance_, atol=1e-8)
    with pytest.raises(ValueError, match="needs two rows at least, and one would"):
        forget(clone(MODELS["kernel cv"]).fit(X, y), X[:-1], y[:-1])


@pytest.mark.parametrize(
    ("name", "alpha"),
    [("ridge", 1e-10), ("ridge", 1.0), ("kernel, linear", 1e-5), ("kernel, linear", 1)],
)
def test_a_row_that_alone_knows_of_a_direction(rng, name, alpha):
    X, y = problem(rng)
    X[1:, 2] = 0
    model = clone(MODELS[name]).set_params(alpha=alpha)
    less = forget(clone(model).fit(X, y), X[:1], y[:1])
    expected = clone(model).fit(X[1:], y[1:])
    assert_same(less, expected, rng.standard_normal((10, 3)), rtol=1e-7)


def test_without_penalty_a_direction_is_lost(rng):
    X, y = problem(rng)
    X[1:, 2] = 0
    model = CuriousRidge(0.0).fit(X, y)
    with pytest.warns(LinAlgWarning, match="Singular problem"):
        less = forget(model, X[:1], y[:1])
    with pytest.warns(LinAlgWarning, match="Singular problem"):
        expected = CuriousRidge(0.0).fit(X[1:], y[1:])
    assert_allclose(less.coef_, expected.coef_, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["kernel", "kernel, intercept", "process"])
def test_what_is_left_may_be_constant(rng, name):
    X, y = problem(rng)
    y[1:] = 0.7
    y[0] = 1e12  # which leaves no digits of 0.7 in a mean
    less = forget(clone(MODELS[name]).fit(X, y), X[:1], y[:1])
    expected = clone(MODELS[name]).fit(X[1:], y[1:])
    assert_allclose(less.predict(X), expected.predict(X), rtol=1e-12)
    assert less.noise_variance_ == pytest.approx(expected.noise_variance_, abs=1e-15)


def test_a_row_that_weighs_more_than_all_others(rng):
    X, y = problem(rng)
    weights = np.ones(N)
    weights[3] = 1e7
    model = clone(MODELS["kernel, intercept"])
    less = forget(clone(model).fit(X, y, weights), X[[3]], y[[3]])
    others = np.arange(N) != 3
    assert_same(less, model.fit(X[others], y[others], weights[others]), X[:20])


def test_forgetting_one_after_the_other(rng):
    X, y = problem(rng)
    for name in ("kernel, intercept", "process", "kernel cv"):
        model = clone(MODELS[name]).fit(X, y)
        for i in range(20):
            model = forget(model, X[[i]], y[[i]])
        assert_same(model, clone(MODELS[name]).fit(X[20:], y[20:]), X[:30])


def test_kernel_of_a_matrix_and_sparse_rows(rng):
    X, y = problem(rng)
    K = np.exp(-0.2 * np.square(X[:, None] - X).sum(axis=2))
    gone = np.isin(np.arange(N), [3, 9])
    for fit_intercept in (False, True):
        model = CuriousKernelRidge(
            0.1, kernel="precomputed", fit_intercept=fit_intercept
        )
        less = forget(model.fit(K, y), K[gone], y[gone])
        expected = clone(model).fit(K[~gone][:, ~gone], y[~gone])
        assert_allclose(less.dual_coef_, expected.dual_coef_, rtol=1e-9)
        some = K[:5][:, ~gone]
        assert_allclose(less.predict(some), expected.predict(some), rtol=1e-9)
    X[np.abs(X) < 0.5] = 0
    X = sparse.csr_matrix(X)
    for model in (CuriousKernelRidge(0.1, **RBF_KERNEL), CuriousRidge(0.1)):
        less = forget(model.fit(X, y), X[gone], y[gone])
        expected = clone(model).fit(X[~gone], y[~gone])
        assert_allclose(less.predict(X), expected.predict(X), rtol=1e-9)


def test_single_precision(rng):
    X, y = problem(rng)
    X, y = X.astype(np.float32), y.astype(np.float32)
    for name in ("ridge", "kernel", "kernel, intercept"):
        model = clone(MODELS[name]).set_params(alpha=30.0)
        less = forget(clone(model).fit(X, y), X[:1], y[:1])
        expected = model.fit(X[1:], y[1:])
        assert less.predict(X).dtype == np.float32
        assert_allclose(less.predict(X), expected.predict(X), rtol=1e-4)


def test_equal_rows_are_taken_out_one_by_one(rng):
    X, y = problem(rng)
    X[1], y[1] = X[0], y[0]
    model = clone(MODELS["kernel"])
    expected = clone(model).fit(X[1:], y[1:])
    assert_same(forget(model.fit(X, y), X[:1], y[:1]), expected, X[:20])
    forget(model, X[:2], y[:2])
    with pytest.raises(ValueError, match=r"Row 2 of X is given more often .* 2 time"):
        forget(model, X[[0, 1, 0]], y[[0, 1, 0]])


def test_hyperparameters_are_learned_again_on_request(rng):
    X, y = problem(rng)
    for model in (
        CuriousGaussianProcessRegressor(),
        CuriousKernelRidgeCV(param_grid={"gamma": [0.1, 1.0]}),
    ):
        model.fit(X[:40], y[:40])
        kept = forget(model, X[:20], y[:20])
        anew = forget(model, X[:20], y[:20], refit_hyperparameters=True)
        expected = clone(model).fit(X[20:40], y[20:40])
        assert_allclose(anew.predict(X), expected.predict(X), rtol=1e-9)
        assert np.abs(kept.predict(X) - anew.predict(X)).max() > 1e-6


def test_known_noise_of_each_row(rng):
    X, y = problem(rng)
    alpha = rng.uniform(0.01, 1, N)
    model = CuriousGaussianProcessRegressor(NOISY, alpha=alpha, optimizer=None)
    less = forget(model.fit(X, y), X[4:6], y[4:6])
    others = ~np.isin(np.arange(N), [4, 5])
    expected = clone(model).set_params(alpha=alpha[others]).fit(X[others], y[others])
    assert_same(less, expected, X[:20])
    assert len(less.alpha) == N - 2


@pytest.mark.parametrize("normalize_y", [False, True])
def test_known_noise_of_labels(rng, normalize_y):
    X, y = problem(rng)
    noise = rng.uniform(0.01, 1, N)
    model = CuriousGaussianProcessRegressor(
        NOISY, optimizer=None, normalize_y=normalize_y
    )
    less = forget(model.fit(X, y, label_noise=noise), X[:2], y[:2])
    expected = clone(model).fit(X[2:], y[2:], label_noise=noise[2:])
    assert_same(less, expected, X[:20])
    anew = forget(model, X[:2], y[:2], refit_hyperparameters=True)
    assert_same(anew, expected, X[:20])


def test_the_log_posterior_keeps_its_prior(rng):
    X, y = problem(rng)
    model = CuriousGaussianProcessRegressor().fit(X[:30], y[:30])
    less = forget(model, X[:1], y[:1])
    prior = model.log_posterior_ - model.log_marginal_likelihood_value_
    value = less.log_posterior_ - less.log_marginal_likelihood_value_
    assert value == pytest.approx(prior)
    expected = less.log_marginal_likelihood(less.kernel_.theta)
    assert less.log_marginal_likelihood_value_ == pytest.approx(expected)


def test_without_a_factor_the_rows_that_are_kept_do(rng):
    X, y = problem(rng)
    model = CuriousKernelRidge(0.1, store_covariance=False, **RBF_KERNEL).fit(X, y)
    less = forget(model, X[:1], y[:1])
    expected = clone(model).fit(X[1:], y[1:])
    assert_allclose(less.dual_coef_, expected.dual_coef_, rtol=1e-9)


@pytest.mark.parametrize("name", ["kernel", "process"])
def test_what_was_never_in_is_refused(rng, name):
    X, y = problem(rng)
    model = clone(MODELS[name]).fit(X, y)
    before = pickle.dumps(model)
    other = X[:1] + 1e-6
    for rows, labels, message in (
        (other, y[:1], "Row 0 of X is none of the 120 rows that the Curious"),
        (X[:2], y[:2] + np.arange(2), "Row 1 of X is one that .* not with this label"),
        (X, y, "nothing would be left"),
        (X[:1, :2], y[:1], "X has 2 features"),
        (X[:1], np.ones((1, 2)), "y has 2 targets"),
        (X[:2], y[:1], "inconsistent numbers of samples"),
        (X[:1], None, "y is None"),
    ):
        with pytest.raises(ValueError, match=message):
            forget(model, rows, labels)
    assert pickle.dumps(model) == before


def test_what_has_no_way_to_forget_says_so(rng):
    X, y = problem(rng)
    for model, message in (
        (CuriousRidgeCV(), "leave-one-out errors of all rows, which it does not keep"),
        (CuriousRidge(solver="svd"), "no way to forget: solver='svd' needs all rows"),
        (CuriousRegressor(CuriousRidge()), "CuriousRegressor has no way to forget"),
    ):
        with pytest.raises(TypeError, match=message):
            forget(model.fit(X, y), X[:1], y[:1])
    model = CuriousRidge(store_covariance=False).fit(X, y)
    with pytest.raises(ValueError, match="store_covariance=False keeps none"):
        forget(model, X[:1], y[:1])
    for name in ("ridge", "kernel", "process"):
        model = clone(MODELS[name])
        with pytest.raises(NotFittedError):
            forget(model, X[:1], y[:1])
        with pytest.raises(TypeError, match="forgets exactly and takes no n_steps="):
            forget(model.fit(X, y), X[:1], y[:1], n_steps=3)
    with pytest.raises(ValueError, match="cannot all have been seen"):
        forget(MODELS["ridge"].fit(X, y), X[:1] + 100, y[:1])


def test_a_stream_forgets_its_first_row(rng):
    X, y = problem(rng)
    model = CuriousRidge(0.5).partial_fit(X[:50], y[:50]).partial_fit(X[50:], y[50:])
    digits = X[0].tobytes()
    assert digits in pickle.dumps(model)
    less = forget(model, X[:3], y[:3])
    assert digits not in pickle.dumps(less)
    assert_same(less, CuriousRidge(0.5).fit(X[3:], y[3:]), X[:20])
    less = less.partial_fit(X[:3], y[:3])
    assert_same(less, CuriousRidge(0.5).fit(X, y), X[:20])


def test_warnings_point_at_the_line_that_forgets(rng):
    X, y = problem(rng)
    X[1:, 2] = 0
    model = CuriousRidge(0.0).fit(X, y)
    with pytest.warns(LinAlgWarning, match="Singular problem") as caught:
        forget(model, X[:1], y[:1])
    assert {warning.filename for warning in caught} == {__file__}
