"""Queries with options by deliberately slow truth: models fitted again for each label.

A truth holds one model for each target, fitted to the labels that are known and those
that are imagined, each with a weight of its own: targets that share a leverage no
longer do once their labels have other noises. Nothing here moves a tangent.
"""

import copy

import numpy as np


class Dense:
    """A kernel model by one dense solve: ridge, kernel ridge, a Gaussian process.

        [K + alpha / w  1] [a]   [y]
        [1^T            0] [b] = [0]        f(x) = k(x)^T a + b

    the border only with an intercept.
    """

    def __init__(self, kernel, alpha, intercept, X, y, weights):
        self.kernel, self.intercept, self.alpha = kernel, intercept, alpha
        self.X, self.y, self.weights = X, y, weights
        n = len(y)
        M = np.zeros((n + intercept, n + intercept))
        M[:n, :n] = kernel(X, X) + np.diag(alpha / weights)
        M[:n, n:] = M[n:, :n] = 1
        self.inverse = np.linalg.inv(M)
        self.dual = self.inverse[:, :n] @ y

    def seen(self, rows):
        k = self.kernel(rows, self.X)
        return np.hstack([k, np.ones((len(rows), self.intercept))])

    def predict(self, rows):
        return self.seen(rows) @ self.dual

    def tangent(self, rows):
        n = len(self.y)
        moved = self.inverse[:, :n] @ (self.dual[:n] / self.weights)
        return -self.seen(rows) @ moved

    def leverage(self, rows, others):
        cross = self.seen(rows) @ self.inverse @ self.seen(others).T
        return (self.kernel(rows, others) - cross) / self.alpha

    def with_label(self, x, ratio):
        """Fitted again with one more label, of this noise over the model's."""
        return Dense(
            self.kernel,
            self.alpha,
            self.intercept,
            np.vstack([self.X, x]),
            np.append(self.y, self.predict(x[None])),
            np.append(self.weights, 1 / ratio),
        )


class Targets:
    """A model for each target.

    Parameters
    ----------
    kernels : callables
        For each target.
    X, Y : ndarrays of shape (n, n_features), (n, n_targets)
        Labels in units of their targets.
    alpha : float
        Regularity.
    intercept : bool
        Whether there is one.
    noise : ndarray of shape (n_targets,), default=None
        Noise variances; None for mean squared residuals.
    """

    def __init__(self, kernels, X, Y, alpha, intercept, noise=None):
        ones = np.ones(len(X))
        self.models = [
            Dense(kernel, alpha, int(intercept), X, y, ones)
            for kernel, y in zip(kernels, Y.T, strict=True)
        ]
        if noise is None:
            noise = np.mean((Y - self.predictions(X)) ** 2, axis=0)
        self.noise = noise

    def predictions(self, rows):
        return np.stack([model.predict(rows) for model in self.models], 1)

    def with_label(self, x, ratio):
        """Of noises over those of the models, of shape (n_targets,)."""
        other = copy.copy(self)
        pairs = zip(self.models, ratio, strict=True)
        other.models = [model.with_label(x, one) for model, one in pairs]
        return other

    def tangents(self, rows):
        return np.stack([model.tangent(rows) for model in self.models], 1)

    def cross(self, rows, others):
        """h of each target, of shape (n_targets, n, m)."""
        return np.stack([model.leverage(rows, others) for model in self.models])

    def leverage(self, rows):
        return np.einsum("knn->nk", self.cross(rows, rows))


def precision(truth, rows, ratio):
    h = truth.leverage(rows)
    return (1 + h) / (ratio + h)


def curiosity(truth, rows, ratio, c, start):
    squares = truth.tangents(rows) ** 2 * start.noise
    return (squares * precision(truth, rows, ratio)) @ c


def variance(truth, rows, ratio, c, start):
    h = truth.leverage(rows) * start.noise
    return (h * precision(truth, rows, ratio)) @ c / len(c)


def influence(validation):
    X, Y = validation

    def utility(truth, rows, ratio, c, start):
        residual = start.predictions(X) - Y
        g = np.einsum("knm,mk->nk", truth.cross(rows, X), residual)
        return (g**2 * start.noise * precision(truth, rows, ratio)) @ c

    return utility


def reduction(kind, reference):
    def utility(truth, rows, ratio, c, start):
        before = truth.leverage(reference)
        t = truth.tangents(reference)
        if kind == "tangent":  # of targets that share their leverages
            u = t**2 * start.noise * c
        else:
            u = (before if kind == "variance" else np.ones(before.shape)) * start.noise
            u = u * c / len(c)
        return np.array(
            [
                (u * (before - truth.with_label(x, one).leverage(reference))).sum()
                for x, one in zip(rows, ratio, strict=True)
            ]
        )

    return utility


def slow_query(
    truths,
    utility,
    pool,
    k,
    *,
    ratios,
    cost=None,
    pending=(),
    unique=False,
    same=None,
    weights=None,
    shares=None,
):
    """Picks and scores of one truth, or of an ensemble of several.

    Parameters
    ----------
    truths : list
        One for each member.
    utility : callable
        One of the functions above.
    ratios : list of ndarray of shape (n_pool, n_targets)
        Noise of labels over that of each member.
    shares : list of float, default=None
        What each member counts.
    """
    cost = np.ones(len(pool)) if cost is None else cost
    c = [
        np.ones(ratio.shape[1]) if weights is None else np.asarray(weights)
        for ratio in ratios
    ]
    start = list(truths)

    def each(truths):
        return [
            utility(*args)
            for args in zip(truths, rows_of, ratios, c, start, strict=True)
        ]

    rows_of = [pool] * len(truths)
    scales = [1.0] if len(truths) == 1 else [u.mean() for u in each(truths)]
    counts = np.ones(len(truths)) if shares is None else np.asarray(shares, float)
    counts = counts / len(truths)

    def total(truths):
        values = each(truths)
        return (
            sum(n * u / s for n, u, s in zip(counts, values, scales, strict=True))
            / cost
        )

    def imagine(truths, x, index=None):
        return [
            truth.with_label(x, np.ones(r.shape[1]) if index is None else r[index])
            for truth, r in zip(truths, ratios, strict=True)
        ]

    for x in pending:
        truths = imagine(truths, x)
    closed = np.zeros(len(pool), bool)
    if unique:
        for x in pending:
            closed |= (pool == x).all(axis=1)
    candidates = {}
    for value in [None] if same is None else np.unique(same):
        open_rows = ~closed if value is None else ~closed & (same == value)
        now, picks, scores = truths, [], []
        while len(picks) < k and open_rows.any():
            values = np.where(open_rows, total(now), -np.inf)
            # Rounding tells equal rows apart: the first of them.
            best = int(np.flatnonzero(values >= values.max() * (1 - 1e-9))[0])
            picks.append(best)
            scores.append(values[best])
            if unique:
                open_rows = open_rows & ~(pool == pool[best]).all(axis=1)
            open_rows[best] = False
            if len(picks) < k:
                now = imagine(now, pool[best], best)
        if len(picks) == k:
            candidates[value] = picks, scores
    return max(candidates.values(), key=lambda made: sum(made[1]))
