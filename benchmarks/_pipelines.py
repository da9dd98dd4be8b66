"""Tables of whole pipelines: a model, and how it asks for its labels."""

import numpy as np
from _summary import grid, interval, labels_needed, read
from _tables import CHOSEN_ON

BASELINE = "sklearn", "random"
# Numbers of labels at which models with random labels are compared.
LABELS = (10, 20, 40, 80, 100, 120)
LAST = 100


def pipelines(path, write=None):
    """Print the tables, and write them where asked."""
    results = {
        (model, strategy): curves
        for (model, _), strategies in read(path).items()
        for strategy, curves in strategies.items()
    }
    lines = _whole(results) + _random(results)
    print("\n".join(lines))
    if write is not None:
        write.write_text("\n".join(lines) + "\n")


def _until(curves, last):
    return {key: curve[curve[:, 0] <= last] for key, curve in curves.items()}


def _per_table(curves, baseline, value):
    """Mean over the seeds that both have of ``value(curve, baseline's)``."""
    tables = {}
    for key, curve in curves.items():
        if key in baseline:
            tables.setdefault(key[0], []).append(value(curve, baseline[key]))
    return {table: float(np.mean(v)) for table, v in sorted(tables.items())}


def _whole(results):
    """Differences of log RMSE to the baseline, averaged over the curve."""
    baseline = _until(results[BASELINE], LAST)
    rows = []
    for name, curves in results.items():
        curves = _until(curves, LAST)
        values = _per_table(
            curves, baseline, lambda a, b: np.mean(a[:, 1] - b[: len(a), 1])
        )
        absolute = _per_table(curves, baseline, lambda a, b: np.mean(a[:, 1]))
        needed = labels_needed(curves, baseline)
        n_seeds = len({seed for _, seed in curves})
        rows.append((name, values, absolute, needed, n_seeds))
    rows.sort(key=lambda row: np.mean(list(row[1].values())))
    tables = list(rows[0][1])
    title = f"Whole pipelines, log RMSE against {' with '.join(BASELINE)} labels"
    lines = [title, "-" * len(title), ""]
    cells = [
        (
            "model",
            "queries",
            "log RMSE",
            "difference",
            "95% interval",
            "chosen on",
            "others",
            "labels",
            "worst",
            "seeds",
        )
    ]
    for (model, strategy), values, absolute, needed, n_seeds in rows:
        v = np.array(list(values.values()))
        chosen = np.array([table in CHOSEN_ON for table in values])
        half = interval(v) if len(v) > 1 else np.nan
        cells.append(
            (
                model,
                strategy,
                f"{np.mean(list(absolute.values())):+.3f}",
                f"{v.mean():+.3f}",
                f"{v.mean() - half:+.3f} to {v.mean() + half:+.3f}",
                f"{v[chosen].mean():+.3f}" if chosen.any() else "-",
                f"{v[~chosen].mean():+.3f}" if (~chosen).any() else "-",
                f"{needed:.0%}",
                f"{v.max():+.3f}",
                str(n_seeds),
            )
        )
    lines += [*grid(cells), ""]
    cells = [("pipeline", *tables)]
    for (model, strategy), values, *_ in rows:
        numbers = (f"{values[t]:+.2f}" if t in values else "-" for t in tables)
        cells.append((f"{model}, {strategy}", *numbers))
    lines += [*grid(cells), ""]
    for model in dict.fromkeys(model for model, _ in results):
        lines += _paired(model, results)
    return lines


def _paired(model, results):
    """The default strategy of a model against the others on the same model."""
    if (model, "reduction") not in results:
        return []
    first = _until(results[model, "reduction"], LAST)
    cells = [("queries", "difference", "95% interval", "worst", "better on")]
    for (other, strategy), curves in results.items():
        if other != model or strategy == "reduction":
            continue
        d = _per_table(
            first, _until(curves, LAST), lambda a, b: np.mean(a[1:, 1] - b[1:, 1])
        )
        d = np.array(list(d.values()))
        half = interval(d) if len(d) > 1 else np.nan
        cells.append(
            (
                strategy,
                f"{d.mean():+.3f}",
                f"{d.mean() - half:+.3f} to {d.mean() + half:+.3f}",
                f"{d.max():+.3f}",
                f"{(d < 0).sum()} of {len(d)}",
            )
        )
    title = f"Default queries of {model} against others on the same model"
    return [title, "-" * len(title), "", *grid(cells), ""]


def _random(results):
    """Models with random labels, against two of them, at some numbers of labels."""
    lines = []
    for against in ("grid", "sklearn"):
        if (against, "random") not in results:
            continue
        baseline = results[against, "random"]
        title = f"Random labels: log RMSE against {against} after n labels"
        lines += [title, "-" * len(title), ""]
        cells = [("model", *map(str, LABELS))]
        for (model, strategy), curves in results.items():
            if strategy != "random":
                continue
            row = []
            for n in LABELS:
                d = _per_table(
                    curves, baseline, lambda a, b, n=n: _at(a, n) - _at(b, n)
                )
                d = [v for v in d.values() if np.isfinite(v)]
                row.append(f"{np.mean(d):+.3f}" if d else "-")
            cells.append((model, *row))
        lines += [*grid(cells), ""]
    return lines


def _at(curve, n_labels):
    where = np.flatnonzero(curve[:, 0] == n_labels)
    return curve[where[0], 1] if len(where) else np.nan
