"""Parts of the report about a campaign that is on the page."""

from dataclasses import replace

import numpy as np

from skcurious.campaign._report import Subject
from skcurious.campaign._report._columns import columns
from skcurious.campaign._report._next import next_section
from skcurious.campaign._report._sections import (
    NO_MODEL,
    _effects,
    _errors,
    _history,
    _map,
    _predictions,
    _runs,
)
from skcurious.campaign._report._write import page

NOWHERE = np.empty(0, dtype=int), np.empty(0)


def subject(campaign, suggestion=None, status=None, history=None):
    """What the parts are about."""
    if suggestion is None:
        positions, scores = NOWHERE
    else:
        positions, scores = suggestion.picks.indices, suggestion.picks.score
    return Subject(
        campaign._table, campaign._outlook, status, history, positions, scores
    )


def columns_of(campaign, left_out):
    """What was read as what.

    Parameters
    ----------
    campaign : Campaign
    left_out : dict of str to str
        Why columns tell nothing: the campaign itself was told to ignore them.
    """
    about = subject(campaign)
    known = about.look.columns
    told = replace(known, left_out={**known.left_out, **left_out})
    about.look = replace(about.look, columns=told)
    return columns(about)


def next_of(campaign, suggestion):
    """The next rows, and why these."""
    return next_section(subject(campaign, suggestion))


def model_of(campaign, suggestion):
    """How good the model is, where the candidates lie, which columns matter."""
    about = subject(campaign, suggestion, campaign.status())
    if not about.learned:
        return f"<p>{NO_MODEL}</p>"
    return "".join(part(about) for part in (_errors, _predictions, _map, _effects))


def history_of(campaign, status, history):
    """How the campaign stands after each round, and what is under way."""
    about = subject(campaign, None, status, history)
    return _history(about) + _runs(about)


def report_of(campaign, suggestion, n):
    """The whole page of the report."""
    rows = None
    if suggestion is not None:
        picks = suggestion.picks
        rows = campaign._given.iloc[picks.indices].assign(score=picks.score)
    return page(campaign._subject(n, rows)).encode("utf-8", "replace")
