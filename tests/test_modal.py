"""The modAL learner."""

import subprocess
import sys
from copy import copy
from functools import partial

import numpy as np
import pytest
import sklearn
from extras import optional
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.fixes import parse_version

import skcurious
from skcurious import CuriousKernelRidge, CuriousRidge
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    random_sampling,
)

pytest.importorskip("modAL")
pytest.importorskip("pandas")

import pandas as pd
from modAL.models import ActiveLearner, CommitteeRegressor

from skcurious.modal import CuriousLearner

pl = optional("polars")

KINDS = {
    "numpy": (np.asarray, np.asarray),
    "pandas": (
        lambda X: pd.DataFrame(X, columns=list("abcd")),
        lambda y: pd.Series(y, name="y"),
    ),
    "pandas frame": (
        lambda X: pd.DataFrame(X, columns=list("abcd")),
        lambda y: pd.DataFrame({"y": y}),
    ),
    "polars": (
        lambda X: pl.DataFrame(X, schema=list("abcd")),
        lambda y: pl.Series("y", y),
    ),
    "csr": (sparse.csr_matrix, np.asarray),
    "lists": (np.ndarray.tolist, np.ndarray.tolist),
}


def take(values, indices):
    if isinstance(values, list):
        return [values[i] for i in indices]
    return values.iloc[indices] if hasattr(values, "iloc") else values[indices]


@pytest.fixture(params=KINDS)
def data(request, rng):
    X = rng.standard_normal((60, 4))
    y = X @ [1.0, -2.0, 0.0, 0.5] + 0.1 * rng.standard_normal(60)
    to_X, to_y = KINDS[request.param]
    return to_X(X), to_y(y), X, y


def test_loop(data):
    X, y, X_array, y_array = data
    rows = np.arange(10)
    learner = CuriousLearner(
        CuriousRidge(), X_training=take(X, rows), y_training=take(y, rows)
    )
    left = np.arange(10, 60)
    taught = list(rows)
    for _ in range(4):
        indices, queried, scores = learner.query(
            take(X, left), n_instances=3, return_metrics=True
        )
        assert scores.shape == (3,)
        assert type(queried) is type(X)
        learner.teach(queried, take(y, left[indices]))
        taught.extend(left[indices])
        left = np.delete(left, indices)
    assert type(learner.X_training) is type(X) or isinstance(X, list)
    assert type(learner.y_training) is type(y) or isinstance(y, list)
    expected = CuriousRidge().fit(X_array[taught], y_array[taught])
    assert_allclose(np.ravel(learner.predict(X)), expected.predict(X_array))
    assert learner.score(X, y) == pytest.approx(expected.score(X_array, y_array))
    assert_allclose(
        skcurious.curiosity_score(learner, X), expected.curiosity_score(X_array)
    )


def test_teach_before_fit(data):
    X, y, _, _ = data
    learner = CuriousLearner(CuriousRidge())
    assert learner.X_training is None
    learner.teach(take(X, range(20)), take(y, range(20)))
    assert learner.score(X, y) > 0.9


def test_only_new_and_bootstrap(data):
    X, y, X_array, y_array = data
    first, new = np.arange(10), np.arange(10, 40)
    learner = CuriousLearner(CuriousRidge(), random_state=0)
    learner.fit(take(X, first), take(y, first))
    learner.teach(take(X, new), take(y, new), only_new=True)
    expected = CuriousRidge().fit(X_array[new], y_array[new])
    assert_allclose(np.ravel(learner.predict(X)), expected.predict(X_array))
    assert len(np.asarray(learner.y_training)) == 10

    learner.teach(take(X, new), take(y, new), bootstrap=True)
    assert len(np.asarray(learner.y_training)) == 40
    once = np.ravel(learner.predict(X))
    plain = CuriousRidge().fit(X_array[:40], y_array[:40])
    assert not np.allclose(once, plain.predict(X_array))
    learner.teach(take(X, new), take(y, new), bootstrap=True, only_new=True)

    def bootstrapped(seed):
        return CuriousLearner(
            CuriousRidge(),
            X_training=take(X, new),
            y_training=take(y, new),
            bootstrap_init=True,
            random_state=seed,
        ).predict(X)

    assert_allclose(bootstrapped(1), bootstrapped(1))
    assert not np.allclose(bootstrapped(1), bootstrapped(2))


def test_bootstrap_resamples_the_weights(rng):
    X, y = rng.standard_normal((30, 4)), rng.standard_normal(30)
    seen = {}

    class Spy(CuriousRidge):
        def fit(self, X, y, sample_weight=None):
            seen["pairs"] = X[:, 0], sample_weight
            return super().fit(X, y, sample_weight)

    CuriousLearner(Spy(), random_state=0).fit(
        X, y, bootstrap=True, sample_weight=np.abs(X[:, 0])
    )
    assert_allclose(np.abs(seen["pairs"][0]), seen["pairs"][1])


def test_pipelines_and_searches(data):
    X, y, _, _ = data
    scaler = StandardScaler(with_mean=not sparse.issparse(X))
    search = GridSearchCV(
        make_pipeline(scaler, CuriousRidge()), {"curiousridge__alpha": [0.1, 1.0]}, cv=2
    )
    learner = CuriousLearner(
        search, X_training=take(X, range(20)), y_training=take(y, range(20))
    )
    indices, rows = learner.query(take(X, range(20, 60)), 4)
    learner.teach(rows, take(y, 20 + indices))
    assert len(np.asarray(learner.y_training)) == 24


@pytest.mark.parametrize("bad", ["length", "width", "nan"])
def test_failures_leave_the_data_as_they_were(data, bad):
    X, y, _, _ = data
    learner = CuriousLearner(
        CuriousRidge(), X_training=take(X, range(20)), y_training=take(y, range(20))
    )
    X_before, y_before = learner.X_training, learner.y_training
    new_X, new_y = take(X, [30, 31]), take(y, [30, 31])
    if bad == "length":
        new_y, message = take(y, [30]), "inconsistent"
    elif bad == "width":
        message = "columns|shape"
        if isinstance(new_X, list):
            new_X = [row[:3] for row in new_X]
        else:
            new_X = new_X.iloc[:, :3] if hasattr(new_X, "iloc") else new_X[:, :3]
    else:
        message = "NaN"
        if isinstance(new_y, list):
            new_y[0] = np.nan
        else:
            new_y = copy(new_y)
            (new_y.iloc if hasattr(new_y, "iloc") else new_y)[0] = np.nan
    with pytest.raises(ValueError, match=message):
        learner.teach(new_X, new_y)
    assert learner.X_training is X_before
    assert learner.y_training is y_before


def test_mixed_types(rng):
    X = pd.DataFrame(rng.standard_normal((20, 2)), columns=["a", "b"])
    y = pd.Series(rng.standard_normal(20), name="y")
    learner = CuriousLearner(CuriousRidge(), X_training=X, y_training=y)
    learner.teach(X[:2], [1.0, 2.0])  # labels come as they come
    assert isinstance(learner.y_training, pd.Series)
    assert len(learner.y_training) == 22
    with pytest.raises(TypeError, match="DataFrame"):
        learner.teach(X[:2].to_numpy(), [1.0, 2.0])
    with pytest.raises(ValueError, match="columns"):
        learner.teach(X[:2].rename(columns={"a": "z"}), [1.0, 2.0])
    learner = CuriousLearner(CuriousRidge(), X_training=X.to_numpy(), y_training=y)
    with pytest.raises(TypeError, match="one type"):
        learner.teach(X[:2], [1.0, 2.0])
    with pytest.raises(ValueError, match="together"):
        CuriousLearner(CuriousRidge(), X_training=X)


def test_a_failing_strategy_is_called_once(rng):
    X, y = rng.standard_normal((10, 2)), rng.standard_normal(10)
    calls = []

    def failing(learner, X_pool):
        calls.append(1)
        raise RuntimeError("no")

    learner = CuriousLearner(CuriousRidge(), failing, X_training=X, y_training=y)
    with pytest.raises(RuntimeError, match="no"):
        learner.query(X)
    assert len(calls) == 1


def test_a_strategy_may_return_indices_only(rng):
    X, y = rng.standard_normal((10, 2)), rng.standard_normal(10)
    learner = CuriousLearner(
        CuriousRidge(),
        lambda learner, X_pool: np.array([4, 2]),
        X_training=X,
        y_training=y,
    )
    indices, rows = learner.query(X)
    assert_array_equal(indices, [4, 2])
    assert_array_equal(rows, X[[4, 2]])
    with pytest.warns(UserWarning, match="no scores"):
        learner.query(X, return_metrics=True)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda scores: None, "returned None, but must return indices, or"),
        (lambda scores: (), "a tuple of 0"),
        (lambda scores: (1, 2.0, "more"), "a tuple of 3"),
        (lambda scores: [], "no indices"),
        (lambda scores: scores.nlargest(2), "dtype float64, but must return positions"),
        (lambda scores: scores.nlargest(2).index, r"get_indexer\(labels\)"),
        (lambda scores: list(scores.nlargest(2).index), "the index 1.*from 0 to 9"),
        (lambda scores: ["a", "b"], "dtype <U1, but must return positions"),
        (lambda scores: [3.0, 4.0], "list of shape .* float64"),
        (lambda scores: scores.to_numpy() > 7, r"a mask, but .* np\.flatnonzero"),
        (lambda scores: [2, -1], "the index -1"),
        (lambda scores: [2, 10], "the index 10"),
        (lambda scores: [2, 2], "row 2 twice"),
        (lambda scores: [[2, 3]], r"list of shape \(1, 2\)"),
        (lambda scores: [2], "1 indices, but must return the n_instances=2"),
        (lambda scores: ([2, 3, 4], [1.0, 2.0, 3.0]), "3 indices, but"),
        (lambda scores: ([2, 3], scores), r"2 indices with scores of shape \(10,\)"),
    ],
)
@pytest.mark.parametrize("by_name", [True, False])
def test_what_a_strategy_may_return(rng, answer, message, by_name):
    X = pd.DataFrame(rng.standard_normal((10, 2)), columns=["a", "b"])
    pool = X.set_axis(np.arange(100, 110))
    learner = CuriousLearner(
        CuriousRidge(),
        lambda learner, X_pool, n_instances: answer(
            pd.Series(np.arange(10.0), X_pool.index)
        ),
        X_training=X,
        y_training=X.a,
    )
    how = {"n_instances": 2} if by_name else {}
    with pytest.raises(ValueError, match=message):
        learner.query(pool, *([] if by_name else [2]), return_metrics=True, **how)


def test_positions_in_other_forms(rng):
    X, y = rng.standard_normal((10, 2)), rng.standard_normal(10)
    frame = pd.DataFrame(X, columns=["a", "b"])
    for pool, answer in [
        (X, np.int64(3)),  # as an argmax returns it
        (X, (np.int64(3), X[3])),  # as modAL's own tutorials return it
        (X, (3, 0.5)),
        (frame, pd.Series([3])),
        (frame, pd.Index([3])),  # of labels that are positions
        (frame.set_axis(list("qwertyuiop")), np.array([3], dtype=np.uint8)),
    ]:
        learner = CuriousLearner(
            CuriousRidge(),
            lambda learner, X_pool, answer=answer: answer,
            X_training=X,
            y_training=y,
        )
        indices, rows = learner.query(pool)
        assert_array_equal(indices, [3])
        assert_array_equal(rows, X[[3]])


def test_presets_and_repr(rng):
    X, y = rng.standard_normal((30, 2)), rng.standard_normal(30)
    learner = CuriousLearner(
        CuriousKernelRidge(kernel="rbf"),
        partial(curiosity_sampling, batch="sample", random_state=0),
        X_training=X,
        y_training=y,
    )
    assert learner.query(X, 5)[0].shape == (5,)
    assert repr(learner) == (
        "CuriousLearner(estimator=CuriousKernelRidge(kernel='rbf'), "
        "query_strategy=curiosity_sampling, 30 rows)"
    )
    assert repr(CuriousLearner(CuriousRidge())) == (
        "CuriousLearner(estimator=CuriousRidge(), "
        "query_strategy=expected_curiosity_reduction, 0 rows)"
    )


def test_options_reach_the_strategy(rng):
    X, pool = rng.standard_normal((12, 3)), rng.standard_normal((10, 3))
    learner = CuriousLearner(
        CuriousRidge(), X_training=X, y_training=X[:, 0] + rng.standard_normal(12)
    )
    options = {
        "X_pending": pool[:2],
        "unique": True,
        "same": list("ababababab"),
        "label_noise": rng.uniform(0.1, 2, 10),
        "cost": rng.uniform(1, 2, 10),
    }
    indices, rows, scores = learner.query(pool, 3, return_metrics=True, **options)
    expected = expected_curiosity_reduction(learner.estimator, pool, 3, **options)
    assert_array_equal(indices, expected[0])
    assert_array_equal(scores, expected[1])
    assert_array_equal(rows, pool[indices])


def test_plain_modal_learner_takes_the_strategies(rng):
    X, y = rng.standard_normal((30, 2)), rng.standard_normal(30)
    model = CuriousRidge()
    for strategy in [curiosity_sampling, random_sampling]:
        learner = ActiveLearner(model, strategy, X_training=X[:10], y_training=y[:10])
        _, rows = learner.query(X, n_instances=2)
        assert rows.shape == (2, 2)
    expected = curiosity_sampling(model, X, 2)[0]
    learner = ActiveLearner(
        model, curiosity_sampling, X_training=X[:10], y_training=y[:10]
    )
    assert_array_equal(learner.query(X, n_instances=2)[0], expected)


@pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.8"),
    reason="modAL works with this scikit-learn",
)
def test_plain_modal_learner_cannot_be_taught(rng):
    # What the guide says; when this fails, modAL works again.
    X, y = rng.standard_normal((30, 2)), rng.standard_normal(30)
    learner = ActiveLearner(
        CuriousRidge(), curiosity_sampling, X_training=X[:10], y_training=y[:10]
    )
    for change in [learner.teach, learner.fit]:
        with pytest.raises(TypeError, match="force_all_finite"):
            change(X[10:], y[10:])
    with pytest.raises(AttributeError, match="bootstrap_init"):
        repr(learner)
    assert learner.predict(X).shape == (30,)
    assert learner.score(X, y) == pytest.approx(learner.estimator.score(X, y))


def test_committees(data):
    X, y, X_array, y_array = data
    first, new = np.arange(10), np.arange(10, 14)

    def committee():
        members = [
            CuriousLearner(
                CuriousRidge(alpha),
                X_training=take(X, first),
                y_training=take(y, first),
            )
            for alpha in (0.1, 10.0)
        ]
        return CommitteeRegressor(members, query_strategy=curiosity_sampling)

    asked = committee()
    asked.teach(take(X, new), take(y, new))
    seen = np.arange(14)
    for learner in asked:
        alpha = learner.estimator.alpha
        expected = CuriousRidge(alpha).fit(X_array[seen], y_array[seen])
        assert_allclose(np.ravel(learner.predict(X)), expected.predict(X_array))
    asked.teach(take(X, new), take(y, new), only_new=True)
    expected = CuriousRidge(0.1).fit(X_array[new], y_array[new])
    learner = asked.learner_list[0]
    assert_allclose(np.ravel(learner.predict(X)), expected.predict(X_array))
    asked.rebag()
    assert not np.allclose(np.ravel(learner.predict(X)), expected.predict(X_array))
    if not isinstance(X, list):
        assert len(asked.query(take(X, range(20, 60)), n_instances=3)[0]) == 3


def test_modal_is_optional_and_its_absence_explained():
    code = (
        "import sys; sys.modules['modAL'] = None; import skcurious, skcurious.query\n"
        "try:\n    import skcurious.modal\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "pip install modAL-python" in done.stdout
    assert "pandas" not in done.stderr


def test_targets_of_mixed_shapes(rng):
    X = pd.DataFrame(rng.standard_normal((20, 2)), columns=["a", "b"])
    y = pd.Series(rng.standard_normal(20), name="y")
    learner = CuriousLearner(CuriousRidge(), X_training=X, y_training=y)
    with pytest.raises(ValueError, match="DataFrame, which does not fit below"):
        learner.teach(X[:2], y[:2].to_frame())
    learner = CuriousLearner(CuriousRidge(), X_training=X, y_training=y.to_frame())
    with pytest.raises(ValueError, match="Series, which does not fit below"):
        learner.teach(X[:2], y[:2])
    rows = sparse.csr_matrix(X.to_numpy())
    learner = CuriousLearner(CuriousRidge(), X_training=rows, y_training=y)
    learner.teach(X[:2].to_numpy().tolist(), y[:2])
    assert learner.X_training.shape == (22, 2)


def test_coo_pools(rng):
    X, y = rng.standard_normal((20, 2)), rng.standard_normal(20)
    learner = CuriousLearner(CuriousRidge(), X_training=X, y_training=y)
    indices, rows = learner.query(sparse.coo_matrix(X), 3)
    assert_allclose(rows.toarray(), X[indices])


def test_newcomers(rng):
    X, y = rng.standard_normal((20, 2)), rng.standard_normal(20)
    with pytest.raises(TypeError, match="X_training="):
        CuriousLearner(CuriousRidge(), X, y)
    learner = CuriousLearner(CuriousRidge(), X_training=X, y_training=y)
    assert learner._repr_mimebundle_() == {"text/plain": repr(learner)}


def test_rows_and_labels_of_one_row(rng):
    X, y = rng.standard_normal((20, 2)), rng.standard_normal(20)
    learner = CuriousLearner(CuriousRidge(), X_training=X, y_training=y)
    for bad_X, bad_y in [(X[0], [1.0]), (X[:1], 1.0), (X[0], 1.0), (y, X)]:
        with pytest.raises(ValueError, match=r"pass X\[\[i\]\]"):
            learner.teach(bad_X, bad_y)
    with pytest.raises(TypeError, match=r"CuriousRidge\(\)"):
        CuriousLearner(CuriousRidge, X_training=X, y_training=y)


def test_labels_in_another_order(rng):
    X = pd.DataFrame(rng.standard_normal((20, 2)), columns=["a", "b"])
    y = pd.Series(rng.standard_normal(20))
    learner = CuriousLearner(CuriousRidge(), X_training=X[:10], y_training=y[:10])
    with pytest.raises(ValueError, match=r"y\.loc\[X\.index\]"):
        learner.teach(X[10:], y[10:][::-1])
    assert len(learner.X_training) == 10
    learner.teach(X[10:], y[10:].reset_index(drop=True))


def test_categories_stay_categories():
    # A label for each category, the fourth of them after the first rows.
    effect = {"a": 5.0, "b": 1.0, "c": 7.0}
    X = pd.DataFrame({"x": [0.0, 1, 0, 1], "kind": pd.Categorical(list("abab"))})
    new = pd.DataFrame({"x": [0.0, 1], "kind": pd.Categorical(list("cc"))})
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer(
        (encoder, make_column_selector(dtype_include="category"))
    )
    model = make_pipeline(columns, CuriousRidge(alpha=1e-9))
    learner = CuriousLearner(
        model, X_training=X, y_training=X.kind.map(effect).astype(float)
    )
    learner.teach(new, [7.0, 7.0])
    assert learner.X_training.kind.dtype == pd.CategoricalDtype(list("abc"))
    asked = pd.DataFrame({"x": [0.0] * 3, "kind": list("abc")})
    assert_allclose(learner.predict(asked), [5, 1, 7], rtol=1e-6)
    before = learner.X_training
    with pytest.raises(ValueError, match=r"'kind' of X|'kind' has categories"):
        learner.teach(new.assign(kind=[1, 2]), [1.0, 2.0])
    assert learner.X_training is before
    # The same of labels and of arrays, where numbers would become text.
    with pytest.raises(ValueError, match=r"'y' of y is float64 .* convert it"):
        learner.teach(new, ["high", "low"])
    learner = CuriousLearner(
        CuriousRidge(), X_training=[[0.0], [1.0]], y_training=[0.0, 1.0]
    )
    with pytest.raises(ValueError, match=r"y is of dtype <U3.*, of dtype float64"):
        learner.teach([[2.0]], ["low"])


def test_polars_keeps_types_and_names(rng):
    X = pl.DataFrame(rng.standard_normal((20, 2)), schema=["a", "b"])
    y = pl.Series("y", rng.standard_normal(20))
    learner = CuriousLearner(CuriousRidge(), X_training=X, y_training=y)
    learner.teach(X[:2], [1.0, 2.0])
    assert isinstance(learner.y_training, pl.Series)
    assert learner.X_training.columns == ["a", "b"]
    with pytest.raises(TypeError, match="DataFrame of polars"):
        learner.teach(X[:2].to_numpy(), [1.0, 2.0])
    with pytest.raises(TypeError, match="DataFrame of polars"):
        learner.teach(pd.DataFrame({"a": [1.0], "b": [1.0]}), [1.0])
    with pytest.raises(ValueError, match="columns"):
        learner.teach(X[:2].rename({"a": "z"}), [1.0, 2.0])
    assert len(learner.X_training) == 22


def test_index_of_numbers_and_names(rng):
    X = pd.DataFrame(rng.standard_normal((4, 2)), columns=["a", "b"])
    X.index = pd.Index([7, "new", 3, "old"], dtype=object)
    y = pd.Series([1.0, 2.0, 3.0, 4.0], index=X.index)
    learner = CuriousLearner(CuriousRidge(), X_training=X, y_training=y)
    with pytest.raises(ValueError, match=r"y\.loc\[X\.index\]"):
        learner.teach(X, y[::-1])
    learner.teach(X, y.set_axis([7, 7, "old", "new"]))  # of other rows
    assert len(learner.y_training) == 8
