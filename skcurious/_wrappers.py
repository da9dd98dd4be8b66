"""Wrappers around a curious regressor: what is inside, and what they do to rows."""

from copy import copy, deepcopy
from functools import partial, singledispatch

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingRegressor,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.feature_selection import RFE
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import RANSACRegressor
from sklearn.model_selection._search import BaseSearchCV
from sklearn.multioutput import RegressorChain
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_array, check_is_fitted

from skcurious._imported import if_imported

# For wrappers that fit without the names of columns, and predict so.
_WITHOUT_NAMES = partial(
    check_array, accept_sparse=True, dtype=None, ensure_all_finite=False
)


@singledispatch
def open_wrapper(estimator, x_steps, y_steps):
    """The estimator one layer further in; adds the steps on the way."""
    for find_class, opened in _OPTIONAL.items():
        if isinstance(estimator, if_imported(*find_class)):
            return opened(estimator, x_steps)
    if isinstance(estimator, type):
        raise TypeError(
            f"{estimator.__name__} is a class: fit an instance, {estimator.__name__}()."
        )
    for kind, reason in _REFUSED.items():
        if isinstance(estimator, kind):
            raise TypeError(f"{type(estimator).__name__} has no curiosity: {reason}")
    if isinstance(estimator, (BaggingRegressor, VotingRegressor, list, tuple)):
        raise TypeError(
            f"{type(estimator).__name__} holds several regressors, each with a "
            "curiosity of its own: ask its members. The strategies of skcurious.query "
            "take it as it is, and average."
        )
    name = estimator if isinstance(estimator, str) else type(estimator).__name__
    if hasattr(estimator, "shape"):
        raise TypeError(
            f"{name} is no estimator: pass the fitted estimator first, then the rows."
        )
    raise TypeError(
        f"{name} has no curiosity: it carries no regularity tangent. Use "
        "default_regressor, CuriousGaussianProcessRegressor, CuriousRidge, "
        "CuriousKernelRidge or CuriousMLPRegressor, or CuriousRegressor around another "
        "regressor, alone or as the last step of a Pipeline, in a search, a "
        "TransformedTargetRegressor or a modAL learner."
    )


def _of_modal(learner, x_steps):
    return learner.estimator


def _of_skactiveml(wrapper, x_steps):
    check_is_fitted(wrapper, "estimator_")
    if not wrapper.is_fitted_:
        raise ValueError(
            f"The {type(wrapper).__name__} could not fit its {wrapper.estimator!r} and "
            "predicts the mean label. It warned why. It turns data frames into arrays: "
            "if the estimator looks for columns by name, pass it without the wrapper."
        )
    x_steps.append(_WITHOUT_NAMES)
    return wrapper.estimator_


# Why the regularity tangents of their regressors do not make one of them.
_REFUSED = {
    StackingRegressor: (
        "a label moves its regressors, their predictions for one another and the "
        "regressor that is fitted to these. Take a VotingRegressor, over which the "
        "strategies of skcurious.query average."
    ),
    RegressorChain: (
        "its later regressors are fitted to targets of earlier ones, which a label "
        "moves. Take a MultiOutputRegressor."
    ),
    AdaBoostRegressor: (
        "it predicts a median, and weighs the rows by the errors on them. Take a "
        "BaggingRegressor, over which the strategies of skcurious.query average."
    ),
}
_OPTIONAL = {
    ("modAL.models.base", "BaseLearner"): _of_modal,
    ("skactiveml.regressor", "SklearnRegressor"): _of_skactiveml,
}


@open_wrapper.register
def _(estimator: Pipeline, x_steps, y_steps):
    if len(estimator.steps) > 1:
        x_steps.append(estimator[:-1].transform)
    return estimator.steps[-1][1]


@open_wrapper.register
def _(estimator: BaseSearchCV, x_steps, y_steps):
    if not estimator.refit:
        raise ValueError(
            f"{type(estimator).__name__} was built with refit=False and holds no "
            "fitted regressor. Build it with refit=True."
        )
    check_is_fitted(estimator, "best_estimator_")
    return estimator.best_estimator_


@open_wrapper.register
def _(estimator: TransformedTargetRegressor, x_steps, y_steps):
    check_is_fitted(estimator, "regressor_")
    y_steps.append(_TransformedTargets(estimator.transformer_))
    return estimator.regressor_


class _TransformedTargets:
    """Labels as a TransformedTargetRegressor makes them, and back."""

    def __init__(self, transformer):
        self._transformer = transformer

    def __call__(self, y):
        y = check_array(y, ensure_2d=False, input_name="y")
        return self._transformer.transform(y.reshape(len(y), -1))

    def inverse(self, columns):
        original = np.asarray(self._transformer.inverse_transform(columns))
        return original.reshape(len(columns), -1)


@open_wrapper.register
def _(estimator: FrozenEstimator, x_steps, y_steps):
    return estimator.estimator


@open_wrapper.register
def _(estimator: RFE, x_steps, y_steps):
    check_is_fitted(estimator, "estimator_")
    x_steps.append(estimator.transform)
    return estimator.estimator_


@open_wrapper.register
def _(estimator: RANSACRegressor, x_steps, y_steps):
    check_is_fitted(estimator, "estimator_")
    x_steps.append(_WITHOUT_NAMES)
    return estimator.estimator_


@singledispatch
def with_inner(wrapper, inner):
    """A copy of an opened wrapper with another fitted estimator inside."""
    new = copy(wrapper)
    if isinstance(wrapper, if_imported("modAL.models.base", "BaseLearner")):
        new.estimator = inner
    else:  # RFE, RANSACRegressor, wrappers of scikit-activeml
        new.estimator_ = inner
    return new


@with_inner.register
def _(wrapper: Pipeline, inner):
    # Steps are fitted in place: those of the copy are copies.
    new = copy(wrapper)
    name, _ = wrapper.steps[-1]
    new.steps = [*deepcopy(wrapper.steps[:-1]), (name, inner)]
    return new


@with_inner.register
def _(wrapper: BaseSearchCV, inner):
    new = copy(wrapper)
    new.best_estimator_ = inner
    return new


@with_inner.register
def _(wrapper: TransformedTargetRegressor, inner):
    new = copy(wrapper)
    new.regressor_ = inner
    return new


@with_inner.register
def _(wrapper: FrozenEstimator, inner):
    return FrozenEstimator(inner)
