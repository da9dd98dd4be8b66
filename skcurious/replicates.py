"""Replicates: rows that were measured more than once."""

from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.utils import _safe_indexing, check_consistent_length

from skcurious._digits import rounded
from skcurious._frames import is_frame
from skcurious._validation import (
    check_no_iterator,
    check_numbers,
    check_same_order,
    check_table,
)
from skcurious.query._equal import equal_in_all, equal_rows, is_missing

__all__ = ["PooledReplicates", "pool_replicates"]


class PooledReplicates(NamedTuple):
    """What :func:`~skcurious.replicates.pool_replicates` returns.

    Attributes
    ----------
    X : {ndarray, sparse matrix, DataFrame} of shape (n_groups, n_features)
        The first row of each group, in the container of X.
    y : ndarray of shape (n_groups,) or (n_groups, n_targets)
        Mean of the labels; NaN where a target has none.
    counts : ndarray of int of the shape of y
        How many labels it is the mean of.
    noise_variance : float or ndarray of shape (n_targets,)
        Variance of a single label, pooled within the groups, in squared units of y; NaN
        of a target that was measured twice nowhere.
    degrees_of_freedom : int or ndarray of shape (n_targets,)
        Of that variance: the number of labels less the number of groups that have some.
    label_noise : ndarray of the shape of y
        Variance of each mean, ``noise_variance / counts``; NaN where it is not known.
    groups : ndarray of int of shape (n_samples,)
        Number of the group of each row.

    Examples
    --------
    >>> from skcurious.replicates import pool_replicates
    >>> pooled = pool_replicates([[0.0], [1.0], [0.0]], [1.0, 5.0, 3.0])
    >>> pooled.X, pooled.counts, pooled.noise_variance
    ([[0.0], [1.0]], array([2, 1]), 2.0)
    """

    X: ArrayLike
    y: np.ndarray
    counts: np.ndarray
    noise_variance: float | np.ndarray
    degrees_of_freedom: int | np.ndarray
    label_noise: np.ndarray
    groups: np.ndarray


def pool_replicates(
    X: ArrayLike, y: ArrayLike, *, groups: ArrayLike | None = None
) -> PooledReplicates:
    """Pool the labels of rows that were measured more than once.

    The scatter of replicates is an estimate of the noise that needs no model. With n_g
    labels in group g, all of one variance::

        noise_variance = sum_g sum_i (y_gi - mean_g)**2 / sum_g (n_g - 1)

    and the variance of each mean is ``noise_variance / n_g``. A Gaussian process of the
    means takes it as known noise, ``fit(pooled.X, pooled.y,
    label_noise=pooled.label_noise)``, with the same posterior as one of all rows whose
    white noise is `noise_variance`, at less cost; what noise it learns besides lies
    between rows, not between replicates. Of ridge and kernel ridge regression `counts`
    are the ``sample_weight`` of the means.

    Parameters
    ----------
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows. Those whose numbers are equal to 12 digits, and whose other values are
        equal, are replicates.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Labels; NaN where a target was not measured.
    groups : array-like of shape (n_samples,), default=None
        Rows with the same value are replicates, whatever X says; None goes by X.

    Returns
    -------
    pooled : PooledReplicates
        Groups in the order of their first rows.

    Raises
    ------
    ValueError
        When the data do not fit together, or a row has no group.

    See Also
    --------
    skcurious.gaussian_process.CuriousGaussianProcessRegressor.fit : Takes the noise of
        the means as `label_noise`.
    skcurious.query.expected_curiosity_reduction : Takes that of the label of each
        candidate; measured rows among the candidates are repeated where that teaches
        most.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousGaussianProcessRegressor
    >>> from skcurious.replicates import pool_replicates
    >>> X, y = load_diabetes(return_X_y=True)
    >>> X, y = np.repeat(X[:30] / X.std(axis=0), 4, axis=0), np.repeat(y[:30], 4)
    >>> y = y + 20 * np.random.default_rng(0).standard_normal(120)
    >>> pooled = pool_replicates(X, y)
    >>> len(pooled.y), pooled.degrees_of_freedom, round(pooled.noise_variance**0.5)
    (30, 90, 19)
    >>> model = CuriousGaussianProcessRegressor()
    >>> model = model.fit(pooled.X, pooled.y, label_noise=pooled.label_noise)
    """
    check_table(X, "X")
    if np.ndim(X) == 1 and not is_frame(X):
        raise ValueError(
            "X must hold rows, of shape (n_samples, n_features), got one dimension: "
            "pass X first, then y, or of a single column X[:, None]."
        )
    if y is None:
        raise ValueError("y is None, but the labels of these rows are needed.")
    check_same_order(X, y, "X", "y")
    Y = check_numbers(y, "y", ensure_all_finite="allow-nan", dtype=float)
    check_consistent_length(X, Y)
    number, n_groups = _numbers(X, groups)
    flat, Y = Y.ndim == 1, Y.reshape(len(Y), -1)
    counts = np.zeros((n_groups, Y.shape[1]), dtype=np.intp)
    mean, squares = np.full(counts.shape, np.nan), np.zeros(Y.shape[1])
    for k, labels in enumerate(Y.T):
        known = ~np.isnan(labels)
        labels, group = labels[known], number[known]
        counts[:, k] = np.bincount(group, minlength=n_groups)
        some = counts[:, k] > 0
        # About one label of the group, so that equal ones have no scatter.
        first = np.zeros(n_groups)
        first[group[::-1]] = labels[::-1]
        off = np.bincount(group, labels - first[group], n_groups)[some]
        mean[some, k] = first[some] + off / counts[some, k]
        squares[k] = np.square(labels - mean[group, k]).sum()
    degrees = counts.sum(axis=0) - (counts > 0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where(degrees > 0, squares / degrees, np.nan)
        noise = np.where(counts > 0, variance / counts, np.nan)
    _, first_rows = np.unique(number, return_index=True)
    if flat:
        mean, counts, noise = mean[:, 0], counts[:, 0], noise[:, 0]
        variance, degrees = float(variance[0]), int(degrees[0])
    rows = _safe_indexing(X, first_rows)
    return PooledReplicates(rows, mean, counts, variance, degrees, noise, number)


def _numbers(X, groups):
    """The number of the group of each row, and how many there are."""
    if groups is None:
        return _equal(X)
    check_same_order(X, groups, "X", "groups")
    check_no_iterator(groups, "groups")
    values = np.asarray(groups)
    if values.ndim != 1:
        raise ValueError(
            f"groups must have one value for each row, got an array of shape "
            f"{values.shape}."
        )
    check_consistent_length(X, values)
    for row, value in enumerate(values.tolist()):
        if is_missing(value) or not isinstance(value, Hashable):
            raise ValueError(
                f"groups must have a value for each row, got {value!r} for row {row}. "
                "Give rows that have no replicates a value of their own."
            )
    return equal_rows(values[:, None])


def _equal(X):
    """Number rows by their values, floats to 12 digits."""
    if sparse.issparse(X):
        X = sparse.csr_matrix(X, copy=True)
        X.data = _to_digits(X.data)
        return equal_rows(X)
    return equal_in_all([_to_digits(column)[:, None] for column in _columns(X)])


def _columns(X):
    if is_frame(X) and len(X.shape) == 2:
        return [np.asarray(_safe_indexing(X, j, axis=1)) for j in range(X.shape[1])]
    if not hasattr(X, "shape"):  # a list: text would make text of numbers
        X = np.array(X, dtype=object)
    X = np.asarray(X)
    return X.reshape(len(X), -1).T


def _to_digits(column):
    if column.dtype.kind == "f":
        return rounded(column.astype(np.float64))
    if column.dtype.kind == "O":
        column = column.copy()
        floats = [j for j, value in enumerate(column) if isinstance(value, float)]
        column[floats] = rounded(np.array(column[floats], dtype=np.float64))
    return column
