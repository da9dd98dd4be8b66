"""Arguments in the wrong place, or of no use: a sentence that names them."""

import inspect

import numpy as np
import pytest
from extras import optional
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcurious
from skcurious import (
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousRidge,
    CuriousRidgeCV,
    default_regressor,
    influence,
    inspection,
    out_of_core,
    query,
    tuning,
)

pd = optional("pandas")
pl = optional("polars")
dask = optional("dask", "skcurious.dask")

X = np.arange(12.0).reshape(6, 2) ** 2
y = X[:, 0]
MODELS = {
    "alone": CuriousRidge().fit(X, y),
    "pipeline": make_pipeline(StandardScaler(), CuriousRidge()).fit(X, y),
    "list": [CuriousRidge().fit(X, y)] * 2,
}
# All public functions about an estimator and rows.
FUNCTIONS = [
    function
    for module in (skcurious, query, influence, out_of_core)
    for name, function in vars(module).items()
    if inspect.isfunction(function)
    and not name.startswith("_")
    and next(iter(inspect.signature(function).parameters), None) == "estimator"
]


def names(function):
    return [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]


def test_these_are_all():
    assert len(FUNCTIONS) >= 19


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(
    "function", FUNCTIONS, ids=lambda f: f"{f.__module__}.{f.__name__}"
)
def test_the_estimator_comes_first(function, kind):
    second = names(function)[1]
    message = f"{function.__name__} takes the fitted estimator first, then {second}, "
    for rows in (X, X.tolist()):
        with pytest.raises(TypeError, match=message):
            function(rows, MODELS[kind])


@pytest.mark.parametrize(
    "function", FUNCTIONS, ids=lambda f: f"{f.__module__}.{f.__name__}"
)
def test_options_go_by_name(function):
    positions = [None] * len(names(function))
    message = f"{function.__name__} takes {', '.join(names(function))} by position and"
    with pytest.raises(TypeError, match=message):
        function(*positions, np.ones(6))


def test_classes_and_adapters_take_the_estimator_first():
    model = MODELS["alone"]
    for ask in (tuning.tune_alpha, dask.top_k, dask.curiosity_score):
        with pytest.raises(TypeError, match=f"{ask.__name__} takes the fitted est"):
            ask(X, model)
    for display in (inspection.CuriosityDisplay, inspection.TangentDisplay):
        where = rf"{display.__name__}\.from_estimator takes the fitted estimator first"
        for arguments in ((X, model), (X, y, model), (X, model, y)):
            with pytest.raises(TypeError, match=where):
                display.from_estimator(*arguments)


def test_a_price_in_the_place_of_a_number():
    message = "n_instances must be an integer, got ndarray: .* by name, cost="
    with pytest.raises(ValueError, match=message):
        query.variance_sampling(MODELS["alone"], X, np.ones(6))


@pytest.mark.parametrize(
    ("rows", "remedy"),
    [
        (
            (row for row in X),
            r"type generator, .* pass list\({}\), or see skcuri",
        ),
        ({1.0, 2.0}, "type set"),
        ({"a": [1.0], "b": [2.0]}, r"type dict, .* pass pandas\.DataFrame\({}\)"),
        (None, "type NoneType, .* pass an array"),
        (5, "type int, .* pass an array"),
        (CuriousRidge(), "type CuriousRidge, .* pass the fitted estimator first"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_rows(rows, remedy):
    model = MODELS["alone"]
    ways = {
        "X_pool": lambda: query.variance_sampling(model, X_pool=rows),
        "X_reference": lambda: query.pool_status(model, X, X_reference=rows),
        "X_all": lambda: default_regressor(rows),
        "X": lambda: skcurious.curiosity_score(model, X=rows),
    }
    if rows is not None:  # what is not there is not asked about
        ways["X_at"] = lambda: influence.influence_on_predictions(model, X, y, rows)
    else:
        del ways["X_reference"]
    for name, ask in ways.items():
        name = "X" if name == "X_at" else name
        message = rf"^{name} is of {remedy.format(name)}"
        with pytest.raises(TypeError, match=message):
            ask()
    with pytest.raises(TypeError, match=f"^X is of {remedy.format('X')}"):
        model.curiosity_score(rows)


def test_no_rows_out_of_core():
    model = MODELS["alone"]
    for rows in ({"a": [1.0]}, None, 5):
        with pytest.raises(TypeError, match=f"Rows must be .* {type(rows).__name__}"):
            out_of_core.curiosity_score(model, rows)
    with pytest.raises(TypeError, match=r"chunks must be an iterable .* NoneType"):
        out_of_core.fit_ridge(None)
    for chunks in ((X, y), [X[:2]]):
        with pytest.raises(ValueError, match=r"In chunk 0: .* ndarray\. Rows in one"):
            out_of_core.fit_ridge(chunks)
    lists = out_of_core.fit_ridge([(X.tolist(), y.tolist())])
    assert lists.coef_ == pytest.approx(model.coef_)


def test_rows_that_are_not_collected():
    rows = pl.DataFrame(X, schema=["a", "b"]).lazy()
    with pytest.raises(TypeError, match=r"X_pool is .* LazyFrame, .* X_pool\.collect"):
        query.variance_sampling(MODELS["alone"], rows)
    with pytest.raises(TypeError, match="LazyFrame of polars: pass what collect"):
        out_of_core.curiosity_score(MODELS["alone"], rows)


def test_two_columns_of_one_name():
    rows = pd.DataFrame(X, columns=["b", "b"])
    model = MODELS["alone"]
    ways = {
        "X_pool": lambda: query.variance_sampling(model, rows),
        "X_all": lambda: default_regressor(rows),
        "X": lambda: skcurious.curiosity_score(model, rows),
    }
    for name, ask in ways.items():
        with pytest.raises(ValueError, match=f"^{name} has two columns 'b': rename"):
            ask()


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        ({"a": 1.0}, "in the order of X_pool, .* got dict"),
        ((1.0 for _ in X), "in the order of X_pool, .* got generator"),
        (["cheap"] * 6, "must be numbers .* got list of text"),
    ],
)
def test_prices(cost, message):
    with pytest.raises(ValueError, match=f"cost .*{message}"):
        query.variance_sampling(MODELS["alone"], X, cost=cost)


def test_an_index_of_numbers_and_names():
    rows = pd.DataFrame(X, columns=["a", "b"], index=[7, "b", 3, "d", 1, 0])
    model = CuriousRidge().fit(rows, y)
    cost = pd.Series(np.arange(1.0, 7.0), index=rows.index)
    assert query.variance_sampling(model, rows, cost=cost)
    with pytest.raises(ValueError, match=r"Pass cost\.loc\[X_pool\.index\]"):
        query.variance_sampling(model, rows, cost=cost[::-1])
    with pytest.raises(ValueError, match=r"In chunk 0: .* Pass y\.loc\[X\.index\]"):
        out_of_core.fit_ridge([(rows, rows.a[::-1])])
    # The same names, but not as often: of other rows.
    cost.index = [7, 7, "b", 3, "d", 1]
    assert query.variance_sampling(model, rows, cost=cost)


@pytest.mark.parametrize(
    "model", [CuriousRidgeCV(alphas=[]), CuriousKernelRidgeCV(alphas=())]
)
def test_no_candidates(model):
    with pytest.raises(ValueError, match="alphas is empty: give one candidate"):
        model.fit(X, y)


@pytest.mark.parametrize("model", [CuriousRidge([]), CuriousKernelRidge(())])
def test_no_alpha(model):
    with pytest.raises(ValueError, match=r"alpha is empty|'alpha' parameter"):
        model.fit(X, y)


def test_criteria_that_are_none():
    with pytest.raises(ValueError, match=r"criterion must be one of .* got \['var"):
        query.utilities(MODELS["alone"], X, ["variance"])
