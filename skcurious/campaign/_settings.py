"""What a campaign was told when it was made."""

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
import pandas as pd

from skcurious._frames import is_pandas
from skcurious._words import did_you_mean
from skcurious.campaign._cells import numbers


@dataclass(frozen=True)
class Settings:
    """Arguments of a campaign, validated.

    Attributes
    ----------
    targets : list of str
    weights : dict of str to float
        One of each target.
    cost : str or None
        Column with the prices; None also where they are given apart.
    same : str or None
    noise : dict of str to str
        Column with the standard deviation of the labels of a target.
    ignore, categories : list of str
    avoid_failures : bool
    random_state : int
    """

    targets: list
    weights: dict
    cost: str | None
    same: str | None
    noise: dict
    ignore: list
    categories: list
    avoid_failures: bool
    random_state: int

    @property
    def features(self):
        """A function that says which columns may be learnt from."""
        others = {*self.targets, self.cost, *self.noise.values(), *self.ignore}
        return lambda columns: [name for name in columns if name not in others]

    @property
    def added(self):
        """Columns that a suggestion adds: prediction and std of targets, and score."""
        if len(self.targets) == 1:
            return ["prediction", "std", "score"]
        pairs = [(f"prediction_{t}", f"std_{t}") for t in self.targets]
        return [*sum(pairs, ()), "score"]


def check_settings(
    candidates,
    targets,
    weights,
    cost,
    same,
    noise,
    ignore,
    categories,
    avoid_failures,
    random_state,
):
    """Validate arguments of a campaign.

    Returns
    -------
    settings : Settings
    """
    targets = _names(targets, "targets")
    if not targets:
        raise ValueError("targets is empty: name the column of the results.")
    noise = _noise(noise, targets)
    settings = Settings(
        targets,
        _weights(weights, targets),
        cost if isinstance(cost, str) else None,
        same,
        noise,
        _names(() if ignore is None else ignore, "ignore"),
        _names(() if categories is None else categories, "categories"),
        check_flag(avoid_failures, "avoid_failures"),
        _seed(random_state),
    )
    named = [
        ("cost", [settings.cost]),
        ("same", [same]),
        ("ignore", settings.ignore),
        ("categories", settings.categories),
    ]
    for argument, columns in named:
        for column in columns:
            if column is not None:
                _check_column(column, candidates, argument)
    both = set(noise.values()) & {*targets, cost if isinstance(cost, str) else None}
    if both:
        raise ValueError(
            f"noise names {both.pop()!r}, which is a target or the cost: name the "
            "column with the standard deviation of each label."
        )
    taken = {*candidates, *targets}
    clash = [name for name in settings.added if name in taken]
    if clash:
        raise ValueError(
            f"a column is named {clash[0]!r}, as what suggest() adds: rename it."
        )
    _check_index(candidates)
    return settings


def check_flag(value, argument):
    """True or False, and no word that Python takes for true."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{argument} must be True or False, got {value!r}.")
    return bool(value)


def _names(given, argument):
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, Iterable):
        raise TypeError(
            f"{argument} must be the name of a column, or a list of names, got "
            f"{given!r}."
        )
    given = list(given)
    wrong = [name for name in given if not isinstance(name, str) or not name.strip()]
    if wrong:
        raise ValueError(
            f"{argument} must be names of columns, got {wrong[0]!r} among them."
        )
    if len(set(given)) < len(given):
        raise ValueError(f"{argument} names a column twice: {given}.")
    return given


def _check_column(column, candidates, argument):
    if not isinstance(column, str) or column not in candidates:
        raise ValueError(
            f"{argument} names {column!r}, which is no column of candidates; "
            f"{did_you_mean(str(column), list(candidates))}"
        )


def _weights(weights, targets):
    if weights is None:
        weights = dict.fromkeys(targets, 1.0)
    if not isinstance(weights, dict):
        if np.ndim(weights) != 1 or len(weights) != len(targets):
            raise ValueError(
                f"weights must be one number for each of the {len(targets)} targets, "
                f"got {weights!r}."
            )
        weights = dict(zip(targets, weights, strict=True))
    if set(weights) != set(targets):
        raise ValueError(
            f"weights must have the keys {targets}, the targets; got {list(weights)}."
        )
    for target in targets:
        weight = weights[target]
        if not isinstance(weight, Real) or not 0 < weight < np.inf:
            raise ValueError(
                f"weights must be positive numbers, got {weight!r} for {target!r}: to "
                "learn nothing of a target, leave it out of targets and put it into "
                "ignore."
            )
    return {target: float(weights[target]) for target in targets}


def _noise(noise, targets):
    if noise is None:
        return {}
    if isinstance(noise, str):
        if len(targets) > 1:
            raise ValueError(
                f"noise={noise!r} is one column for {len(targets)} targets: pass a "
                "dict from targets to their columns."
            )
        return {targets[0]: noise}
    if not isinstance(noise, dict) or not set(noise) <= set(targets):
        raise ValueError(
            f"noise must be a column, or a dict from targets to columns, got {noise!r}."
        )
    _names(noise.values(), "noise")
    return dict(noise)


def _seed(random_state):
    if not isinstance(random_state, Integral) or not 0 <= random_state < 2**32:
        raise ValueError(
            "random_state must be a whole number from 0 to 4294967295, so that the "
            f"same campaign gives the same suggestion anywhere; got {random_state!r}."
        )
    return int(random_state)


def _check_index(candidates):
    index = candidates.index
    if not len(index):
        raise ValueError("candidates has no rows: there is nothing to choose from.")
    if index.nlevels > 1 or index.hasnans:
        raise ValueError(
            "candidates must have an index of one level without blanks: call "
            "reset_index() first."
        )
    if not index.is_unique:
        twice = index[index.duplicated()][0]
        raise ValueError(
            f"candidates has the index {twice!r} twice, so that rows cannot be named "
            "by it: call reset_index(drop=True) first."
        )
    if index.dtype == object and not all(isinstance(label, str) for label in index):
        raise ValueError(
            "candidates has an index of several types: make strings of it, or call "
            "reset_index(drop=True)."
        )


def prices(cost, candidates):
    """Price of each candidate, NaN where blank; None without any.

    Parameters
    ----------
    cost : str, array-like of shape (n,) or None
    candidates : DataFrame

    Returns
    -------
    prices : ndarray of shape (n,) or None
    """
    if cost is None:
        return None
    if isinstance(cost, str):
        cells = candidates[cost]
    else:
        if is_pandas(cost) and cost.index.sort_values().equals(
            candidates.index.sort_values()
        ):
            cost = cost[candidates.index]
        if np.shape(cost) != (len(candidates),):
            raise ValueError(
                f"cost must be a column or one price for each of the "
                f"{len(candidates)} candidates, got shape {np.shape(cost)}."
            )
        cells = pd.Series(np.asarray(cost), index=candidates.index)
    values, wrong = numbers(cells)
    wrong |= ~(values > 0) & values.notna() | np.isinf(values)
    if wrong.any():
        label = wrong.idxmax()
        price = cells[label] if isinstance(cells[label], str) else float(values[label])
        raise ValueError(
            f"cost is {price!r} for the candidate {label!r}: every price has to "
            "be a positive number."
        )
    return values.to_numpy()
