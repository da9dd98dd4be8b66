"""Task vectors with a coefficient for each layer, learned from few labels.

A task vector is what training on some rows added to the parameters of a common start,
``tau_t = theta_t - theta_0``. Their combination

    theta(c) = theta_0 + sum_t sum_l c_tl tau_tl      l the layers

is learned by F. Z. Zhang, P. Albert, C. Rodriguez-Opazo, A. van den Hengel and
E. Abbasnejad, "Knowledge composition using task vectors with learned anisotropic
scaling" (aTLAS), NeurIPS 2024. With the squared error, and the derivatives
``A_tl = J tau_tl`` at theta(c), one step is a ridge regression of as many coefficients
as there are vectors times layers:

    sum_i w_i/2 |f(x_i; theta(c)) - y_i|^2 + alpha/2 |c - 1/n_vectors|^2
    (A^T W A + alpha I) d = -(A^T W r + alpha (c - 1/n_vectors)),    c <- c + t d
"""

from functools import singledispatch
from numbers import Integral, Real

import numpy as np
from scipy import linalg
from sklearn.exceptions import ConvergenceWarning

from skcurious._reach import transformed
from skcurious._validation import check_table, check_weights
from skcurious._warnings import warn
from skcurious._wrappers import open_wrapper, with_inner
from skcurious.base import Curious
from skcurious.merging._merged import check_same_steps, check_types
from skcurious.merging._network import check_alike
from skcurious.neural_network import CuriousMLPRegressor
from skcurious.tangent import Network

# Of the decrease that the gradient promises, what a step has to bring.
ARMIJO = 1e-4
HALVINGS = 30

# Steps end where the promised decrease is this much of the objective.
SETTLED = 1e-12


def merge_task_vectors(
    base, estimators, X, y, *, sample_weight=None, alpha=1.0, n_steps=20
):
    """Add to a network what others learned, as much of each layer as few labels say.

    Parameters
    ----------
    base : estimator
        A fitted CuriousMLPRegressor, or a Pipeline or the like around one: the start
        that the others went on from. It is not changed.
    estimators : list of estimators
        Networks that were trained on from `base`, with ``warm_start=True`` in copies of
        it, say, behind the same steps.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Labelled rows of the task at hand; few are enough.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Their labels.
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights.
    alpha : float, default=1.0
        How strongly coefficients are drawn to the plain average, 1 over the number of
        networks; in squared units of the labels behind all transformers.
    n_steps : int, default=20
        Steps at most, each from derivatives at the coefficients before.

    Returns
    -------
    estimator : estimator
        A new one, fitted; the network has ``task_coefficients_``, of shape
        (n_estimators, n_layers), and tangent, covariance and noise variance of the rows
        given.

    Raises
    ------
    TypeError
        When the models are of several types, or no networks.
    ValueError
        When they are not alike, or `alpha` or `n_steps` cannot be used.

    Warns
    -----
    ConvergenceWarning
        When `n_steps` are not enough.

    See Also
    --------
    merge : Averages without labels.

    Examples
    --------
    >>> from copy import deepcopy
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> from skcurious import CuriousMLPRegressor
    >>> from skcurious.merging import merge_task_vectors
    >>> X, y = load_diabetes(return_X_y=True)
    >>> X, y = scale(X), scale(y)
    >>> base = CuriousMLPRegressor(
    ...     hidden_layer_sizes=5, solver="lbfgs", alpha=1, max_iter=900, random_state=0
    ... ).fit(X[:100], y[:100])
    >>> others = [
    ...     deepcopy(base).set_params(warm_start=True).fit(X[rows], y[rows])
    ...     for rows in (slice(100, 200), slice(200, 300))
    ... ]
    >>> model = merge_task_vectors(base, others, X[300:330], y[300:330])
    >>> model.task_coefficients_.shape
    (2, 2)
    """
    check_table(X, "X")
    if not isinstance(estimators, (list, tuple)) or not estimators:
        raise TypeError(
            f"estimators must be a list of fitted networks, got {estimators!r}."
        )
    if not isinstance(alpha, Real) or not 0 <= alpha < np.inf:
        raise ValueError(f"alpha must be a finite number >= 0, got {alpha!r}.")
    if not isinstance(n_steps, Integral) or n_steps < 1:
        raise ValueError(f"n_steps must be an integer of at least 1, got {n_steps!r}.")
    check_types([base, *estimators])
    return _combined(
        base, estimators, X, y, weights=sample_weight, alpha=alpha, n_steps=n_steps
    )


@singledispatch
def _combined(base, others, X, y, **options):
    """The same, by the kind of the estimator: a wrapper is opened."""
    x_steps, y_steps, everyone = [], [], [base, *others]
    inner = open_wrapper(base, x_steps, y_steps)
    others = [open_wrapper(other, [], []) for other in others]
    check_types([inner, *others])
    check_same_steps(everyone)
    X, y = transformed(X, x_steps), transformed(y, y_steps)
    return with_inner(base, _combined(inner, others, X, y, **options))


@_combined.register
def _(base: Curious, others, X, y, **options):
    raise TypeError(
        f"{type(base).__name__} has no layers: task vectors are of networks, "
        "CuriousMLPRegressor. skcurious.merging.merge puts other models together."
    )


@_combined.register
def _(base: CuriousMLPRegressor, others, X, y, *, weights, alpha, n_steps):
    check_alike([base, *others])
    sample_weight = check_weights(weights, X, None)
    rows = base.validate_rows(X)
    Y = base.validate_labels(y, rows).astype(np.float64, copy=False)
    w = np.ones(len(Y)) if sample_weight is None else sample_weight.astype(float)
    network = base._network(np.float64)
    vectors = [o._network(np.float64).parameters - network.parameters for o in others]
    found = learn_coefficients(
        network,
        np.column_stack([by_layer(network, tau) for tau in vectors]),
        rows.astype(np.float64, copy=False),
        Y,
        w,
        alpha=alpha,
        prior=1 / len(others),
        n_steps=n_steps,
    )
    network, coefficients, settled = found
    if not settled:
        warn(
            f"The coefficients of the task vectors have not settled after n_steps="
            f"{n_steps}. Raise n_steps or alpha.",
            ConvergenceWarning,
        )
    new = base._with_parameters(network)
    new.fit_tangent(X, y, sample_weight)
    new.task_coefficients_ = coefficients.reshape(len(others), -1)
    return new


def by_layer(network, vector):
    """Cut a vector of parameters into one column for each layer."""
    columns = []
    for layer in range(len(network.coefs)):
        coefs, intercepts = network.unpack(vector)
        columns.append(
            network.pack(
                [w * (k == layer) for k, w in enumerate(coefs)],
                [b * (k == layer) for k, b in enumerate(intercepts)],
            )
        )
    return np.column_stack(columns)


def learn_coefficients(network, directions, X, Y, weights, *, alpha, prior, n_steps):
    """Gauss-Newton steps in the coefficients, each of which lowers the objective.

    Returns
    -------
    network : Network
        At the coefficients.
    coefficients : ndarray of shape (n_directions,)
        One for each column of `directions`.
    settled : bool
        Whether the steps ended by themselves.
    """
    start, root = network.parameters, np.sqrt(weights)[:, None]

    def at(c):
        theta = start + directions @ c
        moved = Network(*network.unpack(theta), network.activation)
        rows = moved.linearise(X)
        r = root * (rows.output - Y)
        value = 0.5 * float((r**2).sum() + alpha * ((c - prior) ** 2).sum())
        return moved, rows, r, value

    c = np.full(directions.shape[1], prior)
    moved, rows, r, value = at(c)
    for _ in range(n_steps):
        A = root[:, :, None] * rows.jvp_many(directions)
        # Least squares of the stacked problem: no squared condition number.
        left = np.vstack([A.reshape(-1, len(c)), np.sqrt(alpha) * np.eye(len(c))])
        right = -np.concatenate([r.ravel(), np.sqrt(alpha) * (c - prior)])
        step = linalg.lstsq(left, right)[0]
        promised = float(right @ (left @ step))
        if promised <= SETTLED * value:
            return moved, c, True
        for halving in range(HALVINGS):
            t = 0.5**halving
            trial = at(c + t * step)
            if trial[-1] <= value - ARMIJO * t * promised:
                c = c + t * step
                moved, rows, r, value = trial
                break
        else:
            return moved, c, False
    return moved, c, False
