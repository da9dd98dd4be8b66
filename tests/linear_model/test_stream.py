"""partial_fit, merge and forget of CuriousRidge against fits of all rows."""

import pickle

import numpy as np
import pytest
import sklearn
from extras import optional
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.linalg import LinAlgWarning
from sklearn.exceptions import NotFittedError
from sklearn.utils import gen_batches

from skcurious import CuriousRidge
from skcurious.query import expected_curiosity_reduction

pd = optional("pandas")


def problem(rng, n_targets=1, mean=0.0, n=300, d=6):
    X = rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + mean
    Y = X[:, :1] + rng.standard_normal((n, n_targets)) + mean
    return X, Y[:, 0] if n_targets == 1 else Y


# Without an intercept a mean of 1e6 would be the only signal.
centred_or_not = pytest.mark.parametrize(
    ("fit_intercept", "mean"), [(True, 0.0), (True, 1e6), (False, 0.0)]
)


def stream(model, X, y, weights, size):
    for rows in gen_batches(X.shape[0], size):
        some = None if weights is None else weights[rows]
        model.partial_fit(X[rows], y[rows], some)
    return model


def assert_same(model, expected, X, rtol=1e-10):
    for attribute in (
        "coef_",
        "intercept_",
        "coef_tangent_",
        "intercept_tangent_",
        "noise_variance_",
    ):
        value = np.asarray(getattr(expected, attribute))
        assert np.shape(getattr(model, attribute)) == value.shape
        scale = np.abs(value).max()
        assert_allclose(getattr(model, attribute), value, rtol=rtol, atol=rtol * scale)
    for method in ("predict", "predict_tangent", "curiosity_score"):
        value = getattr(expected, method)(X)
        scale = np.abs(value - value.mean()).max()
        assert_allclose(getattr(model, method)(X), value, atol=rtol * scale, rtol=rtol)
    h = expected.predict_covariance(X)
    assert_allclose(model.predict_covariance(X), h, atol=rtol * np.abs(h).max())


@pytest.mark.covering(2)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n_targets", "alpha"), [(1, 0.5), (3, 0.5), (2, [0.1, 3.0])])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("size", [1, 47, 1000])
def test_equals_fit(rng, size, fit_intercept, n_targets, alpha, weighted):
    X, y = problem(rng, n_targets, mean=3.0)
    weights = rng.uniform(0.1, 2, len(y)) if weighted else None
    if weighted:
        weights[10] = 0.0
    model = CuriousRidge(alpha, fit_intercept=fit_intercept)
    expected = sklearn.clone(model).fit(X, y, weights)
    assert_same(stream(model, X, y, weights, size), expected, X[:40])


@pytest.mark.parametrize("size", [30, 300])
def test_features_of_large_mean(rng, size):
    X, y = problem(rng, mean=1e6)
    # Subtracting 1e6 is exact here: fit to that is the truth.
    centred = CuriousRidge(0.5).fit(X - 1e6, y - 1e6)
    model = stream(CuriousRidge(0.5), X, y, None, size)
    assert_allclose(model.coef_, centred.coef_, rtol=1e-9)
    assert_allclose(model.coef_tangent_, centred.coef_tangent_, rtol=1e-9)
    h = centred.predict_covariance(X - 1e6)
    assert_allclose(model.predict_covariance(X), h, rtol=1e-8, atol=1e-9 * h.max())


@pytest.mark.parametrize("n_targets", [1, 2])
def test_more_features_than_rows_and_later_more_rows(rng, n_targets):
    X, y = problem(rng, n_targets, n=40, d=25)
    model = CuriousRidge(0.5)
    for stop in (1, 7, 20, 40):
        start = {1: 0, 7: 1, 20: 7, 40: 20}[stop]
        model.partial_fit(X[start:stop], y[start:stop])
        expected = CuriousRidge(0.5).fit(X[:stop], y[:stop])
        assert_allclose(model.coef_, expected.coef_, rtol=1e-8, atol=1e-10)
        assert_allclose(
            model.predict_covariance(X, noise_variance=1.0),
            expected.predict_covariance(X, noise_variance=1.0),
            rtol=1e-7,
            atol=1e-9,
        )


@pytest.mark.parametrize("mean", [0.0, 5.0])
def test_sparse_chunks(rng, mean):
    X, y = problem(rng, mean=mean)
    X[rng.uniform(size=X.shape) < 0.6] = 0
    weights = rng.uniform(0.5, 2, len(y))
    expected = CuriousRidge(0.5).fit(X, y, weights)
    model = stream(CuriousRidge(0.5), sparse.csr_array(X), y, weights, 64)
    assert_same(model, expected, X[:20])


def test_frames_integers_and_float32(rng):
    X, y = problem(rng)
    frame = pd.DataFrame(X, columns=list("abcdef"))
    model = stream(CuriousRidge(), frame, pd.Series(y), None, 100)
    assert_same(model, CuriousRidge().fit(frame, y), frame[:10])
    with pytest.raises(ValueError, match="feature names"):
        model.partial_fit(frame[list("fedcba")], y)
    model = stream(CuriousRidge(), X.astype(np.float32), y, None, 100)
    assert model.coef_.dtype == np.float32
    assert_allclose(model.coef_, CuriousRidge().fit(X, y).coef_, rtol=1e-4)
    X, y = np.round(10 * X).astype(int), np.round(10 * y).astype(int)
    model = stream(CuriousRidge(), X, y, None, 100)
    assert_same(model, CuriousRidge().fit(X, y), X[:10])


def test_alpha_may_change_on_the_way(rng):
    X, y = problem(rng)
    model = CuriousRidge(0.5).partial_fit(X[:100], y[:100])
    model.set_params(alpha=7.0).partial_fit(X[100:], y[100:])
    assert_same(model, CuriousRidge(7.0).fit(X, y), X[:10])


@centred_or_not
@pytest.mark.parametrize("n_targets", [1, 2])
def test_merge(rng, n_targets, fit_intercept, mean):
    X, y = problem(rng, n_targets, mean=mean)
    weights = rng.uniform(0.1, 2, len(y))
    model = CuriousRidge(0.5, fit_intercept=fit_intercept)
    parts = [
        stream(sklearn.clone(model), X[rows], y[rows], weights[rows], 20)
        for rows in gen_batches(len(y), 110)
    ]
    before = parts[1].coef_.copy()
    merged = parts[0].merge(parts[1]).merge(parts[2])
    assert merged is parts[0]
    assert_allclose(parts[1].coef_, before, rtol=0)
    expected = stream(sklearn.clone(model), X, y, weights, 300)
    assert_same(merged, expected, X[:20], rtol=1e-8)


@pytest.mark.parametrize(
    ("n_targets", "fit_intercept", "mean"),
    [(1, True, 0.0), (2, True, 1e6), (2, False, 0.0)],
)
def test_a_thousand_forgets(rng, n_targets, fit_intercept, mean):
    X, y = problem(rng, n_targets, mean=mean, n=1500)
    weights = rng.uniform(0.1, 2, len(y))
    model = CuriousRidge(0.5, fit_intercept=fit_intercept)
    model.partial_fit(X, y, weights)
    for i in range(1000):
        model.forget(X[[i]], y[[i]], weights[[i]])
    expected = stream(sklearn.clone(model), X[1000:], y[1000:], weights[1000:], 500)
    assert_same(model, expected, X[:20], rtol=1e-8)


def test_forget_a_block_and_add_it_again(rng):
    X, y = problem(rng)
    model = CuriousRidge(0.5).partial_fit(X, y)
    rest = CuriousRidge(0.5).fit(X[80:], y[80:])
    assert_same(model.forget(X[:80], y[:80]), rest, X[:20], rtol=1e-9)
    model.partial_fit(X[:80], y[:80])
    assert_same(model, CuriousRidge(0.5).fit(X, y), X[:20], rtol=1e-9)


@pytest.mark.parametrize(
    "change",
    ["rows far away", "labels", "weights", "more than all", "another column"],
)
def test_rows_that_cannot_have_been_in(rng, change):
    X, y = problem(rng, n=60)
    X[:, 5] = 0.0
    weights = np.ones(30)
    model = CuriousRidge(0.5).partial_fit(X, y)
    before = pickle.dumps(model)
    X, y = X[:30].copy(), y[:30].copy()
    if change == "rows far away":
        X[:, :5] *= 3
    elif change == "labels":
        y += 100 * np.arange(30)
    elif change == "weights":
        weights *= 1.9
    elif change == "more than all":
        weights *= 2.0
    else:
        X[3, 5] = 1.0
    match = "leaves nothing" if change == "more than all" else "cannot all have been"
    with pytest.raises(ValueError, match=match):
        model.forget(X, y, weights)
    assert pickle.dumps(model) == before


def test_a_model_that_is_merged_or_streamed_is_like_any_other(rng):
    X, y = problem(rng)
    model = stream(CuriousRidge(0.5), X[:30], y[:30], None, 10)
    again = pickle.loads(pickle.dumps(model)).partial_fit(X[30:40], y[30:40])
    assert_same(again, CuriousRidge(0.5).fit(X[:40], y[:40]), X[:10])
    indices, _ = expected_curiosity_reduction(model, X[40:], 3)
    fitted = CuriousRidge(0.5).fit(X[:30], y[:30])
    assert list(indices) == list(expected_curiosity_reduction(fitted, X[40:], 3)[0])
    # fit starts anew, and partial_fit after it says that it does.
    model.fit(X[:50], y[:50])
    assert_same(model, CuriousRidge(0.5).fit(X[:50], y[:50]), X[:10])
    with pytest.warns(UserWarning, match="starts anew"):
        model.partial_fit(X[:50], y[:50])


def test_interpolation_leaves_no_negative_variance(rng):
    X, _ = problem(rng)
    model = CuriousRidge(1e-12).partial_fit(X, X @ np.arange(6.0) + 5)
    assert 0 <= model.noise_variance_ < 1e-12


def test_alpha_zero_and_constant_columns(rng):
    X, y = problem(rng)
    X[:, 2] = 1e6 / 3
    with pytest.warns(LinAlgWarning, match="Singular problem"):
        model = stream(CuriousRidge(0.0), X, y, None, 300)
    assert_allclose(model.coef_[2], 0, atol=1e-14)
    model = stream(CuriousRidge(0.1), X, y, None, 33)
    assert model.coef_[2] == 0
    assert_allclose(model.coef_, CuriousRidge(0.1).fit(X, y).coef_, rtol=1e-9)


def test_arguments(rng):
    X, y = problem(rng)
    with pytest.raises(AttributeError):
        CuriousRidge(solver="svd").partial_fit(X, y)
    with pytest.raises(ValueError, match="positive=True"):
        CuriousRidge(positive=True).partial_fit(X, y)
    with pytest.raises(NotFittedError):
        CuriousRidge().forget(X, y)
    model = CuriousRidge().partial_fit(X, y)
    fitted = CuriousRidge(store_covariance=False).fit(X, y)
    with pytest.raises(ValueError, match="forget needs sums over the rows"):
        fitted.forget(X, y)
    with pytest.raises(ValueError, match="a fit with store_covariance=False keeps"):
        model.merge(fitted)
    iterative = CuriousRidge(solver="sparse_cg").fit(sparse.csr_matrix(X), y)
    with pytest.raises(ValueError, match="a fit with sparse_cg keeps none"):
        model.merge(iterative)
    with pytest.raises(TypeError, match="merge takes another CuriousRidge, got int"):
        model.merge(3)
    with pytest.raises(ValueError, match=r"6 columns.* the other 5 columns"):
        model.merge(CuriousRidge().partial_fit(X[:, :5], y))
    with pytest.raises(ValueError, match="fit_intercept"):
        model.merge(CuriousRidge(fit_intercept=False).partial_fit(X, y))
    with pytest.raises(ValueError, match="X has 5 features"):
        model.partial_fit(X[:, :5], y)
    with pytest.raises(ValueError, match="y has 2 targets"):
        model.partial_fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="fit_intercept became False"):
        model.set_params(fit_intercept=False).partial_fit(X, y)


def test_the_first_row_may_weigh_nothing(rng):
    X, y = problem(rng)
    X[0], weights = 1e14, np.ones(len(y))
    weights[0] = 0
    model = CuriousRidge().partial_fit(X, y, weights)
    assert_same(model, CuriousRidge().fit(X[1:], y[1:]), X[1:20])


def test_forgetting_what_dwarfed_the_rest_warns(rng):
    X, y = problem(rng)
    huge = X[:1].copy()
    huge[0, 2] = 1e9
    labels = np.append(y, 1.0)
    n = len(X)
    for batches in ([slice(n), slice(n, n + 1)], [slice(n + 1)]):
        model = CuriousRidge()
        for rows in batches:
            model.partial_fit(np.vstack([X, huge])[rows], labels[rows])
        with pytest.warns(LinAlgWarning, match="few digits of the others are left"):
            model.forget(huge, [1.0])
    constant = X.copy()
    constant[:, 2] = 5.0
    model = CuriousRidge().partial_fit(constant, y)
    with pytest.raises(ValueError, match="cannot all have been"):
        model.forget(X[:1], y[:1])


def test_a_column_that_becomes_constant_is_dropped(rng):
    X, y = problem(rng)
    X[:-10, 3] = 0.0
    model = CuriousRidge(1e-8).partial_fit(X, y).forget(X[-10:], y[-10:])
    assert model.coef_[3] == model.coef_tangent_[3] == 0
    assert_same(model, CuriousRidge(1e-8).fit(X[:-10], y[:-10]), X[:10], rtol=1e-9)


def test_rows_that_were_in_are_forgotten_until_a_column_is_constant():
    model = CuriousRidge().partial_fit([[1.0], [0.0], [1.0]], [0.0, 1.0, 2.0])
    model.forget([[0.0]], [1.0]).forget([[1.0]], [0.0])
    assert model.coef_ == 0
    assert model.intercept_ == 2.0
    # A row that was never in is still told from the constant.
    with pytest.raises(ValueError, match="cannot all have been"):
        model.partial_fit([[1.0]], [3.0]).forget([[2.0]], [3.0])


@pytest.mark.parametrize("levels", [(0.0, 1.0), (-1 / 3, 3.0), (0.0, 1.0, 2.0)])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_a_window_over_a_column_that_is_constant_at_times(rng, fit_intercept, levels):
    X, y = problem(rng, n=70, d=3)
    rare = [0.1 / (len(levels) - 1)] * (len(levels) - 1)
    X[:, 1] = rng.choice(levels, len(X), p=[0.9, *rare])
    X[:, 2] = X[rng.permutation(len(X)), 1] + 1e3 * fit_intercept
    model = CuriousRidge(0.5, fit_intercept=fit_intercept).partial_fit(X[:8], y[:8])
    for i in range(8, len(X)):
        model.partial_fit(X[[i]], y[[i]]).forget(X[[i - 8]], y[[i - 8]])
        expected = sklearn.clone(model).fit(X[i - 7 : i + 1], y[i - 7 : i + 1])
        assert_allclose(model.coef_, expected.coef_, rtol=1e-9, atol=1e-10)
