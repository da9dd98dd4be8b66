"""Queries of rows that training was still at work on."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions, validate_params

from skcurious._calls import estimator_first
from skcurious.query._ensemble import target_shares, warn_if_blind
from skcurious.query._members import reach_members
from skcurious.query._options import Options
from skcurious.query._selection import best, draw


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
    X_pending: ArrayLike | None = None,
    unique: bool = False,
    same: ArrayLike | None = None,
    label_noise: ArrayLike | None = None,
    target_weights: ArrayLike | None = None,
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
    X_pending : {array-like, sparse matrix} of shape (n_pending, n_features), \
            default=None
        Rows that are being measured: with ``unique=True`` none that equals one is
        queried. Their labels say nothing about the training run.
    unique : bool, default=False
        Whether equal candidates, in the values given here, are offered once,
        and none that equals a row of `X_pending`.
    same : array-like of shape (n_pool,), default=None
        Numbers or strings: rows of one batch share the value, as the wells of
        a plate share a temperature. Of the batches that its values make, the
        one with the largest sum of scores is returned; of a sample, the first
        draw says which.
    label_noise : None
        No noise of labels is in these scores: anything else is refused.
    target_weights : array-like of shape (n_targets,), default=None
        What the scores of the networks of a MultiOutputRegressor are multiplied
        by, at least 0; refused for one network of all targets.
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
    if label_noise is not None:
        raise ValueError(
            "trajectory_sampling scores rows by the training run, and the noise of a "
            "label to come is not in its scores: leave label_noise out, or use "
            "expected_curiosity_reduction."
        )
    members = reach_members(estimator, options.asked)
    shares = target_shares(members) or [1.0] * len(members)
    if target_weights is not None and any(m.target is None for m in members):
        raise ValueError(
            "target_weights: the trajectory of a network does not tell its targets "
            "apart. Fit a MultiOutputRegressor, or use expected_curiosity_reduction."
        )
    total = np.zeros(options.n_pool)
    for member, share in zip(members, shares, strict=True):
        if not member.model.trained_in_epochs:
            raise TypeError(
                f"{type(member.estimator).__name__} was not trained in epochs and has "
                "no trajectory. Use CuriousMLPRegressor(solver='adam', checkpoints=10)."
            )
        terms = member.model.trajectory(member.rows(X_pool))._asdict()
        for name in terms if term == "both" else [term]:
            counts = share * member.weight / (terms[name].mean() or 1.0)
            total += counts * terms[name]
    total /= sum(member.weight for member in members) * (2 if term == "both" else 1)
    warn_if_blind(total)
    utility = total / options.cost
    choose = draw if batch == "sample" else best
    indices = choose(utility, n_instances, rng, **options.choice)
    return indices, utility[indices]
