"""Gradients row by row, by automatic differentiation: slow, and always right."""

import warnings

import torch
from torch.func import functional_call, jacrev, vmap

from skcurious.torch._tensors import as_outputs


def row_gradients(network, names, x, cotangents):
    """Gradients of some parameters row by row, by automatic differentiation.

    Returns
    -------
    gradients : dict of str to Tensor of shape (n, len(cotangents), ...)
    """
    given = dict(zip(network.layout.names, network.tensors, strict=True))
    chosen = {name: given.pop(name) for name in names}

    def weighted(some, row, weights):
        out = functional_call(network.module, given | some, (row[None],))
        return weights @ as_outputs(out, row[None])[0]

    weights = torch.stack(cotangents, dim=1)  # (n, R, n_outputs)
    try:
        with warnings.catch_warnings():
            # Of layers that vmap does one by one, and says so.
            warnings.filterwarnings("ignore", "There is a performance drop")
            return vmap(jacrev(weighted), in_dims=(None, 0, 0))(chosen, x, weights)
    except torch.cuda.OutOfMemoryError:
        raise
    except RuntimeError:  # of what vmap does not know
        truth = rows_apart(network, x, cotangents)
        return {name: truth[name] for name in names}


def rows_apart(network, x, cotangents):
    """Of all parameters, by one pass back for each row and output."""
    rows = []
    for i in range(len(x)):
        leaves = [p.detach().requires_grad_() for p in network.tensors]
        with torch.enable_grad():
            output = network.call(leaves, x[i : i + 1])
        each = []
        for k, cotangent in enumerate(cotangents):
            gradients = torch.autograd.grad(
                output,
                leaves,
                cotangent[i : i + 1],
                retain_graph=k < len(cotangents) - 1,
                allow_unused=True,
            )
            each.append(
                [
                    torch.zeros_like(p) if g is None else g
                    for g, p in zip(gradients, leaves, strict=True)
                ]
            )
        rows.append([torch.stack(g) for g in zip(*each, strict=True)])
    stacked = [torch.stack(g) for g in zip(*rows, strict=True)]
    return dict(zip(network.layout.names, stacked, strict=True))
