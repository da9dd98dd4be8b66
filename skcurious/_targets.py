"""Several targets: what each is measured in, and what was summed up for each."""

import numpy as np

from skcurious.tangent._gram import weighted_mean


def for_each_target(values):
    """One number for one target, an array for several.

    Parameters
    ----------
    values : array-like of shape (n_targets,)
        Of each.

    Returns
    -------
    values : float or ndarray of shape (n_targets,)
    """
    values = np.asarray(values, dtype=np.float64)
    return float(values[0]) if len(values) == 1 else values


def target_units(Y, weights=None, centred=True):
    """What targets are measured in where several are added up.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_targets)
        Labels.
    weights : ndarray of shape (n_samples,) or None
        Their weights.
    centred : bool, default=True
        Whether about their mean, or about zero, for a model without an intercept.

    Returns
    -------
    units : ndarray of shape (n_targets,)
        Root mean squares of the labels, 1 where that is zero.
    """
    Y = Y.astype(np.float64, copy=False)
    if centred:
        Y = Y - weighted_mean(Y, weights)
    return units_from(np.average(np.square(Y), axis=0, weights=weights))


def units_from(squares):
    """The same from mean squares of the labels, of shape (n_targets,)."""
    units = np.sqrt(squares)
    return np.where(units > 0, units, 1.0)
