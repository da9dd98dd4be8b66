"""Queries that change what matters: the error on validation rows."""

from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from skcurious._calls import estimator_first
from skcurious.influence._loss import adjoint_of
from skcurious.influence._upweighting import residuals
from skcurious.query._criteria import CuriosityCriterion
from skcurious.query._ensemble import criterion_of, warn_if_blind
from skcurious.query._options import Options
from skcurious.query._pool import Pool, noise_unit
from skcurious.query._request import check_request
from skcurious.query._selection import greedy


@estimator_first
def influence_sampling(
    estimator: BaseEstimator | list,
    X_pool: ArrayLike,
    n_instances: int = 1,
    *,
    X_validation: ArrayLike,
    y_validation: ArrayLike,
    cost: ArrayLike | None = None,
    X_pending: ArrayLike | None = None,
    unique: bool = False,
    same: ArrayLike | None = None,
    label_noise: ArrayLike | None = None,
    target_weights: ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Query the rows expected to change the error on validation rows most.

    The influence of a label at x on the validation loss ``L = sum_j |f(x_j) -
    y_j|**2 / 2`` is ``(y - f(x)) g(x)`` with ``g(x) = sum_j (f(x_j) - y_j)
    h(x_j, x)`` [1]_, and the expected square of it over the unknown label is
    ``noise_variance_ * g(x)**2``: it asks where the mistakes that the
    validation rows show can be mended.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor with a covariance, or a Pipeline, search,
        TransformedTargetRegressor, FrozenEstimator or modAL learner around
        one, or an ensemble of such.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates, as `estimator` takes them.
    n_instances : int, default=1
        How many rows to query. Of several each is picked with the labels of
        the earlier ones imagined to be known.
    X_validation : {array-like, sparse matrix} of shape (n_validation, n_features)
        Rows that the model was not fitted to, from where predictions matter.
    y_validation : array-like of shape (n_validation,) or (n_validation, n_targets)
        Their labels, in original units.
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
        Breaks ties.

    Returns
    -------
    indices : ndarray of shape (n_instances,)
        Positions in `X_pool`, as for ``.iloc``, in the order of the picks.
    scores : ndarray of shape (n_instances,)
        Their expected squared influences (divided by the cost) when they were
        picked, as :func:`skcurious.influence.influence_on_loss` gives them
        (of several targets with each in units of the spread of its labels);
        those of an ensemble are averages of its members', each in units of
        its mean over the pool.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor, or for a precomputed
        kernel.
    ValueError
        When an argument does not fit, or the model has no covariance.

    Notes
    -----
    The square does not say whether the loss will fall or rise. Like every
    criterion that looks at few validation labels it follows their noise:
    :func:`expected_curiosity_reduction` with `X_reference` needs no labels
    there.

    References
    ----------
    .. [1] P. W. Koh and P. Liang, "Understanding black-box predictions via
       influence functions", ICML 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.query import influence_sampling
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = CuriousRidge(alpha=0.1).fit(X[:20], y[:20])
    >>> indices, scores = influence_sampling(
    ...     model, X[60:], n_instances=3, X_validation=X[20:60], y_validation=y[20:60]
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
    check_request(X_validation, 1, "X_validation")
    rng = check_random_state(random_state)
    make = partial(
        influence,
        imagine=n_instances > 1,
        X_validation=X_validation,
        y_validation=y_validation,
    )
    criterion = criterion_of(estimator, X_pool, make, options.asked)
    warn_if_blind(criterion.utility())
    indices, scores = greedy(
        criterion, n_instances, rng, options.cost, **options.choice
    )
    return indices, criterion.unit * scores


def influence(member, X_pool, imagine, X_validation, y_validation):
    """How labels would move the error of one model on validation rows.

    `imagine` tells whether labels will be imagined.
    """
    pool = Pool(member, X_pool, covariance=True, keep=imagine)
    model = member.model.for_influence
    model.check_covariance()
    X = member.rows(X_validation)
    Y = member.labels(y_validation, X, "y_validation")
    # Of several targets each is in its own units, and so is its part of the loss.
    adjoint = adjoint_of(model, X, -residuals(model, X, Y) / model.units**2)
    # g answers to imagined labels as the regularity tangent does: the residuals of
    # the validation rows stay, and h moves.
    tangents, largest = pool.derivatives(
        lambda rows: model.adjoint_at(rows, adjoint)[:, :, None]
    )
    unit, shares = noise_unit(model), None
    if model.n_outputs > 1:
        noise = np.broadcast_to(model.noise_variance, (model.n_outputs,))
        shares = (noise / unit if unit else model.units**2) * pool.target_weights
    else:
        unit *= float(np.mean(pool.target_weights))
    own = None if pool.noise is None else pool.variances()
    unit = unit * largest * largest
    return CuriosityCriterion(tangents, pool, unit, shares, pool.noise, own)
