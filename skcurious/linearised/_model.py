"""A fitted model as one object: what everything else asks of it."""

from abc import abstractmethod

import numpy as np

from skcurious.linearised._blocks import mean_of_outputs
from skcurious.linearised._chunks import RowChunks
from skcurious.linearised._right_hand_sides import points, validation_loss
from skcurious.linearised._tangent_model import TangentModel


class LinearisedModel(TangentModel):
    """A model that was fitted, linearised in its parameters where it was.

    Scores, batches of queries, influences and hypergradients are all made of a few
    things that a model knows about itself: its outputs f, their derivatives along a
    direction in the parameters (``jvp``), the pull of weights on the outputs on the
    parameters (``vjp``), and the inverse of its curvature H (``solve``).  A subclass
    implements these; what follows from them is implemented here:

        leverage    h(x, z) = grad f(x)^T H^-1 grad f(z)
        tangent     df/ds(x) = grad f(x)^T dtheta/ds
        adjoint     g(x) = grad f(x)^T H^-1 sum_j r_j grad f(z_j)

    and may be overridden where a model has a faster way.

    `Rows` are what :meth:`at` makes of an array of rows, a `gradient` is what
    ``vjp`` returns and ``solve`` takes, a `direction` what ``solve`` returns and
    ``jvp`` takes; both hold one or more columns.  Here they are arrays of shape
    (n_params, n_columns), and a subclass that holds them otherwise overrides the
    methods that look into them.

    Parameters
    ----------
    tangent : direction
        dtheta/dalpha, one column, as the estimator shows it.
    parts : direction, default=None
        The parts of dtheta/ds whose squares the curiosity adds up, one a column; None
        for all of it in one.
    **facts : dict
        As for :class:`TangentModel`.

    Examples
    --------
    A subclass that leaves a method out cannot be used:

    >>> from skcurious.linearised import LinearisedModel
    >>> class Half(LinearisedModel):
    ...     pass
    >>> Half()
    Traceback (most recent call last):
    TypeError: Can't instantiate abstract class Half...
    """

    def __init__(self, *, tangent, parts=None, **facts):
        super().__init__(**facts)
        self.tangent = tangent
        self.parts = parts

    # -- what a model has to know ------------------------------------------------

    @abstractmethod
    def jvp(self, rows, direction):
        """Derivative of the outputs along it, of shape (n, n_outputs, n_columns)."""

    @abstractmethod
    def vjp(self, rows, cotangent):
        """Gradient of ``sum(cotangent * f)``, one column."""

    @abstractmethod
    def gradients(self, rows):
        """Gradient of every output at every row, in n * n_outputs columns."""

    @abstractmethod
    def solve(self, gradient):
        """``H^-1`` times each column of a gradient, a direction."""

    @abstractmethod
    def complexity(self):
        """C of the fitted model, a number."""

    @abstractmethod
    def attributes(self, direction):
        """What the estimator shows of a direction: arrays, columns first, by name."""

    # -- what follows ------------------------------------------------------------

    @property
    def n_blocks(self):
        """R, the side of a block of leverages; 1 where all outputs share h."""
        return self.n_outputs

    def add(self, gradient, other):
        """Sum of two gradients."""
        return gradient + other

    def tangent_at(self, rows):
        """df/ds, of shape (n, n_outputs)."""
        return self.jvp(rows, self.tangent)[:, :, 0] / self.regularity_per_alpha

    def parts_at(self, rows):
        """The parts of df/ds, of shape (n, n_outputs, n_parts)."""
        if self.parts is None:
            return super().parts_at(rows)
        return self.jvp(rows, self.parts)

    def representers(self, others):
        """``H^-1 grad f(z)`` of rows z, for the next two."""
        return self.solve(self.gradients(others))

    def leverage_blocks(self, rows, representers):
        """h(x, z) of each pair of outputs, of shape (n, R, m, R)."""
        h = self.jvp(rows, representers)
        return h.reshape(*h.shape[:2], -1, h.shape[1])

    def leverage(self, rows, representers):
        """h(x, z) averaged over outputs, of shape (n, m)."""
        return mean_of_outputs(self.leverage_blocks(rows, representers))

    def leverage_diagonal(self, rows):
        """h(x, x), of shape (n, R, R)."""
        gradients = self.gradients(rows)
        shape = (len(gradients), -1, self.n_outputs)
        solved = self.solve(gradients).reshape(shape)
        return np.einsum("pnj,pnk->njk", gradients.reshape(shape), solved)

    def output_deviation(self, rows, noise=False):
        """Standard deviation of the outputs, (n,): averaged over them in the square.

        With `noise` that of labels.
        """
        h = mean_of_outputs(self.leverage_diagonal(rows))
        return np.sqrt(self.posterior_variance * (np.maximum(h, 0) + noise))

    def adjoint(self, parts):
        """``H^-1 sum_j r_j^T grad f(z_j)`` of many ``(rows, r)``, from one solve."""
        return self.solve(validation_loss(self, parts))

    def adjoint_at(self, rows, adjoint):
        """Its product with grad f(x), of shape (n, n_outputs)."""
        return self.jvp(rows, adjoint)[:, :, 0]

    def row_directions(self, rows, pull):
        """``H^-1 r_i^T grad f(z_i)`` of each row, a column each."""
        return self.solve(points(self.gradients(rows), pull))

    def parameter_influence(self, rows, pull):
        """Derivative of the fitted attributes by the weight of each row, by name."""
        return self.attributes(self.row_directions(rows, pull))

    def leverage_rounding(self, rows):
        """How far rounding may put h(x, x) off, of shape (n,)."""
        return np.full(rows.shape[0], np.finfo(rows.dtype).eps)

    def one_plus_leverage(self, X, weight):
        """``1 + d h(x, x)`` for changes d of the weights of validated rows.

        Parameters
        ----------
        X : {ndarray, CSR matrix} of shape (n, n_features)
            Rows.
        weight : ndarray of shape (n,)
            d: minus the weight of a training row that is taken out.

        Returns
        -------
        left : ndarray of shape (n, R)

        Raises
        ------
        ValueError
            Where little more than rounding is left.
        """
        left, rounding = [], []
        for where, rows in RowChunks(self, X, leverage=True):
            own = np.einsum("nrr->nr", self.leverage_diagonal(rows))
            left.append(1 + weight[where, None] * own)
            rounding.append(np.abs(weight[where]) * self.leverage_rounding(rows))
        left, rounding = np.concatenate(left), np.concatenate(rounding)
        lost = (left <= 1e3 * rounding[:, None]).any(axis=1)
        if lost.any():
            row = int(lost.argmax())
            raise ValueError(
                f"weight={weight[row]:g} cannot be taken from row {row}: without it "
                "little more than rounding is left of the curvature there. Either the "
                "model was not fitted to that row with that weight, or nothing else "
                "supports it, or it needs more digits: fit it to float64 data, or with "
                "a larger alpha."
            )
        return left
