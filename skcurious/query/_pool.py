"""A pool of candidates as a fitted model sees it."""

from collections.abc import Callable
from copy import copy
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from skcurious._validation import check_finite
from skcurious.linearised import RowChunks
from skcurious.linearised._blocks import diagonal_blocks, relative
from skcurious.query._labels import noise_ratio, weights_of_outputs
from skcurious.query._members import Member

# What a label without noise counts as, relative to the variance of the prediction:
# more than rounding leaves of that variance once the label is known.
NO_NOISE = 1e-10


class Pool:
    """The candidates, evaluated in chunks by one model.

    Rows that are being measured come after them, until :meth:`Criterion.of` leaves
    them out.

    Parameters
    ----------
    member : Member
        The model, the way of rows to it, and what is asked of it.
    X_pool : {array-like, sparse matrix} of shape (n_pool, n_features)
        Candidates, as the whole estimator takes them.
    covariance : bool
        Whether leverages will be asked for, by the criterion itself.
    keep : bool
        Whether several passes will follow: then chunks that fit into
        ``working_memory`` are kept.
    extra_bytes : int, default=0
        What the criterion needs besides for each row.

    Attributes
    ----------
    model : LinearisedModel
        The model.
    X : {ndarray, CSR matrix} of shape (n, n_features)
        The candidates, and the rows that are being measured, as it takes them.
    n_pool : int
        Number of candidates.

    Examples
    --------
    What a callable for :func:`utilities` makes of its arguments:

    >>> import numpy as np
    >>> from skcurious import CuriousRidge
    >>> from skcurious.query import Pool, VarianceCriterion, utilities
    >>> def variance(member, X_pool, imagine):
    ...     pool = Pool(member, X_pool, covariance=True, keep=imagine)
    ...     return VarianceCriterion(pool.variances(), pool, noise=pool.noise)
    >>> X = np.arange(4.0)[:, None]
    >>> model = CuriousRidge(alpha=1.0).fit(X[:2], X[:2, 0])
    >>> utilities(model, X[2:], variance).utility().round(2)
    array([2.  , 4.67])
    """

    def __init__(
        self,
        member: Member,
        X_pool: ArrayLike,
        *,
        covariance: bool,
        keep: bool,
        extra_bytes: int = 0,
    ):
        self.model = member.model
        pending, noise = member.asked.X_pending, member.asked.label_noise
        covariance = covariance or pending is not None or noise is not None
        if covariance:
            self.model.check_covariance()
        self.X = member.rows(X_pool)
        self.n_pool = self.X.shape[0]
        if pending is not None:
            self.X = _below(self.X, member.rows(pending))
        self._weights = weights_of_outputs(member) if member.target is None else None
        self._ways = {"leverage": covariance, "extra_bytes": extra_bytes}
        self._ways["keep"] = keep or pending is not None or noise is not None
        self._chunks = RowChunks(self.model, self.X, **self._ways)
        self._ratio = None if noise is None else self._noise_ratio(member)

    def _noise_ratio(self, member):
        """Noise of labels over that of the model; 1 for what is being measured."""
        candidates = self.X[: self.n_pool]
        ratio = noise_ratio(
            member, lambda: RowChunks(self.model, candidates).map(self.model.output)
        )
        if self.model.n_blocks == 1 and (ratio == ratio[:, :1]).all():
            ratio = ratio[:, :1]
        n_pending = self.X.shape[0] - self.n_pool
        return np.vstack([ratio, np.ones((n_pending, ratio.shape[1]))])

    @property
    def n_blocks(self) -> int:
        """Side R of a block, that of the model or of outputs with other noises."""
        return self.model.n_blocks if self._ratio is None else self._ratio.shape[1]

    @cached_property
    def noise(self) -> np.ndarray | None:
        """Noise variance of a label of each row over that of the model, positive.

        None where it is not known; of shape (n, R). No noise counts as 1e-10 of the
        variance of the prediction.
        """
        if self._ratio is None:
            return None
        least = NO_NOISE * np.einsum("nrr->nr", self.variances())
        # A label where nothing varies says nothing, with noise or without.
        least = np.where(least > 0, least, 1.0)
        return np.where(self._ratio > least, self._ratio, least)

    def of(self, rows: np.ndarray | slice) -> "Pool":
        """Look at some rows alone.

        Parameters
        ----------
        rows : ndarray of int or slice
            Which.

        Returns
        -------
        pool : Pool
            Of these.
        """
        part = copy(self)
        part.X = self.X[rows]
        part.n_pool = part.X.shape[0]
        part._chunks = RowChunks(self.model, part.X, **self._ways)
        part._ratio = None if self._ratio is None else self._ratio[rows]
        for known in ("noise", "_of_pending"):
            part.__dict__.pop(known, None)
        return part

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

    def curiosity_shares(
        self, weighted: bool = True
    ) -> tuple[np.ndarray | None, float]:
        """Say how much the squared tangents of each output count.

        Parameters
        ----------
        weighted : bool, default=True
            Whether to multiply by the `target_weights` that were asked for.

        Returns
        -------
        shares : ndarray of shape (n_outputs,) or None
            Of several outputs, each in units of its own; None for one.
        unit : float
            Times which they are in the units of the model.
        """
        model, unit = self.model, noise_unit(self.model)
        weights = self.target_weights if weighted else 1.0
        if model.n_outputs == 1:
            return None, unit * float(np.mean(weights))
        if unit == 0:  # of models that interpolate: as if noise went with the spread
            return model.curiosity_weights(model.units**2) * weights, unit
        return model.curiosity_weights() / unit * weights, unit

    @property
    def target_weights(self) -> np.ndarray | float:
        """What outputs count, as asked for: 1 where nothing was.

        The member of a MultiOutputRegressor counts as a whole.
        """
        return 1.0 if self._weights is None else self._weights

    def variance_shares(self, weighted: bool = True) -> tuple[np.ndarray | None, float]:
        """Say how much the variance of each output counts.

        Parameters
        ----------
        weighted : bool, default=True
            Whether to multiply by the `target_weights` that were asked for.

        Returns
        -------
        shares : ndarray of shape (R,) or None
            In units of the variances of their own, of mean 1 without weights; None
            where all share their leverages.
        unit : float
            Times which they are in the units of the model.
        """
        shares, unit = relative(self.model.variance_weights())
        weighted = weighted and self._weights is not None
        if weighted:
            shares = shares * self._weights
        if self.n_blocks > 1:
            return shares, unit
        return None, unit * float(np.mean(shares)) if weighted else unit

    def variances(self) -> np.ndarray:
        """Leverage h(x, x) of all rows.

        Returns
        -------
        own : ndarray of shape (n, R, R)
            In units of the noise variance.
        """
        own = self._chunks.map(self.model.leverage_diagonal)
        return self.spread(check_finite(own, "variances", "X_pool"))

    def spread(self, blocks: np.ndarray) -> np.ndarray:
        """Give outputs with noises of their own blocks of their own.

        Parameters
        ----------
        blocks : ndarray of shape (n, r, r) or (n, r, m, r)
            Leverages, in blocks of the model.

        Returns
        -------
        blocks : ndarray of shape (n, R, R) or (n, R, m, R)
            As they were, but where all outputs share one leverage and the noises of
            their labels differ.
        """
        if self.n_blocks == self.model.n_blocks:
            return blocks
        return diagonal_blocks([blocks[:, 0, ..., 0]] * self.n_blocks)

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
        if index >= self.n_pool:
            return self._of_pending[:, :, index - self.n_pool]
        representers = self.model.representers(self.model.at(self.X[[index]]))
        column = self._chunks.map(
            lambda rows: self.model.leverage_blocks(rows, representers)[:, :, 0]
        )
        return self.spread(check_finite(column, "covariances", "X_pool"))

    @cached_property
    def _of_pending(self):
        """Leverage with the rows that are being measured: in one pass for all."""
        return self.cross(self.model.at(self.X[self.n_pool :]))

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
            block = self.spread(self.model.leverage_blocks(some, representers))
            if cross is None:
                cross = np.empty((self.X.shape[0], *block.shape[1:]), block.dtype)
            cross[where] = block
        return check_finite(cross, "covariances", "X_pool")


def _below(X, more):
    """Validated rows below others, sparse if the first are."""
    if sparse.issparse(X):
        return sparse.vstack([X, sparse.csr_matrix(more)], format="csr")
    return np.concatenate([X, more.toarray() if sparse.issparse(more) else more])


def noise_unit(model):
    """Noise variance of a label, of several outputs the mean in units of their own."""
    noise = np.broadcast_to(model.noise_variance, (model.n_outputs,))
    return float(np.mean(noise / model.units**2))
