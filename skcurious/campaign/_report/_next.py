"""What to measure next, and why."""

import numpy as np

from skcurious._words import count, with_error
from skcurious.campaign._report._markup import (
    NOTHING,
    Cell,
    cell,
    measure,
    paragraph,
    section,
    table,
    text,
)
from skcurious.campaign._report._reasons import reasons

# Of a wide table, columns that are shown.
MOST_COLUMNS = 10


def next_section(subject):
    """The next rows, and why these."""
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
    if not subject.learned:
        said = []
    heads = ["order", _index_name(frame), *said, "score", *map(text, names)]
    rows = []
    for k, position in enumerate(subject.positions):
        cells = [cell(frame[name].iloc[position]) for name in names]
        told = [_with_std(m, s) for m, s in zip(mean[k], std[k], strict=True)]
        own = [Cell(str(k + 1), k + 1.0), cell(frame.index[position])]
        rows.append([*own, *told[: len(said)], measure(subject.scores[k]), *cells])
    name = "The candidates to measure next, the most useful first"
    parts = [table("next-table", name, heads, rows)]
    left = frame.shape[1] - len(names)
    if left:
        parts.append(paragraph(f"{count(left, 'more column')} not shown.", "note"))
    if not subject.learned:
        parts.append(
            paragraph(
                "These rows cover the candidates: each is far from those before it and "
                "from all that was tried. “Score” is how much of that it adds, 100 for "
                "the first."
            )
        )
        return section("next", title, parts)
    parts.append(
        paragraph(
            "± is the standard deviation of the prediction, without the noise of a "
            "label. “Score” is how much a label is expected to teach once those before "
            "it are known, for its price where there is one; 100 for the first, and "
            "more for a later one where those before it make it worth more.",
            "note",
        )
    )
    ahead, found = reasons(subject)
    parts.append("<h3>Why these</h3>")
    parts += [paragraph(sentence) for sentence in ahead]
    parts.append(
        "<ol>"
        + "\n".join(
            f"<li><b>{text(subject.label(position))}</b>{_bullets(why)}</li>"
            for position, why in zip(subject.positions, found, strict=True)
        )
        + "</ol>"
    )
    looked = len(subject.reference)
    parts.append(
        paragraph(
            "The expected error is the root mean square of the ± over "
            + (
                "all candidates"
                if looked == len(frame)
                else f"{looked:,} of the {len(frame):,} candidates, drawn at random"
            )
            + ": at each row from what it is when the rows before it and those under "
            "way that are not among these have their results. A row is informed if a "
            "tenth of the variance of its prediction goes.",
            "note",
        )
    )
    return section("next", title, parts)


def _bullets(sentences):
    if len(sentences) == 1:
        return f"<br>{sentences[0]}"
    return f"<ul>{''.join(f'<li>{s}</li>' for s in sentences)}</ul>"


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
