"""What the labels of some rows would do to a model, before they are known.

With the labels of rows x_1 ... x_k imagined one after the other, the t-th takes from
the leverage of every row p

    h(p, p):  c_t(p)^2,    c(p) = L^-1 h(x, p),    L L^T = 1 + h(x, x)

where L is the Cholesky factor, so that c_t is the covariance with the t-th label given
those before it. With coupled outputs each label is a block of rows of L.
"""

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from skcurious._units import std_in_units_of_y
from skcurious._validation import check_finite
from skcurious.linearised import RowChunks


def variance_falls(model, X, positions):
    """By how much each label brings the variance of each prediction down.

    Parameters
    ----------
    model : LinearisedModel
        A model with a covariance.
    X : {ndarray, CSR matrix} of shape (n, n_features)
        Rows, as it takes them.
    positions : ndarray of int of shape (k,)
        Which of them get a label, in this order.

    Returns
    -------
    falls : ndarray of shape (k, n, n_outputs)
        In squared units of the outputs.
    """
    model.check_covariance()
    picks = model.at(X[positions])
    representers = model.representers(picks)
    h = model.leverage_blocks(picks, representers)
    k, n_blocks = h.shape[:2]
    matrix = h.reshape(k * n_blocks, -1).astype(np.float64)
    matrix = check_finite((matrix + matrix.T) / 2, "covariances", "X_pool")
    matrix[np.diag_indices_from(matrix)] += 1
    factor = cholesky(matrix, lower=True)
    falls = np.empty((k, X.shape[0], model.n_outputs))
    variance = np.broadcast_to(model.posterior_variance, (model.n_outputs,))
    for where, rows in RowChunks(model, X, leverage=True, extra_bytes=32 * h.size):
        h = model.leverage_blocks(rows, representers)
        shape = (k, n_blocks, *h.shape[:2])
        h = h.reshape(h.shape[0] * n_blocks, -1).T
        solved = solve_triangular(factor, h, lower=True, check_finite=False)
        squares = np.square(solved).reshape(shape).sum(axis=1)
        falls[:, where] = squares * variance
    return check_finite(falls, "variances", "X_pool")


def variances_by_label(estimator, curious, members, rows, positions):
    """Variances of all predictions, before the first label and after each.

    Parameters
    ----------
    estimator : estimator
        What the user gave.
    curious : Curious
        The regressor, or mean of such, in it.
    members : list of Reached
        Of which it is the mean, with their votes.
    rows : {ndarray, sparse matrix, DataFrame} of shape (n, n_features)
        As `curious` takes them.
    positions : ndarray of int of shape (k,)
        Which of them get a label.

    Returns
    -------
    variances : ndarray of shape (k + 1, n, n_outputs)
        In squared units of the regressor's targets.
    std : ndarray of shape (k + 1, n, n_targets)
        Their roots, in units of y.
    """
    mean, std = curious.predict_mean_std(rows)
    std = std.reshape(len(std), -1)
    # Where members disagree, an imagined label changes nothing.
    total = sum(member.weight for member in members)
    falls = sum(
        member.weight
        / total
        * variance_falls(member.model, member.rows(rows), positions)
        for member in members
    )
    left = std**2 - np.cumsum(falls, axis=0)
    variances = np.maximum(np.concatenate([std[None] ** 2, left]), 0)
    in_units = [
        std_in_units_of_y(estimator, mean, np.sqrt(each).reshape(mean.shape))
        for each in variances
    ]
    return variances, np.reshape(in_units, (*variances.shape[:2], -1))


def informed_rows(variances, share):
    """Which rows each label informs.

    Parameters
    ----------
    variances : ndarray of shape (k + 1, n, n_outputs)
        Before the first label, and after each.
    share : float
        What part of the variance a label has to take, of several targets on average.

    Returns
    -------
    informed : bool ndarray of shape (k, n)
    """
    before, after = variances[:-1], variances[1:]
    falls = np.divide(
        before - after, before, out=np.zeros_like(before), where=before > 0
    )
    return falls.mean(axis=2) >= share
