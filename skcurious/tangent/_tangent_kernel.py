"""The tangent kernel of a network, and the Woodbury inverse built on it.

With ``D = diag(p on weights, q on intercepts)`` the kernel of two rows is

    k(x, z) = grad f(x)^T D^-1 grad f(z)
            = sum_l (a_{l-1}(x) . a_{l-1}(z) / p + 1 / q) (d_l(x) . d_l(z))

because the gradient of a layer is an outer product: gradients themselves are
never formed.  The algebra is that of kernel ridge regression with alpha 1:

    H = D + J^T W J,    A = I + sqrt(W) k(X, X) sqrt(W)
    H^-1 v = D^-1 v - D^-1 J^T sqrt(W) A^-1 sqrt(W) J D^-1 v
    h(x, z) = k(x, z) - k(x, X) sqrt(W) A^-1 sqrt(W) k(X, z)
"""

import numpy as np

from skcurious.tangent._curvature import squared_jacobian
from skcurious.tangent._factor import CholeskyFactor
from skcurious.tangent._network import row_norms
from skcurious.tangent._representers import meet, solve_gradients
from skcurious.tangent._rounding import warn_of_few_digits
from skcurious.tangent._solution import Solution
from skcurious.tangent._threads import PRODUCT, one_thread


def tangent_kernel(rows, others, on_weights, on_intercepts):
    """Kernel of two linearisations of one network.

    Parameters
    ----------
    rows, others : Linearisation
        The network at n and at m rows.
    on_weights, on_intercepts : float
        The two values of D.

    Returns
    -------
    kernel : ndarray of shape (n, n_outputs, m, n_outputs)
    """
    (n, k), (m, _) = rows.shape, others.shape
    total = np.zeros((n, k, m, k))
    layers = zip(
        rows.inputs,
        rows.output_deltas,
        others.inputs,
        others.output_deltas,
        strict=True,
    )
    for a, d, b, e in layers:
        with one_thread(2 * n * m * a.shape[1] < PRODUCT):
            inner = a @ b.T
        inner = inner.toarray() if hasattr(inner, "toarray") else inner
        inner /= on_weights
        inner += 1 / on_intercepts
        if d.shape[2] == 1:  # the usual last layer: its delta is one
            deltas = np.multiply.outer(d[:, :, 0], e[:, :, 0])
        else:
            d, e = d.reshape(n * k, -1), e.reshape(m * k, -1)
            with one_thread(2 * d.size * len(e) < PRODUCT):
                deltas = (d @ e.T).reshape(n, k, m, k)
        deltas *= inner[:, None, :, None]
        total += deltas
    return total


def tangent_kernel_diagonal(rows, on_weights, on_intercepts):
    """``k(x, x)`` of every row, of shape (n, n_outputs, n_outputs)."""
    n, k = rows.shape
    total = np.zeros((n, k, k))
    for a, d in zip(rows.inputs, rows.output_deltas, strict=True):
        inner = row_norms(a) / on_weights + 1 / on_intercepts
        total += inner[:, None, None] * (d @ d.transpose(0, 2, 1))
    return total


class TangentKernelFactor:
    """Inverse of ``H = D + J^T W J`` from as many numbers as labels, squared.

    Parameters
    ----------
    rows : Linearisation
        The network at all training rows.
    weights : ndarray of shape (n,)
        Weights of the rows.
    on_weights, on_intercepts : float
        The two values of D, both positive.
    """

    method = "dual"
    definite = True
    singular = False

    def __init__(self, rows, weights, on_weights, on_intercepts):
        self.rows = rows
        self.on_weights, self.on_intercepts = on_weights, on_intercepts
        n_values = self.row_size = rows.shape[0] * rows.shape[1]
        self.sqrt_weights = np.repeat(np.sqrt(weights), rows.shape[1])
        A = self._kernel(rows, rows).reshape(n_values, n_values)
        A *= self.sqrt_weights
        A *= self.sqrt_weights[:, None]
        # A is I plus a semidefinite matrix: positive definite by construction.
        self.dual = CholeskyFactor.try_factorise(A, 1.0)
        if self.dual is None:
            raise np.linalg.LinAlgError(
                "The tangent kernel of the network overflows its precision. Raise "
                "alpha or damping, or scale X."
            )

    def _kernel(self, rows, others):
        return tangent_kernel(rows, others, self.on_weights, self.on_intercepts)

    def solve(self, B, target=None):
        """``H^-1 B`` for every column of B, of shape (n_params, n_columns)."""
        D = self._added[:, None]
        scaled = B / D
        inner = self.rows.jvp_many(scaled).reshape(-1, B.shape[1])
        root = self.sqrt_weights[:, None]
        inner = root * self.dual.solve(root * inner).value
        inner = inner.reshape(*self.rows.shape, B.shape[1])
        scaled -= self.rows.vjp_many(inner) / D
        return Solution(scaled, self.method)

    def matmat(self, V):
        """``H V`` for every column of V."""
        moved = self.rows.jvp_many(V)
        moved *= np.square(self.sqrt_weights).reshape(*self.rows.shape, 1)
        return self._added[:, None] * V + self.rows.vjp_many(moved)

    def diagonal(self):
        """That of H, of shape (n_params,)."""
        weights = np.square(self.sqrt_weights[:: self.rows.shape[1], None])
        return self._added + squared_jacobian(self.rows, weights)

    @property
    def _added(self):
        """D."""
        network = self.rows.network
        added = np.full(network.n_params, float(self.on_intercepts))
        added[: network.n_weights] = self.on_weights
        return added

    def representers(self, others):
        """``H^-1 grad f(z)`` of a single row; of more, z and ``A^-1 sqrt(W) k(X, z)``.

        The first needs no kernel of the pool with the training rows, the
        second no gradients.
        """
        if others.shape[0] == 1:
            return solve_gradients(self.solve, others)
        return others, self.dual.solve(self._seen(others).T).value

    def leverage(self, rows, representers):
        """``h(x, z)``, of shape (n, n_outputs, m, n_outputs)."""
        if isinstance(representers, np.ndarray):
            return meet(rows, representers)
        others, solved = representers
        h = self._kernel(rows, others)
        h -= (self._seen(rows) @ solved).reshape(h.shape)
        return h

    def leverage_diagonal(self, rows):
        """``h(x, x)``, of shape (n, n_outputs, n_outputs)."""
        own = tangent_kernel_diagonal(rows, self.on_weights, self.on_intercepts)
        half = self.dual.half_solve(self._seen(rows).T).reshape(-1, *rows.shape)
        h = own - np.einsum("anj,ank->njk", half, half)
        each, size = np.einsum("njj->nj", h), np.einsum("njj->nj", own)
        warn_of_few_digits(each, np.finfo(h.dtype).eps * size)
        return h

    def _seen(self, rows):
        kernel = self._kernel(rows, self.rows)
        return kernel.reshape(-1, len(self.sqrt_weights)) * self.sqrt_weights
