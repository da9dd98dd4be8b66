"""The first rows as a strategy of scikit-activeml."""

from skactiveml.utils import MISSING_LABEL, labeled_indices
from sklearn.utils import _safe_indexing

from skcurious.activeml._strategy import RowStrategy
from skcurious.query import greedy_picks
from skcurious.query._design import all_rows, design_of


class InitialDesign(RowStrategy):
    """Query the rows to label before there is a model.

    :func:`skcurious.query.initial_design` for scikit-activeml: a loop that starts with
    no label asks it for the first rows, and a strategy with a regressor for those that
    follow.

    Parameters
    ----------
    transformer : transformer, default=None
        Makes numbers of the rows, for instance a ColumnTransformer; None takes those of
        :func:`skcurious.default_regressor`.
    missing_label : scalar or str or None, default=numpy.nan
        Marks rows without a label.
    random_state : int, RandomState instance, default=None
        Draws the rows over which variances are averaged, of a large pool, and breaks
        ties.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidgeCV
    >>> from skcurious.activeml import ExpectedCuriosityReduction, InitialDesign
    >>> X, y = load_diabetes(return_X_y=True)
    >>> known = np.full(len(y), np.nan)
    >>> first = InitialDesign(random_state=0).query(X, known, batch_size=10)
    >>> known[first] = y[first]
    >>> strategy = ExpectedCuriosityReduction(random_state=0)
    >>> len(strategy.query(X, known, reg=CuriousRidgeCV(), batch_size=5))
    5
    """

    def __init__(
        self, transformer=None, missing_label=MISSING_LABEL, random_state=None
    ):
        super().__init__(missing_label=missing_label, random_state=random_state)
        self.transformer = transformer

    def query(
        self,
        X,
        y,
        candidates=None,
        batch_size=1,
        return_utilities=False,
        X_pending=None,
    ):
        """Say which rows to label first.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            All rows, with and without labels.
        y : array-like of shape (n_samples,)
            Their labels, `missing_label` where there is none. What they are does not
            matter: the new rows are added to those that have one.
        candidates : {None, array-like of int of shape (n_candidates,), \
                array-like of shape (n_candidates, n_features)}, default=None
            Which rows to choose from: all without a label, rows of X by
            number, or other rows.
        batch_size : int, default=1
            How many rows to query.
        return_utilities : bool, default=False
            Whether to return the utilities as well.
        X_pending : {array-like, DataFrame} of shape (n_pending, n_features), \
                default=None
            Rows that are being measured, to which the new ones are added, too.

        Returns
        -------
        query_indices : ndarray of shape (batch_size,)
            Rows of X, or of `candidates` if these are rows, in the order of
            the picks.
        utilities : ndarray of shape (batch_size, n_samples) or \
                (batch_size, n_candidates)
            Only with ``return_utilities=True``: at each pick by what share of the
            variance before the first label each row would take it down, NaN at earlier
            picks and what equals them, and at rows that are no candidates.

        Raises
        ------
        ValueError
            If the arguments do not fit.
        """
        X, y, rows, mapping, batch_size, return_utilities, rng = self._asked(
            X, y, candidates, batch_size, return_utilities
        )
        labelled = labeled_indices(y, missing_label=self.missing_label_)
        measured = _safe_indexing(X, labelled)
        if len(labelled) == 0:
            measured = X_pending
        elif X_pending is not None:
            measured = all_rows(measured, X_pending, ("X", "X_pending"))
        design = design_of(rows, batch_size, self.transformer, measured, rng)
        steps = greedy_picks(design, batch_size, rng)
        return self._answer(steps, 1.0, mapping, len(X), return_utilities)
