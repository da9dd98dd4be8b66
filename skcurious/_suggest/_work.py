"""What is done with a campaign: results, and notes about them, said nowhere.

The command prints what comes back, and the app shows it. Sentences about what has to
be mended name options of the command.
"""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from skcurious._suggest._campaign_tables import results_of, rows_of
from skcurious._suggest._errors import InputError
from skcurious._suggest._kept import saying
from skcurious._suggest._known import compare, refuse
from skcurious._suggest._learned import learned
from skcurious._suggest._lines import refuse as refuse_away
from skcurious._suggest._picks import Picks, check_same, output, pick, with_predictions
from skcurious._words import count, listed
from skcurious.campaign._state import OPEN, ROW
from skcurious.campaign._status import advice

# Results that were replaced, each with a note.
MOST_REPLACED = 8

# -- rows are suggested ----------------------------------------------------------------


@dataclass(eq=False)
class Suggestion:
    """Rows to measure next, and what they rest on; equal to none but itself.

    Attributes
    ----------
    picks : Picks
    why : str
        How the campaign stands, without the errors that take time.
    cost : tuple of (str, float) or None
        Column with the prices, and their sum.
    """

    picks: Picks
    why: str
    cost: tuple | None


def check_number(n, opened):
    """Raise unless there are `n` rows to suggest."""
    look = opened.campaign._outlook
    first = np.unique(look.first[look.open])
    if n > len(first):
        raise InputError(
            f"-n asks for {count(n, 'row')}, but the campaign has {len(first):,} to "
            "choose from: ask for that many at most (the others are measured, pending, "
            "failed, or equal to one of these)."
        )
    if look.same is not None:
        check_same(n, look.same.iloc[first], opened.folder)


def stand_of(opened):
    """How a campaign stands, in a sentence that takes no time."""
    look = opened.campaign._outlook
    return advice(len(look.open), look.training.counts().to_dict(), {}, {})


def suggest(opened, n, at, check=None):
    """Choose rows.

    Parameters
    ----------
    opened : Opened
    n : int
    at : callable
        Is told what is being done.
    check : callable, default=None
        Is told, where there is no model, why; may raise.

    Returns
    -------
    suggestion : Suggestion
    """
    check_number(n, opened)
    campaign, why = opened.campaign, stand_of(opened)
    look, settings = campaign._outlook, campaign._settings
    if look.model is None and check is not None:
        check(why)
    at("Choosing rows")
    with saying(opened.folder):
        picks = pick(look, n)
    cost = settings.cost and (settings.cost, look.cost[picks.indices].sum())
    return Suggestion(picks, why, cost)


def model_of(opened):
    """The model and its errors by cross-validation; None before there is one."""
    campaign = opened.campaign
    look = campaign._outlook
    return None if look.model is None else learned(look, campaign._model)


def mark_suggested(opened, suggestion):
    """Note suggested rows as pending."""
    opened.campaign.mark_pending(list(suggestion.picks.lines))
    opened.save()


def suggested_rows(opened, suggestion):
    """All columns of suggested rows, room for their labels, and predictions."""
    campaign = opened.campaign
    return output(suggestion.picks, campaign._given, campaign.targets)


def all_predictions(opened):
    """All candidates with predictions."""
    campaign = opened.campaign
    mean, std = campaign._outlook.predict(np.arange(len(campaign._given)))
    return with_predictions(campaign._given, mean, std, campaign.targets)


# -- results come back -----------------------------------------------------------------


@dataclass
class Taken:
    """What became of a table.

    Attributes
    ----------
    n : int
        Results that were taken, or rows that were marked.
    notes : list of str
    """

    n: int
    notes: list


def take(opened, table, known=None):
    """Take results into the folder.

    Parameters
    ----------
    opened : Opened
    table : Table
        Named as there.
    known : {None, 'again', 'replace'}, default=None
        Results of rows that have some: those that are there already are left out, and
        others refused; or all are taken as replicates; or others take the place of
        what was there.

    Returns
    -------
    taken : Taken
    """
    campaign, notes = opened.campaign, list(table.notes)
    frame, away = results_of(table, campaign, opened.units, notes)
    before = campaign._state
    if known != "again":
        with saying(opened.folder):
            compared = compare(frame, table, campaign)
        frame = compared.frame
        if known is None:
            refuse(compared)
        elif compared.old:
            campaign._forget(compared.old)
            notes += [
                f"{said}: replaced." for said in compared.differing[:MOST_REPLACED]
            ]
            if len(compared.differing) > MOST_REPLACED:
                n = len(compared.differing)
                notes.append(f"{count(n, 'result')} were replaced in all.")
        if compared.n_known:
            n = compared.n_known
            notes.append(
                f"{count(n, 'result')} of {table.name} {'is' if n == 1 else 'are'} in "
                "the campaign already, and not taken twice; --again takes them as "
                "replicates."
            )
    kept = campaign._state
    if len(frame):
        with saying(opened.folder):
            campaign._take(frame)
    notes += _deviating([d for d in away if d.line in frame.index], table, campaign)
    after = campaign._state
    n_taken = len(after.log) - len(kept.log)
    marks = [(state.pending, state.failed) for state in (before, after)]
    if not n_taken and len(kept.log) == len(before.log) and marks[0] == marks[1]:
        more = "; --again takes its results as replicates" if known is None else ""
        raise InputError(
            f"{table.name} holds nothing that is not in the campaign already{more}."
        )
    notes += _beside(frame, away, table, campaign, before)
    twice = kept.measured & frozenset(after.log.iloc[len(kept.log) :][ROW])
    if twice:
        notes.append(
            f"{count(len(twice), 'row')} had results before: labels of one row are "
            "averaged."
        )
    opened.save()
    return Taken(n_taken, notes)


def _deviating(away, table, campaign):
    """Their lines are under way no more; returns what to say of them."""
    notes, done = [], set()
    state = campaign._state
    for deviation in away:
        its = f"line {deviation.label}"
        if deviation.row in state.pending:
            done.add(deviation.row)
            its += " is pending no more"
        elif deviation.row in state.measured:
            its += " keeps the result that it has"
        else:
            its += " stays as it was"
        notes.append(
            f"Line {deviation.line} of {table.name} is not as line {deviation.label} "
            f"of the candidates ({deviation.cells}): it is a row of its own, and {its}."
        )
    campaign._replace(replace(state, pending=state.pending - done))
    return notes


def _beside(frame, away, table, campaign, before):
    """What to say of new rows that are no candidates, and name none."""
    after = campaign._state
    if len(after.others) == len(before.others):
        return []
    frame = frame.drop(index=[d.line for d in away if d.line in frame.index])
    found, _ = campaign._rows.find(frame, table.name, after.others)
    new = found >= len(campaign._X) + len(before.others)
    n = len(set(found[new]))
    if not n:
        return []
    return [
        f"{count(n, 'row')} of {table.name} {'equals' if n == 1 else 'equal'} no "
        "candidate, and what it says is learnt from all the same "
        f"({'on' if n == 1 else 'the first on'} line {frame.index[new][0]})."
    ]


def mark(opened, table, what):
    """Say that rows of a table are pending, failed, or neither.

    Parameters
    ----------
    opened : Opened
    table : Table
        Named as there.
    what : {'pending', 'failed', 'unmark'}

    Returns
    -------
    taken : Taken
    """
    campaign, notes = opened.campaign, list(table.notes)
    rows, away = rows_of(table, table.frame.index, campaign, opened.units, notes)
    refuse_away(away, table)
    found, _ = campaign._rows.find(rows, table.name, campaign._state.others)
    n = len(campaign._X)
    if (found >= n).any():
        away = rows.index[found >= n]
        raise InputError(
            f"{table.name} holds {count(len(away), 'row')} that no candidate equals "
            f"(the first on line {away[0]}): correct or delete "
            f"{'it' if len(away) == 1 else 'them'}."
        )
    for target in campaign.targets:
        if target in table.frame:
            n_results = int(table.numbers(target)[0].notna().sum())
            if n_results:
                notes.append(
                    f"{count(n_results, 'result')} of {target!r} in {table.name} "
                    f"{'is' if n_results == 1 else 'are'} not taken: this says what "
                    "rows are, and nothing else."
                )
    taken = mark_rows(opened, list(campaign._X.index[found]), what)
    return Taken(taken.n, notes + taken.notes)


def mark_rows(opened, labels, what):
    """The same of candidates by their lines.

    A row with a result is measured, whatever is said of a run that failed.
    """
    campaign = opened.campaign
    before = campaign._state
    rows = {
        int(row): label
        for row, label in zip(
            campaign._rows.by_label(labels, "rows"), labels, strict=True
        )
    }
    measured = [row for row in rows if row in before.measured]
    idle = set(rows) - before.pending - before.failed
    notes = []
    if what == "pending":
        campaign.mark_pending(labels)
        n = len(rows)
    elif what == "failed":
        runs = before.pending & set(measured)  # replicates that are under way
        if len(measured) == len(rows) and not runs:
            raise InputError(_has_results(measured, rows))
        campaign.unmark([rows[row] for row in measured])
        failed = [label for row, label in rows.items() if row not in measured]
        campaign.mark_failed(failed)
        n = len(failed)
        if measured:
            notes.append(_has_results(measured, rows))
    else:
        if len(idle) == len(rows):
            raise InputError(
                f"{_lines_of(idle, rows)} neither pending nor failed, so that there is "
                "nothing to unmark."
            )
        campaign.unmark(labels)
        open_ = [row for row in rows if row not in before.measured and row not in idle]
        n = len(open_)
        if idle:
            notes.append(f"{_lines_of(idle, rows)} neither pending nor failed before.")
        back = set(measured) - idle
        if back:
            notes.append(f"{_lines_of(back, rows)} measured, as there are results.")
    opened.save()
    return Taken(n, notes)


def _lines_of(some, rows):
    shown = listed([rows[row] for row in rows if row in some], 8)
    return f"Line {shown} is" if len(some) == 1 else f"Lines {shown} are"


def _has_results(measured, rows):
    one = len(measured) == 1
    return (
        f"{_lines_of(measured, rows)} measured, and {'stays' if one else 'stay'} so: "
        "where a result was none, add a table with 'failed' in its place, with "
        "--replace."
    )


def remove(opened, numbers):
    """Take results back, by their numbers in the measurements."""
    with saying(opened.folder):
        opened.campaign.remove(numbers)
    opened.save()


# -- how it stands ---------------------------------------------------------------------


def standing(opened):
    """How good the model is, now and after each round.

    Past rounds are fitted again, once: the folder keeps what came of it.

    Returns
    -------
    status : CampaignStatus
    history : DataFrame
    """
    campaign = opened.campaign
    known = len(campaign._history)
    status, history = campaign.status(), campaign.history()
    if len(campaign._history) > known:
        opened.save()
    return status, history


def counts_of(campaign):
    """How many candidates are what."""
    counts = Counter(campaign.states)
    others = [
        f"{counts[state]:,} {state}"
        for state in ("measured", "pending", "failed")
        if counts[state]
    ]
    return ", ".join([f"{count(counts[OPEN], 'row')} to choose from", *others])
