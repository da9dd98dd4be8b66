"""A pool of candidates as a fitted model sees it."""

import warnings

import numpy as np

from skcurious._chunks import RowChunks
from skcurious._members import reach_members
from skcurious.fantasies import Ensemble


class Pool:
    """The candidates, evaluated in chunks by one model.

    Parameters
    ----------
    member : Member
        The model, and the pool as it takes it.
    covariance : bool
        Whether leverages will be asked for.
    keep : bool
        Whether several passes will follow: then chunks that fit into
        ``working_memory`` are kept.
    extra_bytes : int, default=0
        What the strategy needs besides for each row.
    """

    def __init__(self, member, covariance, keep, extra_bytes=0):
        self.model = member.model
        self.weight = member.weight
        if covariance:
            self.model._check_covariance()
        self.X = self.model._validate_rows(member.X)
        self._chunks = RowChunks(
            self.model,
            self.X,
            leverage=covariance,
            keep=keep,
            extra_bytes=extra_bytes,
        )

    def __iter__(self):
        return iter(self._chunks)

    def tangents(self):
        """df/ds of all rows; see :meth:`derivatives`."""
        return self.derivatives(self.model._tangents)

    def derivatives(self, function):
        """Directional derivatives of all rows, of shape (n, n_outputs, n_tangents).

        Divided by the largest, so that squares neither over- nor underflow.

        Parameters
        ----------
        function : callable
            Gives those of a chunk of rows.

        Returns
        -------
        tangents : ndarray
        largest : float
        """
        tangents = self._chunks.map(function)
        if not np.isfinite(tangents).all():
            raise ValueError(
                "The tangents of X_pool are not finite: the numbers in it overflow. "
                "Scale X, for instance with StandardScaler in a Pipeline."
            )
        largest = float(np.abs(tangents).max())
        if largest == 0:
            largest = 1.0
        return tangents.astype(np.float64, copy=False) / largest, largest

    def variances(self):
        """h(x, x) of all rows, of shape (n, R, R)."""
        return self._chunks.map(self.model._leverage_diagonal)

    def column(self, index):
        """h(pool, row `index`), of shape (n, R, R)."""
        representers = self.model._representers(self.model._rows(self.X[[index]]))
        return self._chunks.map(
            lambda rows: self.model._leverage_blocks(rows, representers)[:, :, 0]
        )


def fantasies_of(estimator, X_pool, make):
    """The fantasies of a model, or of an ensemble of them.

    Parameters
    ----------
    estimator : estimator or list of estimators
        What a query strategy takes.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates.
    make : callable
        ``make(member)`` returns the fantasies of one :class:`Member`, and
        what their utilities are to be multiplied with.

    Returns
    -------
    fantasies : Fantasies or Ensemble
    unit : float
        Times which utilities are in the units of the model; 1 for an
        ensemble, which has none.
    """
    members = reach_members(estimator, X_pool)
    made = [make(member) for member in members]
    if len(made) == 1:
        return made[0]
    return Ensemble([f for f, _ in made], [m.weight for m in members]), 1.0


def warn_if_blind(utility):
    """Warn when a strategy sees no difference between candidates."""
    if not utility.any():
        warnings.warn(
            "Every score in X_pool is 0, and rows are picked at random: no label would "
            "move what was asked about. The model needs some labels that differ.",
            stacklevel=4,
        )
