"""Curiosity about pools that are read in chunks."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from extras import optional
from networks import quick
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcurious
from skcurious import CuriousKernelRidge, CuriousRidge
from skcurious.out_of_core import curiosity_score, top_k
from skcurious.out_of_core._best import Best, BestSoFar, merge_best

pytest.importorskip("hypothesis")
pytest.importorskip("pandas")
pytest.importorskip("modAL")

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skcurious.modal import CuriousLearner

pl = optional("polars")

MODELS = {
    "ridge": CuriousRidge(),
    "two targets": CuriousRidge(),
    "pipeline": make_pipeline(StandardScaler(), CuriousRidge()),
    "kernel": CuriousKernelRidge(kernel="rbf", gamma=0.1),
    "network": quick(max_iter=20),
}


def fitted(name, rng):
    X = rng.standard_normal((40, 4))
    Y = X @ rng.standard_normal((4, 2)) + rng.standard_normal((40, 2))
    return MODELS[name].fit(X, Y if name == "two targets" else Y[:, 0])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("chunk_rows", [1, 17, 1_000])
@pytest.mark.parametrize("name", MODELS)
def test_same_as_at_once(name, chunk_rows, rng):
    model = fitted(name, rng)
    pool = rng.standard_normal((101, 4))
    expected = skcurious.curiosity_score(model, pool)
    scores = curiosity_score(model, pool, chunk_rows=chunk_rows)
    assert_allclose(scores, expected, rtol=1e-12)
    for k in (1, 5, 101):
        indices, best, rows = top_k(
            model, pool, k, chunk_rows=chunk_rows, return_rows=True
        )
        assert_array_equal(indices, np.lexsort((np.arange(101), -scores))[:k])
        assert_array_equal(best, scores[indices])
        assert_array_equal(rows, pool[indices])
        without = top_k(model, pool, k, chunk_rows=chunk_rows)
        assert_array_equal(without[0], indices)


def test_kinds_of_pools(rng, tmp_path):
    names = list("abcd")
    train = pd.DataFrame(rng.standard_normal((40, 4)), columns=names)
    model = CuriousRidge().fit(train, rng.standard_normal(40))
    pool = pd.DataFrame(rng.standard_normal((50, 4)), columns=names)
    expected = model.curiosity_score(pool)
    best = expected.argsort()[::-1][:3]
    more = pool.assign(id=[f"sample {i}" for i in range(50)])[["id", *names[::-1]]]
    more.to_csv(tmp_path / "pool.csv", index=False)
    more.to_parquet(tmp_path / "pool.parquet")
    for source in (more, tmp_path / "pool.csv", str(tmp_path / "pool.parquet")):
        assert_allclose(curiosity_score(model, source, chunk_rows=7), expected)
        indices, _, rows = top_k(model, source, 3, chunk_rows=7, return_rows=True)
        assert_array_equal(indices, best)
        assert list(rows.columns) == list(more.columns)
        assert list(rows.index) == list(best)
        assert_allclose(rows[names], pool.iloc[best])
    chunks = (more[i : i + 9] for i in range(0, 50, 9))
    indices, _, rows = top_k(model, chunks, 3, return_rows=True)
    assert_array_equal(rows.index, best)
    bare = CuriousRidge().fit(train.to_numpy(), model.predict(train))
    expected = bare.curiosity_score(pool.to_numpy())
    matrix = sparse.csr_matrix(pool.to_numpy())
    assert_allclose(curiosity_score(bare, matrix, chunk_rows=7), expected)
    _, _, rows = top_k(bare, matrix, 3, chunk_rows=7, return_rows=True)
    assert sparse.issparse(rows)


def test_kept_rows_keep_their_categories():
    model = CuriousRidge().fit(pd.DataFrame({"t": [0.0, 1.0, 2.0]}), [0.0, 1.0, 3.0])
    chunks = [
        pd.DataFrame({"t": t, "kind": pd.Categorical(kinds)})
        for t, kinds in [([8.0, 9.0], ["a", "b"]), ([7.0, 6.0], ["c", "a"])]
    ]
    _, _, rows = top_k(model, chunks, 3, return_rows=True)
    assert rows.kind.dtype == pd.CategoricalDtype(["b", "a", "c"])
    assert list(rows.kind) == ["b", "a", "c"]
    assert_array_equal(rows.t, [9, 8, 7])


def test_polars(rng):
    names = list("abcd")
    train = pl.DataFrame(rng.standard_normal((40, 4)), schema=names)
    model = CuriousRidge().fit(train, rng.standard_normal(40))
    if not hasattr(model, "feature_names_in_"):
        pytest.skip("this scikit-learn sees no names in this polars")
    pool = pl.DataFrame(rng.standard_normal((50, 4)), schema=names)
    expected = model.curiosity_score(pool)
    best = expected.argsort()[::-1][:3]
    samples = pl.Series("id", [f"sample {i}" for i in range(50)])
    more = pool.with_columns(samples).select("id", *names[::-1])
    for source in (more, iter([more[:20], more[20:]])):
        indices, _, rows = top_k(model, source, 3, chunk_rows=7, return_rows=True)
        assert_array_equal(indices, best)
        assert rows.equals(more[best.tolist()])
    assert_allclose(curiosity_score(model, more, chunk_rows=7), expected)


def test_columns_of_the_same_name(rng):
    train = pd.DataFrame(rng.standard_normal((9, 2)), columns=["a", "b"])
    model = CuriousRidge().fit(train, train.a)
    with pytest.raises(ValueError, match="several columns of the name b: rename"):
        top_k(model, train[["a", "b", "b"]], 2)


def test_noise_variance(rng):
    model = fitted("ridge", rng)
    pool = rng.standard_normal((20, 4))
    one = curiosity_score(model, pool, noise_variance=1.0)
    assert_allclose(one, model.curiosity_score(pool, noise_variance=1.0))
    _, best = top_k(model, pool, 20, noise_variance=2.0)
    assert_allclose(best, np.sort(2 * one)[::-1])


def test_out(rng, tmp_path):
    model = fitted("ridge", rng)
    pool = rng.standard_normal((20, 4))
    out = np.lib.format.open_memmap(tmp_path / "s.npy", "w+", float, (20,))
    assert curiosity_score(model, iter([pool[:7], pool[7:]]), out=out) is out
    assert_allclose(np.load(tmp_path / "s.npy"), model.curiosity_score(pool))
    for n, source in ((19, pool), (21, pool), (19, [pool]), (21, [pool])):
        with pytest.raises(ValueError, match=f"out has {n} values"):
            curiosity_score(model, source, out=np.empty(n))


def test_empty_chunks_and_pools(rng):
    model = fitted("ridge", rng)
    pool = rng.standard_normal((6, 4))
    chunks = [pool[:0], pool[:4], pool[:0], pool[4:]]
    assert_allclose(curiosity_score(model, chunks), model.curiosity_score(pool))
    for nothing in ([], [pool[:0]], iter(())):
        with pytest.raises(ValueError, match="pool is empty"):
            top_k(model, nothing, 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["ridge", "kernel", "two targets"])
def test_bad_rows_are_located(name, bad, rng):
    model = fitted(name, rng)
    pool = rng.standard_normal((30, 4))
    pool[17, 2] = bad
    message = r"In rows 14 to 20 of the pool: Input X contains "
    with pytest.raises(ValueError, match=message):
        curiosity_score(model, pool, chunk_rows=7)
    with pytest.raises(ValueError, match=message):
        top_k(model, pool, 3, chunk_rows=7)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_values_in_a_column_without_coefficient(bad, rng):
    """0 * NaN must not pass, whatever the matrix product makes of it."""
    X = rng.standard_normal((40, 4))
    X[:, 1] = 3.0
    model = CuriousRidge().fit(X, X[:, 0])
    assert model.coef_tangent_[1] == 0
    assert (
        not model.linearised_.shows_non_finite
    )  # some products skip zeros, NaN and all
    X[5, 1] = bad
    with pytest.raises(ValueError, match="Input X contains"):
        model.curiosity_score(X)


@pytest.mark.filterwarnings("ignore:overflow")
def test_overflow(rng):
    model = fitted("ridge", rng)
    with pytest.raises(ValueError, match="scores of X are not finite"):
        top_k(model, np.full((3, 4), 1e200), 1)


@pytest.mark.parametrize("k", [0, -1, 1.5, True, "3"])
def test_wrong_k(k, rng):
    with pytest.raises(ValueError, match="k must be an integer >= 1"):
        top_k(fitted("ridge", rng), np.zeros((3, 4)), k)


def test_k_beyond_the_pool(rng):
    with pytest.raises(ValueError, match="k is 5, but the pool has 3 rows"):
        top_k(fitted("ridge", rng), np.zeros((3, 4)), 5)


def test_other_columns(rng):
    model = fitted("ridge", rng)
    with pytest.raises(ValueError, match="In rows 0 to 2 of the pool: X has 3 feat"):
        top_k(model, np.zeros((3, 3)), 1)


def test_progress(rng, capsys):
    model = fitted("ridge", rng)
    pool = rng.standard_normal((30, 4))
    for source in (pool, iter([pool])):
        scores = curiosity_score(model, source, progress=True)
        assert_allclose(scores, model.curiosity_score(pool))
        assert "30 rows" in capsys.readouterr().out


def test_without_rich():
    code = (
        "import sys; sys.modules['rich.progress'] = None\n"
        "from skcurious import CuriousRidge\n"
        "from skcurious.out_of_core import top_k\n"
        "model = CuriousRidge().fit([[0], [1], [2]], [0, 1, 3])\n"
        "top_k(model, [[[1.0]], [[2.0]]], 1)\n"
    )
    code = code.replace("[[[1.0]], [[2.0]]]", "np.zeros((3, 1))")
    code = "import numpy as np\n" + code
    subprocess.run([sys.executable, "-c", code], check=True)
    code = code.replace(", 1)\n", ", 1, progress=True)\n")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pip install rich" in run.stderr


SCORES = hnp.arrays(
    float, st.integers(1, 40), elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, 7.5])
)


@given(SCORES, st.data())
@settings(deadline=None)
def test_best_does_not_depend_on_the_chunks(scores, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(scores)), max_size=6)))
    # As many as the first chunk has is a case of its own.
    k = data.draw(st.one_of(st.integers(1, 50), st.just(max([1, *cuts[:1]]))))
    expected = np.lexsort((np.arange(len(scores)), -scores))[:k]
    starts = [0, *cuts]
    chunks = np.split(scores, cuts)
    parts = [Best.of(c, k, s, c) for c, s in zip(chunks, starts, strict=True)]
    best = merge_best(parts, k)
    assert_array_equal(best.rows, expected)
    assert_array_equal(best.scores, scores[expected])
    assert_array_equal(best.table, best.scores)
    tree = merge_best([merge_best(parts[:2], k), *parts[2:]], k)
    assert_array_equal(tree.rows, expected)
    so_far = BestSoFar(k)
    for chunk, start in zip(chunks, starts, strict=True):
        so_far.add(chunk, start, chunk)
    assert_array_equal(so_far.best().rows, expected)
    assert_array_equal(so_far.best().table, scores[expected])


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 4])
def test_as_many_as_the_first_chunk_has(chunk_rows):
    model = CuriousRidge().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 3.0])
    pool = np.array([[1.0], [5.0], [4.0], [1.0]])
    indices, _ = top_k(model, pool, 2, noise_variance=1.0, chunk_rows=chunk_rows)
    assert_array_equal(indices, [1, 2])


@pytest.mark.parametrize("out", [np.empty(4, int), np.empty((4, 4))])
def test_out_of_another_kind(out):
    model = CuriousRidge().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 3.0])
    with pytest.raises(ValueError, match="out must be a one-dimensional array of flo"):
        curiosity_score(model, np.zeros((4, 1)), out=out)


def test_what_no_chunk_can_mend_is_said_first():
    """Without the numbers of rows, and before anything is read."""

    def pool():
        raise RuntimeError("read")
        yield

    model = CuriousRidge().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 3.0])
    for ask in (curiosity_score, lambda m, p, **kw: top_k(m, p, 1, **kw)):
        with pytest.raises(NotFittedError):
            ask(CuriousRidge(), pool())
        with pytest.raises(TypeError, match="has no curiosity"):
            ask("ridge", pool())
        with pytest.raises(ValueError, match="one number for the whole pool"):
            ask(model, pool(), noise_variance=np.ones(3))
        with pytest.raises(ValueError, match=r"^noise_variance must be finite"):
            ask(model, pool(), noise_variance=np.nan)


def test_columns_through_a_learner(rng):
    names = list("ab")
    train = pd.DataFrame(rng.standard_normal((9, 2)), columns=names)
    learner = CuriousLearner(
        CuriousRidge(), X_training=train, y_training=rng.standard_normal(9)
    )
    pool = train.assign(id="x")
    expected = skcurious.curiosity_score(learner, train)
    assert_allclose(curiosity_score(learner, pool), expected)


def test_mixed_precision_keeps_to_working_memory(rng):
    """float32 rows and a float64 model: their product copies the rows."""
    model = CuriousRidge().fit(rng.standard_normal((50, 20)), rng.standard_normal(50))
    pool = np.zeros((400_000, 20), np.float32)
    tracemalloc.start()
    model.curiosity_score(pool)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < pool.nbytes


def test_one_warning_and_one_error(rng):
    frame = pd.DataFrame(rng.standard_normal((9, 2)), columns=list("ab"))
    model = CuriousRidge().fit(frame, rng.standard_normal(9))
    frame.iloc[3, 1] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.curiosity_score(frame)  # and no warning about names
