"""A torch module at its parameters, and its derivatives at given rows.

Another implementation of what :mod:`skcurious.tangent._network` does by hand: the
output, J v by forward mode and J^T r by reverse mode. Parameters are flattened in
the order of ``module.named_parameters()``; those that need no gradient are constants.
"""

import copy

import torch
from torch import nn
from torch.autograd import forward_ad
from torch.func import functional_call

from skcurious.torch._capture import COMPARED
from skcurious.torch._layout import Layout, two_dimensions
from skcurious.torch._modes import evaluation, modules_of
from skcurious.torch._rows import TorchRows
from skcurious.torch._tensors import as_outputs


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

    @property
    def penalised_layers(self):
        """The same of each layer that has penalised parameters, a column each."""
        columns = {}
        for name, p, on in zip(
            self.layout.names, self.tensors, self.layout.penalised, strict=True
        ):
            if on:
                columns.setdefault(name.rpartition(".")[0], {})[name] = p
        pack, names = self.layout.pack, self.layout.names
        nothing = dict(zip(names, map(torch.zeros_like, self.tensors), strict=True))
        each = [pack((nothing | own).values()) for own in columns.values()]
        return torch.stack(each or [self.penalised_parameters], dim=1)

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
