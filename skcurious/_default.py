"""The regressor for the columns at hand."""

import re
from datetime import date, time, timedelta
from numbers import Number

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    StandardScaler,
)
from sklearn.utils import _safe_indexing, check_array
from sklearn.utils.validation import _num_samples

from skcurious._validation import check_table
from skcurious._warnings import warn
from skcurious.gaussian_process import (
    CuriousGaussianProcessRegressor,
    EvidenceAveragingRegressor,
)

# Quantiles of a column's normal scores, and rows to learn them from, at most.
MOST_QUANTILES, MOST_ROWS = 1000, 100_000
# Values of a column that get a column each; rarer ones share one.
MOST_VALUES = 50
# Rows from which on a column with another value in each is an identifier.
FEW_ROWS = 20
BLANK = "(blank)"
# Text that begins with a number, as a cell with a unit or a decimal comma does; so many
# values, and this part of a column's, are no names.
NUMBER = re.compile(r"\s*[-+\u2212]?\d+([.,]\d+)?(?![\w-])")
FEWEST_NUMBERS, MOSTLY = 4, 0.8


def default_regressor(X_all, *, random_state=None):
    """The regressor that the package recommends, for these columns.

    Gaussian processes on two views of the rows, averaged by their evidence
    (:class:`~skcurious.gaussian_process.EvidenceAveragingRegressor`): standardised
    columns, and the normal scores of each column, in which outliers and long tails are
    nothing special. The views are learned from all rows,
    labelled or not, and then stay as they are. Columns of text or categories become
    one column for each value, 50 at most; blanks are filled with the median, or are a
    value of their own. Columns that do not vary are left out.

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
        When no column varies, or two have the same name.

    Warns
    -----
    UserWarning
        When a column of text has another value in every row, and is left out.

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
    views = learned_views(X_all, "X_all", random_state)
    if not views:
        raise ValueError(
            "No column of X_all varies: there is nothing to learn from. Pass all rows, "
            "with and without labels."
        )
    return EvidenceAveragingRegressor(
        [
            (
                name,
                make_pipeline(FrozenEstimator(view), CuriousGaussianProcessRegressor()),
            )
            for name, view in views.items()
        ]
    )


def learned_views(X_all, name, random_state):
    """The ways in which the regressor for these columns sees its rows.

    Parameters
    ----------
    X_all : {array-like, DataFrame} of shape (n_samples, n_features)
        All rows that are at hand.
    name : str
        What errors call them.
    random_state : int, RandomState instance or None
        Draws the rows from which normal scores are learned, of many.

    Returns
    -------
    views : dict of str to ColumnTransformer
        Fitted; none where no column varies.
    """
    check_table(X_all, name)
    X_all = _table(X_all, name)
    numbers, pairs, categories = _kinds(X_all, name)
    if not (numbers or pairs or categories):
        return {}
    views = {"standardised": StandardScaler()}
    if numbers:
        views["scores"] = _normal_scores(_num_samples(X_all), random_state)
    return {
        view: _columns(scaler, X_all, numbers, pairs, categories)
        for view, scaler in views.items()
    }


def _table(X_all, name):
    """A frame as it is, or an array of two dimensions."""
    if not hasattr(X_all, "columns"):
        if not hasattr(X_all, "shape"):  # a list: text would make text of numbers
            X_all = np.array(X_all, dtype=object)
        X_all = check_array(X_all, dtype=None, ensure_all_finite=False, input_name=name)
    if not _num_samples(X_all):
        raise ValueError(f"{name} has no rows. Pass all rows, with and without labels.")
    return X_all


def _normal_scores(n_rows, random_state):
    scores = QuantileTransformer(
        n_quantiles=min(MOST_QUANTILES, n_rows),
        output_distribution="normal",
        subsample=MOST_ROWS,
        random_state=random_state,
    )
    return make_pipeline(scores, StandardScaler())


def _columns(scaler, X_all, numbers, pairs, categories):
    """All columns as numbers, those that are numbers scaled, learned from all rows."""
    floats = FunctionTransformer(as_floats, feature_names_out="one-to-one")
    words = FunctionTransformer(as_words, feature_names_out="one-to-one")
    filled = make_pipeline(floats, SimpleImputer(strategy="median"), clone(scaler))
    # At a blank that no other row had in this column, the median says it all.
    blanks = make_pipeline(floats, MissingIndicator(error_on_new=False))
    # One of two values, and half way between them what is neither.
    either = make_pipeline(
        words,
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
        SimpleImputer(strategy="constant", fill_value=0.5),
    )
    values = make_pipeline(
        words,
        OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            max_categories=MOST_VALUES,
            sparse_output=False,
        ),
    )
    columns = ColumnTransformer(
        [
            ("numbers", filled, numbers),
            ("blanks", blanks, numbers),
            ("pairs", either, pairs),
            ("categories", values, categories),
        ]
    ).set_output(transform="default")  # some steps take arrays alone
    return columns.fit(X_all)


def as_floats(X):
    """A table of numbers as an array, blanks as NaN."""
    X = _as_array(X)
    if X.dtype.kind == "O":
        X = np.where(_is_blank(X), np.nan, X)
    return X.astype(np.float64)


def as_words(X):
    """A table of values as an array of strings: equal numbers are equal words."""
    X = _as_array(X)
    values = X.ravel().tolist() if X.dtype.kind in "OUS" else list(X.ravel())
    if set(map(type, values)) - {str}:
        words = np.array([_word(value) for value in values], dtype=object)
        words[_is_blank(X).ravel()] = BLANK
    else:
        words = np.array([*values, None], dtype=object)[:-1]
    return words.reshape(X.shape)


def _as_array(X):
    if sparse.issparse(X):
        raise TypeError(
            "Sparse data was passed, but dense data is required. Use '.toarray()' to "
            "convert to a dense numpy array."
        )
    return np.asarray(X)


def _word(value):
    if isinstance(value, Number) and not isinstance(value, (bool, np.bool_)):
        return f"{value:.15g}"
    return str(value)


def _is_blank(values):
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind != "O":
        return np.zeros(values.shape, dtype=bool)
    blank = [type(v) is not str and _is_no_value(v) for v in values.ravel().tolist()]
    return np.array(blank, dtype=bool).reshape(values.shape)


def _is_no_value(value):
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas.NA is neither equal to itself nor not
        return True


def _kinds(X_all, table):
    """Columns of numbers, of one of two values, and of one of several, that vary."""
    numbers, pairs, categories = [], [], []
    names = getattr(X_all, "columns", range(X_all.shape[1]))
    for j, name in enumerate(names):
        column = _safe_indexing(X_all, j, axis=1)
        values = np.asarray(column)
        known = values[~_is_blank(values)]
        if _are_dates(known) or str(column.dtype).startswith("period"):
            raise TypeError(
                f"Column {name!r} of {table} holds dates. Make numbers of them, for "
                "instance days since the first, or leave the column out."
            )
        if str(column.dtype) != "category" and _are_numbers(known):
            if _varies(as_floats(values)):
                numbers.append(j)
            continue
        words = set(as_words(values))
        n_values = len(words)
        if str(column.dtype) != "category":
            _warn_of_numbers(words, name, table)
        if n_values == len(values) > FEW_ROWS:
            warn(
                f"Column {name!r} of {table} has another value in every row, from "
                "which nothing can be learned about other rows: it is left out."
            )
        elif n_values > 1:
            (pairs if n_values == 2 else categories).append(j)
    return numbers, pairs, categories


def _warn_of_numbers(words, name, table):
    """Warn of a column of text in which nearly all values begin with a number."""
    words = words - {BLANK}
    numbers = sorted(word for word in words if NUMBER.match(word))
    if len(numbers) >= FEWEST_NUMBERS and len(numbers) >= MOSTLY * len(words):
        shown = ", ".join(map(repr, numbers[:3]))
        warn(
            f"Column {name!r} of {table} is text, but begins with a number in "
            f"{len(numbers):,} of its {len(words):,} values ({shown}, ...): each is "
            "taken for a category of its own, near no other. Make numbers of them, or, "
            "if they are names, a pandas category."
        )


def _are_dates(known):
    dates = date, time, timedelta, np.datetime64, np.timedelta64
    return known.dtype.kind in "Mm" or (
        known.dtype.kind == "O"
        and any(issubclass(kind, dates) for kind in set(map(type, known.tolist())))
    )


def _are_numbers(known):
    if known.dtype.kind in "US":  # of an array that holds text elsewhere
        try:
            known.astype(np.float64)
        except ValueError:
            return False
        return True
    return known.dtype.kind in "biuf" or (
        known.dtype.kind == "O"
        and all(issubclass(kind, Number) for kind in set(map(type, known.tolist())))
    )


def _varies(values):
    known = values[np.isfinite(values)]
    return known.size > 0 and (known.min() < known.max() or known.size < values.size)
