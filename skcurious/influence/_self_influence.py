"""How well a training row is predicted without itself."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from skcurious._calls import estimator_first
from skcurious.influence._upweighting import (
    check_sample_weight,
    pulls,
    reached_with_curvature,
    residuals,
)
from skcurious.linearised import RowChunks


@estimator_first
def self_influence(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
) -> np.ndarray:
    """How much the error of a training row grows when it is taken out.

    Large for rows that the model could only fit by bending to them: wrong
    labels, outliers, and rows that are alone.  With the loss ``L = |f(x) -
    y|**2 / 2`` of the row itself, w its weight, r its residual and h its
    leverage:

    - ridge and kernel ridge regression: ``(r / (1 - w h))**2 / 2 - r**2 /
      2``, exactly what a fit without the row would show (alpha stays);
    - networks: ``w r**2 h``, minus the first-order change [1]_; of models with
      another loss ``w r l h``, with the slope l of that.

    Parameters
    ----------
    estimator : estimator
        As for :func:`influence_on_predictions`.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows that `estimator` was fitted to.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Their labels, in original units.
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights, if they had any; a row of weight zero has no influence.

    Returns
    -------
    influence : ndarray of shape (n_samples,)
        At least 0, in squared units of y; behind a
        TransformedTargetRegressor, of the transformed target.

    Raises
    ------
    TypeError, ValueError
        As :func:`influence_on_predictions`.

    Notes
    -----
    Kernel ridge regression knows its training rows when `X` and
    `sample_weight` are what it was fitted to, and then loses no digits where
    it interpolates.

    References
    ----------
    .. [1] P. W. Koh and P. Liang, "Understanding black-box predictions via
       influence functions", ICML 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious import CuriousRidge
    >>> from skcurious.influence import self_influence
    >>> X = np.arange(6.0)[:, None]
    >>> y = np.array([0.0, 1.0, 2.0, 3.0, 9.0, 5.0])  # 9 should be 4
    >>> model = CuriousRidge(alpha=0.1).fit(X, y)
    >>> int(self_influence(model, X, y).argmax())
    4
    """
    reached, model = reached_with_curvature(estimator)
    X = reached.rows(X)
    Y = reached.labels(y, X)
    weights = check_sample_weight(sample_weight, X.shape[0])
    residual = residuals(model, X, Y)
    if not model.exact_influence:
        own = RowChunks(model, X, leverage=True).map(model.leverage_diagonal)
        pull = pulls(model, X, Y, None)  # the residual, of the squared error
        return weights * np.einsum("nk,nkl,nl->n", residual, own, pull)
    without = residual / model.one_plus_leverage(X, -weights)
    return 0.5 * (np.square(without) - np.square(residual)).sum(axis=1)
