"""Runs of active learning, as arrays of equal runs."""

from collections.abc import Mapping

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import _num_samples

from skcurious._frames import is_polars


def curves_of_mapping(results, n_labels):
    """Validate arrays of scores by strategy.

    Parameters
    ----------
    results : dict
        Strategy to array-like of shape (n_runs, n_points).
    n_labels : array-like of shape (n_points,)
        Labels at each point.

    Returns
    -------
    n_labels : ndarray of shape (n_points,)
    curves : dict
        Strategy to ndarray of shape (n_runs, n_points).
    """
    if not isinstance(results, Mapping) or not results:
        raise ValueError(
            "results must be a dict {strategy: array of shape (n_runs, n_points)} with "
            f"one strategy at least, or a DataFrame, got "
            f"{type(results).__name__}."
        )
    if n_labels is None or isinstance(n_labels, str):
        raise ValueError(
            "n_labels must be the numbers of labels at each point of the curves when "
            f"results is a dict, got {n_labels!r}."
        )
    n_labels = check_array(n_labels, ensure_2d=False, input_name="n_labels")
    if n_labels.ndim != 1:
        raise ValueError(
            f"n_labels must be one-dimensional, got an array of shape {n_labels.shape}."
        )
    return n_labels, {
        str(name): _equal_runs(runs, f"results[{name!r}]", len(n_labels))
        for name, runs in results.items()
    }


def _equal_runs(runs, name, n_points):
    if _num_samples(runs) == 0 or np.ndim(runs[0]) != 1:
        raise ValueError(
            f"{name} must be of shape (n_runs, n_points): for one run pass [curve]."
        )
    lengths = sorted({len(run) for run in runs})
    if lengths != [n_points]:
        raise ValueError(
            f"{name} has runs of {', '.join(map(str, lengths))} points, but n_labels "
            f"has {n_points}."
        )
    return check_array(runs, dtype=np.float64, input_name=name)


def curves_of_frame(results, strategy, run, n_labels, score):
    """Arrays of scores by strategy from a tidy table.

    Parameters
    ----------
    results : DataFrame
        Of pandas or polars, one row for each point of each curve.
    strategy, n_labels, score : str
        Names of its columns.
    run : str or list of str
        Name of the column that tells the runs of a strategy apart, or names
        of several that do so together.

    Returns
    -------
    n_labels : ndarray of shape (n_points,)
    curves : dict
        Strategy to ndarray of shape (n_runs, n_points), runs in equal order.
    """
    if is_polars(results):
        import pandas as pd

        results = pd.DataFrame(results.to_dict(as_series=False))
    runs = [run] if isinstance(run, str) else list(run)
    keys = [strategy, *runs, n_labels]
    missing = [name for name in [*keys, score] if name not in results.columns]
    if missing:
        raise ValueError(
            f"results has no column {', '.join(map(repr, missing))}: its columns are "
            f"{', '.join(map(str, results.columns))}. Name yours with strategy=, run=, "
            "n_labels= and score=."
        )
    if results.empty:
        raise ValueError("results is empty: it has no curve.")
    twice = results.duplicated(keys)
    if twice.any():
        raise ValueError(
            f"results has several scores for {_where(keys, results[twice])}. Pass the "
            "rows of one setting, or all columns that tell runs apart as a list run=."
        )
    table = results.pivot(index=[strategy, *runs], columns=n_labels, values=score)
    names = list(results[strategy].unique())
    first = table.loc[names[0]].index
    for name in names:
        others = first.symmetric_difference(table.loc[name].index)
        if len(others):
            raise ValueError(
                f"Strategies {names[0]!r} and {name!r} do not have the same runs: "
                f"{_where(runs, others.to_frame(index=False))} is in one of them only. "
                "Means over different runs do not compare: drop it, or finish it."
            )
    if table.isna().to_numpy().any():
        gap = table.isna().stack()
        gap = gap[gap].index.to_frame(index=False)
        raise ValueError(
            f"results has no {score} for {_where(keys, gap)}: all curves need the same "
            "numbers of labels."
        )
    curves = {str(name): table.loc[name].to_numpy(dtype=np.float64) for name in names}
    return table.columns.to_numpy(), curves


def _where(keys, rows):
    """The first row, in words."""
    values = rows[keys].iloc[0]
    return ", ".join(f"{key}={value}" for key, value in values.items())
