"""Models whose outputs do not meet each other: linear and kernel models.

Each output has the same features, and coefficients of its own. All share one
curvature and one leverage h, or, with an alpha for each, have one each: blocks of
leverages are diagonal.
"""

from abc import abstractmethod

from skcurious.linearised._blocks import diagonal_blocks
from skcurious.linearised._model import LinearisedModel


class SeparateOutputs(LinearisedModel):
    """A linearised model of K outputs, side by side.

    A direction moves each output by its own coefficients; ``solve`` takes one
    column for each output.

    Parameters
    ----------
    alphas : ndarray of shape (1,) or (n_outputs,)
        Regularisation strengths.
    **facts : dict
        As for :class:`LinearisedModel`.
    """

    def __init__(self, *, alphas, **facts):
        super().__init__(**facts)
        self.alphas = alphas

    @property
    def alpha_per_output(self):
        """Whether each output has its own alpha, and so its own h."""
        return len(self.alphas) > 1

    @property
    def n_blocks(self):
        """R: 1 when all outputs share h, else their number."""
        return len(self.alphas)

    @abstractmethod
    def each_leverage(self, rows, representers):
        """Yield h(x, z) of each block, of shape (n, m)."""

    @abstractmethod
    def each_leverage_diagonal(self, rows):
        """Yield h(x, x) of each block, of shape (n,)."""

    def leverage(self, rows, representers):
        """h(x, z) averaged over outputs, of shape (n, m)."""
        blocks = list(self.each_leverage(rows, representers))
        return sum(blocks) / len(blocks)

    def leverage_blocks(self, rows, representers):
        """h(x, z), of shape (n, R, m, R)."""
        return diagonal_blocks(list(self.each_leverage(rows, representers)))

    def leverage_diagonal(self, rows):
        """h(x, x), of shape (n, R, R)."""
        return diagonal_blocks(list(self.each_leverage_diagonal(rows)))
