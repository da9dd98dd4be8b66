"""What bench_active_learning keeps, makes and compares; and its peers, briefly."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def bench(monkeypatch):
    """Import a module of the benchmarks, which are not a package."""
    pytest.importorskip("rich")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if name.startswith(("_", "bench_")) and "." not in name:
            path = getattr(sys.modules[name], "__file__", None) or ""
            if Path(path).parent == BENCHMARKS:
                del sys.modules[name]


def curve(bench, **changed):
    options = {
        "model": "sklearn",
        "step": 5,
        "table": "t",
        "seed": 0,
        "strategy": "random",
        "first": 10,
        "rmse": [1.0, 0.5, 0.25],
        "query_seconds": 0.125,
        "fit_seconds": 0.5,
    }
    return bench("_curves").Curve(**{**options, **changed})


def test_curves_come_back(bench, tmp_path):
    curves = bench("_curves")
    kept = [
        curve(bench),
        curve(bench, seed=1, strategy="reduction, uniform"),
        curve(bench, model="gp", step=1),
    ]
    for one in kept:
        curves.append(tmp_path, one)
    for _ in range(2):
        loaded = curves.load(tmp_path)
        assert sorted(one.key() for one in kept) == [one.key() for one in loaded]
        assert all(one in kept for one in loaded)
        curves.pack(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "sklearn-5.csv.gz",
        "gp-1.csv.gz",
    }


def test_pack_makes_the_same_bytes_in_any_order(bench, tmp_path):
    curves = bench("_curves")
    both = [curve(bench), curve(bench, seed=1), curve(bench)]
    written = []
    for name, order in (("a", both), ("b", both[::-1])):
        directory = tmp_path / name
        directory.mkdir()
        for one in order:
            curves.append(directory, one)
        curves.pack(directory)
        written.append((directory / "sklearn-5.csv.gz").read_bytes())
    assert written[0] == written[1]


def test_points_of_a_csv_file_are_added_once(bench, tmp_path):
    curves = bench("_curves")
    path = tmp_path / "points.csv"
    path.write_text(
        "model,step,table,seed,strategy,labels,rmse,seconds\n"
        "gp,5,t,0,random,10,1,0\ngp,5,t,0,random,15,0.5,2\ngp,5,t,0,random,20,0.25,4\n"
        "gp,5,t,0,random,25,0.125,6\n"
    )
    assert curves.add_table(tmp_path, path, {"gp": 20}.get) == 1
    assert curves.add_table(tmp_path, path, {"gp": 20}.get) == 0
    (loaded,) = curves.load(tmp_path)
    assert loaded.query_seconds == 3
    assert np.isnan(loaded.fit_seconds)
    np.testing.assert_array_equal(loaded.rows()[:, 0], [10, 15, 20])
    np.testing.assert_array_equal(loaded.rows()[:, 1], np.log([1, 0.5, 0.25]))


def test_made_tables(bench):
    made = {name: rest for name, *rest in bench("_made").made_tables()}
    again = {name: rest for name, *rest in bench("_made").made_tables()}
    assert len(made) == 8
    assert all(name.startswith("made_") for name in made)
    for name, (X, labels, truth) in made.items():
        for one, other in zip((X, labels, truth), again[name], strict=True):
            np.testing.assert_array_equal(one, other)
        assert len(X) == len(labels) == len(truth) == 3000
    _, labels, truth = made["made_outliers"]
    wrong = np.abs(labels - truth) > 0.5 * truth.std()
    # Of 30%, those nearer than half a spread, a tenth of the outliers', look right.
    assert 0.25 < wrong.mean() < 0.3
    X, labels, truth = made["made_heteroscedastic"]
    size = np.abs(labels - truth)
    assert size[X[:, 3] > 0.5].mean() > 5 * size[X[:, 3] < -0.5].mean()


def test_errors_are_against_the_truth(bench):
    active = bench("bench_active_learning")
    rng = np.random.RandomState(0)
    X, truth = rng.standard_normal((40, 2)), rng.standard_normal(40)
    labels = truth + 7 * rng.standard_normal(40)
    _, pool, _, test = active.split(X, labels, truth, 20, 3)
    order = np.random.RandomState(3).permutation(40)
    mean, std = truth[order[:20]].mean(), truth[order[:20]].std()
    np.testing.assert_allclose(pool * std + mean, labels[order[:20]], rtol=1e-12)
    np.testing.assert_allclose(test * std + mean, truth[order[20:]], rtol=1e-12)


def as_rows(*log_rmse):
    n = len(log_rmse)
    return np.column_stack([10 + 5 * np.arange(n), log_rmse, np.ones(n), np.ones(n)])


def test_differences_are_paired(bench):
    compared = bench("_pipelines")
    ours = {("a", 0): as_rows(0, -1), ("a", 1): as_rows(0, -3), ("b", 0): as_rows(1, 1)}
    theirs = {
        ("a", 0): as_rows(0, 0),
        ("a", 1): as_rows(0, 0, 5),  # one that only they have is left out
        ("b", 0): as_rows(0, 0),
        ("b", 1): as_rows(9, 9),
    }
    d = compared.Difference(ours, theirs, compared.over_the_curve)
    assert d.tables == {"a": -1.0, "b": 1.0}
    assert d.mean() == 0
    assert d.worst() == "+1.00 b"
    # t(0.975, 2) = 4.302653, and the pairs are -0.5, -1.5 and 1.
    half = 4.302653 * np.std([-0.5, -1.5, 1], ddof=1) / np.sqrt(3)
    np.testing.assert_allclose(d.over_pairs(), half, rtol=1e-6)
    np.testing.assert_allclose(d.over_tables(), 12.706205, rtol=1e-6)


def test_labels_needed(bench):
    compared = bench("_pipelines")
    baseline = {(t, 0): as_rows(0, -1, -2, -3) for t in "abc"}
    ours = {
        ("a", 0): as_rows(0, -3, -2.9, -3.5),  # exceeded again at 20
        ("b", 0): as_rows(-3, -3, -4, -4),
        ("c", 0): as_rows(0, 0, 0, 0),
    }
    needed = compared.labels_needed(ours, baseline)
    assert needed == {"a": 25, "b": 10, "c": None}


def test_tables_and_picture_compare_what_was_run_on_all_tables(
    bench, monkeypatch, tmp_path
):
    """One curve is no mean over tables; of each peer the best is drawn."""
    compared, curves = bench("_pipelines"), bench("_curves")
    errors = {
        ("default", "reduction"): 0.5,
        ("default", "random"): 0.7,
        ("sklearn", "random"): 1.0,
        ("sklearn", "max_std"): 1.2,
        ("sklearn", "iGS"): 0.9,
        ("trees", "black-box LCMD"): 1.1,
        ("trees", "tree"): 0.8,
        ("botorch", "NIPV"): 0.95,
    }
    for (model, strategy), error in errors.items():
        for table in ("airfoil", "yacht"):
            rmse = [1.0] + 18 * [error]
            one = curve(bench, model=model, strategy=strategy, table=table, rmse=rmse)
            curves.append(tmp_path, one)
    # The best of all, on one table.
    for model, strategy in (("sklearn", "EMVR"), ("botorch", "random")):
        rmse = 19 * [0.1]
        one = curve(bench, model=model, strategy=strategy, table="yacht", rmse=rmse)
        curves.append(tmp_path, one)
    drawn = []
    monkeypatch.setattr(compared, "draw", lambda results, path: drawn.extend(results))
    written = tmp_path / "pipelines.inc"
    compared.pipelines(tmp_path, picture=tmp_path / "p.png", write=written)
    assert drawn == [
        ("default", "reduction"),
        ("default", "random"),
        ("sklearn", "iGS"),
        ("trees", "tree"),
        ("botorch", "NIPV"),
        ("sklearn", "random"),
    ]
    text = written.read_text()
    assert "EMVR" not in text
    assert "botorch, random" not in text
    assert "botorch, NIPV" in text
    assert "\nbotorch " not in text.split("after n labels")[-1]


def test_the_picture_is_drawn(bench, tmp_path):
    pytest.importorskip("matplotlib")
    picture, compared = bench("_picture"), bench("_pipelines")
    names = [*compared.DRAWN, *((peer, "tree") for peer in compared.PEERS)]
    results = {name: {("a", 0): as_rows(0, -1)} for name in names}
    picture.draw(results, tmp_path / "p.png")
    assert (tmp_path / "p.png").stat().st_size > 0


PEERS = [
    ("sklearn", "max_std", "modAL"),
    ("sklearn", "iGS", "skactiveml"),
    ("sklearn", "GSx", "skactiveml"),
    ("sklearn", "EMVR", "skactiveml"),
    ("trees", "tree", "skactiveml"),
    ("trees", "black-box LCMD", "bmdal_reg"),
    ("committee", "reduction", "skcurious"),
]
SLOW_PEERS = [
    ("botorch", "NIPV", "botorch"),
    ("bmdal", "bmdal LCMD", "bmdal_reg"),
    ("bmdal", "bmdal BAIT", "bmdal_reg"),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("model", "strategy", "package"),
    [*PEERS, *(pytest.param(*p, marks=pytest.mark.slow) for p in SLOW_PEERS)],
)
def test_two_rounds(bench, model, strategy, package):
    """Same first labels for all, errors that are numbers, and the same again."""
    pytest.importorskip(package)
    active = bench("bench_active_learning")
    rng = np.random.RandomState(0)
    X = rng.standard_normal((90, 3))
    X[:, 2] = 1.0  # does not vary
    y = X[:, 0] + 0.1 * rng.standard_normal(90)
    first, second = (
        active.run(model, 5, "t", X, y, y, 0, strategy, 15) for _ in range(2)
    )
    assert not isinstance(first, str), first
    assert len(first.rmse) == 2
    assert np.isfinite(first.rmse).all()
    assert first.rmse == second.rmse
