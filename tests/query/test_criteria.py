"""Imagined labels against a curvature that is grown and inverted anew."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skcurious import CuriousRidge
from skcurious.query import (
    CuriosityCriterion,
    Ensemble,
    ReductionCriterion,
    VarianceCriterion,
    curiosity_sampling,
    expected_curiosity_reduction,
    utilities,
    variance_sampling,
)
from skcurious.query._criterion import moved_variances
from skcurious.query._weights import WEIGHTS


class Truth:
    """Rows with full R x R blocks of leverage, and a dense curvature."""

    def __init__(self, rng, n_outputs=3, n_parameters=8, n=12, m=5):
        self.J = rng.standard_normal((n, n_outputs, n_parameters))
        self.J_reference = rng.standard_normal((m, n_outputs, n_parameters))
        self.rho = rng.standard_normal((n_parameters, 2))
        self.H = np.eye(n_parameters)

    def add(self, index):
        self.H = self.H + self.J[index].T @ self.J[index]

    def h(self, A, B):
        return np.einsum("nap,pq,mbq->namb", A, np.linalg.inv(self.H), B)

    def own(self, A):
        return np.einsum("nap,pq,nbq->nab", A, np.linalg.inv(self.H), A)

    def tangents(self, A):
        return -A @ np.linalg.solve(self.H, self.rho)

    def reduction(self, x, weights):
        """Variance removed from the reference rows by growing H by x."""
        before = np.einsum("paa->pa", self.own(self.J_reference))
        grown = Truth.__new__(Truth)
        grown.J, grown.H = self.J, self.H
        grown.add(x)
        after = np.einsum("paa->pa", grown.own(self.J_reference))
        return (weights * (before - after)).sum()


@pytest.fixture(params=[1, 3])
def truth(rng, request):
    return Truth(rng, request.param)


@pytest.fixture
def column(truth):
    start = truth.h(truth.J, truth.J)
    return lambda index: start[:, :, index]


def test_curiosity(truth, column):
    criterion = CuriosityCriterion(truth.tangents(truth.J), column)
    for index in [3, 7, 3]:
        criterion.imagine(index)
        truth.add(index)
        expected = truth.tangents(truth.J)
        assert_allclose(criterion.tangents, expected, rtol=1e-9, atol=1e-12)
        assert_allclose(criterion.utility(), (expected**2).sum(axis=(1, 2)))
        assert_allclose(
            criterion.column(5), truth.h(truth.J, truth.J)[:, :, 5], atol=1e-12
        )


def test_variance(truth, column):
    criterion = VarianceCriterion(truth.own(truth.J), column)
    for index in [3, 7, 3]:
        criterion.imagine(index)
        truth.add(index)
        assert_allclose(criterion.own, truth.own(truth.J), rtol=1e-9, atol=1e-12)
        trace = np.einsum("naa->n", truth.own(truth.J))
        assert_allclose(criterion.utility(), trace / truth.J.shape[1])


@pytest.mark.parametrize("block", [1, 2**18])
@pytest.mark.parametrize("weights", WEIGHTS)
def test_reduction(monkeypatch, truth, column, weights, block):
    monkeypatch.setattr("skcurious.query._reduction_criterion.BLOCK", block)
    start = truth.tangents(truth.J), truth.own(truth.J)
    kept = [array.copy() for array in start]
    criterion = ReductionCriterion(
        truth.h(truth.J, truth.J_reference),
        *start,
        truth.tangents(truth.J_reference),
        truth.own(truth.J_reference),
        WEIGHTS[weights],
        column,
    )
    for index in [None, 3, 7, 3]:
        if index is not None:
            criterion.imagine(index)
            truth.add(index)
        u = WEIGHTS[weights](
            truth.tangents(truth.J_reference), truth.own(truth.J_reference)
        )
        assert_allclose(criterion.weights(), u, rtol=1e-8)
        expected = [truth.reduction(x, u) for x in range(len(truth.J))]
        assert_allclose(criterion.utility(), expected, rtol=1e-8)
    for array, before in zip(start, kept, strict=True):
        assert_allclose(array, before, rtol=0)


@pytest.mark.parametrize(
    ("layout", "rtol"),
    [
        (np.asfortranarray, 1e-12),
        (lambda h: np.repeat(h, 2, axis=2)[:, :, ::2], 1e-12),
        (np.float32, 1e-4),
    ],
    ids=["fortran", "strided", "float32"],
)
def test_reduction_of_leverages_that_lie_otherwise(truth, column, layout, rtol):
    def made(cross):
        start = truth.tangents(truth.J), truth.own(truth.J)
        reference = truth.tangents(truth.J_reference), truth.own(truth.J_reference)
        return ReductionCriterion(cross, *start, *reference, WEIGHTS["uniform"], column)

    cross = truth.h(truth.J, truth.J_reference)
    plain, other = made(cross.copy()), made(layout(cross))
    for index in [3, 7, 3]:
        plain.imagine(index)
        other.imagine(index)
        assert_allclose(other.utility(), plain.utility(), rtol=rtol)


def test_weights_are_what_they_say(rng):
    tangents, own = rng.standard_normal((4, 3, 2)), rng.random((4, 3, 3))
    shared = rng.random((4, 1, 1))
    squares = (tangents**2).sum(axis=2)
    diagonal = np.einsum("paa->pa", own)
    assert_allclose(WEIGHTS["tangent"](tangents, own), squares)
    assert_allclose(
        WEIGHTS["tangent"](tangents, shared), squares.sum(axis=1, keepdims=True)
    )
    assert_allclose(WEIGHTS["variance"](tangents, own), diagonal)
    assert_allclose(WEIGHTS["uniform"](tangents, own), np.ones((4, 3)))


def test_an_ensemble_is_the_mean_in_units_of_the_first_means(rng):
    truths = [Truth(rng, n_outputs=k) for k in (1, 2)]
    members = [
        CuriosityCriterion(t.tangents(t.J), lambda i, t=t: t.h(t.J, t.J)[:, :, i])
        for t in truths
    ]
    scales = [m.utility().mean() for m in members]
    ensemble = Ensemble(members, [3.0, 1.0])
    assert_allclose(ensemble.utility().mean(), 1)
    ensemble.imagine(4)
    expected = sum(
        w * m.utility() / s
        for w, m, s in zip([0.75, 0.25], members, scales, strict=True)
    )
    assert_allclose(ensemble.utility(), expected)


def test_a_row_that_is_far_from_all_others():
    """Its variance is lost in rounding once it is known: said, and no LinAlgError."""
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    pool = np.r_[3e8, 5e8, 7e8, 9e8, 1.1e9][:, None]
    model = CuriousRidge(alpha=1.0).fit(X, [0.0, 1.0, 2.0, 4.0])
    for strategy in (
        curiosity_sampling,
        variance_sampling,
        expected_curiosity_reduction,
    ):
        with pytest.warns(UserWarning, match="very far from the rows of the fit"):
            indices, scores = strategy(model, pool, 4, random_state=0)
        assert indices[0] == 4
        assert len(set(indices)) == 4
        assert np.isfinite(scores).all()
        assert (scores >= 0).all()
        # One at a time nothing is lost.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            strategy(model, pool, 1, random_state=0)


def test_negative_variances_are_none():
    column = np.array([[[1.0, 0.0], [0.0, 2.0]]])
    own = np.array([[[0.4, 0.3], [0.3, 3.0]]])
    moved = moved_variances(own, column, np.eye(2) / 2)
    assert_allclose(moved, [[[0.0, 0.0], [0.0, 1.0]]])


def test_whole_numbers_are_no_less(truth, column):
    start = truth.tangents(truth.J), truth.own(truth.J)
    reference = truth.tangents(truth.J_reference), truth.own(truth.J_reference)
    cross = np.rint(3 * truth.h(truth.J, truth.J_reference))
    found = []
    for one in (cross.copy(), cross.astype(int)):
        criterion = ReductionCriterion(
            one, *start, *reference, WEIGHTS["uniform"], column
        )
        criterion.imagine(3)
        found.append(criterion.utility())
    assert_allclose(*found, rtol=1e-12)


@pytest.mark.parametrize("rows", [slice(0, 3), np.arange(3)], ids=["slice", "rows"])
def test_a_part_does_not_change_the_whole(rng, rows):
    X, pool = rng.standard_normal((8, 2)), rng.standard_normal((6, 2))
    model = CuriousRidge().fit(X, X[:, 0] + rng.standard_normal(8))
    whole, looked_at = (utilities(model, pool, "reduction") for _ in range(2))
    for criterion in (whole, looked_at):
        criterion.imagine(0)
    part = looked_at.of(rows)
    assert_allclose(part.utility(), whole.utility()[:3], rtol=1e-12)
    assert_allclose(looked_at.utility(), whole.utility(), rtol=1e-12)
