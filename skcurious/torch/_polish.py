"""Steps towards an optimum, after training by minibatches has ended."""

import torch

from skcurious.torch._curvature import TrainingRows


def polish(network, x, y, weights, *, alpha, n_steps, memory):
    """Move the parameters of a module by L-BFGS on all rows.

    The objective is ``sum w |r|^2 / 2W + alpha / 2W |penalised parameters|^2``, W the
    sum of the weights, in evaluation mode, whose optimum the tangent is the derivative
    of.

    Parameters
    ----------
    network : TorchNetwork
        The module; its own parameters are moved.
    x, y : Tensor
        Training rows, and targets of shape (n_samples, n_outputs).
    weights : Tensor of shape (n_samples,) or None
        w; None for ones.
    alpha : float
        Strength of the penalty.
    n_steps : int
        At most.
    memory : int
        Bytes that a minibatch may take.
    """
    training = TrainingRows(network, x, y, memory, weights)
    total = float(training.weights.double().sum())
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
    pull_of = [alpha / total if on else 0.0 for on in network.layout.penalised]

    def objective():
        with torch.no_grad():
            pulls = [c * p for c, p in zip(pull_of, leaves, strict=True)]
            value = sum((g * p).sum() for g, p in zip(pulls, leaves, strict=True)) / 2
        gradient = network.layout.pack(pulls)
        for rows, target, w in training:
            # Evaluated anew: the parameters moved.
            rows = network.linearise(rows.x)
            residual = rows.output - target
            gradient += rows.vjp(w * residual) / total
            value = value + (w * residual.square()).sum() / (2 * total)
        for p, g in zip(leaves, network.layout.unpack(gradient), strict=True):
            p.grad = g
        return value

    try:
        optimizer.step(objective)
    finally:
        for p in network.tensors:
            p.grad = None
            p.requires_grad_(False)
