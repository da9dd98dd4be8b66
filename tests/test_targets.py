"""Several targets: each has a deviation of its own, and counts in its own units."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.pipeline import make_pipeline

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousMLPRegressor,
    CuriousRegressor,
    CuriousRidge,
    CuriousRidgeCV,
    predict_std,
)
from skcurious.gaussian_process import EvidenceAveragingRegressor
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    pool_status,
    variance_sampling,
)

PROCESS = CuriousGaussianProcessRegressor(RBF() + WhiteKernel(0.1), optimizer=None)
MODELS = {
    "ridge": CuriousRidge(0.5),
    "ridge, no intercept": CuriousRidge(0.5, fit_intercept=False),
    "ridge, alphas": CuriousRidge([0.5, 3.0]),
    "ridge cv": CuriousRidgeCV(alpha_per_target=True),
    "kernel": CuriousKernelRidge(0.2, kernel="rbf", gamma=0.3),
    "kernel, alphas": CuriousKernelRidge([0.2, 1.0], kernel="rbf", fit_intercept=True),
    "kernel cv": CuriousKernelRidgeCV(alpha_per_target=True),
    "process": PROCESS,
    "average": EvidenceAveragingRegressor(
        [("a", PROCESS), ("b", make_pipeline(PROCESS))]
    ),
}
SCALES = np.array([1.0, 1e6])


@pytest.fixture
def data(rng):
    X, noise = rng.standard_normal((25, 3)), rng.standard_normal((25, 2))
    Y = np.column_stack([X[:, 0], np.sin(X[:, 1])]) + [0.1, 0.4] * noise
    return X, Y, rng.standard_normal((30, 3))


@pytest.mark.parametrize("name", MODELS)
def test_each_target_has_the_deviation_of_a_model_of_its_own(data, name):
    X, Y, pool = data
    both = clone(MODELS[name]).fit(X, SCALES * Y)
    std = predict_std(both, pool)
    assert std.shape == (30, 2)
    with_noise = predict_std(both, pool, noise=True)
    for k, scale in enumerate(SCALES):
        alone = clone(MODELS[name])
        if "alphas" in name and "cv" not in name:
            alone.set_params(alpha=alone.alpha[k])
        alone.fit(X, Y[:, k])
        assert_allclose(std[:, k], scale * predict_std(alone, pool), rtol=1e-6)
        assert_allclose(
            with_noise[:, k], scale * predict_std(alone, pool, noise=True), rtol=1e-6
        )
        noise = both.noise_variance_[k] / scale**2
        assert_allclose(noise, alone.noise_variance_, rtol=1e-6)
    if "process" not in name and name != "average":
        assert_allclose(both.predict(pool, return_std=True)[1], std, rtol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_nothing_depends_on_the_units_of_a_target(data, name):
    X, Y, pool = data
    plain, scaled = (clone(MODELS[name]).fit(X, Y * s) for s in (1.0, SCALES))
    assert_allclose(pool_status(scaled, pool), pool_status(plain, pool), rtol=1e-6)
    assert_allclose(
        scaled.predict_covariance(pool), plain.predict_covariance(pool), atol=1e-9
    )
    std = [predict_std(m, pool) for m in (plain, scaled)]
    units = (
        Y.std(axis=0) if "no intercept" not in name else np.sqrt((Y**2).mean(axis=0))
    )
    if name == "kernel":
        units = np.sqrt((Y**2).mean(axis=0))
    own = plain.predict_covariance(pool).diagonal()
    if name != "average":
        assert_allclose(own, ((std[0] / units) ** 2).mean(axis=1), rtol=1e-6)
    validation = {"X_validation": pool[:5], "y_validation": Y[:5]}
    for strategy, options in (
        (curiosity_sampling, {}),
        (variance_sampling, {}),
        (expected_curiosity_reduction, {"weights": "tangent"}),
        (expected_curiosity_reduction, {"weights": "variance"}),
        (influence_sampling, validation),
    ):
        indices, scores = strategy(plain, pool, 4, random_state=0, **options)
        if options is validation:
            options = validation | {"y_validation": SCALES * Y[:5]}
        others, values = strategy(scaled, pool, 4, random_state=0, **options)
        assert_array_equal(others, indices)
        assert_allclose(values, scores, rtol=1e-5)


def test_a_target_twice_is_a_target(data):
    X, Y, pool = data
    one = CuriousRidge(0.5).fit(X, Y[:, 0])
    two = CuriousRidge(0.5).fit(X, Y[:, [0, 0]])
    for strategy in (
        curiosity_sampling,
        variance_sampling,
        expected_curiosity_reduction,
    ):
        assert_array_equal(strategy(two, pool, 4)[0], strategy(one, pool, 4)[0])
    assert_allclose(
        pool_status(two, pool).std, pool_status(one, pool).std / Y[:, 0].std()
    )
    covariance = one.predict_covariance(pool) / Y[:, 0].var()
    assert_allclose(two.predict_covariance(pool), covariance)
    h = one.predict_covariance(pool, noise_variance=1)
    assert_allclose(two.predict_covariance(pool, noise_variance=1), h)


def test_curiosity_score_is_of_raw_complexity(data):
    X, Y, pool = data
    for model in (CuriousRidge(), CuriousKernelRidge(kernel="rbf"), CuriousRidgeCV()):
        model.fit(X, SCALES * Y)
        expected = model.predict_tangent(pool) ** 2 @ model.noise_variance_
        assert_allclose(model.curiosity_score(pool), expected)


def test_a_target_that_interpolates_or_is_constant(data):
    X, Y, pool = data
    constant = np.column_stack([Y[:, 0], np.full(len(Y), 0.7)])
    model = CuriousRidge().fit(X, constant)
    std = model.predict(pool, return_std=True)[1]
    assert (std[:, 0] > 0).all()
    assert_array_equal(std[:, 1], 0)
    alone = CuriousRidge().fit(X, Y[:, 0])
    assert_array_equal(
        curiosity_sampling(model, pool, 4)[0], curiosity_sampling(alone, pool, 4)[0]
    )


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_networks_and_refits(data):
    X, Y, pool = data
    network = CuriousMLPRegressor(
        hidden_layer_sizes=4, solver="lbfgs", alpha=1.0, tol=1e-3, random_state=0
    ).fit(X, Y * [1.0, 3.0])
    residual = network.predict(X) - Y * [1.0, 3.0]
    assert_allclose(network.noise_variance_, (residual**2).mean(axis=0))
    h = network.linearised_.leverage_diagonal(network.linearised_.at(pool))
    std = np.sqrt(network.noise_variance_ * np.einsum("nkk->nk", h))
    assert_allclose(network.predict(pool, return_std=True)[1], std)
    refits = CuriousRegressor(CuriousRidge()).fit(X, SCALES * Y)
    closed = CuriousRidge().fit(X, SCALES * Y)
    assert_allclose(refits.noise_variance_, closed.noise_variance_)
    options = {"batch": "top", "random_state": 0}
    assert_array_equal(
        curiosity_sampling(refits, pool, 5, **options)[0],
        curiosity_sampling(closed, pool, 5, **options)[0],
    )


def test_a_process_is_scikit_learns(data):
    X, Y, pool = data
    kernel = RBF() + WhiteKernel(0.1)
    plain = GaussianProcessRegressor(kernel, optimizer=None, normalize_y=True)
    _, expected = plain.fit(X, SCALES * Y).predict(pool, return_std=True)
    model = clone(PROCESS).fit(X, SCALES * Y)
    assert_allclose(model.predict(pool, return_std=True)[1], expected)
    assert_allclose(predict_std(model, pool, noise=True), expected)


def test_a_stream_and_sparse_rows_have_the_same_units(data):
    X, Y, pool = data
    whole = CuriousRidge().fit(X, SCALES * Y)
    stream = CuriousRidge()
    for rows in np.array_split(np.arange(25), 4):
        stream.partial_fit(X[rows], SCALES * Y[rows])
    assert_allclose(stream.noise_variance_, whole.noise_variance_)
    assert_allclose(pool_status(stream, pool), pool_status(whole, pool))
