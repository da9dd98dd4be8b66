"""Leave-one-out errors of every alpha from one decomposition.

Ridge, with ``X~ = sqrt(W) (X - mean)``, ``y~ = sqrt(W) (y - mean_y)``, r the
residual of y~ and ``Z = X~ V`` in eigenvectors ``X~^T X~ = V L V^T``:

    sqrt(w_i) (y_i - f_-i(x_i)) = r_i / (1 - sum_k Z_ik^2 / (L_k + alpha) - w_i / sum w)

(the last term only with an intercept).  Kernel ridge and wide ridge, with
``A = M + alpha I``, ``M = V L V^T`` (of sqrt(W) K sqrt(W), or X~ X~^T) and
``a = A^-1 y~``:

    sqrt(w_i) (y_i - f_-i(x_i)) = a_i / (A^-1)_ii

There an intercept is the direction ``u = sqrt(w) / |sqrt(w)|``, which M maps
to zero; it is turned out of the space before the decomposition, because
1 / alpha times its rounding would drown the rest.

``RidgeCV`` of scikit-learn uses the same identities (R. M. Rifkin and R. A.
Lippert, "Notes on regularized least squares", 2007).
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from skcurious.tangent._design import (
    DenseDesign,
    SparseDesign,
    centre,
    centred_gram,
    check_finite,
    drop_constant_columns,
    make_design,
    matmul,
    mean_of,
    row_blocks,
    weighted_mean,
)
from skcurious.tangent._factor import eigenvectors


@dataclass
class LeaveOneOut:
    """Squared leave-one-out errors.

    Attributes
    ----------
    sums : ndarray of shape (n_targets, n_alphas)
        ``sum_i w_i e_i**2``; infinite where K + alpha I is not positive
        definite.
    scaled_sums : ndarray of shape (n_targets, n_alphas)
        ``sum_i w_i e_i**2 / (1 + w_i h_-i(x_i, x_i))``, with the leverage of
        row i in the model without it. In units of the noise variance the
        error of a row that was left out has the variance ``1 / w_i + h_-i``,
        so that this over the sum of the weights estimates the noise variance.
    squares : ndarray of shape (n_samples, n_targets, n_alphas) or None
        ``w_i e_i**2``, if asked for.
    products : tuple of ndarrays or None
        ``X~^T X~`` and ``X~^T y~``, if they were formed.
    """

    sums: np.ndarray
    scaled_sums: np.ndarray
    squares: np.ndarray | None
    products: tuple | None = None


def _collect(parts, shape, keep, products=None):
    """Sum the squares of residuals that come in row blocks."""
    squares = np.empty(shape) if keep else None
    sums, scaled_sums = np.zeros(shape[1:]), np.zeros(shape[1:])
    for rows, residual, left in parts:
        np.square(residual, out=residual)
        sums += residual.sum(axis=0)
        # 1 + w h_-i = 1 / (1 - w h)
        scaled_sums += np.einsum("nta,na->ta", residual, left)
        if keep:
            squares[rows] = residual
    return LeaveOneOut(sums, scaled_sums, squares, products)


def ridge_leave_one_out(X, Y, alphas, *, weights, fit_intercept, svd, keep):
    """Leave-one-out errors of ridge regression.

    Parameters
    ----------
    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        Training rows; not changed.
    Y : ndarray of shape (n_samples, n_targets)
        Targets; not changed.
    alphas : ndarray of shape (n_alphas,)
        Regularisation strengths, positive.
    weights : ndarray of shape (n_samples,) or None
        Sample weights.
    fit_intercept : bool
        Whether to centre X and Y.
    svd : bool
        Whether to decompose X~ itself; dense X only.
    keep : bool
        Whether to return the square of every row.

    Returns
    -------
    errors : LeaveOneOut
    """
    n_samples, n_features = X.shape
    sqrt_weights = None if weights is None else np.sqrt(weights)
    mean = intercept = None
    if fit_intercept:
        mean = mean_of(X, weights)
        Y = Y - weighted_mean(Y, weights)
        intercept = np.ones(n_samples) if sqrt_weights is None else sqrt_weights
        intercept = intercept / np.linalg.norm(intercept)
    if sqrt_weights is not None:
        Y = Y * sqrt_weights[:, None]
    products = parts = None
    # Between the two the dual costs more, but subtracts nothing from one.
    if n_samples <= 2 * n_features:
        M = make_design(X, mean, sqrt_weights).cogram()
        check_finite(M)
        parts = _dual_residuals(M, Y, alphas, intercept)
    elif sparse.issparse(X):
        parts = _sparse_residuals(X, Y, alphas, mean, sqrt_weights, intercept)
    elif not svd:
        products = centred_gram(X, Y, mean, sqrt_weights)
        check_finite(products[0])
        if mean is not None:
            drop_constant_columns(*products, mean, n_samples, sqrt_weights)
        design = (X, mean, sqrt_weights)
        parts = _gram_residuals(design, products, Y, alphas, intercept)
    if parts is None:
        array = DenseDesign(X, mean, sqrt_weights).array
        parts = _svd_residuals(array, Y, alphas, intercept)
    return _collect(parts, (*Y.shape, len(alphas)), keep, products)


def kernel_leave_one_out(K, Y, alphas, *, weights, keep):
    """Leave-one-out errors of kernel ridge regression.

    Parameters
    ----------
    K : ndarray of shape (n_samples, n_samples)
        Kernel matrix; overwritten.
    Y, alphas, weights, keep
        As in :func:`ridge_leave_one_out`.

    Returns
    -------
    errors : LeaveOneOut
    """
    if weights is not None:
        root = np.sqrt(weights)
        Y = Y * root[:, None]
        K *= root
        K *= root[:, None]
    parts = _dual_residuals(K, Y, alphas, None)
    return _collect(parts, (*Y.shape, len(alphas)), keep)


# -- more samples than features ----------------------------------------------------


def _gram_residuals(design, products, Y, alphas, intercept):
    gram, moment = products
    eigenvalues, V, null = eigenvectors(gram.copy())
    seen = eigenvalues[~null]
    smallest = seen.min(initial=np.inf)
    # Below half of the digits of the Gram matrix, X~ itself knows better.
    if seen.size and smallest + alphas.min() < 1e-8 * seen.max():
        return None
    coordinates = _inside(V, moment, null)
    X, mean, sqrt_weights = design

    def rows_in_eigenvectors(rows):
        return matmul(centre(X[rows], mean, sqrt_weights, rows), V)

    return _primal_residuals(
        rows_in_eigenvectors, eigenvalues, null, coordinates, Y, alphas, intercept
    )


def _sparse_residuals(X, Y, alphas, mean, sqrt_weights, intercept):
    design = SparseDesign(X, mean, sqrt_weights)
    gram = design.gram()
    check_finite(gram)
    eigenvalues, V, null = eigenvectors(gram)
    coordinates = _inside(V, design.rmatmat(Y), null)
    shift = None if design.offset is None else design.offset @ V

    def rows_in_eigenvectors(rows):
        Z = design.rows[rows] @ V
        if shift is not None:
            Z -= np.multiply.outer(design.scale[rows], shift)
        return Z

    return _primal_residuals(
        rows_in_eigenvectors, eigenvalues, null, coordinates, Y, alphas, intercept
    )


def _svd_residuals(array, Y, alphas, intercept):
    check_finite(array)
    U, s, _ = linalg.svd(
        array, full_matrices=False, check_finite=False, lapack_driver="gesdd"
    )
    null = s <= max(array.shape) * np.finfo(s.dtype).eps * s.max(initial=0)
    s[null] = 0
    return _primal_residuals(
        lambda rows: U[rows] * s,
        s**2,
        null,
        (U.T @ Y) * s[:, None],
        Y,
        alphas,
        intercept,
    )


def _inside(V, moment, null):
    coordinates = V.T @ moment
    coordinates[null] = 0
    return coordinates


def _primal_residuals(
    rows_in_eigenvectors, eigenvalues, null, coordinates, Y, alphas, intercept
):
    """Yield rows, their errors (n_rows, n_targets, n_alphas), and ``1 - w h``."""
    inverse = 1 / (eigenvalues[:, None] + alphas)  # (n_features, n_alphas)
    inverse[null] = 0
    solved = coordinates[:, :, None] * inverse[:, None, :]
    solved = solved.reshape(len(eigenvalues), -1)
    for rows in row_blocks(np.broadcast_to(0.0, (len(Y), solved.shape[1]))):
        Z = rows_in_eigenvectors(rows)
        residual = matmul(Z, solved).reshape(-1, Y.shape[1], len(alphas))
        np.subtract(Y[rows, :, None], residual, out=residual)
        np.square(Z, out=Z)
        left = matmul(Z, inverse)
        np.subtract(1, left, out=left)
        if intercept is not None:
            left -= intercept[rows, None] ** 2
        # Nothing is left of a row that alone decides about its prediction.
        alone = left <= len(eigenvalues) * np.finfo(left.dtype).eps
        left[alone] = np.nan
        residual /= left[:, None, :]
        left[alone] = 1
        residual[np.isnan(residual)] = np.inf
        yield rows, residual, left


# -- as many features as samples, or kernels ---------------------------------------


def _dual_residuals(M, Y, alphas, intercept):
    """Yield rows, their errors (n_rows, n_targets, n_alphas), and ``1 - w h``."""
    if intercept is None:
        eigenvalues, V = _eigh(M)
    else:
        eigenvalues, V = _eigh_without(M, intercept)
    shifted = eigenvalues[:, None] + alphas
    rounding = len(M) * np.finfo(M.dtype).eps * np.abs(eigenvalues).max(initial=0)
    indefinite = (shifted <= rounding * 1e-3).any(axis=0)
    shifted[:, indefinite] = 1.0
    inverse = 1 / shifted
    solved = (V.T @ Y)[:, :, None] * inverse[:, None, :]
    solved = solved.reshape(len(eigenvalues), -1)
    for rows in row_blocks(np.broadcast_to(0.0, (len(Y), solved.shape[1]))):
        Z = V[rows]
        residual = (Z @ solved).reshape(-1, Y.shape[1], len(alphas))
        own = (Z**2) @ inverse
        # With an intercept a row of weight zero, or the only row, has nothing
        # but the intercept's direction.
        np.divide(residual, own[:, None, :], out=residual, where=own[:, None, :] > 0)
        residual[:, :, indefinite] = np.inf
        yield rows, residual, np.where(own > 0, alphas * own, 1)


def _eigh(M):
    return linalg.eigh(M.T, overwrite_a=True, check_finite=False, driver="evd")


def _eigh_without(M, u):
    """Eigenpairs of M in the space orthogonal to `u`, which M maps to zero.

    A reflection Q turns the first unit vector into u; what is left of
    ``Q M Q`` without its first row and column is decomposed, and turned back.
    """
    v = u.copy()
    v[0] += np.copysign(1.0, u[0])  # Q = I - 2 v v^T / |v|^2, Q e_1 = -+ u
    v *= np.sqrt(2) / np.linalg.norm(v)  # Q = I - v v^T
    Mv = M @ v
    M -= np.multiply.outer(v, Mv)
    M -= np.multiply.outer(Mv - (v @ Mv) * v, v)
    eigenvalues, inner = _eigh(np.ascontiguousarray(M[1:, 1:]))
    V = np.zeros((len(u), len(eigenvalues)))
    V[1:] = inner
    V -= np.multiply.outer(v, v[1:] @ inner)
    return eigenvalues, V
