"""Networks forget approximately, and say how near they came."""

from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral, Real

import numpy as np
from scipy.linalg import LinAlgWarning
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skcurious._validation import check_weights
from skcurious._warnings import warn
from skcurious.neural_network import CuriousMLPRegressor
from skcurious.unlearning._certificate import (
    LastLayerSteps,
    Unlearning,
    check_certificate,
    distance_bound,
    noise_scale,
)
from skcurious.unlearning._dampening import dampened
from skcurious.unlearning._newton import NetworkSteps, Objective, descend, moved
from skcurious.unlearning._projected import projected
from skcurious.unlearning._without import without_rows


@dataclass(frozen=True)
class Rows:
    """Validated rows with their labels, None if not known, and weights."""

    X: np.ndarray
    Y: np.ndarray | None
    weights: np.ndarray


@dataclass(frozen=True)
class Request:
    """A trained network, the rows to forget and those that remain."""

    estimator: CuriousMLPRegressor
    forgotten: Rows
    remaining: Rows

    @cached_property
    def network(self):
        """The network, in float64."""
        return self.estimator._network(np.float64)

    @cached_property
    def chunk_size(self):
        """Rows that are evaluated together."""
        return self.estimator._chunk_size(self.network, self.remaining.X)

    @cached_property
    def balance(self):
        """Regularity and weights that training on the remaining rows would have."""
        per_alpha, weights = self.estimator._balance(self.remaining.weights)
        return float(self.estimator.alpha * per_alpha), weights

    def objective(self, steps=None):
        """J of the remaining rows."""
        rows, (alpha, weights) = self.remaining, self.balance
        size = self.chunk_size
        if steps is not None:
            size = steps.chunk_size(self.network, rows.Y.size, len(rows.Y), size)
        return Objective(rows.X, rows.Y, weights, alpha, size)


@without_rows.register
def _(
    estimator: CuriousMLPRegressor,
    X,
    y,
    *,
    sample_weight=None,
    X_remaining=None,
    y_remaining=None,
    sample_weight_remaining=None,
    method="newton",
    refit_hyperparameters=False,
    **options,
):
    way = check_method(method, options)
    estimator.check_tangent()
    if X_remaining is None or y_remaining is None:
        raise ValueError(
            "CuriousMLPRegressor does not keep the rows it was trained on: pass those "
            "that remain as X_remaining= and y_remaining=."
        )
    if refit_hyperparameters:
        raise ValueError(
            "CuriousMLPRegressor has no hyperparameters that fit learns: leave "
            "refit_hyperparameters=True out."
        )
    if y is None and method != "loss-free":
        raise ValueError(
            f"method={method!r} needs the labels y of the rows to forget; "
            "method='loss-free' does not."
        )
    request = Request(
        estimator,
        _validated(estimator, X, y, sample_weight, "y"),
        _validated(
            estimator, X_remaining, y_remaining, sample_weight_remaining, "y_remaining"
        ),
    )
    check_fitted_to(request)
    network, unlearning = way(request, method=method, **options)
    new = estimator._with_parameters(network)
    new.fit_tangent(X_remaining, y_remaining, sample_weight_remaining)
    new.unlearning_ = unlearning
    return new


def _validated(estimator, X, y, sample_weight, name):
    weights = check_weights(sample_weight, X, None)
    X = estimator.validate_rows(X)
    weights = np.ones(X.shape[0]) if weights is None else weights.astype(float)
    if y is None:
        return Rows(X, None, weights)
    Y = estimator.validate_labels(y, X, name).astype(np.float64, copy=False)
    return Rows(X, Y, weights)


def check_fitted_to(request):
    """Refuse rows that together are not those of the fit, by their squared errors."""
    estimator, parts = request.estimator, [request.forgotten, request.remaining]
    if getattr(estimator, "stationarity_", None) is None:
        raise ValueError(
            "This CuriousMLPRegressor was trained by partial_fit, or merged, and it is "
            "not known on which rows. Call fit_tangent with all of them first."
        )
    if any(rows.Y is None for rows in parts):
        return
    total = sum(rows.weights.sum() for rows in parts)
    squares = sum(
        np.atleast_1d(
            estimator._squared_error(rows.X, rows.Y, rows.weights, request.chunk_size)
        )
        * (rows.weights.sum() / total)
        for rows in parts
    )
    kept = np.atleast_1d(estimator.noise_variance_)
    labels = np.concatenate([rows.Y for rows in parts])
    digits = 100 * np.finfo(estimator.coefs_[0].dtype).eps
    hidden = digits * np.abs(labels).max(axis=0)
    if (np.abs(squares - kept) > 1e-6 * kept + hidden * (np.sqrt(kept) + hidden)).any():
        raise ValueError(
            "X and X_remaining are not together the rows that the network was fitted "
            f"to: with their labels and weights its mean squared error is {squares}, "
            f"and it was {kept}. Pass each row of the fit once, in one of the two."
        )


def check_method(method, options):
    """The function of a method; refuses options that it does not have."""
    if method not in METHODS:
        raise ValueError(f"method must be one of {list(METHODS)}, got {method!r}.")
    way, known = METHODS[method]
    if unknown := sorted(options.keys() - known):
        raise TypeError(
            f"method={method!r} takes no {unknown[0]}=; it takes "
            f"{', '.join(sorted(known))}."
        )
    return way


def by_newton(
    request,
    *,
    method,
    n_steps=10,
    layers="all",
    epsilon=None,
    delta=None,
    random_state=None,
):
    """Newton steps, and noise if something is proved."""
    _check_count(n_steps)
    if layers not in ("all", "last"):
        raise ValueError(f"layers must be 'all' or 'last', got {layers!r}.")
    check_certificate(epsilon, delta)
    estimator, network = request.estimator, request.network
    is_convex = layers == "last" or len(network.coefs) == 1
    if epsilon is not None and not is_convex:
        raise ValueError(
            "A network with hidden layers has no convex objective, and nothing is "
            "proved of its distance to an optimum: use layers='last', which keeps the "
            "hidden layers as they are, or leave epsilon and delta out."
        )
    alpha, _ = request.balance
    if is_convex:
        steps = LastLayerSteps(network, alpha)
    else:
        steps = NetworkSteps(
            alpha,
            estimator._damping_at(alpha),
            estimator.curvature,
            estimator.tangent_solver,
            estimator.tangent_tol,
            estimator.tangent_max_iter or 2_000,
        )
    descent = descend(request.objective(steps), network, steps, n_steps)
    point = descent.point
    _report(estimator, descent, n_steps)
    unlearning = Unlearning(
        method,
        descent.n_steps,
        float(np.linalg.norm(point.gradient[steps.free])),
        distance_estimate=float(np.linalg.norm(descent.left)),
    )
    if not is_convex:
        return point.network, unlearning
    bound = distance_bound(point, alpha, estimator.coefs_[0].dtype)
    unlearning = replace(unlearning, distance_bound=bound)
    if epsilon is None:
        return point.network, unlearning
    if not np.isfinite(bound):
        raise ValueError(
            "Nothing is proved of the distance to the optimum: its curvature is zero "
            "to rounding. Use a larger alpha, or scale X."
        )
    scale = noise_scale(bound, epsilon, delta)
    noise = np.zeros(network.n_params)
    size = noise[steps.free].size
    noise[steps.free] = check_random_state(random_state).normal(0, scale, size)
    return moved(point.network, noise), replace(
        unlearning, noise_scale=scale, epsilon=epsilon, delta=delta
    )


def _report(estimator, descent, n_steps):
    if not descent.solved:
        warn(
            "Conjugate gradients did not converge in some step of Newton. Scale X, "
            "raise tangent_max_iter, damping or alpha, or use curvature="
            "'gauss-newton' with tangent_solver='primal' or 'dual'.",
            ConvergenceWarning,
        )
    if not descent.definite and estimator.curvature == "hessian":
        warn(
            "The Hessian of the remaining rows has negative curvature where the steps "
            "ended, which is no minimum. Raise n_steps, alpha or damping.",
            LinAlgWarning,
        )
    if not descent.lowered:
        warn(
            f"No step lowers the objective of the remaining rows after "
            f"{descent.n_steps} of n_steps={n_steps}. Raise damping or alpha, or "
            "scale X.",
            ConvergenceWarning,
        )


def by_dampening(request, *, method, selection=10.0, strength=1.0):
    """Parameters that matter to the forgotten rows are made smaller."""
    for name, value in (("selection", selection), ("strength", strength)):
        if not isinstance(value, Real) or not 0 < value < np.inf:
            raise ValueError(f"{name} must be a finite number above 0, got {value!r}.")
    network = dampened(
        request.network,
        request.forgotten,
        request.remaining,
        chunk_size=request.chunk_size,
        by_loss=method == "dampening",
        selection=selection,
        strength=strength,
    )
    return network, _baseline(request, network, method, 1)


def by_projection(request, *, method, n_steps=10, energy=0.95):
    """Ascent on the loss of the forgotten rows, out of the way of the others."""
    _check_count(n_steps)
    if not isinstance(energy, Real) or not 0 < energy <= 1:
        raise ValueError(f"energy must be above 0 and at most 1, got {energy!r}.")
    model = request.estimator.linearised_
    model.check_covariance()
    network, n_taken, arrived = projected(
        model,
        request.forgotten,
        request.remaining,
        chunk_size=request.chunk_size,
        energy=energy,
        n_steps=n_steps,
    )
    if not arrived:
        warn(
            "The loss of the forgotten rows did not get to what leaving them out "
            f"promises, in {n_taken} of n_steps={n_steps}: too little of its gradient "
            "is out of the way of the remaining rows. Lower energy, raise n_steps, or "
            "use method='newton'.",
            ConvergenceWarning,
        )
    return network, _baseline(request, network, method, n_taken)


def _baseline(request, network, method, n_steps):
    gradient = request.objective().at(network).gradient
    return Unlearning(method, n_steps, float(np.linalg.norm(gradient)))


def _check_count(n_steps):
    if not isinstance(n_steps, Integral) or n_steps < 1:
        raise ValueError(f"n_steps must be an integer of at least 1, got {n_steps!r}.")


METHODS = {
    "newton": (
        by_newton,
        {"n_steps", "layers", "epsilon", "delta", "random_state"},
    ),
    "dampening": (by_dampening, {"selection", "strength"}),
    "loss-free": (by_dampening, {"selection", "strength"}),
    "projected": (by_projection, {"n_steps", "energy"}),
}
