"""Labels of a table, and rows that were tried and have none."""

import re

import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious._suggest._numbers import finite_numbers
from skcurious._words import count, names
from skcurious.campaign._cells import are_dates, in_disguise, text
from skcurious.campaign._quantities import quantities
from skcurious.campaign._runs import FAILED, MEASURED, PENDING, states

# Of a column of names this part is numbers, at most.
FEW = 0.1
# A column that holds no number, but one of these, is a target without results yet.
_NO_RESULT = re.compile(
    r"fail\w*|error|lost|broken|aborted|exploded|none|n\.? ?(?:a|b|d)\.?|-+|x|"
    r"fehl\w*|missglückt",
    flags=re.IGNORECASE,
)


def read_labels(labelled, targets, is_one_table, notes, *, all_candidates=False):
    """Labels by line, and rows that were tried and have none.

    Parameters
    ----------
    labelled : Table
    targets : list of str
        Columns of it.
    is_one_table : bool
        Whether the candidates are in it, too: then those are what is blank.
    notes : list of str
        Is told about the latter.
    all_candidates : bool, default=False
        Whether every row is a candidate, so that there is nothing to tell of those
        that are blank.

    Returns
    -------
    Y : DataFrame
        Columns are the targets, NaN where not measured; rows have a label at least.
    tried : Series of str
        'pending' or 'failed', by line.
    """
    Y, said = {}, {}
    for target in targets:
        cells = labelled.frame[target]
        states_ = states(cells).where(text(cells).notna())
        _check_no_names(cells, states_, target, labelled)
        lines = cells.index[states_ == MEASURED]
        if not len(lines) and not _are_states(cells, states_):
            lines = cells.index[text(cells).notna()]
        tables = [(labelled, lines)]
        (y,) = finite_numbers(target, tables, "but a target has to be", notes)
        Y[target], said[target] = y.reindex(cells.index), states_.drop(lines)
    Y = pd.DataFrame(Y, index=labelled.frame.index)
    is_measured = Y.notna().any(axis=1)
    said = pd.DataFrame(said, index=Y.index)[~is_measured]
    tried = pd.Series(None, index=said.index, dtype=object)
    for state in (PENDING, FAILED):  # one that failed is not under way
        tried[said.eq(state).any(axis=1)] = state
    if not all_candidates and (is_measured.any() or not is_one_table):
        _note_blank(tried, labelled, targets, notes)
    for state in (PENDING, FAILED):
        _note_words(said, state, labelled, targets, notes)
    tried = tried.dropna() if is_one_table else tried.fillna(PENDING)
    return Y[is_measured], tried


def _check_no_names(cells, said, target, labelled):
    """Raise for a column of which next to nothing is a number, or was meant as one."""
    strings = text(cells).dropna()
    plain = ~labelled.numbers(target)[1][strings.index]
    some = strings[(said[strings.index] == MEASURED) & ~strings.str.startswith("#")]
    if not len(some):
        if plain.any() or _are_states(cells, said):
            return
        some = strings
    found = quantities(some, labelled.dialect.decimal)
    meant = plain[some.index] | some.isin(in_disguise(some)) | some.map(found).notna()
    is_date = are_dates(some)
    if is_date or meant.mean() < FEW:
        shown = (some if is_date else some[~meant]).unique()[:2]
        raise InputError(
            f"{target!r} of {labelled.name} holds {'dates' if is_date else 'names'}, "
            f"such as {names(shown)}, but a target has to hold numbers: name a column "
            "of numbers."
        )


def _are_states(cells, said):
    """Whether words of a column that holds no number stand for results."""
    words = text(cells).dropna().unique()
    return not len(words) or any(
        said[cells.index[text(cells) == word][0]] == PENDING
        or _NO_RESULT.fullmatch(word)
        for word in words
    )


def _note_blank(tried, labelled, targets, notes):
    n = int(tried.isna().sum())
    if n:
        notes.append(
            f"{count(n, 'row')} of {labelled.name} without a label in "
            f"{names(targets)} {'is' if n == 1 else 'are'} not learnt from."
        )


def _note_words(said, state, labelled, targets, notes):
    for target in targets:
        lines = said.index[said[target] == state]
        some = text(labelled.frame.loc[lines, target]).value_counts()
        if len(some):
            notes.append(
                f"{count(some.sum(), 'row')} of {labelled.name} with "
                f"{names(some.index, some, most=4)} for {target!r} "
                f"{'counts' if some.sum() == 1 else 'count'} as {state}: not learnt "
                "from, and not suggested again."
            )
