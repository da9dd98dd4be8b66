"""Where a model is curious: the picture shows what the public functions say."""

import numpy as np
import pytest
from extras import optional
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.linear_model import Lasso
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

from skcurious import (
    CuriousKernelRidge,
    CuriousRegressor,
    CuriousRidge,
    curiosity_score,
    predict_std,
)
from skcurious.inspection import CuriosityDisplay
from skcurious.inspection._slice import Slice

pytest.importorskip("matplotlib")
pytest.importorskip("pandas")

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.colors import to_rgb

pl = optional("polars")


def line_problem(rng):
    X = rng.uniform(-1, 1, (12, 1))
    return X, np.sin(3 * X[:, 0]), np.linspace(-1, 1, 31)[:, None]


def polynomial(**params):
    return make_pipeline(
        PolynomialFeatures(4), StandardScaler(), CuriousRidge(**params)
    )


def table(rng, n_rows=40):
    return pd.DataFrame(
        {
            "celsius": rng.uniform(20, 80, n_rows),
            "solvent": pd.Categorical(rng.choice(["water", "ethanol"], n_rows)),
            "steps": rng.integers(1, 6, n_rows),
            "acid": rng.uniform(0, 1, n_rows).astype(np.float32),
            "stirred": rng.uniform(size=n_rows) < 0.7,
        }
    )


def table_model(X):
    columns = make_column_transformer(
        (OneHotEncoder(), ["solvent", "stirred"]), remainder=StandardScaler()
    )
    y = X["celsius"] * X["acid"] + X["steps"]
    return make_pipeline(columns, CuriousKernelRidge(0.1, kernel="rbf")).fit(X, y)


def test_one_feature_shows_prediction_band_and_curiosity(rng):
    X, y, pool = line_problem(rng)
    model = polynomial(alpha=0.01).fit(X, y)
    display = CuriosityDisplay.from_estimator(
        model, pool, queries=[3, 7], X_labelled=X, y_labelled=y, grid_resolution=50
    )
    grid = np.linspace(-1, 1, 50)[:, None]
    mean, std = model.predict(grid, return_std=True)
    assert_array_equal(display.curiosity_.get_xdata(), grid[:, 0])
    assert_allclose(display.curiosity_.get_ydata(), curiosity_score(model, grid))
    assert_allclose(display.lines_[0].get_ydata(), mean)
    low, high = display.band
    assert_allclose(low, mean - 2 * std)
    assert_allclose(high, mean + 2 * std)
    (path,) = display.bands_[0].get_paths()
    assert_allclose(path.vertices[:, 1].max(), (mean + 2 * std).max())
    for line in display.queries_:
        assert_array_equal(np.unique(line.get_xdata()), pool[[3, 7], 0])
    assert_array_equal(display.labelled_[0].get_xydata(), np.column_stack([X, y]))
    assert display.figure_ is display.ax_.figure is display.prediction_ax_.figure
    assert display.ax_.get_xlabel() == "x0"
    assert display.ax_.get_ylabel() == "curiosity"
    assert display.prediction_ax_.get_ylabel() == "prediction ± 2 std"
    assert display.prediction_ax_.get_title() == ""
    assert display.ax_.get_ylim()[0] == 0
    assert display.colorbar_ is None


def test_two_features_are_a_map(rng):
    X = rng.uniform(size=(20, 2))
    model = CuriousKernelRidge(alpha=0.1, kernel="rbf").fit(X, X[:, 0] * X[:, 1])
    pool = rng.uniform(size=(30, 2)) * [1, 10]
    display = CuriosityDisplay.from_estimator(
        model, pool, queries=[5, 2], X_labelled=X, grid_resolution=7
    )
    first, second = (np.linspace(c.min(), c.max(), 7) for c in pool.T)
    rows = [[a, b] for b in second for a in first]
    expected = curiosity_score(model, rows).reshape(7, 7)
    assert_allclose(display.curiosity, expected)
    assert_allclose(np.ravel(display.curiosity_.get_array()), expected.ravel())
    assert_array_equal(display.queries_[0].get_xydata(), pool[[5, 2]])
    assert_array_equal(display.labelled_[0].get_xydata(), X)
    frame = max(spine.get_zorder() for spine in display.ax_.spines.values())
    for marks in (display.queries_[0], display.labelled_[0]):
        assert marks.get_zorder() > frame  # whole at the edge of the range
    assert display.colorbar_.ax.get_ylabel() == "curiosity"
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("x0", "x1")
    assert display.prediction_ax_ is display.lines_ is display.bands_ is None


def test_other_columns_of_an_array_stay_at_their_median(rng):
    X = rng.standard_normal((21, 4))
    X[3, 2] = np.nan
    model = CuriousRidge().fit(np.nan_to_num(X), X[:, 0])
    display = CuriosityDisplay.from_estimator(
        model, X, features=[3, "x0"], grid_resolution=5
    )
    rows = np.tile(np.nanmedian(X, axis=0), (25, 1))
    rows[:, 3] = np.tile(np.linspace(X[:, 3].min(), X[:, 3].max(), 5), 5)
    rows[:, 0] = np.repeat(np.linspace(X[:, 0].min(), X[:, 0].max(), 5), 5)
    assert_allclose(display.curiosity.ravel(), curiosity_score(model, rows))
    assert display.names == ["x3", "x0"]
    held = np.nanmedian(X, axis=0)
    assert display.ax_.get_title() == f"x1 = {held[1]:.3g}, x2 = {held[2]:.3g}"
    more = np.hstack([X, X])
    assert Slice(more, [0, 1], 5).title == "Other features at their median"


def test_a_table_keeps_its_columns_and_dtypes(rng, monkeypatch):
    X = table(rng)
    model = table_model(X)
    seen = []
    transform = type(model[0]).transform
    monkeypatch.setattr(
        type(model[0]),
        "transform",
        lambda self, X: seen.append(X) or transform(self, X),
    )
    before = X.copy()
    display = CuriosityDisplay.from_estimator(
        model, X, features="acid", queries=np.array([4]), grid_resolution=11
    )
    (rows,) = seen  # transformed once
    pd.testing.assert_frame_equal(X, before)
    pd.testing.assert_series_equal(rows.dtypes, X.dtypes)
    assert rows["celsius"].unique() == [X["celsius"].median()]
    assert rows["steps"].unique() == [round(X["steps"].median())]
    assert list(rows["solvent"].unique()) == [X["solvent"].mode()[0]]
    assert list(rows["stirred"].unique()) == [X["stirred"].mode()[0]]
    assert_allclose(display.curiosity, curiosity_score(model, rows))
    assert display.queries_[0].get_xdata()[0] == X["acid"].iloc[4]
    assert (
        display.prediction_ax_.get_title() == "Other features at their median or mode"
    )
    assert display.ax_.get_xlabel() == "acid"


def test_whole_numbers_stay_whole(rng):
    X = table(rng)
    display = CuriosityDisplay.from_estimator(
        table_model(X), X, features=["steps", 0], grid_resolution=20
    )
    assert_array_equal(display.values[0], np.unique(X["steps"]))
    assert display.curiosity.shape == (20, len(display.values[0]))


def test_nullable_columns(rng):
    X = table(rng)[["celsius", "steps"]].astype({"steps": "Int64"})
    model = CuriousRidge().fit(X, X["celsius"])
    X.loc[3, "steps"] = pd.NA
    display = CuriosityDisplay.from_estimator(model, X, features="celsius")
    rows = pd.DataFrame({"celsius": display.values[0], "steps": X["steps"].median()})
    assert_allclose(display.curiosity, curiosity_score(model, rows))


@pytest.mark.parametrize("dtype", ["boolean", "Int64", "object"])
def test_gaps_in_columns_that_are_held(rng, dtype):
    X = table(rng)
    model = make_pipeline(
        make_column_transformer((StandardScaler(), ["acid"])), CuriousRidge()
    ).fit(X, X["celsius"])
    X["stirred"] = X["stirred"].astype(dtype)
    X.loc[:24, "stirred"] = pd.NA  # most of the cells
    section = Slice(X, "acid", 5)
    (value,) = section.rows()["stirred"].unique()
    assert value == X["stirred"].dropna().astype(int).median()
    CuriosityDisplay.from_estimator(model, X, features="acid")
    X["stirred"] = pd.Series([pd.NA] * len(X), dtype=dtype)
    assert Slice(X, "acid", 5).rows()["stirred"].isna().all()


def test_title_names_up_to_three_others(rng):
    X = table(rng)
    X.loc[:30, ["celsius", "solvent", "steps", "stirred"]] = [50.125, "water", 3, True]

    def title(*features, of=X):
        return Slice(of, list(features), 5).title

    assert title("acid", "steps") == "celsius = 50.1, solvent = water, stirred = True"
    assert title("acid", "celsius") == "solvent = water, steps = 3, stirred = True"
    assert title("acid") == "Other features at their median or mode"
    assert title("acid", of=X[["acid"]]) == ""
    assert title(0, of=np.array([[0, 1 / 3, 2024.5], [1, 1 / 3, 2024.5]])) == (
        "x1 = 0.333, x2 = 2024.5"
    )
    long = X[["acid", "solvent"]].assign(solvent="dimethylformamide and water")
    assert title("acid", of=long) == "solvent = dimethylformamide and w…"
    # Two dollars are no formula.
    prices = X[["acid"]].assign(**{"price ($)": 3.0, "freight ($)": 2.0})
    model = make_pipeline(
        make_column_transformer((StandardScaler(), ["acid"])), CuriousRidge()
    ).fit(prices, X["celsius"])
    display = CuriosityDisplay.from_estimator(model, prices, features="acid")
    text = display.prediction_ax_.title
    assert text._preprocess_math(text.get_text()) == (
        "price ($) = 3, freight ($) = 2",
        False,
    )


def test_no_query(rng):
    X, y, pool = line_problem(rng)
    model = CuriousRidge().fit(X, y)
    for queries in [[], np.array([], dtype=int)]:
        display = CuriosityDisplay.from_estimator(model, pool, queries=queries)
        assert display.queries_ is None
        assert display.ax_.get_legend() is None


def test_marks_are_seen_on_a_dark_background(rng):
    X, y, pool = line_problem(rng)
    plane = np.c_[X, y]
    with plt.style.context(["seaborn-v0_8", "dark_background"]):
        line = CuriosityDisplay.from_estimator(
            CuriousRidge().fit(X, y), pool, X_labelled=X, y_labelled=y
        )
        area = CuriosityDisplay.from_estimator(
            CuriousRidge().fit(plane, y), plane, X_labelled=plane
        )
    for display in (line, area):
        assert display.labelled_[0].get_color() == "white"
    assert to_rgb(area.labelled_[0].get_markeredgecolor()) == (0, 0, 0)
    assert area.labelled_[0].get_markeredgewidth() == 1


@pytest.mark.parametrize("fall", [False, True])
def test_units_of_y_behind_a_transformed_target(rng, fall):
    X, _, pool = line_problem(rng)
    y = np.exp(X[:, 0])
    functions = (
        (lambda y: -np.log(y), lambda y: np.exp(-y)) if fall else (np.log, np.exp)
    )
    model = TransformedTargetRegressor(
        polynomial(), func=functions[0], inverse_func=functions[1]
    ).fit(X, y)
    display = CuriosityDisplay.from_estimator(model, pool)
    grid = display.values[0][:, None]
    mean, std = model.regressor_.predict(grid, return_std=True)
    assert_allclose(display.prediction, model.predict(grid))
    edges = [functions[1](mean + k * std) for k in (-2, 2)]
    assert_allclose(display.band, edges[::-1] if fall else edges)
    assert (display.band[0] < display.prediction).all()
    assert_allclose(display.curiosity, curiosity_score(model, grid))


def test_several_targets(rng):
    X, y, pool = line_problem(rng)
    Y = np.column_stack([y, 10 * y[::-1]])
    model = TransformedTargetRegressor(polynomial(), transformer=StandardScaler())
    model.fit(X, Y)
    display = CuriosityDisplay.from_estimator(model, pool, X_labelled=X, y_labelled=Y)
    grid = display.values[0][:, None]
    drawn = np.column_stack([line.get_ydata() for line in display.lines_])
    assert_allclose(drawn, model.predict(grid))
    std = np.subtract(*display.band[::-1]) / 4
    assert_allclose(std, predict_std(model, grid))
    assert len(display.bands_) == 2
    assert display.prediction_ax_.get_ylabel() == "prediction ± 2 std"
    assert len(display.labelled_) == 2
    _, labels = display.prediction_ax_.get_legend_handles_labels()
    assert labels == ["target 0", "target 1"]


@pytest.mark.parametrize("n_components", [1, 2])
@pytest.mark.filterwarnings("ignore:The provided functions or transformer")
def test_a_transformed_target_with_fewer_columns_than_y(rng, n_components):
    X, y, pool = line_problem(rng)
    Y = np.column_stack([y, y[::-1], rng.standard_normal(len(y))])
    model = TransformedTargetRegressor(polynomial(), transformer=PCA(n_components))
    model.fit(X, Y)
    display = CuriosityDisplay.from_estimator(model, pool, X_labelled=X, y_labelled=Y)
    assert_allclose(display.prediction, model.predict(display.values[0][:, None]))
    assert [len(display.lines_), len(display.labelled_)] == [3, 3]
    if n_components == 1:  # one standard deviation, of the one that is predicted
        middle = np.mean(display.band, axis=0)
        assert_allclose(middle, display.prediction)
    with pytest.raises(ValueError, match="has 1 targets, but the estimator predicts 3"):
        CuriosityDisplay.from_estimator(model, pool, X_labelled=X, y_labelled=y)


def test_a_column_of_labels(rng):
    X, y, pool = line_problem(rng)
    model = TransformedTargetRegressor(polynomial(), transformer=StandardScaler())
    model.fit(X, y[:, None])
    display = CuriosityDisplay.from_estimator(
        model, pool, X_labelled=X, y_labelled=y[:, None]
    )
    (line,) = display.lines_
    assert_allclose(line.get_ydata(), model.predict(display.values[0][:, None])[:, 0])
    assert_array_equal(display.labelled_[0].get_ydata(), y)


def test_models_without_a_covariance_have_no_band(rng):
    X, y, pool = line_problem(rng)
    models = [
        CuriousRegressor(Lasso(alpha=0.01)),
        GridSearchCV(CuriousRidge(store_covariance=False), {"alpha": [1.0]}, cv=2),
    ]
    for model in models:
        display = CuriosityDisplay.from_estimator(model.fit(X, y), pool)
        assert display.band is display.bands_ is None
        grid = display.values[0][:, None]
        assert_allclose(display.lines_[0].get_ydata(), model.predict(grid))
        assert display.prediction_ax_.get_ylabel() == "prediction"


def test_noise_variance(rng):
    X, y, pool = line_problem(rng)
    model = CuriousRidge().fit(X, y)
    display = CuriosityDisplay.from_estimator(model, pool, noise_variance=1.0)
    expected = curiosity_score(model, display.values[0][:, None], noise_variance=1.0)
    assert_allclose(display.curiosity, expected)


def test_axes_of_ones_own_and_again(rng):
    X, y, pool = line_problem(rng)
    model = CuriousRidge().fit(X, y)
    figure, axes = plt.subplots(1, 3)
    display = CuriosityDisplay.from_estimator(model, pool, ax=axes[0])
    assert display.figure_ is figure
    first = display.prediction_ax_, display.ax_
    assert display.plot(ax=first) is display  # over itself
    assert (display.prediction_ax_, display.ax_) == first
    assert len(first[0].lines) == 2
    display.plot(axes[1:])
    assert display.ax_ is axes[2]
    assert display.plot().figure_ is not figure
    with pytest.raises(ValueError, match="divided before"):
        display.plot(axes[0])
    with pytest.raises(ValueError, match="not made by subplots"):
        display.plot(figure.add_axes((0, 0, 1, 1)))
    with pytest.raises(ValueError, match="or a pair"):
        display.plot(axes)
    plane = CuriosityDisplay.from_estimator(
        CuriousRidge().fit(np.c_[X, y], y), np.c_[X, y], ax=axes[1]
    )
    assert plane.ax_ is axes[1]


def test_labels_of_ones_own_stay(rng):
    X, y, pool = line_problem(rng)
    _, axes = plt.subplots(2)
    axes[0].set(ylabel="yield", title="run 3")
    axes[1].set(xlabel="dose")
    CuriosityDisplay.from_estimator(CuriousRidge().fit(X, y), pool, ax=axes)
    assert axes[0].get_ylabel() == "yield"
    assert axes[0].get_title() == "run 3"
    assert axes[1].get_xlabel() == "dose"


def test_styles(rng):
    X, y, pool = line_problem(rng)
    model = CuriousRidge().fit(X, y)
    display = CuriosityDisplay.from_estimator(
        model,
        pool,
        queries=[0],
        X_labelled=X,
        y_labelled=y,
        line_kw={"c": "red", "lw": 3},
        fill_between_kw={"fc": "green"},
        curiosity_kw={"ls": "--"},
        query_kw={"linewidth": 5},
        labelled_kw={"marker": "x"},
    )
    assert display.lines_[0].get_color() == "red"
    assert display.lines_[0].get_linewidth() == 3
    assert_allclose(display.bands_[0].get_facecolor()[0], [0, 0.5, 0, 0.2], atol=0.01)
    assert display.curiosity_.get_linestyle() == "--"
    assert display.queries_[1].get_linewidth() == 5
    assert display.labelled_[0].get_marker() == "x"
    plane = CuriosityDisplay.from_estimator(
        CuriousRidge().fit(np.c_[X, y], y),
        np.c_[X, y],
        curiosity_kw={"norm": "log", "cmap": "magma"},
    )
    assert plane.curiosity_.get_cmap().name == "magma"
    plane.figure_.draw_without_rendering()


def test_nothing_to_be_curious_about(rng):
    X = rng.standard_normal((10, 2))
    model = CuriousRidge().fit(X, np.ones(10))
    for features in [0, [0, 1]]:
        display = CuriosityDisplay.from_estimator(model, X, features=features)
        assert not display.curiosity.any()
        display.figure_.draw_without_rendering()


def test_errors(rng):
    X = rng.standard_normal((10, 3))
    X[:, 2] = 4.0
    model = CuriousRidge().fit(X, X[:, 0])
    draw = CuriosityDisplay.from_estimator
    cases = [
        ({}, "X has 3 columns"),
        ({"features": [0, 1, 2]}, "one or two, got 3"),
        ({"features": [1, 1]}, "different"),
        ({"features": []}, "different, and one at least"),
        ({"features": 3}, "features has 3, which"),
        ({"features": "x7"}, "features has 'x7'"),
        ({"features": True}, "features has True"),
        ({"features": 2}, r"'x2' is 4.0 in every row"),
        ({"features": 0, "grid_resolution": 1}, "grid_resolution"),
        ({"features": 0, "queries": [10]}, "queries has 10, but"),
        ({"features": 0, "queries": [-1]}, "queries has -1, but"),
        ({"features": 0, "queries": X}, "positions of rows of X"),
        ({"features": 0, "queries": [True, False]}, "positions of rows of X"),
        ({"features": 1.5}, "features has 1.5, which is neither"),
        ({"features": 0, "X_labelled": X}, "y_labelled is None"),
        ({"features": 0, "y_labelled": X[:, 0]}, "without X_labelled"),
        (
            {"features": 0, "X_labelled": X, "y_labelled": X[:, :2]},
            "y_labelled has 2 targets",
        ),
        ({"features": 0, "X_labelled": X[:, :2]}, "X_labelled must have the columns"),
        ({"features": 0, "X_labelled": X, "y_labelled": X[:4, 0]}, "inconsistent"),
    ]
    for keywords, message in cases:
        with pytest.raises(ValueError, match=message):
            draw(model, X, **keywords)
    with pytest.raises(TypeError, match="Lasso has no curiosity"):
        draw(Lasso().fit(X, X[:, 0]), X, features=0)
    with pytest.raises(TypeError, match=r"X is of type generator, .* pass list"):
        draw(model, (row for row in X), features=0)
    with pytest.raises(TypeError, match="ask its members"):
        draw([model, model], X, features=0)
    frame = table(rng)
    with pytest.raises(ValueError, match="features has 'solvent', a column of dtype"):
        draw(table_model(frame), frame, features="solvent")
    with pytest.raises(ValueError, match="X is empty"):
        draw(table_model(frame), frame[:0], features="acid")
    assert not plt.get_fignums()  # nothing half drawn


def test_tables_that_would_lose_their_names(rng):
    pyarrow = pytest.importorskip("pyarrow")
    X = table(rng)[["acid"]]
    model = CuriousRidge().fit(X, X["acid"])
    other = pyarrow.table({"acid": X["acid"].to_numpy()})
    draw = CuriosityDisplay.from_estimator
    with pytest.raises(TypeError, match=r"X is a Table .* pass a pandas DataFrame"):
        draw(model, other)
    with pytest.raises(TypeError, match="X_labelled is a Table"):
        draw(model, X, X_labelled=other, y_labelled=X["acid"])
    with pytest.raises(TypeError, match=r"X is a DataFrame .* pass a pandas DataFrame"):
        draw(model, pl.DataFrame({"acid": X["acid"].to_numpy()}))
