"""Learners of modAL, which keep what they were taught and fit to all of it again."""

from collections import Counter
from copy import copy, deepcopy

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing


def without_taught_rows(learner, estimator, X, y):
    """A copy of a learner around another estimator, and without these rows.

    Parameters
    ----------
    learner : BaseLearner
        Of modAL; not changed.
    estimator : estimator
        Its estimator, which has forgotten the rows.
    X, y : array-likes
        The rows and labels, as they were taught.

    Returns
    -------
    learner : BaseLearner
    """
    given, kept = Counter(_keys(X, y)), []
    for i, key in enumerate(_keys(learner.X_training, learner.y_training)):
        if given[key] > 0:
            given[key] -= 1
        else:
            kept.append(i)
    if given.total() > 0:
        raise ValueError(
            f"{given.total()} of the rows were never taught to the "
            f"{type(learner).__name__}, or not with these labels: give them as they "
            "were taught."
        )
    # What a learner draws is drawn from a state of its own.
    new = copy(learner)
    vars(new).update({n: deepcopy(v) for n, v in vars(learner).items() if n == "_rng"})
    new.estimator = estimator
    X_training = learner.X_training
    if sparse.issparse(X_training):
        X_training = X_training.tocsr()
    new.X_training = _safe_indexing(X_training, kept)
    new.y_training = _safe_indexing(learner.y_training, kept)
    return new


def _keys(X, y):
    """A tuple for each row, equal for equal ones."""
    X = X.toarray() if sparse.issparse(X) else X
    X, y = np.asarray(X, dtype=object), np.asarray(y, dtype=object)
    rows = np.hstack([X.reshape(len(X), -1), y.reshape(len(y), -1)])
    # NaN is not equal to itself.
    return [tuple(v if v == v else None for v in row) for row in rows]
