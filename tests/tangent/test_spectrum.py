"""Singular values and eigenvalues of matrices whose columns differ in size."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skcurious.tangent._spectrum import eigenpairs, is_uneven, singular_values

UNITS = {
    "even": np.ones(7),
    "two sizes": np.array([1, 1, 1, 1e9, 1, 1, 1]),
    "all sizes": 10.0 ** np.array([0, -12, 9, 3, -7, 15, -2]),
}
shapes = pytest.mark.parametrize("shape", [(20, 7), (7, 7), (4, 7)])
units = pytest.mark.parametrize("units", UNITS)


@shapes
@units
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_column_is_reproduced_in_its_own_units(rng, dtype, units, shape):
    A = (rng.standard_normal(shape) * UNITS[units]).astype(dtype)
    U, s, V = singular_values(A)
    assert U.dtype == s.dtype == V.dtype == dtype
    sizes, eps = np.linalg.norm(A, axis=0), np.finfo(dtype).eps
    assert (np.abs((U * s) @ V.T - A) <= 30 * eps * sizes).all()
    for vectors in (U, V):
        assert_allclose(vectors.T @ vectors, np.eye(len(s)), atol=30 * eps)
    assert (s > 0).all()


@units
def test_products_with_large_columns_have_their_digits(rng, units):
    A = rng.standard_normal((20, 7)) * UNITS[units]
    U, s, V = singular_values(A)
    assert (np.abs(A @ V - U * s) <= 1e-12 * s).all()


@units
@pytest.mark.parametrize("n_samples", [20, 5])
def test_collinear_columns_have_a_singular_value_of_zero(rng, units, n_samples):
    A = rng.standard_normal((n_samples, 7))
    A[:, 2] = A[:, 5] - 3 * A[:, 0]
    _, s, _ = singular_values(A * UNITS[units])
    assert np.count_nonzero(s) == min(n_samples, 6)


@units
def test_light_rows(rng, units):
    A = rng.standard_normal((20, 7)).T * UNITS[units][:, None]
    U, s, V = singular_values(A)
    error = np.abs((U * s) @ V.T - A)
    assert (error <= 1e-14 * np.linalg.norm(A, axis=1)[:, None]).all()
    assert (s > 0).all()


@units
@pytest.mark.parametrize("rank", [7, 4])
def test_eigenpairs_of_a_gram_matrix(rng, units, rank):
    B = rng.standard_normal((20, rank)) @ rng.standard_normal((rank, 7))
    A = np.insert(B * UNITS[units], 3, 0.0, axis=1)  # and a column of zeros
    gram = A.T @ A
    found = eigenpairs(gram.copy())
    assert np.count_nonzero(found.values) == rank
    sizes = np.sqrt(gram.diagonal())
    back = (found.vectors * found.values) @ found.vectors.T
    assert (np.abs(back - gram) <= 1e-12 * np.multiply.outer(sizes, sizes)).all()
    _, s, _ = singular_values(A)
    assert_allclose(np.sort(found.values)[-rank:], np.sort(s**2)[-rank:], rtol=1e-8)


def test_eigenpairs_of_an_indefinite_matrix(rng):
    M = rng.standard_normal((6, 6))
    M = (M + M.T) * np.multiply.outer(UNITS["all sizes"][:6], np.ones(6))
    M = np.triu(M) + np.triu(M, 1).T
    found = eigenpairs(M.copy())
    expected = np.linalg.eigvalsh(M)
    largest = np.abs(expected).max()
    assert_allclose(np.sort(found.values), expected, atol=1e-14 * largest)


def test_unevenness_is_that_of_the_dtype():
    squares = np.array([1.0, 0.0, 1e3])
    assert is_uneven(squares, np.float32)
    assert not is_uneven(squares, np.float64)
    assert not is_uneven(np.zeros(3), np.float64)
