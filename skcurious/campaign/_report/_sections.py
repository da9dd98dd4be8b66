"""The parts of a report, from how it stands to what happened."""

import numpy as np

from skcurious import __version__
from skcurious._words import count, with_error
from skcurious.campaign._report._columns import columns
from skcurious.campaign._report._figures import cross_validation, errors, pool_map
from skcurious.campaign._report._markup import (
    NOTHING,
    Cell,
    cell,
    measure,
    number,
    paragraph,
    section,
    table,
    text,
)
from skcurious.campaign._report._reasons import reasons
from skcurious.campaign._report._effects import effects
from skcurious.campaign._runs import FAILED, PENDING

# Of a wide table, columns that are shown; of what is under way or failed, rows.
MOST_COLUMNS, MOST_ROWS = 10, 20
NO_MODEL = "There is no model yet, so that this cannot be said."


def sections(subject):
    """The whole page, part by part."""
    yield _head(subject)
    yield _next(subject)
    yield _errors(subject)
    yield _predictions(subject)
    yield _map(subject)
    yield _effects(subject)
    yield columns(subject)
    yield _history(subject)
    yield _runs(subject)
    written = f"Written by skcurious {text(__version__)}."
    yield f"<footer>{paragraph(written, 'note')}</footer>"


def _head(subject):
    status = subject.status
    counts = [
        (status.n_open, "open"),
        (status.n_measured, "measured"),
        (status.n_pending, "under way"),
        (status.n_failed, "failed"),
    ]
    tiles = "".join(f"<li><b>{n:,}</b>{what}</li>" for n, what in counts)
    said = (
        f"{count(len(subject.table), 'candidate')}; "
        f"{count(status.n_labels, 'label')} in {count(status.n_rounds, 'round')}."
    )
    return (
        f"<header><h1>{', '.join(map(text, subject.targets))}: how the campaign stands"
        f'</h1>{paragraph(text(status.advice, 400), "lead")}'
        f'<ul class="counts">{tiles}</ul>'
        f"{paragraph(said, 'note')}</header>"
    )


# -- what to measure next ------------------------------------------------------------


def _next(subject):
    title = "Measure next"
    if not len(subject.positions):
        nothing = "No candidate is left to suggest."
        return section("next", title, [paragraph(nothing)])
    frame = subject.table
    names = _shown_columns(subject)
    targets = subject.targets
    mean, std = subject.look.predict(subject.positions)
    many = len(targets) > 1
    said = [f"{text(t)}, predicted" if many else "predicted" for t in targets]
    heads = ["order", _index_name(frame), *map(text, names), *said, "worth"]
    rows = []
    for k, position in enumerate(subject.positions):
        cells = [cell(frame[name].iloc[position]) for name in names]
        told = [_with_std(m, s) for m, s in zip(mean[k], std[k], strict=True)]
        own = [Cell(str(k + 1), k + 1.0), cell(frame.index[position])]
        rows.append([*own, *cells, *told, measure(subject.scores[k])])
    parts = [table("The candidates to measure next, the most useful first", heads, rows)]
    left = frame.shape[1] - len(names)
    if left:
        parts.append(paragraph(f"{count(left, 'more column')} not shown.", "note"))
    if not subject.learned:
        parts.append(
            paragraph(
                "These rows cover the candidates: each is far from those before it and "
                "from all that was tried. “Worth” is how much of that it adds, 100 for "
                "the first."
            )
        )
        return section("next", title, parts)
    parts.append(
        paragraph(
            "± is the standard deviation of the prediction, without the noise of a "
            "label. “Worth” is how much a label is expected to teach, for its price "
            "where there is one, 100 for the first.",
            "note",
        )
    )
    parts.append("<h3>Why these</h3>")
    parts.append(
        "<ol>"
        + "\n".join(
            f"<li><b>{text(subject.label(position))}</b>: {' '.join(why)}</li>"
            for position, why in zip(
                subject.positions, reasons(subject), strict=True
            )
        )
        + "</ol>"
    )
    looked = len(subject.shown)
    parts.append(
        paragraph(
            "The expected error is the root mean square of the ± over "
            + (
                "all candidates"
                if looked == len(frame)
                else f"{looked:,} of the {len(frame):,} candidates, drawn at random,"
            )
            + " when the rows before it and those under way have their results. A row "
            "is informed if a tenth of the variance of its prediction goes.",
            "note",
        )
    )
    return section("next", title, parts)


def _shown_columns(subject):
    """Those that are learnt from first, if there is not room for all; in order."""
    names = list(subject.table)
    used = set(subject.look.columns.used)
    kept = sorted(names, key=lambda name: name not in used)[:MOST_COLUMNS]
    return [name for name in names if name in set(kept)]


def _index_name(frame):
    return "row" if frame.index.name is None else text(frame.index.name)


def _with_std(mean, std):
    if not np.isfinite(mean):
        return Cell(NOTHING)
    said = with_error(mean, std).replace("-", "\N{MINUS SIGN}")
    return Cell(said, float(mean))


# -- how good the model is -------------------------------------------------------------


def _errors(subject):
    status, title = subject.status, "What one more label buys"
    if not status.expected_error:
        return section("buys", title, [paragraph(NO_MODEL)])
    heads = [
        "target",
        "error by cross-validation",
        "expected error",
        "one more label lowers it by",
        "scatter of replicates",
    ]
    rows = [
        [
            Cell(text(target)),
            measure(status.cv_error[target]),
            measure(status.expected_error[target]),
            measure(status.gain[target], 2),
            measure(status.scatter.get(target, np.nan)),
        ]
        for target in status.expected_error
    ]
    note = (
        "In units of the target. By cross-validation: root mean square of what the "
        "model gets wrong about rows with a label that it was not shown. Expected: what "
        "it says itself about all candidates, without the noise of labels. One more "
        "label: of the candidate that lowers it most."
    )
    return section("buys", title, [table("Errors", heads, rows), paragraph(note, "note")])


def _predictions(subject):
    title = "Predicted against measured"
    if not subject.learned:
        return section("predicted", title, [paragraph(NO_MODEL)])
    figures, tables = [], []
    for k, (target, _) in enumerate(subject.learned):
        figures.append(cross_validation(subject, k, target))
        tables.append(_furthest(subject, k, target))
    parts = [f'<div class="figures">{"".join(figures)}</div>', *tables]
    return section("predicted", title, parts)


def _furthest(subject, k, target):
    """Rows that the model gets most wrong, in which a slip is looked for first."""
    y = subject.look.training.Y[target]
    predicted = subject.look.cross_validated[:, k]
    miss = np.abs(predicted - y.to_numpy())
    worst = [at for at in np.argsort(-miss, kind="stable")[:5] if miss[at] > 0]
    rows = [
        [
            cell(subject.label(y.index[at])),
            measure(y.iloc[at], 4),
            measure(predicted[at], 4),
            measure(predicted[at] - y.iloc[at], 2),
        ]
        for at in worst
    ]
    name = f"{text(target)}: the rows furthest off; look there for a slip first"
    return table(name, ["row", "measured", "predicted", "difference"], rows)


def _map(subject):
    title = "Map of the candidates"
    if not subject.learned:
        return section("map", title, [paragraph(NO_MODEL)])
    figures = [
        pool_map(subject, k, target) for k, (target, _) in enumerate(subject.learned)
    ]
    return section("map", title, [f'<div class="figures">{"".join(figures)}</div>'])


def _effects(subject):
    title = "Which columns matter"
    if not subject.learned:
        return section("matter", title, [paragraph(NO_MODEL)])
    names = list(subject.look.X)
    heads, measured, some_length = ["column"], [], False
    seed = subject.look.settings.random_state
    for target, estimator in subject.learned:
        effect, length = effects(estimator, subject.look.reference, seed)
        name = "" if len(subject.learned) == 1 else f"{text(target)}: "
        heads.append(f"{name}moves the prediction by")
        measured.append((effect, 3))
        if length is not None:
            some_length = True
            heads.append(f"{name}in learned lengths")
            measured.append((length, 2))
    first = measured[0][0]
    order = np.argsort(-first, kind="stable")[:100]
    rows = [
        [Cell(text(names[j])), *(measure(v[j], digits) for v, digits in measured)]
        for j in order
    ]
    note = (
        "How far predictions move, as a root mean square in units of the target, when "
        "a candidate is given this column's value of another candidate."
    )
    if some_length:
        note += (
            " In lengths: how far that takes it, in units of the length that the model "
            "has learned for the column; well below 1 it hardly counts."
        )
    parts = [table("The columns, those that matter most first", heads, rows)]
    if len(names) > len(order):
        note += f" {count(len(names) - len(order), 'more column')} not shown."
    return section("matter", title, [*parts, paragraph(note, "note")])


# -- what happened ---------------------------------------------------------------------


def _history(subject):
    title = "Round by round"
    history = subject.history
    if not len(history):
        nothing = "There are no results yet."
        return section("rounds", title, [paragraph(nothing)])
    values = {name: np.asarray(history[name], dtype=float) for name in history.columns}
    heads, parts = ["round", "labels"], []
    for target in subject.targets:
        end = f", {text(target)}" if len(subject.targets) > 1 else ""
        heads += [f"error by cross-validation{end}", f"expected error{end}"]
    rows = [
        [Cell(f"{int(v):,}", float(v)) for v in line[:2]] + [measure(v) for v in line[2:]]
        for line in zip(*values.values(), strict=True)
    ]
    figures = []
    for k, target in enumerate(subject.targets):
        both = list(values.values())[2 + 2 * k : 4 + 2 * k]
        if np.isfinite(both[1]).sum() > 1:
            figures.append(errors(k, target, values["n_labels"], *both))
    if figures:
        parts.append(f'<div class="figures">{"".join(figures)}</div>')
    parts.append(table("After each round of results", heads, rows))
    return section("rounds", title, parts)


def _runs(subject):
    """What is under way, and what failed."""
    found, lines = subject.look.states, []
    for state, said in ((PENDING, "under way"), (FAILED, "failed")):
        at = np.flatnonzero(found == state)
        more = f" and {len(at) - MOST_ROWS:,} more" if len(at) > MOST_ROWS else ""
        names = ", ".join(text(subject.label(row)) for row in at[:MOST_ROWS])
        lines.append(
            paragraph(f"{said.capitalize()}: {names}{more}." if len(at) else f"None {said}.")
        )
    return section("runs", "Under way, and failed", lines)
