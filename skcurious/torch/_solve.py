"""The regularity tangent of a trained module, by implicit differentiation.

    G t = -rho,    rho = gradient of |penalised parameters|^2 / 2

in the room of :func:`skcurious.tangent.solve_network`, on tensors. Where the layers
have tangents of their own rho has a column for each.
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

    ``solution`` holds dtheta/dalpha, one column or one for each layer; ``factor`` gives
    the covariance, or is None; ``stationarity`` is the norm of the objective's gradient
    over the sum of the norms of its parts; ``squared_error`` is summed over rows, for
    each output.
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


def sample_size(n_samples, n_outputs, memory):
    """Rows whose tangent kernel preconditions the products of all.

    As many as a factor may have, or a fiftieth of all, which takes little beside a
    product with all, as far as the memory of a minibatch goes for two such matrices.
    """
    size = min(n_samples * n_outputs // 50, int((memory / 16) ** 0.5))
    return min(n_samples, max(max(size, LARGEST_FACTOR) // n_outputs, 1))


def make_preconditioner(training, diagonal):
    """The tangent kernel of a sample of rows, each standing for several.

    In float64: what is left of stiff directions are small differences.
    """
    if diagonal.smallest > 0:
        size = sample_size(*training.y.shape, training.memory)
        generator = torch.Generator().manual_seed(0)
        some = torch.randperm(len(training.y), generator=generator)[:size]
        precise = training.network.to(most_precise(training.network.device))
        sample = training.sample(some.sort().values, precise)
        return TangentKernelFactor(sample, diagonal, for_all=size < len(training.y))
    flat = diagonal.flat(training.network.tensors[0])
    # Parameters that D leaves free: as much as those that it holds.
    return DiagonalFactor(torch.where(flat > 0, flat, flat.max().clamp(min=1.0)))


@all_digits()
def solve(
    network,
    x,
    y,
    weights=None,
    *,
    rho,
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
    weights : Tensor of shape (n_samples,), default=None
        Of the rows; None for ones.
    rho : Tensor of shape (n_params, n_columns)
        Gradients of the complexity, or of its parts.
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
    training = TrainingRows(network, x, y, memory, weights)
    gradient, scale, squared_error = gradient_and_scale(training, alpha)
    size = float(torch.linalg.vector_norm(gradient))
    operator = GaussNewton(training, diagonal)
    if solver == "cg":
        preconditioner = make_preconditioner(training, diagonal)
        factor = IterativeFactor(operator, tol, max_iter, preconditioner)
        solution = implicit_tangent(factor.solve, rho)
    else:
        if solver == "dual":
            factor = TangentKernelFactor(training, diagonal)
        else:
            factor = PrimalFactor(operator)
        solution = implicit_tangent(lambda B: refined(factor.solve, operator, B), rho)
    if not solution.definite:
        raise torch.linalg.LinAlgError(SINGULAR)
    if not with_factor:
        factor = None
    elif n_projections is not None:
        factor = ProjectedFactor(factor, training, diagonal, n_projections)
    stationarity = size / scale if scale > 0 else 0.0
    return Solved(solution, factor, stationarity, squared_error)
