"""A picture of queries: it shows what explain_queries says."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skcurious import CuriousRidge
from skcurious.inspection import QueryExplanationDisplay, explain_queries

pytest.importorskip("matplotlib")
pytest.importorskip("pandas")

import matplotlib.pyplot as plt
import pandas as pd

PICKS = [3, 17, 4]


def problem(rng, n_targets=1):
    names = ["celsius", "grams", "a very long name of a feature"]
    X = pd.DataFrame(rng.standard_normal((50, 3)), columns=names)
    X.index = [f"run {i}" for i in range(50)]
    Y = np.column_stack([X["celsius"], 1000 * X["grams"] ** 2])
    y = Y[:, 0] if n_targets == 1 else Y
    return X[:20], y[:20], X[20:]


def drawn(bars):
    return [bar.get_width() for bar in bars]


def test_it_shows_the_numbers_of_the_table(rng):
    X, y, pool = problem(rng)
    model = CuriousRidge().fit(X, y)
    table = explain_queries(model, pool, PICKS, X_labelled=X)
    display = QueryExplanationDisplay.from_estimator(model, pool, PICKS, X_labelled=X)
    first, _, _, last = display.axes_
    assert_allclose(display.bars_[0].lines[0].get_xdata(), table["prediction"])
    (ends,) = display.bars_[0].lines[2]
    width = [np.ptp(segment[:, 0]) for segment in ends.get_segments()]
    assert_allclose(width, 4 * table["std"])
    assert_allclose(drawn(display.gains_[0]), table["gain"])
    assert_allclose(drawn(display.informs_), table["informs"] / len(pool))
    names = [label.get_text() for label in first.get_yticklabels()]
    assert names == list(table.index) == ["run 23", "run 37", "run 24"]
    assert first.get_ylim() == last.get_ylim() == (2.5, -0.5)
    shown = [label.get_text() for label in last.get_xticklabels()]
    assert set(shown) <= {"celsius", "grams", "a very long n…"}
    values = display.differences_.get_array()
    assert values.shape == (3, len(shown))
    assert (
        table["differs_in"].iloc[0].split(" (")[1][:3] == f"{values[0].max():.2g}"[:3]
    )


def test_several_targets_are_drawn_without_units(rng):
    X, y, pool = problem(rng, 2)
    model = CuriousRidge().fit(X, y)
    display = QueryExplanationDisplay.from_estimator(model, pool, PICKS)
    table = explain_queries(model, pool, PICKS)
    all_rows = model.predict(pool)
    for k in range(2):
        expected = table[f"prediction_{k}"] - all_rows[:, k].mean()
        line = display.bars_[k].lines[0]
        assert_allclose(line.get_xdata(), expected / all_rows[:, k].std())
        before = table[f"pool_std_{k}"] + table[f"gain_{k}"]
        assert_allclose(drawn(display.gains_[k]), table[f"gain_{k}"] / before)
    assert len(display.axes_) == 3


def test_what_cannot_be_said_has_no_panel(rng):
    X, y, pool = problem(rng)
    model = CuriousRidge(store_covariance=False).fit(X, y)
    display = QueryExplanationDisplay.from_estimator(model, pool, PICKS)
    assert [ax.get_title() for ax in display.axes_] == ["prediction"]
    assert display.gains_ is display.informs_ is display.differences_ is None
    display = QueryExplanationDisplay.from_estimator(model, X, PICKS, X_labelled=X)
    assert display.axes_[1].get_xlabel() == "in nothing"


def test_axes_and_keywords_of_the_user(rng):
    X, y, pool = problem(rng)
    model = CuriousRidge().fit(X, y)
    figure, axes = plt.subplots(1, 3)
    display = QueryExplanationDisplay.from_estimator(
        model, pool, PICKS, axes=axes, bar_kw={"color": "k"}, errorbar_kw={"c": "r"}
    )
    assert display.figure_ is figure
    assert display.informs_[0].get_facecolor() == (0, 0, 0, 1)
    assert display.bars_[0].lines[0].get_color() == "r"
    with pytest.raises(ValueError, match="axes must be 3, one for each panel, got 2"):
        display.plot(axes[:2])
