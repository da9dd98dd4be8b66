"""What the kernel ridge regressors share: the hooks of CuriosityMixin."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from skcurious._blocks import along_rows, diagonal_blocks
from skcurious._chunks import RowChunks
from skcurious._validation import canonical
from skcurious.base import CuriosityMixin

# Functions of a distance that are 1 where it is 0.
DISTANCE_KERNELS = ("rbf", "laplacian", "chi2")


class _KernelRows(NamedTuple):
    """Rows, and their kernel with the training rows."""

    X: object
    K: np.ndarray


class KernelRidgeCuriosity(CuriosityMixin):
    """Curiosity of a kernel model with ``A = sqrt(W) K sqrt(W) + alpha I``."""

    _tangent_attribute = "dual_coef_tangent_"

    @property
    def _kernel_name(self):
        return self.kernel

    def _kernel(self, X, Z=None, params=None):
        """Kernel matrix; `params` are candidates of the CV class."""
        return self._get_kernel(X, Z)

    def _keep(self, solution, X, shape, alphas, weights, dtype):
        """Take coefficients, tangent and factor from a KernelRidgeSolution."""
        coef, tangent = solution.coef, solution.tangent
        self.dual_coef_ = coef.reshape(shape).astype(dtype, copy=False)
        self.dual_coef_tangent_ = tangent.reshape(shape).astype(dtype, copy=False)
        self.X_fit_ = X
        self._alphas = alphas
        self._factor = solution.factor if self.store_covariance else None
        self._sqrt_weights = None
        if self.store_covariance and weights is not None:
            self._sqrt_weights = np.sqrt(weights)

    def _training_kernel(self, X, params=None):
        if self.kernel == "precomputed":
            if X.shape[0] != X.shape[1]:
                raise ValueError(
                    "kernel='precomputed' needs the square kernel matrix of the "
                    f"training rows as X, got shape {X.shape}. Pass kernel(X_train, "
                    "X_train) to fit and kernel(X, X_train) to the other methods."
                )
            K = X.toarray() if sparse.issparse(X) else X.copy()
            if np.abs(K - K.T).max() > 1e-5 * np.abs(K).max():
                raise ValueError(
                    "kernel='precomputed' needs a symmetric kernel matrix as X. "
                    "Pass kernel(X_train, X_train)."
                )
            return np.ascontiguousarray(K)
        K = np.ascontiguousarray(self._kernel(X, params=params))
        if not np.isfinite(K).all():
            kernel = (params or {}).get("kernel", self.kernel)
            raise ValueError(
                f"kernel={kernel!r} gives NaN or infinite values on X. Scale the "
                "columns of X, or choose other kernel parameters."
            )
        return K

    @property
    def _flat_output(self):
        return self.dual_coef_.ndim == 1

    @property
    def _n_outputs(self):
        return 1 if self._flat_output else self.dual_coef_.shape[1]

    @property
    def _alpha_per_target(self):
        return len(self._alphas) > 1

    def _rows(self, X):
        if self.kernel == "precomputed":
            return _KernelRows(X, X.toarray() if sparse.issparse(X) else X)
        # Never in fewer digits than the model: leverages are small differences.
        X = canonical(X)
        X = X.astype(np.promote_types(X.dtype, self.X_fit_.dtype), copy=False)
        return _KernelRows(X, self._kernel(X, self.X_fit_))

    def _row_bytes(self, leverage):
        # A row of the kernel, and a temporary.
        return 2 * len(self.dual_coef_) * self.dual_coef_.itemsize

    def _prediction(self, rows):
        return (rows.K @ self.dual_coef_).reshape(len(rows.K), -1)

    def _tangent(self, rows):
        return (rows.K @ self.dual_coef_tangent_).reshape(len(rows.K), -1)

    def _complexity(self):
        chunks = RowChunks(self, self.X_fit_)
        return 0.5 * float(np.vdot(self.dual_coef_, chunks.map(self._prediction)))

    # h(x, z) = (k(x, z) - k(x)^T A^-1 k(z)) / alpha

    def _representers(self, others):
        columns = self._weighted(others.K).T
        solved = [
            self._factor.solve(columns, k).value for k in range(len(self._alphas))
        ]
        return others.X, solved

    def _leverage(self, rows, representers):
        blocks = list(self._each_leverage(rows, representers))
        return sum(blocks) / len(blocks)

    def _leverage_blocks(self, rows, representers):
        return diagonal_blocks(list(self._each_leverage(rows, representers)))

    def _each_leverage(self, rows, representers):
        X, solved = representers
        cross, left = self._kernel(rows.X, X), self._weighted(rows.K)
        for columns, alpha in zip(solved, self._alphas, strict=True):
            yield (cross - left @ columns) / alpha

    def _leverage_diagonal(self, rows):
        own = self._kernel_diagonal(rows.X)
        columns = self._weighted(rows.K).T
        return diagonal_blocks(
            [
                (own - self._factor.quadratic(columns, k)) / alpha
                for k, alpha in enumerate(self._alphas)
            ]
        )

    # H^-1 sum_j r_j k(z_j, .) is (sum_j r_j k(z_j, .) - k(X, .)^T A^-1 k(X, Z) r) /
    # alpha, a function with coefficients at the rows z as well.

    def _goal(self, parts):
        seen, others = 0.0, []
        for rows, residual in parts:
            seen = seen + self._weighted(rows.K).T @ residual
            others.append((rows.X, residual))
        return others, self._factor.solve(seen).value

    def _goal_tangent(self, rows, goal):
        others, solved = goal
        value = -self._weighted(rows.K) @ solved
        for X, residual in others:
            value += self._kernel(rows.X, X) @ residual
        return value / self._alphas

    # c = W (y - f(X)) / alpha at an optimum, for old rows and new.

    def _parameter_influence(self, rows, residual):
        weights = 1.0 if self._sqrt_weights is None else self._sqrt_weights**2
        training = self._rows(self.X_fit_)
        blocks = self._leverage_blocks(training, self._representers(rows))
        moved = along_rows(blocks, residual)  # (n, n_train, n_targets)
        dual = -moved * np.reshape(weights, (-1, 1)) / self._alphas
        new = residual / self._alphas
        if self._flat_output:
            dual, new = dual[:, :, 0], new[:, 0]
        return {"dual_coef_": dual, "new_dual_coef": new}

    # 1 - w h(x, x) = alpha (A^-1)_ii, where h itself is a small difference.

    def _left_without(self, X, weights):
        fitted = 1.0 if self._sqrt_weights is None else self._sqrt_weights**2
        own = self.X_fit_
        if X.shape != own.shape or sparse.issparse(X) or sparse.issparse(own):
            return None
        if not (np.array_equal(X, own) and np.allclose(weights, fitted, rtol=1e-6)):
            return None
        identity = np.eye(len(own), dtype=self.dual_coef_.dtype)
        left = [
            alpha * self._factor.quadratic(identity, k)
            for k, alpha in enumerate(self._alphas)
        ]
        # A row of no weight leaves all there was.
        return np.where(weights[:, None] == 0, 1, np.stack(left, axis=1))

    def _leverage_rounding(self, rows):
        own = np.abs(self._kernel_diagonal(rows.X))
        return np.finfo(rows.K.dtype).eps * (1 + own / self._alphas.min())

    def _weighted(self, K):
        return K if self._sqrt_weights is None else K * self._sqrt_weights

    def _kernel_diagonal(self, X):
        kernel = self._kernel_name
        if kernel in DISTANCE_KERNELS:
            return np.ones(X.shape[0], dtype=X.dtype)
        # No other kernel of scikit-learn offers its diagonal alone; small blocks
        # do for all of them, and single rows for a slow Python function.
        size = 1 if callable(kernel) else 32
        parts = [
            self._kernel(X[start : start + size]).diagonal()
            for start in range(0, X.shape[0], size)
        ]
        return np.concatenate(parts)

    def _check_covariance(self):
        if self.kernel == "precomputed":
            raise TypeError(
                "kernel='precomputed' has no covariance, which standard deviations, "
                "greedy batches of more than one row and strategies that weigh "
                "variances need: it takes the kernel of the pool with itself. Use "
                'curiosity_sampling with batch="sample" or batch="top", or give the '
                "kernel as a function."
            )
        super()._check_covariance()
        if (self._alphas == 0).any():
            raise ValueError(
                "CuriousKernelRidge has no covariance at alpha=0: it divides by "
                "alpha. Fit it with alpha > 0."
            )
