"""The sufficient statistics of rows that were fitted at once, from the fitted model.

With ``H = X~^T X~ + alpha I`` as a factor, w the coefficients and R the residuals,

    X~^T X~ = H - alpha I
    X~^T y~ = X~^T X~ w + alpha w
    y~^T y~ = R^T R + alpha (w^T w + w^T w) + w^T X~^T X~ w        (X~^T R = alpha w)

so that ``fit`` keeps of its rows, beside what it shows, sums over the residuals alone.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from skcurious.tangent import Moments
from skcurious.tangent._moments import EACH, SAMPLE


@dataclass(frozen=True)
class FitSums:
    """What is kept of rows beside a fitted model.

    Attributes
    ----------
    total : float
        Sum of the weights.
    target_mean : ndarray of shape (n_targets,)
        Of the labels; zero without an intercept.
    residuals : ndarray of shape (n_targets, n_targets)
        Weighted sum of products of the residuals.
    grain : ndarray of shape (n_features + n_targets,)
        The smallest step between values of a column, in a sample of rows.
    flat_targets : bool
        Whether y was one-dimensional.
    dtype : dtype
        Of the rows.
    """

    total: float
    target_mean: np.ndarray
    residuals: np.ndarray
    grain: np.ndarray
    flat_targets: bool
    dtype: np.dtype

    @classmethod
    def of(cls, X, Y, weights, residual, target_mean, flat_targets):
        """Sum up rows X with labels Y; `residual` is ``sqrt(W) (prediction - Y)``."""
        counted = np.arange(len(Y)) if weights is None else np.flatnonzero(weights)
        some = counted[:: len(counted) // SAMPLE + 1]
        rows = X[some].toarray() if sparse.issparse(X) else X[some]
        sample = np.hstack([rows, Y[some]]).astype(np.float64)
        steps = np.abs(np.diff(sample, axis=0))
        residual = residual.astype(np.float64, copy=False)
        return cls(
            total=float(len(Y) if weights is None else weights.sum(dtype=np.float64)),
            target_mean=np.asarray(target_mean, dtype=np.float64),
            residuals=residual.T @ residual,
            grain=steps.min(axis=0, where=steps > 0, initial=np.inf),
            flat_targets=flat_targets,
            dtype=X.dtype,
        )

    def moments(self, model, centred):
        """Statistics of the rows.

        Parameters
        ----------
        model : LinearModel
            What was fitted to them.
        centred : bool
            Whether with an intercept.

        Returns
        -------
        moments : Moments
        """
        n_features = len(model.mean)
        mean = np.concatenate([model.mean, self.target_mean]).astype(np.float64)
        none = Moments.empty(mean, n_features, centred)
        coef = np.atleast_2d(model.coef).T.astype(np.float64)
        gram = model.factor.matrix().astype(np.float64)
        gram[np.diag_indices_from(gram)] -= model.alphas[0]
        seen, penalty = gram @ coef, model.alphas * coef
        shrunk = coef.T @ penalty
        squares = self.residuals + shrunk + shrunk.T + coef.T @ seen
        moment = seen + penalty
        whole = np.block([[gram, moment], [moment.T, (squares + squares.T) / 2]])
        size = whole.diagonal().copy()
        size[:n_features] += model.alphas.max()
        eps = float(np.finfo(self.dtype).eps)
        lost = eps / np.finfo(np.float64).eps
        rounding = EACH * lost * np.sqrt(len(size)) * size
        return Moments(
            none.origin,
            n_features,
            centred,
            self.total,
            none.mean,
            whole,
            rounding,
            self.grain,
            eps,
        )
