"""The regularity tangent of a trained module, by implicit differentiation.

    G t = -rho,    rho = gradient of |penalised parameters|^2 / 2

in the room of :func:`skcurious.tangent.solve_network`, on tensors.
"""

from dataclasses import dataclass

import torch

from skcurious.tangent._mlp import LARGEST_FACTOR
from skcurious.tangent._solution import Solution
from skcurious.tangent._theorem import implicit_tangent
from skcurious.torch._curvature import (
    Diagonal,
    GaussNewton,
    TrainingRows,
    gradient_and_scale,
)
from skcurious.torch._factors import (
    SINGULAR,
    DiagonalFactor,
    IterativeFactor,
    PrimalFactor,
    ProjectedFactor,
    refined,
)
from skcurious.torch._kernel import TangentKernelFactor
from skcurious.torch._modes import all_digits
from skcurious.torch._tensors import most_precise


@dataclass
class Solved:
    """What :func:`solve` returns.

    ``solution`` holds dtheta/dalpha, one column; ``factor`` gives the covariance, or
    is None; ``stationarity`` is the norm of the objective's gradient over the sum of
    the norms of its parts; ``squared_error`` is summed over rows, for each output.
    """

    solution: Solution
    factor: object
    stationarity: float
    squared_error: list


def choose_solver(n_params, n_values, diagonal):
    """What ``"auto"`` is: the cheapest exact factor that is small enough."""
    if n_params <= min(n_values, LARGEST_FACTOR):
        return "primal"
    if n_values <= LARGEST_FACTOR and diagonal.smallest > 0:
        return "dual"
    return "primal" if n_params <= LARGEST_FACTOR else "cg"


def make_preconditioner(training, diagonal):
    """The tangent kernel of a sample of rows, each standing for several.

    In float64: what is left of stiff directions are small differences.
    """
    if diagonal.smallest > 0:
        n_samples, n_outputs = training.y.shape
        size = min(n_samples, max(LARGEST_FACTOR // n_outputs, 1))
        generator = torch.Generator().manual_seed(0)
        some = torch.randperm(n_samples, generator=generator)[:size].sort().values
        precise = training.network.to(most_precise(training.network.device))
        sample = training.some(some.to(training.x.device), precise)
        return TangentKernelFactor(sample, diagonal, n_samples / size)
    flat = diagonal.flat(training.network.tensors[0])
    # Parameters that D leaves free: as much as those that it holds.
    return DiagonalFactor(torch.where(flat > 0, flat, flat.max().clamp(min=1.0)))


@all_digits()
def solve(
    network,
    x,
    y,
    *,
    alpha,
    damping,
    solver,
    tol,
    max_iter,
    memory,
    with_factor,
    n_projections=None,
):
    """Tangent of a module with respect to alpha.

    Parameters
    ----------
    network : TorchNetwork
        The trained module, in the precision of the solve.
    x, y : Tensor
        Training rows, and targets of shape (n_samples, n_outputs).
    alpha : float
        Strength s of the penalty.
    damping : tuple of two floats
        Added to the curvature on penalised parameters and on others.
    solver : {'auto', 'primal', 'dual', 'cg'}
        How to solve.
    tol, max_iter : float and int
        Of conjugate gradients.
    memory : int
        Bytes that a minibatch may take.
    with_factor : bool
        Whether the covariance is wanted.
    n_projections : int, default=None
        Random directions for the covariance; None for an exact one.

    Returns
    -------
    solved : Solved
    """
    diagonal = Diagonal(network.layout, alpha + damping[0], damping[1])
    if solver == "auto":
        solver = choose_solver(network.n_params, y.numel(), diagonal)
    training = TrainingRows(network, x, y, memory)
    gradient, scale, squared_error = gradient_and_scale(training, alpha)
    size = float(torch.linalg.vector_norm(gradient))
    operator = GaussNewton(training, diagonal)
    if solver == "cg":
        preconditioner = make_preconditioner(training, diagonal)
        factor = IterativeFactor(operator, tol, max_iter, preconditioner)
        solution = implicit_tangent(factor.solve, network.penalised_parameters[:, None])
    else:
        if solver == "dual":
            factor = TangentKernelFactor(training, diagonal)
        else:
            factor = PrimalFactor(operator)
        solution = implicit_tangent(
            lambda B: refined(factor.solve, operator, B),
            network.penalised_parameters[:, None],
        )
    if not solution.definite:
        raise torch.linalg.LinAlgError(SINGULAR)
    if not with_factor:
        factor = None
    elif n_projections is not None:
        factor = ProjectedFactor(factor, training, diagonal, n_projections)
    stationarity = size / scale if scale > 0 else 0.0
    return Solved(solution, factor, stationarity, squared_error)
