"""The command: its arguments, and the order of its work."""

import argparse

from skcurious._suggest._errors import check_packages
from skcurious._suggest._paths import (
    PICTURES,
    TABLES,
    check_destination,
    check_source,
    package_for,
    writing,
)

DESCRIPTION = """\
Which rows of a table should be measured next, so that a model predicts the rest?

The aim is a model that is right for the whole pool, not the row with the best
value of the target: to look for that row, use an optimiser.

Give it two tables: one of rows whose target you have measured, and one of rows
that you could measure (the pool). It learns to predict the target from the
other columns, tells how well that works, and names the rows of the pool whose
labels would teach it most, together, the most useful first.

One spreadsheet will do for both: rows without a label are not learnt from, and
rows that are labelled already are not suggested.  Write "failed" or "pending" in
place of a label, and its row counts as tried: it is not suggested again.  In a
labelled table of its own, rows without a label count so, too.
"""

EPILOG = """\
example:
  python -m skcurious suggest --labelled done.csv --pool candidates.csv \\
      --target yield -n 5 --output next.csv --picture next.png

  Measure the five rows, write their yields into next.csv, add its rows to
  done.csv, and run it again.

tables:
  The first sheet of a workbook (.xlsx, .ods), CSV as a spreadsheet saves it
  (separated by commas, semicolons, tabs or bars, with decimal commas where they do
  not separate cells, .csv.gz too), or Parquet. The first line holds the names of
  the columns. Columns of numbers are standardised, with or without a unit that is
  that of all cells, columns of text are taken as categories (write type A1, not 1,
  for one); blank cells are allowed. Dates, numbers of rows, names that differ in
  every row and columns that never change, or are blank in one of the tables, are
  left out. The same input gives the same answer.
"""


def add_suggest(commands):
    """Add ``suggest`` to the subparsers of a parser."""
    parser = commands.add_parser(
        "suggest",
        help="which rows of a table to measure next",
        usage="%(prog)s --labelled FILE --pool FILE --target COLUMN [options]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, parser=parser)
    need = parser.add_argument_group("what there is")
    need.add_argument(
        "--labelled",
        "--labeled",
        required=True,
        metavar="FILE",
        help="table of measured rows",
    )
    need.add_argument(
        "--pool", required=True, metavar="FILE", help="table of rows to choose from"
    )
    need.add_argument(
        "--target", required=True, metavar="COLUMN", help="column to predict"
    )
    need.add_argument(
        "--ignore",
        nargs="+",
        action="extend",
        default=[],
        metavar="COLUMN",
        help="columns not to learn from",
    )
    ask = parser.add_argument_group("what to ask for")
    ask.add_argument(
        "-n",
        type=_at_least_one,
        default=10,
        metavar="ROWS",
        help="how many rows to suggest (default: 10)",
    )
    ask.add_argument(
        "--cost",
        metavar="COLUMN",
        help="column of the pool with the price of measuring each row; "
        "suggests what teaches most for its price, and does not learn from it",
    )
    ask.add_argument(
        "--strategy",
        choices=["reduction", "curiosity", "variance"],
        default="reduction",
        help="suggest rows that make the predictions for the whole pool surer "
        "(reduction, the default), that change the model most (curiosity), or whose "
        "own predictions are least sure (variance)",
    )
    ask.add_argument(
        "--model",
        choices=["auto", "ridge", "kernel-ridge", "gaussian-process", "mlp"],
        default="auto",
        help="a plane (ridge), a smooth surface (kernel-ridge), one with a "
        "length for each column (gaussian-process), a neural network (mlp), or the "
        "best of the first three (auto, the default)",
    )
    ask.add_argument(
        "--seed",
        type=_seed,
        default=0,
        metavar="NUMBER",
        help="another number shuffles differently (default: 0)",
    )
    give = parser.add_argument_group("where to write")
    give.add_argument(
        "--output",
        metavar="FILE",
        help="the suggested rows, as .csv, .xlsx, .ods or .parquet",
    )
    give.add_argument(
        "--picture", metavar="FILE", help="a picture of them, as .png, .pdf or .svg"
    )


def _at_least_one(text):
    return _integer(text, 1, None, "a whole number of at least 1")


def _seed(text):
    return _integer(text, 0, 2**32 - 1, "a whole number from 0 to 4294967295")


def _integer(text, smallest, largest, what):
    try:
        value = int(text)
    except ValueError:
        value = None
    if value is None or value < smallest or (largest is not None and value > largest):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}.")
    return value


def run(arguments):
    """Do what the parsed arguments ask for."""
    check_packages(_packages(arguments))
    _check_paths(arguments)
    # These rooms import what has just been checked.
    from skcurious._suggest._names import match_names
    from skcurious._suggest._picks import check_added, check_number, output, pick
    from skcurious._suggest._problem import pose
    from skcurious._suggest._report import Report, make_console
    from skcurious._suggest._tables import agree, read_table, write_table
    from skcurious.campaign._model import choose_model

    labelled = read_table(arguments.labelled)
    pool = read_table(arguments.pool)
    agree(labelled, pool)
    match_names(labelled, pool)
    problem = pose(labelled, pool, arguments.target, arguments.ignore, arguments.cost)
    check_number(arguments.n, problem, pool)
    if arguments.output:
        check_added(pool)
    chosen = choose_model(problem, arguments.model, arguments.seed)
    picks = pick(problem, chosen, arguments.n, arguments.strategy, arguments.seed)
    if arguments.picture:  # before anything is said
        from skcurious._suggest._picture import draw

        with writing(arguments.picture):
            notes = draw(arguments.picture, problem, picks, arguments.seed)
        picks.notes.extend(notes)
    report = Report(make_console())
    report.tables(labelled, pool, problem)
    report.model(problem, chosen)
    report.picks(problem, picks, pool)
    if arguments.output:
        with writing(arguments.output):
            rows = output(picks, pool, problem.target)
            numeric = problem.columns.numbers
            write_table(rows, arguments.output, pool.dialect, numeric)
        report.written(arguments.output, "All columns of these rows")
    if arguments.picture:
        report.written(arguments.picture, "Picture")


def _packages(arguments):
    needed = ["pandas", "rich"]
    tables = [arguments.labelled, arguments.pool, arguments.output or ""]
    needed += [package for package in map(package_for, tables) if package]
    if arguments.picture:
        needed.append("matplotlib")
    return needed


def _check_paths(arguments):
    sources = [arguments.labelled, arguments.pool]
    for path in sources:
        check_source(path)
    if arguments.output:
        check_destination(arguments.output, TABLES, "a table", sources)
    if arguments.picture:
        check_destination(arguments.picture, PICTURES, "a picture", sources)
