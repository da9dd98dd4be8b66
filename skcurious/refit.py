"""Curiosity for any regressor with a regularity parameter, by refits."""

from copy import deepcopy
from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    BaseEstimator,
    MetaEstimatorMixin,
    RegressorMixin,
    _fit_context,
    clone,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.utils import get_tags
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from skcurious._targets import for_each_target, target_units
from skcurious._warnings import warn
from skcurious.base import CuriosityMixin
from skcurious.linearised import NoCovariance, TangentModel

__all__ = ["CuriousRegressor"]


class CuriousRegressor(
    CuriosityMixin, MetaEstimatorMixin, RegressorMixin, BaseEstimator
):
    """Curiosity for any regressor, from fits at a little more and less regularity.

    Fits the regressor three times, at s and at s (1 ± step), and takes the
    central difference of the predictions for their derivative. It needs no
    theory of the model, and costs two fits more and three predictions a row.

    Parameters
    ----------
    estimator : estimator
        A scikit-learn regressor, or a Pipeline or other wrapper around one.
        It is not fitted itself: clones are.
    parameter : str, default="alpha"
        Its regularity parameter, as ``set_params`` takes it: ``"alpha"``,
        ``"C"``, ``"l2_regularization"``, or ``"step__alpha"`` in a Pipeline.
    step : float, default=1e-3
        Relative step, between 0 and 1. Models that jump, like trees, need a
        larger one, and so do models that are not fitted to many digits.
    warm_start : bool, default=False
        Whether the other two fits start from the first, for models with a
        `warm_start` of their own. Needed for networks, which from their first
        weights would end in other minima; take a step of 0.02 or so for
        them, since training stops at small gains. Not for ensembles of trees,
        whose `warm_start` adds trees.
    n_jobs : int, default=None
        Fits that run at the same time, as for :class:`joblib.Parallel`.

    Attributes
    ----------
    estimator_ : estimator
        The fitted regressor; ``predict`` is its own.
    estimators_ : list of two estimators
        Fitted at ``s (1 + step)`` and ``s (1 - step)``.
    parameter_value_ : float
        s.
    noise_variance_ : float or ndarray of shape (n_targets,)
        Weighted mean of the squared training residuals, whatever the loss.
    n_features_in_ : int
        Number of features seen during fit, when `estimator` knows it.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, when `estimator` knows them.

    See Also
    --------
    skcurious.linear_model.CuriousRidge : Closed forms instead of refits.

    Notes
    -----
    ``predict_tangent`` is the derivative with respect to the parameter as it
    is; with ``C`` more is less regular, which the squares of the curiosity do
    not see. ``curiosity_score`` takes squared residuals whatever the loss. There
    is no covariance: greedy batches of several rows are out of reach, and
    strategies take ``batch="sample"``.

    Where `estimator` or parts of it have ``random_state=None``, all three fits
    share one seed. A :class:`~sklearn.gaussian_process.GaussianProcessRegressor`
    keeps the kernel of the first fit in the other two.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import HuberRegressor
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcurious import CuriousRegressor
    >>> from skcurious.query import curiosity_sampling
    >>> X, y = load_diabetes(return_X_y=True)
    >>> huber = make_pipeline(StandardScaler(), HuberRegressor(alpha=10.0))
    >>> model = CuriousRegressor(huber, parameter="huberregressor__alpha")
    >>> indices, scores = curiosity_sampling(
    ...     model.fit(X[:50], y[:50]), X[50:], 3, batch="sample", random_state=0
    ... )
    >>> indices.shape
    (3,)
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict"])],
        "parameter": [str],
        "step": [Interval(Real, 0, 1, closed="neither")],
        "warm_start": ["boolean"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self, estimator, parameter="alpha", step=1e-3, *, warm_start=False, n_jobs=None
    ):
        self.estimator = estimator
        self.parameter = parameter
        self.step = step
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, sample_weight=None, **fit_params):
        """Fit the regressor at s, and at a little more and less.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Training rows, as `estimator` takes them.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts; passed to `estimator` if given.
        **fit_params : dict
            Passed to ``estimator.fit``.

        Returns
        -------
        self : CuriousRegressor
            The fitted model.

        Raises
        ------
        TypeError
            When `estimator` is no regressor.
        ValueError
            When `estimator` has no such parameter, or its value is not a
            positive number that can be moved a little, as an integer cannot.

        Warns
        -----
        UserWarning
            When the step moves the predictions by nothing, or by little more than
            rounding.
        """
        value = self._value()
        if sample_weight is not None:
            fit_params = {**fit_params, "sample_weight": sample_weight}
        template = _seeded(clone(self.estimator))
        fitted = clone(template).fit(X, y, **fit_params)
        moved = [
            self._start(fitted, template).set_params(**{self.parameter: value * factor})
            for factor in (1 + self.step, 1 - self.step)
        ]
        try:
            others = Parallel(n_jobs=self.n_jobs)(
                delayed(_fitted)(estimator, X, y, fit_params) for estimator in moved
            )
        except (TypeError, ValueError) as error:
            raise self._cannot_move(value, error) from error
        self.estimator_, self.estimators_ = fitted, others
        self.parameter_value_ = value
        for name in ("n_features_in_", "feature_names_in_"):
            vars(self).pop(name, None)
            if hasattr(fitted, name):
                setattr(self, name, getattr(fitted, name))
        y = np.asarray(y)
        raw = self._three_predictions(X)
        parts = [np.asarray(one, dtype=np.float64) for one in raw]
        rows = _side_by_side(parts)
        residual = parts[0].reshape(len(y), -1) - y.reshape(len(y), -1)
        weights = None if sample_weight is None else np.asarray(sample_weight)
        squares = np.average(np.square(residual), axis=0, weights=weights)
        self.noise_variance_ = for_each_target(squares)
        self.linearised_ = RefittedModel(
            width=2 * self.step * value,
            n_outputs=residual.shape[1],
            flat=parts[0].ndim == 1,
            noise_variance=self.noise_variance_,
            units=target_units(y.reshape(len(y), -1), weights),
            no_covariance=NO_COVARIANCE,
        )
        kind = raw[0].dtype if raw[0].dtype.kind == "f" else np.dtype(np.float64)
        self._warn_if_rounding(rows, np.finfo(kind).eps)
        return self

    def predict(self, X, return_std=False):
        """Predict with the regressor fitted at s.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows, as `estimator` takes them.
        return_std : bool, default=False
            Not to be had: True says where else.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Predictions.

        Raises
        ------
        ValueError
            With ``return_std=True``: three fits know no covariance.
        """
        check_is_fitted(self, "estimators_")
        if return_std:
            self.linearised_.check_covariance()
        return self.estimator_.predict(X)

    # -- fitting ---------------------------------------------------------------------

    def _value(self):
        if isinstance(self.estimator, type):
            name = self.estimator.__name__
            raise TypeError(
                f"estimator is the class {name}: pass an instance, {name}()."
            )
        parameters = self.estimator.get_params()
        name = type(self.estimator).__name__
        kind = get_tags(self.estimator).estimator_type
        if kind not in (None, "regressor"):
            raise TypeError(
                f"estimator is {name}, a {kind}, but CuriousRegressor follows the "
                "predictions of a regressor, which move with its regularity: classes "
                "do not. Pass a regressor."
            )
        if self.parameter not in parameters:
            numbers = sorted(
                key
                for key, value in parameters.items()
                if isinstance(value, Real) and not isinstance(value, bool)
            )
            raise ValueError(
                f"{name} has no parameter {self.parameter!r}. Its numbers are "
                f"{', '.join(numbers)}: give the one that regularises as parameter=."
            )
        if self.warm_start and self._warm_start_name not in parameters:
            raise ValueError(
                f"warm_start=True needs an estimator with a parameter "
                f"{self._warm_start_name}, which {name} has not. Use warm_start=False."
            )
        value = parameters[self.parameter]
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not is_number or not 0 < value < np.inf:
            raise ValueError(
                f"{self.parameter} of {name} is {value!r}, but a relative step needs "
                "a positive number to start from. Set it, for instance "
                f"{self.parameter}=1e-3."
            )
        return float(value)

    def _cannot_move(self, value, error):
        name = type(self.estimator).__name__
        return ValueError(
            f"{name} was fitted with {self.parameter}={value:g}, but not with "
            f"{value * (1 + self.step):g} and {value * (1 - self.step):g}: its "
            "derivative needs a parameter that moves both ways by a little, and is no "
            f"integer. Give such a one as parameter=. {name} said: {error}"
        )

    def _start(self, fitted, template):
        """What one of the other fits starts from."""
        if self.warm_start:
            return deepcopy(fitted).set_params(**{self._warm_start_name: True})
        return _with_kernel_of(fitted, clone(template))

    @property
    def regularity_parameter(self):
        """Name of the regularity among the parameters."""
        return f"estimator__{self.parameter}"

    @property
    def _warm_start_name(self):
        prefix, separator, _ = self.parameter.rpartition("__")
        return f"{prefix}{separator}warm_start"

    def _warn_if_rounding(self, predictions, eps):
        """`eps` is that of what the estimators predict in."""
        model = self.linearised_
        change = np.abs(model.tangent_at(predictions)).max() * model.width
        rounding = eps * np.abs(predictions).max()
        if change == 0 and np.ptp(model.output(predictions), axis=0).any():
            warn(
                f"step={self.step} of {self.parameter} moves no prediction: curiosity "
                "is 0 everywhere. Raise step, or give a parameter that regularises."
            )
        if 0 < change < 1e3 * rounding:
            warn(
                f"step={self.step} moves the predictions by little more than rounding "
                f"({change:.1e}): the tangent has few correct digits. Raise step, or "
                f"{self.parameter}"
                + (", or fit to float64." if eps > np.finfo(np.float64).eps else ".")
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        tags.target_tags = inner.target_tags
        tags.regressor_tags = inner.regressor_tags
        tags.non_deterministic = inner.non_deterministic
        return tags

    def validate_rows(self, X, *, ensure_all_finite=True):
        """Predict with the three fits: all that is needed of the rows.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows, at which the estimators look as they please.
        ensure_all_finite : bool, default=True
            Not used.

        Returns
        -------
        predictions : ndarray of shape (n_samples, 3 * n_targets)
            Side by side.
        """
        self.check_tangent()
        return _side_by_side(self._three_predictions(X)).astype(np.float64, copy=False)

    def _three_predictions(self, X):
        return [np.asarray(e.predict(X)) for e in (self.estimator_, *self.estimators_)]


NO_COVARIANCE = NoCovariance(
    ValueError,
    "CuriousRegressor knows no covariance: standard deviations, greedy batches of more "
    "than one row and strategies built on it are out of its reach. Use "
    'batch="sample" of curiosity_sampling, or CuriousRidge, CuriousKernelRidge or '
    "CuriousMLPRegressor.",
)


class RefittedModel(TangentModel):
    """Predictions at three regularities, as outputs and their derivative.

    Parameters
    ----------
    width : float
        How far the larger regularity is from the smaller.
    **facts : dict
        As for :class:`skcurious.linearised.TangentModel`.
    """

    def __init__(self, *, width, **facts):
        super().__init__(**facts)
        self.width = width

    def row_bytes(self, leverage):
        """Three predictions."""
        return 8 * 3 * self.n_outputs

    def output(self, rows):
        """The prediction of the fit at s."""
        return rows[:, : self.n_outputs]

    def tangent_at(self, rows):
        """A central difference."""
        _, more, less = np.split(rows, 3, axis=1)
        return (more - less) / self.width


def _side_by_side(parts):
    return np.hstack([part.reshape(len(part), -1) for part in parts])


def _fitted(estimator, X, y, fit_params):
    return estimator.fit(X, y, **fit_params)


def _seeded(estimator):
    """Give every open ``random_state`` of an unfitted estimator a seed."""
    rng = np.random.mtrand._rand
    seeds = {
        name: rng.randint(np.iinfo(np.int32).max)
        for name, value in sorted(estimator.get_params().items())
        if name.split("__")[-1] == "random_state"
        and (value is None or isinstance(value, np.random.RandomState))
    }
    return estimator.set_params(**seeds)


def _with_kernel_of(fitted, estimator):
    """Keep what Gaussian processes in `fitted` learnt about their kernels."""
    prefixes = {"": fitted}
    prefixes |= {f"{name}__": part for name, part in fitted.get_params().items()}
    for prefix, part in prefixes.items():
        if isinstance(part, GaussianProcessRegressor) and hasattr(part, "kernel_"):
            estimator.set_params(
                **{f"{prefix}kernel": part.kernel_, f"{prefix}optimizer": None}
            )
    return estimator
