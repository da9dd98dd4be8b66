"""Curiosity as a strategy of scikit-activeml."""

from skactiveml.utils import MISSING_LABEL

from skcurious.activeml._strategy import CuriousStrategy
from skcurious.query import utilities
from skcurious.query._selection import best, draw


class CuriositySampling(CuriousStrategy):
    """Query the rows that the regressor is most curious about.

    :func:`skcurious.query.curiosity_sampling` for scikit-activeml.

    Parameters
    ----------
    batch : {'greedy', 'sample', 'top'}, default='greedy'
        How batches are put together: each row with the labels of the earlier
        ones imagined, at random in proportion to curiosity, or the largest.
    missing_label : scalar or str or None, default=numpy.nan
        Marks rows without a label.
    random_state : int, RandomState instance, default=None
        Seeds the sampling, and breaks ties.

    References
    ----------
    F. Eaton, "Influence functions and regularity tangents for efficient
    active learning", arXiv 2411.15292, 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.activeml import CuriositySampling
    >>> X, y = load_diabetes(return_X_y=True)
    >>> known = np.where(np.arange(len(y)) < 20, y, np.nan)
    >>> strategy = CuriositySampling(random_state=0)
    >>> strategy.query(X, known, reg=CuriousRidge(alpha=0.1), batch_size=3)
    array([353, 322, 110])
    """

    def __init__(self, batch="greedy", missing_label=MISSING_LABEL, random_state=None):
        super().__init__(missing_label=missing_label, random_state=random_state)
        self.batch = batch

    def _check_parameters(self):
        if self.batch not in ("greedy", "sample", "top"):
            raise ValueError(
                f"batch must be 'greedy', 'sample' or 'top', got {self.batch!r}."
            )

    def _criterion(self, reg, rows, batch_size, X, y, X_eval, rng, asked):
        imagine = self.batch == "greedy" and batch_size > 1
        return utilities(reg, rows, "curiosity", imagine=imagine, **asked)

    def _picks(self, criterion, batch_size, cost, rng, choice):
        if self.batch == "greedy":
            yield from super()._picks(criterion, batch_size, cost, rng, choice)
            return
        choose = draw if self.batch == "sample" else best
        utility = criterion.utility() / cost
        for pick in choose(utility, batch_size, rng, **choice):
            yield pick, utility
