"""The pictures of a report."""

from types import SimpleNamespace

import numpy as np

from skcurious.campaign._map import lay_out
from skcurious.campaign._report._drawing import Axes, extent, figure, key, label
from skcurious.campaign._report._markup import number, plain, text

# More dots than this hide each other.
MOST_DOTS = 1_000


def cross_validation(subject, k, target):
    """Labels, and their predictions by models that were not shown them."""
    y = subject.look.training.Y[target]
    known = np.flatnonzero(y.notna())
    labels, predicted = y.to_numpy()[known], subject.look.cross_validated[known, k]
    error, mean_error = subject.status.cv_error[target], labels.std(ddof=1)
    some = known[:: -(-len(known) // MOST_DOTS)]
    span = extent(labels, predicted)
    axes = Axes(span, span)
    axes.line(span, span, "guide")
    axes.dots(
        y.to_numpy()[some],
        subject.look.cross_validated[some, k],
        "dot",
        titles=[plain(subject.label(row)) for row in y.index[some]],
    )
    name = plain(target)
    svg = axes.svg(
        f"predicted-{k}",
        f"{name}: predicted against measured, by cross-validation",
        (f"{name}, measured", f"{name}, predicted"),
    )
    verdict = (
        "hardly better than predicting the mean of the labels"
        if error > 0.9 * mean_error
        else f"the standard deviation of the labels is {number(mean_error)}"
    )
    return figure(
        svg,
        f"{text(target)}: {len(known):,} rows with a label, each predicted by a model "
        f"that was not shown it. On the broken line the prediction is right. Typical "
        f"error {number(error)}; {verdict}.",
    )


def pool_map(subject, k, target):
    """Where candidates lie, what is known, and what is next."""
    look, shown = subject.look, subject.shown
    columns, labels = look.columns, look.training.Y[target].dropna()
    mean, std = (v[:, look.settings.targets.index(target)] for v in look.predict(shown))
    # A blank lies in the middle of the candidates.
    middle = look.X[columns.numbers].median()
    problem = SimpleNamespace(
        X=look.training.all_rows.iloc[labels.index].fillna(middle),
        y=labels.to_numpy(),
        columns=columns,
        target=plain(target),
    )
    rows = lay_out(
        problem, look.X.iloc[shown].fillna(middle), mean, look.settings.random_state
    )
    axes = Axes(*(extent(rows.pool[:, axis], rows.known[:, axis]) for axis in (0, 1)))
    strength = 0.15 + 0.75 * (std - std.min()) / (np.ptp(std) or 1.0)
    chosen = np.searchsorted(shown, subject.positions)
    for level in range(len(rows.levels)):
        at = np.flatnonzero(rows.pool_level == level)
        axes.dots(*rows.pool[at].T, "dot", level, strength[at], size=0.8)
    for level in range(len(rows.levels)):
        at = rows.known_level == level
        axes.dots(*rows.known[at].T, "known", level, size=1.3)
    axes.dots(*rows.pool[chosen].T, "next", size=2.2)
    for order, at in enumerate(chosen, start=1):
        axes.words(*rows.pool[at], str(order), "nexttext", (11, -7))
    name = plain(target)
    svg = axes.svg(
        f"map-{k}",
        f"{name}: map of the candidates, rows with a label and rows to measure next",
        rows.labels,
        rows.places,
    )
    keys = [
        key("dot", 0, "candidate, the stronger the less sure"),
        key("known", 0, "has a label"),
        key("next", 0, "measure next, in this order"),
    ]
    if rows.category is not None:
        keys.append(f"{text(rows.category)}:")
        keys += [key("known", s, label(v, 30)) for s, v in enumerate(rows.levels)]
    n, all_rows = len(shown), len(look.X)
    some = "" if n == all_rows else f" {n:,} of the {all_rows:,} candidates are drawn."
    return figure(svg, f"{text(target)}. {' '.join(keys)}{some}")


def errors(k, target, n_labels, cross_validated, expected):
    """Errors over the number of labels."""
    name = plain(target)
    axes = Axes(extent(n_labels), extent(cross_validated, expected, floor=0.0))
    for number_, values in enumerate((cross_validated, expected)):
        axes.line(n_labels, values, f"line{number_}")
        axes.dots(n_labels, values, f"mark{number_}", shape=number_)
    svg = axes.svg(
        f"rounds-{k}",
        f"{name}: errors after each round",
        ("labels", f"error of {name}"),
        whole_x=True,
    )
    keys = [key("mark0", 0, "by cross-validation"), key("mark1", 1, "expected")]
    return figure(svg, f"{text(target)}. {' '.join(keys)}")
