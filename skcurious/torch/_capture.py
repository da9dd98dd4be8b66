"""Which layers know the gradients of rows, and what they are at some rows.

Hooks see what enters a layer and what leaves it; one pass back for each output gives
the gradients by what left. Linear layers, convolutions, embeddings and normalisations
make blocks of these (:mod:`skcurious.torch._layers`). Whether that is all that
happens to their parameters nobody can tell from outside (weights that are shared, rows
that are not the first dimension): each block is compared with automatic
differentiation on the first rows that come, and parameters of those that differ, like
those of other layers, get their gradients row by row.
"""

import warnings

import torch
from torch import nn
from torch.func import functional_call, jacrev, vmap
from torch.nn import functional as F

from skcurious.torch._layers import Features, Formed, Lookup, Outer
from skcurious.torch._modes import evaluation

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
KNOWN = (nn.Linear, nn.Embedding, nn.LayerNorm, nn.GroupNorm)
KNOWN += CONVOLUTIONS + BATCH_NORMS
# Rows on which blocks are compared with automatic differentiation.
COMPARED = 2


def as_outputs(out, x):
    """Check what a module returned, and give it two dimensions."""
    if isinstance(out, tuple):  # as skorch does
        out = out[0]
    if not isinstance(out, torch.Tensor):
        raise TypeError(
            "The module must return a tensor of one or several outputs for each row, "
            f"got {type(out).__name__}."
        )
    if out.ndim == 0 or out.shape[0] != x.shape[0]:
        raise ValueError(
            f"The module must return one row for each of the {x.shape[0]} rows, got a "
            f"tensor of shape {tuple(out.shape)}."
        )
    return out.reshape(out.shape[0], -1)


def capture(network, x, cotangents=None):
    """Gradients at some rows, in blocks.

    Parameters
    ----------
    network : TorchNetwork
        The network.
    x : Tensor
        Rows, on its device.
    cotangents : list of Tensor of shape (n, n_outputs), default=None
        Weights on the outputs whose gradients are asked for; None for each output.

    Returns
    -------
    features : Features
    """
    if network.plan is None:
        network.plan = make_plan(network, x[:COMPARED])
    known, rest, in_place = network.plan
    with evaluation(network.module):
        calls, output = _evaluate(network, x, known, in_place)
        if cotangents is None:
            cotangents = list(unit_cotangents(output))
        deltas = _pulls(calls, output, cotangents)
        blocks = [
            _block(layer, calls[layer], deltas[layer], names)
            for layer, names in known.items()
        ]
        if rest:
            blocks.append(Formed(row_gradients(network, rest, x, cotangents)))
    return Features(blocks, network.layout.names, output.detach())


def unit_cotangents(output):
    """A one on each output in turn."""
    for k in range(output.shape[1]):
        unit = torch.zeros_like(output)
        unit[:, k] = 1
        yield unit


def make_plan(network, x):
    """Which parameters belong to layers that know their gradients.

    Returns
    -------
    known : dict of Module to dict of str to str
        Names of the network's parameters, by those that the layer gives them.
    rest : list of str
        All others.
    in_place : bool
        Whether something changes what such a layer gave.
    """
    known = {}
    owners = {}
    for prefix, layer in network.module.named_modules():
        if type(layer) not in KNOWN:  # a subclass may do anything
            continue
        names = {
            own: f"{prefix}.{own}" if prefix else own
            for own, _ in layer.named_parameters(recurse=False)
        }
        names = {o: n for o, n in names.items() if n in network.layout.names}
        if names:
            known[layer] = names
            owners |= dict.fromkeys(names.values(), layer)
    with evaluation(network.module):
        _check_independent(network, x)
        while known:
            calls, output = _evaluate(network, x, known)
            untouched = [layer for layer in known if not _fits(calls[layer], len(x))]
            for layer in untouched:
                del known[layer]
            if untouched:
                continue
            cotangents = list(unit_cotangents(output))
            deltas = _pulls(calls, output, cotangents)
            truth = _rows_apart(network, x, cotangents)
            for layer, names in list(known.items()):
                block = _block(layer, calls[layer], deltas[layer], names)
                found = block.gradients()
                if not all(_agree(found[n], truth[n]) for n in names.values()):
                    del known[layer]
            break
    claimed = {name for names in known.values() for name in names.values()}
    rest = [n for n in network.layout.names if n not in claimed]
    with evaluation(network.module):
        changed = []
        _evaluate(network, x, known, changed=changed)
    return known, rest, bool(changed)


def is_cheap(network, x):
    """Whether J v and J^T u are cheap for who has captured the rows.

    Gradients of other parameters are formed row by row, and those of convolutions
    from all patches.
    """
    if network.plan is None:
        network.plan = make_plan(network, x[:COMPARED])
    known, rest, _ = network.plan
    return not rest and not any(isinstance(k, CONVOLUTIONS) for k in known)


def _check_independent(network, x):
    message = (
        "The outputs of a row depend on the rows that come with it, in evaluation "
        "mode: predictions have no gradients of their own. BatchNorm layers need "
        "track_running_stats=True."
    )
    with torch.no_grad():
        together = network.call(network.tensors, x)
        try:
            apart = [network.call(network.tensors, row[None]) for row in x]
        except ValueError as error:  # as of batch normalisation for a single row
            raise ValueError(message) from error
    if not _agree(torch.cat(apart), together):
        raise ValueError(message)


def _fits(calls, n_rows):
    return bool(calls) and all(
        isinstance(out, torch.Tensor) and out.ndim > 1 and len(out) == n_rows
        for _, out in calls
    )


def _agree(found, truth):
    tolerance = 1e-9 if truth.dtype == torch.float64 else 1e-3
    if found.shape != truth.shape:
        return False
    size = truth.abs().max()
    return bool((found - truth).abs().max() <= tolerance * size + 1e-30)


def _evaluate(network, x, layers, in_place=True, copies=False, changed=None):
    """What entered and left each call of the layers, and the outputs."""
    calls = {layer: [] for layer in layers}
    versions, given, hooks = [], [], []

    def hook(layer, inputs, output):
        entered = inputs[0].detach() if inputs else None
        if copies and entered is not None:
            entered = entered.clone()
        if entered is None or not isinstance(output, torch.Tensor):
            calls[layer].append((None, None))
            return None
        if not output.requires_grad:
            output.requires_grad_()
        calls[layer].append((entered, output))
        versions.append((entered, entered._version))
        if not in_place:
            return output
        given.append(output.clone())  # which what follows may change
        return given[-1]

    for layer in layers:
        hooks.append(layer.register_forward_hook(hook))
    try:
        with torch.enable_grad():
            output = network.call(network.tensors, x)
    finally:
        for hook_ in hooks:
            hook_.remove()
    if changed is not None:
        changed.extend(g for g in given if g._version > 0)
    if not copies and any(tensor._version != v for tensor, v in versions):
        return _evaluate(network, x, layers, in_place, True, changed)
    return calls, output


def _pulls(calls, output, cotangents):
    """Gradients by what left each call, of shape (n, R, ...)."""
    left = [out for each in calls.values() for _, out in each]
    if not left:
        return {}
    parts = []
    for k, cotangent in enumerate(cotangents):
        pulled = torch.autograd.grad(
            output,
            left,
            cotangent,
            retain_graph=k < len(cotangents) - 1,
            allow_unused=True,
        )
        parts.append(
            [
                torch.zeros_like(o) if g is None else g
                for g, o in zip(pulled, left, strict=True)
            ]
        )
    if len(parts) == 1:
        stacked = iter([each[:, None] for each in parts[0]])
    else:
        stacked = iter([torch.stack(e, dim=1) for e in zip(*parts, strict=True)])
    return {layer: [next(stacked) for _ in each] for layer, each in calls.items()}


def _block(layer, calls, deltas, names):
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
        truth = _rows_apart(network, x, cotangents)
        return {name: truth[name] for name in names}


def _rows_apart(network, x, cotangents):
    """The same by one pass back for each row: slow, and always right."""
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
