"""tune_alpha against grids, and what it refuses."""

import numpy as np
import pytest
import sklearn
from extras import optional
from networks import quick
from numpy.testing import assert_allclose
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.ensemble import BaggingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import Lasso, Ridge
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler, scale

from skcurious import (
    CuriousKernelRidge,
    CuriousRegressor,
    CuriousRidge,
    CuriousRidgeCV,
)
from skcurious.tuning import _cubic_minimum, _descend, tune_alpha

pd = optional("pandas")

X, Y = load_diabetes(return_X_y=True)
X, Y = scale(X[:120]), scale(Y[:120])
FOLDS = KFold(5, shuffle=True, random_state=0)


def mean_squared_error(model, alpha, name="alpha"):
    model = sklearn.clone(model).set_params(**{name: alpha})
    return np.mean((cross_val_predict(model, X, Y, cv=FOLDS) - Y) ** 2)


@pytest.mark.parametrize("start", [1e-8, 1e-3, 1.0, 1e4, 1e9])
@pytest.mark.parametrize(
    "model",
    [
        CuriousRidge(),
        CuriousKernelRidge(kernel="rbf", gamma=0.05),
        CuriousKernelRidge(kernel="laplacian"),
    ],
)
def test_reaches_the_minimum_from_everywhere(model, start):
    model = sklearn.clone(model).set_params(alpha=start)
    tuned = tune_alpha(model, X, Y, cv=FOLDS)
    best = min(mean_squared_error(model, alpha) for alpha in np.logspace(-4, 4, 33))
    assert tuned.losses.min() <= best * 1.002
    assert tuned.alphas[0] == start
    assert model.alpha == start
    assert not hasattr(model, "coef_")
    for alpha, loss in zip(tuned.alphas, tuned.losses, strict=True):
        assert_allclose(loss, mean_squared_error(model, alpha))
    assert tuned.alpha == tuned.alphas[tuned.losses.argmin()]
    assert tuned.n_fits == 5 * len(tuned.alphas)
    assert tuned.estimator.alpha == tuned.alpha
    expected = sklearn.clone(model).set_params(alpha=tuned.alpha).fit(X, Y)
    assert_allclose(tuned.estimator.predict(X), expected.predict(X))


def test_slopes_are_derivatives():
    model = CuriousRidge(30.0)
    tuned = tune_alpha(model, X, Y, cv=FOLDS)
    for alpha, slope in zip(tuned.alphas, tuned.slopes, strict=True):
        up, down = (
            np.log(mean_squared_error(model, alpha * np.exp(h))) for h in (1e-4, -1e-4)
        )
        assert_allclose(slope, (up - down) / 2e-4, rtol=1e-5, atol=1e-10)


def test_a_tight_tolerance_ends_where_the_slope_is_zero():
    tuned = tune_alpha(CuriousRidge(), X, Y, cv=FOLDS, tol=1e-12)
    assert abs(tuned.slopes[tuned.losses.argmin()]) < 1e-5


def test_in_pipelines_and_with_target_transformers():
    model = TransformedTargetRegressor(
        make_pipeline(PolynomialFeatures(), StandardScaler(), CuriousRidge()),
        transformer=StandardScaler(),
    )
    tuned = tune_alpha(model, X, Y, cv=FOLDS)
    name = "regressor__curiousridge__alpha"
    assert tuned.estimator.get_params()[name] == tuned.alpha
    best = min(mean_squared_error(model, a, name) for a in np.logspace(-2, 4, 25))
    assert mean_squared_error(model, tuned.alpha, name) <= best * 1.01


def test_any_regressor_by_refits():
    tuned = tune_alpha(CuriousRegressor(Lasso(0.3)), X, Y, cv=FOLDS)
    best = min(mean_squared_error(Lasso(), a) for a in np.logspace(-4, 1, 21))
    assert tuned.losses.min() <= best * 1.01
    assert tuned.estimator.estimator_.alpha == tuned.alpha


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("warm_start", [False, True])
def test_networks(warm_start):
    model = quick(alpha=1.0)
    tuned = tune_alpha(model, X, Y, cv=FOLDS, warm_start=warm_start)
    assert tuned.losses.min() <= tuned.losses[0]
    assert not tuned.estimator.warm_start
    cold = [mean_squared_error(model, alpha) for alpha in tuned.alphas]
    assert_allclose(tuned.losses[0], cold[0])
    assert np.allclose(tuned.losses, cold) != warm_start


def test_several_targets_groups_frames_and_jobs():
    both = np.column_stack([Y, X[:, 0] + Y])
    groups = np.arange(len(Y)) // 10
    tuned = tune_alpha(CuriousRidge(), X, both, cv=GroupKFold(4), groups=groups)
    assert tuned.n_fits == 4 * len(tuned.alphas)
    frame, series = pd.DataFrame(X, columns=list("abcdefghij")), pd.Series(Y)
    expected = tune_alpha(CuriousRidge(), X, Y, cv=FOLDS)
    for n_jobs in (None, 2):
        actual = tune_alpha(CuriousRidge(), frame, series, cv=FOLDS, n_jobs=n_jobs)
        assert_allclose(actual.alphas, expected.alphas)
    assert list(actual.estimator.feature_names_in_) == list(frame.columns)


def test_the_regressor_at_the_end_is_tuned():
    model = make_pipeline(SelectFromModel(CuriousRidge(7.0)), CuriousRidge(100.0))
    model.steps[1] = ("a_longer_name_than_the_first", model[1])
    tuned = tune_alpha(model, X, Y)
    assert tuned.alphas[0] == 100.0
    assert tuned.estimator[0].estimator.alpha == 7.0


def test_precomputed_kernels():
    model = CuriousKernelRidge(kernel="rbf", gamma=0.05)
    expected = tune_alpha(model, X, Y, cv=FOLDS)
    model = CuriousKernelRidge(kernel="precomputed")
    tuned = tune_alpha(model, rbf_kernel(X, gamma=0.05), Y, cv=FOLDS)
    assert_allclose(tuned.losses, expected.losses)


def test_processes_have_the_configuration_of_their_parent():
    columns = make_column_transformer((StandardScaler(), ["a", "b"]))
    model = make_pipeline(StandardScaler(), columns, CuriousRidge())
    frame = pd.DataFrame(X, columns=list("abcdefghij"))
    with sklearn.config_context(transform_output="pandas"):
        alphas = [tune_alpha(model, frame, Y, n_jobs=n).alphas for n in (None, 2)]
    assert_allclose(alphas[0], alphas[1])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_cold_start_is_cold_whatever_the_network_says():
    paths = [
        tune_alpha(quick(warm_start=w), X, Y, cv=3, warm_start=False, max_evaluations=3)
        for w in (False, True)
    ]
    assert_allclose(paths[0].losses, paths[1].losses)


def test_a_fit_that_is_perfect_ends_the_path():
    tuned = tune_alpha(CuriousRidge(), X, np.zeros(len(Y)), cv=FOLDS)
    assert tuned.alphas.tolist() == [1.0]


def test_says_when_it_did_not_get_there():
    with pytest.warns(ConvergenceWarning, match="tol=0.001 in 2 evaluations"):
        tune_alpha(CuriousRidge(1e8), X, Y, max_evaluations=2)


@pytest.mark.parametrize(
    ("model", "error", "match"),
    [
        (Ridge(), TypeError, "Ridge holds no curious regressor"),
        ("ridge", TypeError, "str holds no curious regressor"),
        (CuriousRidgeCV(), ValueError, "CuriousRidgeCV has no parameter 'alpha'"),
        (CuriousRidge(0.0), ValueError, "alpha of CuriousRidge is 0.0"),
        (CuriousRidge([1.0, 2.0]), ValueError, "one positive number"),
        (CuriousRegressor(Lasso(0.0)), ValueError, "estimator__alpha"),
        (GridSearchCV(CuriousRidge(), {}), TypeError, "pass the estimator"),
        (BaggingRegressor(CuriousRidge()), TypeError, "holds no curious regressor"),
        (CuriousRidge, TypeError, "CuriousRidge is a class"),
        (CuriousRidge(solver="typo"), ValueError, "The 'solver' parameter"),
        (
            make_pipeline(StandardScaler(), GridSearchCV(CuriousRidge(), {})),
            TypeError,
            "pass the estimator",
        ),
    ],
)
def test_refuses(model, error, match):
    with pytest.raises(error, match=match):
        tune_alpha(model, X, Y)


def test_the_descent_finds_a_valley_between_plateaus():
    # Flat on both sides, and as deep as can be hidden between two points.
    def evaluate(u, at=3.0):
        s = 1 / (1 + np.exp(-(u - at)))
        loss = 1 + (0.7 - s) ** 2 * 4
        return loss, -8 * (0.7 - s) * s * (1 - s) / loss

    for start in (-20.0, -3.0, 3.0, 9.0, 25.0):
        path, converged = _descend(evaluate, start, 1e-4, 30)
        assert converged
        assert min(loss for _, loss, _ in path) < 1 + 1e-3


def test_slopes_that_mislead_are_checked_from_both_sides():
    def evaluate(u):  # the minimum is at 5, and the slope says 1
        return 1 + (u - 5) ** 2 / 50, (u - 1) / 25

    ends = [
        min(_descend(evaluate, 1.5, 1e-3, 30, exact)[0], key=lambda p: p[1])[0]
        for exact in (True, False)
    ]
    assert abs(ends[1] - 5) < abs(ends[0] - 5) / 2


def test_cubic_minimum():
    # Of (u - 2)**3 - 3 (u - 2), at u = 3, if F were its logarithm.
    def point(u):
        value = (u - 2) ** 3 - 3 * (u - 2)
        return u, np.exp(value), 3 * (u - 2) ** 2 - 3

    assert_allclose(_cubic_minimum(point(2.2), point(3.9)), 3)
    assert_allclose(_cubic_minimum(point(3.9), point(2.2)), 3)
    # Never at an end.
    assert_allclose(_cubic_minimum(point(2.99), point(5.99)), 2.99 + 0.1 * 3)


def test_losses_are_those_of_cross_validation():
    tuned = tune_alpha(CuriousRidge(2.0), X, Y, cv=4, max_evaluations=12)
    scores = cross_val_score(
        CuriousRidge(2.0), X, Y, cv=4, scoring="neg_mean_squared_error"
    )
    assert_allclose(tuned.losses[0], -scores.mean())


def cross_validated_ridge(seed):
    """Loss of a random problem at log alpha, and its slope, in closed form."""
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(12, 60)), int(rng.integers(1, 60))
    Z = rng.standard_normal((n, d)) * 10.0 ** rng.uniform(-1.5, 1.5, d)
    if seed % 3 == 0:
        Z = rbf_kernel(Z[:, :3], gamma=0.5 / 10 ** rng.uniform(-1, 2))
    coef = rng.standard_normal(Z.shape[1])
    coef *= rng.random(Z.shape[1]) < rng.uniform(0.05, 1)
    y = Z @ coef
    y = y / (y.std() + 1e-12) + 10 ** rng.uniform(-2, 1) * rng.standard_normal(n)
    folds = []
    for train, test in KFold(5).split(Z):
        mean, level = Z[train].mean(axis=0), y[train].mean()
        U, s, Vt = np.linalg.svd(Z[train] - mean, full_matrices=False)
        folds.append((U.T @ (y[train] - level), s, (Z[test] - mean) @ Vt.T))
        folds[-1] += (y[test] - level,)

    def evaluate(u):
        loss = slope = 0.0
        for c, s, rows, labels in folds:
            error = rows @ (c * s / (s**2 + np.exp(u))) - labels
            loss += error @ error
            slope -= error @ (rows @ (c * s / (s**2 + np.exp(u)) ** 2))
        return loss / len(y), 2 * np.exp(u) * slope / loss

    return evaluate, np.log(10) * np.random.default_rng(seed).uniform(-4, 4)


@pytest.mark.parametrize("seed", [*range(10), 10, 13, 101, 163, 195, 288, 349, 381])
def test_nothing_better_is_left_beside_the_end(seed):
    evaluate, start = cross_validated_ridge(seed)
    path, converged = _descend(evaluate, start, 1e-3, 12)
    assert converged
    tried = sorted(u for u, *_ in path)
    best, loss, _ = min(path, key=lambda point: point[1])
    i = tried.index(best)
    beside = np.linspace(tried[max(i - 1, 0)], tried[min(i + 1, len(tried) - 1)], 60)
    assert loss <= 1.01 * min(evaluate(u)[0] for u in beside)
