"""A weight is a number of repetitions, of noise variances and deviations as well."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone

from skcurious import CuriousKernelRidge, CuriousMLPRegressor, CuriousRidge
from skcurious.query import expected_curiosity_reduction, pool_status

MODELS = [
    CuriousRidge(),
    CuriousKernelRidge(kernel="rbf"),
    CuriousKernelRidge(kernel="rbf", fit_intercept=True),
    CuriousMLPRegressor(
        hidden_layer_sizes=3, solver="lbfgs", alpha=3.0, tol=1e-8, max_iter=2000,
        random_state=0,
    ),
]  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_repetitions(rng, model):
    X, y, pool = (
        rng.standard_normal((12, 3)),
        rng.standard_normal(12),
        rng.random((9, 3)),
    )
    repeats = rng.integers(0, 4, 12)
    weighted = clone(model).fit(X, y, repeats)
    repeated = clone(model).fit(np.repeat(X, repeats, axis=0), np.repeat(y, repeats))
    close = {"rtol": 1e-2 if "MLP" in type(model).__name__ else 1e-8}
    assert_allclose(weighted.noise_variance_, repeated.noise_variance_, **close)
    for ask in (
        lambda m: m.predict(pool, return_std=True)[1],
        lambda m: m.curiosity_score(pool),
        lambda m: pool_status(m, pool),
        lambda m: expected_curiosity_reduction(m, pool, 3, random_state=0)[1],
    ):
        assert_allclose(ask(weighted), ask(repeated), **close)


@pytest.mark.parametrize("unit", [1.0, 1e3])
@pytest.mark.parametrize("model", MODELS[:3], ids=lambda m: type(m).__name__)
def test_inverse_variances_over_their_mean(rng, model, unit):
    # What the docstrings advise: no deviation or batch depends on the unit of y.
    X, pool = rng.standard_normal((12, 3)), rng.standard_normal((9, 3))
    sem = rng.uniform(0.05, 0.15, 12)
    y = X[:, 0] + sem * rng.standard_normal(12)
    weights = 1 / (unit * sem) ** 2
    fitted = clone(model).fit(X, unit * y, weights / weights.mean())
    plain = clone(model).fit(X, y, sem**-2 / np.mean(sem**-2))
    std = [m.predict(pool, return_std=True)[1] for m in (fitted, plain)]
    assert_allclose(std[0], unit * std[1])
    picks = [expected_curiosity_reduction(m, pool, 3)[0] for m in (fitted, plain)]
    assert_allclose(*picks)
