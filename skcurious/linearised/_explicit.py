"""Models with so few parameters that their gradients can be formed."""

from skcurious.linearised._model import LinearisedModel


class ExplicitModel(LinearisedModel):
    """A model that only says what its gradients are.

    Derivatives along directions and pulls are products with the gradients, which
    take n_params numbers for each row and output.  The shortest way to a model of
    one's own: a subclass implements ``output``, ``gradients``, ``solve``,
    ``complexity`` and ``attributes``, and ``loss_slope`` for another loss than the
    squared error.

    Parameters
    ----------
    tangent : ndarray of shape (n_params, 1)
        The derivative dtheta/dalpha.
    parts : ndarray of shape (n_params, n_parts), default=None
        As for :class:`LinearisedModel`.
    **facts : dict
        As for :class:`TangentModel`.

    Examples
    --------
    One number, estimated: ``sum((theta - y)^2) / 2 + alpha theta^2 / 2``.

    >>> import numpy as np
    >>> from skcurious.linearised import ExplicitModel
    >>> class Mean(ExplicitModel):
    ...     def __init__(self, y, alpha):
    ...         self.theta = np.sum(y) / (len(y) + alpha)
    ...         self.curvature = len(y) + alpha
    ...         super().__init__(
    ...             n_outputs=1,
    ...             flat=True,
    ...             noise_variance=np.mean((y - self.theta) ** 2),
    ...             tangent=np.array([[-self.theta / self.curvature]]),
    ...         )
    ...     def output(self, rows):
    ...         return np.full((len(rows), 1), self.theta)
    ...     def gradients(self, rows):
    ...         return np.ones((1, len(rows)))
    ...     def solve(self, gradient):
    ...         return gradient / self.curvature
    ...     def complexity(self):
    ...         return 0.5 * self.theta**2
    ...     def attributes(self, direction):
    ...         return {"theta_": direction[0]}
    >>> model = Mean(np.ones(3), alpha=1.0)
    >>> rows = model.at(np.zeros((2, 1)))
    >>> model.output(rows).ravel(), model.tangent_at(rows).ravel()
    (array([0.75, 0.75]), array([-0.1875, -0.1875]))
    >>> model.leverage_diagonal(rows).ravel()
    array([0.25, 0.25])
    """

    def row_bytes(self, leverage):
        """A gradient of each output; for leverages a solve with each as well."""
        return (16 if leverage else 8) * self.n_outputs * len(self.tangent)

    def jvp(self, rows, direction):
        """The gradients, times each column of a direction."""
        values = self.gradients(rows).T @ direction
        return values.reshape(-1, self.n_outputs, direction.shape[1])

    def vjp(self, rows, cotangent):
        """Sum of the gradients, weighted."""
        return self.gradients(rows) @ cotangent.reshape(-1, 1)
