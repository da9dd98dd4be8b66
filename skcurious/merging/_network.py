"""Networks of one architecture and one start, averaged by their curvatures.

Network i minimises J_i, its loss L_i and the penalty ``s_i/2 |weights|^2``. About its
minimum theta_i, with the Gauss-Newton matrix G_i and P, one on weights and zero on
intercepts,

    J_i(theta) = J_i(theta_i) + (theta - theta_i)^T (G_i + s_i P) (theta - theta_i) / 2

to second order. The sum of the losses, with one penalty s, is then smallest at

    (sum_i G_i + s P) theta = sum_i (G_i + s_i P) theta_i

which is where all rows together would have led where f is linear in theta. Where it is
not, directions of little curvature lead far out of where the second order holds: a
damping, added to every G_i, holds each network to its own parameters, and much of it
leaves the plain mean. With diagonals in place of the matrices this is Fisher-weighted
averaging (M. Matena and C. Raffel, "Merging models with Fisher-weighted averaging",
NeurIPS 2022). Rows are not needed: a fitted network that has a covariance has G_i.
"""

from numbers import Real

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.exceptions import ConvergenceWarning

from skcurious._targets import for_each_target
from skcurious._warnings import warn
from skcurious.linearised._right_hand_sides import (
    network_complexity,
    network_complexity_by_layer,
)
from skcurious.merging._merged import merged
from skcurious.neural_network import CuriousMLPRegressor
from skcurious.neural_network._fitted import SolvedTangent
from skcurious.tangent import CholeskyFactor, Network, conjugate_gradient
from skcurious.tangent._mlp import ILL_CONDITIONED, LARGEST_FACTOR, spread
from skcurious.tangent._network_factor import (
    DiagonalFactor,
    IterativeNetworkFactor,
    PrimalFactor,
)
from skcurious.tangent._theorem import implicit_tangent
from skcurious.tangent._threads import one_thread

# Relative residual of the average.
TOL = 1e-12

# Damping of networks with hidden layers, for each unit of the weight of their rows.
DAMPING = 0.1

# Of the units of a layer, those that have to be most like their own in the other
# network, and how many units make it telling.
ALIKE, TELLING = 0.5, 4


class Part:
    """A fitted network, and its Gauss-Newton matrix without penalty and damping."""

    def __init__(self, estimator, damping):
        self.factor = estimator.linearised_.factor
        self.network = estimator._network(np.float64)
        self.theta = self.network.parameters
        self.regularity = estimator.effective_alpha_
        self.noise_variance = np.atleast_1d(estimator.noise_variance_)
        self.label_spread = estimator.linearised_.label_spread
        self.label_mean = estimator.linearised_.label_mean
        self.per_alpha = estimator.linearised_.regularity_per_alpha
        self.penalty = spread(self.network, self.regularity, 0)
        self._added = self.penalty + estimator.damping_
        self.total_weight = float(self.diagonal()[-1])  # seen by the last intercept
        self.damping = damping * self.total_weight

    def matmat(self, V):
        """``G V``."""
        return self.factor.matmat(V) - self._added[:, None] * V

    def diagonal(self):
        """That of G."""
        return np.maximum(self.factor.diagonal() - self._added, 0)


class SummedCurvature:
    """``sum_i G_i + diag(diagonal)``, as conjugate gradients take it."""

    def __init__(self, parts, diagonal):
        self.parts, self.added = parts, diagonal
        self.shape = (len(diagonal),) * 2

    def few_threads(self, n_columns=1):
        """As many threads as there are."""
        return one_thread(False)

    def matmat(self, V):
        """The matrix times each column."""
        return sum(part.matmat(V) for part in self.parts) + self.added[:, None] * V

    def preconditioner(self):
        """Its diagonal, where it is not zero."""
        diagonal = sum(part.diagonal() for part in self.parts) + self.added
        nothing = diagonal <= np.finfo(float).eps * diagonal.max()
        return DiagonalFactor(np.where(nothing, diagonal.max() or 1.0, diagonal))


@merged.register
def _(
    first: CuriousMLPRegressor,
    others,
    *,
    weights="curvature",
    damping="auto",
    **options,
):
    if options:
        raise TypeError(
            f"CuriousMLPRegressor takes no {min(options)}= when it is merged: leave it "
            "out. Coefficients are learned by skcurious.merging.merge_task_vectors."
        )
    if damping == "auto":
        damping = DAMPING if len(first.coefs_) > 1 else 0.0
    elif not isinstance(damping, Real) or not 0 <= damping < np.inf:
        raise ValueError(
            f"damping must be 'auto' or a finite number >= 0, got {damping!r}."
        )
    estimators = [first, *others]
    check_alike(estimators)
    for estimator in estimators:
        estimator.linearised_.check_covariance()
    parts = [Part(estimator, damping) for estimator in estimators]
    regularity = parts[0].regularity
    if (
        first.solver != "lbfgs"
    ):  # it is alpha for each minibatch, of which all have more
        regularity = sum(part.regularity for part in parts)
    network = parts[0].network
    theta = AVERAGES[weights](parts, spread(network, regularity, 0))
    network = Network(*network.unpack(theta), network.activation)
    new = first._with_parameters(network)
    new._solved = _solved(new, network, parts, regularity)
    return new


def _labels(parts):
    """Means of the labels of all rows, and their standard deviations."""
    weights = [part.total_weight for part in parts]
    means = np.array([part.label_mean for part in parts])
    mean = np.average(means, axis=0, weights=weights)
    within = np.array([part.label_spread**2 for part in parts])
    squares = np.average(within + (means - mean) ** 2, axis=0, weights=weights)
    return mean, np.sqrt(squares)


def by_curvature(parts, penalty):
    """The minimum of the summed objectives, to second order.

    Solved for what is to be added to the mean, of which directions that no network
    sees get nothing.
    """
    mean = equally(parts, penalty)
    operator = SummedCurvature(parts, penalty + sum(part.damping for part in parts))
    right = -penalty * mean
    for part in parts:
        off = part.theta - mean
        right += part.matmat(off[:, None])[:, 0] + part.damping * off
        right += part.penalty * part.theta
    solution = conjugate_gradient(
        operator.matmat,
        right[:, None],
        tol=TOL,
        preconditioner=operator.preconditioner(),
    )
    if not solution.converged or not solution.definite:
        warn(
            "Conjugate gradients did not converge for the average of the networks: "
            f"relative residual {solution.residual.max():.1e}. Fit them with scaled X "
            "or a larger alpha, or use weights='diagonal'.",
            ConvergenceWarning,
        )
    return mean + solution.value[:, 0]


def by_diagonal(parts, penalty):
    """The same with diagonals; of what no network sees, the mean."""
    total = penalty.copy()
    weighted = np.zeros_like(total)
    for part in parts:
        diagonal = part.diagonal() + part.damping
        total += diagonal
        weighted += (diagonal + part.penalty) * part.theta
    return np.divide(weighted, total, out=equally(parts, penalty), where=total > 0)


def equally(parts, penalty):
    """The mean."""
    return np.mean([part.theta for part in parts], axis=0)


AVERAGES = {"curvature": by_curvature, "diagonal": by_diagonal, "equal": equally}


def _solved(new, network, parts, regularity):
    """Tangent and covariance of the merged network, with the sum of the curvatures."""
    damping = new._damping_at(regularity)
    on_weights, on_intercepts = regularity + damping[0], damping[1]
    operator = SummedCurvature(parts, spread(network, on_weights, on_intercepts))
    factor = _factor(new, network, operator)
    complexity_of = network_complexity
    if new.layer_tangents:
        complexity_of = network_complexity_by_layer
    solution = implicit_tangent(factor.solve, complexity_of(network))
    n_weights = [part.total_weight for part in parts]
    noise_variance = _noise_variance(network, parts, n_weights)
    label_mean, label_spread = _labels(parts)
    per_alpha = 1.0
    if new.solver != "lbfgs":
        per_alpha = sum(part.per_alpha for part in parts)
    tangent = solution.value.sum(axis=1, keepdims=True) * per_alpha
    dtype = new.coefs_[0].dtype
    facts = {
        "network": network,
        "dtype": dtype,
        "n_outputs": new.n_outputs_,
        "flat": new.n_outputs_ == 1,
        "tangent": tangent,
        "parts": solution.value if new.layer_tangents else None,
        "noise_variance": noise_variance,
        "units": label_spread,
        "label_mean": label_mean,
        "regularity_per_alpha": per_alpha,
        "checkpoints": None,
    }
    return SolvedTangent(
        new._linearise(factor, solution.method, facts),
        *network.unpack(tangent[:, 0].astype(dtype)),
        noise_variance=noise_variance,
        effective_alpha=regularity,
        damping=damping,
        tangent_solver=solution.method,
        tangent_n_iter=0 if solution.n_iter is None else int(solution.n_iter.max()),
        tangent_residual=_residual(operator, complexity_of(network), solution.value),
    )


def _residual(operator, rho, value):
    left, size = np.linalg.norm(operator.matmat(value) + rho), np.linalg.norm(rho)
    return float(left / size) if size > 0 else 0.0


def _factor(new, network, operator):
    if network.n_params > LARGEST_FACTOR:
        return IterativeNetworkFactor(
            operator,
            new.tangent_tol,
            new.tangent_max_iter or 2_000,
            operator.preconditioner(),
        )
    dense = operator.matmat(np.eye(network.n_params))
    dense = np.ascontiguousarray((dense + dense.T) / 2)
    cholesky = CholeskyFactor.try_factorise(dense, 0.0, min_rcond=np.finfo(float).eps)
    if cholesky is None:
        raise np.linalg.LinAlgError(ILL_CONDITIONED)
    return PrimalFactor(cholesky)


def _noise_variance(network, parts, total_weights):
    """Mean squared residuals of all rows, to second order.

    ``sum_i w r^2`` of a part grows by ``d^T G d - 2 s (P theta_i)^T d`` when its
    parameters move by d, since they were at a minimum. Of several outputs each grows by
    what its own weights and intercept of the last layer move; what hidden layers move
    besides, of which G holds the sum alone, they share as they share the residuals.
    """
    own = np.average([p.noise_variance for p in parts], axis=0, weights=total_weights)
    of_outputs = _last_layer(network)
    by_output, added = np.zeros(of_outputs.shape[1]), 0.0
    for part in parts:
        d = network.parameters - part.theta
        moves = np.column_stack([d[:, None] * of_outputs, d])
        grown = np.einsum("pk,pk->k", moves, part.matmat(moves))
        grown -= 2 * (part.penalty * part.theta) @ moves
        by_output += grown[:-1]
        added += grown[-1]
    growth = by_output / sum(total_weights)
    rest = added / sum(total_weights) - growth.sum()
    if own.any():
        growth = growth + rest * own / own.sum()
    return for_each_target(np.maximum(own + growth, 0.0))


def _last_layer(network):
    """Which parameters are those of one output, of shape (n_params, n_outputs)."""
    weights, intercepts = network.unpack(np.arange(network.n_params))
    numbers = np.vstack([weights[-1], intercepts[-1]])
    of_outputs = np.zeros((network.n_params, numbers.shape[1]))
    np.put_along_axis(of_outputs, numbers.astype(int), 1.0, axis=0)
    return of_outputs


def check_alike(estimators):
    """Refuse networks that cannot be averaged, and warn of those that should not be."""
    first, *others = estimators
    for estimator in estimators:
        estimator.check_tangent()
    for name, value in _kind(first).items():
        for other in others:
            if _kind(other)[name] != value:
                raise ValueError(
                    f"Networks to merge must be alike, but their {name} are {value} "
                    f"and {_kind(other)[name]}."
                )
    if not all(_share_a_start(first, other) for other in others):
        warn(
            "The hidden units of the networks do not correspond: they started apart, "
            "or went far apart in training, and an average of such networks predicts "
            "badly. Go on from one trained network, with warm_start=True in copies of "
            "it, for fewer iterations, or average predictions (VotingRegressor)."
        )


def _kind(estimator):
    names = getattr(estimator, "feature_names_in_", None)
    return {
        "shapes of coefs_": [w.shape for w in estimator.coefs_],
        "activation": estimator.activation,
        "alpha": estimator.alpha,
        "minibatches (solver)": estimator.solver != "lbfgs",
        "names of columns": None if names is None else list(names),
    }


def _share_a_start(one, other):
    """Whether hidden units are most like those of the same place, in every layer."""
    for layer in range(len(one.coefs_) - 1):
        seen = [
            np.vstack([e.coefs_[layer], e.intercepts_[layer], e.coefs_[layer + 1].T])
            for e in (one, other)
        ]
        if seen[0].shape[1] < TELLING:
            continue
        a, b = (s / np.maximum(np.linalg.norm(s, axis=0), 1e-300) for s in seen)
        rows, columns = linear_sum_assignment(a.T @ b, maximize=True)
        if np.mean(rows == columns) < ALIKE:
            return False
    return True
