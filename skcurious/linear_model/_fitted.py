"""What the ridge regressors share: from a solution to fitted attributes."""

import numpy as np

from skcurious._validation import quiet_overflow
from skcurious.base import CuriosityMixin
from skcurious.linearised import LinearModel
from skcurious.linearised._linear import linear_output


class FittedRidge(CuriosityMixin):
    """Mixin that takes coefficients, tangent and factor from a RidgeSolution."""

    def _set_coefficients(self, solution, flat_intercept, dtype):
        flat = solution.coef.shape[1] == 1  # as in Ridge, also for y of shape (n, 1)
        coef = _attribute(solution.coef, flat)
        tangent = _attribute(solution.tangent, flat)
        self.intercept_ = self.intercept_tangent_ = 0.0
        if self.fit_intercept:
            at_zero = solution.target_mean
            at_zero = at_zero[0] if flat_intercept else at_zero
            self.intercept_ = _as(at_zero - solution.mean @ coef.T, dtype)
            moved = 0 * at_zero - solution.mean @ tangent.T
            self.intercept_tangent_ = _as(moved, dtype)
        self.coef_, self.coef_tangent_ = _as(coef, dtype), _as(tangent, dtype)

    def _shift(self, constant):
        """Add what labels had that were constant."""
        if np.any(constant):
            self.intercept_ = self.intercept_ + np.reshape(
                constant, np.shape(self.intercept_)
            ).astype(self.coef_.dtype)

    def _residual(self, X, Y):
        return linear_output(X, self.coef_.T, self.intercept_) - Y

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
            mean_variance=1 / total if self.fit_intercept else 0.0,
            dtype=dtype,
            factor=factor,
            alphas=alphas,
            noise_variance=noise_variance,
            posterior_variance=calibrated,
            units=units,
            no_covariance=self._why_no_covariance(factor),
        )


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


def _attribute(columns, flat):
    """(n_features, n_targets) -> the shape of ``coef_``."""
    return columns[:, 0].copy() if flat else np.ascontiguousarray(columns.T)
