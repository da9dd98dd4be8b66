"""Any criterion as a strategy of scikit-activeml."""

from skactiveml.utils import MISSING_LABEL

from skcurious.activeml._strategy import CuriousStrategy
from skcurious.query import utilities
from skcurious.query._utilities import check_criterion


class CriterionSampling(CuriousStrategy):
    """Query the rows that a criterion of :func:`skcurious.query.utilities` prefers.

    How a criterion of one's own gets into scikit-activeml.

    Parameters
    ----------
    criterion : {'curiosity', 'variance', 'reduction', 'influence'} or callable, \
            default='variance'
        As for :func:`skcurious.query.utilities`. The expected 'reduction' looks at
        the candidates of the query, :class:`ExpectedCuriosityReduction` at all rows
        without a label. A callable must be defined in a
        module, if the strategy is to be pickled.
    options : dict, default=None
        Passed to the criterion.
    missing_label : scalar or str or None, default=numpy.nan
        Marks rows without a label.
    random_state : int, RandomState instance, default=None
        Breaks ties.

    Examples
    --------
    The influence of labels on the error on some validation rows:

    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.activeml import CriterionSampling
    >>> X, y = load_diabetes(return_X_y=True)
    >>> known = np.where(np.arange(400) < 20, y[:400], np.nan)
    >>> validation = {"X_validation": X[400:], "y_validation": y[400:]}
    >>> strategy = CriterionSampling("influence", validation, random_state=0)
    >>> len(strategy.query(X[:400], known, reg=CuriousRidge(), batch_size=3))
    3
    """

    def __init__(
        self,
        criterion="variance",
        options=None,
        missing_label=MISSING_LABEL,
        random_state=None,
    ):
        super().__init__(missing_label=missing_label, random_state=random_state)
        self.criterion = criterion
        self.options = options

    def _check_parameters(self):
        check_criterion(self.criterion)

    def _criterion(self, reg, rows, batch_size, X, y, X_eval, rng, asked):
        options = {**asked, **(self.options or {})}
        return utilities(reg, rows, self.criterion, imagine=batch_size > 1, **options)
