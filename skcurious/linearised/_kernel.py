"""The linearised model of kernel ridge regression, and of Gaussian processes.

With ``A = sqrt(W) K sqrt(W) + alpha I``, all written for W = I,

    f(x) = k(x)^T c + offset
    h(x, z) = (k(x, z) - k(x)^T A^-1 k(z)) / alpha

With an intercept k is the kernel about its mean (:mod:`skcurious.tangent._centre`), and
h has ``1 / sum(w)`` besides.

A direction is a function of the kernel's space, ``(dual, others, constant)``:
coefficients of the training rows, of shape (n_train, K, m), and of other rows, pairs of
rows and their coefficients, and a constant of shape (K, m).
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from skcurious._validation import canonical
from skcurious.linearised._blocks import along_rows
from skcurious.linearised._chunks import RowChunks
from skcurious.linearised._separate import SeparateOutputs
from skcurious.tangent._rounding import REMEDY, variance
from skcurious.tangent._threads import PRODUCT, one_thread

# How many roundings of k(x, x) its difference with what is explained may hold.
LOST = 4


class KernelRows(NamedTuple):
    """Rows, and their kernel with the training rows, in float64 whatever X is in."""

    X: object
    K: np.ndarray


class KernelModel(SeparateOutputs):
    """A kernel model, fitted.

    Parameters
    ----------
    kernel : callable
        ``kernel(X, Z)`` is the kernel matrix, ``kernel.diagonal(X)`` its diagonal
        for Z = X.
    X_fit : {ndarray, CSR matrix} of shape (n_train, n_features)
        Training rows.
    dual, tangent : ndarray of shape (n_train, n_outputs)
        Coefficients, and their derivatives with respect to alpha.
    factor : factor or None
        Of A.
    sqrt_weights : ndarray of shape (n_train,) or None
        Square roots of the weights of the training rows.
    offset, offset_tangent : float or ndarray of shape (n_outputs,), default=0.0
        What outputs have besides, and its derivative with respect to alpha.
    centre : KernelCentre, default=None
        Mean of the training rows, with an intercept.
    **facts : dict
        As for :class:`SeparateOutputs`.

    Examples
    --------
    >>> from skcurious import CuriousKernelRidge
    >>> fitted = CuriousKernelRidge(alpha=1.0).fit([[1.0], [2.0]], [1.0, 2.0])
    >>> model = fitted.linearised_
    >>> type(model).__name__
    'KernelModel'
    >>> rows = model.at(fitted.validate_rows([[3.0]]))
    >>> rows.K  # with the training rows
    array([[3., 6.]])
    >>> model.leverage_diagonal(rows).round(9)  # x^2 / (sum of squares + alpha)
    array([[[1.5]]])
    """

    # What to do where rounding hides a variance.
    remedy = REMEDY

    def __init__(
        self,
        *,
        kernel,
        X_fit,
        dual,
        tangent,
        factor,
        sqrt_weights,
        offset=0.0,
        offset_tangent=0.0,
        centre=None,
        **facts,
    ):
        self.kernel = kernel
        self.X_fit = X_fit
        self.dual = dual
        self.dual_tangent = tangent
        self.factor = factor
        self.sqrt_weights = sqrt_weights
        self.offset, self.offset_tangent = offset, offset_tangent
        self.centre = centre
        n_outputs = dual.shape[1]
        # Coefficients that sum to zero: about the mean it is another constant.
        constant = np.broadcast_to(offset_tangent, (n_outputs,))[:, None]
        if centre is not None:
            constant = constant + (centre.means @ tangent)[:, None]
        super().__init__(
            n_outputs=n_outputs, tangent=(tangent[:, :, None], [], constant), **facts
        )

    def at(self, X):
        """Evaluate the kernel of rows with the training rows.

        Parameters
        ----------
        X : {ndarray, CSR matrix} of shape (n, n_features)
            Rows.

        Returns
        -------
        rows : KernelRows
            Never in fewer digits than the model: leverages are small differences.
        """
        X = canonical(X)
        X = X.astype(np.promote_types(X.dtype, self.X_fit.dtype), copy=False)
        return KernelRows(X, self.kernel(X, self.X_fit))

    def row_bytes(self, leverage):
        """A row of the kernel, and a temporary."""
        return 2 * len(self.dual) * self.dual.itemsize

    def output(self, rows):
        """``K c + offset``."""
        return (rows.K @ self.dual + self.offset).astype(rows.X.dtype, copy=False)

    def tangent_at(self, rows):
        """``K dc/ds``, and the derivative of the offset."""
        scale = self.regularity_per_alpha
        tangent = rows.K @ (self.dual_tangent / scale) + self.offset_tangent / scale
        return tangent.astype(rows.X.dtype, copy=False)

    def complexity(self):
        """``c^T K c / 2``, half the squared norm of f in the kernel's space."""
        return self._complexity_of(self.dual)

    def complexity_in_units(self):
        """The same, of coefficients in the units of their outputs."""
        return self._complexity_of(self.dual / self.units)

    def _complexity_of(self, dual):
        seen = RowChunks(self, self.X_fit).map(lambda rows: rows.K @ dual)
        return 0.5 * float(np.vdot(dual, seen))

    def jvp(self, rows, direction):
        """Evaluate the function at the rows."""
        dual, others, constant = direction
        value = self._about_mean(rows) @ dual.reshape(len(dual), -1)
        for other, coefs in others:
            value += self._cross(rows, other) @ coefs.reshape(len(coefs), -1)
        return value.reshape(-1, *constant.shape) + constant

    def vjp(self, rows, cotangent):
        """``sum_j r_j k(z_j, .)``: its values at the training rows, and the r."""
        return self._seen(rows).T @ cotangent, [(rows, cotangent)]

    def add(self, gradient, other):
        """Sum of the values; all rows."""
        return gradient[0] + other[0], gradient[1] + other[1]

    def gradients(self, rows):
        """The function ``k(z, .)`` of each row, of one output."""
        return self._seen(rows).T, [(rows, None)]

    def solve(self, gradient):
        """``H^-1 g = (g - k(X, .)^T A^-1 g(X)) / alpha``, one column an output."""
        seen, others = gradient
        dual = -self._unweighted(self.factor.solve(seen).value) / self.alphas
        constant = sum(r.sum(axis=0) for _, r in others) * self.mean_variance
        others = [(rows, (r / self.alphas)[:, :, None]) for rows, r in others]
        return dual[:, :, None], others, constant[:, None]

    def attributes(self, direction):
        """Move the coefficients of the training rows; those of others are not shown."""
        dual, others, constant = direction
        names = {"dual_coef_": np.moveaxis(dual, -1, 0)}
        if self.centre is not None:
            # What coefficients that sum to zero leave to the intercept.
            intercept = constant.T - np.einsum("n,nkm->mk", self.centre.means, dual)
            for rows, coefs in others:
                means = rows.K @ self.centre.weights
                intercept = intercept - np.einsum("n,nkm->mk", means, coefs)
            names["intercept_"] = intercept
        if self.flat:
            names = {name: value[..., 0] for name, value in names.items()}
        return names

    def representers(self, others):
        """The rows, and ``A^-1 k(X, z)`` for each alpha."""
        seen, own = self._seen(others), self._own(others)
        solved = [self.factor.solve(seen.T, k).value for k in range(self.n_blocks)]
        for k, columns in enumerate(solved):  # warns
            self._variance(others, own, seen, np.einsum("ij,ji->i", seen, columns), k)
        return others, solved

    def each_leverage(self, rows, representers):
        """From one kernel of the two sets of rows."""
        others, solved = representers
        cross, left = self._cross(rows, others), self._seen(rows)
        for columns, alpha in zip(solved, self.alphas, strict=True):
            with one_thread(left.size * columns.shape[1] < PRODUCT):
                h = left @ columns
            np.subtract(cross, h, out=h)
            h /= alpha
            h += self.mean_variance
            yield h

    def each_leverage_diagonal(self, rows):
        """From the diagonal of the kernel."""
        seen, own = self._seen(rows), self._own(rows)
        for k in range(self.n_blocks):
            quadratic = self.factor.quadratic(seen.T, k)
            yield self._variance(rows, own, seen, quadratic, k)

    def row_directions(self, rows, pull):
        """A function for each row, with a coefficient for the row itself."""
        new = np.zeros((*pull.shape, len(pull)), pull.dtype)
        own = np.arange(len(pull))
        new[own, :, own] = pull / self.alphas
        constant = self.mean_variance * pull.T
        return self._moved_dual(rows, pull), [(rows, new)], constant

    def parameter_influence(self, rows, pull):
        """Add the coefficient of each row itself to what the training rows get."""
        # Not by row_directions, whose coefficients of new rows are n x n.
        new = pull / self.alphas
        constant = self.mean_variance * pull.T
        names = self.attributes((self._moved_dual(rows, pull), [], constant))
        names["new_dual_coef"] = new[:, 0] if self.flat else new
        if self.centre is not None:
            means = rows.K @ self.centre.weights
            names["intercept_"] -= (means * names["new_dual_coef"].T).T
        return names

    def _moved_dual(self, rows, pull):
        # c = W (y - f(X)) / alpha at an optimum, for old rows and new.
        weights = self.training_weights()
        training = self.at(self.X_fit)
        blocks = self.leverage_blocks(training, self.representers(rows))
        moved = along_rows(blocks, pull)  # (n, n_train, n_outputs)
        dual = -moved * np.reshape(weights, (-1, 1)) / self.alphas
        return np.moveaxis(dual, 0, -1)

    def leverage_rounding(self, rows):
        """That of a difference of kernels over alpha."""
        eps = np.finfo(rows.K.dtype).eps
        return eps + self._rounding(rows) / self.alphas.min()

    def one_plus_leverage(self, X, weight):
        """Of training rows that are taken out, ``1 - w h(x, x) = alpha (A^-1)_ii``.

        There h itself is a small difference.

        Parameters
        ----------
        X : {ndarray, CSR matrix} of shape (n, n_features)
            Rows.
        weight : ndarray of shape (n,)
            The d: minus the weight of a training row that is taken out.

        Returns
        -------
        left : ndarray of shape (n, R)
            For each row and alpha.
        """
        if not self._is_taken_out(X, weight):
            return super().one_plus_leverage(X, weight)
        left = self._left_of_training_rows()
        # A row of no weight leaves all there was.
        return np.where(weight[:, None] == 0, 1, np.stack(left, axis=1))

    def _is_taken_out(self, X, weight):
        """Whether these are the training rows, with minus their weights."""
        own = self.X_fit
        if X.shape != own.shape or sparse.issparse(X) or sparse.issparse(own):
            return False
        weights = self.training_weights()
        return np.array_equal(X, own) and np.allclose(-weight, weights, rtol=1e-6)

    def _left_of_training_rows(self):
        of_intercept = self.training_weights() * self.mean_variance
        return [
            alpha * self.factor.inverse_diagonal(k) - of_intercept
            for k, alpha in enumerate(self.alphas)
        ]

    def training_weights(self):
        """Give the weights of the training rows, relative to a label to come.

        Returns
        -------
        weights : float or ndarray of shape (n_train,)
            1.0 without weights.
        """
        return 1.0 if self.sqrt_weights is None else self.sqrt_weights**2

    # -- the kernel about its mean, if there is an intercept ---------------------------

    @property
    def mean_variance(self):
        """Variance of the intercept: 1 over the sum of the weights."""
        return 0.0 if self.centre is None else 1 / self.centre.total

    def _about_mean(self, rows):
        return rows.K if self.centre is None else self.centre.centred(rows.K)

    def _seen(self, rows):
        """Kernel with the training rows, in their weights."""
        K = self._about_mean(rows)
        return K if self.sqrt_weights is None else K * self.sqrt_weights

    def _cross(self, rows, others):
        K = self.kernel(rows.X, others.X)
        if self.centre is None:
            return K
        K = K - (rows.K @ self.centre.weights)[:, None]
        K -= others.K @ self.centre.weights - self.centre.mean
        return K

    def _own(self, rows):
        own = self.kernel.diagonal(rows.X)
        if self.centre is None:
            return own
        return own - 2 * (rows.K @ self.centre.weights) + self.centre.mean

    def _rounding(self, rows):
        """Of ``k(x, x)``, and of what is subtracted from it."""
        size = np.abs(self.kernel.diagonal(rows.X))
        if self.centre is not None:
            size = size + np.abs(self.centre.mean)
        return np.finfo(rows.K.dtype).eps * size

    def _variance(self, rows, own, seen, quadratic, k):
        alpha = self.alphas[k]
        return variance(
            own,
            quadratic,
            np.einsum("ij,ij->i", seen, seen),
            alpha,
            LOST * self._rounding(rows) / alpha,
            self.mean_variance,
            self.remedy,
        )

    def _unweighted(self, columns):
        if self.sqrt_weights is None:
            return columns
        return columns * self.sqrt_weights[:, None]
