"""CuriousGaussianProcessRegressor in the hands of newcomers, and in loops."""

import operator
import warnings

import numpy as np
import pytest
from extras import optional
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.linalg import LinAlgError
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.gaussian_process.kernels import (
    RBF,
    CompoundKernel,
    ConstantKernel,
    Matern,
    WhiteKernel,
)
from sklearn.gaussian_process.tests._mini_sequence_kernel import MiniSeqKernel
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcurious
from skcurious import CuriousGaussianProcessRegressor
from skcurious.gaussian_process import Columns, Linear, PerGroup, auto_kernel
from skcurious.influence import influence_on_parameters, influence_on_predictions
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    pool_status,
    variance_sampling,
)
from skcurious.tuning import tune_alpha

pd = optional("pandas")
Process = CuriousGaussianProcessRegressor
ASKED = ["predict_tangent", "curiosity_score", "predict_covariance", "predict_mean_std"]


def table(n=30, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 3))
    return X, np.sin(2 * X[:, 0]) + 0.1 * rng.standard_normal(n)


@pytest.fixture
def fitted():
    return Process().fit(*table())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("units", [(1000, 1, 5000), (0.001, 1, 0), (1, 7, 300)])
def test_columns_far_from_standardised(units):
    X, y = table()
    X = X * [1, 1, units[0]] + [0, 0, units[2]]
    with pytest.warns(UserWarning, match=r"Column 2 of X is far.*StandardScaler"):
        Process().fit(X, y)
    frame = pd.DataFrame(X, columns=["a", "b", "temperature"])
    with pytest.warns(UserWarning, match="Column 'temperature' of X is far"):
        Process().fit(frame, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        make_pipeline(StandardScaler(), Process()).fit(frame, y)
        Process(RBF(), optimizer=None).fit(X, y)
        Process(ConstantKernel() * RBF(), alpha=0.1, prior=None).fit(X, y)


def test_labels_that_are_all_the_same():
    X, _ = table()
    model = Process().fit(X, np.full(30, 7.0))
    mean, std = model.predict(X + 1, return_std=True)
    assert_allclose(mean, 7)
    assert (std > 0).all()
    assert_array_equal(model.curiosity_score(X), 0)
    with pytest.warns(UserWarning, match="Every score in X_pool is 0"):
        expected_curiosity_reduction(model, X, 2)
    assert len(set(variance_sampling(model, X, 3)[0])) == 3


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("n_targets", [1, 2])
def test_one_label_and_two(n, n_targets):
    X, y = table()
    Y = y if n_targets == 1 else np.column_stack([y, 1e3 * y**2])
    model = Process(tangents="parts").fit(X[:n], Y[:n])
    mean, std = model.predict(X, return_std=True)
    assert mean.shape == std.shape == Y.shape
    assert np.isfinite(mean).all()
    assert model.leave_one_out(return_std=True)[1].shape == Y[:n].shape
    assert (model.predict_covariance(X).diagonal() > 0).all()
    assert len(variance_sampling(model, X, 3)[0]) == 3
    if n == 2:
        assert (model.curiosity_score(X) > 0).all()
        assert len(expected_curiosity_reduction(model, X, 3)[0]) == 3


def test_repeated_rows():
    X, y = table()
    X, y = np.vstack([X, X]), np.append(y, y + 1)
    for options in ({"prior": None}, {}, {"optimizer": None}):
        with pytest.raises(LinAlgError, match=r"alpha.*WhiteKernel, or drop repeated"):
            Process(RBF(), alpha=0, **options).fit(X, y)
    model = Process(alpha=0).fit(X, y)
    assert_allclose(model.predict(X[:30]), model.predict(X[30:]))


def test_no_noise_at_all():
    X, y = table()
    model = Process(RBF(), alpha=0.0).fit(X, y)
    assert model.noise_variance_ == 0
    assert_allclose(model.predict(X), y)
    assert_array_equal(model.curiosity_score(X + 1), 0)
    assert_array_equal(model.predict_tangent(X + 1), 0)
    for ask in (
        model.predict_covariance,
        model.predict_mean_std,
        lambda X: expected_curiosity_reduction(model, X),
        lambda X: curiosity_sampling(model, X, 2),
    ):
        with pytest.raises(ValueError, match="alpha > 0 or a WhiteKernel"):
            ask(X + 1)


def test_noise_of_some_labels_only():
    """Labels without noise are interpolated, and moved as by refits."""
    X, y = table(12)
    alpha = np.where(np.arange(12) < 4, 0.0, 0.2)
    options = {"kernel": RBF(), "optimizer": None, "normalize_y": False}
    model = Process(alpha=alpha, **options).fit(X, y)
    assert_allclose(model.predict(X[:4]), y[:4])
    new, pool = X[:2] + 0.5, X + 0.3
    labels = np.array([1.0, -1.0])
    moved = influence_on_predictions(model, new, labels, pool, weight=1)
    parameters = influence_on_parameters(model, new, labels, weight=1)
    for k in range(2):
        noise = np.append(alpha, alpha.mean())
        grown = Process(alpha=noise, **options)
        grown.fit(np.vstack([X, new[k]]), np.append(y, labels[k]))
        assert_allclose(model.predict(pool) + moved[k], grown.predict(pool))
        assert_allclose(model.alpha_ + parameters.alpha_[k], grown.alpha_[:-1])


def test_a_noise_far_smaller_than_the_function():
    X, y = table(8)
    kernel = 1e4 * RBF(0.1) + WhiteKernel(1e-9)
    model = Process(kernel, alpha=0.0, optimizer=None, normalize_y=False).fit(X, y)
    assert_allclose(model.noise_variance_, 1e-9, rtol=1e-12)
    nested = PerGroup(Columns(2.0 * (RBF() + WhiteKernel(1e-18)) + Linear(), [0]), 2)
    noise = Process(nested * ConstantKernel(3.0), alpha=1e-3, optimizer=None)
    noise = noise.fit(X, y).linearised_.noise
    assert_allclose(noise - 1e-3, 6e-18, atol=1e-18)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": np.ones(7)}, r"alpha must be a scalar.*\(7,\) != \(30,\)"),
        ({"alpha": np.ones((30, 1))}, r"alpha must be a scalar.*\(30, 1\)"),
        ({"alpha": np.full(30, -1.0)}, "alpha must be finite and at least 0, got -1"),
        ({"alpha": np.array([-1.0])}, "alpha must be finite and at least 0, got -1"),
        ({"alpha": np.array([np.nan])}, "alpha must be finite"),
        ({"alpha": np.array([np.inf] * 30)}, "alpha must be finite"),
        ({"alpha": -1.0}, "'alpha' parameter.*Got -1"),
        ({"alpha": np.nan}, "'alpha' parameter.*Got nan"),
        ({"tangents": 7}, "tangents=7 must be.*of the 3 parts"),
        ({"tangents": -1}, "tangents=-1 must be"),
        ({"tangents": [0, 3]}, r"tangents=\[0, 3\] must be"),
        ({"tangents": []}, r"tangents=\[\] must be"),
        ({"tangents": [0.5]}, "must be"),
        ({"tangents": True}, "must be"),
        ({"tangents": "each"}, "'tangents' parameter"),
        ({"kernel": "rbf"}, "'kernel' parameter.*'auto'"),
        ({"kernel": "precomputed"}, "'kernel' parameter.*'auto'"),
        ({"kernel": RBF}, "'kernel' parameter"),
        ({"kernel": RBF([1.0, 1.0])}, "RBF has 2 entries of length_scale for 3"),
        ({"kernel": PerGroup(RBF(), 5)}, "X has 3 columns, none with number 5"),
        ({"kernel": CompoundKernel([RBF(), RBF()])}, "CompoundKernel is 2 matrices"),
        ({"prior": "none"}, "'prior' parameter"),
        ({"optimizer": "adam"}, "'optimizer' parameter"),
        ({"n_targets": 2}, "number of targets"),
    ],
)
def test_parameters(options, message, monkeypatch):
    """All of it is said before anything is learned."""

    def learn(*args, **kwargs):
        raise AssertionError("learned first")

    kernel = options.get("kernel")
    if not isinstance(kernel, (RBF, CompoundKernel, PerGroup)):
        from skcurious.gaussian_process import _gpr

        monkeypatch.setattr(_gpr, "learn_kernel", learn)
    with pytest.raises(ValueError, match=message):
        Process(**options).fit(*table())


def test_data(fitted):
    X, y = table()
    with pytest.raises(ValueError, match=r"5001 rows.*5000 at most.*Nystroem"):
        Process().fit(np.zeros((5001, 1)), np.zeros(5001))
    with pytest.raises(ValueError, match="y is too large: its variance overflows"):
        Process().fit(X, 1e200 * y)
    with pytest.raises(ValueError, match="y contains words: the label of row 0 is 'a'"):
        Process().fit(X, ["a"] * 30)
    with pytest.raises(ValueError, match="0 sample"):
        Process().fit(X[:0], y[:0])
    blank = X.copy()
    blank[3, 1] = np.nan
    for ask in [
        Process().fit,
        *(getattr(fitted, name) for name in ["predict", *ASKED]),
    ]:
        arguments = (y,) if ask.__name__ == "fit" else ()
        with pytest.raises(ValueError, match="Input X contains NaN"):
            ask(blank, *arguments)
        with pytest.raises(TypeError, match="Sparse data was passed for X"):
            ask(sparse.csr_matrix(X), *arguments)
        if not arguments:
            with pytest.raises(ValueError, match="X has 2 features, but Curious"):
                ask(X[:, :2])
    with pytest.raises(ValueError, match=r"y has 2 targets, but .* fitted with 1"):
        fitted.curiosity_score(X, np.zeros((30, 2)))
    with pytest.raises(RuntimeError, match="At most one of return_std"):
        fitted.predict(X, return_std=True, return_cov=True)


def test_before_fit():
    X, _ = table()
    for name in ASKED:
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            getattr(Process(), name)(X)
    for ask in (skcurious.curiosity_score, curiosity_sampling):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            ask(Process(), X)
    for name in ("leave_one_out", "log_evidence_", "part_complexities_"):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            operator.methodcaller("__call__")(operator.attrgetter(name)(Process()))


def test_store_covariance():
    X, y = table()
    with_, without = (Process(store_covariance=k).fit(X, y) for k in (True, False))
    assert_allclose(without.curiosity_score(X), with_.curiosity_score(X))
    assert_allclose(
        without.predict(X, return_std=True)[1], with_.predict(X, return_std=True)[1]
    )
    assert_array_equal(
        curiosity_sampling(without, X, 3, batch="top")[0],
        curiosity_sampling(with_, X, 3, batch="top")[0],
    )
    for ask in (without.predict_covariance, without.predict_mean_std):
        with pytest.raises(ValueError, match="store_covariance=True"):
            ask(X)


def test_rows_of_objects():
    words, y = ["AAG", "AGC", "AAA", "CCC"], [1.0, 2.0, 3.0, 4.0]
    model = Process(MiniSeqKernel(), alpha=0.1, optimizer=None).fit(words, y)
    assert model.predict(words).shape == (4,)
    for name in ASKED:
        with pytest.raises(TypeError, match="need rows of numbers, and MiniSeqKernel"):
            getattr(model, name)(words)


def test_nothing_to_tune():
    for model in (Process(), make_pipeline(StandardScaler(), Process())):
        with pytest.raises(ValueError, match="fit learns the kernel, noise included"):
            tune_alpha(model, *table())


def test_noise_alone():
    X, y = table()
    for tangents in ("total", "parts"):
        model = Process(WhiteKernel(), tangents=tangents).fit(X, y)
        assert model.parts_ == []
        assert model.part_complexities_.shape == (0,)
        assert_array_equal(model.curiosity_score(X), 0)
        assert_allclose(model.predict(X), y.mean())


# -- other types of the same numbers ---------------------------------------------


def test_other_types():
    X, y = table()
    expected = Process(tangents="parts").fit(X, y)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    for rows, labels in (
        (X.tolist(), y.tolist()),
        (np.asfortranarray(X), pd.Series(y)),
        (frame, pd.DataFrame({"y": y})),
        (X.astype(object), y[:, None]),
    ):
        model = Process(tangents="parts").fit(rows, labels)
        for name in ["predict", "predict_tangent", "curiosity_score"]:
            assert_allclose(
                getattr(model, name)(rows), getattr(expected, name)(X), rtol=1e-6
            )
        assert_array_equal(
            expected_curiosity_reduction(model, rows, 4)[0],
            expected_curiosity_reduction(expected, X, 4)[0],
        )
    assert list(Process().fit(frame, y).feature_names_in_) == ["a", "b", "c"]
    counts = np.arange(30).reshape(-1, 1) % 7
    for one in (counts, counts > 3):
        given, wanted = (Process().fit(k, y) for k in (one, one.astype(float)))
        assert_allclose(given.curiosity_score(one), wanted.curiosity_score(one))


@pytest.mark.parametrize("kernel", ["auto", Linear() + WhiteKernel(0.1, (1e-8, 1))])
def test_float32(kernel):
    X, y = table()
    y = X[:, 0] if kernel == "auto" else y  # no noise, and the kernel nearly singular
    X, y = X.astype(np.float32), y.astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = Process(kernel).fit(X, y)
        expected = Process(kernel).fit(X.astype(float), y.astype(float))
    assert_allclose(model.predict(X), expected.predict(X), rtol=1e-5, atol=1e-6)
    for name in ["predict_tangent", "curiosity_score", "predict_covariance"]:
        given, wanted = getattr(model, name)(X), getattr(expected, name)(X)
        assert_allclose(given, wanted, rtol=1e-2, atol=1e-4 * np.abs(wanted).max())
    pool = X + 1
    assert_array_equal(
        variance_sampling(model, pool, 3)[0], variance_sampling(expected, pool, 3)[0]
    )


def test_in_a_pipeline():
    X, y = table()
    wrapped = make_pipeline(StandardScaler(), Process()).fit(X * 100, y)
    rows = wrapped[:-1].transform(X * 100)
    model = wrapped[-1]
    assert_allclose(
        skcurious.curiosity_score(wrapped, X * 100, y), model.curiosity_score(rows, y)
    )
    assert_array_equal(
        expected_curiosity_reduction(wrapped, X * 100, 3)[0],
        expected_curiosity_reduction(model, rows, 3)[0],
    )
    given = wrapped.predict(X * 100, return_std=True)
    for value, expected in zip(given, model.predict(rows, True), strict=True):
        assert_allclose(value, expected)


# -- loops -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_warm_start_in_a_loop(seed):
    X, y = table(60, seed)
    warm = Process(warm_start=True)
    shortfalls = []
    for n in range(10, 61, 10):
        warm.fit(X[:n], y[:n])
        shortfalls.append(
            Process().fit(X[:n], y[:n]).log_posterior_ - warm.log_posterior_
        )
    assert np.max(shortfalls) < 0.1


def test_warm_start_after_labels_that_did_not_differ():
    X, y = table(30)
    warm = Process(warm_start=True).fit(X[:5], np.zeros(5))
    warm.fit(X, y)
    assert warm.log_posterior_ > Process().fit(X, y).log_posterior_ - 0.1


def test_warm_start_with_other_columns_or_another_kernel():
    X, y = table()
    warm = Process(warm_start=True).fit(X, y)
    for rows in (X[:, :2], np.column_stack([X, X[:, 0] ** 2])):
        warm.fit(rows, y)
        assert warm.log_posterior_ > Process().fit(rows, y).log_posterior_ - 0.1
    # As many hyperparameters, but others.
    before = ConstantKernel(0.01, (1e-3, 1e3)) * RBF(5.0) + WhiteKernel(0.5)
    after = RBF(1.0) + Linear(1.0) + WhiteKernel(0.5)
    warm = Process(before, warm_start=True, optimizer=None).fit(X, y)
    warm.set_params(kernel=after).fit(X, y)
    assert warm.kernel_ == after
    # A rough one from a smooth one.
    warm.set_params(kernel=RBF(7.0) + WhiteKernel(0.1)).fit(X, y)
    warm.set_params(kernel=Matern(1.0, nu=0.5) + WhiteKernel(0.5)).fit(X, y)
    assert_allclose(np.exp(warm.kernel_.theta), [7, 0.1])
    assert isinstance(warm.kernel_.k1, Matern)
    # Cold again.
    cold = warm.set_params(warm_start=False).fit(X, y)
    assert cold.kernel_ == Matern(1.0, nu=0.5) + WhiteKernel(0.5)


def test_a_kernel_is_not_changed():
    X, y = table()
    kernel = auto_kernel(3)
    theta = kernel.theta.copy()
    model = Process(kernel).fit(X, y)
    assert_array_equal(kernel.theta, theta)
    assert model.kernel is kernel
    assert model.kernel_ != kernel


# -- the linear hierarchy ----------------------------------------------------------


@pytest.mark.parametrize("n_groups", [2, 4])
def test_groups_are_a_ridge_with_interaction_columns(n_groups):
    X, y = table(40)
    groups = np.arange(40) % n_groups
    shared, own, noise = 0.7, 0.3, 0.2
    kernel = Columns(Linear(shared), [0, 1, 2]) + PerGroup(Linear(own), 3)
    rows = np.column_stack([X, groups])
    model = Process(
        kernel, alpha=noise, optimizer=None, normalize_y=False, tangents="parts"
    ).fit(rows, y)

    def features(rows, s):
        """Interaction columns, the intercept among them, each penalised by s_j."""
        ones = np.column_stack([np.ones(len(rows)), rows[:, :3]]) / 2  # p + 1 = 4
        member = rows[:, 3:] == np.arange(n_groups)
        each = (member[:, :, None] * ones[:, None, :]).reshape(len(rows), -1)
        return np.hstack([np.sqrt(shared / s[0]) * ones, np.sqrt(own / s[1]) * each])

    pool = np.column_stack([X[::-1] + 0.5, (groups + 1) % (n_groups + 1)])

    def predictions(s):
        ridge = Ridge(noise, fit_intercept=False).fit(features(rows, s), y)
        return ridge.predict(features(pool, s))

    assert_allclose(model.predict(pool), predictions([1, 1]), rtol=1e-8, atol=1e-8)
    h = 1e-4
    slopes = np.array(
        [(predictions(1 + h * e) - predictions(1 - h * e)) / (2 * h) for e in np.eye(2)]
    )
    parts = model.linearised_.parts_at(model.linearised_.at(pool))[:, 0].T * noise
    assert_allclose(parts, slopes, atol=1e-6 * np.abs(slopes).max())
    explicit = skcurious.CuriousRidge(noise, fit_intercept=False)
    explicit.fit(features(rows, [1, 1]), y)
    Z = features(pool, [1, 1])
    # alpha = noise * s
    assert_allclose(
        model.predict_tangent(pool),
        noise * explicit.predict_tangent(Z),
        rtol=1e-8,
        atol=1e-10,
    )
    known = pool[:, 3] < n_groups
    assert_allclose(
        model.predict_covariance(pool[known], noise_variance=1.0),
        explicit.predict_covariance(Z[known], noise_variance=1.0),
        rtol=1e-8,
        atol=1e-9,
    )
    assert_allclose(
        model.part_complexities_,
        [0.5 * (explicit.coef_[:4] ** 2).sum(), 0.5 * (explicit.coef_[4:] ** 2).sum()],
        rtol=1e-8,
    )
    # A group without labels has nothing of its own.
    new = pool[pool[:, 3] == n_groups]
    assert_allclose(
        model.predict(new),
        features(new, [1, 1])[:, :4] @ explicit.coef_[:4],
        rtol=1e-8,
    )
    # Labels of one group move another's predictions through what is shared.
    moved = influence_on_predictions(model, rows[:1], y[:1], pool, weight=-1)
    without = Ridge(noise, fit_intercept=False)
    without.fit(features(rows, [1, 1])[1:], y[1:])
    assert_allclose(
        model.predict(pool) + moved[0], without.predict(Z), rtol=1e-8, atol=1e-8
    )
    assert (np.abs(moved[0]) > 1e-9).all()


# -- how often kernels are evaluated -------------------------------------------------


class CountingKernel(RBF):
    """Counts entries between two sets of rows."""

    entries = 0

    def __call__(self, X, Y=None, eval_gradient=False):
        if Y is not None:
            type(self).entries += len(X) * len(Y)
        return super().__call__(X, Y, eval_gradient)


def test_pools_are_seen_once():
    X, y = table(20)
    pool = np.random.default_rng(1).standard_normal((5000, 3))
    model = Process(CountingKernel() + WhiteKernel(0.1), optimizer=None).fit(X, y)
    once = 5000 * 20
    for ask, most in (
        (model.predict, once),
        (model.curiosity_score, once),
        (model.predict_tangent, once),
        (model.predict_mean_std, once),
        (lambda X: curiosity_sampling(model, X, 1), once),
        # Columns of the picks, and their kernel with the training rows.
        (lambda X: curiosity_sampling(model, X, 3), once + 3 * 5020),
        (lambda X: variance_sampling(model, X, 3), once + 3 * 5020),
        # The reference rows, too.
        (
            lambda X: expected_curiosity_reduction(model, X, 1, n_reference=50),
            once + 50 * 5020,
        ),
        (lambda X: pool_status(model, X, n_reference=50), once + 50 * 5020 + 20 * 20),
    ):
        CountingKernel.entries = 0
        ask(pool)
        assert CountingKernel.entries <= most


def test_numbers_of_groups_have_no_scale(rng):
    X = rng.standard_normal((20, 3))
    X[:, 1] = 1000 + rng.integers(0, 3, 20)
    shared, own = Columns(RBF(), [0, 2]), ConstantKernel() * PerGroup(RBF(), 1)
    again = Columns(PerGroup(RBF(), 0), [1, 2])  # numbered anew inside
    noise = WhiteKernel()
    for kernel in (shared + own + noise, shared + again**2 + noise, shared + noise):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", ConvergenceWarning)
            Process(kernel).fit(X, X[:, 0])
    for kernel in (RBF() + own + noise, Columns(RBF(), [1]) + own + noise):
        with pytest.warns(UserWarning, match="Column 1 of X is far from standard"):
            Process(kernel).fit(X, X[:, 0])
