"""The regressor for the columns at hand."""

from numbers import Real

import numpy as np
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    QuantileTransformer,
    StandardScaler,
)
from sklearn.utils.validation import check_array

from skcurious._validation import check_in_memory
from skcurious.gaussian_process import (
    CuriousGaussianProcessRegressor,
    EvidenceAveragingRegressor,
)

# Quantiles of a column's normal scores, and rows to learn them from, at most.
MOST_QUANTILES, MOST_ROWS = 1000, 100_000


def default_regressor(X_all, *, random_state=None):
    """The regressor that the package recommends, for these columns.

    Gaussian processes on three views of the rows, averaged by their evidence
    (:class:`~skcurious.gaussian_process.EvidenceAveragingRegressor`): standardised
    columns; the normal scores of each column, in which outliers and long tails are
    nothing special; and both side by side. The views are learned from all rows,
    labelled or not, and then stay as they are. Columns of text or categories become
    one column for each value; blanks are filled with the median, or are a value of
    their own.

    Parameters
    ----------
    X_all : {array-like, DataFrame} of shape (n_samples, n_features)
        All rows that are at hand, labelled or not, in the columns that the
        regressor will be given.
    random_state : int, RandomState instance, default=None
        Not needed unless rows are subsampled: of more than 100,000 rows the
        normal scores come from some.

    Returns
    -------
    regressor : EvidenceAveragingRegressor
        Not fitted.

    Raises
    ------
    TypeError
        For columns of dates.
    ValueError
        When no column varies.

    See Also
    --------
    skcurious.query.expected_curiosity_reduction : Which rows to label next.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import default_regressor
    >>> from skcurious.query import expected_curiosity_reduction
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = default_regressor(X).fit(X[:20], y[:20])
    >>> indices, scores = expected_curiosity_reduction(model, X[20:], 3, random_state=0)
    >>> len(indices)
    3
    """
    check_in_memory(X_all, "X_all")
    if not hasattr(X_all, "columns"):
        X_all = check_array(X_all, dtype=None, ensure_all_finite=False)
    numbers, categories = _kinds(X_all)
    views = {"standardised": StandardScaler()}
    if numbers:
        scores = _normal_scores(len(X_all), random_state)
        both = FeatureUnion([("plain", StandardScaler()), ("scores", scores)])
        views |= {"scores": scores, "both": make_pipeline(both, StandardScaler())}
    return EvidenceAveragingRegressor(
        [
            (name, _behind(view, X_all, numbers, categories))
            for name, view in views.items()
        ]
    )


def _normal_scores(n_rows, random_state):
    scores = QuantileTransformer(
        n_quantiles=min(MOST_QUANTILES, n_rows),
        output_distribution="normal",
        subsample=MOST_ROWS,
        random_state=random_state,
    )
    return make_pipeline(scores, StandardScaler())


def _behind(view, X_all, numbers, categories):
    """A Gaussian process behind a view of the numbers, learned from all rows."""
    filled = make_pipeline(
        FunctionTransformer(as_floats), SimpleImputer(strategy="median"), clone(view)
    )
    blanks = make_pipeline(FunctionTransformer(as_floats), MissingIndicator())
    values = OneHotEncoder(
        handle_unknown="ignore", sparse_output=False, drop="if_binary"
    )
    columns = ColumnTransformer(
        [
            ("numbers", filled, numbers),
            ("blanks", blanks, numbers),
            ("categories", values, categories),
        ]
    )
    return make_pipeline(
        FrozenEstimator(columns.fit(X_all)), CuriousGaussianProcessRegressor()
    )


def as_floats(X):
    """A table of numbers as an array, blanks as NaN."""
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    return np.where(_is_blank(X), np.nan, X).astype(np.float64)


def _is_blank(values):
    if values.dtype.kind != "O":
        return np.zeros(values.shape, dtype=bool)
    return np.vectorize(lambda v: v is None or v != v or str(v) == "<NA>")(values)


def _kinds(X_all):
    """Columns of numbers that vary, and columns of categories."""
    named = hasattr(X_all, "columns")
    names = list(X_all.columns) if named else range(X_all.shape[1])
    numbers, categories = [], []
    for name in names:
        column = X_all[name] if named else X_all[:, name]
        values = np.asarray(column)
        if values.dtype.kind in "Mm":
            raise TypeError(
                f"Column {name!r} of X_all holds dates. Make numbers of them, for "
                "instance days since the first, or leave the column out."
            )
        if str(column.dtype) == "category" or not _are_numbers(values):
            categories.append(name)
        elif _varies(as_floats(values)):
            numbers.append(name)
    if not numbers and not categories:
        raise ValueError(
            "No column of X_all varies: there is nothing to learn from. Pass all rows, "
            "with and without labels."
        )
    return numbers, categories


def _are_numbers(values):
    if values.dtype.kind in "biuf":
        return True
    if values.dtype.kind != "O":
        return False
    known = values[~_is_blank(values)]
    return all(isinstance(value, (Real, np.number)) for value in known)


def _varies(values):
    known = values[np.isfinite(values)]
    return known.size > 0 and (known.min() < known.max() or known.size < values.size)
