"""How the error on validation rows moves with alpha."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from skcurious._calls import estimator_first
from skcurious._reach import reach
from skcurious.influence._upweighting import check_sample_weight, residuals
from skcurious.linearised import RowChunks


@estimator_first
def hypergradient(
    estimator: BaseEstimator,
    X_validation: ArrayLike,
    y_validation: ArrayLike,
    sample_weight: ArrayLike | None = None,
) -> float | np.ndarray:
    """Derivative of the error on validation rows with respect to alpha.

    With the loss ``L = sum_j w_j |f(x_j) - y_j|**2 / 2`` it is ``dL/dalpha =
    sum_j w_j (f(x_j) - y_j) df/dalpha(x_j)``, from the tangent that the model
    carries: no more than two predictions.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor, or a Pipeline, search,
        TransformedTargetRegressor, FrozenEstimator or modAL learner around
        one.
    X_validation : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows that the model was not fitted to, as `estimator` takes them.
    y_validation : array-like of shape (n_samples,) or (n_samples, n_targets)
        Their labels, in original units.
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights.

    Returns
    -------
    gradient : float or ndarray of shape (n_targets,)
        In squared units of y per unit of alpha; one for each target when each
        has its own alpha. Behind a TransformedTargetRegressor, of the loss of
        the transformed target. Multiply by 2 over the sum of the weights times
        n_targets for the derivative of the mean squared error. Exact for ridge
        and kernel ridge regression; for networks as exact as their tangent.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor.
    ValueError
        If the rows do not fit.

    See Also
    --------
    skcurious.tuning.tune_alpha : Descends along it.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.influence import hypergradient
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = CuriousRidge(alpha=10.0).fit(X[:300], y[:300])
    >>> hypergradient(model, X[300:], y[300:]) > 0  # less would be better
    True
    """
    reached = reach(estimator)
    error, slopes = error_and_slopes(reached, X_validation, y_validation)
    weights = check_sample_weight(sample_weight, len(error))
    each = np.einsum("n,nk,nk->k", weights, error, slopes)
    return each if reached.model.alpha_per_output else float(each.sum())


def error_and_slopes(reached, X, y):
    """``f(x) - y`` and ``df/dalpha`` of labelled rows, each (n, n_outputs)."""
    model, rows = reached.model, reached.rows(X)
    Y = reached.labels(y, rows, "y_validation")
    slopes = model.regularity_per_alpha * RowChunks(model, rows).map(model.tangent_at)
    return -residuals(model, rows, Y), slopes
