"""Influences through wrappers, and what they refuse."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import (
    CuriousKernelRidge,
    CuriousMLPRegressor,
    CuriousRegressor,
    CuriousRidge,
)
from skcurious.influence import (
    hypergradient,
    influence_on_loss,
    influence_on_parameters,
    influence_on_predictions,
    self_influence,
)

X = np.random.default_rng(0).standard_normal((20, 3))
Y = X[:, 0] + np.sin(X[:, 1])
VALIDATION = {"X_validation": X[15:], "y_validation": Y[15:]}
ALL = {
    "parameters": influence_on_parameters,
    "predictions": lambda model, X, y: influence_on_predictions(model, X, y, X),
    "loss": lambda model, X, y: influence_on_loss(model, X, y, **VALIDATION),
    "self": self_influence,
}


@pytest.mark.parametrize("name", ALL)
def test_wrappers_transform_rows_and_labels(name):
    wrapped = TransformedTargetRegressor(
        make_pipeline(
            StandardScaler(), GridSearchCV(CuriousRidge(), {"alpha": [2.0]}, cv=3)
        ),
        transformer=StandardScaler(),
    ).fit(X, Y)
    rows, units = StandardScaler().fit(X), StandardScaler().fit(Y[:, None])

    def label(y):
        return units.transform(y[:, None])[:, 0]

    inner = CuriousRidge(2.0).fit(rows.transform(X), label(Y))
    actual = ALL[name](wrapped, X[:4], Y[:4] + 1)
    if name == "loss":
        expected = influence_on_loss(
            inner,
            rows.transform(X[:4]),
            label(Y[:4] + 1),
            X_validation=rows.transform(X[15:]),
            y_validation=label(Y[15:]),
        )
    else:
        expected = ALL[name](inner, rows.transform(X[:4]), label(Y[:4] + 1))
    if name == "parameters":
        actual, expected = actual.coef_, expected.coef_
    assert_allclose(actual, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("model", "error", "match"),
    [
        (Ridge(), TypeError, "Ridge has no curiosity"),
        (CuriousRidge(store_covariance=False), ValueError, "store_covariance=True"),
        (CuriousRegressor(Ridge()), ValueError, "CuriousRegressor knows no covariance"),
    ],
)
def test_models_that_cannot(name, model, error, match):
    with pytest.raises(error, match=match):
        ALL[name](model.fit(X, Y), X, Y)


@pytest.mark.parametrize("name", ALL)
def test_before_fit(name):
    with pytest.raises(NotFittedError):
        ALL[name](CuriousRidge(), X, Y)


def test_a_precomputed_kernel_has_no_influences_but_a_hypergradient():
    K = rbf_kernel(X)
    model = CuriousKernelRidge(0.1, kernel="precomputed").fit(K[:15, :15], Y[:15])
    with pytest.raises(TypeError, match="precomputed"):
        self_influence(model, K[:15, :15], Y[:15])
    same = CuriousKernelRidge(0.1, kernel="rbf", gamma=1 / 3).fit(X[:15], Y[:15])
    expected = hypergradient(same, X[15:], Y[15:])
    assert_allclose(hypergradient(model, K[15:, :15], Y[15:]), expected)


@pytest.mark.parametrize("name", ALL)
def test_labels_that_do_not_fit(name):
    model = CuriousRidge().fit(X, Y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ALL[name](model, X, Y[:-1])
    with pytest.raises(ValueError, match="y has 2 targets, but"):
        ALL[name](model, X, np.column_stack([Y, Y]))


def test_weights_that_cannot_be():
    model = CuriousRidge(1e-3).fit(X, Y)
    with pytest.raises(ValueError, match="one value for each of the 20 rows"):
        influence_on_predictions(model, X, Y, X, weight=[1.0, 2.0])
    with pytest.raises(ValueError, match="weight=-30 cannot be taken from row 0"):
        influence_on_predictions(model, X, Y, X, weight=-30)
    with pytest.raises(ValueError, match="weight"):
        influence_on_predictions(model, X, Y, X, weight=np.nan)
    alone = CuriousRidge().fit(X[:1], Y[:1])
    with pytest.raises(ValueError, match="nothing else supports it"):
        self_influence(alone, X[:1], Y[:1])


def test_what_belongs_to_labels():
    model = CuriousRidge().fit(X, Y)
    with pytest.raises(ValueError, match="weight=1 was given without y"):
        influence_on_loss(model, X, weight=1, **VALIDATION)
    with pytest.raises(ValueError, match="noise_variance was given together with y"):
        influence_on_loss(model, X, Y, noise_variance=1.0, **VALIDATION)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_refit_network_forgets_its_hessian():
    options = {"hidden_layer_sizes": (3,), "activation": "tanh", "solver": "lbfgs"}
    options |= {"alpha": 1.0, "random_state": 0}
    model = CuriousMLPRegressor(**options, curvature="hessian")
    first = self_influence(model.fit(X, Y), X, Y)
    model.set_params(curvature="gauss-newton").fit(X, Y)
    second = self_influence(model, X, Y)
    fresh = CuriousMLPRegressor(**options).fit(X, Y)
    assert_allclose(second, self_influence(fresh, X, Y))
    assert np.abs(first - second).max() > 1e-3 * second.max()


def test_too_few_digits_are_told():
    # Row 0 alone decides about the first column.
    rng = np.random.default_rng(0)
    Z = np.zeros((12, 2))
    Z[0, 0], Z[1:, 1] = 50, rng.standard_normal(11)
    y = rng.standard_normal(12)
    model = CuriousRidge(1e-3, fit_intercept=False)
    removed = influence_on_predictions(model.fit(Z, y), Z[:1], y[:1], Z[:1], weight=-1)
    assert_allclose(removed[0, 0], -model.predict(Z[:1])[0], rtol=1e-6)
    Z, y = Z.astype(np.float32), y.astype(np.float32)
    model.fit(Z, y)
    with pytest.raises(ValueError, match="float64 data, or with a larger alpha"):
        influence_on_predictions(model, Z[:1], y[:1], Z[:1], weight=-1)
    # 1 - h is about 2e-3 here, and h off by |x|^2 eps / alpha.
    Z, y = rng.standard_normal((5, 40)), rng.standard_normal(5)
    self_influence(CuriousRidge(0.1).fit(Z, y), Z, y)
    Z, y = Z.astype(np.float32), y.astype(np.float32)
    with pytest.raises(ValueError, match="float64 data, or with a larger alpha"):
        self_influence(CuriousRidge(0.1).fit(Z, y), Z, y)
    self_influence(CuriousRidge(100.0).fit(Z, y), Z, y)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("alpha", [1e-4, 1e-8, [1e-3, 1e-9]])
def test_kernels_that_interpolate_keep_their_digits(alpha, weighted):
    # A = K + alpha I is well-conditioned; h is not what can be subtracted from 1.
    rng = np.random.default_rng(0)
    Z, y = rng.uniform(size=(30, 2)), rng.standard_normal((30, np.size(alpha)))
    y = y[:, 0] if np.size(alpha) == 1 else y
    weights = rng.uniform(0.5, 2, 30) if weighted else None
    model = CuriousKernelRidge(alpha, kernel="rbf", gamma=1000.0)
    model.fit(Z, y, weights)
    influence = self_influence(model, Z, y, weights)
    for i in range(30):
        rest = np.arange(30) != i
        some = None if weights is None else weights[rest]
        model.fit(Z[rest], y[rest], some)
        error = np.sum((model.predict(Z[[i]])[0] - y[i]) ** 2) / 2
        # The residual itself, alpha a / w, is left with eps gamma / alpha.
        assert_allclose(influence[i], error, rtol=2e-3)


def test_rows_of_no_weight_at_all_and_missing_labels():
    model = CuriousRidge().fit(X, Y)
    assert_allclose(self_influence(model, X[:3], Y[:3], np.zeros(3)), 0)
    assert hypergradient(model, X[:3], Y[:3], np.zeros(3)) == 0
    with pytest.raises(ValueError, match="sample_weight must be at least 0"):
        self_influence(model, X, Y, -np.ones(20))
    with pytest.raises(ValueError, match="y_validation is None"):
        influence_on_loss(model, X, Y, X_validation=X, y_validation=None)
    with pytest.raises(ValueError, match="y_validation contains NaN"):
        hypergradient(model, X, np.full(20, np.nan))


def test_the_fewer_rows_are_solved_for():
    model = CuriousRidge().fit(X, Y)
    columns, pull = [], model.linearised_.factor.pull

    def counted(B, target=None):
        columns.append(B.shape[1])
        return pull(B, target)

    model.linearised_.factor.pull = model.linearised_.factor.solve = counted
    few = {"X_validation": X[:2], "y_validation": Y[:2]}
    influence_on_loss(model, X, Y, per_row=True, **few)
    assert columns == [2]
    influence_on_predictions(model, X[:3], Y[:3], X)
    assert columns == [2, 3]
    influence_on_loss(model, X, Y, **few)
    assert columns == [2, 3, 1]


def test_nothing_is_changed():
    X_new, Y_new = X.copy(), Y.copy()
    model = CuriousRidge().fit(X_new, Y_new)
    for function in ALL.values():
        function(model, X_new, Y_new)
    assert_allclose(X_new, X, rtol=0)
    assert_allclose(Y_new, Y, rtol=0)
