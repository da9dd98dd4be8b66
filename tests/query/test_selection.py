"""Scores to indices."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skcurious.query import greedy, sample, top_k

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

SCORES = hnp.arrays(float, st.integers(1, 30), elements=st.floats(0, 1e6))


@given(SCORES, st.data())
@settings(deadline=None)
def test_top_k_is_the_largest(scores, data):
    k = data.draw(st.integers(1, len(scores)))
    indices = top_k(scores, k, np.random.RandomState(0))
    assert len(set(indices)) == k
    assert_array_equal(scores[indices], np.sort(scores)[::-1][:k])


@given(SCORES, st.data())
@settings(deadline=None)
def test_sample_is_without_replacement(scores, data):
    k = data.draw(st.integers(1, len(scores)))
    indices = sample(scores, k, np.random.RandomState(0))
    assert len(set(indices)) == k
    # Rows without score come last.
    assert (np.diff((scores[indices] > 0).astype(int)) <= 0).all()


def test_ties_are_broken_at_random():
    rng = np.random.RandomState(0)
    counts = np.bincount([top_k(np.ones(4), 1, rng)[0] for _ in range(4_000)])
    assert_allclose(counts, 1_000, atol=120)
    firsts = np.bincount([top_k(np.ones(4), 2, rng)[0] for _ in range(4_000)])
    assert_allclose(firsts, 1_000, atol=120)


def test_sample_is_in_proportion_to_the_scores():
    rng = np.random.RandomState(0)
    scores = np.array([1.0, 2.0, 0.0, 5.0])
    draws = np.array([sample(scores, 2, rng) for _ in range(20_000)])
    frequency = np.bincount(draws[:, 0], minlength=4) / len(draws)
    assert_allclose(frequency, scores / 8, atol=0.01)
    after_the_last = draws[draws[:, 0] == 3, 1]
    frequency = np.bincount(after_the_last, minlength=4) / len(after_the_last)
    assert_allclose(frequency, [1 / 3, 2 / 3, 0, 0], atol=0.015)


def test_greedy_does_not_pick_twice():
    class Constant:
        added = ()

        def utility(self):
            return np.array([3.0, 2.0, 1.0, 5.0])

        def imagine(self, index):
            self.added += (index,)

    criterion = Constant()
    indices, scores = greedy(criterion, 4, np.random.RandomState(0))
    assert_array_equal(indices, [3, 0, 1, 2])
    assert_array_equal(scores, [5, 3, 2, 1])
    assert criterion.added == (3, 0, 1)
    indices, scores = greedy(criterion, 2, np.random.RandomState(0), cost=[1, 2, 4, 2])
    assert_array_equal(indices, [0, 3])
    assert_array_equal(scores, [3, 2.5])
