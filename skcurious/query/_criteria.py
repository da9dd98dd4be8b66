"""Criteria of one row alone: its curiosity, and the variance of its prediction."""

from collections.abc import Callable

import numpy as np

from skcurious.linearised import sum_of_squares
from skcurious.linearised._blocks import mean_of_outputs
from skcurious.query._criterion import (
    Criterion,
    moved_tangents,
    moved_variances,
    precision,
    scaled,
)


class CuriosityCriterion(Criterion):
    """Curiosity: the sum of the squared tangents of a row.

    Where the noise of labels is known, times ``(1 + h(x, x)) / (noise + h(x, x))``, as
    much as such a label moves the model more than another, in expected squares.

    Parameters
    ----------
    tangents : ndarray of shape (n, n_outputs, n_tangents)
        The derivatives df/ds of the pool; not changed.
    leverage_column : callable or Pool
        As for :class:`Criterion`; may be None if no label is imagined.
    unit : float, default=1.0
        As for :class:`Criterion`.
    shares : ndarray of shape (n_outputs,), default=None
        How much the squares of each output count; None for all alike.
    noise : ndarray of shape (n, R), default=None
        As for :class:`Criterion`.
    own : ndarray of shape (n, R, R), default=None
        The leverages h(x, x) of the pool, for a known noise; not changed.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.query import CuriosityCriterion
    >>> h = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> tangents = np.array([3.0, 2.9, 2.0])[:, None, None]
    >>> criterion = CuriosityCriterion(tangents, lambda index: h[:, [index], None])
    >>> criterion.utility()
    array([9.  , 8.41, 4.  ])
    >>> criterion.imagine(0)
    >>> criterion.utility()
    array([2.25  , 4.6225, 4.    ])
    """

    per_row = ("tangents", "own")

    def __init__(
        self,
        tangents: np.ndarray,
        leverage_column: Callable[[int], np.ndarray] | None,
        unit: float = 1.0,
        shares: np.ndarray | None = None,
        noise: np.ndarray | None = None,
        own: np.ndarray | None = None,
    ):
        super().__init__(leverage_column, unit, noise)
        self.tangents = tangents
        self.shares = shares
        self.own = own

    def utility(self) -> np.ndarray:
        """Square the tangents of every row of the pool.

        Returns
        -------
        utility : ndarray of shape (n,)
            Sums over outputs and tangents.
        """
        tangents = scaled(self.tangents, self.shares)
        if self.noise is not None:
            tangents = tangents * np.sqrt(precision(self.own, self.noise))[:, :, None]
        return sum_of_squares(tangents)

    def move(self, index: int, column: np.ndarray, inverse: np.ndarray) -> None:
        """Move the tangents.

        Parameters
        ----------
        index : int
            Row of the pool.
        column : ndarray of shape (n, R, R)
            The leverages h(pool, row `index`).
        inverse : ndarray of shape (R, R)
            ``(1 + h(x, x))^-1`` of that row.
        """
        self.tangents = moved_tangents(
            self.tangents, column, inverse, self.tangents[index]
        )
        if self.own is not None:
            self.own = moved_variances(self.own, column, inverse)


class VarianceCriterion(Criterion):
    """Variance of the prediction, averaged over outputs.

    Where the noise of labels is known, times the same as a
    :class:`CuriosityCriterion`.

    Parameters
    ----------
    own : ndarray of shape (n, R, R)
        The leverages h(x, x) of the pool; not changed.
    leverage_column : callable or Pool
        As for :class:`Criterion`.
    unit : float, default=1.0
        As for :class:`Criterion`.
    shares : ndarray of shape (R,), default=None
        How much each output counts; None for all alike.
    noise : ndarray of shape (n, R), default=None
        As for :class:`Criterion`.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.query import VarianceCriterion
    >>> h = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> own = h.diagonal()[:, None, None]
    >>> criterion = VarianceCriterion(own, lambda index: h[:, [index], None])
    >>> criterion.imagine(0)
    >>> criterion.utility()
    array([0.5  , 0.875, 1.   ])
    """

    per_row = ("own",)

    def __init__(
        self,
        own: np.ndarray,
        leverage_column: Callable[[int], np.ndarray] | None,
        unit: float = 1.0,
        shares: np.ndarray | None = None,
        noise: np.ndarray | None = None,
    ):
        super().__init__(leverage_column, unit, noise)
        self.own = own
        self.shares = shares

    def utility(self) -> np.ndarray:
        """Average the variances of every row of the pool.

        Returns
        -------
        utility : ndarray of shape (n,)
            Means over outputs, in units of the noise variance.
        """
        own = self.own
        if self.noise is not None:
            own = own * precision(own, self.noise)[:, :, None]
        return np.maximum(mean_of_outputs(own, self.shares), 0)

    def move(self, index: int, column: np.ndarray, inverse: np.ndarray) -> None:
        """Move the variances.

        Parameters
        ----------
        index : int
            Row of the pool.
        column : ndarray of shape (n, R, R)
            The leverages h(pool, row `index`).
        inverse : ndarray of shape (R, R)
            ``(1 + h(x, x))^-1`` of that row.
        """
        self.own = moved_variances(self.own, column, inverse)
