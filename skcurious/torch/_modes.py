"""How a module is evaluated when it is differentiated.

In evaluation mode: batch normalisation with its running statistics, no dropout. And
without kernels that torch cannot differentiate forwards: the fused ones of attention
and of recurrent layers.
"""

from contextlib import contextmanager

import torch
from torch import nn
from torch.autograd import forward_ad
from torch.nn.attention import SDPBackend, sdpa_kernel


@contextmanager
def differentiable(module):
    """Without fused kernels, which have no forward mode."""
    libraries = []
    if any(isinstance(layer, nn.RNNBase) for layer in module.modules()):
        libraries = [torch.backends.mkldnn, torch.backends.cudnn]
    enabled = [library.enabled for library in libraries]
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    for library in libraries:
        library.enabled = False
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
        for library, before in zip(libraries, enabled, strict=True):
            library.enabled = before


@contextmanager
def evaluation(module):
    """The module in evaluation mode; afterwards each layer as it was."""
    training = [layer for layer in module.modules() if layer.training]
    module.eval()
    try:
        with differentiable(module):
            yield
    finally:
        for layer in training:
            layer.training = True


@contextmanager
def precision(dtype, device):
    """Automatic mixed precision in `dtype`; None for none."""
    with torch.autocast(device.type, dtype=dtype, enabled=dtype is not None):
        yield


@contextmanager
def all_digits():
    """Products of float32 with all of its digits, as solves need them: no TF32."""
    matmul = torch.get_float32_matmul_precision()
    convolutions = torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(matmul)
        torch.backends.cudnn.allow_tf32 = convolutions


@contextmanager
def few_digits():
    """Products of float32 by TF32: ten bits, on cards some five times as fast."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


@contextmanager
def forward_mode(module):
    """Dual numbers; when a layer has none the error names it."""
    entered, hooks = [], []
    names = {layer: name for name, layer in module.named_modules()}

    def enter(layer, inputs):
        entered.append(layer)

    def leave(layer, inputs, output):
        entered.pop()

    # Hooks do not cost anything beside the products of a layer.
    for layer in module.modules():
        hooks.append(layer.register_forward_pre_hook(enter))
        hooks.append(layer.register_forward_hook(leave))
    try:
        with forward_ad.dual_level():
            yield
    except NotImplementedError as error:
        _raise_lacking(error, entered, names)
    except RuntimeError as error:
        if "forward AD" not in str(error) and "forward-mode" not in str(error):
            raise
        _raise_lacking(error, entered, names)
    finally:
        for hook in hooks:
            hook.remove()


def _raise_lacking(error, entered, names):
    where = "the module itself"
    if entered:
        where = f"layer {names[entered[-1]]!r} ({type(entered[-1]).__name__})"
        if not names[entered[-1]]:
            where = f"{type(entered[-1]).__name__} itself"
    raise NotImplementedError(
        f"torch has no forward mode for what {where} does: {error}\n"
        "The tangent needs it. Write that layer with operations that have one "
        "(docs: torch.autograd.forward_ad), or use a newer torch."
    ) from error


def modules_of(module):
    """The module as it was written, when torch.compile stands around it."""
    return (
        getattr(module, "_orig_mod", module)
        if isinstance(module, nn.Module)
        else (module)
    )
