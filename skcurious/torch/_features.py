"""Gradients of all parameters at some rows."""

from functools import cached_property

import torch


class Features:
    """Gradients of all parameters at some rows, in blocks.

    Parameters
    ----------
    blocks : list of Block
        One for each layer.
    names : list of str
        Parameters in their order.
    output : Tensor of shape (n, n_outputs)
        The outputs.
    """

    def __init__(self, blocks, names, output):
        self.blocks, self.names, self.output = blocks, names, output

    @cached_property
    def row_size(self):
        """Numbers that a row and output take."""
        return sum(block.row_size for block in self.blocks)

    def kernel(self, other, diagonal):
        """``grad f(x)^T D^-1 grad f(z)``, of shape (n, R, m, R).

        Parameters
        ----------
        other : Features
            Of m rows, of the same network.
        diagonal : dict of str to float
            D on each parameter, by name.
        """
        total = None
        for block, opposite in zip(self.blocks, other.blocks, strict=True):
            part = block.kernel(opposite, diagonal)
            total = part if total is None else total.add_(part)
        return total

    def own_kernel(self, diagonal):
        """The same of each row with itself, of shape (n, R, R)."""
        return sum(block.own_kernel(diagonal) for block in self.blocks)

    def along(self, direction):
        """J v for a list of tensors, of shape (n, R)."""
        named = dict(zip(self.names, direction, strict=True))
        return sum(block.along(named) for block in self.blocks)

    def pull(self, weights):
        """J^T u for u of shape (n, R): a list of tensors."""
        found = {}
        for block in self.blocks:
            found |= block.pull(weights)
        return [found[name] for name in self.names]

    def jacobian(self):
        """Gradients, formed, of shape (n, R, n_params)."""
        found = {}
        for block in self.blocks:
            found |= block.gradients()
        return torch.cat([found[name].flatten(2) for name in self.names], dim=2)
