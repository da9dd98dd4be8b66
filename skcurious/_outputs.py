"""One curious regressor for each target: what is asked of all of them."""

import numpy as np
from sklearn.multioutput import MultiOutputRegressor
from sklearn.utils import _safe_indexing, check_array
from sklearn.utils.validation import check_is_fitted

from skcurious import _reach
from skcurious._std import predict_std
from skcurious._wrappers import open_wrapper
from skcurious.base import Curious


class EachTarget(Curious):
    """Several curious regressors, or wrappers around them, each of its own target.

    The complexities of the targets add up, and so do their curiosities: that of a label
    of all of them is the sum. A subclass has the fitted regressors in ``estimators_``.
    """

    apart = True
    holder = "MultiOutputRegressor"
    # Whether a row may have labels of some targets only.
    some_unmeasured = False

    def check_tangent(self):
        """Raise when one of them has no tangent."""
        for estimator in self.estimators_:
            _reach.reach_curious(estimator)

    @property
    def units(self):
        """What each target is measured in where they are averaged."""
        if len(self.estimators_) == 1:
            return np.ones(1)
        reached = [_reach.reach_curious(estimator)[0] for estimator in self.estimators_]
        return np.array([curious.label_spread() for curious in reached])

    def _columns(self, function):
        self.check_tangent()
        return np.column_stack([function(estimator) for estimator in self.estimators_])

    def predict_mean_std(self, X, noise=False):
        """Predictions, and standard deviations of the mean, without the noise.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows.
        noise : bool, default=False
            Whether the standard deviations are to be those of labels.

        Returns
        -------
        y_mean, y_std : ndarrays of shape (n_samples, n_targets)
            In the units of each target.
        """
        std = self._columns(lambda estimator: predict_std(estimator, X, noise=noise))
        return self._columns(lambda estimator: estimator.predict(X)), std

    def predict_tangent(self, X):
        """Derivative of the predictions, each by the regularity of its own regressor.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        tangent : ndarray of shape (n_samples, n_targets)
        """
        return self._columns(lambda estimator: _reach.predict_tangent(estimator, X))

    def curiosity_score(self, X, y=None, *, noise_variance=None):
        """How much labels of all targets would move the complexities, added up.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples, n_targets), default=None
            Their labels, if known.
        noise_variance : float or array-like of shape (n_samples,), default=None
            Expected squared error of a label; by default that of each regressor.

        Returns
        -------
        score : ndarray of shape (n_samples,)
            Sums over the targets, with `y` over those that are measured.
        """
        if y is None:
            scores = self._columns(
                lambda estimator: _reach.curiosity_score(
                    estimator, X, noise_variance=noise_variance
                )
            )
            return scores.sum(axis=1)
        self.check_tangent()
        y = check_array(
            y,
            ensure_2d=False,
            ensure_all_finite="allow-nan" if self.some_unmeasured else True,
            input_name="y",
        )
        if y.shape[1:] != (len(self.estimators_),):
            raise ValueError(
                f"y must have {len(self.estimators_)} targets, got an array of shape "
                f"{y.shape}."
            )
        scores = np.zeros(y.shape)
        for k, estimator in enumerate(self.estimators_):
            known = np.flatnonzero(~np.isnan(y[:, k]))
            if known.size == len(y):
                known, rows = slice(None), X
            elif known.size:
                rows = _safe_indexing(X, known)
            else:
                continue
            scores[known, k] = _reach.curiosity_score(
                estimator, rows, y[known, k], noise_variance=noise_variance
            )
        return scores.sum(axis=1)

    def predict_covariance(self, X, Z=None, *, noise_variance=None):
        """Mean of the posterior covariances over the targets, each in its own units.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_X, n_features)
            Rows.
        Z : {array-like, sparse matrix, DataFrame} of shape (n_Z, n_features), \
                default=None
            Other rows; None means X itself.
        noise_variance : float, default=None
            Variance of a label of every target; by default that of each regressor.

        Returns
        -------
        covariance : ndarray of shape (n_X, n_Z)
            Each target in units of the variance of its labels; of a single one, or with
            a given `noise_variance`, in squared units of y.
        """
        self.check_tangent()
        units = 1.0 if noise_variance is not None else self.units
        covariances = [
            _reach.predict_covariance(estimator, X, Z, noise_variance=noise_variance)
            for estimator in self.estimators_
        ]
        scales = np.broadcast_to(np.square(units), len(covariances))
        pairs = zip(covariances, scales, strict=True)
        return sum(one / scale for one, scale in pairs) / len(covariances)


class OfMultiOutput(EachTarget):
    """Those of a fitted MultiOutputRegressor.

    Parameters
    ----------
    estimators : list of estimators
        Fitted.
    """

    def __init__(self, estimators):
        self.estimators_ = estimators

    def predict(self, X):
        """Predictions of shape (n_samples, n_targets)."""
        return self._columns(lambda estimator: estimator.predict(X))


@open_wrapper.register
def _(estimator: MultiOutputRegressor, x_steps, y_steps):
    check_is_fitted(estimator, "estimators_")
    return OfMultiOutput(estimator.estimators_)


@open_wrapper.register
def _(estimator: EachTarget, x_steps, y_steps):
    raise TypeError(
        f"{estimator.holder} holds a regressor for each target, each with a curvature "
        "of its own: ask them, estimators_, one by one."
    )
