"""The estimator: objective, arguments, data, wrappers."""

import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch_modules import (
    EarlyStopping,
    TensorDataset,
    ValidSplit,
    as_it_is,
    nn,
    quick,
    torch,
)

import skcurious
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    trajectory_sampling,
)

pd = pytest.importorskip("pandas")


class MLP(nn.Module):
    def __init__(self, units=6, n_outputs=1):
        super().__init__()
        self.hidden = nn.Linear(3, units)
        self.last = nn.Linear(units, n_outputs)

    def forward(self, x):
        return self.last(torch.tanh(self.hidden(x)))


class Flat(MLP):
    """Outputs of one dimension."""

    def forward(self, x):
        return super().forward(x)[:, 0]


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def problem(n=60, n_outputs=1):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, 3))
    Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1], X[:, 2]])[:, :n_outputs]
    return X, Y[:, 0] if n_outputs == 1 else Y


# -- what is optimised ---------------------------------------------------------------


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_training_optimises_the_documented_objective(n_outputs):
    X, y = problem(60, n_outputs)
    module = MLP(4, n_outputs).double()
    options = {"line_search_fn": "strong_wolfe", "lr": 1.0, "history_size": 20}
    net = quick(
        module,
        alpha=2.0,
        batch_size=-1,
        max_epochs=15,
        optimizer=torch.optim.LBFGS,
        **{f"optimizer__{name}": value for name, value in options.items()},
    )
    assert net.fit(X, y).stationarity_ < 1e-4
    # Another alpha is not what it came to rest at.
    assert net.set_params(alpha=1.0).fit_tangent(X, y).stationarity_ > 1e-2
    # Minibatches, of any size, have the same optimum, in which they jitter.
    for batch_size in (20, 7):
        rough = quick(
            net.module_, alpha=2.0, batch_size=batch_size, max_epochs=20, lr=1e-4
        )
        rough.set_params(iterator_train__shuffle=True).fit(X, y)
        assert rough.stationarity_ < 0.02


def test_loss_is_that_of_skorch_and_the_penalty():
    X, y = problem()
    net = quick(MLP().double(), alpha=3.0, batch_size=-1, max_epochs=1, lr=0.0)
    net.fit(X, y)
    weights = [p for p in net.module_.parameters() if p.ndim == 2]
    penalty = 3.0 / 60 * sum(float((w.detach() ** 2).sum()) for w in weights)
    expected = np.mean((net.predict(X) - y) ** 2) + penalty
    assert net.history[-1, "train_loss"] == pytest.approx(expected, rel=1e-6)
    net = quick(MLP(), alpha=0.0, damping=1e-2, batch_size=-1, max_epochs=1).fit(X, y)
    assert net.linearised_.complexity() > 0


def test_tangent_is_the_derivative_of_a_linear_optimum():
    X, y = problem()

    def predictions(alpha):
        net = as_it_is(nn.Linear(3, 1).double(), X, y, alpha=alpha, polish=300)
        return net, net.predict(X)

    net, _ = predictions(1.0)
    slope = (predictions(1.01)[1] - predictions(0.99)[1]) / 0.02
    # The damping of the intercept is 0.101 where there is none in the optimum.
    net = as_it_is(net.module_, X, y, alpha=1.0, damping=0.0, tangent_solver="primal")
    np.testing.assert_allclose(net.predict_tangent(X), slope, atol=1e-5)


def test_penalised_says_which():
    X, y = problem()
    net = as_it_is(MLP(), X, y, penalised=lambda name, p: name == "last.weight")
    rho = net.linearised_.network.penalised_parameters
    parts = dict(
        zip(
            net.linearised_.network.layout.names,
            net.linearised_.network.layout.unpack(rho),
            strict=True,
        )
    )
    assert parts["last.weight"].abs().sum() > 0
    assert sum(p.abs().sum() for n, p in parts.items() if n != "last.weight") == 0
    frozen = MLP()
    frozen.hidden.requires_grad_(False)
    net = as_it_is(frozen, X, y)
    assert net.linearised_.network.layout.names == ["last.weight", "last.bias"]


def test_polish_comes_to_rest():
    X, y = problem()
    net = quick(MLP().double(), alpha=1.0, max_epochs=20, lr=1e-2)
    rough = net.fit(X, y).stationarity_
    assert net.set_params(polish=500).fit(X, y).stationarity_ < 1e-4 < rough
    assert not any(p.grad is not None for p in net.linearised_.network.tensors)


# -- data ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        lambda X, y: (pd.DataFrame(X), pd.Series(y)),
        lambda X, y: (torch.from_numpy(X), torch.from_numpy(y)),
        lambda X, y: (X.astype(np.float32), y.astype(np.float32)),
        lambda X, y: (X.tolist(), y.tolist()),
        lambda X, y: (sparse.csr_matrix(X), y),
        lambda X, y: (TensorDataset(torch.from_numpy(X), torch.from_numpy(y)), None),
    ],
)
def test_inputs(given):
    X, y = problem()
    module = MLP()
    expected = as_it_is(module, X, y)
    X_given, y_given = given(X, y)
    net = as_it_is(module, X_given, y_given)
    first = X_given
    for method in ("predict_tangent", "curiosity_score", "predict"):
        found = np.ravel(getattr(net, method)(first))
        np.testing.assert_allclose(found, getattr(expected, method)(X), rtol=2e-4)
    found = net.predict_covariance(first)
    np.testing.assert_allclose(found, expected.predict_covariance(X), rtol=1e-4)
    trained = quick(MLP(), max_epochs=1).fit(X_given, y_given)
    assert np.isfinite(trained.curiosity_score(first)).all()


def test_shapes():
    X, y = problem()
    for module, Y, shape in (
        (MLP(), y, (60,)),
        (Flat(), y, (60,)),
        (MLP(), y[:, None], (60, 1)),
        (MLP(n_outputs=2), problem(60, 2)[1], (60, 2)),
    ):
        net = quick(module, max_epochs=1).fit(X, Y)
        assert net.predict(X).shape == net.predict_tangent(X).shape == shape
        assert net.curiosity_score(X).shape == (60,)
        mean, std = net.predict(X, return_std=True)
        assert mean.shape == shape
        assert std.shape == ((60, 2) if shape == (60, 2) else (60,))


def test_images_and_integers():
    rng = np.random.default_rng(0)
    images = rng.standard_normal((30, 1, 6, 6)).astype(np.float32)
    module = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 1)
    )
    net = quick(module, max_epochs=2).fit(images, images.mean(axis=(1, 2, 3)))
    picks, _ = expected_curiosity_reduction(net, images, 4, random_state=0)
    assert len(set(picks)) == 4
    words = rng.integers(0, 7, (30, 4))
    module = nn.Sequential(nn.Embedding(7, 3), nn.Flatten(), nn.Linear(12, 1))
    net = quick(module, max_epochs=2).fit(words, words[:, 0].astype(np.float32))
    covariance = net.predict_covariance(words[:5])
    assert covariance.dtype == np.float32
    assert (np.diag(covariance) > 0).all()


@pytest.mark.parametrize("limit", [1e-2])
def test_memory_is_bounded_without_changing_anything(limit):
    X, y = problem(70)
    module = MLP()
    expected = {
        s: as_it_is(module, X, y, tangent_solver=s) for s in ("dual", "primal", "cg")
    }
    from skcurious.torch import _fitting

    for solver, whole in expected.items():
        net = quick(module, tangent_solver=solver).initialize()
        with pytest.MonkeyPatch.context() as patch:
            config = {"working_memory": limit}
            patch.setattr(_fitting, "get_config", lambda config=config: config)
            net.fit_tangent(X, y)
        if solver == "dual":
            assert len(net.linearised_.factor.training.slices) > 2
        for method in ("predict_tangent", "predict_covariance"):
            found, truth = getattr(net, method)(X), getattr(whole, method)(X)
            np.testing.assert_allclose(found, truth, rtol=1e-4, atol=1e-7)


# -- covariances without all labels ------------------------------------------------


def test_projections_approach_the_covariance():
    X, y = problem()
    module = MLP()
    exact = as_it_is(module, X, y, alpha=1.0)
    errors = []
    for m in (40, 800):
        net = as_it_is(module, X, y, alpha=1.0, n_projections=m)
        truth = exact.predict_covariance(X)
        errors.append(np.linalg.norm(net.predict_covariance(X) - truth))
        errors[-1] /= np.linalg.norm(truth)
        assert np.array_equal(net.predict_tangent(X), exact.predict_tangent(X))
        std = net.predict(X, return_std=True)[1]
        np.testing.assert_allclose(
            std, np.sqrt(np.diag(net.predict_covariance(X))), rtol=1e-4
        )
    assert errors[1] < 0.15
    assert errors[1] < errors[0] / 2


def test_preconditioned_iterations_are_few():
    X, y = problem(300)
    net = as_it_is(MLP(30), X, y, alpha=1e-2, tangent_solver="cg")
    assert net.tangent_n_iter_ <= 10
    assert net.tangent_residual_ < 1e-7
    with pytest.warns(ConvergenceWarning, match="did not converge.*tangent_max_iter"):
        as_it_is(
            MLP(30),
            X,
            y,
            alpha=1e-6,
            damping=0.0,
            tangent_solver="cg",
            tangent_max_iter=2,
        )


def test_single_precision_solves():
    X, y = problem()
    module = MLP()
    double = as_it_is(module, X, y, alpha=1.0)
    for solver in ("dual", "cg"):
        single = as_it_is(
            module, X, y, alpha=1.0, solve_dtype="float32", tangent_solver=solver
        )
        ours, theirs = single.predict_tangent(X), double.predict_tangent(X)
        assert np.abs(ours - theirs).max() < 1e-3 * np.abs(theirs).max()


# -- wrappers ------------------------------------------------------------------------


def test_grid_search_pipeline_clone_pickle():
    X, y = problem()
    net = quick(MLP, max_epochs=3, module__units=4)
    assert clone(net).get_params()["module__units"] == 4
    search = GridSearchCV(
        make_pipeline(StandardScaler(), net),
        {
            "curiousnetregressor__alpha": [0.1, 1.0],
            "curiousnetregressor__module__units": [3, 5],
        },
        cv=2,
    )
    model = TransformedTargetRegressor(search, transformer=StandardScaler()).fit(X, y)
    scores = skcurious.curiosity_score(model, X)
    picks, _ = curiosity_sampling(model, X, 3, random_state=0)
    assert len(picks) == 3
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_allclose(skcurious.curiosity_score(again, X), scores)
    np.testing.assert_allclose(
        skcurious.predict_covariance(again, X), skcurious.predict_covariance(model, X)
    )


def test_pickles_do_not_repeat_the_parameters():
    X, y = problem()
    net = quick(MLP(400), max_epochs=1, store_covariance=False).fit(X, y)
    plain = pickle.dumps(net.module_)
    # Adam's two, the tangent, the module as the parameter and as the attribute; and
    # the copy of the solve, of twice as many digits.
    assert len(pickle.dumps(net)) < 9 * len(plain)


def test_early_stopping_counts_the_rows_that_are_trained_on():
    X, y = problem(100)
    net = quick(
        MLP(),
        train_split=ValidSplit(5),
        callbacks=[EarlyStopping(patience=3, load_best=True)],
        max_epochs=300,
        lr=0.1,
        tangent_solver="dual",
    ).fit(X, y)
    assert len(net.history) < 300
    assert net._n_train == 80
    assert net.linearised_.factor.training.n_samples == 80
    assert "valid_loss" in net.history[-1]


def test_learners_and_activeml():
    modal = pytest.importorskip("skcurious.modal")
    X, y = problem()
    learner = modal.CuriousLearner(
        quick(MLP, max_epochs=2), X_training=X[:20], y_training=y[:20]
    )
    picks, _ = learner.query(X[20:], n_instances=3)
    learner.teach(X[20:][picks], y[20:][picks])
    assert len(learner.X_training) == 23


def test_scikit_activeml():
    pytest.importorskip("skactiveml")
    from skactiveml.regressor import SklearnRegressor

    from skcurious.activeml import CuriositySampling, ExpectedCuriosityReduction

    X, y = problem()
    known = np.where(np.arange(60) < 20, y, np.nan)
    reg = SklearnRegressor(quick(MLP, max_epochs=2))
    for strategy in (CuriositySampling, ExpectedCuriosityReduction):
        picks = strategy(random_state=0).query(X, known, reg=reg, batch_size=2)
        assert (picks >= 20).all()


@pytest.mark.parametrize("on_disk", [False, True])
def test_trajectory(tmp_path, on_disk):
    X, y = problem()
    net = quick(
        MLP(),
        checkpoints=[1, 3],
        checkpoint_folder=tmp_path if on_disk else None,
        max_epochs=5,
        lr=1e-2,
    ).fit(X, y)
    assert net.linearised_.checkpoints.epochs == [1, 3]
    terms = net.trajectory_score(X)
    expected = []
    for kept in net.linearised_.checkpoints.parameters:
        theta = kept.load() if on_disk else kept
        before = net.linearised_.network.at(theta)
        change = before.linearise(X).output[:, 0].numpy() - net.predict(X)
        expected.append(change**2 / 2)
    np.testing.assert_allclose(terms.dynamics, np.mean(expected, axis=0), rtol=1e-3)
    assert (terms.projection > 0).all()
    picks, _ = trajectory_sampling(net, X, 4, random_state=0)
    assert len(picks) == 4
    assert len(list(tmp_path.iterdir())) == 2 * on_disk
    with pytest.raises(ValueError, match="kept no checkpoints"):
        as_it_is(MLP(), X, y).trajectory_score(X)


def test_mixed_precision():
    X, y = problem(200)
    for tangent in ("solve", "carried"):
        net = quick(
            MLP(64),
            autocast="bfloat16",
            tangent=tangent,
            max_epochs=10,
            batch_size=50,
            lr=1e-2,
        ).fit(X, y)
        plain = as_it_is(net.module_, X, y)
        assert 0 < np.abs(net.predict(X) - plain.predict(X)).max() < 0.05
        assert net.predict_tangent(X).dtype == np.float32
        if tangent == "solve":
            ours, theirs = net.predict_tangent(X), plain.predict_tangent(X)
            assert np.corrcoef(ours, theirs)[0, 1] > 0.99


# -- refusals --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": -1.0}, "alpha must be a number >= 0, got -1.0"),
        ({"tangent": "later"}, "tangent must be 'solve' or 'carried', got 'later'"),
        ({"tangent_solver": "lissa"}, "tangent_solver must be one of .*'lissa'"),
        ({"damping": "some"}, "damping must be 'auto' or a number >= 0, got 'some'"),
        ({"criterion": nn.L1Loss}, "criterion must be torch.nn.MSELoss.*L1Loss"),
        ({"criterion__reduction": "sum"}, "reduction='sum'"),
        ({"autocast": "float16"}, "Use autocast='bfloat16'"),
        (
            {"alpha": 0.0, "tangent_solver": "dual"},
            "got alpha=0.0 and damping='auto'",
        ),
        ({"alpha": 0.0, "n_projections": 5}, "n_projections divide"),
    ],
)
def test_options_that_cannot_be(options, message):
    X, y = problem()
    with pytest.raises(ValueError, match=message):
        quick(MLP(), **options).fit(X, y)


def test_data_that_cannot_be():
    X, y = problem()
    net = quick(MLP(), max_epochs=1)
    with pytest.raises(NotFittedError, match="Call fit or fit_tangent"):
        net.curiosity_score(X)
    with pytest.raises(NotFittedError, match="call fit, or initialize"):
        net.fit_tangent(X, y)
    net.fit(X, y)
    with pytest.raises(ValueError, match=r"rows of shape \(2,\).*fitted to .*\(3,\)"):
        net.curiosity_score(X[:, :2])
    with pytest.raises(ValueError, match="NaN or infinity"):
        net.predict_tangent(np.where(X > 1, np.nan, X))
    with pytest.raises(ValueError, match="y has 2 targets, but"):
        net.curiosity_score(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="y has 2 targets, but the module has 1"):
        quick(MLP(), max_epochs=1).fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match=r"X must be numbers.*nn\.Embedding"):
        net.predict_tangent(np.array([["a", "b", "c"]]))
    frozen = MLP().requires_grad_(False)
    with pytest.raises(ValueError, match="no parameters that need gradients"):
        as_it_is(frozen, X, y)
    with pytest.raises(ValueError, match="store_covariance=False"):
        as_it_is(MLP(), X, y, store_covariance=False).predict_covariance(X)


class NoForwardMode(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, gradient):
        return gradient * 2


class Doubled(nn.Module):
    def forward(self, x):
        return NoForwardMode.apply(x)


def test_the_error_names_the_layer_without_forward_mode():
    X, y = problem()
    module = nn.Sequential(nn.Linear(3, 4), Doubled(), nn.Linear(4, 1))
    with pytest.raises(NotImplementedError, match=r"layer '1' \(Doubled\)"):
        as_it_is(module, X, y)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_recurrent_layers(kind):
    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.last = kind(3, 4, batch_first=True), nn.Linear(4, 1)

        def forward(self, x):
            return self.last(self.inner(x)[0][:, -1])

    X = np.random.default_rng(0).standard_normal((20, 5, 3))
    module = Recurrent()
    for tangent in ("solve", "carried"):
        net = quick(module, tangent=tangent, max_epochs=1).fit(X, X[:, 0, 0])
        assert (net.curiosity_score(X) > 0).all()
    rows = net.fit_tangent(X, X[:, 0, 0]).linearised_.at(torch.from_numpy(X))
    direction = net.linearised_.tangent
    J = rows.precise.jacobian()
    torch.testing.assert_close(
        rows.precise.jvp(direction[:, 0]), J @ direction[:, 0].double()
    )


def test_stiff_problems_in_single_precision():
    # Curvatures over nine orders of magnitude: more than float32 has digits.
    X, y = problem(400)
    module = MLP(40)
    options = {"alpha": 1e-5, "damping": 1e-5, "tangent_solver": "cg"}
    double = as_it_is(module, 30 * X, y, **options)
    single = as_it_is(
        module, 30 * X, y, solve_dtype="float32", tangent_tol=1e-3, **options
    )
    assert single.tangent_n_iter_ < 100
    ours, theirs = (m.params_tangent_["last.weight"] for m in (single, double))
    assert np.abs(ours - theirs).max() < 0.05 * np.abs(theirs).max()


def test_solves_do_not_use_tf32(monkeypatch):
    X, y = problem()
    from skcurious.torch import _solve

    before = torch.get_float32_matmul_precision()
    seen = []
    right = _solve.gradient_and_scale

    def spy(*arguments):
        seen.append(torch.get_float32_matmul_precision())
        return right(*arguments)

    monkeypatch.setattr(_solve, "gradient_and_scale", spy)
    torch.set_float32_matmul_precision("medium")
    try:
        as_it_is(MLP(), X, y)
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)
    assert seen == ["highest"]
