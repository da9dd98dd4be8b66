"""Expected curiosity reduction as a strategy of scikit-activeml."""

from numbers import Integral

import numpy as np
from skactiveml.utils import MISSING_LABEL, check_scalar, unlabeled_indices
from sklearn.utils import _safe_indexing

from skcurious.activeml._strategy import CuriousStrategy
from skcurious.query import Reference, utilities
from skcurious.query._reduction import draw_reference
from skcurious.query._weights import WEIGHTS


class ExpectedCuriosityReduction(CuriousStrategy):
    """Query the rows whose labels leave the least to be curious about.

    :func:`skcurious.query.expected_curiosity_reduction` for scikit-activeml.

    Parameters
    ----------
    weights : {'auto', 'tangent', 'variance', 'uniform'}, default='auto'
        What an evaluation row counts: the curiosity about it, its variance,
        or 1, the criterion of D. Cohn ("ALC").
    n_reference : int, default=512
        How many evaluation rows, where no `X_eval` is given.
    missing_label : scalar or str or None, default=numpy.nan
        Marks rows without a label.
    random_state : int, RandomState instance, default=None
        Draws the evaluation rows, and breaks ties; None draws the same
        evaluation rows each time.

    Notes
    -----
    Utilities do not depend on which other candidates there are, so
    ``ParallelUtilityEstimationWrapper`` may ask about them in parts.  There
    are two exceptions: ensembles, whose members' utilities are divided by
    their mean over the candidates, and evaluation rows taken from the
    candidates, when all rows of X have a label.

    Examples
    --------
    >>> import numpy as np
    >>> from skactiveml.regressor import SklearnRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousKernelRidge
    >>> from skcurious.activeml import ExpectedCuriosityReduction
    >>> X, y = load_diabetes(return_X_y=True)
    >>> known = np.where(np.arange(len(y)) < 20, y, np.nan)
    >>> reg = SklearnRegressor(CuriousKernelRidge(kernel="rbf"))
    >>> len(ExpectedCuriosityReduction().query(X, known, reg=reg, batch_size=3))
    3
    """

    def __init__(
        self,
        weights="auto",
        n_reference=512,
        missing_label=MISSING_LABEL,
        random_state=None,
    ):
        super().__init__(missing_label=missing_label, random_state=random_state)
        self.weights = weights
        self.n_reference = n_reference

    def query(
        self,
        X,
        y,
        reg,
        fit_reg=True,
        sample_weight=None,
        candidates=None,
        X_eval=None,
        utility_weight=None,
        batch_size=1,
        return_utilities=False,
        X_pending=None,
        unique=False,
        same=None,
        label_noise=None,
    ):
        """Say which rows to label next.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            All rows, with and without labels.
        y : array-like of shape (n_samples,)
            Their labels, `missing_label` where there is none.  Without any
            label there is nothing to fit: utilities are 0, and rows are drawn
            at random. :class:`InitialDesign` chooses them.
        reg : estimator
            As for :meth:`CuriositySampling.query`; with a covariance.
        fit_reg : bool, default=True
            Whether to fit a clone of `reg` to the labelled rows; else `reg`
            must be fitted.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows of X in that fit.
        candidates : {None, array-like of int of shape (n_candidates,), \
                array-like of shape (n_candidates, n_features)}, default=None
            Which rows to choose from: all without a label, rows of X by
            number, or other rows.
        X_eval : {array-like, DataFrame} of shape (n_eval, n_features), default=None
            Rows where predictions matter; None draws `n_reference` of the
            rows of X without a label, or of `candidates` if all have one.
        utility_weight : array-like of shape (n_samples,) or (n_candidates,), \
                default=None
            At least 0; utilities are multiplied by it. One for each row of
            X, or of `candidates` if these are rows.
        batch_size : int, default=1
            How many rows to query.
        return_utilities : bool, default=False
            Whether to return the utilities as well.
        X_pending : {array-like, DataFrame} of shape (n_pending, n_features), \
                default=None
            Rows that are being measured: their labels are imagined before the first
            pick.
        unique : bool, default=False
            Whether equal candidates are offered once, and none that equals a row of
            `X_pending`.
        same : array-like of shape (n_samples,) or (n_candidates,), default=None
            Numbers or strings: rows of one batch share the value, and the value whose
            batch is worth most is taken. One for each row of X, or of `candidates` if
            these are rows.
        label_noise : array-like of shape (n_samples,) or (n_candidates,), default=None
            Noise variance of the label of each such row, in squared units of y, where
            it is known; of rows that are no candidates it is not looked at.

        Returns
        -------
        query_indices : ndarray of shape (batch_size,)
            Rows of X, or of `candidates` if these are rows, in the order of
            the picks.
        utilities : ndarray of shape (batch_size, n_samples) or \
                (batch_size, n_candidates)
            Only with ``return_utilities=True``: utilities at each pick, NaN
            at earlier picks and at rows that are no candidates.

        Raises
        ------
        TypeError
            If `reg` is no regressor, or has no curiosity.
        ValueError
            If the arguments do not fit, or `reg` has no covariance.
        """
        return self._query(
            X,
            y,
            reg,
            fit_reg,
            sample_weight,
            candidates,
            utility_weight,
            batch_size,
            return_utilities,
            X_eval,
            X_pending=X_pending,
            unique=unique,
            same=same,
            label_noise=label_noise,
        )

    def _check_parameters(self):
        if self.weights not in ("auto", *WEIGHTS):
            raise ValueError(
                f"weights must be 'auto' or one of {list(WEIGHTS)}, got "
                f"{self.weights!r}."
            )
        check_scalar(self.n_reference, "n_reference", Integral, min_val=1)

    def _criterion(self, reg, rows, batch_size, X, y, X_eval, rng, asked):
        # Of X, not of the candidates, and the same in each call about this y:
        # then utilities of candidates compare that were asked about apart.
        unlabelled = unlabeled_indices(y, missing_label=self.missing_label_)
        if X_eval is None and len(unlabelled):
            draw = np.random.RandomState(0) if self.random_state is None else rng
            drawn = draw_reference(self.n_reference, len(unlabelled), draw)
            X_eval = _safe_indexing(X, unlabelled[drawn])
        return utilities(
            reg,
            rows,
            "reduction",
            imagine=batch_size > 1,
            reference=Reference(X_eval, self.n_reference, len(rows), rng),
            weights=self.weights,
            **asked,
        )
