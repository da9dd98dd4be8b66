"""CuriousKernelRidge against scikit-learn's KernelRidge, refitted."""

import warnings
from contextlib import nullcontext

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import (
    KernelRidgeWithIntercept,
    added,
    alpha_derivative,
    influence_on_complexity,
    kernel_complexity,
)
from scipy import sparse
from scipy.linalg import LinAlgWarning
from sklearn.base import clone
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import PAIRWISE_KERNEL_FUNCTIONS, rbf_kernel

from skcurious import CuriousKernelRidge, CuriousRidge

ALPHAS = {"one": 0.7, "three": 0.7, "per target": [0.3, 0.7, 2.0]}


def scaled_rbf(a, b, scale=1.0):
    return np.exp(-scale * ((a - b) ** 2).sum())


KERNELS = {name: {"kernel": name} for name in PAIRWISE_KERNEL_FUNCTIONS}
KERNELS["callable"] = {"kernel": scaled_rbf, "kernel_params": {"scale": 0.4}}
KERNELS["chi2"]["gamma"] = 1.0
KERNELS["rbf gamma"] = {"kernel": "rbf", "gamma": 0.4}
# Indefinite: tested apart.
for name in ["sigmoid", "additive_chi2"]:
    del KERNELS[name]


def problem(rng, targets="one"):
    X = rng.uniform(0.1, 1, (25, 4))  # positive, for the chi2 kernels
    y = rng.standard_normal((25, 1 if targets == "one" else 3)) + X[:, :1]
    return X, y[:, 0] if targets == "one" else y


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("targets", ALPHAS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_tangent_is_the_derivative(rng, kind, weighted, targets, kernel):
    if kind is not np.asarray and (kernel == "callable" or "chi2" in kernel):
        pytest.skip("scikit-learn's kernel takes dense rows only")
    X, y = problem(rng, targets)
    weights = rng.uniform(0.2, 3, len(y)) if weighted else None
    alpha = ALPHAS[targets]
    model = CuriousKernelRidge(alpha, **KERNELS[kernel]).fit(kind(X), y, weights)
    plain = KernelRidge(alpha=np.asarray(alpha), **KERNELS[kernel])
    plain.fit(X, y, weights)
    assert_allclose(model.dual_coef_, plain.dual_coef_, rtol=1e-8, atol=1e-11)
    expected = alpha_derivative(plain, "dual_coef_", alpha, (X, y, weights))
    scale = np.abs(expected).max()
    assert_allclose(model.dual_coef_tangent_, expected, rtol=1e-6, atol=1e-8 * scale)
    residual = (plain.predict(X) - y).reshape(25, -1)
    assert_allclose(
        model.noise_variance_,
        np.average(residual**2, axis=0, weights=weights),
        rtol=1e-8,
    )


@pytest.mark.parametrize("targets", ["one", "three"])
@pytest.mark.parametrize("weighted", [False, True])
def test_curiosity_is_the_squared_change_of_complexity(rng, weighted, targets):
    X, y = problem(rng, targets)
    weights = rng.uniform(0.2, 3, len(y)) if weighted else None
    options = {"alpha": 0.7, "kernel": "rbf", "gamma": 0.4}
    model = CuriousKernelRidge(**options).fit(X, y, weights)
    x_new = rng.uniform(0.1, 1, (1, 4))
    y_new = rng.standard_normal(1 if targets == "one" else (1, 3))
    change = influence_on_complexity(
        KernelRidge(**options), kernel_complexity, X, y, weights, x_new, y_new
    )
    assert_allclose(model.curiosity_score(x_new, y_new), [change.sum() ** 2], rtol=1e-6)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("weighted", [False, True])
def test_covariance_is_the_one_point_update(rng, weighted, kernel):
    X, y = problem(rng)
    weights = rng.uniform(0.2, 3, len(y)) if weighted else None
    options = {"alpha": 0.7, **KERNELS[kernel]}
    model = CuriousKernelRidge(**options).fit(X, y, weights)
    pool = rng.uniform(0.1, 1, (4, 4))
    h = model.predict_covariance(pool, noise_variance=1.0)
    reference = KernelRidge(**options).fit(X, y, weights).predict(pool)
    for x in range(4):
        grown = added(KernelRidge(**options), X, y, weights, pool[[x]], 7.0, 1.0)
        update = (7.0 - reference[x]) * h[:, x] / (1 + h[x, x])
        assert_allclose(grown.predict(pool), reference + update, rtol=1e-10)
    std = model.predict(pool, return_std=True)[1]
    assert_allclose(std, np.sqrt(model.noise_variance_ * h.diagonal()), rtol=1e-9)


def test_covariance_with_an_alpha_per_target_is_their_mean(rng):
    X, y = problem(rng, "three")
    alphas = [0.3, 0.7, 2.0]
    model = CuriousKernelRidge(alphas, kernel="rbf").fit(X, y)
    each = [
        CuriousKernelRidge(a, kernel="rbf")
        .fit(X, y)
        .predict_covariance(X, noise_variance=1)
        for a in alphas
    ]
    h = model.predict_covariance(X, noise_variance=1)
    assert_allclose(h, np.mean(each, axis=0), rtol=1e-9, atol=1e-12)
    std = model.predict(X, return_std=True)[1]
    own = np.transpose([covariance.diagonal() for covariance in each])
    assert_allclose(std, np.sqrt(model.noise_variance_ * own), rtol=1e-8)


def test_linear_kernel_is_ridge_without_intercept(rng):
    X, y = problem(rng)
    weights = rng.uniform(0.2, 3, len(y))
    dual = CuriousKernelRidge(0.7).fit(X, y, weights)
    primal = CuriousRidge(0.7, fit_intercept=False).fit(X, y, weights)
    pool = rng.standard_normal((6, 4))
    for method in ["predict", "predict_tangent", "curiosity_score"]:
        assert_allclose(
            getattr(dual, method)(pool), getattr(primal, method)(pool), rtol=1e-8
        )
    assert_allclose(
        dual.predict_covariance(pool),
        primal.predict_covariance(pool),
        rtol=1e-8,
        atol=1e-12,
    )


def test_precomputed(rng):
    X, y = problem(rng)
    pool = rng.uniform(0.1, 1, (6, 4))
    direct = CuriousKernelRidge(0.7, kernel="rbf", gamma=0.4).fit(X, y)
    K, K_pool = rbf_kernel(X, X, gamma=0.4), rbf_kernel(pool, X, gamma=0.4)
    K_before = K.copy()
    model = CuriousKernelRidge(0.7, kernel="precomputed").fit(K, y)
    assert_allclose(K, K_before)
    for method in ["predict", "predict_tangent", "curiosity_score"]:
        assert_allclose(getattr(model, method)(K_pool), getattr(direct, method)(pool))
    with pytest.raises(TypeError, match='batch="sample"'):
        model.predict_covariance(K_pool)
    with pytest.raises(ValueError, match="square"):
        CuriousKernelRidge(kernel="precomputed").fit(K[:, :-1], y)
    K[0, 1] += 1
    with pytest.raises(ValueError, match="symmetric"):
        CuriousKernelRidge(kernel="precomputed").fit(K, y)


@pytest.mark.parametrize("targets", ALPHAS)
@pytest.mark.parametrize("kernel", ["sigmoid", "additive_chi2"])
def test_indefinite_kernels(rng, kernel, targets):
    X, y = problem(rng, targets)
    alpha = 1e-3 * np.asarray(ALPHAS[targets])
    options = {"kernel": kernel, "gamma": 3.0, "coef0": 0.5}
    with pytest.warns(LinAlgWarning, match="indefinite|singular"):
        model = CuriousKernelRidge(alpha, **options).fit(X, y)
    K = model._get_kernel(X)
    dual, tangent, k = np.empty((25, 3)), np.empty((25, 3)), np.size(alpha)
    Y = y.reshape(25, -1)
    for j in range(Y.shape[1]):
        A = K + alpha.flat[j % k] * np.eye(25)
        dual[:, j] = np.linalg.lstsq(A, Y[:, j], rcond=None)[0]
        tangent[:, j] = -np.linalg.lstsq(A, dual[:, j], rcond=None)[0]
    columns = slice(0, Y.shape[1])
    assert_allclose(model.dual_coef_.reshape(25, -1), dual[:, columns], rtol=1e-6)
    assert_allclose(
        model.dual_coef_tangent_.reshape(25, -1), tangent[:, columns], rtol=1e-6
    )
    with pytest.raises(ValueError, match="singular or indefinite"):
        model.predict_covariance(X)


@pytest.mark.parametrize("weighted", [False, True])
def test_alpha_zero(rng, weighted):
    X, y = problem(rng)
    weights = rng.uniform(0.2, 3, len(y)) if weighted else None
    model = CuriousKernelRidge(0.0, kernel="laplacian").fit(X, y, weights)
    assert_allclose(model.predict(X), y)
    assert model.noise_variance_ < 1e-20
    with pytest.raises(ValueError, match="alpha > 0"):
        model.predict_covariance(X)

    X, y = np.vstack([X, X[:3]]), np.append(y, y[:3] + 1)
    weights = None if weights is None else np.append(weights, weights[:3])
    with pytest.warns(LinAlgWarning, match="singular"):
        model = CuriousKernelRidge(0.0, kernel="laplacian").fit(X, y, weights)
    root = np.ones(len(y)) if weights is None else np.sqrt(weights)
    inverse = np.linalg.pinv(model._get_kernel(X) * np.outer(root, root))
    a = inverse @ (root * y)
    assert_allclose(model.dual_coef_, root * a, rtol=1e-7, atol=1e-9)
    assert_allclose(model.dual_coef_tangent_, root * -(inverse @ a), rtol=1e-6)
    assert_allclose(
        model.noise_variance_, np.average((model.predict(X) - y) ** 2, weights=weights)
    )


def test_ill_conditioned_warns(rng):
    X = rng.uniform(size=(60, 1))
    with pytest.warns(LinAlgWarning, match="Raise alpha"):
        CuriousKernelRidge(5e-13, kernel="rbf").fit(X, X[:, 0])


def test_weights_are_repetitions(rng):
    X, y = problem(rng)
    counts = rng.integers(0, 3, len(y))
    options = {"kernel": "rbf", "gamma": 0.4}
    weighted = CuriousKernelRidge(**options).fit(X, y, counts)
    repeated = CuriousKernelRidge(**options).fit(
        X.repeat(counts, axis=0), y.repeat(counts)
    )
    pool = rng.uniform(0.1, 1, (4, 4))
    for method in ["predict", "predict_tangent", "predict_covariance"]:
        assert_allclose(
            getattr(weighted, method)(pool), getattr(repeated, method)(pool), rtol=1e-9
        )
    assert_allclose(weighted.noise_variance_, repeated.noise_variance_)


def test_float32_is_kept(rng):
    X, y = problem(rng, "three")
    X32, y32 = X.astype(np.float32), y.astype(np.float32)
    model = CuriousKernelRidge(kernel="rbf").fit(X32, y32)
    for attribute in ["dual_coef_", "dual_coef_tangent_"]:
        assert getattr(model, attribute).dtype == np.float32
    for method in ["predict_tangent", "curiosity_score", "predict_covariance"]:
        assert getattr(model, method)(X32).dtype == np.float32


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("kernel", ["rbf", "poly", "chi2", "precomputed"])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_matrix])
def test_float32_is_computed_in_float64(rng, kernel, container, fit_intercept):
    """A kernel in float32 has fewer digits than a small alpha."""
    if kernel == "chi2":  # takes dense rows only
        container = np.asarray
    X = rng.uniform(0, 4, (30, 2)).astype(np.float32)
    y = np.sin(X[:, 0])
    X, pool = X[:20], X[20:]
    if kernel == "precomputed":
        X, pool = rbf_kernel(X), rbf_kernel(pool, X)
    alpha = 1e-3 if kernel == "poly" else 1e-7
    model = CuriousKernelRidge(alpha, kernel=kernel, fit_intercept=fit_intercept)
    exact = clone(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(container(X), y[:20])
        exact.fit(X.astype(float), y[:20].astype(float))
    answers = ["predict", "predict_tangent", "curiosity_score"]
    if kernel != "precomputed":
        answers.append("predict_covariance")
    for method in answers:
        found = getattr(model, method)(container(pool))
        expected = getattr(exact, method)(pool.astype(float))
        assert found.dtype == np.float32
        assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())
    assert_allclose(model.noise_variance_, exact.noise_variance_, rtol=1e-6)
    for attribute in ["dual_coef_", "dual_coef_tangent_", "intercept_"]:
        found, expected = getattr(model, attribute), getattr(exact, attribute)
        assert found.dtype == np.float32
        assert_allclose(found, expected, rtol=1e-6)


def test_kernel_that_overflows():
    X = np.array([[1e200], [2e200]])
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match=r"kernel='poly'.*Scale"),
    ):
        CuriousKernelRidge(kernel="poly").fit(X, [0.0, 1.0])


def test_kernel_that_overflows_where_it_predicts():
    X = sparse.csr_matrix([[1e300, 1.0]])
    model = CuriousKernelRidge(kernel="rbf", gamma=0.1).fit(X, [1.0])
    with pytest.raises(
        ValueError, match=r"kernel='rbf' gives values that are not finite.*Scale"
    ):
        model.predict(2 * X)


@pytest.mark.parametrize("kernel", ["rbf", "laplacian", "poly"])
def test_a_kernel_that_hardly_varies(kernel):
    """Its differences are rounding: of equal rows there are none."""
    X, y = 1e-9 * np.arange(6.0)[:, None], np.arange(6.0)
    options = {"alpha": 1e-3, "kernel": kernel, "gamma": 1e-3, "fit_intercept": True}
    with pytest.warns(LinAlgWarning, match="a larger gamma"):
        CuriousKernelRidge(**options).fit(X, y)
    CuriousKernelRidge(**options).fit(0 * X, y)
    CuriousKernelRidge(**options).fit(1e9 * X, y)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("alpha", [1e-2, 1e-4, 1e-6, 1e-9])
@pytest.mark.parametrize("kernel", ["linear", "poly"])
def test_kernels_of_low_rank_keep_their_digits(rng, kernel, alpha, weighted):
    # The labels' part that the kernel does not see grows as 1 / alpha^2.
    X = rng.standard_normal((60, 3))
    y = X[:, 0] + rng.standard_normal(60)
    weights = rng.uniform(0.5, 2, 60) if weighted else None
    options = {"kernel": kernel, "degree": 2, "gamma": 0.5}
    model = CuriousKernelRidge(alpha, **options)
    with warnings.catch_warnings():
        if alpha == 1e-9:  # of the digits of predictions, from the part not seen
            warnings.simplefilter("ignore", LinAlgWarning)
        model.fit(X, y, weights)
    # The same model from its features.
    features = X
    if kernel == "poly":
        i, j = np.triu_indices(3)
        features = np.column_stack(
            [
                np.ones(60),
                X,
                np.where(i == j, 0.5, np.sqrt(0.5)) * X[:, i] * X[:, j],
            ]
        )
    primal = CuriousRidge(alpha, fit_intercept=False, solver="svd")
    primal.fit(features, y, weights)
    assert_allclose(
        model.predict_tangent(X), primal.predict_tangent(features), rtol=1e-6
    )
    lost = pytest.warns(UserWarning, match="few correct digits")
    with lost if alpha == 1e-9 else nullcontext():
        covariance = model.predict_covariance(X, noise_variance=1)
    assert_allclose(
        covariance,
        primal.predict_covariance(features, noise_variance=1),
        atol=max(1e-9, 1e-13 / alpha),
    )
    # scikit-learn's own solve loses 1 / alpha of its digits in the predictions: eps
    # times the largest eigenvalue of K, some 100, over alpha.
    tol = max(1e-7, 1e-13 / alpha)
    assert_allclose(model.predict(X), primal.predict(features), rtol=tol, atol=tol)


def test_float32_of_low_rank(rng):
    X = rng.standard_normal((200, 5)).astype(np.float32)
    y = X[:, 0] + rng.standard_normal(200).astype(np.float32)
    model = CuriousKernelRidge(0.1).fit(X, y)
    expected = CuriousRidge(0.1, fit_intercept=False).fit(X.astype(float), y)
    assert_allclose(
        model.predict_tangent(X), expected.predict_tangent(X), rtol=1e-3, atol=1e-8
    )


def test_sparse_precomputed_and_repeated_entries(rng):
    X, y = problem(rng)
    K = rbf_kernel(X)
    dense = CuriousKernelRidge(kernel="precomputed").fit(K, y)
    model = CuriousKernelRidge(kernel="precomputed").fit(sparse.csr_matrix(K), y)
    assert_allclose(
        model.curiosity_score(sparse.csr_matrix(K)), dense.curiosity_score(K)
    )
    once = sparse.csr_matrix(X)
    twice = sparse.csr_matrix(
        (
            np.repeat(once.data / 2, 2),
            np.repeat(once.indices, 2),
            2 * once.indptr,
        ),
        shape=once.shape,
    )
    expected = CuriousKernelRidge(kernel="rbf").fit(once, y)
    model = CuriousKernelRidge(kernel="rbf").fit(twice, y)
    assert_allclose(model.predict_tangent(twice), expected.predict_tangent(once))
    assert twice.nnz == 2 * once.nnz


def test_low_rank_with_an_alpha_per_target(rng):
    X = rng.standard_normal((60, 3))
    Y = X[:, :2] + rng.standard_normal((60, 2))
    for alphas in ([1e-8, 1e-6], [1.0, 1e-7]):
        model = CuriousKernelRidge(alphas).fit(X, Y)
        primal = CuriousRidge(alphas, fit_intercept=False, solver="svd").fit(X, Y)
        assert_allclose(
            model.predict_tangent(X), primal.predict_tangent(X), rtol=1e-6, atol=1e-12
        )


@pytest.mark.parametrize("kernel", ["rbf", "laplacian", "poly", "precomputed"])
@pytest.mark.parametrize("targets", ALPHAS)
@pytest.mark.parametrize("weighted", [False, True])
def test_an_intercept_is_that_of_the_bordered_system(rng, weighted, targets, kernel):
    X, y = problem(rng, targets)
    y = y + 40
    pool = rng.uniform(0.1, 1, (7, 4))
    if kernel == "precomputed":
        X, pool = rbf_kernel(X), rbf_kernel(pool, X)
    weights = rng.uniform(0.2, 3, len(y)) if weighted else None
    alpha = np.asarray(ALPHAS[targets])
    model = CuriousKernelRidge(ALPHAS[targets], kernel=kernel, fit_intercept=True)
    model.fit(X, y, weights)
    plain = KernelRidgeWithIntercept(alpha=alpha, kernel=kernel).fit(X, y, weights)
    assert_allclose(model.dual_coef_, plain.dual_coef_, rtol=1e-8, atol=1e-10)
    assert_allclose(model.intercept_, plain.intercept_)
    assert_allclose(model.predict(pool), plain.predict(pool))
    assert_allclose(model.predict(sparse.csr_matrix(pool)), plain.predict(pool))
    for attribute in ("dual_coef_", "intercept_"):
        moved = alpha_derivative(plain, attribute, alpha, (X, y, weights))
        actual = getattr(model, attribute[:-1] + "_tangent_")
        assert_allclose(actual, moved, rtol=1e-6, atol=1e-8)


def test_an_intercept_makes_a_shift_of_the_labels_harmless(rng):
    X, y = problem(rng)
    options = {"alpha": 0.3, "kernel": "rbf", "fit_intercept": True}
    model = CuriousKernelRidge(**options).fit(X, y)
    shifted = CuriousKernelRidge(**options).fit(X, y + 1000)
    assert_allclose(shifted.predict(X), model.predict(X) + 1000)
    assert_allclose(shifted.curiosity_score(X), model.curiosity_score(X), rtol=1e-6)
    _, std = model.predict(X, return_std=True)
    assert_allclose(shifted.predict(X, return_std=True)[1], std, rtol=1e-6)
    covariance = model.predict_covariance(X)
    assert_allclose(std**2, covariance.diagonal())
