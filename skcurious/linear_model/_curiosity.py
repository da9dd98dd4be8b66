"""What the ridge regressors share: the hooks of CuriosityMixin."""

import numpy as np
from scipy import sparse

from skcurious._blocks import diagonal_blocks
from skcurious._chunks import sum_of_squares
from skcurious.base import CuriosityMixin
from skcurious.tangent import WoodburyFactor
from skcurious.tangent._design import centre
from skcurious.tangent._iterative import warn_if_unconverged


class RidgeCuriosity(CuriosityMixin):
    """Curiosity of a linear model with ``H = X~^T W X~ + alpha I``."""

    _tangent_attribute = "coef_tangent_"

    def _keep(self, solution, total, flat_intercept, dtype):
        """Take coefficients, tangent and factor from a RidgeSolution.

        `total` is the sum of the weights.
        """
        flat = solution.coef.shape[1] == 1  # as in Ridge, also for y of shape (n, 1)
        coef = _attribute(solution.coef, flat)
        tangent = _attribute(solution.tangent, flat)
        self.intercept_ = self.intercept_tangent_ = 0.0
        if self.fit_intercept:
            at_zero = solution.target_mean
            at_zero = at_zero[0] if flat_intercept else at_zero
            self.intercept_ = (at_zero - solution.mean @ coef.T).astype(dtype)
            moved = 0 * at_zero - solution.mean @ tangent.T
            self.intercept_tangent_ = moved.astype(dtype)
        self.coef_ = coef.astype(dtype, copy=False)
        self.coef_tangent_ = tangent.astype(dtype, copy=False)
        self._factor = solution.inverse if self.store_covariance else None
        self._mean = solution.mean if self.store_covariance else None
        self._mean_variance = 1 / total if self.fit_intercept else 0.0

    def _training_error(self, X, Y, weights):
        squares = sum_of_squares(self._prediction(X) - Y)
        return float(np.average(squares, weights=weights) / Y.shape[1])

    @property
    def _flat_output(self):
        return self.coef_.ndim == 1

    @property
    def _n_outputs(self):
        return 1 if self._flat_output else len(self.coef_)

    @property
    def _shows_non_finite(self):
        return bool(np.all(self.coef_tangent_))  # 0 * NaN may be skipped

    def _row_bytes(self, leverage):
        # A centred copy of the row, its solve, and a temporary.
        n_numbers = 3 * self.n_features_in_ if leverage else self._n_outputs
        return n_numbers * self.coef_.itemsize

    def _prediction(self, rows):
        return self._linear(rows, self.coef_, self.intercept_)

    def _tangent(self, rows):
        return self._linear(rows, self.coef_tangent_, self.intercept_tangent_)

    def _complexity(self):
        return 0.5 * float(np.square(self.coef_, dtype=np.float64).sum())

    def _linear(self, rows, coef, intercept):
        values = rows @ coef.T
        values += intercept  # in place: memory traffic is what pools wait for
        return values.reshape(rows.shape[0], -1)

    def _representers(self, others):
        columns = self._centred(others).T
        solutions = [self._factor.solve(columns, k) for k in range(self._n_blocks)]
        for solution in solutions:
            warn_if_unconverged(solution)
        return [solution.value for solution in solutions]

    def _leverage(self, rows, representers):
        mean = sum(representers) / len(representers)
        return self._meet(rows, mean) + self._mean_variance

    def _leverage_blocks(self, rows, representers):
        return diagonal_blocks(
            [
                self._meet(rows, columns) + self._mean_variance
                for columns in representers
            ]
        )

    def _leverage_diagonal(self, rows):
        columns = self._centred(rows).T
        values = [self._factor.quadratic(columns, k) for k in range(self._n_blocks)]
        return diagonal_blocks([value + self._mean_variance for value in values])

    # One column of right-hand sides for each target, which may have its own H.

    def _goal(self, parts):
        pull, total = 0.0, 0.0
        for rows, residual in parts:
            pull = pull + self._centred(rows).T @ residual
            total = total + residual.sum(axis=0)
        solution = self._factor.solve(pull)
        warn_if_unconverged(solution)
        return solution.value, self._mean_variance * total

    def _goal_tangent(self, rows, goal):
        columns, constant = goal
        return self._meet(rows, columns) + constant

    def _parameter_influence(self, rows, residual):
        representers = self._representers(rows)
        if self._n_blocks == 1:
            representers = representers * self._n_outputs
        coef = np.stack(
            [(c * r).T for c, r in zip(representers, residual.T, strict=True)], axis=1
        )
        intercept = self._mean_variance * residual
        if self.fit_intercept:
            intercept = intercept - coef @ self._mean
        if self._flat_output:
            coef = coef[:, 0]
        if np.ndim(self.intercept_) == 0:
            intercept = intercept[:, 0]
        return {"coef_": coef, "intercept_": intercept}

    def _leverage_rounding(self, rows):
        rounding = super()._leverage_rounding(rows)
        if isinstance(self._factor, WoodburyFactor):  # a difference of |x|^2 / alpha
            squares = sum_of_squares(self._centred(rows))
            rounding = rounding * (1 + squares / self._factor.alphas.min())
        return rounding

    def _meet(self, rows, columns):
        if sparse.issparse(rows):
            return rows @ columns - self._mean @ columns
        return centre(rows, self._mean) @ columns

    def _centred(self, rows):
        # A chunk of a sparse pool becomes dense here, never the whole of it:
        # H^-1 x is dense anyway.
        rows = rows.toarray() if sparse.issparse(rows) else rows
        return centre(rows, self._mean)


def _attribute(columns, flat):
    """(n_features, n_targets) -> the shape of ``coef_``."""
    return columns[:, 0].copy() if flat else np.ascontiguousarray(columns.T)
