"""What the options of a curious net may be."""

from numbers import Real

import numpy as np
import torch
from torch import nn

SOLVERS = ("auto", "primal", "dual", "cg")


def check_options(net):
    """Refuse parameters that cannot be used.

    Parameters
    ----------
    net : CuriousNetRegressor
        The net.
    """
    criterion = net.criterion
    kind = criterion if isinstance(criterion, type) else type(criterion)
    reduction = vars(net).get("criterion__reduction", "mean")
    if not isinstance(criterion, type):
        reduction = getattr(criterion, "reduction", reduction)
    if kind is not nn.MSELoss or reduction != "mean":
        raise ValueError(
            f"criterion must be torch.nn.MSELoss with reduction='mean', got "
            f"{kind.__name__} with reduction={reduction!r}: the theory is for the "
            "squared error."
        )
    if net.tangent not in ("solve", "carried"):
        raise ValueError(f"tangent must be 'solve' or 'carried', got {net.tangent!r}.")
    if net.tangent_solver not in SOLVERS:
        raise ValueError(
            f"tangent_solver must be one of {SOLVERS}, got {net.tangent_solver!r}."
        )
    if not (isinstance(net.alpha, Real) and 0 <= net.alpha < np.inf):
        raise ValueError(f"alpha must be a number >= 0, got {net.alpha!r}.")
    damped = net.damping == "auto" or (
        isinstance(net.damping, Real) and 0 <= net.damping < np.inf
    )
    if not damped:
        raise ValueError(
            f"damping must be 'auto' or a number >= 0, got {net.damping!r}."
        )
    undamped = net.damping == 0 or (net.damping == "auto" and net.alpha == 0)
    if undamped and (net.tangent_solver == "dual" or net.n_projections):
        raise ValueError(
            "tangent_solver='dual' and n_projections divide by the regularity and "
            f"the damping of every parameter, got alpha={net.alpha} and damping="
            f"{net.damping!r}. Use damping='auto' with alpha > 0, or a damping "
            "> 0."
        )
    if net.layer_tangents and net.tangent == "carried":
        raise ValueError(
            "tangent='carried' carries one tangent. Use layer_tangents=False, or "
            "tangent='solve'."
        )
    if net._autocast() == torch.float16:
        raise ValueError(
            "autocast='float16' needs its gradients scaled, which is not done "
            "here. Use autocast='bfloat16'."
        )
