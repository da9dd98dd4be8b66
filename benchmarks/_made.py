"""Tables that are made: what is true is known, and errors are against that."""

import numpy as np
from sklearn.datasets import make_friedman1, make_friedman2, make_friedman3

N_ROWS = 3000


def made_tables():
    """Yield ``(name, X, labels, truth)``; names begin with ``made_``."""
    for number, make in enumerate(MADE):
        rng = np.random.RandomState(number)
        X, labels, truth = make(rng)
        yield f"made_{make.__name__}", X, labels, truth


def _with_noise(truth, rng, part=0.1):
    """Labels with normal noise of `part` of the spread of the truth."""
    return truth + part * truth.std() * rng.standard_normal(len(truth))


def friedman1(rng):
    """Five of ten columns matter: a product's sine, a square and two planes."""
    X, truth = make_friedman1(N_ROWS, random_state=rng)
    return X, _with_noise(truth, rng), truth


def friedman2(rng):
    """Impedance of a circuit; columns of very different sizes."""
    X, truth = make_friedman2(N_ROWS, random_state=rng)
    return X, _with_noise(truth, rng), truth


def friedman3(rng):
    """Phase of the same circuit: steep in one corner, flat elsewhere."""
    X, truth = make_friedman3(N_ROWS, random_state=rng)
    return X, _with_noise(truth, rng), truth


def interactions(rng):
    """``sum_j x_j x_(j+1)`` over six columns: no column does anything alone."""
    X = rng.uniform(-1, 1, (N_ROWS, 6))
    truth = (X * np.roll(X, -1, axis=1)).sum(axis=1)
    return X, _with_noise(truth, rng), truth


def step(rng):
    """A step of three spreads where ``x_0 + x_1 > 0``, on a gentle plane."""
    X = rng.uniform(-1, 1, (N_ROWS, 4))
    truth = 3.0 * (X[:, 0] + X[:, 1] > 0) + X @ np.array([0.5, -0.5, 0.5, 0.5])
    return X, _with_noise(truth, rng), truth


def irrelevant(rng):
    """Two columns that matter, smoothly, among twenty that do not."""
    X = rng.standard_normal((N_ROWS, 22))
    truth = np.sin(2 * X[:, 0]) + X[:, 1] ** 2 / 2
    return X, _with_noise(truth, rng), truth


def heteroscedastic(rng):
    """Noise that grows from nothing to one and a half spreads with one column."""
    X = rng.uniform(-1, 1, (N_ROWS, 4))
    truth = _waves(X)
    noise = 1.5 * truth.std() * (X[:, 3] + 1) / 2 * rng.standard_normal(N_ROWS)
    return X, truth + noise, truth


def outliers(rng):
    """Wrong labels in 30% of the rows: off by normal noise of five spreads."""
    X = rng.uniform(-1, 1, (N_ROWS, 4))
    truth = _waves(X)
    wrong = 5 * truth.std() * rng.standard_normal(N_ROWS)
    wrong *= rng.uniform(size=N_ROWS) < 0.3
    return X, _with_noise(truth, rng) + wrong, truth


def _waves(X):
    return np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2] + X[:, 1] ** 2


MADE = (
    friedman1,
    friedman2,
    friedman3,
    interactions,
    step,
    irrelevant,
    heteroscedastic,
    outliers,
)
