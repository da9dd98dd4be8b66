"""A fitted model as one object: what everything else asks of it."""

from abc import abstractmethod

import numpy as np

from skcurious.linearised._blocks import mean_of_outputs
from skcurious.linearised._influences import Influences
from skcurious.linearised._tangent_model import TangentModel


class LinearisedModel(Influences, TangentModel):
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
        The derivative dtheta/dalpha, one column, as the estimator shows it.
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
        """Derivative of the outputs along a direction: ``grad f(x)^T direction``.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.
        direction : direction
            What :meth:`solve` returns.

        Returns
        -------
        derivative : ndarray of shape (n, n_outputs, n_columns)
            For each column of the direction.
        """

    @abstractmethod
    def vjp(self, rows, cotangent):
        """Gradient of ``sum(cotangent * f)`` by the parameters.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.
        cotangent : ndarray of shape (n, n_outputs)
            What to weigh the outputs with.

        Returns
        -------
        gradient : gradient
            One column: the adjoint of :meth:`jvp`.
        """

    @abstractmethod
    def gradients(self, rows):
        """Gradient of every output at every row.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.

        Returns
        -------
        gradient : gradient
            In n * n_outputs columns, those of one row side by side.
        """

    @abstractmethod
    def solve(self, gradient):
        """``H^-1`` times each column of a gradient.

        Parameters
        ----------
        gradient : gradient
            What :meth:`vjp` and :meth:`gradients` return.

        Returns
        -------
        direction : direction
            As many columns.
        """

    @abstractmethod
    def complexity(self):
        """Complexity C of the fitted model, which the regularity multiplies.

        Returns
        -------
        complexity : float
            At least 0.
        """

    @abstractmethod
    def attributes(self, direction):
        """Fitted attributes of the estimator, as they move along a direction.

        Parameters
        ----------
        direction : direction
            Of any number of columns.

        Returns
        -------
        attributes : dict of str to ndarray
            By name, the columns of the direction as the first axis.
        """

    # -- what follows ------------------------------------------------------------

    @property
    def n_blocks(self):
        """Side R of a block of leverages; 1 where all outputs share h."""
        return self.n_outputs

    def add(self, gradient, other):
        """Sum of two gradients of one column.

        Parameters
        ----------
        gradient, other : gradient
            What :meth:`vjp` returns.

        Returns
        -------
        total : gradient
            Their sum.
        """
        return gradient + other

    def tangent_at(self, rows):
        """Derivative of the outputs by the regularity.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.

        Returns
        -------
        tangent : ndarray of shape (n, n_outputs)
            The derivative df/ds.
        """
        return self.jvp(rows, self.tangent)[:, :, 0] / self.regularity_per_alpha

    def parts_at(self, rows):
        """Give the parts of df/ds whose squares the curiosity adds up.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.

        Returns
        -------
        parts : ndarray of shape (n, n_outputs, n_parts)
            One for each column of `parts`.
        """
        if self.parts is None:
            return super().parts_at(rows)
        return self.jvp(rows, self.parts)

    def representers(self, others):
        """``H^-1 grad f(z)`` of rows z, for the leverages.

        Parameters
        ----------
        others : object
            What :meth:`at` made of m rows z.

        Returns
        -------
        representers : object
            What :meth:`leverage` and :meth:`leverage_blocks` take.
        """
        return self.solve(self.gradients(others))

    def leverage_blocks(self, rows, representers):
        """Leverage h(x, z) of each pair of outputs.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.
        representers : object
            Of m rows z.

        Returns
        -------
        h : ndarray of shape (n, R, m, R)
            Blocks of side :attr:`n_blocks`.
        """
        h = self.jvp(rows, representers)
        return h.reshape(*h.shape[:2], -1, h.shape[1])

    def leverage(self, rows, representers, shares=None):
        """Leverage h(x, z), averaged over outputs.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.
        representers : object
            Of m rows z.
        shares : ndarray of shape (R,), default=None
            How much each output counts, of mean 1; None for all alike.

        Returns
        -------
        h : ndarray of shape (n, m)
            Means of the diagonals of the blocks.
        """
        return mean_of_outputs(self.leverage_blocks(rows, representers), shares)

    def leverage_diagonal(self, rows):
        """Leverage h(x, x) of each row with itself.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.

        Returns
        -------
        h : ndarray of shape (n, R, R)
            Blocks of side :attr:`n_blocks`.
        """
        gradients = self.gradients(rows)
        shape = (len(gradients), -1, self.n_outputs)
        solved = self.solve(gradients).reshape(shape)
        return np.einsum("pnj,pnk->njk", gradients.reshape(shape), solved)

    def output_deviation(self, rows, noise=False):
        """Tell how sure each output is.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of rows.
        noise : bool, default=False
            Whether the standard deviations are to be those of labels.

        Returns
        -------
        deviation : ndarray of shape (n,) or (n, n_outputs)
            Standard deviations, for several outputs of each.
        """
        h = np.maximum(np.einsum("nrr->nr", self.leverage_diagonal(rows)), 0)
        variances = np.broadcast_to(self.posterior_variance, (self.n_outputs,))
        # Of tiny numbers the product of two squares is 0 before its root is.
        deviation = np.sqrt(variances) * np.sqrt(h + noise)
        return deviation if self.n_outputs > 1 else deviation[:, 0]

    def complexity_in_units(self):
        """Give the complexity with each output in its own units.

        Returns
        -------
        complexity : float
            Of outputs that share their parameters in the mean of their units.
        """
        return self.complexity() / float(np.mean(self.units**2))
