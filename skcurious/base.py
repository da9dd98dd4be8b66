"""What every curious regressor can do.

:class:`CuriosityMixin` holds the public methods: they validate, go through
the rows in chunks, and give results their shape and units.  A model adds the
private hooks that :mod:`skcurious._hooks` lists.
"""

import numpy as np
from sklearn.utils import assert_all_finite, check_array, check_consistent_length
from sklearn.utils.validation import validate_data

from skcurious._blocks import mean_of_outputs
from skcurious._chunks import RowChunks, sum_of_squares
from skcurious._hooks import CuriosityHooks


class CuriosityMixin(CuriosityHooks):
    """Mixin of regressors that carry a regularity tangent.

    Adds ``predict_tangent``, ``curiosity_score``, ``predict_covariance`` and
    ``predict(return_std=True)``.  It stands before the scikit-learn class in
    the list of bases.

    Examples
    --------
    >>> from skcurious import CuriousRidge
    >>> from skcurious.base import CuriosityMixin
    >>> isinstance(CuriousRidge(), CuriosityMixin)
    True
    """

    # -- what the package shares ------------------------------------------------

    def _validate_rows(self, X, ensure_all_finite=True):
        """Rows to score: validated against the fit, sliceable by rows."""
        self._check_tangent()
        return validate_data(
            self,
            X,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            ensure_all_finite=ensure_all_finite,
            reset=False,
        )

    def _shaped(self, values):
        """Give (n, n_outputs) the shape that predictions have."""
        return values[:, 0] if self._flat_output else values

    # -- public --------------------------------------------------------------------

    def predict(self, X, return_std=False):
        """Predict, and say how sure the prediction is.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        return_std : bool, default=False
            Whether to return the standard deviation of the mean as well.

        Returns
        -------
        y_mean : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Predictions, in the units of y.
        y_std : ndarray of shape (n_samples,)
            Only with ``return_std=True``: square root of
            ``noise_variance_ * h(x, x)``, in the units of y, for several
            targets averaged in the square; in the classes ending in CV, of
            ``calibrated_noise_variance_ * h(x, x)``.  The noise itself is not
            in it.

        Raises
        ------
        ValueError
            With ``return_std=True`` when the model keeps no covariance.

        Notes
        -----
        In a :class:`~sklearn.pipeline.Pipeline`, ``predict(X,
        return_std=True)`` works; with metadata routing enabled the regressor
        has to ask for it, ``set_predict_request(return_std=True)``.
        """
        if not return_std:
            return super().predict(X)
        X = self._validate_rows(X)
        self._check_covariance()
        means, variances = [], []
        for _, rows in RowChunks(self, X, leverage=True):
            means.append(self._prediction(rows))
            variances.append(mean_of_outputs(self._leverage_diagonal(rows)))
        variance = self._posterior_variance * np.concatenate(variances)
        mean, std = np.concatenate(means), np.sqrt(np.maximum(variance, 0))
        return self._shaped(mean), std.astype(mean.dtype, copy=False)

    def predict_tangent(self, X):
        """Derivative of the predictions with respect to alpha.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        tangent : ndarray of shape (n_samples,) or (n_samples, n_targets)
            The derivative, in units of y per unit of alpha, of the shape that
            ``predict`` returns.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ValueError
            If X does not fit the training rows.
        """
        X = self._validate_rows(X)
        return self._alpha_scale * self._shaped(RowChunks(self, X).map(self._tangent))

    def curiosity_score(self, X, y=None, *, noise_variance=None):
        """How much a label at each row would move the model's complexity.

        The influence of up-weighting a point on the complexity C of the
        model is ``(f(x) - y) df/dalpha(x)``.  With `y` the score is its
        square; without, its expectation over the unknown label,
        ``noise_variance * df/dalpha(x)**2`` [1]_.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_targets), default=None
            Their labels, if known.
        noise_variance : float or array-like of shape (n_samples,), default=None
            Expected squared error of a label around the prediction, in squared
            units of y; by default the fitted ``noise_variance_``.  Only
            without `y`.

        Returns
        -------
        score : ndarray of shape (n_samples,)
            At least 0, in squared units of the complexity, which are those
            of ``y**2 / alpha``.  Several targets with one alpha add up
            before the square when `y` is given, and after it when it is not;
            with one alpha for each target they always add up after it.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ValueError
            If X, `y` or `noise_variance` do not fit.

        References
        ----------
        .. [1] F. Eaton, "Influence functions and regularity tangents for
           efficient active learning", arXiv 2411.15292, 2024.
        """
        if y is None:
            return self._expected_curiosity(X, noise_variance)
        X = self._validate_rows(X)
        if noise_variance is not None:
            raise ValueError(
                "noise_variance was given together with y: with known labels the "
                "score needs no noise variance. Leave one of the two out."
            )
        y = self._check_labels(y, X)
        score = np.empty(X.shape[0], dtype=np.result_type(y, X))
        for where, rows in RowChunks(self, X):
            residual = self._prediction(rows) - y[where]
            influence = residual[:, :, None] * self._tangents(rows)
            if not self._alpha_per_target:
                influence = influence.sum(axis=1, keepdims=True)
            score[where] = sum_of_squares(influence)
        return score

    def _expected_curiosity(self, X, noise_variance):
        # Looking for NaN takes as long as scoring with a linear model, whose
        # scores show it.
        self._check_tangent()
        shown = self._shows_non_finite
        X = self._validate_rows(X, ensure_all_finite=not shown)
        variance = self._check_noise_variance(noise_variance, X)
        with np.errstate(invalid="ignore" if shown else None):
            squares = RowChunks(self, X).map(
                lambda rows: sum_of_squares(self._tangents(rows))
            )
        if shown and not np.isfinite(squares.max()):  # that is NaN if one is
            assert_all_finite(X, estimator_name=type(self).__name__, input_name="X")
        squares *= variance
        return squares

    def predict_covariance(self, X, Z=None, *, noise_variance=None):
        """Posterior covariance of the predictions at two sets of rows.

        ``noise_variance * h(x, z)``, where the generalised leverage ``h(x, z)
        = grad f(x)^T H^-1 grad f(z)`` says how a label at x moves the
        prediction at z: after adding a row x of weight one with label y, the
        prediction at z is exactly ``f(z) + (y - f(x)) h(z, x) / (1 + h(x,
        x))``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_X, n_features)
            Rows.
        Z : {array-like, sparse matrix} of shape (n_Z, n_features), default=None
            Other rows; None means X itself.
        noise_variance : float, default=None
            Variance of a label, in squared units of y; by default the fitted
            ``noise_variance_``, or ``calibrated_noise_variance_`` in the
            classes ending in CV.  Use 1 to get h.

        Returns
        -------
        covariance : ndarray of shape (n_X, n_Z)
            In squared units of y, for several targets averaged over them.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ValueError
            If the rows do not fit, the model was fitted with
            ``store_covariance=False``, or its problem is singular.
        """
        X = self._validate_rows(X)
        Z = None if Z is None else self._validate_rows(Z)
        self._check_covariance()
        if noise_variance is None:
            noise_variance = self._posterior_variance
        elif np.ndim(noise_variance) or not 0 <= noise_variance < np.inf:
            raise ValueError(
                f"noise_variance must be a finite number >= 0, got {noise_variance!r}."
            )
        left = RowChunks(self, X, leverage=True)
        right = left if Z is None else RowChunks(self, Z, leverage=True)
        covariance = np.empty((X.shape[0], (X if Z is None else Z).shape[0]), X.dtype)
        for columns, others in right:
            representers = self._representers(others)
            for where, rows in left:
                covariance[where, columns] = self._leverage(rows, representers)
        covariance *= noise_variance
        return covariance

    # -- checks of arguments -----------------------------------------------------

    def _check_noise_variance(self, noise_variance, X):
        if noise_variance is None:
            return self.noise_variance_
        value = (
            check_array(
                noise_variance,
                ensure_2d=False,
                dtype=X.dtype,
                input_name="noise_variance",
            )
            if np.ndim(noise_variance)
            else np.asarray(noise_variance, dtype=X.dtype)
        )
        if value.shape not in [(), (X.shape[0],)]:
            raise ValueError(
                "noise_variance must be a number or have one value for each of the "
                f"{X.shape[0]} rows, got an array of shape {value.shape}."
            )
        if not (np.isfinite(value).all() and (value >= 0).all()):
            raise ValueError("noise_variance must be finite and >= 0.")
        return value

    def _check_labels(self, y, X, name="y"):
        if y is None:
            raise ValueError(
                f"{name} is None, but the labels of these rows are needed."
            )
        y = check_array(y, ensure_2d=False, dtype=X.dtype, input_name=name)
        check_consistent_length(X, y)
        y = y.reshape(len(y), -1)
        if y.shape[1] != self._n_outputs:
            raise ValueError(
                f"{name} has {y.shape[1]} targets, but {type(self).__name__} was "
                f"fitted with {self._n_outputs}."
            )
        return y
