"""Rules of kernels of a scaled distance: RBF and Matern, one length or many.

With r^2 = sum_k (x_k - z_k)^2 / l_k^2, k = k(r^2), g = -2 dk/d(r^2), W = M o g
(symmetric) and Z = X / l:

    d/dlog l_k sum_il M_il K_il = sum_il W_il (Z_ik - Z_lk)^2
                                = 2 sum_i Z_ik (Z_ik (W 1)_i - (W Z)_ik)
"""

import math

import numpy as np
from scipy.linalg.blas import dgemm
from scipy.spatial.distance import pdist, squareform
from scipy.special import gamma, kv
from sklearn.gaussian_process.kernels import RBF, Matern

from skcurious.gaussian_process._gradient import Hyperparameters, rule
from skcurious.gaussian_process._leaves import centred, squared_distances
from skcurious.gaussian_process._pairs import Pairs, inner


def rbf(squares):
    """exp(-r^2 / 2) and its g, which is the same."""
    k = np.exp(-0.5 * squares)
    return k, k


def matern12(squares):
    """exp(-r) and its g, exp(-r) / r."""
    r = np.sqrt(squares)
    k = np.exp(-r)
    return k, np.divide(k, r, out=np.zeros_like(k), where=r > 0)


def matern32(squares):
    """(1 + s) exp(-s) with s = sqrt(3) r, and its g, 3 exp(-s)."""
    s = np.sqrt(3 * squares)
    decay = np.exp(-s)
    return (1 + s) * decay, 3 * decay


def matern52(squares):
    """(1 + s + s^2 / 3) exp(-s) with s = sqrt(5) r, and its g."""
    g = np.sqrt(5 * squares)
    decay = np.exp(-g)
    g += 1
    g *= decay
    decay *= squares
    decay *= 5 / 3
    decay += g
    g *= 5 / 3
    return decay, g


def matern(squares, nu):
    """Any nu: c s^nu K_nu(s) with s = sqrt(2 nu) r, and its g.

    From d(s^nu K_nu)/ds = -s^nu K_(nu-1): g = 2 nu c s^(nu-1) K_(nu-1).
    """
    k, g = np.ones_like(squares), np.zeros_like(squares)
    apart = squares > 0
    s = np.sqrt(2 * nu * squares[apart])
    constant = 2 ** (1 - nu) / gamma(nu)
    k[apart] = constant * s**nu * kv(nu, s)
    g[apart] = 2 * nu * constant * s ** (nu - 1) * kv(nu - 1, s)
    return k, g


_PROFILES = {0.5: matern12, 1.5: matern32, 2.5: matern52, math.inf: rbf}


@rule(RBF)
def _rbf(kernel, X):
    return _stationary(kernel, X, rbf)


@rule(Matern)
def _matern(kernel, X):
    nu = kernel.nu
    return _stationary(
        kernel, X, _PROFILES.get(nu, lambda squares: matern(squares, nu))
    )


def _stationary(kernel, X, profile):
    if kernel.anisotropic:
        return _many_lengths(kernel, X, profile)
    hyperparameters, squares = Hyperparameters(kernel), squared_distances(X)

    def evaluate(theta):
        (length,) = hyperparameters.at(theta)
        scaled = squares / length**2
        k, g = profile(scaled)
        return Pairs(k, 1.0), hyperparameters.pullback(
            lambda M: inner(M.pairs * g, scaled)
        )

    return evaluate


def _many_lengths(kernel, X, profile):
    hyperparameters, X = Hyperparameters(kernel), centred(X)
    n, n_columns = X.shape
    if len(kernel.length_scale) != n_columns:
        raise ValueError(
            f"kernel: {type(kernel).__name__} has {len(kernel.length_scale)} "
            f"entries of length_scale for {n_columns} columns of X."
        )
    # The weight of equal rows meets a distance of zero, and may be huge.
    equal = np.flatnonzero(pdist(X, "sqeuclidean") == 0)

    def evaluate(theta):
        (lengths,) = hyperparameters.at(theta)
        Z = X / lengths
        k, g = profile(pdist(Z, "sqeuclidean"))

        def by_lengths(M):
            w = M.pairs * g
            w[equal] = 0
            if n < 2:
                return np.zeros(n_columns)
            # One product for W Z and W 1.
            Z1 = np.ones((n, n_columns + 1), order="F")
            Z1[:, :-1] = Z
            WZ1 = dgemm(1.0, squareform(w, checks=False).T, Z1)
            # M is folded: each pair once, with twice its weight.
            moved = Z * WZ1[:, -1:] - WZ1[:, :-1]
            return np.einsum("ij,ij->j", Z, moved)

        return Pairs(k, 1.0), hyperparameters.pullback(by_lengths)

    return evaluate
