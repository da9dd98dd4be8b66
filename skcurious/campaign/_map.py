"""Where rows lie in a picture: two coordinates, and a shape for a category."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

OTHER = "other"
# Shapes that can be told apart, and words that fit below an axis.
MOST_SHAPES, MOST_PLACES = 6, 12


@dataclass
class Map:
    """Places of the rows.

    Attributes
    ----------
    pool, known : ndarray of shape (n_rows, 2)
    labels : tuple of str
        Of both axes.
    places : list of str
        Of a category that is the first axis, else empty.
    category : str or None
        Column that the shapes are of.
    pool_level, known_level : ndarray of int
        Which of the levels each row has.
    levels : list of str
        The commonest first; ends with 'other' where there are too many.
    """

    pool: np.ndarray
    known: np.ndarray
    labels: tuple
    places: list
    category: str | None
    pool_level: np.ndarray
    known_level: np.ndarray
    levels: list


def lay_out(problem, candidates, mean, seed):
    """Places of the candidates and of the labelled rows.

    One column of numbers, or none, is drawn against the target, two against each
    other, and more in the two directions in which they differ most.  The category
    by which predictions differ most gives the shapes.

    Parameters
    ----------
    problem : Problem
    candidates : DataFrame
        Rows of the pool to draw.
    mean : ndarray of shape (n_candidates,)
        Their predictions.
    seed : int
    """
    known = problem.X
    numbers = problem.columns.numbers
    categories = sorted(
        problem.columns.categories, key=lambda n: -_differs(candidates[n], mean)
    )
    predicted = f"{problem.target} (pool: predicted)"
    places = []
    if numbers:
        values = [_numbers(rows, known, numbers) for rows in (candidates, known)]
        if len(numbers) == 1:
            labels = (numbers[0], predicted)
            values = [
                np.column_stack([v, other])
                for v, other in zip(values, (mean, problem.y), strict=True)
            ]
        elif len(numbers) == 2:
            labels = tuple(numbers)
        else:
            values, labels = _main_directions(*values, numbers, seed)
    else:
        name, *categories = categories
        *at, places = _levels(candidates[name], known[name], MOST_PLACES)
        values = [
            np.column_stack([a, other])
            for a, other in zip(at, (mean, problem.y), strict=True)
        ]
        labels = (name, predicted)
    category = categories[0] if categories else None
    if category is None:
        levels = np.zeros(len(candidates), int), np.zeros(len(known), int), [""]
    else:
        levels = _levels(candidates[category], known[category], MOST_SHAPES)
    return Map(*values, labels, places, category, *levels)


def _differs(cells, mean):
    """Variance of the predictions between the levels of a category."""
    return np.var(pd.Series(mean).groupby(cells.to_numpy()).transform("mean"))


def _levels(pool, known, most):
    both = pd.concat([pool, known])
    commonest = list(both.value_counts().index)
    names = commonest if len(commonest) <= most else [*commonest[: most - 1], OTHER]
    position = {level: min(i, len(names) - 1) for i, level in enumerate(commonest)}
    return pool.map(position).to_numpy(), known.map(position).to_numpy(), names


def _numbers(rows, known, numbers):
    """A blank cell as the model takes it."""
    return rows[numbers].fillna(known[numbers].median()).to_numpy(float)


def _main_directions(pool, known, names, seed):
    both = np.vstack([pool, known])
    scale = both.std(axis=0)
    scale[scale == 0] = 1
    centre = both.mean(axis=0)
    pca = PCA(2, random_state=seed).fit((both - centre) / scale)
    first, second = pca.components_
    top = np.argsort(-np.abs(first))[:2]
    # What the first axis is named after would say nothing about the second.
    others = np.setdiff1d(np.argsort(-np.abs(second)), top, assume_unique=True)[:2]
    labels = tuple(
        f"{_direction(axis, which, names)} ({share:.0%} of the variation)"
        for axis, which, share in zip(
            pca.components_, (top, others), pca.explained_variance_ratio_, strict=True
        )
    )
    return [pca.transform((rows - centre) / scale) for rows in (pool, known)], labels


def _direction(axis, which, names):
    """``more cement, less water``: the columns that say most about it."""
    return ", ".join(f"{'more' if axis[i] > 0 else 'less'} {names[i]}" for i in which)
