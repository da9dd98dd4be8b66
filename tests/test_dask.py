"""Pools and training rows on Dask."""

import subprocess
import sys

import numpy as np
import pytest
from networks import quick
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcurious
from skcurious import CuriousKernelRidge, CuriousRidge

pytest.importorskip("dask")

import dask
import dask.array as da
import dask.dataframe as dd
import pandas as pd
from pandas.testing import assert_frame_equal

from skcurious.dask import _merge_seen, _seen, curiosity_score, fit_ridge, top_k

N_ROWS = 90
CHUNKINGS = [1, 7, 45, N_ROWS, ((1, 50, 39), 4), ((0, 60, 0, 30), 4), (30, 2)]
MODELS = {
    "ridge": CuriousRidge(),
    "pipeline": make_pipeline(StandardScaler(), CuriousRidge()),
    "kernel": CuriousKernelRidge(kernel="rbf", gamma=0.1),
    "network": quick(max_iter=20),
}


@pytest.fixture(autouse=True)
def one_thread():
    with dask.config.set(scheduler="synchronous"):
        yield


def fitted(name, rng, names=None):
    X = rng.standard_normal((40, 4))
    if names is not None:
        X = pd.DataFrame(X, columns=names)
    return MODELS[name].fit(X, rng.standard_normal(40))


def unknown(array):
    """The same rows in blocks whose lengths Dask does not know."""
    return array[da.ones(len(array), chunks=array.chunks[0], dtype=bool)]


# -- scores ----------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("chunks", CHUNKINGS, ids=str)
@pytest.mark.parametrize("name", MODELS)
def test_arrays(name, chunks, rng):
    model = fitted(name, rng)
    X = rng.standard_normal((N_ROWS, 4))
    X[50] = X[3]  # a tie, maybe between blocks
    expected = skcurious.curiosity_score(model, X)
    pool = da.from_array(X, chunks=chunks)
    scores = curiosity_score(model, pool)
    assert isinstance(scores, da.Array)
    assert scores.chunks[0] == pool.chunks[0]
    assert_allclose(scores.compute(), expected, rtol=1e-12)
    for k in (1, 10, N_ROWS):
        indices, best, rows = top_k(model, pool, k, return_rows=True)
        assert_allclose(best, np.sort(expected)[::-1][:k], rtol=1e-12)
        assert_array_equal(rows, X[indices])
        assert len(set(indices)) == k
    # Equal rows in blocks of other sizes may be rounded otherwise.
    first, second = (int(np.flatnonzero(indices == row)[0]) for row in (3, 50))
    assert first < second or best[second] > best[first]
    assert_array_equal(top_k(model, pool, 5)[0], indices[:5])


def test_unknown_chunk_sizes(rng):
    model = fitted("ridge", rng)
    X = rng.standard_normal((N_ROWS, 4))
    pool = unknown(da.from_array(X, chunks=(20, 2)))
    assert np.isnan(pool.shape[0])
    expected = model.curiosity_score(X)
    assert_allclose(curiosity_score(model, pool).compute(), expected)
    indices, best = top_k(model, pool, 7)
    assert_array_equal(indices, expected.argsort()[::-1][:7])
    assert_allclose(best, expected[indices])
    kept = pool[pool[:, 0] > 0]  # and sizes that differ from the chunks
    indices, best = top_k(model, kept, 7)
    X = X[X[:, 0] > 0]
    assert_allclose(best, model.curiosity_score(X[indices]))


@pytest.mark.parametrize("npartitions", [1, 4, 9])
def test_frames(npartitions, rng):
    names = list("abcd")
    model = fitted("pipeline", rng, names)
    frame = pd.DataFrame(rng.standard_normal((N_ROWS, 4)), columns=names)
    frame.index = [f"sample {i:03}" for i in range(N_ROWS)]
    more = frame.assign(lot=np.arange(N_ROWS) % 3)[["lot", *names[::-1]]]
    pool = dd.from_pandas(more, npartitions=npartitions)
    expected = pd.Series(
        skcurious.curiosity_score(model, frame), index=frame.index, name="curiosity"
    )
    scores = curiosity_score(model, pool)
    assert isinstance(scores, dd.Series)
    assert scores.divisions == pool.divisions
    scores = scores.compute()
    assert_allclose(scores, expected, rtol=1e-12)
    assert scores.name == "curiosity"
    assert list(scores.index) == list(frame.index)
    labels, best = top_k(model, pool, 5)
    assert list(labels) == list(expected.nlargest(5).index)
    assert_allclose(best, expected.nlargest(5))
    labels, _, rows = top_k(model, pool, 5, return_rows=True)
    assert_frame_equal(rows, more.loc[labels], check_index_type=False)
    kept = pool[pool["a"] > 0]
    labels, best = top_k(model, kept, 5)
    assert_allclose(best, expected.loc[frame["a"] > 0].nlargest(5))


def test_noise_variance_and_small_numbers(rng):
    model = fitted("ridge", rng)
    X = rng.standard_normal((N_ROWS, 4)).astype(np.float32)
    pool = da.from_array(X, chunks=40)
    scores = curiosity_score(model, pool, noise_variance=2.0)
    expected = model.curiosity_score(X, noise_variance=2.0)
    assert_allclose(scores.compute(), expected)
    assert scores.dtype == scores.compute().dtype == np.float64
    assert_allclose(top_k(model, pool, 1, noise_variance=2.0)[1], expected.max())


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_rows_are_refused_with_their_block(bad, rng):
    model = fitted("ridge", rng)
    X = rng.standard_normal((N_ROWS, 4))
    X[53, 1] = bad
    frame = dd.from_pandas(pd.DataFrame(X), npartitions=9)
    named = CuriousRidge().fit(rng.standard_normal((9, 4)), rng.standard_normal(9))
    for pool in (da.from_array(X, chunks=10), unknown(da.from_array(X, chunks=10))):
        with pytest.raises(ValueError, match="In block 5 of the pool: Input X cont"):
            curiosity_score(model, pool).compute()
        with pytest.raises(ValueError, match="In block 5 of the pool: Input X cont"):
            top_k(model, pool, 3)
    with pytest.raises(ValueError, match="In block 5, which begins at index 50, of"):
        curiosity_score(named, frame).compute()


def test_nothing_is_computed_early():
    def refuse(block):
        raise RuntimeError("computed")

    model = CuriousRidge().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 3.0])
    pool = da.ones((6, 1), chunks=2).map_blocks(refuse, meta=np.empty((0, 0)))
    scores = curiosity_score(model, pool)
    with pytest.raises(RuntimeError, match="computed"):
        scores.compute()


def test_wrong_pools(rng):
    model = fitted("ridge", rng)
    for ask in (curiosity_score, lambda m, p: top_k(m, p, 1)):
        with pytest.raises(TypeError, match="pool must be a dask Array or DataFrame"):
            ask(model, np.zeros((3, 4)))
        with pytest.raises(ValueError, match="two-dimensional, not 1"):
            ask(model, da.zeros(3))
    with pytest.raises(ValueError, match="k is 5, but the pool has 3 rows"):
        top_k(model, da.zeros((3, 4)), 5)
    with pytest.raises(ValueError, match="k must be an integer"):
        top_k(model, da.zeros((3, 4)), 0)
    with pytest.raises(ValueError, match="In block 0 of the pool: X has 3 features"):
        top_k(model, da.zeros((3, 3)), 1)
    named = fitted("ridge", rng, list("abcd"))
    frame = dd.from_pandas(pd.DataFrame(np.zeros((3, 2)), columns=["a", "e"]), 1)
    with pytest.raises(ValueError, match=r"no column\(s\) b, c, d, but a, e"):
        top_k(named, frame, 1)


# -- ridge regression --------------------------------------------------------------


def training(rng, n_targets=1):
    X = 5 + rng.standard_normal((N_ROWS, 4))
    Y = X @ rng.standard_normal((4, n_targets)) + rng.standard_normal(
        (N_ROWS, n_targets)
    )
    weights = rng.uniform(0, 2, N_ROWS)
    weights[:20] = 0  # whole blocks
    return X, Y[:, 0] if n_targets == 1 else Y, weights


def same(model, expected, X):
    for name in ("coef_", "intercept_", "coef_tangent_", "intercept_tangent_"):
        assert_allclose(
            getattr(model, name), getattr(expected, name), rtol=1e-10, atol=1e-12
        )
    assert_allclose(model.curiosity_score(X), expected.curiosity_score(X), rtol=1e-9)
    assert_allclose(
        model.predict(X, return_std=True)[1],
        expected.predict(X, return_std=True)[1],
        rtol=1e-10,
    )


@pytest.mark.parametrize("chunks", CHUNKINGS, ids=str)
@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_ridge(chunks, n_targets, weighted, rng):
    X, Y, weights = training(rng, n_targets)
    weights = weights if weighted else None
    options = {"alpha": 0.5, "fit_intercept": n_targets == 1}
    model = fit_ridge(
        da.from_array(X, chunks=chunks),
        da.from_array(Y, chunks=13),
        None if weights is None else da.from_array(weights, chunks=17),
        **options,
    )
    same(model, CuriousRidge(**options).fit(X, Y, weights), X)


def test_ridge_on_frames_and_unknown_sizes(rng):
    X, y, weights = training(rng)
    frame = pd.DataFrame(X, columns=list("abcd")).assign(y=y, w=weights)
    table = dd.from_pandas(frame, npartitions=6)
    expected = CuriousRidge().fit(frame[list("abcd")], y, weights)
    model = fit_ridge(table[list("abcd")], table["y"], table["w"])
    same(model, expected, frame[list("abcd")])
    assert list(model.feature_names_in_) == list("abcd")
    X, y = (unknown(da.from_array(a, chunks=20)) for a in (X, y))
    values = frame[list("abcd")].to_numpy()
    same(fit_ridge(X, y), CuriousRidge().fit(values, frame["y"]), values)


@pytest.mark.parametrize("n_columns", [3, 8])
def test_ridge_on_parquet(n_columns, rng, tmp_path):
    """Dask reads several small partitions as one; X and y must stay together."""
    frame = pd.DataFrame(rng.standard_normal((N_ROWS, n_columns)))
    frame.columns = ["a", "b", "y", *(f"more {i}" for i in range(n_columns - 3))]
    dd.from_pandas(frame, npartitions=9).to_parquet(tmp_path)
    table = dd.read_parquet(tmp_path)
    model = fit_ridge(table[["a", "b"]], table["y"], alpha=0.1)
    same(model, CuriousRidge(0.1).fit(frame[["a", "b"]], frame["y"]), frame[["a", "b"]])
    labels, scores, rows = top_k(model, table, 3, return_rows=True)
    expected = model.curiosity_score(frame[["a", "b"]])
    assert_allclose(scores, np.sort(expected)[::-1][:3])
    assert list(rows.columns) == list(frame.columns)
    assert_allclose(rows.to_numpy(), frame.loc[labels].to_numpy())


def test_a_source_is_made_once(rng):
    X, _, _ = training(rng)
    made = []

    def make(block):
        made.append(len(block))
        return block

    rows = da.from_array(X, chunks=(10, 4)).map_blocks(make, meta=np.empty((0, 0)))
    fit_ridge(rows, rows.sum(axis=1), rows[:, 0] ** 2)
    assert made == [10] * 9


def test_tasks_change_no_results_of_others(rng):
    """Dask may run the task that merges them again."""
    X, y, _ = training(rng)
    parts = [_seen(CuriousRidge(), i, X[i::2], y[i::2]) for i in range(2)]
    before = parts[0].moments.gram.copy()
    _merge_seen(parts)
    assert_allclose(parts[0].moments.gram, before, rtol=0)


def test_sparse_blocks(rng):
    X, y, _ = training(rng)
    rows = da.from_array(X, chunks=(20, 4)).map_blocks(sparse.csr_matrix)
    model = fit_ridge(rows, da.from_array(y, chunks=20))
    same(model, CuriousRidge().fit(X, y), X)
    indices, scores = top_k(model, rows, 3)
    assert_allclose(scores, model.curiosity_score(X[indices]))


def test_estimators_are_looked_at_early(rng):
    pool = da.zeros((3, 4))
    with pytest.raises(TypeError, match="has no curiosity"):
        curiosity_score("ridge", pool)
    with pytest.raises(ValueError, match="not fitted"):
        curiosity_score(CuriousRidge(), pool)
    with pytest.raises(ValueError, match="one number for the whole pool"):
        top_k(fitted("ridge", rng), pool, 1, noise_variance=np.ones(3))


def test_wrong_training_rows(rng):
    X, y, _ = training(rng)
    rows, labels = da.from_array(X, chunks=20), da.from_array(y, chunks=20)
    with pytest.raises(TypeError, match="y must be a dask Array or DataFrame, got nda"):
        fit_ridge(rows, y)
    with pytest.raises(ValueError, match="y has 80 rows, but X has 90"):
        fit_ridge(rows, labels[:80])
    with pytest.raises(ValueError, match="must have the same blocks, but have 5, 3"):
        fit_ridge(unknown(rows), unknown(labels.rechunk(30)))
    with pytest.raises(ValueError, match="In block 4: Found input variables with inco"):
        fit_ridge(unknown(rows), unknown(labels[:85]))
    y[47] = np.nan
    with pytest.raises(ValueError, match="In block 2: Input y contains NaN"):
        fit_ridge(rows, da.from_array(y, chunks=20))
    with pytest.raises(ValueError, match="'alpha' parameter"):
        fit_ridge(rows, labels, alpha=-1)
    with pytest.raises(ValueError, match="nothing to fit"):
        fit_ridge(rows, labels, da.zeros(N_ROWS))


# -- a cluster ---------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Sending large graph")
def test_two_processes(rng):
    from distributed import Client, LocalCluster

    X, y, weights = training(rng)
    model = CuriousRidge().fit(X, y, weights)
    expected = model.curiosity_score(X)
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
        dask.config.set(scheduler=client),
    ):
        assert len(client.scheduler_info()["workers"]) == 2
        rows = da.from_array(X, chunks=11)
        fit = fit_ridge(rows, da.from_array(y), da.from_array(weights), alpha=1.0)
        scores = curiosity_score(fit, rows).compute()
        indices, best = top_k(fit, unknown(rows), 5)
        with pytest.raises(ValueError, match="In block 2 of the pool"):
            top_k(fit, da.where(rows == X[25, 0], np.nan, rows), 5)
    same(fit, model, X)
    assert_allclose(scores, fit.curiosity_score(X), rtol=1e-12)
    assert_array_equal(indices, expected.argsort()[::-1][:5])
    assert_allclose(best, expected[indices])


def test_without_dask():
    code = (
        "import sys; sys.modules['dask'] = None\n"
        "import skcurious\n"
        "try:\n    import skcurious.dask\n"
        "except ImportError as error:\n    print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert 'pip install "dask[array,dataframe]"' in run.stdout
