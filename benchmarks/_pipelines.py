"""Tables of whole pipelines: a model, and how it asks for its labels."""

import numpy as np
from _paired import Difference, labels_needed, over_the_curve
from _picture import draw
from _summary import grid, read
from _tables import group

BASELINE = "sklearn", "random"
OURS = ("default", "gp", "plane", "grid", "network", "committee")
PEERS = ("sklearn", "trees", "botorch", "bmdal")
# In the picture, beside the best of each peer and the baseline.
DRAWN = ("default", "reduction"), ("default", "random")
# Labels at the end.
LAST = 100
# Settings beside the one of the comparison, five labels a query from 800 rows or fewer:
# what they are called, labels of a query, and how the names of their models end.
STEP = 5
OTHER_SETTINGS = [
    ("one label a query", 1, ""),
    ("twenty labels a query", 20, ""),
    ("pools of 10,000 rows", STEP, "_large"),
]
# Numbers of labels at which models with random labels are compared.
LABELS = (10, 20, 40, 60, 80, 100)
HEADER = (
    "model",
    "queries",
    "log RMSE",
    "difference",
    "tables x seeds",
    "tables",
    "chosen on",
    "others",
    "labels",
    "never",
    "worst",
    "s/label",
    "curves",
)
LEGEND = """\
Mean over the curve from 10 to 100 labels, over the seeds of a table and then over
tables. ``log RMSE`` is that of the error over the standard deviation of y; the
difference to the baseline is paired, with 95% intervals that take pairs of a table and
a seed as units, or tables. Pipelines that were not run on all tables of a title are
left out. ``labels`` is how many are needed to have the error of the
baseline at 100 and keep it (100 where that is ``never``), and ``s/label`` seconds of a
processor for a query and a fit, divided by the labels that it asks for.
"""
PUBLIC = "public tables", ("chosen on", "others")
MADE = "diabetes and tables that are made", ("made",)


def pipelines(directory, picture=None, write=None):
    """Print the tables; draw and write them where asked."""
    runs = read(directory)
    results = _of_setting(runs, STEP)
    if BASELINE not in results:
        raise SystemExit(f"{directory} has no curves of {' with '.join(BASELINE)}.")
    lines = [*LEGEND.splitlines(), ""]
    for title, groups in (PUBLIC, MADE):
        some = of_all_tables(results, groups)
        if some:
            lines += [*_whole(title, some), *_against_peers(title, some)]
    for title, step, end in OTHER_SETTINGS:
        some = of_all_tables(_of_setting(runs, step, end), PUBLIC[1])
        if some:
            title = f"{PUBLIC[0]}, {title}"
            lines += [*_whole(title, some), *_against_peers(title, some)]
    public = of_all_tables(results, PUBLIC[1])
    lines += _same_models(public) + _random(public)
    print("\n".join(lines))
    if picture is not None:
        names = [*DRAWN, *best_of_peers(public), BASELINE]
        draw({name: public[name] for name in names if name in public}, picture)
    if write is not None:
        write.write_text("\n".join(lines) + "\n")


def _of_setting(runs, step, end=""):
    """Curves of each pipeline in one setting."""
    return {
        (model, strategy): _until_last(curves, step)
        for model in OURS + PEERS
        for strategy, curves in runs.get((model + end, step), {}).items()
    }


def _until_last(curves, step):
    """Up to as many labels as all have, and seconds for a label."""
    per_label = np.array([1, 1, step, step])
    return {key: c[c[:, 0] <= LAST] / per_label for key, c in curves.items()}


def of_all_tables(results, groups):
    """Curves on the tables of some groups, of pipelines that were run on all of these.

    Means over some of the tables are no comparison with means over all. Which are all
    is what the baseline says; without it there are no pipelines.
    """
    some = {name: _in(curves, groups) for name, curves in results.items()}
    tables = {name: {table for table, _ in curves} for name, curves in some.items()}
    every = tables.get(BASELINE)
    return {name: some[name] for name in some if every and every <= tables[name]}


def _in(curves, groups):
    return {key: curve for key, curve in curves.items() if group(key[0]) in groups}


def best_of_peers(results):
    """Of each peer's pipelines the one with the smallest difference to the baseline."""
    baseline = results[BASELINE]
    means = {
        name: Difference(curves, baseline, over_the_curve).mean()
        for name, curves in results.items()
        if name[0] in PEERS and name != BASELINE
    }
    kinds = [[name for name in means if name[0] == peer] for peer in PEERS]
    return [min(names, key=means.get) for names in kinds if names]


def _needed(curves, baseline):
    needed = labels_needed(curves, baseline)
    mean = np.mean([LAST if n is None else n for n in needed.values()])
    never = sum(n is None for n in needed.values())
    return f"{mean:.0f}", f"{never} of {len(needed)}"


def _seconds(curves):
    """Of a query and a fit, for each label."""
    seconds = [curve[0, 2] + curve[0, 3] for curve in curves.values()]
    known = [value for value in seconds if np.isfinite(value)]
    return f"{np.mean(known):.3f}" if known else "-"


def _whole(title, results):
    """Differences of log RMSE to the baseline, averaged over the curve."""
    baseline = results[BASELINE]
    rows = []
    for name, curves in results.items():
        difference = Difference(curves, baseline, over_the_curve)
        rows.append((name, curves, difference))
    rows.sort(key=lambda row: row[2].mean())
    title = f"Whole pipelines on {title}, against {' with '.join(BASELINE)} labels"
    cells = [HEADER]
    for (model, strategy), curves, d in rows:
        absolute = Difference(curves, baseline, lambda a, _: np.mean(a[:, 1]))
        cells.append(
            (
                model,
                strategy,
                f"{absolute.mean():+.3f}",
                f"{d.mean():+.3f}",
                _interval(d.mean(), d.over_pairs()),
                _interval(d.mean(), d.over_tables()),
                _number(d.mean(["chosen on"])),
                _number(d.mean(["others"])),
                *_needed(curves, baseline),
                d.worst(),
                _seconds(curves),
                str(len(d.pairs)),
            )
        )
    lines = [title, "~" * len(title), "", *grid(cells), ""]
    tables = list(rows[0][2].tables)
    cells = [("pipeline", *tables)]
    for (model, strategy), _, d in rows:
        numbers = (_number(d.tables.get(t, np.nan), 2) for t in tables)
        cells.append((f"{model}, {strategy}", *numbers))
    return [*lines, *grid(cells), ""]


def _interval(mean, half):
    return f"{mean - half:+.3f} to {mean + half:+.3f}" if np.isfinite(half) else "-"


def _number(value, digits=3):
    return f"{value:+.{digits}f}" if np.isfinite(value) else "-"


def _against_peers(title, results):
    """Our pipelines with their default queries, each against each peer."""
    ours = [m for m in OURS if (m, "reduction") in results]
    theirs = [name for name in results if name[0] in PEERS]
    title = f"Our pipelines with default queries against peers on {title}"
    cells = [("peer", *ours)]
    for peer in theirs:
        row = []
        for model in ours:
            d = Difference(results[model, "reduction"], results[peer], over_the_curve)
            half = d.over_pairs()
            row.append(f"{d.mean():+.3f} ± {half:.3f}" if np.isfinite(half) else "-")
        cells.append((", ".join(peer), *row))
    return [title, "~" * len(title), "", *grid(cells), ""]


def _same_models(results):
    """The default queries of a model against others on the same model."""
    lines = []
    for model in OURS:
        first = results.get((model, "reduction"))
        others = [s for m, s in results if m == model and s != "reduction"]
        if first is None or not others:
            continue
        cells = [("queries", "difference", "95% interval", "worst", "better on")]
        for strategy in others:
            # The first point is the same for both.
            d = Difference(
                first,
                results[model, strategy],
                lambda a, b: over_the_curve(a[1:], b[1:]),
            )
            cells.append(
                (
                    strategy,
                    f"{d.mean():+.3f}",
                    _interval(d.mean(), d.over_tables()),
                    d.worst(),
                    f"{(d.values < 0).sum()} of {len(d.values)}",
                )
            )
        title = f"Default queries of {model} against others on the same model"
        lines += [title, "~" * len(title), "", *grid(cells), ""]
    return lines


def _random(results):
    """Models with random labels, against two of them, at some numbers of labels."""
    lines = []
    for against in ("grid", "sklearn"):
        if (against, "random") not in results:
            continue
        baseline = results[against, "random"]
        title = f"Random labels: log RMSE against {against} after n labels"
        cells = [("model", *map(str, LABELS))]
        for (model, strategy), curves in results.items():
            if strategy != "random":
                continue
            row = []
            for n in LABELS:
                d = Difference(
                    curves, baseline, lambda a, b, n=n: over_the_curve(*_at(n, a, b))
                )
                row.append(_number(d.mean()))
            cells.append((model, *row))
        lines += [title, "~" * len(title), "", *grid(cells), ""]
    return lines


def _at(n_labels, *curves):
    return [curve[curve[:, 0] == n_labels] for curve in curves]
