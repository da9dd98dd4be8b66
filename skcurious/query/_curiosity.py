"""Queries of what the model is most curious about."""

from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions, validate_params

from skcurious._calls import estimator_first
from skcurious.query._criteria import CuriosityCriterion
from skcurious.query._ensemble import criterion_of, warn_if_blind
from skcurious.query._pool import Pool
from skcurious.query._request import check_cost, check_request
from skcurious.query._selection import greedy, sample, top_k


@estimator_first
@validate_params(
    {"batch": [StrOptions({"top", "sample", "greedy"})]},
    prefer_skip_nested_validation=True,
)
def curiosity_sampling(
    estimator: BaseEstimator | list,
    X_pool: ArrayLike,
    n_instances: int = 1,
    *,
    batch: str = "greedy",
    cost: ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Query the rows that the model is most curious about.

    Curiosity about a row x is ``noise_variance_ * df/dalpha(x)**2``, the
    expected squared change of the model's complexity when x is labelled [1]_.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor, or a Pipeline, search,
        TransformedTargetRegressor, FrozenEstimator or modAL learner around
        one, or an ensemble of such.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates, as `estimator` takes them.
    n_instances : int, default=1
        How many rows to query.
    batch : {'greedy', 'sample', 'top'}, default='greedy'
        - 'greedy': one after another; after each pick its predicted label is
          imagined to be known, which changes the curiosity about all other
          rows, exactly and without refitting.  For more than one row this
          needs a model with a covariance.
        - 'sample': at random in proportion to curiosity, without replacement.
        - 'top': the largest scores, which for close neighbours in the pool
          are often redundant.
    cost : array-like of shape (n_pool,), default=None
        Price of each label, positive; scores are divided by it.
    random_state : int, RandomState instance, default=None
        Seeds the sampling, and breaks ties.

    Returns
    -------
    indices : ndarray of shape (n_instances,)
        Positions in `X_pool`, as for ``.iloc``, in the order of the picks.
    scores : ndarray of shape (n_instances,)
        Their curiosity (divided by the cost) when they were picked, in the
        units of ``curiosity_score``; those of an ensemble are averages of
        its members', each in units of its mean over the pool. Scores of two
        models do not compare.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor, or for greedy batches
        with a precomputed kernel.
    ValueError
        When an argument does not fit, or for greedy batches with
        ``store_covariance=False``.

    References
    ----------
    .. [1] F. Eaton, "Influence functions and regularity tangents for
       efficient active learning", arXiv 2411.15292, 2024.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.query import curiosity_sampling
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = CuriousRidge(alpha=0.1).fit(X[:20], y[:20])
    >>> indices, scores = curiosity_sampling(model, X[20:], n_instances=3)
    >>> indices
    array([333, 302,  90])
    """
    n_pool = check_request(X_pool, n_instances)
    cost = check_cost(cost, X_pool, n_pool)
    rng = check_random_state(random_state)
    is_greedy = batch == "greedy" and n_instances > 1

    criterion = criterion_of(estimator, X_pool, partial(curiosity, imagine=is_greedy))
    utility = criterion.utility()
    warn_if_blind(utility)
    if is_greedy:
        indices, scores = greedy(criterion, n_instances, rng, cost)
    else:
        utility = utility / cost
        choose = sample if batch == "sample" else top_k
        indices = choose(utility, n_instances, rng)
        scores = utility[indices]
    return indices, criterion.unit * scores


def curiosity(member, X_pool, imagine):
    """What one model is curious about.

    `imagine` tells whether labels will be imagined.
    """
    pool = Pool(member, X_pool, covariance=imagine, keep=imagine)
    tangents, largest = pool.tangents()
    # Ranked without the noise variance, which is zero for a model that
    # interpolates; it enters the returned scores only.
    unit = pool.model.noise_variance * largest * largest
    return CuriosityCriterion(tangents, pool.column, unit)
