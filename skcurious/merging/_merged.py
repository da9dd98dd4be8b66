"""Models of one kind put together: a function with a way for each kind.

Wrappers around them are opened if they do the same to rows and labels.
"""

from functools import singledispatch
from pickle import PicklingError

import joblib
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import RANSACRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from skcurious._wrappers import open_wrapper, with_inner
from skcurious.base import Curious


@singledispatch
def merged(first, others, **options):
    """A new fitted estimator of what several were fitted to, by the kind of the first.

    What :func:`merge` calls. Register a function of the same arguments for a regressor
    of your own, and :func:`merge` reaches it through every wrapper.

    Parameters
    ----------
    first : estimator
        Fitted; not to be changed.
    others : list of estimators
        Of the type of the first.
    **options : dict
        Keyword arguments of :func:`merge`.

    Returns
    -------
    estimator : estimator
        Another one, fitted.

    Raises
    ------
    TypeError
        When there is no way to merge them.
    ValueError
        When they do not belong together.

    Examples
    --------
    >>> from copy import copy
    >>> from sklearn.base import BaseEstimator, RegressorMixin
    >>> from skcurious.merging import merge, merged
    >>> class Mean(RegressorMixin, BaseEstimator):
    ...     def fit(self, X, y):
    ...         self.total_, self.n_ = sum(y), len(y)
    ...         return self
    ...     def predict(self, X):
    ...         return [self.total_ / self.n_] * len(X)
    >>> @merged.register
    ... def _(first: Mean, others, **options):
    ...     new = copy(first)
    ...     new.total_ += sum(other.total_ for other in others)
    ...     new.n_ += sum(other.n_ for other in others)
    ...     return new
    >>> model = merge([Mean().fit([[0]], [1.0]), Mean().fit([[1], [2]], [2.0, 6.0])])
    >>> model.predict([[1]])
    [3.0]
    """
    everyone = [first, *others]
    inner = [open_wrapper(estimator, [], []) for estimator in everyone]
    check_types(inner)
    check_same_steps(everyone)
    return with_inner(first, merged(inner[0], inner[1:], **options))


def check_types(estimators):
    """Refuse estimators of several types."""
    names = {type(estimator): type(estimator).__name__ for estimator in estimators}
    if len(names) > 1:
        raise TypeError(
            "Only models of one type can be merged, wrappers included; got "
            f"{' and '.join(names.values())}."
        )


@merged.register
def _(first: Curious, others, **options):
    raise TypeError(
        f"{type(first).__name__} has no way to be merged: average predictions "
        "(VotingRegressor), or register one with skcurious.merging.merged."
    )


@merged.register
def _(first: RANSACRegressor, others, **options):
    raise TypeError(
        "RANSACRegressor draws the rows that its regressor is fitted to: several of "
        "them have no common fit. Merge their regressors, estimator_."
    )


def check_same_steps(wrappers):
    """Refuse wrappers that do different things to rows or labels."""
    first, *others = map(_steps, wrappers)
    if any(list(other) != list(first) for other in others):
        raise ValueError("The models stand behind different steps: merge equal ones.")
    for name, (step, remedy) in first.items():
        if any(_state(step) != _state(other[name][0]) for other in others):
            raise ValueError(
                f"The models stand behind different fits of {name}, so that their "
                f"regressors speak of different columns or units. {remedy}"
            )


@singledispatch
def _state(step):
    """What is equal where two fitted steps are."""
    try:
        return joblib.hash(step)
    except (PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            f"{type(step).__name__} cannot be pickled ({error}), and so not be "
            "compared with that of another model: use functions that have a name."
        ) from error


@_state.register
def _(step: FunctionTransformer):
    return step.get_params()


@singledispatch
def _steps(wrapper):
    """What a wrapper does to rows and labels, by name."""
    return {}


@_steps.register
def _(wrapper: Pipeline):
    remedy = (
        "Fit it once, put it into all of them in a FrozenEstimator, and fit the "
        "regressors behind it."
    )
    return {f"step {name!r}": (step, remedy) for name, step in wrapper.steps[:-1]}


@_steps.register
def _(wrapper: TransformedTargetRegressor):
    remedy = "Give them func and inverse_func, or regressors that need no units of y."
    return {"the transformer of labels": (wrapper.transformer_, remedy)}
