"""Models whose outputs do not meet each other: linear and kernel models.

Each output has the same features, and coefficients of its own. All share one
curvature and one leverage h, or, with an alpha for each, have one each: blocks of
leverages are diagonal.
"""

from abc import abstractmethod

import numpy as np

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

    Examples
    --------
    Two targets share their leverages, unless each has its own alpha:

    >>> from skcurious import CuriousRidge
    >>> X, Y = [[0.0], [1.0]], [[1.0, 2.0], [3.0, 5.0]]
    >>> CuriousRidge(alpha=0.5).fit(X, Y).linearised_.n_blocks
    1
    >>> CuriousRidge(alpha=[0.5, 1.0]).fit(X, Y).linearised_.n_blocks
    2
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
        """Side R: 1 when all outputs share h, else their number."""
        return len(self.alphas)

    @abstractmethod
    def each_leverage(self, rows, representers):
        """Yield h(x, z) of each block.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.
        representers : object
            Of m rows z.

        Yields
        ------
        h : ndarray of shape (n, m)
            For each alpha.
        """

    @abstractmethod
    def each_leverage_diagonal(self, rows):
        """Yield h(x, x) of each block.

        Parameters
        ----------
        rows : object
            What :meth:`at` made of n rows.

        Yields
        ------
        h : ndarray of shape (n,)
            For each alpha.
        """

    def leverage(self, rows, representers, shares=None):
        """Average h(x, z) over the blocks."""
        shares = np.ones(self.n_blocks) if shares is None else shares
        blocks = zip(shares, self.each_leverage(rows, representers), strict=True)
        return sum(share * h for share, h in blocks) / self.n_blocks

    def leverage_blocks(self, rows, representers):
        """Spread h(x, z) over the diagonals of blocks."""
        return diagonal_blocks(list(self.each_leverage(rows, representers)))

    def leverage_diagonal(self, rows):
        """Spread h(x, x) over the diagonals of blocks."""
        return diagonal_blocks(list(self.each_leverage_diagonal(rows)))
