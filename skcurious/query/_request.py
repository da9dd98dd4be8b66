"""Checks of what query strategies are asked."""

from collections.abc import Iterator, Mapping, Set
from numbers import Integral

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import _num_samples

from skcurious._validation import check_same_order, check_table


def check_request(X_pool, n_instances, name="X_pool"):
    """Validate the number of queries; returns the number of candidates."""
    check_table(X_pool, name)
    n_pool = _num_samples(X_pool)
    if n_pool == 0:
        raise ValueError(f"{name} is empty: there is no row to look at.")
    if not isinstance(n_instances, Integral) or isinstance(n_instances, bool):
        got = repr(n_instances)
        if np.ndim(n_instances):
            got = f"{type(n_instances).__name__}: pass other arguments by name, cost="
        raise ValueError(f"n_instances must be an integer, got {got}.")
    if not 1 <= n_instances <= n_pool:
        raise ValueError(
            f"n_instances must be between 1 and the {n_pool} rows of X_pool, got "
            f"{n_instances}."
        )
    return n_pool


def check_cost(cost, X_pool, n_pool):
    """Validate `cost`; returns one price for each candidate."""
    if cost is None:
        return np.ones(n_pool)
    if isinstance(cost, str):
        raise ValueError(
            f"cost must be one price for each row, got {cost!r}. For a column of the "
            f"pool pass X_pool[{cost!r}]."
        )
    check_same_order(X_pool, cost, "X_pool", "cost")
    unordered = isinstance(cost, (Mapping, Iterator, Set))
    if unordered or np.asarray(cost).dtype.kind in "US":
        kind = type(cost).__name__
        raise ValueError(
            "cost must be numbers in the order of X_pool, one price for each row, got "
            f"{kind}{'' if unordered else ' of text'}."
        )
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
