"""Influences of networks against dense inverses, and refits at an optimum."""

import numpy as np
import pytest
from networks import at_optimum, quick
from numpy.testing import assert_allclose
from reference import (
    jacobian_by_complex_steps,
    minimise,
    network_output,
    objective_hessian,
)
from scipy.stats import spearmanr
from sklearn.datasets import load_breast_cancer, load_diabetes

from skcurious.influence import (
    influence_on_loss,
    influence_on_parameters,
    influence_on_predictions,
    self_influence,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def problem(rng, n_outputs):
    X = rng.standard_normal((14, 3))
    Y = np.column_stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2]])[:, :n_outputs]
    X_new, Y_new = rng.standard_normal((5, 3)), rng.standard_normal((5, n_outputs))
    return X, Y, X_new, Y_new


def one(Y):
    return Y[:, 0] if Y.shape[1] == 1 else Y


def dense(model, X, Y, weights):
    """The inverse of the model's curvature, and a Jacobian, the slow way."""
    layers = [X.shape[1], 4, Y.shape[1]]
    theta = np.concatenate([a.ravel() for a in model.coefs_ + model.intercepts_])

    def jacobian(rows):
        return jacobian_by_complex_steps(theta, rows, layers, "tanh")

    if model.curvature == "hessian":
        H = objective_hessian(theta, X, Y, weights, model.alpha, layers, "tanh")
    else:
        J = jacobian(X)
        H = np.einsum("nkp,n,nkq->pq", J, weights, J)
        H[np.diag_indices_from(H)] += model.alpha * (
            np.arange(len(theta)) < sum(w.size for w in model.coefs_)
        )
    H[np.diag_indices_from(H)] += model.damping_
    return np.linalg.inv(H), jacobian


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize(
    ("curvature", "solver"),
    [
        ("gauss-newton", "primal"),
        ("gauss-newton", "dual"),
        ("gauss-newton", "cg"),
        ("hessian", "auto"),
    ],
)
def test_follow_a_dense_inverse(rng, curvature, solver, n_outputs):
    X, Y, X_new, Y_new = problem(rng, n_outputs)
    weights = rng.uniform(0.5, 2, 14)
    model = quick(
        hidden_layer_sizes=(4,),
        max_iter=2000,
        curvature=curvature,
        tangent_solver=solver,
        tangent_tol=1e-12,
        damping=0.05,
    ).fit(X, one(Y), weights)
    inverse, jacobian = dense(model, X, Y, weights)
    residual = Y_new - model.predict(X_new).reshape(Y_new.shape)
    moved = np.einsum("pq,nkq,nk->np", inverse, jacobian(X_new), residual)

    influence = influence_on_parameters(model, X_new, one(Y_new))
    flat = [a.reshape(5, -1) for a in influence.coefs_ + influence.intercepts_]
    assert_allclose(np.hstack(flat), moved, rtol=1e-6, atol=1e-8)

    expected = np.einsum("mkp,np->nmk", jacobian(X), moved)
    actual = influence_on_predictions(model, X_new, one(Y_new), X)
    assert_allclose(actual.reshape(expected.shape), expected, rtol=1e-6, atol=1e-8)
    # Fewer rows there than here: solved for from the other side.
    fewer = influence_on_predictions(model, X_new, one(Y_new), X[:2])
    expected_fewer = expected[:, :2].reshape(fewer.shape)
    assert_allclose(fewer, expected_fewer, rtol=1e-6, atol=1e-8)
    twice = influence_on_predictions(model, X_new, one(Y_new), X, weight=2.0)
    assert_allclose(twice, 2 * actual)

    error = model.predict(X).reshape(Y.shape) - Y
    validation = {"X_validation": X, "y_validation": one(Y)}
    on_loss = np.einsum("nmk,mk->nm", expected, error)
    actual = influence_on_loss(model, X_new, one(Y_new), per_row=True, **validation)
    assert_allclose(actual, on_loss, rtol=1e-6, atol=1e-8)
    actual = influence_on_loss(model, X_new, one(Y_new), **validation)
    assert_allclose(actual, on_loss.sum(axis=1), rtol=1e-6, atol=1e-8)

    each = np.einsum("nlp,pq,mkq,mk->nml", jacobian(X_new), inverse, jacobian(X), error)
    actual = influence_on_loss(model, X_new, noise_variance=1.0, **validation)
    assert_allclose(actual, (each.sum(axis=1) ** 2).sum(axis=1), rtol=1e-6, atol=1e-9)
    actual = influence_on_loss(
        model, X_new, per_row=True, noise_variance=np.arange(5.0), **validation
    )
    expected = np.arange(5.0)[:, None] * (each**2).sum(axis=2)
    assert_allclose(actual, expected, rtol=1e-6, atol=1e-9)

    pull = np.einsum("nkp,nk->np", jacobian(X), -error)
    expected = weights * np.einsum("np,pq,nq->n", pull, inverse, pull)
    actual = self_influence(model, X, one(Y), weights)
    assert_allclose(actual, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("table", ["diabetes", "breast cancer"])
def test_against_refits_at_an_optimum(rng, table):
    if table == "diabetes":  # disease progression from bmi, blood pressure, s5
        X, y = load_diabetes(return_X_y=True)
        X = X[:, [2, 3, 8]]
    else:  # fractal dimension from radius, smoothness and compactness
        X = load_breast_cancer().data
        X, y = X[:, [0, 4, 5]], X[:, 9]
    rows = rng.permutation(len(y))[:90]
    X, y = X[rows], y[rows]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = (y - y.mean()) / y.std()
    X_train, y_train, X_test, y_test = X[:40], y[:40], X[40:], y[40:]
    alpha, layers = 3.0, [3, 3, 1]
    ones = np.ones(40)

    def optimum(start, weights):
        return minimise(
            start, X_train, y_train[:, None], weights, alpha, layers, "tanh"
        )

    theta = optimum(0.5 * rng.standard_normal(16), ones)
    model = quick(
        hidden_layer_sizes=(3,),
        alpha=alpha,
        curvature="hessian",
        damping=0.0,
        tangent_tol=1e-10,
    )
    at_optimum(model, theta, layers, X_train, y_train)

    def predictions(row, change):
        weights = ones.copy()
        weights[row] += change
        moved = optimum(theta, weights)
        return network_output(moved, X_test, layers, "tanh")[:, 0]

    def half_squares(predicted):
        return 0.5 * ((predicted - y_test) ** 2).sum(axis=-1)

    # The derivative itself.
    near = (predictions(3, 1e-4) - predictions(3, -1e-4)) / 2e-4
    influence = influence_on_predictions(model, X_train, y_train, X_test)
    assert_allclose(influence[3], near, rtol=1e-5, atol=1e-7)
    # Some weight more, and whole rows less.
    some, base = slice(0, 15), predictions(0, 0.0)
    validation = {"X_validation": X_test, "y_validation": y_test}
    for change in (0.2, -1.0):
        moved = np.array([predictions(i, change) for i in range(15)])
        of_predictions = spearmanr(
            change * influence[some].ravel(), (moved - base).ravel()
        ).statistic
        on_loss = influence_on_loss(
            model, X_train[some], y_train[some], weight=change, **validation
        )
        losses = half_squares(moved) - half_squares(base)
        of_loss = spearmanr(on_loss, losses).statistic
        print(
            f"{table}, weight {change:+}: Spearman {of_predictions:.4f}, {of_loss:.4f}"
        )
        assert of_predictions >= 0.95
        assert of_loss >= 0.95
