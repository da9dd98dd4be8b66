"""A campaign folder as commands open it, and what they say of it."""

import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from skcurious._frames import is_polars
from skcurious._suggest._errors import InputError, check_packages
from skcurious._suggest._paths import check_source, package_for
from skcurious._words import count

# How the table of candidates is written, beside what the campaign itself keeps.
TABLE = "table.json"
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


def open_campaign(folder):
    """The campaign, and how its tables are written."""
    from skcurious._suggest._report import place_of_lines
    from skcurious._suggest._text import Dialect
    from skcurious.campaign import Campaign

    if not (Path(folder) / "campaign.json").exists():
        raise InputError(
            f"{folder} holds no campaign: make one with python -m skcurious init "
            f"{folder} --candidates TABLE --target COLUMN."
        )
    with saying(folder):
        campaign = Campaign.load(folder)
    if is_polars(campaign._given):
        raise InputError(
            f"the campaign in {folder} was made of tables of polars in Python: go on "
            "with it there, or make one with python -m skcurious init."
        )
    try:
        facts = json.loads((Path(folder) / TABLE).read_text("utf-8"))
    except FileNotFoundError:  # a campaign that was made in Python
        where = "the index of the candidates"
        facts = {"where": where, "candidates": where, "units": {}}
        return campaign, facts | {"dialect": Dialect()}
    except ValueError as error:
        raise InputError(
            f"{Path(folder) / TABLE} is no sound JSON ({error}): restore it, or delete "
            "it."
        ) from error
    written = [facts[key] for key in ("separator", "decimal", "encoding")]
    where = place_of_lines(facts["candidates"], facts["header_row"])
    return campaign, facts | {"where": where, "dialect": Dialect(*written)}


@contextmanager
def saying(folder):
    """What a folder cannot do, in one sentence."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{folder} cannot be used: {error.strerror}.") from error
    except ValueError as error:
        raise InputError(str(error)) from error


def open_both(arguments):
    """The campaign of a folder, how it is written, and a table with its names."""
    check_packages(packages_of(arguments.table))
    check_source(arguments.table)
    from skcurious._suggest._campaign_tables import match_candidates
    from skcurious._suggest._progress import Progress
    from skcurious._suggest._tables import how_of, read_table

    with Progress() as progress:
        progress.at(f"Reading {arguments.folder}")
        campaign, facts = open_campaign(arguments.folder)
        table = read_table(arguments.table, how_of(arguments))
        if not table.dialect.is_sure and table.dialect.separator == ";":
            from dataclasses import replace

            decimal = facts["dialect"].decimal
            table.dialect = replace(table.dialect, decimal=decimal)
        match_candidates(table, campaign)
    return campaign, facts, table


def counts_of(campaign):
    """How many candidates are what."""
    states = campaign.states
    found = [(s, int((states == s).sum())) for s in ("measured", "pending", "failed")]
    others = [f"{n:,} {state}" for state, n in found if n]
    rows = f"{count(int((states == 'open').sum()), 'row')} to choose from"
    return ", ".join([rows, *others])


def say_what_is(campaign, folder, entries, notes):
    """Say what was taken, and how many candidates are what now."""
    from skcurious._suggest._report import Report, make_console

    report = Report(make_console())
    report.entries([*entries, ("Campaign", f"{folder}: {counts_of(campaign)}")])
    report.notes(notes)
    report.next("Next:", "suggest", folder, *("-n", 5, "--output", "next.csv"))


def check_number(n, look):
    """Raise unless there are `n` rows to suggest."""
    n_different = len(np.unique(look.first[look.open]))
    if n > n_different:
        raise InputError(
            f"-n asks for {count(n, 'row')}, but the campaign has {n_different:,} to "
            "choose from: ask for that many at most (the others are measured, pending, "
            "failed, or equal to one of these)."
        )


def rounds_of(history, targets):
    """The errors after each round, as a table."""
    from rich import box
    from rich.table import Table as Grid

    from skcurious._words import aligned

    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
    cells = [history["round"].astype(str), history["n_labels"].astype(str)]
    grid.add_column("after round", justify="right")
    grid.add_column("labels", justify="right")
    for target in targets:
        for kind, words in [("cv", "typical error"), ("expected", "expected error")]:
            end = "" if len(targets) == 1 else f"_{target}"
            grid.add_column(f"{words} of {target}", justify="right")
            values = history[f"{kind}_error{end}"]
            known = dict(
                zip(values.dropna().index, _aligned(values, aligned), strict=True)
            )
            cells.append([known.get(i, "") for i in values.index])
    for row in zip(*cells, strict=True):
        grid.add_row(*row)
    return grid


def _aligned(values, aligned):
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
