"""Several targets, of which a row may have some only."""

import numpy as np
from sklearn.base import _fit_context, clone
from sklearn.metrics import r2_score
from sklearn.multioutput import MultiOutputRegressor
from sklearn.utils import _safe_indexing, check_array, check_consistent_length
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from skcurious._fit_parameters import routing_enabled
from skcurious._frames import is_frame
from skcurious._mean_std import MeanStd
from skcurious._outputs import EachTarget
from skcurious._validation import check_no_iterator

__all__ = ["EachTargetRegressor"]


class EachTargetRegressor(EachTarget, MultiOutputRegressor):
    """A regressor for each target, fitted to the rows where that target is measured.

    A :class:`sklearn.multioutput.MultiOutputRegressor` for tables in which some
    results are still to come: NaN in y is a label that is not known. A clone of the
    estimator is fitted for each column of y, on the rows that have it.

    Put what all targets share in front, where it is fitted to all rows:
    ``make_pipeline(StandardScaler(), EachTargetRegressor(...))``.

    Parameters
    ----------
    estimator : estimator
        A curious regressor, or a Pipeline, search or TransformedTargetRegressor around
        one; another regressor can be fitted and predicts, and has no curiosity.
    n_jobs : int, default=None
        Targets that are fitted at the same time, as for :class:`joblib.Parallel`.

    Attributes
    ----------
    estimators_ : list of estimators
        The fitted clones, one for each target.
    n_features_in_ : int
        Number of features seen during fit, if the clones say so.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if the clones say so.

    See Also
    --------
    skcurious.gaussian_process.CuriousGaussianProcessRegressor : Takes several targets
        that are all measured, with one kernel for all.

    Notes
    -----
    ``curiosity_score`` adds up over the targets. Query strategies average the utilities
    of the targets, each in units of its mean over the pool, and
    :func:`~skcurious.query.pool_status` measures each target in standard deviations of
    its labels.

    Searches score by :meth:`score`, which leaves out what is not measured; scorers
    given by name, like ``"neg_root_mean_squared_error"``, refuse NaN. A
    TransformedTargetRegressor refuses it, too, and belongs inside.

    Examples
    --------
    The second target was measured in every other row:

    >>> import numpy as np
    >>> from skcurious import CuriousRidge, EachTargetRegressor
    >>> X = np.arange(6.0)[:, None]
    >>> Y = np.hstack([X, 10 * X])
    >>> Y[1::2, 1] = np.nan
    >>> model = EachTargetRegressor(CuriousRidge(alpha=0.1)).fit(X, Y)
    >>> mean, std = model.predict([[9.0]], return_std=True)
    >>> mean.round(1), std.round(2)
    (array([[ 9. , 89.1]]), array([[0.02, 0.51]]))
    """

    holder = "EachTargetRegressor"
    some_unmeasured = True

    @_fit_context(prefer_skip_nested_validation=False)  # estimator is not validated yet
    def fit(self, X, y, sample_weight=None, **fit_params):
        """Fit a clone of the estimator to each target, where it is measured.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Training rows, as the estimator takes them.
        y : {array-like, DataFrame} of shape (n_samples, n_targets)
            Targets; NaN, or what the frame has for a missing value, where a target is
            not measured.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_targets), \
                default=None
            Weights of the rows, or of each label.
        **fit_params : dict
            What ``fit`` of the estimator takes besides: of arrays with n_samples rows a
            target gets those where it is measured, and of arrays of shape (n_samples,
            n_targets) its column. ``label_noise`` of a Gaussian process is of the
            latter.

        Returns
        -------
        self : EachTargetRegressor
            The fitted model.

        Raises
        ------
        ValueError
            When a target has no label at all, or the data cannot be used.
        """
        Y = self._checked(y)
        check_consistent_length(X, Y)
        measured = ~np.isnan(Y)
        empty = np.flatnonzero(~measured.any(axis=0))
        if empty.size:
            name = y.columns[empty[0]] if is_frame(y) else int(empty[0])
            raise ValueError(
                f"Target {name!r} of y has no label: every value of the column is "
                "missing. Leave the column out until one is measured."
            )
        if sample_weight is not None:
            fit_params["sample_weight"] = sample_weight
        if routing_enabled():
            fit_params = process_routing(self, "fit", **fit_params).estimator.fit
        elif sample_weight is not None and not has_fit_parameter(
            self.estimator, "sample_weight"
        ):
            raise ValueError("Underlying estimator does not support sample weights.")
        self.estimators_ = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit)(
                clone(self.estimator), X, Y[:, k], measured[:, k], params, Y.shape
            )
            for k, params in enumerate(_of_each(fit_params, Y.shape))
        )
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimators_[0], name):
                setattr(self, name, getattr(self.estimators_[0], name))
        return self

    @property
    def partial_fit(self):
        """Not there: what was measured later belongs to rows of before."""
        raise AttributeError("EachTargetRegressor has no partial_fit: fit it again.")

    def _checked(self, y):
        if y is None:
            raise ValueError(
                "EachTargetRegressor requires y to be passed, but the target y is None."
            )
        check_no_iterator(y, "y")
        Y = check_array(
            y if hasattr(y, "shape") else np.array(y),  # of a list None is no number
            ensure_2d=False,
            ensure_all_finite="allow-nan",
            dtype="numeric",
            input_name="y",
        )
        if Y.ndim != 2:
            raise ValueError(
                "y must have at least two dimensions for multi-output regression but "
                "has only one: fit the estimator itself, or pass y with one column."
            )
        return Y

    def check_tangent(self):
        """Raise before ``fit``, or when the estimator has no tangent.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        TypeError
            When there is no curious regressor in the estimator.
        """
        check_is_fitted(self, "estimators_")
        super().check_tangent()

    def predict(self, X, return_std=False):
        """Predict each target, and say how sure the prediction is.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows.
        return_std : bool, default=False
            Whether to return standard deviations of the mean as well, without the
            noise of labels.

        Returns
        -------
        y_mean : ndarray of shape (n_samples, n_targets)
            Predictions.
        y_std : ndarray of shape (n_samples, n_targets)
            Only with `return_std`, in the units of each target.
        """
        check_is_fitted(self, "estimators_")
        if not return_std:
            return super().predict(X)
        return MeanStd(*self.predict_mean_std(X))

    def score(self, X, y, sample_weight=None):
        """Coefficient of determination, averaged over the targets.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows.
        y : {array-like, DataFrame} of shape (n_samples, n_targets)
            Labels, NaN where a target is not measured.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            Mean of R^2 over the targets that are measured in two rows at least; NaN if
            there is none.
        """
        Y, predicted = self._checked(y), self.predict(X)
        check_consistent_length(predicted, Y, sample_weight)
        if Y.shape != predicted.shape:
            raise ValueError(
                f"y must have {predicted.shape[1]} targets, got an array of shape "
                f"{Y.shape}."
            )
        scores = []
        for labels, column in zip(Y.T, predicted.T, strict=True):
            known = ~np.isnan(labels)
            weights = (
                None if sample_weight is None else np.asarray(sample_weight)[known]
            )
            if known.sum() > 1:
                scores.append(
                    r2_score(labels[known], column[known], sample_weight=weights)
                )
        return float(np.mean(scores)) if scores else np.nan


def _fit(estimator, X, y, known, params, shape):
    """Fit to the rows where the target is known."""
    if known.all():
        return estimator.fit(X, y, **params)
    rows = np.flatnonzero(known)
    params = {
        name: _safe_indexing(value, rows) if _is_of_rows(value, shape[0]) else value
        for name, value in params.items()
    }
    return estimator.fit(_safe_indexing(X, rows), y[rows], **params)


def _of_each(params, shape):
    """Parameters of ``fit`` for each target: of one column for each, its own."""
    for k in range(shape[1]):
        yield {
            name: np.asarray(value)[:, k] if np.asarray(value).shape == shape else value
            for name, value in params.items()
        }


def _is_of_rows(value, n_rows):
    return np.asarray(value).shape[:1] == (n_rows,)
