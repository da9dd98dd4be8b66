"""What was read as what."""

from skcurious._words import count
from skcurious.campaign._report._markup import (
    Cell,
    number,
    paragraph,
    section,
    table,
    text,
)
from skcurious.campaign._table import BLANK

# Columns in the table, and values of a category.
MOST_COLUMNS, MOST_VALUES = 100, 5


def columns(subject):
    """Columns of the candidates: numbers, categories, and what is not learnt from."""
    names = list(subject.table)
    heads = ["column", "read as", "what is in it"]
    rows = [
        [Cell(text(name)), Cell(kind), Cell(what)]
        for name, kind, what in (
            (name, *_read(subject, name)) for name in names[:MOST_COLUMNS]
        )
    ]
    parts = [
        paragraph(
            f"Targets: {', '.join(map(text, subject.targets))}. The other columns:"
        ),
        table("columns-table", "Columns of the candidates", heads, rows),
    ]
    left = len(names) - MOST_COLUMNS
    if left > 0:
        parts.append(paragraph(f"{count(left, 'more column')} not shown.", "note"))
    return section("columns", "What was read as what", parts)


def _read(subject, name):
    """What a column is, and what is in it; as HTML."""
    columns, settings = subject.look.columns, subject.look.settings
    if name in columns.numbers:
        kind, what = "number", _numbers(subject.look.X[name])
    elif name in columns.categories:
        kind, what = "category", _values(subject.look.X[name])
    elif name in columns.left_out:
        kind, what = "left out", columns.left_out[name]
    elif name == settings.cost:
        kind, what = "price", _numbers(subject.look.cost)
    elif name in settings.noise.values():
        targets = [text(t) for t, column in settings.noise.items() if column == name]
        kind, what = (
            "error bar",
            f"standard deviation of labels of {', '.join(targets)}",
        )
    else:
        kind, what = "ignored", "not learnt from"
    if name == settings.same:
        what += "; the same in all rows of one suggestion"
    return kind, what


def _numbers(values):
    known = values[values == values]
    blank = len(values) - len(known)
    said = f"{number(known.min(), 6)} to {number(known.max(), 6)}" if len(known) else ""
    return said + (f"; {count(blank, 'blank')}" if blank else "")


def _values(values):
    counts = values[values != BLANK].value_counts()
    # The commonest first, and equally common ones in the order of the alphabet.
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    said = ", ".join(f"{text(v, 30)} ({n:,})" for v, n in order[:MOST_VALUES])
    more = len(order) - MOST_VALUES
    said = f"{count(len(order), 'value')}: {said}" + (
        f" and {more:,} more" * (more > 0)
    )
    blank = int((values == BLANK).sum())
    return said + (f"; {count(blank, 'blank')}" if blank else "")
