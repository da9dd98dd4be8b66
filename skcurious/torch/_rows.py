"""A network at given rows: the output, J v and J^T r."""

from functools import cached_property

import torch
from torch.autograd import forward_ad

from skcurious.torch._capture import capture, is_cheap
from skcurious.torch._modes import evaluation, forward_mode, precision
from skcurious.torch._tensors import pull


class TorchRows:
    """A network at given rows."""

    def __init__(self, network, x):
        self.network = network
        self.x = x

    def __getstate__(self):
        return {"network": self.network, "x": self.x}

    @cached_property
    def output(self):
        """The outputs, of shape (n, n_outputs)."""
        network = self.network
        with (
            torch.no_grad(),
            evaluation(network.module),
            precision(network.autocast, network.device),
        ):
            return network.call(network.tensors, self.x).to(network.dtype)

    @property
    def shape(self):
        """Of the output."""
        if "output" in vars(self):
            return tuple(self.output.shape)
        return len(self.x), self.network.measure(self.x)[0]

    def jvp(self, direction):
        """Derivative of the outputs along a flat direction, (n, n_outputs)."""
        network = self.network
        direction = direction.to(network.dtype)
        with (
            torch.no_grad(),
            evaluation(network.module),
            precision(network.autocast, network.device),
            forward_mode(network.module),
        ):
            duals = network.duals(network.tensors, direction)
            output, tangent = forward_ad.unpack_dual(network.call(duals, self.x))
            vars(self).setdefault("output", output.to(network.dtype))
            if tangent is None:  # of a parameter that plays no part
                tangent = torch.zeros_like(output)
            return tangent.to(network.dtype)

    def jvp_many(self, directions):
        """Along each column of (n_params, m), of shape (n, n_outputs, m)."""
        if self._is_known:
            unpack = self.network.layout.unpack
            each = [self.features.along(unpack(v)) for v in directions.T.contiguous()]
            return torch.stack(each, dim=2)
        # Direction by direction: a product with a stack of weights is no faster.
        return torch.stack([self.jvp(v) for v in directions.T.contiguous()], dim=2)

    def _graph(self):
        network = self.network
        leaves = [p.detach().requires_grad_() for p in network.tensors]
        with torch.enable_grad(), evaluation(network.module):
            return leaves, network.call(leaves, self.x)

    def vjp(self, cotangent):
        """Gradient of ``sum(cotangent * output)``, flat."""
        leaves, output = self._graph()
        return self.network.layout.pack(pull(output, leaves, cotangent))

    def vjp_many(self, cotangents):
        """For each of (n, n_outputs, m), of shape (n_params, m)."""
        if self._is_known:
            each = [self.features.pull(u) for u in cotangents.unbind(dim=2)]
            return torch.stack([self.network.layout.pack(g) for g in each], dim=1)
        leaves, output = self._graph()
        pack, last = self.network.layout.pack, cotangents.shape[2] - 1
        columns = [
            pack(pull(output, leaves, cotangents[:, :, j], retain_graph=j < last))
            for j in range(last + 1)
        ]
        return torch.stack(columns, dim=1)

    def jvp_and_pull(self, direction, weight):
        """``J^T (weight * J v)`` from one pass: dual numbers on a graph.

        Parameters
        ----------
        direction : Tensor of shape (n_params,)
            v.
        weight : float or Tensor of shape (n, 1)
            Of the rows.
        """
        network = self.network
        leaves = [p.detach().requires_grad_() for p in network.tensors]
        with torch.enable_grad(), evaluation(network.module):
            with forward_mode(network.module):
                duals = network.duals(leaves, direction)
                output, tangent = forward_ad.unpack_dual(network.call(duals, self.x))
                tangent = tangent.detach()
            # Outside of the dual level, where the pass back has no dual numbers.
            return network.layout.pack(pull(output, leaves, weight * tangent))

    @property
    def _is_known(self):
        """Whether gradients were captured, and products with them are cheap."""
        return "features" in vars(self) and is_cheap(self.network, self.x)

    def gauss_newton(self, direction, weight=1.0):
        """``J^T (weight * J v)``, flat, by the shortest way."""
        network = self.network
        kept = "features" in vars(self)
        cheap = is_cheap(network, self.x) and (kept or self.shape[1] == 1)
        if not cheap:
            return self.jvp_and_pull(direction, weight)
        features = self.features if kept else capture(network, self.x)
        moved = features.along(network.layout.unpack(direction))
        return network.layout.pack(features.pull(weight * moved))

    @cached_property
    def features(self):
        """What each layer makes of the rows; see :mod:`skcurious.torch._capture`."""
        return capture(self.network, self.x)

    def jacobian(self):
        """Derivative of every output by every parameter, (n, n_outputs, n_params)."""
        return self.features.jacobian()
