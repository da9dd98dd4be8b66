"""Criteria: what a label is worth at every row of a pool, while labels are imagined.

Pretend that row x gets the label that the model predicts for it: the
parameters stay, the curvature grows by x, and for all rows p and q, exactly,

    df/ds(p) <- df/ds(p) - h(p, x) (1 + h(x, x))^-1 df/ds(x)
    h(p, q)  <- h(p, q)  - h(p, x) (1 + h(x, x))^-1 h(x, q)

With R coupled outputs h(p, x) is an R x R block and 1 the identity; R is 1
when all outputs share one h.  Where the noise of a label is known, 1 is its variance
over the noise variance of the model.  Only one column of h is held for each row
imagined, never the pool x pool matrix.

A criterion has ``utility()``, the score of every row of the pool, ``imagine(index)``,
which pretends that a label is known, and ``unit``, which takes utilities to the units
of the model; it knows no estimator.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING

import numpy as np

from skcurious._warnings import warn

if TYPE_CHECKING:
    from skcurious.query._pool import Pool


class Criterion(ABC):
    """Leverages of a pool while labels are being imagined.

    Parameters
    ----------
    leverage_column : callable or Pool
        ``leverage_column(i)`` returns h(pool, row i) of the fitted model, of
        shape (n, R, R). A :class:`Pool` knows its own, and of some of its rows alone
        in less time.
    unit : float, default=1.0
        Times which utilities are in the units of the model.
    noise : ndarray of shape (n, R), default=None
        Noise variance of a label of each row over that of the model, positive:
        ``Pool.noise``; None for 1.

    Attributes
    ----------
    per_row : tuple of str or None
        Of the class: names of the attributes that hold something for each row of the
        pool, which :meth:`of` takes apart. A subclass that lists them can be asked with
        rows pending and for rows that share a value.

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

    per_row: tuple[str, ...] | None = None

    def __init__(
        self,
        leverage_column: "Callable[[int], np.ndarray] | Pool | None",
        unit: float = 1.0,
        noise: np.ndarray | None = None,
    ):
        self.unit = unit
        self.noise = noise
        is_function = leverage_column is None or callable(leverage_column)
        self._pool = _Given(leverage_column) if is_function else leverage_column
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
        column = self._pool.column(index)
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
        warn_of_distance(column[index])
        inverse = np.linalg.inv(
            self.noise_blocks(index, len(column[0])) + column[index]
        )
        inverse = inverse.astype(column.dtype, copy=False)
        self.move(index, column, inverse)
        self._columns.append(column)
        self._gains.append(column @ inverse)

    def noise_blocks(self, rows: int | slice, n_blocks: int) -> np.ndarray:
        """Noise of labels in units of that of the model: 1, where none is known.

        Parameters
        ----------
        rows : int or slice
            Rows of the pool.
        n_blocks : int
            Side R of a block.

        Returns
        -------
        noise : ndarray of shape (R, R) or (n, R, R)
            On the diagonals.
        """
        identity = np.eye(n_blocks)
        return (
            identity if self.noise is None else identity * self.noise[rows, ..., None]
        )

    def of(self, rows: np.ndarray | slice) -> "Criterion":
        """Look at some rows of the pool alone.

        Parameters
        ----------
        rows : ndarray of int or slice
            Which.

        Returns
        -------
        criterion : Criterion
            Of these rows; with the labels imagined so far, also of others.

        Raises
        ------
        TypeError
            When the class does not list its attributes ``per_row``.
        """
        if self.per_row is None:
            raise TypeError(
                f"{type(self).__name__} does not say which of its attributes hold a "
                "value for each row, and cannot be asked about some rows alone: list "
                "their names in its class attribute per_row."
            )
        part = copy(self)
        part._pool = self._pool.of(rows)
        part._columns = [column[rows] for column in self._columns]
        part._gains = [gain[rows] for gain in self._gains]
        for name in ("noise", *self.per_row):
            value = getattr(self, name)
            setattr(part, name, None if value is None else value[rows])
        return part

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


class _Given:
    """Leverages of a pool by a function, as a :class:`Pool` gives them."""

    def __init__(self, column):
        self.column = column

    def of(self, rows):
        def column(index):
            return self.column(places[index])[rows]

        places = range(10**18)[rows] if isinstance(rows, slice) else rows
        return _Given(column)


def scaled(tangents, shares):
    """Tangents whose squares count by the `shares` of their outputs, or by 1."""
    return tangents if shares is None else tangents * np.sqrt(shares)[:, None]


def warn_of_distance(own):
    """Warn when less is left of a variance, once its label is known, than rounding."""
    h = float(np.trace(own))
    if h * np.finfo(own.dtype).eps > 1e-3:
        warn(
            "A row that was picked, or is pending, has a prediction whose variance is "
            f"{h:.0e} times the noise of a label: it lies very far from the rows of "
            "the fit, and rounding decides what is picked after it. Check the units "
            "of the columns, scale them, or raise alpha."
        )


def precision(own, noise):
    """``(1 + h(x, x)) / (noise + h(x, x))``, by which a precise label counts more.

    Parameters
    ----------
    own : ndarray of shape (n, R, R)
        The leverages h(x, x).
    noise : ndarray of shape (n, R)
        Of the labels, over that of the model.

    Returns
    -------
    precision : ndarray of shape (n, R)
        Of each output.
    """
    h = np.maximum(np.einsum("nrr->nr", own), 0)
    return (1 + h) / (noise + h)


def moved_tangents(tangents, column, inverse, tangent):
    """``df/ds(p) - h(p, x) (1 + h(x, x))^-1 df/ds(x)`` of all rows p."""
    n_blocks = len(inverse)
    at_pick = inverse @ tangent.reshape(n_blocks, -1)
    return tangents - (column @ at_pick).reshape(tangents.shape)


def moved_variances(own, column, inverse):
    """``h(p, p) - h(p, x) (1 + h(x, x))^-1 h(x, p)`` of all rows p.

    A variance that rounding makes negative is 0, and with it its covariances.
    """
    moved = own - column @ inverse @ column.transpose(0, 2, 1)
    n, r = np.nonzero(np.einsum("nrr->nr", moved) < 0)
    moved[n, r] = moved[n, :, r] = 0
    return moved
