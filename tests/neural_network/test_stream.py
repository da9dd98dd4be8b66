"""partial_fit of CuriousMLPRegressor against dense recursions and solves."""

import copy
import pickle

import numpy as np
import pytest
import sklearn
from networks import quick
from numpy.testing import assert_allclose
from reference import jacobian_by_complex_steps
from scipy import sparse
from scipy.stats import spearmanr
from sklearn.datasets import load_diabetes
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import scale

from skcurious import CuriousMLPRegressor, CuriousRidge
from skcurious.influence import hypergradient, self_influence
from skcurious.query import curiosity_sampling, expected_curiosity_reduction
from skcurious.tangent import Network
from skcurious.tangent._forward import MOMENTUM, ROOM, ForwardTangent, largest_curvature

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def problem(rng, n=60, n_outputs=1):
    X = rng.standard_normal((n, 3))
    Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1], X[:, 2]])[:, :n_outputs]
    Y = Y + 0.1 * rng.standard_normal(Y.shape)
    return X, Y[:, 0] if n_outputs == 1 else Y


def streaming(**options):
    options = {"solver": "adam", "batch_size": 20, "alpha": 0.5, **options}
    return quick(**options)


def flat(coefs, intercepts):
    return np.concatenate([a.ravel() for a in [*coefs, *intercepts]])


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_steps_are_those_of_a_dense_recursion(rng, n_outputs):
    layers = [3, 4, n_outputs]
    coefs = [rng.standard_normal((3, 4)), rng.standard_normal((4, n_outputs))]
    intercepts = [rng.standard_normal(4), rng.standard_normal(n_outputs)]
    network = Network(coefs, intercepts, "tanh")
    theta, penalised = (
        flat(coefs, intercepts),
        np.arange(network.n_params) < 12 + (4 * n_outputs),
    )
    start = rng.standard_normal(network.n_params)
    forward = ForwardTangent(start.copy())
    t, v, mean = start.copy(), np.zeros_like(start), start.copy()
    largest = None
    for k in range(1, 6):
        X, weights = rng.standard_normal((7, 3)), rng.uniform(0, 1, 7)
        weights /= weights.sum()
        forward.step(network.linearise(X), weights, 0.3, 0.1, 0.2)
        J = jacobian_by_complex_steps(theta, X, layers, "tanh")
        H = np.einsum("nkp,n,nkq->pq", J, weights, J)
        if largest is None:
            largest = np.linalg.eigvalsh(H)[-1] + 0.3
            assert_allclose(forward.largest, largest, rtol=1e-3)
        H += np.diag(np.where(penalised, 0.3, 0.1))
        ahead = t + MOMENTUM * v
        v = MOMENTUM * v - (H @ ahead + 0.2 * penalised * theta) / (
            ROOM * forward.largest
        )
        t = t + v
        mean = mean + (t - mean) / k**0.6
        assert_allclose(forward.tangent, t, rtol=1e-9, atol=1e-11)
        assert_allclose(forward.mean, mean, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("n", [5, 900])
def test_largest_curvature(rng, n):
    network = Network([rng.standard_normal((3, 1))], [np.zeros(1)], "tanh")
    X = rng.standard_normal((n, 3))
    weights = np.full(n, 1 / n)
    A = np.column_stack([X, np.ones(n)])[:512]
    expected = np.linalg.eigvalsh(A.T @ A / len(A))[-1]
    found = largest_curvature(network.linearise(X), weights)
    assert_allclose(found, expected, rtol=0.02)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_parameters_train_as_in_scikit_learn(rng, solver, weighted):
    X, y = problem(rng)
    weights = rng.uniform(0.5, 2, len(y)) if weighted else None
    options = {"hidden_layer_sizes": (5,), "solver": solver, "random_state": 0}
    curious, plain = CuriousMLPRegressor(**options), MLPRegressor(**options)
    for _ in range(3):
        curious.partial_fit(X, y, weights)
        plain.partial_fit(X, y, weights)
    for a, b in zip(curious.coefs_, plain.coefs_, strict=True):
        assert_allclose(a, b, rtol=0)
    assert curious.tangent_n_iter_ == 3
    assert curious.tangent_solver_ == "forward"
    # fit does not carry it.
    curious.fit(X, y)
    assert not hasattr(curious, "_forward")
    assert curious.tangent_solver_ != "forward"


def errors_after(passes, n_outputs=1):
    """Relative errors of the tangent of a network without hidden layers."""
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((1000, 10)), rng.standard_normal((1000, n_outputs))
    Y += X[:, :n_outputs]
    model = CuriousMLPRegressor(
        hidden_layer_sizes=(),
        solver="sgd",
        learning_rate="invscaling",
        learning_rate_init=0.1,
        alpha=80.0,
        batch_size=200,
        random_state=np.random.RandomState(0),
    )
    errors = []
    for done in range(1, max(passes) + 1):
        model.partial_fit(X, Y[:, 0] if n_outputs == 1 else Y)
        if done not in passes:
            continue
        A, W = np.column_stack([X, np.ones(1000)]), model.coefs_[0]
        H = A.T @ A + np.diag([model.effective_alpha_] * 10 + [model.damping_[-1]])
        rho = np.vstack([W, np.zeros(n_outputs)])
        exact = -np.linalg.solve(H, rho) * model.effective_alpha_ / model.alpha
        carried = np.vstack([model.coefs_tangent_[0], model.intercepts_tangent_[0]])
        errors.append(np.linalg.norm(carried - exact) / np.linalg.norm(exact))
    return errors, model.tangent_residual_


@pytest.mark.slow
def test_converges_to_the_solve_on_ridge_problems():
    errors, residual = errors_after((10, 100, 600))
    assert errors[0] > errors[1] > errors[2]
    assert errors[1] < 2e-2
    assert errors[2] < 1e-2
    assert residual < 0.1  # on some of the rows
    errors, _ = errors_after((600,), n_outputs=2)
    assert errors[0] < 1e-2


def test_of_one_minibatch_converges_to_the_solve(rng):
    X, y = problem(rng)
    model = streaming(
        hidden_layer_sizes=(), solver="sgd", batch_size=60, learning_rate_init=0.05
    )
    for _ in range(2000):
        model.partial_fit(X, y)
    solved = copy.deepcopy(model)
    solved.fit_tangent(X, y)
    assert model.tangent_residual_ < 1e-6
    assert model.effective_alpha_ == solved.effective_alpha_
    assert_allclose(model.damping_, solved.damping_)
    assert_allclose(model.predict_tangent(X), solved.predict_tangent(X), rtol=1e-5)
    assert_allclose(model.curiosity_score(X), solved.curiosity_score(X), rtol=1e-4)
    ridge = CuriousRidge(0.5).fit(X, y)
    assert_allclose(model.coefs_[0][:, 0], ridge.coef_, rtol=1e-4)


@pytest.mark.parametrize("weighted", [False, True])
def test_ranks_a_pool_as_the_solve_does(rng, weighted):
    X, y = load_diabetes(return_X_y=True)
    X, y = scale(X), scale(y)
    weights = rng.uniform(0.5, 2, 300) if weighted else None
    model = streaming(alpha=2.0, batch_size=50, hidden_layer_sizes=(16,))
    for _ in range(200):
        model.partial_fit(X[:300], y[:300], weights)
    solved = copy.deepcopy(model)
    solved.fit_tangent(X[:300], y[:300], weights)
    scores = [m.curiosity_score(X[300:]) for m in (model, solved)]
    correlation = spearmanr(*scores).statistic
    print(f"Spearman correlation {correlation:.3f}")
    assert correlation >= 0.9
    assert_allclose(model.effective_alpha_, solved.effective_alpha_, rtol=0.02)


def test_starts_from_the_tangent_of_fit(rng):
    X, y = problem(rng)
    model = streaming(max_iter=50, learning_rate_init=1e-6).fit(X, y)
    before = flat(model.coefs_tangent_, model.intercepts_tangent_)
    model.partial_fit(X, y)
    after = flat(model.coefs_tangent_, model.intercepts_tangent_)
    assert 0 < np.linalg.norm(after - before) < 0.05 * np.linalg.norm(before)


def test_has_no_covariance_and_all_that_needs_none(rng):
    X, y = problem(rng)
    model = streaming().partial_fit(X, y)
    assert model.predict_tangent(X).shape == (60,)
    indices, _ = curiosity_sampling(model, X, 5, batch="sample", random_state=0)
    assert len(set(indices)) == 5
    assert isinstance(hypergradient(model, X, y), float)
    for ask in (
        lambda: model.predict_covariance(X),
        lambda: model.predict(X, return_std=True),
        lambda: curiosity_sampling(model, X, 2),
        lambda: expected_curiosity_reduction(model, X),
        lambda: self_influence(model, X, y),
    ):
        with pytest.raises(
            ValueError, match="After partial_fit there is no covariance"
        ):
            ask()


def test_sparse_float32_several_outputs_and_pickles(rng):
    X, Y = problem(rng, n_outputs=2)
    model = streaming(random_state=1).partial_fit(X, Y)
    thin = streaming(random_state=1).partial_fit(sparse.csr_array(X), Y)
    assert_allclose(thin.predict_tangent(X), model.predict_tangent(X))
    assert_allclose(thin.tangent_residual_, model.tangent_residual_)
    single = streaming(random_state=1).partial_fit(X.astype(np.float32), Y)
    assert single.coefs_tangent_[0].dtype == np.float32
    again = pickle.loads(pickle.dumps(model)).partial_fit(X, Y)
    model.partial_fit(X, Y)
    assert_allclose(again.predict_tangent(X), model.predict_tangent(X))


def test_rows_of_no_weight(rng):
    X, y = problem(rng)
    weights = np.repeat([1.0, 0.0], 30)
    model = streaming(shuffle=False, batch_size=30)
    first = sklearn.clone(model).partial_fit(X[:30], y[:30])
    model.partial_fit(X[:30], y[:30], weights[:30])
    assert_allclose(model.predict_tangent(X), first.predict_tangent(X))
    assert_allclose(model.noise_variance_, first.noise_variance_)
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        model.partial_fit(X, y, -weights)
    # Of one weight for all rows, an equal share of the penalty less.
    scalar = sklearn.clone(model).partial_fit(X, y, 2.0)
    array = sklearn.clone(model).partial_fit(X, y, np.full(60, 2.0))
    assert_allclose(scalar.predict_tangent(X), array.predict_tangent(X))


def test_no_regularity_and_constant_labels(rng):
    X, y = problem(rng)
    model = streaming(alpha=0.0).partial_fit(X, y)
    assert np.isfinite(model.predict_tangent(X)).all()
    model = streaming().partial_fit(X, np.zeros(60))
    assert np.isfinite(model.curiosity_score(X)).all()


def test_what_cannot_be_carried(rng):
    X, y = problem(rng)
    with pytest.raises(ValueError, match="curvature='hessian' cannot be carried"):
        streaming(curvature="hessian").partial_fit(X, y)
    with pytest.raises(ValueError, match="carries one tangent"):
        streaming(layer_tangents=True).partial_fit(X, y)
    with pytest.raises(AttributeError, match="partial_fit"):
        streaming(solver="lbfgs").partial_fit(X, y)
    model = streaming(loss="poisson").partial_fit(X, np.abs(y))
    with pytest.raises(ValueError, match="loss='poisson' has no curiosity"):
        model.curiosity_score(X)
    model = streaming().partial_fit(X, y)
    model.set_params(loss="poisson").partial_fit(X, np.abs(y))
    model.set_params(loss="squared_error")
    with pytest.raises(NotFittedError):
        model.curiosity_score(X)


@pytest.mark.parametrize("mistake", ["columns", "rows", "NaN", "early stopping"])
def test_mistakes_change_nothing(rng, mistake):
    X, y = problem(rng)
    model = streaming().partial_fit(X, y)
    before = pickle.dumps(model.predict_tangent(X))
    if mistake == "columns":
        X_bad, y_bad = X[:, :2], y
    elif mistake == "rows":
        X_bad, y_bad = X[:-1], y
    else:
        X_bad, y_bad = X.copy(), y
        if mistake == "NaN":
            X_bad[3, 1] = np.nan
        else:
            model.set_params(early_stopping=True)
    with pytest.raises(ValueError, match=r"features|inconsistent|NaN|early_stopping"):
        model.partial_fit(X_bad, y_bad)
    assert pickle.dumps(model.predict_tangent(X)) == before
    assert not vars(model).get("_carried")


def test_fit_tangent_solves_without_training(rng):
    X, y = problem(rng)
    weights = rng.uniform(0.5, 2, 60)
    model = streaming(tol=0.0, max_iter=20).fit(X, y, weights)
    again = copy.deepcopy(model).fit_tangent(X, y, weights)
    assert_allclose(again.predict_tangent(X), model.predict_tangent(X))
    assert_allclose(again.predict_covariance(X), model.predict_covariance(X))
    again.partial_fit(X, y)
    theta = flat(again.coefs_, again.intercepts_)
    again.fit_tangent(X, y)
    assert_allclose(flat(again.coefs_, again.intercepts_), theta, rtol=0)
    assert again.tangent_solver_ == "primal"
    assert again.predict_covariance(X).shape == (60, 60)
    with pytest.raises(NotFittedError):
        streaming().fit_tangent(X, y)
    with pytest.raises(ValueError, match="features"):
        again.fit_tangent(X[:, :2], y)
    assert again.predict_covariance(X).shape == (60, 60)
    with pytest.raises(ValueError, match="loss='squared_error'"):
        again.set_params(loss="poisson").fit_tangent(X, y)


def test_minibatches_that_differ_much_do_not_diverge(rng):
    X = rng.standard_normal((1000, 3))
    y = np.tanh(X @ [1.0, 2.0, 3.0])
    model = streaming(batch_size=2, alpha=1e-4, activation="relu")
    for _ in range(3):
        model.partial_fit(X, y)
    assert model.tangent_residual_ < 100
    model = streaming(alpha=1e-4)
    for k in range(64):
        rows = rng.standard_normal((50, 3)) * (1 if k % 16 == 0 else 5)
        model.partial_fit(rows, rows @ [1.0, 2.0, 3.0] / 5)
    assert model.tangent_residual_ < 100
    # Sorted by size, or by weight.
    X[600:] *= 20
    model = streaming(batch_size=1000, shuffle=False)
    for _ in range(30):
        model.partial_fit(X, y, np.repeat([0.0, 1.0], [600, 400]))
    assert model.tangent_residual_ < 100


def test_interrupted_before_the_first_minibatch(rng, monkeypatch):
    X, y = problem(rng)
    model = streaming().partial_fit(X, y)
    before = model.curiosity_score(X)

    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    name = "sklearn.neural_network._multilayer_perceptron.shuffle"
    monkeypatch.setattr(name, interrupt)
    for interrupted in (model, streaming()):
        with pytest.warns(UserWarning, match="interrupted"):
            interrupted.partial_fit(X, y)
    assert_allclose(model.curiosity_score(X), before)


def test_formats_and_targets_are_checked_before_anything_moves(rng):
    X, Y = problem(rng, n_outputs=2)
    model = streaming().partial_fit(sparse.coo_array(X), Y)
    assert np.isfinite(model.tangent_residual_)
    before, scores = flat(model.coefs_, model.intercepts_), model.curiosity_score(X)
    for method in (model.partial_fit, model.fit_tangent):
        with pytest.raises(ValueError, match="y has 1 targets, but"):
            method(X, Y[:, 0])
    model.set_params(alpha=0.0, damping=0.0, tangent_solver="primal")
    with pytest.raises(np.linalg.LinAlgError):
        model.fit_tangent(X[:3], Y[:3])
    assert_allclose(flat(model.coefs_, model.intercepts_), before, rtol=0)
    assert_allclose(model.curiosity_score(X), scores, rtol=0)
