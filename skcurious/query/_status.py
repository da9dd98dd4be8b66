"""How much there is left to learn: numbers to stop a loop by."""

from functools import partial
from numbers import Integral
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from skcurious._calls import estimator_first
from skcurious._validation import check_finite, quiet_overflow
from skcurious.linearised import sum_of_squares
from skcurious.linearised._blocks import mean_of_outputs
from skcurious.query._criterion import scaled
from skcurious.query._ensemble import target_shares, with_pending
from skcurious.query._members import reach_members
from skcurious.query._options import Options
from skcurious.query._pool import noise_unit
from skcurious.query._reduction import Reference, pick, reduction, weighed_alike
from skcurious.query._request import check_like_pool


class PoolStatus(NamedTuple):
    """What :func:`~skcurious.query.pool_status` returns.

    Attributes
    ----------
    curiosity : float
        By what part of itself one more label would change the complexity of
        the model: the root mean square over the pool. Has no unit.
    std : float
        Standard deviation of the predictions, root mean square over the
        reference rows, in units of y (behind a TransformedTargetRegressor, of
        the transformed one), or for several targets over these as well, each in
        units of the standard deviation of its labels; the noise of labels is
        not in it.
    gain : float
        How far the label of the best row would bring `std` down, in the same
        units.

    Examples
    --------
    >>> from skcurious.query import PoolStatus
    >>> status = PoolStatus(curiosity=0.1, std=2.0, gain=0.25)
    >>> status.std < 3.0
    True
    """

    curiosity: float
    std: float
    gain: float


@estimator_first
@validate_params(
    {"n_reference": [Interval(Integral, 1, None, closed="left")]},
    prefer_skip_nested_validation=True,
)
def pool_status(
    estimator: BaseEstimator | list,
    X_pool: ArrayLike,
    *,
    X_reference: ArrayLike | None = None,
    n_reference: int = 512,
    X_pending: ArrayLike | None = None,
    label_noise: ArrayLike | None = None,
    target_weights: ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> PoolStatus:
    """Say how much there is left to learn from a pool.

    To be compared with a tolerance, so that a loop ends when labels are no
    longer worth their price.

    Parameters
    ----------
    estimator : estimator
        What :func:`expected_curiosity_reduction` takes.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates, as `estimator` takes them.
    X_reference : {array-like, sparse matrix} of shape (n_reference, n_features), \
            default=None
        Rows where predictions matter; None takes `n_reference` rows of the
        pool, drawn at random.
    n_reference : int, default=512
        How many; all rows of a smaller pool.
    X_pending : {array-like, sparse matrix} of shape (n_pending, n_features), \
            default=None
        Rows that are being measured, as `estimator` takes them: the status is what it
        will be with their labels, imagined with the noise of the model.
    label_noise : array-like of shape (n_pool,) or (n_pool, n_targets), \
            default=None
        Noise variance of the label of each candidate, in squared units of y, where it
        is known: what `gain` goes by.
    target_weights : array-like of shape (n_targets,), default=None
        What each of several targets counts in the means of `std` and `gain`; None for
        all alike.
    random_state : int, RandomState instance, default=None
        Draws the reference rows.

    Returns
    -------
    status : PoolStatus
        ``(curiosity, std, gain)``; of an ensemble, the root mean square over
        its members.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor, or for a precomputed
        kernel.
    ValueError
        When an argument does not fit, or the model has no covariance.

    Notes
    -----
    All three are in proportion to the root of ``noise_variance_``, which for
    models that nearly interpolate is far too small, unless a class ending in
    CV took it from leave-one-out errors.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious import CuriousKernelRidgeCV
    >>> from skcurious.query import pool_status
    >>> X = np.linspace(0, 6, 200)[:, None]
    >>> y = np.sin(X[:, 0])
    >>> for n in (5, 10, 20):
    ...     labelled = np.linspace(0, 199, n).astype(int)
    ...     model = CuriousKernelRidgeCV().fit(X[labelled], y[labelled])
    ...     print(f"{n} labels: std {pool_status(model, X).std:.0e}")
    5 labels: std 3e-01
    10 labels: std 1e-02
    20 labels: std 2e-04
    """
    options = Options(
        X_pool,
        1,
        X_pending=X_pending,
        label_noise=label_noise,
        target_weights=target_weights,
    )
    rng = check_random_state(random_state)
    if X_reference is not None:
        check_like_pool(X_reference, "X_reference", X_pool)
    reference = Reference(X_reference, n_reference, options.n_pool, rng)
    asked = options.asked
    if target_weights is not None:  # of a mean
        weights = asked.target_weights / asked.target_weights.mean()
        asked = asked._replace(target_weights=weights)
    members = reach_members(estimator, asked)
    make = partial(reduction, imagine=False, reference=reference, weights="uniform")
    with quiet_overflow():
        squares = [
            _squares(member, with_pending(make(member, X_pool), X_pool, member.asked))
            for member in members
        ]
    return _mean(members, squares)


def reduction_and_status(
    estimator, X_pool, n_instances, *, X_reference, random_state, **options
):
    """What a query finds, and the status on the way to it, for little more.

    Parameters
    ----------
    estimator, X_pool, n_instances, X_reference, random_state
        As of :func:`expected_curiosity_reduction`.
    **options
        Of it, those that say which rows are picked, and at what cost.

    Returns
    -------
    indices, scores : ndarrays of shape (n_instances,)
    status : callable
        Returns what :func:`pool_status` does with the same reference rows, or raises.
    """
    options = Options(X_pool, n_instances, **options)
    rng = check_random_state(random_state)
    reference = Reference(X_reference, 1, options.n_pool, rng)
    members, squares = [], []

    def make(member, X_pool):
        criterion = reduction(member, X_pool, n_instances > 1, reference)
        members.append(member)
        squares.append(_squares(member, weighed_alike(criterion)))
        return criterion

    indices, scores = pick(estimator, X_pool, n_instances, make, options, rng)
    return indices, scores, partial(_mean, members, squares)


def _mean(members, squares):
    check_finite(squares, "squares of the status", "X_pool")
    votes = np.array([member.weight for member in members])
    votes = votes * (target_shares(members) or 1.0)
    return PoolStatus(*map(float, np.sqrt(np.average(squares, axis=0, weights=votes))))


def _squares(member, criterion):
    tangents = scaled(criterion.tangents, criterion.tangent_shares)
    complexity = member.model.complexity_in_units() / criterion.tangent_unit
    influence = noise_unit(member.model) * sum_of_squares(tangents).mean()
    # Averaged over the reference rows and outputs.
    own, n_blocks = criterion.reference_own, member.model.n_blocks
    before = mean_of_outputs(own, criterion.shares).mean() * (own.shape[1] / n_blocks)
    before = criterion.unit * max(before, 0.0)
    removed = criterion.unit * criterion.utility().max() / (len(own) * n_blocks)
    gain = np.sqrt(before) - np.sqrt(max(before - removed, 0))
    part = influence / complexity / complexity if complexity > 0 else 0.0
    return part, before / member.unit**2, (gain / member.unit) ** 2
