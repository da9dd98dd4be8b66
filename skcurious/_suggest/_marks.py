"""Rows that are said to be pending, failed, or neither.

A row with a result is measured, whatever is said of a run that failed.
"""

from skcurious._suggest._campaign_tables import rows_of
from skcurious._suggest._errors import InputError
from skcurious._suggest._lines import refuse
from skcurious._suggest._taken import Taken
from skcurious._words import count, listed


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
    refuse(away, table)
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
    """The same of candidates by their lines."""
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
