"""Kernels of many rows with a few are those of scikit-learn."""

import numpy as np
import pytest
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    Exponentiation,
    ExpSineSquared,
    Matern,
    RationalQuadratic,
    WhiteKernel,
)

from skcurious.gaussian_process import Columns, Linear, PerGroup, auto_kernel
from skcurious.gaussian_process._cross import BLOCK, cross_kernel

P = 20
MANY = np.geomspace(0.5, 30.0, P)


class Halved(RBF):
    """A subclass that evaluates otherwise."""

    def __call__(self, X, Y=None, eval_gradient=False):
        return super().__call__(X, Y, eval_gradient) / 2


KERNELS = [
    RBF(3.0),
    RBF(MANY),
    *(
        Matern(length, nu=nu)
        for length in (3.0, MANY)
        for nu in (0.5, 1.5, 2.5, 0.7, np.inf)
    ),
    ConstantKernel(2.0),
    WhiteKernel(0.5),
    DotProduct(0.5),
    Linear(2.0),
    RationalQuadratic(2.0, 0.5),
    ExpSineSquared(5.0, 3.0),
    Halved(3.0),
    2.0 * RBF(3.0),
    RBF(3.0) * ConstantKernel(2.0),
    ConstantKernel(2.0) * ConstantKernel(3.0),
    RBF(3.0) * Matern(MANY),
    RBF(3.0) + 0.5 * Halved(2.0) * Linear(2.0) + WhiteKernel(0.1),
    Exponentiation(RBF(3.0) + DotProduct(0.1), 2),
    Columns(Matern(MANY[:18], nu=2.5), list(range(1, 19))),
    PerGroup(RBF(MANY[1:]), 0) + Columns(RBF(2.0), [3]),
    auto_kernel(P),
]


def rows(n, seed):
    X = np.random.default_rng(seed).normal(size=(n, P))
    X[:, 0] = np.arange(n) % 3
    return X


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize("n", [1, 9, 2 * BLOCK // 40 + 3])
def test_equals_the_kernel(kernel, n):
    X, Z = rows(n, 0), rows(40, 1)
    X[0] = Z[0]
    expected = kernel(X, Z)
    K = cross_kernel(kernel, X, Z)
    size = np.abs(expected).max(initial=1e-300)
    np.testing.assert_allclose(K, expected, rtol=0, atol=1e-14 * size)
    assert K.flags.writeable


def test_results_are_new():
    kernel, Z = 2.0 * RBF(MANY) + Linear(1.0), rows(40, 1)
    X = rows(5, 0)
    X_before, Z_before, first = X.copy(), Z.copy(), cross_kernel(kernel, X, Z)
    kept = first.copy()
    cross_kernel(kernel, X, Z)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(Z, Z_before)


def test_a_row_with_itself():
    X = rows(50, 0)
    assert (cross_kernel(Matern(MANY), X, X).diagonal() == 1).all()


def test_mistakes_are_said_by_the_kernel():
    with pytest.raises(ValueError, match=r"5!=20"):
        cross_kernel(RBF(MANY[:5]), rows(3, 0), rows(2, 1))


def test_no_rows():
    assert cross_kernel(RBF(MANY), rows(0, 0), rows(3, 1)).shape == (0, 3)
