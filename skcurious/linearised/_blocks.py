"""Leverages of models whose outputs do not meet each other.

A leverage of two rows is an R x R block: R is 1 when all outputs share one
curvature, and n_outputs when each has its own. Only the outputs of a network
are coupled; for the others the blocks are diagonal.
"""

import numpy as np


def diagonal_blocks(values):
    """Spread the leverages of each output over the diagonal of blocks.

    Parameters
    ----------
    values : list of R ndarrays of shape (n, m) or (n,)
        h(x, z), or h(x, x), of each output.

    Returns
    -------
    blocks : ndarray of shape (n, R, m, R) or (n, R, R)
    """
    n_blocks = len(values)
    if n_blocks == 1:  # no copy of what may be large
        first = values[0]
        return first[:, None, ..., None]
    stacked = np.stack(values)
    shape = (stacked.shape[1], n_blocks, *stacked.shape[2:], n_blocks)
    blocks = np.zeros(shape, stacked.dtype)
    for k, value in enumerate(values):
        blocks[:, k, ..., k] = value
    return blocks


def mean_of_outputs(blocks, shares=None):
    """Average of the diagonals of (n, R, m, R) or (n, R, R) blocks.

    `shares`, of shape (R,) and mean 1, say how much each counts; None for 1.
    """
    if blocks.shape[-1] == 1:
        return blocks[:, 0, ..., 0]
    if shares is None:
        return np.einsum("ik...k->i...", blocks) / blocks.shape[-1]
    return np.einsum("ik...k,k->i...", blocks, shares) / blocks.shape[-1]


def relative(weights):
    """Weights over their mean, and that: ones where all are zero.

    Parameters
    ----------
    weights : ndarray of shape (n_outputs,)
        At least 0.

    Returns
    -------
    shares : ndarray of shape (n_outputs,)
    mean : float
    """
    mean = float(weights.mean())
    return (weights / mean if mean > 0 else np.ones(len(weights))), mean


def along_rows(blocks, residual):
    """How residuals at m rows z move the predictions at n rows x.

    Parameters
    ----------
    blocks : ndarray of shape (n, R, m, R)
        h(x, z).
    residual : ndarray of shape (m, n_outputs)
        r(z).

    Returns
    -------
    moved : ndarray of shape (m, n, n_outputs)
        h(x, z) r(z), for each z apart.
    """
    if blocks.shape[-1] == 1:
        return blocks[:, 0, :, 0].T[:, :, None] * residual[:, None, :]
    return np.einsum("nkml,ml->mnk", blocks, residual)
