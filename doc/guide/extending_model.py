"""Linear regression whose neighbouring coefficients are alike, made curious."""

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skcurious.base import CuriosityMixin
from skcurious.linearised import ExplicitModel
from skcurious.tangent import CholeskyFactor, implicit_tangent


class SmoothRidge(RegressorMixin, BaseEstimator):
    """Penalises the second differences of the coefficients, ``|D w|^2``."""

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def fit(self, X, y):
        """Solve ``(X^T X + alpha D^T D) w = X^T y``."""
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        self._solve(X, y)
        return self

    def predict(self, X):
        """Predict ``X w``."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return X @ self.coef_

    def _solve(self, X, y):
        differences = np.diff(np.eye(X.shape[1]), n=2, axis=0)
        penalty = differences.T @ differences
        H = X.T @ X + self.alpha * penalty
        factor = CholeskyFactor.try_factorise(H, 0.0)
        if factor is None:
            raise np.linalg.LinAlgError(
                f"The coefficients are not determined by {len(y)} rows and alpha="
                f"{self.alpha}. Pass more rows."
            )
        self.coef_ = factor.solve(X.T @ y[:, None]).value[:, 0]
        return factor, penalty


class SmoothModel(ExplicitModel):
    """A SmoothRidge, fitted: all that scores, queries and influences ask for."""

    def __init__(self, coef, factor, **facts):
        super().__init__(n_outputs=1, flat=True, **facts)
        self.coef, self.factor = coef, factor

    def output(self, rows):
        """Predictions, of shape (n, 1)."""
        return (rows @ self.coef)[:, None]

    def gradients(self, rows):
        """Of the outputs by the coefficients, a column for each row."""
        return rows.T

    def solve(self, gradient):
        """``H^-1``, times each column."""
        return self.factor.solve(gradient).value

    def complexity(self):
        """``|D w|^2 / 2``."""
        return 0.5 * float(np.sum(np.diff(self.coef, n=2) ** 2))

    def attributes(self, direction):
        """What the estimator shows of a direction, columns first."""
        return {"coef_": direction.T}


class CuriousSmoothRidge(CuriosityMixin, SmoothRidge):
    """SmoothRidge that knows how its optimum moves with alpha."""

    def _solve(self, X, y):
        factor, penalty = super()._solve(X, y)
        rho = penalty @ self.coef_[:, None]  # the gradient of C, by the coefficients
        tangent = implicit_tangent(factor.solve, rho).value
        self.coef_tangent_ = tangent[:, 0]
        self.noise_variance_ = float(np.mean((X @ self.coef_ - y) ** 2))
        self.linearised_ = SmoothModel(
            self.coef_, factor, tangent=tangent, noise_variance=self.noise_variance_
        )
        return factor, penalty
