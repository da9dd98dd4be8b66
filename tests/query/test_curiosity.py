"""Query strategies."""

import warnings
from functools import partial

import numpy as np
import pytest
import sklearn
from extras import optional
from numpy.testing import assert_allclose, assert_array_equal
from reference import greedy_by_refits
from scipy import sparse
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousKernelRidge, CuriousRidge, curiosity_score
from skcurious.query import curiosity_sampling, random_sampling

pd = optional("pandas")

MODELS = {
    "ridge": CuriousRidge(alpha=0.5),
    "ridge wide": CuriousRidge(alpha=0.5),
    "ridge no intercept": CuriousRidge(alpha=0.5, fit_intercept=False),
    "ridge cg": CuriousRidge(alpha=0.5, solver="sparse_cg", tol=1e-13),
    "ridge svd": CuriousRidge(alpha=0.5, solver="svd"),
    "kernel ridge": CuriousKernelRidge(alpha=0.1, kernel="rbf", gamma=0.2),
    "kernel ridge, intercept": CuriousKernelRidge(
        alpha=0.1, kernel="rbf", gamma=0.2, fit_intercept=True
    ),
}
STRATEGIES = [
    random_sampling,
    partial(curiosity_sampling, batch="top"),
    partial(curiosity_sampling, batch="sample"),
    partial(curiosity_sampling, batch="greedy"),
]


def problem(rng, name="ridge", n_targets=1):
    n_features = 30 if name == "ridge wide" else 5
    X = rng.standard_normal((20, n_features))
    y = rng.standard_normal((20, n_targets)) + X[:, :1]
    pool = rng.standard_normal((50, n_features))
    return X, y[:, 0] if n_targets == 1 else y, pool


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("with_cost", [False, True])
@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize("name", MODELS)
def test_greedy_equals_refits_with_imagined_labels(
    rng, name, n_targets, with_cost, kind
):
    if name == "ridge svd" and kind is not np.asarray:
        pytest.skip("solver='svd' takes dense X only")
    X, y, pool = problem(rng, name, n_targets)
    cost = rng.uniform(1, 3, 50) if with_cost else None
    model = sklearn.clone(MODELS[name])
    picks, scores = greedy_by_refits(sklearn.clone(model), X, y, pool, 8, cost)
    model.fit(kind(X), y)
    indices, values = curiosity_sampling(model, kind(pool), 8, cost=cost)
    assert_array_equal(indices, picks)
    assert_allclose(values, scores, rtol=1e-7)


@pytest.mark.parametrize("name", MODELS)
def test_greedy_with_an_alpha_per_target(rng, name):
    X, y, pool = problem(rng, name, 3)
    model = sklearn.clone(MODELS[name]).set_params(alpha=[0.1, 0.5, 4.0])
    picks, scores = greedy_by_refits(sklearn.clone(model), X, y, pool, 8)
    indices, values = curiosity_sampling(model.fit(X, y), pool, 8)
    assert_array_equal(indices, picks)
    assert_allclose(values, scores, rtol=1e-7)


@pytest.mark.parametrize("name", ["ridge", "kernel ridge"])
def test_greedy_in_chunks(rng, name):
    X, y, _ = problem(rng, name)
    pool = rng.standard_normal((30_000, 5))
    model = MODELS[name].fit(X, y)
    whole = curiosity_sampling(model, pool, 5)
    with sklearn.config_context(working_memory=1):
        chunked = curiosity_sampling(model, pool, 5)
    assert_array_equal(whole[0], chunked[0])
    assert_allclose(whole[1], chunked[1], rtol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_top_is_the_largest_score(rng, name):
    X, y, pool = problem(rng, name)
    model = MODELS[name].fit(X, y)
    score = model.curiosity_score(pool)
    indices, values = curiosity_sampling(model, pool, 4, batch="top")
    assert_array_equal(indices, np.argsort(-score)[:4])
    assert_allclose(values, score[indices])
    one, _ = curiosity_sampling(model, pool)
    assert_array_equal(one, indices[:1])
    cost = rng.uniform(1, 3, 50)
    indices, values = curiosity_sampling(model, pool, 4, batch="top", cost=cost)
    assert_array_equal(indices, np.argsort(-score / cost)[:4])
    assert_allclose(values, (score / cost)[indices])


def test_sampling_favours_the_curious_rows(rng):
    X, y, pool = problem(rng)
    model = CuriousRidge().fit(X, y)
    score = model.curiosity_score(pool)
    drawn = [
        curiosity_sampling(model, pool, batch="sample", random_state=seed)[0][0]
        for seed in range(2_000)
    ]
    frequency = np.bincount(drawn, minlength=50) / 2_000
    assert_allclose(frequency, score / score.sum(), atol=0.04)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_contract(rng, strategy):
    X, y, pool = problem(rng)
    before = pool.copy()
    model = CuriousRidge().fit(X, y)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    for k in [1, 7, 50]:
        first = strategy(model, pool, k, random_state=3)
        again = strategy(model, pool, k, random_state=3)
        for a, b in zip(first, again, strict=True):
            assert_array_equal(a, b)
            assert a.shape == (k,)
        assert len(set(first[0])) == k
        assert first[0].dtype.kind == "i"
    assert_array_equal(pool, before)
    assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002
    strategy(model, pd.DataFrame(pool).to_numpy(), 2)
    strategy(model, sparse.csr_matrix(pool), 2)


def test_wrapped_models(rng):
    X, y, pool = problem(rng)
    wrapped = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), CuriousRidge()), transformer=StandardScaler()
    ).fit(X, y)
    inner = wrapped.regressor_
    frame = pd.DataFrame(pool)
    expected = curiosity_sampling(inner[-1], inner[0].transform(pool), 5)
    indices, scores = curiosity_sampling(wrapped, frame, 5)
    assert_array_equal(indices, expected[0])
    assert_allclose(scores, expected[1], rtol=1e-12)


def test_a_model_that_interpolates_still_ranks(rng):
    X = rng.standard_normal((5, 1))
    model = CuriousKernelRidge(alpha=1e-9, kernel="laplacian").fit(X, X[:, 0])
    model.linearised_.noise_variance = 0.0
    pool = rng.standard_normal((40, 1))
    tangent = model.predict_tangent(pool)
    indices, scores = curiosity_sampling(model, pool, 3, batch="top")
    assert_array_equal(indices, np.argsort(-(tangent**2))[:3])
    assert_array_equal(scores, 0)


def test_one_row_needs_no_covariance(rng):
    X, y, pool = problem(rng)
    model = CuriousRidge(store_covariance=False).fit(X, y)
    assert (
        curiosity_sampling(model, pool)[0][0] == curiosity_score(model, pool).argmax()
    )
    with pytest.raises(ValueError, match="store_covariance=True"):
        curiosity_sampling(model, pool, 2)
    curiosity_sampling(model, pool, 2, batch="sample")


def test_precomputed_kernel(rng):
    X, y, pool = problem(rng)
    model = CuriousKernelRidge(kernel="precomputed").fit(rbf_kernel(X), y)
    K = rbf_kernel(pool, X)
    curiosity_sampling(model, K)
    curiosity_sampling(model, K, 3, batch="sample")
    with pytest.raises(TypeError, match='batch="sample"'):
        curiosity_sampling(model, K, 3)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_bad_requests(rng, strategy):
    X, y, pool = problem(rng)
    model = CuriousRidge().fit(X, y)
    with pytest.raises(ValueError, match="X_pool is empty"):
        strategy(model, pool[:0])
    for n_instances in [0, -1, 51, 2.0, True, None]:
        with pytest.raises(ValueError, match="n_instances"):
            strategy(model, pool, n_instances)
    for cost in [np.zeros(50), -np.ones(50), np.ones(49), np.full(50, np.nan), 1.0]:
        with pytest.raises(ValueError, match="cost"):
            strategy(model, pool, cost=cost)


def test_bad_models_and_pools(rng):
    X, y, pool = problem(rng)
    with pytest.raises(TypeError, match="Ridge has no curiosity"):
        curiosity_sampling(Ridge().fit(X, y), pool)
    with pytest.raises(NotFittedError):
        curiosity_sampling(CuriousRidge(), pool)
    model = CuriousRidge().fit(X, y)
    with pytest.raises(ValueError, match="batch"):
        curiosity_sampling(model, pool, batch="best")
    with pytest.raises(ValueError, match="5 features"):
        curiosity_sampling(model, pool[:, :3])
    pool[2, 2] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        curiosity_sampling(model, pool)
    model.linearised_.coef_tangent *= 1e200
    pool[2, 2] = 1e300
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="StandardScaler"):
        curiosity_sampling(model, pool)


@pytest.mark.parametrize("batch", ["top", "greedy"])
@pytest.mark.parametrize("scale", [1e-170, 1e150])
def test_the_units_of_y_do_not_matter(rng, scale, batch):
    X, y, pool = problem(rng)
    expected = curiosity_sampling(CuriousRidge().fit(X, y), pool, 4, batch=batch)
    model = CuriousRidge().fit(X, y * scale)
    with np.errstate(all="ignore"):  # the score itself has no room
        indices, _ = curiosity_sampling(model, pool, 4, batch=batch)
    assert_array_equal(indices, expected[0])


def test_cost_by_name(rng):
    X = rng.standard_normal((9, 2))
    model = CuriousRidge().fit(X, X[:, 0])
    with pytest.raises(ValueError, match=r"got 'price'.*pass X_pool\['price'\]"):
        curiosity_sampling(model, X, cost="price")


def test_costs_in_another_order(rng):
    X, y, pool = problem(rng)
    model = CuriousRidge().fit(X, y)
    frame = pd.DataFrame(pool, index=[f"run {i}" for i in range(50)])
    cost = pd.Series(rng.uniform(1, 2, 50), index=frame.index)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fitted without feature names
        expected = curiosity_sampling(model, frame, 3, cost=cost.to_numpy())[0]
        assert_array_equal(curiosity_sampling(model, frame, 3, cost=cost)[0], expected)
        with pytest.raises(ValueError, match=r"cost\.loc\[X_pool\.index\]"):
            curiosity_sampling(model, frame, 3, cost=cost[::-1])
        # An index of its own says nothing.
        curiosity_sampling(model, frame, 3, cost=cost.reset_index(drop=True))


def test_nothing_to_be_curious_about(rng):
    X, _, pool = problem(rng)
    model = CuriousRidge().fit(X, np.ones(20))
    with pytest.warns(UserWarning, match="at random"):
        _, scores = curiosity_sampling(model, pool, 3)
    assert_array_equal(scores, 0)
