"""What a label would tell about other rows: the criterion of expected reductions."""

from collections.abc import Callable
from copy import copy

import numpy as np
from scipy.linalg import get_blas_funcs

from skcurious.query._criterion import (
    Criterion,
    moved_tangents,
    moved_variances,
    scaled,
)
from skcurious.tangent._threads import one_thread

# Numbers of a block of the cross leverage that fit into a cache.
BLOCK = 2**15


class ReductionCriterion(Criterion):
    """Variance that a label would remove from reference rows, weighted.

        score(x) = sum_p u(p)^T diag(h(p, x) (1 + h(x, x))^-1 h(x, p))

    Where the noise of labels is known, 1 is that over the noise variance of the model.

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
    leverage_column : callable or Pool
        As for :class:`Criterion`.
    unit : float, default=1.0
        As for :class:`Criterion`.
    tangent_unit : float, default=1.0
        What the tangents were divided by.
    shares : ndarray of shape (R,), default=None
        How much the variance of each output counts; None for all alike.
    tangent_shares : ndarray of shape (n_outputs,), default=None
        How much the squared tangents of each output count in the weights.
    noise : ndarray of shape (n, R), default=None
        As for :class:`Criterion`.

    Examples
    --------
    The pool is its own reference, and all of it matters alike:

    >>> import numpy as np
    >>> from skcurious.query import ReductionCriterion
    >>> h = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> tangents, own = np.ones((3, 1, 1)), h.diagonal()[:, None, None]
    >>> criterion = ReductionCriterion(
    ...     h[:, None, :, None].copy(),
    ...     tangents,
    ...     own,
    ...     tangents,
    ...     own,
    ...     lambda tangents, own: np.ones((3, 1)),
    ...     lambda index: h[:, [index], None],
    ... )
    >>> criterion.utility()
    array([0.625, 0.625, 0.5  ])
    """

    per_row = ("_cross", "tangents", "own")

    def __init__(
        self,
        cross: np.ndarray,
        tangents: np.ndarray,
        own: np.ndarray,
        reference_tangents: np.ndarray,
        reference_own: np.ndarray,
        weigh: Callable[[np.ndarray, np.ndarray], np.ndarray],
        leverage_column: Callable[[int], np.ndarray] | None,
        unit: float = 1.0,
        tangent_unit: float = 1.0,
        shares: np.ndarray | None = None,
        tangent_shares: np.ndarray | None = None,
        noise: np.ndarray | None = None,
    ):
        super().__init__(leverage_column, unit, noise)
        self.tangent_unit = tangent_unit
        self.shares, self.tangent_shares = shares, tangent_shares
        # Whole numbers would be changed to whole numbers.
        self._cross = cross if cross.dtype.kind == "f" else cross.astype(np.float64)
        self._waiting = []  # changes of it, made where it is read: in one pass for all
        self.tangents, self.own = tangents, own
        self.reference_tangents = reference_tangents
        self.reference_own = reference_own
        self._weigh = weigh

    def weighed(
        self,
        weigh: Callable[[np.ndarray, np.ndarray], np.ndarray],
        unit: float,
        shares: np.ndarray | None,
        tangent_shares: np.ndarray | None,
    ) -> "ReductionCriterion":
        """Weigh the reference rows otherwise.

        Parameters
        ----------
        weigh : callable
            As for the class.
        unit : float
            As for the class.
        shares : ndarray of shape (R,) or None
            As for the class.
        tangent_shares : ndarray of shape (n_outputs,) or None
            As for the class.

        Returns
        -------
        criterion : ReductionCriterion
            Shares the leverages, so that it is for utilities before labels are
            imagined.
        """
        new = copy(self)
        new._waiting = []
        new._weigh, new.unit = weigh, unit
        new.shares, new.tangent_shares = shares, tangent_shares
        return new

    def weights(self) -> np.ndarray:
        """Weigh the reference rows, with the labels imagined so far.

        Returns
        -------
        weights : ndarray of shape (m, R)
            The weights u, times the shares.
        """
        tangents = scaled(self.reference_tangents, self.tangent_shares)
        weights = self._weigh(tangents, self.reference_own)
        return weights if self.shares is None else weights * self.shares

    def utility(self) -> np.ndarray:
        """Sum over the reference rows what each row of the pool would remove.

        Returns
        -------
        utility : ndarray of shape (n,)
            In units of the noise variance times those of the weights.
        """
        n_blocks = self.own.shape[1]
        root = np.sqrt(self.weights()).ravel()
        seen = np.empty(self.own.shape, root.dtype)
        with one_thread():  # short products of numpy and scipy by turns
            for rows in self._row_blocks():
                self._catch_up(rows)
                scaled = self._cross[rows].reshape(-1, n_blocks, root.size) * root
                seen[rows] = scaled @ scaled.transpose(0, 2, 1)
        self._waiting = []
        noise = self.noise_blocks(slice(None), n_blocks)
        inverse = np.linalg.inv(noise + self.own)
        return np.einsum("nij,nji->n", seen, inverse)

    def of(self, rows: np.ndarray | slice) -> "ReductionCriterion":
        """Look at some rows of the pool alone.

        Parameters
        ----------
        rows : ndarray of int or slice
            Which.

        Returns
        -------
        criterion : ReductionCriterion
            Of these rows.
        """
        part = super().of(rows)
        if isinstance(rows, slice):  # a view, and both are changed in their place
            part._cross = part._cross.copy()
        part._waiting = [(gain[rows], at_pick) for gain, at_pick in self._waiting]
        return part

    def move(self, index: int, column: np.ndarray, inverse: np.ndarray) -> None:
        """Move tangents and leverages, of the pool and of the reference rows.

        Parameters
        ----------
        index : int
            Row of the pool.
        column : ndarray of shape (n, R, R)
            The leverages h(pool, row `index`).
        inverse : ndarray of shape (R, R)
            ``(1 + h(x, x))^-1`` of that row.
        """
        n_blocks = len(inverse)
        at_pick = self._cross[index].copy()  # (R, m, R)
        for gain, earlier in self._waiting:
            at_pick -= (gain[index] @ earlier).reshape(at_pick.shape)
        reference_column = at_pick.transpose(1, 2, 0)
        tangent = self.tangents[index]
        self.reference_tangents = moved_tangents(
            self.reference_tangents, reference_column, inverse, tangent
        )
        self.reference_own = moved_variances(
            self.reference_own, reference_column, inverse
        )
        self.tangents = moved_tangents(self.tangents, column, inverse, tangent)
        self.own = moved_variances(self.own, column, inverse)
        self._waiting.append((column @ inverse, at_pick.reshape(n_blocks, -1)))

    def _catch_up(self, rows):
        """Change the leverages of some rows by what waits."""
        if self._waiting:
            gains = [gain[rows] for gain, _ in self._waiting]
            gain = np.concatenate(gains, axis=2).reshape(
                -1, gains[0].shape[2] * len(gains)
            )
            at_picks = np.vstack([at_pick for _, at_pick in self._waiting])
            cross = self._cross[rows]
            flat = cross.reshape(len(gain), -1)
            # In its place, where that is contiguous.
            gemm = get_blas_funcs("gemm", (flat, gain))
            flat = gemm(-1.0, at_picks.T, gain.T, 1.0, flat.T, overwrite_c=True).T
            cross[...] = flat.reshape(cross.shape)

    def _row_blocks(self):
        size = max(BLOCK // self._cross[:1].size, 1)
        return [slice(i, i + size) for i in range(0, len(self._cross), size)]
