"""Gradients of rows as layers know them: products that need not be formed.

Of what a layer computes at row x the gradient of output k is a sum over positions t
(pixels, tokens; a single one without such) of what entered, a_t, times the gradient
by what left, d_kt. A :class:`Block` is that for the parameters of one layer and has
the inner products of gradients, the tangent kernel:

    linear          sum_tu (a_t . b_u / p + 1 / q) (d_t . e_u)
    embedding       sum_tu [i_t = j_u] (d_t . e_u) / p
    others          the gradients, formed: sums over t of a_t d_t^T

with p and q the diagonal of D on the weights and on the bias. Gradients are formed
where that takes fewer numbers (many positions), and where there are few parameters.

From the same a and d follow J v, as the sum of d . (V a + v), and J^T u, as that of
u d a^T: a product of matrices each, where dual numbers and a pass back take five. Who
has a and d for another reason, or for several v, saves with them.
"""

from abc import ABC, abstractmethod
from functools import cached_property

import torch

# Positions whose pairs are summed over at most, rather than gradients formed.
FEW_POSITIONS = 8


class Block(ABC):
    """Gradients of some parameters at some rows."""

    @abstractmethod
    def kernel(self, other, diagonal):
        """``grad f(x)^T D^-1 grad f(z)``, of shape (n, R, m, R)."""

    @abstractmethod
    def own_kernel(self, diagonal):
        """The same of each row with itself, of shape (n, R, R)."""

    @abstractmethod
    def gradients(self):
        """By name, of shape (n, R, *shape of the parameter)."""

    @abstractmethod
    def along(self, direction):
        """J v for tensors by name, of shape (n, R)."""

    @abstractmethod
    def pull(self, weights):
        """J^T u for u of shape (n, R): tensors by name."""

    @property
    @abstractmethod
    def row_size(self):
        """Numbers that a row and output take."""


class Formed(Block):
    """Gradients that were formed.

    Parameters
    ----------
    gradients : dict of str to Tensor of shape (n, R, ...)
        By name of the parameter.
    """

    def __init__(self, gradients):
        self._gradients = gradients

    def gradients(self):
        """As they are."""
        return self._gradients

    def along(self, direction):
        """Products with the gradients."""
        return sum(
            g.flatten(2) @ direction[name].reshape(-1)
            for name, g in self._gradients.items()
        )

    def pull(self, weights):
        """Sums of the gradients."""
        return {
            name: torch.tensordot(weights, g, dims=2)
            for name, g in self._gradients.items()
        }

    @property
    def row_size(self):
        """Numbers of parameters."""
        return sum(g[0, 0].numel() for g in self._gradients.values())

    def _scaled(self, diagonal):
        parts = [
            g.flatten(2) * diagonal[name] ** -0.5 for name, g in self._gradients.items()
        ]
        return torch.cat(parts, dim=2) if len(parts) > 1 else parts[0]

    def kernel(self, other, diagonal):
        """One product of matrices."""
        left, right = self._scaled(diagonal), other._scaled(diagonal)
        (n, k), m = left.shape[:2], right.shape[0]
        inner = left.reshape(n * k, -1) @ right.reshape(m * k, -1).T
        return inner.view(n, k, m, k)

    def own_kernel(self, diagonal):
        """Row by row."""
        scaled = self._scaled(diagonal)
        return scaled @ scaled.mT


class Outer(Block):
    """A linear layer: what entered, and what pulls on it.

    Parameters
    ----------
    a : Tensor of shape (n, T, d_in)
        What entered.
    d : Tensor of shape (n, R, T, d_out)
        Gradients by what left.
    weight, bias : str or None
        Names of the parameters; None for one that is not there or is constant.
    """

    def __init__(self, a, d, weight, bias):
        self.a, self.d = a, d
        self.weight, self.bias = weight, bias

    @property
    def few(self):
        """Whether pairs of positions take fewer numbers than gradients."""
        T, sizes = self.a.shape[1], (self.a.shape[2], self.d.shape[3])
        less = T * T * sum(sizes) <= sizes[0] * sizes[1]
        return T == 1 or (T <= FEW_POSITIONS and less)

    @cached_property
    def _formed(self):
        return Formed(linear_gradients(self.a, self.d, self.weight, self.bias))

    @property
    def row_size(self):
        """Of both sides; of what is formed."""
        size = self.a[0].numel() + self.d[0, 0].numel()
        return size if self.few else size + self._formed.row_size

    def along(self, direction):
        """One product of matrices."""
        moved = 0.0
        if self.weight is not None:
            moved = self.a @ direction[self.weight].mT
        if self.bias is not None:
            moved = moved + direction[self.bias]
        if moved.ndim == 1:
            return self.d.sum(dim=2) @ moved
        return torch.einsum("nkto,nto->nk", self.d, moved)

    def pull(self, weights):
        """One product of matrices."""
        if self.d.shape[1] == 1:
            delta = weights[:, :, None] * self.d[:, 0]
        else:
            delta = torch.einsum("nk,nkto->nto", weights, self.d)
        delta, found = delta.flatten(0, 1), {}
        if self.weight is not None:
            found[self.weight] = delta.T @ self.a.flatten(0, 1)
        if self.bias is not None:
            found[self.bias] = delta.sum(dim=0)
        return found

    def _inner(self, a, b, diagonal):
        """``a . b / p + 1 / q``, of one position each, or of batches of them."""
        inner = 0.0
        if self.weight is not None:
            inner = a @ b.mT
            inner *= 1 / diagonal[self.weight]
        if self.bias is not None:
            inner = inner + 1 / diagonal[self.bias]
        return inner

    def kernel(self, other, diagonal):
        """Two products of matrices for each pair of positions."""
        if not self.few:
            return self._formed.kernel(other._formed, diagonal)
        total = None
        (n, k, T, _), m = self.d.shape, len(other.a)
        for t in range(T):
            left = self.d[:, :, t].reshape(n * k, -1)
            for u in range(other.a.shape[1]):
                right = other.d[:, :, u].reshape(m * k, -1)
                if left.shape[1] == 1:
                    part = torch.outer(left[:, 0], right[:, 0]).view(n, k, m, k)
                else:
                    part = (left @ right.T).view(n, k, m, k)
                inner = self._inner(self.a[:, t], other.a[:, u], diagonal)
                if isinstance(inner, torch.Tensor):
                    inner = inner[:, None, :, None]
                part *= inner
                total = part if total is None else total.add_(part)
        return total

    def own_kernel(self, diagonal):
        """Row by row, over all pairs of positions."""
        if not self.few:
            return self._formed.own_kernel(diagonal)
        inner = self._inner(self.a, self.a, diagonal)
        deltas = torch.einsum("nkto,nluo->nkltu", self.d, self.d)
        if isinstance(inner, torch.Tensor):
            inner = inner[:, None, None]
        return (deltas * inner).sum(dim=(3, 4))

    def gradients(self):
        """Formed."""
        return self._formed.gradients()


class Lookup(Block):
    """An embedding: which rows of the table were looked up.

    Parameters
    ----------
    indices : Tensor of shape (n, T)
        -1 for those that get no gradient.
    d : Tensor of shape (n, R, T, d_out)
        Gradients by what left.
    weight : str
        Name of the table.
    n_entries : int
        Rows of the table.
    """

    def __init__(self, indices, d, weight, n_entries):
        self.indices, self.weight, self.n_entries = indices, weight, n_entries
        self.d = d * (indices >= 0)[:, None, :, None]

    @property
    def row_size(self):
        """Of both sides."""
        return self.indices.shape[1] + self.d[0, 0].numel()

    def kernel(self, other, diagonal):
        """One product of matrices for each pair of positions."""
        (n, k, T, _), m = self.d.shape, len(other.d)
        total = self.d.new_zeros(n, k, m, k)
        for t in range(T):
            left = self.d[:, :, t].reshape(n * k, -1)
            for u in range(other.indices.shape[1]):
                same = self.indices[:, t, None] == other.indices[:, u]
                part = (left @ other.d[:, :, u].reshape(m * k, -1).T).view(n, k, m, k)
                total += part * same[:, None, :, None]
        return total / diagonal[self.weight]

    def own_kernel(self, diagonal):
        """Row by row, over all pairs of positions."""
        same = self.indices[:, :, None] == self.indices[:, None, :]
        deltas = torch.einsum("nkto,nluo->nkltu", self.d, self.d)
        deltas *= same[:, None, None]
        return deltas.sum(dim=(3, 4)) / diagonal[self.weight]

    def along(self, direction):
        """Entries of the direction, looked up."""
        moved = direction[self.weight][self.indices.clamp(min=0)]
        return torch.einsum("nkto,nto->nk", self.d, moved)

    def pull(self, weights):
        """Sums over who looked an entry up."""
        delta = torch.einsum("nk,nkto->nto", weights, self.d).flatten(0, 1)
        table = delta.new_zeros(self.n_entries, delta.shape[1])
        where = self.indices.clamp(min=0).flatten()
        return {self.weight: table.index_add_(0, where, delta)}

    def gradients(self):
        """Formed: a whole table for each row."""
        n, k, T, size = self.d.shape
        table = self.d.new_zeros(n, k, self.n_entries, size)
        where = self.indices.clamp(min=0)[:, None, :, None].expand(n, k, T, size)
        return {self.weight: table.scatter_add_(2, where, self.d)}


def linear_gradients(a, d, weight, bias):
    """Sum the gradients of a linear layer over positions, by name."""
    found = {}
    if weight is not None:
        found[weight] = torch.einsum("nti,nkto->nkoi", a, d)
    if bias is not None:
        found[bias] = d.sum(dim=2)
    return found
