"""Kernels of two sets of rows, as they were when a model was fitted."""

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from sklearn.metrics.pairwise import cosine_similarity, pairwise_kernels
from sklearn.utils.extmath import row_norms

from skcurious._validation import canonical, quiet_overflow
from skcurious.kernel_ridge._distances import near_one, rbf

# Functions of a distance that are 1 where it is 0.
DISTANCE_KERNELS = ("rbf", "laplacian", "chi2")


@dataclass(frozen=True)
class PairwiseKernel:
    """A kernel of scikit-learn by name, or a function of two rows.

    In float64, whatever the rows are in: the tangent divides differences of its values
    by alpha, and by its square.

    Parameters
    ----------
    metric : str or callable
        As for :func:`sklearn.metrics.pairwise.pairwise_kernels`.
    params : dict
        Its parameters; those that it does not know are left out.
    """

    metric: object
    params: dict = field(default_factory=dict)

    def __call__(self, X, Z=None):
        """Kernel matrix of two sets of rows."""
        X, Z = _plain(X), None if Z is None else _plain(Z)
        with quiet_overflow():
            if self.metric == "rbf":
                K = rbf(X, Z, self.params.get("gamma", 1 / X.shape[1]))
            elif self.metric == "cosine":
                K = cosine_similarity(near_one(X), None if Z is None else near_one(Z))
            else:
                K = pairwise_kernels(
                    X, Z, metric=self.metric, filter_params=True, **self.params
                )
        if not np.isfinite(K).all() or self._hides_overflow(X, Z):
            raise ValueError(
                f"kernel={self.metric!r} gives values that are not finite on X. Scale "
                "the columns, for instance with StandardScaler in a Pipeline, or "
                "choose other kernel parameters."
            )
        return K

    def _hides_overflow(self, *several):
        """Whether tanh makes 1 of an inner product that overflows on the way."""
        if self.metric != "sigmoid":
            return False
        norms = (row_norms(X, squared=True) for X in several if X is not None)
        return not all(np.isfinite(one).all() for one in norms)

    def diagonal(self, X):
        """``k(x, x)`` of every row."""
        if self.metric in DISTANCE_KERNELS:
            return np.ones(X.shape[0])
        # No other kernel of scikit-learn offers its diagonal alone; small blocks
        # do for all of them, and single rows for a slow Python function.
        size = 1 if callable(self.metric) else 32
        parts = [
            self(X[start : start + size]).diagonal()
            for start in range(0, X.shape[0], size)
        ]
        return np.concatenate(parts)

    def of_training_rows(self, X):
        """Kernel matrix of the training rows with themselves, a new array."""
        return np.ascontiguousarray(self(X))

    def between(self, X, rows, others):
        """Kernel of some of the training rows with others of them."""
        return self(X[rows], X[others])

    def some(self, X, rows):
        """Some of the training rows, as those of a fit to them alone."""
        return X[rows]


class PrecomputedKernel:
    """Rows that are their kernel with the training rows already."""

    def __call__(self, X, Z=None):
        """The rows themselves, in float64."""
        X = X.toarray() if sparse.issparse(X) else X
        return X.astype(np.float64, copy=False)

    def of_training_rows(self, X):
        """The kernel matrix that X is, copied."""
        if X.shape[0] != X.shape[1]:
            raise ValueError(
                "kernel='precomputed' needs the square kernel matrix of the "
                f"training rows as X, got shape {X.shape}. Pass kernel(X_train, "
                "X_train) to fit and kernel(X, X_train) to the other methods."
            )
        K = self(X)
        K = K.copy() if K is X else K
        if np.abs(K - K.T).max() > 1e-5 * np.abs(K).max():
            raise ValueError(
                "kernel='precomputed' needs a symmetric kernel matrix as X. "
                "Pass kernel(X_train, X_train)."
            )
        return np.ascontiguousarray(K)

    def between(self, X, rows, others):
        """Kernel of some of the training rows with others of them."""
        return self(X)[np.ix_(rows, others)]

    def some(self, X, rows):
        """The kernel matrix of some of the training rows."""
        return X[rows][:, rows]


def make_kernel(estimator, **chosen):
    """The kernel of a KernelRidge, with parameters `chosen` in the place of its own."""
    names = "kernel", "gamma", "degree", "coef0", "kernel_params"
    params = {name: chosen.get(name, getattr(estimator, name)) for name in names}
    metric, keywords = params.pop("kernel"), params.pop("kernel_params")
    if metric == "precomputed":
        return PrecomputedKernel()
    if callable(metric):
        return PairwiseKernel(metric, keywords or {})
    # None is for the kernel itself to decide; that of chi2 takes it for a number.
    known = {name: value for name, value in params.items() if value is not None}
    return PairwiseKernel(metric, known)


def _plain(X):
    """Rows as all kernels of scikit-learn take them: float64, indices of 32 bits."""
    X = canonical(X).astype(np.float64, copy=False)
    if not sparse.issparse(X) or X.indices.dtype == X.indptr.dtype == np.int32:
        return X
    if max(X.nnz, *X.shape) > np.iinfo(np.int32).max:
        return X
    parts = X.data, X.indices.astype(np.int32), X.indptr.astype(np.int32)
    return type(X)(parts, X.shape)
