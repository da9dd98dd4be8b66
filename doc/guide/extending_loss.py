"""Linear regression that large errors do not pull far, made curious."""

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from skcurious.base import CuriosityMixin
from skcurious.linearised import ExplicitModel
from skcurious.tangent import CholeskyFactor, implicit_tangent


class RobustRidge(RegressorMixin, BaseEstimator):
    """Minimises ``sum_i w_i L(r_i) + alpha |coef_|^2 / 2``.

    The loss is ``L(r) = delta^2 (q - 1)`` with ``q = sqrt(1 + (r / delta)^2)``:
    about ``r^2 / 2`` of small errors, and ``delta |r|`` of large ones.
    """

    def __init__(self, alpha=1.0, delta=1.0):
        self.alpha = alpha
        self.delta = delta

    def fit(self, X, y, sample_weight=None):
        """Solve reweighted least squares until nothing moves."""
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
        self._solve(np.column_stack([X, np.ones(len(y))]), y, weights)
        return self

    def predict(self, X):
        """Predict ``X @ coef_ + intercept_``."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return X @ self.coef_ + self.intercept_

    def _solve(self, A, y, weights):
        theta, penalty = np.zeros(A.shape[1]), self.alpha * np.eye(A.shape[1])
        penalty[-1, -1] = 0  # the intercept is free
        for _ in range(1000):
            W = weights / np.hypot(1, (A @ theta - y) / self.delta)
            before, theta = (
                theta,
                np.linalg.solve((A.T * W) @ A + penalty, A.T @ (W * y)),
            )
            if np.abs(theta - before).max() <= 1e-13 * np.abs(theta).max():
                break
        self.coef_, self.intercept_ = theta[:-1], theta[-1]
        return theta, penalty


class RobustModel(ExplicitModel):
    """A RobustRidge, fitted: all that scores, queries and influences ask for."""

    exact_influence = False  # no closed form for whole rows, but of squared errors

    def __init__(self, theta, delta, factor, **facts):
        super().__init__(n_outputs=1, flat=True, **facts)
        self.theta, self.delta, self.factor = theta, delta, factor

    def gradients(self, rows):
        """Of the outputs by the parameters: the rows and ones, a column each."""
        return np.column_stack([rows, np.ones(len(rows))]).T

    def output(self, rows):
        """Predictions."""
        return (self.gradients(rows).T @ self.theta)[:, None]

    def loss_slope(self, output, Y):
        """``L'(r) = r / q``."""
        return (output - Y) / np.hypot(1, (output - Y) / self.delta)

    def solve(self, gradient):
        """``H^-1``, times each column."""
        return self.factor.solve(gradient).value

    def complexity(self):
        """``|coef_|^2 / 2``."""
        return 0.5 * float(self.theta[:-1] @ self.theta[:-1])

    def attributes(self, direction):
        """What the estimator shows of a direction, columns first."""
        return {"coef_": direction[:-1].T, "intercept_": direction[-1]}


class CuriousRobustRidge(CuriosityMixin, RobustRidge):
    """RobustRidge that knows how its optimum moves with alpha."""

    def _solve(self, A, y, weights):
        theta, penalty = super()._solve(A, y, weights)
        residual = A @ theta - y
        q = np.hypot(1, residual / self.delta)
        H = (A.T * (weights / q**3)) @ A + penalty  # L'' is 1 / q^3
        factor = CholeskyFactor.try_factorise(H, 0.0)
        if factor is None:
            raise np.linalg.LinAlgError("The coefficients are not determined.")
        rho = np.append(theta[:-1], 0.0)[:, None]  # the gradient of C
        tangent = implicit_tangent(factor.solve, rho).value
        self.coef_tangent_, self.intercept_tangent_ = tangent[:-1, 0], tangent[-1, 0]
        self.noise_variance_ = float(np.average((residual / q) ** 2, weights=weights))
        self.linearised_ = RobustModel(
            theta,
            self.delta,
            factor,
            tangent=tangent,
            noise_variance=self.noise_variance_,
            posterior_variance=self.noise_variance_
            / np.average(q**-3, weights=weights),
        )
        return theta, penalty
