"""Variances of ridge regression with more columns than rows, against fractions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import exact_leverage, exact_products
from scipy import sparse
from scipy.linalg import LinAlgWarning

from skcurious import CuriousRidge


def exact(X, pool, alpha):
    parts = (exact_products(A, B) for A, B in ((X, X), (X, pool), (pool, pool)))
    return exact_leverage(*parts, alpha)


def rows(rng, n):
    return rng.standard_normal((n, 9)) * (rng.random((n, 9)) < 0.6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("solver", ["cholesky", "sparse_cg"])
@pytest.mark.parametrize("alpha", [1.0, 1e-6])
def test_large_rows(rng, alpha, solver, kind):
    X, pool = rows(rng, 5), rows(rng, 3)
    X[:, 2] += 1e5
    pool[:2, 2] += 1e5
    model = CuriousRidge(alpha, fit_intercept=False, solver=solver)
    model.fit(kind(X), X[:, 0])
    h = model.predict_covariance(kind(pool), noise_variance=1)
    _, std = model.predict(kind(pool), return_std=True)
    expected = exact(X, pool, alpha)
    assert_allclose(h.diagonal(), expected.diagonal(), rtol=1e-5)
    assert_allclose(std**2, model.noise_variance_ * h.diagonal())


@pytest.mark.parametrize("shape", ["wide", "tall"])
def test_conjugate_gradients_are_as_good_as_the_exact_factor(rng, shape):
    # One row of 1e6: a residual of 1e-4 is no small one.
    X, pool = rows(rng, 5 if shape == "wide" else 40), rows(rng, 4)
    pool[0, 3] = X[0, 3] = 1e6
    rough = CuriousRidge(1.0, fit_intercept=False, solver="sparse_cg")
    rough.fit(sparse.csr_matrix(X), X[:, 0])
    exact = CuriousRidge(1.0, fit_intercept=False, solver="svd").fit(X, X[:, 0])
    actual = rough.predict_covariance(sparse.csr_matrix(pool), noise_variance=1)
    expected = exact.predict_covariance(pool, noise_variance=1)
    assert_allclose(actual, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.filterwarnings("ignore:Ill-conditioned problem")
@pytest.mark.parametrize("targets", [1, 2])
def test_a_variance_that_no_solver_finds_is_warned_of(rng, targets):
    X = rows(rng, 5)
    X[0] *= 1e9
    X += X[0]
    alphas = [1e-3, 1e-2][:targets]
    model = CuriousRidge(alphas, fit_intercept=False)
    Y = rng.standard_normal((5, targets))
    model.fit(sparse.csr_matrix(X), Y)
    with pytest.warns(LinAlgWarning, match="few correct digits"):
        std = model.predict(sparse.csr_matrix(X), return_std=True)[1]
    assert (std >= 0).all()
    assert np.isfinite(std).all()
