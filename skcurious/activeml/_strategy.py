"""What the strategies for scikit-activeml share: the contract of a query."""

from abc import abstractmethod
from numbers import Real

import numpy as np
from skactiveml.base import SingleAnnotatorPoolQueryStrategy, SkactivemlRegressor
from skactiveml.utils import (
    check_equal_missing_label,
    check_random_state,
    check_type,
    labeled_indices,
    unlabeled_indices,
)
from sklearn import clone
from sklearn.base import BaseEstimator, is_regressor
from sklearn.utils import _safe_indexing, check_array

from skcurious._documentation import DocumentationLink
from skcurious._frames import is_frame, like
from skcurious._validation import check_same_order
from skcurious.query import greedy_picks
from skcurious.query._ensemble import warn_if_blind
from skcurious.query._options import Options

# What strategies check of X; the regressor checks the rest.
_ROWS = {"dtype": None, "ensure_all_finite": False}


class RowStrategy(DocumentationLink, SingleAnnotatorPoolQueryStrategy):
    """What a query is asked with, and what it answers."""

    def _asked(self, X, y, candidates, batch_size, return_utilities):
        """Validate what every query has: rows go on as they came.

        Returns
        -------
        X : {ndarray, DataFrame}
        y : ndarray
        rows : {ndarray, DataFrame}
            The candidates.
        mapping : ndarray of int or None
            Which rows of X they are.
        batch_size, return_utilities
        rng : numpy.random.RandomState
            Of this call alone: wrappers ask in several threads at once.
        """
        given = X, candidates
        check_same_order(X, y, "X", "y")
        if isinstance(candidates, Real):
            raise ValueError(
                f"candidates must be rows, or numbers of rows of X, got {candidates!r}."
            )
        X, y, candidates, batch_size, return_utilities = self._validate_data(
            X, y, candidates, batch_size, return_utilities, check_X_dict=_ROWS
        )
        rows, mapping = self._transform_candidates(candidates, X, y)
        if len(rows) == 0:
            raise ValueError(
                "There are no candidates: every row of X has a label. Pass candidates."
            )
        # Rows go to the regressor as they came: it may look at column names.
        X, rows = _as_given(X, rows, mapping, *given)
        n_unlabelled = len(unlabeled_indices(y, missing_label=self.missing_label_))
        rng = check_random_state(self.random_state, n_unlabelled + 1)
        return X, y, rows, mapping, batch_size, return_utilities, rng

    def _answer(self, steps, unit, mapping, n_rows, return_utilities):
        """Picks, and utilities of all rows at each, from both in steps."""
        picks, utilities = [], []
        for pick, utility in steps:
            if return_utilities:
                utility = unit * np.where(utility == -np.inf, np.nan, utility)
                utility[picks] = np.nan
                utilities.append(utility)
            picks.append(pick)
        indices = np.array(picks) if mapping is None else mapping[picks]
        if not return_utilities:
            return indices
        if mapping is None:
            return indices, np.array(utilities)
        everywhere = np.full((len(picks), n_rows), np.nan)
        everywhere[:, mapping] = utilities
        return indices, everywhere


class CuriousStrategy(RowStrategy):
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
            X_pending=X_pending,
            unique=unique,
            same=same,
            label_noise=label_noise,
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
        *,
        X_pending,
        unique,
        same,
        label_noise,
    ):
        check_same_order(X, sample_weight, "X", "sample_weight")
        X, y, rows, mapping, batch_size, return_utilities, rng = self._asked(
            X, y, candidates, batch_size, return_utilities
        )
        check_type(fit_reg, "fit_reg", bool)
        self._check_parameters()
        if not (isinstance(reg, BaseEstimator) and is_regressor(reg)):
            raise TypeError(f"reg must be a regressor, got {reg!r}.")
        weights = _check_row_weights(sample_weight, "sample_weight", len(X))
        size = len(rows) if mapping is None else len(X)
        cost = _check_row_weights(utility_weight, "utility_weight", size)
        if cost is None:
            cost = 1.0
        else:
            with np.errstate(divide="ignore"):
                cost = 1 / (cost if mapping is None else cost[mapping])
        same = _of_candidates(same, "same", size, mapping)
        label_noise = _of_candidates(label_noise, "label_noise", size, mapping)
        options = Options(
            rows,
            batch_size,
            prices=np.broadcast_to(cost, len(rows)),
            X_pending=X_pending,
            unique=unique,
            same=same,
            label_noise=label_noise,
        )
        labelled = labeled_indices(y, missing_label=self.missing_label_)
        is_cold = fit_reg and len(labelled) == 0
        if is_cold:
            criterion = _NothingKnown(len(rows))
        else:
            if fit_reg:
                reg = self._fitted(reg, X, y, weights, labelled)
            asked = {"X_pending": options.asked.X_pending, "label_noise": label_noise}
            criterion = self._criterion(reg, rows, batch_size, X, y, X_eval, rng, asked)
        steps = self._picks(criterion, batch_size, cost, rng, options.choice)
        if not is_cold:
            steps = _warned(steps)
        return self._answer(steps, criterion.unit, mapping, len(X), return_utilities)

    def _fitted(self, reg, X, y, weights, labelled):
        kwargs = {}
        if isinstance(reg, SkactivemlRegressor):  # wants all rows
            check_equal_missing_label(reg.missing_label, self.missing_label_)
        else:
            X, y = _safe_indexing(X, labelled), y[labelled].astype(float)
            weights = None if weights is None else weights[labelled]
        if weights is not None:
            kwargs["sample_weight"] = weights
        return clone(reg).fit(X, y, **kwargs)

    def _check_parameters(self):
        """Raise for parameters of the strategy that cannot be."""

    @abstractmethod
    def _criterion(self, reg, rows, batch_size, X, y, X_eval, rng, asked):
        """What a label of each candidate is worth to the fitted `reg`.

        `asked` are further arguments of :func:`skcurious.query.utilities`.
        """

    def _picks(self, criterion, batch_size, cost, rng, choice):
        """Yield each pick with the utilities of all candidates at it."""
        return greedy_picks(criterion, batch_size, rng, cost, **choice)


def _warned(steps):
    """The same, with a warning at the first where no row is better than another."""
    for n_before, (pick, utility) in enumerate(steps):
        if n_before == 0:
            warn_if_blind(utility)
        yield pick, utility


class _NothingKnown:
    """A criterion before the first label: no row is better than another."""

    unit = 1.0

    def __init__(self, n_rows):
        self._n_rows = n_rows

    def utility(self):
        return np.zeros(self._n_rows)

    def imagine(self, index):
        """An imagined label says nothing either."""

    def of(self, rows):
        return _NothingKnown(len(rows))


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


def _of_candidates(values, name, size, mapping):
    """An option with a value for each row of X, or of `candidates`, of the latter."""
    if values is None or np.ndim(values) == 0:  # which is refused where it is checked
        return values
    if len(values) != size:
        raise ValueError(
            f"{name} must have one value for each of {size} rows, got {len(values)}."
        )
    return values if mapping is None else _safe_indexing(values, mapping)


def _as_given(X, rows, mapping, X_given, candidates_given):
    """X and the candidates in the type in which X came."""
    if not is_frame(X_given):
        return X, rows
    if mapping is not None:
        return X_given, _safe_indexing(X_given, mapping)
    if is_frame(candidates_given):
        return X_given, candidates_given
    try:
        return X_given, like(X_given, rows)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"candidates do not fit the columns of X: {error} Pass them as a "
            f"{type(X_given).__name__}."
        ) from error
