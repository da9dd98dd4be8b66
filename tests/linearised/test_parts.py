"""Chunks, blocks and right-hand sides."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import config_context

from skcurious import CuriousMLPRegressor
from skcurious.linearised import RowChunks, TangentModel, sum_of_squares
from skcurious.linearised._blocks import along_rows, diagonal_blocks, mean_of_outputs
from skcurious.linearised._right_hand_sides import (
    network_complexity,
    network_complexity_by_layer,
    points,
    validation_loss,
)
from skcurious.tangent import Network


class Counting(TangentModel):
    """Doubles rows, and counts how often."""

    def __init__(self, n_bytes):
        super().__init__(n_outputs=1, flat=True, noise_variance=1.0)
        self.n_bytes, self.n_evaluations = n_bytes, 0

    def at(self, X):
        self.n_evaluations += 1
        return 2 * X

    def row_bytes(self, leverage):
        return self.n_bytes * (4 if leverage else 1)

    def output(self, rows):
        return rows

    def tangent_at(self, rows):
        return rows


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("n_bytes", [1, 2**14, 2**20])
def test_chunks_are_all_rows_in_order(n_bytes, kind):
    X = np.arange(3000.0).reshape(1500, 2)
    with config_context(working_memory=64):
        chunks = RowChunks(Counting(n_bytes), kind(X))
        parts = list(chunks)
        leverages = RowChunks(Counting(n_bytes), kind(X), leverage=True)
    rows = [rows if kind is np.asarray else rows.toarray() for _, rows in parts]
    assert_array_equal(np.concatenate(rows), 2 * X)
    assert [where.start for where, _ in parts] == [
        0,
        *(where.stop for where, _ in parts[:-1]),
    ]
    assert len(leverages.slices) >= len(parts)
    largest = max(where.stop - where.start for where, _ in parts)
    assert largest * n_bytes <= 64 * 2**20


def test_what_fits_is_kept():
    X = np.zeros((2000, 1))
    for keep, memory, expected in [(True, 64, 1), (False, 64, 2), (True, 1, 2)]:
        model = Counting(2**10)
        with config_context(working_memory=memory):
            chunks = RowChunks(model, X, keep=keep)
            list(chunks), list(chunks)
        assert model.n_evaluations == expected * len(chunks.slices)


def test_what_the_caller_needs_is_counted():
    with config_context(working_memory=1):
        few = RowChunks(Counting(8), np.zeros((2000, 1)), extra_bytes=2**12)
        many = RowChunks(Counting(8), np.zeros((2000, 1)))
    assert len(few.slices) > len(many.slices) == 1


def test_map():
    X = np.arange(4.0)[:, None]
    with config_context(working_memory=1):
        chunks = RowChunks(Counting(2**20), X)
        assert len(chunks.slices) == 4
        assert_array_equal(chunks.map(np.square), (2 * X) ** 2)


@pytest.mark.parametrize("shape", [(5, 1), (5, 3), (5, 2, 3)])
def test_sum_of_squares(rng, shape):
    values = rng.standard_normal(shape)
    assert_allclose(sum_of_squares(values), (values**2).reshape(5, -1).sum(axis=1))


@pytest.mark.parametrize("n_blocks", [1, 2])
def test_blocks(rng, n_blocks):
    values = [rng.standard_normal((5, 4)) for _ in range(n_blocks)]
    blocks = diagonal_blocks(values)
    assert blocks.shape == (5, n_blocks, 4, n_blocks)
    for k, value in enumerate(values):
        assert_array_equal(blocks[:, k, :, k], value)
    if n_blocks == 2:
        assert not blocks[:, 0, :, 1].any()
    assert_allclose(mean_of_outputs(blocks), sum(values) / n_blocks)
    r = rng.standard_normal((4, 2))
    each = values if n_blocks == 2 else values * 2
    expected = np.stack([h.T * r[:, [k]] for k, h in enumerate(each)], axis=2)
    assert_allclose(along_rows(blocks, r), expected)
    own = diagonal_blocks([value[:, 0] for value in values])
    assert own.shape == (5, n_blocks, n_blocks)


def test_gradient_of_the_complexity(rng):
    coefs = [rng.standard_normal((3, 2)), rng.standard_normal((2, 1))]
    intercepts = [rng.standard_normal(2), rng.standard_normal(1)]
    network = Network(coefs, intercepts, "tanh")
    rho = network_complexity(network)
    zero = [0 * b for b in intercepts]
    assert_array_equal(rho[:, 0], network.pack(coefs, zero))
    parts = network_complexity_by_layer(network)
    assert parts.shape == (network.n_params, 2)
    assert_array_equal(parts.sum(axis=1, keepdims=True), rho)
    assert_array_equal(parts[:, 0], network.pack([coefs[0], 0 * coefs[1]], zero))


def test_right_hand_sides_of_rows(rng):
    X = rng.standard_normal((20, 3))
    Y = np.column_stack([X[:, 0], X[:, 1] ** 2])
    fitted = CuriousMLPRegressor(
        hidden_layer_sizes=(3,), solver="lbfgs", alpha=0.1, random_state=0
    ).fit(X, Y)
    model = fitted.linearised_
    slopes = rng.standard_normal((5, 2))
    each = points(model.gradients(model.at(X[:5])), slopes)
    parts = [(model.at(X[:2]), slopes[:2]), (model.at(X[2:5]), slopes[2:])]
    assert_allclose(validation_loss(model, parts)[:, 0], each.sum(axis=1), atol=1e-12)
    first = model.vjp(model.at(X[:1]), slopes[:1])
    assert_allclose(each[:, :1], first, atol=1e-12)
