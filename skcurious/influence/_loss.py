"""How the weight of a row moves the error on validation rows."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from skcurious._calls import estimator_first
from skcurious.influence._upweighting import (
    each_block,
    pulls,
    reached_with_curvature,
    residuals,
)
from skcurious.linearised import RowChunks, sum_of_squares
from skcurious.linearised._blocks import along_rows


@estimator_first
def influence_on_loss(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike | None = None,
    *,
    X_validation: ArrayLike,
    y_validation: ArrayLike,
    per_row: bool = False,
    weight: ArrayLike | None = None,
    noise_variance: ArrayLike | None = None,
) -> np.ndarray:
    """How the error on validation rows moves when rows get more weight.

    The loss is half the sum of squared errors over the validation rows and
    targets, ``L = sum_j |f(x_j) - y_j|**2 / 2``.  Its derivative with respect
    to the weight of a row (x, y) is [1]_

        dL/dw = (y - f(x)) g(x),    g(x) = sum_j (f(x_j) - y_j) h(x_j, x)

    and for a candidate without a label the expected square is
    ``noise_variance * g(x)**2``.

    Parameters
    ----------
    estimator : estimator
        As for :func:`influence_on_predictions`.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Training rows or candidates, as `estimator` takes them.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), default=None
        Their labels in original units, if known.
    X_validation : {array-like, sparse matrix} of shape (n_validation, n_features)
        Rows that the model was not fitted to.
    y_validation : array-like of shape (n_validation,) or (n_validation, n_targets)
        Their labels, in original units.
    per_row : bool, default=False
        Whether the loss of each validation row is asked for, not their sum.
        The sum takes one solve with the curvature, single rows as many as
        `X` or `X_validation` has, whichever has fewer.
    weight : float or array-like of shape (n_samples,), default=None
        As for :func:`influence_on_predictions`; only with `y`. The change is
        that of the loss when predictions change as they do there: exact for
        ridge and kernel ridge regression. Takes as long as ``per_row=True``.
    noise_variance : float or array-like of shape (n_samples,), default=None
        Expected squared error of a label around the prediction; by default
        the regressor's ``noise_variance_``.  Only without `y`.

    Returns
    -------
    influence : ndarray of shape (n_samples,) or (n_samples, n_validation)
        With `y`: negative where weight on the row would lower the loss, in
        squared units of y. Without: expected squares, in units of ``y**4``.
        Behind a TransformedTargetRegressor, of the transformed target.

    Raises
    ------
    TypeError, ValueError
        As :func:`influence_on_predictions`.

    References
    ----------
    .. [1] P. W. Koh and P. Liang, "Understanding black-box predictions via
       influence functions", ICML 2017.

    Examples
    --------
    The training row that does the most harm to predictions elsewhere:

    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.influence import influence_on_loss
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = CuriousRidge(alpha=0.1).fit(X[:300], y[:300])
    >>> influence = influence_on_loss(
    ...     model, X[:300], y[:300], X_validation=X[300:], y_validation=y[300:]
    ... )
    >>> int(influence.argmax())
    37
    """
    reached, model = reached_with_curvature(estimator)
    X = reached.rows(X)
    X_validation = reached.rows(X_validation)
    Y_validation = reached.labels(y_validation, X_validation, "y_validation")
    if y is None and weight is not None:
        raise ValueError(
            f"weight={weight!r} was given without y: the change of the loss depends on "
            "the label. Pass y, or leave weight out for the expected square of the "
            "derivative."
        )
    if y is not None and noise_variance is not None:
        raise ValueError(
            "noise_variance was given together with y: with known labels the influence "
            "needs no noise variance. Leave one of the two out."
        )
    error = -residuals(model, X_validation, Y_validation)
    if y is None:
        variance = reached.estimator.validate_noise_variance(noise_variance, X)
        if per_row:
            squares = _expected_squares(model, X, X_validation, error)
            return (variance * squares.T).T
        adjoint = adjoint_of(model, X_validation, error)
        slopes = adjoint_values(model, X, adjoint) * model.label_spread
        return variance * sum_of_squares(slopes)
    pull = pulls(model, X, reached.labels(y, X), weight)
    if weight is None and not per_row:
        adjoint = adjoint_of(model, X_validation, error)
        return np.einsum("nk,nk->n", pull, adjoint_values(model, X, adjoint))
    return _changes(model, X, X_validation, pull, error, weight is not None, per_row)


def adjoint_of(model, X, error):
    """``H^-1 sum_j grad f(x_j) e_j`` from one solve, for :func:`adjoint_values`."""
    chunks = RowChunks(model, X, leverage=True)
    return model.adjoint((rows, error[where]) for where, rows in chunks)


def adjoint_values(model, X, adjoint):
    """g(x) of every row, of shape (n, n_outputs)."""
    chunks = RowChunks(model, X, leverage=True)
    return chunks.map(lambda rows: model.adjoint_at(rows, adjoint))


def _changes(model, X, X_validation, pull, error, second_order, per_row):
    """``e_j d_j + |d_j|^2 / 2`` with d the change of the prediction."""
    shape = (X.shape[0], X_validation.shape[0])
    changes = np.zeros(shape if per_row else shape[:1], dtype=pull.dtype)
    for where, columns, h in each_block(model, X, X_validation):
        moved = along_rows(h, pull[columns])  # (n_columns, n_where, n_outputs)
        slope = error[where] + (moved / 2 if second_order else 0)
        change = (moved * slope).sum(axis=2)
        if per_row:
            changes[columns, where] = change
        else:
            changes[columns] += change.sum(axis=1)
    return changes


def _expected_squares(model, X, X_validation, error):
    """Of the influence on each row, for labels of unit variance on average."""
    squares = np.empty((X.shape[0], X_validation.shape[0]), dtype=X.dtype)
    for where, columns, h in each_block(model, X, X_validation):
        e = error[where]
        if h.shape[-1] == 1:  # sum_k (e_k h)^2: labels are independent
            weights = sum_of_squares(e * model.label_spread)
            square = np.square(h[:, 0, :, 0]) * weights[:, None]
        else:
            g = np.einsum("nkml,nk->mnl", h, e)
            square = np.square(g * model.label_spread).sum(axis=2).T
        squares[columns, where] = square.T
    return squares
