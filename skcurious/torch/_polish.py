"""Steps towards an optimum, after training by minibatches has ended."""

import torch

from skcurious.torch._curvature import TrainingRows


def polish(network, x, y, *, alpha, n_steps, memory):
    """Move the parameters of a module by L-BFGS on all rows.

    The objective is ``sum |r|^2 / 2n + alpha / 2n |penalised parameters|^2`` in
    evaluation mode, whose optimum the tangent is the derivative of.

    Parameters
    ----------
    network : TorchNetwork
        The module; its own parameters are moved.
    x, y : Tensor
        Training rows, and targets of shape (n_samples, n_outputs).
    alpha : float
        Strength of the penalty.
    n_steps : int
        At most.
    memory : int
        Bytes that a minibatch may take.
    """
    training = TrainingRows(network, x, y, memory)
    leaves = [p.requires_grad_() for p in network.tensors]
    optimizer = torch.optim.LBFGS(
        leaves,
        max_iter=n_steps,
        max_eval=2 * n_steps + 10,
        tolerance_grad=0.0,
        tolerance_change=0.0,
        history_size=20,
        line_search_fn="strong_wolfe",
    )
    pull_of = [alpha / len(x) if on else 0.0 for on in network.layout.penalised]

    def objective():
        total = 0.0
        with torch.no_grad():
            pulls = [c * p for c, p in zip(pull_of, leaves, strict=True)]
            total = sum((g * p).sum() for g, p in zip(pulls, leaves, strict=True)) / 2
        gradient = network.layout.pack(pulls)
        for rows, target in training:
            # Evaluated anew: the parameters moved.
            rows = network.linearise(rows.x)
            residual = rows.output - target
            gradient += rows.vjp(residual) / len(x)
            total = total + residual.square().sum() / (2 * len(x))
        for p, g in zip(leaves, network.layout.unpack(gradient), strict=True):
            p.grad = g
        return total

    try:
        optimizer.step(objective)
    finally:
        for p in network.tensors:
            p.grad = None
            p.requires_grad_(False)
