"""Why the next rows: sentences from what their labels would change."""

import numpy as np

from skcurious._words import aligned, count, with_error
from skcurious.campaign._report._markup import cell, number, text
from skcurious.inspection._explain import explain, largest
from skcurious.tangent._threads import one_thread

# A label informs a row if it takes this share of the variance of the prediction.
SHARE = 0.1


def reasons(subject):
    """For each of the next rows sentences, as HTML, one for each learned target.

    What a row tells is beyond the rows that are under way, and those before it.
    """
    found = [[] for _ in subject.positions]
    for target, estimator in subject.learned:
        for place, sentence in enumerate(_of_target(subject, target, estimator)):
            found[place].append(sentence)
    return found


def _of_target(subject, target, estimator):
    look, next_rows = subject.look, subject.positions
    training = look.training
    labels = training.Y[target].dropna()
    pending = sorted(look.state.pending - set(look.first[next_rows].tolist()))
    rows = np.union1d(subject.shown, pending).astype(int)
    pool = training.all_rows.iloc[rows].reset_index(drop=True)
    asked = np.searchsorted(rows, [*pending, *next_rows])
    labelled = training.all_rows.iloc[labels.index].reset_index(drop=True)
    with one_thread():
        told = explain(estimator, pool, asked, labelled, SHARE)
    for k, position in enumerate(next_rows, start=len(pending)):
        yield " ".join(
            [
                _prediction(told, k, target),
                _effect(told, k, len(pool)),
                _nearest(subject, told, k, labels, position),
            ]
        )


def _prediction(told, k, target):
    mean = told.prediction[k, 0]
    said = number(mean)
    if told.std is not None:
        said = with_error(mean, told.std[k, 0]).replace("-", "\N{MINUS SIGN}")
    return f"{text(target)}: predicted {said}."


def _effect(told, k, n_pool):
    if told.std is None:
        return ""
    before, after = aligned(told.pool_std[k : k + 2, 0], 4)
    n = int(told.informed[k].sum())
    where = told.where[k]
    where = f": {text(where, 160)}" if n > 1 and where != "everywhere" else ""
    return (
        f"Expected error {before} → {after}. Informs {count(n, 'row')} of "
        f"{n_pool:,}{where}."
    )


def _nearest(subject, told, k, labels, position):
    nearest = told.nearest[k]
    row = labels.index[nearest]
    there = subject.look.training.all_rows.iloc[row]
    here = subject.look.X.iloc[position]
    differ = [
        f"{text(told.names[j])} {cell(there.iloc[j]).html}, "
        f"not {cell(here.iloc[j]).html}"
        for j in largest(told.differences[k])
    ]
    return (
        f"Nearest measured row: {text(subject.label(row))} "
        f"({number(labels.iloc[nearest], 4)}), with "
        f"{'; '.join(differ) or 'the same in all columns'}."
    )
