"""What the weights of rows move, from the solves and derivatives of a model."""

import numpy as np

from skcurious.linearised._chunks import RowChunks
from skcurious.linearised._right_hand_sides import points, validation_loss


class Influences:
    """Mixin of linearised models: adjoints, and changes of the weights of rows."""

    def adjoint(self, parts):
        """``H^-1 sum_j r_j^T grad f(z_j)``, from one solve.

        Parameters
        ----------
        parts : iterable of (rows, r)
            Rows z as :meth:`at` makes them, and r of shape (n, n_outputs).

        Returns
        -------
        adjoint : direction
            One column.
        """
        return self.solve(validation_loss(self, parts))

    def adjoint_at(self, rows, adjoint):
        """Derivative of the outputs along an adjoint.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.
        adjoint : direction
            What :meth:`adjoint` returns.

        Returns
        -------
        derivative : ndarray of shape (n, n_outputs)
            Its product with grad f(x).
        """
        return self.jvp(rows, adjoint)[:, :, 0]

    def row_directions(self, rows, pull):
        """``H^-1 r_i^T grad f(z_i)`` of each row z_i.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.
        pull : ndarray of shape (n, n_outputs)
            The r_i.

        Returns
        -------
        direction : direction
            A column for each row.
        """
        return self.solve(points(self.gradients(rows), pull))

    def parameter_influence(self, rows, pull):
        """Derivative of the fitted attributes by the weight of each row.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.
        pull : ndarray of shape (n, n_outputs)
            Minus the slope of the loss of each.

        Returns
        -------
        attributes : dict of str to ndarray
            As of :meth:`attributes`, the rows as the first axis.
        """
        return self.attributes(self.row_directions(rows, pull))

    def leverage_rounding(self, rows):
        """How far rounding may put h(x, x) off.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.

        Returns
        -------
        rounding : ndarray of shape (n,)
            For each row.
        """
        output = self.output(rows)
        return np.full(len(output), np.finfo(output.dtype).eps)

    def one_plus_leverage(self, X, weight):
        """``1 + d h(x, x)`` for changes d of the weights of validated rows.

        Parameters
        ----------
        X : {ndarray, CSR matrix} of shape (n, n_features)
            Rows.
        weight : ndarray of shape (n,)
            The d: minus the weight of a training row that is taken out.

        Returns
        -------
        left : ndarray of shape (n, R)
            For each row and block.

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
