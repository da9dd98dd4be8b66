"""What is said of labels that are no numbers."""

import numpy as np
import pytest
from extras import optional

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousRidge,
    CuriousRidgeCV,
    default_regressor,
)

pd = optional("pandas")
X = np.random.default_rng(0).standard_normal((6, 2))
MODELS = [
    CuriousRidge(),
    CuriousRidgeCV(),
    CuriousKernelRidge(),
    CuriousKernelRidgeCV(),
    CuriousGaussianProcessRegressor(),
]
BLANK = "y contains NaN: the label of row 3 is blank"
LABELS = [
    ([1, 2, 3, "failed", 5, 6], "y contains words: the label of row 3 is 'failed'."),
    (np.array([1, 2, 3, "n.d.", "x", 6]), r"row 3 is 'n.d.' \(and 1 more\)\. Leave"),
    ([1, 2, 3, None, 5, 6], BLANK),
    ([1, 2, 3, np.nan, 5, 6], BLANK),
    ([[1, 2], [3, 4], [5, 6], [7, np.nan], [9, 0], [1, 1]], BLANK),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize(("y", "message"), LABELS)
def test_the_row_is_named(model, y, message):
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)


@pytest.mark.parametrize(("y", "message"), LABELS[:-1])
def test_behind_an_ensemble(y, message):
    model = default_regressor(X)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)


@pytest.mark.parametrize("dtype", ["Float64", "object", "string"])
def test_blanks_of_pandas(dtype):
    y = pd.Series([1, 2, 3, None, 5, 6], dtype=dtype)
    with pytest.raises(ValueError, match=BLANK):
        CuriousRidge().fit(X, y)


def test_other_errors_are_as_they_were():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        CuriousRidge().fit(X, [1.0, 2.0])
    with pytest.raises(ValueError, match="Input X contains NaN"):
        CuriousRidge().fit(np.full((2, 1), np.nan), [1.0, 2.0])
    with pytest.raises(ValueError, match="Input y contains infinity"):
        CuriousRidge().fit(X[:2], [1.0, np.inf])


def test_numbers_as_text_are_numbers():
    model = CuriousRidge()
    plain = model.fit(X, np.arange(6)).coef_
    np.testing.assert_array_equal(
        CuriousRidge().fit(X, np.arange(6).astype(object)).coef_, plain
    )
