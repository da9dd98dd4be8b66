"""What every curious regressor can do.

:class:`CuriosityMixin` holds the public methods: they validate, ask the linearised
model that ``fit`` made, chunk by chunk, and give results their shape and units.
"""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import assert_all_finite

from skcurious._documentation import DocumentationLink
from skcurious._mean_std import MeanStd
from skcurious._rows import ValidatedRows
from skcurious._validation import check_finite, quiet_overflow
from skcurious.linearised import NoCovariance, RowChunks, sum_of_squares
from skcurious.linearised._blocks import mean_of_outputs, relative


class Curious(DocumentationLink):
    """What can be asked for its curiosity: a curious regressor, or a mean of such.

    Has ``predict_tangent``, ``curiosity_score``, ``predict_covariance``,
    ``predict_mean_std``, and ``check_tangent``, which raises before ``fit``. That of a
    single target has ``label_spread()``.

    Examples
    --------
    >>> from skcurious import CuriousRidge
    >>> from skcurious.base import Curious
    >>> isinstance(CuriousRidge(), Curious)
    True
    """

    # Whether each target has a regressor of its own, and none answers for all.
    apart = False


class CuriosityMixin(ValidatedRows, Curious):
    """Mixin of regressors that carry a regularity tangent.

    Adds ``predict_tangent``, ``curiosity_score``, ``predict_covariance`` and
    ``predict(return_std=True)``.  It stands before the scikit-learn class in
    the list of bases; ``fit`` has to set ``linearised_``.

    Attributes
    ----------
    linearised_ : LinearisedModel
        The fitted model as an object; see :mod:`skcurious.linearised`.
    regularity_parameter : str
        Name of alpha among the parameters.
    continues_training : bool
        Whether ``warm_start=True`` makes ``fit`` go on from the fit before.
    why_no_alpha : str
        What is said where that is no parameter.

    Examples
    --------
    >>> from skcurious import CuriousRidge
    >>> from skcurious.base import CuriosityMixin
    >>> isinstance(CuriousRidge(), CuriosityMixin)
    True
    """

    regularity_parameter = "alpha"
    continues_training = False
    why_no_alpha = "it chooses its alpha itself, in closed form"

    def _why_no_covariance(self, factor):
        """What hinders a covariance from `factor`, or None."""
        kind = type(self).__name__
        if factor is None:
            return NoCovariance(
                ValueError,
                f"This {kind} was fitted with store_covariance=False and has no "
                "covariance, which standard deviations, influences, greedy batches of "
                "several rows and strategies that weigh variances need. Fit it with "
                "store_covariance=True, or take curiosity_sampling with "
                'batch="sample" or for one row at a time.',
            )
        if not factor.definite:
            return NoCovariance(
                ValueError,
                f"This {kind} has no covariance: its problem is singular or "
                "indefinite. Fit it with alpha > 0, or a larger alpha.",
            )
        return None

    def label_spread(self):
        """What predictions are measured in beside those of another target.

        Returns
        -------
        spread : float
            Spread of the labels.
        """
        return float(self.linearised_.label_spread[0])

    # -- public --------------------------------------------------------------------

    def predict(
        self, X: ArrayLike, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Predict, and say how sure the prediction is.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows; their kernel with the training rows when
            ``kernel="precomputed"``.
        return_std : bool, default=False
            Whether to return the standard deviation of the mean as well.

        Returns
        -------
        y_mean : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Predictions, in the units of y.
        y_std : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Only with ``return_std=True``: square root of
            ``noise_variance_ * h(x, x)``, in the units of y, for several
            targets of each; in the classes ending in CV, of
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
        if return_std:
            return MeanStd(*self.predict_mean_std(X))
        return self._predict_mean(X)

    def _predict_mean(self, X):
        """Predictions from the fitted attributes, as the class below has them."""
        return super().predict(X)

    def _predict_by_model(self, X):
        """Predictions in the digits of the model, which its attributes may lack."""
        X = self.validate_rows(X)
        model = self.linearised_
        with quiet_overflow():
            return _shaped(model, RowChunks(model, X).map(model.output))

    def predict_mean_std(self, X, noise=False):
        """Predictions, and standard deviations of the mean, without the noise.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        noise : bool, default=False
            Whether the standard deviations are to be those of labels.

        Returns
        -------
        y_mean : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Predictions, in the units of y.
        y_std : ndarray of shape (n_samples,) or (n_samples, n_targets)
            As :meth:`predict` returns it; of several targets one for each.
        """
        X = self.validate_rows(X)
        model = self.linearised_
        model.check_covariance()
        means, deviations = [], []
        with quiet_overflow():
            for _, rows in RowChunks(model, X, leverage=True):
                means.append(model.output(rows))
                deviations.append(model.output_deviation(rows, noise))
        mean, std = np.concatenate(means), np.concatenate(deviations)
        with quiet_overflow():
            std = std.astype(mean.dtype, copy=False)
        check_finite(std, "standard deviations")
        return _shaped(model, mean), _shaped(model, std) if std.ndim > 1 else std

    def predict_tangent(self, X: ArrayLike) -> np.ndarray:
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
        X = self.validate_rows(X)
        model = self.linearised_
        with quiet_overflow():
            tangent = RowChunks(model, X).map(model.tangent_at)
        check_finite(tangent, "tangents")
        return model.regularity_per_alpha * _shaped(model, tangent)

    def curiosity_score(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        noise_variance: ArrayLike | None = None,
    ) -> np.ndarray:
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
            units of y, the same for every target; by default the fitted
            ``noise_variance_``, of each target its own.  Only without `y`.

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
        X = self.validate_rows(X)
        if noise_variance is not None:
            raise ValueError(
                "noise_variance was given together with y: with known labels the "
                "score needs no noise variance. Leave one of the two out."
            )
        Y = self.validate_labels(y, X)
        model = self.linearised_
        score = np.empty(X.shape[0], dtype=np.result_type(Y, X))
        for where, rows in RowChunks(model, X):
            with quiet_overflow():
                slope = model.loss_slope(model.output(rows), Y[where])
                influence = slope[:, :, None] * model.parts_at(rows)
                if not model.alpha_per_output:
                    influence = influence.sum(axis=1, keepdims=True)
                score[where] = sum_of_squares(influence)
        return check_finite(score, "scores")

    def _expected_curiosity(self, X, noise_variance):
        # Looking for NaN takes as long as scoring with a linear model, whose
        # scores show it.
        self.check_tangent()
        model = self.linearised_
        shown = model.shows_non_finite
        X = self.validate_rows(X, ensure_all_finite=not shown)
        variance = self.validate_noise_variance(noise_variance, X)
        each = variance.shape[1] > 1  # target has a variance of its own

        def score(rows):
            parts = model.parts_at(rows)
            if each:
                parts = parts * np.sqrt(variance).astype(parts.dtype)[:, :, None]
            return sum_of_squares(parts)

        with quiet_overflow():
            squares = RowChunks(model, X).map(score)
        if shown and not np.isfinite(squares.max()):  # that is NaN if one is
            assert_all_finite(X, estimator_name=type(self).__name__, input_name="X")
        if not each:
            with quiet_overflow():
                squares *= variance[:, 0]
        return check_finite(squares, "scores")

    def predict_covariance(
        self,
        X: ArrayLike,
        Z: ArrayLike | None = None,
        *,
        noise_variance: float | None = None,
    ) -> np.ndarray:
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
            classes ending in CV.  Use 1 to get h, the mean over targets.

        Returns
        -------
        covariance : ndarray of shape (n_X, n_Z)
            In squared units of y. Of several targets the mean, each in units of the
            variance of its labels: 0.01 is a tenth of their standard deviation.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ValueError
            If the rows do not fit, the model was fitted with
            ``store_covariance=False``, or its problem is singular.
        """
        X = self.validate_rows(X)
        Z = None if Z is None else self.validate_rows(Z)
        model = self.linearised_
        model.check_covariance()
        shares = None
        if noise_variance is None:
            shares, noise_variance = relative(model.variance_weights())
            shares = None if model.n_blocks == 1 else shares
        elif np.ndim(noise_variance) or not 0 <= noise_variance < np.inf:
            raise ValueError(
                f"noise_variance must be a finite number >= 0, got {noise_variance!r}."
            )
        left = RowChunks(model, X, leverage=True)
        right = left if Z is None else RowChunks(model, Z, leverage=True)
        covariance = np.empty((X.shape[0], (X if Z is None else Z).shape[0]), X.dtype)
        with quiet_overflow():
            for columns, others in right:
                representers = model.representers(others)
                for where, rows in left:
                    some = () if shares is None else (shares,)
                    h = model.leverage(rows, representers, *some)
                    covariance[where, columns] = h
            if Z is None:  # h(x, x) is known in more digits than h(x, z)
                own = left.map(model.leverage_diagonal)
                np.fill_diagonal(covariance, mean_of_outputs(own, shares))
            covariance *= noise_variance
        return check_finite(covariance, "covariances", "X" if Z is None else "X or Z")


def _shaped(model, values):
    """Give (n, n_outputs) the shape that predictions have."""
    return values[:, 0] if model.flat else values
