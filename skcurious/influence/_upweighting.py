"""Rows whose weight changes, and what they pull with.

A row z of residual ``r = y - f(z)``, given the weight ``d`` more, moves the
prediction at p by

    d h(p, z) r / (1 + d h(z, z))

exactly where f is linear in its parameters, as in ridge and kernel ridge
regression; ``d r / (1 + d h(z, z))`` is the pull of the row. The derivative with
respect to d, at d = 0, is ``h(p, z) r``.
"""

import numpy as np
from sklearn.utils import check_array

from skcurious._reach import reach
from skcurious.linearised import RowChunks


def reached_with_curvature(estimator):
    """The regressor in `estimator`, and its model with the curvature of its tangent."""
    reached = reach(estimator)
    model = reached.model.for_influence
    model.check_covariance()
    return reached, model


def residuals(model, X, Y):
    """``y - f(x)`` of validated rows, of shape (n, n_outputs)."""
    return Y - RowChunks(model, X).map(model.output)


def pulls(model, X, Y, weight):
    """What every row pulls with when it gets `weight` more, (n, n_outputs).

    Parameters
    ----------
    model : LinearisedModel
        The model.
    X, Y : ndarrays
        Validated rows, and their labels of shape (n, n_outputs).
    weight : float, array-like of shape (n,) or None
        None for the derivative.
    """
    pull = np.concatenate(
        [
            -model.loss_slope(model.output(rows), Y[where])
            for where, rows in RowChunks(model, X)
        ]
    )
    if weight is None:
        return pull
    weight = check_weight(weight, len(pull))
    if not model.exact_influence:
        return pull * weight[:, None]
    return pull * (weight[:, None] / model.one_plus_leverage(X, weight))


def check_weight(weight, n_rows, name="weight"):
    """Validate `weight`; returns one for each row."""
    weight = check_array(
        np.atleast_1d(weight), ensure_2d=False, dtype=np.float64, input_name=name
    )
    if weight.shape not in [(1,), (n_rows,)]:
        raise ValueError(
            f"{name} must be a number or have one value for each of the {n_rows} rows "
            f"of X, got an array of shape {weight.shape}."
        )
    return np.broadcast_to(weight, (n_rows,))


def check_sample_weight(sample_weight, n_rows):
    """Validate weights that rows were fitted with; all may be zero."""
    if sample_weight is None:
        return np.ones(n_rows)
    weights = check_weight(sample_weight, n_rows, "sample_weight")
    if (weights < 0).any():
        raise ValueError(f"sample_weight must be at least 0, got {weights.min()}.")
    return weights


def each_block(model, X, X_at):
    """Yield ``(where, columns, h)`` with h of X_at[where] and X[columns]."""
    # h is symmetric, and the fewer rows are solved for.
    is_swapped = X_at.shape[0] < X.shape[0]
    right = RowChunks(model, X_at if is_swapped else X, leverage=True)
    left = RowChunks(model, X if is_swapped else X_at, leverage=True)
    for columns, others in right:
        representers = model.representers(others)
        for where, rows in left:
            h = model.leverage_blocks(rows, representers)
            if is_swapped:
                yield columns, where, h.transpose(2, 3, 0, 1)
            else:
                yield where, columns, h
