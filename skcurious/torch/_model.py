"""The linearised model of a torch module."""

from functools import cached_property

import numpy as np
import torch

from skcurious.linearised import LinearisedModel, RowChunks
from skcurious.tangent._iterative import warn_if_unconverged
from skcurious.tangent._trajectory import TrajectoryTerms
from skcurious.torch._data import Rows
from skcurious.torch._modes import all_digits
from skcurious.torch._tensors import numpy_dtype, to_numpy


class ModelRows:
    """Rows as the module sees them, in its own precision and in that of the solve."""

    def __init__(self, model, X):
        self._model, self._X = model, X

    @cached_property
    def plain(self):
        """At the module that was trained."""
        return self._model.network.linearise(self._X)

    @cached_property
    def precise(self):
        """At the one that was solved with: the same, or a copy with more digits."""
        model = self._model
        if model.precise is model.network:
            return self.plain
        return model.precise.linearise(self._X)

    @property
    def shape(self):
        """Rows, and outputs."""
        return len(self._X), self._model.n_outputs


class TorchModel(LinearisedModel):
    """A module, linearised where training ended.

    Directions and gradients are tensors on the device of the module, of shape
    (n_params, n_columns); what leaves the model are arrays.

    Parameters
    ----------
    network : TorchNetwork
        The module that was trained.
    precise : TorchNetwork
        The same in the precision of the solve.
    factor : object or None
        Inverse of the curvature: ``solve``, ``representers``, ``leverage``,
        ``leverage_diagonal`` and ``row_size``.
    checkpoints : Checkpoints, default=None
        Parameters at some epochs of training.
    **facts : dict
        As for :class:`LinearisedModel`.
    """

    default_weights = "tangent"
    exact_influence = False
    trained_in_epochs = True

    def __init__(self, *, network, precise, factor, checkpoints=None, **facts):
        super().__init__(**facts)
        self.network, self.precise = network, precise
        self.factor = factor
        self.checkpoints = checkpoints
        if network.device.type != "cpu":  # where larger chunks pay
            self.chunk_bytes = 2**30

    def at(self, X):
        """Nothing yet: the module is evaluated when it is asked."""
        return ModelRows(self, X[:] if isinstance(X, Rows) else X)

    def row_bytes(self, leverage):
        """Outputs of all layers; of leverages gradients, or kernels, too."""
        network = self.precise if leverage else self.network
        _, width, row_size = network.measured
        n_numbers = 4 * width
        if leverage:
            n_numbers += row_size + 2 * self.n_outputs * self.factor.row_size
        return network.tensors[0].element_size() * n_numbers

    def output(self, rows):
        """Predictions."""
        return to_numpy(rows.plain.output)

    def tangent_at(self, rows):
        """One directional derivative, in the precision of the predictions."""
        return to_numpy(rows.plain.jvp(self.tangent[:, 0]))

    def parts_at(self, rows):
        """The same of each layer, where layers have tangents of their own."""
        if self.parts is None:
            return self.tangent_at(rows)[:, :, None]
        return to_numpy(rows.plain.jvp_many(self.parts))

    def complexity(self):
        """``|penalised parameters|^2 / 2``."""
        return 0.5 * float(self.precise.penalised_parameters.square().sum())

    def jvp(self, rows, direction):
        """Directional derivatives, in the precision of the solve."""
        return to_numpy(rows.precise.jvp_many(direction))

    def vjp(self, rows, cotangent):
        """A gradient by one pass back."""
        return rows.precise.vjp(self._tensor(cotangent))[:, None]

    def gradients(self, rows):
        """The Jacobian, formed."""
        return rows.precise.jacobian().flatten(0, 1).T

    @all_digits()
    def solve(self, gradient):
        """The inverse of the curvature, times each column."""
        solution = self.factor.solve(gradient)
        warn_if_unconverged(solution)
        return solution.value

    def attributes(self, direction):
        """By the names of the parameters, columns first."""
        each = [self.network.layout.unpack(column) for column in direction.T]
        stacked = (torch.stack(parts) for parts in zip(*each, strict=True))
        names = self.network.layout.names
        return {n: to_numpy(p) for n, p in zip(names, stacked, strict=True)}

    def row_directions(self, rows, pull):
        """``H^-1 r_i^T grad f(z_i)`` of each row, a column each."""
        J = rows.precise.jacobian()
        return self.solve(torch.einsum("nkp,nk->pn", J, self._tensor(pull)))

    @all_digits()
    def representers(self, others):
        """What the factor makes of the gradients of rows."""
        return self.factor.representers(others.precise)

    @all_digits()
    def leverage_blocks(self, rows, representers):
        """h(x, z) of each pair of outputs."""
        return to_numpy(self.factor.leverage(rows.precise, representers))

    @all_digits()
    def leverage_diagonal(self, rows):
        """h(x, x) of each pair of outputs."""
        return to_numpy(self.factor.leverage_diagonal(rows.precise))

    def leverage_rounding(self, rows):
        """How far rounding may put h(x, x) off, of shape (n,)."""
        dtype = numpy_dtype(self.precise.dtype)
        return np.full(rows.shape[0], np.finfo(dtype).eps)

    def _tensor(self, values):
        like = self.precise.tensors[0]
        return torch.as_tensor(values).to(like.device, like.dtype)

    def trajectory(self, X):
        """Terms of DISAL from the checkpoints of the training run."""
        if self.checkpoints is None:
            raise ValueError(
                "This network kept no checkpoints of its training. Fit it with "
                "checkpoints=10, say."
            )
        projection, dynamics = np.zeros(X.shape[0]), np.zeros(X.shape[0])
        n_moved = 0
        for kept in self.checkpoints.parameters:
            theta = kept.load() if hasattr(kept, "load") else kept
            before = self.network.at(theta.to(self.network.device))
            direction = self.network.parameters - before.parameters
            size = float(torch.linalg.vector_norm(direction))
            if size == 0:
                continue
            n_moved += 1
            for where, rows in RowChunks(self, X):
                seen = before.linearise(X[where])
                moved, then = to_numpy(seen.jvp(direction)), to_numpy(seen.output)
                projection[where] += np.linalg.norm(moved, axis=1) / size
                change = then - self.output(rows)
                dynamics[where] += np.square(change).sum(axis=1) / 2
        if not n_moved:
            raise ValueError(
                f"No checkpoint lies before the end of training (kept after epochs "
                f"{self.checkpoints.epochs}). Train longer, or take earlier "
                "checkpoints."
            )
        return TrajectoryTerms(projection / n_moved, dynamics / n_moved)
