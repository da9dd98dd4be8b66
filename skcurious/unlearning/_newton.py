"""Newton steps on the objective of the rows that remain.

    J(theta) = sum_i w_i/2 |f(x_i) - y_i|^2 + s/2 |weights|^2      i remaining

    theta <- theta - t M^-1 grad J

M is the network's curvature of these rows, damping included, and t the first of 1,
1/2, 1/4, ... that lowers J enough. With the Hessian, without damping and with t = 1,
the first step from an optimum of all rows is that of C. Guo et al., "Certified data
removal from machine learning models", ICML 2020.
"""

from dataclasses import dataclass

import numpy as np

from skcurious.tangent import Network, TrainingRows
from skcurious.tangent._curvature import gradient_and_scale
from skcurious.tangent._mlp import choose_solver, curvature_solver, spread

# Of the decrease that the gradient promises, what a step has to bring.
ARMIJO = 1e-4
HALVINGS = 30


@dataclass(frozen=True)
class Objective:
    """J of some rows, for a network of any parameters.

    Parameters
    ----------
    X, Y, weights : arrays
        Rows, labels of shape (n, n_outputs), and weights.
    alpha : float
        The regularity s.
    chunk_size : int
        Rows that are evaluated together.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import Network
    >>> from skcurious.unlearning._newton import Objective
    >>> rows = np.array([[1.0], [3.0]]), np.array([[1.0], [3.0]]), np.ones(2)
    >>> network = Network([np.array([[2.0]])], [np.zeros(1)], "identity")
    >>> point = Objective(*rows, alpha=1.0, chunk_size=2).at(network)
    >>> point.value, point.gradient
    (7.0, array([12.,  4.]))
    """

    X: np.ndarray
    Y: np.ndarray
    weights: np.ndarray
    alpha: float
    chunk_size: int

    def at(self, network):
        """J and its gradient at a network."""
        training = TrainingRows(network, self.X, self.Y, self.weights, self.chunk_size)
        penalty = spread(network, self.alpha, 0)
        value = 0.5 * float(penalty @ network.parameters**2)
        for chunk in training:
            value += 0.5 * float((chunk.weights * chunk.residuals**2).sum())
        return Point(training, value, *gradient_and_scale(training, penalty))


@dataclass(frozen=True)
class Point:
    """J where a network is; `scale` adds up the norms of what the gradient sums."""

    training: TrainingRows
    value: float
    gradient: np.ndarray
    scale: float

    @property
    def network(self):
        """The network."""
        return self.training.network

    def is_settled(self, free):
        """Whether rounding is all that is left of the gradient."""
        left = np.linalg.norm(self.gradient[free])
        return left <= 8 * np.finfo(float).eps * self.scale


@dataclass(frozen=True)
class Descent:
    """Where Newton steps ended, and how they went.

    ``left`` is the step that would come next, ``solved`` whether every system was,
    ``definite`` whether the Hessian is positive there, and ``lowered`` whether a step
    was found whenever one was wanted.
    """

    point: Point
    n_steps: int
    left: np.ndarray
    definite: bool
    solved: bool
    lowered: bool


def moved(network, step):
    """A network whose parameters have moved."""
    return Network(*network.unpack(network.parameters + step), network.activation)


class NetworkSteps:
    """``-M^-1 grad J`` by one of the solvers of the tangent.

    Parameters
    ----------
    alpha : float
        The regularity s.
    damping : tuple of two floats
        On weights and on intercepts.
    curvature, solver, tol, max_iter
        As for :func:`skcurious.tangent.solve_network`; 'lissa' counts as 'auto'.
    """

    free = slice(None)  # parameters that move

    def __init__(self, alpha, damping, curvature, solver, tol, max_iter):
        self.on_weights, self.on_intercepts = alpha + damping[0], damping[1]
        self.curvature = curvature
        self.solver = "auto" if solver == "lissa" else solver
        self.options = {"tol": tol, "max_iter": max_iter}

    def chunk_size(self, network, n_values, n_rows, chunk_size):
        """Rows that are evaluated together: of the dual form, all."""
        is_dual = self._solver(network, n_values) == "dual"
        return max(chunk_size, n_rows) if is_dual else chunk_size

    def _solver(self, network, n_values):
        if self.solver != "auto":
            return self.solver
        return choose_solver(network, n_values, self.on_weights, self.on_intercepts)

    def at(self, point):
        """The step, and its :class:`Solution`.

        Where the Hessian is not positive, the step is that of the Gauss-Newton matrix.
        """
        solution = self._solve(point, self.curvature)
        step = solution
        if not solution.definite and self.curvature == "hessian":
            step = self._solve(point, "gauss-newton")
        return step.value[:, 0], solution

    def _solve(self, point, curvature):
        solve, _, _ = curvature_solver(
            point.training,
            self.on_weights,
            self.on_intercepts,
            curvature=curvature,
            solver=self._solver(point.network, point.training.n_values),
            with_factor=False,
            **self.options,
        )
        return solve(-point.gradient[:, None])


def descend(objective, network, steps, n_steps):
    """Newton steps, each of which lowers J.

    Parameters
    ----------
    objective : Objective
        J.
    network : Network
        Where to start.
    steps : NetworkSteps or LastLayerSteps
        Which steps.
    n_steps : int
        At most.

    Returns
    -------
    descent : Descent
        Where they ended. They end before `n_steps` when rounding is all that is left
        of the gradient, or when no step lowers J.
    """
    point, taken, lowered, solved = objective.at(network), 0, True, True
    step, solution = steps.at(point)
    while taken < n_steps and not point.is_settled(steps.free):
        solved &= solution.converged or not solution.definite
        found = line_search(objective, point, step, steps.free)
        if found is None:
            # Near the optimum rounding hides what a step would bring.
            lowered = promised(point, step) <= rounding(point)
            break
        point, taken = found, taken + 1
        step, solution = steps.at(point)
    return Descent(point, taken, step, solution.definite, solved, lowered)


def promised(point, step):
    """The decrease of J along a step, to first order."""
    return -float(point.gradient @ step)


def rounding(point):
    """What the digits of J hide."""
    n_terms = point.training.n_values + point.network.n_params
    return 4 * np.finfo(float).eps * np.sqrt(n_terms) * abs(point.value)


def line_search(objective, point, step, free):
    """The first point along a step that lowers J enough, or None.

    Where the promised decrease is below the digits of J, the first that makes the
    gradient smaller.
    """
    decrease = promised(point, step)
    if not decrease > 0:
        return None
    is_hidden = decrease <= rounding(point)
    before = np.linalg.norm(point.gradient[free])
    for halving in range(HALVINGS):
        t = 0.5**halving
        found = objective.at(moved(point.network, t * step))
        if is_hidden:
            is_better = np.linalg.norm(found.gradient[free]) < before
        else:
            is_better = found.value <= point.value - ARMIJO * t * decrease
        if is_better:
            return found
    return None
