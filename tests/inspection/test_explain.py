"""explain_queries: each number by refits with imagined labels, or by hand."""

import numpy as np
import pytest
from extras import optional
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.gaussian_process.kernels import RBF, DotProduct, WhiteKernel
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousMLPRegressor,
    CuriousRegressor,
    CuriousRidge,
    EachTargetRegressor,
    default_regressor,
    predict_std,
)
from skcurious.gaussian_process import Columns, PerGroup
from skcurious.gaussian_process._lengths import inverse_lengths
from skcurious.inspection import explain_queries
from skcurious.inspection._explain_nearest import exchanged, with_column_of
from skcurious.inspection._explain_where import where_rows_lie
from skcurious.query import pool_status

pytest.importorskip("pandas")

import pandas as pd

pl = optional("polars")
PICKS = [3, 17, 4]


def problem(rng, n_targets=1):
    X = rng.standard_normal((50, 3))
    Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1], 10 * X[:, 2] ** 2])
    y = Y[:, 0] if n_targets == 1 else Y
    return X[:20], y[:20], X[20:]


def rms(values):
    return np.sqrt(np.mean(np.square(values), axis=0))


def variances_by_refits(model, X, y, pool, picks):
    """Before the first label and after each, with the labels that it predicts."""
    noise, found = model.noise_variance_, []
    for k in range(len(picks) + 1):
        more = pool[picks[:k]]
        refitted = clone(model)
        if isinstance(model, CuriousGaussianProcessRegressor):
            refitted.set_params(kernel=model.kernel_, optimizer=None)
        refitted.fit(np.r_[X, more], np.r_[y, model.predict(pool)[picks[:k]]])
        h = refitted.predict_covariance(pool, noise_variance=1.0).diagonal()
        found.append(np.multiply.outer(h, noise))
    return np.array(found)


MODELS = {
    "ridge": CuriousRidge(alpha=0.3),
    "ridge no intercept": CuriousRidge(alpha=0.3, fit_intercept=False),
    "kernel ridge": CuriousKernelRidge(alpha=0.1, kernel="rbf", gamma=0.3),
    "process": CuriousGaussianProcessRegressor(),
}


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize("name", MODELS)
def test_gains_equal_refits_with_imagined_labels(rng, name, n_targets):
    X, y, pool = problem(rng, n_targets)
    model = clone(MODELS[name]).fit(X, y)
    variances = variances_by_refits(model, X, y, pool, PICKS)
    std = np.sqrt(np.mean(variances, axis=1)).reshape(4, -1)
    table = explain_queries(model, pool, PICKS)
    assert list(table.index) == PICKS
    prediction = model.predict(pool)[PICKS].reshape(3, -1)
    own = np.sqrt(variances[0][PICKS]).reshape(3, -1)
    for k in range(n_targets):
        end = f"_{k}" if n_targets > 1 else ""
        assert_allclose(table[f"prediction{end}"], prediction[:, k])
        assert_allclose(table[f"std{end}"], own[:, k], rtol=1e-6)
        assert_allclose(table[f"pool_std{end}"], std[1:, k], rtol=1e-6)
        assert_allclose(table[f"gain{end}"], -np.diff(std[:, k]), rtol=1e-5)
    falls = 1 - variances[1:] / variances[:-1]
    falls = falls.reshape(3, len(pool), -1).mean(axis=2)
    assert_array_equal(table["informs"], (falls >= 0.1).sum(axis=1))
    half = explain_queries(model, pool, PICKS, share=0.5)
    assert_array_equal(half["informs"], (falls >= 0.5).sum(axis=1))


@pytest.mark.parametrize(
    "model",
    [
        CuriousRidge(alpha=[0.1, 5.0]),
        CuriousMLPRegressor(
            hidden_layer_sizes=(4,),
            activation="tanh",
            solver="lbfgs",
            alpha=1.0,
            max_iter=5000,
            random_state=0,
        ),
    ],
    ids=["alpha for each target", "network"],
)
def test_outputs_with_leverages_of_their_own(rng, model):
    X, y, pool = problem(rng, 2)
    model = clone(model).fit(X, y)
    inner = model.linearised_
    rows = inner.at(pool)
    h = inner.leverage_blocks(rows, inner.representers(rows)).copy()
    noise = np.broadcast_to(inner.posterior_variance, (2,))
    expected = []
    for pick in [None, *PICKS]:
        if pick is not None:  # one after the other, all pairs of rows
            at = h[:, :, pick]
            gain = at @ np.linalg.inv(np.eye(2) + at[pick])
            h = h - np.einsum("nrs,smt->nrmt", gain, h[pick])
        own = np.einsum("nrnr->nr", h)
        expected.append(rms(np.sqrt(own * noise)))
    table = explain_queries(model, pool, PICKS)
    for k in range(2):
        assert_allclose(table[f"pool_std_{k}"], np.array(expected)[1:, k], rtol=1e-6)


def test_the_mean_of_two_views(rng):
    X, y, pool = problem(rng)
    X, pool = np.exp(X), np.exp(pool)
    model = default_regressor(np.r_[X, pool]).fit(X, y)
    assert model.weights_.min() > 0.001
    means, variances = [], []
    for member in model.estimators_:
        given = [member[0].transform(rows) for rows in (X, pool)]
        variances.append(variances_by_refits(member[-1], given[0], y, given[1], PICKS))
        means.append(member.predict(pool))
    apart = np.average(
        (means - model.predict(pool)) ** 2, axis=0, weights=model.weights_
    )
    total = np.average(variances, axis=0, weights=model.weights_) + apart
    table = explain_queries(model, pool, PICKS)
    assert_allclose(table["std"], predict_std(model, pool)[PICKS], rtol=1e-6)
    assert_allclose(table["pool_std"], rms(np.sqrt(total).T)[1:], rtol=1e-6)
    informs = (1 - total[1:] / total[:-1] >= 0.1).sum(axis=1)
    assert_array_equal(table["informs"], informs)


def test_units_of_transformed_targets(rng):
    X, y, pool = problem(rng)
    inner = make_pipeline(StandardScaler(), CuriousRidge(alpha=1.0))
    plain = clone(inner).fit(X, y)
    scaled = TransformedTargetRegressor(inner, transformer=StandardScaler())
    expected = explain_queries(plain, pool, PICKS, X_labelled=X)
    table = explain_queries(scaled.fit(X, y), pool, PICKS, X_labelled=X)
    pd.testing.assert_frame_equal(table, expected)
    search = GridSearchCV(inner, {"curiousridge__alpha": [1.0]}, cv=2).fit(X, y)
    table = explain_queries(search, pool, PICKS, X_labelled=X)
    pd.testing.assert_frame_equal(table, expected)
    log = TransformedTargetRegressor(inner, func=np.log, inverse_func=np.exp)
    log.fit(X, np.exp(y))
    variance = variances_by_refits(
        plain[-1], plain[0].transform(X), y, plain[0].transform(pool), PICKS
    )
    mean, std = plain.predict(pool), np.sqrt(variance)
    std = (np.exp(mean + std) - np.exp(mean - std)) / 2
    table = explain_queries(log, pool, PICKS)
    assert_allclose(table["prediction"], np.exp(mean[PICKS]))
    assert_allclose(table["pool_std"], rms(std.T)[1:], rtol=1e-6)


def test_the_gain_is_that_of_pool_status(rng):
    X, y, pool = problem(rng)
    model = CuriousRidge(alpha=0.3).fit(X, y)
    status = pool_status(model, pool)
    gains = [explain_queries(model, pool, [i])["gain"].item() for i in range(len(pool))]
    assert_allclose(max(gains), status.gain)
    table = explain_queries(model, pool, [0])
    assert_allclose(table["pool_std"] + table["gain"], status.std)


def test_the_nearest_labelled_row_in_learned_lengths(rng):
    X, y, pool = problem(rng)
    lengths = np.array([0.5, 2.0, 1000.0])
    kernel = 2.0 * RBF(lengths) + DotProduct() + WhiteKernel(0.1)
    model = CuriousGaussianProcessRegressor(kernel, optimizer=None).fit(X, y)
    table = explain_queries(model, pool, PICKS, X_labelled=X)
    apart = np.abs(pool[PICKS][:, None] - X) / lengths
    distances = np.linalg.norm(apart, axis=2)
    nearest = distances.argmin(axis=1)
    assert_array_equal(table["nearest"], nearest)
    assert_allclose(table["distance"], distances.min(axis=1))
    first = apart[0, nearest[0]]
    most = first.argmax()
    assert table["differs_in"].iloc[0].startswith(f"x{most} ({first[most]:.2g})")
    assert "x2" not in " ".join(table["differs_in"])


def test_other_models_measure_in_standard_deviations_of_the_pool(rng):
    X, y, pool = problem(rng)
    X[:, 2] = pool[:, 2] = 7.0
    for form in (np.asarray, sparse.csr_matrix, sparse.csr_array):
        model = CuriousRidge().fit(form(X), y)
        table = explain_queries(model, form(pool), PICKS, X_labelled=form(X))
        apart = (pool[PICKS][:, None] - X)[:, :, :2] / pool[:, :2].std(axis=0)
        distances = np.linalg.norm(apart, axis=2)
        assert_array_equal(table["nearest"], distances.argmin(axis=1))
        assert_allclose(table["distance"], distances.min(axis=1))
        row = np.abs(apart[1, table["nearest"].iloc[1]])
        most = row.argmax()
        assert table["differs_in"].iloc[1].startswith(f"x{most} ({row[most]:.2g})")


def test_lengths_of_kernels():
    rbf = RBF([1.0, 2.0])
    assert_allclose(inverse_lengths(rbf, 2), [1, 0.5])
    assert_allclose(inverse_lengths(rbf * RBF(1.0), 2), np.sqrt([2, 1.25]))
    both = 3.0 * rbf + 1.0 * RBF(0.5)
    assert_allclose(inverse_lengths(both, 2), np.sqrt([3 / 4 + 1, 3 / 16 + 1]))
    both = rbf * 3.0 + RBF(0.5)
    assert_allclose(inverse_lengths(both, 2), np.sqrt([3 / 4 + 1, 3 / 16 + 1]))
    # What has no length does not count.
    assert_allclose(
        inverse_lengths(rbf + DotProduct() + WhiteKernel() + 5.0, 2), [1, 0.5]
    )
    assert_allclose(inverse_lengths(rbf**2, 2), np.sqrt([2, 0.5]))
    assert_allclose(inverse_lengths(DotProduct(), 2), [0, 0])
    assert_allclose(inverse_lengths(Columns(rbf, [2, 0]), 3), [0.5, 0, 1])
    assert_allclose(inverse_lengths(PerGroup(rbf, 1), 3), [1, 0, 0.5])


def table_of(rng, n_rows):
    return pd.DataFrame(
        {
            "celsius": rng.uniform(20, 80, n_rows),
            "solvent": pd.Categorical(rng.choice(["water", "ethanol"], n_rows)),
            "stirred": rng.uniform(size=n_rows) < 0.7,
        },
        index=[f"run {i}" for i in range(n_rows)],
    )


def test_tables_of_any_kind(rng):
    X = table_of(rng, 40)
    y = 0.1 * X["celsius"] + (X["solvent"] == "water") + rng.standard_normal(40) / 9
    columns = make_column_transformer(
        (OneHotEncoder(), ["solvent", "stirred"]), (StandardScaler(), ["celsius"])
    )
    for model in (make_pipeline(columns, CuriousRidge()), default_regressor(X)):
        model.fit(X[:15], y[:15])
        table = explain_queries(model, X[15:], [4, 2], X_labelled=X[:15])
        assert list(table.index) == ["run 19", "run 17"]
        assert set(table["nearest"]) < set(X.index[:15])
    if pl is not None:
        rows = pl.from_pandas(X)
        model = default_regressor(rows).fit(rows[:15], y[:15])
        other = explain_queries(model, rows[15:], [4, 2], X_labelled=rows[:15])
        assert_allclose(other["gain"], table["gain"])
        assert list(other["differs_in"]) == list(table["differs_in"])
    values = X.astype(object).to_numpy()
    model = default_regressor(values).fit(values[:15], y[:15])
    other = explain_queries(model, values[15:], [4, 2], X_labelled=values[:15])
    assert_allclose(other["gain"], table["gain"])


def test_a_row_that_differs_in_one_feature_says_so(rng):
    X = table_of(rng, 30)
    model = default_regressor(X).fit(X[:15], np.arange(15.0))
    row = X[:1].copy()
    row["solvent"] = "ethanol" if row["solvent"].item() == "water" else "water"
    pool = pd.concat([row.astype(X.dtypes), X[15:]])
    table = explain_queries(model, pool, [0], X_labelled=X[:1])
    assert table["differs_in"].item().startswith("solvent (")
    assert f"({table['distance'].item():.2g})" in table["differs_in"].item()
    same = explain_queries(model, X, [0], X_labelled=X[:3])
    assert same["differs_in"].item() == ""
    assert_allclose(same["distance"], 0)


def test_values_that_the_pool_has_no_type_for():
    whole = np.array([[1, 0], [2, 0]])
    halves = np.array([[1.5, 2.5], [3.5, 4.5]])
    expected = [[1.5, 0], [3.5, 0]]
    assert_allclose(with_column_of(whole, halves, 0), expected)
    for form in (sparse.csr_matrix, sparse.csr_array):
        changed = with_column_of(form(whole), form(halves), 0)
        assert_allclose(changed.toarray(), expected)
    tables = [(pd.DataFrame(whole), pd.DataFrame(halves[:, ::-1], columns=[1, 0]))]
    if pl is not None:
        names = ["a", "b"]
        tables.append((pl.DataFrame(whole, names), pl.DataFrame(halves, names)))
    for pool, labelled in tables:
        assert_allclose(with_column_of(pool, labelled, 0).to_numpy(), expected)
    kinds = [pd.DataFrame({"k": pd.Categorical([kind])}) for kind in "ab"]
    assert list(with_column_of(*kinds, 0)["k"]) == ["b"]


@pytest.mark.parametrize("make", [np.array, sparse.csr_matrix, pd.DataFrame])
def test_columns_exchanged_at_once_are_those_one_by_one(rng, make, monkeypatch):
    monkeypatch.setattr("skcurious.inspection._explain_nearest.MOST_ROWS", 7)
    X, others = make(rng.random((3, 5))), make(rng.random((3, 5)))
    found = list(exchanged(X, others))
    assert [len(features) for features, _ in found] == [2, 2, 1]
    for features, changed in found:
        for k, feature in enumerate(features):
            one, part = with_column_of(X, others, feature), changed[3 * k : 3 * k + 3]
            if sparse.issparse(one):
                one, part = one.toarray(), part.toarray()
            assert_array_equal(np.asarray(part), np.asarray(one))


def test_columns_of_other_types_are_exchanged_one_by_one():
    X = pd.DataFrame({"n": [1, 2], "c": pd.Categorical(["a", "b"])})
    others = X.astype({"n": float}).assign(c=pd.Categorical(["b", "c"]))
    types = [changed["c"].dtype for _, changed in exchanged(X, others)]
    assert types == [X["c"].dtype, others["c"].dtype]


def test_where_the_informed_rows_lie(rng):
    X = np.r_[rng.normal(0, 0.1, (50, 1)), rng.normal(9, 0.1, (20, 1))]
    kernel = RBF(1.0) + WhiteKernel(0.1)
    model = CuriousGaussianProcessRegressor(kernel, optimizer=None)
    model.fit(X[:5], X[:5, 0])
    table = explain_queries(model, X, [60])
    assert table["informs"].item() == 20
    low, high = np.sort(X[50:], axis=0)[[0, -1], 0]  # of 20 the middle 18 and more
    assert table["informed_where"].item() == f"x0 {low:.3g} to {high:.3g}"


def test_ranges_and_values_in_words():
    frame = pd.DataFrame(
        {
            "same": 1.0,
            "heat": [*range(20), np.nan],
            "kind": ["a"] * 14 + ["b"] * 6 + [None],
            "id": [f"{i:02}" for i in range(21)],
        }
    )
    rows = np.arange(21)
    chosen = [rows >= 14, rows == 2, rows < 0, rows < 21, (rows > 11) & (rows < 16)]
    assert where_rows_lie(frame, chosen, list(frame)) == [
        "heat 14 to 19, kind b or (blank)",
        "heat 2, id 02",
        "",
        "everywhere",
        "heat 12 to 15",
    ]


def test_ranges_are_of_values_that_occur(rng):
    frame = pd.DataFrame(
        {
            "hours": rng.choice([1.0, 2.0, 4.0, 8.0], 200),
            "year": rng.choice([1987, 1995, 2004, 2019], 200),
            "grams": rng.choice([0.125, 0.0625, 1234.5678, 90.0], 200),
        }
    )
    chosen = [
        (frame["hours"].isin([2, 4]) & (rng.random(200) < 0.9)).to_numpy(),
        frame["year"].isin([1987, 1995]).to_numpy(),
        (frame["grams"] < 1).to_numpy(),
        (frame["grams"] > 1000).to_numpy(),
    ]
    assert where_rows_lie(frame, chosen, list(frame)) == [
        "hours 2 to 4",
        "year 1987 to 1995",
        "grams 0.0625 to 0.125",
        "grams 1235",
    ]


def test_shares_of_parts(rng):
    X, y, pool = problem(rng)
    model = CuriousGaussianProcessRegressor(tangents="parts").fit(X, y)
    inner = model.linearised_
    squares = np.square(inner.parts_at(inner.at(pool[PICKS]))).sum(axis=1)
    expected = squares / squares.sum(axis=1, keepdims=True)
    for each in (model, CuriousGaussianProcessRegressor().fit(X, y)):
        table = explain_queries(each, pool, PICKS)
        shares = table.filter(like="share: ")
        names = ["Matern 1/2", "Matern 5/2", "Linear"]
        assert list(shares) == [f"share: {name}" for name in names]
        assert_allclose(shares, expected, rtol=1e-6)
    groups = np.column_stack([X, np.arange(20) % 2])
    kernel = Columns(RBF(), [0, 1, 2]) + PerGroup(RBF(), 3) + WhiteKernel()
    model = CuriousGaussianProcessRegressor(kernel, optimizer=None).fit(groups, y)
    shares = explain_queries(model, groups, [0, 1]).filter(like="share: ")
    assert list(shares) == ["share: Columns RBF", "share: PerGroup RBF"]
    one = explain_queries(CuriousRidge().fit(X, y), pool, PICKS)
    assert not list(one.filter(like="share: "))


def test_without_a_covariance_or_labelled_rows_columns_are_left_out(rng):
    X, y, pool = problem(rng)
    model = CuriousRidge(store_covariance=False).fit(X, y)
    table = explain_queries(model, pool, PICKS, X_labelled=X)
    assert list(table) == ["prediction", "nearest", "distance", "differs_in"]
    assert list(explain_queries(model, pool, PICKS)) == ["prediction"]


def test_refusals(rng):
    X, y, pool = problem(rng)
    model = CuriousRidge().fit(X, y)
    for wrong in ([0.0, 1.0], [[0, 1]], [], [True] * 30, ([0, 1], [0.5, 0.2])):
        with pytest.raises(ValueError, match="indices must be positions"):
            explain_queries(model, pool, wrong)
    for wrong in ([-1], [30]):
        with pytest.raises(ValueError, match="between 0 and 29"):
            explain_queries(model, pool, wrong)
    with pytest.raises(ValueError, match="share"):
        explain_queries(model, pool, [0], share=0)
    with pytest.raises(TypeError, match="estimator first"):
        explain_queries(pool, model, [0])
    for kind in (MultiOutputRegressor, EachTargetRegressor):
        several = kind(CuriousRidge()).fit(X, np.c_[y, y])
        with pytest.raises(TypeError, match="one by one"):
            explain_queries(several, pool, [0])
    with pytest.raises(ValueError, match="3 features"):
        explain_queries(model, pool, [0], X_labelled=X[:, :2])
    with pytest.raises(ValueError, match="X_labelled is empty"):
        explain_queries(model, pool, [0], X_labelled=X[:0])
    kernel = CuriousKernelRidge(kernel="precomputed").fit(X @ X.T, y)
    assert list(explain_queries(kernel, pool @ X.T, [0])) == ["prediction"]
    with pytest.raises(ValueError, match="no features in which they differ"):
        explain_queries(kernel, pool @ X.T, [0], X_labelled=X @ X.T)
    tangent = CuriousRegressor(CuriousRidge()).fit(X, y)
    assert "prediction" in explain_queries(tangent, pool, [0])
