"""Options that all query strategies share.

``X_pending``
    Rows that are being measured: their labels are imagined before the first pick.
``unique``
    Equal candidates are offered once, and none that is being measured.
``same``
    Rows of one batch share a value.
``label_noise``
    Noise variance of the label of each candidate, where it is known.
``target_weights``
    What each of several targets counts.
``cost``
    Price of the label of each candidate.
"""

from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import _num_samples

from skcurious.query._equal import equal_rows, is_missing
from skcurious.query._request import (
    check_cost,
    check_like_pool,
    check_request,
    check_values,
)


class Asked(NamedTuple):
    """What is asked of each model about the labels of its pool.

    Attributes
    ----------
    X_pending : {array-like, sparse matrix} of shape (n_pending, n_features) or None
        Rows that are being measured.
    label_noise : ndarray of shape (n_pool,) or (n_pool, n_targets) or None
        Noise variance of labels, in squared units of y.
    target_weights : ndarray of shape (n_targets,) or None
        What the targets count.
    """

    X_pending: object = None
    label_noise: np.ndarray | None = None
    target_weights: np.ndarray | None = None


NOTHING = Asked()


class Options:
    """Options of a query, validated.

    Parameters
    ----------
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates.
    n_instances : int
        How many rows are queried.
    prices : ndarray of shape (n_pool,), default=None
        In place of `cost`, checked already.
    cost, X_pending, unique, same, label_noise, target_weights
        As they were given.

    Attributes
    ----------
    n_pool : int
        Number of candidates.
    cost : ndarray of shape (n_pool,)
        Prices.
    asked : Asked
        What is asked of each model.
    choice : dict
        What may be picked together, for the functions that pick: `equal` and `same`.
    """

    def __init__(
        self,
        X_pool,
        n_instances,
        *,
        cost=None,
        prices=None,
        X_pending=None,
        unique=False,
        same=None,
        label_noise=None,
        target_weights=None,
    ):
        self.n_pool = check_request(X_pool, n_instances)
        self.cost = check_cost(cost, X_pool, self.n_pool) if prices is None else prices
        self.asked = Asked(
            check_pending(X_pending, X_pool),
            check_label_noise(label_noise, X_pool, self.n_pool),
            check_target_weights(target_weights),
        )
        same = check_same(same, X_pool, self.n_pool)
        equal = check_unique(unique, X_pool, self.asked.X_pending, n_instances)
        if equal is not None:
            equal = _first_of_alike(equal, self.cost, self.asked.label_noise, same)
        if same is not None:
            check_shared(same, equal, n_instances)
        self.choice = {"equal": equal, "same": same}


def check_pending(X_pending, X_pool):
    """Validate `X_pending`; no rows are None."""
    if X_pending is None:
        return None
    check_like_pool(X_pending, "X_pending", X_pool)
    return X_pending if _num_samples(X_pending) else None


def check_label_noise(label_noise, X_pool, n_pool):
    """Validate `label_noise`: one variance for each candidate, or for each target."""
    if label_noise is None:
        return None
    noise = check_values(
        label_noise, X_pool, n_pool, "label_noise", "noise variance", 2
    )
    if (noise < 0).any():
        raise ValueError(
            f"label_noise are variances, at least 0, got {noise.min()} for row "
            f"{np.argwhere(noise == noise.min())[0][0]}."
        )
    return noise


def check_target_weights(target_weights):
    """Validate `target_weights`: at least 0, and not all 0."""
    if target_weights is None:
        return None
    if isinstance(target_weights, (dict, set, str)):
        raise ValueError(
            "target_weights must be one number for each target, in the order of the "
            f"columns of y, got a {type(target_weights).__name__}."
        )
    weights = check_array(
        np.atleast_1d(target_weights),
        ensure_2d=False,
        dtype=np.float64,
        input_name="target_weights",
    )
    if weights.ndim != 1:
        raise ValueError(
            "target_weights must have one number for each target, got an array of "
            f"shape {weights.shape}."
        )
    if (weights < 0).any() or not weights.any():
        raise ValueError(
            f"target_weights must be at least 0, and not all 0, got {weights.tolist()}."
        )
    return weights


def check_same(same, X_pool, n_pool):
    """Validate `same`; returns a number for each of its values."""
    if same is None:
        return None
    values = check_values(same, X_pool, n_pool, "same", "value", numbers=False)
    codes = {}
    for row, value in enumerate(values.tolist()):
        if is_missing(value) or not isinstance(value, Hashable):
            raise ValueError(
                f"same must have a value for each row of X_pool, got {value!r} for row "
                f"{row}. Give rows that have none a value of their own, or leave them "
                "out of the pool."
            )
        codes.setdefault(value, len(codes))
    return np.array([codes[value] for value in values.tolist()], dtype=np.intp)


def check_unique(unique, X_pool, X_pending, n_instances):
    """Number the rows of the pool, those that are not offered -1; None for all."""
    if not isinstance(unique, (bool, np.bool_)):
        raise ValueError(f"unique must be True or False, got {unique!r}.")
    if not unique:
        return None
    equal, n_different = equal_rows(X_pool, X_pending)
    if n_different < n_instances:
        pending = "" if X_pending is None else ", leaving out those in X_pending"
        raise ValueError(
            f"n_instances is {n_instances}, but with unique=True X_pool offers "
            f"{n_different} different row(s){pending}. Ask for as many, or pass "
            "unique=False."
        )
    return equal


def check_shared(same, equal, n_instances):
    """Refuse a `same` of whose values none has enough candidates."""
    most = int(candidates_of_values(same, equal).max(initial=0))
    if most < n_instances:
        different = "" if equal is None else " different"
        raise ValueError(
            f"n_instances is {n_instances}, but no value of same has as many"
            f"{different} candidates: the most is {most}. Ask for fewer rows, or pass "
            "same=None."
        )


def candidates_of_values(same, equal):
    """How many different rows each value of `same` offers."""
    if equal is None:
        return np.bincount(same)
    offered = equal >= 0
    pairs = np.unique(np.stack([same[offered], equal[offered]]), axis=1)
    return np.bincount(pairs[0], minlength=same.max() + 1)


def _first_of_alike(equal, *properties):
    """Offer only the first of rows that differ in nothing.

    Equal rows of another price, noise or shared value are offered until one is picked.
    """
    table = np.column_stack([equal, *(p for p in properties if p is not None)])
    first = np.unique(equal_rows(table)[0], return_index=True)[1]
    offered = np.full(len(equal), -1)
    offered[first] = equal[first]
    return offered
