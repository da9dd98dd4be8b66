"""The regressors of a MultiOutputRegressor, one for each target."""

import numpy as np
from sklearn.multioutput import MultiOutputRegressor
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from skcurious import _reach
from skcurious._std import predict_std
from skcurious._wrappers import open_wrapper
from skcurious.base import Curious


class EachTarget(Curious):
    """Several curious regressors, or wrappers around them, each of its own target.

    The complexities of the targets add up, and so do their curiosities: that of a label
    of all of them is the sum.

    Parameters
    ----------
    estimators : list of estimators
        Fitted.
    """

    def __init__(self, estimators):
        self._estimators = estimators

    def check_tangent(self):
        """Raise when one of them has no tangent."""
        for estimator in self._estimators:
            _reach.reach_curious(estimator)

    def _columns(self, function):
        return np.column_stack([function(estimator) for estimator in self._estimators])

    def predict(self, X):
        """Predictions of shape (n_samples, n_targets)."""
        return self._columns(lambda estimator: estimator.predict(X))

    def predict_mean_std(self, X, noise=False):
        """Predictions and standard deviations, each of shape (n_samples, n_targets)."""
        std = self._columns(lambda estimator: predict_std(estimator, X, noise=noise))
        return self.predict(X), std

    def predict_tangent(self, X):
        """Tangents of shape (n_samples, n_targets), by the alpha of each target."""
        return self._columns(lambda estimator: _reach.predict_tangent(estimator, X))

    def curiosity_score(self, X, y=None, *, noise_variance=None):
        """Sum of the curiosities over the targets, of shape (n_samples,)."""
        labels = [None] * len(self._estimators)
        if y is not None:
            y = check_array(y, ensure_2d=False, input_name="y")
            if y.shape[1:] != (len(labels),):
                raise ValueError(
                    f"y must have {len(labels)} targets, got an array of shape "
                    f"{y.shape}."
                )
            labels = y.T
        return sum(
            _reach.curiosity_score(estimator, X, label, noise_variance=noise_variance)
            for estimator, label in zip(self._estimators, labels, strict=True)
        )

    def predict_covariance(self, X, Z=None, *, noise_variance=None):
        """Mean of the covariances over the targets, of shape (n_X, n_Z)."""
        covariances = [
            _reach.predict_covariance(estimator, X, Z, noise_variance=noise_variance)
            for estimator in self._estimators
        ]
        return sum(covariances) / len(covariances)


@open_wrapper.register
def _(estimator: MultiOutputRegressor, x_steps, y_steps):
    check_is_fitted(estimator, "estimators_")
    return EachTarget(estimator.estimators_)


@open_wrapper.register
def _(estimator: EachTarget, x_steps, y_steps):
    raise TypeError(
        "MultiOutputRegressor holds a regressor for each target, each with a curvature "
        "of its own: ask them, estimators_, one by one."
    )
