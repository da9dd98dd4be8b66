"""CuriousMLPRegressor against refits, complex steps and CuriousRidge."""

import warnings

import numpy as np
import pytest
import sklearn
from extras import optional
from networks import at_optimum, quick
from numpy.testing import assert_allclose, assert_array_equal
from reference import (
    derivative,
    greedy_by_leverage,
    jacobian_by_complex_steps,
    minimise,
    n_weights,
    objective,
    objective_gradient,
    own_units,
    unflatten,
)
from scipy import sparse
from scipy.linalg import LinAlgWarning
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcurious
from skcurious import CuriousMLPRegressor, CuriousRidge
from skcurious._minibatch import minibatch_balance
from skcurious.query import curiosity_sampling

CuriousLearner = optional("modAL", "skcurious.modal", "CuriousLearner")

# Training that stops early is part of many a test.
pytestmark = [
    pytest.mark.filterwarnings("ignore:lbfgs failed to converge"),
    pytest.mark.filterwarnings("ignore:Stochastic Optimizer"),
]


def problem(rng, n=30, n_outputs=1):
    X = rng.standard_normal((n, 3))
    Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1], X[:, 2] ** 2, X[:, 0]])
    Y = Y[:, :n_outputs] + 0.1 * rng.standard_normal((n, n_outputs))
    return X, Y[:, 0] if n_outputs == 1 else Y


def flat_tangent(model):
    tangents = model.coefs_tangent_ + model.intercepts_tangent_
    return np.concatenate([a.ravel() for a in tangents])


@pytest.mark.parametrize(
    ("hidden", "activation", "n_outputs", "weighted"),
    [
        ((4,), "tanh", 1, False),
        pytest.param((4,), "tanh", 2, True, marks=pytest.mark.slow),
        pytest.param((3, 2), "logistic", 1, True, marks=pytest.mark.slow),
        ((), "tanh", 3, True),
    ],
)
def test_hessian_tangent_is_the_derivative_of_the_optimum(
    rng, hidden, activation, n_outputs, weighted
):
    X, y = problem(rng, 20, n_outputs)
    Y = y.reshape(20, -1)
    weights = rng.uniform(0.5, 2, 20) if weighted else np.ones(20)
    layers = [3, *hidden, n_outputs]
    size = sum(a.size for group in unflatten(np.zeros(500), layers) for a in group)

    def problem_at(alpha):
        return X, Y, weights, alpha, layers, activation

    theta = minimise(0.5 * rng.standard_normal(size), *problem_at(0.3))
    assert np.linalg.norm(objective_gradient(theta, *problem_at(0.3))) <= 1e-10
    model = quick(
        hidden_layer_sizes=hidden,
        activation=activation,
        curvature="hessian",
        damping=0.0,
        tangent_tol=1e-12,
    )
    at_optimum(model, theta, layers, X, y, weights)
    assert model.stationarity_ < 1e-10

    def moved(alpha):
        return minimise(theta, *problem_at(alpha))

    expected = derivative(moved, 0.3, step=3e-3)
    tangent = flat_tangent(model)
    scale = np.linalg.norm(expected)
    assert np.linalg.norm(tangent - expected) <= 1e-5 * scale

    # The error of central differences falls as h^2: it is theirs.
    errors = []
    for h in (0.04, 0.02):
        slope = (moved(0.3 * (1 + h)) - moved(0.3 * (1 - h))) / (0.6 * h)
        errors.append(np.linalg.norm(slope - tangent))
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)

    # The influence on the complexity, from a point of small weight.
    x_new, y_new = rng.standard_normal((1, 3)), rng.standard_normal((1, n_outputs))

    def complexity(eps):
        grown = np.vstack([X, x_new]), np.vstack([Y, y_new]), np.append(weights, eps)
        found = minimise(theta, *grown, 0.3, layers, activation)
        return 0.5 * (found[: n_weights(layers)] ** 2).sum()

    values = [complexity(k * 1e-3) for k in range(5)]
    change = np.dot([-25, 48, -36, 16, -3], values) / 12e-3
    assert_allclose(
        model.curiosity_score(x_new, y_new.ravel() if n_outputs == 1 else y_new),
        [change**2],
        rtol=1e-5,
    )


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
def test_without_hidden_layers_it_is_ridge(rng, kind, weighted, n_outputs):
    X, y = problem(rng, 30, n_outputs)
    weights = rng.uniform(0.5, 2, 30) if weighted else None
    ridge = CuriousRidge(0.7).fit(X, y, weights)
    layers = [3, n_outputs]
    theta = np.concatenate([ridge.coef_.T.ravel(), np.ravel(ridge.intercept_)])
    pool = rng.standard_normal((8, 3))
    label = rng.standard_normal((8, n_outputs))
    label = label[:, 0] if n_outputs == 1 else label
    for solver in ("primal", "cg", "auto"):
        for curvature in ("gauss-newton", "hessian"):
            if curvature == "hessian" and solver == "primal":
                continue
            model = quick(
                hidden_layer_sizes=(),
                alpha=0.7,
                damping=0.0,
                tangent_solver=solver,
                curvature=curvature,
                tangent_tol=1e-12,
            )
            at_optimum(model, theta, layers, kind(X), y, weights)
            assert_allclose(
                model.coefs_tangent_[0].T.ravel(), ridge.coef_tangent_.ravel(), 1e-7
            )
            assert_allclose(
                model.intercepts_tangent_[0], np.ravel(ridge.intercept_tangent_), 1e-7
            )
            for call in [
                lambda m: m.predict_tangent(pool),
                lambda m: m.curiosity_score(pool),
                lambda m: m.curiosity_score(pool, label),
                lambda m: m.predict_covariance(pool, X),
                lambda m: m.predict(pool, return_std=True)[1],
                lambda m: curiosity_sampling(m, pool, 4)[1],
            ]:
                assert_allclose(call(model), call(ridge), rtol=1e-6, atol=1e-10)
            assert_array_equal(
                curiosity_sampling(model, pool, 4)[0],
                curiosity_sampling(ridge, pool, 4)[0],
            )


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("damping", ["auto", 0.05])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("hidden", [(6,), (4, 3)])
def test_solvers_agree_with_a_dense_inverse(rng, hidden, kind, damping, n_outputs):
    X, y = problem(rng, 30, n_outputs)
    weights = rng.uniform(0.5, 2, 30)
    pool = rng.standard_normal((7, 3))
    layers = [3, *hidden, n_outputs]
    reference = None
    for solver in ("primal", "dual", "cg"):
        model = quick(
            hidden_layer_sizes=hidden,
            tangent_solver=solver,
            damping=damping,
            tangent_tol=1e-12,
            tangent_max_iter=10_000,
        ).fit(kind(X), y, weights)
        assert model.tangent_solver_ == solver
        assert model.tangent_residual_ < 1e-8
        assert (model.tangent_n_iter_ > 0) == (solver == "cg")
        if reference is None:
            theta = np.concatenate(
                [a.ravel() for a in model.coefs_ + model.intercepts_]
            )
            J = jacobian_by_complex_steps(theta, X, layers, "tanh")
            n_w = n_weights(layers)
            expected = np.zeros(len(theta))
            expected[n_w:] = 0.1 * 0.3 + 1e-3 if damping == "auto" else damping
            expected[:n_w] = 0 if damping == "auto" else damping
            assert_allclose(model.damping_, expected)
            D = expected + 0.3 * (np.arange(len(theta)) < n_w)
            G = np.einsum("ikp,i,ikq->pq", J, weights, J) + np.diag(D)
            rho = np.where(np.arange(len(theta)) < n_w, theta, 0)
            t = -np.linalg.solve(G, rho)
            J_pool = jacobian_by_complex_steps(theta, pool, layers, "tanh")
            h = np.einsum("ikp,pq,jkq->ijk", J_pool, np.linalg.inv(G), J_pool)
            reference = t, J_pool @ t, h
        t, df, h = reference
        assert_allclose(flat_tangent(model), t, rtol=1e-6, atol=1e-7 * np.abs(t).max())
        assert_allclose(
            model.predict_tangent(kind(pool)).reshape(7, -1), df, rtol=1e-6, atol=1e-9
        )
        assert_allclose(
            model.predict_covariance(kind(pool), noise_variance=1),
            h.mean(axis=2),
            rtol=1e-6,
        )
        assert_allclose(
            model.predict(kind(pool), return_std=True)[1],
            np.sqrt(model.noise_variance_ * np.einsum("iik->ik", h)).squeeze(),
            rtol=1e-6,
        )


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("solver", ["primal", "dual", "cg"])
def test_greedy_batches(rng, solver, n_outputs):
    X, y = problem(rng, 30, n_outputs)
    pool = rng.standard_normal((40, 3))
    model = quick(tangent_solver=solver, tangent_tol=1e-12).fit(X, y)
    layers = [3, 6, n_outputs]
    theta = np.concatenate([a.ravel() for a in model.coefs_ + model.intercepts_])
    D = model.damping_ + 0.3 * (np.arange(len(theta)) < n_weights(layers))
    J = jacobian_by_complex_steps(theta, X, layers, "tanh").reshape(-1, len(theta))
    J_pool = jacobian_by_complex_steps(theta, pool, layers, "tanh")
    rho = np.where(np.arange(len(theta)) < n_weights(layers), theta, 0)
    weights = model.noise_variance_ / np.square(own_units(y)) ** 2
    G = J.T @ J + np.diag(D)
    picks, scores = greedy_by_leverage(G, J_pool, rho, 6, weights)
    indices, values = curiosity_sampling(model, pool, 6)
    assert_array_equal(indices, picks)
    assert_allclose(values, scores, rtol=1e-6)
    top, _ = curiosity_sampling(model, pool, 6, batch="top")
    tangents = model.predict_tangent(pool).reshape(40, -1)
    assert_array_equal(top, np.argsort(-(tangents**2 * weights).sum(axis=1))[:6])
    sampled, _ = curiosity_sampling(model, pool, 6, batch="sample", random_state=0)
    assert len(set(sampled)) == 6


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_effective_alpha_is_what_training_balances(rng, early_stopping, solver):
    # Without hidden layers the optimum for every regularity is known.
    X, y = problem(rng, 35)
    model = CuriousMLPRegressor(
        hidden_layer_sizes=(),
        solver=solver,
        alpha=0.5,
        batch_size=10 if not early_stopping else 9,
        learning_rate_init=2e-3,
        max_iter=1,
        random_state=0,
        early_stopping=early_stopping,
        validation_fraction=0.2,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    n, sizes = (28, [9, 9, 9, 1]) if early_stopping else (35, [10, 10, 10, 5])
    expected = 0.5 * n * np.mean([1 / b for b in sizes])
    assert_allclose(model.effective_alpha_, expected)


def test_effective_alpha_is_where_adam_ends(rng):
    X, y = problem(rng, 42)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = CuriousMLPRegressor(
            hidden_layer_sizes=(),
            alpha=0.5,
            batch_size=40,
            learning_rate_init=1e-3,
            max_iter=6000,
            tol=0.0,
            n_iter_no_change=6000,
            random_state=0,
        ).fit(X, y)
    assert_allclose(model.effective_alpha_, 0.5 * 42 * (1 / 40 + 1 / 2) / 2)
    right = CuriousRidge(model.effective_alpha_).fit(X, y).coef_
    naive = CuriousRidge(0.5).fit(X, y).coef_
    found = model.coefs_[0][:, 0]
    assert np.linalg.norm(found - right) < 0.2 * np.linalg.norm(found - naive)


def test_effective_alpha_with_weights(rng):
    weights = rng.uniform(0.2, 3, 50)
    batches = [weights[i : i + 20].sum() for i in (0, 20, 40)]
    assert_allclose(
        minibatch_balance(weights, 50, 20, False).regularity_per_alpha,
        weights.sum() * np.mean(1 / np.array(batches)),
    )
    even = minibatch_balance(np.full(210, 3.0), 210, 200, True)
    assert_allclose(even.regularity_per_alpha, 11.025)
    assert_allclose(even.weights, 3.0)
    shuffled = []
    for _ in range(4000):
        w = rng.permutation(weights)
        shuffled.append(
            w.sum() * np.mean([1 / w[i : i + 20].sum() for i in (0, 20, 40)])
        )
    assert_allclose(
        minibatch_balance(weights, 50, 20, True).regularity_per_alpha,
        np.mean(shuffled),
        rtol=0.02,
    )


def test_tangents_are_by_alpha_and_scores_by_the_regularity(rng):
    X, y = problem(rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = quick(solver="adam", batch_size=8, tangent_solver="primal").fit(X, y)
    scale = model.effective_alpha_ / model.alpha
    assert scale > 3
    tangent = model.predict_tangent(X) / scale
    assert_allclose(model.curiosity_score(X), model.noise_variance_ * tangent**2)
    # The tangent attributes move the predictions as predict_tangent says.
    eps = 1e-6
    moved = [
        [a + sign * eps * t for a, t in zip(arrays, tangents, strict=True)]
        for sign in (1, -1)
        for arrays, tangents in [
            (model.coefs_, model.coefs_tangent_),
            (model.intercepts_, model.intercepts_tangent_),
        ]
    ]
    before, values = (model.coefs_, model.intercepts_), []
    for coefs, intercepts in (moved[:2], moved[2:]):
        model.coefs_, model.intercepts_ = coefs, intercepts
        values.append(model.predict(X))
    model.coefs_, model.intercepts_ = before
    slope = (values[0] - values[1]) / (2 * eps)
    assert_allclose(model.predict_tangent(X), slope, rtol=1e-5, atol=1e-7)


def test_training_is_that_of_scikit_learn(rng):
    X, y = problem(rng)
    options = {"hidden_layer_sizes": (5,), "random_state": 3, "max_iter": 20}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = CuriousMLPRegressor(**options).fit(X, y)
        theirs = MLPRegressor(**options).fit(X, y)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    for name, value in theirs.get_params().items():
        assert ours.get_params()[name] == value


def test_float32_is_kept(rng):
    X, y = problem(rng, n_outputs=2)
    # (lbfgs returns float64 parameters in scikit-learn itself.)
    model = quick(solver="adam").fit(X.astype("f4"), y.astype("f4"))
    for arrays in (model.coefs_tangent_, model.intercepts_tangent_):
        assert all(a.dtype == np.float32 for a in arrays)
    for method in ("predict_tangent", "curiosity_score", "predict_covariance"):
        assert getattr(model, method)(X.astype("f4")).dtype == np.float32


def test_poisson_loss(rng):
    X, y = problem(rng)
    model = quick(loss="poisson").fit(X, np.exp(y))
    assert (model.predict(X) > 0).all()
    for call in (model.curiosity_score, model.predict_tangent):
        with pytest.raises(ValueError, match="loss='squared_error'"):
            call(X)
    with pytest.raises(ValueError, match="loss='squared_error'"):
        curiosity_sampling(model, X)


def test_a_failed_fit_leaves_no_stale_tangent(rng):
    X, y = problem(rng)
    model = quick().fit(X, y)
    with pytest.raises(ValueError, match="NaN"):
        model.fit(np.full_like(X, np.nan), y)
    with pytest.raises(NotFittedError):
        model.curiosity_score(X)


def test_what_does_not_go_together(rng):
    X, y = problem(rng)
    for solver in ("primal", "dual"):
        with pytest.raises(ValueError, match="curvature='gauss-newton'"):
            quick(curvature="hessian", tangent_solver=solver).fit(X, y)
    with pytest.raises(ValueError, match="damping"):
        quick(tangent_solver="dual", damping=0.0).fit(X, y)
    with pytest.raises(ValueError, match="alpha=0"):
        quick(tangent_solver="dual", alpha=0.0).fit(X, y)
    for options in ({"damping": -1.0}, {"tangent_tol": 0.0}, {"curvature": "fisher"}):
        with pytest.raises(ValueError, match=next(iter(options))):
            quick(**options).fit(X, y)


@pytest.mark.parametrize("solver", ["auto", "primal", "cg"])
def test_a_singular_curvature_raises(rng, solver):
    X, y = problem(rng, n=5)
    # Dead units: no data reach their intercepts.
    model = quick(activation="relu", alpha=0.0, damping=0.0, tangent_solver=solver)
    model.set_params(hidden_layer_sizes=(20,))
    with pytest.raises(ValueError, match=r"singular.*damping"):
        model.fit(X, y)
    assert not hasattr(model, "coefs_tangent_")


def test_alpha_zero_with_damping(rng):
    X, y = problem(rng)
    model = quick(alpha=0.0, damping=0.1).fit(X, y)
    assert np.isfinite(model.curiosity_score(X)).all()


def test_conjugate_gradients_that_stop_early(rng, monkeypatch):
    # A sample as small as this makes a poor preconditioner.
    monkeypatch.setattr("skcurious.tangent._mlp.LARGEST_FACTOR", 3)
    X, y = problem(rng)
    with pytest.warns(ConvergenceWarning, match="tangent_max_iter"):
        model = quick(tangent_solver="cg", tangent_max_iter=3).fit(X, y)
    assert model.tangent_residual_ > model.tangent_tol
    assert model.tangent_n_iter_ == 3
    with pytest.warns(ConvergenceWarning, match="covariance"):
        model.predict(X, return_std=True)


def test_hessian_away_from_a_minimum(rng):
    X, y = problem(rng)
    model = quick(curvature="hessian", alpha=1e-6, max_iter=2, damping=0.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, 100 * y)
    messages = " ".join(str(w.message) for w in caught)
    assert "negative curvature" in messages
    assert "stationarity_" in messages
    assert "curvature='gauss-newton'" in messages
    assert any(w.category is LinAlgWarning for w in caught)


def test_stationarity_falls_as_training_goes_on(rng):
    X, y = problem(rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = [
            quick(max_iter=m, tol=1e-12).fit(X, y).stationarity_ for m in (1, 20, 2000)
        ]
        scaled = quick(max_iter=20, tol=1e-12).fit(X, y, np.full(30, 1.0))
    assert values[0] > values[1] > values[2]
    assert 0 < values[2] < 0.05
    assert values[0] <= 1
    assert_allclose(scaled.stationarity_, values[1])


@pytest.mark.parametrize("case", ["one row", "constant target", "all zero X"])
def test_degenerate_data(rng, case):
    X, y = problem(rng)
    if case == "one row":
        X, y = X[:1], y[:1]
    elif case == "constant target":
        y = np.full(30, 2.5)
    else:
        X = np.zeros_like(X)
    model = quick().fit(X, y)
    pool = rng.standard_normal((5, 3))
    assert np.isfinite(model.curiosity_score(pool)).all()
    assert np.isfinite(model.predict(pool, return_std=True)[1]).all()
    curiosity_sampling(model, pool, 3)


def test_store_covariance_false_keeps_the_tangent_only(rng):
    X, y = problem(rng)
    model = quick(store_covariance=False).fit(X, y)
    added = {
        name: value
        for name, value in vars(model).items()
        if name not in vars(quick()) and isinstance(value, (np.ndarray, list))
    }
    plain = MLPRegressor(hidden_layer_sizes=(6,), solver="lbfgs", max_iter=5).fit(X, y)
    extra = set(added) - set(vars(plain))
    assert not extra
    assert [w.shape for w in model.coefs_tangent_] == [w.shape for w in model.coefs_]
    assert model.linearised_.factor is None
    with pytest.raises(ValueError, match="store_covariance=True"):
        model.predict(X, return_std=True)
    curiosity_sampling(model, X)


def test_several_chunks_of_training_rows(rng):
    X, y = problem(rng, 400)
    expected = quick(tangent_solver="cg", tangent_tol=1e-12).fit(X, y)
    for solver in ("cg", "primal"):
        with sklearn.config_context(working_memory=0.05):
            model = quick(tangent_solver=solver, tangent_tol=1e-12).fit(X, y)
            covariance = model.predict_covariance(X[:5])
        assert_allclose(flat_tangent(model), flat_tangent(expected), rtol=1e-6)
        assert_allclose(covariance, expected.predict_covariance(X[:5]), rtol=1e-6)


@pytest.mark.filterwarnings("ignore:Training stopped away")
def test_auto_picks_the_smallest_exact_factor(rng):
    X, y = problem(rng)
    assert quick().fit(X, y).tangent_solver_ == "dual"  # 31 parameters, 30 rows
    X, y = problem(rng, 60)
    assert quick().fit(X, y).tangent_solver_ == "primal"
    assert quick(curvature="hessian", damping=1.0).fit(X, y).tangent_solver_ == "cg"


def test_wrappers_and_learner(rng):
    X, y = problem(rng, 60)
    wrapped = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), quick()), transformer=StandardScaler()
    ).fit(X[:20], y[:20])
    for batch in ("top", "sample", "greedy"):
        indices, scores = curiosity_sampling(
            wrapped, X[20:], 4, batch=batch, random_state=0
        )
        assert len(set(indices)) == 4
        assert (scores >= 0).all()
    assert skcurious.predict_tangent(wrapped, X).shape == (60,)
    learner = CuriousLearner(wrapped, X_training=X[:20], y_training=y[:20])
    indices, rows = learner.query(X[20:], 3)
    learner.teach(rows, y[20:][indices])
    assert len(learner.X_training) == 23


def test_reference_objective_is_what_lbfgs_minimises(rng):
    X, y = problem(rng)
    model = MLPRegressor(
        hidden_layer_sizes=(4,), activation="tanh", solver="lbfgs", alpha=0.3
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.set_params(tol=1e-12, max_iter=5000, random_state=0).fit(X, y)
    theta = np.concatenate([a.ravel() for a in model.coefs_ + model.intercepts_])
    args = (X, y[:, None], np.ones(30), 0.3, [3, 4, 1], "tanh")
    assert_allclose(objective(theta, *args) / 30, model.loss_, rtol=1e-8)
    assert np.linalg.norm(objective_gradient(theta, *args)) < 1e-2


def test_float32_leverages_are_not_differences_of_rounding(rng):
    X = (3 * rng.standard_normal((60, 4)) + 5).astype(np.float32)
    y = np.sin(X[:, 0])
    options = {"hidden_layer_sizes": (100,), "activation": "relu", "alpha": 1e-4}
    single = quick(**options).fit(X, y)
    double = quick(**options).fit(X.astype(float), y)
    assert single.tangent_solver_ == "dual"
    for model in (single, double):
        h = model.predict_covariance(X, noise_variance=1).diagonal()
        assert h.min() > 0
        assert h.max() < 1.001  # rows that have labels
    adam = quick(solver="adam").fit(X, y)
    mean, std = adam.predict(X, return_std=True)
    assert mean.dtype == std.dtype == np.float32


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_without_weight(rng, shuffle, early_stopping):
    X, y = problem(rng, 60)
    weights = np.append(np.zeros(20), np.ones(40))
    balance = minibatch_balance(weights, 48 if early_stopping else 60, 10, shuffle)
    assert np.isfinite(balance.regularity_per_alpha)
    assert_allclose(balance.weights.sum(), 40)
    assert_array_equal(balance.weights[:20], 0)
    if early_stopping:  # elsewhere scikit-learn itself divides by zero
        model = quick(
            solver="adam", batch_size=20, shuffle=shuffle, early_stopping=True
        ).fit(X, y, weights)
        assert np.isfinite(model.predict_tangent(X)).all()


def test_rows_of_a_short_last_batch_count_more(rng):
    # Without shuffling; and that is where gradient descent ends.
    X, y = problem(rng, 42)
    model = quick(
        hidden_layer_sizes=(),
        solver="sgd",
        alpha=0.5,
        batch_size=40,
        shuffle=False,
        learning_rate_init=2e-3,
        momentum=0.0,
        max_iter=20_000,
        tol=0.0,
        n_iter_no_change=20_000,
        damping=0.0,
    ).fit(X, y)
    balance = minibatch_balance(np.ones(42), 42, 40, False)
    assert_allclose(balance.weights[-1] / balance.weights[0], 20)
    assert_allclose(balance.weights.sum(), 42)
    ridge = CuriousRidge(model.effective_alpha_).fit(X, y, balance.weights)
    assert_allclose(model.coefs_[0][:, 0], ridge.coef_, rtol=0.02, atol=0.005)
    assert model.stationarity_ < 0.01
    scale = model.effective_alpha_ / model.alpha
    assert_allclose(
        model.predict_tangent(X),
        scale * ridge.predict_tangent(X),
        rtol=0.05,
        atol=0.05 * scale * np.abs(ridge.predict_tangent(X)).max(),
    )


@pytest.mark.filterwarnings("ignore")
def test_unscaled_data_are_told_to_be_scaled(rng):
    X = rng.standard_normal((300, 4)) * [1, 1e3, 1e4, 1] + [0, 1e3, 4e4, 2e3]
    with pytest.raises(ValueError, match=r"ill-conditioned.*StandardScaler"):
        quick(activation="relu", alpha=1e-9, damping=1e-12).fit(X, X[:, 0])


def test_alpha_zero_with_few_rows_is_singular(rng):
    X, y = problem(rng, 10)
    with pytest.raises(ValueError, match=r"singular.*alpha > 0"):
        quick(alpha=0.0, hidden_layer_sizes=(20,)).fit(X, y)


def test_a_fit_without_tangent_leaves_nothing_of_the_last(rng):
    X, y = problem(rng)
    model = quick().fit(X, y)
    model.set_params(loss="poisson").fit(X, np.exp(y))
    for attribute in ("noise_variance_", "effective_alpha_", "stationarity_"):
        assert not hasattr(model, attribute)
    assert not hasattr(model, "damping_")


@pytest.mark.parametrize("sample", [1, 5, 12, 30])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_preconditioned_by_a_sample_of_the_rows(rng, monkeypatch, n_outputs, sample):
    X, y = problem(rng, 40, n_outputs)
    weights = rng.uniform(0.5, 2, 40)
    expected = quick(tangent_solver="primal").fit(X, y, weights)
    monkeypatch.setattr("skcurious.tangent._mlp.LARGEST_FACTOR", sample)
    for curvature in ("gauss-newton", "hessian"):
        model = quick(
            tangent_solver="cg",
            curvature=curvature,
            tangent_tol=1e-12,
            damping=10.0 if curvature == "hessian" else "auto",
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # not at an optimum
            model.fit(X, y, weights)
        if curvature == "gauss-newton":
            assert_allclose(
                flat_tangent(model),
                flat_tangent(expected),
                rtol=1e-5,
                atol=1e-7 * np.abs(flat_tangent(expected)).max(),
            )
            assert model.tangent_n_iter_ > 1
        assert model.tangent_residual_ < 1e-10


def test_warnings_point_to_the_caller(rng, monkeypatch):
    monkeypatch.setattr("skcurious.tangent._mlp.LARGEST_FACTOR", 3)
    X, y = problem(rng)
    with pytest.warns(ConvergenceWarning, match="tangent_max_iter") as caught:
        quick(tangent_solver="cg", tangent_max_iter=5).fit(X, y)
    found = [w.filename for w in caught if "tangent_max_iter" in str(w.message)]
    assert found == [__file__]


def test_early_stopping_scales_the_rows(rng):
    X, y = problem(rng, 50)
    model = quick(
        hidden_layer_sizes=(),
        solver="adam",
        early_stopping=True,
        validation_fraction=0.3,
        damping=0.2,
    ).fit(X, y)
    J = np.column_stack([X, np.ones(50)])
    penalised = np.array([1.0, 1.0, 1.0, 0.0])
    G = 35 / 50 * J.T @ J + np.diag(model.effective_alpha_ * penalised + 0.2)
    theta = np.append(model.coefs_[0][:, 0], model.intercepts_[0])
    expected = -np.linalg.solve(G, penalised * theta)
    scale = model.effective_alpha_ / model.alpha
    assert_allclose(flat_tangent(model), scale * expected, rtol=1e-8)
    assert_allclose(model.noise_variance_, np.mean((model.predict(X) - y) ** 2))


@pytest.mark.parametrize("tangent_solver", ["primal", "dual"])
def test_a_small_alpha_keeps_its_digits(rng, tangent_solver):
    # The factor alone leaves a relative residual of some 1e-4 in the dual.
    X, y = problem(rng, 100)
    model = quick(
        hidden_layer_sizes=(100,),
        activation="relu",
        solver="adam",
        alpha=1e-5,
        tangent_solver=tangent_solver,
    ).fit(X, y)
    assert model.tangent_residual_ < 1e-8


@pytest.mark.parametrize("tangent_solver", ["primal", "dual"])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_training_rows_are_not_the_callers(rng, kind, tangent_solver):
    X, y = problem(rng)
    rows, pool = kind(X.copy()), kind(X.copy())
    model = quick(tangent_solver=tangent_solver).fit(rows, y)
    covariance = model.predict_covariance(pool)
    rows *= 0
    assert_array_equal(model.predict_covariance(pool), covariance)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["lbfgs", "adam"])
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_layer_tangents_are_the_parts_of_the_tangent(rng, n_outputs, solver):
    X, pool = rng.standard_normal((30, 3)), rng.standard_normal((9, 3))
    y = X[:, :1] ** 2 + rng.standard_normal((30, n_outputs))
    y, labels = (y[:, 0] if n_outputs == 1 else y), rng.standard_normal((9, n_outputs))
    options = dict(hidden_layer_sizes=(5, 4), solver=solver, alpha=0.3, random_state=0)
    whole = CuriousMLPRegressor(**options).fit(X, y)
    model = CuriousMLPRegressor(layer_tangents=True, **options).fit(X, y)
    assert_allclose(
        model.predict_tangent(pool), whole.predict_tangent(pool), rtol=1e-9, atol=1e-12
    )
    linearised = model.linearised_
    rows = linearised.at(pool)
    parts = linearised.parts_at(rows)
    assert parts.shape == (9, n_outputs, 3)
    assert_allclose(
        parts.sum(axis=2), whole.linearised_.tangent_at(rows), rtol=1e-9, atol=1e-12
    )
    # By layer: only its weights on the right-hand side.
    network = linearised.network
    for layer in range(3):
        coefs = [w * (i == layer) for i, w in enumerate(model.coefs_)]
        rho = network.pack(coefs, [0 * b for b in model.intercepts_])
        tangent = -linearised.factor.solve(rho[:, None]).value[:, 0]
        assert_allclose(parts[:, :, layer], rows.jvp(tangent), rtol=1e-6, atol=1e-9)
    score = model.curiosity_score(pool, noise_variance=1.0)
    assert_allclose(score, (parts**2).sum(axis=(1, 2)))
    residual = model.predict(pool).reshape(9, -1) - labels
    influence = np.einsum("nk,nkl->nl", residual, parts)
    assert_allclose(
        model.curiosity_score(pool, labels.reshape(9, -1)), (influence**2).sum(axis=1)
    )
