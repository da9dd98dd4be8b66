"""How the weight of a row moves predictions elsewhere."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from skcurious._calls import estimator_first
from skcurious.influence._upweighting import (
    each_block,
    pulls,
    reached_with_curvature,
)
from skcurious.linearised._blocks import along_rows


@estimator_first
def influence_on_predictions(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    X_at: ArrayLike,
    *,
    weight: ArrayLike | None = None,
) -> np.ndarray:
    """How predictions move when rows get more weight, or less.

    The derivative of the prediction at p with respect to the weight of a row
    (x, y) is ``h(p, x) (y - f(x))`` [1]_, whether the row is a training row
    or a candidate.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor with a covariance, or a Pipeline, search,
        TransformedTargetRegressor, FrozenEstimator or modAL learner around
        one.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows whose weight changes, as `estimator` takes them.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Their labels, in original units.
    X_at : {array-like, sparse matrix} of shape (n_at, n_features)
        Rows whose predictions are asked for.
    weight : float or array-like of shape (n_samples,), default=None
        None for the derivative. A number for the change when the row, alone,
        gets that much more weight: 1 adds a candidate, -1 (or minus its
        sample weight) takes a training row out. Exact for ridge and kernel
        ridge regression, whose alpha stays; for networks the derivative
        times the weight.

    Returns
    -------
    influence : ndarray of shape (n_samples, n_at) or (n_samples, n_at, n_targets)
        In units of y (per unit of weight); behind a
        TransformedTargetRegressor, of the transformed prediction.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor, or for a precomputed
        kernel.
    ValueError
        If the rows do not fit, the model has no covariance, or nothing would
        be left of the curvature at a row without the weight taken from it. That
        a row was in with the weight taken is not checked otherwise.

    References
    ----------
    .. [1] P. W. Koh and P. Liang, "Understanding black-box predictions via
       influence functions", ICML 2017.

    Examples
    --------
    How the mean of three numbers moves when one of them is left out:

    >>> import numpy as np
    >>> from skcurious import CuriousRidge
    >>> from skcurious.influence import influence_on_predictions
    >>> X, y = np.zeros((3, 1)), np.array([1.0, 2.0, 6.0])
    >>> mean = CuriousRidge().fit(X, y)
    >>> influence_on_predictions(mean, X, y, [[0.0]], weight=-1).ravel()
    array([ 1. ,  0.5, -1.5])
    """
    reached, model = reached_with_curvature(estimator)
    X = reached.rows(X)
    X_at = reached.rows(X_at)
    pull = pulls(model, X, reached.labels(y, X), weight)
    shape = (X.shape[0], X_at.shape[0], model.n_outputs)
    influence = np.empty(shape, dtype=pull.dtype)
    for where, columns, h in each_block(model, X, X_at):
        influence[columns, where] = along_rows(h, pull[columns])
    return influence[:, :, 0] if model.flat else influence
