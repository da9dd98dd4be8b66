"""A map of the rows: what is known, what could be asked, what should be."""

import warnings
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from scipy import sparse
from sklearn.decomposition import PCA

# More dots than this hide each other.
MOST_DOTS = 20_000
MOST_NUMBERED = 50
# Pixels, of 100 to an inch, below which two numbers would run into each other.
CLOSE = 14
SVG = {"svg.hashsalt": "skcurious"}


def draw(path, problem, chosen, picks, seed):
    """Draw the pool, the labelled rows and the picks, and save the picture.

    Returns
    -------
    notes : list of str
        What could not be drawn as it is.
    """
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    plane, forecast = figure.subplots(1, 2)
    shown = _sample(len(problem.pool), picks.indices, seed)
    mean, std = picks.prediction[shown], picks.std[shown]
    at = np.searchsorted(shown, picks.indices)
    pool, known, labels = _coordinates(problem, chosen, shown, mean, seed)
    _draw_plane(plane, pool, known, std, at, labels, problem.target)
    _draw_forecast(forecast, mean, std, at, problem.target)
    for label in figure.findobj(Text):
        label.set_parse_math(False)  # $/kg is no formula
    with warnings.catch_warnings(record=True) as caught, rc_context(SVG):
        warnings.simplefilter("always")
        figure.draw_without_rendering()  # places in pixels are now what they will be
        _number(plane, pool[at])
        _number(forecast, np.column_stack([mean, std])[at])
        # The same picture for the same input.
        dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
        ending = Path(path).suffix.lower()
        figure.savefig(path, dpi=150, metadata=dates.get(ending))
    if any("Glyph" in str(w.message) for w in caught):
        return ["The picture has no letters for some of the names."]
    return []


def _draw_plane(ax, pool, known, std, at, labels, target):
    ax.margins(0.08)
    dots = ax.scatter(*pool.T, c=std, s=12, cmap="viridis", lw=0, label="pool")
    ax.figure.colorbar(dots, ax=ax, label=f"± of predicted {target}")
    ax.scatter(*known.T, c="black", marker="x", s=24, lw=0.9, label="labelled")
    _mark(ax, *pool[at].T)
    ax.set(xlabel=labels[0], ylabel=labels[1], title="Where the rows lie")
    ax.legend(loc="best", fontsize="small")


def _draw_forecast(ax, mean, std, at, target):
    ax.margins(0.08)
    ax.scatter(mean, std, c="0.6", s=12, lw=0)
    ax.set_ylim(0, 1.08 * std.max() or 1)
    _mark(ax, mean[at], std[at])
    ax.set(
        xlabel=f"predicted {target}",
        ylabel=f"± of predicted {target}",
        title="What the model expects, and how sure it is",
    )


def _mark(ax, x, y):
    ax.scatter(
        x, y, s=70, facecolors="none", edgecolors="crimson", lw=1.5, label="label next"
    )


def _number(ax, places):
    """Write the order of the picks; those that lie close share a place for it."""
    pixels = ax.transData.transform(places[:MOST_NUMBERED])
    groups = {}
    for index, pixel in enumerate(pixels):
        distances = {g: np.hypot(*(pixel - pixels[g])) for g in groups}
        near = min(distances, key=distances.get, default=None)
        if near is None or distances[near] > CLOSE:
            groups[index] = [index + 1]
        else:
            groups[near].append(index + 1)
    for first, numbers in groups.items():
        more = ", …" if len(numbers) > 3 else ""
        ax.annotate(
            ", ".join(map(str, numbers[:3])) + more,
            places[first],
            xytext=(5, 5),
            textcoords="offset points",
            color="crimson",
            fontsize="small",
            fontweight="bold",
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )


def _coordinates(problem, chosen, shown, mean, seed):
    """Two coordinates of the pool and of the labelled rows, and what they are.

    Those in which the rows differ most, as the model sees them; of a single
    column its values and the target.
    """
    candidates = problem.pool.iloc[shown]
    names = chosen.column_names()
    if len(names) == 1:
        (name,) = problem.columns.numbers
        pool = np.column_stack([candidates[name], mean])
        known = np.column_stack([problem.X[name], problem.y])
        return pool, known, (name, f"{problem.target} (pool: predicted)")
    pool, known = (_dense(chosen.encode(rows)) for rows in (candidates, problem.X))
    pca = PCA(2, random_state=seed).fit(np.vstack([pool, known]))
    labels = [
        f"{_loadings(axis, names)} ({share:.0%} of the variation)"
        for axis, share in zip(
            pca.components_, pca.explained_variance_ratio_, strict=True
        )
    ]
    return pca.transform(pool), pca.transform(known), labels


def _loadings(axis, names):
    """``more cement, less water``: the columns that say most about a direction."""
    largest = np.argsort(-np.abs(axis))[:2]
    return ", ".join(f"{'more' if axis[i] > 0 else 'less'} {names[i]}" for i in largest)


def _sample(n_pool, picks, seed):
    """Sorted positions of the rows to draw, with all picks among them."""
    if n_pool <= MOST_DOTS:
        return np.arange(n_pool)
    drawn = np.random.RandomState(seed).permutation(n_pool)[:MOST_DOTS]
    return np.union1d(drawn, picks)


def _dense(rows):
    return rows.toarray() if sparse.issparse(rows) else rows
