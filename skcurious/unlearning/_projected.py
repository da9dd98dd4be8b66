"""Ascent on the loss of the forgotten rows, projected out of the way of the others.

The inputs ``[a, 1]`` of a layer at the remaining rows have leading directions U, which
hold a share `energy` of their squares; a change of the layer's ``[W; b]`` that is
orthogonal to U leaves what it makes of the remaining rows about as it is:

    D <- (I - U U^T) [grad_W; grad_b] of sum_i w_i/2 |f(x_i) - y_i|^2    i forgotten

(T. Hoang, S. Rana, S. Gupta and S. Venkatesh, "Learn to unlearn for deep neural
networks: minimizing unlearning interference with gradient projection", WACV 2024).
The squared error has no upper end: steps stop where the mean loss of the forgotten rows
is what their leave-one-out residuals, ``(I - w h)^-1 r``, promise of unseen rows.
"""

import numpy as np
from scipy import linalg

from skcurious.linearised import RowChunks
from skcurious.tangent import Network, TrainingRows

# Of the length of the parameters, what a step may move, and how near is near enough.
LARGEST_STEP = 0.1
CLOSE = 1e-3

# A direction that is no more of the gradient than this is rounding.
NOTHING = 1e-8


def projected(model, forgotten, remaining, *, chunk_size, energy, n_steps):
    """A network that has unlearned by projected gradients.

    Parameters
    ----------
    model : NetworkModel
        The network, with a covariance.
    forgotten, remaining : Rows
        The rows of the fit.
    chunk_size : int
        Rows that are evaluated together.
    energy : float
        Share of the squares of the inputs that is left alone.
    n_steps : int
        At most.

    Returns
    -------
    network : Network
        Where the steps ended.
    n_taken : int
        How many there were.
    arrived : bool
        Whether the loss is what was aimed at.
    """
    network, weights = model.network, forgotten.weights
    spaces = leading_inputs(network, remaining, chunk_size, energy)
    goal = left_out_loss(model, forgotten)
    for taken in range(n_steps + 1):
        chunks = list(
            TrainingRows(network, forgotten.X, forgotten.Y, weights, chunk_size)
        )
        gradient = sum(c.rows.vjp(c.weights * c.residuals) for c in chunks)
        loss = sum(float((c.weights * c.residuals**2).sum()) for c in chunks)
        if loss >= (1 - CLOSE) * goal or taken == n_steps:
            return network, taken, loss >= (1 - CLOSE) * goal
        step = orthogonal(network, gradient, spaces)
        if np.linalg.norm(step) <= NOTHING * np.linalg.norm(gradient):
            return network, taken, False
        # |r + t J D|^2 = goal, where the network is linear in its parameters.
        slope = curve = 0.0
        for c in chunks:
            moved = c.rows.jvp(step)
            slope += float((c.weights * c.residuals * moved).sum())
            curve += float((c.weights * moved**2).sum())
        if not curve > 0:
            return network, taken, False
        t = (np.sqrt(slope**2 + curve * (goal - loss)) - slope) / curve
        theta = network.parameters
        t = min(t, LARGEST_STEP * np.linalg.norm(theta) / np.linalg.norm(step))
        network = Network(*network.unpack(theta + t * step), network.activation)


def left_out_loss(model, rows):
    """``sum_i w_i |(I - w_i h_i)^-1 r_i|^2``, no less than without leaving out."""
    total = 0.0
    for where, at in RowChunks(model, rows.X, leverage=True):
        w = rows.weights[where]
        r = rows.Y[where] - at.output
        left = np.eye(model.n_outputs) - w[:, None, None] * model.leverage_diagonal(at)
        total += float(w @ np.square(np.linalg.solve(left, r[:, :, None])).sum((1, 2)))
    return total


def leading_inputs(network, rows, chunk_size, energy):
    """U of every layer, in columns."""
    moments = [np.zeros((len(W) + 1,) * 2) for W in network.coefs]
    Y = np.zeros((rows.X.shape[0], network.n_outputs))
    for chunk in TrainingRows(network, rows.X, Y, rows.weights, chunk_size):
        for moment, a in zip(moments, chunk.rows.inputs, strict=True):
            a = a.toarray() if hasattr(a, "toarray") else a
            a = np.column_stack([a, np.ones(len(a))])
            moment += (a * chunk.weights).T @ a
    spaces = []
    for moment in moments:
        values, vectors = linalg.eigh(moment)
        values = np.maximum(values[::-1], 0)
        below = np.cumsum(values) - values < energy * values.sum()
        spaces.append(vectors[:, ::-1][:, below])
    return spaces


def orthogonal(network, gradient, spaces):
    """``(I - U U^T)`` of each layer's weights and intercepts."""
    coefs, intercepts = network.unpack(gradient)
    layers = []
    for W, b, U in zip(coefs, intercepts, spaces, strict=True):
        both = np.vstack([W, b])
        layers.append(both - U @ (U.T @ both))
    return network.pack([both[:-1] for both in layers], [both[-1] for both in layers])
