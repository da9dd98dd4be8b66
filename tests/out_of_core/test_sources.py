"""Rows in chunks, wherever they come from."""

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_array_equal
from scipy import sparse

from skcurious.out_of_core import read_chunks

pytest.importorskip("pandas")

import pandas as pd
from pandas.testing import assert_frame_equal

FRAME = pd.DataFrame({"a": np.arange(10.0), "b": np.arange(10.0) ** 2, "c": 1.0})


def whole(chunks):
    chunks = list(chunks)
    if isinstance(chunks[0], pd.DataFrame):
        return pd.concat(chunks, ignore_index=True)
    if sparse.issparse(chunks[0]):
        return sparse.vstack(chunks)
    return np.concatenate(chunks)


@pytest.mark.parametrize("chunk_rows", [1, 3, 10, 99, None])
def test_pieces_make_the_whole(chunk_rows, tmp_path):
    X = FRAME.to_numpy()
    np.save(tmp_path / "pool.npy", X)
    FRAME.to_csv(tmp_path / "pool.csv", index=False)
    FRAME.to_csv(tmp_path / "pool.csv.gz", index=False)
    FRAME.to_parquet(tmp_path / "pool.parquet")

    def read(source):
        return whole(read_chunks(source, chunk_rows=chunk_rows))

    assert_array_equal(read(X), X)
    assert_array_equal(read(np.load(tmp_path / "pool.npy", mmap_mode="r")), X)
    assert_array_equal(read(np.asfortranarray(X)), X)
    assert_array_equal(read(sparse.coo_matrix(X)).toarray(), X)
    assert_frame_equal(read(FRAME), FRAME)
    assert_frame_equal(read(tmp_path / "pool.csv"), FRAME)
    assert_frame_equal(read(str(tmp_path / "pool.csv.gz")), FRAME)
    assert_frame_equal(read(tmp_path / "pool.parquet"), FRAME)
    assert_array_equal(read([X[:4], X[4:]]), X)
    assert_array_equal(read(iter([X[:4], X[4:]])), X)


def test_columns(tmp_path):
    FRAME.to_csv(tmp_path / "pool.csv", index=False)
    FRAME.to_parquet(tmp_path / "pool.parquet")
    columns = ["c", "a"]  # in this order
    for source in (FRAME, tmp_path / "pool.csv", tmp_path / "pool.parquet"):
        chunks = read_chunks(source, columns=columns, chunk_rows=4)
        assert_frame_equal(whole(chunks), FRAME[columns])
        with pytest.raises(ValueError, match=r"no column\(s\) zebra, but a, b, c"):
            list(read_chunks(source, columns=["a", "zebra"]))
    chunks = read_chunks(iter([FRAME[:4], FRAME[4:]]), columns=columns)
    assert_frame_equal(whole(chunks), FRAME[columns])
    for source in (FRAME.to_numpy(), iter([FRAME.to_numpy()])):
        with pytest.raises(ValueError, match="columns can be chosen of"):
            list(read_chunks(source, columns=["a"]))
    with pytest.raises(ValueError, match="columns must be a list of names, got 'ab'"):
        read_chunks(FRAME, columns="ab")


def test_chunks_obey_working_memory():
    X = np.zeros((2_000_000, 4), dtype=np.int8)
    sizes = [len(chunk) for chunk in read_chunks(X)]
    assert max(sizes) == 2**25 // 32
    with sklearn.config_context(working_memory=1):
        sizes = [len(chunk) for chunk in read_chunks(X)]
    assert max(sizes) == 2**20 // 32


def test_memory_maps_are_not_copied(tmp_path):
    np.save(tmp_path / "pool.npy", np.zeros((100, 2)))
    pool = np.load(tmp_path / "pool.npy", mmap_mode="r")
    assert all(np.shares_memory(chunk, pool) for chunk in read_chunks(pool))


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("pool.xlsx", {}, r"must end in \.csv, \.csv\.gz or \.parquet"),
        (np.zeros(3), {}, r"two-dimensional, got shape \(3,\)"),
        (np.zeros((3, 1)), {"chunk_rows": 0}, "chunk_rows must be an integer >= 1"),
        (np.zeros((3, 1)), {"chunk_rows": 1.5}, "chunk_rows must be an integer >= 1"),
        (np.zeros((3, 1)), {"chunk_rows": True}, "chunk_rows must be an integer >= 1"),
        ([[1.0], [2.0]], {}, r"two-dimensional table, got one of shape \(1,\)"),
    ],
)
def test_wrong_sources(source, options, message):
    with pytest.raises(ValueError, match=message):
        list(read_chunks(source, **options))


def test_database_rows_and_other_sparse_chunks():
    cursor = iter([[(1, 2.0), (3, 4.0)], [(5, 6.0)]])
    assert_array_equal(whole(read_chunks(cursor)), [[1, 2], [3, 4], [5, 6]])
    (chunk,) = read_chunks([sparse.coo_matrix(np.eye(2))])
    assert chunk.format == "csr"


@pytest.mark.parametrize("index", [None, "named", "strings"])
def test_parquet_without_its_index(index, tmp_path):
    frame = FRAME.copy()
    if index == "named":
        frame.index = pd.Index(range(10, 20), name="sample")
    elif index == "strings":
        frame.index = [f"sample {i}" for i in range(10)]
    frame.to_parquet(tmp_path / "pool.parquet", row_group_size=4)
    chunks = list(read_chunks(tmp_path / "pool.parquet", chunk_rows=3))
    assert_frame_equal(pd.concat(chunks), FRAME, check_index_type=False)
    (chunk, *_) = read_chunks(tmp_path / "pool.parquet", columns=["b"])
    assert list(chunk.columns) == ["b"]


def test_a_column_of_numbers_and_text(tmp_path):
    path = tmp_path / "pool.csv"
    lots = ["", ""] + ["1"] * 4 + ["A2"] * 4
    pd.DataFrame({"x": range(10), "lot": lots}).to_csv(path, index=False)
    assert len(whole(read_chunks(path))) == 10
    message = r"Column 'lot' of .*pool\.csv holds numbers in some .* rows 6 to 7\."
    with pytest.raises(ValueError, match=message):
        list(read_chunks(path, chunk_rows=2))
    typed = pd.read_csv(path, dtype={"lot": str}, chunksize=2)
    assert list(whole(read_chunks(typed))["lot"][2:]) == lots[2:]


def test_other_separators_and_lists_of_files(tmp_path):
    FRAME.to_csv(tmp_path / "pool.csv", index=False, sep=";")
    with pytest.raises(ValueError, match=r"but a;b;c\. If something else than commas"):
        list(read_chunks(tmp_path / "pool.csv", columns=["a"]))
    with pytest.raises(TypeError, match="read the files one by one"):
        list(read_chunks(["one.csv", "two.csv"]))


def test_empty_files_folders_and_dask(tmp_path):
    (tmp_path / "empty.csv").touch()
    with pytest.raises(ValueError, match=r"empty\.csv is empty"):
        list(read_chunks(tmp_path / "empty.csv"))
    with pytest.raises(ValueError, match="is a folder: pass a file"):
        read_chunks(tmp_path)

    class Collection:
        def __dask_graph__(self):
            return {}

    with pytest.raises(TypeError, match=r"Dask collection: see skcurious\.dask"):
        read_chunks(Collection())


def test_missing_file():
    with pytest.raises(FileNotFoundError):
        list(read_chunks("nowhere.csv"))
