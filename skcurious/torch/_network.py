"""A torch module at its parameters, and its derivatives at given rows.

Another implementation of what :mod:`skcurious.tangent._network` does by hand: the
output, J v by forward mode and J^T r by reverse mode. Parameters are flattened in
the order of ``module.named_parameters()``; those that need no gradient are constants.
"""

import copy
from functools import cached_property

import numpy as np
import torch
from torch import nn
from torch.autograd import forward_ad
from torch.func import functional_call

from skcurious.torch._capture import COMPARED, as_outputs, capture, is_cheap
from skcurious.torch._modes import evaluation, forward_mode, modules_of, precision


class Layout:
    """Where each parameter lies in a flat vector.

    Parameters
    ----------
    named : list of (str, Tensor)
        Parameters in their order.
    penalised : callable
        ``penalised(name, parameter)`` says whether the penalty is on it.
    """

    def __init__(self, named, penalised):
        self.names = [name for name, _ in named]
        self.shapes = [tuple(p.shape) for _, p in named]
        self.sizes = [p.numel() for _, p in named]
        self.penalised = [bool(penalised(name, p)) for name, p in named]
        self.n_params = sum(self.sizes)

    def pack(self, tensors):
        """Flatten tensors shaped like the parameters, into a new one."""
        return torch.cat([tensor.reshape(-1) for tensor in tensors])

    def unpack(self, vector):
        """Views into a flat vector, shaped like the parameters."""
        parts = torch.split(vector, self.sizes)
        return [p.reshape(s) for p, s in zip(parts, self.shapes, strict=True)]

    def spread(self, on_penalised, on_others, like):
        """One value for penalised parameters, another for the rest; flat."""
        vector = torch.empty(self.n_params, dtype=like.dtype, device=like.device)
        for part, is_penalised in zip(self.unpack(vector), self.penalised, strict=True):
            part.fill_(on_penalised if is_penalised else on_others)
        return vector


def two_dimensions(name, parameter):
    """The default of what is penalised: weights, not biases and not norms."""
    return parameter.ndim >= 2


class TorchNetwork:
    """A module, evaluated for derivatives where its parameters are.

    Parameters
    ----------
    module : torch.nn.Module
        Takes rows, the first dimension of a tensor, and returns one or several
        outputs for each. Its parameters are not copied.
    penalised : callable, default=two_dimensions
        Which parameters the penalty is on.
    autocast : torch.dtype, default=None
        Precision of products in ``output`` and ``jvp`` where it is not that of the
        parameters.
    tensors : list of Tensor, default=None
        Other parameters than those of the module.

    Examples
    --------
    >>> import torch
    >>> from skcurious.torch._network import TorchNetwork
    >>> module = torch.nn.Linear(1, 1)
    >>> with torch.no_grad():
    ...     _ = module.weight.fill_(2.0), module.bias.fill_(1.0)
    >>> rows = TorchNetwork(module).linearise(torch.tensor([[3.0]]))
    >>> rows.output.item(), rows.jvp(torch.tensor([0.5, 1.0])).item()
    (7.0, 2.5)
    >>> rows.vjp(torch.ones(1, 1))
    tensor([3., 1.])
    """

    def __init__(self, module, penalised=two_dimensions, autocast=None, tensors=None):
        self.module = modules_of(module)
        named = [(n, p) for n, p in self.module.named_parameters() if p.requires_grad]
        if not named:
            raise ValueError(
                f"{type(self.module).__name__} has no parameters that need gradients, "
                "and no tangent. Leave requires_grad of some at True."
            )
        self.penalised = penalised
        self.autocast = autocast
        self._own = tensors is None
        self.layout = Layout(named, penalised)
        self.tensors = [p.detach() for _, p in named] if tensors is None else tensors
        self.plan = None  # which layers know their gradients; see _capture
        self._facts = None
        # An entry of an embedding that reverse mode takes for constant.
        self._constant = [
            (self.layout.names.index(f"{name}.weight" if name else "weight"), layer)
            for name, layer in self.module.named_modules()
            if isinstance(layer, nn.Embedding)
            and layer.padding_idx is not None
            and layer.weight.requires_grad
        ]

    def __getstate__(self):
        # Parameters that are the module's are pickled once.
        return vars(self) | ({"tensors": None} if self._own else {})

    def __setstate__(self, state):
        vars(self).update(state)
        if self._own:
            found = dict(self.module.named_parameters())
            self.tensors = [found[name].detach() for name in self.layout.names]

    dtype = property(lambda self: self.tensors[0].dtype)
    device = property(lambda self: self.tensors[0].device)
    n_params = property(lambda self: self.layout.n_params)

    @property
    def parameters(self):
        """All parameters, flat, a copy."""
        return self.layout.pack(self.tensors)

    @property
    def penalised_parameters(self):
        """Gradient of ``|penalised parameters|^2 / 2``, flat."""
        pull = self.parameters
        for part, on in zip(
            self.layout.unpack(pull), self.layout.penalised, strict=True
        ):
            if not on:
                part.zero_()
        return pull

    def at(self, vector):
        """The same module with other parameters."""
        tensors = self.layout.unpack(vector)
        return TorchNetwork(self.module, self.penalised, self.autocast, tensors)

    def to(self, dtype):
        """The same network in another precision: itself, or a copy."""
        if dtype == self.dtype and self.autocast is None:
            return self
        module = self.module
        if dtype != self.dtype:
            module = copy.deepcopy(module).to(dtype)
        return TorchNetwork(module, self.penalised)

    def duals(self, tensors, direction):
        """Parameters with a flat direction: dual numbers, inside of a dual level."""
        moved = self.layout.unpack(direction)
        for index, layer in self._constant:
            moved[index] = moved[index].clone()
            moved[index][layer.padding_idx] = 0
        return [forward_ad.make_dual(p, v) for p, v in zip(tensors, moved, strict=True)]

    def call(self, tensors, x):
        """Outputs, of shape (n, n_outputs), of these parameters."""
        given = dict(zip(self.layout.names, tensors, strict=True))
        return as_outputs(functional_call(self.module, given, (x,)), x)

    def as_input(self, X):
        """Rows on the device; floating point ones in the network's precision."""
        x = torch.as_tensor(X)
        dtype = self.dtype if x.is_floating_point() else x.dtype
        return x.to(self.device, dtype, non_blocking=True)

    def linearise(self, X):
        """The network at some rows, ready for derivatives."""
        return TorchRows(self, self.as_input(X))

    def measure(self, x):
        """Number of outputs, of all layers' outputs, and of a row's gradients.

        The last as far as they are formed; both are numbers for one row.
        """
        if self._facts is None:
            numbers, hooks = [], []

            def count(layer, inputs, output):
                if isinstance(output, torch.Tensor):
                    numbers.append(output.numel())

            for layer in self.module.modules():
                hooks.append(layer.register_forward_hook(count))
            try:
                with torch.no_grad(), evaluation(self.module):
                    n_outputs = self.call(self.tensors, x[:1]).shape[1]
            finally:
                for hook in hooks:
                    hook.remove()
            features = self.linearise(x[:COMPARED]).features
            row_size = n_outputs * features.row_size
            self._facts = n_outputs, sum(numbers) + x[:1].numel(), row_size
        return self._facts

    @property
    def measured(self):
        """What :meth:`measure` found at the rows that came first."""
        return self._facts


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

    def gauss_newton(self, direction):
        """``J^T J v``, flat, by the shortest way."""
        network = self.network
        kept = "features" in vars(self)
        cheap = is_cheap(network, self.x) and (kept or self.shape[1] == 1)
        if not cheap:
            return self.jvp_and_pull(direction, 1.0)
        features = self.features if kept else capture(network, self.x)
        moved = features.along(network.layout.unpack(direction))
        return network.layout.pack(features.pull(moved))

    @cached_property
    def features(self):
        """What each layer makes of the rows; see :mod:`skcurious.torch._capture`."""
        return capture(self.network, self.x)

    def jacobian(self):
        """Derivative of every output by every parameter, (n, n_outputs, n_params)."""
        return self.features.jacobian()


def pull(output, leaves, cotangent, retain_graph=False):
    """Gradients of ``sum(cotangent * output)``; zero of what plays no part."""
    gradients = torch.autograd.grad(
        output,
        leaves,
        cotangent.to(output.dtype),
        retain_graph=retain_graph,
        allow_unused=True,
    )
    return [
        torch.zeros_like(p) if g is None else g
        for g, p in zip(gradients, leaves, strict=True)
    ]


def most_precise(device):
    """float64, but for the devices that have none."""
    return torch.float32 if device.type == "mps" else torch.float64


def to_numpy(tensor):
    """An array, whatever device the tensor is on."""
    return tensor.detach().cpu().numpy()


def numpy_dtype(dtype):
    """float64 of float64, and float32 of everything smaller."""
    return np.dtype(np.float64 if dtype == torch.float64 else np.float32)
