"""Every factor against a dense inverse built the slow way."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skcurious import CuriousRidge
from skcurious.tangent import (
    CholeskyFactor,
    DenseDesign,
    IterativeFactor,
    SpectralFactor,
    WoodburyFactor,
)


def gram(rng, n=8, scale=1.0):
    X = rng.standard_normal((2 * n, n)) * scale
    return X.T @ X


def spectral(M, alphas):
    return SpectralFactor.from_gram(M.copy(), alphas)


def cholesky(M, alphas):
    return CholeskyFactor.try_factorise(M.copy(), alphas[0])


class Product:
    def __init__(self, M):
        self.M = M

    def __call__(self, V):
        return self.M @ V


def iterative(M, alphas):
    return IterativeFactor(Product(M), alphas, tol=1e-13, max_iter=None)


FACTORS = {"cholesky": cholesky, "spectral": spectral, "cg": iterative}


@pytest.mark.parametrize("scale", [1.0, 10.0 ** np.arange(-4, 4)])
@pytest.mark.parametrize("name", FACTORS)
def test_solve_and_quadratic(rng, name, scale):
    if name != "cholesky" and np.size(scale) > 1:
        pytest.skip("only Cholesky is scaled: eigenvectors depend on the units")
    M = gram(rng, scale=scale)
    factor = FACTORS[name](M, np.array([0.3]))
    B = rng.standard_normal((8, 3)) * np.reshape(scale, (-1, 1))
    expected = np.linalg.solve(M + 0.3 * np.eye(8), B)
    assert_allclose(factor.solve(B).value, expected, rtol=1e-7)
    assert_allclose(factor.quadratic(B), (B * expected).sum(axis=0), rtol=1e-7)
    assert factor.definite
    assert not factor.singular
    again = pickle.loads(pickle.dumps(factor))
    assert_array_equal(again.solve(B).value, factor.solve(B).value)


@pytest.mark.parametrize("name", ["spectral", "cg"])
def test_an_alpha_per_target(rng, name):
    M = gram(rng)
    alphas = np.array([0.3, 1.0, 5.0])
    factor = FACTORS[name](M, alphas)
    B = rng.standard_normal((8, 3))
    each = [np.linalg.solve(M + a * np.eye(8), B) for a in alphas]
    value = factor.solve(B).value
    for k in range(3):
        assert_allclose(value[:, k], each[k][:, k], rtol=1e-9)
        assert_allclose(factor.solve(B, k).value, each[k], rtol=1e-9)
        assert_allclose(factor.quadratic(B, k), (B * each[k]).sum(axis=0), rtol=1e-9)


@pytest.mark.parametrize("dual", FACTORS)
@pytest.mark.parametrize("n_alphas", [1, 3])
def test_woodbury(rng, n_alphas, dual):
    if dual == "cholesky" and n_alphas > 1:
        pytest.skip("Cholesky is for one alpha")
    X = rng.standard_normal((4, 9))
    alphas = np.array([0.3, 1.0, 5.0])[:n_alphas]
    design = DenseDesign(X)
    factor = WoodburyFactor(design, FACTORS[dual](design.cogram(), alphas), alphas)
    B = rng.standard_normal((9, 3))
    for k in range(n_alphas):
        expected = np.linalg.solve(X.T @ X + alphas[k] * np.eye(9), B)
        assert_allclose(factor.solve(B, k).value, expected, rtol=1e-8)
        assert_allclose(factor.quadratic(B, k), (B * expected).sum(axis=0), rtol=1e-8)
        assert_allclose(factor.solve(B).value[:, k], expected[:, k], rtol=1e-8)


def test_thin_eigenvectors(rng):
    X = rng.standard_normal((4, 9))
    _, s, Vt = np.linalg.svd(X, full_matrices=False)
    B = rng.standard_normal((9, 3))
    factor = SpectralFactor(Vt.T, s**2, np.array([0.3]))
    expected = np.linalg.solve(X.T @ X + 0.3 * np.eye(9), B)
    assert_allclose(factor.solve(B).value, expected, rtol=1e-10)
    assert_allclose(factor.quadratic(B), (B * expected).sum(axis=0), rtol=1e-10)
    factor = SpectralFactor(Vt.T, s**2, np.array([0.0]))
    assert factor.singular
    assert_allclose(factor.solve(B).value, np.linalg.pinv(X.T @ X) @ B, rtol=1e-9)


@pytest.mark.parametrize("scale", [1.0, 10.0 ** np.arange(-4, 4)])
def test_a_matrix_that_cannot_be_factorised_is_given_back(rng, scale):
    M = gram(rng) - 20 * np.eye(8)
    M = M * np.multiply.outer(scale * np.ones(8), scale * np.ones(8))
    np.fill_diagonal(M, np.abs(M.diagonal()))
    before = M.copy()
    assert CholeskyFactor.try_factorise(M, 1e-6) is None
    assert_allclose(M, before, rtol=1e-15)


def test_conditioning_is_what_is_refused(rng):
    Q, _ = np.linalg.qr(rng.standard_normal((8, 8)))
    M = (Q * 10.0 ** -np.arange(8)) @ Q.T
    M = (M + M.T) / 2
    factor = CholeskyFactor.try_factorise(M.copy(), 0.0)
    assert factor.rcond == pytest.approx(1e-7, rel=3)
    assert CholeskyFactor.try_factorise(M.copy(), 0.0, min_rcond=1e-4) is None
    assert spectral(M, np.zeros(1)).rcond == pytest.approx(1e-7, rel=1e-6)


def test_indefinite_and_singular_matrices(rng):
    Q, _ = np.linalg.qr(rng.standard_normal((5, 5)))
    indefinite = (Q * [3.0, 2.0, 1.0, 0.5, -1.0]) @ Q.T
    factor = spectral(indefinite, np.array([0.1]))
    assert not factor.definite
    assert not factor.singular
    B = rng.standard_normal((5, 2))
    expected = np.linalg.solve(indefinite + 0.1 * np.eye(5), B)
    assert_allclose(factor.solve(B).value, expected, rtol=1e-10)
    singular = (Q * [3.0, 2.0, 1.0, 0.5, 0.0]) @ Q.T
    factor = spectral(singular, np.array([0.0]))
    assert factor.singular
    assert factor.rcond == 0
    assert_allclose(factor.solve(B).value, np.linalg.pinv(singular) @ B, rtol=1e-9)


def test_a_variance_that_rounding_of_the_row_decides():
    """Along a vector that the rows do not see, and large numbers in it."""
    X = np.array([[3e7, 3e7], [1e7, 1e7], [2e7, 2e7]], np.float32)
    model = CuriousRidge(0.1, fit_intercept=False, solver="svd").fit(X, [1.0, 0.0, 1.0])
    with pytest.warns(UserWarning, match="few correct digits"):
        model.predict_covariance(X)
    exact = CuriousRidge(0.1, fit_intercept=False, solver="svd")
    exact.fit(X.astype(float), [1.0, 0.0, 1.0]).predict_covariance(X.astype(float))


def test_numbers_that_underflow():
    X = np.array([[1e-160, 2e-160], [3e-160, 1e-160], [0.0, 2e-160]])
    model = CuriousRidge(0.0, fit_intercept=False, solver="svd")
    with pytest.raises(ValueError, match=r"underflow.*Scale the columns"):
        model.fit(X, [1.0, 2.0, 3.0])
