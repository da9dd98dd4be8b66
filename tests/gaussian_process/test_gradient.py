"""Gradients through a kernel's tree against differences and scikit-learn's own."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_digits
from sklearn.gaussian_process.kernels import (
    RBF,
    CompoundKernel,
    ConstantKernel,
    DotProduct,
    ExpSineSquared,
    Matern,
    PairwiseKernel,
    RationalQuadratic,
    WhiteKernel,
)

from skcurious.gaussian_process import (
    Columns,
    Linear,
    PerGroup,
    auto_kernel,
    value_and_pullback,
)
from skcurious.gaussian_process._gradient import bind

LENGTHS = np.array([0.7, 1.3, 2.1])
MATERNS = {
    f"matern {nu} {kind}": Matern(length, nu=nu)
    for nu in (0.5, 1.5, 2.5, np.inf, 0.8, 3.0)
    for kind, length in {"one": 1.4, "ard": LENGTHS}.items()
}
LEAVES = {
    "constant": ConstantKernel(1.7),
    "white": WhiteKernel(0.3),
    "rbf one": RBF(1.4),
    "rbf array of one": RBF([1.4]),
    "rbf ard": RBF(LENGTHS),
    **MATERNS,
    "rational quadratic": RationalQuadratic(1.2, alpha=0.6),
    "sine": ExpSineSquared(0.9, periodicity=2.3),
    "dot": DotProduct(0.8),
    "pairwise": PairwiseKernel(0.4, metric="laplacian"),
    "linear": Linear(0.6),
}
TREES = {
    "sum": ConstantKernel(2.0) + RBF(LENGTHS),
    "product": ConstantKernel(2.0) * Matern(LENGTHS),
    "product of arrays": RBF(0.9) * DotProduct(1.2),
    "power": (DotProduct(0.8) + 0.5) ** 3,
    "nested": (2.0 * RBF(LENGTHS) + WhiteKernel(0.2)) * RationalQuadratic() ** 2
    + Linear() * Matern(1.1, nu=2.5),
    "white in a product": WhiteKernel(0.4) * (RBF(LENGTHS) + 1.0),
    "all alike": 2.0 * WhiteKernel(0.5) + ConstantKernel(0.3),
    "columns": Columns(RBF(LENGTHS[:2]), [2, 0]) + WhiteKernel(),
    "group": RBF(LENGTHS) + PerGroup(2.0 * RBF(LENGTHS[:2]) + WhiteKernel(), 1),
    "auto": auto_kernel(3),
}
FIXED = {
    "constant": ConstantKernel(2.0, "fixed"),
    "white": WhiteKernel(0.3, "fixed"),
    "rbf": RBF(LENGTHS, "fixed"),
    "matern one": Matern(1.4, "fixed"),
    "rational": RationalQuadratic(1.2, 0.6, length_scale_bounds="fixed"),
    "rational alpha": RationalQuadratic(1.2, 0.6, alpha_bounds="fixed"),
    "sine": ExpSineSquared(0.9, 2.3, periodicity_bounds="fixed"),
    "sine length": ExpSineSquared(0.9, 2.3, length_scale_bounds="fixed"),
    "dot": DotProduct(0.8, "fixed"),
    "linear": Linear(0.8, "fixed"),
    "tree": ConstantKernel(2.0, "fixed") * RBF(LENGTHS) + WhiteKernel(0.3, "fixed"),
}
CASES = {
    **LEAVES,
    **TREES,
    **{f"fixed {name}": kernel for name, kernel in FIXED.items()},
}
# scikit-learn differentiates these by differences of 1e-10.
BY_DIFFERENCES = {"pairwise", *(name for name in MATERNS if " 0.8" in name)}
BY_DIFFERENCES |= {name for name in MATERNS if " 3.0" in name}


def rows(rng, n=12):
    X = rng.standard_normal((n, 3))
    X[:, 1] = rng.integers(3, size=n)
    X[n // 2] = X[0]
    return X


def differences(kernel, X, M, step=1e-5):
    theta = kernel.theta
    gradient = np.empty_like(theta)
    for j in range(len(theta)):
        moved = [theta.copy(), theta.copy()]
        moved[0][j] += step
        moved[1][j] -= step
        up, down = ((M * kernel.clone_with_theta(t)(X)).sum() for t in moved)
        gradient[j] = (up - down) / (2 * step)
    return gradient


@pytest.mark.parametrize("name", CASES)
def test_value_is_the_kernel(rng, name):
    X = rows(rng)
    K, _ = value_and_pullback(CASES[name], X)
    assert_allclose(K, CASES[name](X), rtol=1e-11, atol=1e-13)
    assert K.flags.c_contiguous


@pytest.mark.parametrize("name", [name for name in CASES if name != "pairwise"])
def test_gradient_against_differences(rng, name):
    X, kernel = rows(rng), CASES[name]
    M = rng.standard_normal((12, 12))  # not symmetric
    _, pullback = value_and_pullback(kernel, X)
    gradient = pullback(M)
    assert gradient.shape == kernel.theta.shape
    assert_allclose(gradient, differences(kernel, X, M), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_gradient_against_eval_gradient(rng, name):
    X, kernel = rows(rng), CASES[name]
    M = rng.standard_normal((12, 12))
    _, pullback = value_and_pullback(kernel, X)
    _, K_gradient = kernel(X, eval_gradient=True)
    expected = np.einsum("ij,ijk->k", M, K_gradient)
    rtol = 1e-3 if name in BY_DIFFERENCES else 1e-10
    assert_allclose(pullback(M), expected, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("name", ["rbf ard", "matern 2.5 one", "auto", "sine"])
@pytest.mark.parametrize("n", [1, 2])
def test_one_row_and_two(rng, name, n):
    X, kernel = rng.standard_normal((n, 3)), CASES[name]
    K, pullback = value_and_pullback(kernel, X)
    assert_allclose(K, kernel(X))
    M = rng.standard_normal((n, n))
    assert_allclose(pullback(M), differences(kernel, X, M), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("nu", [0.5, 1.5, 2.5, np.inf])
def test_a_large_offset_costs_no_digits(rng, nu):
    X = np.round(rng.standard_normal((30, 3)), 3)
    M = rng.standard_normal((30, 30))
    kernel = Matern(LENGTHS, nu=nu)
    _, near = value_and_pullback(kernel, X)
    _, far = value_and_pullback(kernel, np.round(X * 2**20) / 2**20 + 2.0**20)
    assert_allclose(far(M), near(M), rtol=1e-4)
    shift = np.round(X * 1024) / 1024  # exact after the shift
    _, near = value_and_pullback(kernel, shift)
    _, far = value_and_pullback(kernel, shift + 2.0**30)
    assert_allclose(far(M), near(M), rtol=1e-12)


def test_digits_with_repeated_rows_and_constant_columns():
    X = load_digits().data[:60]
    X = np.vstack([X, X[:20]])
    kernel = 3.0 * Matern(np.full(64, 9.0), nu=2.5) + WhiteKernel(0.1)
    M = np.random.default_rng(0).standard_normal((80, 80))
    _, pullback = value_and_pullback(kernel, X)
    _, K_gradient = kernel(X, eval_gradient=True)
    expected = np.einsum("ij,ijk->k", M, K_gradient)
    assert_allclose(pullback(M), expected, rtol=1e-10, atol=1e-10)
    assert pullback(M)[1] == 0  # a constant column


def test_the_weight_of_equal_rows_does_not_matter(rng):
    # Its distances are zero; by the difference of large products they were not.
    X = np.repeat(rng.standard_normal((5, 2)), 4, axis=0)
    _, pullback = value_and_pullback(RBF([1e-3, 1e-3]), X)
    M = 1e10 * rng.standard_normal((20, 20))
    assert_allclose(pullback(M), 0, atol=1e-300)


class Doubled(RBF):
    """Not the kernel that it inherits from."""

    def __call__(self, X, Y=None, eval_gradient=False):
        if eval_gradient:
            K, K_gradient = super().__call__(X, Y, eval_gradient)
            return 2 * K, 2 * K_gradient
        return 2 * super().__call__(X, Y)


def test_a_subclass_is_asked_itself(rng):
    X, M = rows(rng), rng.standard_normal((12, 12))
    kernel = Doubled(LENGTHS) * 0.5 + WhiteKernel()
    K, pullback = value_and_pullback(kernel, X)
    assert_allclose(K, kernel(X))
    assert_allclose(pullback(M), differences(kernel, X, M), rtol=1e-6, atol=1e-8)


def test_the_kernel_is_left_alone(rng):
    kernel = Doubled(LENGTHS) + auto_kernel(3)
    before = kernel.theta
    X = rows(rng)
    evaluate = bind(kernel, X)
    K, _ = evaluate(before + 1)
    assert_allclose(K.full(12), kernel.clone_with_theta(before + 1)(X))
    assert_allclose(kernel.theta, before, rtol=0)


def test_what_is_no_matrix_is_refused(rng):
    with pytest.raises(ValueError, match="CompoundKernel is 2 matrices"):
        value_and_pullback(CompoundKernel([RBF(), RBF(2.0)]), rows(rng))


@pytest.mark.parametrize("kernel", [RBF([1.0, 2.0]), Matern([1.0, 2.0])])
def test_lengths_for_other_columns_are_refused(rng, kernel):
    with pytest.raises(ValueError, match="2 entries of length_scale for 3 columns"):
        value_and_pullback(kernel, rows(rng))


def test_several_lengths_of_one_that_has_none(rng):
    with pytest.raises(ValueError, match="one length_scale"):
        value_and_pullback(RationalQuadratic([1.0, 2.0, 3.0]), rows(rng))


def test_memory_does_not_grow_with_columns(rng):
    n = 300
    M = rng.standard_normal((n, n))

    def peak(p):
        X, kernel = rng.standard_normal((n, p)), Matern(np.ones(p), nu=2.5)
        tracemalloc.start()
        _, pullback = value_and_pullback(kernel, X)
        pullback(M)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most / (8 * n**2)

    assert peak(60) < 5
    assert peak(60) < peak(2) + 2
