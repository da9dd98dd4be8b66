"""What is asked of a campaign: rows to measure next, and how it stands; said nowhere.

The command prints what comes back, and the app shows it. Sentences about what has to
be mended name options of the command.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from skcurious._suggest._errors import InputError
from skcurious._suggest._kept import saying
from skcurious._suggest._learned import learned
from skcurious._suggest._picks import Picks, check_same, output, pick, with_predictions
from skcurious._words import count
from skcurious.campaign._state import OPEN
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
