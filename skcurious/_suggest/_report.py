"""What the command says: what it read, how well it predicts, what it asks for."""

import shlex
import textwrap

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table as Grid
from rich.text import Text

from skcurious._suggest._notes import First
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


# One label may show where another, of little worth alone, teaches much.
LATER = ", and a later one may have more, where those above it make it worth more"


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
        self.first(problem.notes)
        columns, Y = problem.columns, problem.results.Y
        entries = [("Aim", aim(problem.targets))]
        for target, y in Y.items():
            is_plain = len(problem.targets) == 1 and not problem.results.noise
            y = problem.y if is_plain else y.dropna()
            extent = f", from {min(y):.9g} to {max(y):.9g}" if len(y) else ""
            entries.append(
                (
                    "Labelled",
                    f"{labelled.name}: {count(len(y), 'row')} with {target!r}{extent}"
                    + weight(problem.weights, target),
                )
                if labelled is not None and len(y)
                else ("Labelled", f"no row yet with {target!r}")
            )
        rows = count(len(problem.pool), "row")
        entries.append(("Pool", f"{pool.name}: {rows} to choose from"))
        states = problem.results.states
        for state in ("pending", "failed"):
            n = int((states == state).sum())
            if n:
                entries.append((state.capitalize(), count(n, "row")))
        if columns.numbers:
            entries.append(("Numbers", names(columns.numbers)))
        if columns.categories:
            from_ = problem.results.X if problem.has_model else problem.pool
            levels = [from_[name].nunique() for name in columns.categories]
            entries.append(("Categories", names(columns.categories, levels)))
        if problem.cost is not None:
            entries.append(("Cost", f"{problem.cost.name!r}, not learnt from"))
        if problem.offered.same is not None:
            entries.append(
                ("Same", f"{problem.offered.same.name!r}: one value for all rows below")
            )
        for target, name in problem.results.noise.items():
            entries.append(
                ("Noise", f"{name!r}: the standard deviation of a label of {target!r}")
            )
        reasons = {}
        for name, reason in columns.left_out.items():
            reasons.setdefault(reason, []).append(name)
        for reason, some in reasons.items():
            entries.append(("Left out", f"{names(some)}: {reason}"))
        self.entries(entries)
        self.notes(problem.notes)

    def entries(self, entries):
        """Sentences with a word before them."""
        for head, sentence in entries:
            self.say(sentence, head=head, indent=12)

    def model(self, learned):
        """How well the model predicts."""
        n_labels = max(learned.n_labels)
        parts = (
            "one left out after another"
            if learned.n_folds == n_labels
            else f"in {learned.n_folds} parts"
        )
        self.say()
        grid = Grid(box=box.SIMPLE_HEAD, title=None, pad_edge=False)
        grid.add_column("Predicted by")
        columns = []
        for k, target in enumerate(learned.targets):
            grid.add_column(f"typical error of {target}", justify="right")
            columns.append(aligned([errors[k] for errors in learned.errors.values()]))
        for name, *errors in zip(learned.errors, *columns, strict=True):
            style = "bold" if name == learned.name else None
            grid.add_row(name.replace("-", " "), *errors, style=style)
        self._console.print(grid)
        rows = " and ".join(count(n, "row") for n in dict.fromkeys(learned.n_labels))
        self.say(
            "The error is the root mean square over labelled rows that the model had "
            f"not seen ({rows}, {parts})."
        )
        self.notes(learned.notes)

    def no_model(self, sentence):
        """What the suggestions are before there is a model."""
        self.say()
        self.say(sentence)

    def picks(
        self, picks, rows, where, targets, *, numbers, categories, decimal, cost=None
    ):
        """The rows to label next.

        Parameters
        ----------
        picks : Picks
        rows : DataFrame
            Their cells, in the same order.
        where : str
            What the lines are of.
        targets : list of str
        numbers, categories : list of str
            Columns that are learnt from.
        decimal : str
            Mark of these.
        cost : tuple of (str, float), default=None
            Column with the prices, and their sum.
        """
        self.say()
        last = [] if cost is None else [cost[0]]
        others = [n for n in rows if n not in {*targets, *last}]
        # What is learnt from tells a row, and comes before ids and dates.
        others.sort(key=lambda name: name not in {*numbers, *categories})
        shown = others[: MOST_COLUMNS - len(last)] + [n for n in last if n in rows]
        arguments = picks, rows, targets, numbers, decimal
        grid = _picks_grid(*arguments, shown)
        while len(shown) > 1 and not self._fits(grid):
            del shown[-1 - len(last)]
            grid = _picks_grid(*arguments, shown)
        n_hidden = len(others) + sum(n in rows for n in last) - len(shown)
        one = len(picks.lines) == 1
        title = "this row next" if one else "these rows next, the most useful first"
        is_design = np.isnan(picks.prediction).all()
        self._console.print(
            f"{'Measure' if is_design else 'Label'} {title}", style="bold"
        )
        self._console.print(grid)
        if n_hidden:
            are = "is" if n_hidden == 1 else "are"
            self.say(
                f"{count(n_hidden, 'more column')} {are} not shown here; --output "
                "writes all."
            )
        price = "" if cost is None or is_design else f" per unit of {cost[0]!r}"
        self.say(
            f"line: in {where}. "
            + (
                ""
                if is_design
                else "±: one standard deviation of the prediction, without the noise "
                "of a measurement. "
            )
            + f"score: how much a label should teach{price} once those above it are "
            f"known; the first has 100{LATER}."
        )
        if cost is not None:
            later = ", which counts once there is a model" if is_design else ""
            self.say(f"Together they cost {cost[1]:g} ({cost[0]!r}){later}.")
        self.notes(picks.notes)

    def next(self, sentence, *words):
        """What to do next; a command stands on a line of its own, to be copied."""
        self.say(sentence)
        command = shlex.join(["python", "-m", "skcurious", *map(str, words)])
        self._console.print(f"  {command}", soft_wrap=True)

    def written(self, path, what):
        """Where something was written."""
        self.say(f"{what} written to {path}")

    def _fits(self, grid):
        options = self._console.options.update(max_width=10_000)
        natural = Measurement.get(self._console, options, grid).maximum
        return natural <= self._console.width

    def print(self, grid):
        """Print a table."""
        self._console.print(grid)

    def first(self, notes):
        """Print those that come before everything else."""
        for note in notes:
            if isinstance(note, First):
                self.say(note, head="Take care   ")

    def notes(self, notes):
        """Print the others as a list."""
        for note in notes:
            if not isinstance(note, First):
                self.say(note, head="* ")


def aim(targets):
    """What the suggestions are for."""
    one = len(targets) == 1
    return (
        f"a model that predicts {names(targets)} well for the whole pool; not the row "
        f"with the best value of {'it' if one else 'them'}"
    )


def weight(weights, target):
    """`` (counts 2)``, where there are several targets."""
    return f" (counts {weights[target]:g})" if len(set(weights.values())) > 1 else ""


def _picks_grid(picks, rows, targets, numbers, decimal, shown):
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
    grid.add_column("", justify="right")
    grid.add_column("line", justify="right", style="bold")
    cells = []
    for name in shown:
        column = rows[name]
        learnt = name in numbers
        side = "right" if learnt or is_numeric_dtype(column) else "left"
        grid.add_column(name, justify=side, overflow="fold")
        cells.append([_cell(cell, decimal if learnt else None) for cell in column])
    learned = [k for k in range(len(targets)) if not np.isnan(picks.std[:, k]).all()]
    for k in learned:
        grid.add_column(
            f"{targets[k]} predicted", justify="right", style="cyan", overflow="fold"
        )
        predictions = zip(picks.prediction[:, k], picks.std[:, k], strict=True)
        cells.append([with_error(*both) for both in predictions])
    grid.add_column("score", justify="right")
    for number, (line, row, score) in enumerate(
        zip(picks.lines, zip(*cells, strict=True), picks.score, strict=True), 1
    ):
        grid.add_row(str(number), str(line), *row, f"{score:.1f}")
    return grid


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
