"""What is known of labels, as the user gives them, in the terms of one model.

A label of noise variance tau^2, in squared units of y, counts at a model of noise
variance sigma^2 as ``tau^2 / (sigma dy/df)^2``: f is what the regressor predicts, and
y what a TransformedTargetRegressor makes of it, half of the way from one sigma below
the prediction to one above, as :func:`skcurious.predict_std` has it. A
Gaussian process adds the noise that it learned, as its fit does.
"""

import numpy as np


def noise_ratio(member, output):
    """Noise variance of labels over that of the model.

    Parameters
    ----------
    member : Member
        A model, and the `label_noise` that it is asked with.
    output : callable
        ``output()`` is the prediction of the pool, of shape (n, n_outputs).

    Returns
    -------
    ratio : ndarray of shape (n, n_outputs)
        At least 0.

    Raises
    ------
    ValueError
        When the model has no noise, or has other targets.
    """
    model, noise = member.model, member.asked.label_noise
    variance = np.broadcast_to(model.posterior_variance, (model.n_outputs,))
    if not (variance > 0).all():
        raise ValueError(
            "label_noise is compared with the noise variance of the model, which is 0 "
            f"for this {type(member.estimator).__name__}: it interpolates its labels. "
            "Use a larger alpha or a class ending in CV."
        )
    noise = noise.reshape(len(noise), -1)
    if not member.transforms_labels:
        return model.label_noise_ratio(_of_targets(noise, model.n_outputs) / variance)
    moved = _moved(member, output(), np.sqrt(variance))
    noise = _of_targets(noise, moved.shape[2])
    ratio = np.empty((len(noise), model.n_outputs))
    for k, target in enumerate(_targets(moved)):
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio[:, k] = noise[:, target] / np.square(moved[k, :, target])
    if not np.isfinite(ratio).all():
        row = np.argwhere(~np.isfinite(ratio))[0][0]
        raise ValueError(
            "label_noise cannot be brought to the transformed y: at the prediction for "
            f"row {row} of X_pool the transformation of y is flat. Leave label_noise "
            "out, or take another transformer."
        )
    return model.label_noise_ratio(ratio)


def _of_targets(noise, n_targets):
    if noise.shape[1] not in (1, n_targets):
        raise ValueError(
            f"label_noise has {noise.shape[1]} columns, but there are {n_targets} "
            "target(s): give one for each, or one number for each row."
        )
    return np.broadcast_to(noise, (len(noise), n_targets))


def weights_of_outputs(member):
    """What each output of a model counts, by the `target_weights` it is asked with.

    Parameters
    ----------
    member : Member
        The model.

    Returns
    -------
    weights : ndarray of shape (n_outputs,) or None
        None where none are asked for.
    """
    weights = member.asked.target_weights
    if weights is None:
        return None
    model = member.model
    if not member.transforms_labels:
        _check_number(weights, model.n_outputs)
        return weights
    # Which target an output is shows anywhere that the transformation is not flat.
    variance = np.broadcast_to(model.posterior_variance, (model.n_outputs,))
    deviation = np.where(variance > 0, np.sqrt(variance), 1.0)
    moved = _moved(member, 2 * deviation[None], deviation)
    _check_number(weights, moved.shape[2])
    return weights[_targets(moved)]


def _check_number(weights, n_targets):
    if len(weights) != n_targets:
        raise ValueError(
            f"target_weights must have one number for each of the {n_targets} "
            f"target(s), got {len(weights)}."
        )


def _moved(member, output, deviation):
    """How far each output moves the targets of y: (n_outputs, n, n_targets)."""
    moved = []
    with np.errstate(all="ignore"):  # of targets that are not this model's
        for k, one in enumerate(deviation):
            step = np.zeros_like(output, dtype=np.float64)
            step[:, k] = one
            below, above = (
                member.original_labels(output + sign * step) for sign in (-1, 1)
            )
            moved.append(np.abs(above - below) / 2)
    return np.nan_to_num(np.array(moved), nan=0.0)


def _targets(moved):
    """Which target of y each output is."""
    found = [np.flatnonzero(one.any(axis=0)) for one in moved]
    if any(len(targets) != 1 for targets in found):
        raise ValueError(
            "label_noise and target_weights are about the targets of y one by one, but "
            "the transformation of y mixes them, or does not move. Use one that "
            "transforms each target by itself, as StandardScaler does."
        )
    return [int(targets[0]) for targets in found]
