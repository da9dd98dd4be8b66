"""What the ridge regressors share: from a solution to fitted attributes."""

import numpy as np
from scipy import sparse

from skcurious._validation import quiet_overflow
from skcurious._warnings import warn
from skcurious.base import CuriosityMixin
from skcurious.linearised import LinearModel
from skcurious.linearised._linear import linear_output
from skcurious.tangent._gram import row_blocks

# Residuals are computed again where rounding is more than this part of them.
FAR = 1e6


class FittedRidge(CuriosityMixin):
    """Mixin that takes coefficients, tangent and factor from a RidgeSolution."""

    def _set_coefficients(self, solution, flat_intercept, dtype, sizes):
        """Keep them in the `dtype` of the rows; `sizes()` are those of the columns."""
        flat = solution.coef.shape[1] == 1  # as in Ridge, also for y of shape (n, 1)
        coef = _attribute(solution.coef, flat)
        tangent = _attribute(solution.tangent, flat)
        self.intercept_ = self.intercept_tangent_ = 0.0
        if self.fit_intercept:
            at_zero = solution.target_mean
            at_zero = at_zero[0] if flat_intercept else at_zero
            mean, rest = solution.mean, solution.mean_rest
            self.intercept_ = _as(at_zero - about(mean, rest, coef), dtype)
            moved = 0 * at_zero - about(mean, rest, tangent)
            self.intercept_tangent_ = _as(moved, dtype)
        self.coef_, self.coef_tangent_ = _as(coef, dtype), _as(tangent, dtype)
        _warn_of_underflow(solution, dtype, sizes)

    def _shift(self, constant):
        """Add what labels had that were constant."""
        if np.any(constant):
            self.intercept_ = self.intercept_ + np.reshape(
                constant, np.shape(self.intercept_)
            ).astype(self.coef_.dtype)

    def _residual(self, X, Y, weights, solution):
        """``sqrt(W)`` times predictions less Y; without what rounding adds to them."""
        root = None if weights is None else np.sqrt(weights)[:, None]
        if solution.residual is not None:
            return -solution.residual
        residual = linear_output(X, self.coef_.T, self.intercept_) - Y
        coef = np.atleast_2d(self.coef_)
        far = np.finfo(Y.dtype).eps * (np.abs(coef) @ np.abs(solution.mean))
        least = np.sqrt(np.einsum("ij,ij->j", residual, residual) / len(Y))
        if not (FAR * far <= least).all():  # of rows about their mean
            for some in row_blocks(X):
                rows = X[some].toarray() if sparse.issparse(X) else X[some]
                rows = (rows - solution.mean) @ coef.T
                residual[some] = rows - (Y[some] - solution.target_mean)
            residual -= np.average(residual, axis=0, weights=weights)
        return residual if root is None else residual * root

    def _show_in(self, dtype):
        """Attributes in the `dtype` of the rows, the model in all its digits."""
        for name in ("coef_", "coef_tangent_", "intercept_", "intercept_tangent_"):
            setattr(self, name, _as(np.asarray(getattr(self, name)), dtype)[()])

    def _set_model(
        self,
        solution,
        alphas,
        total,
        units,
        noise_variance,
        calibrated=None,
        dtype=None,
    ):
        """`total` is the sum of the weights, `units` are those of the targets."""
        factor = solution.inverse if self.store_covariance else None
        self.linearised_ = LinearModel(
            coef=self.coef_,
            intercept=self.intercept_,
            tangent=self.coef_tangent_,
            intercept_tangent=self.intercept_tangent_,
            mean=solution.mean,
            mean_rest=solution.mean_rest,
            mean_variance=1 / total if self.fit_intercept else 0.0,
            dtype=dtype,
            factor=factor,
            alphas=alphas,
            noise_variance=noise_variance,
            posterior_variance=calibrated,
            units=units,
            no_covariance=self._why_no_covariance(factor),
        )


def largest(X):
    """Largest number of each column."""
    if sparse.issparse(X):
        return abs(X).max(axis=0).toarray().ravel()
    return np.maximum(X.max(axis=0), -X.min(axis=0))


def about(mean, rest, coef):
    """Output at the mean, to which a `rest` may belong."""
    value = mean @ coef.T
    return value if rest is None else value + rest @ coef.T


def _as(values, dtype):
    """In the `dtype` of the rows, the range of which may be too small."""
    with quiet_overflow():
        values = values.astype(dtype, copy=False)
    if not np.isfinite(values).all():
        raise ValueError(
            f"The coefficients, or their derivatives by alpha, overflow {dtype}: raise "
            "alpha, scale the columns of X, or give X in float64."
        )
    return values


def _warn_of_underflow(solution, dtype, sizes):
    tiny = np.finfo(dtype).tiny
    for one in (solution.coef, solution.tangent):
        # A tangent of 0 where the coefficient is none is one that is gone altogether.
        gone = (solution.coef != 0) & (np.abs(one) < tiny)
        if not gone.any():
            continue
        moves = np.maximum(np.abs(one), tiny) * np.reshape(sizes(), (-1, 1))
        most = np.finfo(dtype).eps * moves.max(axis=0)
        if (gone & (moves > most)).any():
            warn(
                f"Coefficients, or their derivatives by alpha, underflow {dtype}: "
                "predictions have few correct digits. Scale the columns of X, for "
                "instance with StandardScaler, or give X in float64."
            )
            return


def _attribute(columns, flat):
    """(n_features, n_targets) -> the shape of ``coef_``."""
    return columns[:, 0].copy() if flat else np.ascontiguousarray(columns.T)
