"""Kinds of layers that know their gradients, and the blocks that they make."""

import torch
from torch import nn
from torch.nn import functional as F

from skcurious.torch._layers import Formed, Lookup, Outer

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
KNOWN = (nn.Linear, nn.Embedding, nn.LayerNorm, nn.GroupNorm)
KNOWN += CONVOLUTIONS + BATCH_NORMS


def block_of(layer, calls, deltas, names):
    """The block of a layer.

    Parameters
    ----------
    layer : Module
        Of a type in `KNOWN`.
    calls : list of (Tensor, Tensor)
        What entered and what left, each time that it was called.
    deltas : list of Tensor of shape (n, R, ...)
        Gradients by what left.
    names : dict of str to str
        Names of its parameters in the network, by its own.

    Returns
    -------
    block : Block
    """
    if isinstance(layer, nn.Linear):
        a, d = _joined(
            [(a.reshape(len(a), -1, a.shape[-1])) for a, _ in calls],
            [d.reshape(*d.shape[:2], -1, d.shape[-1]) for d in deltas],
        )
        return Outer(a, d, names.get("weight"), names.get("bias"))
    if isinstance(layer, nn.Embedding):
        indices, d = _joined(
            [i.reshape(len(i), -1) for i, _ in calls],
            [d.reshape(*d.shape[:2], -1, d.shape[-1]) for d in deltas],
        )
        if layer.padding_idx is not None:
            indices = indices.masked_fill(indices == layer.padding_idx, -1)
        block = Lookup(indices, d, names["weight"], layer.num_embeddings)
        if indices.shape[1] ** 2 > layer.num_embeddings:
            return Formed(block.gradients())
        return block
    gradients = _convolution if isinstance(layer, CONVOLUTIONS) else _normalisation
    total = None
    for (a, _), d in zip(calls, deltas, strict=True):
        part = gradients(layer, a, d, names)
        if total is not None:
            part = {name: total[name] + part[name] for name in part}
        total = part
    return Formed(total)


def _joined(entered, deltas):
    """Positions of several calls side by side."""
    if len(entered) == 1:
        return entered[0], deltas[0]
    return torch.cat(entered, dim=1), torch.cat(deltas, dim=2)


def _convolution(layer, a, d, names):
    """Sums over positions of patches times what pulls on them."""
    found = {}
    groups, size = layer.groups, layer.kernel_size
    if "weight" in names:
        padding = layer._reversed_padding_repeated_twice
        if any(padding):
            mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
            a = F.pad(a, padding, mode=mode)
        for axis, (width, step, wide) in enumerate(
            zip(size, layer.stride, layer.dilation, strict=True), start=2
        ):
            a = a.unfold(axis, wide * (width - 1) + 1, step)
        # (n, C, *positions, *patch)
        a = a[(..., *(slice(None, None, wide) for wide in layer.dilation))]
        n, n_axes = len(a), len(size)
        a = a.reshape(n, groups, -1, *a.shape[2:])
        a = a.flatten(3, 2 + n_axes)  # (n, g, C / g, T, *patch)
        a = a.movedim(3, 2).flatten(3)  # (n, g, T, C / g * patch)
        deltas = d.reshape(n, d.shape[1], groups, d.shape[2] // groups, -1)
        weight = torch.einsum("ngti,nkgot->nkgoi", a, deltas)
        found[names["weight"]] = weight.reshape(n, d.shape[1], *layer.weight.shape)
    if "bias" in names:
        found[names["bias"]] = d.flatten(3).sum(dim=3)
    return found


def _normalisation(layer, a, d, names):
    """What was normalised, times what pulls on it, summed over positions."""
    if isinstance(layer, nn.LayerNorm):
        normal = F.layer_norm(a, layer.normalized_shape, eps=layer.eps)
        first = a.ndim - len(layer.normalized_shape)
        over = tuple(range(2, first + 1))
    else:
        if isinstance(layer, nn.GroupNorm):
            normal = F.group_norm(a, layer.num_groups, eps=layer.eps)
        else:
            normal = F.batch_norm(
                a, layer.running_mean, layer.running_var, eps=layer.eps
            )
        over = tuple(range(3, d.ndim))
    found = {}
    for own, value in (("weight", d * normal[:, None]), ("bias", d)):
        if own in names:
            found[names[own]] = value.sum(dim=over) if over else value
    return found
