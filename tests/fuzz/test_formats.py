"""The same numbers in many containers give the same answers, and stay as they were."""

from copy import deepcopy
from dataclasses import dataclass
from functools import partial

import pytest

pytest.importorskip("hypothesis")
pytest.importorskip("flint")

import numpy as np
from extras import optional
from fuzz.judge import Case
from fuzz.runs import hostile
from hypothesis import strategies as st
from scipy import sparse
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

import skcurious
from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousRidge,
    CuriousRidgeCV,
)
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    variance_sampling,
)

pd = optional("pandas")
pl = optional("polars")

NAMES = "abc"
LABELS = {  # of rows
    "range": lambda n: np.arange(n),
    "backwards": lambda n: np.arange(n)[::-1],
    "strings": lambda n: [f"row {i}" for i in range(n)],
    "mixed": lambda n: [i if i % 2 else f"row {i}" for i in range(n)],
    "equal": lambda n: [7] * n,
    "floats": lambda n: np.linspace(0, 1, n),
    "dates": lambda n: pd.date_range("2020-01-01", periods=n),
    "pairs": lambda n: pd.MultiIndex.from_product([[1], range(n)]),
}


def frame(X, index, dtype=None, **options):
    """A pandas frame of these row labels."""
    made = pd.DataFrame(X, index=LABELS[index](len(X)), columns=list(NAMES), **options)
    return made if dtype is None else made.astype(dtype)


def not_canonical(X):
    """A CSR matrix whose entries come in two halves, in no order."""
    A = sparse.coo_matrix(X)
    twice = sparse.csr_matrix(
        (
            np.concatenate([A.data, A.data])[::-1] / 2,
            (np.concatenate([A.row, A.row])[::-1], np.concatenate([A.col, A.col])[::-1]),
        ),
        shape=X.shape,
    )
    return twice


def long_indices(X):
    """A CSR matrix with indices of 64 bits."""
    A = sparse.csr_matrix(X)
    A.indices, A.indptr = A.indices.astype(np.int64), A.indptr.astype(np.int64)
    return A


def explicit_zeros(X):
    """A CSR matrix that holds all its zeros."""
    n, d = X.shape
    rows, columns = np.divmod(np.arange(n * d), d)
    made = sparse.coo_matrix((np.ones(n * d), (rows, columns)), shape=X.shape).tocsr()
    made.data[:] = X.ravel()
    return made


def read_only(X):
    """An array that cannot be written to."""
    X = X.copy()
    X.flags.writeable = False
    return X


# Of whole numbers from -5 to 5; those for numbers >= 0 take their absolute values.
DENSE = {
    "float64": lambda X, index: X,
    "float32": lambda X, index: X.astype(np.float32),
    "float16": lambda X, index: X.astype(np.float16),
    "longdouble": lambda X, index: X.astype(np.longdouble),
    "int64": lambda X, index: X.astype(np.int64),
    "int8": lambda X, index: X.astype(np.int8),
    "object": lambda X, index: X.astype(object),
    "big endian": lambda X, index: X.astype(">f8"),
    "Fortran": lambda X, index: np.asfortranarray(X),
    "not contiguous": lambda X, index: np.repeat(X, 2, axis=0)[::2],
    "backwards": lambda X, index: X[::-1].copy()[::-1],
    "read-only": lambda X, index: read_only(X),
    "list": lambda X, index: X.tolist(),
    "list of integers": lambda X, index: X.astype(int).tolist(),
    "list of arrays": lambda X, index: list(X),
    "tuple": lambda X, index: tuple(map(tuple, X.tolist())),
    "masked": lambda X, index: np.ma.array(X),
    "frame": frame,
    "frame of integers": lambda X, index: frame(X, index, np.int64),
    "frame of float32": lambda X, index: frame(X, index, np.float32),
    "frame of objects": lambda X, index: frame(X, index, object),
    "frame of nullable": lambda X, index: frame(X, index, "Int64"),
    "frame of nullable floats": lambda X, index: frame(X, index, "Float64"),
    "frame of all kinds": lambda X, index: frame(X, index).astype(
        {"a": np.int8, "b": "Float32", "c": object}
    ),
    "frame of arrow": lambda X, index: frame(X, index, "int64[pyarrow]"),
    "frame of categories": lambda X, index: frame(X, index, "category"),
    "polars": lambda X, index: pl.DataFrame(X, schema=list(NAMES)),
    "polars integers": lambda X, index: pl.DataFrame(
        X.astype(int), schema=list(NAMES), orient="row"
    ),
}
SPARSE = {
    "csr": lambda X, index: sparse.csr_matrix(X),
    "csr array": lambda X, index: sparse.csr_array(X),
    "csc": lambda X, index: sparse.csc_matrix(X),
    "coo": lambda X, index: sparse.coo_matrix(X),
    "lil": lambda X, index: sparse.lil_matrix(X),
    "dok": lambda X, index: sparse.dok_matrix(X),
    "csr of integers": lambda X, index: sparse.csr_matrix(X.astype(int)),
    "csr in halves": lambda X, index: not_canonical(X),
    "csr of long indices": lambda X, index: long_indices(X),
    "csr of zeros": lambda X, index: explicit_zeros(X),
    "sparse frame": lambda X, index: frame(X, index, pd.SparseDtype(float, 0.0)),
}
COLUMN = {
    "array": lambda y, index: y,
    "float32": lambda y, index: y.astype(np.float32),
    "integers": lambda y, index: y.astype(int),
    "int8": lambda y, index: y.astype(np.int8),
    "objects": lambda y, index: y.astype(object),
    "big endian": lambda y, index: y.astype(">f8"),
    "list": lambda y, index: y.tolist(),
    "list of integers": lambda y, index: y.astype(int).tolist(),
    "tuple": lambda y, index: tuple(y.tolist()),
    "read-only": lambda y, index: read_only(y),
    "backwards": lambda y, index: y[::-1].copy()[::-1],
    "series": lambda y, index: pd.Series(y, index=LABELS[index](len(y))),
    "series of integers": lambda y, index: pd.Series(
        y.astype(int), index=LABELS[index](len(y))
    ),
    "nullable": lambda y, index: pd.Series(
        y, index=LABELS[index](len(y)), dtype="Int64"
    ),
    "arrow": lambda y, index: pd.Series(
        y, index=LABELS[index](len(y)), dtype="double[pyarrow]"
    ),
    "polars": lambda y, index: pl.Series(y),
}
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
    index=st.sampled_from(sorted(LABELS)),
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
    more, plain = {}, {}
    if recipe.weights is not None and recipe.model != "process":
        more = {"sample_weight": COLUMN[recipe.weights](weights, index)}
        plain = {"sample_weight": weights}
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
        model = fitted(X, y, plain)
        return {
            name: ask(model, (X, y, None if price is None else cost), pool)
            for name, ask in questions.items()
        }

    def unchanged(model):
        assert all(map(same, given, before)), "an argument was changed"

    passed = {
        name: partial(
            lambda m, ask: ask(m, (rows, labels, price), candidates), ask=ask
        )
        for name, ask in questions.items()
    }
    return Case(
        fit=lambda: fitted(rows, labels, more),
        asked={**passed, "unchanged": unchanged},
        truth=truth,
        inputs={"X": X, "y": y, "pool": pool},
        known_to={name: 1e-6 for name in questions},
    )


def same(one, other):
    """Whether two arguments are equal, type and labels included."""
    if type(one) is not type(other):
        return False
    if sparse.issparse(one):  # of dictionaries there is one that is a dict
        one, other = one.toarray(), other.toarray()
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            same(one[key], other[key]) for key in one
        )
    if hasattr(one, "equals"):
        return one.equals(other)
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, list | tuple) and len(one) and isinstance(one[0], np.ndarray):
        return all(map(np.array_equal, one, other))
    return one is other or one == other
