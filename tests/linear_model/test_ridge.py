"""CuriousRidge against scikit-learn's Ridge, refitted."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import (
    added,
    alpha_derivative,
    influence_on_complexity,
    ridge_complexity,
)
from scipy import sparse
from scipy.linalg import LinAlgWarning
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge

from skcurious import CuriousRidge

SHAPES = {"tall": (40, 6), "wide": (9, 25)}
ALPHAS = {"one": 0.7, "three": 0.7, "per target": [0.3, 0.7, 2.0]}
SOLVERS = {
    "auto": np.asarray,
    "svd": np.asarray,
    "sparse_cg": np.asarray,
    "auto csr": sparse.csr_matrix,
    "auto csc": sparse.csc_matrix,
    "auto csr_array": sparse.csr_array,
    "sparse_cg csr": sparse.csr_matrix,
}


def problem(rng, shape="tall", targets="one", mean=0.0, zeros=True):
    n_samples, n_features = SHAPES[shape]
    X = rng.standard_normal((n_samples, n_features))
    if zeros:
        X[rng.random(X.shape) < 0.3] = 0
    y = rng.standard_normal((n_samples, 1 if targets == "one" else 3))
    y += X[:, :1] + 3
    return X + mean, y[:, 0] if targets == "one" else y


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("targets", ALPHAS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_tangent_is_the_derivative(
    rng, shape, fit_intercept, weighted, targets, solver
):
    X, y = problem(rng, shape, targets)
    weights = rng.uniform(0.2, 3, len(y)) if weighted else None
    alpha = ALPHAS[targets]
    options = {"fit_intercept": fit_intercept}
    name, tol = solver.split()[0], 1e-12
    model = CuriousRidge(alpha, solver=name, tol=tol, **options)
    model.fit(SOLVERS[solver](X), y, weights)

    plain = Ridge(np.asarray(alpha), solver="svd", **options)
    reference = plain.fit(X, y, weights)
    assert_allclose(model.coef_, reference.coef_, rtol=1e-8, atol=1e-10)
    assert_allclose(model.intercept_, reference.intercept_, rtol=1e-8, atol=1e-10)
    assert np.shape(model.intercept_) == np.shape(reference.intercept_)
    for attribute in ["coef", "intercept"]:
        tangent = getattr(model, f"{attribute}_tangent_")
        assert np.shape(tangent) == np.shape(getattr(model, f"{attribute}_"))
        if attribute == "intercept" and not fit_intercept:
            assert tangent == 0
            continue
        expected = alpha_derivative(plain, f"{attribute}_", alpha, (X, y, weights))
        scale = np.abs(expected).max()
        assert_allclose(tangent, expected, rtol=1e-6, atol=1e-7 * scale)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_large_mean(rng, weighted, shape, solver):
    X, y = problem(rng, shape, mean=1e6, zeros=False)
    weights = rng.uniform(0.2, 3, len(y)) if weighted else None
    model = CuriousRidge(0.7, solver=solver.split()[0], tol=1e-12)
    model.fit(SOLVERS[solver](X), y, weights)
    expected = alpha_derivative(Ridge(solver="svd"), "coef_", 0.7, (X, y, weights))
    assert_allclose(model.coef_tangent_, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("shape", SHAPES)
def test_sparse_columns_with_few_zeros(rng, shape):
    # The mean of such a column can only be removed in the products.
    X, y = problem(rng, shape, mean=1e3, zeros=False)
    X[0, 0] = X[1, 1] = X[2, 2] = 0
    dense = CuriousRidge(0.7).fit(X, y)
    for solver in ["cholesky", "sparse_cg"]:
        model = CuriousRidge(0.7, solver=solver, tol=1e-12)
        model.fit(sparse.csr_matrix(X), y)
        tol = 1e-5 * np.abs(dense.coef_tangent_).max()
        assert_allclose(model.coef_tangent_, dense.coef_tangent_, atol=tol)


@pytest.mark.parametrize("targets", ["one", "three"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_curiosity_is_the_squared_change_of_complexity(
    rng, fit_intercept, weighted, targets
):
    X, y = problem(rng, "tall", targets)
    weights = rng.uniform(0.2, 3, len(y)) if weighted else None
    options = {"alpha": 0.7, "fit_intercept": fit_intercept}
    model = CuriousRidge(**options).fit(X, y, weights)
    x_new = rng.standard_normal((1, X.shape[1]))
    y_new = rng.standard_normal(1 if targets == "one" else (1, 3))
    change = influence_on_complexity(
        Ridge(**options), ridge_complexity, X, y, weights, x_new, y_new
    )
    score = model.curiosity_score(x_new, y_new)
    assert_allclose(score, [change.sum() ** 2], rtol=1e-6)


def test_curiosity_with_an_alpha_per_target_adds_up_squares(rng):
    X, y = problem(rng, "tall", "three")
    alphas = [0.3, 0.7, 2.0]
    model = CuriousRidge(alphas).fit(X, y)
    x_new, y_new = rng.standard_normal((1, X.shape[1])), rng.standard_normal((1, 3))
    change = influence_on_complexity(
        Ridge(np.array(alphas)), ridge_complexity, X, y, None, x_new, y_new
    )
    assert_allclose(model.curiosity_score(x_new, y_new), [(change**2).sum()], rtol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_covariance_is_the_one_point_update(
    rng, shape, fit_intercept, weighted, solver
):
    X, y = problem(rng, shape)
    weights = rng.uniform(0.2, 3, len(y)) if weighted else None
    options = {"alpha": 0.7, "fit_intercept": fit_intercept}
    kind = SOLVERS[solver]
    model = CuriousRidge(**options, solver=solver.split()[0], tol=1e-14)
    model.fit(kind(X), y, weights)
    pool = rng.standard_normal((5, X.shape[1]))
    h = model.predict_covariance(kind(pool), noise_variance=1.0)
    reference = Ridge(**options, solver="svd").fit(X, y, weights).predict(pool)
    for x in range(5):
        grown = added(
            Ridge(**options, solver="svd"), X, y, weights, pool[[x]], 7.0, 1.0
        )
        update = (7.0 - reference[x]) * h[:, x] / (1 + h[x, x])
        assert_allclose(grown.predict(pool), reference + update, rtol=1e-10)
    assert_allclose(
        model.predict_covariance(kind(pool[:2]), kind(pool)),
        model.noise_variance_ * h[:2],
        rtol=1e-10,
        atol=1e-14,
    )


@pytest.mark.parametrize("solver", ["auto", "svd", "sparse_cg"])
@pytest.mark.parametrize("shape", SHAPES)
def test_covariance_with_an_alpha_per_target_is_their_mean(rng, shape, solver):
    X, y = problem(rng, shape, "three")
    alphas = [0.3, 0.7, 2.0]
    model = CuriousRidge(alphas, solver=solver, tol=1e-13).fit(X, y)
    each = [
        CuriousRidge(a).fit(X, y).predict_covariance(X, noise_variance=1)
        for a in alphas
    ]
    h = model.predict_covariance(X, noise_variance=1)
    assert_allclose(h, np.mean(each, axis=0), rtol=1e-8, atol=1e-12)
    std = model.predict(X, return_std=True)[1]
    own = np.transpose([covariance.diagonal() for covariance in each])
    assert_allclose(std, np.sqrt(model.noise_variance_ * own), rtol=1e-8)
    shares = model.noise_variance_ / y.var(axis=0)
    expected = sum(s * h / 3 for s, h in zip(shares, each, strict=True))
    assert_allclose(model.predict_covariance(X), expected, rtol=1e-8, atol=1e-12)


def test_weights_are_repetitions(rng):
    X, y = problem(rng)
    counts = rng.integers(0, 3, len(y))
    weighted = CuriousRidge().fit(X, y, counts)
    repeated = CuriousRidge().fit(X.repeat(counts, axis=0), y.repeat(counts))
    pool = rng.standard_normal((4, X.shape[1]))
    for method in ["predict", "predict_tangent", "predict_covariance"]:
        assert_allclose(
            getattr(weighted, method)(pool), getattr(repeated, method)(pool), rtol=1e-10
        )
    assert_allclose(weighted.noise_variance_, repeated.noise_variance_)


@pytest.mark.parametrize("solver", ["auto", "svd", "sparse_cg"])
@pytest.mark.parametrize("shape", SHAPES)
def test_float32_is_kept(rng, shape, solver):
    X, y = problem(rng, shape, "three")
    X32, y32 = X.astype(np.float32), y.astype(np.float32)
    model = CuriousRidge(solver=solver).fit(X32, y32)
    for attribute in ["coef_", "coef_tangent_", "intercept_", "intercept_tangent_"]:
        assert getattr(model, attribute).dtype == np.float32
    for method in ["predict_tangent", "curiosity_score", "predict_covariance"]:
        assert getattr(model, method)(X32).dtype == np.float32
    exact = CuriousRidge().fit(X, y)
    assert_allclose(model.coef_tangent_, exact.coef_tangent_, rtol=0.05, atol=1e-3)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("shape", SHAPES)
def test_alpha_zero_with_a_singular_problem(rng, shape, kind):
    X, y = problem(rng, shape)
    X[:, 1] = X[:, 0]
    with pytest.warns(LinAlgWarning, match="alpha > 0"):
        model = CuriousRidge(0.0).fit(kind(X), y)
    # The limit of small alphas, in a basis in which they do no harm.
    centred, target = X - X.mean(axis=0), y - y.mean()
    U, s, Vt = np.linalg.svd(centred, full_matrices=False)
    s, U, Vt = s[s > 1e-8], U[:, s > 1e-8], Vt[s > 1e-8]
    assert_allclose(model.coef_, Vt.T @ (U.T @ target / s), rtol=1e-7, atol=1e-9)
    assert_allclose(
        model.coef_tangent_, -Vt.T @ (U.T @ target / s**3), rtol=1e-6, atol=1e-8
    )
    with pytest.raises(ValueError, match="alpha > 0"):
        model.predict_covariance(X)


def test_alpha_zero_with_a_regular_problem(rng):
    X, y = problem(rng)
    model = CuriousRidge(0.0).fit(X, y)
    assert model.solver_ == "cholesky"
    h = model.predict_covariance(X, noise_variance=1)
    assert_allclose(np.trace(h), X.shape[1] + 1)


def test_ill_conditioned_falls_back_to_svd(rng):
    X, y = problem(rng)
    X[:, 1] = X[:, 0] + 1e-7 * rng.standard_normal(len(X))
    model = CuriousRidge(1e-12).fit(X, y)
    assert model.solver_ == "svd"
    expected = Ridge(1e-12, solver="svd").fit(X, y).coef_
    assert_allclose(model.coef_, expected, rtol=1e-6)


def test_units_of_the_features_do_not_matter(rng):
    X, y = problem(rng)
    units = 10.0 ** rng.integers(-8, 8, X.shape[1])
    model = CuriousRidge(1e-20).fit(X * units, y)
    assert model.solver_ == "cholesky"
    expected = CuriousRidge(1e-20).fit(X, y).coef_
    assert_allclose(model.coef_ * units, expected, rtol=1e-9)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_large_problem_takes_several_row_blocks(rng, kind):
    X = rng.standard_normal((20_000, 5)) + 100
    y = X @ np.arange(5.0) + rng.standard_normal(len(X))
    model = CuriousRidge(3.0).fit(kind(X), y)
    expected = alpha_derivative(Ridge(solver="svd"), "coef_", 3.0, (X, y), step=0.1)
    assert_allclose(model.coef_tangent_, expected, rtol=1e-4, atol=1e-12)


def test_conjugate_gradients_say_when_they_stop_early(rng):
    X, y = problem(rng)
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        CuriousRidge(solver="sparse_cg", max_iter=2, tol=1e-12).fit(X, y)


def test_large_sparse_problems_take_conjugate_gradients(monkeypatch, rng):
    monkeypatch.setattr("skcurious.tangent._ridge.LARGEST_SPARSE_GRAM", 3)
    X, y = problem(rng)
    model = CuriousRidge(tol=1e-12).fit(sparse.csr_matrix(X), y)
    assert model.solver_ == "sparse_cg"
    assert model.n_iter_.shape == (1,)
    expected = CuriousRidge().fit(X, y)
    assert_allclose(model.coef_tangent_, expected.coef_tangent_, rtol=1e-8)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("solver", ["auto", "sparse_cg"])
def test_data_are_not_changed_nor_kept(rng, solver, shape, kind):
    X, y = problem(rng, shape)
    weights = rng.uniform(1, 2, len(y))
    X = kind(X)
    before = X.copy(), y.copy(), weights.copy()
    model = CuriousRidge(solver=solver, copy_X=False).fit(X, y, weights)
    for array, copy in zip((X, y, weights), before, strict=True):
        assert abs(array - copy).max() == 0
    covariance = model.predict_covariance(before[0])
    X *= 0
    y *= 0
    assert_allclose(model.predict_covariance(before[0]), covariance)


@pytest.mark.parametrize("solver", ["lsqr", "sag", "saga", "lbfgs"])
def test_other_solvers_raise(solver):
    with pytest.raises(ValueError, match="sparse_cg"):
        CuriousRidge(solver=solver).fit([[0.0], [1.0]], [0.0, 1.0])


def test_positive_raises():
    with pytest.raises(ValueError, match="positive=False"):
        CuriousRidge(positive=True).fit([[0.0], [1.0]], [0.0, 1.0])


def test_one_training_row():
    model = CuriousRidge().fit([[1.0, 2.0]], [3.0])
    assert_allclose(model.coef_tangent_, 0)
    assert_allclose(model.curiosity_score([[5.0, 5.0]]), 0)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("constant", [7.3, 0.1, 1e6])
def test_a_constant_column_at_alpha_zero(rng, constant, kind, weighted):
    X, y = problem(rng)
    weights = rng.uniform(0.2, 3, len(y)) if weighted else None
    without = CuriousRidge(0.0).fit(np.delete(X, 2, axis=1), y, weights)
    X[:, 2] = constant
    with pytest.warns(LinAlgWarning, match="Singular problem"):
        model = CuriousRidge(0.0).fit(kind(X), y, weights)
    assert_allclose(np.delete(model.coef_, 2), without.coef_, rtol=1e-8)
    assert_allclose(np.delete(model.coef_tangent_, 2), without.coef_tangent_, rtol=1e-7)
    assert abs(model.coef_tangent_[2]) < 1e-12
    with pytest.raises(ValueError, match="alpha > 0"):
        model.predict_covariance(X)


@pytest.mark.parametrize("alpha", [1e-3, 1e-5, 1e-8, 1e-11])
@pytest.mark.parametrize("form", ["dense", "csr", "per target"])
def test_collinear_columns_share_their_tangent(rng, form, alpha):
    X = rng.standard_normal((200, 4))
    X, y = np.column_stack([X, X[:, 0]]), X[:, 0] + rng.standard_normal(200)
    y = np.column_stack([y, y]) if form == "per target" else y
    model = CuriousRidge([alpha, alpha] if form == "per target" else alpha)
    model.fit(sparse.csr_matrix(X) if form == "csr" else X, y)
    tangent = np.atleast_2d(model.coef_tangent_)[0]
    # To first order in alpha: -H^+ w, the shared part split between the two.
    merged = np.column_stack([X[:, 0] * np.sqrt(2), X[:, 1:4]])
    merged -= merged.mean(axis=0)
    target = np.reshape(y, (200, -1))[:, 0]
    expected = -np.linalg.solve(
        merged.T @ merged + alpha * np.eye(4),
        np.linalg.solve(merged.T @ merged + alpha * np.eye(4), merged.T @ target),
    )
    expected[0] /= np.sqrt(2)
    assert_allclose(tangent[:4], expected, rtol=1e-7)
    assert_allclose(tangent[4], tangent[0], rtol=1e-7)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_wide_with_repeated_rows(rng, kind):
    X, y = problem(rng, "wide")
    X, y = np.vstack([X, X[:4]]), np.append(y, y[:4] + 1)
    expected = CuriousRidge(1e-6, solver="svd").fit(X, y)
    model = CuriousRidge(1e-6).fit(kind(X), y)
    assert_allclose(model.coef_tangent_, expected.coef_tangent_, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_wide_covariance_at_a_small_alpha(rng, dtype):
    X = 3 * rng.standard_normal((40, 500)).astype(dtype)
    model = CuriousRidge(1e-3 if dtype == np.float32 else 1e-9)
    model.fit(X, rng.standard_normal(40).astype(dtype))
    h = model.predict_covariance(X[:4], noise_variance=1)
    assert_allclose(h, np.eye(4), atol=1e-3)  # each row interpolates its label
    std = model.predict(X[:4], return_std=True)[1]
    assert_allclose(std**2, model.noise_variance_ * h.diagonal(), rtol=1e-3)


def test_covariance_by_conjugate_gradients_says_when_it_stops_early(rng):
    X = rng.standard_normal((60, 8)) @ rng.standard_normal((8, 30))
    X += 0.1 * rng.standard_normal(X.shape)
    X -= X.mean(axis=0)
    X /= np.linalg.norm(X, axis=0)
    U = np.linalg.svd(X, full_matrices=False)[0]
    model = CuriousRidge(1e-3, solver="sparse_cg", max_iter=10, tol=1e-8)
    model.fit(X, U[:, 0])  # one singular direction: few steps
    with pytest.warns(ConvergenceWarning, match="covariance"):
        model.predict_covariance(X)
    with pytest.warns(ConvergenceWarning, match="covariance"):
        model.predict(X, return_std=True)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("solver", ["auto", "svd"])
def test_numbers_that_overflow(rng, solver, shape, kind):
    if solver == "svd" and kind is not np.asarray:
        pytest.skip("solver='svd' takes dense X only")
    X, y = problem(rng, shape)
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match="StandardScaler"),
    ):
        CuriousRidge(solver=solver).fit(kind(np.float32(1e30) * X.astype("f4")), y)


def test_a_row_of_weight_zero_does_not_matter(rng):
    X, y = problem(rng, mean=1e6, zeros=False)
    weights = np.append(np.ones(len(y)), 0.0)
    model = CuriousRidge(0.7).fit(
        sparse.csr_matrix(np.vstack([X, 0 * X[:1]])), np.append(y, 5.0), weights
    )
    expected = CuriousRidge(0.7).fit(X, y)
    assert_allclose(model.coef_tangent_, expected.coef_tangent_, rtol=1e-6)


def test_memory_of_a_covariance_with_an_alpha_per_target(rng):
    import tracemalloc

    X, y = rng.standard_normal((300, 4)), rng.standard_normal((300, 12))
    model = CuriousRidge(np.arange(1.0, 13.0)).fit(X, y)
    tracemalloc.start()
    covariance = model.predict_covariance(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * covariance.nbytes


def test_float32_columns_with_a_mean_are_not_constant(rng):
    X = (rng.standard_normal((100_000, 3)) + 100).astype(np.float32)
    y = X[:, 0] + rng.standard_normal(len(X)).astype(np.float32)
    model = CuriousRidge().fit(X, y)
    exact = CuriousRidge().fit(X.astype(float), y)
    assert_allclose(model.coef_, exact.coef_, atol=1e-3)
    assert_allclose(model.coef_tangent_, exact.coef_tangent_, atol=1e-7)


def test_deviations_of_tiny_numbers():
    """The variance of 1e-200 squared is no number, its root is."""
    X = 1e-100 * np.array([[1.0], [2.0], [4.0]])
    model = CuriousRidge(fit_intercept=False).fit(X, [1e-100, 3e-100, 2e-100])
    _, std = model.predict(X, return_std=True)
    assert_allclose(std, np.sqrt(model.noise_variance_) * X[:, 0])


def test_coefficients_that_overflow_float32(rng):
    X = 1e-25 * rng.standard_normal((6, 2)).astype(np.float32)
    y = 1e18 * rng.standard_normal(6).astype(np.float32)
    with pytest.raises(ValueError, match=r"overflow float32.*raise alpha"):
        CuriousRidge(1e-100).partial_fit(X, y)
