"""What the command says: what it read, how well it predicts, what it asks for."""

import textwrap

import pandas as pd
from pandas.api.types import is_numeric_dtype
from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table as Grid
from rich.text import Text

from skcurious._words import aligned, count, names, with_error
from skcurious.campaign._cells import numbers

# Longer lines of prose are hard to read.
PROSE = 88
# Columns of the pool shown beside the line.
MOST_COLUMNS = 6
# Longer numbers are rounded to six digits.
LONGEST_NUMBER = 10


def make_console():
    """A console that cuts nothing off where there is no terminal."""
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 10_000
    return console


class Report:
    """Prints one run.

    Parameters
    ----------
    console : rich.console.Console
    """

    def __init__(self, console):
        self._console = console

    def say(self, sentence="", *, head="", indent=None):
        """Print a sentence, wrapped, with `head` in bold before it."""
        indent = len(head) if indent is None else indent
        lines = textwrap.fill(
            sentence,
            min(PROSE, self._console.width),
            initial_indent=head.ljust(indent),
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        words = Text(lines)
        words.stylize("bold", 0, len(head))
        self._console.print(words, soft_wrap=True)

    def tables(self, labelled, pool, problem):
        """What was read, and what became of the columns."""
        columns = problem.columns
        entries = [
            (
                "Aim",
                f"a model that predicts {problem.target!r} well for the whole pool; "
                "not the row with the best value of it",
            ),
            (
                "Labelled",
                f"{labelled.name}: {count(len(problem.y), 'row')} with "
                f"{problem.target!r}, from {problem.y.min():.9g} to "
                f"{problem.y.max():.9g}",
            ),
            ("Pool", f"{pool.name}: {count(len(problem.pool), 'row')} to choose from"),
        ]
        if columns.numbers:
            entries.append(("Numbers", names(columns.numbers)))
        if columns.categories:
            levels = [problem.X[name].nunique() for name in columns.categories]
            entries.append(("Categories", names(columns.categories, levels)))
        if problem.cost is not None:
            entries.append(("Cost", f"{problem.cost.name!r}, not learnt from"))
        reasons = {}
        for name, reason in columns.left_out.items():
            reasons.setdefault(reason, []).append(name)
        for reason, some in reasons.items():
            entries.append(("Left out", f"{names(some)}: {reason}"))
        for head, sentence in entries:
            self.say(sentence, head=head, indent=12)
        self._list(problem.notes)

    def model(self, problem, chosen):
        """How well the models predict."""
        parts = (
            "one left out after another"
            if chosen.n_folds == len(problem.y)
            else f"in {chosen.n_folds} parts"
        )
        self.say()
        grid = Grid(box=box.SIMPLE_HEAD, title=None, pad_edge=False)
        grid.add_column("Predicted by")
        grid.add_column(f"typical error of {problem.target}", justify="right")
        errors = aligned(chosen.errors.values())
        for name, error in zip(chosen.errors, errors, strict=True):
            grid.add_row(
                name.replace("-", " ") + (" (used)" if name == chosen.name else ""),
                error,
                style="bold" if name == chosen.name else None,
            )
        self._console.print(grid)
        self.say(
            "The error is the root mean square over labelled rows that the model had "
            f"not seen ({count(len(problem.y), 'row')}, {parts})."
        )
        self._list(chosen.notes)

    def picks(self, problem, picks, pool):
        """The rows to label next."""
        self.say()
        cost = None if problem.cost is None else problem.cost.name
        last = [] if cost is None else [cost]
        shown = [n for n in pool.frame if n not in {problem.target, cost}]
        shown = shown[: MOST_COLUMNS - len(last)] + last
        grid = self._picks_grid(problem, picks, pool, shown)
        while len(shown) > 1 and not self._fits(grid):
            del shown[-1 - len(last)]
            grid = self._picks_grid(problem, picks, pool, shown)
        one = len(picks.indices) == 1
        title = "this row next" if one else "these rows next, the most useful first"
        self._console.print(f"Label {title}", style="bold")
        self._console.print(grid)
        price = "" if cost is None else f" per unit of {cost!r}"
        self.say(
            f"line: in {pool.name}, as a spreadsheet numbers it (the header is line "
            "1). ±: one standard deviation of the prediction, without the noise of a "
            f"measurement. score: how much a label should teach{price} once those "
            "above it are known; the first has 100."
        )
        if cost is not None:
            total = problem.cost.iloc[picks.indices].sum()
            self.say(f"Together they cost {total:g} ({cost!r}).")
        self._list(picks.notes)

    def written(self, path, what):
        """Where something was written."""
        self.say(f"{what} written to {path}")

    def _fits(self, grid):
        options = self._console.options.update(max_width=10_000)
        natural = Measurement.get(self._console, options, grid).maximum
        return natural <= self._console.width

    def _picks_grid(self, problem, picks, pool, shown):
        grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
        grid.add_column("", justify="right")
        grid.add_column("line", justify="right", style="bold")
        cells = []
        for name in shown:
            column = pool.frame.loc[picks.lines, name]
            learnt = name in problem.columns.numbers
            side = "right" if learnt or is_numeric_dtype(column) else "left"
            grid.add_column(name, justify=side, overflow="fold")
            decimal = pool.dialect.decimal if learnt else None
            cells.append([_cell(cell, decimal) for cell in column])
        grid.add_column(
            f"{problem.target} predicted",
            justify="right",
            style="cyan",
            overflow="fold",
        )
        grid.add_column("score", justify="right")
        at = picks.indices
        for number, (line, row, mean, std, score) in enumerate(
            zip(
                picks.lines,
                zip(*cells, strict=True),
                picks.prediction[at],
                picks.std[at],
                picks.score,
                strict=True,
            ),
            1,
        ):
            grid.add_row(
                str(number),
                str(line),
                *row,
                with_error(mean, std),
                f"{score:.1f}",
            )
        return grid

    def _list(self, notes):
        for note in notes:
            self.say(note, head="* ")


def _cell(value, decimal):
    """A cell as it is in the file; a number without digits that nobody reads.

    `decimal` is its mark, None for what was not learnt from as a number.
    """
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    shown = str(value).strip()
    if decimal is None or len(shown) <= LONGEST_NUMBER:
        return shown
    (number,), (is_text,) = numbers(pd.Series([value]), decimal)
    return shown if is_text else f"{number:.6g}".replace(".", decimal)
