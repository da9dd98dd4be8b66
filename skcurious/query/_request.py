"""Checks of what query strategies are asked."""

from collections.abc import Iterator, Mapping, Set
from numbers import Integral

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import _num_samples

from skcurious._frames import is_frame
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


def check_like_pool(X, name, X_pool):
    """Validate rows beside the candidates.

    Of frames each step of an estimator looks for its columns; of arrays it only
    counts them.
    """
    check_table(X, name)
    if not _num_samples(X):
        return
    widths = [
        None if is_frame(rows) else getattr(rows, "shape", np.shape(rows))[1:]
        for rows in (X, X_pool)
    ]
    if None not in widths and widths[0] != widths[1]:
        n, n_pool = (width[0] if width else "no" for width in widths)
        raise ValueError(
            f"{name} has {n} columns, but X_pool has {n_pool}: pass rows of the same "
            "columns, in the same order."
        )


def check_cost(cost, X_pool, n_pool):
    """Validate `cost`; returns one price for each candidate."""
    if cost is None:
        return np.ones(n_pool)
    cost = check_values(cost, X_pool, n_pool, "cost", "price")
    if not (cost > 0).all():
        raise ValueError(
            f"cost must be positive, got {cost.min()} for row {cost.argmin()}."
        )
    return cost


def check_values(values, X_pool, n_pool, name, what, max_dim=1, numbers=True):
    """Validate an option with a value for each candidate, in their order.

    Parameters
    ----------
    values : array-like of shape (n_pool,) or (n_pool, n_targets)
        As they were given.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates.
    n_pool : int
        How many.
    name, what : str
        What errors call the option, and one of its values.
    max_dim : int, default=1
        2 if there may be a value for each target.
    numbers : bool, default=True
        Whether text is refused.

    Returns
    -------
    values : ndarray of shape (n_pool,) or (n_pool, n_targets)
    """
    if isinstance(values, str):
        raise ValueError(
            f"{name} must be one {what} for each row, got {values!r}. For a column of "
            f"the pool pass X_pool[{values!r}]."
        )
    check_same_order(X_pool, values, "X_pool", name)
    unordered = isinstance(values, (Mapping, Iterator, Set))
    if unordered or (numbers and np.asarray(values).dtype.kind in "US"):
        kind = type(values).__name__
        raise ValueError(
            f"{name} must be {'numbers' if numbers else 'values'} in the order of "
            f"X_pool, one {what} for each row, got "
            f"{kind}{'' if unordered else ' of text'}."
        )
    if not numbers and isinstance(values, (list, tuple)):
        values = np.array(values, dtype=object)  # of blanks it would make text
    values = np.atleast_1d(values)
    if numbers:
        values = check_array(values, ensure_2d=False, dtype=np.float64, input_name=name)
    if values.ndim > max_dim or len(values) != n_pool:
        raise ValueError(
            f"{name} must have one value for each of the {n_pool} rows of X_pool, got "
            f"an array of shape {values.shape}."
        )
    return values
