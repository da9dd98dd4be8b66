"""The linearised model of a network.

What it needs of the network is what any framework with automatic differentiation
has: the output, J v and J^T r at given rows.
"""

import numpy as np

from skcurious.linearised._chunks import RowChunks
from skcurious.linearised._model import LinearisedModel
from skcurious.tangent._iterative import warn_if_unconverged
from skcurious.tangent._trajectory import TrajectoryTerms, trajectory_terms


class NetworkModel(LinearisedModel):
    """A network, linearised where training ended.

    Parameters
    ----------
    network : object
        ``network.linearise(X)`` returns the network at given rows: an object with
        ``shape`` (n, n_outputs), ``output``, ``jvp_many(V)``, ``vjp(r)`` and
        ``jacobian()``, as :meth:`skcurious.tangent.Network.linearise` returns it;
        ``network.width`` is the number of its units, and ``network.unpack(vector)``
        cuts a flat vector into weights and intercepts.
    dtype : dtype
        Of the outputs; the inside is float64, since leverages are small differences.
    factor : object or None
        Inverse of the curvature: ``solve``, ``representers``, ``leverage``,
        ``leverage_diagonal``, and ``row_size``, the numbers that a leverage takes for
        each row and output.
    of_tangent : NetworkModel, default=None
        The same network with the curvature that the tangent was solved with, if
        `factor` is of another.
    checkpoints : Checkpoints, default=None
        Parameters at some epochs of training, if they were kept.
    **facts : dict
        As for :class:`LinearisedModel`.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> from skcurious import CuriousMLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> X, y = scale(X), scale(y)
    >>> fitted = CuriousMLPRegressor(hidden_layer_sizes=5, tol=0.01, random_state=0)
    >>> model = fitted.fit(X, y).linearised_
    >>> type(model).__name__
    'NetworkModel'
    >>> rows = model.at(X[:2])
    >>> model.gradients(rows).shape  # of 10 * 5 + 5 weights and 5 + 1 intercepts
    (61, 2)
    """

    default_weights = "tangent"
    exact_influence = False
    trained_in_epochs = True

    def __init__(
        self, *, network, dtype, factor, of_tangent=None, checkpoints=None, **facts
    ):
        super().__init__(**facts)
        self.network = network
        self.dtype = dtype
        self.factor = factor
        self._of_tangent = of_tangent
        self.checkpoints = checkpoints

    @property
    def for_influence(self):
        """The same network with the curvature of its tangent."""
        return self if self._of_tangent is None else self._of_tangent

    def at(self, X):
        """Run the network forward at the rows."""
        return self.network.linearise(X.astype(np.float64, copy=False))

    def row_bytes(self, leverage):
        """Activations; of leverages gradients, or kernels with the training rows."""
        width = self.network.width
        n_numbers = 4 * width
        if leverage:
            n_numbers += self.n_outputs * (width + 2 * self.factor.row_size)
        return 8 * n_numbers

    def output(self, rows):
        """Predictions."""
        return rows.output.astype(self.dtype, copy=False)

    def tangent_at(self, rows):
        """One directional derivative, in the digits of the predictions."""
        return super().tangent_at(rows).astype(self.dtype, copy=False)

    def parts_at(self, rows):
        """One directional derivative, or one for each layer."""
        return super().parts_at(rows).astype(self.dtype, copy=False)

    def complexity(self):
        """``|weights|^2 / 2``."""
        return 0.5 * sum(float(np.vdot(w, w)) for w in self.network.coefs)

    def jvp(self, rows, direction):
        """Directional derivatives, of float64."""
        if direction.shape[1] == 1:
            return rows.jvp(direction[:, 0])[:, :, None]
        return rows.jvp_many(direction)

    def vjp(self, rows, cotangent):
        """A gradient by one backward pass."""
        return rows.vjp(cotangent)[:, None]

    def gradients(self, rows):
        """The Jacobian, formed."""
        return rows.jacobian().reshape(-1, len(self.tangent)).T

    def solve(self, gradient):
        """The inverse of the curvature, times each column."""
        solution = self.factor.solve(gradient)
        warn_if_unconverged(solution)
        return solution.value

    def attributes(self, direction):
        """Move the weights and intercepts of each layer."""
        each = [self.network.unpack(column) for column in direction.T]
        coefs, intercepts = zip(*each, strict=True)
        return {
            "coefs_": [np.stack(layer) for layer in zip(*coefs, strict=True)],
            "intercepts_": [np.stack(layer) for layer in zip(*intercepts, strict=True)],
        }

    def trajectory(self, X):
        """Score rows by the checkpoints of the training run, the terms of DISAL.

        Parameters
        ----------
        X : {ndarray, CSR matrix} of shape (n, n_features)
            Validated rows.

        Returns
        -------
        terms : TrajectoryTerms
            Each of shape (n,).

        Raises
        ------
        ValueError
            When there are no checkpoints, or none before the end of training.
        """
        if self.checkpoints is None:
            raise ValueError(
                "This network kept no checkpoints of its training. Fit it with "
                "checkpoints=10, say."
            )
        end, kept = self.network.parameters, self.checkpoints.parameters
        if all(np.array_equal(theta, end) for theta in kept):
            raise ValueError(
                f"No checkpoint lies before the end of training (kept after epochs "
                f"{self.checkpoints.epochs}). Train longer, or take earlier "
                "checkpoints."
            )
        X = X.astype(np.float64, copy=False)
        parts = [
            trajectory_terms(self.network, X[where], kept)
            for where in RowChunks(self, X).slices
        ]
        return TrajectoryTerms(*(np.concatenate(p) for p in zip(*parts, strict=True)))

    # Factors know ways without gradients.

    def representers(self, others):
        """What the factor makes of the gradients of rows."""
        return self.factor.representers(others)

    def leverage_blocks(self, rows, representers):
        """The factor's ``h(x, z)``."""
        return self.factor.leverage(rows, representers)

    def leverage_diagonal(self, rows):
        """The factor's ``h(x, x)``."""
        return self.factor.leverage_diagonal(rows)
