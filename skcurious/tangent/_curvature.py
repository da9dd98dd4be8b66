"""Curvature of a network's objective over its training rows.

    J(theta) = sum_i w_i/2 |f(x_i) - y_i|^2 + s/2 |weights|^2

Both curvatures are scipy operators over the flattened parameters; `diagonal`
holds s on the weights and 0 on the intercepts, plus the damping:

* Gauss-Newton, ``G = sum_i w_i J_i^T J_i + diag(diagonal)``: a forward and a
  backward pass a product;
* the Hessian, ``G + sum_i w_i r_i d2f(x_i)``, by the R-operator
  (B. Pearlmutter, "Fast exact multiplication by the Hessian", 1994): every
  line of the backward pass differentiated along the direction.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import blas
from scipy.sparse.linalg import LinearOperator

from skcurious.tangent._network import ACTIVATIONS, Linearisation
from skcurious.tangent._threads import STEP, one_thread

# Floating-point operations of the dense Gauss-Newton matrix that one thread takes
# on alone: some 0.1 s, little beside the training of the network.
FORMED = 5e9


@dataclass
class Chunk:
    """Some training rows: the network there, their weights and residuals."""

    rows: Linearisation
    weights: np.ndarray  # (n, 1)
    residuals: np.ndarray  # (n, n_outputs), prediction less target

    @cached_property
    def deltas(self):
        """``d_l`` of every layer for the weighted residuals."""
        return self.rows.backward(self.weights * self.residuals)

    @cached_property
    def bends(self):
        """``(d_l W_l^T) phi''(z_{l-1})`` of every hidden layer, or None if zero."""
        network = self.rows.network
        if network.activation in ("identity", "relu"):
            return None
        _, _, second = ACTIVATIONS[network.activation]
        layers = zip(
            self.deltas[1:], network.coefs[1:], self.rows.inputs[1:], strict=True
        )
        return [(d @ W.T) * second(a) for d, W, a in layers]


def short_loop(n_rows, network):
    """One thread where a pass through the network, there and back, is short."""
    return one_thread(8 * n_rows * network.n_params < STEP)


class TrainingRows:
    """The training rows as a network sees them, in chunks.

    Parameters
    ----------
    network : Network
        The network, in float64.
    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        Rows.
    Y : ndarray of shape (n_samples, n_outputs)
        Targets.
    weights : ndarray of shape (n_samples,)
        Weights.
    chunk_size : int
        Rows that are evaluated together.  If that is all of them they are
        evaluated once and kept, else again at every pass.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import Network, TrainingRows
    >>> network = Network([np.array([[2.0]])], [np.zeros(1)], "identity")
    >>> X, Y = np.array([[1.0], [2.0], [3.0]]), np.zeros((3, 1))
    >>> training = TrainingRows(network, X, Y, np.ones(3), chunk_size=2)
    >>> [chunk.residuals.ravel().tolist() for chunk in training]
    [[2.0, 4.0], [6.0]]
    """

    def __init__(self, network, X, Y, weights, chunk_size):
        self.network = network
        self.X, self.Y, self.weights = X, Y, weights
        n_samples = X.shape[0]
        self.slices = [
            slice(start, min(start + chunk_size, n_samples))
            for start in range(0, n_samples, chunk_size)
        ]
        self._kept = None
        if len(self.slices) == 1:
            self._kept = self._evaluate(self.slices[0])

    def _evaluate(self, where):
        X = self.X[where].astype(np.float64, copy=False)
        with short_loop(X.shape[0], self.network):
            rows = self.network.linearise(X)
        return Chunk(rows, self.weights[where, None], rows.output - self.Y[where])

    def __iter__(self):
        if self._kept is not None:
            yield self._kept
            return
        for where in self.slices:
            yield self._evaluate(where)

    @property
    def n_values(self):
        """Rows times outputs."""
        return self.Y.size


class CurvatureOperator(LinearOperator):
    """A curvature summed over training rows, plus a diagonal; symmetric.

    Parameters
    ----------
    training : TrainingRows
        Rows to sum over.
    diagonal : ndarray of shape (n_params,)
        Added to the diagonal: s on the weights, and the damping.
    """

    def __init__(self, training, diagonal):
        self.training = training
        self.diagonal = diagonal
        n_params = training.network.n_params
        super().__init__(dtype=np.float64, shape=(n_params, n_params))

    def few_threads(self, n_columns=1):
        """One thread for a loop around short products, whatever else is in it."""
        n_rows = self.training.X.shape[0] * n_columns
        return short_loop(n_rows, self.training.network)

    def _matvec(self, v):
        v = np.ravel(v)
        product = self.diagonal * v
        for chunk in self.training:
            product += self._of_chunk(chunk, v)
        return product

    def _adjoint(self):
        return self


class GaussNewtonOperator(CurvatureOperator):
    """``G v`` for the Gauss-Newton matrix G.

    Parameters
    ----------
    training : TrainingRows
        Rows to sum over.
    diagonal : ndarray of shape (n_params,)
        Added to the diagonal: s on the weights, and the damping.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import GaussNewtonOperator, Network, TrainingRows
    >>> network = Network([np.array([[2.0]])], [np.zeros(1)], "identity")
    >>> rows = np.array([[1.0], [3.0]]), np.zeros((2, 1)), np.ones(2)
    >>> G = GaussNewtonOperator(TrainingRows(network, *rows, 2), np.array([0.5, 0.0]))
    >>> G.dense()
    array([[10.5,  4. ],
           [ 4. ,  2. ]])
    >>> G @ np.array([1.0, 0.0])
    array([10.5,  4. ])
    """

    def _of_chunk(self, chunk, direction):
        return chunk.rows.vjp(chunk.weights * chunk.rows.jvp(direction))

    def _matmat(self, V):
        if V.shape[1] == 1:
            return self._matvec(V)[:, None]
        product = self.diagonal[:, None] * V
        for chunk in self.training:
            # All columns at once, as far as some 128 MiB go.
            per_column = chunk.rows.shape[0] * self.training.network.width
            step = max(2**24 // per_column, 1)
            for start in range(0, V.shape[1], step):
                some = slice(start, start + step)
                moved = chunk.rows.jvp_many(V[:, some]) * chunk.weights[:, :, None]
                product[:, some] += chunk.rows.vjp_many(moved)
        return product

    def jacobi(self):
        """Sum the diagonal of G, from squared activations and deltas.

        Returns
        -------
        diagonal : ndarray of shape (n_params,)
            A new array.
        """
        total = self.diagonal.copy()
        for chunk in self.training:
            total += squared_jacobian(chunk.rows, chunk.weights)
        return total

    def dense(self):
        """Form G, from the Jacobian in row chunks.

        Returns
        -------
        matrix : ndarray of shape (n_params, n_params)
            C-contiguous.
        """
        network = self.training.network
        upper = np.zeros((network.n_params,) * 2, order="F")
        # Chunks of some 32 MiB of Jacobian.
        row_size = network.n_params * network.n_outputs
        step = max(2**22 // row_size, 1)
        flops = self.training.n_values * network.n_params**2
        for chunk in self.training:
            n_rows = chunk.rows.shape[0]
            for start in range(0, n_rows, step):
                some = slice(start, start + step)
                with one_thread():  # numpy's products are short beside scipy's
                    rows = network.linearise(chunk.rows.inputs[0][some])
                    J = rows.jacobian()
                J *= np.sqrt(chunk.weights[some])[:, :, None]
                J = J.reshape(-1, network.n_params)
                with one_thread(flops < FORMED):
                    upper = blas.dsyrk(1.0, J.T, beta=1.0, c=upper, overwrite_c=True)
        dense = np.ascontiguousarray(upper + np.triu(upper, 1).T)
        dense.flat[:: network.n_params + 1] += self.diagonal
        return dense


class HessianOperator(CurvatureOperator):
    """``H v`` for the exact Hessian of J plus damping.

    Parameters
    ----------
    training : TrainingRows
        Rows to sum over.
    diagonal : ndarray of shape (n_params,)
        Added to the diagonal: s on the weights, and the damping.

    Examples
    --------
    Without hidden layers the Hessian is the Gauss-Newton matrix:

    >>> import numpy as np
    >>> from skcurious.tangent import HessianOperator, Network, TrainingRows
    >>> network = Network([np.array([[2.0]])], [np.zeros(1)], "identity")
    >>> rows = np.array([[1.0], [3.0]]), np.zeros((2, 1)), np.ones(2)
    >>> H = HessianOperator(TrainingRows(network, *rows, 2), np.array([0.5, 0.0]))
    >>> H @ np.array([1.0, 0.0])
    array([10.5,  4. ])
    """

    def _of_chunk(self, chunk, direction):
        rows, network = chunk.rows, self.training.network
        V, _ = network.unpack(direction)
        moved = rows.forward_tangents(direction)  # R z_l
        coefs, intercepts = [None] * len(V), [None] * len(V)
        delta = chunk.weights * moved[-1]  # R d_L
        for layer in range(len(V) - 1, -1, -1):
            coefs[layer] = rows.inputs[layer].T @ delta
            intercepts[layer] = delta.sum(axis=0)
            if layer == 0:
                break
            slopes, W = rows.slopes[layer - 1], network.coefs[layer]
            below = moved[layer - 1]
            coefs[layer] += (slopes * below).T @ chunk.deltas[layer]
            delta = slopes * (delta @ W.T + chunk.deltas[layer] @ V[layer].T)
            if chunk.bends is not None:
                delta += chunk.bends[layer - 1] * below
        return network.pack(coefs, intercepts)


def squared_jacobian(rows, weights):
    """Diagonal of ``J^T W J``, from squared activations and deltas.

    Parameters
    ----------
    rows : Linearisation
        A network at n rows.
    weights : ndarray of shape (n, 1)
        W.

    Returns
    -------
    diagonal : ndarray of shape (n_params,)
    """
    coefs, intercepts = [], []
    for a, d in zip(rows.inputs, rows.output_deltas, strict=True):
        squares = np.einsum("iko,iko->io", d, d) * weights
        coefs.append((a.multiply(a) if hasattr(a, "multiply") else a * a).T)
        coefs[-1] = coefs[-1] @ squares
        intercepts.append(squares.sum(axis=0))
    return rows.network.pack(coefs, intercepts)


def gradient_and_scale(training, penalty):
    """Gradient of J, and the sum of the norms of what it is made of.

    Parameters
    ----------
    training : TrainingRows
        Rows to sum over.
    penalty : ndarray of shape (n_params,)
        s on the weights, 0 on the intercepts.

    Returns
    -------
    gradient : ndarray of shape (n_params,)
        Zero at an optimum.
    scale : float
        ``sum_i w_i |grad L_i| + |s weights|``, at least the gradient's norm.
    """
    pull = penalty * training.network.parameters
    gradient, scale = pull.copy(), np.linalg.norm(pull)
    with short_loop(training.X.shape[0], training.network):
        for chunk in training:
            weighted = chunk.weights * chunk.residuals
            gradient += chunk.rows.vjp(weighted)
            scale += np.sqrt(chunk.rows.squared_gradient_norms(weighted)).sum()
    return gradient, float(scale)
