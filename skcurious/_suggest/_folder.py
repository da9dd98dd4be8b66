"""``init``, ``suggest``, ``add``, ``status`` and marks: their order, and what they say.

What they do is in the rooms ``_kept``, ``_work``, ``_taken`` and ``_marks``.
"""

from skcurious._suggest._asked import check_destinations, check_model_for
from skcurious._suggest._errors import check_packages
from skcurious._suggest._opened import (
    check_none_of_tables,
    open_both,
    packages_of,
    problem_of,
    rounds_of,
    say_what_is,
)
from skcurious._suggest._paths import check_source, writing
from skcurious._words import count, names

# Rows that are listed.
MOST_ROWS = 12


def init(arguments):
    """Make a folder of a table of candidates."""
    check_packages(packages_of(arguments.candidates))
    from skcurious._suggest._kept import check_new, draft, keep
    from skcurious._suggest._progress import Progress
    from skcurious._suggest._report import Report, make_console
    from skcurious._suggest._tables import how_of, read_table

    folder = arguments.folder
    check_new(folder)
    check_source(arguments.candidates)
    with Progress() as progress:
        progress.at(f"Reading {arguments.candidates}")
        how = how_of(arguments, arguments.candidates)
        made = draft(read_table(arguments.candidates, how), arguments)
        progress.at(f"Writing {folder}")
        keep(made, folder, arguments.header_row)
    report = Report(make_console())
    report.first(made.notes)
    report.entries(_settings(made))
    report.notes(made.notes)
    report.written(folder, "Campaign")
    report.next("Next:", "suggest", folder, *("-n", 5, "--output", "next.csv"))


def _settings(made):
    """What a campaign was told, and how its table was read."""
    from skcurious._suggest._report import aim, weight
    from skcurious._suggest._work import counts_of

    campaign = made.campaign
    settings, columns = campaign._settings, campaign._columns
    entries = [("Aim", aim(campaign.targets))]
    if len(campaign.targets) > 1:
        both = [f"{t!r}{weight(settings.weights, t)}" for t in campaign.targets]
        entries.append(("Targets", ", ".join(both)))
    entries.append(("Candidates", f"{made.table.name}: {counts_of(campaign)}"))
    if columns.numbers:
        entries.append(("Numbers", names(columns.numbers)))
    if columns.categories:
        levels = [campaign._X[name].nunique() for name in columns.categories]
        entries.append(("Categories", names(columns.categories, levels)))
    if settings.cost:
        entries.append(("Cost", f"{settings.cost!r}, not learnt from"))
    if settings.same:
        entries.append(("Same", f"{settings.same!r}: one value for each suggestion"))
    for target, name in settings.noise.items():
        of = f"the standard deviation of a label of {target!r}"
        entries.append(("Noise", f"{name!r}: {of}"))
    reasons = {}
    for name, reason in made.left_out.items():
        reasons.setdefault(reason, []).append(name)
    entries += [("Left out", f"{names(some)}: {why}") for why, some in reasons.items()]
    return entries


def suggest(arguments):
    """Rows to measure next."""
    check_none_of_tables(arguments)
    files = [arguments.output, arguments.predictions]
    check_packages(packages_of(*files) + (["matplotlib"] if arguments.picture else []))
    from skcurious._suggest import _work
    from skcurious._suggest._kept import open_folder
    from skcurious._suggest._progress import Progress
    from skcurious._suggest._report import Report, make_console
    from skcurious._suggest._written import write_table

    folder = arguments.place
    check_destinations(arguments, [])
    with Progress() as progress:
        progress.at(f"Reading {folder}")
        opened = open_folder(folder)
        campaign = opened.campaign
        suggestion = _work.suggest(
            opened,
            arguments.n,
            progress.at,
            lambda why: check_model_for(arguments, why),
        )
        picks, model = suggestion.picks, _work.model_of(opened)
        if arguments.picture:
            progress.at("Drawing")
            with writing(arguments.picture):
                picks.notes.extend(_draw(arguments.picture, campaign, picks))
        if arguments.mark:
            _work.mark_suggested(opened, suggestion)
        table = campaign._given
        if arguments.report:
            progress.at("Writing the page")
            rows = table.iloc[picks.indices].assign(score=picks.score)
            with writing(arguments.report):
                campaign.report(arguments.report, rows=rows)
    report = Report(make_console())
    report.entries([("Campaign", f"{folder}: {_work.counts_of(campaign)}")])
    report.no_model(suggestion.why) if model is None else report.model(model)
    numbers, dialect = campaign._columns.numbers, opened.dialect
    report.picks(
        picks,
        table.iloc[picks.indices],
        opened.where,
        campaign.targets,
        numbers=numbers,
        categories=campaign._columns.categories,
        decimal=dialect.decimal,
        cost=suggestion.cost,
    )
    if arguments.output:
        rows = _work.suggested_rows(opened, suggestion)
        with writing(arguments.output):
            write_table(rows, arguments.output, dialect, numbers)
        report.written(arguments.output, "All columns of these rows")
    if arguments.predictions:
        rows = _work.all_predictions(opened)
        with writing(arguments.predictions):
            write_table(rows, arguments.predictions, dialect, numbers)
        report.written(arguments.predictions, f"Predictions for {len(rows):,} rows")
    if arguments.picture:
        report.written(arguments.picture, "Picture")
    if arguments.report:
        report.written(arguments.report, "Page")
    if arguments.mark:
        report.say(f"They are pending now in {folder}.")
    if arguments.output:
        report.next(
            f"When they are measured, write {names(campaign.targets)} into it, then:",
            *("add", folder, arguments.output),
        )


def _draw(path, campaign, picks):
    """Draw the candidates; returns notes about what could not be drawn."""
    import numpy as np

    from skcurious._suggest._picture import draw

    look, problem = campaign._outlook, problem_of(campaign)
    mean, std = (values[:, 0] for values in look.predict(look.open))
    at = np.searchsorted(look.open, picks.indices)
    return draw(path, problem, at, mean, std, campaign._settings.random_state)


def add(arguments):
    """Take results."""
    opened, table = open_both(arguments)
    from skcurious._suggest._taken import take

    taken = take(opened, table, arguments.known)
    entry = "Taken", f"{count(taken.n, 'result')} from {table.name}"
    say_what_is(opened, [entry], taken.notes)


def mark(arguments):
    """Say that rows are pending, failed, or neither."""
    opened, table = open_both(arguments)
    from skcurious._suggest import _marks

    taken = _marks.mark(opened, table, arguments.mark)
    words = {"pending": "Pending", "failed": "Failed", "unmark": "Open"}
    entry = words[arguments.mark], f"{count(taken.n, 'row')} of {table.name}"
    say_what_is(opened, [entry], taken.notes)


def status(arguments):
    """How the campaign stands."""
    check_packages(packages_of())
    from skcurious._suggest._kept import open_folder
    from skcurious._suggest._progress import Progress
    from skcurious._suggest._report import Report, make_console
    from skcurious._suggest._work import counts_of, standing

    with Progress() as progress:
        progress.at(f"Reading {arguments.folder}")
        opened = open_folder(arguments.folder)
        progress.at("Fitting the model after each round")
        found, history = standing(opened)
    campaign = opened.campaign
    report = Report(make_console())
    entries = [("Campaign", f"{arguments.folder}: {counts_of(campaign)}")]
    for target in campaign.targets:
        if target in found.expected_error:
            error = found.cv_error[target], found.expected_error[target]
            entries.append(
                (
                    "Error",
                    f"of {target!r} {error[0]:.3g} at labelled rows that the model had "
                    f"not seen; {error[1]:.3g} expected over the candidates, without "
                    "the noise of a measurement",
                )
            )
    for target, scatter in found.scatter.items():
        entries.append(("Replicates", f"of {target!r} scatter by {scatter:.3g}"))
    for state in ("pending", "failed"):
        rows = campaign.states.index[campaign.states == state]
        if len(rows):
            shown = ", ".join(map(str, rows[:MOST_ROWS]))
            more = (
                f" and {len(rows) - MOST_ROWS:,} more" if len(rows) > MOST_ROWS else ""
            )
            lines = "line" if len(rows) == 1 else "lines"
            entries.append(
                (state.capitalize(), f"{lines} {shown}{more} of {opened.candidates}")
            )
    report.entries(entries)
    if len(history):
        report.say()
        report.print(rounds_of(history, campaign.targets))
    report.say(found.advice)
