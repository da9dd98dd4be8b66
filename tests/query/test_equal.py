"""Which rows are equal, in every container."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from skcurious.query._equal import equal_rows

ROWS = [[1.0, 0.0], [2.0, 3.0], [1.0, -0.0], [np.nan, 1.0], [0.0, 1.0], [np.nan, 1.0]]
NUMBERS = [0, 1, 0, 2, 3, 2]


def pandas(rows):
    return pytest.importorskip("pandas").DataFrame(rows, columns=["a", "b"])


def polars(rows):
    return pytest.importorskip("polars").DataFrame(
        rows, schema=["a", "b"], orient="row"
    )


KINDS = {
    "list": list,
    "array": np.array,
    "float32": lambda rows: np.array(rows, dtype=np.float32),
    "objects": lambda rows: np.array(rows, dtype=object),
    "sparse": sparse.csr_matrix,
    "columns": lambda rows: sparse.csc_array(np.array(rows)),
    "pandas": pandas,
    "polars": polars,
}


@pytest.mark.parametrize("kind", KINDS)
def test_containers(kind):
    make = KINDS[kind]
    numbers, n_different = equal_rows(make(ROWS))
    if kind in ("sparse", "columns"):  # a NaN of these is another each time, or not
        assert_array_equal(numbers[[0, 1, 2, 4]], [0, 1, 0, numbers[4]])
    else:
        assert_array_equal(numbers, NUMBERS)
        assert n_different == 4


@pytest.mark.parametrize("pending", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_rows_left_out_come_in_a_container_of_their_own(kind, pending):
    rows = [[1.0, 0.5], [2.0, 3.0], [1.0, 0.5], [0.1, 0.0]]
    left_out = [[2.0, 3.0], [0.1, 0.0], [9.0, 9.0]]
    numbers, n_different = equal_rows(KINDS[kind](rows), KINDS[pending](left_out))
    if {kind, pending} & {"float32"} and {kind, pending} & {"objects"}:
        numbers = numbers[:3]  # objects compare as they are
        assert_array_equal(numbers, [0, -1, 0])
        return
    assert_array_equal(numbers, [0, -1, 0, -1])
    assert n_different == 1


def test_text_and_mixed_columns():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {
            "solvent": pd.Categorical(["water", "DMF", "water", None, "water"]),
            "t": [20, 30, 20, 20, 30],
            "ok": [True, True, True, True, True],
        }
    )
    assert_array_equal(equal_rows(frame)[0], [0, 1, 0, 2, 3])
    other = frame.iloc[[1]][["ok", "t", "solvent"]]
    assert_array_equal(equal_rows(frame, other)[0], [0, -1, 0, 1, 2])
    as_text = pd.DataFrame({"solvent": ["water"], "t": [20.0], "ok": [True]})
    assert_array_equal(equal_rows(frame, as_text)[0], [-1, 0, -1, 1, 2])
    texts = ["a b", "c", "a b"]
    assert_array_equal(equal_rows(texts, ["c"])[0], [0, -1, 0])


def test_large_integers_are_not_rounded():
    X = np.array([[2**60], [2**60 + 1], [2**60]])
    assert_array_equal(equal_rows(X)[0], [0, 1, 0])
    assert_array_equal(equal_rows(X.astype(np.uint64) * 8)[0], [0, 1, 0])


def test_explicit_zeros_and_the_order_of_entries():
    X = sparse.csr_matrix(
        (np.array([1.0, 2.0, 2.0, 1.0, 0.0]), np.array([0, 2, 2, 0, 1]), [0, 2, 5]),
        shape=(2, 3),
    )
    assert_array_equal(equal_rows(X)[0], [0, 0])
    assert X.nnz == 5  # not changed


def test_images():
    X = np.zeros((3, 2, 2))
    X[1, 1, 1] = 1
    assert_array_equal(equal_rows(X)[0], [0, 1, 0])
