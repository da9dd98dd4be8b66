"""Rules of scikit-learn's kernels that are no function of a scaled distance."""

import numpy as np
from scipy.linalg.blas import dgemm
from scipy.spatial.distance import pdist
from sklearn.gaussian_process.kernels import (
    CompoundKernel,
    ConstantKernel,
    DotProduct,
    ExpSineSquared,
    RationalQuadratic,
    WhiteKernel,
)

from skcurious.gaussian_process._gradient import Hyperparameters, rule
from skcurious.gaussian_process._pairs import Pairs, above_diagonal, inner


@rule(ConstantKernel)
def _constant(kernel, X):
    hyperparameters = Hyperparameters(kernel)

    def evaluate(theta):
        (value,) = hyperparameters.at(theta)
        K = Pairs(value, value)
        return K, hyperparameters.pullback(lambda M: M.inner(K))

    return evaluate


@rule(WhiteKernel)
def _white(kernel, X):
    hyperparameters = Hyperparameters(kernel)

    def evaluate(theta):
        (value,) = hyperparameters.at(theta)
        K = Pairs(0.0, value)
        return K, hyperparameters.pullback(lambda M: value * M.diagonal.sum())

    return evaluate


@rule(DotProduct)
def _dot_product(kernel, X):
    """K = X X^T + sigma_0^2."""
    hyperparameters, products = Hyperparameters(kernel), dot_products(X)

    def evaluate(theta):
        (sigma,) = hyperparameters.at(theta)
        constant = Pairs(sigma**2, sigma**2)
        return products + constant, hyperparameters.pullback(
            lambda M: 2 * M.inner(constant)
        )

    return evaluate


@rule(RationalQuadratic)
def _rational_quadratic(kernel, X):
    """k = b^-alpha with b = 1 + r^2 / (2 alpha l^2)."""
    if np.size(kernel.length_scale) > 1:
        raise ValueError(
            "RationalQuadratic has one length_scale for all columns: got "
            f"{np.size(kernel.length_scale)}."
        )
    hyperparameters, squares = Hyperparameters(kernel), squared_distances(X)

    def evaluate(theta):
        alpha, length = hyperparameters.at(theta)
        half = squares / (2 * length**2)
        base = 1 + half / alpha
        k = base**-alpha

        def by_alpha(M):
            return inner(M.pairs, k * (half / base - alpha * np.log(base)))

        def by_length(M):
            return inner(M.pairs, 2 * half * k / base)

        return Pairs(k, 1.0), hyperparameters.pullback(by_alpha, by_length)

    return evaluate


@rule(ExpSineSquared)
def _exp_sine_squared(kernel, X):
    """k = exp(-2 s^2 / l^2) with s = sin(pi r / periodicity)."""
    hyperparameters, distances = Hyperparameters(kernel), np.sqrt(squared_distances(X))

    def evaluate(theta):
        length, period = hyperparameters.at(theta)
        angle = np.pi / period * distances
        sine = np.sin(angle)
        k = np.exp(-2 * (sine / length) ** 2)
        factor = 4 / length**2

        def by_length(M):
            return factor * inner(M.pairs, sine**2 * k)

        def by_period(M):
            return factor * inner(M.pairs, angle * np.cos(angle) * sine * k)

        return Pairs(k, 1.0), hyperparameters.pullback(by_length, by_period)

    return evaluate


@rule(CompoundKernel)
def _compound(kernel, X):
    raise ValueError(
        f"kernel: CompoundKernel is {len(kernel.kernels)} matrices, and a Gaussian "
        "process of regression needs one. Combine the kernels by + or *."
    )


def centred(X):
    """X around its mean, which no distance sees: fewer digits are lost."""
    X = np.atleast_2d(np.asarray(X, dtype=float))
    return X - X.mean(axis=0)


def squared_distances(X):
    """Squared distances of all pairs of rows."""
    return pdist(centred(X), "sqeuclidean")


def dot_products(X):
    """X X^T as Pairs."""
    X = np.atleast_2d(np.asarray(X, dtype=float))
    columns = np.asfortranarray(X)
    products = dgemm(1.0, columns, columns, trans_b=True)
    return Pairs(above_diagonal(products.T), np.einsum("ij,ij->i", X, X))
