"""Ridge regression of a stream: exact, and with rows taken back out."""

from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from sklearn.base import _fit_context
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
)

from skcurious._targets import for_each_target, units_from
from skcurious._validation import (
    check_alpha,
    check_labels,
    check_weights,
    validate_training,
)
from skcurious._warnings import warn
from skcurious.tangent import Moments, solve_ridge_moments


def solves_streams(model):
    """Whether a model can be solved from sufficient statistics; raises if not."""
    if model.solver in ("auto", "cholesky"):
        return True
    raise AttributeError(
        f"solver={model.solver!r} needs all rows at once, which a stream does not "
        "have. Use 'auto' or 'cholesky', or fit."
    )


def check_unconstrained(model):
    """Refuse ``positive=True``."""
    if model.positive:
        raise ValueError(
            "positive=True is not supported by CuriousRidge: with constraints the "
            "optimum has no regularity tangent. Use positive=False with solver "
            "'auto', 'cholesky', 'svd' or 'sparse_cg'."
        )


@dataclass(frozen=True)
class StreamStatistics:
    """What is left of rows that were seen: all that ridge regression needs of them.

    Attributes
    ----------
    moments : Moments
        Their sufficient statistics.
    feature_names : tuple of str or None
        Names of the columns, if they have any.
    dtype : dtype
        Of the first rows.
    flat_targets : bool
        Whether y was one-dimensional.
    """

    moments: Moments
    feature_names: tuple | None
    dtype: np.dtype
    flat_targets: bool

    def merged(self, other):
        """Put the rows of both together.

        Parameters
        ----------
        other : StreamStatistics
            Of other rows of the same columns.

        Returns
        -------
        both : StreamStatistics

        Raises
        ------
        ValueError
            When the two do not belong together.
        """
        mine, theirs = self._description(), other._description()
        if mine != theirs:
            raise ValueError(
                "Only models of the same columns, targets and fit_intercept can be "
                f"merged: this one has {mine}, the other {theirs}."
            )
        return replace(self, moments=self.moments.merged(other.moments))

    def _description(self):
        moments = self.moments
        columns = (
            f"{moments.n_features} columns"
            if self.feature_names is None
            else f"columns {list(self.feature_names)}"
        )
        return (
            f"{columns}, {moments.n_targets} target(s) and fit_intercept="
            f"{moments.centred}"
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
            How often each row counts, at least 0: weight 2 is the row twice, and
            a label to come counts once. Of weights ``1 / variance``, which say
            how sure a label is, give the ratios to their mean.

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
        before = getattr(self, "_stream", None)
        if before is None and hasattr(self, "coef_"):
            warn(
                "partial_fit after fit starts anew: fit keeps no statistics of its "
                "rows to add to. Pass the first rows to partial_fit, too."
            )
        return self._solve(self._statistics(X, y, sample_weight, before))

    @available_if(solves_streams)
    @_fit_context(prefer_skip_nested_validation=True)
    def statistics(self, X, y, sample_weight=None, before=None):
        """Sum up rows for :meth:`fit_statistics`, without fitting.

        ``partial_fit`` in two steps: for rows that come in many chunks, of which
        only the last needs a solution, or lie on several machines.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            How often each row counts, at least 0: weight 2 is the row twice, and
            a label to come counts once. Of weights ``1 / variance``, which say
            how sure a label is, give the ratios to their mean.
        before : StreamStatistics, default=None
            Of rows that this model has summed up before.

        Returns
        -------
        statistics : StreamStatistics
            Of all these rows; has a method ``merged``.

        Raises
        ------
        ValueError
            For data or parameters that cannot be used.
        """
        return self._statistics(X, y, sample_weight, before)

    @available_if(solves_streams)
    @_fit_context(prefer_skip_nested_validation=True)
    def fit_statistics(self, statistics):
        """Fit, exactly, to the rows that were summed up.

        Parameters
        ----------
        statistics : StreamStatistics
            What :meth:`statistics` returned, of this model or merged from several.

        Returns
        -------
        self : CuriousRidge
            The fitted model, which ``partial_fit`` continues.

        Raises
        ------
        ValueError
            For parameters that cannot be used.
        """
        check_unconstrained(self)
        return self._solve(statistics)

    @available_if(solves_streams)
    @_fit_context(prefer_skip_nested_validation=True)
    def forget(self, X, y, sample_weight=None):
        """Take rows back out: exact unlearning.

        The model becomes the one that never saw them; after ``fit``, a stream that
        ``partial_fit`` continues.

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
            when nothing would be left, or the model keeps too little of its rows.

        Warns
        -----
        LinAlgWarning
            When the rows were so large that few digits of the others are left. A
            column that is constant in the others is no such case.
        """
        stream = self._stream_of("forget")
        self._check_stream(stream)
        X, Y, weights, _ = self._stream_rows(X, y, sample_weight, stream)
        moments = stream.moments
        left = moments.without(moments.of(X, Y, weights))
        return self._solve(replace(stream, moments=left))

    def _without(self, X, y, sample_weight):
        """A copy that has forgotten rows, and holds none of their numbers."""
        new = copy(self).forget(X, y, sample_weight)
        stream = new._stream
        new._stream = replace(stream, moments=stream.moments.about_mean())
        return new

    @available_if(solves_streams)
    @_fit_context(prefer_skip_nested_validation=True)
    def merge(self, other):
        """Add all rows that another model has seen, without the rows.

        Parameters
        ----------
        other : CuriousRidge
            Fitted to other rows of the same columns; not changed.

        Returns
        -------
        self : CuriousRidge
            The model of both, with its own alpha.

        Raises
        ------
        TypeError
            When `other` is no CuriousRidge.
        ValueError
            When the two do not belong together, or one keeps too little.
        """
        if not isinstance(other, RidgeStream):
            raise TypeError(
                f"merge takes another CuriousRidge, got {type(other).__name__}."
            )
        stream = self._stream_of("merge")
        self._check_stream(stream)
        return self._solve(stream.merged(other._stream_of("merge")))

    def _stream_of(self, method):
        check_is_fitted(self, "coef_")
        stream = getattr(self, "_stream", None)
        return self._stream_of_fit(method) if stream is None else stream

    def _stream_of_fit(self, method):
        """The same from coefficients, factor and residuals of rows fitted at once."""
        model = self.linearised_
        if model.factor is None or self.solver_ == "sparse_cg":
            why = "store_covariance=False" if model.factor is None else "sparse_cg"
            raise ValueError(
                f"{method} needs sums over the rows, of which a fit with {why} keeps "
                "none. Fit with a factor (store_covariance=True, solver='cholesky'), "
                "or with partial_fit."
            )
        centred = bool(model.mean_variance)
        names = getattr(self, "feature_names_in_", None)
        return StreamStatistics(
            self._sums.moments(model, centred),
            None if names is None else tuple(names),
            self._sums.dtype,
            self._sums.flat_targets,
        )

    def _check_stream(self, stream):
        check_unconstrained(self)
        if stream is not None and stream.moments.centred != self.fit_intercept:
            raise ValueError(
                f"fit_intercept became {self.fit_intercept} in the middle of a stream. "
                "Set it back, or clone the model and start anew."
            )

    def _statistics(self, X, y, sample_weight, before):
        self._check_stream(before)
        X, Y, weights, flat = self._stream_rows(X, y, sample_weight, before)
        if before is None:
            row = 0 if weights is None else int(np.flatnonzero(weights)[0])
            first = X[[row]].toarray()[0] if sparse.issparse(X) else X[row]
            origin = np.concatenate([first, Y[row]]).astype(np.float64)
            none = Moments.empty(origin, X.shape[1], self.fit_intercept)
            names = getattr(self, "feature_names_in_", None)
            names = None if names is None else tuple(names)
            before = StreamStatistics(none, names, X.dtype, flat)
        moments = before.moments
        return replace(before, moments=moments.merged(moments.of(X, Y, weights)))

    def _stream_rows(self, X, y, sample_weight, before):
        X, y = validate_training(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            multi_output=True,
            y_numeric=True,
            reset=before is None,
        )
        flat = y.ndim == 1
        Y = y.reshape(len(y), -1).astype(np.float64, copy=False)
        check_labels(Y)
        if before is not None:
            n_targets = before.moments.n_targets
            if Y.shape[1] != n_targets:
                raise ValueError(
                    f"y has {Y.shape[1]} targets, but CuriousRidge was fitted with "
                    f"{n_targets}."
                )
            if np.ndim(sample_weight) == 1 and not np.any(sample_weight):
                check_consistent_length(X, sample_weight)
                return X, Y, np.zeros(len(Y)), flat  # a batch that counts for nothing
        return X, Y, check_weights(sample_weight, X, np.float64), flat

    def _solve(self, stream):
        moments = stream.moments
        alphas = check_alpha(self.alpha, moments.n_targets, np.float64)
        solution = solve_ridge_moments(moments, alphas)
        self.n_features_in_ = moments.n_features
        if stream.feature_names is not None:
            self.feature_names_in_ = np.array(stream.feature_names, dtype=object)
        self._set_coefficients(
            solution, stream.flat_targets, stream.dtype, moments.sizes
        )
        self._stream = stream
        vars(self).pop("_sums", None)  # of rows fitted at once
        self.solver_, self.n_iter_ = solution.solver, None
        total, squares = moments.total, moments.squared_error(solution.coef)
        self.noise_variance_ = for_each_target(squares / total)
        units = units_from(moments.gram.diagonal()[moments.n_features :] / total)
        self._set_model(solution, alphas, total, units, self.noise_variance_)
        return self
