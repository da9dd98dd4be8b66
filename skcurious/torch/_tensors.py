"""Small things that are done to tensors."""

import numpy as np
import torch


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
