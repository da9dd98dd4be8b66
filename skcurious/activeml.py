"""Query strategies for scikit-activeml.

The strategies of :mod:`skcurious.query` as scikit-activeml calls them, for
curious regressors that stand alone, in a Pipeline or a search, or inside a
``SklearnRegressor``, and for ensembles of them.  Needs scikit-activeml, which
need not be installed for anything else in skcurious.
"""

from abc import abstractmethod
from numbers import Real

import numpy as np
from sklearn import clone
from sklearn.base import BaseEstimator, is_regressor
from sklearn.utils import _safe_indexing, check_array

from skcurious._documentation import DocumentationLink
from skcurious.query._curiosity import curiosity_fantasies
from skcurious.query._pool import warn_if_blind
from skcurious.query._reduction import Reference, draw_reference, reductions
from skcurious.query._variance import variance_fantasies
from skcurious.query._weights import WEIGHTS
from skcurious.selection import greedy_picks, sample, top_k

try:
    from skactiveml.base import SingleAnnotatorPoolQueryStrategy, SkactivemlRegressor
    from skactiveml.utils import (
        MISSING_LABEL,
        check_scalar,
        check_type,
        labeled_indices,
        unlabeled_indices,
    )
except ImportError as error:
    raise ImportError(
        "skcurious.activeml needs scikit-activeml: pip install scikit-activeml."
    ) from error

__all__ = ["CuriositySampling", "ExpectedCuriosityReduction", "VarianceSampling"]

# What strategies check of X; the regressor checks the rest.
_ROWS = {"dtype": None, "ensure_all_finite": False}


class CuriousStrategy(DocumentationLink, SingleAnnotatorPoolQueryStrategy):
    """What the query strategies share.

    Parameters
    ----------
    missing_label : scalar or str or None, default=numpy.nan
        Marks rows without a label.
    random_state : int, RandomState instance, default=None
        Breaks ties, and draws what is drawn.
    """

    def query(
        self,
        X,
        y,
        reg,
        fit_reg=True,
        sample_weight=None,
        candidates=None,
        utility_weight=None,
        batch_size=1,
        return_utilities=False,
    ):
        """Say which rows to label next.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            All rows, with and without labels.
        y : array-like of shape (n_samples,)
            Their labels, `missing_label` where there is none.  Without any
            label all utilities are 0, and rows are drawn at random.
        reg : estimator
            A curious regressor, or a Pipeline, search,
            TransformedTargetRegressor or scikit-activeml's
            ``SklearnRegressor`` around one, or an ensemble of such.  Never
            changed.
        fit_reg : bool, default=True
            Whether to fit a clone of `reg` to the labelled rows; else `reg`
            must be fitted.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows of X in that fit.
        candidates : {None, array-like of int of shape (n_candidates,), \
                array-like of shape (n_candidates, n_features)}, default=None
            Which rows to choose from: all without a label, rows of X by
            number, or other rows.
        utility_weight : array-like of shape (n_samples,) or (n_candidates,), \
                default=None
            At least 0; utilities are multiplied by it. For labels that do not
            cost the same, 1 / cost.  One for each row of X, or of
            `candidates` if these are rows.
        batch_size : int, default=1
            How many rows to query.
        return_utilities : bool, default=False
            Whether to return the utilities as well.

        Returns
        -------
        query_indices : ndarray of shape (batch_size,)
            Rows of X, or of `candidates` if these are rows, in the order of
            the picks.
        utilities : ndarray of shape (batch_size, n_samples) or \
                (batch_size, n_candidates)
            Only with ``return_utilities=True``: utilities at each pick, with
            the labels of the earlier ones imagined, NaN at those and at rows
            that are no candidates.  The units are those of the scores of
            :mod:`skcurious.query`.

        Raises
        ------
        TypeError
            If `reg` is no regressor, or has no curiosity.
        ValueError
            If the arguments do not fit.
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
        )

    def _query(
        self,
        X,
        y,
        reg,
        fit_reg,
        sample_weight,
        candidates,
        utility_weight,
        batch_size,
        return_utilities,
        X_eval=None,
    ):
        given = X, candidates
        if isinstance(candidates, Real):
            raise ValueError(
                f"candidates must be rows, or numbers of rows of X, got {candidates!r}."
            )
        X, y, candidates, batch_size, return_utilities = self._validate_data(
            X, y, candidates, batch_size, return_utilities, check_X_dict=_ROWS
        )
        check_type(fit_reg, "fit_reg", bool)
        if not (isinstance(reg, BaseEstimator) and is_regressor(reg)):
            raise TypeError(f"reg must be a regressor, got {reg!r}.")
        weights = _check_row_weights(sample_weight, "sample_weight", len(X))
        rows, mapping = self._transform_candidates(candidates, X, y)
        if len(rows) == 0:
            raise ValueError(
                "There are no candidates: every row of X has a label. Pass candidates."
            )
        size = len(rows) if mapping is None else len(X)
        cost = _check_row_weights(utility_weight, "utility_weight", size)
        if cost is None:
            cost = 1.0
        else:
            with np.errstate(divide="ignore"):
                cost = 1 / (cost if mapping is None else cost[mapping])
        # Rows go to the regressor as they came: it may look at column names.
        X, rows = _as_given(X, rows, mapping, *given)

        labelled = labeled_indices(y, missing_label=self.missing_label_)
        if len(labelled) == 0:
            fantasies, unit = _NothingKnown(len(rows)), 1.0
        else:
            if fit_reg:
                reg = self._fitted(reg, X, y, weights, labelled)
            fantasies, unit = self._fantasies(reg, rows, batch_size, X, y, X_eval)
        picks, utilities = [], []
        for pick, utility in self._picks(fantasies, batch_size, cost):
            if len(labelled) and not picks:
                warn_if_blind(utility)
            if return_utilities:
                utility = unit * utility
                utility[picks] = np.nan
                utilities.append(utility)
            picks.append(pick)

        indices = np.array(picks) if mapping is None else mapping[picks]
        if not return_utilities:
            return indices
        if mapping is None:
            return indices, np.array(utilities)
        everywhere = np.full((batch_size, len(X)), np.nan)
        everywhere[:, mapping] = utilities
        return indices, everywhere

    def _fitted(self, reg, X, y, weights, labelled):
        kwargs = {}
        if not isinstance(reg, SkactivemlRegressor):  # those want all rows
            X, y = _safe_indexing(X, labelled), y[labelled].astype(float)
            weights = None if weights is None else weights[labelled]
        if weights is not None:
            kwargs["sample_weight"] = weights
        return clone(reg).fit(X, y, **kwargs)

    @abstractmethod
    def _fantasies(self, reg, rows, batch_size, X, y, X_eval):
        """Fantasies of the fitted `reg` about the candidates, and their unit."""

    def _picks(self, fantasies, batch_size, cost):
        """Yield each pick with the utilities of all candidates at it."""
        return greedy_picks(fantasies, batch_size, self.random_state_, cost)


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

    def _fantasies(self, reg, rows, batch_size, X, y, X_eval):
        if self.batch not in ("greedy", "sample", "top"):
            raise ValueError(
                f"batch must be 'greedy', 'sample' or 'top', got {self.batch!r}."
            )
        imagine = self.batch == "greedy" and batch_size > 1
        return curiosity_fantasies(reg, rows, imagine)

    def _picks(self, fantasies, batch_size, cost):
        if self.batch == "greedy":
            yield from super()._picks(fantasies, batch_size, cost)
            return
        choose = sample if self.batch == "sample" else top_k
        utility = fantasies.utility() / cost
        for pick in choose(utility, batch_size, self.random_state_):
            yield pick, utility


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

    def _fantasies(self, reg, rows, batch_size, X, y, X_eval):
        return variance_fantasies(reg, rows, batch_size > 1)


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
        Draws the evaluation rows, and breaks ties.

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
    ):
        """Say which rows to label next.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            All rows, with and without labels.
        y : array-like of shape (n_samples,)
            Their labels, `missing_label` where there is none.  Without any
            label all utilities are 0, and rows are drawn at random.
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
        )

    def _fantasies(self, reg, rows, batch_size, X, y, X_eval):
        if self.weights not in ("auto", *WEIGHTS):
            raise ValueError(
                f"weights must be 'auto' or one of {list(WEIGHTS)}, got "
                f"{self.weights!r}."
            )
        check_scalar(self.n_reference, "n_reference", int, min_val=1)
        # Of X, not of the candidates, so that utilities do not depend on
        # which other candidates there are.
        unlabelled = unlabeled_indices(y, missing_label=self.missing_label_)
        if X_eval is None and len(unlabelled):
            drawn = draw_reference(
                self.n_reference, len(unlabelled), self.random_state_
            )
            X_eval = _safe_indexing(X, unlabelled[drawn])
        reference = Reference(
            reg, X_eval, self.n_reference, len(rows), self.random_state_
        )
        return reductions(reg, rows, reference, self.weights, batch_size > 1)


class _NothingKnown:
    """Fantasies before the first label: no row is better than another."""

    def __init__(self, n_rows):
        self._n_rows = n_rows

    def utility(self):
        return np.zeros(self._n_rows)

    def add(self, index):
        """An imagined label says nothing either."""


def _check_row_weights(weights, name, n_rows):
    if weights is None:
        return None
    weights = check_array(weights, ensure_2d=False, dtype=float, input_name=name)
    if weights.shape != (n_rows,):
        raise ValueError(
            f"{name} must have one value for each of {n_rows} rows, got an array of "
            f"shape {weights.shape}."
        )
    if (weights < 0).any():
        raise ValueError(f"{name} must be at least 0, got {weights.min()}.")
    return weights


def _as_given(X, rows, mapping, X_given, candidates_given):
    """X and the candidates in the type in which X came."""
    if not hasattr(X_given, "iloc"):
        return X, rows
    if mapping is not None:
        return X_given, X_given.iloc[mapping]
    if hasattr(candidates_given, "iloc"):
        return X_given, candidates_given
    rows = type(X_given)(rows, columns=X_given.columns)
    return X_given, rows.astype(X_given.dtypes.to_dict())
