"""A campaign folder as the command opens it, and what it says of it."""

from pathlib import Path

from skcurious._suggest._errors import InputError, check_packages
from skcurious._suggest._paths import check_source, package_for
from skcurious._words import aligned

# Options of suggest that a folder has no use for.
OF_TABLES = (
    *("labelled", "pool", "pending", "failed", "target", "ignore", "category", "cost"),
    *("same", "noise", "missing", "header_row", "sheet", "strategy", "model", "seed"),
)


def packages_of(*paths):
    """Packages that the files take."""
    found = [package_for(path) for path in paths if path]
    return ["pandas", "rich", *(package for package in found if package)]


def check_none_of_tables(arguments):
    """Raise where an option of tables is given beside a folder."""
    for option in OF_TABLES:
        given = getattr(arguments, option)
        if given != arguments.parser.get_default(option):
            option = option.replace("_", "-")
            raise InputError(
                f"--{option} is for tables, and {arguments.place} is a folder, which "
                "keeps what init was told: leave it out."
            )


def open_both(arguments):
    """The campaign of a folder, and a table with its names."""
    check_packages(packages_of(arguments.table))
    if Path(arguments.folder).is_file() and Path(arguments.table).is_dir():
        raise InputError(
            f"{arguments.folder} is a file, and {arguments.table} a folder: the folder "
            "comes first, and then the file."
        )
    check_source(arguments.table)
    from skcurious._suggest._kept import name_as_there, open_folder
    from skcurious._suggest._progress import Progress
    from skcurious._suggest._tables import how_of, read_table

    with Progress() as progress:
        progress.at(f"Reading {arguments.folder}")
        opened = open_folder(arguments.folder)
        table = read_table(arguments.table, how_of(arguments, arguments.table))
        name_as_there(table, opened)
    return opened, table


def say_what_is(opened, entries, notes):
    """Say what was taken, and how many candidates are what now."""
    from skcurious._suggest._report import Report, make_console
    from skcurious._suggest._work import counts_of

    folder = opened.folder
    report = Report(make_console())
    report.entries([*entries, ("Campaign", f"{folder}: {counts_of(opened.campaign)}")])
    report.notes(notes)
    report.next("Next:", "suggest", folder, *("-n", 5, "--output", "next.csv"))


def rounds_of(history, targets):
    """The errors after each round, as a table."""
    from rich import box
    from rich.table import Table as Grid

    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
    cells = [history["round"].astype(str), history["n_labels"].astype(str)]
    grid.add_column("after round", justify="right")
    grid.add_column("labels", justify="right")
    for target in targets:
        for kind, words in [("cv", "typical error"), ("expected", "expected error")]:
            end = "" if len(targets) == 1 else f"_{target}"
            grid.add_column(f"{words} of {target}", justify="right")
            values = history[f"{kind}_error{end}"]
            known = dict(zip(values.dropna().index, _aligned(values), strict=True))
            cells.append([known.get(i, "") for i in values.index])
    for row in zip(*cells, strict=True):
        grid.add_row(*row)
    return grid


def _aligned(values):
    values = values.dropna()
    return aligned(values) if len(values) else []


def problem_of(campaign):
    """What is drawn of it."""
    from skcurious._suggest._columns import Columns
    from skcurious._suggest._problem import Problem

    look, columns = campaign._outlook, campaign._columns
    target = look.model.targets[0]
    y = look.training.Y[target].dropna()
    X = look.training.X.set_axis(look.training.rows).loc[y.index]
    return Problem(
        target,
        Columns(X, look.X, columns.numbers, columns.categories),
        X,
        y.to_numpy(),
        look.X.iloc[look.open],
        None,
        [],
    )
