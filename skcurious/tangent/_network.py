"""A multilayer perceptron, and its derivatives at given rows.

With ``a_0 = x``, ``z_l = a_{l-1} W_l + b_l``, ``a_l = phi(z_l)`` and the
output ``f = z_L``, a direction ``(V_l, v_l)`` in the parameters moves the
output by (forward)

    dz_l = da_{l-1} W_l + a_{l-1} V_l + v_l,    da_l = phi'(z_l) dz_l

and a weight ``u`` on the output pulls on the parameters by (backward)

    d_L = u,    d_{l-1} = (d_l W_l^T) phi'(z_{l-1}),    W_l: a_{l-1}^T d_l,    b_l: d_l

Parameters are flattened as scikit-learn does: all weights, then all
intercepts.
"""

from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator
from scipy.special import expit

# phi(z), in place, phi'(z) and phi''(z), the derivatives as functions of
# a = phi(z).
ACTIVATIONS = {
    "identity": (lambda z: z, np.ones_like, np.zeros_like),
    "logistic": (
        lambda z: expit(z, out=z),
        lambda a: a * (1 - a),
        lambda a: a * (1 - a) * (1 - 2 * a),
    ),
    "tanh": (
        lambda z: np.tanh(z, out=z),
        lambda a: 1 - a * a,
        lambda a: -2 * a * (1 - a * a),
    ),
    "relu": (lambda z: np.maximum(z, 0, out=z), lambda a: a > 0, np.zeros_like),
}


class Network:
    """Weights of a multilayer perceptron with identity output.

    Parameters
    ----------
    coefs : list of ndarray of shape (n_in, n_out)
        One for each layer.
    intercepts : list of ndarray of shape (n_out,)
        One for each layer.
    activation : {'identity', 'logistic', 'tanh', 'relu'}
        Of the hidden layers.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import Network
    >>> network = Network([np.array([[2.0]])], [np.array([1.0])], "tanh")
    >>> rows = network.linearise(np.array([[3.0]]))
    >>> rows.output
    array([[7.]])
    >>> rows.jvp(np.array([0.5, 1.0]))
    array([[2.5]])
    """

    def __init__(self, coefs, intercepts, activation):
        self.coefs = list(coefs)
        self.intercepts = list(intercepts)
        self.activation = activation
        sizes = [array.size for array in [*self.coefs, *self.intercepts]]
        self._ends = np.cumsum(sizes)
        self.n_params = int(self._ends[-1])
        self.n_weights = sum(sizes[: len(self.coefs)])
        self.n_outputs = len(self.intercepts[-1])
        self.width = sum(len(b) for b in self.intercepts)

    def pack(self, coefs, intercepts):
        """Flatten arrays shaped like the parameters.

        Parameters
        ----------
        coefs, intercepts : list of ndarray
            Shaped like weights and intercepts.

        Returns
        -------
        vector : ndarray of shape (n_params,)
            A new array.
        """
        return np.concatenate([array.ravel() for array in [*coefs, *intercepts]])

    def unpack(self, vector):
        """Cut a flat vector into the shapes of the parameters.

        Parameters
        ----------
        vector : ndarray of shape (n_params,)
            All weights, then all intercepts.

        Returns
        -------
        coefs, intercepts : list of ndarray
            Views into it.
        """
        parts = np.split(vector, self._ends[:-1])
        shapes = [array.shape for array in [*self.coefs, *self.intercepts]]
        arrays = [p.reshape(s) for p, s in zip(parts, shapes, strict=True)]
        return arrays[: len(self.coefs)], arrays[len(self.coefs) :]

    @property
    def parameters(self):
        """All parameters, flat."""
        return self.pack(self.coefs, self.intercepts)

    def linearise(self, X):
        """Evaluate the network at some rows, ready for derivatives.

        Parameters
        ----------
        X : {ndarray, sparse matrix} of shape (n, n_features)
            Rows.

        Returns
        -------
        rows : Linearisation
            With ``output``, ``jvp``, ``vjp`` and ``jacobian``.
        """
        return Linearisation(self, X)


class Linearisation:
    """A network at given rows: activations and their slopes, kept.

    Parameters
    ----------
    network : Network
        The network.
    X : {ndarray, sparse matrix} of shape (n, n_features)
        Rows.
    activations : list of ndarray, default=None
        X, what leaves each hidden layer, and the output, where somebody has
        evaluated the network already.

    Attributes
    ----------
    inputs : list of ndarray
        What enters each layer, of shape (n, n_in); the first is X.
    output : ndarray of shape (n, n_outputs)
        The predictions.
    """

    def __init__(self, network, X, activations=None):
        self.network = network
        if activations is not None:
            *self.inputs, self.output = activations
            self.shape = self.output.shape
            return
        self.inputs = [X]
        function, _, _ = ACTIVATIONS[network.activation]
        *hidden, last = zip(network.coefs, network.intercepts, strict=True)
        for W, b in hidden:
            z = self.inputs[-1] @ W
            z += b
            self.inputs.append(function(z))
        W, b = last
        self.output = self.inputs[-1] @ W
        self.output += b
        self.shape = self.output.shape

    @cached_property
    def slopes(self):
        """phi'(z) of each hidden layer."""
        _, first, _ = ACTIVATIONS[self.network.activation]
        return [first(a) for a in self.inputs[1:]]

    def jvp(self, direction):
        """Directional derivative of the output: forward mode.

        Parameters
        ----------
        direction : ndarray of shape (n_params,)
            Direction in the parameters.

        Returns
        -------
        derivative : ndarray of shape (n, n_outputs)
        """
        return self.forward_tangents(direction)[-1]

    def forward_tangents(self, direction):
        """``dz_l`` of every layer."""
        V, v = self.network.unpack(direction)
        moved = [self.inputs[0] @ V[0]]
        moved[0] += v[0]
        for layer in range(1, len(V)):
            arriving = moved[-1] * self.slopes[layer - 1]
            moved.append(arriving @ self.network.coefs[layer])
            moved[-1] += self.inputs[layer] @ V[layer]
            moved[-1] += v[layer]
        return moved

    def jvp_many(self, directions):
        """Directional derivatives along many directions at once.

        Parameters
        ----------
        directions : ndarray of shape (n_params, m)
            One direction a column.

        Returns
        -------
        derivative : ndarray of shape (n, n_outputs, m)
        """
        n, m = self.shape[0], directions.shape[1]
        stacked = np.ascontiguousarray(directions.T)
        ends = self.network._ends
        n_layers = len(self.network.coefs)
        moved = None
        for layer, W in enumerate(self.network.coefs):
            start = ends[layer] - W.size
            V = stacked[:, start : ends[layer]].reshape(m, *W.shape)
            last = ends[n_layers + layer]
            v = stacked[:, last - W.shape[1] : last]
            # (n, n_in) times (n_in, m * n_out): one product for all directions.
            V = np.ascontiguousarray(V.transpose(1, 0, 2)).reshape(len(W), -1)
            arriving = (self.inputs[layer] @ V).reshape(n, m, -1)
            arriving += v
            if moved is not None:
                moved *= self.slopes[layer - 1][:, None, :]
                arriving += moved @ W
            moved = arriving
        return moved.transpose(0, 2, 1)

    def backward(self, cotangent):
        """``d_l`` of every layer for weights `cotangent` on the output."""
        deltas = [cotangent]
        for layer in range(len(self.network.coefs) - 1, 0, -1):
            delta = deltas[-1] @ self.network.coefs[layer].T
            delta *= self.slopes[layer - 1]
            deltas.append(delta)
        return deltas[::-1]

    def vjp(self, cotangent):
        """Gradient of ``sum(cotangent * output)``: reverse mode.

        Parameters
        ----------
        cotangent : ndarray of shape (n, n_outputs)
            Weights on the output.

        Returns
        -------
        gradient : ndarray of shape (n_params,)
        """
        deltas = self.backward(cotangent)
        coefs = [a.T @ d for a, d in zip(self.inputs, deltas, strict=True)]
        return self.network.pack(coefs, [d.sum(axis=0) for d in deltas])

    def vjp_many(self, cotangents):
        """Gradients for many sets of weights on the output at once.

        Parameters
        ----------
        cotangents : ndarray of shape (n, n_outputs, m)
            One set of weights for each of m columns.

        Returns
        -------
        gradients : ndarray of shape (n_params, m)
        """
        n, _, m = cotangents.shape
        delta = np.ascontiguousarray(cotangents.transpose(0, 2, 1))
        coefs, intercepts = [], []
        for layer in range(len(self.network.coefs) - 1, -1, -1):
            n_in, n_out = self.network.coefs[layer].shape
            # (n_in, n) times (n, m * n_out): one product for all columns.
            gradient = self.inputs[layer].T @ delta.reshape(n, m * n_out)
            gradient = gradient.reshape(n_in, m, n_out).transpose(0, 2, 1)
            coefs.append(gradient.reshape(-1, m))
            intercepts.append(delta.sum(axis=0).T)
            if layer:
                delta = delta @ self.network.coefs[layer].T
                delta *= self.slopes[layer - 1][:, None, :]
        return np.concatenate([*coefs[::-1], *intercepts[::-1]])

    @cached_property
    def output_deltas(self):
        """``d_l`` for each output apart: arrays of shape (n, n_outputs, n_out)."""
        n, k = self.shape
        deltas = [np.broadcast_to(np.eye(k), (n, k, k))]
        for layer in range(len(self.network.coefs) - 1, 0, -1):
            delta = deltas[-1] @ self.network.coefs[layer].T
            delta *= self.slopes[layer - 1][:, None, :]
            deltas.append(delta)
        return deltas[::-1]

    def jacobian(self):
        """Derivative of every output by every parameter.

        Returns
        -------
        jacobian : ndarray of shape (n, n_outputs, n_params)
        """
        n, k = self.shape
        network = self.network
        J = np.empty((n, k, network.n_params), dtype=self.output.dtype)
        ends = network._ends
        n_layers = len(network.coefs)
        for layer, (a, d) in enumerate(
            zip(self.inputs, self.output_deltas, strict=True)
        ):
            a = a.toarray() if sparse.issparse(a) else a
            n_in, n_out = network.coefs[layer].shape
            block = J[:, :, ends[layer] - n_in * n_out : ends[layer]]
            block = block.reshape(n, k, n_in, n_out)  # a view: the last axis splits
            np.multiply(a[:, None, :, None], d[:, :, None, :], out=block)
            last = ends[n_layers + layer]
            J[:, :, last - n_out : last] = d
        return J

    def squared_gradient_norms(self, cotangent):
        """``|grad sum(cotangent * output)|^2`` of each row, without gradients."""
        total = np.zeros(self.shape[0])
        for a, d in zip(self.inputs, self.backward(cotangent), strict=True):
            total += (row_norms(a) + 1) * row_norms(d)
        return total


def row_norms(a):
    """Squared norms of the rows of a dense or sparse array."""
    if sparse.issparse(a):
        return np.asarray(a.multiply(a).sum(axis=1)).ravel()
    return np.einsum("ij,ij->i", a, a)


class JacobianOperator(LinearOperator):
    """The Jacobian of the outputs as a scipy operator, never formed.

    ``matvec`` is the directional derivative, ``rmatvec`` the gradient; outputs
    are flattened row by row.

    Parameters
    ----------
    linearisation : Linearisation
        The network at the rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import JacobianOperator, Network
    >>> network = Network([np.array([[2.0]])], [np.array([1.0])], "identity")
    >>> J = JacobianOperator(network.linearise(np.array([[3.0], [4.0]])))
    >>> J @ np.array([1.0, 0.5])
    array([3.5, 4.5])
    """

    def __init__(self, linearisation):
        self.linearisation = linearisation
        n, k = linearisation.shape
        shape = n * k, linearisation.network.n_params
        super().__init__(dtype=linearisation.output.dtype, shape=shape)

    def _matvec(self, v):
        return self.linearisation.jvp(np.ravel(v)).ravel()

    def _rmatvec(self, u):
        return self.linearisation.vjp(np.reshape(u, self.linearisation.shape))
