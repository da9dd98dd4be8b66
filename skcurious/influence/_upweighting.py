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
    own = RowChunks(model, X, leverage=True).map(model._leverage_diagonal)
    left = 1 + weight[:, None] * np.einsum("nrr->nr", own)
    # An optimum would need the row to have been in with that weight at least.
    wrong = (left <= 1e3 * np.finfo(left.dtype).eps).any(axis=1)
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"weight={weight[row]:g} cannot be taken from row {row}: the curvature "
            "there is not as large as that row alone would make it, or nothing else "
            "supports the model. Take -1, or minus its sample_weight, from rows that "
            "the model was fitted to."
        )
    return residual * (weight[:, None] / left)


def check_weight(weight, n_rows):
    """Validate `weight`; returns one for each row."""
    weight = check_array(
        np.atleast_1d(weight), ensure_2d=False, dtype=np.float64, input_name="weight"
    )
    if weight.shape not in [(1,), (n_rows,)]:
        raise ValueError(
            f"weight must be a number or have one value for each of the {n_rows} rows "
            f"of X, got an array of shape {weight.shape}."
        )
    return np.broadcast_to(weight, (n_rows,))


def each_block(model, X, X_at):
    """Yield ``(where, columns, h)`` with h of X_at[where] and X[columns]."""
    right = RowChunks(model, X, leverage=True)
    left = RowChunks(model, X_at, leverage=True)
    for columns, others in right:
        representers = model._representers(others)
        for where, rows in left:
            yield where, columns, model._leverage_blocks(rows, representers)
