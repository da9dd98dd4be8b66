"""The curious regressors of an ensemble.

What they say about a pool is averaged; see :class:`skcurious.query.Ensemble`.
"""

from functools import singledispatch
from typing import NamedTuple

import numpy as np
from sklearn.ensemble import BaggingRegressor, VotingRegressor
from sklearn.multioutput import MultiOutputRegressor
from sklearn.utils import _safe_indexing, check_array
from sklearn.utils.validation import check_is_fitted, validate_data

from skcurious._imported import if_imported
from skcurious._outputs import EachTarget
from skcurious._reach import Reached, transformed
from skcurious._wrappers import open_wrapper
from skcurious.base import CuriosityMixin
from skcurious.gaussian_process import EvidenceAveragingRegressor
from skcurious.query._options import NOTHING


class Member(Reached):
    """A curious regressor of an ensemble, and what is asked of it.

    Attributes
    ----------
    asked : Asked
        Rows that are being measured, the noise of labels, what targets count.
    target : int or None
        Which target it is about; None for all there are.
    unit : float
        What that target is measured in where several are averaged: the spread of its
        labels; 1 of models that are about all targets, or the only one.
    """

    def __init__(self, estimator, x_steps, y_steps, weight, asked, target, unit):
        super().__init__(estimator, x_steps, y_steps, weight)
        self.asked = asked
        self.target = target
        self.unit = float(self.model.label_spread[0]) if unit is None else unit


def reach_members(estimator, asked=NOTHING):
    """Find all fitted curious regressors in `estimator`.

    Parameters
    ----------
    estimator : estimator or list of estimators
        What :func:`skcurious._reach.reach` takes, or BaggingRegressor,
        VotingRegressor, MultiOutputRegressor, modAL's CommitteeRegressor or a list of
        such, nested as you like.
    asked : Asked, default=NOTHING
        What is asked of each.

    Returns
    -------
    members : list of Member
        Each with its vote, and its own way for rows and labels.
    """
    return list(_walk(estimator, [], [], 1.0, asked, None, 1.0))


def _walk(estimator, outer_x_steps, outer_y_steps, weight, asked, target, unit):
    x_steps, y_steps, inner = [], list(outer_y_steps), estimator
    while not isinstance(inner, CuriosityMixin):
        parts = _parts(inner)
        if parts is not None:
            shared = [*outer_x_steps, *([_Once(x_steps)] if x_steps else [])]
            total = sum(part.vote for part in parts)
            for part in parts:
                yield from _walk(
                    part.estimator,
                    [*shared, *part.x_steps],
                    [*y_steps, *part.y_steps],
                    weight * part.vote / total,
                    asked,
                    target if part.target is None else part.target,
                    unit if part.target is None else part.unit,
                )
            return
        inner = open_wrapper(inner, x_steps, y_steps)
    x_steps = [*outer_x_steps, *x_steps]
    yield Member(inner, x_steps, y_steps, weight, asked, target, unit)


class _Once:
    """Steps that members share: the same rows are transformed once for all."""

    def __init__(self, steps):
        self._steps = steps
        self._last = None

    def __call__(self, X):
        if self._last is None or self._last[0] is not X:
            self._last = X, transformed(X, self._steps)
        return self._last[1]


class Part(NamedTuple):
    """A member of an ensemble, and what it takes of rows and labels.

    `unit` is that of its target; None for the spread of the labels that it knows.
    """

    estimator: object
    vote: float = 1.0
    x_steps: tuple = ()
    y_steps: tuple = ()
    target: int | None = None
    unit: float | None = 1.0


@singledispatch
def _parts(estimator):
    """List of :class:`Part`; None for a single model."""
    if isinstance(
        estimator, if_imported("modAL.models.learners", "CommitteeRegressor")
    ):
        return _parts(list(estimator.learner_list))
    return None


@_parts.register
def _(estimator: list):
    if not estimator:
        raise ValueError("The list of estimators is empty: it needs one at least.")
    return [Part(part) for part in estimator]


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
        Part(part, vote)
        for part, vote in zip(estimator.estimators_, votes, strict=True)
        if vote > 0
    ]


@_parts.register
def _(estimator: EvidenceAveragingRegressor):
    return [Part(part, vote) for part, vote in estimator.members_]


@_parts.register
def _(estimator: MultiOutputRegressor):
    check_is_fitted(estimator, "estimators_")
    n_targets = len(estimator.estimators_)
    return _of_targets(
        estimator.estimators_, [None if n_targets > 1 else 1.0] * n_targets
    )


@_parts.register
def _(estimator: EachTarget):
    estimator.check_tangent()
    return _of_targets(estimator.estimators_, estimator.units.tolist())


def _of_targets(estimators, units):
    return [
        Part(part, y_steps=(_Target(k, len(units)),), target=k, unit=unit)
        for k, (part, unit) in enumerate(zip(estimators, units, strict=True))
    ]


class _Target:
    """One of several targets, and back."""

    def __init__(self, k, n_targets):
        self._k, self._n_targets = k, n_targets

    def __call__(self, y):
        y = check_array(y, ensure_2d=False, dtype=None, input_name="y_validation")
        if y.ndim < 2 or self._k >= y.shape[1]:
            raise ValueError(
                f"y_validation must have a column for each target, got shape {y.shape}."
            )
        return y[:, self._k]

    def inverse(self, columns):
        values = np.zeros((len(columns), self._n_targets))
        values[:, self._k] = columns[:, 0]
        return values


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
        Part(part, x_steps=(select(features),))
        for part, features in zip(
            estimator.estimators_, estimator.estimators_features_, strict=True
        )
    ]
