"""Queries of rows that training was still at work on."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions, validate_params

from skcurious._calls import estimator_first
from skcurious.query._ensemble import warn_if_blind
from skcurious.query._members import reach_members
from skcurious.query._request import check_cost, check_request
from skcurious.query._selection import sample, top_k


@estimator_first
@validate_params(
    {
        "term": [StrOptions({"both", "projection", "dynamics"})],
        "batch": [StrOptions({"top", "sample"})],
    },
    prefer_skip_nested_validation=True,
)
def trajectory_sampling(
    estimator: BaseEstimator | list,
    X_pool: ArrayLike,
    n_instances: int = 1,
    *,
    term: str = "both",
    batch: str = "top",
    cost: ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Query the rows that the training run says most about.

    Scores each row by ``trajectory_score`` of a network that was trained with
    ``checkpoints``: how much a step in the direction that training took moves
    its prediction, and how much the prediction changed on the way [1]_.

    Parameters
    ----------
    estimator : estimator
        A fitted CuriousMLPRegressor with checkpoints, or a wrapper around one
        or an ensemble of such, as for :func:`curiosity_sampling`.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates, as `estimator` takes them.
    n_instances : int, default=1
        How many rows to query.
    term : {'both', 'projection', 'dynamics'}, default='both'
        What to score by; both are added, each divided by its mean over the
        pool.
    batch : {'top', 'sample'}, default='top'
        The largest scores, or at random in proportion to them. Scores know
        nothing of each other, so that the largest may be redundant.
    cost : array-like of shape (n_pool,), default=None
        Price of each label, positive; scores are divided by it.
    random_state : int, RandomState instance, default=None
        Seeds the sampling, and breaks ties.

    Returns
    -------
    indices : ndarray of shape (n_instances,)
        Positions in `X_pool`, as for ``.iloc``, in the order of the picks.
    scores : ndarray of shape (n_instances,)
        In units of the mean over the pool (of both terms), divided by the cost.

    Raises
    ------
    TypeError
        When `estimator` holds no CuriousMLPRegressor.
    ValueError
        When an argument does not fit, or training kept no checkpoints.

    References
    ----------
    .. [1] "Tracing Training Progress: Dynamic Influence Based Selection for
       Active Learning" (DISAL), ACM Multimedia 2024.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> from skcurious import CuriousMLPRegressor
    >>> from skcurious.query import trajectory_sampling
    >>> X, y = load_diabetes(return_X_y=True)
    >>> X, y = scale(X), scale(y)
    >>> model = CuriousMLPRegressor(
    ...     hidden_layer_sizes=(16,), learning_rate_init=0.01, tol=0.01,
    ...     checkpoints=8, random_state=0,
    ... )
    >>> indices, scores = trajectory_sampling(model.fit(X[:50], y[:50]), X[50:], 3)
    >>> len(indices)
    3
    """
    n_pool = check_request(X_pool, n_instances)
    cost = check_cost(cost, X_pool, n_pool)
    rng = check_random_state(random_state)
    members = reach_members(estimator)
    total = np.zeros(n_pool)
    for member in members:
        if not member.model.trained_in_epochs:
            raise TypeError(
                f"{type(member.estimator).__name__} was not trained in epochs and has "
                "no trajectory. Use CuriousMLPRegressor(solver='adam', checkpoints=10)."
            )
        terms = member.model.trajectory(member.rows(X_pool))._asdict()
        for name in terms if term == "both" else [term]:
            total += member.weight * terms[name] / (terms[name].mean() or 1.0)
    total /= sum(member.weight for member in members) * (2 if term == "both" else 1)
    warn_if_blind(total)
    utility = total / cost
    indices = (sample if batch == "sample" else top_k)(utility, n_instances, rng)
    return indices, utility[indices]
