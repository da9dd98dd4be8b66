"""Options that all strategies share: what is refused, and what they have in common."""

import inspect
import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.multioutput import MultiOutputRegressor

from skcurious import CuriousKernelRidge, CuriousMLPRegressor, CuriousRidge
from skcurious.query import (
    Criterion,
    Pool,
    curiosity_sampling,
    expected_curiosity_reduction,
    greedy,
    influence_sampling,
    pool_status,
    random_sampling,
    trajectory_sampling,
    utilities,
    variance_sampling,
)

SHARED = ["cost", "X_pending", "unique", "same", "label_noise", "target_weights"]
STRATEGIES = [
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    random_sampling,
    trajectory_sampling,
    variance_sampling,
]


@pytest.fixture
def data(rng):
    X = rng.standard_normal((12, 3))
    Y = X[:, :2] + rng.standard_normal((12, 2))
    return X, Y, rng.standard_normal((8, 3))


@pytest.fixture
def fitted(data):
    X, Y, _ = data
    return CuriousRidge(0.5).fit(X, Y[:, 0])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_all_strategies_take_them(strategy):
    parameters = inspect.signature(strategy).parameters
    assert [name for name in parameters if name in SHARED] == SHARED
    for name in SHARED:
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY


WRONG = [
    ({"X_pending": "next.csv"}, "X_pending"),
    ({"X_pending": np.zeros((2, 5))}, "X_pending|5 features"),
    ({"X_pending": np.zeros(3)}, "X_pending|1D array"),
    ({"unique": "yes"}, "unique must be True or False"),
    ({"unique": np.zeros(8, bool)}, "unique must be True or False"),
    ({"unique": None}, "unique must be True or False"),
    ({"same": "plate"}, r"X_pool\['plate'\]"),
    ({"same": [1, 2, 3]}, "8 rows of X_pool"),
    ({"same": ["a", None] * 4}, "got None for row 1"),
    ({"same": [1.0, np.nan] * 4}, "got nan for row 1"),
    ({"same": [{}] * 8}, r"got \{\} for row 0"),
    ({"same": list("abcdefgh")}, "no value of same has as many"),
    ({"same": set("a")}, "in the order of X_pool"),
    ({"label_noise": "noise"}, r"X_pool\['noise'\]"),
    ({"label_noise": 0.1}, "8 rows of X_pool"),
    ({"label_noise": np.full(8, -1.0)}, "at least 0, got -1.0 for row 0"),
    ({"label_noise": np.full(8, np.inf)}, "infinity"),
    ({"label_noise": np.full(8, np.nan)}, "NaN"),
    ({"label_noise": np.ones((8, 2))}, "2 columns, but there are 1"),
    ({"label_noise": ["low"] * 8}, "label_noise must be numbers"),
    ({"X_pending": np.ones((2, 9))}, "X_pending has 9 columns, but X_pool has"),
    ({"target_weights": [1, 2]}, "each of the 1"),
    ({"target_weights": [0]}, "not all 0"),
    ({"target_weights": [-1]}, "at least 0"),
    ({"target_weights": [[1]]}, "one number for each target"),
    ({"target_weights": {"y": 1}}, "got a dict"),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=lambda x: str(x)[:40])
def test_newcomers_mistakes(data, fitted, options, message):
    _, _, pool = data
    for strategy in (curiosity_sampling, variance_sampling):
        with pytest.raises((ValueError, TypeError), match=message):
            strategy(fitted, pool, 2, **options)


def test_too_few_different_rows(data, fitted):
    pool = np.repeat(data[2][:3], 3, axis=0)
    for strategy in (curiosity_sampling, variance_sampling, random_sampling):
        assert len(strategy(fitted, pool, 3, unique=True)[0]) == 3
        with pytest.raises(ValueError, match=r"offers 3 different row\(s\)\. Ask"):
            strategy(fitted, pool, 4, unique=True)
        with pytest.raises(ValueError, match=r"2 different row\(s\), leaving out"):
            strategy(fitted, pool, 3, unique=True, X_pending=pool[:1])
    three = [1, 1, 1, 1, 1, 1, 2, 2, 2]
    with pytest.raises(ValueError, match="as many different candidates: the most is 2"):
        variance_sampling(fitted, pool, 3, unique=True, same=three)


def test_no_rows_pending_are_none(data, fitted):
    pool = data[2]
    plain = variance_sampling(fitted, pool, 3)
    for strategy in (variance_sampling, random_sampling):
        strategy(fitted, pool, 3, X_pending=pool[:0], unique=True, random_state=0)
    assert_array_equal(variance_sampling(fitted, pool, 3, X_pending=[])[0], plain[0])


def test_a_model_without_noise_knows_no_other(data):
    X, _, pool = data
    model = CuriousRidge(0.5).fit(X, np.ones(12))
    assert model.noise_variance_ == 0
    with pytest.raises(ValueError, match="is 0 for this CuriousRidge"):
        variance_sampling(model, pool, label_noise=np.ones(8))


def test_a_transformation_that_mixes_targets(data):
    X, Y, pool = data
    model = TransformedTargetRegressor(CuriousRidge(0.5), transformer=PCA())
    model.fit(X, Y)
    for options in ({"label_noise": np.ones(8)}, {"target_weights": [1, 2]}):
        with pytest.raises(ValueError, match="mixes them"):
            variance_sampling(model, pool, **options)
    variance_sampling(model, pool, X_pending=pool[:2], unique=True)


def test_a_transformation_that_is_flat(data):
    X, Y, _ = data

    def inverse(z):
        return np.clip(z, 0, None)

    model = TransformedTargetRegressor(
        CuriousRidge(0.5), func=abs, inverse_func=inverse, check_inverse=False
    ).fit(X, np.abs(Y[:, 0]))
    far = 100 * X[[0]] * np.array([[-1], [1]])
    with pytest.raises(ValueError, match=r"for row [01] of X_pool .* is flat"):
        variance_sampling(model, far, label_noise=np.ones(2))


def test_models_without_a_covariance(data):
    X, Y, pool = data
    blind = CuriousRidge(0.5, store_covariance=False).fit(X, Y)
    for options in ({"X_pending": pool[:1]}, {"label_noise": np.ones(8)}):
        with pytest.raises(ValueError, match="store_covariance=True"):
            curiosity_sampling(blind, pool, **options)
    # These need none.
    curiosity_sampling(
        blind, pool, unique=True, same=np.arange(8) % 2, target_weights=[1, 2]
    )


def test_criteria_of_ones_own(data, fitted):
    pool = data[2]

    class Mine(Criterion):
        def __init__(self, pool, noise=None):
            super().__init__(pool, noise=noise)
            self.own = pool.variances()[:, 0, 0]

        def utility(self):
            return self.own

        def move(self, index, column, inverse):
            self.own = self.own - (column @ inverse @ column)[:, 0, 0]

    def mine(member, X_pool, imagine):
        return Mine(Pool(member, X_pool, covariance=True, keep=True))

    with pytest.raises(TypeError, match=r"Mine does not say .* per_row"):
        utilities(fitted, pool, mine, X_pending=pool[:1])
    with pytest.raises(TypeError, match="knows no label_noise"):
        utilities(fitted, pool, mine, label_noise=np.ones(8))
    Mine.per_row = ("own",)
    criterion = utilities(fitted, pool, mine, X_pending=pool[:1])
    same = np.arange(8) % 2
    own = greedy(criterion, 3, np.random.RandomState(0), same=same)
    indices, scores = variance_sampling(fitted, pool, 3, X_pending=pool[:1], same=same)
    assert_array_equal(own[0], indices)
    assert_allclose(own[1] * fitted.noise_variance_, scores)


def test_an_exact_label_says_all_there_is(data, fitted):
    """What a label of no noise would remove at its own row is all its variance."""
    pool = data[2]
    h = fitted.predict_covariance(pool, noise_variance=1.0)
    for row in range(8):
        criterion = utilities(
            fitted,
            pool,
            "reduction",
            weights="uniform",
            label_noise=np.zeros(8),
        )
        expected = (h**2).sum(axis=0) / h.diagonal()
        assert_allclose(criterion.utility(), expected, rtol=1e-8)
        criterion.imagine(row)
        own = criterion.own[row, 0, 0]
        assert abs(own) < 1e-9 * h[row, row]
    # Again and again the same row: nothing is left to learn, and nothing overflows.
    copies = np.repeat(pool[:2], 4, axis=0)
    indices, scores = expected_curiosity_reduction(
        fitted, copies, 8, weights="uniform", label_noise=np.zeros(8)
    )
    assert sorted(indices) == list(range(8))
    assert (scores[2:] < 1e-6 * scores[0]).all()
    assert (scores >= 0).all()


@pytest.mark.parametrize("members", [1, 2])
def test_a_batch_is_one_query_and_another_with_its_rows_pending(data, members):
    X, Y, pool = data
    models = [CuriousRidge(0.5), CuriousKernelRidge(0.3, kernel="rbf")][:members]
    models = [model.fit(X, Y[:, 0]) for model in models]
    validation = {"X_validation": X, "y_validation": Y[:, 1]}
    for strategy, own in (
        (curiosity_sampling, {}),
        (variance_sampling, {}),
        (influence_sampling, validation),
        (expected_curiosity_reduction, {"weights": "tangent", "n_reference": 5}),
    ):
        indices, scores = strategy(models, pool, 5, **own, random_state=0)
        later, their_scores = strategy(
            models,
            pool,
            3,
            **own,
            X_pending=pool[indices[:2]],
            unique=True,
            random_state=0,
        )
        assert_array_equal(later, indices[2:])
        assert_allclose(their_scores, scores[2:], rtol=1e-9)


def kinds(rows):
    yield rows
    yield rows.tolist()
    yield sparse.csr_matrix(rows)
    yield sparse.csc_array(rows)
    yield pytest.importorskip("pandas").DataFrame(rows, columns=list("abc"))
    yield pytest.importorskip("polars").DataFrame(rows, list("abc"), orient="row")


@pytest.mark.filterwarnings("ignore:X has feature names")
def test_containers(data, fitted):
    """Of the pool and of the rows pending, each in its own."""
    pool = np.vstack([data[2], data[2][:3]])
    pool[np.abs(pool) < 0.3] = 0
    pending = np.vstack([pool[:1], pool[:1] + 1])
    same = np.array(list("aabbaabbaab"))
    model = fitted.fit(data[0], data[1][:, 0])  # without names of columns
    for strategy in (curiosity_sampling, expected_curiosity_reduction):
        expected = strategy(
            model, pool, 3, X_pending=pending, unique=True, same=same, random_state=0
        )
        assert 0 not in expected[0]
        assert 8 not in expected[0]
        assert (expected[0] < 8).all()
        for X, Z in itertools.product(kinds(pool), kinds(pending)):
            indices, scores = strategy(
                model, X, 3, X_pending=Z, unique=True, same=same, random_state=0
            )
            assert_array_equal(indices, expected[0])
            assert_allclose(scores, expected[1], rtol=1e-9)


def test_precise_labels_are_worth_more(data, fitted):
    pool = np.repeat(data[2][:1], 3, axis=0)
    for strategy in (
        curiosity_sampling,
        variance_sampling,
        expected_curiosity_reduction,
    ):
        indices, _ = strategy(fitted, pool, label_noise=[3.0, 0.1, 2.0])
        assert indices[0] == 1


def test_of_equal_rows_the_cheapest(data, fitted):
    pool = np.vstack([data[2], data[2]])
    cost = np.r_[np.full(8, 2.0), np.ones(8)]
    for strategy in (
        curiosity_sampling,
        variance_sampling,
        expected_curiosity_reduction,
    ):
        indices, _ = strategy(fitted, pool, 4, cost=cost, unique=True)
        assert (indices >= 8).all()
        assert len(set(indices % 8)) == 4
        first, _ = strategy(fitted, pool, 4, unique=True)
        assert_array_equal(first, indices - 8)


@pytest.mark.parametrize("batch", ["top", "sample"])
def test_batches_that_are_not_greedy(data, fitted, batch):
    pool = np.vstack([data[2], data[2]])
    same = np.tile(["a", "b"], 8)
    for seed in range(5):
        indices, scores = curiosity_sampling(
            fitted, pool, 3, batch=batch, same=same, unique=True, random_state=seed
        )
        assert len(set(same[indices])) == 1
        assert len(set(indices)) == 3
        assert (indices < 8).all()
        if batch == "top":
            all_scores = fitted.curiosity_score(pool)[:8]
            sums = [np.sort(all_scores[k::2])[-3:].sum() for k in (0, 1)]
            assert_allclose(scores.sum(), max(sums))


def test_random_rows_that_share_a_value(fitted, data):
    pool, counts = data[2], {}
    same = ["a", "a", "a", "a", "a", "b", "b", "c"]
    for seed in range(300):
        indices, _ = random_sampling(None, pool, 2, same=same, random_state=seed)
        values = {same[i] for i in indices}
        assert len(values) == 1
        (value,) = values
        counts[value] = counts.get(value, 0) + 1
    assert set(counts) == {"a", "b"}
    assert abs(counts["a"] / 300 - 5 / 7) < 0.1


def test_trajectories(data):
    X, Y, pool = data
    network = CuriousMLPRegressor(
        hidden_layer_sizes=(4,),
        checkpoints=3,
        max_iter=30,
        tol=0.0,
        n_iter_no_change=50,
        random_state=0,
    )
    with pytest.warns(ConvergenceWarning):
        alone = network.fit(X, Y[:, 0])
    with pytest.raises(ValueError, match="leave label_noise out"):
        trajectory_sampling(alone, pool, label_noise=np.ones(8))
    with pytest.raises(ValueError, match="tell its targets"):
        trajectory_sampling(alone, pool, target_weights=[1])
    same = np.arange(8) % 2
    indices, scores = trajectory_sampling(
        alone, pool, 3, same=same, unique=True, X_pending=pool[:1]
    )
    assert len(set(same[indices])) == 1
    assert 0 not in indices
    with pytest.warns(ConvergenceWarning):
        both = MultiOutputRegressor(network).fit(X, Y)
    one = trajectory_sampling(both.estimators_[1], pool, 8)
    indices, scores = trajectory_sampling(both, pool, 8, target_weights=[0, 2])
    assert_array_equal(indices, one[0])
    assert_allclose(scores, one[1])


def test_status_with_rows_pending(data, fitted):
    """The same as of the model with their labels, in its own noise."""
    X, Y, pool = data
    pending = np.vstack([pool[:2], [[1.0, 2.0, 3.0]]])
    model = CuriousKernelRidge(0.5, kernel="rbf").fit(X, Y[:, 0])
    status = pool_status(model, pool, X_pending=pending)
    labels = np.append(Y[:, 0], model.predict(pending))
    grown = CuriousKernelRidge(0.5, kernel="rbf").fit(np.vstack([X, pending]), labels)
    after = pool_status(grown, pool)
    noise = model.noise_variance_ / grown.noise_variance_
    assert_allclose(status.std, after.std * np.sqrt(noise))
    assert_allclose(status.gain, after.gain * np.sqrt(noise))


def test_status_of_some_targets(data):
    X, Y, pool = data
    both = CuriousRidge([0.5, 2.0]).fit(X, Y)
    for k in range(2):
        weights = np.eye(2)[k] * 3
        alone = pool_status(CuriousRidge([0.5, 2.0][k]).fit(X, Y[:, k]), pool)
        status = pool_status(both, pool, target_weights=weights)
        assert_allclose(status.std, alone.std / Y[:, k].std())
        assert_allclose(status.gain, alone.gain / Y[:, k].std())
