"""Known noise of labels: dense formulas, refits, and everything it passes through."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference import GaussianProcessTruth
from scipy.optimize import brentq
from scipy.stats import multivariate_normal
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcurious
from skcurious import default_regressor
from skcurious.gaussian_process import (
    CuriousGaussianProcessRegressor,
    EvidenceAveragingRegressor,
    dimension_scaled_prior,
)
from skcurious.query import expected_curiosity_reduction

Process = CuriousGaussianProcessRegressor
LATENT = ConstantKernel(0.8) * RBF([0.9, 1.7])
KERNEL = LATENT + WhiteKernel(0.1)
UNITS = 30.0


@pytest.fixture
def data(rng):
    """Labels in units far from 1, and their noise variances from 0 on."""
    X = rng.standard_normal((15, 2))
    noise = UNITS**2 * np.linspace(0, 2, 15)
    y = 200 + UNITS * (X[:, 0] + 0.3 * rng.standard_normal(15))
    return X, y + np.sqrt(noise) * rng.standard_normal(15), noise


def random_effects(y, noise):
    """Mean and spread of labels that vary beyond their noise, by Paule and Mandel."""

    def weights(variance):
        return 1 / (variance + noise)

    def mean(variance):
        return weights(variance) @ y / weights(variance).sum()

    def excess(variance):
        return weights(variance) @ (y - mean(variance)) ** 2 / len(y) - 1

    root = brentq(excess, 1e-9 * y.var(), 10 * y.var(), xtol=1e-12, rtol=1e-14)
    squares, shares = (y - mean(root)) ** 2, weights(root) ** 2
    return mean(root), np.sqrt(shares @ squares / shares.sum())


def dense(X, y, noise, pool, normalize_y, alpha=1e-10):
    """Mean and covariance of the function, and the noise left, by the formulas."""
    mean, spread = random_effects(y, noise) if normalize_y else (0.0, 1.0)
    A = LATENT(X) + np.diag(0.1 + alpha + noise / spread**2)
    k, z = LATENT(pool, X), (y - mean) / spread
    function = mean + spread * k @ np.linalg.solve(A, z)
    covariance = spread**2 * (LATENT(pool) - k @ np.linalg.solve(A, k.T))
    evidence = multivariate_normal.logpdf(y, np.full(len(y), mean), spread**2 * A)
    return function, covariance, (0.1 + alpha) * spread**2, evidence


@pytest.mark.parametrize("normalize_y", [True, False])
def test_dense_formulas(data, rng, normalize_y):
    X, y, noise = data
    pool = rng.standard_normal((6, 2))
    if not normalize_y:
        y, noise = (y - 200) / UNITS, noise / UNITS**2
    model = Process(KERNEL, optimizer=None, normalize_y=normalize_y)
    model.fit(X, y, label_noise=noise)
    mean, covariance, left, evidence = dense(X, y, noise, pool, normalize_y)
    assert_allclose(model.predict(pool), mean, rtol=1e-9)
    assert_allclose(model.predict_covariance(pool), covariance, rtol=1e-7, atol=1e-9)
    assert_allclose(model.noise_variance_, left, rtol=1e-12)
    std = np.sqrt(np.diagonal(covariance))
    assert_allclose(skcurious.predict_std(model, pool), std, rtol=1e-8)
    of_labels = skcurious.predict_std(model, pool, noise=True)
    assert_allclose(of_labels, np.sqrt(std**2 + left), rtol=1e-8)
    # scikit-learn's: of labels, by the kernel's own noise
    assert_allclose(model.predict(pool, return_std=True)[1], of_labels, rtol=1e-8)
    assert_allclose(model.log_evidence_, evidence, rtol=1e-9)


def test_the_learned_kernel_is_a_maximum(data):
    # of the posterior density by the dense formula, white noise included
    X, y, noise = data
    model = Process(KERNEL).fit(X, y, label_noise=noise)
    mean, spread = random_effects(y, noise)
    z, known = (y - mean) / spread, noise / spread**2
    prior = dimension_scaled_prior(KERNEL, 2)

    def density(theta):
        A = KERNEL.clone_with_theta(theta)(X) + np.diag(known + 1e-10)
        return multivariate_normal.logpdf(z, np.zeros(15), A) + prior(theta)[0]

    theta = model.kernel_.theta
    assert_allclose(density(theta), model.log_posterior_, rtol=1e-9)
    steps = 1e-4 * np.eye(len(theta))
    slopes = [(density(theta + h) - density(theta - h)) / 2e-4 for h in steps]
    assert_allclose(slopes, 0, atol=1e-3)
    # Without it the white noise has to stand for all.
    plain = Process(KERNEL).fit(X, y)
    assert plain.noise_variance_ > 2 * model.noise_variance_


def test_tangents_by_refits(data, rng):
    X, y, noise = data
    pool = rng.standard_normal((6, 2))
    model = Process(KERNEL, optimizer=None).fit(X, y, label_noise=noise)
    mean, spread = random_effects(y, noise)
    in_units = 0.1 + 1e-10 + noise / spread**2
    truth = GaussianProcessTruth([LATENT], in_units, X, (y - mean) / spread, False)
    tangent = spread * truth.tangent(pool)
    assert_allclose(model.predict_tangent(pool), tangent, rtol=1e-6)
    # E[((f - y) / v df/ds)^2] over labels of the noise left
    score = (0.1 + 1e-10) * (tangent / (0.1 + 1e-10) / spread) ** 2
    assert_allclose(model.curiosity_score(pool), score, rtol=1e-5)


def test_leave_one_out_by_refits(data):
    X, y, noise = data
    model = Process(KERNEL, optimizer=None, normalize_y=False)
    y, noise = (y - 200) / UNITS, noise / UNITS**2
    means, deviations = model.fit(X, y, noise).leave_one_out(return_std=True)
    for i in range(len(y)):
        kept = np.delete(np.arange(15), i)
        other = clone(model).fit(X[kept], y[kept], label_noise=noise[kept])
        mean, std = other.predict_mean_std(X[[i]])
        assert_allclose([means[i], deviations[i]], [mean[0], std[0]], rtol=1e-8)


def test_an_imagined_label_has_the_noise_that_is_left(data, rng):
    X, y, noise = data
    y, noise = (y - 200) / UNITS, noise / UNITS**2
    pool = rng.standard_normal((5, 2))
    model = Process(KERNEL, optimizer=None, normalize_y=False)
    before = model.fit(X, y, noise).predict_covariance(pool)
    left = model.noise_variance_
    one = before[:, :1]
    expected = before - one @ one.T / (left + one[0])
    added = np.vstack([X, pool[:1]]), np.append(y, model.predict(pool[:1]))
    after = clone(model).fit(*added, np.append(noise, 0.0)).predict_covariance(pool)
    assert_allclose(after, expected, rtol=1e-9, atol=1e-12)


def test_a_noisy_label_is_worth_repeating(rng):
    """Where the label known is the noisiest, the same row again teaches most."""
    X = np.linspace(0, 6, 7)[:, None]
    noise = np.full(7, 1e-3)
    noise[3] = 4.0
    y = np.sin(X[:, 0])
    kernel = RBF(1.0) + WhiteKernel(1e-2)
    model = Process(kernel, optimizer=None, normalize_y=False).fit(X, y, noise)
    pool = np.vstack([X, X[:-1] + 0.5])

    def left(added):
        label = model.predict(pool[[added]])
        again = clone(model).fit(
            np.vstack([X, pool[[added]]]), np.append(y, label), np.append(noise, 0.0)
        )
        return weights @ np.square(again.predict_mean_std(pool)[1])

    weights = model.predict_tangent(pool) ** 2
    best = min(range(len(pool)), key=left)
    assert best == 3
    indices, _ = expected_curiosity_reduction(model, pool, random_state=0)
    assert_array_equal(indices, [best])
    # With all labels as good it is another.
    model.fit(X, y, 1e-3)
    indices, _ = expected_curiosity_reduction(model, pool, random_state=0)
    assert indices[0] not in range(7)


@pytest.mark.parametrize("transformed", [False, True])
def test_candidates_of_known_noise(data, rng, transformed):
    """A query by refits with the candidates' noise, which comes on top here, too."""
    X, y, noise = data
    pool = rng.standard_normal((8, 2))
    of_pool = UNITS**2 * rng.uniform(0, 3, 8)
    # The normalisation stays as it is while labels are added.
    inner = Process(KERNEL, optimizer=None, normalize_y=False)
    z, unit = (y - 200) / UNITS, UNITS
    model = inner.fit(X, z, noise / unit**2)
    wrapped = model
    if transformed:
        wrapped = TransformedTargetRegressor(
            Process(KERNEL, optimizer=None, normalize_y=False),
            func=lambda y: (y - 200) / UNITS,
            inverse_func=lambda z: UNITS * z + 200,
        ).fit(X, y, label_noise=noise / unit**2)
    weights = model.predict_tangent(pool) ** 2
    others = expected_curiosity_reduction(model, pool, random_state=0)[0]
    of_pool[others] += 5 * UNITS**2

    def removed(x, v):
        again = clone(model).fit(
            np.vstack([X, x]),
            np.append(z, model.predict(x)),
            np.append(noise / unit**2, v),
        )
        before, after = (one.predict_mean_std(pool)[1] for one in (model, again))
        return weights @ (before**2 - after**2)

    pairs = zip(pool[:, None], of_pool / unit**2, strict=True)
    expected = np.array([removed(x, v) for x, v in pairs])
    indices, scores = expected_curiosity_reduction(
        wrapped,
        pool,
        label_noise=of_pool if transformed else of_pool / unit**2,
        random_state=0,
    )
    assert indices[0] == expected.argmax()
    assert others[0] != indices[0]  # the noise decides
    # Scores are in units of the noise variance and the model's squared tangents.
    left = model.noise_variance_
    assert scores[0] == pytest.approx(expected.max() / left**2, rel=1e-6)


def test_one_number_and_none(data, rng):
    X, y, _ = data
    model = Process(KERNEL, optimizer=None)
    expected = clone(model).fit(X, y, np.full(15, 50.0)).predict(X)
    assert_array_equal(clone(model).fit(X, y, 50.0).predict(X), expected)
    column = clone(model).fit(X, y[:, None], np.full((15, 1), 50.0)).predict(X)
    assert_array_equal(column, expected)
    plain = clone(model).fit(X, y)
    assert_array_equal(plain.predict(X), clone(model).fit(X, y, 0.0).predict(X))
    assert_allclose(
        expected, model.set_params(alpha=1e-10 + 50 / y.var()).fit(X, y).predict(X)
    )


def test_alpha_for_each_row_keeps_its_meaning(data):
    X, y, noise = data
    alpha = np.linspace(0.01, 0.1, 15)
    model = Process(KERNEL, optimizer=None, alpha=alpha).fit(X, y, noise)
    variance = random_effects(y, noise)[1] ** 2
    assert_allclose(model.noise_variance_, (0.1 + alpha.mean()) * variance)
    added = np.diag(0.1 + alpha + noise / variance)
    assert_allclose(model.L_ @ model.L_.T, LATENT(X) + added, rtol=1e-10)


def test_warm_start(data):
    X, y, noise = data
    model = Process(KERNEL, warm_start=True).fit(X[:10], y[:10], noise[:10])
    again = clone(model).fit(X, y, noise)
    assert_allclose(model.fit(X, y, noise).log_posterior_, again.log_posterior_, 1e-5)


@pytest.mark.parametrize("alpha", [0.0, 0.1])
def test_without_a_white_kernel(data, rng, alpha):
    # A label to come is as noisy as others on average, one of known noise as that says.
    X, y, noise = data
    z, noise = (y - 200) / UNITS, noise / UNITS**2 + 0.01
    pool = rng.standard_normal((6, 2))
    model = Process(LATENT, optimizer=None, alpha=alpha, normalize_y=False)
    model.fit(X, z, noise)
    assert_allclose(model.noise_variance_, alpha + noise.mean())
    inverse = np.linalg.inv(LATENT(X) + np.diag(alpha + noise))
    k = LATENT(pool, X)
    covariance = LATENT(pool) - k @ inverse @ k.T
    assert_allclose(model.predict_covariance(pool), covariance, atol=1e-12)
    weights = (k @ inverse @ ((alpha + noise) * (inverse @ z))) ** 2
    for given, total in (
        (None, np.full(6, model.noise_variance_)),
        (rng.uniform(0, 1, 6), None),
    ):
        total = alpha + given if total is None else total
        expected = weights @ covariance**2 / (total + np.diagonal(covariance))
        indices, scores = expected_curiosity_reduction(
            model, pool, label_noise=given, random_state=0
        )
        assert indices[0] == expected.argmax()
        # the tangent by s of the model is that by the regularity over its noise
        assert scores[0] == pytest.approx(expected.max() / model.noise_variance_**2)


def test_exact_labels_have_no_unit(data):
    X, y, _ = data
    model = Process(RBF(), optimizer=None, alpha=0).fit(X, y, np.zeros(15))
    assert model.noise_variance_ == 0
    with pytest.raises(ValueError, match="alpha > 0 or a WhiteKernel"):
        model.predict_covariance(X)


def test_pipelines_and_searches(data):
    X, y, noise = data
    model = Process(KERNEL)
    pipeline = make_pipeline(StandardScaler(), model)
    name = "curiousgaussianprocessregressor__label_noise"
    pipeline.fit(X, y, **{name: noise})
    expected = clone(model).fit(StandardScaler().fit_transform(X), y, noise)
    assert_array_equal(pipeline[-1].L_, expected.L_)
    folds = KFold(3)
    search = GridSearchCV(model, {"optimizer": [None]}, cv=folds)
    search.fit(X, y, label_noise=noise)
    scores = []
    for train, test in folds.split(X):
        part = clone(search.best_estimator_).fit(X[train], y[train], noise[train])
        scores.append(part.score(X[test], y[test]))
    assert_allclose(search.best_score_, np.mean(scores))


def averaged():
    return EvidenceAveragingRegressor(
        [
            ("plain", Process(KERNEL)),
            ("scaled", make_pipeline(StandardScaler(), Process(KERNEL))),
            ("searched", GridSearchCV(Process(KERNEL), {"optimizer": [None]}, cv=3)),
            ("dropped", "drop"),
        ]
    )


def check_members(model, X, y, noise):
    plain = Process(KERNEL).fit(X, y, noise)
    assert_array_equal(model.named_estimators_.plain.L_, plain.L_)
    scaled = Process(KERNEL).fit(StandardScaler().fit_transform(X), y, noise)
    assert_array_equal(model.named_estimators_.scaled[-1].L_, scaled.L_)
    searched = Process(KERNEL, optimizer=None).fit(X, y, noise)
    found = model.named_estimators_.searched.best_estimator_
    assert_array_equal(found.L_, searched.L_)
    assert model.named_estimators_.dropped == "drop"
    assert_allclose(model.log_evidences_[0], plain.log_evidence_)


def test_averaged_by_evidence(data):
    X, y, noise = data
    check_members(averaged().fit(X, y, label_noise=noise), X, y, noise)


def test_routed(data):
    X, y, noise = data
    with config_context(enable_metadata_routing=True):
        model = averaged()
        with pytest.raises(ValueError, match="label_noise"):  # nobody asked for it
            model.fit(X, y, label_noise=noise)
        plain, scaled, searched = (member for _, member in model.estimators[:3])
        for member in (plain, scaled[-1], searched.estimator):
            member.set_fit_request(label_noise=True)
        check_members(model.fit(X, y, label_noise=noise), X, y, noise)


def test_the_recommended_regressor(data):
    X, y, noise = data
    model = default_regressor(X).fit(X, y, label_noise=noise)
    for member in model.estimators_:
        found = member[-1].linearised_.noise - member[-1].linearised_.new_noise
        variance = random_effects(y, noise)[1] ** 2
        assert_allclose(found * variance, noise, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("size", [1e3, 1e5])
def test_labels_that_say_nothing_are_as_if_they_were_not_there(data, size):
    # as far off as their noise lets expect
    X, y, noise = data
    noise[:3] = (size * UNITS) ** 2
    y[:3] += size * UNITS * np.array([1, -1, 1])
    model, rest = Process(KERNEL).fit(X, y, noise), slice(3, None)
    without = clone(model).fit(X[rest], y[rest], noise[rest])
    assert_allclose(model.predict(X), without.predict(X), rtol=1e-4)
    std = [one.predict_mean_std(X)[1] for one in (model, without)]
    assert_allclose(*std, rtol=1e-3)


def test_noise_that_explains_all_of_the_scatter(data):
    X, y, _ = data
    noise = np.linspace(1, 2, 15) * y.var()
    model = Process(KERNEL).fit(X, y, noise)
    assert_allclose(model._y_train_mean, np.average(y, weights=1 / noise), rtol=1e-9)
    assert 0.5 < model._y_train_std / y.std() < 2
    # A constant, but for one label of which little is known.
    steady = np.where(np.arange(15) == 4, 1e3, 7.0)
    model.set_params(optimizer=None).fit(
        X, steady, np.where(np.arange(15) == 4, 1e6, 0.0)
    )
    assert_allclose(model.predict(X), 7, rtol=1e-3)


@pytest.mark.parametrize(
    ("noise", "reason"),
    [
        (-1.0, r"label_noise must be finite and at least 0, got -1\.0"),
        (np.append(np.ones(14), np.nan), "at least 0, got nan"),
        (np.ones(14), r"shape \(14,\), but y has 15 labels"),
        (np.ones((15, 2)), r"shape \(15, 2\), but y has 15 labels"),
        (1e-320, "label_noise, in units of the variance of y, is"),
    ],
)
def test_refused(data, noise, reason):
    X, y, _ = data
    with pytest.raises(ValueError, match=reason):
        Process(KERNEL, optimizer=None).fit(X, y, label_noise=noise)


def test_several_targets_share_their_noise(data):
    X, y, noise = data
    with pytest.raises(ValueError, match=r"with 2 targets.*EachTargetRegressor"):
        Process(KERNEL).fit(X, np.column_stack([y, -y]), noise)
