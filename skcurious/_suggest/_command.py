"""``suggest``: its arguments, and the order of its work."""

import argparse
from pathlib import Path

from skcurious._suggest._arguments import (
    add_columns,
    add_model,
    add_tables,
    at_least_one,
)
from skcurious._suggest._asked import check_model_for, check_paths, packages
from skcurious._suggest._errors import InputError, check_packages
from skcurious._suggest._paths import writing

DESCRIPTION = """\
Which rows of a table should be measured next, so that a model predicts the rest?

The aim is a model that is right for the whole pool, not the row with the best
value of the target: to look for that row, use an optimiser.

Give it two tables: one of rows whose target you have measured, and one of rows
that you could measure (the pool). It learns to predict the target from the
other columns, tells how well that works, and names the rows of the pool whose
labels would teach it most, together, the most useful first.

One spreadsheet will do for both, and the pool alone where nothing was measured
yet: then the rows are a first design, spread over the pool. Rows that are
labelled already are not suggested. Write "failed" or "pending" in place of a
label, and its row counts as tried: it is not suggested again. In a labelled
table of its own, rows without a label count so, too.

A campaign folder (see init) takes the place of both tables.
"""

EPILOG = """\
examples:
  python -m skcurious suggest pool.csv --target yield -n 8 --output next.csv

  python -m skcurious suggest --labelled done.csv --pool candidates.csv \\
      --target yield -n 5 --output next.csv --picture next.png

  Measure the five rows, write their yields into next.csv, add its rows to
  done.csv, and run it again.

  python -m skcurious suggest FOLDER -n 5 --output next.csv

tables:
  The first sheet of a workbook (.xlsx, .ods), CSV as a spreadsheet saves it
  (separated by commas, semicolons, tabs or bars, with decimal commas where they do
  not separate cells, .csv.gz too), or Parquet. The first line holds the names of
  the columns. Columns of numbers are standardised, with or without a unit that is
  that of all cells, columns of text are taken as categories (--category for
  numbers that are names); blank cells are allowed. Dates, numbers of rows, names
  that differ in every row and columns that never change, or are blank in one of
  the tables, are left out. The same input gives the same answer.
"""


def add_suggest(commands):
    """Add ``suggest`` to the subparsers of a parser."""
    parser = commands.add_parser(
        "suggest",
        help="which rows of a table to measure next",
        usage="%(prog)s [--labelled FILE] --pool FILE --target COLUMN [options]\n"
        "       %(prog)s FILE --target COLUMN [options]\n"
        "       %(prog)s FOLDER [options]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, parser=parser)
    need = parser.add_argument_group("what there is")
    need.add_argument(
        "place",
        nargs="?",
        metavar="FILE or FOLDER",
        help="one table for everything, or a campaign folder",
    )
    need.add_argument(
        "--labelled", "--labeled", metavar="FILE", help="table of measured rows"
    )
    need.add_argument("--pool", metavar="FILE", help="table of rows to choose from")
    need.add_argument(
        "--pending", metavar="FILE", help="table of rows that are being measured"
    )
    need.add_argument(
        "--failed", metavar="FILE", help="table of rows that gave no result"
    )
    columns = parser.add_argument_group("what its columns are")
    add_columns(columns)
    add_tables(columns)
    ask = parser.add_argument_group("what to ask for")
    ask.add_argument(
        "-n",
        type=at_least_one,
        default=10,
        metavar="ROWS",
        help="how many rows to suggest (default: 10)",
    )
    ask.add_argument(
        "--strategy",
        choices=["reduction", "curiosity", "variance"],
        default="reduction",
        help="suggest rows that make the predictions for the whole pool surer "
        "(reduction, the default), that change the model most (curiosity), or whose "
        "own predictions are least sure (variance)",
    )
    add_model(ask)
    ask.add_argument(
        "--mark",
        action="store_true",
        help="of a folder: note the suggested rows as pending there",
    )
    give = parser.add_argument_group("where to write")
    give.add_argument(
        "--output",
        metavar="FILE",
        help="the suggested rows, as .csv, .xlsx, .ods or .parquet",
    )
    give.add_argument(
        "--predictions",
        metavar="FILE",
        help="predictions for the whole pool, beside what was measured, likewise",
    )
    give.add_argument(
        "--picture", metavar="FILE", help="a picture of them, as .png, .pdf or .svg"
    )
    give.add_argument(
        "--report",
        metavar="FILE",
        help="of a folder: a page for a browser, as .html: why these rows, how good "
        "the model is, and how the campaign stands",
    )
    # A folder knows its targets.
    next(a for a in parser._actions if a.dest == "target").required = False


def run(arguments):
    """Do what the parsed arguments ask for."""
    if arguments.place and Path(arguments.place).is_dir():
        from skcurious._suggest._folder import suggest

        suggest(arguments)
    else:
        _sort(arguments)
        _suggest(arguments)


def _sort(arguments):
    """Which table is which."""
    if arguments.place:
        if arguments.labelled or arguments.pool:
            raise InputError(
                f"{arguments.place} is taken for the one table with everything, beside "
                "--labelled or --pool: leave one of them out, or write --labelled or "
                "--pool before it (a name with spaces needs quotation marks, --target "
                '"a b").'
            )
        if not (arguments.target or Path(arguments.place).exists()):
            raise InputError(
                f"{arguments.place} is not there: name the folder of a campaign, or a "
                "table and its --target."
            )
        arguments.pool = arguments.place
    missing = [f"--{o}" for o in ("pool", "target") if not getattr(arguments, o)]
    if missing:
        arguments.parser.error(
            f"the following arguments are required: {', '.join(missing)}"
        )
    for option in ("mark", "report"):
        if getattr(arguments, option):
            raise InputError(
                f"--{option} is for campaign folders: leave it out for tables, or make "
                "a folder of them with python -m skcurious init."
            )


def _suggest(arguments):
    check_packages(packages(arguments))
    sources = check_paths(arguments)
    # These rooms import what has just been checked.
    from skcurious._suggest._engine import outlook
    from skcurious._suggest._kept import place_of_lines
    from skcurious._suggest._learned import learned
    from skcurious._suggest._names import match_names
    from skcurious._suggest._picks import check_added, check_number, output, pick
    from skcurious._suggest._problem import pose
    from skcurious._suggest._progress import Progress
    from skcurious._suggest._report import Report, make_console
    from skcurious._suggest._tables import agree, how_of, read_table
    from skcurious._suggest._targets import has_target
    from skcurious._suggest._written import write_table
    from skcurious.campaign._fit import ready
    from skcurious.campaign._status import advice

    strategy, seed = arguments.strategy, arguments.seed
    with Progress() as progress:
        tables, how = {}, how_of(arguments, *sources)
        for path in sources:
            progress.at(f"Reading {path}")
            tables[path] = read_table(path, how)
        pool = tables[arguments.pool]
        labelled = tables.get(arguments.labelled)
        if labelled is None and has_target(arguments.target, pool):
            labelled = pool
        others = {
            option: tables[path]
            for option in ("pending", "failed")
            if (path := getattr(arguments, option))
        }
        for table in [pool, *others.values()] if labelled else others.values():
            agree(labelled or pool, table)
            match_names(labelled or pool, table)
        problem = pose(
            labelled,
            pool,
            arguments.target,
            arguments.ignore,
            arguments.cost,
            same=arguments.same,
            noise=arguments.noise,
            categories=arguments.category,
            **others,
        )
        check_number(arguments.n, problem, pool)
        if arguments.output or arguments.predictions:
            check_added(pool, problem.targets)
        look = outlook(problem, arguments.model, strategy=strategy, seed=seed)
        model = learned(look, arguments.model) if ready(look.training) else None
        why = advice(len(look.open), look.training.counts().to_dict(), {}, {})
        if model is None:
            check_model_for(arguments, why)
        elif arguments.picture and problem.target not in model.targets:
            raise InputError(
                f"--picture is of the first target, {problem.target!r}, which has no "
                "model yet: name another one first."
            )
        progress.at("Choosing rows")
        picks = pick(look, arguments.n)
        if model is None and strategy != "reduction":
            picks.notes.append("--strategy counts once there is a model.")
        if arguments.picture:  # before anything is said
            from skcurious._suggest._picture import draw

            progress.at("Drawing")
            mean, std = (values[:, 0] for values in look.predict(look.open))
            with writing(arguments.picture):
                notes = draw(arguments.picture, problem, picks.indices, mean, std, seed)
            picks.notes.extend(notes)
    report = Report(make_console())
    report.tables(labelled, pool, problem)
    if model is None:
        report.no_model(why)
    else:
        report.model(model)
    cost = problem.cost
    report.picks(
        picks,
        pool.frame.loc[picks.lines],
        place_of_lines(pool.name, arguments.header_row),
        problem.targets,
        numbers=problem.columns.numbers,
        categories=problem.columns.categories,
        decimal=pool.dialect.decimal,
        cost=None if cost is None else (cost.name, cost.iloc[picks.indices].sum()),
    )
    numeric = problem.columns.numbers
    if arguments.output:
        with writing(arguments.output):
            rows = output(picks, pool.frame, problem.targets)
            write_table(rows, arguments.output, pool.dialect, numeric)
        report.written(arguments.output, "All columns of these rows")
    if arguments.predictions:
        from skcurious._suggest._picks import with_predictions

        whole = problem.offered.whole
        mean, std = look.predict_rows(whole)
        rows = with_predictions(pool.frame.loc[whole.index], mean, std, problem.targets)
        with writing(arguments.predictions):
            write_table(rows, arguments.predictions, pool.dialect, numeric)
        report.written(arguments.predictions, f"Predictions for {len(rows):,} rows")
    if arguments.picture:
        report.written(arguments.picture, "Picture")
