"""Checks of arguments that the models share."""

from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.utils import check_array
from sklearn.utils.validation import _check_sample_weight

from skcurious._calls import is_estimator
from skcurious._frames import is_frame, is_pandas
from skcurious._imported import if_imported


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
    alpha = np.atleast_1d(alpha)
    if not alpha.size:
        raise ValueError("alpha is empty: give one number, or one for each target.")
    alphas = check_array(
        alpha, ensure_2d=False, dtype=dtype, input_name="alpha"
    ).ravel()
    if alphas.size not in (1, n_targets):
        raise ValueError(
            "Number of targets and number of penalties do not correspond: alpha has "
            f"{alphas.size} values for {n_targets} target(s). Give one alpha, or one "
            "for each target."
        )
    if (alphas < 0).any():
        raise ValueError(f"alpha must be >= 0, got {alphas.min()}.")
    return alphas


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
    return weights


def check_table(X, name):
    """Refuse what holds no rows, or holds them elsewhere, and say what to do."""
    if isinstance(X, (str, Path)):
        raise TypeError(
            f"{name} is the path {str(X)!r}, but rows are needed: read it, or see "
            "skcurious.out_of_core."
        )
    if hasattr(X, "__dask_graph__"):
        raise TypeError(
            f"{name} is a Dask collection: see skcurious.dask, or compute it first."
        )
    remedy = None
    if is_estimator(X):
        remedy = "pass the fitted estimator first, then the rows"
    elif isinstance(X, if_imported("polars", "LazyFrame")):
        remedy = f"pass {name}.collect()"
    elif isinstance(X, Mapping):
        remedy = f"pass pandas.DataFrame({name})"
    elif isinstance(X, (Iterator, Set)):
        remedy = f"pass list({name}), or see skcurious.out_of_core"
    elif not any(hasattr(X, way) for way in ("shape", "__len__", "__array__")):
        remedy = "pass an array, a sparse matrix or a DataFrame"
    if remedy is not None:
        raise TypeError(
            f"{name} is of type {type(X).__name__}, but rows of shape (n_samples, "
            f"n_features) are needed: {remedy}."
        )
    if is_frame(X) and len(X.shape) == 2:
        names = list(X.columns)
        if len(set(names)) < len(names):
            twice = next(column for column in names if names.count(column) > 1)
            raise ValueError(f"{name} has two columns {twice!r}: rename one.")


def check_same_order(X, y, X_name, y_name):
    """Refuse pandas objects about the same rows in another order.

    Rows are matched by position, as everywhere in scikit-learn. Indexes that
    hold the same labels in two orders say that this is not what was meant.
    """
    if not (is_pandas(X) and is_pandas(y)) or X.index.equals(y.index):
        return
    n_rows = len(X.index)
    # Numbers of the labels, which need no order among themselves.
    labels = X.index.append(y.index).factorize()[0]
    if len(y.index) == n_rows and np.array_equal(
        np.sort(labels[:n_rows]), np.sort(labels[n_rows:])
    ):
        raise ValueError(
            f"{X_name} and {y_name} have the same index in different orders, and rows "
            f"are matched by position. Pass {y_name}.loc[{X_name}.index]."
        )
