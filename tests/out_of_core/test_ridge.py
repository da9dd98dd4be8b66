"""Ridge regression on chunks of training rows."""

from itertools import product

import numpy as np
import pytest
from extras import optional
from numpy.testing import assert_allclose
from scipy import sparse

from skcurious import CuriousRidge
from skcurious.out_of_core import fit_ridge

pd = optional("pandas")

OPTIONS = product([True, False], ["none", "some", "zeros"], [1, 2], [0.3, 10.0])


def chunks(X, Y, weights, size):
    for i in range(0, len(Y), size):
        rows = slice(i, i + size)
        yield (X[rows], Y[rows]) + (() if weights is None else (weights[rows],))


def same(model, expected, X):
    for name in ("coef_", "intercept_", "coef_tangent_", "intercept_tangent_"):
        assert_allclose(
            getattr(model, name), getattr(expected, name), rtol=1e-10, atol=1e-12
        )
    assert model.noise_variance_ == pytest.approx(expected.noise_variance_, rel=1e-10)
    assert_allclose(model.curiosity_score(X), expected.curiosity_score(X), rtol=1e-9)
    assert_allclose(
        model.predict(X, return_std=True)[1],
        expected.predict(X, return_std=True)[1],
        rtol=1e-10,
    )


@pytest.mark.parametrize(("intercept", "kind", "n_targets", "alpha"), OPTIONS)
@pytest.mark.parametrize("size", [1, 13, 200])
def test_same_as_fit(intercept, kind, n_targets, alpha, size, rng):
    X = 5 + rng.standard_normal((120, 4))
    Y = X @ rng.standard_normal((4, n_targets)) + rng.standard_normal((120, n_targets))
    Y = Y[:, 0] if n_targets == 1 else Y
    weights = None if kind == "none" else rng.uniform(0.1, 2, 120)
    if kind == "zeros":
        weights[:30] = 0  # whole chunks among them
    options = {"alpha": alpha, "fit_intercept": intercept}
    expected = CuriousRidge(**options).fit(X, Y, weights)
    same(fit_ridge(chunks(X, Y, weights, size), **options), expected, X)


def test_other_types(rng):
    X, y = rng.standard_normal((50, 3)), rng.standard_normal(50)
    expected = CuriousRidge().fit(X, y)
    frame = pd.DataFrame(X, columns=list("abc"))
    model = fit_ridge(chunks(frame, pd.Series(y), None, 20))
    same(model, CuriousRidge().fit(frame, y), frame)
    assert list(model.feature_names_in_) == list("abc")
    same(fit_ridge(chunks(sparse.csr_matrix(X), y, None, 20)), expected, X)
    small = fit_ridge(chunks(X.astype(np.float32), y, None, 20))
    assert small.coef_.dtype == np.float32
    empty = [(X[:0], y[:0]), (X[:10], y[:10]), (X[:0], y[:0]), (X[10:], y[10:])]
    same(fit_ridge(empty), expected, X)


def test_goes_on_with_partial_fit(rng):
    X, y = rng.standard_normal((50, 3)), rng.standard_normal(50)
    model = fit_ridge(chunks(X[:30], y[:30], None, 10)).partial_fit(X[30:], y[30:])
    same(model, CuriousRidge().fit(X, y), X)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda X, y: [], "nothing to fit"),
        (lambda X, y: [(X, y, 0 * y)], "nothing to fit"),
        (lambda X, y: [(X, y), (np.full((2, 3), np.nan), y[:2])], "In chunk 1: Input"),
        (lambda X, y: [(X, y), (X[:, :2], y)], "In chunk 1: X has 2 features"),
        (lambda X, y: [(X, y), (X, y[:3])], "In chunk 1: Found input variables"),
        (lambda X, y: [(X, y), (X, np.c_[y, y])], "In chunk 1: y has 2 targets"),
        (lambda X, y: [(X,)], "In chunk 0: expected .X, y. or"),
        (lambda X, y: [(X, y), (X, y, y, y)], "In chunk 1: expected .X, y. or"),
        (
            lambda X, y: [(pd.DataFrame(X), pd.Series(y)[::-1])],
            "In chunk 0: X and y have the same index in different orders",
        ),
        (lambda X, y: [(X, y, -1 + 0 * y)], "In chunk 0: Negative values"),
    ],
)
def test_wrong_chunks(make, message, rng):
    X, y = rng.standard_normal((10, 3)), rng.standard_normal(10)
    with pytest.raises(ValueError, match=message):
        fit_ridge(make(X, y))


def test_wrong_parameters():
    with pytest.raises(ValueError, match="'alpha' parameter"):
        fit_ridge([], alpha=-1)
    with pytest.raises(ValueError, match="needs all rows at once"):
        fit_ridge([], solver="svd")
    with pytest.raises(ValueError, match="positive=True"):
        fit_ridge([], positive=True)
    with pytest.raises(TypeError, match="regularisation"):
        fit_ridge([], regularisation=1)
