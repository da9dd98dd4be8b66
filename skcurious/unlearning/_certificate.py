"""What can be proved of a network that forgot: its last layer is a ridge regression.

With the layers before it frozen, the last layer ``f(x) = [a(x), 1] Theta`` minimises

    J(Theta) = sum_i w_i/2 |[a_i, 1] Theta - y_i|^2 + s/2 |weights|^2
    H = sum_i w_i [a_i, 1]^T [a_i, 1] + s diag(1, ..., 1, 0),    mu = min eigenvalue

which is convex, so that the optimum of the remaining rows is near:

    |Theta - Theta*| <= |grad J(Theta)| / mu

Gaussian noise of standard deviation ``bound sqrt(2 log(1.25 / delta)) / epsilon`` on
every parameter, epsilon <= 1, makes it (epsilon, delta)-indistinguishable from
``Theta*`` with such noise: certified removal by C. Guo et al., "Certified data removal
from machine learning models", ICML 2020, and A. Sekhari et al., "Remember what you want
to forget", NeurIPS 2021; the noise is C. Dwork and A. Roth's (2014, theorem A.1).
"""

from dataclasses import dataclass
from numbers import Real

import numpy as np
from scipy import linalg

from skcurious.tangent import Solution
from skcurious.tangent._mlp import ILL_CONDITIONED

EPS = np.finfo(float).eps


@dataclass(frozen=True)
class Unlearning:
    """How a network forgot: ``unlearning_`` of the estimator.

    Attributes
    ----------
    method : str
        As it was given.
    n_steps : int
        Steps that were taken.
    gradient_norm : float
        Norm of the gradient of the objective of the remaining rows, by the parameters
        that moved, before any noise.
    distance_bound : float
        The optimum of the remaining rows is no further than this, in the parameters
        that moved, before any noise; ``inf`` where the objective is not convex and
        nothing is proved.
    distance_estimate : float
        Length of the Newton step that would come next: about the distance where J is
        about quadratic, of a bowl of its own; ``nan`` for methods without steps of
        Newton.
    noise_scale : float
        Standard deviation of the noise on each parameter that moved, 0 without.
    epsilon : float or None
        Of the certificate, if there is one.
    delta : float or None
        The same.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> from skcurious import CuriousMLPRegressor
    >>> from skcurious.unlearning import forget
    >>> X, y = load_diabetes(return_X_y=True)
    >>> X, y = scale(X), scale(y)
    >>> model = CuriousMLPRegressor(
    ...     hidden_layer_sizes=5, solver="lbfgs", alpha=1, max_iter=900, random_state=0
    ... ).fit(X, y)
    >>> rest = {"X_remaining": X[9:], "y_remaining": y[9:]}
    >>> certified = {"layers": "last", "epsilon": 1, "delta": 1e-5, "random_state": 0}
    >>> less = forget(model, X[:9], y[:9], **rest, **certified)
    >>> less.unlearning_.n_steps, less.unlearning_.distance_bound < 1e-9
    (1, True)
    """

    method: str
    n_steps: int
    gradient_norm: float
    distance_bound: float = np.inf
    distance_estimate: float = np.nan
    noise_scale: float = 0.0
    epsilon: float | None = None
    delta: float | None = None


def last_layer(network):
    """Which parameters are those of the last layer, weights before intercepts."""
    n_weights = network.coefs[-1].size
    weights = np.arange(network.n_weights - n_weights, network.n_weights)
    intercepts = np.arange(network.n_params - network.n_outputs, network.n_params)
    return np.concatenate([weights, intercepts])


class LastLayerSteps:
    """``-H^-1 grad J`` of the last layer, from its Cholesky factor.

    Parameters
    ----------
    network : Network
        The network, of which the layers before stay.
    alpha : float
        The regularity s.

    Examples
    --------
    One step arrives:

    >>> import numpy as np
    >>> from skcurious.tangent import Network
    >>> from skcurious.unlearning._certificate import LastLayerSteps
    >>> from skcurious.unlearning._newton import Objective, descend
    >>> rows = np.array([[1.0], [-1.0]]), np.array([[3.0], [-3.0]]), np.ones(2)
    >>> network = Network([np.array([[0.0]])], [np.ones(1)], "identity")
    >>> objective = Objective(*rows, alpha=1.0, chunk_size=2)
    >>> descent = descend(objective, network, LastLayerSteps(network, 1.0), 3)
    >>> descent.n_steps, descent.point.network.parameters.round(6) + 0.0
    (1, array([2., 0.]))
    """

    def __init__(self, network, alpha):
        self.alpha = alpha
        self.free = last_layer(network)

    def chunk_size(self, network, n_values, n_rows, chunk_size):
        """Rows that are evaluated together."""
        return chunk_size

    def at(self, point):
        """The step, and its :class:`Solution`."""
        H = last_layer_curvature(point.training, self.alpha)
        try:
            factor = linalg.cho_factor(H, lower=True)
        except linalg.LinAlgError as error:
            raise linalg.LinAlgError(ILL_CONDITIONED) from error
        gradient = point.gradient[self.free].reshape(len(H), -1)
        step = np.zeros_like(point.gradient)
        step[self.free] = -linalg.cho_solve(factor, gradient).ravel()
        return step, Solution(step[:, None], "cholesky")


def last_layer_curvature(training, alpha):
    """H, of shape (n_in + 1, n_in + 1): that of every output."""
    n_in = len(training.network.coefs[-1])
    H = np.zeros((n_in + 1, n_in + 1))
    for chunk in training:
        a, w = chunk.rows.inputs[-1], chunk.weights
        weighted = a.multiply(w).tocsr() if hasattr(a, "multiply") else a * w
        gram = a.T @ weighted
        H[:-1, :-1] += gram.toarray() if hasattr(gram, "toarray") else gram
        H[-1, :-1] += np.asarray(weighted.sum(axis=0)).ravel()
        H[-1, -1] += w.sum()
    H[:-1, -1] = H[-1, :-1]
    H.flat[: n_in * (n_in + 2) : n_in + 2] += alpha
    return H


def distance_bound(point, alpha, dtype):
    """``|grad J| / mu`` of the last layer, rounding included; ``inf`` without mu > 0.

    Parameters
    ----------
    point : Point
        J at the network.
    alpha : float
        The regularity s.
    dtype : dtype
        That the parameters are kept in.
    """
    training, network = point.training, point.network
    H = last_layer_curvature(training, alpha)
    n_terms = training.X.shape[0] + len(H)
    mu = linalg.eigvalsh(H, subset_by_index=[0, 0])[0] - n_terms * EPS * np.trace(H)
    if not mu > 0:
        return np.inf
    theta = network.parameters[last_layer(network)]
    size = np.linalg.norm(theta)
    # What rounding may hide of each term of the gradient, w_i [a_i, 1] r_i.
    hidden = alpha * size
    for chunk in training:
        norms = np.sqrt(1 + _squares(chunk.rows.inputs[-1]))
        labels = np.linalg.norm(chunk.residuals - chunk.rows.output, axis=1)
        hidden += float(chunk.weights[:, 0] @ (norms * (norms * size + labels)))
    gradient = np.linalg.norm(point.gradient[last_layer(network)])
    bound = (gradient + n_terms * EPS * hidden) / mu
    return float(bound + np.finfo(dtype).eps * size)


def _squares(a):
    squares = a.multiply(a) if hasattr(a, "multiply") else a * a
    return np.asarray(squares.sum(axis=1)).ravel()


def noise_scale(bound, epsilon, delta):
    """Standard deviation of the Gaussian mechanism.

    Examples
    --------
    >>> from skcurious.unlearning._certificate import noise_scale
    >>> round(noise_scale(0.1, epsilon=1.0, delta=1e-5), 4)
    0.4845
    """
    return float(bound * np.sqrt(2 * np.log(1.25 / delta)) / epsilon)


def check_certificate(epsilon, delta):
    """Refuse epsilon and delta for which nothing is proved."""
    if epsilon is None and delta is None:
        return
    if epsilon is None or delta is None:
        raise ValueError(
            f"A certificate takes epsilon and delta, got epsilon={epsilon} and "
            f"delta={delta}: give both, or neither for no noise."
        )
    if not isinstance(epsilon, Real) or not 0 < epsilon <= 1:
        raise ValueError(
            f"epsilon must be above 0 and at most 1, for which the Gaussian noise is "
            f"proved, got {epsilon!r}."
        )
    if not isinstance(delta, Real) or not 0 < delta < 1:
        raise ValueError(f"delta must be between 0 and 1, got {delta!r}.")
