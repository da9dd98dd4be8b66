"""Scores to indices."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from skcurious.selection import Fantasies, greedy, sample, top_k

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


def coupled_pool(rng, n=12, n_outputs=3, n_parameters=8):
    """Rows with full n_outputs x n_outputs blocks of leverage."""
    J = rng.standard_normal((n, n_outputs, n_parameters))
    H = np.eye(n_parameters)
    rho = rng.standard_normal(n_parameters)
    return J, H, rho


def test_coupled_outputs_follow_a_dense_inverse(rng):
    J, H, rho = coupled_pool(rng)

    def column(index):
        h = np.einsum("nap,pq,bq->nab", J, np.linalg.inv(H), J[index])
        return h

    start = -J @ np.linalg.solve(H, rho)
    fantasies = Fantasies(start.copy(), column)
    grown = H.copy()
    for index in [3, 7, 3]:
        fantasies.add(index)
        grown = grown + J[index].T @ J[index]
        inverse = np.linalg.inv(grown)
        assert_allclose(fantasies.tangent, -J @ inverse @ rho, rtol=1e-10)
        assert_allclose(
            fantasies.column(5),
            np.einsum("nap,pq,bq->nab", J, inverse, J[5]),
            rtol=1e-9,
            atol=1e-12,
        )


def test_greedy_does_not_pick_twice(rng):
    J, _, rho = coupled_pool(rng, n=6)
    fantasies = Fantasies(-J @ rho, lambda i: np.einsum("nap,bp->nab", J, J[i]))
    indices, scores = greedy(
        fantasies, lambda f: (f.tangent**2).sum(axis=1), 6, np.random.RandomState(0)
    )
    assert sorted(indices) == list(range(6))
    assert (scores >= 0).all()
