"""Variance as a strategy of scikit-activeml."""

from skcurious.activeml._strategy import CuriousStrategy
from skcurious.query import utilities


class VarianceSampling(CuriousStrategy):
    """Query the rows whose predictions vary most.

    :func:`skcurious.query.variance_sampling` for scikit-activeml: the
    classical baseline.

    Parameters
    ----------
    missing_label : scalar or str or None, default=numpy.nan
        Marks rows without a label.
    random_state : int, RandomState instance, default=None
        Breaks ties.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.activeml import VarianceSampling
    >>> X, y = load_diabetes(return_X_y=True)
    >>> known = np.where(np.arange(len(y)) < 20, y, np.nan)
    >>> len(VarianceSampling().query(X, known, reg=CuriousRidge(), batch_size=3))
    3
    """

    def _criterion(self, reg, rows, batch_size, X, y, X_eval, rng, asked):
        return utilities(reg, rows, "variance", imagine=batch_size > 1, **asked)
