"""Ridge regression of a stream: exact, and with rows taken back out."""

import warnings

import numpy as np
from scipy import sparse
from sklearn.base import _fit_context
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from skcurious._validation import check_alpha, check_weights
from skcurious.tangent import Moments, solve_ridge_moments


def solves_streams(model):
    """Whether a model can be solved from sufficient statistics; raises if not."""
    if model.solver in ("auto", "cholesky"):
        return True
    raise AttributeError(
        f"solver={model.solver!r} needs all rows at once, which a stream does not "
        "have. Use 'auto' or 'cholesky', or fit."
    )


class RidgeStream:
    """Mixin that fits from sufficient statistics."""

    @available_if(solves_streams)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None):
        """Fit to these rows and all that were passed before, exactly.

        Keeps the weighted mean and Gram matrix of the rows, not the rows:
        ``(n_features + n_targets)**2`` numbers however long the stream is.
        Coefficients, tangent and covariance are those of ``fit`` on all rows
        at once.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows; sparse ones become dense in blocks.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights, at least 0.

        Returns
        -------
        self : CuriousRidge
            The fitted model.

        Raises
        ------
        ValueError
            For data or parameters that cannot be used.
        AttributeError
            With solvers that need all rows at once.

        Warns
        -----
        UserWarning
            After ``fit``, which keeps no statistics to add to: starts anew.
        """
        self._check_stream()
        moments = getattr(self, "_moments", None)
        if moments is None and hasattr(self, "coef_"):
            warnings.warn(
                "partial_fit after fit starts anew: fit keeps no statistics of its "
                "rows to add to. Pass the first rows to partial_fit, too.",
                stacklevel=3,
            )
        self._solve_stream(self._gather(X, y, sample_weight))
        return self

    @available_if(solves_streams)
    @_fit_context(prefer_skip_nested_validation=True)
    def forget(self, X, y, sample_weight=None):
        """Take rows back out that were passed to ``partial_fit``: exact unlearning.

        The model becomes the one that never saw them.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, as they were passed.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Their targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Their weights.

        Returns
        -------
        self : CuriousRidge
            The model without these rows.

        Raises
        ------
        ValueError
            When what is left shows that they cannot have been in, and nothing
            is changed; rows that were not in can also pass unnoticed. Also
            when nothing would be left.

        Warns
        -----
        LinAlgWarning
            When the rows were so large that few digits of the others are left.
        """
        self._check_stream()
        self._check_moments("forget")
        X, Y, weights = self._stream_rows(X, y, sample_weight, first=False)
        moments = self._moments
        self._solve_stream(moments.without(moments.of(X, Y, weights)))
        return self

    @available_if(solves_streams)
    @_fit_context(prefer_skip_nested_validation=True)
    def merge(self, other):
        """Add all rows that another model has seen, without the rows.

        Parameters
        ----------
        other : CuriousRidge
            Fitted with ``partial_fit`` to other rows of the same columns; not
            changed.

        Returns
        -------
        self : CuriousRidge
            The model of both, with its own alpha.

        Raises
        ------
        TypeError
            When `other` is no CuriousRidge.
        ValueError
            When the two do not belong together, or were not fitted with
            ``partial_fit``.
        """
        if not isinstance(other, RidgeStream):
            raise TypeError(
                f"merge takes another CuriousRidge, got {type(other).__name__}."
            )
        self._check_stream()
        self._check_moments("merge")
        other._check_moments("merge")
        self._solve_stream(self._merged_moments(other))
        return self

    def _check_stream(self):
        self._check_positive()
        moments = getattr(self, "_moments", None)
        if moments is not None and moments.centred != self.fit_intercept:
            raise ValueError(
                f"fit_intercept became {self.fit_intercept} in the middle of a stream. "
                "Set it back, or clone the model and start anew."
            )

    def _check_moments(self, method):
        check_is_fitted(self, "coef_")
        if not hasattr(self, "_moments"):
            raise ValueError(
                f"{method} needs models that were fitted with partial_fit: fit keeps "
                "no statistics of its rows."
            )

    def _gather(self, X, y, sample_weight):
        """Moments of these rows and all before; the model is not solved."""
        moments = getattr(self, "_moments", None)
        X, Y, weights = self._stream_rows(X, y, sample_weight, first=moments is None)
        if moments is None:
            row = 0 if weights is None else int(np.flatnonzero(weights)[0])
            first = X[[row]].toarray()[0] if sparse.issparse(X) else X[row]
            origin = np.concatenate([first, Y[row]]).astype(np.float64)
            moments = Moments.empty(origin, X.shape[1], self.fit_intercept)
        return moments.merged(moments.of(X, Y, weights))

    def _merged_moments(self, other):
        mine, theirs = (_description(model) for model in (self, other))
        if mine != theirs:
            raise ValueError(
                "Only models of the same columns, targets and fit_intercept can be "
                f"merged: this one has {mine}, the other {theirs}."
            )
        return self._moments.merged(other._moments)

    def _stream_rows(self, X, y, sample_weight, first):
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            multi_output=True,
            y_numeric=True,
            reset=first,
        )
        Y = y.reshape(len(y), -1).astype(np.float64, copy=False)
        if first:
            self._stream_dtype, self._flat_targets = X.dtype, y.ndim == 1
        elif Y.shape[1] != self._moments.n_targets:
            raise ValueError(
                f"y has {Y.shape[1]} targets, but CuriousRidge was fitted with "
                f"{self._moments.n_targets}."
            )
        if not first and np.ndim(sample_weight) == 1 and not np.any(sample_weight):
            check_consistent_length(X, sample_weight)
            return X, Y, np.zeros(len(Y))  # a batch that counts for nothing
        return X, Y, check_weights(sample_weight, X, np.float64)

    def _solve_stream(self, moments):
        n_targets = moments.n_targets
        alphas = check_alpha(self.alpha, n_targets, np.float64)
        solution = solve_ridge_moments(moments, alphas)
        self._keep(solution, moments.total, self._flat_targets, self._stream_dtype)
        self._moments = moments
        self._alpha_per_target = len(alphas) > 1
        self.solver_, self.n_iter_ = solution.solver, None
        squares = moments.squared_error(solution.coef).sum()
        self.noise_variance_ = float(squares / (moments.total * n_targets))


def _description(model):
    names = list(getattr(model, "feature_names_in_", []))
    columns = f"columns {names}" if names else f"{model.n_features_in_} columns"
    return (
        f"{columns}, {model._moments.n_targets} target(s) and fit_intercept="
        f"{model._moments.centred}"
    )
