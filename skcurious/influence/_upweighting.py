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

from skcurious._chunks import RowChunks


def reached_with_curvature(reached):
    """The model that was reached, able to solve with its own curvature."""
    model = reached.model._with_own_curvature()
    model._check_covariance()
    return model


def residuals(model, X, Y):
    """``y - f(x)`` of validated rows, of shape (n, n_outputs)."""
    return Y - RowChunks(model, X).map(model._prediction)


def pulls(model, X, Y, weight):
    """What every row pulls with when it gets `weight` more, (n, n_outputs).

    Parameters
    ----------
    model : CuriosityMixin
        The model.
    X, Y : ndarrays
        Validated rows, and their labels of shape (n, n_outputs).
    weight : float, array-like of shape (n,) or None
        None for the derivative.
    """
    residual = residuals(model, X, Y)
    if weight is None:
        return residual
    weight = check_weight(weight, len(residual))
    if not model._exact_influence:
        return residual * weight[:, None]
    return residual * (weight[:, None] / left_after(model, X, weight))


def left_after(model, X, weight):
    """``1 + d h(x, x)`` of each row and output, (n, R); raises where it is lost."""
    left = model._left_without(X, -weight)
    if left is not None:
        return left
    left, rounding = [], []
    for where, rows in RowChunks(model, X, leverage=True):
        own = np.einsum("nrr->nr", model._leverage_diagonal(rows))
        left.append(1 + weight[where, None] * own)
        rounding.append(np.abs(weight[where]) * model._leverage_rounding(rows))
    left, rounding = np.concatenate(left), np.concatenate(rounding)
    lost = (left <= 1e3 * rounding[:, None]).any(axis=1)
    if lost.any():
        row = int(lost.argmax())
        raise ValueError(
            f"weight={weight[row]:g} cannot be taken from row {row}: without it little "
            "more than rounding is left of the curvature there. Either the model was "
            "not fitted to that row with that weight, or nothing else supports it, or "
            "it needs more digits: fit it to float64 data, or with a larger alpha."
        )
    return left


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
        representers = model._representers(others)
        for where, rows in left:
            h = model._leverage_blocks(rows, representers)
            if is_swapped:
                yield columns, where, h.transpose(2, 3, 0, 1)
            else:
                yield where, columns, h
