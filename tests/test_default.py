"""default_regressor: tables as people have them."""

import datetime
import decimal
import pickle

import numpy as np
import pytest
from extras import optional
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.stats import norm
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from skcurious import curiosity_score, default_regressor
from skcurious.gaussian_process import EvidenceAveragingRegressor
from skcurious.query import expected_curiosity_reduction, pool_status

pd = optional("pandas")
pl = optional("polars")
N = 60


def words(k=3):
    return ["abcdefghij"[i % k] for i in range(N)]


def blanks(values, every=7):
    return [None if i % every == 0 else value for i, value in enumerate(values)]


def frame(**columns):
    rng = np.random.default_rng(0)
    columns = {"x": rng.standard_normal(N), "z": rng.uniform(10, 20, N), **columns}
    return pd.DataFrame(columns)


def mixed(kind=object):
    rng = np.random.default_rng(0)
    X = np.empty((N, 3), dtype=object)
    X[:, 0], X[:, 1], X[:, 2] = rng.standard_normal(N), words(), range(N)
    return X.astype(kind)


def in_frame(make):
    return lambda: frame(c=make())


TABLES = {
    "float": lambda: np.random.default_rng(0).standard_normal((N, 3)),
    "float32": lambda: np.random.default_rng(0).random((N, 3), dtype=np.float32),
    "int": lambda: np.random.default_rng(0).integers(0, 5, (N, 2)),
    "object": mixed,
    "text": lambda: mixed(str),
    "lists": lambda: mixed().tolist(),
    "frame": frame,
    "one column": lambda: frame()[["x"]],
    "two rows": lambda: frame()[:2],
    "integer names": lambda: frame(c=words()).set_axis([7, 3, 0], axis=1),
    "constant": in_frame(lambda: 1.0),
    "constant text": in_frame(lambda: "a"),
    "all blank": in_frame(lambda: np.nan),
    "all None": in_frame(lambda: None),
    "blank categories": in_frame(lambda: pd.Categorical([None] * N)),
    "bool": in_frame(lambda: np.arange(N) % 3 == 0),
    "text column": in_frame(words),
    "text, None": in_frame(lambda: blanks(words())),
    "object, None": in_frame(lambda: pd.Series(blanks(words()), dtype=object)),
    "string, NA": in_frame(lambda: pd.array(blanks(words()), dtype="string")),
    "category": in_frame(lambda: pd.Categorical(words())),
    "category, NA": in_frame(lambda: pd.Categorical(blanks(words()))),
    "category of ints": in_frame(lambda: pd.Categorical(np.arange(N) % 4)),
    "Int64, NA": in_frame(lambda: pd.array(blanks(range(N)), dtype="Int64")),
    "Float64, NA": in_frame(lambda: pd.array(blanks(range(N)), dtype="Float64")),
    "boolean, NA": in_frame(
        lambda: pd.array(blanks([i % 2 == 0 for i in range(N)]), dtype="boolean")
    ),
    "decimal": in_frame(lambda: [decimal.Decimal(i) for i in range(N)]),
    "of all sorts": in_frame(lambda: pd.Series([1, "a", None, 2.5] * 15, dtype=object)),
    "polars": lambda: pl.DataFrame({"x": range(N), "c": words(), "d": words(2)}),
    "polars, null": lambda: pl.DataFrame(
        {"x": blanks(range(N)), "c": blanks(words()), "b": blanks([True, False] * 30)}
    ),
    "polars categories": lambda: pl.DataFrame(
        {"x": range(N), "c": pl.Series(words(), dtype=pl.Categorical)}
    ),
}


def labels(n=N):
    return np.sin(np.arange(n)) + np.arange(n) / 20


def first(X, n):
    return X[:n]


@pytest.mark.parametrize("name", TABLES)
def test_tables(name):
    X = TABLES[name]()
    n = len(X)
    some = min(n, 25)
    model = default_regressor(X, random_state=0).fit(first(X, some), labels(some))
    prediction, std = model.predict(X, return_std=True)
    assert prediction.shape == std.shape == (n,)
    assert np.isfinite(prediction).all()
    assert (std > 0).all()
    assert curiosity_score(model, X).shape == (n,)
    indices, _ = expected_curiosity_reduction(model, X, 2, random_state=0)
    assert len(set(indices)) == 2
    assert pool_status(model, X).std > 0
    assert_allclose(pickle.loads(pickle.dumps(model)).predict(X), prediction)


def views(model):
    return [pipeline[0].estimator for _, pipeline in model.estimators]


@pytest.mark.parametrize("name", [*TABLES][3:6])
def test_the_same_table_in_other_types(name):
    """Numbers beside text stay numbers."""
    X = mixed()
    expected = default_regressor(X)
    model = default_regressor(TABLES[name]())
    for view, wanted in zip(views(model), views(expected), strict=True):
        given = view.transform(TABLES[name]())
        assert_allclose(given.astype(float), wanted.transform(X).astype(float))


def test_what_the_views_are():
    rng = np.random.default_rng(0)
    X = frame(c=words(), d=words(2), n=np.exp(rng.standard_normal(N)))
    X.loc[3, "n"] = np.nan
    model = default_regressor(X)
    assert isinstance(model, EvidenceAveragingRegressor)
    assert [name for name, _ in model.estimators] == ["standardised", "scores"]
    plain, scores = (view.transform(X) for view in views(model))
    numbers = X[["x", "z", "n"]].fillna(X["n"].median()).to_numpy()
    standard = (numbers - numbers.mean(0)) / numbers.std(0)
    assert_allclose(plain[:, :3], standard, atol=1e-12)
    ranks = numbers.argsort(axis=0).argsort(axis=0) / (N - 1)
    inside = (ranks[:, 0] > 0) & (ranks[:, 0] < 1)
    normal = norm.ppf(ranks[:, 0])
    slope = np.polyfit(normal[inside], scores[inside, 0], 1)
    assert_allclose(scores[inside, 0], np.polyval(slope, normal[inside]), atol=1e-6)
    for view in (plain, scores):
        assert_array_equal(view[:, 3], np.arange(N) == 3)  # the blank
        assert_array_equal(view[:, 4], np.arange(N) % 2)  # one of two
        assert_array_equal(view[:, 5:].argmax(axis=1), np.arange(N) % 3)
        assert view.shape[1] == 8
    names = model.estimators[0][1][:-1].get_feature_names_out()
    assert [*names] == [
        "numbers__x",
        "numbers__z",
        "numbers__n",
        "blanks__missingindicator_n",
        "pairs__d",
        "categories__c_a",
        "categories__c_b",
        "categories__c_c",
    ]


def test_views_are_frozen():
    X = frame(c=words())
    model = default_regressor(X)
    before = [view.transform(X) for view in views(model)]
    copy = clone(model).fit(X[:10], labels(10))
    model.fit(X[:20], labels(20))
    for one in (model, copy, clone(model)):
        for view, expected in zip(views(one), before, strict=True):
            assert_array_equal(view.transform(X), expected)
    for member in copy.estimators_:
        assert member[0].estimator in views(model)
    assert cross_val_score(default_regressor(X), X, labels(), cv=2).shape == (2,)


def test_values_and_blanks_that_were_not_there():
    X = frame(c=words(), d=words(2))
    model = default_regressor(X).fit(X[:30], labels(30))
    known = model.predict(X)
    new = X.assign(c="new", d="new", x=None)
    rows = np.array([view.transform(new)[0, -4:] for view in views(model)])
    assert_array_equal(rows, [[0.5, 0, 0, 0]] * 2)  # neither, and none of three
    assert np.isfinite(model.predict(new)).all()
    assert np.isfinite(model.predict(X.assign(c=None, z=np.nan))).all()
    # Columns in another order, and columns that are not needed.
    assert_allclose(model.predict(X[["d", "z", "c", "x"]].assign(more=1)), known)
    with pytest.raises(ValueError, match=r"columns are missing.*z"):
        model.predict(X.drop(columns="z"))


def test_numbers_that_are_words():
    """A category read as an integer is the same as one read as a float."""
    X = frame(c=pd.Categorical(np.arange(N) % 4))
    model = default_regressor(X).fit(X[:30], labels(30))
    floats = X.assign(c=X["c"].astype(float))
    assert_allclose(model.predict(floats), model.predict(X))


@pytest.mark.filterwarnings("error")
def test_no_warning_about_columns_that_it_scaled_itself():
    rare = np.zeros(N)
    rare[50:] = np.random.default_rng(0).standard_normal(10)
    X = frame(rare=rare, c=["a"] * 55 + ["b"] * 3 + ["c"] * 2)
    default_regressor(X).fit(X[:30], labels(30)).predict(X)


def test_identifiers():
    X = frame(name=[f"sample {i}" for i in range(N)])
    with pytest.warns(UserWarning, match="'name' of X_all has another value in every"):
        model = default_regressor(X)
    expected = default_regressor(frame())
    given, wanted = (m.fit(X[:30], labels(30)).predict(X) for m in (model, expected))
    assert_allclose(given, wanted)
    # Names that nearly all rows have for themselves share a column.
    X = frame(name=["twice", "twice", *(f"sample {i}" for i in range(N - 2))])
    (view, *_) = views(default_regressor(X))
    assert view.transform(X).shape == (N, 52)


@pytest.mark.parametrize(
    "dates",
    [
        lambda: pd.date_range("2020", periods=N),
        lambda: pd.date_range("2020", periods=N, tz="UTC"),
        lambda: pd.period_range("2020", periods=N),
        lambda: pd.timedelta_range(0, periods=N),
        lambda: [datetime.date(2020, 1, 1 + i % 9) for i in range(N)],
        lambda: blanks([datetime.datetime(2020, 1, 1 + i % 9) for i in range(N)]),
    ],
)
def test_dates(dates):
    with pytest.raises(TypeError, match=r"Column 'c' of X_all holds dates\. Make"):
        default_regressor(frame(c=dates()))


def test_polars_dates():
    days = [datetime.date(2020, 1, 1 + i % 9) for i in range(N)]
    with pytest.raises(TypeError, match="Column 'day' of X_all holds dates"):
        default_regressor(pl.DataFrame({"day": days}))


def test_what_cannot_be_used():
    X = frame()
    for nothing in (X[:1], X.assign(x=1, z="a"), np.ones((5, 2)), [["a"], ["a"]]):
        with pytest.raises(ValueError, match="No column of X_all varies"):
            default_regressor(nothing)
    with pytest.raises(ValueError, match="X_all has no rows"):
        default_regressor(X[:0])
    with pytest.raises(ValueError, match="two columns 'x': rename one"):
        default_regressor(X.set_axis(["x", "x"], axis=1))
    with pytest.raises(TypeError, match="Sparse data was passed for X_all"):
        default_regressor(sparse.csr_matrix(X.to_numpy()))
    with pytest.raises(ValueError, match="Expected 2D array"):
        default_regressor(np.ones(5))
    with pytest.raises(TypeError, match=r"X_all is the path 'table\.csv'"):
        default_regressor("table.csv")
    model = default_regressor(X)
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        model.fit(sparse.csr_matrix(X.to_numpy()[:9]), labels(9))


NUMBERS = [
    (["20 °C", "40 °C", "60 °C", "80 °C"] * 6, "'20 °C'"),
    (["25,5", "30", "40", "50", "RT"] * 5, "'25,5'"),
    (["-1.5", "2", "3", "4"] * 6, "'-1.5'"),
]
NAMES = [
    ["2-propanol", "1,4-dioxane", "1-butanol", "THF", "3-picoline"] * 5,
    ["E1", "E2", "E3", "E4"] * 6,
    ["5 bar", "RT"] * 12,
]


@pytest.mark.parametrize(("cells", "shown"), NUMBERS)
def test_text_that_begins_with_numbers(cells, shown):
    X = pd.DataFrame({"a": np.arange(float(len(cells))), "T": cells})
    with pytest.warns(UserWarning, match=f"Column 'T' of X_all is text.*{shown}"):
        default_regressor(X)
    default_regressor(X.astype({"T": "category"}))  # warnings are errors


@pytest.mark.parametrize("cells", NAMES)
def test_names_are_names(cells):
    default_regressor(pd.DataFrame({"a": np.arange(float(len(cells))), "T": cells}))


def test_many_rows():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.standard_normal((50_000, 4)), columns=[*"abcd"])
    X["e"] = rng.choice(["u", "v", "w"], len(X))
    model = default_regressor(X).fit(X[:20], labels(20))
    indices, _ = expected_curiosity_reduction(model, X, 2, random_state=0)
    assert len(indices) == 2


def test_random_rows_of_very_many():
    rng = np.random.default_rng(0)
    X = rng.exponential(size=(100_001, 1))
    one, same, other = (
        views(default_regressor(X, random_state=seed))[1].transform(X[:50])
        for seed in (0, 0, 1)
    )
    assert_array_equal(one, same)
    assert (one != other).any()
