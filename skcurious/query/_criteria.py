"""Criteria: what a label is worth at every row of a pool, while labels are imagined.

Pretend that row x gets the label that the model predicts for it: the
parameters stay, the curvature grows by x, and for all rows p and q, exactly,

    df/ds(p) <- df/ds(p) - h(p, x) (1 + h(x, x))^-1 df/ds(x)
    h(p, q)  <- h(p, q)  - h(p, x) (1 + h(x, x))^-1 h(x, q)

With R coupled outputs h(p, x) is an R x R block and 1 the identity; R is 1
when all outputs share one h.  Only one column of h is held for each row
imagined, never the pool x pool matrix.

A criterion has ``utility()``, the score of every row of the pool, ``imagine(index)``,
which pretends that a label is known, and ``unit``, which takes utilities to the units
of the model; it knows no estimator.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from skcurious.linearised import sum_of_squares
from skcurious.linearised._blocks import mean_of_outputs


class Criterion(ABC):
    """Leverages of a pool while labels are being imagined.

    Parameters
    ----------
    leverage_column : callable
        ``leverage_column(i)`` returns h(pool, row i) of the fitted model, of
        shape (n, R, R).
    unit : float, default=1.0
        Times which utilities are in the units of the model.

    Examples
    --------
    A label at the first row says nothing about the third:

    >>> import numpy as np
    >>> from skcurious.query import VarianceCriterion
    >>> h = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> own = h.diagonal()[:, None, None]
    >>> criterion = VarianceCriterion(own, lambda index: h[:, [index], None])
    >>> criterion.imagine(0)
    >>> criterion.column(1).ravel()
    array([0.25 , 0.875, 0.   ])
    """

    def __init__(
        self, leverage_column: Callable[[int], np.ndarray] | None, unit: float = 1.0
    ):
        self.unit = unit
        self._leverage_column = leverage_column
        self._columns = []  # h(pool, x) at the time x was imagined, (n, R, R)
        self._gains = []  # the same times (1 + h(x, x))^-1

    def column(self, index: int) -> np.ndarray:
        """Leverage of the pool with one row, after the labels imagined so far.

        Parameters
        ----------
        index : int
            Row of the pool.

        Returns
        -------
        column : ndarray of shape (n, R, R)
            The blocks h(pool, row `index`).
        """
        column = self._leverage_column(index)
        for earlier, gain in zip(self._columns, self._gains, strict=True):
            column = column - gain @ earlier[index].T
        return column

    def imagine(self, index: int) -> None:
        """Imagine a label for a row of the pool.

        Parameters
        ----------
        index : int
            Row of the pool.
        """
        column = self.column(index)
        inverse = np.linalg.inv(np.eye(column.shape[1]) + column[index])
        inverse = inverse.astype(column.dtype, copy=False)
        self.move(index, column, inverse)
        self._columns.append(column)
        self._gains.append(column @ inverse)

    @abstractmethod
    def utility(self) -> np.ndarray:
        """Score every row of the pool.

        Returns
        -------
        utility : ndarray of shape (n,)
            A new array.
        """

    @abstractmethod
    def move(self, index: int, column: np.ndarray, inverse: np.ndarray) -> None:
        """Follow one more imagined label; :meth:`imagine` calls it.

        Parameters
        ----------
        index : int
            Row of the pool.
        column : ndarray of shape (n, R, R)
            The leverages h(pool, row `index`), after the labels before.
        inverse : ndarray of shape (R, R)
            ``(1 + h(x, x))^-1`` of that row.
        """


class CuriosityCriterion(Criterion):
    """Curiosity: the sum of the squared tangents of a row.

    Parameters
    ----------
    tangents : ndarray of shape (n, n_outputs, n_tangents)
        The derivatives df/ds of the pool; not changed.
    leverage_column : callable
        As for :class:`Criterion`; may be None if no label is imagined.
    unit : float, default=1.0
        As for :class:`Criterion`.
    shares : ndarray of shape (n_outputs,), default=None
        How much the squares of each output count; None for all alike.

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

    def __init__(
        self,
        tangents: np.ndarray,
        leverage_column: Callable[[int], np.ndarray] | None,
        unit: float = 1.0,
        shares: np.ndarray | None = None,
    ):
        super().__init__(leverage_column, unit)
        self.tangents = tangents
        self.shares = shares

    def utility(self) -> np.ndarray:
        """Square the tangents of every row of the pool.

        Returns
        -------
        utility : ndarray of shape (n,)
            Sums over outputs and tangents.
        """
        return sum_of_squares(scaled(self.tangents, self.shares))

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


class VarianceCriterion(Criterion):
    """Variance of the prediction, averaged over outputs.

    Parameters
    ----------
    own : ndarray of shape (n, R, R)
        The leverages h(x, x) of the pool; not changed.
    leverage_column : callable
        As for :class:`Criterion`.
    unit : float, default=1.0
        As for :class:`Criterion`.
    shares : ndarray of shape (R,), default=None
        How much each output counts, of mean 1; None for all alike.

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

    def __init__(
        self,
        own: np.ndarray,
        leverage_column: Callable[[int], np.ndarray] | None,
        unit: float = 1.0,
        shares: np.ndarray | None = None,
    ):
        super().__init__(leverage_column, unit)
        self.own = own
        self.shares = shares

    def utility(self) -> np.ndarray:
        """Average the variances of every row of the pool.

        Returns
        -------
        utility : ndarray of shape (n,)
            Means over outputs, in units of the noise variance.
        """
        return np.maximum(mean_of_outputs(self.own, self.shares), 0)

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


def scaled(tangents, shares):
    """Tangents whose squares count by the `shares` of their outputs, or by 1."""
    return tangents if shares is None else tangents * np.sqrt(shares)[:, None]


def moved_tangents(tangents, column, inverse, tangent):
    """``df/ds(p) - h(p, x) (1 + h(x, x))^-1 df/ds(x)`` of all rows p."""
    n_blocks = len(inverse)
    at_pick = inverse @ tangent.reshape(n_blocks, -1)
    return tangents - (column @ at_pick).reshape(tangents.shape)


def moved_variances(own, column, inverse):
    """``h(p, p) - h(p, x) (1 + h(x, x))^-1 h(x, p)`` of all rows p."""
    return own - column @ inverse @ column.transpose(0, 2, 1)
