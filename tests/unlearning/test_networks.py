"""Networks that forget, against optima of the remaining rows found elsewhere."""

from functools import cache, partial

import joblib
import numpy as np
import pytest
from networks import at_optimum, quick
from numpy.testing import assert_allclose, assert_array_equal
from reference import (
    jacobian_by_complex_steps,
    minimise,
    objective,
    objective_gradient,
    objective_hessian,
)
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious.merging import merge
from skcurious.tangent import Network
from skcurious.unlearning import _network, forget
from skcurious.unlearning._certificate import distance_bound
from skcurious.unlearning._network import METHODS
from skcurious.unlearning._newton import Objective

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

N_FORGOTTEN, N_ROWS = 4, 24
ALPHA = 0.1


def problem(rng, n_outputs=1):
    X = rng.standard_normal((N_ROWS, 2))
    Y = np.column_stack([np.sin(X[:, 0]), X[:, 1] * X[:, 0]])[:, :n_outputs]
    return X, Y + 0.1 * rng.standard_normal(Y.shape)


def one(Y):
    return Y[:, 0] if Y.shape[1] == 1 else Y


def split(X, Y, weights=None):
    """Arguments of forget."""
    k, y = N_FORGOTTEN, one(Y)
    given = {"X": X[:k], "y": y[:k], "X_remaining": X[k:], "y_remaining": y[k:]}
    if weights is not None:
        given |= {
            "sample_weight": weights[:k],
            "sample_weight_remaining": weights[k:],
        }
    return given


def flat(model):
    return np.concatenate([a.ravel() for a in model.coefs_ + model.intercepts_])


@cache
def optima(n_outputs):
    """The optimum of all rows, that of the rest nearby, and both problems."""
    rng = np.random.default_rng(0)
    X, Y = problem(rng, n_outputs)
    Y[:, 0] += X[:, 1] ** 2  # which takes two units
    w, layers = rng.uniform(0.5, 1.5, N_ROWS), [2, 2, n_outputs]
    start = rng.standard_normal(2 * 2 + 2 + 2 * n_outputs + n_outputs)
    k = N_FORGOTTEN
    rest = X[k:], Y[k:], w[k:], ALPHA, layers, "tanh"
    theta = minimise(start, X, Y, w, ALPHA, layers, "tanh", tol=1e-11)
    return theta, minimise(theta, *rest, tol=1e-11), rest, (X, Y, w)


def trained(n_outputs=1, **options):
    """A network at an optimum of all rows."""
    theta, _, rest, (X, Y, w) = optima(n_outputs)
    model = quick(hidden_layer_sizes=(2,), alpha=ALPHA, **options)
    return at_optimum(model, theta, rest[4], X, one(Y), w), split(X, Y, w)


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize(
    "options",
    [
        {"curvature": "hessian", "damping": 0.0, "tangent_tol": 1e-12},
        {"tangent_solver": "primal"},
        {"tangent_solver": "dual"},
        {"tangent_solver": "cg", "tangent_tol": 1e-12},
    ],
)
def test_steps_arrive_at_the_optimum_of_the_remaining_rows(options, n_outputs):
    model, given = trained(n_outputs, **options)
    theta, expected, rest, _ = optima(n_outputs)
    before = joblib.hash(model)
    less = forget(model, **given, n_steps=500)
    assert joblib.hash(model) == before
    assert np.linalg.norm(expected - theta) > 0.01
    assert_allclose(flat(less), expected, rtol=1e-7, atol=1e-8)
    left = less.unlearning_
    assert left.gradient_norm < 1e-8
    assert left.distance_bound == np.inf
    assert left.noise_scale == 0
    assert less.stationarity_ < 1e-9

    # Tangent, covariance and noise are those of a network that never saw the rows.
    X, y = given["X_remaining"], given["y_remaining"]
    anew = at_optimum(
        quick(hidden_layer_sizes=(2,), alpha=ALPHA, **options), expected,
        rest[4], X, y, given["sample_weight_remaining"],
    )  # fmt: skip
    assert_allclose(less.noise_variance_, anew.noise_variance_, rtol=1e-6)
    assert_allclose(less.predict_tangent(X), anew.predict_tangent(X), rtol=1e-5)
    assert_allclose(
        less.predict_covariance(X, X[:2]), anew.predict_covariance(X, X[:2]), rtol=1e-5
    )


def test_one_step_with_the_hessian():
    options = {"curvature": "hessian", "damping": 0.0, "tangent_tol": 1e-12}
    model, given = trained(1, **options)
    theta, _, rest, _ = optima(1)
    H = objective_hessian(theta, *rest)
    assert np.linalg.eigvalsh(H)[0] > 0
    step = -np.linalg.solve(H, objective_gradient(theta, *rest))
    less = forget(model, **given, n_steps=1)
    assert_allclose(flat(less), theta + step, rtol=1e-6, atol=1e-8)
    left, ended = less.unlearning_, theta + step
    assert left.n_steps == 1
    gradient = objective_gradient(ended, *rest)
    assert_allclose(left.gradient_norm, np.linalg.norm(gradient), rtol=1e-5)
    next_step = np.linalg.solve(objective_hessian(ended, *rest), gradient)
    assert_allclose(left.distance_estimate, np.linalg.norm(next_step), rtol=1e-4)


def test_steps_are_halved_until_they_lower_the_objective(rng):
    """Far from an optimum, where whole steps of Gauss-Newton go too far."""
    X, Y = problem(rng)
    X, Y = 3 * X, 10 * Y
    model = quick(hidden_layer_sizes=(3,), alpha=1e-3, max_iter=3, damping=1e-6)
    model.fit(X, one(Y))
    rest = X[N_FORGOTTEN:], Y[N_FORGOTTEN:], np.ones(N_ROWS - N_FORGOTTEN)
    rest = *rest, 1e-3, [2, 3, 1], "tanh"
    values = [objective(flat(model), *rest)]
    J = jacobian_by_complex_steps(flat(model), X[N_FORGOTTEN:], rest[4], "tanh")[:, 0]
    G = J.T @ J + np.diag(model.damping_ + 1e-3 * (np.arange(13) < 9))
    step = -np.linalg.solve(G, objective_gradient(flat(model), *rest))
    assert objective(flat(model) + step, *rest) > values[0]
    for n_steps in range(1, 8):
        less = forget(model, **split(X, Y), n_steps=n_steps)
        values.append(objective(flat(less), *rest))
        assert less.unlearning_.n_steps == n_steps
    assert (np.diff(values) < 0).all()


@pytest.mark.filterwarnings("ignore::scipy.linalg.LinAlgWarning")
def test_negative_curvature_is_no_way_up(rng):
    X, Y = problem(rng)
    options = {"curvature": "hessian", "alpha": 1e-3, "damping": 1e-6}
    with pytest.warns(match="negative curvature"):
        model = quick(hidden_layer_sizes=(3,), max_iter=2, **options).fit(X, one(Y))
    rest = X[N_FORGOTTEN:], Y[N_FORGOTTEN:], np.ones(N_ROWS - N_FORGOTTEN)
    rest = *rest, 1e-3, [2, 3, 1], "tanh"
    with pytest.warns(match="remaining rows has negative curvature"):
        less = forget(model, **split(X, Y), n_steps=2)
    assert objective(flat(less), *rest) < objective(flat(model), *rest)
    assert less.unlearning_.n_steps == 2


# -- convex: the last layer ----------------------------------------------------------


def hidden(model, X):
    return np.tanh(X @ model.coefs_[0] + model.intercepts_[0])


def last(model):
    return np.vstack([model.coefs_[-1], model.intercepts_[-1]])


@pytest.mark.parametrize("solver", ["lbfgs", "sgd"])
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_the_last_layer_is_a_ridge_regression(rng, n_outputs, solver):
    weights = rng.uniform(0.5, 1.5, N_ROWS)
    X, Y = problem(rng, n_outputs)
    options = {"solver": solver, "shuffle": False, "batch_size": 5}
    model = quick(hidden_layer_sizes=(5,), alpha=ALPHA, **options)
    model.fit(X, one(Y), weights)
    given = split(X, Y, weights)
    less = forget(model, **given, layers="last")
    A = hidden(model, given["X_remaining"])
    _, balanced = less._balance(given["sample_weight_remaining"])
    ridge = Ridge(alpha=less.effective_alpha_).fit(A, Y[N_FORGOTTEN:], balanced)
    expected = np.vstack([ridge.coef_.reshape(n_outputs, -1).T, ridge.intercept_])
    assert_allclose(last(less), expected, rtol=1e-9, atol=1e-10)
    assert_array_equal(less.coefs_[0], model.coefs_[0])
    off = np.linalg.norm(last(less) - expected)
    assert off <= less.unlearning_.distance_bound < 1e-8


def test_without_hidden_layers_all_of_it_is(rng):
    X, Y = problem(rng, 2)
    model = quick(hidden_layer_sizes=(), alpha=ALPHA).fit(X, Y)
    less = forget(model, **split(X, Y))
    ridge = Ridge(alpha=ALPHA).fit(X[N_FORGOTTEN:], Y[N_FORGOTTEN:])
    assert_allclose(less.coefs_[0], ridge.coef_.T, rtol=1e-9)
    assert_allclose(less.intercepts_[0], ridge.intercept_, rtol=1e-9)
    assert less.unlearning_.distance_bound < 1e-8


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_no_optimum_is_further_than_the_bound(rng, n_outputs):
    X, Y = problem(rng, n_outputs)
    w = rng.uniform(0.5, 1.5, N_ROWS)
    ridge = Ridge(alpha=ALPHA).fit(X, Y, w)
    coef, intercept = ridge.coef_.reshape(n_outputs, -1).T, ridge.intercept_
    A = np.column_stack([X, np.ones(N_ROWS)])
    values, vectors = np.linalg.eigh(
        A.T @ (w[:, None] * A) + np.diag([ALPHA] * 2 + [0])
    )
    tight = vectors[:, :1] @ rng.standard_normal((1, n_outputs))
    for moved in [*rng.standard_normal((20, 3, n_outputs)), tight]:
        network = Network([coef + moved[:-1]], [intercept + moved[-1]], "identity")
        point = Objective(X, Y, w, alpha=ALPHA, chunk_size=7).at(network)
        bound = distance_bound(point, ALPHA, np.float64)
        size = np.linalg.norm(moved)
        assert size <= bound <= size * values[-1] / values[0] * (1 + 1e-9)
    assert_allclose(bound, size, rtol=1e-9)


def test_no_bound_without_curvature(rng, monkeypatch):
    X, Y = problem(rng)
    twice = np.column_stack([X, X[:, 0]])
    network = Network([np.ones((3, 1))], [np.zeros(1)], "identity")
    point = Objective(twice, Y, np.ones(N_ROWS), alpha=1e-16, chunk_size=7).at(network)
    assert distance_bound(point, 1e-16, np.float64) == np.inf

    model = quick(hidden_layer_sizes=(2,)).fit(X, one(Y))
    monkeypatch.setattr(_network, "distance_bound", lambda *_: np.inf)
    with pytest.raises(ValueError, match="Nothing is proved of the distance"):
        forget(model, **split(X, Y), layers="last", epsilon=1, delta=1e-5)


def test_noise_is_calibrated_to_the_bound(rng):
    X, Y = problem(rng, 2)
    model = quick(hidden_layer_sizes=(5,), alpha=ALPHA).fit(X, Y)
    options = {**split(X, Y), "layers": "last"}
    without = last(forget(model, **options))
    noise = []
    for seed in range(40):
        less = forget(model, **options, epsilon=0.5, delta=1e-6, random_state=seed)
        noise.append(last(less) - without)
    left = less.unlearning_
    assert (left.epsilon, left.delta) == (0.5, 1e-6)
    assert_allclose(
        left.noise_scale, left.distance_bound * np.sqrt(2 * np.log(1.25e6)) / 0.5
    )
    assert_array_equal(less.coefs_[0], model.coefs_[0])
    noise = np.ravel(noise) / left.noise_scale
    assert abs(noise.std() - 1) < 4 / np.sqrt(2 * len(noise))
    assert abs(noise.mean()) < 4 / np.sqrt(len(noise))
    again = forget(model, **options, epsilon=0.5, delta=1e-6, random_state=39)
    assert_array_equal(flat(again), flat(less))


# -- baselines -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["dampening", "loss-free"])
def test_dampening_follows_gradients_of_single_rows(rng, method):
    X, Y = problem(rng, 2)
    weights = rng.uniform(0.5, 1.5, N_ROWS)
    model = quick(hidden_layer_sizes=(4,)).fit(X, Y, weights)
    theta = flat(model)
    J = jacobian_by_complex_steps(theta, X, [2, 4, 2], "tanh")
    f = model.predict(X)
    if method == "dampening":
        each = np.einsum("nkp,nk->np", J, f - Y) ** 2
    else:
        each = np.abs(2 * np.einsum("nkp,nk->np", J, f))
    own = np.average(each[:N_FORGOTTEN], axis=0, weights=weights[:N_FORGOTTEN])
    every = np.average(each, axis=0, weights=weights)
    factor = np.where(own > 1.2 * every, np.minimum(0.9 * every / own, 1), 1)
    assert 0 < (factor < 1).sum() < len(theta)
    given = split(X, Y, weights)
    if method == "loss-free":
        given["y"] = None
    less = forget(model, **given, method=method, selection=1.2, strength=0.9)
    assert_allclose(flat(less), theta * factor, rtol=1e-9)
    rest = X[N_FORGOTTEN:], Y[N_FORGOTTEN:], weights[N_FORGOTTEN:]
    gradient = objective_gradient(flat(less), *rest, 0.3, [2, 4, 2], "tanh")
    assert_allclose(less.unlearning_.gradient_norm, np.linalg.norm(gradient))


def test_projected_steps_leave_the_leading_inputs_alone(rng):
    X, Y = problem(rng)
    model = quick(hidden_layer_sizes=(20,), alpha=0.01).fit(X, one(Y))
    given = split(X, Y)
    less = forget(model, **given, method="projected", energy=0.999, n_steps=1)
    A = np.column_stack([hidden(model, X[N_FORGOTTEN:]), np.ones(N_ROWS - 4)])
    _, s, V = np.linalg.svd(A)
    kept = np.searchsorted(np.cumsum(s**2), 0.999 * (s**2).sum()) + 1
    assert 0 < kept < 20
    change = last(less) - last(model)
    assert np.abs(V[:kept] @ change).max() < 1e-9 * np.linalg.norm(change)
    # The first layer's inputs are three, all of which the remaining rows have.
    assert_allclose(less.coefs_[0], model.coefs_[0], atol=1e-9)


def test_projected_steps_stop_at_what_leaving_out_promises(rng):
    X, Y = problem(rng)
    weights = rng.uniform(0.5, 1.5, N_ROWS)
    model = quick(hidden_layer_sizes=(), alpha=ALPHA, damping=0.0, max_iter=2000)
    model.set_params(tol=1e-12).fit(X, one(Y), weights)
    given = split(X, Y, weights)
    left_out = []
    for i in range(N_FORGOTTEN):
        rest = np.arange(N_ROWS) != i
        ridge = Ridge(alpha=ALPHA).fit(X[rest], one(Y)[rest], weights[rest])
        left_out.append((ridge.predict(X[[i]]) - Y[i]) ** 2)
    expected = weights[:N_FORGOTTEN] @ np.ravel(left_out)
    less = forget(model, **given, method="projected", energy=0.1, n_steps=50)
    loss = weights[:N_FORGOTTEN] @ (less.predict(X[:N_FORGOTTEN]) - given["y"]) ** 2
    assert_allclose(loss, expected, rtol=2e-3)


def test_projected_steps_say_when_nothing_is_left(rng):
    X, Y = problem(rng)
    model = quick(hidden_layer_sizes=(3,)).fit(X, one(Y))
    with pytest.warns(match="Lower energy"):
        less = forget(model, **split(X, Y), method="projected", energy=1.0)
    assert_allclose(flat(less), flat(model), atol=1e-7)


# -- through wrappers, and what comes after ------------------------------------------


def test_through_wrappers_in_units_of_the_labels(rng):
    X, Y = problem(rng)
    X, y = 100 + 5 * X, 7 + 30 * one(Y)
    inner = quick(hidden_layer_sizes=(3,), tol=1e-8, max_iter=2000)
    model = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), inner), transformer=StandardScaler()
    ).fit(X, y)
    less = forget(model, **split(X, y[:, None]), n_steps=5)
    Z = StandardScaler().fit_transform(X)
    z = StandardScaler().fit_transform(y[:, None])
    plain = forget(model.regressor_[-1], **split(Z, z), n_steps=5)
    assert_allclose(flat(less.regressor_[-1]), flat(plain), rtol=1e-6)
    assert not hasattr(model.regressor_[-1], "unlearning_")


def test_one_network_for_each_target(rng):
    X, Y = problem(rng, 2)
    model = MultiOutputRegressor(quick(hidden_layer_sizes=(3,))).fit(X, Y)
    less = forget(model, **split(X, Y))
    for k in range(2):
        own = forget(model.estimators_[k], **split(X, Y[:, [k]]))
        assert_array_equal(flat(less.estimators_[k]), flat(own))
    with pytest.raises(ValueError, match="y_remaining must have 2 targets"):
        forget(model, X[:4], Y[:4], X_remaining=X[4:], y_remaining=Y[4:, 0])


def test_the_next_fit_has_forgotten_that_it_forgot(rng):
    X, Y = problem(rng)
    less = forget(quick(hidden_layer_sizes=(3,)).fit(X, one(Y)), **split(X, Y))
    again = forget(less, X[4:6], one(Y)[4:6], X_remaining=X[6:], y_remaining=one(Y)[6:])
    assert again.unlearning_ != less.unlearning_
    assert not hasattr(less.fit(X, one(Y)), "unlearning_")


@pytest.mark.parametrize("early_stopping", [False, True])
def test_nothing_of_the_training_is_left(rng, early_stopping):
    X, Y = problem(rng)
    model = quick(
        hidden_layer_sizes=(3,),
        solver="adam",
        batch_size=5,
        max_iter=30,
        checkpoints=3,
        early_stopping=early_stopping,
    ).fit(X, one(Y))
    less = forget(model, **split(X, Y), n_steps=2)
    assert not less.loss_curve_
    assert not less.checkpoint_epochs_.size
    assert not {"_optimizer", "loss_"} & set(vars(less))
    # The effective alpha is that of as many rows.
    anew = quick(
        hidden_layer_sizes=(3,),
        solver="adam",
        batch_size=5,
        max_iter=1,
        early_stopping=early_stopping,
    ).fit(X[N_FORGOTTEN:], one(Y)[N_FORGOTTEN:])
    assert less.effective_alpha_ == anew.effective_alpha_ != model.effective_alpha_
    if not early_stopping:
        theta = flat(less)
        less.partial_fit(X[N_FORGOTTEN:], one(Y)[N_FORGOTTEN:])
        assert (flat(less) != theta).any()
        assert np.isfinite(less.predict(X)).all()


@pytest.mark.parametrize("method", METHODS)
def test_sparse_rows_and_named_columns(rng, method, recwarn):
    pd = pytest.importorskip("pandas")
    X, Y = problem(rng)
    X[rng.random(X.shape) < 0.3] = 0
    model = quick(hidden_layer_sizes=(6,), tol=1e-3).fit(X, one(Y))
    given = split(X, Y)
    expected = flat(forget(model, **given, method=method))
    for container in (sparse.csr_matrix, partial(pd.DataFrame, columns=["a", "b"])):
        model = clone(model).fit(container(X), one(Y))
        for name in ("X", "X_remaining"):
            given[name] = container(split(X, Y)[name])
        less = forget(model, **given, method=method)
        assert_allclose(flat(less), expected, rtol=1e-6, atol=1e-9)
    assert not [w for w in recwarn if "names" in str(w.message)]


def test_single_precision(rng):
    X, Y = problem(rng)
    X, Y = X.astype(np.float32), Y.astype(np.float32)
    model = quick(hidden_layer_sizes=(3,), solver="adam").fit(X, one(Y))
    less = forget(model, **split(X, Y), layers="last")
    assert less.coefs_[0].dtype == np.float32
    assert 1e-9 < less.unlearning_.distance_bound < 1e-4


# -- bad input -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def fitted():
    X, Y = problem(np.random.default_rng(0))
    return quick(hidden_layer_sizes=(3,)).fit(X, one(Y)), X, Y


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"X_remaining": None}, ValueError, "pass those that remain as X_remaining="),
        ({"y": None}, ValueError, "needs the labels y"),
        ({"method": "retrain"}, ValueError, "method must be one of"),
        ({"selection": 2.0}, TypeError, "method='newton' takes no selection="),
        ({"method": "dampening", "n_steps": 2}, TypeError, "takes no n_steps="),
        ({"method": "dampening", "selection": 0}, ValueError, "selection must be"),
        ({"method": "loss-free", "strength": -1}, ValueError, "strength must be"),
        ({"method": "projected", "energy": 2}, ValueError, "energy must be"),
        ({"n_steps": 0}, ValueError, "n_steps must be an integer"),
        ({"layers": "first"}, ValueError, "layers must be"),
        ({"epsilon": 1.0}, ValueError, "give both"),
        ({"epsilon": 1.0, "delta": 1e-5}, ValueError, "use layers='last'"),
        ({"epsilon": 2.0, "delta": 1e-5, "layers": "last"}, ValueError, "at most 1"),
        ({"epsilon": 1.0, "delta": 1.0, "layers": "last"}, ValueError, "delta must be"),
        ({"refit_hyperparameters": True}, ValueError, "no hyperparameters"),
        ({"method": "projected", "energy": "a"}, ValueError, "energy must be"),
        ({"method": "dampening", "strength": None}, ValueError, "strength must be"),
        ({"method": "loss-free", "selection": "a"}, ValueError, "selection must be"),
        ({"epsilon": "1", "delta": 0.1, "layers": "last"}, ValueError, "epsilon must"),
        ({"epsilon": 1.0, "delta": "1", "layers": "last"}, ValueError, "delta must be"),
        ({"X": np.ones((4, 3))}, ValueError, "3 features"),
        ({"X": np.ones((4, 2))}, ValueError, "not together the rows"),
        ({"sample_weight": [1, 1, 1, 2]}, ValueError, "not together the rows"),
        ({"sample_weight": [1, 1]}, ValueError, "sample_weight"),
        ({"y": np.zeros((4, 2))}, ValueError, "y"),
    ],
)
def test_mistakes(fitted, change, error, says):
    model, X, Y = fitted
    before = joblib.hash(model)
    with pytest.raises(error, match=says):
        forget(model, **{**split(X, Y), **change})
    assert joblib.hash(model) == before


@pytest.mark.parametrize("method", METHODS)
def test_rows_must_be_those_of_the_fit(fitted, method):
    model, X, Y = fitted
    given = split(X, Y)
    given["X_remaining"], given["y_remaining"] = X[5:], one(Y)[5:]
    with pytest.raises(ValueError, match="not together the rows"):
        forget(model, **given, method=method)
    given["X_remaining"], given["y_remaining"] = X, one(Y)  # the forgotten ones as well
    with pytest.raises(ValueError, match="not together the rows"):
        forget(model, **given, method=method)


def test_of_a_stream_rows_are_not_known(rng):
    X, Y = problem(rng)
    model = quick(hidden_layer_sizes=(3,), solver="sgd").partial_fit(X, one(Y))
    with pytest.raises(ValueError, match="Call fit_tangent"):
        forget(model, **split(X, Y))
    forget(model.fit_tangent(X, one(Y)), **split(X, Y))


def test_of_merged_networks_neither(rng):
    X, Y = problem(rng)
    one_half, other = (
        quick(hidden_layer_sizes=(3,)).fit(X[rows], one(Y)[rows])
        for rows in (slice(0, 12), slice(12, 24))
    )
    model = merge([one_half, other])
    with pytest.raises(ValueError, match="or merged"):
        forget(model, **split(X, Y))
    less = forget(model.fit_tangent(X, one(Y)), **split(X, Y))
    assert less.unlearning_.n_steps > 0


def test_projected_needs_a_covariance(rng):
    X, Y = problem(rng)
    model = quick(hidden_layer_sizes=(3,), store_covariance=False).fit(X, one(Y))
    with pytest.raises(ValueError, match="store_covariance"):
        forget(model, **split(X, Y), method="projected")
    forget(model, **split(X, Y))
