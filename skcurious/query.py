"""Query strategies: which rows of a pool to label next.

Each is a plain function ``strategy(estimator, X_pool, n_instances=1, *, ...,
cost=None, random_state=None)`` that returns ``(indices, scores)``, both of
length `n_instances`, and changes nothing.  They take what
:func:`skcurious.curiosity_score` takes, among it a modAL learner, and are
modAL query strategies as they stand; :func:`functools.partial` presets their
options.
"""

import warnings
from numbers import Integral

import numpy as np
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import StrOptions, validate_params
from sklearn.utils.validation import _num_samples

from skcurious._chunks import RowChunks, sum_of_squares
from skcurious._reach import reach
from skcurious._validation import check_same_order
from skcurious.selection import Fantasies, greedy, sample, top_k


@validate_params(
    {"batch": [StrOptions({"top", "sample", "greedy"})]},
    prefer_skip_nested_validation=True,
)
def curiosity_sampling(
    estimator, X_pool, n_instances=1, *, batch="greedy", cost=None, random_state=None
):
    """Query the rows that the model is most curious about.

    Curiosity about a row x is ``noise_variance_ * df/dalpha(x)**2``, the
    expected squared change of the model's complexity when x is labelled [1]_.

    Parameters
    ----------
    estimator : estimator
        A fitted curious regressor, or a Pipeline, search,
        TransformedTargetRegressor, FrozenEstimator or modAL learner around
        one.
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
    random_state : int, RandomState instance, default=None
        Seeds the sampling, and breaks ties.

    Returns
    -------
    indices : ndarray of shape (n_instances,)
        Positions in `X_pool`, as for ``.iloc``, in the order of the picks.
    scores : ndarray of shape (n_instances,)
        Their curiosity (divided by the cost) when they were picked, in the
        units of ``curiosity_score``. Scores of two models do not compare.

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
    n_pool = _check_request(X_pool, n_instances)
    cost = _check_cost(cost, X_pool, n_pool)
    rng = check_random_state(random_state)
    reached = reach(estimator)
    model = reached.model
    is_greedy = batch == "greedy" and n_instances > 1
    if is_greedy:
        model._check_covariance()
    X = model._validate_rows(reached.rows(X_pool))
    chunks = RowChunks(model, X, leverage=is_greedy, keep=is_greedy)
    tangent = _check_finite(chunks.map(model._tangent))

    # Ranked without the noise variance, which is zero for a model that
    # interpolates, and in units in which squares neither over- nor underflow;
    # both enter the returned scores only.
    largest = float(np.abs(tangent).max())
    if largest == 0:
        warnings.warn(
            "Every curiosity in X_pool is 0, and rows are picked at random: the model "
            "predicts the same whatever alpha is. It needs some labels that differ.",
            stacklevel=2,
        )
        largest = 1.0
    tangent = tangent.astype(np.float64, copy=False) / largest
    if is_greedy:
        fantasies = Fantasies(tangent, _leverage_column(model, X, chunks))
        indices, scores = greedy(
            fantasies, lambda f: sum_of_squares(f.tangent) / cost, n_instances, rng
        )
    else:
        utility = sum_of_squares(tangent) / cost
        choose = sample if batch == "sample" else top_k
        indices = choose(utility, n_instances, rng)
        scores = utility[indices]
    return indices, model.noise_variance_ * scores * largest * largest


def random_sampling(estimator, X_pool, n_instances=1, *, cost=None, random_state=None):
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
    n_pool = _check_request(X_pool, n_instances)
    utility = 1 / _check_cost(cost, X_pool, n_pool)
    indices = sample(utility, n_instances, check_random_state(random_state))
    return indices, utility[indices]


def _leverage_column(model, X, chunks):
    """``column(i) -> h(pool, row i)``, of shape (n_pool, R, R)."""

    def column(index):
        representers = model._representers(model._rows(X[[index]]))
        return chunks.map(lambda r: model._leverage_blocks(r, representers)[:, :, 0])

    return column


def _check_request(X_pool, n_instances):
    n_pool = _num_samples(X_pool)
    if n_pool == 0:
        raise ValueError("X_pool is empty: there is no row left to query.")
    if not isinstance(n_instances, Integral) or isinstance(n_instances, bool):
        raise ValueError(f"n_instances must be an integer, got {n_instances!r}.")
    if not 1 <= n_instances <= n_pool:
        raise ValueError(
            f"n_instances must be between 1 and the {n_pool} rows of X_pool, got "
            f"{n_instances}."
        )
    return n_pool


def _check_cost(cost, X_pool, n_pool):
    if cost is None:
        return np.ones(n_pool)
    check_same_order(X_pool, cost, "X_pool", "cost")
    cost = check_array(
        np.atleast_1d(cost), ensure_2d=False, dtype=np.float64, input_name="cost"
    )
    if cost.shape != (n_pool,):
        raise ValueError(
            f"cost must have one value for each of the {n_pool} rows of X_pool, got "
            f"an array of shape {cost.shape}."
        )
    if not (cost > 0).all():
        raise ValueError(
            f"cost must be positive, got {cost.min()} for row {cost.argmin()}."
        )
    return cost


def _check_finite(tangent):
    if not np.isfinite(tangent).all():
        raise ValueError(
            "The tangents of X_pool are not finite: the numbers in it overflow. "
            "Scale X, for instance with StandardScaler in a Pipeline."
        )
    return tangent
