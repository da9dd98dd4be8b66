"""One criterion from those of several models."""

from copy import copy

import numpy as np
from sklearn.utils.validation import _num_samples

from skcurious._validation import quiet_overflow
from skcurious._warnings import warn
from skcurious.query._criterion import Criterion
from skcurious.query._labels import weights_of_outputs
from skcurious.query._members import reach_members
from skcurious.query._options import NOTHING


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
    shares : list of float, default=None
        What the target of each counts; None for 1.

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

    def __init__(
        self,
        members: list[Criterion],
        weights: list[float],
        shares: list[float] | None = None,
    ):
        self.members = members
        self.weights = np.asarray(weights, dtype=float) / np.sum(weights)
        if shares is not None:
            self.weights = self.weights * shares
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
            self._scale_by(values)
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

    def of(self, rows: np.ndarray | slice) -> "Ensemble":
        """Look at some rows of the pool alone, in units of the whole.

        Parameters
        ----------
        rows : ndarray of int or slice
            Which.

        Returns
        -------
        criterion : Ensemble
            Of these rows.
        """
        if self._scales is None:
            self.set_scales(None)
        part = copy(self)
        part.members = [member.of(rows) for member in self.members]
        return part

    def set_scales(self, n_pool: int | None) -> None:
        """Measure utilities in their means over the first rows, from now on.

        Parameters
        ----------
        n_pool : int or None
            How many rows; others are no candidates. None for all.
        """
        self._scale_by([member.utility()[:n_pool] for member in self.members])

    def _scale_by(self, values):
        self._scales = [value.mean() or 1.0 for value in values]


def criterion_of(estimator, X_pool, make, asked=NOTHING):
    """The criterion of a model, or of an ensemble of them.

    Parameters
    ----------
    estimator : estimator or list of estimators
        What a query strategy takes.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates.
    make : callable
        ``make(member, X_pool)`` returns the criterion of one model.
    asked : Asked, default=NOTHING
        What is asked of each model; labels of rows that are being measured are
        imagined.

    Returns
    -------
    criterion : Criterion or Ensemble
        Of the pool.
    """
    members = reach_members(estimator, asked)
    shares = target_shares(members)
    with quiet_overflow():
        made = [make(member, X_pool) for member in members]
    if asked.label_noise is not None and any(one.noise is None for one in made):
        raise TypeError(
            "This criterion knows no label_noise: pass noise=pool.noise to the "
            "Criterion that it returns, and count with it in utility()."
        )
    if len(made) == 1:
        criterion = made[0]
    else:
        criterion = Ensemble(made, [member.weight for member in members], shares)
        if asked.X_pending is not None:
            criterion.set_scales(_num_samples(X_pool))
    return with_pending(criterion, X_pool, asked)


def with_pending(criterion, X_pool, asked):
    """Imagine the labels of rows that are being measured, and leave these out.

    Parameters
    ----------
    criterion : Criterion or Ensemble
        Of the pool, and of those rows after it.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates.
    asked : Asked
        Knows the rows.

    Returns
    -------
    criterion : Criterion or Ensemble
        Of the pool.
    """
    if asked.X_pending is None:
        return criterion
    n_pool, n_pending = _num_samples(X_pool), _num_samples(asked.X_pending)
    with quiet_overflow():
        for index in range(n_pool, n_pool + n_pending):
            criterion.imagine(index)
    return criterion.of(slice(n_pool))


def target_shares(members):
    """What the targets of a MultiOutputRegressor's members count; None for 1.

    Parameters
    ----------
    members : list of Member
        Some may be about all targets: these count once, as a whole.

    Returns
    -------
    shares : list of float or None
    """
    weights = members[0].asked.target_weights
    if weights is None or all(member.target is None for member in members):
        return None
    return [
        1.0 if member.target is None else float(weights_of_outputs(member)[0])
        for member in members
    ]


def warn_if_blind(utility):
    """Warn when a strategy sees no difference between candidates."""
    if not utility.any():
        warn(
            "Every score in X_pool is 0, and rows are picked at random: no label would "
            "move what was asked about. The model needs some labels that differ."
        )
