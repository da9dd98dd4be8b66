"""Why the next rows: sentences from what their labels would change."""

import numpy as np

from skcurious._words import aligned, count, with_error
from skcurious.campaign._report._markup import cell, number, text
from skcurious.inspection._explain import explain, largest
from skcurious.tangent._threads import one_thread

# A label informs a row if it takes this share of the variance of the prediction.
SHARE = 0.1


def reasons(subject):
    """Why these rows, as HTML.

    What a row tells is beyond the rows that are pending, and those before it.

    Returns
    -------
    ahead : list of str
        What the pending rows will tell, a sentence for each learned target.
    found : list of list of str
        For each of the next rows sentences, one for each learned target.
    """
    ahead, found = [], [[] for _ in subject.positions]
    for target, estimator in subject.learned:
        first, sentences = _of_target(subject, target, estimator)
        ahead += first
        for place, sentence in enumerate(sentences):
            found[place].append(sentence)
    return ahead, found


def _of_target(subject, target, estimator):
    look, next_rows = subject.look, subject.positions
    training = look.training
    labels = training.Y[target].dropna()
    pending = sorted(look.state.pending - set(look.first[next_rows].tolist()))
    rows = np.union1d(subject.shown, pending).astype(int)
    pool = training.all_rows.iloc[rows].reset_index(drop=True)
    asked = np.searchsorted(rows, [*pending, *next_rows])
    labelled = training.all_rows.iloc[labels.index].reset_index(drop=True)
    # The error is that of the status: over the same rows, and from what it is now.
    among = np.searchsorted(rows, subject.reference)
    with one_thread():
        told = explain(estimator, pool, asked, labelled, SHARE, among)
    sentences = [
        " ".join(
            [
                _prediction(told, k, target),
                _effect(told, k, len(pool)),
                _nearest(subject, told, k, labels, position),
            ]
        )
        for k, position in enumerate(next_rows, start=len(pending))
    ]
    noun = "other row" if len(subject.marked) else "row"
    return _ahead(told, target, len(pending), noun), sentences


def _ahead(told, target, n_pending, noun):
    if told.std is None or not n_pending:
        return []
    before, after = aligned(told.pool_std[[0, n_pending], 0], 4)
    return [
        f"{text(target)}: expected error {before} now, {after} when "
        f"{count(n_pending, noun)} that {'is' if n_pending == 1 else 'are'} pending "
        f"{'has its result' if n_pending == 1 else 'have their results'}."
    ]


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
