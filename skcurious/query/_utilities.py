"""What labels are worth, for strategies of one's own and for other packages."""

from collections.abc import Callable
from functools import partial

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from skcurious._calls import estimator_first
from skcurious.query._criterion import Criterion
from skcurious.query._curiosity import curiosity
from skcurious.query._ensemble import Ensemble, criterion_of
from skcurious.query._influence import influence
from skcurious.query._options import Options
from skcurious.query._reduction import reduction
from skcurious.query._variance import variance

CRITERIA = {
    "curiosity": curiosity,
    "influence": influence,
    "reduction": reduction,
    "variance": variance,
}


@estimator_first
def utilities(
    estimator: BaseEstimator | list,
    X_pool: ArrayLike,
    criterion: str | Callable[..., Criterion] = "reduction",
    *,
    imagine: bool = True,
    X_pending: ArrayLike | None = None,
    label_noise: ArrayLike | None = None,
    target_weights: ArrayLike | None = None,
    **options: object,
) -> Criterion | Ensemble:
    """What a label is worth at every row of a pool, while labels are imagined.

    What the strategies of this module stand on. Where they return the best rows,
    this returns the criterion itself: its ``utility()`` scores all candidates, its
    ``imagine(index)`` pretends that one of them has a label, exactly and without
    refitting, and :func:`greedy` picks.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor, a wrapper around one, or an ensemble of such,
        as for :func:`expected_curiosity_reduction`.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates, as `estimator` takes them.
    criterion : {'curiosity', 'variance', 'reduction', 'influence'} or callable, \
            default='reduction'
        What to score by. A callable ``criterion(member, X_pool, imagine=...,
        **options)`` returns the :class:`Criterion` of one model, most shortly
        from a :class:`Pool`.
    imagine : bool, default=True
        Whether labels will be imagined, which needs a covariance.
    X_pending, label_noise, target_weights : array-like, default=None
        As for :func:`expected_curiosity_reduction`. The other options that strategies
        share are for :func:`greedy`.
    **options : dict
        Passed to the criterion: ``reference=Reference(X_reference, n_reference,
        n_pool, rng)`` (by default 512 rows of the pool) and `weights` to 'reduction',
        `X_validation` and `y_validation` to 'influence'.

    Returns
    -------
    criterion : Criterion or Ensemble
        With ``utility()``, ``imagine(index)`` and ``unit``.

    Raises
    ------
    TypeError
        When `estimator` holds no curious regressor.
    ValueError
        When an argument does not fit, or the model has no covariance.

    Examples
    --------
    Curiosity, but only about rows whose first feature is positive:

    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.query import greedy, utilities
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = CuriousRidge(alpha=0.1).fit(X[:20], y[:20])
    >>> criterion = utilities(model, X[20:], "curiosity")
    >>> price = np.where(X[20:, 0] > 0, 1.0, np.inf)
    >>> indices, _ = greedy(criterion, 3, np.random.RandomState(0), price)
    >>> bool((X[20:][indices, 0] > 0).all())
    True
    """
    shared = Options(
        X_pool,
        1,
        X_pending=X_pending,
        label_noise=label_noise,
        target_weights=target_weights,
    )
    check_criterion(criterion)
    if not callable(criterion):
        criterion = CRITERIA[criterion]
    make = partial(criterion, imagine=imagine, **options)
    return criterion_of(estimator, X_pool, make, shared.asked)


def check_criterion(criterion):
    """Raise ValueError unless it is the name of one, or a callable."""
    is_name = isinstance(criterion, str) and criterion in CRITERIA
    if not (callable(criterion) or is_name):
        raise ValueError(
            f"criterion must be one of {sorted(CRITERIA)} or a callable, got "
            f"{criterion!r}."
        )
