"""What is done with a campaign: results, and notes about them, said nowhere.

The command prints what comes back, and the app shows it. Sentences about what has to
be mended name options of the command.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from skcurious._suggest._campaign_tables import results_of, rows_of, without_known
from skcurious._suggest._errors import InputError
from skcurious._suggest._kept import saying
from skcurious._suggest._learned import learned
from skcurious._suggest._picks import Picks, check_same, output, pick, with_predictions
from skcurious._words import count
from skcurious.campaign._state import OPEN, ROW
from skcurious.campaign._status import advice

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
    """All candidates with the means of their labels, and predictions.

    The mean is at the first of equal candidates: the table may come back as results.
    """
    campaign = opened.campaign
    look = campaign._outlook
    n = len(campaign._given)
    mean, std = look.predict(np.arange(n))
    labels = look.training.Y.reindex(range(n)).set_axis(campaign._given.index)
    rows = campaign._given.assign(**{t: labels[t] for t in campaign.targets})
    return with_predictions(rows, mean, std, campaign.targets)


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


def take(opened, table, again):
    """Take results into the folder.

    Parameters
    ----------
    opened : Opened
    table : Table
        Named as there.
    again : bool
        Whether to take results that are there already as replicates.

    Returns
    -------
    taken : Taken
    """
    campaign, notes = opened.campaign, list(table.notes)
    frame = results_of(table, campaign, opened.units, notes)
    n_known = 0
    if not again:
        with saying(opened.folder):
            frame, n_known = without_known(frame, table, campaign)
    if n_known:
        notes.append(
            f"{count(n_known, 'result')} of {table.name} "
            f"{'is' if n_known == 1 else 'are'} in the campaign already, and not taken "
            "twice; --again takes them as replicates."
        )
    before = campaign._state
    if len(frame):
        with saying(opened.folder):
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
    twice = before.measured & frozenset(after.log.iloc[len(before.log) :][ROW])
    if twice:
        notes.append(
            f"{count(len(twice), 'row')} had results before: labels of one row are "
            "averaged."
        )
    opened.save()
    return Taken(n_taken, notes)


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
    rows = rows_of(table, table.frame.index, campaign, opened.units, notes)
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
    mark_rows(opened, labels, what)
    return Taken(len(set(labels)), notes)


def mark_rows(opened, labels, what):
    """The same of candidates by their lines."""
    campaign = opened.campaign
    how = {
        "pending": campaign.mark_pending,
        "failed": campaign.mark_failed,
        "unmark": campaign.unmark,
    }
    how[what](labels)
    opened.save()


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
