"""Models merged exactly, against fits to all rows."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousRegressor,
    CuriousRidge,
    CuriousRidgeCV,
    predict_covariance,
    predict_tangent,
)
from skcurious.merging import merge

PARTS = [slice(0, 20), slice(20, 70), slice(70, 90)]
NOISY = 1.5 * RBF([1.0, 2.0, 3.0]) + WhiteKernel(0.1)
MODELS = {
    "ridge": CuriousRidge(0.5),
    "ridge, no intercept": CuriousRidge(0.5, fit_intercept=False),
    "ridge, alpha per target": CuriousRidge([0.1, 10.0]),
    "kernel": CuriousKernelRidge(0.1, kernel="rbf"),
    "kernel, intercept": CuriousKernelRidge(0.1, kernel="rbf", fit_intercept=True),
    "kernel, alpha per target": CuriousKernelRidge([0.1, 10.0], kernel="rbf"),
    "kernel cv": CuriousKernelRidgeCV([0.1]),
    "process": CuriousGaussianProcessRegressor(NOISY, optimizer=None),
}


def problem(rng, n_targets=2):
    X = rng.standard_normal((90, 3)) + 1
    Y = np.sin(X[:, [0]]) + 0.3 * rng.standard_normal((90, n_targets)) + 5
    return X, Y[:, 0] if n_targets == 1 else Y


def assert_same(model, expected, X, rtol=1e-8):
    for method in ("predict", "predict_tangent", "curiosity_score"):
        value = getattr(expected, method)(X)
        found = getattr(model, method)(X)
        assert_allclose(found, value, rtol=rtol, atol=rtol * np.abs(value).max())
    value = expected.predict_covariance(X)
    atol = rtol * np.abs(value).max()
    assert_allclose(model.predict_covariance(X), value, rtol=0, atol=atol)
    assert_allclose(model.noise_variance_, expected.noise_variance_, rtol=rtol)


@pytest.mark.parametrize("name", MODELS)
def test_all_rows(rng, name):
    X, y = problem(rng)
    parts = [clone(MODELS[name]).fit(X[rows], y[rows]) for rows in PARTS]
    before = pickle.dumps(parts)
    model = merge(parts)
    assert pickle.dumps(parts) == before
    assert_same(model, clone(MODELS[name]).fit(X, y), X[:20])
    assert_same(merge(parts[:1]), parts[0], X[:20])


@pytest.mark.parametrize("name", ["ridge", "kernel, intercept", "kernel cv"])
def test_weights(rng, name):
    X, y = problem(rng, 1)
    weights = rng.uniform(0.5, 2, 90)
    weights[PARTS[1]] = 1  # and those of a model without are ones
    parts = []
    for k, rows in enumerate(PARTS):
        some = None if k == 1 else weights[rows]
        parts.append(clone(MODELS[name]).fit(X[rows], y[rows], some))
    assert_same(merge(parts), clone(MODELS[name]).fit(X, y, weights), X[:20])


def test_streams_and_fits(rng):
    X, y = problem(rng, 1)
    X += 1e6
    parts = [CuriousRidge().partial_fit(X[PARTS[0]], y[PARTS[0]])]
    parts += [CuriousRidge().fit(X[rows], y[rows]) for rows in PARTS[1:]]
    assert_same(merge(parts), CuriousRidge().fit(X, y), X[:20])


def test_noise_of_each_row(rng):
    X, y = problem(rng, 1)
    alpha = rng.uniform(0.01, 1, 90)
    alpha[PARTS[1]] = 0.3
    model = CuriousGaussianProcessRegressor(NOISY, optimizer=None)
    parts = [
        clone(model).set_params(alpha=0.3 if k == 1 else alpha[rows])
        for k, rows in enumerate(PARTS)
    ]
    parts = [
        part.fit(X[rows], y[rows]) for part, rows in zip(parts, PARTS, strict=True)
    ]
    expected = clone(model).set_params(alpha=alpha).fit(X, y)
    assert_same(merge(parts), expected, X[:20])
    assert_same(merge(parts[1:]).fit(X[20:], y[20:]), merge(parts[1:]), X[:20])


def test_known_noise_of_labels(rng):
    X, y = problem(rng, 1)
    noise = rng.uniform(0.01, 1, 90)
    noise[PARTS[0]] = 0  # of a model that knows of none
    model = CuriousGaussianProcessRegressor(NOISY, optimizer=None)
    parts = [clone(model).fit(X[PARTS[0]], y[PARTS[0]])]
    for rows in PARTS[1:]:
        parts.append(clone(model).fit(X[rows], y[rows], label_noise=noise[rows]))
    assert_same(merge(parts), model.fit(X, y, label_noise=noise), X[:20])


def test_sparse_rows(rng):
    X, y = problem(rng, 1)
    X[np.abs(X) < 0.5] = 0
    model = CuriousKernelRidge(0.1, kernel="rbf")
    parts = [clone(model).fit(sparse.csr_matrix(X[:30]), y[:30])]
    parts.append(clone(model).fit(X[30:], y[30:]))
    merged, expected = merge(parts), model.fit(X, y)
    assert_allclose(merged.predict(X), expected.predict(X), rtol=1e-9)


def test_what_does_not_belong_together(rng):
    X, y = problem(rng)
    for first, second, message in (
        ("kernel", CuriousKernelRidge(0.1, kernel="linear"), "the same kernels"),
        ("kernel", CuriousKernelRidge(0.2, kernel="rbf"), "the same alpha"),
        ("kernel", MODELS["kernel, intercept"], "the same fit_intercept"),
        ("ridge", MODELS["ridge, no intercept"], "fit_intercept can be merged"),
        (
            "process",
            CuriousGaussianProcessRegressor(2.0 * RBF(), optimizer=None),
            "the same kernels .* Fit the second with those of the first",
        ),
    ):
        models = [clone(MODELS[first]).fit(X, y), clone(second).fit(X, y)]
        with pytest.raises(ValueError, match=message):
            merge(models)
    for name in ("ridge", "kernel", "process"):
        model = clone(MODELS[name]).fit(X, y)
        one_target = clone(model).fit(X, y[:, 0])
        with pytest.raises(ValueError, match="target"):
            merge([model, one_target])
    narrow = [clone(MODELS["kernel"]).fit(X[:, :k], y) for k in (2, 3)]
    with pytest.raises(ValueError, match="one has 2 columns, another 3 columns"):
        merge(narrow)


def test_what_cannot_be_merged_says_why(rng):
    X, y = problem(rng, 1)
    for model, message in (
        (CuriousRidgeCV(), r"fit CuriousRidge\(alpha="),
        (CuriousRidge(solver="svd"), "no way to be merged: solver='svd'"),
        (CuriousRegressor(CuriousRidge()), "CuriousRegressor has no way to be merged"),
        (CuriousKernelRidge(kernel="precomputed"), "fit to the kernel of all rows"),
    ):
        rows = X @ X.T if "precomputed" in repr(model) else X
        with pytest.raises(TypeError, match=message):
            merge([clone(model).fit(rows, y), clone(model).fit(rows, y)])
    ridge = CuriousRidge().fit(X, y)
    with pytest.raises(TypeError, match=r"CuriousRidge and CuriousKernelRidge\."):
        merge([ridge, clone(MODELS["kernel"]).fit(X, y)])
    with pytest.raises(TypeError, match="is merged exactly and takes no n_steps="):
        merge([ridge, ridge], n_steps=3)
    with pytest.raises(TypeError, match="merge takes a list of fitted estimators"):
        merge(ridge)
    with pytest.raises(ValueError, match="weights must be one of"):
        merge([ridge], weights="fisher?")
    for name in ("ridge", "kernel", "process"):
        with pytest.raises(NotFittedError):
            merge([clone(MODELS[name]), clone(MODELS[name])])


def test_functions_of_the_package_know_the_result(rng):
    X, y = problem(rng, 1)
    parts = [clone(MODELS["process"]).fit(X[rows], y[rows]) for rows in PARTS]
    model = merge(parts)
    assert predict_tangent(model, X).shape == (90,)
    assert predict_covariance(model, X[:3]).shape == (3, 3)
