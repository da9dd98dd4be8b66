"""Which layers know the gradients of rows, and what they are at some rows.

Hooks see what enters a layer and what leaves it; one pass back for each output gives
the gradients by what left. Linear layers, convolutions, embeddings and normalisations
make blocks of these (:mod:`skcurious.torch._layers`). Whether that is all that
happens to their parameters nobody can tell from outside (weights that are shared, rows
that are not the first dimension): each block is compared with automatic
differentiation on the first rows that come, and parameters of those that differ, like
those of other layers, get their gradients row by row.
"""

import torch

from skcurious.torch._features import Features
from skcurious.torch._kinds import CONVOLUTIONS, KNOWN, block_of
from skcurious.torch._layers import Formed
from skcurious.torch._modes import all_digits, evaluation
from skcurious.torch._row_by_row import row_gradients, rows_apart

# Rows on which blocks are compared with automatic differentiation.
COMPARED = 2


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
            block_of(layer, calls[layer], deltas[layer], names)
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


@all_digits()  # with those of TF32 gradients would seem to disagree
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
            truth = rows_apart(network, x, cotangents)
            for layer, names in list(known.items()):
                block = block_of(layer, calls[layer], deltas[layer], names)
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
