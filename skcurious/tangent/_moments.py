"""Sufficient statistics of least squares: what a stream leaves behind.

Of rows ``z = (x, y)`` with weights w

    W = sum w,    m = sum w z / W,    G = sum w (z - m) (z - m)^T

determine every ridge regression. Two sets a and b have together (T. F. Chan,
G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance",
1983), with ``d = m_b - m_a``,

    W = W_a + W_b,    m = m_a + d W_b / W,    G = G_a + G_b + d d^T W_a W_b / W

which read backwards takes b out again. Means are kept relative to an origin,
one of the rows, so that features of mean 1e6 lose no digits.

What is taken out leaves its rounding behind, and a column that is constant in
the rows that are left has nothing else.  So the rounding is added up as well,
and beside it stands the smallest step between values: what rounding hides is a
constant, if steps were never as small.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.linalg import LinAlgWarning

from skcurious._validation import quiet_overflow
from skcurious._warnings import warn
from skcurious.tangent._gram import (
    centred_gram,
    check_finite,
    check_targets,
    row_blocks,
)

# What rounding may leave below zero of an eigenvalue, in units of the largest.
ROUNDING = 1e-9
# How much of a column's sum of squares may be rounding, to keep half of the digits.
FEW_DIGITS = 1e-8
# Rounding of one sum or difference of two Gram matrices, in units of its diagonal.
EACH = 8 * np.finfo(float).eps
# Spread that rounding may hide, at most, in units of the smallest step.
FEW_STEPS = 1e-2
# So many rows of a batch are looked at for the smallest step.
SAMPLE = 64


@dataclass(frozen=True)
class Moments:
    """Weight, mean and centred Gram matrix of the columns of (X, Y).

    Attributes
    ----------
    origin : ndarray of shape (n_features + n_targets,)
        What `mean` is relative to.
    n_features : int
        Columns of X; the others are of Y.
    centred : bool
        Whether `gram` is about the mean; without an intercept it is about
        zero, and `mean` and `origin` are zero.
    total : float
        Sum of the weights.
    mean : ndarray of shape (n_features + n_targets,)
        Weighted mean.
    gram : ndarray of shape (n_features + n_targets, n_features + n_targets)
        Weighted sum of products.
    rounding : ndarray of shape (n_features + n_targets,)
        What its diagonal may hold of rounding.
    grain : ndarray of shape (n_features + n_targets,)
        The smallest step between values of a column, in a sample of rows.
    eps : float, default=2.2e-16
        Of the numbers that the sums were made of, if these had fewer digits.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import Moments
    >>> none = Moments.empty(np.zeros(2), n_features=1, centred=True)
    >>> one = none.of(np.array([[0.0]]), np.array([[0.0]]), None)
    >>> two = one.merged(none.of(np.array([[2.0]]), np.array([[3.0]]), None))
    >>> two.total, two.mean
    (2.0, array([1. , 1.5]))
    >>> two.gram
    array([[2. , 3. ],
           [3. , 4.5]])
    """

    origin: np.ndarray
    n_features: int
    centred: bool
    total: float
    mean: np.ndarray
    gram: np.ndarray
    rounding: np.ndarray
    grain: np.ndarray
    eps: float = np.finfo(float).eps

    @classmethod
    def empty(cls, origin, n_features, centred):
        """Make the moments of no rows.

        Parameters
        ----------
        origin : ndarray of shape (n_features + n_targets,)
            What means are to be relative to: one of the rows.
        n_features : int
            Columns of X.
        centred : bool
            Whether there is an intercept.

        Returns
        -------
        moments : Moments
            All zero.
        """
        origin = origin if centred else np.zeros_like(origin)
        zero = np.zeros_like(origin)
        gram = np.zeros((len(origin), len(origin)))
        grain = np.full_like(origin, np.inf)
        return cls(origin, n_features, centred, 0.0, zero, gram, zero, grain)

    @property
    def n_targets(self):
        """Columns of Y."""
        return len(self.mean) - self.n_features

    def of(self, X, Y, weights):
        """Make the moments of other rows, about the same origin.

        Parameters
        ----------
        X : {ndarray, CSR matrix} of shape (n_samples, n_features)
            Rows; not changed.
        Y : ndarray of shape (n_samples, n_targets)
            Targets; not changed.
        weights : ndarray of shape (n_samples,) or None
            Their weights.

        Returns
        -------
        moments : Moments
            Of these rows alone.
        """
        if sparse.issparse(X):  # block by block, each dense
            result = self.empty(self.origin, self.n_features, self.centred)
            for rows in row_blocks(X):
                some = None if weights is None else weights[rows]
                result = result.merged(self.of(X[rows].toarray(), Y[rows], some))
            return result
        X, Y = X.astype(np.float64, copy=False), Y.astype(np.float64, copy=False)
        sqrt_weights = None if weights is None else np.sqrt(weights.astype(np.float64))
        total = float(len(X) if weights is None else weights.sum(dtype=np.float64))
        grain = self._steps(X, Y, weights)
        mean = np.zeros_like(self.mean)
        at = None
        if self.centred and total > 0:
            for rows in row_blocks(X):
                block = np.hstack([X[rows], Y[rows]]) - self.origin
                mean += block.sum(axis=0) if weights is None else weights[rows] @ block
            mean /= total
            at = (self.origin + mean)[: self.n_features]
            Y = Y - (self.origin + mean)[self.n_features :]
        if sqrt_weights is not None:
            Y = Y * sqrt_weights[:, None]
        check_targets(Y)
        gram, moment = centred_gram(X, Y, at, sqrt_weights)
        gram = np.block([[gram, moment], [moment.T, Y.T @ Y]])
        check_finite(gram)
        rounding = EACH * gram.diagonal()
        return replace(
            self, total=total, mean=mean, gram=gram, rounding=rounding, grain=grain
        )

    def _steps(self, X, Y, weights):
        """Smallest step between values of each column, and to the origin."""
        rows = np.arange(len(X)) if weights is None else np.flatnonzero(weights)
        rows = rows[:: len(rows) // SAMPLE + 1]
        sample = np.hstack([X[rows], Y[rows]])
        steps = np.abs(np.diff(sample, axis=0, prepend=self.origin[None]))
        return steps.min(axis=0, where=steps > 0, initial=np.inf)

    def merged(self, other):
        """Put the rows of both together.

        Parameters
        ----------
        other : Moments
            Of other rows, about any origin.

        Returns
        -------
        moments : Moments
            Of all rows, about the origin of these.
        """
        if other.total == 0:
            return self
        total = self.total + other.total
        step = self._step_to(other)
        gram = self.gram + other.gram
        with quiet_overflow():
            shared = self.total * other.total / total
            gram += np.multiply.outer(step, step * shared)
        check_finite(gram)
        mean = self.mean + step * (other.total / total)
        return replace(
            self,
            total=total,
            mean=mean,
            gram=gram,
            rounding=self._rounding_with(other, gram.diagonal(), step, shared),
            grain=np.minimum(self.grain, other.grain),
            eps=max(self.eps, other.eps),
        )

    def without(self, other):
        """Take rows back out.

        Parameters
        ----------
        other : Moments
            Of the rows to take out, about any origin.

        Returns
        -------
        moments : Moments
            Of the rows that are left.

        Raises
        ------
        ValueError
            When what is left shows that they were never in.
        """
        if other.total == 0:
            return self
        left = self.total - other.total
        if left <= ROUNDING * self.total:
            raise ValueError(
                "Taking these rows out leaves nothing: they weigh "
                f"{other.total:g}, and the rows that the model has seen "
                f"{self.total:g}. Fit a new model instead."
            )
        mean = self.mean - self._step_to(other) * (other.total / left)
        rest = replace(self, total=left, mean=mean)
        step = rest._step_to(other)
        gram = self.gram - other.gram
        with quiet_overflow():
            gram -= np.multiply.outer(step, step * (left * other.total / self.total))
        check_finite(gram)
        size, was = gram.diagonal(), self.gram.diagonal()
        # Where most of the weight goes, the mean of the rest is a small difference.
        rounding = self._rounding_with(other, was, step, other.total)
        # In units in which rounding is the same in every column.
        scale = np.sqrt(was + rounding / ROUNDING)
        # Squares that underflow say nothing, nor do columns with few digits.
        seen = was > np.maximum(np.finfo(was.dtype).tiny, rounding) / ROUNDING
        scale = np.divide(1, scale, out=np.zeros_like(scale), where=seen)
        lowest = np.linalg.eigvalsh(gram * scale * scale[:, None])[0]
        foreign = size < -10 * (rounding + ROUNDING * was)
        if lowest < -4 * ROUNDING * len(gram) or foreign.any():
            raise ValueError(
                "These rows cannot all have been seen by the model, or not with these "
                "labels and weights: without them its Gram matrix would have the "
                f"eigenvalue {lowest:.1e} in units of its columns. Nothing was changed."
            )
        gone = size <= rounding
        hidden = np.sqrt(rounding / left) > FEW_STEPS * self.grain
        few = FEW_DIGITS * np.sqrt(self.eps / np.finfo(float).eps)
        if np.where(gone, hidden & (was > 0), rounding > few * size).any():
            warn(
                "Rows were taken out that were so large, in a column of X or in y, "
                "that few digits of the others are left. Fit to these anew.",
                LinAlgWarning,
            )
        gram[gone] = 0
        gram[:, gone] = 0
        return replace(rest, gram=gram, rounding=rounding)

    def about_mean(self):
        """Put the mean in the place of the origin, which is a row that may have gone.

        Returns
        -------
        moments : Moments
            The same, but for the rounding of rows to come.
        """
        if not self.centred:
            return self
        origin = self.origin + self.mean
        return replace(self, origin=origin, mean=(self.origin - origin) + self.mean)

    def _rounding_with(self, other, size, step, weight):
        """Add that of a sum, and of a `step` between means, times its `weight`."""
        rounding = np.hypot(np.hypot(self.rounding, other.rounding), EACH * size)
        reach = np.abs(self.mean) + np.abs(other.mean) + np.abs(step)
        with quiet_overflow():
            return np.hypot(rounding, EACH * weight * np.abs(step) * reach)

    def _step_to(self, other):
        return other.mean - self.mean + (other.origin - self.origin)

    def regression(self):
        """Give what a regression of Y on X needs.

        Returns
        -------
        gram, moment : ndarrays of shape (n_features, n_features) and \
                (n_features, n_targets)
            The products ``X~^T X~`` and ``X~^T y~``, new arrays.
        mean, target_mean : ndarrays of shape (n_features,) and (n_targets,)
            Means of X and Y.
        """
        d, mean = self.n_features, self.origin + self.mean
        return self.gram[:d, :d].copy(), self.gram[:d, d:].copy(), mean[:d], mean[d:]

    def mean_rest(self):
        """Tell what rounding left out of the mean of X, and what else may be off.

        Returns
        -------
        rest, off : ndarrays of shape (n_features,)
            The rest, and the size of errors that are not known.
        """
        d, mean = self.n_features, self.origin + self.mean
        rest = (self.origin - mean) + self.mean
        return rest[:d], np.finfo(float).eps * np.abs(self.mean)[:d]

    def sizes(self):
        """Tell how large the numbers in the columns of X are.

        Returns
        -------
        sizes : ndarray of shape (n_features,)
            Root mean squares.
        """
        spread = np.sqrt(self.gram.diagonal() / self.total)
        return (spread + np.abs(self.origin + self.mean))[: self.n_features]

    def squares(self):
        """Tell what the sums of squares of X were made of, rows taken out included.

        Returns
        -------
        squares : ndarray of shape (n_features,)
            At least the diagonal of the Gram matrix, and zero where that is.
        """
        size = self.gram.diagonal()[: self.n_features]
        made_of = np.maximum(size, self.rounding[: self.n_features] / EACH)
        return np.where(size > 0, made_of, 0)

    def squared_error(self, coef):
        """Sum the squared residuals of a regression.

        Parameters
        ----------
        coef : ndarray of shape (n_features, n_targets)
            Its coefficients.

        Returns
        -------
        error : ndarray of shape (n_targets,)
            ``sum w (y - f(x))^2`` of each target.
        """
        d = self.n_features
        both = np.vstack([coef, -np.eye(coef.shape[1])])
        squares = np.einsum("ik,ij,jk->k", both, self.gram, both, optimize=True)
        # What cancels in it is the part of y that is explained.
        rounding = np.finfo(float).eps * self.gram.diagonal()[d:]
        return np.where(squares > rounding, squares, 0.0)
