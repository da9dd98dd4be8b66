"""Cholesky factors without rows against factors of what is left."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skcurious.tangent import CholeskyFactor, KernelCentre, SpectralFactor
from skcurious.tangent._downdate import without_rows


def definite(rng, n, units=False):
    B = rng.standard_normal((n, n + 3))
    A = B @ B.T / n + 0.1 * np.eye(n)
    if units:
        d = 10.0 ** rng.integers(-6, 7, n)
        A *= d * d[:, None]
    return A


@pytest.mark.parametrize("units", [False, True])
@pytest.mark.parametrize("rows", [[0], [7], [149], [0, 1, 149], [70, 72, 80]])
def test_rows_leave(rng, rows, units):
    A = definite(rng, 150, units)
    factor = CholeskyFactor.try_factorise(A.copy(), 0.0)
    gone = np.isin(np.arange(150), rows)
    less = without_rows(factor, gone)
    rest = A[np.ix_(~gone, ~gone)]
    size = np.sqrt(rest.diagonal())
    scaled = (less.matrix() - rest) / size / size[:, None]
    assert np.abs(scaled).max() < 1e-14
    assert_allclose(factor.matrix(), A, rtol=1e-12, atol=1e-14 * A.max())
    b = rng.standard_normal((len(rest), 1))
    value = less.solve(size[:, None] * b).value * size[:, None]
    scaled = rest / size / size[:, None]
    assert_allclose(value, np.linalg.solve(scaled, b), rtol=1e-9, atol=1e-10)
    assert less.rcond <= 1 / np.linalg.cond(scaled, 1) * len(rest)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_mean_of_a_kernel_moves(rng, weighted):
    n = 100
    K, weights = definite(rng, n), rng.uniform(0.2, 3, n) if weighted else None
    gone = np.isin(np.arange(n), [3, 50])
    kept = ~gone

    def centred(K, weights):
        root = np.ones(len(K)) if weights is None else np.sqrt(weights)
        centre = KernelCentre.of(K, weights)
        return centre, centre.centred(K) * root * root[:, None] + 0.1 * np.eye(len(K))

    centre, A = centred(K, weights)
    left = None if weights is None else weights[kept]
    expected, rest = centred(K[np.ix_(kept, kept)], left)
    moved, v = centre.without(gone, K[np.ix_(kept, gone)])
    for name in ("weights", "total", "means", "mean"):
        assert_allclose(getattr(moved, name), getattr(expected, name), rtol=1e-11)
    root = np.ones(n - 2) if left is None else np.sqrt(left)
    factor = CholeskyFactor.try_factorise(A.copy(), 0.0)
    less = without_rows(factor, gone, (root, root * v))
    assert_allclose(less.matrix(), rest, atol=1e-13)


def test_where_digits_would_be_lost_there_is_none(rng):
    A = definite(rng, 20)
    gone = np.arange(20) == 4
    s = np.ones(19)
    factor = CholeskyFactor.try_factorise(A.copy(), 0.0)
    assert without_rows(factor, gone, (s, 100 * s)) is None  # not definite
    factor.rcond = 1e-9
    assert without_rows(factor, gone, (s, 1e-3 * s)) is None
    assert without_rows(factor, gone) is not None
    spectral = SpectralFactor.from_gram(A.copy(), np.array([0.1, 1.0]))
    assert without_rows(spectral, gone) is None


@pytest.mark.parametrize("n_alphas", [1, 2])
def test_diagonal_of_the_inverse_and_the_matrix(rng, n_alphas):
    A, alphas = definite(rng, 30, units=n_alphas == 1), np.array([0.5, 2.0])[:n_alphas]
    factor = SpectralFactor.from_gram(A.copy(), alphas)
    factors = [factor, CholeskyFactor.try_factorise(A.copy(), 0.5)][: 3 - n_alphas]
    for factor in factors:
        expected = A + 0.5 * np.eye(30)
        assert_allclose(factor.matrix(), expected, atol=1e-12 * A.max())
        for k, alpha in enumerate(alphas):
            inverse = np.linalg.inv(A + alpha * np.eye(30)).diagonal()
            rtol = 1e-9 if n_alphas > 1 or factor is factors[-1] else 1e-2
            assert_allclose(factor.inverse_diagonal(k), inverse, rtol=rtol)


def test_one_column_is_solved_like_many(rng):
    factor = CholeskyFactor.try_factorise(definite(rng, 40, units=True), 0.0)
    B = rng.standard_normal((40, 3))
    many = factor.solve(B).value
    for k in range(3):
        assert_allclose(factor.solve(B[:, [k]]).value[:, 0], many[:, k], rtol=1e-10)
