"""Where some rows of a table lie, in words."""

import numpy as np
from sklearn.utils import _safe_indexing

from skcurious._default import _are_numbers, _is_blank, as_floats, as_words

# A range of a feature says something if it is this part of the whole one, or less.
NARROW = 0.6
# The middle of the rows, and the rest of a category, that ranges are about.
MIDDLE, MOST = (0.05, 0.95), 0.9
# How many features are named.
FEATURES = 3


def where_rows_lie(X, chosen, names):
    """Ranges of features and values of categories that set some rows apart.

    Parameters
    ----------
    X : {ndarray, DataFrame} of shape (n, n_features)
        A table.
    chosen : list of bool ndarrays of shape (n,)
        Each says which rows.
    names : list of str
        Of the features.

    Returns
    -------
    words : list of str
        For each of `chosen` the ranges that hold nine of ten of the rows or more, the
        narrowest first, three at most, from one value that occurs to another; ""
        where no rows are chosen, "everywhere" where no feature sets them apart.
    """
    found = [[] for _ in chosen]
    for feature, name in enumerate(names):
        values = np.asarray(_safe_indexing(X, feature, axis=1))
        blank = _is_blank(values)
        tell = _range if _are_numbers(values[~blank]) else _category
        values = as_floats(values) if tell is _range else as_words(values)
        for rows, parts in zip(chosen, found, strict=True):
            if rows.any():
                parts += tell(values, rows, name)
    return [
        ", ".join(text for _, text in sorted(parts)[:FEATURES])
        or ("everywhere" if rows.any() else "")
        for rows, parts in zip(chosen, found, strict=True)
    ]


def _range(values, rows, name):
    """Part of the pool's range, and the range, if that is narrow."""
    known = np.isfinite(values)
    if not (known & rows).any():
        return []
    low, high = _middle(values[known])
    a, b = _middle(values[known & rows])
    if not high > low or b - a > NARROW * (high - low):
        return []
    first, last = _shown(a), _shown(b)
    text = first if first == last else f"{first} to {last}"
    return [((b - a) / (high - low), f"{name} {text}")]


def _middle(values):
    """Two of the values, between which the middle lies."""
    low, high = MIDDLE
    return (
        np.quantile(values, low, method="lower"),
        np.quantile(values, high, method="higher"),
    )


def _shown(value):
    """As it is; of one with many digits three, or all before the point."""
    exact = f"{value:.6g}"
    if float(exact) == value:
        return exact
    return f"{value:.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.3g}"


def _category(values, rows, name):
    """Part of the pool that the commonest values are, if they are few."""
    words, counts = np.unique(values[rows], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    n_most = np.searchsorted(np.cumsum(counts[order]), MOST * rows.sum()) + 1
    common = words[order[:n_most]]
    part = np.isin(values, common).mean()
    if n_most > FEATURES or part > NARROW:
        return []
    return [(part, f"{name} {' or '.join(common)}")]
