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
from skcurious.query._options import Options
from skcurious.query._pool import Pool
from skcurious.query._selection import best, draw, greedy


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
    X_pending: ArrayLike | None = None,
    unique: bool = False,
    same: ArrayLike | None = None,
    label_noise: ArrayLike | None = None,
    target_weights: ArrayLike | None = None,
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
        one with the largest sum of scores is returned; of a sample, the first
        draw says which.
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
        Seeds the sampling, and breaks ties.

    Returns
    -------
    indices : ndarray of shape (n_instances,)
        Positions in `X_pool`, as for ``.iloc``, in the order of the picks.
    scores : ndarray of shape (n_instances,)
        Their curiosity (divided by the cost) when they were picked, in the
        units of ``curiosity_score``, but of several targets each in units of
        the spread of its labels; those of an ensemble are averages of
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
    is_greedy = batch == "greedy" and n_instances > 1

    criterion = criterion_of(
        estimator, X_pool, partial(curiosity, imagine=is_greedy), options.asked
    )
    utility = criterion.utility()
    warn_if_blind(utility)
    if is_greedy:
        indices, scores = greedy(
            criterion, n_instances, rng, options.cost, **options.choice
        )
    else:
        utility = utility / options.cost
        choose = draw if batch == "sample" else best
        indices = choose(utility, n_instances, rng, **options.choice)
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
    shares, unit = pool.curiosity_shares()
    own = None if pool.noise is None else pool.variances()
    unit = unit * largest * largest
    return CuriosityCriterion(tangents, pool, unit, shares, pool.noise, own)
