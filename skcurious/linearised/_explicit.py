"""Models with so few parameters that their gradients can be formed."""

from skcurious.linearised._model import LinearisedModel


class ExplicitModel(LinearisedModel):
    """A model that only says what its gradients are.

    Derivatives along directions and pulls are products with the gradients, which
    take n_params numbers for each row and output.  The shortest way to a model of
    one's own: a subclass implements ``output``, ``gradients``, ``solve``,
    ``complexity`` and ``attributes``, and ``loss_slope`` for another loss than the
    squared error.
    """

    def row_bytes(self, leverage):
        """Gradients; of leverages a solve with each as well."""
        return (16 if leverage else 8) * self.n_outputs * len(self.tangent)

    def jvp(self, rows, direction):
        """Product of the gradients with each column of a direction."""
        values = self.gradients(rows).T @ direction
        return values.reshape(-1, self.n_outputs, direction.shape[1])

    def vjp(self, rows, cotangent):
        """Sum of the gradients, weighted."""
        return self.gradients(rows) @ cotangent.reshape(-1, 1)
