"""Pooled replicates: by hand, by analysis of variance, and as a Gaussian process."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

import skcurious
from skcurious import CuriousKernelRidge, CuriousRidge, EachTargetRegressor
from skcurious.gaussian_process import CuriousGaussianProcessRegressor
from skcurious.query import expected_curiosity_reduction, variance_sampling
from skcurious.replicates import pool_replicates

LATENT = 1.3 * RBF([0.9, 1.7])


@pytest.fixture
def data(rng):
    """Eight rows, measured one to four times, in no order."""
    group = rng.permutation(np.repeat(np.arange(8), [1, 2, 3, 1, 4, 2, 1, 2]))
    X = rng.standard_normal((8, 2))[group]
    return X, X[:, 0] + 0.5 * rng.standard_normal(16), group


def test_in_fractions():
    X, y = [[0], [1], [0], [1], [0], [2]], [1, 5, 2, 9, 6, 7]
    pooled = pool_replicates(X, y)
    assert pooled.X == [[0], [1], [2]]
    assert_array_equal(pooled.groups, [0, 1, 0, 1, 0, 2])
    assert_array_equal(pooled.counts, [3, 2, 1])
    means = [Fraction(9, 3), Fraction(14, 2), Fraction(7)]
    squares = sum(
        (Fraction(b) - means[g]) ** 2 for g, b in zip(pooled.groups, y, strict=True)
    )
    assert pooled.degrees_of_freedom == 3
    assert pooled.noise_variance == float(squares / 3)
    assert_array_equal(pooled.y, [float(mean) for mean in means])
    expected = [float(squares / 3 / n) for n in (3, 2, 1)]
    assert_allclose(pooled.label_noise, expected, rtol=1e-15)


def test_the_variance_is_that_within_groups(data):
    # the F of an analysis of variance is that between groups over it
    X, y, group = data
    pooled = pool_replicates(X, y)
    each = [y[group == g] for g in range(8)]
    between = sum(len(part) * (part.mean() - y.mean()) ** 2 for part in each) / 7
    expected = between / stats.f_oneway(*each).statistic
    assert pooled.noise_variance == pytest.approx(expected, rel=1e-12)
    assert pooled.degrees_of_freedom == 16 - 8


def test_it_estimates_the_noise(rng):
    X = np.repeat(np.arange(300.0), 3)[:, None]
    y = 1e3 * X[:, 0] + 0.2 * rng.standard_normal(900)
    pooled = pool_replicates(X, y)
    # chi-square of 600 degrees of freedom, 4 standard errors
    assert abs(pooled.noise_variance / 0.04 - 1) < 4 * np.sqrt(2 / 600)


def test_the_posterior_of_means_is_that_of_all_rows(data, rng):
    X, y, _ = data
    pool = rng.standard_normal((7, 2))
    pooled = pool_replicates(X, y)
    options = {"optimizer": None, "normalize_y": False, "alpha": 1e-12}
    white = WhiteKernel(pooled.noise_variance)
    all_rows = CuriousGaussianProcessRegressor(LATENT + white, **options).fit(X, y)
    means = CuriousGaussianProcessRegressor(LATENT, **options)
    means.fit(pooled.X, pooled.y, label_noise=pooled.label_noise)
    for rows in (pool, X):
        actual, expected = means.predict_mean_std(rows), all_rows.predict_mean_std(rows)
        assert_allclose(actual, expected, rtol=1e-8, atol=1e-9)
    covariance = means.predict_covariance(pool, X)
    assert_allclose(covariance, all_rows.predict_covariance(pool, X), atol=1e-8)
    # One of its tangent is, too: the regularity is that of the same function.
    tangent = all_rows.predict_tangent(pool)
    assert_allclose(means.predict_tangent(pool), tangent, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    "model", [CuriousRidge(0.3), CuriousKernelRidge(0.3, kernel="rbf")]
)
def test_counts_are_the_weights_of_ridge(data, rng, model):
    # sample_weight = noise_variance / label_noise
    X, y, _ = data
    pooled = pool_replicates(X, y)
    pool = rng.standard_normal((7, 2))
    all_rows = clone(model).fit(X, y)
    weights = pooled.noise_variance / pooled.label_noise
    assert_allclose(weights, pooled.counts, rtol=1e-14)
    means = clone(model).fit(pooled.X, pooled.y, sample_weight=weights)
    assert_allclose(means.predict(pool), all_rows.predict(pool), rtol=1e-8)
    for name in ("predict_tangent", "predict_covariance"):
        options = {"noise_variance": 1.0} if name == "predict_covariance" else {}
        actual, expected = (
            getattr(m, name)(pool, **options) for m in (means, all_rows)
        )
        assert_allclose(actual, expected, rtol=1e-7, atol=1e-9)


def test_a_measured_row_is_asked_for_again(rng):
    """Where replicates scatter most against what is known, by refits to all rows.

    The row in the middle was measured once, all others nine times.
    """
    X = np.repeat(np.linspace(0, 6, 7), [9, 9, 9, 1, 9, 9, 9])[:, None]
    y = np.sin(X[:, 0]) + 0.5 * rng.standard_normal(len(X))
    pooled = pool_replicates(X, y)
    options = {"optimizer": None, "normalize_y": False, "alpha": 1e-9}
    means = CuriousGaussianProcessRegressor(RBF(1.0), **options)
    means.fit(pooled.X, pooled.y, label_noise=pooled.label_noise)
    noise = pooled.noise_variance
    all_rows = CuriousGaussianProcessRegressor(RBF(1.0) + WhiteKernel(noise), **options)
    all_rows.fit(X, y)
    pool = np.vstack([pooled.X, [[0.4], [5.7]]])
    weights = all_rows.predict_tangent(pool) ** 2

    def left(x):
        label = all_rows.predict(x[None])
        again = clone(all_rows).fit(np.vstack([X, x]), np.append(y, label))
        return weights @ np.square(again.predict_mean_std(pool)[1])

    expected = int(np.argmin([left(x) for x in pool]))
    assert expected == 3
    of_pool = np.full(len(pool), noise)
    for model, known in ((all_rows, None), (means, of_pool)):
        (index,), _ = expected_curiosity_reduction(
            model, pool, label_noise=known, random_state=0
        )
        assert index == expected
    # Again and again: the same candidate twice in the pool is two labels.
    twice = np.vstack([pool, pool[3]])
    indices, _ = expected_curiosity_reduction(all_rows, twice, 2, random_state=0)
    assert set(indices) == {3, len(pool)}
    once, _ = expected_curiosity_reduction(
        all_rows, twice, 2, unique=True, random_state=0
    )
    assert len(set(once) & {3, len(pool)}) == 1
    assert len(variance_sampling(means, pool, label_noise=of_pool)[0]) == 1


def test_targets_that_are_not_all_measured(data):
    X, y, group = data
    Y = np.column_stack([y, 100 * y**2, y])
    Y[group == 4, 1] = np.nan
    Y[np.flatnonzero(group == 2)[1:], 1] = np.nan
    Y[[np.flatnonzero(group == g)[0] for g in range(8)], 2] = np.nan
    pooled = pool_replicates(X, Y)
    for k in range(3):
        known = ~np.isnan(Y[:, k])
        alone = pool_replicates(X[known], Y[known, k], groups=group[known])
        groups = group[known][np.unique(alone.groups, return_index=True)[1]]
        order = [np.flatnonzero(group == g)[0] for g in groups]
        rows = pooled.groups[order]
        for name in ("y", "counts", "label_noise"):
            assert_allclose(getattr(pooled, name)[rows, k], getattr(alone, name))
        for name in ("noise_variance", "degrees_of_freedom"):
            assert_allclose(getattr(pooled, name)[k], getattr(alone, name))
        others = np.setdiff1d(range(8), rows)
        assert np.isnan(pooled.y[others, k]).all()
        assert (pooled.counts[others, k] == 0).all()
        assert np.isnan(pooled.label_noise[others, k]).all()
    model = EachTargetRegressor(CuriousGaussianProcessRegressor())
    model.fit(pooled.X, pooled.y, label_noise=pooled.label_noise)
    assert skcurious.predict_std(model, X).shape == (16, 3)


def test_without_replicates_the_noise_is_not_known(data):
    X, y, _ = data
    pooled = pool_replicates(X, y, groups=np.arange(16))
    assert pooled.degrees_of_freedom == 0
    assert np.isnan(pooled.noise_variance)
    assert np.isnan(pooled.label_noise).all()
    assert_array_equal(pooled.y, y)
    with pytest.raises(ValueError, match=r"label_noise must be finite.* got nan"):
        CuriousGaussianProcessRegressor().fit(X, y, label_noise=pooled.label_noise)


def test_equal_labels_have_no_scatter():
    pooled = pool_replicates(np.zeros((11, 1)), np.full(11, 0.7))
    assert pooled.y == [0.7]
    assert pooled.noise_variance == 0
    far = pool_replicates(np.zeros((2, 1)), [1e15, 1e15 + 2])
    assert far.noise_variance == 2


def test_equal_to_twelve_digits():
    X = np.array([[0.1 + 0.2, -0.0], [0.3, 0.0], [0.3 + 1e-9, 0], [np.nan, 1e-320]])
    X = np.vstack([X, X[3], [np.nan, 0]])
    expected = [0, 0, 1, 2, 2, 3]
    y = np.arange(6.0)
    for rows in (X, X.tolist(), X.astype(object)):
        assert_array_equal(pool_replicates(rows, y).groups, expected)
    sparse_rows = sparse.csr_matrix(X[:3])
    pooled = pool_replicates(sparse_rows, y[:3])
    assert_array_equal(pooled.groups, expected[:3])
    assert sparse.issparse(pooled.X)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames(library):
    frames = pytest.importorskip(library)
    columns = {
        "solvent": ["DMF", "water", "DMF", "DMF"],
        "heat": [20.1, 20.1, 20.1, 30.0],
        "n": [1, 1, 1, 1],
    }
    X, y = frames.DataFrame(columns), frames.Series([1.0, 2.0, 3.0, 4.0])
    pooled = pool_replicates(X, y)
    assert_array_equal(pooled.groups, [0, 1, 0, 2])
    assert type(pooled.X) is type(X)
    assert list(pooled.X["solvent"]) == ["DMF", "water", "DMF"]
    assert_array_equal(pooled.y, [2.0, 2.0, 4.0])
    by_name = pool_replicates(X, y, groups=frames.Series(["u", "v", "u", "v"]))
    assert_array_equal(by_name.y, [2.0, 3.0])
    assert list(by_name.X["heat"]) == [20.1, 20.1]


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ([1, 2], "inconsistent numbers of samples"),
        ([[1], [2], [3]], r"one value for each row, got an array of shape \(3, 1\)"),
        ([1.0, np.nan, 2.0], "a value for each row, got nan for row 1"),
        ([{}, {}, {}], r"a value for each row, got \{\} for row 0"),
        (["a", "b", None], "a value for each row, got None for row 2"),
    ],
)
def test_refused(groups, reason):
    with pytest.raises(ValueError, match=reason):
        pool_replicates(np.eye(3), np.arange(3.0), groups=groups)


def test_refused_tables():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        pool_replicates(np.eye(3), [1.0, 2.0])
    with pytest.raises(ValueError, match="infinity"):
        pool_replicates(np.eye(3), [1.0, 2.0, np.inf])
    with pytest.raises(TypeError, match="X is of type generator"):
        pool_replicates((row for row in np.eye(3)), np.arange(3.0))
    with pytest.raises(ValueError, match="pass X first, then y"):
        pool_replicates(np.arange(3.0), np.eye(3))
    for y in (iter([1.0, 2.0, 3.0]), {0: 1.0}):
        with pytest.raises(TypeError, match="y is of type"):
            pool_replicates(np.eye(3), y)
        with pytest.raises(TypeError, match="groups is of type"):
            pool_replicates(np.eye(3), np.arange(3.0), groups=y)
    with pytest.raises(ValueError, match="y must be numbers: could not convert"):
        pool_replicates(np.eye(3), ["a", "b", "c"])
    with pytest.raises(ValueError, match="y is None, but the labels"):
        pool_replicates(np.eye(3), None)
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(np.eye(3))
    with pytest.raises(ValueError, match=r"Pass y\.loc\[X\.index\]"):
        pool_replicates(X, pd.Series(np.arange(3.0), index=[2, 1, 0]))
