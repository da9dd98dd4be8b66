"""How sure a prediction is, in the units of the labels, through all wrappers."""

import numpy as np

from skcurious._calls import estimator_first
from skcurious._reach import reach_curious
from skcurious._units import in_units_of_y


@estimator_first
def predict_std(estimator, X, *, noise=False):
    """Standard deviation of the predictions of a model.

    In the units of the labels that the user gave: searches and Pipelines forward no
    ``return_std``, and a TransformedTargetRegressor predicts in other units than the
    regressor inside.

    Parameters
    ----------
    estimator : estimator
        As for :func:`curiosity_score`, or an
        :class:`~skcurious.gaussian_process.EvidenceAveragingRegressor`.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows, as `estimator` takes them.
    noise : bool, default=False
        Whether to add the noise of a label: False says how sure the prediction is,
        True what labels to expect.

    Returns
    -------
    std : ndarray of shape (n_samples,) or (n_samples, n_targets)
        One for each target where these have spreads of their own. Behind a
        TransformedTargetRegressor half of the way from one standard deviation below
        the prediction to one above, which is exact where the transformation is linear.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor.
    ValueError
        When rows do not fit, or the model has no covariance.

    Examples
    --------
    >>> from sklearn.compose import TransformedTargetRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcurious import CuriousRidgeCV, predict_std
    >>> X, y = load_diabetes(return_X_y=True)
    >>> scaler = StandardScaler()
    >>> model = TransformedTargetRegressor(CuriousRidgeCV(), transformer=scaler)
    >>> predict_std(model.fit(X[:50], y[:50]), X[50:53]).round(1)
    array([14.2, 14.5, 14.9])
    """
    curious, given, _ = reach_curious(estimator)
    mean, std = curious.predict_mean_std(given(X), noise)
    if std.ndim < mean.ndim:  # one for all targets
        std = np.repeat(std[:, None], mean.shape[1], axis=1)
    below, above = (in_units_of_y(estimator, mean + k * std) for k in (-1, 1))
    return np.abs(above - below) / 2
