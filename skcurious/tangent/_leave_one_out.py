"""Leave-one-out errors of every alpha from one decomposition.

Ridge, with ``X~ = sqrt(W) (X - mean)``, ``y~ = sqrt(W) (y - mean_y)``, r the
residual of y~ and h the leverage:

    sqrt(w_i) (y_i - f_-i(x_i)) = r_i / (1 - w_i h(x_i, x_i))

Both come from eigenvectors of ``X~^T X~ = V L V^T``, with ``Z = X~ V``,

    r = y~ - Z (L + alpha)^-1 Z^T y~
    w_i h = sum_k Z_ik^2 / (L_k + alpha) + w_i / sum w

(the last term only with an intercept), or, where that would subtract almost
equal numbers, from ``X~ X~^T = U L U^T`` or the kernel matrix in its place,

    r = U (alpha / (L + alpha)) U^T y~ + what is left of y~ outside of U
    1 - w_i h = sum_k U_ik^2 alpha / (L_k + alpha) + what is left of 1

There an intercept is the direction ``u = sqrt(w) / |sqrt(w)|``, which X~^T maps
to zero; it is turned out of the space before the decomposition.

``RidgeCV`` of scikit-learn uses the same identities (R. M. Rifkin and R. A.
Lippert, "Notes on regularized least squares", 2007).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy import linalg, sparse

from skcurious._warnings import warn
from skcurious.tangent._design import (
    DenseDesign,
    centre,
    centred_gram,
    check_finite,
    check_targets,
    drop_constant_columns,
    intercept_direction,
    make_design,
    matmul,
    mean_of,
    row_blocks,
    weighted_mean,
)
from skcurious.tangent._spectrum import (
    ROUNDING,
    eigenpairs,
    is_uneven,
    singular_values,
)

# Rounding of errors beside the largest that users are told of.
LITTLE = 3e-6
# A square that is not taken for the difference of 1 and others.
SMALL = 1e-2


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
    doubt : float
        How far rounding may put an error off, beside the largest of its alpha.
    """

    sums: np.ndarray
    scaled_sums: np.ndarray
    squares: np.ndarray | None
    products: tuple | None = None
    doubt: float = 0.0


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


def _collect(blocks, shape, keep, products=None):
    """Sum the squares of the errors ``r / (1 - w h)``, which come in row blocks.

    Rounding puts an error e off by ``(off + |e| off_left) / (1 - w h)``, which must be
    little beside the largest of them.
    """
    squares = np.empty(shape) if keep else None
    sums, scaled_sums, largest, off = np.zeros((4, *shape[1:]))
    for block in blocks:
        left = block.left
        alone = left <= block.off_left  # a row that alone decides about itself
        lost = alone & np.isfinite(left)
        left[alone] = 1
        errors = np.abs(block.residual, out=block.residual)
        errors /= left[:, None, :]
        doubts = errors * block.off_left[:, None, :]
        doubts += block.off
        doubts /= left[:, None, :]
        largest = np.maximum(largest, errors.max(axis=0, initial=0))
        off = np.maximum(off, doubts.max(axis=0, initial=0))
        off[:, lost.any(axis=0)] = np.inf
        # In float64, the range of which holds squares of all that float32 can.
        errors = np.square(errors, dtype=np.float64)
        errors[np.broadcast_to(alone[:, None, :], errors.shape)] = np.inf
        sums += errors.sum(axis=0)
        # 1 + w h_-i = 1 / (1 - w h)
        scaled_sums += np.einsum("nta,na->ta", errors, left)
        if keep:
            squares[block.rows] = errors
    doubt = np.divide(off, largest, out=np.where(off > 0, np.inf, 0), where=largest > 0)
    return LeaveOneOut(sums, scaled_sums, squares, products, doubt.max(initial=0))


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
        Sums over the rows, and with `keep` their squares.

    Examples
    --------
    Without an intercept and with hardly any penalty, the line through the
    other point:

    >>> import numpy as np
    >>> from skcurious.tangent import ridge_leave_one_out
    >>> X, Y = np.array([[1.0], [1.0]]), np.array([[1.0], [3.0]])
    >>> errors = ridge_leave_one_out(
    ...     X,
    ...     Y,
    ...     np.array([1e-9]),
    ...     weights=None,
    ...     fit_intercept=False,
    ...     svd=False,
    ...     keep=True,
    ... )
    >>> errors.squares.ravel().round(6)
    array([4., 4.])
    """
    n_samples, n_features = X.shape
    sqrt_weights = None if weights is None else np.sqrt(weights)
    mean = intercept = None
    if fit_intercept:
        mean = mean_of(X, weights)
        Y = Y - weighted_mean(Y, weights)
        intercept = intercept_direction(n_samples, sqrt_weights, X.dtype)
    if sqrt_weights is not None:
        Y = Y * sqrt_weights[:, None]
    check_targets(Y)
    products = parts = errors = None
    how = (*Y.shape, len(alphas)), keep
    if sparse.issparse(X):
        design = make_design(X, mean, sqrt_weights)
        parts = _sparse_residuals(design, mean, Y, alphas, intercept)
    elif n_samples <= n_features and not svd:
        M = DenseDesign(X, mean, sqrt_weights).cogram()
        check_finite(M)
        parts = _cogram_residuals(M, Y, alphas, intercept)
    elif n_samples > 2 * n_features and not svd:
        products = centred_gram(X, Y, mean, sqrt_weights)
        check_finite(products[0])
        if mean is not None:
            drop_constant_columns(*products, mean, n_samples, sqrt_weights)
        design = (X, mean, sqrt_weights)
        parts = _gram_residuals(design, products, Y, alphas, intercept)
    if parts is not None:
        errors = _collect(parts, *how, products)
        if errors.doubt > LITTLE and not sparse.issparse(X):
            errors = None
    if errors is None:  # too few digits, or, in between, too close to a square
        design = DenseDesign(X, mean, sqrt_weights)
        check_finite(design.gram_diagonal())
        parts = _svd_residuals(design.array, Y, alphas, intercept)
        errors = _collect(parts, *how, products)
    if errors.doubt > LITTLE:
        _warn_of_condition()
    return errors


def kernel_leave_one_out(K, Y, alphas, *, weights, keep, fit_intercept=False):
    """Leave-one-out errors of kernel ridge regression.

    Parameters
    ----------
    K : ndarray of shape (n_samples, n_samples)
        Kernel matrix; overwritten.
    Y : ndarray of shape (n_samples, n_targets)
        Targets; not changed.
    alphas : ndarray of shape (n_alphas,)
        Regularisation strengths, positive.
    weights : ndarray of shape (n_samples,) or None
        Sample weights.
    keep : bool
        Whether to return the square of every row.
    fit_intercept : bool, default=False
        Whether there is a constant that is not penalised.

    Returns
    -------
    errors : LeaveOneOut
        Sums over the rows, and with `keep` their squares.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import kernel_leave_one_out
    >>> Y, alphas = np.array([[1.0], [3.0]]), np.array([0.1, 10.0])
    >>> kernel_leave_one_out(np.ones((2, 2)), Y, alphas, weights=None, keep=False).sums
    array([[7.3553719 , 8.99173554]])
    """
    root = None if weights is None else np.sqrt(weights)
    intercept = None
    if fit_intercept:
        Y = Y - weighted_mean(Y, weights)
        intercept = intercept_direction(len(Y), root, Y.dtype)
    if root is not None:
        Y = Y * root[:, None]
        K *= root
        K *= root[:, None]
    found = _eigenpairs_without(K, intercept)
    parts = _dual_residuals(found.values, found.vectors, Y, alphas, intercept)
    errors = _collect(parts, (*Y.shape, len(alphas)), keep)
    if errors.doubt > LITTLE or _loses_digits(found, alphas):
        _warn_of_condition()
    return errors


# -- in eigenvectors of X~^T X~ -------------------------------------------------


def _gram_residuals(design, products, Y, alphas, intercept):
    """None when X~ itself knows better than its Gram matrix."""
    gram, moment = products
    if is_uneven(gram.diagonal(), gram.dtype):
        return None
    found = eigenpairs(gram.copy())
    if _loses_digits(found, alphas):
        return None
    X, mean, sqrt_weights = design

    def rows_in_eigenvectors(rows):
        return matmul(centre(X[rows], mean, sqrt_weights, rows), found.vectors)

    moved = _mean_rounding(mean, sqrt_weights, found.vectors)
    return _primal_residuals(
        rows_in_eigenvectors, found, moved, moment, Y, alphas, intercept
    )


def _sparse_residuals(design, mean, Y, alphas, intercept):
    """In eigenvectors of the smaller side: a sparse X~ has no SVD here."""
    n_samples, n_features = design.shape
    if n_samples <= n_features:
        M = design.cogram()
        check_finite(M)
        return _cogram_residuals(M, Y, alphas, intercept, must=True)
    gram = design.gram()
    check_finite(gram)
    found = eigenpairs(gram, design.column_squares())
    if _loses_digits(found, alphas):
        _warn_of_condition()
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


def _loses_digits(found, alphas):
    """Whether half of the digits are gone at the smallest alpha."""
    limit, alpha = np.sqrt(np.finfo(found.values.dtype).eps), alphas.min()
    gone = found.rounding > limit * np.abs(found.values + alpha)
    return gone.any() or found.rest > limit * alpha


def _warn_of_condition():
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


def _cogram_residuals(M, Y, alphas, intercept, must=False):
    """None when X~ itself knows better, unless it `must` do."""
    found = _eigenpairs_without(M, intercept)
    if _loses_digits(found, alphas):
        if not must:
            return None
        _warn_of_condition()
    return _dual_residuals(found.values, found.vectors, Y, alphas, intercept)


def _eigenpairs_without(M, intercept):
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


def _svd_residuals(array, Y, alphas, intercept):
    if intercept is None:
        U, s, _ = singular_values(array)
    else:
        v, others = _reflection(intercept)
        array -= np.multiply.outer(v, v @ array)
        U, s, _ = singular_values(array[others])
        U = _turned_back(v, others, U)
    return _dual_residuals(s**2, U, Y, alphas, intercept)


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


def _dual_residuals(eigenvalues, U, Y, alphas, intercept):
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
