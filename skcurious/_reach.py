"""Reach the curious regressor inside whatever it was wrapped in.

Pipelines, searches and the like do not forward methods they do not know, so
curiosity is asked of them through the functions of this module.
"""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from skcurious._calls import estimator_first
from skcurious._validation import check_table
from skcurious._wrappers import open_wrapper
from skcurious.base import CuriosityMixin, Curious


class Reached:
    """A curious regressor, and the way of rows and labels to it.

    Attributes
    ----------
    estimator : CuriosityMixin
        The fitted regressor.
    model : LinearisedModel
        What it was fitted to be.
    weight : float
        Its vote in an ensemble.
    """

    def __init__(self, estimator, x_steps, y_steps, weight=1.0):
        estimator.check_tangent()
        self.estimator = estimator
        self.model = estimator.linearised_
        self.weight = weight
        self._x_steps = x_steps
        self._y_steps = y_steps

    @property
    def transforms_labels(self):
        """Whether wrappers transform y."""
        return bool(self._y_steps)

    def given(self, X):
        """Transform X as the wrappers do before they predict."""
        check_table(X, "X")
        return transformed(X, self._x_steps)

    def rows(self, X):
        """The same, validated: rows as the model takes them."""
        return self.estimator.validate_rows(self.given(X))

    def given_labels(self, y):
        """Transform y as the wrappers do before they fit."""
        return transformed(y, self._y_steps)

    def original_labels(self, values):
        """Undo :meth:`given_labels`, for values of shape (n_samples, n_outputs).

        Returns
        -------
        values : ndarray of shape (n_samples, n_targets)
            0 in targets that are not those of this regressor.
        """
        for step in reversed(self._y_steps):
            values = step.inverse(values)
        return values

    def labels(self, y, rows, name="y"):
        """The same for `rows`, validated, of shape (n_samples, n_outputs)."""
        return self.estimator.validate_labels(self.given_labels(y), rows, name)


def transformed(values, steps):
    """Rows or labels after the steps that :func:`open_wrapper` collected."""
    for step in steps:
        values = step(values)
    return values


def reach(estimator: BaseEstimator) -> Reached:
    """Find the fitted curious regressor in `estimator`.

    Parameters
    ----------
    estimator : estimator
        A curious regressor, or a Pipeline, search, TransformedTargetRegressor, RFE,
        RANSACRegressor, FrozenEstimator or modAL learner around one, nested as you
        like.

    Returns
    -------
    reached : Reached
        The regressor, and the transformations on the way to it.

    Raises
    ------
    TypeError
        When there is no curious regressor at the end of the way.
    NotFittedError
        When it, or something on the way, is not fitted.
    """
    x_steps, y_steps, inner = [], [], estimator
    while not isinstance(inner, CuriosityMixin):
        inner = open_wrapper(inner, x_steps, y_steps)
    return Reached(inner, x_steps, y_steps)


def reach_curious(estimator):
    """What in `estimator` can be asked for its curiosity, and the way to it.

    Parameters
    ----------
    estimator : estimator
        As for :func:`reach`; the end of the way may be a mean of several models, or
        one for each target.

    Returns
    -------
    curious : Curious
    given, given_labels : callables
        Transform rows and labels as the wrappers do.
    """
    x_steps, y_steps, inner = [], [], estimator
    while not isinstance(inner, Curious):
        inner = open_wrapper(inner, x_steps, y_steps)
    inner.check_tangent()

    def given(X):
        check_table(X, "X")
        return transformed(X, x_steps)

    return inner, given, lambda y: transformed(y, y_steps)


def feature_names(estimator: BaseEstimator) -> np.ndarray | None:
    """Names of the columns that `estimator` was fitted with; None for arrays."""
    x_steps = []
    while not x_steps:
        names = getattr(estimator, "feature_names_in_", None)
        if names is not None or isinstance(estimator, Curious):
            return names
        estimator = open_wrapper(estimator, x_steps, [])
    return None  # what comes now sees other columns


@estimator_first
def curiosity_score(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike | None = None,
    *,
    noise_variance: ArrayLike | None = None,
) -> np.ndarray:
    """How much a label at each row would move the complexity of a model.

    The method of the same name of the curious regressor in `estimator`, with
    rows and labels transformed on the way.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor, or a Pipeline, search, RFE, RANSACRegressor,
        TransformedTargetRegressor, MultiOutputRegressor, EachTargetRegressor,
        FrozenEstimator or modAL learner around one, nested as you like. Of one for
        each target the scores add up.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows, as `estimator` takes them.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), default=None
        Labels in their original units, if known.
    noise_variance : float or array-like of shape (n_samples,), default=None
        Expected squared error of a label around the prediction; by default
        the regressor's ``noise_variance_``.

    Returns
    -------
    score : ndarray of shape (n_samples,)
        At least 0.  Behind a TransformedTargetRegressor it is in the units of
        the transformed target, and so is `noise_variance`.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor.
    ValueError
        For a search with ``refit=False``, or rows that do not fit.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcurious import CuriousRidge, curiosity_score
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), CuriousRidge()).fit(X[:50], y[:50])
    >>> int(curiosity_score(model, X[50:]).argmax())
    8
    """
    curious, given, given_labels = reach_curious(estimator)
    y = None if y is None else given_labels(y)
    return curious.curiosity_score(given(X), y, noise_variance=noise_variance)


@estimator_first
def predict_tangent(estimator: BaseEstimator, X: ArrayLike) -> np.ndarray:
    """Derivative with respect to alpha of the predictions of a model.

    The method of the same name of the curious regressor in `estimator`, with
    the rows transformed on the way.

    Parameters
    ----------
    estimator : estimator
        As for :func:`curiosity_score`.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows, as `estimator` takes them.

    Returns
    -------
    tangent : ndarray of shape (n_samples,) or (n_samples, n_targets)
        Behind a TransformedTargetRegressor, of the transformed prediction.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor.
    ValueError
        For a search with ``refit=False``, or rows that do not fit.

    Examples
    --------
    >>> from sklearn.compose import TransformedTargetRegressor
    >>> from skcurious import CuriousRidge, predict_tangent
    >>> model = TransformedTargetRegressor(CuriousRidge(alpha=2.0))
    >>> model = model.fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
    >>> predict_tangent(model, [[0.0], [1.0], [2.0]])
    array([ 0.125,  0.   , -0.125])
    """
    curious, given, _ = reach_curious(estimator)
    return curious.predict_tangent(given(X))


@estimator_first
def predict_covariance(
    estimator: BaseEstimator,
    X: ArrayLike,
    Z: ArrayLike | None = None,
    *,
    noise_variance: float | None = None,
) -> np.ndarray:
    """Posterior covariance of the predictions of a model at two sets of rows.

    The method of the same name of the curious regressor in `estimator`, with
    the rows transformed on the way.

    Parameters
    ----------
    estimator : estimator
        As for :func:`curiosity_score`.
    X : {array-like, sparse matrix} of shape (n_X, n_features)
        Rows, as `estimator` takes them.
    Z : {array-like, sparse matrix} of shape (n_Z, n_features), default=None
        Other rows; None means X itself.
    noise_variance : float, default=None
        Variance of a label; by default the regressor's ``noise_variance_``.

    Returns
    -------
    covariance : ndarray of shape (n_X, n_Z)
        Behind a TransformedTargetRegressor, of the transformed predictions.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor.
    ValueError
        For a search with ``refit=False``, rows that do not fit, or a
        regressor without a covariance.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skcurious import CuriousRidge, predict_covariance
    >>> search = GridSearchCV(CuriousRidge(), {"alpha": [1.0]}, cv=2)
    >>> search = search.fit([[0.0], [1.0], [3.0], [4.0]], [0.0, 2.0, 5.0, 9.0])
    >>> predict_covariance(search, [[2.0]], [[2.0], [4.0]], noise_variance=1.0)
    array([[0.25, 0.25]])
    """
    curious, given, _ = reach_curious(estimator)
    Z = None if Z is None else given(Z)
    return curious.predict_covariance(given(X), Z, noise_variance=noise_variance)
