"""Conjugate gradients on blocks."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse.linalg import cg

from skcurious.tangent import IterativeFactor, conjugate_gradient


def system(rng, n=30):
    X = rng.standard_normal((2 * n, n))
    return X.T @ X + np.eye(n), rng.standard_normal((n, 4))


def test_columns_are_independent_and_agree_with_scipy(rng):
    A, B = system(rng)
    block = conjugate_gradient(lambda V: A @ V, B, max_iter=5)
    for k in range(4):  # the same iterates
        single = conjugate_gradient(lambda V: A @ V, B[:, [k]], max_iter=5)
        assert_allclose(block.value[:, k], single.value[:, 0], rtol=1e-9)
        reference, _ = cg(A, B[:, k], maxiter=5, atol=0.0)
        assert_allclose(block.value[:, k], reference, rtol=1e-9)
    block = conjugate_gradient(lambda V: A @ V, B, tol=1e-8)
    assert_allclose(block.value, np.linalg.solve(A, B), rtol=1e-5, atol=1e-8)
    assert block.converged
    assert (block.residual < 1e-7).all()
    assert_allclose(
        block.residual,
        np.linalg.norm(B - A @ block.value, axis=0) / np.linalg.norm(B, axis=0),
    )


def test_columns_may_have_their_own_matrix(rng):
    A, B = system(rng)
    shifts = np.array([0.0, 1.0, 10.0, 100.0])
    block = conjugate_gradient(lambda V: A @ V + V * shifts, B, tol=1e-12)
    for k, shift in enumerate(shifts):
        expected = np.linalg.solve(A + shift * np.eye(30), B[:, k])
        assert_allclose(block.value[:, k], expected, rtol=1e-8)


def test_early_stop_is_reported(rng):
    A, B = system(rng)
    B[:, 1] = 0
    stopped = conjugate_gradient(lambda V: A @ V, B, tol=1e-10, max_iter=3)
    assert not stopped.converged
    assert_array_equal(stopped.n_iter, [3, 0, 3, 3])
    assert_array_equal(stopped.value[:, 1], 0)
    assert stopped.residual[1] == 0


def test_negative_curvature_is_reported(rng):
    A, B = system(rng)
    solution = conjugate_gradient(lambda V: -A @ V, B)
    assert not solution.definite
    assert not solution.converged
    assert np.isfinite(solution.value).all()


def test_the_smallest_eigenvalue_that_was_met(rng):
    X = rng.standard_normal((60, 12))
    A, B = X.T @ X, rng.standard_normal((12, 3))
    B[:, 2] = 0
    solution = conjugate_gradient(lambda V: A @ V, B, tol=1e-12, estimate=True)
    smallest = np.linalg.eigvalsh(A)[0]
    assert_allclose(solution.smallest, [smallest, smallest, 1.0], rtol=1e-6)


def test_a_factor_goes_on_while_the_error_may_be_large(rng):
    X = rng.standard_normal((60, 12)) * 10.0 ** np.arange(-6, 6)
    X[:, 0] = X[:, 1] * 0.1 + 0.05 * X[:, 0]
    A, b = X.T @ X, X.T @ rng.standard_normal((60, 1))
    factor = IterativeFactor(
        lambda V: A @ V, np.array([1e-16]), 1e-3, None, A.diagonal()
    )
    solution = factor.solve(b)
    D = factor.scale(factor.alphas)
    expected = D * np.linalg.solve(D * A * D.T, D * b)
    sizes = np.sqrt(A.diagonal())[:, None]
    off = np.linalg.norm(sizes * (solution.value - expected))
    assert off <= np.sqrt(1e-3) * np.linalg.norm(sizes * expected)
    assert solution.converged
