"""The regularisation path, and arrows that touch it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.compose import TransformedTargetRegressor
from sklearn.feature_selection import RFE
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    PolynomialFeatures,
    StandardScaler,
)

from skcurious import CuriousKernelRidge, CuriousRidge, CuriousRidgeCV
from skcurious.inspection import TangentDisplay

pytest.importorskip("matplotlib")
pytest.importorskip("pandas")

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.colors import to_rgba

draw = TangentDisplay.from_estimator


@pytest.fixture
def data(rng):
    X = rng.standard_normal((30, 4)) @ rng.standard_normal((4, 4))
    return X, X @ [1.0, -2.0, 0.5, 0.0] + rng.standard_normal(30)


def slopes(display):
    """d coef / d log(alpha) of the arrows as they were drawn."""
    return [
        (arrow.xy[1] - arrow.xyann[1]) / np.log(arrow.xy[0] / arrow.xyann[0])
        for arrow in display.arrows_
    ]


def differences(X, y, alpha, weights=None, **params):
    """The same, from refits of scikit-learn's model."""
    more, less = (
        Ridge(alpha * np.exp(h), solver="cholesky", **params).fit(X, y, weights).coef_
        for h in (1e-4, -1e-4)
    )
    return (more - less) / 2e-4


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("intercept", [False, True])
def test_arrows_touch_the_path(data, rng, intercept, weighted):
    X, y = data
    weights = rng.uniform(1, 2, 30) if weighted else None
    model = CuriousRidge(3.0, fit_intercept=intercept).fit(X, y, weights)
    display = draw(model, X, y, sample_weight=weights)
    expected = differences(X, y, 3.0, weights, fit_intercept=intercept)
    assert_allclose(slopes(display), expected, rtol=1e-4)
    for arrow, coef in zip(display.arrows_, model.coef_, strict=True):
        assert_allclose(arrow.xyann, (3.0, coef))
    assert_allclose(display.alphas, 3.0 * np.logspace(-3, 3, 61))
    for k, alpha in [(0, display.alphas[0]), (42, display.alphas[42])]:
        refit = Ridge(alpha, fit_intercept=intercept).fit(X, y, weights).coef_
        drawn = [line.get_ydata()[k] for line in display.lines_]
        assert_allclose(drawn, refit, rtol=1e-6)
    assert display.ax_.get_xscale() == "log"
    assert display.ax_.get_xlabel() == "alpha"
    assert display.ax_.get_ylabel() == "coefficient"
    assert display.alpha_line_.get_xdata()[0] == 3.0
    assert display.figure_ is display.ax_.figure


@pytest.mark.parametrize("gcv_mode", ["auto", "svd"])
def test_chosen_alpha(data, gcv_mode):
    X, y = data
    model = CuriousRidgeCV(np.logspace(-2, 2, 9), gcv_mode=gcv_mode).fit(X, y)
    display = draw(model, X, y, alphas=[100.0, 0.1, 1.0])
    assert display.alpha == model.alpha_
    assert_allclose(display.alphas, [0.1, 1.0, 100.0])
    assert_allclose(slopes(display), differences(X, y, model.alpha_), rtol=1e-4)
    assert_allclose(display.path[:, 2], Ridge(100.0).fit(X, y).coef_)


def test_through_wrappers(data):
    X, y = data
    frame = pd.DataFrame(X, columns=["mass", "age", "dose", "time"])
    model = TransformedTargetRegressor(
        GridSearchCV(
            make_pipeline(
                PolynomialFeatures(2, include_bias=False),
                StandardScaler(),
                CuriousRidge(),
            ),
            {"curiousridge__alpha": [0.5, 2.0]},
            cv=3,
        ),
        transformer=StandardScaler(),
    ).fit(frame, y)
    display = draw(model, frame, y, features=["mass", "age dose", 3])
    inner = model.regressor_.best_estimator_
    rows = inner[:-1].transform(frame)
    labels = (y - y.mean()) / y.std()
    expected = differences(rows, labels, inner[-1].alpha)[[0, 9, 3]]
    assert_allclose(slopes(display), expected, rtol=1e-4)
    assert display.names == ["mass", "age dose", "time"]
    assert [t.get_text() for t in display.ax_.get_legend().get_texts()] == display.names


def test_many_names_stand_in_the_order_of_the_arrows(rng):
    X = rng.standard_normal((40, 7))
    y = X @ [3.0, -1, 7, 0, 5, -4, 2]
    display = draw(CuriousRidge(0.1).fit(X, y), X, y)
    names = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert names == ["x2", "x4", "x0", "x6", "x3", "x1", "x5"]
    few = draw(CuriousRidge(0.1).fit(X, y), X, y, features=[1, 2])
    names = [text.get_text() for text in few.ax_.get_legend().get_texts()]
    assert names == ["x1", "x2"]


def test_steps_that_name_nothing(data):
    X, y = data
    model = make_pipeline(FunctionTransformer(np.abs), CuriousRidge()).fit(X, y)
    assert draw(model, X, y).names == ["x0", "x1", "x2", "x3"]


def test_selected_features_keep_their_names(data):
    X, y = data
    frame = pd.DataFrame(X * [1e-3, 1, 1, 1], columns=["dull", "b", "c", "d"])
    for wrap in (
        lambda model: model,
        lambda model: make_pipeline("passthrough", model),
    ):
        selector = RFE(CuriousRidge(3.0), n_features_to_select=3)
        display = draw(wrap(selector).fit(frame, y), frame, y)
        assert display.names == ["b", "c", "d"]


@pytest.mark.parametrize("alpha", [0.5, [0.5, 2.0]])
def test_several_targets(data, alpha):
    X, y = data
    Y = np.column_stack([y, y[::-1]])
    model = CuriousRidge(alpha).fit(X, Y)
    display = draw(model, X, Y, target=1)
    one = np.ravel(alpha)[-1]
    assert display.alpha == one
    assert_allclose(slopes(display), differences(X, y[::-1], one), rtol=1e-4)
    with pytest.raises(ValueError, match="has 2 targets: choose one with target=0"):
        draw(model, X, Y)
    for target in [2, -1, 0.0]:
        with pytest.raises(ValueError, match="target must be an integer from 0 to 1"):
            draw(model, X, Y, target=target)
    with pytest.raises(ValueError, match="y has 1 targets"):
        draw(model, X, y, target=0)


def test_sparse_rows(data):
    X, y = data
    X = sparse.csr_matrix(np.where(np.abs(X) > 1, X, 0))
    model = CuriousRidge().fit(X, y)
    display = draw(model, X, y)
    assert_allclose(slopes(display), differences(X.toarray(), y, 1.0), rtol=1e-4)


@pytest.mark.parametrize("kind", [CuriousRidge, CuriousRidgeCV])
def test_other_rows_than_those_of_the_fit(data, rng, kind):
    X, y = data
    weights = rng.uniform(0, 2, 30)
    weighted = kind().fit(X, y, sample_weight=weights)
    draw(weighted, X, y, sample_weight=weights)
    cases = [
        (weighted, X, y, None),  # forgotten
        (kind().fit(X, y), X, y, weights),
        (kind().fit(X, y), X[:25], y[:25], None),
        (kind().fit(X, y), X, y + 0.1 * X[:, 0], None),
    ]
    for model, *rest, sample_weight in cases:
        with pytest.raises(ValueError, match="and sample_weight if it was fitted with"):
            draw(model, *rest, sample_weight=sample_weight)


@pytest.mark.parametrize("kind", [CuriousRidge, CuriousRidgeCV])
def test_constant_labels(data, kind):
    X, y = data
    Y = np.column_stack([y, np.full(30, 0.1)])
    display = draw(kind().fit(X, Y), X, Y, target=1)
    assert_allclose(display.path, 0, atol=1e-12)
    zeros = np.zeros_like(X)
    draw(kind().fit(zeros, y), zeros, y)


def test_nothing_of_the_users_changes(data):
    X, y = data
    model = CuriousRidge(2.0).fit(X, y)
    before = X.copy(), y.copy(), model.coef_.copy()
    draw(model, X, y)
    assert_allclose(X, before[0])
    assert_allclose(y, before[1])
    assert_allclose(model.coef_, before[2])
    assert model.alpha == 2.0
    assert model.store_covariance


def test_many_features_have_no_legend(rng):
    X = rng.standard_normal((30, 25))
    display = draw(CuriousRidge().fit(X, X[:, 0]), X, X[:, 0], alphas=[1.0])
    assert display.ax_.get_legend() is None
    assert len(display.lines_) == len(display.arrows_) == 25


def test_axes_and_styles_of_ones_own(data):
    X, y = data
    model = CuriousRidge().fit(X, y)
    figure, (left, right) = plt.subplots(1, 2)
    display = draw(
        model, X, y, ax=left, line_kw={"lw": 5}, arrow_kw={"color": "red", "lw": 1}
    )
    assert display.ax_ is left
    assert display.lines_[0].get_linewidth() == 5
    assert display.arrows_[0].arrow_patch.get_edgecolor() == (1, 0, 0, 1)
    edged = draw(model, X, y, arrow_kw={"ec": "red"})  # warns of nothing
    for arrow, line in zip(edged.arrows_, edged.lines_, strict=True):
        assert arrow.arrow_patch.get_edgecolor() == (1, 0, 0, 1)
        assert arrow.arrow_patch.get_facecolor() == to_rgba(line.get_color())
    right.set_xlabel("regularity")
    assert display.plot(right) is display
    assert display.ax_ is right
    assert right.get_xlabel() == "regularity"
    # Nothing of the arrows is outside.
    figure.draw_without_rendering()
    (low, high), (left_end, right_end) = right.get_ylim(), right.get_xlim()
    for arrow in display.arrows_:
        assert low < arrow.xy[1] < high
        assert left_end < arrow.xy[0] < right_end


def test_errors(data):
    X, y = data
    model = CuriousRidge().fit(X, y)
    with pytest.raises(TypeError, match=r"CuriousRidgeCV, got a CuriousKernelRidge\."):
        draw(CuriousKernelRidge().fit(X, y), X, y)
    with pytest.raises(TypeError, match="Ridge has no curiosity"):
        draw(Ridge().fit(X, y), X, y)
    with pytest.raises(ValueError, match="fitted with alpha=0"):
        draw(CuriousRidge(0.0).fit(X, y), X, y)
    with pytest.raises(ValueError, match=r"alphas must be positive, got 0\.0"):
        draw(model, X, y, alphas=[1.0, 0.0])
    with pytest.raises(ValueError, match=r"features has 'mass'.* x0, x1, x2, x3"):
        draw(model, X, y, features="mass")
    with pytest.raises(ValueError, match="inconsistent numbers"):
        draw(model, X, y[:5])
    with pytest.raises(ValueError, match="expecting 4 features"):
        draw(model, X[:, :3], y)
    assert not plt.get_fignums()
