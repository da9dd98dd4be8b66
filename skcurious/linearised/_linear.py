"""The linearised model of ridge regression.

    H = X~^T W X~ + alpha I
    h(x, z) = (x - mean)^T H^-1 (z - mean) + 1 / sum(w)

the last term only with an intercept. The features of a row are the row itself,
centred; a direction is ``(columns, constant)``, of shapes (n_features, K, m) and (K,
m), and moves output k by ``(x - mean) . columns[:, k] + constant[k]``.
"""

import numpy as np
from scipy import sparse

from skcurious.linearised._chunks import sum_of_squares
from skcurious.linearised._separate import SeparateOutputs
from skcurious.tangent import WoodburyFactor
from skcurious.tangent._gram import centre
from skcurious.tangent._iterative import warn_if_unconverged


class LinearModel(SeparateOutputs):
    """A ridge regression, fitted.

    Parameters
    ----------
    coef : ndarray of shape (n_features,) or (n_outputs, n_features)
        Coefficients.
    intercept : float or ndarray of shape (n_outputs,)
        Intercepts.
    tangent : ndarray of shape (n_features,) or (n_outputs, n_features)
        Derivatives of the coefficients with respect to alpha.
    intercept_tangent : float or ndarray of shape (n_outputs,)
        Those of the intercepts.
    factor : factor or None
        Of H.
    mean : ndarray of shape (n_features,)
        Of the training rows; zero without an intercept.
    mean_variance : float
        1 over the sum of the weights; 0 without an intercept.
    mean_rest : ndarray of shape (n_features,), default=None
        What rounding left out of the mean, if it counts.
    dtype : dtype, default=None
        Of the training rows, and of what is returned for rows like them; None for
        that of the coefficients.
    **facts : dict
        As for :class:`SeparateOutputs`.

    Examples
    --------
    The leverages of two rows with each other, which add up to ``1 / n`` and what is
    along the slope:

    >>> from skcurious import CuriousRidge
    >>> fitted = CuriousRidge(alpha=0.5).fit([[0.0], [1.0]], [1.0, 2.0])
    >>> model = fitted.linearised_
    >>> type(model).__name__
    'LinearModel'
    >>> rows = model.at(fitted.validate_rows([[0.0], [1.0]]))
    >>> model.leverage(rows, model.representers(rows)).round(9)
    array([[0.75, 0.25],
           [0.25, 0.75]])
    """

    def __init__(
        self,
        *,
        coef,
        intercept,
        tangent,
        intercept_tangent,
        factor,
        mean,
        mean_variance,
        mean_rest=None,
        dtype=None,
        **facts,
    ):
        self.coef, self.intercept = coef, intercept
        self.coef_tangent, self.intercept_tangent = tangent, intercept_tangent
        self.factor = factor
        self.mean, self.mean_rest = mean, mean_rest
        self.mean_variance = mean_variance
        self.dtype = coef.dtype if dtype is None else dtype
        rows = np.atleast_2d(tangent)
        constant = np.reshape(intercept_tangent + rows @ mean, (-1, 1))
        super().__init__(
            n_outputs=len(rows),
            flat=coef.ndim == 1,
            tangent=(rows.T[:, :, None], constant),
            **facts,
        )

    @property
    def shows_non_finite(self):
        """Whether no coefficient of the tangent is zero: 0 * NaN may be skipped."""
        return bool(np.all(self.coef_tangent))

    def row_bytes(self, leverage):
        """A centred copy of the row, its solve, and a temporary."""
        n_numbers = 3 * len(self.mean) if leverage else self.n_outputs
        return n_numbers * self.coef.itemsize

    def output(self, rows):
        """``X w + b``."""
        return self._like(rows, linear_output(rows, self.coef.T, self.intercept))

    def tangent_at(self, rows):
        """The same with the derivatives of both, in fewer passes than ``jvp``."""
        moved = linear_output(rows, self.coef_tangent.T, self.intercept_tangent)
        return self._like(rows, moved)

    def _like(self, rows, values):
        return values.astype(np.result_type(rows.dtype, self.dtype), copy=False)

    def complexity(self):
        """``|w|^2 / 2``."""
        return 0.5 * float(np.square(self.coef, dtype=np.float64).sum())

    def complexity_in_units(self):
        """The same, of coefficients in the units of their outputs."""
        coef = np.atleast_2d(self.coef) / self.units[:, None]
        return 0.5 * float(np.square(coef, dtype=np.float64).sum())

    def jvp(self, rows, direction):
        """``(x - mean) . columns + constant``."""
        columns, constant = direction
        values = self._meet(rows, columns.reshape(len(columns), -1))
        return values.reshape(-1, *constant.shape) + constant

    def vjp(self, rows, cotangent):
        """Sum the centred rows, one column for each output, and the weights."""
        return self._centred(rows).T @ cotangent, cotangent.sum(axis=0)

    def add(self, gradient, other):
        """Both sums."""
        return tuple(a + b for a, b in zip(gradient, other, strict=True))

    def gradients(self, rows):
        """Of one output: the centred rows, a column each, and ones."""
        columns = self._centred(rows).T
        return columns, np.ones(columns.shape[1], columns.dtype)

    def solve(self, gradient):
        """``H^-1`` of one column for each output, each with its own alpha."""
        columns, constant = gradient
        solved = self._solved(columns, None)
        return solved[:, :, None], (self.mean_variance * constant)[:, None]

    def attributes(self, direction):
        """Move coefficients and intercepts."""
        columns, constant = direction
        coef, intercept = columns.T, constant.T
        if self.mean_variance:
            intercept = intercept - coef @ self.mean
        if self.flat:
            coef = coef[:, 0]
        if np.ndim(self.intercept) == 0:
            intercept = intercept[:, 0]
        return {"coef_": coef, "intercept_": intercept}

    def representers(self, others):
        """``H^-1 (z - mean)``, for each alpha of shape (n_features, m)."""
        columns, _ = self.gradients(others)
        return [self._pulled(columns, k) for k in range(self.n_blocks)]

    def each_leverage(self, rows, representers):
        """Multiply the centred rows."""
        for columns in representers:
            yield self._meet(rows, columns) + self.mean_variance

    def leverage(self, rows, representers, shares=None):
        """The mean over outputs from one product."""
        if shares is not None:
            pairs = zip(shares, representers, strict=True)
            representers = [share * columns for share, columns in pairs]
        mean = sum(representers) / len(representers)
        return self._meet(rows, mean) + self.mean_variance

    def each_leverage_diagonal(self, rows):
        """Form ``x^T H^-1 x`` of the centred rows."""
        columns, _ = self.gradients(rows)
        for k in range(self.n_blocks):
            yield self.factor.quadratic(columns, k) + self.mean_variance

    def row_directions(self, rows, pull):
        """The representer of each row, times its pull on each output."""
        representers = self.representers(rows)
        if self.n_blocks == 1:
            representers = representers * self.n_outputs
        columns = np.stack(
            [c * r for c, r in zip(representers, pull.T, strict=True)], axis=1
        )
        return columns, self.mean_variance * pull.T

    def leverage_rounding(self, rows):
        """Of wide X also that of a difference of two ``|x|^2 / alpha``."""
        rounding = super().leverage_rounding(rows)
        if isinstance(self.factor, WoodburyFactor):
            squares = sum_of_squares(self._centred(rows))
            rounding = rounding * (1 + squares / self.alphas.min())
        return rounding

    def _solved(self, columns, target):
        return self._finished(self.factor.solve(columns, target))

    def _pulled(self, columns, target):
        return self._finished(self.factor.pull(columns, target))

    def _finished(self, solution):
        warn_if_unconverged(solution)
        return solution.value

    def _meet(self, rows, columns):
        if not sparse.issparse(rows):
            return self._centred(rows) @ columns
        values = rows @ columns - self.mean @ columns
        if self.mean_rest is not None:
            values -= self.mean_rest @ columns
        return values

    def _centred(self, rows):
        # A chunk of a sparse pool becomes dense here, never the whole of it:
        # H^-1 x is dense anyway.
        rows = rows.toarray() if sparse.issparse(rows) else rows
        rows = centre(rows, self.mean)
        if self.mean_rest is not None:
            rows -= self.mean_rest
        return rows


def linear_output(rows, coef, intercept):
    """``X w + b``, of shape (n, n_outputs)."""
    values = rows @ coef
    values += intercept  # in place: memory traffic is what pools wait for
    return values.reshape(rows.shape[0], -1)
