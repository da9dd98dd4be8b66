"""check_curious_regressor passes for the package's own models, and can fail."""

import numpy as np
import pytest
from networks import quick
from sklearn.linear_model import HuberRegressor, Ridge

from skcurious import CuriousKernelRidge, CuriousRegressor, CuriousRidge
from skcurious.linearised import ExplicitModel, LinearModel
from skcurious.testing import check_curious_regressor
from skcurious.testing._regressor import CHECKS

ALL = list(CHECKS)
TANGENT_ONLY = ["fit", "shapes", "tangent", "expected_curiosity", "copies"]


@pytest.fixture
def table(rng):
    X = rng.standard_normal((24, 3))
    y = X[:, 0] + np.sin(X[:, 1]) + 0.3 * rng.standard_normal(24)
    return X, y


@pytest.fixture
def two_targets(table, rng):
    X, y = table
    return X, np.column_stack([y, X[:, 2] + 0.5 * rng.standard_normal(24)])


def test_the_table_of_checks_is_complete():
    for name in ALL:
        assert f"    `{name}`" in check_curious_regressor.__doc__


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_ridge(table, fit_intercept):
    model = CuriousRidge(alpha=0.7, fit_intercept=fit_intercept)
    assert check_curious_regressor(model, *table) == ALL
    assert not hasattr(model, "coef_")


@pytest.mark.parametrize("alpha", [0.7, [0.7, 2.0]])
def test_ridge_of_two_targets(two_targets, alpha):
    assert check_curious_regressor(CuriousRidge(alpha=alpha), *two_targets) == ALL


def test_without_a_covariance(table):
    model = CuriousRidge(store_covariance=False)
    names = check_curious_regressor(model, *table)
    assert names == [*TANGENT_ONLY[:-1], "curiosity", "copies"]


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
@pytest.mark.parametrize("alpha", [0.3, [0.7, 2.0]])
def test_kernel_ridge(two_targets, alpha, kernel):
    model = CuriousKernelRidge(alpha=alpha, kernel=kernel)
    names = check_curious_regressor(model, *two_targets)
    assert names == [name for name in ALL if name != "influence_on_parameters"]


def test_any_regressor(table):
    model = CuriousRegressor(Ridge(alpha=0.7))
    assert check_curious_regressor(model, *table) == TANGENT_ONLY


def test_any_regressor_that_stops_early(table):
    model = CuriousRegressor(
        HuberRegressor(alpha=0.7, epsilon=5.0, tol=1e-8), step=0.01
    )
    names = check_curious_regressor(model, *table, step=0.02, rtol=1e-3)
    assert names == TANGENT_ONLY


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_network_at_an_optimum_with_the_hessian(rng):
    X = rng.standard_normal((40, 3))
    y = X[:, 0] + np.sin(X[:, 1]) + 0.3 * rng.standard_normal(40)
    model = quick(
        hidden_layer_sizes=(2,),
        curvature="hessian",
        damping=0.0,
        alpha=1.0,
        tol=1e-12,
        tangent_tol=1e-10,
        max_iter=5000,
        max_fun=50000,
    )
    names = check_curious_regressor(model, X, y, step=0.1, rtol=0.03)
    assert names == [
        name
        for name in ALL
        # Leverages are of the Gauss-Newton matrix, and parameters lists of layers.
        if name not in ("covariance", "batches", "influence_on_parameters")
    ]
    model.set_params(curvature="gauss-newton")
    with pytest.raises(AssertionError, match=r"^tangent: "):
        check_curious_regressor(model, X, y, step=0.1, rtol=0.03)


# -- it can fail ---------------------------------------------------------------------


class WithoutWeights(CuriousRidge):
    """Its coefficients know of weights, and its curvature does not."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        coef, intercept = self.coef_, self.intercept_
        model = CuriousRidge(self.alpha).fit(X, y).linearised_
        model.coef, model.intercept = coef, intercept
        model.noise_variance = self.noise_variance_
        self.linearised_ = model
        return self


class ForgetsWeights(CuriousRidge):
    def fit(self, X, y, sample_weight=None):
        return super().fit(X, y)


class Changed(CuriousRidge):
    """Whose linearised model is another one."""

    changed = LinearModel

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.linearised_.__class__ = self.changed
        return self


def module_class(base, **members):
    """A subclass that pickle finds in this module."""
    name = f"{base.__name__}{len(globals())}"
    globals()[name] = type(name, (base,), {"__module__": __name__, **members})
    return globals()[name]


def changed(**methods):
    """CuriousRidge whose linearised model has these methods."""
    return module_class(Changed, changed=module_class(LinearModel, **methods))


def wrong(**methods):
    """CuriousRidge with these methods."""
    return module_class(CuriousRidge, **methods)


def scaled(name, factor):
    """The method of this name, times a factor."""

    def method(self, *args, **kwargs):
        return factor * getattr(super(type(self), self), name)(*args, **kwargs)

    return {name: method}


class OwnNoise(CuriousRidge):
    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.noise_variance_ *= 2
        return self


class NoModel(CuriousRidge):
    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        del self.linearised_
        return self


class OtherName(CuriousRidge):
    regularity_parameter = "penalty"


class ChangesAlpha(CuriousRidge):
    def fit(self, X, y, sample_weight=None):
        self.alpha = 2 * self.alpha
        return super().fit(X, y, sample_weight)


class Unpicklable(CuriousRidge):
    def __getstate__(self):
        state = vars(self).copy()
        state["coef_"] = 0 * self.coef_
        return state


class NoCopy(CuriousRidge):
    def __getstate__(self):
        return {**vars(self), "function": lambda: None}


class LosesAlpha(CuriousRidge):
    def __sklearn_clone__(self):
        return type(self)(alpha=1.0)


class Plain(CuriousRidge):
    def fit(self, X, y):
        return super().fit(X, y)


class Incomplete(CuriousRidge):
    def fit(self, X, y, sample_weight=None):
        self.linearised_ = ExplicitModel()
        return self


def without_the_factor_of_the_noise(self, X, y=None, *, noise_variance=None):
    if y is None:
        noise_variance = 1.0 if noise_variance is None else noise_variance
    return CuriousRidge.curiosity_score(self, X, y, noise_variance=noise_variance)


def without_the_square(self, X, y=None, *, noise_variance=None):
    score = CuriousRidge.curiosity_score(self, X, y, noise_variance=noise_variance)
    return score if y is None else np.sqrt(score)


def column_of_the_tangent(self, X):
    return CuriousRidge.predict_tangent(self, X)[:, None]


def centred_tangent(self, X):
    tangent = CuriousRidge.predict_tangent(self, X)
    return tangent - tangent.mean()


def rounded_labels(self, output, Y):
    return np.sign(output - Y)


def standard_errors(self, X, return_std=False):
    if not return_std:
        return CuriousRidge.predict(self, X)
    mean, std = CuriousRidge.predict(self, X, return_std=True)
    return mean, std**2


def shifted_mean(self, X, return_std=False):
    if not return_std:
        return CuriousRidge.predict(self, X)
    mean, std = CuriousRidge.predict(self, X, return_std=True)
    return mean + 1, std


def noisy_covariance(self, X, Z=None, *, noise_variance=None):
    h = CuriousRidge.predict_covariance(self, X, Z, noise_variance=noise_variance)
    if Z is None and len(h) > 1:
        h[0, 1] *= 2
    return h


def exaggerated_covariance(self, X, Z=None, *, noise_variance=None):
    h = CuriousRidge.predict_covariance(self, X, Z, noise_variance=noise_variance)
    others = X if Z is None else Z
    same = (X[:, None] == others[None]).all(axis=2)
    return np.where(same, h, 3 * h)


def doubled_leverage(self, rows, representers):
    for h in LinearModel.each_leverage(self, rows, representers):
        yield 2 * h


def doubled_leverage_diagonal(self, rows):
    for h in LinearModel.each_leverage_diagonal(self, rows):
        yield 2 * h


def doubled_mean_leverage(self, rows, representers):
    return 2 * LinearModel.leverage(self, rows, representers)


def doubled_solve(self, gradient):
    columns, constant = LinearModel.solve(self, gradient)
    return 2 * columns, 2 * constant


ALL_LEVERAGES = {
    "each_leverage": doubled_leverage,
    "each_leverage_diagonal": doubled_leverage_diagonal,
    "leverage": doubled_mean_leverage,
    "solve": doubled_solve,
}


def shifted_blocks(self, rows, representers):
    blocks = LinearModel.leverage_blocks(self, rows, representers)
    return blocks + np.arange(len(blocks)).reshape(-1, 1, 1, 1)


def columns_at_a_tenth(self, others):
    # Of batches and of single rows: the covariance of many rows stays.
    columns = LinearModel.representers(self, others)
    return [c / 10 for c in columns] if len(others) == 1 else columns


def directions_without_intercept(self, rows, pull):
    columns, constant = LinearModel.row_directions(self, rows, pull)
    return columns, 0 * constant


def one_less_leverage(self, X, weight):
    return 2 - LinearModel.one_plus_leverage(self, X, weight)


def complexity_without_the_half(self):
    return 2 * LinearModel.complexity(self)


BROKEN = {
    "no linearised model": (NoModel, "fit: .* did not set linearised_"),
    "incomplete model": (Incomplete, "fit: .* leaves out .*attributes.*solve"),
    "unknown regularity": (OtherName, "fit: OtherName has no parameter 'penalty'"),
    "changed parameter": (
        ChangesAlpha,
        "fit: fit of ChangesAlpha changed its parameter alpha",
    ),
    "another noise": (OwnNoise, "fit: noise_variance_ of OwnNoise is"),
    "other outputs": (changed(**scaled("output", 1.1)), "fit: output of .* It is 1.1 "),
    "no copy": (NoCopy, "copies: a fitted NoCopy cannot be pickled"),
    "copy": (Unpicklable, "copies: predict of a pickled"),
    "clone": (LosesAlpha, "copies: a clone of LosesAlpha has another alpha"),
    "shape": (wrong(predict_tangent=column_of_the_tangent), r"shapes: .*\(6, 1\), and"),
    "rows together": (wrong(predict_tangent=centred_tangent), "shapes: .* depends on"),
    "sign": (wrong(**scaled("predict_tangent", -1)), "tangent: .* It is -1 times that"),
    "scale": (wrong(**scaled("predict_tangent", 2)), "tangent: .* It is 2 times that"),
    "a little": (wrong(**scaled("predict_tangent", 1 + 1e-4)), "tangent: "),
    "curvature without weights": (WithoutWeights, "tangent: "),
    "noise factor": (
        wrong(curiosity_score=without_the_factor_of_the_noise),
        r"expected_curiosity: .* not noise_variance_ \* tangent\*\*2",
    ),
    "weights forgotten": (ForgetsWeights, "curiosity: "),
    "square": (wrong(curiosity_score=without_the_square), "curiosity: the root of"),
    "slope of the loss": (changed(loss_slope=rounded_labels), "curiosity: "),
    "complexity": (
        changed(complexity=complexity_without_the_half),
        "curiosity: .* It is 0.5 times that",
    ),
    "leverage": (changed(leverage=doubled_mean_leverage), "leverages: leverage of"),
    "diagonal": (
        changed(each_leverage_diagonal=doubled_leverage_diagonal),
        "leverages: leverage_diagonal of .* It is 2 times that",
    ),
    "symmetry": (
        changed(leverage_blocks=shifted_blocks),
        "leverages: .* is not h.z, x",
    ),
    "solve": (changed(solve=doubled_solve), "leverages: adjoint of"),
    "standard deviation": (
        wrong(predict=standard_errors),
        "standard_deviations: square",
    ),
    "mean": (wrong(predict=shifted_mean), "standard_deviations: .* another mean"),
    "two sets of rows": (
        wrong(predict_covariance=noisy_covariance),
        r"standard_deviations: predict_covariance\(X, Z\)",
    ),
    "negative eigenvalue": (
        wrong(predict_covariance=exaggerated_covariance),
        "standard_deviations: .* has the negative eigenvalue",
    ),
    "all leverages": (changed(**ALL_LEVERAGES), "covariance: "),
    "batches": (changed(representers=columns_at_a_tenth), "covariance: |batches: "),
    "rows taken out": (
        changed(one_plus_leverage=one_less_leverage),
        "influence_on_predictions: .* whole row",
    ),
    "parameters": (
        changed(row_directions=directions_without_intercept),
        "influence_on_parameters: .* intercept_ is not that of refits",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_estimator_is_told_what_is_wrong(table, case):
    cls, message = BROKEN[case]
    with pytest.raises(AssertionError, match=f"^{message}"):
        check_curious_regressor(cls(alpha=0.7), *table)


def test_a_wrong_covariance_of_a_general_loss(table):
    # By the derivative, since whole rows are exact for none but the squared error.
    methods = ALL_LEVERAGES | {"exact_influence": False}
    with pytest.raises(AssertionError, match=r"^covariance: .* It is 2 times that"):
        check_curious_regressor(changed(**methods)(alpha=0.7), *table)
    right = changed(exact_influence=False)(alpha=0.7)
    assert check_curious_regressor(right, *table) == ALL


def test_wrong_influences_by_weight(table, monkeypatch):
    from skcurious.influence import _predictions
    from skcurious.linearised import _blocks

    def halved(blocks, residual):
        return 0.5 * _blocks.along_rows(blocks, residual)

    monkeypatch.setattr(_predictions, "along_rows", halved)
    with pytest.raises(
        AssertionError, match=r"^influence_on_predictions: .* It is 0.5 times that"
    ):
        check_curious_regressor(CuriousRidge(alpha=0.7), *table)


def test_wrong_batches(table, monkeypatch):
    from skcurious.query import CuriosityCriterion

    monkeypatch.setattr(CuriosityCriterion, "move", lambda self, *args: None)
    with pytest.raises(AssertionError, match=r"^batches: .* after 1 imagined label"):
        check_curious_regressor(CuriousRidge(alpha=0.7), *table)


def test_wrong_picks(table, monkeypatch):
    def second_best(model, pool, n_instances, random_state):
        score = model.curiosity_score(pool)
        picks = np.argsort(-score)[1:2]
        return picks, score[picks]

    monkeypatch.setattr("skcurious.testing._leverages.curiosity_sampling", second_best)
    with pytest.raises(
        AssertionError, match=r"^batches: .* takes row \d at first, but"
    ):
        check_curious_regressor(CuriousRidge(alpha=0.7), *table)


def test_without_weights_whole_rows_are_checked(table):
    names = check_curious_regressor(Plain(alpha=0.7), *table)
    assert names == [name for name in ALL if name != "curiosity"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"step": 0.0}, ValueError, "step must be between 0 and 0.5, got 0.0"),
        ({"rtol": "small"}, ValueError, "rtol must be between 0 and 0.5"),
        ({"sample_weight": np.ones(3)}, ValueError, "inconsistent"),
    ],
)
def test_wrong_arguments(table, arguments, error, message):
    with pytest.raises(error, match=message):
        check_curious_regressor(CuriousRidge(), *table, **arguments)


def test_too_few_rows(table):
    X, y = table
    with pytest.raises(ValueError, match="At least 12 rows are needed, got 5"):
        check_curious_regressor(CuriousRidge(), X[:5], y[:5])


def test_weights_for_a_fit_that_takes_none(table):
    with pytest.raises(TypeError, match="fit of Plain takes none"):
        check_curious_regressor(Plain(), *table, sample_weight=np.ones(24))
