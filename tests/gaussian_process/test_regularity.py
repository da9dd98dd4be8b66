"""Tangents, curiosity and batches of Gaussian processes against refits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference import GaussianProcessTruth
from sklearn.gaussian_process.kernels import RBF, DotProduct, Matern, WhiteKernel

from skcurious.gaussian_process import (
    Columns,
    CuriousGaussianProcessRegressor,
    Linear,
    PerGroup,
)
from skcurious.influence import (
    hypergradient,
    influence_on_loss,
    influence_on_parameters,
    influence_on_predictions,
    self_influence,
)
from skcurious.linearised import LinearisedModel
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    influence_sampling,
    pool_status,
    variance_sampling,
)

# The kernel as a user writes it, its parts without noise, and the noise.
KERNELS = {
    "one": (RBF(0.8) + WhiteKernel(0.1), [RBF(0.8)], 0.1),
    "sum": (
        0.7 * Matern([0.5, 1.0, 2.0], nu=0.5) + Linear(0.4) + WhiteKernel(0.1),
        [0.7 * Matern([0.5, 1.0, 2.0], nu=0.5), Linear(0.4)],
        0.1,
    ),
    "product": (RBF(0.9) * DotProduct(0.5), [RBF(0.9) * DotProduct(0.5)], 0.0),
    "noise inside": (
        2.0 * (RBF(0.8) + WhiteKernel(0.1)) + Linear(0.4) * (Linear(1.0) + RBF(0.4)),
        [2.0 * RBF(0.8), Linear(0.4) * (Linear(1.0) + RBF(0.4))],
        0.2,
    ),
    "power": ((RBF(0.8) + WhiteKernel(0.1)) ** 2, [RBF(0.8) ** 2], 1.1**2 - 1),
    "groups": (
        Columns(RBF(0.8), [0, 1])
        + PerGroup(0.5 * RBF(0.7) + WhiteKernel(0.05), 2)
        + WhiteKernel(0.1),
        [Columns(RBF(0.8), [0, 1]), PerGroup(0.5 * RBF(0.7), 2)],
        0.15,
    ),
}
NOISE = {"number": 0.05, "each": np.linspace(0.02, 0.5, 15)}


def table(rng, targets):
    X = rng.standard_normal((15, 3))
    X[:, 2] = rng.integers(0, 3, 15)
    Y = 3 + X[:, :1] + rng.standard_normal((15, 2))
    Y = Y[:, 0] if targets == "one" else Y * [1, 1e6]
    pool = rng.standard_normal((8, 3))
    pool[:, 2] = rng.integers(0, 4, 8)
    return X, Y, pool


class Problem:
    def __init__(self, rng, kernel, noise="number", targets="one", normalize_y=True):
        self.X, self.y, self.pool = table(rng, targets)
        self.kernel, self.parts, white = KERNELS[kernel]
        alpha = NOISE[noise]
        self.options = {"alpha": alpha, "normalize_y": normalize_y, "optimizer": None}
        self.truth = GaussianProcessTruth(
            self.parts, white + alpha + np.zeros(15), self.X, self.y, normalize_y
        )

    def fit(self, **options):
        model = CuriousGaussianProcessRegressor(
            self.kernel, **{**self.options, **options}
        )
        return model.fit(self.X, self.y)

    def from_scratch(self, noise, X, Y, tangents):
        """Fitted to normalised labels with the noise given row by row."""
        kernel = sum(self.parts[1:], self.parts[0])
        model = CuriousGaussianProcessRegressor(
            kernel, alpha=noise, normalize_y=False, optimizer=None, tangents=tangents
        )
        return model.fit(X, Y)


crossed = pytest.mark.parametrize("kernel", KERNELS)
noises = pytest.mark.parametrize("noise", NOISE)
targets_ = pytest.mark.parametrize("targets", ["one", "two"])
settings = pytest.mark.parametrize(
    ("targets", "normalize_y"), [("one", True), ("two", True), ("two", False)]
)


def close(actual, expected, rtol=1e-6):
    """Each target by itself."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape
    scale = np.abs(expected).max(axis=0)
    scale = np.where(scale > 0, scale, 1)
    assert_allclose(actual / scale, expected / scale, rtol=rtol, atol=rtol)


@crossed
@noises
@settings
def test_tangents(rng, kernel, noise, targets, normalize_y):
    problem = Problem(rng, kernel, noise, targets, normalize_y)
    truth, pool = problem.truth, problem.pool
    model = problem.fit(tangents="parts")
    close(model.predict(pool), truth.predict(truth.model(), pool), 1e-9)
    total = truth.tangent(pool)
    close(model.predict_tangent(pool), total)
    linear = model.linearised_
    parts = linear.parts_at(linear.at(pool))
    units = linear.new_noise * truth.spread**2
    expected = [
        truth.tangent(pool, j).reshape(8, -1) / units for j in range(len(problem.parts))
    ]
    close(np.moveaxis(parts, 2, 0).reshape(-1), np.array(expected).reshape(-1))
    # The parts make up the whole.
    close((parts.sum(axis=2) * units).reshape(total.shape), total)
    assert_allclose(
        model.part_complexities_, truth.complexities(truth.model()).sum(axis=1)
    )
    assert_allclose(linear.complexity(), model.part_complexities_.sum())
    assert_allclose(
        model.noise_variance_,
        np.reshape(truth.new_noise * truth.spread**2, np.shape(model.noise_variance_)),
        rtol=1e-12,
    )
    for tangents, picked in (
        ("total", [0]),
        (0, [0]),
        ([len(expected) - 1], [len(expected) - 1]),
    ):
        one = problem.fit(tangents=tangents).linearised_
        wanted = total.reshape(8, -1) / units if tangents == "total" else None
        wanted = expected[picked[0]] if wanted is None else wanted
        close(one.parts_at(one.at(pool))[:, :, 0], wanted)


@pytest.mark.covering(2)
@crossed
@noises
@settings
@pytest.mark.parametrize("tangents", ["total", "parts", "last"])
def test_curiosity(rng, kernel, noise, targets, normalize_y, tangents):
    problem = Problem(rng, kernel, noise, targets, normalize_y)
    truth, pool = problem.truth, problem.pool[:2]
    last = len(problem.parts) - 1
    model = problem.fit(tangents=last if tangents == "last" else tangents)
    labels = problem.y[:2] + 0.3 * problem.y[3:5]
    known, expected = [], []

    def squares(influence):
        influence = influence.sum(axis=1)  # over targets
        if tangents == "total":
            return influence.sum() ** 2
        return influence[last] ** 2 if tangents == "last" else (influence**2).sum()

    for x, label in zip(pool, labels, strict=True):
        influence = truth.influence(x, truth.normalised(label))
        known.append(squares(influence))
        predicted = np.reshape(truth.model().predict(x[None]), (1, -1))
        unknown = np.zeros(truth.n_targets)
        for k in range(truth.n_targets):
            far = truth.Y.std(axis=0)[k]  # the influence is linear in the label
            off = np.zeros(truth.n_targets)
            off[k] = far
            influence = truth.influence(x, predicted + off)[:, [k]]
            unknown[k] = squares(influence) / far**2
        expected.append(unknown)
    # Squares of derivatives right to 1e-6; of the largest where targets cancel.
    other_noise, expected = np.array([2.0, 7.0]), np.array(expected)
    for score, truly in (
        (model.curiosity_score(pool, labels), known),
        (model.curiosity_score(pool), expected.sum(axis=1) * truth.new_noise),
        (
            model.curiosity_score(pool, noise_variance=other_noise),
            (expected / truth.spread**2).sum(axis=1) * other_noise,
        ),
    ):
        assert_allclose(score, truly, rtol=2e-6, atol=1e-8 * max(truly))


@crossed
@noises
@settings
def test_covariance(rng, kernel, noise, targets, normalize_y):
    problem = Problem(rng, kernel, noise, targets, normalize_y)
    truth, pool = problem.truth, problem.pool
    model = problem.fit()
    _, S = truth.model().predict(pool, return_cov=True)
    S = S.reshape(8, 8, -1)[:, :, 0]
    # Several targets each in units of the deviation of its labels.
    units = 1 if targets == "one" else problem.y.std(axis=0)
    close(
        model.predict_covariance(pool), S * np.mean((truth.spread / units) ** 2), 1e-9
    )
    close(
        model.predict_covariance(pool, pool[:3], noise_variance=1.0)[:, 0],
        S[:, 0] / truth.new_noise,
        1e-9,
    )
    mean, std = model.predict_mean_std(pool)
    close(mean, model.predict(pool), 1e-12)
    expected = np.sqrt(S.diagonal())[:, None] * truth.spread
    close(std, expected.reshape(mean.shape), 1e-8)
    # A label that is added, with the noise of a label to come.
    h = model.predict_covariance(pool, noise_variance=1.0)
    label = problem.y[0] * 2
    grown = truth.model(added=(pool[0], truth.normalised(label), truth.new_noise))
    expected = truth.predict(grown, pool)
    moved = np.multiply.outer(h[:, 0] / (1 + h[0, 0]), label - mean[0])
    close(mean + moved, expected, 1e-8)


@pytest.mark.covering(2)
@pytest.mark.parametrize("kernel", ["sum", "groups"])
@noises
@targets_
@pytest.mark.parametrize("tangents", ["total", "parts", [1]])
def test_batches_by_refits(rng, kernel, noise, targets, tangents):
    problem = Problem(rng, kernel, noise, targets)
    truth, pool = problem.truth, problem.pool
    model = problem.fit(tangents=tangents)
    X, Y, noise = truth.X, truth.Y, truth.noise
    v, names = truth.new_noise, ("curiosity", "variance", "reduction")
    picks = {name: [] for name in names}
    scores = {name: [] for name in names}
    for name in names:
        rows, labels, noises = X, Y, noise
        for _ in range(4):
            grown = problem.from_scratch(noises, rows, labels, tangents).linearised_

            def squared(linear):
                return np.square(linear.parts_at(linear.at(pool))).sum(axis=(1, 2))

            def variance(linear):
                return linear.leverage_diagonal(linear.at(pool))[:, 0, 0] * v

            label = grown.output(grown.at(pool))
            if name == "curiosity":
                score = v * squared(grown)
            elif name == "variance":
                score = variance(grown) * (truth.spread**2 if targets == "one" else 1)
            else:
                before, score = variance(grown), []
                for x, one in zip(pool, label, strict=True):
                    added = problem.from_scratch(
                        np.append(noises, v),
                        np.vstack([rows, x]),
                        np.vstack([labels, one]),
                        tangents,
                    ).linearised_
                    score.append(squared(grown) @ (before - variance(added)))
                score = np.array(score)
            score[picks[name]] = -1
            best = int(score.argmax())
            picks[name].append(best)
            scores[name].append(score[best])
            rows = np.vstack([rows, pool[best]])
            labels = np.vstack([labels, label[best]])
            noises = np.append(noises, v)
    strategies = {
        "curiosity": curiosity_sampling(model, pool, 4),
        "variance": variance_sampling(model, pool, 4),
        "reduction": expected_curiosity_reduction(model, pool, 4),
    }
    for name, (indices, values) in strategies.items():
        assert_array_equal(indices, picks[name], err_msg=name)
        assert_allclose(values, scores[name], rtol=1e-6, err_msg=name)
    status = pool_status(model, pool)
    std = model.predict_mean_std(pool)[1] / (1 if targets == "one" else truth.spread)
    assert_allclose(status.std, np.sqrt((std**2).mean()))
    assert_allclose(
        status.curiosity,
        np.sqrt(model.curiosity_score(pool).mean()) / model.part_complexities_.sum(),
    )


@crossed
@noises
@settings
def test_leave_one_out(rng, kernel, noise, targets, normalize_y):
    problem = Problem(rng, kernel, noise, targets, normalize_y)
    truth = problem.truth
    mean, std = problem.fit().leave_one_out(return_std=True)
    for i in range(15):
        without = truth.model(left_out=i)
        close(mean[[i]], truth.predict(without, problem.X[[i]]), 1e-8)
        _, own = without.predict(problem.X[[i]], return_std=True)
        own = np.ravel(own)[0] * truth.spread
        close(std[[i]], own.reshape(mean[[i]].shape), 1e-6)
    assert_allclose(problem.fit().leave_one_out(), mean)


@pytest.mark.parametrize("kernel", ["sum", "groups", "noise inside"])
@noises
@settings
def test_influence(rng, kernel, noise, targets, normalize_y):
    problem = Problem(rng, kernel, noise, targets, normalize_y)
    truth, pool = problem.truth, problem.pool
    model = problem.fit()
    new, labels = pool[:2], problem.y[:2] * 1.3
    validation, at_validation = pool[2:], problem.y[5:11]
    before = truth.predict(truth.model(), pool)
    loss = 0.5 * (before[2:] - at_validation) ** 2

    def added(k, weight):
        noise = truth.new_noise / weight
        grown = truth.model(added=(new[k], truth.normalised(labels[k]), noise))
        return grown, truth.predict(grown, pool)

    moved = influence_on_predictions(model, new, labels, pool, weight=1)
    on_loss = influence_on_loss(
        model,
        new,
        labels,
        X_validation=validation,
        y_validation=at_validation,
        per_row=True,
        weight=1,
    )
    parameters = influence_on_parameters(model, new, labels, weight=1)
    for k in range(2):
        grown, after = added(k, 1.0)
        close(before + moved[k], after, 1e-8)
        change = 0.5 * (after[2:] - at_validation) ** 2 - loss
        close(on_loss[k], change.reshape(6, -1).sum(axis=1), 1e-6)
        a = grown.alpha_
        close(model.alpha_ + parameters.alpha_[k], a[:-1].reshape(model.alpha_.shape))
        close(np.atleast_1d(parameters.new_alpha[k]), a[-1:].ravel())
    # Derivatives.
    eps = 1e-4  # leverages are up to 30
    stencil = np.array([-25, 48, -36, 16, -3]) / (12 * eps)
    moved = influence_on_predictions(model, new, labels, pool)
    parameters = influence_on_parameters(model, new, labels)
    for k in range(2):
        steps = [added(k, i * eps) for i in range(1, 5)]
        values = [before] + [after for _, after in steps]
        close(moved[k], np.tensordot(stencil, values, 1))
        values = [model.alpha_] + [
            grown.alpha_[:-1].reshape(model.alpha_.shape) for grown, _ in steps
        ]
        close(parameters.alpha_[k], np.tensordot(stencil, values, 1))
    on_loss = influence_on_loss(
        model, new, labels, X_validation=validation, y_validation=at_validation
    )
    for k in range(2):
        slopes = ((before[2:] - at_validation) * moved[k][2:]).sum()
        assert_allclose(on_loss[k], slopes, rtol=1e-6)
    # Of labels that are not known: each target has a noise of its own.
    expected = influence_on_loss(
        model, new, X_validation=validation, y_validation=at_validation
    )
    # Strategies take the loss of each of several targets in its own units.
    units = np.ones(1) if targets == "one" else problem.y.std(axis=0)
    in_units = 0.0
    squares = np.zeros(2)
    for j in range(truth.n_targets):
        off = np.zeros(truth.n_targets)
        off[j] = np.sqrt(truth.new_noise) * truth.spread[j]
        offset = off[0] if targets == "one" else off
        values = influence_on_loss(
            model,
            new,
            before[:2] + offset,
            X_validation=validation,
            y_validation=at_validation,
        )
        squares += values**2
        in_units += (values / units[j] ** 2) ** 2
    assert_allclose(expected, squares, rtol=1e-6)
    indices, scores = influence_sampling(
        model, new, X_validation=validation, y_validation=at_validation
    )
    # The label of a large target rounds off the influence of a small one.
    rtol = 1e-6 if targets == "one" else 1e-2
    assert_allclose(scores, in_units[indices], rtol=rtol)


@pytest.mark.parametrize("kernel", ["sum", "groups"])
@noises
@targets_
def test_training_rows_taken_out(rng, kernel, noise, targets):
    problem = Problem(rng, kernel, noise, targets)
    truth, X, y = problem.truth, problem.X, problem.y
    model = problem.fit()
    weights = truth.new_noise / truth.noise
    moved = influence_on_predictions(model, X, y, problem.pool, weight=-weights)
    parameters = influence_on_parameters(model, X, y, weight=-weights)
    own = self_influence(model, X, y, weights)
    before = model.predict(problem.pool)
    for i in range(15):
        without = truth.model(left_out=i)
        close(before + moved[i], truth.predict(without, problem.pool), 1e-8)
        error = truth.predict(without, X[[i]]) - y[[i]]
        gain = 0.5 * (error**2 - (model.predict(X[[i]]) - y[[i]]) ** 2).sum()
        assert_allclose(own[i], gain, rtol=1e-6)
        # Where the row is a training row its own coefficient moves by both.
        left = model.alpha_ + parameters.alpha_[i]
        left[i] += parameters.new_alpha[i]
        expected = np.insert(without.alpha_, i, 0, axis=0)
        close(left, expected.reshape(left.shape))


@noises
@targets_
def test_hypergradient(rng, noise, targets):
    problem = Problem(rng, "sum", noise, targets)
    truth, pool = problem.truth, problem.pool
    labels = problem.y[:8]
    error = truth.predict(truth.model(), pool) - labels
    expected = (error * truth.tangent(pool)).sum()
    assert_allclose(hypergradient(problem.fit(), pool, labels), expected, rtol=1e-6)


@crossed
@noises
@targets_
def test_derived_forms_are_those_of_any_model(rng, kernel, noise, targets):
    problem = Problem(rng, kernel, noise, targets)
    model = problem.fit().linearised_
    rows, others = model.at(problem.pool), model.at(problem.X[:4])
    # h of one output: the generic forms give one column an output.
    h = model.leverage_blocks(rows, model.representers(others))[:, 0, :, 0]
    columns, _ = model.gradients(others)
    one = np.repeat(columns[:, :, None], model.n_outputs, axis=2)
    for j in range(4):
        row = model.at(problem.X[[j]])
        direction = model.solve((one[:, j], [(row, np.ones((1, model.n_outputs)))]))
        along = model.jvp(rows, direction)[:, :, 0]
        assert_allclose(
            along, np.repeat(h[:, [j]], model.n_outputs, 1), rtol=1e-8, atol=1e-10
        )
    assert_allclose(model.leverage(rows, model.representers(others)), h)
    own = model.leverage_blocks(rows, model.representers(rows))[:, 0, :, 0].diagonal()
    assert_allclose(model.leverage_diagonal(rows)[:, 0, 0], own, rtol=1e-9)
    assert_allclose(
        LinearisedModel.tangent_at(model, rows), model.tangent_at(rows), rtol=1e-12
    )
    adjoint = model.adjoint([(others, np.ones((4, model.n_outputs)))])
    assert_allclose(
        model.adjoint_at(rows, adjoint),
        np.repeat(h.sum(axis=1, keepdims=True), model.n_outputs, 1),
        rtol=1e-8,
        atol=1e-10,
    )
    variance = own * model.new_noise
    deviation = model.output_deviation(rows).reshape(len(variance), -1)
    assert_allclose(deviation**2, np.multiply.outer(variance, model.spread**2))
    training = model.at(problem.X)
    if noise == "number":
        left = 1 - model.leverage_diagonal(training)[:, 0, 0]
        assert_allclose(model.one_plus_leverage(problem.X, -np.ones(15))[:, 0], left)
