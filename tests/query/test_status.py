"""The numbers that stop a loop."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import added, own_units

from skcurious import (
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousMLPRegressor,
    CuriousRidge,
)
from skcurious.query import expected_curiosity_reduction, pool_status
from skcurious.query._status import reduction_and_status


def problem(rng, n_targets=1):
    X = rng.standard_normal((15, 3))
    y = X[:, :1] + rng.standard_normal((15, n_targets))
    return X, y[:, 0] if n_targets == 1 else y, rng.standard_normal((25, 3))


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize(
    "model", [CuriousRidge(0.7), CuriousKernelRidge(0.2, kernel="rbf")]
)
def test_what_the_numbers_mean(rng, model, n_targets):
    X, y, pool = problem(rng, n_targets)
    model.fit(X, y)
    status = pool_status(model, pool)
    # Several targets, each in units of its own.
    model.fit(X, y / own_units(y, model.fit_intercept))
    y = y / own_units(y, model.fit_intercept)
    coef = getattr(model, "coef_", None)
    if coef is None:
        dual = model.dual_coef_.reshape(len(X), -1)
        complexity = 0.5 * np.trace(dual.T @ model._get_kernel(X) @ dual)
    else:
        complexity = 0.5 * (coef**2).sum()
    assert_allclose(
        status.curiosity,
        np.sqrt(model.curiosity_score(pool).mean()) / complexity,
    )
    _, std = model.predict(pool, return_std=True)
    assert_allclose(status.std, np.sqrt((std**2).mean()))
    after = min(
        added(model, X, y, None, x, model.predict(x[None])[0], 1.0)
        .predict_covariance(pool, noise_variance=np.mean(model.noise_variance_))
        .diagonal()
        .mean()
        for x in pool
    )
    assert_allclose(status.gain, status.std - np.sqrt(after), rtol=1e-6)


def test_network(rng):
    X, y, pool = problem(rng, 2)
    model = CuriousMLPRegressor(
        hidden_layer_sizes=(4,), solver="lbfgs", alpha=0.5, random_state=0, tol=1e-3
    ).fit(X, y)
    status = pool_status(model, pool)
    complexity = 0.5 * sum((w**2).sum() for w in model.coefs_)
    units, tangents = (
        y.std(axis=0),
        model.linearised_.parts_at(model.linearised_.at(pool))[:, :, 0],
    )
    score = (tangents**2 @ (model.noise_variance_ / units**4)).mean()
    complexity /= np.mean(units**2)
    assert_allclose(status.curiosity, np.sqrt(score) / complexity)
    _, std = model.predict(pool, return_std=True)
    assert_allclose(status.std, np.sqrt(((std / units) ** 2).mean()))
    assert 0 < status.gain < status.std


@pytest.mark.parametrize(("noise", "tolerance"), [(0.0, 0.02), (0.3, 0.1)])
def test_a_loop_that_stops_has_learnt(rng, noise, tolerance):
    """Once std is below the tolerance, so is the error of the predictions."""
    X = rng.uniform(-3, 3, (300, 1))
    truth = np.sin(2 * X[:, 0])
    y = truth + noise * rng.standard_normal(300)
    labelled = [0, 1, 2, 3, 4]
    curve = []
    for _ in range(120):
        model = CuriousKernelRidgeCV(gamma=0.5).fit(X[labelled], y[labelled])
        pool = np.setdiff1d(np.arange(300), labelled)
        status = pool_status(model, X[pool], X_reference=X)
        curve.append((*status, np.sqrt(np.mean((model.predict(X) - truth) ** 2))))
        if len(labelled) > 10 and status.std < tolerance:
            break
        picks, _ = expected_curiosity_reduction(model, X[pool], 2, random_state=0)
        labelled += list(pool[picks])
    curve = np.array(curve)
    assert len(labelled) < 200, "never stopped"
    assert curve[-1, 3] < 2 * tolerance
    # A good part of the way before, neither was below.
    third = len(curve) // 3
    assert curve[third, 1] > tolerance
    # All three numbers have come down.
    assert (curve[-1, :3] < 0.5 * curve[:5, :3].max(axis=0)).all()


def test_gain_comes_down_with_noise_and_without(rng):
    X = rng.uniform(-3, 3, (400, 1))
    for noise in (0.0, 0.3):
        y = np.sin(2 * X[:, 0]) + noise * rng.standard_normal(400)
        gains = [
            pool_status(CuriousKernelRidgeCV(gamma=0.5).fit(X[:n], y[:n]), X[200:]).gain
            for n in (10, 40, 160)
        ]
        assert gains[0] > 3 * gains[1] > 3 * gains[2]


def test_reference_rows_and_seed(rng):
    X, y, pool = problem(rng)
    model = CuriousRidge().fit(X, y)
    assert pool_status(model, pool, n_reference=5, random_state=1) == pool_status(
        model, pool, n_reference=5, random_state=1
    )
    one = pool_status(model, pool, X_reference=pool[:1])
    _, std = model.predict(pool[:1], return_std=True)
    assert_allclose(one.std, std[0])
    with pytest.raises(ValueError, match="n_reference"):
        pool_status(model, pool, n_reference=-1)
    with pytest.raises(ValueError, match="X_pool is empty"):
        pool_status(model, pool[:0])


def test_nothing_to_learn():
    X = np.arange(5.0)[:, None]
    status = pool_status(CuriousRidge().fit(X, np.ones(5)), X)
    assert status == (0, 0, 0)


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize(
    "model",
    [
        CuriousRidge(0.7),
        CuriousMLPRegressor(hidden_layer_sizes=(3,), max_iter=50, random_state=0),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_query_passes_the_status(rng, model, n_targets):
    """To the last bit, and picks as it would without."""
    X, y, pool = problem(rng, n_targets)
    model.fit(X, y)
    options = {"X_reference": pool[::2], "random_state": 0, "unique": True}
    indices, scores, status = reduction_and_status(model, pool, 3, **options)
    expected = expected_curiosity_reduction(model, pool, 3, **options)
    assert indices.tolist() == expected[0].tolist()
    assert scores.tolist() == expected[1].tolist()
    assert status() == pool_status(model, pool, X_reference=pool[::2])
