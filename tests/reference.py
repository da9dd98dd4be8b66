"""Deliberately slow truth: refits, added points, imagined labels.

Nothing here uses a tangent or a factor of skcurious; what it returns comes
from fitting scikit-learn's own models again and again.
"""

import numpy as np
from sklearn.base import clone


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


def greedy_by_refits(curious, X, y, pool, k, cost=None):
    """Greedy batch by fitting the curious model with each imagined label."""
    cost = np.ones(len(pool)) if cost is None else cost
    noise_variance = curious.fit(X, y).noise_variance_
    fitted = curious
    picks, scores = [], []
    for _ in range(k):
        score = fitted.curiosity_score(pool, noise_variance=noise_variance) / cost
        score[picks] = -np.inf
        best = int(score.argmax())
        picks.append(best)
        scores.append(score[best])
        X = np.vstack([X, pool[[best]]])
        y = np.concatenate([y, fitted.predict(pool[[best]])])
        fitted = clone(curious).fit(X, y)
    return picks, scores
