"""Influences of ridge and kernel ridge regression against refits."""

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose
from reference import KernelRidgeWithIntercept, added
from scipy import sparse
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge

from skcurious import (
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousRidge,
    CuriousRidgeCV,
)
from skcurious.influence import (
    influence_on_loss,
    influence_on_parameters,
    influence_on_predictions,
    self_influence,
)

KERNEL = {"kernel": "rbf", "gamma": 0.2}
# What is under test, and what is refitted.
MODELS = {
    "ridge": (CuriousRidge(0.5), Ridge(0.5)),
    "ridge, no intercept": (
        CuriousRidge(0.5, fit_intercept=False),
        Ridge(0.5, fit_intercept=False),
    ),
    "ridge svd": (CuriousRidge(0.5, solver="svd"), Ridge(0.5)),
    "ridge cg": (CuriousRidge(0.5, solver="sparse_cg", tol=1e-13), Ridge(0.5)),
    "ridge cv": (CuriousRidgeCV([0.5]), Ridge(0.5)),
    "kernel ridge": (CuriousKernelRidge(0.1, **KERNEL), KernelRidge(0.1, **KERNEL)),
    "kernel ridge, linear": (CuriousKernelRidge(0.1), KernelRidge(0.1)),
    "kernel ridge cv": (
        CuriousKernelRidgeCV([0.1], **KERNEL),
        KernelRidgeWithIntercept(0.1, **KERNEL),
    ),
    "kernel ridge, intercept": (
        CuriousKernelRidge(0.1, fit_intercept=True, **KERNEL),
        KernelRidgeWithIntercept(0.1, **KERNEL),
    ),
}
PER_TARGET = [0.2, 0.7]


def problem(rng, n_targets, weighted, n_features=4):
    X = rng.standard_normal((15, n_features)) + 3
    y = rng.standard_normal((15, n_targets)) + X[:, :1]
    X_new = rng.standard_normal((6, n_features)) + 3
    y_new = rng.standard_normal((6, n_targets)) + 2
    if n_targets == 1:
        y, y_new = y[:, 0], y_new[:, 0]
    return X, y, rng.uniform(0.5, 2, 15) if weighted else None, X_new, y_new


def pair(name, n_targets, per_target=False):
    curious, plain = (sklearn.clone(m) for m in MODELS[name])
    if per_target:
        if name.endswith("cv"):
            curious.set_params(alphas=PER_TARGET, alpha_per_target=True)
        else:
            curious.set_params(alpha=PER_TARGET)
    return curious, plain


def with_alphas_of(curious, plain):
    alpha = getattr(curious, "alpha_", None)
    alpha = curious.alpha if alpha is None else alpha
    # scikit-learn 1.7 takes no lists.
    return plain.set_params(alpha=np.asarray(alpha) if np.ndim(alpha) else alpha)


def without(model, X, y, weights, i):
    rest = np.arange(len(y)) != i
    weights = None if weights is None else weights[rest]
    return sklearn.clone(model).fit(X[rest], y[rest], sample_weight=weights)


def forward_derivative(function, eps=1e-3):
    """At 0, of fourth order: weights cannot be negative."""
    values = [function(k * eps) for k in range(5)]
    return np.tensordot([-25, 48, -36, 16, -3], values, axes=1) / (12 * eps)


cases = pytest.mark.parametrize(
    ("n_targets", "per_target"), [(1, False), (3, False), (2, True)]
)
weighted_or_not = pytest.mark.parametrize("weighted", [False, True])


@pytest.mark.covering(2)
@weighted_or_not
@cases
@pytest.mark.parametrize("n_features", [4, 30])
@pytest.mark.parametrize("name", MODELS)
def test_predictions(rng, name, n_features, n_targets, per_target, weighted):
    X, y, weights, X_new, y_new = problem(rng, n_targets, weighted, n_features)
    curious, plain = pair(name, n_targets, per_target)
    curious.fit(X, y, weights)
    with_alphas_of(curious, plain)
    at = rng.standard_normal((5, n_features)) + 3
    derivative = influence_on_predictions(curious, X_new, y_new, at)
    eps = 1e-3 if n_features < 15 else 3e-5  # with leverages up to 100
    adding = influence_on_predictions(curious, X_new, y_new, at, weight=0.7)
    own = np.ones(15) if weights is None else weights
    removing = influence_on_predictions(curious, X, y, at, weight=-own)
    before = plain.fit(X, y, weights).predict(at)
    for i, (x, label) in enumerate(zip(X_new, y_new, strict=True)):

        def refit(weight, x=x, label=label):
            return added(plain, X, y, weights, x, label, weight).predict(at)

        expected = forward_derivative(refit, eps)
        assert_allclose(derivative[i], expected, rtol=1e-6, atol=1e-8)
        assert_allclose(adding[i], refit(0.7) - before, rtol=1e-6, atol=1e-10)
    for i in range(len(y)):
        expected = without(plain, X, y, weights, i).predict(at) - before
        assert_allclose(removing[i], expected, rtol=1e-6, atol=1e-10)


def half_squares(model, X, y):
    errors = (model.predict(X) - y).reshape(len(y), -1)
    return 0.5 * (errors**2).sum(axis=1)


@pytest.mark.covering(2)
@weighted_or_not
@cases
@pytest.mark.parametrize("name", MODELS)
def test_validation_loss(rng, name, n_targets, per_target, weighted):
    X, y, weights, X_new, y_new = problem(rng, n_targets, weighted)
    curious, plain = pair(name, n_targets, per_target)
    curious.fit(X, y, weights)
    with_alphas_of(curious, plain)
    at = rng.standard_normal((5, 4)) + 3
    y_at = rng.standard_normal((5, n_targets)) + 3
    y_at = y_at[:, 0] if n_targets == 1 else y_at
    validation = {"X_validation": at, "y_validation": y_at}

    derivative = influence_on_loss(curious, X_new, y_new, per_row=True, **validation)
    summed = influence_on_loss(curious, X_new, y_new, **validation)
    own = np.ones(15) if weights is None else weights
    removing = influence_on_loss(curious, X, y, weight=-own, **validation)
    each = influence_on_loss(curious, X, y, weight=-own, per_row=True, **validation)
    for i, (x, label) in enumerate(zip(X_new, y_new, strict=True)):

        def refit(weight, x=x, label=label):
            return half_squares(added(plain, X, y, weights, x, label, weight), at, y_at)

        expected = forward_derivative(refit)
        assert_allclose(derivative[i], expected, rtol=1e-6, atol=1e-8)
        assert_allclose(summed[i], expected.sum(), rtol=1e-6, atol=1e-8)
    before = half_squares(plain.fit(X, y, weights), at, y_at)
    for i in range(len(y)):
        expected = half_squares(without(plain, X, y, weights, i), at, y_at) - before
        assert_allclose(each[i], expected, rtol=1e-6, atol=1e-10)
        assert_allclose(removing[i], expected.sum(), rtol=1e-6, atol=1e-10)


@cases
@pytest.mark.parametrize("name", MODELS)
def test_expected_squares_are_those_of_random_labels(rng, name, n_targets, per_target):
    X, y, _, X_new, _ = problem(rng, n_targets, False)
    curious, _ = pair(name, n_targets, per_target)
    curious.fit(X, y)
    validation = {"X_validation": X[:5] + 0.1, "y_validation": y[:5] - 0.3}
    variance = np.linspace(0.5, 2, len(X_new))
    # The influence is linear in the label: independent labels of this variance
    # are as good as one at a time, each a standard deviation away.
    centre = curious.predict(X_new).reshape(len(X_new), -1)
    for per_row in (False, True):
        total = 0.0
        for k in range(n_targets):
            label = centre.copy()
            label[:, k] += np.sqrt(variance)
            label = label[:, 0] if n_targets == 1 else label
            influence = influence_on_loss(
                curious, X_new, label, per_row=per_row, **validation
            )
            total = total + influence**2
        expected = influence_on_loss(
            curious, X_new, per_row=per_row, noise_variance=variance, **validation
        )
        assert_allclose(expected, total, rtol=1e-8)
    by_default = influence_on_loss(curious, X_new, **validation)
    noise, total = np.reshape(curious.noise_variance_, -1), 0.0
    for k in range(n_targets):
        label = centre.copy()
        label[:, k] += np.sqrt(noise[k])
        label = label[:, 0] if n_targets == 1 else label
        total = total + influence_on_loss(curious, X_new, label, **validation) ** 2
    assert_allclose(by_default, total, rtol=1e-8)


@pytest.mark.covering(2)
@weighted_or_not
@cases
@pytest.mark.parametrize("name", MODELS)
def test_parameters(rng, name, n_targets, per_target, weighted):
    X, y, weights, X_new, y_new = problem(rng, n_targets, weighted)
    curious, plain = pair(name, n_targets, per_target)
    curious.fit(X, y, weights)
    with_alphas_of(curious, plain)
    influence = influence_on_parameters(curious, X_new, y_new)
    removed = influence_on_parameters(
        curious, X, y, weight=-1.0 if weights is None else -weights
    )
    is_ridge = isinstance(plain, Ridge)
    names = ["coef_", "intercept_"] if is_ridge else ["dual_coef_"]
    for attribute in names:
        for i, (x, label) in enumerate(zip(X_new, y_new, strict=True)):

            def refit(weight, x=x, label=label, attribute=attribute):
                model = added(plain, X, y, weights, x, label, weight)
                return np.asarray(getattr(model, attribute))

            expected = forward_derivative(refit)
            actual = influence[attribute][i]
            if not is_ridge:
                actual = np.concatenate([actual, influence.new_dual_coef[[i]]])
            assert_allclose(actual, expected, rtol=1e-6, atol=1e-8)
        plain.fit(X, y, weights)
        for i in range(len(y)):
            rest = without(plain, X, y, weights, i)
            expected = np.asarray(getattr(rest, attribute))
            actual = np.asarray(getattr(plain, attribute)) + removed[attribute][i]
            if not is_ridge:
                own = actual[i] + removed.new_dual_coef[i]
                assert_allclose(own, 0, atol=1e-9)
                actual = np.delete(actual, i, axis=0)
            assert_allclose(actual, expected, rtol=1e-6, atol=1e-9)


@weighted_or_not
@cases
@pytest.mark.parametrize("name", MODELS)
def test_self_influence_is_leave_one_out(rng, name, n_targets, per_target, weighted):
    X, y, weights, *_ = problem(rng, n_targets, weighted)
    if weighted:
        weights[3] = 0.0
    curious, plain = pair(name, n_targets, per_target)
    curious.fit(X, y, weights)
    with_alphas_of(curious, plain)
    influence = self_influence(curious, X, y, weights)
    before = half_squares(plain.fit(X, y, weights), X, y)
    for i in range(len(y)):
        rest = without(plain, X, y, weights, i)
        expected = half_squares(rest, X[[i]], y[[i]])[0] - before[i]
        assert_allclose(influence[i], expected, rtol=1e-6, atol=1e-10)
    assert influence.min() >= 0
    if weighted:
        assert influence[3] == 0


@pytest.mark.parametrize(
    "model", [CuriousRidge(0.5), CuriousKernelRidge(0.5, **KERNEL)]
)
def test_sparse_rows(rng, model):
    X, y, weights, X_new, y_new = problem(rng, 1, True)
    X[rng.uniform(size=X.shape) < 0.5] = 0
    validation = {"X_validation": X[:5], "y_validation": y[:5] + 1}
    dense = model.fit(X, y, weights)
    expected = [
        influence_on_predictions(dense, X_new, y_new, X),
        influence_on_loss(dense, X_new, y_new, **validation),
        influence_on_loss(dense, X_new, y_new, weight=1.0, **validation),
        self_influence(dense, X, y, weights),
    ]
    new, old = sparse.csr_array(X_new), sparse.csr_array(X)
    validation["X_validation"] = old[:5]
    model = sklearn.clone(model).fit(old, y, weights)
    actual = [
        influence_on_predictions(model, new, y_new, old),
        influence_on_loss(model, new, y_new, **validation),
        influence_on_loss(model, new, y_new, weight=1.0, **validation),
        self_influence(model, old, y, weights),
    ]
    for left, right in zip(actual, expected, strict=True):
        assert_allclose(left, right, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    "model",
    [
        CuriousRidge(0.5),
        pytest.param(CuriousKernelRidge(0.5, **KERNEL), marks=pytest.mark.slow),
    ],
)
def test_many_chunks_are_one(rng, model):
    X, y = rng.standard_normal((1500, 3)), rng.standard_normal(1500)
    model.fit(X[:40], y[:40])
    validation = {"X_validation": X[:1200], "y_validation": y[:1200]}

    def everything():
        return [
            influence_on_predictions(model, X[:600], y[:600], X[600:]),
            influence_on_loss(model, X, y, **validation),
            influence_on_loss(model, X[:700], **validation),
            influence_on_loss(model, X[:700], y[:700], weight=1.0, **validation),
            influence_on_loss(model, X[:700], per_row=True, **validation),
        ]

    whole = everything()
    with sklearn.config_context(working_memory=0.01):
        for part, value in zip(everything(), whole, strict=True):
            assert_allclose(part, value, rtol=1e-9, atol=1e-12)
