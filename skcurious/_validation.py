"""Checks of arguments that the models share."""

from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.utils import check_array
from sklearn.utils.validation import _check_sample_weight, validate_data

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
    if ((alphas == 0) & (np.ravel(alpha) != 0)).any():
        raise ValueError(
            f"alpha={np.min(alpha)} is too small for {np.dtype(dtype)}: use alpha=0, a "
            "larger one, or float64."
        )
    check_size(alphas[alphas > 0], "alpha")
    return alphas


def check_size(values, name):
    """Refuse positive numbers whose squares over- or underflow."""
    largest = np.sqrt(np.finfo(values.dtype).max)
    off = ~((values <= largest) & (values >= 1 / largest))
    if off.any():
        raise ValueError(
            f"{name} is {values[off][0]:.3g}, the square of which {values.dtype} does "
            f"not hold: it must lie between {1 / largest:.0e} and {largest:.0e}. "
            "Change the units of X or y, or multiply alpha and all weights by one "
            "number, which changes no prediction."
        )


def validate_training(estimator, X, y, **options):
    """Validate training rows and labels, as scikit-learn's ``validate_data`` does.

    Returns
    -------
    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,) or (n_samples, n_targets)

    Raises
    ------
    ValueError
        When they cannot be used; of a label that is no number it names the row.
    """
    kind = np.asarray(y).dtype.kind
    if kind not in "fiubc":
        _check_are_numbers(y)
    try:
        return validate_data(estimator, X, y, **options)
    except ValueError as error:
        if kind == "f":
            _check_are_numbers(y, error)
        raise


def _check_are_numbers(y, error=None):
    """Raise of the first label that is no number."""
    if sparse.issparse(y) or np.ndim(y) not in (1, 2) or not np.size(y):
        return
    rows = np.asarray(y, dtype=object)
    wrong = [[_is_no_label(v) for v in label] for label in rows.reshape(len(rows), -1)]
    bad = np.flatnonzero(np.any(wrong, axis=1))
    if not len(bad):
        return
    label = next(value for value in np.ravel(rows[bad[0]]) if _is_no_label(value))
    more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
    what, shown = "NaN", "blank"
    if isinstance(label, str):
        what, shown = "words", repr(str(label))
    raise ValueError(
        f"Input y contains {what}: the label of row {bad[0]:,} is {shown}{more}. Leave "
        "rows without a number for a label out of X and y; they belong to the pool."
    ) from error


def _is_no_label(value):
    try:
        return bool(np.isnan(float(value)))
    except (TypeError, ValueError):
        return True


def check_labels(Y):
    """Refuse labels whose squares do not add up to a number."""
    with quiet_overflow():
        total = np.square(Y).sum()
    if not np.isfinite(total):
        raise ValueError(
            "y is too large: its squares overflow. Scale y, for instance in a "
            "TransformedTargetRegressor."
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
    with quiet_overflow():
        total = weights.sum(keepdims=True)
    total = total.astype(np.result_type(total, np.float32), copy=False)
    check_size(total, "The sum of sample_weight")
    return weights


def split_constant(Y, weights=None, given=None):
    """Take labels apart that differ by nothing but rounding.

    The mean of eleven labels 0.7 is not 0.7, and a model of what is left of them about
    it would be one of rounding.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_targets)
        Labels.
    weights : ndarray of shape (n_samples,) or None
        Weights of the rows: those of weight zero count for nothing.
    given : dtype, default=None
        Of the labels as they were given, if they had fewer digits.

    Returns
    -------
    Y : ndarray of shape (n_samples, n_targets)
        Zero in the columns that are constant, else as it was.
    constant : ndarray of shape (n_targets,)
        What was taken from each.
    """
    counted = Y if weights is None else Y[weights > 0]
    first, largest = counted[0], np.abs(counted).max(axis=0)
    given = Y.dtype if given is None or given.kind != "f" else given
    eps = max(np.finfo(given).eps, np.finfo(Y.dtype).eps)
    with np.errstate(over="ignore"):
        steady = np.ptp(counted, axis=0) <= 4 * eps * largest
    if not steady.any():
        return Y, np.zeros_like(first)
    return np.where(steady, 0, Y), np.where(steady, first, 0)


def check_finite(values, what, name="X"):
    """Refuse results that have overflown, and return the others."""
    if not np.isfinite(values).all():
        raise ValueError(
            f"The {what} of {name} are not finite: the numbers in it, or in what the "
            "model was fitted to, overflow when they are multiplied. Scale them, for "
            "instance with StandardScaler in a Pipeline."
        )
    return values


def rows_are_equal(X):
    """Whether all rows are one."""
    differ = X[1:] != X[:-1]
    return not (differ.nnz if sparse.issparse(differ) else differ.any())


def quiet_overflow():
    """Around what ends in check_finite, whose sentence says more than numpy's."""
    return np.errstate(over="ignore", invalid="ignore")


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
    elif isinstance(X, Mapping) and not sparse.issparse(
        X
    ):  # one format of SciPy is a dict
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


def check_no_iterator(y, name):
    """Refuse labels that lie in what numpy takes for one object."""
    if isinstance(y, (Mapping, Iterator, Set)):
        way = f"list({name}.values())" if isinstance(y, Mapping) else f"list({name})"
        raise TypeError(
            f"{name} is of type {type(y).__name__}, but labels of shape (n_samples,) "
            f"or (n_samples, n_targets) are needed: pass {way}."
        )


def check_numbers(y, name, **options):
    """Labels by scikit-learn's check_array, with its `options`, of any dimension."""
    check_no_iterator(y, name)
    try:
        return check_array(y, ensure_2d=False, input_name=name, **options)
    except ValueError as error:
        if "could not convert" not in str(error):
            raise
        raise ValueError(f"{name} must be numbers: {error}.") from error


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
