"""Curvature of the objective of a module over its training rows.

    J(theta) = sum_i w_i |f(x_i) - y_i|^2 / 2 + alpha / 2 |penalised parameters|^2

The Gauss-Newton matrix ``G = sum_i w_i J_i^T J_i + D`` is never formed, unless
parameters are few: a product is one dual forward pass and one pass back, minibatch by
minibatch.
"""

import torch

from skcurious.torch._capture import capture


class Diagonal:
    """D: one value for each parameter tensor, by whether it is penalised.

    Parameters
    ----------
    on_penalised, on_others : float
        alpha and the damping; the damping alone.
    """

    def __init__(self, layout, on_penalised, on_others):
        self.layout = layout
        self.on_penalised = float(on_penalised)
        self.on_others = float(on_others)

    @property
    def smallest(self):
        """The smallest value on any parameter."""
        values = self.by_name().values()
        return min(values)

    def times(self, factor):
        """The same, everywhere larger by a factor."""
        return Diagonal(
            self.layout, factor * self.on_penalised, factor * self.on_others
        )

    def by_name(self):
        """The value on each parameter."""
        return {
            name: self.on_penalised if is_penalised else self.on_others
            for name, is_penalised in zip(
                self.layout.names, self.layout.penalised, strict=True
            )
        }

    def flat(self, like):
        """As a column, of the precision and on the device of `like`."""
        return self.layout.spread(self.on_penalised, self.on_others, like)[:, None]


class TrainingRows:
    """The training rows as a network sees them, in minibatches.

    Parameters
    ----------
    network : TorchNetwork
        The network, in the precision of the solve.
    x, y : Tensor
        Rows and targets, (n, n_outputs); they stay where they are.
    memory : int
        Bytes that a minibatch, and what is kept of it, may take.
    weights : Tensor of shape (n,), default=None
        w; None for ones.
    """

    def __init__(self, network, x, y, memory, weights=None):
        self.network, self.x, self.y, self.memory = network, x, y, memory
        self.weights = torch.ones(len(x)) if weights is None else weights
        _, width, row_size = network.measure(network.as_input(x[:2]))
        row_bytes = network.tensors[0].element_size() * (4 * width + row_size)
        chunk_size = max(memory // row_bytes, 1)
        self.n_samples = len(x)
        self.slices = [
            slice(start, min(start + chunk_size, self.n_samples))
            for start in range(0, self.n_samples, chunk_size)
        ]
        self._kept = None
        if len(self.slices) == 1:
            self._kept = self._evaluate(self.slices[0])

    def sample(self, which, network):
        """Some of the rows as another network sees them, each standing for several."""
        x, y, weights = (
            each[which.to(each.device)] for each in (self.x, self.y, self.weights)
        )
        weights = weights * (self.n_samples / len(which))
        return TrainingRows(network, x, y, self.memory, weights)

    def features(self):
        """Gradients of the rows, minibatch by minibatch: evaluated again each time."""
        for rows, *_ in self:
            yield rows.features

    def _evaluate(self, where):
        y, weights = (
            each[where].to(self.network.device, self.network.dtype)
            for each in (self.y, self.weights)
        )
        return self.network.linearise(self.x[where]), y, weights[:, None]

    def __iter__(self):
        """Rows, their targets, and their weights, of shape (n, 1)."""
        if self._kept is not None:
            yield self._kept
            return
        for where in self.slices:
            yield self._evaluate(where)


class GaussNewton:
    """``G V`` for the Gauss-Newton matrix G.

    Parameters
    ----------
    training : TrainingRows
        Rows to sum over.
    diagonal : Diagonal
        D.
    """

    def __init__(self, training, diagonal):
        self.training = training
        self.diagonal = diagonal.flat(training.network.tensors[0])

    def matmat(self, V):
        """``G V``, column by column."""
        product = self.diagonal * V
        for rows, _, weights in self.training:
            for j in range(V.shape[1]):
                product[:, j] += rows.gauss_newton(V[:, j].contiguous(), weights)
        return product

    def dense(self):
        """G, formed."""
        matrix = torch.diag(self.diagonal[:, 0])
        for rows, _, weights in self.training:
            step = max(2**22 // (rows.shape[1] * len(matrix)), 1)
            for x, w in zip(rows.x.split(step), weights.split(step), strict=True):
                J = rows.network.linearise(x).jacobian()
                J = (J * w.sqrt()[:, :, None]).flatten(0, 1)
                matrix.addmm_(J.T, J)
        return matrix


def gradient_and_scale(training, alpha):
    """Gradient of J, the sum of the norms of its parts, and the squared errors.

    Returns
    -------
    gradient : Tensor of shape (n_params,)
        Zero at an optimum.
    scale : float
        ``sum_i w_i |grad L_i| + |alpha parameters|``, at least its norm.
    squared_error : list of float
        ``sum_i w_i (f(x_i) - y_i)^2`` of each output.
    """
    network = training.network
    gradient = alpha * network.penalised_parameters
    scale = torch.linalg.vector_norm(gradient).double()
    squared_error = 0.0
    ones = dict.fromkeys(network.layout.names, 1.0)
    for rows, y, weights in training:
        residual = rows.output - y
        pull = weights * residual
        gradient += rows.vjp(pull)
        squares = capture(network, rows.x, [pull]).own_kernel(ones)
        scale += squares.clamp(min=0).sqrt().sum()
        squared_error = squared_error + (pull.double() * residual).sum(dim=0)
    return gradient, float(scale), squared_error.tolist()
