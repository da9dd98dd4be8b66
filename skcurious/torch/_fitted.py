"""What a fitted net knows about rows."""

from sklearn.exceptions import NotFittedError

from skcurious.base import CuriosityMixin
from skcurious.torch._data import Rows, as_array, writable
from skcurious.torch._tensors import numpy_dtype


class NetFitted(CuriosityMixin):
    """Mixin of a skorch net: rows of any shape, and questions about them."""

    def check_tangent(self):
        """Raise when there is no tangent, saying why and what to do.

        Raises
        ------
        NotFittedError
            Before ``fit``, or without a tangent.
        """
        if not hasattr(self, "linearised_"):
            raise NotFittedError(
                "This CuriousNetRegressor has no tangent: it is not fitted, or a fit "
                "that failed dropped it. Call fit or fit_tangent."
            )

    def validate_rows(self, X, *, ensure_all_finite=True):
        """Validate rows against the fit.

        Parameters
        ----------
        X : array-like, Tensor or Dataset of shape (n_samples, ...)
            Rows.
        ensure_all_finite : bool, default=True
            Whether to look for NaN and infinity.

        Returns
        -------
        X : Rows
            The same rows.
        """
        self.check_tangent()
        if isinstance(X, Rows):
            return X
        rows = Rows(as_array(X), numpy_dtype(self.linearised_.network.dtype))
        if rows.row_shape != self.row_shape_:
            raise ValueError(
                f"X has rows of shape {rows.row_shape}, but CuriousNetRegressor was "
                f"fitted to rows of shape {self.row_shape_}."
            )
        if ensure_all_finite and not rows.is_finite():
            raise ValueError("Input X contains NaN or infinity.")
        return rows

    def predict(self, X, return_std=False):
        """Predict, and say how sure the prediction is.

        Parameters
        ----------
        X : array-like, Tensor or Dataset of shape (n_samples, ...)
            Rows.
        return_std : bool, default=False
            Whether to return the standard deviation of the mean as well.

        Returns
        -------
        y_mean : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Predictions, of the shape that y had.
        y_std : ndarray of shape (n_samples,)
            Only with ``return_std=True``; see
            :meth:`skcurious.base.CuriosityMixin.predict`.
        """
        if return_std:
            return super().predict(X, return_std=True)
        predicted = super().predict(writable(as_array(X)))
        flat = getattr(self, "_flat", False)
        return (
            predicted.reshape(len(predicted))
            if flat
            else predicted.reshape(len(predicted), -1)
        )

    def trajectory_score(self, X):
        """What the training run says about rows, label or not.

        Parameters
        ----------
        X : array-like, Tensor or Dataset of shape (n_samples, ...)
            Rows.

        Returns
        -------
        terms : TrajectoryTerms
            As ``trajectory_score`` of
            :class:`~skcurious.neural_network.CuriousMLPRegressor` returns.
        """
        X = self.validate_rows(X)
        return self.linearised_.trajectory(X)

    @property
    def params_tangent_(self):
        """Derivatives of the parameters by alpha, by name."""
        self.check_tangent()
        model = self.linearised_
        return {n: v[0] for n, v in model.attributes(model.tangent).items()}
