"""What a model would be curious about if labels it imagines were known.

Pretend that row x gets the label that the model predicts for it: the
parameters stay, the curvature grows by x, and for all rows p and q, exactly,

    df/ds(p) <- df/ds(p) - h(p, x) (1 + h(x, x))^-1 df/ds(x)
    h(p, q)  <- h(p, q)  - h(p, x) (1 + h(x, x))^-1 h(x, q)

With R coupled outputs h(p, x) is an R x R block and 1 the identity; R is 1
when all outputs share one h.  Only one column of h is held for each row
imagined, never the pool x pool matrix.

Each kind of fantasies has ``utility()``, the score of every row of the pool,
and ``add(index)``, which imagines a label; they know no estimator.
"""

from abc import ABC, abstractmethod

import numpy as np

from skcurious._chunks import sum_of_squares

# Numbers of a block of the cross leverage that fit into a cache.
BLOCK = 2**18


class Fantasies(ABC):
    """Leverages of a pool while labels are being imagined.

    Parameters
    ----------
    leverage_column : callable
        ``leverage_column(i)`` returns h(pool, row i) of the fitted model, of
        shape (n, R, R).

    Examples
    --------
    A label at the first row says nothing about the third:

    >>> import numpy as np
    >>> from skcurious.fantasies import VarianceFantasies
    >>> h = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> own = h.diagonal()[:, None, None]
    >>> fantasies = VarianceFantasies(own, lambda index: h[:, [index], None])
    >>> fantasies.add(0)
    >>> fantasies.column(1).ravel()
    array([0.25 , 0.875, 0.   ])
    """

    def __init__(self, leverage_column):
        self._leverage_column = leverage_column
        self._columns = []  # h(pool, x) at the time x was added, (n, R, R)
        self._gains = []  # the same times (1 + h(x, x))^-1

    def column(self, index):
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

    def add(self, index):
        """Imagine a label for a row of the pool.

        Parameters
        ----------
        index : int
            Row of the pool.
        """
        column = self.column(index)
        inverse = np.linalg.inv(np.eye(column.shape[1]) + column[index])
        inverse = inverse.astype(column.dtype, copy=False)
        self._move(index, column, inverse)
        self._columns.append(column)
        self._gains.append(column @ inverse)

    @abstractmethod
    def utility(self):
        """Score every row of the pool.

        Returns
        -------
        utility : ndarray of shape (n,)
            A new array.
        """

    @abstractmethod
    def _move(self, index, column, inverse):
        """Follow one more label; `inverse` is ``(1 + h(x, x))^-1``."""


class CuriosityFantasies(Fantasies):
    """Curiosity: the sum of the squared tangents of a row.

    Parameters
    ----------
    tangents : ndarray of shape (n, n_outputs, n_tangents)
        The derivatives df/ds of the pool; not changed.
    leverage_column : callable
        As for :class:`Fantasies`; may be None if no label is imagined.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.fantasies import CuriosityFantasies
    >>> h = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> tangents = np.array([3.0, 2.9, 2.0])[:, None, None]
    >>> fantasies = CuriosityFantasies(tangents, lambda index: h[:, [index], None])
    >>> fantasies.utility()
    array([9.  , 8.41, 4.  ])
    >>> fantasies.add(0)
    >>> fantasies.utility()
    array([2.25  , 4.6225, 4.    ])
    """

    def __init__(self, tangents, leverage_column):
        super().__init__(leverage_column)
        self.tangents = tangents

    def utility(self):
        """Square the tangents of every row of the pool.

        Returns
        -------
        utility : ndarray of shape (n,)
            Sums over outputs and tangents.
        """
        return sum_of_squares(self.tangents)

    def _move(self, index, column, inverse):
        self.tangents = _moved_tangents(
            self.tangents, column, inverse, self.tangents[index]
        )


class VarianceFantasies(Fantasies):
    """Variance of the prediction, averaged over outputs.

    Parameters
    ----------
    own : ndarray of shape (n, R, R)
        The leverages h(x, x) of the pool; not changed.
    leverage_column : callable
        As for :class:`Fantasies`.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.fantasies import VarianceFantasies
    >>> h = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> own = h.diagonal()[:, None, None]
    >>> fantasies = VarianceFantasies(own, lambda index: h[:, [index], None])
    >>> fantasies.add(0)
    >>> fantasies.utility()
    array([0.5  , 0.875, 1.   ])
    """

    def __init__(self, own, leverage_column):
        super().__init__(leverage_column)
        self.own = own

    def utility(self):
        """Average the variances of every row of the pool.

        Returns
        -------
        utility : ndarray of shape (n,)
            Means over outputs, in units of the noise variance.
        """
        return np.maximum(np.einsum("nii->n", self.own) / self.own.shape[1], 0)

    def _move(self, index, column, inverse):
        self.own = _moved_variances(self.own, column, inverse)


class ReductionFantasies(Fantasies):
    """Variance that a label would remove from reference rows, weighted.

        score(x) = sum_p u(p)^T diag(h(p, x) (1 + h(x, x))^-1 h(x, p))

    Parameters
    ----------
    cross : ndarray of shape (n, R, m, R)
        The leverages h(x, p) of the pool and m reference rows; changed.
    tangents, own : ndarrays of shape (n, n_outputs, n_tangents), (n, R, R)
        Of the pool; not changed.
    reference_tangents, reference_own : ndarrays
        The same of the reference rows.
    weigh : callable
        ``weigh(tangents, own)`` returns the weights u of the reference rows,
        of shape (m, R).
    leverage_column : callable
        As for :class:`Fantasies`.

    Examples
    --------
    The pool is its own reference, and all of it matters alike:

    >>> import numpy as np
    >>> from skcurious.fantasies import ReductionFantasies
    >>> h = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> tangents, own = np.ones((3, 1, 1)), h.diagonal()[:, None, None]
    >>> fantasies = ReductionFantasies(
    ...     h[:, None, :, None].copy(),
    ...     tangents,
    ...     own,
    ...     tangents,
    ...     own,
    ...     lambda tangents, own: np.ones((3, 1)),
    ...     lambda index: h[:, [index], None],
    ... )
    >>> fantasies.utility()
    array([0.625, 0.625, 0.5  ])
    """

    def __init__(
        self,
        cross,
        tangents,
        own,
        reference_tangents,
        reference_own,
        weigh,
        leverage_column,
    ):
        super().__init__(leverage_column)
        self.cross = cross
        self.tangents, self.own = tangents, own
        self.reference_tangents = reference_tangents
        self.reference_own = reference_own
        self._weigh = weigh

    def weights(self):
        """Weigh the reference rows, with the labels imagined so far.

        Returns
        -------
        weights : ndarray of shape (m, R)
            The weights u.
        """
        return self._weigh(self.reference_tangents, self.reference_own)

    def utility(self):
        """Sum over the reference rows what each row of the pool would remove.

        Returns
        -------
        utility : ndarray of shape (n,)
            In units of the noise variance times those of the weights.
        """
        n, n_blocks = self.own.shape[:2]
        root = np.sqrt(self.weights()).ravel()
        total = np.empty(n)
        identity = np.eye(n_blocks)
        for rows in self._row_blocks():
            scaled = self.cross[rows].reshape(-1, n_blocks, root.size) * root
            inverse = np.linalg.inv(identity + self.own[rows])
            seen = scaled @ scaled.transpose(0, 2, 1)
            total[rows] = np.einsum("nij,nji->n", seen, inverse)
        return total

    def _move(self, index, column, inverse):
        at_pick = self.cross[index].copy()  # (R, m, R)
        reference_column = at_pick.transpose(1, 2, 0)
        tangent = self.tangents[index]
        self.reference_tangents = _moved_tangents(
            self.reference_tangents, reference_column, inverse, tangent
        )
        self.reference_own = _moved_variances(
            self.reference_own, reference_column, inverse
        )
        self.tangents = _moved_tangents(self.tangents, column, inverse, tangent)
        self.own = _moved_variances(self.own, column, inverse)
        gain = column @ inverse
        n_blocks = len(inverse)
        at_pick = at_pick.reshape(n_blocks, -1)
        for rows in self._row_blocks():
            change = gain[rows].reshape(-1, n_blocks) @ at_pick
            self.cross[rows] -= change.reshape(self.cross[rows].shape)

    def _row_blocks(self):
        size = max(BLOCK // self.cross[:1].size, 1)
        return [slice(i, i + size) for i in range(0, len(self.cross), size)]


class Ensemble:
    """The weighted mean of the utilities of several models.

    Each model's is divided by its mean over the pool before the first label
    was imagined: models agree in no unit.

    Parameters
    ----------
    members : list of Fantasies
        Of the same pool.
    weights : list of float
        Their votes.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.fantasies import CuriosityFantasies, Ensemble
    >>> members = [
    ...     CuriosityFantasies(np.reshape(tangents, (-1, 1, 1)), None)
    ...     for tangents in ([1.0, 2.0], [20.0, 10.0])
    ... ]
    >>> Ensemble(members, [1.0, 1.0]).utility()
    array([1., 1.])
    """

    def __init__(self, members, weights):
        self.members = members
        self.weights = np.asarray(weights, dtype=float) / np.sum(weights)
        self._scales = None

    def utility(self):
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

    def add(self, index):
        """Imagine a label for a row, in each model its own.

        Parameters
        ----------
        index : int
            Row of the pool.
        """
        for member in self.members:
            member.add(index)


def _moved_tangents(tangents, column, inverse, tangent):
    """``df/ds(p) - h(p, x) (1 + h(x, x))^-1 df/ds(x)`` of all rows p."""
    n_blocks = len(inverse)
    at_pick = inverse @ tangent.reshape(n_blocks, -1)
    return tangents - (column @ at_pick).reshape(tangents.shape)


def _moved_variances(own, column, inverse):
    """``h(p, p) - h(p, x) (1 + h(x, x))^-1 h(x, p)`` of all rows p."""
    return own - column @ inverse @ column.transpose(0, 2, 1)
