"""Hypergradients against central differences of refits."""

import numpy as np
import pytest
import sklearn
from networks import at_optimum, quick
from numpy.testing import assert_allclose
from reference import derivative, minimise, network_output
from sklearn.compose import TransformedTargetRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import (
    CuriousKernelRidge,
    CuriousMLPRegressor,
    CuriousRegressor,
    CuriousRidge,
)
from skcurious.influence import hypergradient

KERNEL = {"kernel": "rbf", "gamma": 0.2}
MODELS = {
    "ridge": (CuriousRidge(0.5), Ridge(0.5)),
    "ridge, no intercept": (
        CuriousRidge(0.5, fit_intercept=False),
        Ridge(0.5, fit_intercept=False),
    ),
    "kernel ridge": (CuriousKernelRidge(0.1, **KERNEL), KernelRidge(0.1, **KERNEL)),
    "no covariance": (CuriousRidge(0.5, store_covariance=False), Ridge(0.5)),
    "refits": (CuriousRegressor(Ridge(0.5)), Ridge(0.5)),
}


def problem(rng, n_targets=1):
    X = rng.standard_normal((30, 4))
    Y = X[:, :1] + rng.standard_normal((30, n_targets))
    Y = Y[:, 0] if n_targets == 1 else Y
    return X[:18], Y[:18], X[18:], Y[18:]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize("name", MODELS)
def test_equals_central_differences(rng, name, n_targets, weighted):
    X, y, X_validation, y_validation = problem(rng, n_targets)
    fit_weights = rng.uniform(0.5, 2, len(y)) if weighted else None
    weights = rng.uniform(0.5, 2, len(y_validation)) if weighted else None
    curious, plain = (sklearn.clone(m) for m in MODELS[name])
    curious.fit(X, y, sample_weight=fit_weights)

    def loss(alpha):
        model = sklearn.clone(plain).set_params(alpha=alpha)
        model.fit(X, y, sample_weight=fit_weights)
        squares = (model.predict(X_validation) - y_validation) ** 2
        squares = squares.reshape(len(squares), -1).sum(axis=1)
        return 0.5 * (squares @ (np.ones(len(squares)) if weights is None else weights))

    gradient = hypergradient(curious, X_validation, y_validation, weights)
    assert isinstance(gradient, float)
    tolerance = 1e-5 if name == "refits" else 1e-8
    assert_allclose(gradient, derivative(loss, plain.alpha), rtol=tolerance)


@pytest.mark.parametrize("model", [CuriousRidge(), CuriousKernelRidge(**KERNEL)])
def test_one_for_each_alpha(rng, model):
    X, Y, X_validation, Y_validation = problem(rng, 3)
    alphas = [0.1, 0.5, 2.0]
    gradient = hypergradient(
        model.set_params(alpha=alphas).fit(X, Y), X_validation, Y_validation
    )
    for k, alpha in enumerate(alphas):
        single = sklearn.clone(model).set_params(alpha=alpha).fit(X, Y[:, k])
        expected = hypergradient(single, X_validation, Y_validation[:, k])
        assert_allclose(gradient[k], expected, rtol=1e-9)


def test_network_at_an_optimum(rng):
    X, y, X_validation, y_validation = problem(rng)
    layers, ones = [4, 3, 1], np.ones(len(y))

    def optimum(alpha, start):
        return minimise(start, X, y[:, None], ones, alpha, layers, "tanh")

    theta = optimum(0.5, 0.5 * rng.standard_normal(19))
    model = quick(hidden_layer_sizes=(3,), alpha=0.5, curvature="hessian", damping=0.0)
    at_optimum(model, theta, layers, X, y)

    def loss(alpha):
        moved = network_output(optimum(alpha, theta), X_validation, layers, "tanh")
        return 0.5 * ((moved[:, 0] - y_validation) ** 2).sum()

    gradient = hypergradient(model, X_validation, y_validation)
    assert_allclose(gradient, derivative(loss, 0.5), rtol=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_minibatch_alpha_is_the_parameter(rng):
    # d/d alpha, not d/d effective alpha.
    X, y, X_validation, y_validation = problem(rng)
    model = CuriousMLPRegressor(
        hidden_layer_sizes=(3,), random_state=0, batch_size=6
    ).fit(X, y)
    error = model.predict(X_validation) - y_validation
    expected = error @ model.predict_tangent(X_validation)
    assert model.effective_alpha_ != model.alpha
    assert_allclose(hypergradient(model, X_validation, y_validation), expected)


def test_through_wrappers(rng):
    X, y, X_validation, y_validation = problem(rng)
    scaler = StandardScaler().fit(X)
    units = StandardScaler().fit(y[:, None])
    wrapped = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), CuriousRidge(2.0)), transformer=StandardScaler()
    ).fit(X, y)
    plain = CuriousRidge(2.0).fit(
        scaler.transform(X), units.transform(y[:, None])[:, 0]
    )
    expected = hypergradient(
        plain, scaler.transform(X_validation), units.transform(y_validation[:, None])
    )
    actual = hypergradient(wrapped, X_validation, y_validation)
    assert_allclose(actual, expected)
