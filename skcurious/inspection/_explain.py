"""Why these rows: what queries ask, what their labels would change."""

from dataclasses import dataclass, field
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import Interval, validate_params

from skcurious._calls import estimator_first
from skcurious._frames import is_frame, is_pandas
from skcurious._reach import reach_curious
from skcurious.inspection._explain_effects import informed_rows, variances_by_label
from skcurious.inspection._explain_nearest import Distances
from skcurious.inspection._explain_parts import shares_of_parts
from skcurious.inspection._explain_where import where_rows_lie
from skcurious.query._members import reach_members
from skcurious.query._request import check_request

# How many features of a difference are named, and how small a part of it may be.
FEATURES, SMALL = 3, 0.2


@dataclass
class Explained:
    """What is said about k queries, in arrays; None where it cannot be said."""

    queries: object  # index of the frame: labels or positions
    names: list
    prediction: np.ndarray  # (k, n_targets)
    std: np.ndarray | None = None  # (k, n_targets)
    pool_std: np.ndarray | None = None  # (k + 1, n_targets), before and after
    informed: np.ndarray | None = None  # bool (k, n_pool)
    where: list | None = None
    nearest: object = None  # labels or positions
    distance: np.ndarray | None = None  # (k,)
    differences: np.ndarray | None = None  # (k, n_features)
    parts: list = field(default_factory=list)
    shares: np.ndarray | None = None  # (k, n_parts)


@estimator_first
def explain_queries(
    estimator: BaseEstimator,
    X_pool: ArrayLike,
    indices: ArrayLike,
    *,
    X_labelled: ArrayLike | None = None,
    share: float = 0.1,
):
    """Say why rows are worth a label: a table with a row for each query.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor, or a Pipeline, search, TransformedTargetRegressor,
        FrozenEstimator or modAL learner around one, or an
        :class:`~skcurious.gaussian_process.EvidenceAveragingRegressor` such as that of
        :func:`skcurious.default_regressor`.
    X_pool : {array-like, sparse matrix, DataFrame} of shape (n_pool, n_features)
        The candidates, as `estimator` takes them.
    indices : array-like of int of shape (n_queries,)
        Positions of the queries in `X_pool`, as a strategy returns them, in this order.
    X_labelled : {array-like, sparse matrix, DataFrame} of shape \
            (n_labelled, n_features), default=None
        The labelled rows, among which the nearest is looked for.
    share : float, default=0.1
        A query informs a row if its label takes this share of the variance of the
        prediction there, or more.

    Returns
    -------
    explanations : pandas.DataFrame
        Its index is that of the queries in `X_pool`, or their positions. Its columns,
        of which those marked with a star need a covariance and are otherwise left out:

        - ``prediction``, and ``std``\\* of the prediction, without the noise of
          labels;
        - ``pool_std``\\*: what the standard deviation of the predictions will be, root
          mean square over the pool, once this query has a label and the queries
          before it as well;
        - ``gain``\\*: how far this label brings that down;
        - ``informs``\\*: how many rows of the pool it informs, itself among them;
        - ``informed_where``\\*: what sets these rows apart: ranges of features that
          hold nine of ten of them, the narrowest first; "everywhere" if none does;
          left out for sparse rows;
        - ``nearest``, ``distance``: the labelled row next to it, by its index or
          position, and how far off it is; without `X_labelled` left out, and so is
        - ``differs_in``: the features in which it differs most from that row, and how
          far they move it, in the same unit as ``distance``: for Gaussian processes
          the learned lengths, of several terms of a kernel in their mean (of one over
          their squares), for other models standard deviations of the pool;
        - ``share: NAME``: what share each part of the model has in the squares of its
          tangents there, where it has several: the terms of the kernel of a Gaussian
          process, else what its ``tangents`` says.

        All but the last four are in units of y. Of several targets, ``prediction``,
        ``std``, ``pool_std`` and ``gain`` have a column for each, with its number:
        ``gain_0``.

    Raises
    ------
    ImportError
        Without pandas.
    TypeError
        When `estimator` holds no curious regressor, or several that are no mean.
    ValueError
        When an argument does not fit.

    See Also
    --------
    QueryExplanationDisplay : A picture of the same.
    skcurious.query.pool_status : What is left to learn.

    Notes
    -----
    Imagined labels move no prediction, and their effect on the variances is exact for
    the model as it is: a refit may learn another kernel. Where members of a mean
    disagree, no imagined label brings them together.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import default_regressor
    >>> from skcurious.inspection import explain_queries
    >>> from skcurious.query import expected_curiosity_reduction
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> pool, labelled = X[30:], X[:30]
    >>> model = default_regressor(X).fit(labelled, y[:30])
    >>> indices, _ = expected_curiosity_reduction(model, pool, 2, random_state=0)
    >>> table = explain_queries(model, pool, indices, X_labelled=labelled)
    >>> table[["prediction", "std", "nearest"]].round()
         prediction   std  nearest
    390       281.0  52.0       29
    169       212.0  66.0       23
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "explain_queries returns a table of pandas: pip install pandas"
        ) from error
    explained = explain(estimator, X_pool, indices, X_labelled, share)
    return _frame(pd, explained)


@validate_params(
    {"share": [Interval(Real, 0, 1, closed="right")]},
    prefer_skip_nested_validation=True,
)
def explain(estimator, X_pool, indices, X_labelled, share, among=slice(None)):
    """The same in arrays, an :class:`Explained`; ``pool_std`` over some of the pool."""
    n_pool = check_request(X_pool, 1)
    indices = _check_indices(indices, n_pool)
    curious, given, _ = reach_curious(estimator)
    if curious.apart:
        raise TypeError(
            "explain_queries is about one regressor, and this estimator has one for "
            "each target: ask them, estimators_, one by one."
        )
    members = reach_members(curious)
    X_pool = _indexable(X_pool)
    rows = given(X_pool)
    queries = _safe_indexing(X_pool, indices)
    explained = Explained(
        queries=X_pool.index[indices] if is_pandas(X_pool) else indices,
        names=_names(X_pool),
        prediction=_columns(estimator.predict(queries)),
    )
    explained.parts, explained.shares = shares_of_parts(
        members, _safe_indexing(rows, indices)
    )
    if _has_covariance(members):
        variances, std = variances_by_label(estimator, curious, members, rows, indices)
        explained.std = std[0, indices]
        explained.pool_std = np.sqrt(np.mean(np.square(std[:, among]), axis=1))
        explained.informed = informed_rows(variances, share)
        if not sparse.issparse(X_pool):
            explained.where = where_rows_lie(
                X_pool, list(explained.informed), explained.names
            )
    if X_labelled is not None:
        _add_nearest(explained, Distances(members, given, rows), queries, X_labelled)
    return explained


def _add_nearest(explained, distances, queries, X_labelled):
    check_request(X_labelled, 1, "X_labelled")
    X_labelled = _indexable(X_labelled)
    nearest, explained.distance = distances.nearest(queries, X_labelled)
    others = _safe_indexing(X_labelled, nearest)
    explained.differences = distances.by_feature(queries, others)
    explained.nearest = X_labelled.index[nearest] if is_pandas(X_labelled) else nearest


def _has_covariance(members):
    try:
        for member in members:
            member.model.check_covariance()
    except (TypeError, ValueError):
        return False
    return True


def _check_indices(indices, n_pool):
    got = np.asarray(indices)
    if got.ndim != 1 or not got.size or got.dtype.kind not in "iu":
        raise ValueError(
            "indices must be positions of rows of X_pool, the first of the two arrays "
            f"that a strategy returns, got {indices!r}."
        )
    off = (got < 0) | (got >= n_pool)
    if off.any():
        raise ValueError(
            f"indices must be between 0 and {n_pool - 1}, positions of the {n_pool} "
            f"rows of X_pool, got {got[off][0]}."
        )
    return got


def _indexable(X):
    if sparse.issparse(X):
        return X.tocsr()
    return X if is_frame(X) else np.asarray(X)


def _names(X):
    if is_frame(X):
        return [str(name) for name in X.columns]
    return [f"x{position}" for position in range(X.shape[1])]


def _columns(values):
    return np.reshape(values, (len(values), -1))


def _frame(pd, explained):
    columns = {}

    def add(name, values):
        n_targets = values.shape[1]
        for target in range(n_targets):
            full = name if n_targets == 1 else f"{name}_{target}"
            columns[full] = values[:, target]

    add("prediction", explained.prediction)
    if explained.std is not None:
        add("std", explained.std)
        add("pool_std", explained.pool_std[1:])
        add("gain", -np.diff(explained.pool_std, axis=0))
        columns["informs"] = explained.informed.sum(axis=1)
        if explained.where is not None:
            columns["informed_where"] = explained.where
    if explained.distance is not None:
        columns["nearest"] = np.asarray(explained.nearest)
        columns["distance"] = explained.distance
        columns["differs_in"] = [
            ", ".join(f"{explained.names[j]} ({row[j]:.2g})" for j in largest(row))
            for row in explained.differences
        ]
    for part, name in enumerate(explained.parts):
        columns[f"share: {name}"] = explained.shares[:, part]
    return pd.DataFrame(columns, index=explained.queries)


def largest(row):
    """Positions of the features that make most of a difference, the largest first."""
    order = np.argsort(-row, kind="stable")[:FEATURES]
    return [j for j in order if row[j] > 0 and row[j] >= SMALL * row[order[0]]]
