"""A campaign in a folder: ``init``, ``suggest``, ``add``, ``status`` and marks."""

import json
from pathlib import Path

import numpy as np

from skcurious._suggest._errors import InputError, check_packages
from skcurious._suggest._opened import (
    TABLE,
    check_none_of_tables,
    check_number,
    counts_of,
    open_both,
    open_campaign,
    packages_of,
    problem_of,
    rounds_of,
    say_what_is,
    saying,
)
from skcurious._suggest._paths import check_source, writing
from skcurious._words import count, names

# Rows that are listed.
MOST_ROWS = 12


def init(arguments):
    """Make a folder of a table of candidates."""
    check_packages(packages_of(arguments.candidates))
    folder = Path(arguments.folder)
    if (folder / "campaign.json").exists():
        raise InputError(
            f"{folder} holds a campaign already: go on with it, or name another folder."
        )
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: name a folder.")
    if not folder.absolute().parent.is_dir():
        raise InputError(
            f"{folder} cannot be made: there is no folder {folder.parent}."
        )
    check_source(arguments.candidates)
    from skcurious._suggest._campaign_tables import campaign_of
    from skcurious._suggest._progress import Progress
    from skcurious._suggest._report import Report, aim, make_console, weight
    from skcurious._suggest._tables import how_of, read_table

    with Progress() as progress:
        progress.at(f"Reading {arguments.candidates}")
        table = read_table(arguments.candidates, how_of(arguments))
        notes = list(table.notes)
        campaign, left_out, units = campaign_of(table, arguments, notes)
        progress.at(f"Writing {folder}")
        facts = {
            "candidates": table.name,
            "header_row": arguments.header_row,
            "separator": table.dialect.separator,
            "decimal": table.dialect.decimal,
            "encoding": table.dialect.encoding,
            "units": units,
        }
        with saying(folder):
            campaign.save(folder)
            from skcurious.campaign._files import write_whole

            facts = json.dumps(facts, indent=1, ensure_ascii=False)
            write_whole(folder, TABLE, facts.encode())
    report = Report(make_console())
    settings, columns = campaign._settings, campaign._columns
    entries = [("Aim", aim(campaign.targets))]
    if len(campaign.targets) > 1:
        both = [f"{t!r}{weight(settings.weights, t)}" for t in campaign.targets]
        entries.append(("Targets", ", ".join(both)))
    entries.append(("Candidates", f"{table.name}: {counts_of(campaign)}"))
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
    for name, reason in left_out.items():
        reasons.setdefault(reason, []).append(name)
    entries += [("Left out", f"{names(some)}: {why}") for why, some in reasons.items()]
    report.entries(entries)
    report.notes(notes)
    report.written(folder, "Campaign")
    report.next("Next:", "suggest", folder, *("-n", 5, "--output", "next.csv"))


def suggest(arguments):
    """Rows to measure next."""
    check_none_of_tables(arguments)
    files = [arguments.output, arguments.predictions]
    check_packages(packages_of(*files) + (["matplotlib"] if arguments.picture else []))
    from skcurious._suggest._choice import of_campaign
    from skcurious._suggest._command import check_destinations, check_model_for
    from skcurious._suggest._picks import check_same, output, pick, with_predictions
    from skcurious._suggest._progress import Progress
    from skcurious._suggest._report import Report, make_console
    from skcurious._suggest._tables import write_table
    from skcurious.campaign._status import advice

    folder = arguments.place
    check_destinations(arguments, [])
    with Progress() as progress:
        progress.at(f"Reading {folder}")
        campaign, facts = open_campaign(folder)
        look = campaign._outlook
        check_number(arguments.n, look)
        if look.same is not None:
            first = np.unique(look.first[look.open])
            check_same(arguments.n, look.same.iloc[first], folder)
        progress.at("Fitting the model")
        choice = None
        why = advice(len(look.open), look.training.counts().to_dict(), {}, {})
        if look.model is None:
            check_model_for(arguments, why)
        else:
            choice = of_campaign(look, campaign._model)
        progress.at("Choosing rows")
        picks = pick(look, arguments.n)
        if arguments.picture:
            from skcurious._suggest._picture import draw

            progress.at("Drawing")
            mean, std = (values[:, 0] for values in look.predict(look.open))
            at = np.searchsorted(look.open, picks.indices)
            problem, seed = problem_of(campaign), campaign._settings.random_state
            with writing(arguments.picture):
                picks.notes.extend(
                    draw(arguments.picture, problem, at, mean, std, seed)
                )
        if arguments.mark:
            campaign.mark_pending(list(picks.lines))
            with saying(folder):
                campaign.save(folder)
        table = campaign._given
        if arguments.report:
            progress.at("Writing the page")
            rows = table.iloc[picks.indices].assign(score=picks.score)
            with writing(arguments.report):
                campaign.report(arguments.report, rows=rows)
    report = Report(make_console())
    report.entries([("Campaign", f"{folder}: {counts_of(campaign)}")])
    report.no_model(why) if choice is None else report.model(choice)
    settings, columns = campaign._settings, campaign._columns
    cost = None
    if settings.cost:
        cost = settings.cost, look.cost[picks.indices].sum()
    report.picks(
        picks,
        table.iloc[picks.indices],
        facts["where"],
        campaign.targets,
        numbers=columns.numbers,
        decimal=facts["dialect"].decimal,
        cost=cost,
    )
    dialect = facts["dialect"]
    if arguments.output:
        rows = output(picks, table, campaign.targets)
        with writing(arguments.output):
            write_table(rows, arguments.output, dialect, columns.numbers)
        report.written(arguments.output, "All columns of these rows")
    if arguments.predictions:
        mean, std = look.predict(np.arange(len(table)))
        rows = with_predictions(table, mean, std, campaign.targets)
        with writing(arguments.predictions):
            write_table(rows, arguments.predictions, dialect, columns.numbers)
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


def add(arguments):
    """Take results."""
    campaign, facts, table = open_both(arguments)
    from skcurious._suggest._campaign_tables import results_of, without_known

    notes = list(table.notes)
    frame = results_of(table, campaign, facts["units"], notes)
    n_known = 0
    if not arguments.again:
        frame, n_known = without_known(frame, table, campaign)
    if n_known:
        notes.append(
            f"{count(n_known, 'result')} of {table.name} "
            f"{'is' if n_known == 1 else 'are'} in the campaign already, and not taken "
            "twice; --again takes them as replicates."
        )
    before = campaign._state
    if len(frame):
        campaign.add(frame)
    after = campaign._state
    n_taken = len(after.log) - len(before.log)
    marks = [(state.pending, state.failed) for state in (before, after)]
    if not n_taken and marks[0] == marks[1]:
        more = "; --again takes its results as replicates" if n_known else ""
        raise InputError(
            f"{table.name} holds nothing that is not in the campaign already{more}."
        )
    away = len(after.others) - len(before.others)
    if away:
        notes.append(
            f"{count(away, 'row')} of {table.name} "
            f"{'equals' if away == 1 else 'equal'} no candidate, and what it says is "
            "learnt from all the same."
        )
    again = before.measured & frozenset(after.log.iloc[len(before.log) :]["#row"])
    if again:
        notes.append(
            f"{count(len(again), 'row')} had results before: labels of one row are "
            "averaged."
        )
    with saying(arguments.folder):
        campaign.save(arguments.folder)
    taken = [("Taken", f"{count(n_taken, 'result')} from {table.name}")]
    say_what_is(campaign, arguments.folder, taken, notes)


def mark(arguments):
    """Say that rows are pending, failed, or neither."""
    campaign, facts, table = open_both(arguments)
    from skcurious._suggest._campaign_tables import rows_of

    notes = list(table.notes)
    rows = rows_of(table, table.frame.index, campaign, facts["units"], notes)
    found, _ = campaign._rows.find(rows, table.name, campaign._state.others)
    n = len(campaign._X)
    if (found >= n).any():
        away = rows.index[found >= n]
        raise InputError(
            f"{table.name} holds {count(len(away), 'row')} that no candidate equals "
            f"(the first on line {away[0]}): correct or delete "
            f"{'it' if len(away) == 1 else 'them'}."
        )
    labels = list(campaign._X.index[found])
    how = {
        "pending": campaign.mark_pending,
        "failed": campaign.mark_failed,
        "unmark": campaign.unmark,
    }
    how[arguments.mark](labels)
    with saying(arguments.folder):
        campaign.save(arguments.folder)
    words = {"pending": "Pending", "failed": "Failed", "unmark": "Open"}
    entry = words[arguments.mark], f"{count(len(set(labels)), 'row')} of {table.name}"
    say_what_is(campaign, arguments.folder, [entry], notes)


def status(arguments):
    """How the campaign stands."""
    check_packages(packages_of())
    from skcurious._suggest._progress import Progress
    from skcurious._suggest._report import Report, make_console

    with Progress() as progress:
        progress.at(f"Reading {arguments.folder}")
        campaign, facts = open_campaign(arguments.folder)
        progress.at("Fitting the model after each round")
        found, history = campaign.status(), campaign.history()
        if len(history):
            with saying(arguments.folder):
                campaign.save(arguments.folder)  # so that it is not fitted again
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
                (state.capitalize(), f"{lines} {shown}{more} of {facts['candidates']}")
            )
    report.entries(entries)
    if len(history):
        report.say()
        report.print(rounds_of(history, campaign.targets))
    report.say(found.advice)
