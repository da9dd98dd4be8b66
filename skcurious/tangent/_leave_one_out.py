"""Leave-one-out errors of every alpha from one decomposition.

Ridge, with ``X~ = sqrt(W) (X - mean)``, ``y~ = sqrt(W) (y - mean_y)``, r the
residual of y~ and h the leverage:

    sqrt(w_i) (y_i - f_-i(x_i)) = r_i / (1 - w_i h(x_i, x_i))

Both come from one decomposition (``_residuals.py``), in blocks of rows.

``RidgeCV`` of scikit-learn uses the same identities (R. M. Rifkin and R. A.
Lippert, "Notes on regularized least squares", 2007).
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from skcurious.tangent._design import DenseDesign, make_design
from skcurious.tangent._gram import (
    centred_gram,
    check_finite,
    check_targets,
    drop_constant_columns,
    intercept_direction,
    mean_of,
    weighted_mean,
)
from skcurious.tangent._residuals import (
    cogram_residuals,
    dual_residuals,
    eigenpairs_without,
    gram_residuals,
    loses_digits,
    sparse_residuals,
    svd_residuals,
    warn_of_condition,
)

# Rounding of errors beside the largest that users are told of.
LITTLE = 3e-6


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
        parts = sparse_residuals(design, mean, Y, alphas, intercept)
    elif n_samples <= n_features and not svd:
        M = DenseDesign(X, mean, sqrt_weights).cogram()
        check_finite(M)
        parts = cogram_residuals(M, Y, alphas, intercept)
    elif n_samples > 2 * n_features and not svd:
        products = centred_gram(X, Y, mean, sqrt_weights)
        check_finite(products[0])
        if mean is not None:
            drop_constant_columns(*products, mean, n_samples, sqrt_weights)
        design = (X, mean, sqrt_weights)
        parts = gram_residuals(design, products, Y, alphas, intercept)
    if parts is not None:
        errors = _collect(parts, *how, products)
        if errors.doubt > LITTLE and not sparse.issparse(X):
            errors = None
    if errors is None:  # too few digits, or, in between, too close to a square
        design = DenseDesign(X, mean, sqrt_weights)
        check_finite(design.gram_diagonal())
        parts = svd_residuals(design.array, Y, alphas, intercept)
        errors = _collect(parts, *how, products)
    if errors.doubt > LITTLE:
        warn_of_condition()
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
    found = eigenpairs_without(K, intercept)
    parts = dual_residuals(found.values, found.vectors, Y, alphas, intercept)
    errors = _collect(parts, (*Y.shape, len(alphas)), keep)
    if errors.doubt > LITTLE or loses_digits(found, alphas):
        warn_of_condition()
    return errors
