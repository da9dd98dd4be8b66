"""Linear regression whose neighbouring coefficients are alike, made curious."""

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skcurious.base import CuriosityMixin
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


class CuriousSmoothRidge(CuriosityMixin, SmoothRidge):
    """SmoothRidge that knows how its optimum moves with alpha."""

    _tangent_attribute = "coef_tangent_"  # there once the model is fitted
    _alpha_per_target = False
    _flat_output = True  # predictions are one-dimensional
    _n_outputs = 1

    def _solve(self, X, y):
        self._factor, penalty = super()._solve(X, y)
        rho = penalty @ self.coef_[:, None]  # the gradient of C, by the coefficients
        self.coef_tangent_ = implicit_tangent(self._factor.solve, rho).value[:, 0]
        self.noise_variance_ = float(np.mean((X @ self.coef_ - y) ** 2))

    # For curiosity: rows are validated, and come in chunks.

    def _row_bytes(self, leverage):
        return 2 * 8 * self.n_features_in_  # of the largest temporary

    def _prediction(self, rows):
        return (rows @ self.coef_)[:, None]

    def _tangent(self, rows):
        return (rows @ self.coef_tangent_)[:, None]

    def _complexity(self):
        return 0.5 * float(np.sum(np.diff(self.coef_, n=2) ** 2))

    # For the covariance h(x, z) = x^T H^-1 z: batches, standard deviations.

    def _representers(self, others):
        return self._factor.solve(others.T).value

    def _leverage(self, rows, representers):
        return rows @ representers

    def _leverage_blocks(self, rows, representers):
        return self._leverage(rows, representers)[:, None, :, None]

    def _leverage_diagonal(self, rows):
        return self._factor.quadratic(rows.T)[:, None, None]

    # For influences.

    def _goal(self, parts):
        return self._factor.solve(sum(rows.T @ r for rows, r in parts)).value

    def _goal_tangent(self, rows, goal):
        return rows @ goal

    def _parameter_influence(self, rows, residual):
        return {"coef_": self._representers(rows).T * residual}
