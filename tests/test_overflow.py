"""Numbers that overflow inside end in a sentence that says what to do."""

import numpy as np
import pytest
from sklearn.base import clone

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousMLPRegressor,
    CuriousRidge,
    CuriousRidgeCV,
)
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    greedy,
    influence_sampling,
    pool_status,
    sample,
    top_k,
    utilities,
    variance_sampling,
)

MODELS = {
    "ridge": CuriousRidge(),
    "wide ridge": CuriousRidge(),
    "ridge cv": CuriousRidgeCV(),
    "linear": CuriousKernelRidge(),
    "poly": CuriousKernelRidge(kernel="poly"),
    "process": CuriousGaussianProcessRegressor(optimizer=None),
    "mlp": CuriousMLPRegressor(
        hidden_layer_sizes=4,
        activation="identity",
        solver="lbfgs",
        tol=0.1,
        random_state=0,
    ),
}
STRATEGIES = [
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    variance_sampling,
    pool_status,
]
SENTENCE = "are not finite.*StandardScaler"


@pytest.fixture
def data(rng):
    return rng.standard_normal((15, 3)), rng.standard_normal(15)


def fitted(name, data):
    X, y = data
    n = 2 if name == "wide ridge" else None
    return clone(MODELS[name]).fit(X[:n], y[:n])


@pytest.mark.parametrize("size", [1e160, 1e200])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", MODELS)
def test_a_pool_that_overflows(rng, data, name, strategy, size):
    model, pool = fitted(name, data), rng.standard_normal((9, 3))
    pool[3] *= size
    options = {}
    if strategy is influence_sampling:
        options = dict(zip(("X_validation", "y_validation"), data, strict=True))
    for n in (1, 3):
        if strategy is not pool_status:
            options["n_instances"] = n
        with pytest.raises(ValueError, match=SENTENCE):
            strategy(model, pool, **options)


@pytest.mark.parametrize("name", MODELS)
def test_methods_on_rows_that_overflow(rng, data, name):
    model, rows = fitted(name, data), 1e200 * rng.standard_normal((4, 3))
    asked = [
        model.predict_covariance,
        model.curiosity_score,
        lambda X: model.predict(X, return_std=True),
    ]
    for ask in asked:
        with pytest.raises(ValueError, match=SENTENCE):
            ask(rows)


@pytest.mark.parametrize("scores", [[0.0, np.nan, 1.0], [0.0, np.inf, 1.0]])
def test_scores_that_are_no_numbers(scores):
    rng = np.random.RandomState(0)
    for pick in (top_k, sample):
        for k in (1, 2):
            with pytest.raises(ValueError, match="scores of X_pool are not finite"):
                pick(np.array(scores), k, rng)


def test_a_large_row_that_costs_nothing_to_leave_out(data):
    model = fitted("ridge", data)
    criterion = utilities(model, data[0], "curiosity")
    price = np.where(np.arange(15) == 3, np.inf, 1.0)
    indices, _ = greedy(criterion, 3, np.random.RandomState(0), price)
    assert 3 not in indices


@pytest.mark.parametrize("weight", [1e308, 1e200, 1e-200])
@pytest.mark.parametrize("name", ["ridge", "ridge cv", "linear", "rbf", "cv", "mlp"])
def test_weights_that_overflow(data, name, weight):
    more = {"rbf": CuriousKernelRidge(kernel="rbf"), "cv": CuriousKernelRidgeCV()}
    model = clone((MODELS | more)[name])
    with pytest.raises(ValueError, match=r"sum of sample_weight is .*one number"):
        model.fit(*data, np.full(15, weight))


@pytest.mark.parametrize("alpha", [1e160, 1e300, 1e-200])
@pytest.mark.parametrize("name", ["ridge", "linear", "process", "mlp"])
def test_alpha_that_overflows(data, name, alpha):
    with pytest.raises(ValueError, match=r"alpha is .* must lie between"):
        clone(MODELS[name]).set_params(alpha=alpha).fit(*data)
    if name == "process":
        with pytest.raises(ValueError, match=r"alpha is .* must lie between"):
            clone(MODELS[name]).set_params(alpha=np.full(15, alpha)).fit(*data)
    if name == "ridge":
        for model in (CuriousRidgeCV(alphas=[alpha]), CuriousKernelRidgeCV([alpha])):
            with pytest.raises(ValueError, match=r"alphas is .* must lie between"):
                model.fit(*data)


@pytest.mark.parametrize("name", ["ridge", "ridge cv", "linear", "process"])
def test_labels_that_overflow(data, name):
    X, y = data
    with pytest.raises(ValueError, match=r"y is too large.*Scale y"):
        clone(MODELS[name]).fit(X, 1e200 * y)


def test_a_stream_of_labels_that_overflow(data):
    with pytest.raises(ValueError, match=r"y is too large.*Scale y"):
        CuriousRidge().partial_fit(data[0], 1e200 * data[1])
