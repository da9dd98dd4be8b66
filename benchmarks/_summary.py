"""Tables and a picture of what bench_active_learning measured."""

from collections import defaultdict

import numpy as np
from _curves import load
from _tables import CHOSEN_ON, group
from scipy.stats import t as student

BASELINE = "random"
HEADER = (
    "strategy",
    "log RMSE",
    "95% interval",
    "chosen on",
    "others",
    "wins",
    "rank",
    "labels",
    "s/query",
)


def read(directory):
    """``{(model, step): {strategy: {(table, seed): curve}}}``.

    A curve is an array of rows: labels, log RMSE, seconds of a query and of a fit.
    """
    runs = defaultdict(lambda: defaultdict(dict))
    for curve in load(directory):
        strategies = runs[curve.model, curve.step]
        strategies[curve.strategy][curve.table, curve.seed] = curve.rows()
    return runs


def by_table(curves, value):
    """Mean over the seeds of ``value(key, curve)``, for each table."""
    values = defaultdict(list)
    for key, curve in curves.items():
        values[key[0]].append(value(key, curve))
    return {table: np.mean(v, axis=0) for table, v in values.items()}


def differences(curves, baseline):
    """Mean over the curve of log RMSE against random, for each table.

    The first point is the same for all and left out; seeds that only one of
    the two has are, too.
    """
    return {table: v[1:].mean() for table, v in gains(curves, baseline).items()}


def gains(curves, baseline):
    """Log RMSE against random at every point of the curve, for each table."""
    both = {key: curve for key, curve in curves.items() if key in baseline}
    return by_table(both, lambda k, c: c[:, 1] - baseline[k][:, 1])


def labels_needed(curves, baseline):
    """Labels after which random's last error is not exceeded again.

    As a part of random's labels, averaged over tables; curves are averaged
    over the seeds first. 1 where it is never reached.
    """
    ours = by_table(curves, lambda k, c: c)
    theirs = by_table(baseline, lambda k, c: c)
    parts = []
    for table, curve in ours.items():
        above = np.flatnonzero(curve[:, 1] > theirs[table][-1, 1])
        first_below = above[-1] + 1 if above.size else 0
        enough = curve[min(first_below, len(curve) - 1), 0]
        parts.append(enough / theirs[table][-1, 0])
    return float(np.mean(parts))


def interval(values):
    """Half of the 95% interval of the mean of a paired difference."""
    n = len(values)
    return float(student.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))


def rows_of(strategies):
    """One row for each strategy, the best first."""
    baseline = strategies[BASELINE]
    per_table = {s: differences(c, baseline) for s, c in strategies.items()}
    tables = sorted(per_table[BASELINE])
    complete = [s for s in strategies if sorted(per_table[s]) == tables]
    matrix = np.array([[per_table[s][t] for t in tables] for s in complete])
    ranks = matrix.argsort(axis=0).argsort(axis=0).mean(axis=1) + 1
    rows = []
    for strategy, values, rank in zip(complete, matrix, ranks, strict=True):
        curves = strategies[strategy]
        seconds = np.mean([c[1:, 2].mean() for c in curves.values()])
        rows.append(
            (
                strategy,
                values,
                float(rank),
                labels_needed(curves, baseline),
                float(seconds),
            )
        )
    return tables, sorted(rows, key=lambda row: row[1].mean())


def summarise(directory, models, picture=None, write=None):
    """Print the tables, and write them and the picture where asked.

    Of public tables, where there are any: those that are made are for whole pipelines.
    """
    results = {
        setting: {name: _public(curves) for name, curves in strategies.items()}
        for setting, strategies in read(directory).items()
        # There is more than one to compare.
        if setting[0] in models and BASELINE in strategies and len(strategies) > 1
    }
    lines = []
    for (model, step), strategies in results.items():
        lines += section(model, step, strategies)
    print("\n".join(lines))
    if write is not None:
        write.write_text("\n".join(lines) + "\n")
    if picture is not None:
        draw(results, picture)


def _public(curves):
    public = {key: c for key, c in curves.items() if group(key[0]) != "made"}
    return public or curves


def section(model, step, strategies):
    tables, rows = rows_of(strategies)
    n_seeds = len({seed for _, seed in strategies[BASELINE]})
    title = f"{model}, {step} label{'s' * (step > 1)} a query"
    lines = [title, "-" * len(title), ""]
    lines += [f"{len(tables)} tables, {n_seeds} seeds.", ""]
    cells = [HEADER]
    chosen = np.array([table in CHOSEN_ON for table in tables])
    for strategy, values, rank, labels, seconds in rows:
        half = interval(values)
        parts = [
            f"{values[some].mean():+.3f}" if some.any() else "-"
            for some in (chosen, ~chosen)
        ]
        cells.append(
            (
                strategy,
                f"{values.mean():+.3f}",
                f"{values.mean() - half:+.3f} to {values.mean() + half:+.3f}",
                *parts,
                f"{int((values < 0).sum())} of {len(values)}",
                f"{rank:.1f}",
                f"{labels:.0%}",
                f"{seconds:.3f}",
            )
        )
    lines += grid(cells)
    cells = [("strategy", *tables)]
    cells += [(s, *(f"{v:+.2f}" for v in values)) for s, values, *_ in rows]
    lines += ["", *grid(cells), ""]
    first, others = rows[0], rows[1:]
    lines += [f"Paired differences of {first[0]} (mean, 95% interval, better on):", ""]
    cells = [("against", "difference", "95% interval", "better on")]
    for strategy, values, *_ in others:
        d = first[1] - values
        half = interval(d)
        cells.append(
            (
                strategy,
                f"{d.mean():+.3f}",
                f"{d.mean() - half:+.3f} to {d.mean() + half:+.3f}",
                f"{int((d < 0).sum())} of {len(d)}",
            )
        )
    return [*lines, *grid(cells), ""]


def grid(cells):
    """A simple reStructuredText table."""
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    rule = "  ".join("=" * w for w in widths)
    body = [
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return [rule, body[0], rule, *body[1:], rule]


DRAWN = {  # colour and width
    "reduction": ("C3", 2.5),
    "committee": ("C1", 2.5),
    "curiosity": ("C4", 1.2),
    "variance": ("C5", 1.2),
    "LCMD": ("C0", 1.2),
    "iGS": ("C2", 1.2),
    "GSx": ("C8", 1.2),
    "GP std": ("C9", 1.2),
    "QBC": ("C7", 1.2),
}


def draw(results, path):
    """Learning curves against random, averaged over tables."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    n_columns = min(len(results), 3)
    n_rows = -(-len(results) // n_columns)
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(4 * n_columns, 3.5 * n_rows + 0.5),
        layout="constrained",
        squeeze=False,
    )
    for ax in axes.flat[len(results) :]:
        ax.set_axis_off()
    handles = {}
    for ax, ((model, step), strategies) in zip(
        axes.flat, results.items(), strict=False
    ):
        baseline = strategies[BASELINE]
        for strategy, (color, width) in DRAWN.items():
            if strategy not in strategies:
                continue
            curves = strategies[strategy]
            per_table = gains(curves, baseline)
            length = max(len(v) for v in per_table.values())
            padded = np.full((len(per_table), length), np.nan)
            for i, v in enumerate(per_table.values()):
                padded[i, : len(v)] = v
            longest = max(curves.values(), key=len)
            (handles[strategy],) = ax.plot(
                longest[:, 0],
                np.nanmean(padded, axis=0),
                lw=width,
                zorder=2 + width,
                color=color,
            )
        ax.axhline(0, color="0.5", lw=1)
        ax.set(xlabel="labels", title=f"{model}, {step} a query")
    for ax in axes[:, 0]:
        ax.set_ylabel("log RMSE against random")
    figure.legend(
        handles.values(), handles, loc="outside lower center", ncols=9, frameon=False
    )
    figure.savefig(path, dpi=110)
