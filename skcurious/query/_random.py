"""Queries at random."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from skcurious._calls import estimator_first
from skcurious.query._options import Options
from skcurious.query._selection import draw


@estimator_first
def random_sampling(
    estimator: object,
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
    X_pending : {array-like, sparse matrix} of shape (n_pending, n_features), \
            default=None
        Rows that are being measured: with ``unique=True`` none that equals one is
        queried.
    unique : bool, default=False
        Whether equal candidates, in the values given here, are offered once,
        and none that equals a row of `X_pending`.
    same : array-like of shape (n_pool,), default=None
        Numbers or strings: rows of one batch share the value, as the wells of
        a plate share a temperature. The first row drawn says which.
    label_noise, target_weights : array-like, default=None
        Not looked at; what other strategies take.
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
    utility = 1 / options.cost
    rng = check_random_state(random_state)
    indices = draw(utility, n_instances, rng, **options.choice)
    return indices, utility[indices]
