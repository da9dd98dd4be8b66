"""The parts of a report, from how it stands to what happened."""

import numpy as np

from skcurious import __version__
from skcurious._words import count, listed
from skcurious.campaign._report._columns import columns
from skcurious.campaign._report._effects import effects
from skcurious.campaign._report._figures import cross_validation, errors, pool_map
from skcurious.campaign._report._markup import (
    Cell,
    cell,
    measure,
    paragraph,
    section,
    table,
    text,
)
from skcurious.campaign._report._next import next_section
from skcurious.campaign._runs import FAILED, PENDING

# Rows that are pending or failed and are named, columns of those that matter.
MOST_ROWS, MOST_COLUMNS = 20, 100
NO_MODEL = (
    "What one more label buys, how well labels are predicted, where the candidates lie "
    "on a map and which columns matter: there is no model yet."
)


def sections(subject):
    """The whole page, part by part."""
    yield _head(subject)
    yield next_section(subject)
    if subject.learned:
        yield _errors(subject)
        yield _predictions(subject)
        yield _map(subject)
        yield _effects(subject)
    else:
        yield section("later", "What cannot be said yet", [paragraph(NO_MODEL)])
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
        (status.n_pending, "pending"),
        (status.n_failed, "failed"),
    ]
    tiles = "".join(f"<li><b>{n:,}</b>{what}</li>" for n, what in counts)
    return (
        f"<header><h1>{', '.join(map(text, subject.targets))}: how the campaign stands"
        f"</h1>{paragraph(text(status.advice, 400), 'lead')}"
        f'<ul class="counts">{tiles}</ul>'
        f"{paragraph(_what_counts(subject), 'note')}</header>"
    )


def _what_counts(subject):
    """What the numbers count, as far as they do not agree by themselves."""
    status, look = subject.status, subject.look
    n = len(subject.table)
    said = f"These are the {n:,} candidates" if n > 1 else "This is the 1 candidate"
    if (look.first != np.arange(n)).any():
        said += ", equal ones counted each"
    if len(subject.marked):
        rows = count(len(subject.marked), "row")
        some = " among others" if len(subject.marked) < status.n_pending else ""
        said += f"; pending are{some} the {rows} to measure next"
    said += (
        f". There are {count(status.n_labels, 'label')} in "
        f"{count(status.n_rounds, 'round')}"
    )
    rows = np.array(sorted(look.state.measured), dtype=int)
    if len(rows) < status.n_labels:
        said += (
            f", of {count(len(rows), 'row')} that differ: labels of equal rows are "
            "averaged"
        )
    others = int((rows >= n).sum())
    if others:
        are = "is no candidate" if others == 1 else "are no candidates"
        said += f"; {count(others, 'row')} with a label {are}"
    return f"{said}."


# -- how good the model is -------------------------------------------------------------


def _errors(subject):
    status, title = subject.status, "What one more label buys"
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
        "model gets wrong about rows with a label that it was not shown. Expected: "
        "what it says itself about all candidates, without the noise of labels. One "
        "more label: of the candidate that lowers it most."
    )
    return section(
        "buys",
        title,
        [table("buys-table", "Errors", heads, rows), paragraph(note, "note")],
    )


def _predictions(subject):
    title = "Predicted against measured"
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
    return table(
        f"furthest-{k}", name, ["row", "measured", "predicted", "difference"], rows
    )


def _map(subject):
    title = "Map of the candidates"
    figures = [
        pool_map(subject, k, target) for k, (target, _) in enumerate(subject.learned)
    ]
    return section("map", title, [f'<div class="figures">{"".join(figures)}</div>'])


def _effects(subject):
    title = "Which columns matter"
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
    order = np.argsort(-first, kind="stable")[:MOST_COLUMNS]
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
    name = "The columns, those that matter most first"
    parts = [table("matter-table", name, heads, rows)]
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
        [Cell(f"{int(v):,}", float(v)) for v in line[:2]]
        + [measure(v) for v in line[2:]]
        for line in zip(*values.values(), strict=True)
    ]
    figures = []
    for k, target in enumerate(subject.targets):
        both = list(values.values())[2 + 2 * k : 4 + 2 * k]
        if np.isfinite(both[1]).sum() > 1:
            figures.append(errors(k, target, values["n_labels"], *both))
    if figures:
        parts.append(f'<div class="figures">{"".join(figures)}</div>')
    parts.append(table("rounds-table", "After each round of results", heads, rows))
    return section("rounds", title, parts)


def _runs(subject):
    """What is pending, and what failed."""
    found, lines = subject.look.states, []
    for state, said in ((PENDING, "pending"), (FAILED, "failed")):
        at = np.setdiff1d(np.flatnonzero(found == state), subject.marked)
        names = [text(subject.label(row)) for row in at]
        if state == PENDING and len(subject.marked):
            rows = count(len(subject.marked), "row")
            names = [f"the {rows} to measure next", *names]
        lines.append(
            paragraph(
                f"{said.capitalize()}: {listed(names, MOST_ROWS)}."
                if names
                else f"None {said}."
            )
        )
    return section("runs", "Pending, and failed", lines)
