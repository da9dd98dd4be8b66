"""Checks of arguments that the models share."""

from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.utils import check_array
from sklearn.utils.validation import _check_sample_weight


def canonical(X):
    """X without repeated entries, which sparse kernels would count apart."""
    if sparse.issparse(X) and not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    return X


def check_alpha(alpha, n_targets, dtype):
    """Validate `alpha`: one number, or one for each target.

    Returns
    -------
    alphas : ndarray of shape (1,) or (n_targets,)
    """
    alphas = check_array(
        np.atleast_1d(alpha), ensure_2d=False, dtype=dtype, input_name="alpha"
    ).ravel()
    if alphas.size not in (1, n_targets):
        raise ValueError(
            "Number of targets and number of penalties do not correspond: alpha has "
            f"{alphas.size} values for {n_targets} target(s). Give one alpha, or one "
            "for each target."
        )
    if (alphas < 0).any():
        raise ValueError(f"alpha must be >= 0, got {alphas.min()}.")
    if ((alphas == 0) & (np.ravel(alpha) != 0)).any():
        raise ValueError(
            f"alpha={np.min(alpha)} is too small for {np.dtype(dtype)}: use alpha=0, a "
            "larger one, or float64."
        )
    check_range_of_alpha(alphas, "alpha")
    return alphas


def check_range_of_alpha(alphas, name):
    """Refuse what cannot be divided by, or would make every tangent zero."""
    limits = np.finfo(alphas.dtype)
    if ((alphas > 0) & (alphas < limits.tiny)).any():
        raise ValueError(
            f"{name} must be 0 or at least {limits.tiny:.1e} in {alphas.dtype}, got "
            f"{alphas.min()}."
        )
    if (alphas > np.sqrt(limits.max)).any():
        raise ValueError(
            f"{name} must be at most {np.sqrt(limits.max):.1e} in {alphas.dtype}, the "
            f"square of which tangents are divided by, got {alphas.max():.3g}. Scale "
            "the columns of X down, and alpha with their squares."
        )


def check_weights(sample_weight, X, dtype):
    """Validate `sample_weight`: None, or non-negative and not all zero."""
    if sample_weight is None:
        return None
    weights = _check_sample_weight(
        sample_weight, X, dtype=dtype, ensure_non_negative=True
    )
    if not np.isfinite(weights).all():  # a scalar gets through
        raise ValueError(f"sample_weight must be finite, got {sample_weight!r}.")
    if not weights.any():
        raise ValueError("sample_weight is zero for every row: nothing to fit.")
    limits = np.finfo(weights.dtype)
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not np.sqrt(limits.tiny) <= total <= np.sqrt(limits.max):
        raise ValueError(
            f"sample_weight adds up to {total:.3g}, the square of which is out of the "
            f"range of {weights.dtype}. Divide the weights, and alpha, by the largest "
            "weight: the fit is the same."
        )
    return weights


def check_in_memory(X, name):
    """Refuse rows that lie elsewhere, and say who takes them."""
    if isinstance(X, (str, Path)):
        raise TypeError(
            f"{name} is the path {str(X)!r}, but rows are needed: read it, or see "
            "skcurious.out_of_core."
        )
    if hasattr(X, "__dask_graph__"):
        raise TypeError(
            f"{name} is a Dask collection: see skcurious.dask, or compute it first."
        )


def check_same_order(X, y, X_name, y_name):
    """Refuse pandas objects about the same rows in another order.

    Rows are matched by position, as everywhere in scikit-learn. Indexes that
    hold the same labels in two orders say that this is not what was meant.
    """
    if not (hasattr(X, "iloc") and hasattr(y, "iloc")) or X.index.equals(y.index):
        return
    if len(X.index) == len(y.index) and X.index.sort_values().equals(
        y.index.sort_values()
    ):
        raise ValueError(
            f"{X_name} and {y_name} have the same index in different orders, and rows "
            f"are matched by position. Pass {y_name}.loc[{X_name}.index]."
        )
