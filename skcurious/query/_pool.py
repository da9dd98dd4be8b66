"""A pool of candidates as a fitted model sees it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from skcurious._reach import Reached
from skcurious._validation import check_finite
from skcurious.linearised import RowChunks
from skcurious.linearised._blocks import relative


class Pool:
    """The candidates, evaluated in chunks by one model.

    Parameters
    ----------
    member : Reached
        The model, and the way of rows to it.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates, as the whole estimator takes them.
    covariance : bool
        Whether leverages will be asked for.
    keep : bool
        Whether several passes will follow: then chunks that fit into
        ``working_memory`` are kept.
    extra_bytes : int, default=0
        What the criterion needs besides for each row.

    Attributes
    ----------
    model : LinearisedModel
        The model.
    X : {ndarray, CSR matrix} of shape (n_pool, n_features)
        The candidates as it takes them.

    Examples
    --------
    What a callable for :func:`utilities` makes of its arguments:

    >>> import numpy as np
    >>> from skcurious import CuriousRidge
    >>> from skcurious.query import Pool, VarianceCriterion, utilities
    >>> def variance(member, X_pool, imagine):
    ...     pool = Pool(member, X_pool, covariance=True, keep=imagine)
    ...     return VarianceCriterion(pool.variances(), pool.column)
    >>> X = np.arange(4.0)[:, None]
    >>> model = CuriousRidge(alpha=1.0).fit(X[:2], X[:2, 0])
    >>> utilities(model, X[2:], variance).utility().round(2)
    array([2.  , 4.67])
    """

    def __init__(
        self,
        member: Reached,
        X_pool: ArrayLike,
        *,
        covariance: bool,
        keep: bool,
        extra_bytes: int = 0,
    ):
        self.model = member.model
        if covariance:
            self.model.check_covariance()
        self.X = member.rows(X_pool)
        self._chunks = RowChunks(
            self.model,
            self.X,
            leverage=covariance,
            keep=keep,
            extra_bytes=extra_bytes,
        )

    def __iter__(self):
        return iter(self._chunks)

    def tangents(self) -> tuple[np.ndarray, float]:
        """Evaluate df/ds of all rows, as by :meth:`derivatives`.

        Returns
        -------
        tangents : ndarray of shape (n, n_outputs, n_parts)
            Divided by the largest.
        largest : float
            What they were divided by.
        """
        return self.derivatives(self.model.parts_at)

    def derivatives(self, function: Callable) -> tuple[np.ndarray, float]:
        """Directional derivatives of all rows.

        Divided by the largest, so that squares neither over- nor underflow.

        Parameters
        ----------
        function : callable
            Gives those of a chunk of rows.

        Returns
        -------
        tangents : ndarray of shape (n, n_outputs, n_parts)
            Divided by the largest.
        largest : float
            What they were divided by.

        Raises
        ------
        ValueError
            When they are not finite.
        """
        tangents = self._chunks.map(function)
        largest = float(np.abs(tangents).max())
        check_finite(largest * largest, "squared tangents", "X_pool")
        if largest == 0:
            largest = 1.0
        return tangents.astype(np.float64, copy=False) / largest, largest

    def curiosity_shares(self) -> tuple[np.ndarray | None, float]:
        """Say how much the squared tangents of each output count.

        Returns
        -------
        shares : ndarray of shape (n_outputs,) or None
            Of several outputs, each in units of its own; None for one.
        unit : float
            Times which they are in the units of the model.
        """
        model, unit = self.model, noise_unit(self.model)
        if model.n_outputs == 1:
            return None, unit
        if unit == 0:  # of models that interpolate: as if noise went with the spread
            return model.curiosity_weights(model.units**2), unit
        return model.curiosity_weights() / unit, unit

    def variance_shares(self) -> tuple[np.ndarray | None, float]:
        """Say how much the variance of each output counts.

        Returns
        -------
        shares : ndarray of shape (R,) or None
            Of mean 1, in units of the variances of their own; None where all share
            their leverages.
        unit : float
            Times which they are in the units of the model.
        """
        shares, unit = relative(self.model.variance_weights())
        return (shares if self.model.n_blocks > 1 else None), unit

    def variances(self) -> np.ndarray:
        """Leverage h(x, x) of all rows.

        Returns
        -------
        own : ndarray of shape (n, R, R)
            In units of the noise variance.
        """
        own = self._chunks.map(self.model.leverage_diagonal)
        return check_finite(own, "variances", "X_pool")

    def column(self, index: int) -> np.ndarray:
        """Leverage of the pool with one of its rows.

        Parameters
        ----------
        index : int
            Row of the pool.

        Returns
        -------
        column : ndarray of shape (n, R, R)
            The blocks h(pool, row `index`).
        """
        representers = self.model.representers(self.model.at(self.X[[index]]))
        column = self._chunks.map(
            lambda rows: self.model.leverage_blocks(rows, representers)[:, :, 0]
        )
        return check_finite(column, "covariances", "X_pool")

    def cross(self, rows: object) -> np.ndarray:
        """Leverage of the pool with other rows.

        Parameters
        ----------
        rows : object
            What ``model.at`` made of m rows.

        Returns
        -------
        cross : ndarray of shape (n, R, m, R)
            The blocks h(pool, rows).
        """
        representers = self.model.representers(rows)
        cross = None
        for where, some in self:
            block = self.model.leverage_blocks(some, representers)
            if cross is None:
                cross = np.empty((self.X.shape[0], *block.shape[1:]), block.dtype)
            cross[where] = block
        return check_finite(cross, "covariances", "X_pool")


def noise_unit(model):
    """Noise variance of a label, of several outputs the mean in units of their own."""
    noise = np.broadcast_to(model.noise_variance, (model.n_outputs,))
    return float(np.mean(noise / model.units**2))
