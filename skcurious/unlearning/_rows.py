"""Where given rows are among the training rows of a model."""

import numpy as np
from scipy import sparse

# Steps before a model, a projection for instance, need not give a row alone the digits
# that they gave it among others.
DIGITS = 64


def find_rows(X_train, Y_train, X, Y, kind):
    """Find each row, with its labels, among the training rows, each of these once.

    Parameters
    ----------
    X_train : {ndarray, CSR matrix} of shape (n_train, n_features)
        Training rows.
    Y_train : ndarray of shape (n_train, n_targets)
        Their labels.
    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        Rows to find.
    Y : ndarray of shape (n_samples, n_targets)
        Their labels.
    kind : str
        What errors call the model.

    Returns
    -------
    found : ndarray of bool, shape (n_train,)
        Of as many training rows as were given.

    Raises
    ------
    ValueError
        When one was never in, or not as often, or none would be left.
    """
    found = np.zeros(len(Y_train), bool)
    of_rows, of_labels = _rounding(X_train, X), _rounding(Y_train, Y)
    for i, label in enumerate(Y):
        row = _dense(X[[i]])
        same_label = (np.abs(Y_train - label) <= of_labels).all(axis=1)
        candidates = np.flatnonzero(same_label & ~found)
        distance = np.abs(_dense(X_train[candidates]) - row)
        same = (distance <= of_rows).all(axis=1)
        if not same.any():
            is_row = (np.abs(_dense(X_train) - row) <= of_rows).all(axis=1)
            raise ValueError(f"Row {i} of X {_why_not(is_row, found, kind)}.")
        closest = distance[same].sum(axis=1).argmin()
        found[candidates[same][closest]] = True
    if found.all():
        raise ValueError(
            f"These are all rows that {kind} was fitted to, and nothing would be left: "
            "fit a new model instead."
        )
    return found


def _why_not(is_row, found, kind):
    if not is_row.any():
        return f"is none of the {len(found)} rows that {kind} was fitted to"
    if (is_row & ~found).any():
        return f"is one that {kind} was fitted to, but not with this label"
    times = np.count_nonzero(is_row)
    return f"is given more often than {kind} was fitted to it, {times} time(s)"


def _rounding(training, given):
    """Of each column."""
    size = abs(training).max(axis=0)
    size = np.ravel(size.toarray() if sparse.issparse(size) else size)
    types = [np.result_type(values.dtype, np.float32) for values in (training, given)]
    return DIGITS * max(np.finfo(dtype).eps for dtype in types) * size


def _dense(rows):
    return rows.toarray() if sparse.issparse(rows) else rows
