"""Checks of what a Gaussian process is given."""

import numpy as np
from scipy.optimize import brentq
from sklearn.preprocessing._data import _handle_zeros_in_scale

from skcurious._validation import check_size, split_constant
from skcurious._warnings import warn

# Rounding of a mean in units of the spread, from which on it counts.
FEW_DIGITS = 1e-12
# Rows whose kernel matrix is factorised again and again.
LARGEST_FIT = 5000
# Variance of labels over that with those of the largest known noise among them.
SMALLEST = 1e-12
# Sizes of the numbers in a column, and how far their mean may be from 0 in terms of
# their spread, beyond which priors for standardised ones mislead. The labelled rows
# of a column that is standardised over all rows may hardly differ.
SMALL, LARGE, FAR = 1e-2, 1e2, 10.0


def check_labels(y, n_targets):
    """Refuse more labels than there is time for, or of another number of targets."""
    if len(y) > LARGEST_FIT:
        raise ValueError(
            f"X has {len(y)} rows, and a Gaussian process takes {LARGEST_FIT} at "
            "most: its time grows with their cube. Fit CuriousRidgeCV on Nystroem "
            "features (sklearn.kernel_approximation), or to fewer rows."
        )
    n_given = y.shape[1] if y.ndim > 1 else 1
    if n_targets is not None and n_given != n_targets:
        raise ValueError(
            "The number of targets seen in `y` is different from the parameter "
            f"`n_targets`. Got {n_given} != {n_targets}."
        )


def normalised(y, given, normalize_y):
    """Labels about their mean in units of their spread, if asked, and these two.

    `given` is the dtype that they had.
    """
    if not normalize_y:
        shape = (y.shape[1],) if y.ndim == 2 else 1
        return y, np.zeros(shape), np.ones(shape)
    Y, constant = split_constant(y.reshape(len(y), -1), None, given)
    y, constant = Y.reshape(y.shape), constant.reshape(y.shape[1:])
    mean = np.mean(y, axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        spread = np.std(y, axis=0)
        about, rest = y - mean, 0.0
        if (np.finfo(float).eps * np.abs(mean) >= FEW_DIGITS * spread).any():
            # What rounding left out of the mean, and of tiny labels, whose squares are
            # zero, the spread in units of their own.
            rest = np.mean(about, axis=0)
            about = about - rest
            unit = np.abs(about).max(axis=0)
            unit = np.where(unit > 0, unit, 1.0)
            spread = np.std(about / unit, axis=0) * unit
        spread = _handle_zeros_in_scale(spread, copy=False)
        squares = np.square(spread)
    if not np.isfinite(squares).all():
        raise ValueError("y is too large: its variance overflows. Scale y.")
    if not squares.all():
        raise ValueError("y is too small: its variance underflows. Scale y.")
    return about / spread, mean + (rest + constant), spread


def with_known_noise(y, given, normalize_y, label_noise):
    """The same, and the known noise of labels in units of the square of their spread.

    Labels of which that is known count for their mean and spread as much as they say.
    """
    y, mean, spread = normalised(y, given, normalize_y)
    known = check_label_noise(label_noise, y, spread)
    if normalize_y and label_noise is not None:
        y, moved, scale = normalised_by_noise(y, known)
        mean, spread = mean + spread * moved, spread * scale
        known = known / scale**2
    return y, mean, spread, known


def normalised_by_noise(y, noise):
    """Normalised labels once more, so that those of large known noise count less.

    As a mean of random effects (R. C. Paule and J. Mandel, "Consensus values and
    weighting factors", 1982): with ``w_i = 1 / (s^2 + noise_i)`` and the mean m that
    they weigh, s^2 solves ``sum_i w_i (y_i - m)^2 = n``. The variance is weighed with
    ``w_i^2``, so that a label that says nothing counts for nothing. Labels of one noise
    all count the same, and stay as they are.

    Returns
    -------
    y : ndarray of shape (n_samples,)
    mean, spread : float
        Weighted mean, and root of the weighted variance.
    """
    if np.ptp(noise) == 0 or not y.any():
        return y, 0.0, 1.0
    labels = y.ravel()

    def moments(log_variance):
        weights = 1 / (np.exp(log_variance) + noise)
        mean = np.average(labels, weights=weights)
        return mean, weights, np.square(labels - mean)

    def excess(log_variance):  # falls with the variance
        _, weights, squares = moments(log_variance)
        return weights @ squares - len(labels)

    # s^2 is at most the variance, which is 1. What is below SMALLEST is rounding.
    low = np.log(SMALLEST)
    root = low if excess(low) <= 0 else brentq(excess, low, np.log(2))
    mean, weights, squares = moments(root)
    spread = np.sqrt(max(np.average(squares, weights=weights**2), SMALLEST))
    return (y - mean) / spread, mean, spread


def check_noise(alpha, n_samples):
    """`alpha`, a number or one for each row."""
    if not np.iterable(alpha):
        if alpha > 0:
            check_size(np.array([alpha], dtype=float), "alpha")
        return alpha
    alpha = np.asarray(alpha, dtype=float)
    if alpha.shape not in [(1,), (n_samples,)]:
        raise ValueError(
            "alpha must be a scalar or an array with same number of entries as y. "
            f"({alpha.shape} != ({n_samples},))"
        )
    if not (np.isfinite(alpha).all() and (alpha >= 0).all()):
        raise ValueError(
            f"alpha must be finite and at least 0, got {alpha.min()}: it holds the "
            "noise variance of each label."
        )
    check_size(alpha[alpha > 0], "alpha")
    return float(alpha[0]) if len(alpha) == 1 else alpha


def check_label_noise(label_noise, Y, spread):
    """Known noise variances `label_noise` of labels Y, in units of their `spread`.

    Returns
    -------
    noise : float or ndarray of shape (n_samples,)
        0 where none is known.
    """
    if label_noise is None:
        return 0.0
    n_samples, n_targets = Y.reshape(len(Y), -1).shape
    if n_targets > 1:
        raise ValueError(
            f"label_noise was given with {n_targets} targets, which share one kernel "
            "matrix and with it their noise. Fit each by itself: "
            "EachTargetRegressor(CuriousGaussianProcessRegressor())."
        )
    noise = np.asarray(label_noise, dtype=float)
    if noise.shape not in [(), (n_samples,), (n_samples, 1)]:
        raise ValueError(
            f"label_noise has shape {noise.shape}, but y has {n_samples} labels: give "
            "one variance for each, or one number for all."
        )
    noise = np.broadcast_to(noise.ravel(), (n_samples,))
    wrong = noise[~(np.isfinite(noise) & (noise >= 0))]
    if wrong.size:
        raise ValueError(
            f"label_noise must be finite and at least 0, got {wrong[0]}: it holds the "
            "noise variance of each label, in squared units of y."
        )
    with np.errstate(over="ignore", under="ignore"):
        noise = noise / np.square(np.ravel(spread)[0])
    check_size(noise[noise > 0], "label_noise, in units of the variance of y,")
    return noise


def warn_of_scale(X, names, numeric):
    """Warn of a column for which priors for standardised ones mislead.

    Only those in the set `numeric` are looked at: groups have no scale.
    """
    mean, spread = X.mean(axis=0), X.std(axis=0)
    size = np.sqrt(mean**2 + spread**2)
    moves = spread > 1e-9 * size
    off = (size < SMALL) | (size > LARGE) | (size > FAR * np.maximum(spread, 0.5))
    off &= moves & np.isin(np.arange(len(off)), list(numeric))
    if off.any():
        column = int(np.argmax(off))
        warn(
            f"Column {names[column]!r} of X is far from standardised (mean "
            f"{mean[column]:.3g}, standard deviation {spread[column]:.3g}), "
            "for which the priors of the kernel are. Put a StandardScaler before "
            "the Gaussian process, or use prior=None."
        )
