"""The same numbers in many containers give the same answers, and stay as they were."""

from copy import deepcopy
from dataclasses import dataclass
from functools import partial

import pytest

pytest.importorskip("hypothesis")
pytest.importorskip("flint")

import tempfile
from pathlib import Path

import numpy as np
from extras import optional
from fuzz.containers import COLUMN, DENSE, ROW_LABELS, SPARSE, plain, same
from fuzz.judge import Case
from fuzz.runs import hostile
from hypothesis import strategies as st
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.utils import _safe_indexing

import skcurious
from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousRidge,
    CuriousRidgeCV,
)
from skcurious.out_of_core import curiosity_score, top_k
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    variance_sampling,
)

CuriousLearner = optional("modAL", "skcurious.modal", "CuriousLearner")
pd = optional("pandas")

MODELS = {
    "ridge": CuriousRidge(alpha=1.0),
    "ridge CV": CuriousRidgeCV(),
    "kernel ridge": CuriousKernelRidge(kernel="rbf", gamma=0.1, fit_intercept=True),
    "laplacian": CuriousKernelRidge(kernel="laplacian", gamma=0.1),
    "kernel ridge CV": CuriousKernelRidgeCV(alphas=[0.1, 1.0], gamma=0.1),
    "process": CuriousGaussianProcessRegressor(
        RBF(3.0) + WhiteKernel(0.5), optimizer=None
    ),
}
STRATEGIES = {
    "curiosity": curiosity_sampling,
    "variance": variance_sampling,
    "reduction": expected_curiosity_reduction,
    "influence": influence_sampling,
}


@dataclass(frozen=True)
class Recipe:
    """Which containers hold what."""

    seed: int = 0
    model: str = "ridge"
    rows: str = "float64"
    pool: str = "float64"
    labels: str = "array"
    weights: str | None = None
    cost: str | None = None
    strategy: str = "curiosity"
    index: str = "range"
    stream: bool = False


RECIPES = st.builds(
    Recipe,
    seed=st.integers(0, 2**20),
    model=st.sampled_from(sorted(MODELS)),
    rows=st.sampled_from([*DENSE, *SPARSE]),
    pool=st.sampled_from([*DENSE, *SPARSE]),
    labels=st.sampled_from(list(COLUMN)),
    weights=st.one_of(st.none(), st.sampled_from(list(COLUMN))),
    cost=st.one_of(st.none(), st.sampled_from(list(COLUMN))),
    strategy=st.sampled_from(sorted(STRATEGIES)),
    index=st.sampled_from(ROW_LABELS),
    stream=st.booleans(),
)


@hostile("formats", RECIPES, few=60, share=0.7)
def test_containers(recipe):
    """Fits, scores and queries of whole numbers, however they are held."""
    rng = np.random.default_rng(recipe.seed)
    X, pool = rng.integers(-5, 6, (9, 3)) * 1.0, rng.integers(-5, 6, (6, 3)) * 1.0
    y = rng.integers(-9, 10, 9) * 1.0
    weights = rng.integers(1, 4, 9) * 1.0
    cost = rng.integers(1, 4, 6) * 1.0
    kinds = {**DENSE, **SPARSE}
    index = recipe.index
    rows, candidates = kinds[recipe.rows](X, index), kinds[recipe.pool](pool, index)
    labels = COLUMN[recipe.labels](y, index)
    more, more_plain = {}, {}
    if recipe.weights is not None and recipe.model != "process":
        more = {"sample_weight": COLUMN[recipe.weights](weights, index)}
        more_plain = {"sample_weight": weights}
    price = None if recipe.cost is None else COLUMN[recipe.cost](cost, index)
    given = [rows, candidates, labels, more, price]
    before = deepcopy(given)

    def asked(model, rows, candidates, labels, price):
        ask = STRATEGIES[recipe.strategy]
        if recipe.strategy == "influence":
            ask = partial(ask, X_validation=rows, y_validation=labels)
        indices, scores = ask(model, candidates, 4, cost=price, random_state=0)
        assert len(set(indices.tolist())) == 4, "rows twice"
        return scores / model.noise_variance_

    def fitted(rows, labels, more):
        model = deepcopy(MODELS[recipe.model])
        if recipe.stream and recipe.model == "ridge":
            return model.partial_fit(rows, labels, **more)
        return model.fit(rows, labels, **more)

    questions = {
        "prediction": lambda m, p, c: m.predict(c),
        "tangent": lambda m, p, c: m.predict_tangent(c),
        "std": lambda m, p, c: m.predict(c, return_std=True)[1],
        "covariance": lambda m, p, c: m.predict_covariance(c),
        "scores": lambda m, p, c: asked(m, p[0], c, p[1], p[2]),
        "curiosity": lambda m, p, c: skcurious.curiosity_score(m, c),
        "known": lambda m, p, c: m.curiosity_score(p[0], p[1]),
    }

    def truth(now):
        X, y, pool = now["X"], now["y"], now["pool"]
        model = fitted(X, y, more_plain)
        return {
            name: ask(model, (X, y, None if price is None else cost), pool)
            for name, ask in questions.items()
        }

    def unchanged(model):
        assert all(map(same, given, before)), "an argument was changed"

    passed = {
        name: partial(lambda m, ask: ask(m, (rows, labels, price), candidates), ask=ask)
        for name, ask in questions.items()
    }
    return Case(
        fit=lambda: fitted(rows, labels, more),
        asked={**passed, "unchanged": unchanged},
        truth=truth,
        inputs={"X": X, "y": y, "pool": pool},
        known_to={name: 1e-6 for name in questions},
    )


@dataclass(frozen=True)
class Lesson:
    """A loop of queries, and what holds its rows and labels."""

    seed: int = 0
    model: str = "ridge"
    rows: str = "float64"
    labels: str = "array"
    strategy: str = "curiosity"
    index: str = "range"
    batches: tuple = (1,)


LESSONS = st.builds(
    Lesson,
    seed=st.integers(0, 2**20),
    model=st.sampled_from(["ridge", "ridge CV", "kernel ridge"]),
    rows=st.sampled_from([*DENSE, *SPARSE]),
    labels=st.sampled_from(list(COLUMN)),
    strategy=st.sampled_from(sorted(set(STRATEGIES) - {"influence"})),
    index=st.sampled_from(ROW_LABELS),
    batches=st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple),
)


@hostile("formats", LESSONS, few=20, share=0.3)
def test_learners(lesson):
    """A learner that was taught row by row is the model of all its rows."""
    rng = np.random.default_rng(lesson.seed)
    X, y = rng.integers(-5, 6, (20, 3)) * 1.0, rng.integers(-9, 10, 20) * 1.0
    rows = {**DENSE, **SPARSE}[lesson.rows](X, lesson.index)
    taught = []

    def part(numbers):
        taught.extend(numbers)
        return (
            _safe_indexing(rows_by_number, numbers),
            _safe_indexing(labels, numbers),
        )

    labels = COLUMN[lesson.labels](y, lesson.index)
    rows_by_number = rows.tocsr() if hasattr(rows, "tocsr") else rows

    def fit():
        taught.clear()
        first = part([0, 1, 2, 3, 4])
        learner = CuriousLearner(
            deepcopy(MODELS[lesson.model]),
            STRATEGIES[lesson.strategy],
            X_training=first[0],
            y_training=first[1],
        )
        for size in lesson.batches:
            left = [i for i in range(20) if i not in taught]
            pool = _safe_indexing(rows_by_number, left)
            indices, found = learner.query(pool, size, random_state=0)
            assert np.array_equal(plain(found), X[left][indices]), "other rows"
            assert type(found) is type(pool), "another type"
            learner.teach(found, part([left[i] for i in indices])[1])
        assert np.array_equal(plain(learner.X_training), X[taught]), "other rows"
        if hasattr(first[0], "columns"):
            assert type(learner.X_training) is type(first[0]), "another type"
        return learner

    def truth(given):
        model = deepcopy(MODELS[lesson.model])
        model.fit(given["X"][taught], given["y"][taught])
        return {"prediction": model.predict(given["X"])}

    return Case(
        fit=fit,
        asked={"prediction": lambda learner: learner.predict(rows)},
        truth=truth,
        inputs={"X": X, "y": y},
        known_to={"prediction": 1e-6},
    )


@dataclass(frozen=True)
class Pool:
    """A pool in a file or in chunks."""

    seed: int = 0
    source: str = "csv"
    chunk_rows: int = 3
    power: int = 0
    extra: bool = False
    reordered: bool = False


POOLS = st.builds(
    Pool,
    seed=st.integers(0, 2**20),
    source=st.sampled_from(["csv", "csv.gz", "parquet", "frame", "chunks", "memmap"]),
    chunk_rows=st.integers(1, 12),
    power=st.sampled_from([0, 0, -9, 15, -200, 120]),
    extra=st.booleans(),
    reordered=st.booleans(),
)


@hostile("formats", POOLS, few=10, share=0.2)
def test_pools(recipe):
    """A pool scores the same from a file, in chunks, with other columns beside it."""
    rng = np.random.default_rng(recipe.seed)
    X, pool = rng.standard_normal((9, 3)), rng.standard_normal((11, 3))
    pool[:, 0] *= 10.0**recipe.power
    y = rng.standard_normal(9)
    named = pd.DataFrame(X, columns=list("abc"))
    table = pd.DataFrame(pool, columns=list("abc"))
    if recipe.extra:
        table["name"] = [f"row, {i}" for i in range(11)]
        table["empty"] = np.nan
    if recipe.reordered:
        table = table[sorted(table, reverse=True)]

    def scores(model):
        whole = model.curiosity_score(table[["a", "b", "c"]])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"pool.{recipe.source}"
            source = {
                "csv": lambda: table.to_csv(path, index=False) or path,
                "csv.gz": lambda: table.to_csv(path, index=False) or path,
                "parquet": lambda: table.to_parquet(path) or path,
                "frame": lambda: table,
                "chunks": lambda: (table[i : i + 4] for i in range(0, 11, 4)),
                "memmap": lambda: mapped(path),
            }[recipe.source]
            found = curiosity_score(model, source(), chunk_rows=recipe.chunk_rows)
            best, _, rows = top_k(
                model, source(), 3, chunk_rows=recipe.chunk_rows, return_rows=True
            )
        assert np.allclose(found[best], np.sort(whole)[::-1][:3]), "not the best"
        if recipe.source != "memmap":
            assert list(rows.columns) == list(table.columns), "other columns"
            rows = rows[["a", "b", "c"]].to_numpy()
        # Old pandas read the last digit of CSV files otherwise.
        assert np.allclose(rows, pool[best], 1e-14, 0), "other rows"
        return found[:, None]

    def mapped(path):
        np.save(path.with_suffix(".npy"), pool)
        return np.load(path.with_suffix(".npy"), mmap_mode="r")

    def truth(given):
        plainly = CuriousRidge().fit(given["X"], given["y"])
        return {"scores": plainly.curiosity_score(given["pool"])[:, None]}

    return Case(
        fit=lambda: CuriousRidge().fit(named if recipe.source != "memmap" else X, y),
        asked={"scores": scores},
        truth=truth,
        inputs={"X": X, "y": y, "pool": pool},
        each=("scores",),
    )
