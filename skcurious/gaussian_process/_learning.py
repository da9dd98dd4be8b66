"""Learning a kernel: the hyperparameters of the largest posterior density."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import _safe_indexing, check_random_state

from skcurious._warnings import warn
from skcurious.gaussian_process._likelihood import NegativeLogLikelihood

# With more rows than LARGE, the way from the starts is walked with FEW of them,
# at less than a hundredth of the cost of a step.
LARGE, FEW = 2000, 1000
# Its first two sentences are scikit-learn's.
NOT_DEFINITE = (
    "is not returning a positive definite matrix. Try gradually increasing the 'alpha' "
    "parameter of your GaussianProcessRegressor estimator. Or add a WhiteKernel, or "
    "drop repeated rows of X."
)


@dataclass
class LearnedKernel:
    """What :func:`~skcurious.gaussian_process.learn_kernel` returns.

    Attributes
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        A copy of the kernel, with the hyperparameters found.
    log_evidence : float
        Log marginal likelihood.
    log_posterior : float
        The same plus the log prior, the prior's constants left out.
    converged : bool
        Whether the optimiser converged from the start that won.
    message : str
        How it ended.
    n_evaluations : int
        Evaluations with all rows, over all starts.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.gaussian_process.kernels import WhiteKernel
    >>> from skcurious.gaussian_process import learn_kernel
    >>> learned = learn_kernel(WhiteKernel(), np.zeros((4, 1)), [3.0, -3.0, 3.0, -3.0])
    >>> learned.kernel, learned.converged
    (WhiteKernel(noise_level=9), True)
    """

    kernel: object
    log_evidence: float
    log_posterior: float
    converged: bool
    message: str
    n_evaluations: int


def learn_kernel(
    kernel,
    X,
    Y,
    alpha=0.0,
    *,
    prior=None,
    optimizer="fmin_l_bfgs_b",
    n_restarts=0,
    starts=(),
    rng=None,
    from_prior=True,
):
    """Maximise log p(Y | theta) + log prior(theta) over a kernel's hyperparameters.

    Starts from the kernel's own values, from the means of the `prior`, from
    `starts` and from random values, and keeps the best. With more than 2,000
    rows these starts are for 1,000 of them, drawn at random but always the
    same; where the best ends, it starts once with all rows, in steps scaled by
    the curvature there.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        The kernel; not changed.
    X : array-like of shape (n_samples, n_features), or list of objects
        Rows.
    Y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Targets, centred; they share the kernel.
    alpha : float or ndarray of shape (n_samples,), default=0.0
        Variance of known noise, added to the diagonal.
    prior : LogNormalPrior or None, default=None
        Prior of theta; None maximises the likelihood.
    optimizer : "fmin_l_bfgs_b", callable or None, default="fmin_l_bfgs_b"
        As in scikit-learn's regressor: a callable gets ``(objective, theta,
        bounds)`` and returns ``(theta, value)``; None keeps the kernel's values.
    n_restarts : int, default=0
        Number of random starts, uniform within the bounds of theta, and the
        same as those of scikit-learn's regressor for the same `rng`.
    starts : sequence of ndarrays of shape (n_dims,), default=()
        Further starts.
    rng : int, RandomState instance or None, default=None
        Of the random starts.
    from_prior : bool, default=True
        Whether to start from the means of the `prior`, too.

    Returns
    -------
    learned : LearnedKernel
        The kernel, its evidence, and how the optimiser ended.

    Raises
    ------
    LinAlgError
        If the matrix is not positive definite at any start.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.gaussian_process.kernels import RBF, WhiteKernel
    >>> from skcurious.gaussian_process import learn_kernel
    >>> X = np.linspace(0, 6, 30)[:, None]
    >>> noise = 0.1 * np.random.default_rng(0).standard_normal(X.shape)
    >>> learned = learn_kernel(RBF() + WhiteKernel(), X, np.sin(2 * X) + noise)
    >>> learned.kernel
    RBF(length_scale=0.937) + WhiteKernel(noise_level=0.0056)
    """
    kernel, Y = clone(kernel), np.asarray(Y)
    likelihood = NegativeLogLikelihood(kernel, X, Y, alpha)
    objective = _Objective(likelihood, prior)
    optimised = optimizer is not None and kernel.n_dims > 0
    if optimised:
        minimise = _minimiser(optimizer)
        from_means = prior if from_prior else None
        thetas = list(_starts(kernel, from_means, starts, n_restarts, rng))
        scale = 1.0
        if len(Y) > LARGE:
            few = _Objective(_of_few_rows(kernel, X, Y, alpha), prior)
            thetas = [_best(minimise, few, thetas, kernel).theta]
            scale = np.sqrt(_curvatures(few, thetas[0]) * len(Y) / FEW)
        best = _best(minimise, objective, thetas, kernel, scale)
    else:
        value, _ = objective(kernel.theta)
        best = _Run(kernel.theta, value, True, "not optimised")
    if not np.isfinite(best.value):
        raise LinAlgError(f"The kernel, {kernel}, {NOT_DEFINITE}")
    if optimised:
        kernel.theta = best.theta
    if not best.converged:
        warn(
            f"The kernel's hyperparameters did not converge: {best.message} Scale the "
            "columns of X, or start from other values of the kernel.",
            ConvergenceWarning,
        )
    if prior is None and optimised:
        kernel._check_bounds_params()
    log_prior = 0.0 if prior is None else prior(best.theta)[0]
    return LearnedKernel(
        kernel,
        -best.value - log_prior,
        -best.value,
        best.converged,
        best.message,
        likelihood.n_evaluations,
    )


@dataclass
class _Run:
    theta: np.ndarray
    value: float
    converged: bool
    message: str


def _best(minimise, objective, thetas, kernel, scale=1.0):
    best = _Run(kernel.theta, np.inf, False, "")
    for theta in thetas:
        run = minimise(objective, theta, kernel.bounds, scale)
        if run.value < best.value:
            best = run
    return best


def _of_few_rows(kernel, X, Y, alpha):
    rows = np.random.RandomState(0).permutation(len(Y))[:FEW]
    alpha = alpha[rows] if np.ndim(alpha) else alpha
    return NegativeLogLikelihood(kernel, _safe_indexing(X, rows), Y[rows], alpha)


def _curvatures(objective, theta, step=1e-3):
    """Second derivatives by each entry of theta; at least 0.1.

    With steps in units of their roots, L-BFGS takes a fifth to a third of the
    evaluations: lengths of columns that do not matter are flat directions.
    """
    curvatures = np.empty_like(theta)
    for j in range(len(theta)):
        moved = step * np.eye(len(theta))[j]
        _, up = objective(theta + moved)
        _, down = objective(theta - moved)
        curvatures[j] = (up[j] - down[j]) / (2 * step)
    return np.maximum(curvatures, 0.1)


class _Objective:
    """Negative log posterior density, as optimisers of scikit-learn call it."""

    def __init__(self, likelihood, prior):
        self.likelihood = likelihood
        self.prior = prior

    def __call__(self, theta, eval_gradient=True):
        value, gradient = self.likelihood(theta)
        if self.prior is not None:
            log_prior, slope = self.prior(theta)
            value, gradient = value - log_prior, gradient - slope
        return (value, gradient) if eval_gradient else value


class _Finite:
    """Where the objective is infinite, a little more than the last finite value.

    A line search interpolates: from infinity there is no way back.
    """

    def __init__(self, objective):
        self.objective = objective
        self.last = np.inf

    def __call__(self, theta):
        value, gradient = self.objective(theta)
        if np.isfinite(value):
            self.last = value
            return value, gradient
        return self.last + max(1.0, abs(self.last)), np.zeros_like(theta)


def _minimiser(optimizer):
    if callable(optimizer):

        def minimise(objective, start, bounds, scale):
            theta, value = optimizer(objective, start, bounds=bounds)
            return _Run(np.asarray(theta), float(value), True, "")

        return minimise
    if optimizer != "fmin_l_bfgs_b":
        raise ValueError(
            f"optimizer: 'fmin_l_bfgs_b', a callable or None; got {optimizer!r}."
        )
    return _lbfgs


def _lbfgs(objective, start, bounds, scale):
    objective = _Finite(objective)

    def scaled(u):
        value, gradient = objective(u / scale)
        return value, gradient / scale

    bounds = bounds * np.reshape(scale, (-1, 1))
    result = minimize(scaled, start * scale, method="L-BFGS-B", jac=True, bounds=bounds)
    theta = result.x / scale
    return _Run(theta, float(result.fun), bool(result.success), result.message)


def _starts(kernel, prior, starts, n_restarts, rng):
    yield kernel.theta
    if prior is not None:
        yield prior.start(kernel.theta)
    yield from starts
    if not n_restarts:
        return
    bounds, rng = kernel.bounds, check_random_state(rng)
    if not np.isfinite(bounds).all():
        raise ValueError(
            "n_restarts: a random start requires that all bounds are finite; those of "
            f"{kernel} are not."
        )
    for _ in range(n_restarts):
        yield rng.uniform(bounds[:, 0], bounds[:, 1])
