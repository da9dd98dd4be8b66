"""The tangent carried along with the training of a module.

The recursion of :mod:`skcurious.tangent._forward`, on tensors: beside each step of
the parameters on a minibatch of b rows

    H_B = (1 / b) sum_B w grad f grad f^T + (alpha P + damping) / n,  rho = P theta / n
    v <- beta v - eta (H_B (t + beta v) + rho),                       t <- t + v

w is the weight of a row over the mean weight, and n the sum of the weights.
``J (t + beta v)`` comes out of the very pass forward that training makes, whose
numbers are dual, and ``J^T`` of it takes a second pass back on the same graph: 7 / 3 of
what training takes. Where there is one output, what pulls on a layer does so by the
slope of the loss and by ``J t`` alike, and layers that know their gradients need
neither: 5 / 3.
"""

from contextlib import nullcontext

import torch
from torch.autograd import forward_ad
from torch.func import functional_call

from skcurious.tangent._forward import (
    EVERY,
    FORGETTING,
    LARGEST_KERNEL,
    MEMORY,
    MOMENTUM,
    ROOM,
    SMALL_KERNEL,
)
from skcurious.torch._capture import capture, is_cheap
from skcurious.torch._modes import differentiable, evaluation, forward_mode
from skcurious.torch._tensors import as_outputs, pull

# Numbers of gradients that the look at the largest curvature may form.
LARGEST_FORMED = 2**26


class CarriedTangent:
    """A tangent that follows the parameters of a module.

    Parameters
    ----------
    network : TorchNetwork
        The module that is being trained.
    start : Tensor of shape (n_params,), default=None
        Where the tangent starts; None for zero.
    """

    def __init__(self, network, start=None):
        self.network = network
        if start is None:
            like = network.tensors[0]
            start = like.new_zeros(network.n_params)
        self.tangent = start.clone()
        self.velocity = torch.zeros_like(self.tangent)
        self.mean = self.tangent.clone()
        self.n_steps = 0
        self.largest = 0.0  # curvature, running
        self.residual = float("inf")  # relative, when it was last looked at
        self._same_when_training = None

    def look(self, x, diagonal, relative):
        """Take the curvature of a minibatch for the step size, now and then."""
        looks = self.n_steps % EVERY == 0
        if looks:
            self.largest *= MEMORY
        n_values = len(x) * self.network.measure(x)[0]
        if looks or n_values <= SMALL_KERNEL:
            seen = largest_curvature(self.network, x, relative)
            seen += max(diagonal.by_name().values())
            self.largest = max(seen, self.largest)

    def begin(self, x, diagonal, relative=1.0):
        """Before the pass forward: the tangent as momentum alone would move it."""
        if self.network.plan is None or self._same_when_training is None:
            self._same_when_training = same_when_training(self.network, x)
        self.look(x, diagonal, relative)
        self.velocity *= MOMENTUM
        self.tangent += self.velocity

    def evaluate(self, module, x, loss_of, autocast=nullcontext, relative=1.0):
        """A pass forward and back of training, and the tangent's on the same rows.

        Gradients of the loss are added to those of the parameters.

        Parameters
        ----------
        module : Module
            In training mode.
        x : Tensor
            The minibatch.
        loss_of : callable
            Of the outputs.
        autocast : callable, default=nullcontext
            Returns the context of products.
        relative : float or Tensor of shape (b, 1), default=1.0
            Weights of the rows over the mean weight.

        Returns
        -------
        loss, output : Tensor
        pulled : list of Tensor
            ``J^T w J t / b`` of each parameter.
        """
        if not self._same_when_training:
            with autocast():
                output = as_outputs(module(x), x)
            loss = loss_of(output)
            loss.backward()
            flat = self.network.linearise(x).jvp_and_pull(
                self.tangent, relative / len(x)
            )
            return loss, output, self.network.layout.unpack(flat)
        if self.network.measure(x)[0] == 1 and is_cheap(self.network, x):
            return self._by_layers(module, x, loss_of, autocast, relative)
        return self._by_dual_numbers(module, x, loss_of, autocast, relative)

    def _leaves(self, module):
        parameters = dict(module.named_parameters())
        return [parameters[name] for name in self.network.layout.names]

    def _by_layers(self, module, x, loss_of, autocast, relative):
        """Of one output: what pulls on layers pulls by the loss, and by J t."""
        leaves = self._leaves(module)
        with autocast(), torch.no_grad():
            features = capture(self.network, x)
            output = features.output.requires_grad_()
            with torch.enable_grad():
                loss = loss_of(output)
                (slope,) = torch.autograd.grad(loss, output)
            moved = features.along(self.network.layout.unpack(self.tangent))
            pulled = features.pull(relative / len(x) * moved)
            for p, g in zip(leaves, features.pull(slope), strict=True):
                g = g.to(p.dtype)
                p.grad = g if p.grad is None else p.grad.add_(g)
            pulled = [g.to(p.dtype) for g, p in zip(pulled, leaves, strict=True)]
        return loss, output, pulled

    def _by_dual_numbers(self, module, x, loss_of, autocast, relative=1.0):
        """Of several outputs, and of any layers: one graph, two passes back."""
        leaves, names = self._leaves(module), self.network.layout.names
        with differentiable(module), forward_mode(module), autocast():
            duals = self.network.duals(leaves, self.tangent)
            found = functional_call(module, dict(zip(names, duals, strict=True)), (x,))
            output, moved = forward_ad.unpack_dual(as_outputs(found, x))
            moved = torch.zeros_like(output) if moved is None else moved.detach()
        loss = loss_of(output)
        pulled = pull(output, leaves, relative / len(x) * moved, retain_graph=True)
        loss.backward()
        return loss, output, pulled

    @torch.no_grad()
    def step(self, pulled, diagonal, per_row):
        """Follow one minibatch, from ``J^T w J t / b``.

        Parameters
        ----------
        pulled : list of Tensor
            Of each parameter.
        diagonal : Diagonal
            D, divided by the total weight of the training rows.
        per_row : float
            One over that number.
        """
        if self.largest == 0:
            return
        network, layout = self.network, self.network.layout
        values = list(diagonal.by_name().values())
        tangents = layout.unpack(self.tangent)
        velocities = layout.unpack(self.velocity)
        step = 1 / (ROOM * self.largest)
        self.n_steps += 1
        share = self.n_steps**-FORGETTING
        for g, t, v, p, d, on in zip(
            pulled,
            tangents,
            velocities,
            network.tensors,
            values,
            layout.penalised,
            strict=True,
        ):
            g = g.add(t, alpha=d)
            if on:
                g.add_(p, alpha=per_row)
            t.sub_(g, alpha=step)
            v.sub_(g, alpha=step)
        self.mean.lerp_(self.tangent, share)

    def measure_residual(self, x, diagonal, per_row, relative=1.0):
        """``|H t + rho| / |rho|`` of the averaged tangent, on some rows."""
        network = self.network
        rho = per_row * network.penalised_parameters
        left = network.linearise(x).jvp_and_pull(self.mean, relative / len(x))
        left += diagonal.flat(self.mean)[:, 0] * self.mean
        left += rho
        size = float(torch.linalg.vector_norm(rho))
        self.residual = float(torch.linalg.vector_norm(left)) / size if size else 0.0


def same_when_training(network, x):
    """Whether outputs in training mode are those of evaluation mode."""
    module = network.module
    buffers = {name: b.clone() for name, b in module.named_buffers()}
    given = dict(zip(network.layout.names, network.tensors, strict=True)) | buffers
    training = [layer for layer in module.modules() if layer.training]
    devices = [network.device] if network.device.type == "cuda" else []
    try:
        with torch.no_grad(), differentiable(module), torch.random.fork_rng(devices):
            module.train()
            out = as_outputs(functional_call(module, given, (x,)), x)
            with evaluation(module):
                other = network.call(network.tensors, x)
    finally:
        module.eval()
        for layer in training:
            layer.training = True
    return torch.allclose(out, other, rtol=1e-4, atol=1e-6 * float(other.abs().max()))


def largest_curvature(network, x, relative=1.0):
    """Largest eigenvalue of ``(1 / b) sum w grad f grad f^T``, from a kernel."""
    n_outputs, _, row_size = network.measure(x)
    size = min(LARGEST_KERNEL // n_outputs, LARGEST_FORMED // row_size)
    every = max(-(-len(x) // max(size, 8)), 1)
    features = capture(network, x[::every])
    ones = dict.fromkeys(network.layout.names, 1.0)
    kernel = features.kernel(features, ones)
    kernel = kernel.flatten(2).flatten(0, 1) / len(x[::every])
    if isinstance(relative, torch.Tensor):
        root = relative[::every].sqrt().expand(-1, n_outputs).reshape(-1, 1)
        kernel = root * kernel * root.T
    v = torch.ones(len(kernel), dtype=kernel.dtype, device=kernel.device)
    for _ in range(20):
        v = v / torch.linalg.vector_norm(v).clamp(min=1e-30)
        v = kernel @ v
    return float(torch.linalg.vector_norm(v))
