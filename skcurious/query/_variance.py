"""Queries of what the model is least sure about."""

from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from skcurious._calls import estimator_first
from skcurious.query._criteria import VarianceCriterion
from skcurious.query._ensemble import criterion_of
from skcurious.query._options import Options
from skcurious.query._pool import Pool
from skcurious.query._selection import greedy


@estimator_first
def variance_sampling(
    estimator: BaseEstimator | list,
    X_pool: ArrayLike,
    n_instances: int = 1,
    *,
    cost: ArrayLike | None = None,
    X_pending: ArrayLike | None = None,
    unique: bool = False,
    same: ArrayLike | None = None,
    label_noise: ArrayLike | None = None,
    target_weights: ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Query the rows whose predictions vary most: the classical baseline.

    The variance of the prediction, ``noise_variance_ * h(x, x)``, is what a
    Gaussian process with the same kernel would report, and for linear models
    the criterion of D-optimal designs [1]_.  Of several rows each is picked
    with the labels of the earlier ones imagined to be known.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor with a covariance, or a Pipeline, search,
        TransformedTargetRegressor, FrozenEstimator or modAL learner around
        one, or an ensemble of such.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates, as `estimator` takes them.
    n_instances : int, default=1
        How many rows to query.
    cost : array-like of shape (n_pool,), default=None
        Price of each label, positive; variances are divided by it.
    X_pending : {array-like, sparse matrix} of shape (n_pending, n_features), \
            default=None
        Rows that are being measured, as `estimator` takes them: their labels
        are imagined before the first pick, with the noise of the model.
    unique : bool, default=False
        Whether equal candidates, in the values given here, are offered once,
        and none that equals a row of `X_pending`.
    same : array-like of shape (n_pool,), default=None
        Numbers or strings: rows of one batch share the value, as the wells of
        a plate share a temperature. Of the batches that its values make, the
        one with the largest sum of scores is returned.
    label_noise : array-like of shape (n_pool,) or (n_pool, n_targets), \
            default=None
        Noise variance of the label of each candidate, in squared units of y,
        where it is known; 0 for an exact label. Scores are those of an
        ordinary label, whose noise variance is the model's, times
        ``(1 + h) / (label_noise / noise_variance + h)``. To what is known a
        Gaussian process adds the noise that it learned, as its ``fit`` does.
    target_weights : array-like of shape (n_targets,), default=None
        What the score of each of several targets is multiplied by, at least
        0; None for 1.
    random_state : int, RandomState instance, default=None
        Breaks ties.

    Returns
    -------
    indices : ndarray of shape (n_instances,)
        Positions in `X_pool`, as for ``.iloc``, in the order of the picks.
    scores : ndarray of shape (n_instances,)
        Their variances (divided by the cost) when they were picked, in
        squared units of y (behind a TransformedTargetRegressor, of the
        transformed one), of several targets the mean, each in units of the
        variance of its labels; those of an ensemble are averages of its
        members', each in units of its mean over the pool.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor, or for a precomputed
        kernel.
    ValueError
        When an argument does not fit, or the model has no covariance.

    References
    ----------
    .. [1] V. V. Fedorov, "Theory of optimal experiments", 1972.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.query import variance_sampling
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = CuriousRidge(alpha=0.1).fit(X[:20], y[:20])
    >>> indices, scores = variance_sampling(model, X[20:], n_instances=3)
    >>> len(indices)
    3
    """
    options = Options(
        X_pool,
        n_instances,
        cost=cost,
        X_pending=X_pending,
        unique=unique,
        same=same,
        label_noise=label_noise,
        target_weights=target_weights,
    )
    rng = check_random_state(random_state)

    criterion = criterion_of(
        estimator, X_pool, partial(variance, imagine=n_instances > 1), options.asked
    )
    indices, scores = greedy(
        criterion, n_instances, rng, options.cost, **options.choice
    )
    return indices, criterion.unit * scores


def variance(member, X_pool, imagine):
    """How unsure one model is.

    `imagine` tells whether labels will be imagined.
    """
    pool = Pool(member, X_pool, covariance=True, keep=imagine)
    shares, unit = pool.variance_shares()
    return VarianceCriterion(pool.variances(), pool, unit, shares, pool.noise)
