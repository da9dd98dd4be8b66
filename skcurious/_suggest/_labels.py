"""Labels of a table, and rows that were tried and have none."""

from skcurious._suggest._errors import InputError
from skcurious._suggest._numbers import finite_numbers
from skcurious._words import count, names
from skcurious.campaign._cells import text
from skcurious.campaign._runs import FAILED, MEASURED, PENDING, states

# With fewer labels a cross-validation says nothing.
FEWEST_LABELS = 5


def read_labels(labelled, target, is_one_table, notes):
    """Labels by line, and lines of rows that were tried and have none.

    Parameters
    ----------
    labelled : Table
    target : str
        Column of it.
    is_one_table : bool
        Whether the candidates are in it, too: then those are what is blank.
    notes : list of str
        Is told about the latter.

    Returns
    -------
    y : Series of float
    tried : Index
    """
    cells = labelled.frame[target]
    state = states(cells)
    lines = cells.index[state == MEASURED]
    if not len(lines):  # then these are no words in place of a number
        lines = cells.index[text(cells).notna()]
    (y,) = finite_numbers(target, [(labelled, lines)], "but a target has to be", notes)
    words = text(cells)[state != MEASURED].dropna()
    said = words.value_counts()
    if len(y) < FEWEST_LABELS:
        others = f", and {names(said.index, said, most=4)}" if len(said) else ""
        raise InputError(
            f"{labelled.name} has {count(len(y), 'row')} with a label in {target!r}"
            f"{others}: at least {FEWEST_LABELS} are needed, so measure some first."
        )
    if y.nunique() == 1:
        raise InputError(
            f"{target!r} is {y.iloc[0]:g} in every row of {labelled.name}: there is "
            "nothing to learn from labels that are all the same."
        )
    blank = state.index[(state == PENDING) & ~state.index.isin(words.index)]
    if len(blank):
        notes.append(
            f"{count(len(blank), 'row')} of {labelled.name} without a label in "
            f"{target!r} {'is' if len(blank) == 1 else 'are'} not used."
        )
    for kind in (PENDING, FAILED):
        some = words[state[words.index] == kind].value_counts()
        if len(some):
            notes.append(
                f"{count(some.sum(), 'row')} of {labelled.name} with "
                f"{names(some.index, some, most=4)} for {target!r} "
                f"{'counts' if some.sum() == 1 else 'count'} as {kind}: not learnt "
                "from, and not suggested again."
            )
    return y, words.index if is_one_table else state.index[state != MEASURED]
