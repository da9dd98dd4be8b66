"""Deliberately slow truth: refits, added points, imagined labels.

Nothing here uses a tangent or a factor of skcurious; what it returns comes
from fitting scikit-learn's own models again and again.
"""

import itertools
from fractions import Fraction
from operator import mul

import numpy as np
from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel
from sklearn.kernel_ridge import KernelRidge


class KernelRidgeWithIntercept(KernelRidge):
    """Kernel ridge regression and a constant, from the dense bordered system.

    [A u; u^T 0] [a; b] = [y~; 0],    u = sqrt(w)
    """

    def fit(self, X, y, sample_weight=None):
        root = np.sqrt(np.ones(len(y)) if sample_weight is None else sample_weight)
        K = self._get_kernel(X) * root * root[:, None]
        Y = np.reshape(y, (len(y), -1)) * root[:, None]
        alphas = np.broadcast_to(self.alpha, Y.shape[1:])
        dual, self.intercept_ = np.empty(Y.shape), np.empty(len(alphas))
        for k, alpha in enumerate(alphas):
            A = np.zeros((len(y) + 1, len(y) + 1))
            A[:-1, :-1] = K + alpha * np.eye(len(y))
            A[-1, :-1] = A[:-1, -1] = root
            *solved, self.intercept_[k] = np.linalg.solve(A, np.append(Y[:, k], 0.0))
            dual[:, k] = root * solved
        self.dual_coef_ = dual.reshape(np.shape(y))
        self.intercept_ = self.intercept_.reshape(np.shape(y)[1:])
        self.X_fit_ = X
        return self

    def predict(self, X):
        return super().predict(X) + self.intercept_


def derivative(function, s, step=2e-3):
    """d function / d s by the five-point stencil, with an error of order step**4."""
    h = step * s
    near = function(s + h) - function(s - h)
    far = function(s + 2 * h) - function(s - 2 * h)
    return (8 * near - far) / (12 * h)


def alpha_derivative(model, attribute, alpha, fit_args, step=2e-3):
    """d attribute / d alpha over refits of a scikit-learn model.

    With an array of alphas each target moves with its own.
    """

    def refit(factor):
        refitted = clone(model).set_params(alpha=np.asarray(alpha) * factor)
        return np.asarray(getattr(refitted.fit(*fit_args), attribute))

    moved = derivative(refit, 1.0, step)  # d / d log alpha
    alpha = np.asarray(alpha)
    if alpha.size == 1:
        return moved / alpha.item()
    # Targets come first in coef_ and last in dual_coef_ and intercept_.
    return moved / (alpha[:, None] if attribute == "coef_" else alpha)


def ridge_complexity(model):
    """C of each target, from the coefficients."""
    coef = np.atleast_2d(model.coef_)
    return 0.5 * (coef**2).sum(axis=1)


def kernel_complexity(model):
    """C of each target, from the dual coefficients."""
    dual = model.dual_coef_.reshape(len(model.dual_coef_), -1)
    K = model._get_kernel(model.X_fit_)
    return 0.5 * np.einsum("ik,ij,jk->k", dual, K, dual)


def added(model, X, y, weights, x_new, y_new, weight):
    """The scikit-learn model refitted with one more row of the given weight."""
    weights = np.ones(len(y)) if weights is None else weights
    X = np.vstack([X, x_new])
    y = np.concatenate([y, np.atleast_1d(y_new).reshape(1, *y.shape[1:])])
    return clone(model).fit(X, y, sample_weight=np.append(weights, weight))


def influence_on_complexity(model, complexity, X, y, weights, x_new, y_new, eps=1e-3):
    """d C / d weight of an added row, at weight zero, for each target."""
    values = [
        complexity(added(model, X, y, weights, x_new, y_new, k * eps)) for k in range(5)
    ]
    # Forward stencil of fourth order: weights cannot be negative.
    return np.tensordot([-25, 48, -36, 16, -3], values, axes=1) / (12 * eps)


def own_units(y, centred=True):
    """Standard deviation of each of several targets, or without centring their size."""
    if y.ndim == 1:
        return 1.0
    return y.std(axis=0) if centred else np.sqrt(np.mean(y**2, axis=0))


def greedy_by_refits(curious, X, y, pool, k, cost=None):
    """Greedy batch by fitting the curious model with each imagined label.

    Several targets each in units of its own.
    """
    cost = np.ones(len(pool)) if cost is None else cost
    y = y / own_units(y, curious.fit_intercept)
    noise_variance = np.reshape(curious.fit(X, y).noise_variance_, -1)
    fitted = curious
    picks, scores = [], []
    for _ in range(k):
        tangents = fitted.predict_tangent(pool).reshape(len(pool), -1)
        score = tangents**2 @ noise_variance / cost
        score[picks] = -np.inf
        best = int(score.argmax())
        picks.append(best)
        scores.append(score[best])
        X = np.vstack([X, pool[[best]]])
        y = np.concatenate([y, fitted.predict(pool[[best]])])
        fitted = clone(curious).fit(X, y)
    return picks, scores


# -- networks ----------------------------------------------------------------

_PHI = {
    "identity": lambda z: z,
    "logistic": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z.real > 0, z, 0),
}


def unflatten(theta, layers):
    """Weights and intercepts of a network with these layer sizes."""
    coefs, intercepts, start = [], [], 0
    for n_in, n_out in itertools.pairwise(layers):
        coefs.append(theta[start : start + n_in * n_out].reshape(n_in, n_out))
        start += n_in * n_out
    for n_out in layers[1:]:
        intercepts.append(theta[start : start + n_out])
        start += n_out
    return coefs, intercepts


def network_output(theta, X, layers, activation):
    """Outputs of a multilayer perceptron, for real or complex parameters."""
    coefs, intercepts = unflatten(theta, layers)
    a = X
    with np.errstate(over="ignore"):  # a saturated logistic unit is zero
        for W, b in zip(coefs[:-1], intercepts[:-1], strict=True):
            a = _PHI[activation](a @ W + b)
    return a @ coefs[-1] + intercepts[-1]


def n_weights(layers):
    return sum(a * b for a, b in itertools.pairwise(layers))


def objective(theta, X, Y, weights, alpha, layers, activation):
    """J of THEORY: summed over rows and outputs."""
    residual = network_output(theta, X, layers, activation) - Y
    penalty = (theta[: n_weights(layers)] ** 2).sum()
    return 0.5 * (weights[:, None] * residual**2).sum() + 0.5 * alpha * penalty


def gradient_by_complex_steps(function, theta):
    """Exact to rounding for functions that are analytic."""
    h = 1e-30
    steps = theta + 1j * h * np.eye(len(theta))
    return np.array([function(step).imag / h for step in steps])


def objective_gradient(theta, *problem):
    return gradient_by_complex_steps(lambda t: objective(t, *problem), theta)


def objective_hessian(theta, *problem, h=1e-4):
    """Column by column, from gradients by the five-point stencil."""
    columns = []
    for e in np.eye(len(theta)):
        columns.append(
            derivative(
                lambda s, e=e: objective_gradient(theta + (s - 1) * e, *problem), 1.0, h
            )
        )
    H = np.array(columns)
    return (H + H.T) / 2


def jacobian_by_complex_steps(theta, X, layers, activation):
    """(n, n_outputs, n_params), one parameter at a time."""
    h = 1e-30
    columns = [
        network_output(theta + 1j * h * e, X, layers, activation).imag / h
        for e in np.eye(len(theta))
    ]
    return np.stack(columns, axis=-1)


def minimise(theta, *problem, tol=1e-12):
    """Newton's method with a dense Hessian, damped where it is not convex."""
    shift, gradient = 0.0, objective_gradient(theta, *problem)
    for _ in range(300):
        if np.linalg.norm(gradient) < tol:
            break
        H = objective_hessian(theta, *problem)
        lowest = np.linalg.eigvalsh(H)[0]
        shift = max(0.0, 1e-3 - lowest)
        step = -np.linalg.solve(H + shift * np.eye(len(theta)), gradient)
        value, size = objective(theta, *problem), 1.0
        while objective(theta + size * step, *problem) > value and size > 1e-10:
            size /= 2
        if size <= 1e-10:  # at rounding level the objective says no more
            size = 1.0
        theta = theta + size * step
        gradient = objective_gradient(theta, *problem)
    return theta


def greedy_by_leverage(G, J_pool, rho, k, weights=1.0):
    """Greedy batch with the curvature grown by each pick, inverted anew.

    The squares of each output count by its weight.
    """
    picks, scores = [], []
    for _ in range(k):
        tangent = -J_pool @ np.linalg.solve(G, rho)
        score = (tangent**2 * weights).sum(axis=1)
        score[picks] = -np.inf
        best = int(score.argmax())
        picks.append(best)
        scores.append(score[best])
        G = G + J_pool[best].T @ J_pool[best]
    return picks, scores


def leave_one_out(model, X, y, sample_weight=None):
    """``w_i (y_i - prediction without row i)**2`` by refits, in the shape of y."""
    squares = np.empty(y.shape)
    for i in range(len(y)):
        rest = np.arange(len(y)) != i
        weights = None if sample_weight is None else sample_weight[rest]
        model.fit(X[rest], y[rest], sample_weight=weights)
        own = 1.0 if sample_weight is None else sample_weight[i]
        squares[i] = own * (y[i] - model.predict(X[[i]])[0]) ** 2
    return squares


def reduction_by_refits(curious, X, y, pool, reference, weigh, k, cost=None):
    """Greedy batch by what refits with imagined labels say about reference rows.

    ``weigh(tangent, variance)`` gets d prediction / d alpha of the reference
    rows, of shape (m, n_targets), and their h(p, p), of shape (m,). With
    several targets and one alpha.
    """

    def h(model):
        return model.predict_covariance(reference, noise_variance=1.0).diagonal()

    cost = np.ones(len(pool)) if cost is None else cost
    fitted = clone(curious).fit(X, y)
    picks, scores = [], []
    for _ in range(k):
        before = h(fitted)
        u = weigh(fitted.predict_tangent(reference).reshape(len(reference), -1), before)
        label = fitted.predict(pool)
        score = np.array(
            [
                u @ (before - h(added(curious, X, y, None, x, one, 1.0)))
                for x, one in zip(pool, label, strict=True)
            ]
        )
        score = score / cost
        score[picks] = -np.inf
        best = int(score.argmax())
        picks.append(best)
        scores.append(score[best])
        X = np.vstack([X, pool[[best]]])
        y = np.concatenate([y, label[[best]]])
        fitted = clone(curious).fit(X, y)
    return picks, scores


# -- Gaussian processes --------------------------------------------------------


class GaussianProcessTruth:
    """scikit-learn's regressor with kernels / s, by refits.

    Parameters
    ----------
    parts : list of kernels
        Of the function, one for each regularity s_j.
    noise : ndarray of shape (n,)
        Noise variances of the labels, in units of the kernel.
    X, y : ndarrays
        Rows and labels.
    normalize_y : bool
        Whether labels are centred and scaled, once and for all.
    """

    def __init__(self, parts, noise, X, y, normalize_y):
        self.parts, self.noise, self.X = parts, noise, X
        self.n_targets = 1 if y.ndim == 1 else y.shape[1]
        self.flat = y.ndim == 1
        Y = y.reshape(len(y), -1)
        self.mean, self.spread = np.zeros(Y.shape[1]), np.ones(Y.shape[1])
        if normalize_y:
            self.mean, self.spread = Y.mean(axis=0), Y.std(axis=0)
        self.Y = (Y - self.mean) / self.spread
        self.new_noise = noise.mean()

    def normalised(self, y):
        return (np.reshape(y, (-1, self.n_targets)) - self.mean) / self.spread

    def kernel(self, s=None):
        s = (
            np.ones(len(self.parts))
            if s is None
            else np.broadcast_to(s, len(self.parts))
        )
        scaled = [
            ConstantKernel(1 / one) * part
            for one, part in zip(s, self.parts, strict=True)
        ]
        return sum(scaled[1:], scaled[0])

    def model(self, s=None, added=None, left_out=None):
        """Fitted with regularities s; `added` is (x, normalised y, noise)."""
        X, Y, noise = self.X, self.Y, self.noise
        if added is not None:
            x, label, variance = added
            X, Y = np.vstack([X, x]), np.vstack([Y, label])
            noise = np.append(noise, variance)
        if left_out is not None:
            X, Y = np.delete(X, left_out, 0), np.delete(Y, left_out, 0)
            noise = np.delete(noise, left_out)
        model = GaussianProcessRegressor(self.kernel(s), alpha=noise, optimizer=None)
        return model.fit(X, Y)

    def predict(self, model, rows):
        """In the units of y."""
        Z = np.reshape(model.predict(rows), (len(rows), -1)) * self.spread + self.mean
        return Z[:, 0] if self.flat else Z

    def complexities(self, model):
        """C_j of each part at s = 1, of shape (n_parts, n_targets)."""
        a = np.reshape(model.alpha_, (len(model.X_train_), -1))
        K = [part(model.X_train_, model.X_train_) for part in self.parts]
        return np.array([0.5 * np.einsum("ik,ij,jk->k", a, one, a) for one in K])

    def tangent(self, rows, part=None):
        """d prediction / d s_j, or of all together, in the units of y."""

        def moved(s):
            s = (
                s
                if part is None
                else np.where(np.arange(len(self.parts)) == part, s, 1)
            )
            return self.predict(self.model(s), rows)

        return derivative(moved, 1.0)

    def influence(self, x, label):
        """d C_j / d weight of an added row, whose noise is v / weight."""
        _, std = self.model().predict(x[None], return_std=True)
        eps = 1e-3 / (1 + np.max(std) ** 2 / self.new_noise)
        values = [self.complexities(self.model())]
        for k in range(1, 5):
            added = x, label, self.new_noise / (k * eps)
            values.append(self.complexities(self.model(added=added)))
        return np.tensordot([-25, 48, -36, 16, -3], values, axes=1) / (12 * eps)


def exact_leverage(gram, seen, own, alpha):
    """``(own - seen^T (gram + alpha)^-1 seen) / alpha`` of rows, in fractions.

    Parameters
    ----------
    gram, seen, own : nested lists of Fraction, (n, n), (n, m) and (m, m)
    alpha : float

    Returns
    -------
    h : ndarray of shape (m, m)
    """
    n, m = len(gram), len(own)
    table = [[*row, *more] for row, more in zip(gram, seen, strict=True)]
    for i in range(n):
        table[i][i] += Fraction(alpha)
    for i in range(n):  # A is positive definite: no pivots
        table[i] = [value / table[i][i] for value in table[i]]
        for j in range(n):
            if j != i and table[j][i]:
                factor = table[j][i]
                table[j] = [
                    a - factor * b for a, b in zip(table[j], table[i], strict=True)
                ]
    solved = [row[n:] for row in table]
    h = np.empty((m, m))
    for i, j in itertools.product(range(m), repeat=2):
        removed = sum(seen[k][i] * solved[k][j] for k in range(n))
        h[i, j] = float((own[i][j] - removed) / Fraction(alpha))
    return h


def exact_products(X, Z, mean=None):
    """``(x - mean) . (z - mean)`` of all rows, as fractions."""

    def rows(A):
        exact = [[Fraction(float(a)) for a in row] for row in A]
        if mean is None:
            return exact
        return [[a - b for a, b in zip(row, mean, strict=True)] for row in exact]

    others = rows(Z)
    return [[sum(map(mul, x, z)) for z in others] for x in rows(X)]
