"""Centred designs against the dense matrix they stand for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse

from skcurious.tangent import DenseDesign, SparseDesign
from skcurious.tangent._gram import centred_gram, weighted_mean

KINDS = {
    "C": (DenseDesign, np.ascontiguousarray),
    "F": (DenseDesign, np.asfortranarray),
    "csr": (SparseDesign, sparse.csr_matrix),
    "csr_array": (SparseDesign, sparse.csr_array),
}


@pytest.fixture(params=["narrow", "wide"])
def X(request, rng):
    X = rng.standard_normal((12, 5) if request.param == "narrow" else (5, 12))
    X[rng.random(X.shape) < 0.4] = 0
    X[:, 1] = rng.standard_normal(len(X)) + 1000
    return X


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("name", KINDS)
def test_products(rng, X, name, centred, weighted):
    weights = rng.uniform(0.1, 3, len(X)) if weighted else None
    mean = weighted_mean(X, weights) if centred else None
    root = None if weights is None else np.sqrt(weights)
    kind, to = KINDS[name]
    design = kind(to(X), mean, root)
    dense = X - (0 if mean is None else mean)
    dense = dense * (1 if root is None else root[:, None])
    V, U = rng.standard_normal((X.shape[1], 3)), rng.standard_normal((len(X), 3))
    assert_allclose(design.matmat(V), dense @ V, atol=1e-9)
    assert_allclose(design.rmatmat(U), dense.T @ U, atol=1e-9)
    assert_allclose(design.gram_matmat(V), dense.T @ (dense @ V), atol=1e-9)
    assert_allclose(design.cogram_matmat(U), dense @ (dense.T @ U), atol=1e-9)
    assert_allclose(design.cogram(), dense @ dense.T, atol=1e-9)
    assert design.cogram().flags.c_contiguous
    if kind is SparseDesign:
        gram = design.gram()
    else:
        gram, moment = centred_gram(to(X), U, mean, root)
        assert_allclose(moment, dense.T @ U, atol=1e-9)
    assert_allclose(gram, dense.T @ dense, atol=1e-9)
    assert gram.flags.c_contiguous


def test_duplicate_entries_of_a_sparse_matrix():
    values = np.array([1.0, 2.0, 4.0, 5.0])
    X = sparse.csr_matrix((values, [0, 0, 0, 1], [0, 2, 3, 4]), shape=(3, 2))
    dense = np.array([[3.0, 0], [4, 0], [0, 5]])
    design = SparseDesign(X, dense.mean(axis=0))
    centred = dense - dense.mean(axis=0)
    assert_allclose(design.gram(), centred.T @ centred)
    assert X.nnz == 4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
def test_means_are_accurate(rng, weighted, dtype):
    X = (rng.standard_normal((30_000, 3)) + 1000).astype(dtype)
    weights = rng.uniform(0.1, 3, len(X)).astype(dtype) if weighted else None
    expected = np.average(X.astype(np.longdouble), axis=0, weights=weights)
    mean = weighted_mean(X, weights)
    assert mean.dtype == np.float64
    assert_allclose(mean, expected.astype(float), rtol=1e-12)
