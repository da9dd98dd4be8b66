"""Results come back in a table: taken, or taken back; said nowhere.

Sentences about what has to be mended name options of the command.
"""

from dataclasses import dataclass, replace

from skcurious._suggest._campaign_tables import results_of
from skcurious._suggest._errors import InputError
from skcurious._suggest._kept import saying
from skcurious._suggest._known import compare, refuse
from skcurious._words import count
from skcurious.campaign._state import ROW

# Results that were replaced, each with a note.
MOST_REPLACED = 8


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


def remove(opened, numbers):
    """Take results back, by their numbers in the measurements."""
    with saying(opened.folder):
        opened.campaign.remove(numbers)
    opened.save()
