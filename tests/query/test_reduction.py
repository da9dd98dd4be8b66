"""expected_curiosity_reduction against refits with imagined labels."""

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from reference import own_units, reduction_by_refits
from scipy import sparse
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skcurious import (
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousMLPRegressor,
    CuriousRidge,
    CuriousRidgeCV,
)
from skcurious.query import expected_curiosity_reduction, variance_sampling

MODELS = {
    "ridge": CuriousRidge(alpha=0.5),
    "ridge no intercept": CuriousRidge(alpha=0.5, fit_intercept=False),
    "ridge svd": CuriousRidge(alpha=0.5, solver="svd"),
    "kernel ridge": CuriousKernelRidge(alpha=0.1, kernel="rbf", gamma=0.2),
    "kernel ridge, intercept": CuriousKernelRidge(
        alpha=0.1, kernel="rbf", gamma=0.2, fit_intercept=True
    ),
}


def problem(rng, n_targets=1, n_pool=15):
    X = rng.standard_normal((12, 5))
    y = rng.standard_normal((12, n_targets)) + X[:, :1]
    pool = rng.standard_normal((n_pool, 5))
    return X, y[:, 0] if n_targets == 1 else y, pool


WEIGH = {
    "tangent": lambda t, h: (t**2).sum(axis=1),
    "variance": lambda t, h: h,
    "uniform": lambda t, h: np.ones(len(h)),
}


@pytest.mark.covering(2)
@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize("weights", WEIGH)
@pytest.mark.parametrize("name", MODELS)
def test_equals_refits_with_imagined_labels(rng, name, weights, n_targets, given):
    X, y, pool = problem(rng, n_targets)
    reference = rng.standard_normal((7, 5)) if given else pool
    cost = rng.uniform(1, 3, len(pool)) if given else None
    model = sklearn.clone(MODELS[name])
    in_units = y / own_units(y, model.fit_intercept)  # of several targets
    noise = np.reshape(model.fit(X, in_units).noise_variance_, -1)

    def weigh(tangents, h):
        return WEIGH[weights](tangents * np.sqrt(noise / noise.mean()), h)

    picks, scores = reduction_by_refits(
        model, X, in_units, pool, reference, weigh, 4, cost
    )
    model.fit(X, y)
    indices, values = expected_curiosity_reduction(
        model,
        pool,
        4,
        weights=weights,
        X_reference=reference if given else None,
        cost=cost,
    )
    assert_array_equal(indices, picks)
    assert_allclose(values, noise.mean() * np.array(scores), rtol=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("layer_tangents", [False, True])
@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("tangent_solver", ["dual", "primal", "cg"])
def test_networks_follow_a_dense_inverse(
    rng, tangent_solver, n_outputs, layer_tangents
):
    X, y, pool = problem(rng, n_outputs)
    model = CuriousMLPRegressor(
        hidden_layer_sizes=(4, 3),
        solver="lbfgs",
        activation="tanh",
        alpha=0.5,
        max_iter=2000,
        tol=1e-3,
        layer_tangents=layer_tangents,
        tangent_solver=tangent_solver,
        tangent_tol=1e-12,
        random_state=0,
    ).fit(X, y)
    network = model.linearised_.network
    J = network.linearise(pool).jacobian()
    J_fit = network.linearise(X).jacobian().reshape(-1, network.n_params)
    D = np.full(network.n_params, 0.1 * 0.5 + 1e-3)
    D[: network.n_weights] = 0.5
    G = J_fit.T @ J_fit + np.diag(D)
    ends = np.cumsum([0, *(w.size for w in model.coefs_)])
    rho = np.zeros((network.n_params, 3))
    for layer in range(3):
        where = slice(ends[layer], ends[layer + 1])
        rho[where, layer] = network.parameters[where]
    if not layer_tangents:
        rho = rho.sum(axis=1, keepdims=True)
    picks, scores = [], []
    units = np.broadcast_to(own_units(y), n_outputs)
    noise = np.broadcast_to(model.noise_variance_, n_outputs) / units**2
    counts = noise * noise / noise.mean() / units**2
    for _ in range(3):
        inverse = np.linalg.inv(G)
        u = ((J @ inverse @ rho) ** 2).sum(axis=2)
        h = np.einsum("njp,pq,njq->nj", J, inverse, J)
        score = np.empty(len(pool))
        for i, j in enumerate(J):
            grown = np.linalg.inv(G + j.T @ j)
            removed = h - np.einsum("njp,pq,njq->nj", J, grown, J)
            score[i] = (counts * u * removed).sum()
        score[picks] = -np.inf
        picks.append(int(score.argmax()))
        scores.append(score.max())
        G = G + J[picks[-1]].T @ J[picks[-1]]
    indices, values = expected_curiosity_reduction(model, pool, 3, weights="tangent")
    assert_array_equal(indices, picks)
    assert_allclose(values, scores, rtol=1e-5)


@pytest.mark.parametrize("kernel", [True, False])
def test_an_alpha_per_target_has_its_own_leverage(rng, kernel):
    X, y, pool = problem(rng, 2)
    alphas = [0.1, 3.0]
    make = (
        (lambda alpha: CuriousKernelRidge(alpha, kernel="rbf"))
        if kernel
        else CuriousRidge
    )
    both = make(alphas).fit(X, y)
    alone = [make(a).fit(X, y[:, k]) for k, a in enumerate(alphas)]
    indices, values = expected_curiosity_reduction(both, pool, 15, weights="uniform")
    # The first score is the sum of what each target alone would remove.
    h = [m.predict_covariance(pool, noise_variance=1.0) for m in alone]
    removed = [(H**2).sum(axis=0) / (1 + H.diagonal()) for H in h]
    noise = both.noise_variance_ / own_units(y, not kernel) ** 2
    total = noise @ removed
    assert indices[0] == total.argmax()
    assert_allclose(values[0], total.max())
    for model, part in zip(alone, removed, strict=True):
        best, score = expected_curiosity_reduction(model, pool, weights="uniform")
        assert best[0] == part.argmax()
        assert_allclose(score[0], model.noise_variance_ * part.max())
    assert sorted(indices) == list(range(15))


@pytest.mark.parametrize("name", MODELS)
def test_chunks_and_blocks_do_not_matter(monkeypatch, rng, name):
    X, y, pool = problem(rng, 3, n_pool=3000)
    model = sklearn.clone(MODELS[name]).fit(X, y)
    whole = expected_curiosity_reduction(
        model, pool, 4, n_reference=100, random_state=0
    )
    monkeypatch.setattr("skcurious.query._reduction_criterion.BLOCK", 1000)
    with sklearn.config_context(working_memory=0.5):
        few = expected_curiosity_reduction(
            model, pool, 4, n_reference=100, random_state=0
        )
    assert_array_equal(whole[0], few[0])
    assert_allclose(whole[1], few[1], rtol=1e-9)


def test_memory_is_pool_times_reference(rng):
    import tracemalloc

    X, y, _ = problem(rng)
    pool = rng.standard_normal((20_000, 5))
    model = CuriousKernelRidge(alpha=0.1, kernel="rbf").fit(X, y)
    expected_curiosity_reduction(model, pool[:100], 2)
    tracemalloc.start()
    expected_curiosity_reduction(model, pool, 3, n_reference=64)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 8 * 20_000 * 64 + 60e6 < 8 * 20_000**2 / 20


def test_many_targets_with_one_alpha_take_no_more_memory(rng):
    X, y, pool = problem(rng, 600, n_pool=600)
    model = CuriousRidge().fit(X, y)
    with sklearn.config_context(working_memory=16):  # too little would warn
        expected_curiosity_reduction(model, pool)


def test_reference_rows_are_drawn_by_the_seed(rng):
    X, y, pool = problem(rng, n_pool=60)
    model = CuriousRidge().fit(X, y)

    def scores(seed):
        return expected_curiosity_reduction(
            model, pool, 3, n_reference=10, random_state=seed
        )[1]

    assert_array_equal(scores(0), scores(0))
    assert not np.array_equal(scores(0), scores(1))
    whole = expected_curiosity_reduction(model, pool, 3, random_state=0)
    again = expected_curiosity_reduction(model, pool, 3, random_state=1)
    assert_array_equal(whole[1], again[1])


def test_ties_are_broken_by_the_seed(rng):
    X, y, _ = problem(rng)
    pool = np.repeat(rng.standard_normal((1, 5)), 20, axis=0)
    model = CuriousRidge().fit(X, y)
    firsts = {
        int(expected_curiosity_reduction(model, pool, random_state=seed)[0][0])
        for seed in range(30)
    }
    assert len(firsts) > 5


def test_reference_decides_what_is_asked(rng):
    X, y, _ = problem(rng)
    model = CuriousKernelRidge(alpha=0.1, kernel="rbf").fit(X, y)
    pool = np.vstack([np.full((3, 5), 4.0), np.full((3, 5), -4.0)])
    pool += 0.1 * rng.standard_normal(pool.shape)
    for sign, half in ((1, {0, 1, 2}), (-1, {3, 4, 5})):
        reference = sign * np.full((4, 5), 4.0)
        (best,), _ = expected_curiosity_reduction(model, pool, X_reference=reference)
        assert best in half


@pytest.mark.parametrize(
    "model",
    [
        CuriousRidgeCV(),
        CuriousKernelRidgeCV(),
        make_pipeline(StandardScaler(), CuriousRidge()),
        CuriousMLPRegressor(
            hidden_layer_sizes=(5,), solver="lbfgs", alpha=1.0, random_state=0
        ),
    ],
)
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_models_and_sparse_pools(rng, model, kind):
    if "pipeline" in str(type(model)) and kind is sparse.csr_matrix:
        pytest.skip("StandardScaler centres")
    X, y, pool = problem(rng)
    X[X < 0], pool[pool < 0] = 0, 0
    model = sklearn.clone(model).fit(kind(X), y)
    dense = expected_curiosity_reduction(model, pool, 4)
    indices, scores = expected_curiosity_reduction(model, kind(pool), 4)
    assert_array_equal(indices, dense[0])
    assert_allclose(scores, dense[1], rtol=1e-8)
    assert len(set(indices)) == 4
    assert (np.diff(scores) <= 1e-12).all()


def test_a_model_that_interpolates_still_ranks(rng):
    X, y, pool = problem(rng)
    model = CuriousKernelRidge(alpha=1e-6, kernel="rbf").fit(X, y)
    expected, _ = expected_curiosity_reduction(model, pool, 3)
    model.linearised_.posterior_variance = 0.0
    indices, scores = expected_curiosity_reduction(model, pool, 3)
    assert_array_equal(indices, expected)
    assert_array_equal(scores, 0)


def test_variance_sampling_is_the_largest_variance(rng):
    X, y, pool = problem(rng)
    model = CuriousKernelRidge(alpha=0.1, kernel="rbf").fit(X, y)
    noise = model.noise_variance_
    picks, scores = [], []
    for _ in range(4):
        _, std = model.predict(pool, return_std=True)
        std[picks] = -1
        picks.append(int(std.argmax()))
        scores.append(std.max() ** 2 / model.noise_variance_ * noise)
        X = np.vstack([X, pool[picks[-1:]]])
        y = np.append(y, model.predict(pool[picks[-1:]]))
        model = CuriousKernelRidge(alpha=0.1, kernel="rbf").fit(X, y)
    model.fit(X[:-4], y[:-4])
    indices, values = variance_sampling(model, pool, 4)
    assert_array_equal(indices, picks)
    assert_allclose(values, scores, rtol=1e-8)


def test_the_same_queries_on_one_thread_and_on_two(rng):
    X, y, pool = problem(rng, n_pool=2000)
    network = CuriousMLPRegressor(
        hidden_layer_sizes=(5,), solver="lbfgs", alpha=1.0, random_state=0
    )
    for model in (CuriousRidge(), CuriousKernelRidge(kernel="rbf"), network):
        model.fit(X, y)
        picks = []
        for n_threads in (1, 2):
            with threadpool_limits(n_threads):
                picks.append(
                    expected_curiosity_reduction(model, pool, 10, random_state=0)[0]
                )
        assert_array_equal(*picks)


def test_auto_is_the_default_of_each_model(rng):
    X, y, pool = problem(rng)
    network = CuriousMLPRegressor(
        hidden_layer_sizes=(5,), solver="lbfgs", alpha=1.0, random_state=0
    )
    for model, kind in [(CuriousRidge(), "variance"), (network, "tangent")]:
        model.fit(X, y)
        for a, b in zip(
            expected_curiosity_reduction(model, pool, 5),
            expected_curiosity_reduction(model, pool, 5, weights=kind),
            strict=True,
        ):
            assert_array_equal(a, b)


def test_newcomers_mistakes(rng):
    X, y, pool = problem(rng)
    model = CuriousRidge().fit(X, y)
    reduction = expected_curiosity_reduction
    with pytest.raises(ValueError, match="weights"):
        reduction(model, pool, weights="alc")
    with pytest.raises(ValueError, match="n_reference"):
        reduction(model, pool, n_reference=0)
    with pytest.raises(ValueError, match="X_reference has 3 columns, but X_pool has 5"):
        reduction(model, pool, X_reference=pool[:, :3])
    with pytest.raises(ValueError, match="X_reference is empty"):
        reduction(model, pool, X_reference=pool[:0])
    blind = CuriousRidge(store_covariance=False).fit(X, y)
    for strategy in (reduction, variance_sampling):
        with pytest.raises(ValueError, match="store_covariance=True"):
            strategy(blind, pool)
    precomputed = CuriousKernelRidge(kernel="precomputed").fit(rbf_kernel(X), y)
    with pytest.raises(TypeError, match="precomputed"):
        reduction(precomputed, rbf_kernel(pool, X))
    flat = CuriousRidge().fit(X, np.ones(12))
    with pytest.warns(UserWarning, match="at random"):
        reduction(flat, pool, weights="tangent")
