"""Merging models with the same things around them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import RANSACRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skcurious import CuriousKernelRidge, CuriousRidge, default_regressor
from skcurious.merging import merge, merge_task_vectors

HALVES = [slice(0, 30), slice(30, 60)]


@pytest.fixture
def table(rng):
    X = 3 * rng.standard_normal((60, 4)) + 5
    return X, np.sin(X[:, 0]) + 0.1 * rng.standard_normal(60) + 7


def halves(make, X, y):
    return [make().fit(X[rows], y[rows]) for rows in HALVES]


def test_the_same_steps(table):
    X, y = table
    scaler = FrozenEstimator(StandardScaler().fit(X))

    def make():
        inner = make_pipeline(
            scaler, FunctionTransformer(np.cbrt), CuriousKernelRidge(0.1, kernel="rbf")
        )
        return TransformedTargetRegressor(inner, func=np.log, inverse_func=np.exp)

    model = merge(halves(make, X, y))
    assert_allclose(model.predict(X), make().fit(X, y).predict(X), rtol=1e-9)

    def search():
        grid = {"curiousridge__alpha": [0.1]}
        return GridSearchCV(make_pipeline(scaler, CuriousRidge()), grid)

    model = merge(halves(search, X, y))
    assert_allclose(model.predict(X), search().fit(X, y).predict(X), rtol=1e-9)
    Y = np.column_stack([y, X[:, 1]])

    def each():
        return MultiOutputRegressor(CuriousKernelRidge(0.1, kernel="rbf"))

    model = merge(halves(each, X, Y))
    assert_allclose(model.predict(X), each().fit(X, Y).predict(X), rtol=1e-9)


def test_other_steps_are_refused(table):
    X, y = table

    def scaled():
        return make_pipeline(StandardScaler(), CuriousRidge())

    with pytest.raises(ValueError, match=r"different fits of step 'standardscaler'"):
        merge(halves(scaled, X, y))
    models = [scaled().fit(X, y), make_pipeline(CuriousRidge()).fit(X, y)]
    with pytest.raises(ValueError, match="behind different steps"):
        merge(models)

    def labels():
        return TransformedTargetRegressor(CuriousRidge(), transformer=StandardScaler())

    with pytest.raises(ValueError, match="the transformer of labels"):
        merge(halves(labels, X, y))
    functions = [np.cbrt, np.sin]
    models = [
        make_pipeline(FunctionTransformer(function), CuriousRidge()).fit(X, y)
        for function in functions
    ]
    with pytest.raises(ValueError, match="functiontransformer"):
        merge(models)

    def nameless():
        step = make_pipeline(FunctionTransformer(lambda X: X))
        return make_pipeline(step, CuriousRidge())

    with pytest.raises(ValueError, match="use functions that have a name"):
        merge(halves(nameless, X, y))
    with pytest.raises(TypeError, match="no common fit"):
        merge(halves(lambda: RANSACRegressor(CuriousRidge(), min_samples=9), X, y))


def test_averages_of_processes(table):
    X, y = table
    first = default_regressor(X).fit(X[HALVES[0]], y[HALVES[0]])
    second = default_regressor(X)
    kernels = {
        f"{name}__curiousgaussianprocessregressor__{what}": value
        for name, member in first.named_estimators_.items()
        for what, value in (("kernel", member[-1].kernel_), ("optimizer", None))
    }
    second.set_params(**kernels).fit(X[HALVES[1]], y[HALVES[1]])
    model = merge([first, second])
    assert len(model.named_estimators_["standardised"][-1].L_) == 60
    assert_allclose(model.weights_.sum(), 1)
    expected = second.fit(X, y)
    for name, member in model.named_estimators_.items():
        same = expected.named_estimators_[name]
        assert_allclose(member.predict(X), same.predict(X), rtol=1e-9)
    third = default_regressor(X).fit(X[HALVES[1]], y[HALVES[1]])
    with pytest.raises(ValueError, match="the same kernels"):
        merge([first, third])


def test_slips(rng):
    X, y = rng.standard_normal((9, 2)), rng.standard_normal(9)
    model = CuriousRidge().fit(X, y)
    with pytest.raises(ValueError, match="weights must be one of"):
        merge([model, model], weights=np.array([0.5, 0.5]))
    with pytest.raises(TypeError, match="CuriousRidge has no layers: task vectors"):
        merge_task_vectors(model, [model], X, y)
    for alpha in ("a", None):
        with pytest.raises(ValueError, match="alpha must be a finite number >= 0"):
            merge_task_vectors(model, [model], X, y, alpha=alpha)
