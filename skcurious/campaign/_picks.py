"""Which candidates to measure next."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcurious.campaign._model import encoder
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    initial_design,
    variance_sampling,
)
from skcurious.query._status import reduction_and_status

STRATEGIES = {
    "reduction": expected_curiosity_reduction,
    "curiosity": curiosity_sampling,
    "variance": variance_sampling,
}
# Rows where predictions matter: so many, and of a pool so large that these times it
# are more numbers than the latter, as many as that allows.
N_REFERENCE, FEWEST_REFERENCE, MOST_NUMBERS = 512, 128, 2.6e7
# Failures, and rows that did not fail, for a model of what fails.
ENOUGH_OF_BOTH = 5
# Prices are divided by it.
SMALLEST_CHANCE = 1e-6


def reference_rows(table, seed):
    """Some of the rows of a table, the same ones each time.

    Parameters
    ----------
    table : DataFrame
    seed : int

    Returns
    -------
    rows : DataFrame
        All of a small one.
    """
    size = int(np.clip(MOST_NUMBERS / len(table), FEWEST_REFERENCE, N_REFERENCE))
    if len(table) <= size:
        return table
    drawn = np.random.RandomState(seed).permutation(len(table))[:size]
    return table.iloc[np.sort(drawn)]


def by_model(
    model, offered, n, *, strategy, unique, reference, pending, seed, **options
):
    """Rows of `offered` whose labels teach most, together.

    Returns
    -------
    indices, scores : ndarrays of shape (n,)
    status : callable or None
        Returns the PoolStatus of the pool offered, where the way to the rows passes it:
        leverages are those of labels without known noise, of one target, and nothing
        is under way.
    """
    options = {name: value for name, value in options.items() if value is not None}
    if len(pending):
        options["X_pending"] = pending
    options |= {"unique": unique, "random_state": seed}
    if strategy == "reduction":
        options["X_reference"] = reference
        others = {"X_pending", "label_noise", "target_weights"}
        if others.isdisjoint(options):
            return reduction_and_status(model.estimator, offered, n, **options)
    return *STRATEGIES[strategy](model.estimator, offered, n, **options), None


def by_design(offered, n, *, known, same, seed):
    """Rows of `offered` to begin with, far from each other and from `known`.

    Where rows of one batch share a value, it is that of the first row of a design
    without this rule.

    Returns
    -------
    indices, scores : ndarrays of shape (n,)
    """
    at = np.arange(len(offered))
    if same is not None:
        large = _values_of_at_least(same, n)
        at = at[large]
        first = _design(offered.iloc[at], 1, known, seed)[0][0]
        codes, _ = pd.factorize(same[at])
        at = at[codes == codes[first]]
    indices, scores = _design(offered.iloc[at], n, known, seed)
    return at[indices], scores


def _values_of_at_least(same, n):
    codes, _ = pd.factorize(same)
    return (np.bincount(codes)[codes] >= n) & (codes >= 0)


def _design(offered, n, known, seed):
    if len(offered) == 1:  # of which no column varies
        return np.zeros(1, dtype=int), np.ones(1)
    offered, known = _with_names(offered, known)
    return initial_design(offered, n, X_labelled=known, random_state=seed)


def _with_names(*frames):
    """Tables whose text is names, be they numbers."""
    together = pd.concat(frames)
    names = {
        column: pd.CategoricalDtype(together[column].unique())
        for column in together.select_dtypes(exclude="number")
    }
    return [frame.astype(names) for frame in frames]


def chance_of_success(columns, X, failed, offered):
    """Probability that measuring a row gives a result, by logistic regression.

    Parameters
    ----------
    columns : Columns
    X : DataFrame
        Rows that were tried.
    failed : ndarray of bool
        Which of them gave none.
    offered : DataFrame
        Rows to tell it of.

    Returns
    -------
    chance : ndarray of shape (n,) or None
        None where there are too few of either.
    """
    if min(failed.sum(), (~failed).sum()) < ENOUGH_OF_BOTH:
        return None
    model = make_pipeline(encoder(columns), LogisticRegression(max_iter=1_000))
    model.fit(X, ~failed)
    return np.maximum(model.predict_proba(offered)[:, 1], SMALLEST_CHANCE)
