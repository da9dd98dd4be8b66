"""A map of the rows: what is known, what could be asked, what should be."""

import warnings
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from skcurious.campaign._map import lay_out

# More dots than this hide each other.
MOST_DOTS = 20_000
MOST_NUMBERED = 50
# Pixels, of 100 to an inch, below which two numbers would run into each other.
CLOSE = 14
# Of the levels of a category, as many as there can be.
SHAPES = ("o", "s", "^", "D", "v", "P")
SVG = {"svg.hashsalt": "skcurious"}


def draw(path, problem, picks, mean, std, seed):
    """Draw the pool, the labelled rows and the picks, and save the picture.

    Parameters
    ----------
    path : str
    problem : Problem
    picks : ndarray of int
        Positions among the candidates.
    mean, std : ndarray of shape (n_pool,)
        Predictions for all candidates; of several targets for the first.
    seed : int

    Returns
    -------
    notes : list of str
        What could not be drawn as it is.
    """
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    plane, forecast = figure.subplots(1, 2)
    shown = _sample(len(problem.pool), picks, seed)
    mean, std = mean[shown], std[shown]
    at = np.searchsorted(shown, picks)
    rows = lay_out(problem, problem.pool.iloc[shown], mean, seed)
    _draw_plane(plane, rows, std, at)
    _draw_forecast(forecast, rows, mean, std, at, problem.target)
    for label in figure.findobj(Text):
        label.set_parse_math(False)  # $/kg is no formula
    with warnings.catch_warnings(record=True) as caught, rc_context(SVG):
        warnings.simplefilter("always")
        figure.draw_without_rendering()  # places in pixels are now what they will be
        _number(plane, rows.pool[at])
        _number(forecast, np.column_stack([mean, std])[at])
        # The same picture for the same input.
        dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
        ending = Path(path).suffix.lower()
        figure.savefig(path, dpi=150, metadata=dates.get(ending))
    if any("Glyph" in str(w.message) for w in caught):
        return ["The picture has no letters for some of the names."]
    return []


def _draw_plane(ax, rows, std, at):
    ax.margins(0.08)
    _dots(ax, rows.pool, rows.pool_level, std)
    for level, shape in enumerate(SHAPES):
        some = rows.known[rows.known_level == level]
        style = {"c": "black", "marker": "x", "s": 24}
        if rows.category is not None:
            style = {"c": "none", "edgecolors": "black", "marker": shape, "s": 42}
        if len(some):
            ax.scatter(*some.T, lw=0.9, **style)
    _mark(ax, *rows.pool[at].T)
    ax.set(xlabel=rows.labels[0], ylabel=rows.labels[1], title="Where the rows lie")
    if rows.places:
        ax.set_xticks(range(len(rows.places)), rows.places, rotation=30, ha="right")
    ax.legend(handles=_legend(rows), loc="best", fontsize="small")


def _legend(rows):
    """What the marks mean, and the shapes, whatever rows have them."""
    dot = {"marker": "o", "ls": "", "c": "0.5", "ms": 4}
    is_cross = rows.category is None
    known = {"marker": "x" if is_cross else "o", "ls": "", "c": "black", "mfc": "none"}
    ring = {"marker": "o", "ls": "", "c": "crimson", "mfc": "none", "ms": 8}
    handles = [
        Line2D([], [], label="pool", **dot),
        Line2D([], [], label="labelled", **known),
        Line2D([], [], label="label next", **ring),
    ]
    if rows.category is not None:
        handles.append(Line2D([], [], label=f"{rows.category}:", ls=""))
        for level, shape in zip(rows.levels, SHAPES, strict=False):
            handles.append(Line2D([], [], label=level, **(dot | {"marker": shape})))
    return handles


def _draw_forecast(ax, rows, mean, std, at, target):
    ax.margins(0.08)
    _dots(ax, np.column_stack([mean, std]), rows.pool_level, std)
    ax.set_ylim(0, 1.08 * std.max() or 1)
    _mark(ax, mean[at], std[at])
    ax.set(
        xlabel=f"predicted {target}",
        ylabel=f"± of predicted {target}, also the colours",
        title="What the model expects, and how sure it is",
    )


def _dots(ax, places, levels, std):
    """The pool: shapes of a category, colours from the surest to the least sure."""
    for level, shape in enumerate(SHAPES):
        some = levels == level
        if some.any():
            colours = {"vmin": std.min(), "vmax": std.max(), "cmap": "viridis"}
            ax.scatter(
                *places[some].T, c=std[some], s=14, lw=0, marker=shape, **colours
            )


def _mark(ax, x, y):
    ax.scatter(x, y, s=70, facecolors="none", edgecolors="crimson", lw=1.5)


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


def _sample(n_pool, picks, seed):
    """Sorted positions of the rows to draw, with all picks among them."""
    if n_pool <= MOST_DOTS:
        return np.arange(n_pool)
    drawn = np.random.RandomState(seed).permutation(n_pool)[:MOST_DOTS]
    return np.union1d(drawn, picks)
