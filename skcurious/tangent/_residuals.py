"""Residuals r and ``1 - w h`` of every row and alpha, from one decomposition.

Both come from eigenvectors of ``X~^T X~ = V L V^T``, with ``Z = X~ V``,

    r = y~ - Z (L + alpha)^-1 Z^T y~
    w_i h = sum_k Z_ik^2 / (L_k + alpha) + w_i / sum w

(the last term only with an intercept), or, where that would subtract almost
equal numbers, from ``X~ X~^T = U L U^T`` or the kernel matrix in its place,

    r = U (alpha / (L + alpha)) U^T y~ + what is left of y~ outside of U
    1 - w_i h = sum_k U_ik^2 alpha / (L_k + alpha) + what is left of 1

There an intercept is the direction ``u = sqrt(w) / |sqrt(w)|``, which X~^T maps
to zero; it is turned out of the space before the decomposition.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy import linalg

from skcurious._warnings import warn
from skcurious.tangent._gram import centre, check_finite, matmul, row_blocks
from skcurious.tangent._spectrum import (
    ROUNDING,
    eigenpairs,
    is_uneven,
    singular_values,
)

# A square that is not taken for the difference of 1 and others.
SMALL = 1e-2


class Block(NamedTuple):
    """Some rows: r of shape (n_rows, n_targets, n_alphas), 1 - w h, and their rounding.

    What either may be off by has its shape, or one that is broadcast to it.  Of a
    problem that is indefinite 1 - w h is minus infinity.
    """

    rows: slice
    residual: np.ndarray
    left: np.ndarray
    off: np.ndarray
    off_left: np.ndarray


# -- in eigenvectors of X~^T X~ -------------------------------------------------


def gram_residuals(design, products, Y, alphas, intercept):
    """None when X~ itself knows better than its Gram matrix."""
    gram, moment = products
    if is_uneven(gram.diagonal(), gram.dtype):
        return None
    found = eigenpairs(gram.copy())
    if loses_digits(found, alphas):
        return None
    X, mean, sqrt_weights = design

    def rows_in_eigenvectors(rows):
        return matmul(centre(X[rows], mean, sqrt_weights, rows), found.vectors)

    moved = _mean_rounding(mean, sqrt_weights, found.vectors)
    return _primal_residuals(
        rows_in_eigenvectors, found, moved, moment, Y, alphas, intercept
    )


def sparse_residuals(design, mean, Y, alphas, intercept):
    """In eigenvectors of the smaller side: a sparse X~ has no SVD here."""
    n_samples, n_features = design.shape
    if n_samples <= n_features:
        M = design.cogram()
        check_finite(M)
        return cogram_residuals(M, Y, alphas, intercept, must=True)
    gram = design.gram()
    check_finite(gram)
    found = eigenpairs(gram, design.column_squares())
    if loses_digits(found, alphas):
        warn_of_condition()
    V = found.vectors
    shift = None if design.offset is None else design.offset @ V

    def rows_in_eigenvectors(rows):
        Z = design.rows[rows] @ V
        if shift is not None:
            Z -= np.multiply.outer(design.scale[rows], shift)
        return Z

    moved = _mean_rounding(mean, design.scale, found.vectors)
    moment = design.rmatmat(Y)
    return _primal_residuals(
        rows_in_eigenvectors, found, moved, moment, Y, alphas, intercept
    )


def _mean_rounding(mean, sqrt_weights, vectors):
    """What rounding of the mean does to the coordinates of a row, the heaviest."""
    if mean is None:
        return 0.0
    heaviest = 1.0 if sqrt_weights is None else sqrt_weights.max()
    return np.finfo(vectors.dtype).eps * heaviest * (np.abs(mean) @ np.abs(vectors))


def loses_digits(found, alphas):
    """Whether half of the digits are gone at the smallest alpha."""
    limit, alpha = np.sqrt(np.finfo(found.values.dtype).eps), alphas.min()
    gone = found.rounding > limit * np.abs(found.values + alpha)
    return gone.any() or found.rest > limit * alpha


def warn_of_condition():
    warn(
        "Ill-conditioned problem: the leave-one-out errors of the smallest alphas "
        "have few correct digits. Scale the columns of X (for instance with "
        "MaxAbsScaler) or leave these alphas out.",
        linalg.LinAlgWarning,
    )


def _primal_residuals(rows_in_eigenvectors, found, moved, moment, Y, alphas, intercept):
    """Yield rows, their errors (n_rows, n_targets, n_alphas), and ``1 - w h``."""
    inverse = 1 / (found.values[:, None] + alphas)  # (n_features, n_alphas)
    inverse[found.null] = 0
    solved = (found.vectors.T @ moment)[:, :, None] * inverse[:, None, :]
    solved = solved.reshape(len(inverse), Y.shape[1] * len(alphas))
    # Of Z, which is X~ with vectors that see more of the largest eigenvalue.
    beside = (found.rounding[:, None] * np.abs(inverse)).max(axis=0, initial=0)
    eps = np.finfo(Y.dtype).eps
    share = ROUNDING * np.sqrt(eps * np.maximum(eps, beside))
    of_mean = (moved * np.sqrt(np.abs(inverse)).T).max(axis=1, initial=0)
    share = np.maximum(share, of_mean)
    off = np.multiply.outer(np.linalg.norm(Y, axis=0), share)
    for rows in row_blocks(np.broadcast_to(0.0, (len(Y), solved.shape[1]))):
        Z = rows_in_eigenvectors(rows)
        residual = matmul(Z, solved).reshape(-1, Y.shape[1], len(alphas))
        np.subtract(Y[rows, :, None], residual, out=residual)
        np.square(Z, out=Z)
        left = matmul(Z, inverse)
        np.subtract(1, left, out=left)
        if intercept is not None:
            left -= intercept[rows, None] ** 2
        yield Block(rows, residual, left, off, np.broadcast_to(share, left.shape))


# -- in eigenvectors of X~ X~^T, or of a kernel ----------------------------------


def cogram_residuals(M, Y, alphas, intercept, must=False):
    """None when X~ itself knows better, unless it `must` do."""
    found = eigenpairs_without(M, intercept)
    if loses_digits(found, alphas):
        if not must:
            return None
        warn_of_condition()
    return dual_residuals(found.values, found.vectors, Y, alphas, intercept)


def eigenpairs_without(M, intercept):
    """Eigenpairs of M in the space orthogonal to the unit vector `intercept`."""
    if intercept is None:
        return eigenpairs(M)
    v, others = _reflection(intercept)
    Mv = M @ v
    squares = np.abs(M.diagonal()) + np.abs(v * (2 * Mv - (v @ Mv) * v))
    M -= np.multiply.outer(v, Mv)
    M -= np.multiply.outer(Mv - (v @ Mv) * v, v)
    found = eigenpairs(M[np.ix_(others, others)], squares[others])
    return replace(found, vectors=_turned_back(v, others, found.vectors))


def svd_residuals(array, Y, alphas, intercept):
    if intercept is None:
        U, s, _ = singular_values(array)
    else:
        v, others = _reflection(intercept)
        array -= np.multiply.outer(v, v @ array)
        U, s, _ = singular_values(array[others])
        U = _turned_back(v, others, U)
    return dual_residuals(s**2, U, Y, alphas, intercept)


def _outside(U, Y, intercept):
    """What neither U nor the intercept reaches of each unit vector e_i, and of Y.

    With the projection P of the rest of the space ``|P e_i|^2`` and ``e_i^T P Y``: as
    differences, and where these are small from P e_i itself.
    """
    if intercept is not None:
        U = np.column_stack([U, intercept])
    rest = 1 - np.einsum("ij,ij->i", U, U)
    outside = Y - U @ (U.T @ Y)
    (few,) = np.nonzero(rest < SMALL)
    if few.size:
        P = -U @ U[few].T
        P[few, np.arange(few.size)] += 1
        P -= U @ (U.T @ P)  # twice is enough
        rest[few] = np.einsum("ij,ij->j", P, P)
        outside[few] = P.T @ Y
    return rest, outside


def dual_residuals(eigenvalues, U, Y, alphas, intercept):
    """Yield rows, their errors (n_rows, n_targets, n_alphas), and ``1 - w h``."""
    rest, thin = 0, U.shape[1] + (intercept is not None) < len(U)
    if thin:
        rest, outside = _outside(U, Y, intercept)
    shifted = eigenvalues[:, None] + alphas
    indefinite = (shifted <= 0).any(axis=0)
    shifted[:, indefinite] = 1.0
    kept = alphas / shifted
    solved = (U.T @ Y)[:, :, None] * kept[:, None, :]
    # Of U, entry by entry.
    share = ROUNDING * np.finfo(U.dtype).eps
    most = np.sqrt(kept.max(axis=0, initial=0))
    size = np.linalg.norm(Y, axis=0)[:, None]
    off = share * np.linalg.norm(solved, axis=0)
    solved = solved.reshape(len(eigenvalues), Y.shape[1] * len(alphas))
    for rows in row_blocks(np.broadcast_to(0.0, (len(Y), solved.shape[1]))):
        Z = U[rows]
        residual = (Z @ solved).reshape(-1, Y.shape[1], len(alphas))
        left = (Z**2) @ kept
        of_rest, off_left = 0, 2 * share * np.sqrt(left) * most
        if thin:
            residual += outside[rows, :, None]
            left += rest[rows, None]
            off_rest = share * np.sqrt(rest[rows])[:, None]
            off_left += 2 * off_rest
            of_rest = off_rest[:, :, None] * size
        left[:, indefinite] = -np.inf  # as no rounding makes it
        yield Block(rows, residual, left, off + of_rest, off_left)


def _reflection(u):
    """v with ``Q = I - v v^T`` a reflection of a unit vector to -+ u; the other rows.

    u is the direction of the intercept; in these rows ``Q X~`` is X~ in the space
    orthogonal to u.  The row left out is the heaviest, which leaves light rows light.
    """
    row = np.abs(u).argmax()
    v = u.copy()
    v[row] += np.copysign(1.0, u[row])
    v *= np.sqrt(2) / np.linalg.norm(v)
    return v, np.arange(len(u)) != row


def _turned_back(v, others, inner):
    """``Q`` times `inner` in these rows, and zeros in the one that was left out."""
    U = np.zeros((len(v), inner.shape[1]))
    U[others] = inner
    U -= np.multiply.outer(v, v[others] @ inner)
    return U
