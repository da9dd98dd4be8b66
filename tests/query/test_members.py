"""Strategies on ensembles: means of what each member says."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import BaggingRegressor, VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousKernelRidge, CuriousRidge, curiosity_score
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    pool_status,
    variance_sampling,
)

pytest.importorskip("pandas")
pytest.importorskip("modAL")

import pandas as pd
from modAL.models import ActiveLearner, CommitteeRegressor

from skcurious.modal import CuriousLearner

STRATEGIES = [curiosity_sampling, expected_curiosity_reduction, variance_sampling]


def problem(rng):
    X = rng.standard_normal((20, 4))
    return X, X[:, 0] + rng.standard_normal(20), rng.standard_normal((30, 4))


def members(X, y):
    return [
        CuriousRidge(alpha=0.5).fit(X, y),
        CuriousKernelRidge(alpha=0.1, kernel="rbf").fit(X, y),
    ]


def averaged(models, pool, votes):
    scores = [m.curiosity_score(pool) for m in models]
    shares = [v * s / s.mean() for v, s in zip(votes, scores, strict=True)]
    return sum(shares) / sum(votes)


def ensembles(X, y):
    """Several ways to say the same, and their votes."""
    models = members(X, y)
    named = [("a", models[0]), ("b", models[1])]
    voting = VotingRegressor(named).fit(X, y)
    yield models, [1, 1]
    yield tuple(models), [1, 1]
    yield voting, [1, 1]
    yield VotingRegressor(named, weights=[3, 1]).fit(X, y), [3, 1]
    dropped = [*named, ("c", "drop")]
    yield VotingRegressor(dropped, weights=[3, 1, 5]).fit(X, y), [3, 1]
    yield (
        CommitteeRegressor(
            [ActiveLearner(m, X_training=None, y_training=None) for m in models]
        ),
        [1, 1],
    )
    yield [voting, models[0]], [1.5, 0.5]
    # A learner whose estimator is an ensemble.
    yield CuriousLearner(clone(voting), X_training=X, y_training=y), [1, 1]


@pytest.mark.parametrize("which", range(8))
def test_scores_are_weighted_means(rng, which):
    X, y, pool = problem(rng)
    ensemble, votes = list(ensembles(X, y))[which]
    expected = averaged(members(X, y), pool, votes)
    indices, scores = curiosity_sampling(ensemble, pool, 5, batch="top")
    assert_array_equal(indices, np.argsort(-expected)[:5])
    assert_allclose(scores, expected[indices])
    for strategy in STRATEGIES:
        indices, scores = strategy(ensemble, pool, 5)
        assert len(set(indices)) == 5
        again = strategy(ensemble, pool, 5)
        assert_array_equal(indices, again[0])


def test_one_member_twice_is_that_member(rng):
    X, y, pool = problem(rng)
    model = CuriousRidge(alpha=0.5).fit(X, y)
    for strategy in STRATEGIES:
        alone, _ = strategy(model, pool, 6)
        assert_array_equal(strategy([model], pool, 6)[0], alone)
        assert_array_equal(strategy([model, model], pool, 6)[0], alone)


@pytest.mark.parametrize("kind", [np.asarray, pd.DataFrame, sparse.csr_matrix])
def test_bagging_on_some_features(rng, kind):
    X, y, pool = problem(rng)
    bagging = BaggingRegressor(
        CuriousRidge(), 4, max_features=3, max_samples=0.8, random_state=0
    ).fit(kind(X), y)
    models = [
        (m, f)
        for m, f in zip(bagging.estimators_, bagging.estimators_features_, strict=True)
    ]
    scores = [m.curiosity_score(pool[:, f]) for m, f in models]
    expected = np.mean([s / s.mean() for s in scores], axis=0)
    indices, values = curiosity_sampling(bagging, kind(pool), 5, batch="top")
    assert_array_equal(indices, np.argsort(-expected)[:5])
    assert_allclose(values, expected[indices])
    reference = kind(pool[:7])
    expected_curiosity_reduction(bagging, kind(pool), 3, X_reference=reference)


def test_wrapped_on_all_levels(rng):
    X, y, pool = problem(rng)
    inner = make_pipeline(StandardScaler(), CuriousRidge())
    search = GridSearchCV(inner, {"curiousridge__alpha": [0.1, 1.0]}, cv=2)
    bagging = BaggingRegressor(search, 3, random_state=0)
    outer = make_pipeline(StandardScaler(), bagging).fit(X, y)
    Z = outer[0].transform(pool)
    scores = [curiosity_score(m, Z) for m in outer[-1].estimators_]
    expected = np.mean([s / s.mean() for s in scores], axis=0)
    indices, values = curiosity_sampling(outer, pool, 4, batch="top")
    assert_allclose(values, expected[indices])


def test_the_pool_is_transformed_once(rng):
    class Counting(StandardScaler):
        calls = 0

        def transform(self, X, copy=None):
            type(self).calls += 1
            return super().transform(X, copy=copy)

    X, y, pool = problem(rng)
    bagging = BaggingRegressor(CuriousRidge(), 5, random_state=0)
    model = make_pipeline(Counting(), bagging).fit(X, y)
    Counting.calls = 0
    expected_curiosity_reduction(model, pool, 3)
    assert Counting.calls == 1


def test_labels_are_imagined_in_each_member(rng):
    """A batch of an ensemble is greedy in the mean of its members' criteria."""
    X, y, pool = problem(rng)
    models = members(X, y)
    indices, _ = curiosity_sampling(models, pool, 3)
    scales = [m.curiosity_score(pool).mean() for m in models]
    grown = [(m, X, y) for m in models]
    picks = []
    for _ in range(3):
        total = sum(
            m.curiosity_score(pool, noise_variance=n.noise_variance_) / s
            for (m, *_), n, s in zip(grown, models, scales, strict=True)
        )
        total[picks] = -1
        picks.append(int(total.argmax()))
        new = pool[picks[-1:]]
        grown = [
            (
                clone(m).fit(np.vstack([A, new]), np.append(b, m.predict(new))),
                np.vstack([A, new]),
                np.append(b, m.predict(new)),
            )
            for m, A, b in grown
        ]
    assert_array_equal(indices, picks)


def test_what_is_no_ensemble_of_curious_regressors(rng):
    X, y, pool = problem(rng)
    with pytest.raises(TypeError, match="Ridge has no curiosity"):
        curiosity_sampling([Ridge().fit(X, y)], pool)
    with pytest.raises(ValueError, match="list of estimators is empty"):
        curiosity_sampling([], pool)
    with pytest.raises(NotFittedError):
        curiosity_sampling(BaggingRegressor(CuriousRidge()), pool)
    with pytest.raises(NotFittedError):
        curiosity_sampling([CuriousRidge()], pool)
    named = [("a", CuriousRidge()), ("b", CuriousRidge())]
    for weights in ([0, 0], [2, -1]):
        voting = VotingRegressor(named).fit(X, y).set_params(weights=weights)
        with pytest.raises(ValueError, match="votes about queries"):
            curiosity_sampling(voting, pool)
    bagging = BaggingRegressor(CuriousRidge(), 2).fit(X, y)
    with pytest.raises(TypeError, match=r"strategies of skcurious\.query"):
        curiosity_score(bagging, pool)
    with pytest.raises(TypeError, match=r"strategies of skcurious\.query"):
        curiosity_score(list(bagging.estimators_), pool)


def test_status_of_an_ensemble_is_the_root_mean_square(rng):
    X, y, pool = problem(rng)
    a, b = members(X, y)
    each = np.array([pool_status(m, pool) for m in (a, b)])
    assert_allclose(pool_status([a, b], pool), np.sqrt((each**2).mean(axis=0)))
    voting = VotingRegressor([("a", a), ("b", b)], weights=[1, 0]).fit(X, y)
    assert_allclose(pool_status(voting, pool), each[0])
