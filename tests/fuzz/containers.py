"""Containers of numbers: arrays, lists, sparse matrices, frames of pandas and polars.

Each is a function of whole numbers as float64 and of the name of some row labels.
"""

from importlib.util import find_spec

import numpy as np
from extras import optional
from scipy import sparse

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
            (
                np.concatenate([A.row, A.row])[::-1],
                np.concatenate([A.col, A.col])[::-1],
            ),
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
    "coordinates": lambda X, index: sparse.coo_matrix(X),
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


def available(kinds):
    """Those for which the packages are here."""
    needs = {
        "pandas": ("frame", "series", "nullable", "arrow"),
        "pyarrow": ("arrow",),
        "polars": ("polars",),
    }
    missing = [
        word
        for package, words in needs.items()
        if find_spec(package) is None
        for word in words
    ]
    return {
        name: make
        for name, make in kinds.items()
        if not any(word in name for word in missing)
    }


DENSE, SPARSE, COLUMN = map(available, (DENSE, SPARSE, COLUMN))
ROW_LABELS = sorted(
    set(LABELS) - (set() if find_spec("pandas") else {"dates", "pairs"})
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


def plain(values):
    """The numbers in a container, as float64."""
    if sparse.issparse(values):
        return values.toarray().astype(float)
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    return np.asarray(values).astype(float)
