"""What a reference row counts in an expected reduction.

Each function takes the tangents, of shape (m, n_outputs, n_tangents), and the
leverages h(p, p), of shape (m, R, R), of m reference rows, and returns their
weights, of shape (m, R): for each output, or one for all that share h.
"""

import numpy as np


def tangent(tangents, own):
    """Curiosity about the row: ``(df/ds)**2``."""
    squares = np.square(tangents).sum(axis=2)
    return squares if own.shape[1] > 1 else squares.sum(axis=1, keepdims=True)


def variance(tangents, own):
    """Variance of its prediction."""
    return np.maximum(np.einsum("pii->pi", own), 0)


def uniform(tangents, own):
    """One."""
    return np.ones(own.shape[:2])


WEIGHTS = {"tangent": tangent, "variance": variance, "uniform": uniform}
