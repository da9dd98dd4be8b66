"""One criterion from those of several models."""

import numpy as np

from skcurious._validation import quiet_overflow
from skcurious._warnings import warn
from skcurious.query._criteria import Criterion
from skcurious.query._members import reach_members


class Ensemble:
    """The weighted mean of the utilities of several models.

    Each model's is divided by its mean over the pool before the first label
    was imagined: models agree in no unit.

    Parameters
    ----------
    members : list of Criterion
        Of the same pool, one for each model.
    weights : list of float
        Their votes.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.query import CuriosityCriterion, Ensemble
    >>> members = [
    ...     CuriosityCriterion(np.reshape(tangents, (-1, 1, 1)), None)
    ...     for tangents in ([1.0, 2.0], [20.0, 10.0])
    ... ]
    >>> Ensemble(members, [1.0, 1.0]).utility()
    array([1., 1.])
    """

    unit = 1.0  # of models that have none in common

    def __init__(self, members: list[Criterion], weights: list[float]):
        self.members = members
        self.weights = np.asarray(weights, dtype=float) / np.sum(weights)
        self._scales = None

    def utility(self) -> np.ndarray:
        """Average the scores of the members.

        Returns
        -------
        utility : ndarray of shape (n,)
            Each member's in units of its first mean over the pool.
        """
        values = [member.utility() for member in self.members]
        if self._scales is None:
            self._scales = [value.mean() or 1.0 for value in values]
        return sum(
            w / scale * value
            for w, scale, value in zip(self.weights, self._scales, values, strict=True)
        )

    def imagine(self, index: int) -> None:
        """Imagine a label for a row, in each model its own.

        Parameters
        ----------
        index : int
            Row of the pool.
        """
        for member in self.members:
            member.imagine(index)


def criterion_of(estimator, X_pool, make):
    """The criterion of a model, or of an ensemble of them.

    Parameters
    ----------
    estimator : estimator or list of estimators
        What a query strategy takes.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates.
    make : callable
        ``make(member, X_pool)`` returns the criterion of one model.

    Returns
    -------
    criterion : Criterion or Ensemble
    """
    members = reach_members(estimator)
    with quiet_overflow():
        made = [make(member, X_pool) for member in members]
    if len(made) == 1:
        return made[0]
    return Ensemble(made, [member.weight for member in members])


def warn_if_blind(utility):
    """Warn when a strategy sees no difference between candidates."""
    if not utility.any():
        warn(
            "Every score in X_pool is 0, and rows are picked at random: no label would "
            "move what was asked about. The model needs some labels that differ."
        )
