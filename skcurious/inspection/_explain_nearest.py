"""The labelled row next to a query, and in which features they differ.

Distances are those that the model sees, of its own columns:

    d^2 = sum_k (x_k - z_k)^2 / l_k^2

with the lengths l_k that a Gaussian process has learned, for other models the standard
deviations of the pool. What a feature of the table has to do with it is the distance
between the query and the query with the value of the labelled row in this feature
alone: through any transformation on the way.
"""

from functools import singledispatch

import numpy as np
from scipy import sparse
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.utils import get_tags
from sklearn.utils.sparsefuncs import mean_variance_axis

from skcurious._frames import is_frame, is_pandas, is_polars
from skcurious._validation import canonical
from skcurious.base import CuriosityMixin
from skcurious.gaussian_process import CuriousGaussianProcessRegressor
from skcurious.gaussian_process._lengths import inverse_lengths

# Numbers of a table of distances that are held at once.
BLOCK = 2**22
# Rows with an exchanged column that are transformed at once.
MOST_ROWS = 4096


@singledispatch
def inverse_scales(estimator: CuriosityMixin, X):
    """One over the unit of distance in each column, 0 for columns that do not count.

    Parameters
    ----------
    estimator : CuriosityMixin
        The regressor.
    X : {ndarray, CSR matrix} of shape (n, n_columns)
        The pool, as it takes it.
    """
    if get_tags(estimator).input_tags.pairwise:
        raise ValueError(
            "X_labelled holds rows of a precomputed kernel, which have no features in "
            "which they differ. Leave X_labelled out."
        )
    X = canonical(X)
    variance = mean_variance_axis(X, 0)[1] if sparse.issparse(X) else X.var(axis=0)
    std = np.sqrt(variance)
    return np.divide(1, std, out=np.zeros_like(std), where=std > 0)


@inverse_scales.register
def _(estimator: CuriousGaussianProcessRegressor, X):
    inverse = inverse_lengths(estimator.kernel_, X.shape[1])
    return inverse if inverse.any() else inverse_scales.dispatch(object)(estimator, X)


@singledispatch
def learns_lengths(estimator: CuriosityMixin):
    """Whether the units of distance are learned from labels."""
    return False


@learns_lengths.register
def _(estimator: CuriousGaussianProcessRegressor):
    return bool(inverse_lengths(estimator.kernel_, estimator.n_features_in_).any())


class Distances:
    """Distances as a model, or the mean of several, sees them.

    Parameters
    ----------
    members : list of Reached
        The model, or several with their votes.
    given : callable
        Transforms rows of the table to what they take.
    rows : {ndarray, sparse matrix, DataFrame}
        The pool after that.
    """

    def __init__(self, members, given, rows):
        self._members, self._given = members, given
        votes = np.array([member.weight for member in members])
        self._scales = [
            np.sqrt(vote) * inverse_scales(member.estimator, member.rows(rows))
            for member, vote in zip(members, votes / votes.sum(), strict=True)
        ]

    def seen(self, X):
        """Rows of the table in columns whose Euclidean distance is that of the model.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n, n_features)
            Rows.

        Returns
        -------
        Z : {ndarray, CSR matrix} of shape (n, n_columns)
        """
        given = self._given(X)
        scaled = []
        for member, scale in zip(self._members, self._scales, strict=True):
            Z = member.rows(given)
            scaled.append(
                Z.multiply(scale).tocsr()
                if sparse.issparse(Z)
                else Z.astype(np.float64) * scale
            )
        if any(map(sparse.issparse, scaled)):
            return sparse.hstack(scaled, format="csr")
        return np.hstack(scaled)

    def nearest(self, X, X_labelled):
        """Find the labelled row next to each row.

        Parameters
        ----------
        X, X_labelled : {array-like, sparse matrix, DataFrame}
            Rows of the table.

        Returns
        -------
        nearest : ndarray of int of shape (k,)
            Positions in `X_labelled`.
        distances : ndarray of shape (k,)
        """
        Z, labelled = self.seen(X), self.seen(X_labelled)
        best = np.full(Z.shape[0], np.inf)
        nearest = np.zeros(Z.shape[0], dtype=int)
        size = max(BLOCK // Z.shape[0], 1)
        for start in range(0, labelled.shape[0], size):
            squares = euclidean_distances(
                Z, labelled[start : start + size], squared=True
            )
            closest = squares.argmin(axis=1)
            least = squares[np.arange(len(best)), closest]
            nearest[least < best] = start + closest[least < best]
            best = np.minimum(best, least)
        # Not from the difference of squares, which loses what is small.
        return nearest, _norms(Z - labelled[nearest])

    def by_feature(self, X, others):
        """How far each row is from itself with one value of another row.

        Parameters
        ----------
        X, others : {ndarray, sparse matrix, DataFrame} of shape (k, n_features)
            Rows, and for each another one.

        Returns
        -------
        distances : ndarray of shape (k, n_features)
        """
        Z, n = self.seen(X), X.shape[0]
        distances = np.zeros(X.shape)
        for features, changed in exchanged(X, others):
            seen = self.seen(changed)
            for k, feature in enumerate(features):
                distances[:, feature] = _norms(Z - seen[k * n : (k + 1) * n])
        return distances


def _norms(differences):
    if sparse.issparse(differences):
        return np.sqrt(
            np.asarray(differences.multiply(differences).sum(axis=1)).ravel()
        )
    return np.linalg.norm(differences, axis=1)


def exchanged(X, others):
    """Rows with one column of another table, for column after column.

    Several columns at once, since a transformation of few rows takes as long as one of
    many.

    Parameters
    ----------
    X, others : {ndarray, CSR matrix, DataFrame} of shape (k, n_features)
        Two tables of the same columns.

    Yields
    ------
    features : range
        Positions of columns.
    changed : the like of shape (len(features) * k, n_features)
        Copies of X below each other, each with one of these columns of `others`.
    """
    n, n_features = X.shape
    # Columns of other types are not put below each other.
    one_by_one = is_frame(X) and list(X.dtypes) != list(others.dtypes)
    size = 1 if one_by_one else max(MOST_ROWS // n, 1)
    for start in range(0, n_features, size):
        features = range(start, min(start + size, n_features))
        tables = [with_column_of(X, others, feature) for feature in features]
        yield features, tables[0] if len(tables) == 1 else _below_each_other(tables)


def _below_each_other(tables):
    first = tables[0]
    if is_pandas(first):
        import pandas as pd

        return pd.concat(tables, ignore_index=True)
    if is_polars(first):
        import polars as pl

        return pl.concat(tables)
    if sparse.issparse(first):
        return sparse.vstack(tables, format="csr")
    return np.concatenate(tables)


def with_column_of(X, others, feature):
    """A copy of X with one column of another table of as many rows.

    Parameters
    ----------
    X, others : {ndarray, CSR matrix, DataFrame} of shape (k, n_features)
        Two tables of the same columns.
    feature : int
        Position of the column in X.
    """
    if is_pandas(X):
        changed = X.copy()
        # In its own type: another would cut decimals, or not know a category.
        changed.isetitem(feature, others[X.columns[feature]].set_axis(X.index))
        return changed
    if is_polars(X):
        return X.with_columns(others[X.columns[feature]])
    if sparse.issparse(X):
        keep = np.ones(X.shape[1])
        keep[feature] = 0
        kept = X @ sparse.diags(keep, format="csr")
        return (kept + others @ sparse.diags(1 - keep, format="csr")).tocsr()
    both = np.concatenate([X, others])  # in a type that holds either
    changed = both[: len(X)].copy()
    changed[:, feature] = both[len(X) :, feature]
    return changed
