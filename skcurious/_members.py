"""The curious regressors of an ensemble, for query strategies.

What they say about a pool is averaged; see :class:`skcurious.fantasies.Ensemble`.
"""

from functools import partial, singledispatch
from typing import NamedTuple

from sklearn.ensemble import BaggingRegressor, VotingRegressor
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_is_fitted, validate_data

from skcurious._reach import if_imported, open_wrapper, transformed
from skcurious.base import CuriosityMixin


class Member(NamedTuple):
    """A fitted curious regressor, the pool as it takes it, and its vote.

    ``labels(y)`` transforms labels as the wrappers around it do.
    """

    model: CuriosityMixin
    X: object
    weight: float
    labels: object


def reach_members(estimator, X):
    """Find all fitted curious regressors in `estimator`.

    Parameters
    ----------
    estimator : estimator or list of estimators
        What :func:`skcurious._reach.reach` takes, or BaggingRegressor,
        VotingRegressor, modAL's CommitteeRegressor or a list of such, nested
        as you like.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows, as `estimator` takes them.

    Returns
    -------
    members : list of Member
    """
    return list(_walk(estimator, X, 1.0, []))


def _walk(estimator, X, weight, outer_y_steps):
    x_steps, y_steps, inner = [], list(outer_y_steps), estimator
    while not isinstance(inner, CuriosityMixin):
        parts = _parts(inner)
        if parts is not None:
            X = transformed(X, x_steps)
            total = sum(share for _, _, share in parts)
            for part, select, share in parts:
                yield from _walk(part, select(X), weight * share / total, y_steps)
            return
        inner = open_wrapper(inner, x_steps, y_steps)
    inner._check_tangent()
    labels = partial(transformed, steps=y_steps)
    yield Member(inner, transformed(X, x_steps), weight, labels)


def _all(X):
    return X


@singledispatch
def _parts(estimator):
    """``[(estimator, selection of features, vote), ...]``; None for one model."""
    if isinstance(
        estimator, if_imported("modAL.models.learners", "CommitteeRegressor")
    ):
        return _parts(list(estimator.learner_list))
    return None


@_parts.register
def _(estimator: list):
    if not estimator:
        raise ValueError("The list of estimators is empty: it needs one at least.")
    return [(part, _all, 1.0) for part in estimator]


@_parts.register
def _(estimator: tuple):
    return _parts(list(estimator))


@_parts.register
def _(estimator: VotingRegressor):
    check_is_fitted(estimator, "estimators_")
    weights = estimator.weights
    if weights is None:
        weights = [1.0] * len(estimator.estimators)
    votes = [
        weight
        for weight, (_, part) in zip(weights, estimator.estimators, strict=True)
        if not isinstance(part, str)  # "drop"
    ]
    if min(votes) < 0 or max(votes) == 0:
        raise ValueError(
            f"weights of the VotingRegressor are {weights}, but votes about queries "
            "must be at least 0, and not all 0."
        )
    return [
        (part, _all, vote)
        for part, vote in zip(estimator.estimators_, votes, strict=True)
        if vote > 0
    ]


@_parts.register
def _(estimator: BaggingRegressor):
    check_is_fitted(estimator, "estimators_")

    def select(features):
        def columns(X):
            # As in predict: members were fitted on arrays, of some columns.
            X = validate_data(
                estimator,
                X,
                accept_sparse=["csr", "csc"],
                dtype=None,
                ensure_all_finite=False,
                reset=False,
            )
            return _safe_indexing(X, features, axis=1)

        return columns

    return [
        (part, select(features), 1.0)
        for part, features in zip(
            estimator.estimators_, estimator.estimators_features_, strict=True
        )
    ]
