"""Queries at random."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from skcurious._calls import estimator_first
from skcurious.query._request import check_cost, check_request
from skcurious.query._selection import sample


@estimator_first
def random_sampling(
    estimator: object,
    X_pool: ArrayLike,
    n_instances: int = 1,
    *,
    cost: ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Query rows at random: the baseline to compare with.

    Parameters
    ----------
    estimator : object
        Not looked at; any model or learner, or None.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates.
    n_instances : int, default=1
        How many rows to query.
    cost : array-like of shape (n_pool,), default=None
        Price of each label, positive; chances are in inverse proportion to
        it.
    random_state : int, RandomState instance, default=None
        Source of chance.

    Returns
    -------
    indices : ndarray of shape (n_instances,)
        Rows of `X_pool`, drawn without replacement.
    scores : ndarray of shape (n_instances,)
        ``1 / cost``.

    Raises
    ------
    ValueError
        When an argument does not fit.

    Examples
    --------
    >>> from skcurious.query import random_sampling
    >>> random_sampling(None, [[0.0], [1.0], [2.0]], 2, random_state=0)
    (array([0, 2]), array([1., 1.]))
    """
    n_pool = check_request(X_pool, n_instances)
    utility = 1 / check_cost(cost, X_pool, n_pool)
    indices = sample(utility, n_instances, check_random_state(random_state))
    return indices, utility[indices]
