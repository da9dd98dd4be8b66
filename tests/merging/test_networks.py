"""Networks put together, against joint fits and dense systems."""

import warnings
from copy import deepcopy

import joblib
import numpy as np
import pytest
from networks import quick
from numpy.testing import assert_allclose, assert_array_equal
from reference import jacobian_by_complex_steps
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious.merging import merge, merge_task_vectors

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    # Of networks as small as these; that they add up is not a question of that.
    pytest.mark.filterwarnings("ignore:The hidden units of the networks"),
]

ALPHA = 0.3
PARTS = slice(0, 15), slice(15, 40), slice(40, 60)


def problem(rng, n_outputs=1):
    X = rng.standard_normal((60, 3))
    Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1], X[:, 1] * X[:, 2]])[:, :n_outputs]
    Y = Y + 0.1 * rng.standard_normal(Y.shape)
    return X, Y[:, 0] if n_outputs == 1 else Y


def flat(model):
    return np.concatenate([a.ravel() for a in model.coefs_ + model.intercepts_])


def fitted(X, y, w=None, **options):
    options = {"hidden_layer_sizes": (4,), "alpha": ALPHA, **options}
    return [
        quick(**options).fit(X[s], y[s], None if w is None else w[s]) for s in PARTS
    ]


def linear(X, y, w=None, **options):
    """Without hidden layers, at the optimum."""
    model = quick(hidden_layer_sizes=(), alpha=ALPHA, **options).fit(X, y, w)
    ridge = Ridge(alpha=ALPHA).fit(X, y, w)
    model.coefs_ = [ridge.coef_.reshape(-1, X.shape[1]).T.copy()]
    model.intercepts_ = [np.atleast_1d(ridge.intercept_).copy()]
    return model.fit_tangent(X, y, w)


def gauss_newton(model, X, w):
    """G of a part, without penalty and damping."""
    layers = [X.shape[1], *(len(b) for b in model.intercepts_)]
    J = jacobian_by_complex_steps(flat(model), X, layers, "tanh")
    return np.einsum("nkp,n,nkq->pq", J, w, J)


def all_curvatures(parts, X):
    each = zip(parts, PARTS, strict=True)
    return [gauss_newton(part, X[s], np.ones(s.stop - s.start)) for part, s in each]


def penalised(model):
    return np.arange(flat(model).size) < sum(W.size for W in model.coefs_)


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("solver", ["primal", "dual", "cg"])
def test_linear_networks_become_the_joint_fit(rng, solver, n_outputs):
    X, y = problem(rng, n_outputs)
    w = rng.uniform(0.5, 1.5, 60)
    options = {"tangent_solver": solver, "tangent_tol": 1e-12}
    parts = [linear(X[s], y[s], w[s], **options) for s in PARTS]
    before = joblib.hash([vars(part)["coefs_"] for part in parts])
    model, joint = merge(parts), linear(X, y, w, **options)
    assert joblib.hash([vars(part)["coefs_"] for part in parts]) == before
    assert_allclose(flat(model), flat(joint), rtol=1e-9, atol=1e-10)
    assert_allclose(model.predict_tangent(X), joint.predict_tangent(X), rtol=1e-7)
    h = model.predict_covariance(X, X[:3], noise_variance=1.0)
    expected = joint.predict_covariance(X, X[:3], noise_variance=1.0)
    assert_allclose(h, expected, rtol=1e-6, atol=1e-9)
    assert_allclose(model.noise_variance_, joint.noise_variance_, rtol=1e-6)
    for name in ("units", "label_spread"):
        assert_allclose(
            getattr(model.linearised_, name), getattr(joint.linearised_, name)
        )
    assert model.damping_.tolist() == joint.damping_.tolist()
    assert model.tangent_residual_ < 1e-9
    # Others are not: their mean is somewhere else.
    assert np.abs(flat(merge(parts, weights="equal")) - flat(joint)).max() > 0.01


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("solver", ["primal", "dual", "cg"])
def test_factors_know_their_matrix(rng, solver, n_outputs):
    X, y = problem(rng, n_outputs)
    w = rng.uniform(0.5, 1.5, 60)
    model = quick(hidden_layer_sizes=(4,), tangent_solver=solver, alpha=ALPHA)
    model.fit(X, y, w)
    expected = gauss_newton(model, X, w)
    expected += np.diag(model.damping_ + ALPHA * penalised(model))
    factor, V = model.linearised_.factor, rng.standard_normal((len(expected), 3))
    assert_allclose(factor.matmat(V), expected @ V, rtol=1e-9, atol=1e-9)
    assert_allclose(factor.diagonal(), np.diag(expected), rtol=1e-9)


@pytest.mark.covering(2)
@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("solver", ["lbfgs", "adam"])
@pytest.mark.parametrize("weights", ["curvature", "diagonal", "equal"])
@pytest.mark.parametrize("damping", [0.0, "auto"])
def test_averages_are_those_of_dense_systems(rng, damping, weights, solver, n_outputs):
    X, y = problem(rng, n_outputs)
    options = {"solver": solver, "batch_size": 10, "max_iter": 300, "alpha": 0.02}
    parts = fitted(X, y, **options)
    model = merge(parts, weights=weights, damping=damping)
    P = penalised(model).astype(float)
    s = 0.02 if solver == "lbfgs" else sum(part.effective_alpha_ for part in parts)
    G = [
        gauss_newton(m, X[r], np.ones(len(X[r])))
        for m, r in zip(parts, PARTS, strict=True)
    ]
    if damping == "auto":  # a tenth of the rows
        own = [0.1 * (rows.stop - rows.start) for rows in PARTS]
        G = [g + d * np.eye(len(g)) for g, d in zip(G, own, strict=True)]
    if weights == "diagonal":
        G = [np.diag(np.diag(g)) for g in G]
    if weights == "equal":
        expected = np.mean([flat(part) for part in parts], axis=0)
    else:
        total = sum(G) + s * np.diag(P)
        right = sum(
            (g + part.effective_alpha_ * np.diag(P)) @ flat(part)
            for g, part in zip(G, parts, strict=True)
        )
        expected = np.linalg.solve(total, right)
    assert_allclose(flat(model), expected, rtol=1e-5, atol=1e-6)
    assert model.effective_alpha_ == s
    # The tangent is that of the sum of the curvatures.
    G = [
        gauss_newton(m, X[r], np.ones(len(X[r])))
        for m, r in zip(parts, PARTS, strict=True)
    ]
    total = sum(G) + np.diag(s * P + model.damping_)
    tangent = -np.linalg.solve(total, P * flat(model)) * s / 0.02
    shown = np.concatenate(
        [a.ravel() for a in model.coefs_tangent_ + model.intercepts_tangent_]
    )
    assert_allclose(shown, tangent, rtol=1e-6, atol=1e-9)


def test_noise_is_that_of_the_parts_and_what_merging_costs(rng):
    X, y = problem(rng)
    parts = fitted(X, y)
    model = merge(parts, weights="equal")
    total = 0.0
    for part, rows in zip(parts, PARTS, strict=True):
        J = jacobian_by_complex_steps(flat(part), X[rows], [3, 4, 1], "tanh")[:, 0]
        d = flat(model) - flat(part)
        residual = part.predict(X[rows]) - y[rows]
        # At an optimum J^T r = -alpha P theta.
        total += (residual**2).sum() + ((J @ d) ** 2).sum()
        total -= 2 * ALPHA * (penalised(part) * flat(part)) @ d
    assert_allclose(model.noise_variance_, total / 60, rtol=1e-6)


def test_large_networks_keep_operators(rng, monkeypatch):
    X, y = problem(rng)
    parts = fitted(X, y, tangent_tol=1e-12)
    expected = merge(parts)
    monkeypatch.setattr("skcurious.merging._network.LARGEST_FACTOR", 3)
    model = merge(parts)
    assert model.tangent_solver_ == "cg"
    assert_allclose(model.predict_tangent(X), expected.predict_tangent(X), rtol=1e-6)
    assert_allclose(
        model.predict(X, return_std=True)[1], expected.predict(X, return_std=True)[1],
        rtol=1e-6,
    )  # fmt: skip


def test_one_alone_stays(rng):
    X, y = problem(rng)
    (one,) = fitted(X, y)[:1]
    model = merge([one])
    assert_allclose(flat(model), flat(one))
    assert_allclose(model.predict_tangent(X), one.predict_tangent(X), rtol=1e-6)


def test_tangents_of_layers_add_up(rng):
    X, y = problem(rng)
    model = merge(fitted(X, y, layer_tangents=True))
    assert_allclose(
        model.predict_tangent(X), merge(fitted(X, y)).predict_tangent(X), rtol=1e-6
    )
    assert model.linearised_.parts.shape[1] == 2


def test_behind_one_scaler(rng):
    X, y = problem(rng)
    scaler = FrozenEstimator(StandardScaler().fit(X))
    parts = [
        make_pipeline(scaler, quick(alpha=ALPHA)).fit(X[rows], y[rows])
        for rows in PARTS
    ]
    plain = merge([part[-1] for part in parts])
    assert_array_equal(merge(parts).predict(X), plain.predict(scaler.transform(X)))


def test_networks_that_started_apart_are_warned_of(rng):
    X, y = problem(rng)
    one, other = (
        quick(random_state=seed, hidden_layer_sizes=(8,)).fit(X, y) for seed in (0, 1)
    )
    with pytest.warns(UserWarning, match="started apart"):
        merge([one, other])
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        near = deepcopy(one).set_params(warm_start=True, max_iter=3).fit(X[:30], y[:30])
        merge([one, near])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"hidden_layer_sizes": (5,)}, "shapes of coefs_"),
        ({"activation": "logistic"}, "activation"),
        ({"alpha": 0.2}, "alpha"),
        ({"solver": "adam"}, "minibatches"),
        ({"store_covariance": False}, "store_covariance"),
    ],
)
def test_mistakes(rng, change, says):
    X, y = problem(rng)
    first = quick(hidden_layer_sizes=(4,)).fit(X, y)
    other = quick(**{"hidden_layer_sizes": (4,), **change}).fit(X, y)
    with pytest.raises(ValueError, match=says):
        merge([first, other])
    if "store_covariance" not in change:
        with pytest.raises(ValueError, match=says):
            merge_task_vectors(first, [other], X, y)
    with pytest.raises(ValueError, match="damping must be"):
        merge([first, first], damping=-1)
    with pytest.raises(TypeError, match="takes no base="):
        merge([first, first], base=first)


# -- task vectors --------------------------------------------------------------------


def continued(base, X, y):
    return [
        deepcopy(base).set_params(warm_start=True).fit(X[rows], y[rows])
        for rows in PARTS[1:]
    ]


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_coefficients_are_those_of_a_ridge_regression(rng, n_outputs):
    """Where the network is linear, and there is one layer."""
    X, y = problem(rng, n_outputs)
    w = rng.uniform(0.5, 1.5, 60)
    base = linear(X[:15], y[:15])
    others = [linear(X[rows], y[rows]) for rows in PARTS[1:]]
    before = joblib.hash([base, others])
    model = merge_task_vectors(base, others, X, y, sample_weight=w, alpha=0.7)
    assert joblib.hash([base, others]) == before
    A = np.stack([(o.predict(X) - base.predict(X)).ravel() for o in others], axis=1)
    root = np.repeat(np.sqrt(w), n_outputs)
    left = (y - base.predict(X)).ravel() - A.sum(axis=1) / 2
    ridge = Ridge(alpha=0.7, fit_intercept=False)
    ridge.fit(root[:, None] * A, root * left)
    assert_allclose(model.task_coefficients_[:, 0], 0.5 + ridge.coef_, rtol=1e-8)
    assert_allclose(
        model.predict(X).ravel(),
        base.predict(X).ravel() + A @ model.task_coefficients_[:, 0],
        rtol=1e-8,
    )


def test_coefficients_of_layers_are_at_a_minimum(rng):
    X, y = problem(rng)
    base = quick(hidden_layer_sizes=(4,), alpha=ALPHA).fit(X[:15], y[:15])
    others = continued(base, X, y)
    model = merge_task_vectors(base, others, X, y, alpha=0.1, n_steps=100)
    c = model.task_coefficients_
    assert c.shape == (2, 2)

    def predicted(c):
        layers = []
        for layer in range(2):
            W, b = base.coefs_[layer].copy(), base.intercepts_[layer].copy()
            for t, other in enumerate(others):
                W += c[t, layer] * (other.coefs_[layer] - base.coefs_[layer])
                b += c[t, layer] * (other.intercepts_[layer] - base.intercepts_[layer])
            layers.append((W, b))
        (W, b), (V, a) = layers
        return (np.tanh(X @ W + b) @ V + a)[:, 0]

    def objective(c):
        return (np.sum((predicted(c) - y) ** 2) + 0.1 * np.sum((c - 0.5) ** 2)) / 2

    assert_allclose(model.predict(X), predicted(c), rtol=1e-10)
    for step in np.eye(4).reshape(-1, 2, 2) * 1e-5:
        slope = (objective(c + step) - objective(c - step)) / 2e-5
        assert abs(slope) < 1e-4
    assert objective(c) < objective(np.full((2, 2), 0.5))
    # The tangent is of the rows given.
    assert_allclose(model.noise_variance_, np.mean((predicted(c) - y) ** 2))


def test_a_combination_is_found_again(rng):
    X, y = problem(rng)
    base = quick(hidden_layer_sizes=(4,), alpha=ALPHA).fit(X[:15], y[:15])
    others = continued(base, X, y)
    known = np.array([[0.6, 0.3], [0.2, 0.8]])
    made = deepcopy(base)
    for layer in range(2):
        for name in ("coefs_", "intercepts_"):
            getattr(made, name)[layer] = getattr(base, name)[layer] + sum(
                k * (getattr(o, name)[layer] - getattr(base, name)[layer])
                for k, o in zip(known[:, layer], others, strict=True)
            )
    model = merge_task_vectors(base, others, X, made.predict(X), alpha=0, n_steps=200)
    assert_allclose(model.task_coefficients_, known, rtol=1e-5)


def test_task_vectors_behind_one_scaler(rng):
    X, y = problem(rng)
    X = 10 + 3 * X
    scaler = FrozenEstimator(StandardScaler().fit(X))
    inner = quick(hidden_layer_sizes=(4,)).fit(scaler.transform(X[:15]), y[:15])
    base, *others = (
        make_pipeline(scaler, deepcopy(m)) for m in (inner, *continued(inner, X, y))
    )
    model = merge_task_vectors(base, others, X, y)
    plain = merge_task_vectors(inner, [o[-1] for o in others], scaler.transform(X), y)
    assert_array_equal(model.predict(X), plain.predict(scaler.transform(X)))


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"estimators": []}, TypeError, "list of fitted networks"),
        ({"alpha": -1}, ValueError, "alpha must be"),
        ({"n_steps": 0}, ValueError, "n_steps must be"),
        ({"estimators": [Ridge()]}, TypeError, "one type"),
        ({"y": np.ones(3)}, ValueError, "inconsistent numbers"),
    ],
)
def test_mistakes_with_task_vectors(rng, change, error, says):
    X, y = problem(rng)
    base = quick(hidden_layer_sizes=(4,)).fit(X, y)
    with pytest.raises(error, match=says):
        merge_task_vectors(base, **{"estimators": [base], "X": X, "y": y, **change})


def test_few_steps_are_told_of(rng):
    X, y = problem(rng)
    base = quick(hidden_layer_sizes=(4,)).fit(X[:15], y[:15])
    with pytest.warns(match="have not settled after n_steps=1"):
        merge_task_vectors(base, continued(base, X, y), X, 3 * y, n_steps=1)


def test_targets_that_lie_elsewhere_in_another_part(rng):
    """Each has residuals and units of its own, as in the joint fit."""
    X = rng.standard_normal((60, 2))
    Y = X + 0.5 * rng.standard_normal((60, 2))
    Y[PARTS[1], 1] += 20
    model, joint = merge([linear(X[s], Y[s]) for s in PARTS]), linear(X, Y)
    assert_allclose(model.noise_variance_, joint.noise_variance_, rtol=1e-6)
    assert_allclose(model.linearised_.units, joint.linearised_.units, rtol=1e-9)
    again = merge([merge([linear(X[s], Y[s]) for s in PARTS]), linear(X, Y)])
    assert_allclose(again.linearised_.units, joint.linearised_.units, rtol=1e-9)
