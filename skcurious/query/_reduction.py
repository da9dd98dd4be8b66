"""Queries that leave the least to be curious about."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from skcurious._members import reach_members
from skcurious.fantasies import ReductionFantasies
from skcurious.query._pool import Pool, fantasies_of, warn_if_blind
from skcurious.query._request import check_cost, check_request
from skcurious.query._weights import WEIGHTS
from skcurious.selection import greedy


@validate_params(
    {
        "weights": [StrOptions({"auto", *WEIGHTS})],
        "n_reference": [Interval(Integral, 1, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def expected_curiosity_reduction(
    estimator,
    X_pool,
    n_instances=1,
    *,
    weights="auto",
    X_reference=None,
    n_reference=512,
    cost=None,
    random_state=None,
):
    """Query the rows whose labels leave the least to be curious about.

    A label at x removes ``h(p, x)**2 / (1 + h(x, x))`` of the variance of the
    prediction at p, in units of the noise variance.  Summed over reference
    rows, each weighted with what the model does not know there::

        score(x) = noise_variance * sum_p u(p) h(p, x)**2 / (1 + h(x, x))

    Where :func:`curiosity_sampling` asks about the rows that the model is
    most curious about, this asks about the rows that answer most of its
    curiosity. Of several rows each is picked with the labels of the earlier
    ones imagined to be known, exactly and without refitting.

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
    weights : {'auto', 'tangent', 'variance', 'uniform'}, default='auto'
        - 'tangent': the curiosity about p, ``(df/ds(p))**2``;
        - 'variance': the variance at p, ``h(p, p)``;
        - 'uniform': 1, the A-optimal criterion of active learning by
          D. Cohn ("ALC");
        - 'auto': what won the package's benchmark: 'tangent' for networks,
          'variance' for ridge and kernel ridge regression.
    X_reference : {array-like, sparse matrix} of shape (n_reference, n_features), \
            default=None
        Rows where predictions matter; None takes `n_reference` rows of the
        pool, drawn at random.
    n_reference : int, default=512
        How many; all rows of a smaller pool.  Memory and time are in
        proportion to n_pool times this, for each member of an ensemble, and
        times the square of the number of outputs for a network or with an
        alpha for each target.
    cost : array-like of shape (n_pool,), default=None
        Price of each label, positive; scores are divided by it.
    random_state : int, RandomState instance, default=None
        Draws the reference rows, and breaks ties.

    Returns
    -------
    indices : ndarray of shape (n_instances,)
        Positions in `X_pool`, as for ``.iloc``, in the order of the picks.
    scores : ndarray of shape (n_instances,)
        Their scores (divided by the cost) when they were picked; those of an
        ensemble are averages of its members', each in units of its mean over
        the pool.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor, or for a precomputed
        kernel.
    ValueError
        When an argument does not fit, or the model has no covariance.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.query import expected_curiosity_reduction
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = CuriousRidge(alpha=0.1).fit(X[:20], y[:20])
    >>> indices, scores = expected_curiosity_reduction(
    ...     model, X[20:], n_instances=3, random_state=0
    ... )
    >>> len(indices)
    3
    """
    n_pool = check_request(X_pool, n_instances)
    cost = check_cost(cost, X_pool, n_pool)
    rng = check_random_state(random_state)
    reference = Reference(estimator, X_reference, n_reference, n_pool, rng)

    fantasies, unit = reductions(estimator, X_pool, reference, weights, n_instances > 1)
    indices, scores = greedy(fantasies, n_instances, rng, cost)
    warn_if_blind(scores)
    return indices, unit * scores


def reductions(estimator, X_pool, reference, weights, imagine):
    """What labels would tell `estimator` about a :class:`Reference`, and its unit.

    `imagine` tells whether labels will be imagined.
    """

    def make(member):
        model = member.model
        kind = model._default_weights if weights == "auto" else weights
        fantasies, largest = reduction_fantasies(
            member, reference, WEIGHTS[kind], keep=imagine
        )
        unit = model._posterior_variance
        return fantasies, unit * largest**2 if kind == "tangent" else unit

    return fantasies_of(estimator, X_pool, make)


def draw_reference(n_reference, n_rows, rng):
    """What takes `n_reference` of `n_rows` rows at random, or all of fewer."""
    if n_reference >= n_rows:
        return slice(None)
    return np.sort(rng.permutation(n_rows)[:n_reference])


class Reference:
    """Rows where predictions matter, as each member of an ensemble sees them.

    Parameters
    ----------
    estimator, X_reference, n_reference
        What the user gave.
    n_pool : int
        Number of candidates.
    rng : numpy.random.RandomState
        Draws rows of the pool.

    Attributes
    ----------
    size : int
        How many.
    """

    def __init__(self, estimator, X_reference, n_reference, n_pool, rng):
        self._given = None
        self.size = min(n_reference, n_pool)
        if X_reference is not None:
            self.size = check_request(X_reference, 1, "X_reference")
            self._given = iter(reach_members(estimator, X_reference))
        else:
            self._drawn = draw_reference(n_reference, n_pool, rng)

    def of_next(self, pool):
        """The rows as the next member takes them, whose pool this is."""
        if self._given is None:
            return pool.X[self._drawn]
        return pool.model._validate_rows(next(self._given).X)


def reduction_fantasies(member, reference, weigh, keep):
    """The fantasies of one member, and the unit of its tangents.

    Parameters
    ----------
    member : Member
        The model, and the pool as it takes it.
    reference : Reference
        Rows where predictions matter.
    weigh : callable
        One of ``WEIGHTS``.
    keep : bool
        Whether labels will be imagined.

    Returns
    -------
    fantasies : ReductionFantasies
    largest : float
        What the tangents were divided by.
    """
    model = member.model
    row_bytes = 8 * reference.size * model._n_blocks**2
    pool = Pool(member, covariance=True, keep=keep, extra_bytes=row_bytes)
    tangents, largest = pool.tangents()
    rows = model._rows(reference.of_next(pool))
    representers = model._representers(rows)
    cross = None
    for where, some in pool:
        block = model._leverage_blocks(some, representers)
        if cross is None:
            cross = np.empty((len(tangents), *block.shape[1:]), block.dtype)
        cross[where] = block
    fantasies = ReductionFantasies(
        cross,
        tangents,
        pool.variances(),
        model._tangents(rows) / largest,
        model._leverage_diagonal(rows),
        weigh,
        pool.column,
    )
    return fantasies, largest
