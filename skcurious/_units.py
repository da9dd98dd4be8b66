"""What lies between an estimator and the curious regressor in it."""

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.feature_selection import RFE
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import _check_feature_names_in

from skcurious._wrappers import open_wrapper
from skcurious.base import Curious


def layers(estimator):
    """The wrappers around the curious regressor, the outermost first."""
    while not isinstance(estimator, Curious):
        yield estimator
        estimator = open_wrapper(estimator, [], [])


def in_units_of_y(estimator, values):
    """Take values of the regressor's target back to the units of y.

    Parameters
    ----------
    estimator : estimator
        The fitted estimator, with or without a TransformedTargetRegressor.
    values : ndarray of shape (n_samples,) or (n_samples, n_targets)
        Predictions of the regressor in it.

    Returns
    -------
    values : ndarray of shape (n_samples,) or (n_samples, n_targets)
        With the targets of y, of which the regressor may have fewer or more.
    """
    for layer in reversed(list(layers(estimator))):
        if isinstance(layer, TransformedTargetRegressor):
            columns = values.reshape(len(values), -1)
            original = np.asarray(layer.transformer_.inverse_transform(columns))
            original = original.reshape(len(values), -1)
            values = original[:, 0] if original.shape[1] == 1 else original
    return values


def predictions(estimator, model, rows):
    """Predictions in units of y, and where their band ends.

    Parameters
    ----------
    estimator : estimator
        The fitted estimator.
    model : Curious
        The regressor in it.
    rows : {ndarray, DataFrame}
        Rows, as the regressor takes them.

    Returns
    -------
    prediction : ndarray of shape (n_samples,) or (n_samples, n_targets)
    band : pair of such ndarrays or None
        Two standard deviations lower and higher; None for a model without a
        covariance, or with several targets: they share one standard deviation,
        which is that of none of them.
    """
    mean = model.predict(rows)
    if mean.ndim > 1 and mean.shape[1] > 1:
        return in_units_of_y(estimator, mean), None
    try:
        _, std = model.predict_mean_std(rows)
    except (TypeError, ValueError):  # no covariance: the rows were fine before
        return in_units_of_y(estimator, mean), None
    std = std.reshape(-1, *[1] * (mean.ndim - 1))
    edges = [in_units_of_y(estimator, mean + k * std) for k in (-2, 2)]
    # A transformation of y may fall, like 1 / y.
    band = np.minimum(*edges), np.maximum(*edges)
    return in_units_of_y(estimator, mean), band


def coefficient_names(estimator, model):
    """Names of the features as the regressor `model` in `estimator` sees them."""
    names = None
    for layer in layers(estimator):
        if isinstance(layer, RFE):
            names = layer.get_feature_names_out(names)
        if isinstance(layer, Pipeline) and len(layer) > 1:
            try:
                names = layer[:-1].get_feature_names_out(names)
            except AttributeError:  # a step of it gives its output no names
                names = None
    if names is None:
        names = _check_feature_names_in(model)
    return [str(name) for name in names]
