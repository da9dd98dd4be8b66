"""scikit-activeml's contract of query strategies, and ours."""

import inspect
import subprocess
import sys
from copy import deepcopy

import numpy as np
import pytest
from extras import optional
from networks import quick
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip(
    "skactiveml", reason="not there: it needs a newer NumPy than skcurious does"
)

import pandas as pd
from skactiveml.pool import ParallelUtilityEstimationWrapper, SubSamplingWrapper
from skactiveml.regressor import SklearnRegressor
from skactiveml.utils import check_random_state, is_unlabeled
from sklearn import clone
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.ensemble import BaggingRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import skcurious
import skcurious.activeml
from skcurious import CuriousKernelRidge, CuriousRidge, CuriousRidgeCV
from skcurious.activeml import (
    CriterionSampling,
    CuriositySampling,
    ExpectedCuriosityReduction,
    InitialDesign,
    VarianceSampling,
)
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    initial_design,
    variance_sampling,
)

pl = optional("polars")

STRATEGIES = {
    CriterionSampling: variance_sampling,
    CuriositySampling: curiosity_sampling,
    ExpectedCuriosityReduction: expected_curiosity_reduction,
    VarianceSampling: variance_sampling,
}
REGRESSORS = {
    "ridge": CuriousRidge(0.1),
    "pipeline": make_pipeline(StandardScaler(), CuriousRidgeCV([0.1, 1.0, 10.0])),
    "kernel": SklearnRegressor(CuriousKernelRidge(0.1, kernel="rbf", gamma=5.0)),
    "search": GridSearchCV(CuriousRidge(), {"alpha": [0.1, 1.0]}, cv=2),
    "target": TransformedTargetRegressor(CuriousRidge(0.1), transformer=None),
    "bagging": BaggingRegressor(CuriousRidge(0.1), 3, random_state=0),
    "network": make_pipeline(
        StandardScaler(), quick(hidden_layer_sizes=(8,), max_iter=20)
    ),
}


@pytest.fixture(params=STRATEGIES, ids=lambda c: c.__name__)
def strategy(request):
    return request.param


@pytest.fixture
def table():
    """Some rows of the diabetes table; labels of the first fifteen."""
    X, y = load_diabetes(return_X_y=True)
    return X[:60], np.where(np.arange(60) < 15, y[:60], np.nan), y[:60]


# -- the same rows as skcurious.query ------------------------------------------

LOOPS = [
    (CuriositySampling, "ridge", np.asarray, 1),
    (ExpectedCuriosityReduction, "pipeline", pd.DataFrame, 1),
    (CuriositySampling, "kernel", pd.DataFrame, 1),
    (ExpectedCuriosityReduction, "kernel", np.asarray, 3),
    (ExpectedCuriosityReduction, "network", pd.DataFrame, 1),
    (CuriositySampling, "network", np.asarray, 5),
    (VarianceSampling, "pipeline", np.asarray, 3),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("cls", "name", "kind", "batch_size"), LOOPS)
def test_loops_pick_the_rows_of_query(cls, name, kind, batch_size):
    X, y = load_diabetes(return_X_y=True, as_frame=kind is pd.DataFrame)
    y = np.asarray(y)
    known = np.where(np.arange(len(y)) < 10, y, np.nan)
    options = {"n_reference": 64} if cls is ExpectedCuriosityReduction else {}
    strategy = cls(random_state=7, **options)
    reg = REGRESSORS[name]
    take = (lambda i: X.iloc[i]) if kind is pd.DataFrame else (lambda i: X[i])
    for _ in range(30 // batch_size):
        pool = np.flatnonzero(np.isnan(known))
        labelled = np.flatnonzero(~np.isnan(known))
        picked, utilities = strategy.query(
            X, known, reg=reg, batch_size=batch_size, return_utilities=True
        )
        expected, scores = STRATEGIES[cls](
            clone(reg).fit(take(labelled), y[labelled]),
            take(pool),
            batch_size,
            random_state=check_random_state(7, len(pool) + 1),
            **options,
        )
        assert_array_equal(picked, pool[expected])
        assert_allclose(utilities[np.arange(batch_size), picked], scores, rtol=1e-9)
        known[picked] = y[picked]


@pytest.mark.parametrize("name", REGRESSORS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_regressors(strategy, name, table):
    X, known, _ = table
    reg = REGRESSORS[name]
    picked, utilities = strategy(random_state=0).query(
        X, known, reg=reg, batch_size=3, return_utilities=True
    )
    expected, _ = STRATEGIES[strategy](
        clone(reg).fit(X[:15], known[:15]), X[15:], 3, random_state=0
    )
    assert_array_equal(picked, expected + 15)
    assert utilities.shape == (3, 60)


@pytest.mark.parametrize("batch", ["sample", "top"])
def test_batches(batch, table):
    X, known, _ = table
    reg = CuriousRidge(store_covariance=False).fit(X[:15], known[:15])
    picked, utilities = CuriositySampling(batch, random_state=3).query(
        X, known, reg=reg, fit_reg=False, batch_size=6, return_utilities=True
    )
    expected, scores = curiosity_sampling(
        reg, X[15:], 6, batch=batch, random_state=check_random_state(3, 46)
    )
    assert_array_equal(picked, expected + 15)
    assert_allclose(utilities[np.arange(6), picked], scores)
    assert_array_equal(np.isnan(utilities).sum(axis=1), 15 + np.arange(6))


# -- the contract --------------------------------------------------------------


def test_utilities(strategy, table):
    """NaN outside the candidates and at earlier picks; the pick is the largest."""
    X, known, _ = table
    candidates = np.array([40, 20, 33, 59, 18])
    picked, utilities = strategy(random_state=0).query(
        X,
        known,
        reg=REGRESSORS["ridge"],
        candidates=candidates,
        batch_size=4,
        return_utilities=True,
    )
    assert utilities.shape == (4, 60)
    left = list(candidates)
    for pick, row in zip(picked, utilities, strict=True):
        assert_array_equal(np.flatnonzero(~np.isnan(row)), np.sort(left))
        assert np.nanargmax(row) == pick
        left.remove(pick)
    assert len(set(picked)) == 4


def test_imagined_labels_move_the_utilities(strategy, table):
    X, known, _ = table
    (first, _), utilities = strategy(random_state=0).query(
        X, known, reg=REGRESSORS["ridge"], batch_size=2, return_utilities=True
    )
    reg = clone(REGRESSORS["ridge"]).fit(X[:15], known[:15])
    more = known.copy()
    more[first] = reg.predict(X[[first]])[0]
    again = strategy(random_state=0).query(
        X, more, reg=REGRESSORS["ridge"], return_utilities=True
    )[1][0]
    # noise_variance_ is that of another fit, and so is the default X_eval.
    rest = ~np.isnan(again)
    if strategy is not ExpectedCuriosityReduction:
        ratio = utilities[1][rest] / again[rest]
        assert_allclose(ratio, ratio[0], rtol=1e-9)


def test_candidates_as_rows_or_numbers(strategy, table):
    X, known, _ = table
    ask = strategy(random_state=0).query
    options = {"reg": REGRESSORS["ridge"], "batch_size": 3, "return_utilities": True}
    everyone, utilities = ask(X, known, **options)
    by_number, same = ask(X, known, candidates=np.arange(15, 60), **options)
    by_row, among_rows = ask(X, known, candidates=X[15:], **options)
    assert_array_equal(everyone, by_number)
    assert_allclose(utilities, same)
    assert_array_equal(everyone, by_row + 15)
    assert_allclose(utilities[:, 15:], among_rows)


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_data_frames_reach_the_regressor_as_they_are(strategy, package):
    DataFrame = {"pandas": pd, "polars": pl}[package].DataFrame
    rng = np.random.RandomState(0)
    X = DataFrame({"t": rng.rand(30), "solvent": rng.choice(["a", "b"], 30)})
    y = np.where(np.arange(30) < 12, rng.rand(30), np.nan)
    columns = make_column_transformer(
        (StandardScaler(), ["t"]), (OneHotEncoder(), ["solvent"])
    )
    reg = make_pipeline(columns, CuriousRidge())
    ask = strategy(random_state=0).query
    picked = ask(X, y, reg=reg, batch_size=2)
    expected, _ = STRATEGIES[strategy](clone(reg).fit(X[:12], y[:12]), X[12:], 2)
    assert_array_equal(picked, expected + 12)
    rest = X[12:]
    for candidates in (rest, rest.to_numpy()):
        rows = ask(X, y, reg=reg, candidates=candidates, batch_size=2)
        assert_array_equal(rows + 12, picked)


def test_labels_in_another_order(strategy):
    X = pd.DataFrame({"t": np.arange(6.0)}, index=[5, "b", 3, "d", 1, 0])
    for name in ("y", "sample_weight"):
        options = {"y": X.t.to_numpy(), "reg": CuriousRidge(), name: X.t[::-1]}
        with pytest.raises(ValueError, match=rf"Pass {name}\.loc\[X\.index\]"):
            strategy().query(X, **options)


def test_candidates_of_no_category_of_X(strategy):
    X = pd.DataFrame({"t": np.arange(6.0), "kind": pd.Categorical(list("ababab"))})
    columns = make_column_transformer((StandardScaler(), ["t"]))
    options = {"reg": make_pipeline(columns, CuriousRidge()), "y": X.t}
    with pytest.raises(ValueError, match=r"candidates .* 'kind' has no category 'z'"):
        strategy().query(X, candidates=np.array([[9, "z"]], dtype=object), **options)


def test_cold_start(strategy, table):
    X, _, y = table
    nothing = np.full(60, np.nan)
    ask = strategy(random_state=0).query
    picked, utilities = ask(
        X, nothing, reg=REGRESSORS["ridge"], batch_size=4, return_utilities=True
    )
    assert len(set(picked)) == 4
    assert np.nanmax(utilities) == 0
    counts = np.zeros(60)
    for seed in range(200):
        draw = strategy(random_state=seed).query(X, nothing, reg=REGRESSORS["ridge"])
        counts[draw] += 1
    assert counts.max() < 15  # 200 draws of 60 rows
    elsewhere = clone(REGRESSORS["ridge"]).fit(X[:15], y[:15])
    fitted = ask(X, nothing, reg=elsewhere, fit_reg=False)
    expected, _ = STRATEGIES[strategy](elsewhere, X)
    assert_array_equal(fitted, expected)
    nothing[3] = y[3]  # one label: the ridge is constant
    if strategy is CuriositySampling:
        with pytest.warns(UserWarning, match="Every score in X_pool is 0"):
            assert ask(X, nothing, reg=REGRESSORS["ridge"]) != [3]
    else:
        assert ask(X, nothing, reg=REGRESSORS["ridge"]) != [3]


@pytest.mark.parametrize("kind", [np.asarray, pd.DataFrame, pl and pl.DataFrame])
def test_the_first_rows(table, kind):
    """As the function chooses them, at once, one by one, or beside others."""
    if kind is None:
        pytest.skip("polars is not there")
    X, known, y = table
    X, nothing = kind(X), np.full(60, np.nan)
    picked, utilities = InitialDesign(random_state=0).query(
        X, nothing, batch_size=6, return_utilities=True
    )
    expected, scores = initial_design(X, 6, random_state=0)
    assert_array_equal(picked, expected)
    assert_allclose(utilities[np.arange(6), picked], scores)
    assert np.isnan(utilities[5, picked[:5]]).all()
    assert np.isfinite(np.delete(utilities[5], picked[:5])).all()
    for k in range(6):
        assert InitialDesign(random_state=k).query(X, nothing) == expected[k]
        nothing[expected[k]] = y[expected[k]]
    # Beside labels, under way, and of other candidates.
    pool = np.flatnonzero(np.isnan(known))
    rows = X.__getitem__ if kind is not pd.DataFrame else X.iloc.__getitem__
    some, others = rows(pool[5:]), rows(np.r_[np.arange(15), pool[:5]])
    expected, scores = initial_design(some, 4, X_labelled=others)
    asked, utilities = InitialDesign().query(
        X,
        known,
        candidates=pool[5:],
        batch_size=4,
        X_pending=rows(pool[:5]),
        return_utilities=True,
    )
    assert_array_equal(asked, pool[5:][expected])
    assert_allclose(utilities[np.arange(4), asked], scores)
    assert np.isnan(utilities[:, :20]).all()
    again = InitialDesign().query(
        X, known, candidates=some, batch_size=4, X_pending=rows(pool[:5])
    )
    assert_array_equal(again, expected)


def test_first_rows_in_other_terms(table):
    X, _, y = table
    frame = pd.DataFrame(X[:, :3], columns=list("abc")).assign(d=["u", "v", "w"] * 20)
    nothing = np.full(60, None)
    by = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["d"]), remainder=StandardScaler()
    )
    strategy = InitialDesign(by, missing_label=None, random_state=0)
    picked = clone(strategy).query(frame, nothing, batch_size=5)
    expected, _ = initial_design(frame, 5, transformer=by, random_state=0)
    assert_array_equal(picked, expected)
    wrapped = SubSamplingWrapper(InitialDesign(), 20, random_state=0)
    assert len(wrapped.query(X, np.full(60, np.nan), batch_size=3)) == 3
    with (
        pytest.warns(UserWarning, match="batch_size"),  # scikit-activeml's own
        pytest.raises(ValueError, match="no candidates: every row of X has a label"),
    ):
        InitialDesign().query(X, y)
    with pytest.raises(ValueError, match="X and X_pending must have the same columns"):
        InitialDesign().query(X, np.r_[y[:1], np.full(59, np.nan)], X_pending=X[:, :2])
    with pytest.raises(ValueError, match="candidates must be rows, or numbers"):
        InitialDesign().query(X, np.full(60, np.nan), candidates=3)


def test_missing_labels_of_other_kinds(strategy, table):
    X, known, _ = table
    expected = strategy(random_state=0).query(X, known, reg=CuriousRidge())
    for missing in (-1.0, None):
        y = np.array([missing if np.isnan(v) else v for v in known])
        ask = strategy(missing_label=missing, random_state=0).query
        assert_array_equal(ask(X, y, reg=CuriousRidge()), expected)
        wrapped = SklearnRegressor(CuriousRidge(), missing_label=missing)
        if missing is not None:
            assert_array_equal(ask(X, y, reg=wrapped), expected)


def test_missing_labels_must_agree(strategy, table):
    X, known, _ = table
    y = np.where(np.isnan(known), -1.0, known)
    with pytest.raises(ValueError, match="missing_label"):
        strategy(missing_label=-1.0).query(X, y, reg=SklearnRegressor(CuriousRidge()))


def test_sample_weight(strategy, table):
    X, known, _ = table
    weights = np.linspace(0.1, 4, 60)
    ask = strategy(random_state=0).query
    options = {"batch_size": 4, "return_utilities": True}
    fitted = CuriousRidge(0.1).fit(X[:15], known[:15], weights[:15])
    expected = ask(X, known, reg=fitted, fit_reg=False, **options)
    for reg in (CuriousRidge(0.1), SklearnRegressor(CuriousRidge(0.1))):
        picked, utilities = ask(X, known, reg=reg, sample_weight=weights, **options)
        assert_array_equal(picked, expected[0])
        assert_allclose(utilities, expected[1])
    without = ask(X, known, reg=CuriousRidge(0.1), **options)
    assert not np.allclose(without[1], expected[1], equal_nan=True)


def test_utility_weight_is_one_over_cost(strategy, table):
    X, known, _ = table
    cost = np.random.RandomState(0).uniform(1, 10, 60)
    ask = strategy(random_state=0).query
    options = {"reg": CuriousRidge(), "return_utilities": True}
    plain = ask(X, known, **options)[1]
    dear = ask(X, known, utility_weight=1 / cost, **options)
    assert_allclose(dear[1], plain / cost)
    rows = ask(X, known, candidates=X[15:], utility_weight=1 / cost[15:], **options)
    assert_allclose(rows[1], plain[:, 15:] / cost[15:])
    expected, _ = STRATEGIES[strategy](
        CuriousRidge().fit(X[:15], known[:15]), X[15:], cost=cost[15:]
    )
    assert_array_equal(dear[0], expected + 15)
    never = np.where(np.arange(60) == dear[0][0], 0.0, 1.0)
    assert ask(X, known, utility_weight=never, **options)[0] != dear[0]


def test_wrappers(strategy, table):
    X, known, _ = table
    reg = SklearnRegressor(CuriousRidge(0.1))
    plain = strategy(random_state=0).query(X, known, reg=reg, return_utilities=True)
    parallel = ParallelUtilityEstimationWrapper(
        strategy(random_state=0), n_jobs=2, parallel_dict={"backend": "threading"}
    )
    picked, utilities = parallel.query(X, known, reg=reg, return_utilities=True)
    assert_array_equal(picked, plain[0])
    assert_allclose(utilities, plain[1])
    if strategy is ExpectedCuriosityReduction:  # rows to compare are drawn
        for seed in (None, 3):
            few = strategy(n_reference=7, random_state=seed)
            _, plain = few.query(X, known, reg=reg, return_utilities=True)
            parallel = ParallelUtilityEstimationWrapper(
                few, n_jobs=2, parallel_dict={"backend": "threading"}
            )
            _, utilities = parallel.query(X, known, reg=reg, return_utilities=True)
            assert_allclose(utilities, plain)
    for exclude in (False, True):
        some = SubSamplingWrapper(
            strategy(random_state=0),
            max_candidates=12,
            exclude_non_subsample=exclude,
            random_state=0,
        )
        picked, utilities = some.query(
            X, known, reg=reg, batch_size=3, return_utilities=True
        )
        assert (picked >= 15).all()
        assert np.isfinite(utilities[0]).sum() == 12


def test_x_eval(table):
    X, known, _ = table
    ask = ExpectedCuriosityReduction(random_state=0).query
    fitted = CuriousRidge().fit(X[:15], known[:15])
    picked, utilities = ask(
        X, known, reg=CuriousRidge(), X_eval=X[50:], batch_size=2, return_utilities=True
    )
    expected, scores = expected_curiosity_reduction(
        fitted, X[15:], 2, X_reference=X[50:]
    )
    assert_array_equal(picked, expected + 15)
    assert_allclose(utilities[[0, 1], picked], scores)
    # Every row of X has a label: the candidates are what matters.
    full = np.where(np.isnan(known), 0.0, known)
    picked = ask(X, full, reg=fitted, fit_reg=False, candidates=X[15:40])
    expected, _ = expected_curiosity_reduction(fitted, X[15:40])
    assert_array_equal(picked, expected)


def test_nothing_is_changed(strategy, table):
    X, known, _ = table
    before = X.copy(), known.copy()
    candidates = np.arange(20, 40)
    for fit_reg in (True, False):
        reg = SklearnRegressor(CuriousRidge()).fit(X, known)
        state = deepcopy(vars(reg.estimator_))
        asked = strategy(random_state=np.random.RandomState(5))
        params = deepcopy(asked.get_params())
        params.pop("random_state")
        one = asked.query(
            X, known, reg=reg, fit_reg=fit_reg, candidates=candidates, batch_size=3
        )
        two = asked.query(
            X, known, reg=reg, fit_reg=fit_reg, candidates=candidates, batch_size=3
        )
        assert_array_equal(one, two)
        assert_array_equal(candidates, np.arange(20, 40))
        assert {k: asked.get_params()[k] for k in params} == params
        for name, value in state.items():
            if isinstance(value, np.ndarray):
                assert_array_equal(vars(reg.estimator_)[name], value)
    new = CuriousRidge()
    strategy().query(X, known, reg=new)
    assert vars(new) == vars(CuriousRidge())
    assert_array_equal(X, before[0])
    assert_array_equal(known, before[1])


def test_signature(strategy):
    """The names and defaults that scikit-activeml's own strategies have."""
    init = inspect.signature(strategy).parameters
    assert {"missing_label", "random_state"} <= set(init)
    assert all(p.default is not inspect.Parameter.empty for p in init.values())
    for name in init:
        marker = object()
        assert getattr(strategy(**{name: marker}), name) is marker
    assert clone(strategy(random_state=3)).random_state == 3
    parameters = inspect.signature(strategy.query).parameters
    assert {
        name: p.default
        for name, p in parameters.items()
        if name not in ("self", "X_eval", "utility_weight")
    } == {
        "X": inspect.Parameter.empty,
        "y": inspect.Parameter.empty,
        "reg": inspect.Parameter.empty,
        "fit_reg": True,
        "sample_weight": None,
        "candidates": None,
        "batch_size": 1,
        "return_utilities": False,
        "X_pending": None,
        "unique": False,
        "same": None,
        "label_noise": None,
    }


def test_options_that_strategies_share(strategy, rng):
    """As the functions take them, for rows of X or for other candidates."""
    X = rng.standard_normal((40, 3))
    X[30:] = X[20:30]
    y = np.where(np.arange(40) < 15, X[:, 0] + rng.standard_normal(40), np.nan)
    reg = CuriousRidge(0.5).fit(X[:15], y[:15])
    noise = np.where(np.arange(40) < 15, 0.0, rng.uniform(0.1, 2, 40))
    same = rng.choice(["a", "b"], 40)
    pending = np.vstack([X[[16]], rng.standard_normal((1, 3))])
    own = {"X_eval": X[15:]} if strategy is ExpectedCuriosityReduction else {}
    reference = {"X_reference": X[15:]} if own else {}
    indices, scores = STRATEGIES[strategy](
        reg,
        X[15:],
        3,
        X_pending=pending,
        unique=True,
        same=same[15:],
        label_noise=noise[15:],
        **reference,
    )
    shared = {"X_pending": pending, "unique": True, "batch_size": 3}
    asked, utilities = strategy().query(
        X,
        y,
        reg,
        fit_reg=False,
        return_utilities=True,
        same=same,
        label_noise=noise,
        **own,
        **shared,
    )
    assert_array_equal(asked - 15, indices)
    assert_allclose(utilities[[0, 1, 2], asked], scores)
    others = (same != same[asked[0]]) | (np.arange(40) < 15)
    assert np.isnan(utilities[:, others]).all()
    again = strategy().query(
        X,
        y,
        reg,
        candidates=X[15:],
        fit_reg=False,
        same=list(same[15:]),
        label_noise=noise[15:],
        **own,
        **shared,
    )
    assert_array_equal(again, indices)
    cold = strategy().query(
        X, np.full(40, np.nan), reg, same=same, unique=True, batch_size=3
    )
    assert len(set(same[cold])) == 1
    with pytest.raises(ValueError, match="same must have one value for each of 40"):
        strategy().query(X, y, reg, same=same[15:])
    with pytest.raises(ValueError, match=r"offers 15 different row\(s\)"):
        strategy().query(X, y, reg, unique=True, batch_size=20)


class Dummy:
    pass


NOT_FITTING = [
    ({"X": "string"}, (ValueError, TypeError)),
    ({"X": Dummy}, (ValueError, TypeError)),
    ({"X": np.zeros((120, 10))}, ValueError),
    ({"y": np.nan}, TypeError),
    ({"y": Dummy}, TypeError),
    ({"y": np.zeros((2, 60))}, ValueError),
    ({"reg": np.nan}, TypeError),
    ({"reg": "state"}, TypeError),
    ({"reg": Dummy()}, TypeError),
    ({"reg": GaussianNB()}, TypeError),
    ({"reg": Ridge()}, TypeError),
    ({"reg": CuriousRidge}, TypeError),
    ({"fit_reg": np.nan}, TypeError),
    ({"fit_reg": "state"}, TypeError),
    ({"sample_weight": np.nan}, (ValueError, TypeError)),
    ({"sample_weight": Dummy}, (ValueError, TypeError)),
    ({"sample_weight": np.ones(61)}, ValueError),
    ({"sample_weight": -np.ones(60)}, ValueError),
    ({"utility_weight": 1.2}, (ValueError, TypeError)),
    ({"utility_weight": np.ones(45)}, ValueError),
    ({"utility_weight": np.full(60, np.nan)}, ValueError),
    ({"candidates": np.nan}, ValueError),
    ({"candidates": Dummy}, TypeError),
    ({"candidates": [99]}, (ValueError, IndexError)),
    ({"candidates": np.zeros((3, 4))}, ValueError),
    ({"batch_size": 0}, ValueError),
    ({"batch_size": 1.2}, TypeError),
    ({"return_utilities": "string"}, TypeError),
    ({"return_utilities": Dummy}, TypeError),
]


@pytest.mark.parametrize(("wrong", "error"), NOT_FITTING)
def test_wrong_arguments(strategy, wrong, error, table):
    X, known, _ = table
    arguments = {"X": X, "y": known, "reg": CuriousRidge(), **wrong}
    with pytest.raises(error):
        strategy(random_state=0).query(**arguments)


def test_parameters_are_looked_at_without_labels(strategy, table):
    X, known, _ = table
    wrong = {"batch": "bst"} if strategy is CuriositySampling else {"weights": "no"}
    if set(wrong) <= set(inspect.signature(strategy).parameters):
        with pytest.raises(ValueError, match="got '"):
            strategy(**wrong).query(X, known * np.nan, reg=CuriousRidge())


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"random_state": "state"}, ValueError),
        ({"missing_label": Dummy}, TypeError),
        ({"batch": "best"}, ValueError),
        ({"criterion": "best"}, ValueError),
        ({"weights": "best"}, ValueError),
        ({"n_reference": 0}, ValueError),
        ({"n_reference": 1.5}, TypeError),
    ],
)
def test_wrong_parameters(strategy, parameters, error, table):
    X, known, _ = table
    if set(parameters) <= set(inspect.signature(strategy).parameters):
        with pytest.raises(error):
            strategy(**parameters).query(X, known, reg=CuriousRidge())


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [("curiosity", curiosity_sampling), ("variance", variance_sampling)],
)
def test_criteria_by_name(criterion, expected, table):
    X, known, _ = table
    strategy = CriterionSampling(criterion, random_state=0)
    picks = strategy.query(X, known, reg=CuriousRidge(0.1), batch_size=3)
    model = CuriousRidge(0.1).fit(X[:15], known[:15])
    assert_array_equal(picks, 15 + expected(model, X[15:], 3)[0])


def test_a_criterion_with_options(table):
    X, known, y = table
    validation = {"X_validation": X[50:], "y_validation": y[50:]}
    strategy = clone(CriterionSampling("influence", validation, random_state=0))
    picks = strategy.query(
        X, known, CuriousRidge(0.1), candidates=range(15, 50), batch_size=3
    )
    model = CuriousRidge(0.1).fit(X[:15], y[:15])
    assert_array_equal(
        picks, 15 + influence_sampling(model, X[15:50], 3, **validation)[0]
    )


def test_too_large_a_batch(strategy, table):
    X, known, _ = table
    with pytest.warns(UserWarning, match="batch_size=50"):
        picked = strategy(random_state=0).query(
            X, known, reg=CuriousRidge(), batch_size=50
        )
    assert_array_equal(np.sort(picked), np.arange(15, 60))


@pytest.mark.filterwarnings("ignore:'batch_size=1' is larger")
def test_no_candidates(strategy, table):
    X, _, y = table
    with pytest.raises(ValueError, match="every row of X has a label"):
        strategy().query(X, y, reg=CuriousRidge())


def test_not_fitted(strategy, table):
    X, known, _ = table
    with pytest.raises(ValueError, match="not fitted"):
        strategy().query(X, known, reg=CuriousRidge(), fit_reg=False)


# -- the way through scikit-activeml's wrapper ----------------------------------


def test_reach_through_sklearn_regressor(table):
    X, known, _ = table
    reg = SklearnRegressor(make_pipeline(StandardScaler(), CuriousRidge()))
    with pytest.raises(ValueError, match="not fitted"):
        skcurious.curiosity_score(reg, X)
    reg.fit(X, known)
    inner = make_pipeline(StandardScaler(), CuriousRidge()).fit(X[:15], known[:15])
    assert_allclose(
        skcurious.curiosity_score(reg, X), skcurious.curiosity_score(inner, X)
    )


def test_a_wrapper_that_could_not_fit(table):
    X, known, _ = table
    reg = SklearnRegressor(CuriousRidge(alpha=-1))
    with pytest.warns(UserWarning, match="could not be fitted"):
        reg.fit(X, known)
    with pytest.raises(ValueError, match="could not fit its CuriousRidge"):
        skcurious.curiosity_score(reg, X)


def test_all_is_what_is_there():
    assert all(
        issubclass(getattr(skcurious.activeml, name), BaseEstimator)
        for name in skcurious.activeml.__all__
    )
    assert is_unlabeled([np.nan])[0]


def test_without_scikit_activeml():
    code = (
        "import sys; sys.modules['skactiveml'] = None\n"
        "import skcurious\n"
        "try:\n    import skcurious.activeml\n"
        "except ImportError as error:\n    print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "pip install scikit-activeml" in run.stdout
