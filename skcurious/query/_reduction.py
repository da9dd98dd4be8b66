"""Queries that leave the least to be curious about."""

from functools import partial
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from skcurious._calls import estimator_first
from skcurious._reach import Reached
from skcurious._validation import check_finite
from skcurious.query._ensemble import criterion_of, warn_if_blind
from skcurious.query._options import Options
from skcurious.query._pool import Pool
from skcurious.query._reduction_criterion import ReductionCriterion
from skcurious.query._request import check_like_pool, check_request
from skcurious.query._selection import greedy
from skcurious.query._weights import WEIGHTS


@estimator_first
@validate_params(
    {
        "weights": [StrOptions({"auto", *WEIGHTS})],
        "n_reference": [Interval(Integral, 1, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def expected_curiosity_reduction(
    estimator: BaseEstimator | list,
    X_pool: ArrayLike,
    n_instances: int = 1,
    *,
    weights: str = "auto",
    X_reference: ArrayLike | None = None,
    n_reference: int = 512,
    cost: ArrayLike | None = None,
    X_pending: ArrayLike | None = None,
    unique: bool = False,
    same: ArrayLike | None = None,
    label_noise: ArrayLike | None = None,
    target_weights: ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Query the rows whose labels leave the least to be curious about.

    A label at x removes ``h(p, x)**2 / (1 + h(x, x))`` of the variance of the
    prediction at p, in units of the noise variance.  Summed over reference
    rows, each weighted with what the model does not know there::

        score(x) = noise_variance * sum_p u(p) h(p, x)**2 / (1 + h(x, x))

    Where :func:`curiosity_sampling` asks about the rows that the model is
    most curious about, this asks about the rows that answer most of its
    curiosity. Of several rows each is picked with the labels of the earlier
    ones imagined to be known, exactly and without refitting. Of several
    targets each counts in units of the variance of its labels.

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
        - 'auto': what won the package's benchmark: 'tangent' for networks and
          Gaussian processes, 'variance' for ridge and kernel ridge regression.
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
    if X_reference is not None:
        check_like_pool(X_reference, "X_reference", X_pool)
    reference = Reference(X_reference, n_reference, options.n_pool, rng)

    make = partial(
        reduction, imagine=n_instances > 1, reference=reference, weights=weights
    )
    return pick(estimator, X_pool, n_instances, make, options, rng)


def pick(estimator, X_pool, n_instances, make, options, rng):
    """Rows by the criteria that ``make`` makes of models; as the query, checked."""
    criterion = criterion_of(estimator, X_pool, make, options.asked)
    indices, scores = greedy(
        criterion, n_instances, rng, options.cost, **options.choice
    )
    warn_if_blind(scores)
    return indices, criterion.unit * scores


def draw_reference(n_reference, n_rows, rng):
    """What takes `n_reference` of `n_rows` rows at random, or all of fewer."""
    if n_reference >= n_rows:
        return slice(n_rows)
    return np.sort(rng.permutation(n_rows)[:n_reference])


class Reference:
    """Rows where predictions matter.

    Parameters
    ----------
    X_reference : {array-like, sparse matrix} or None
        Such rows; None for some of the pool.
    n_reference : int
        How many of these.
    n_pool : int
        Number of candidates.
    rng : numpy.random.RandomState
        Draws rows of the pool.

    Attributes
    ----------
    size : int
        How many.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious import CuriousRidge
    >>> from skcurious.query import Reference, utilities
    >>> X = np.arange(5.0)[:, None]
    >>> model = CuriousRidge(alpha=1.0).fit(X[:2], X[:2, 0])
    >>> here = Reference([[9.0]], 1, len(X), np.random.RandomState(0))
    >>> int(utilities(model, X, "reduction", reference=here).utility().argmax())
    4
    """

    def __init__(
        self,
        X_reference: ArrayLike | None,
        n_reference: int,
        n_pool: int,
        rng: np.random.RandomState,
    ):
        self._given = X_reference
        if X_reference is not None:
            self.size = check_request(X_reference, 1, "X_reference")
        else:
            self.size = min(n_reference, n_pool)
            self._drawn = draw_reference(n_reference, n_pool, rng)

    def rows(self, member: Reached, pool: Pool) -> np.ndarray:
        """Give the rows as a model takes them.

        Parameters
        ----------
        member : Reached
            The model, and the way of rows to it.
        pool : Pool
            Its candidates.

        Returns
        -------
        rows : {ndarray, CSR matrix} of shape (size, n_features)
            Validated.
        """
        if self._given is None:
            return pool.X[self._drawn]
        return member.rows(self._given)


def reduction(member, X_pool, imagine, reference=None, weights="auto"):
    """What labels would tell one model about a :class:`Reference`.

    Parameters
    ----------
    member : Reached
        The model, and the way of rows to it.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates.
    imagine : bool
        Whether labels will be imagined.
    reference : Reference, default=None
        Rows where predictions matter; None for 512 of the pool, always the same.
    weights : {"auto", "tangent", "variance", "uniform"}, default="auto"
        What they count.

    Returns
    -------
    criterion : ReductionCriterion
    """
    model = member.model
    model.check_covariance()
    if reference is None:
        n_pool = check_request(X_pool, 1)
        reference = Reference(None, 512, n_pool, np.random.RandomState(0))
    kind = model.default_weights if weights == "auto" else weights
    row_bytes = 8 * reference.size * model.n_blocks**2
    # Tangents, leverages and their diagonals are three passes over the pool.
    pool = Pool(member, X_pool, covariance=True, keep=True, extra_bytes=row_bytes)
    tangents, largest = pool.tangents()
    rows = model.at(reference.rows(member, pool))
    own = check_finite(model.leverage_diagonal(rows), "variances", "X_reference")
    return ReductionCriterion(
        pool.cross(rows),
        tangents,
        pool.variances(),
        check_finite(model.parts_at(rows) / largest, "tangents", "X_reference"),
        pool.spread(own),
        leverage_column=pool,
        tangent_unit=largest,
        noise=pool.noise,
        **_weighing(pool, kind, largest),
    )


def weighed_alike(criterion):
    """The same where reference rows count alike, to look at before labels are imagined.

    Parameters
    ----------
    criterion : ReductionCriterion
        What :func:`reduction` made.

    Returns
    -------
    criterion : ReductionCriterion
        Shares its leverages.
    """
    weighing = _weighing(criterion._pool, "uniform", criterion.tangent_unit)
    return criterion.weighed(**weighing)


def _weighing(pool, kind, largest):
    shares, unit, tangent_shares = _shares(pool, kind)
    return {
        "weigh": WEIGHTS[kind],
        "unit": unit * largest * largest if kind == "tangent" else unit,
        "shares": shares,
        "tangent_shares": tangent_shares,
    }


def _shares(pool, kind):
    """What outputs count, in the variance that is removed and in the weights.

    Outputs that share one leverage count by one of the two: by their tangents, where
    these are the weights, or else by their variances, on the average; also where their
    noises give them blocks of their own.
    """
    model = pool.model
    shared = model.n_blocks == 1
    by_tangent = kind == "tangent" and shared and model.n_outputs > 1
    shares, unit = pool.variance_shares(weighted=not by_tangent)
    if shared and pool.n_blocks > 1:
        shares = None if by_tangent else shares / pool.n_blocks
    if kind == "tangent" and not shared:
        # What is removed counts by the noise over the units already.
        return shares, unit, 1 / model.units**2
    return shares, unit, pool.curiosity_shares(weighted=by_tangent)[0]
