"""Covariances, batches and influences against refits."""

import numpy as np

from skcurious.influence import influence_on_parameters, influence_on_predictions
from skcurious.linearised._blocks import along_rows, mean_of_outputs
from skcurious.query import curiosity_sampling


def check_leverages(case):
    if not case.has_covariance:
        return NotImplemented
    for model in {id(m): m for m in (case.model, case.model.for_influence)}.values():
        rows = case.rows()
        representers = model.representers(rows)
        blocks = model.leverage_blocks(rows, representers)
        n_blocks = model.n_blocks
        diagonal = np.einsum("njnk->njk", blocks)
        residual = np.random.RandomState(0).standard_normal(
            (len(blocks), model.n_outputs)
        )
        adjoint = model.adjoint([(rows, residual)])
        for method, got, expected in (
            (
                "leverage_blocks, whose h(x, z) is not h(z, x), or which",
                blocks.transpose(2, 3, 0, 1),
                blocks.reshape(len(blocks), n_blocks, -1, n_blocks),
            ),
            ("leverage", model.leverage(rows, representers), mean_of_outputs(blocks)),
            ("leverage_diagonal", model.leverage_diagonal(rows), diagonal),
            (
                "adjoint",
                model.adjoint_at(rows, adjoint),
                along_rows(blocks, residual).sum(axis=0),
            ),
        ):
            case.compare(
                "leverages",
                got,
                expected,
                f"{method} of {type(model).__name__} is not what leverage_blocks says",
            )


def check_standard_deviations(case):
    if not case.has_covariance:
        return NotImplemented
    fitted = case.fitted
    mean, std = fitted.predict(case.pool, return_std=True)
    covariance = fitted.predict_covariance(case.pool)
    units = case.model.units  # of one target, 1
    variance = np.square(std).reshape(len(std), -1) / units**2
    variance = variance.mean(axis=1)
    case.compare(
        "standard_deviations",
        mean,
        fitted.predict(case.pool),
        f"predict of {case.kind} returns another mean with return_std=True",
    )
    case.compare(
        "standard_deviations",
        variance,
        covariance.diagonal(),
        f"squared standard deviations of {case.kind} are not the diagonal of "
        "predict_covariance",
    )
    case.compare(
        "standard_deviations",
        fitted.predict_covariance(case.pool, case.pool[:2]),
        covariance[:, :2],
        f"predict_covariance(X, Z) of {case.kind} is no part of predict_covariance(X)",
    )
    lowest, *_, highest = np.linalg.eigvalsh((covariance + covariance.T) / 2)
    if lowest < -1e-7 * highest:
        raise AssertionError(
            f"standard_deviations: predict_covariance of {case.kind} has the negative "
            f"eigenvalue {lowest:.1e}, beside {highest:.1e}."
        )


def check_covariance(case):
    model, fitted = case.model, case.fitted
    if not case.has_one_curvature:
        return NotImplemented
    is_exact = model.exact_influence and model.n_blocks == 1
    if not is_exact and case.weights is None:
        return NotImplemented
    before = case.outputs(fitted)
    for index in case.candidates():
        x = case.pool[[index]]
        h = fitted.predict_covariance(case.pool, x, noise_variance=1.0)[:, 0]
        if is_exact:
            moved = case.outputs(case.with_row(x, case.label(index))) - before
            pull = (case.label(index) - before[index]) / (1 + h[index])
            case.compare(
                "covariance",
                h[:, None] * pull,
                moved,
                f"predictions of {case.kind} with one more row are not f(z) + "
                "(y - f(x)) h(z, x) / (1 + h(x, x)), with the h of predict_covariance",
            )
            continue
        columns = []
        for output in range(model.n_outputs):
            slope = model.loss_slope(
                before[[index]], np.reshape(case.label(index, output), (1, -1))
            )[0, output]
            moved, *_ = case.upweighted(index, output if model.n_outputs > 1 else None)
            columns.append(-moved[:, output] / slope)
        case.compare(
            "covariance",
            h,
            np.mean(columns, axis=0),
            f"predict_covariance of {case.kind} with noise_variance=1 is not what the "
            "weight of an added row does to predictions over refits, divided by minus "
            "the slope of its loss",
        )


def check_batches(case):
    if not case.has_one_curvature:
        return NotImplemented
    fitted = case.fitted
    n_picks = min(3, len(case.pool))
    picks, scores = curiosity_sampling(fitted, case.pool, n_picks, random_state=0)
    X, y, weights = case.X, case.y, case.weights
    refitted, earlier = fitted, []
    for pick, score in zip(picks, scores, strict=True):
        model = refitted.linearised_
        parts = model.parts_at(model.at(refitted.validate_rows(case.pool)))
        truth = np.square(parts).sum(axis=2) @ case.model.curiosity_weights()
        truth[earlier] = -np.inf
        after = f"after {len(earlier)} imagined labels" if earlier else "at first"
        case.compare(
            "batches",
            score,
            truth[pick],
            f"the score of row {pick} in a greedy batch of {case.kind}, {after}, is "
            "not that of refits with these labels",
        )
        if truth.max() > (1 + 2 * case.rtol) * truth[pick]:
            raise AssertionError(
                f"batches: a greedy batch of {case.kind} takes row {pick} {after}, but "
                f"refits with these labels say row {truth.argmax()}."
            )
        X = np.vstack([X, case.pool[[pick]]])
        y = np.concatenate([y, refitted.predict(case.pool[[pick]])])
        weights = None if weights is None else np.append(weights, 1.0)
        refitted = case.refit(X, y, weights)
        earlier.append(pick)


def check_influence_on_predictions(case):
    is_exact = case.has_covariance and case.model.exact_influence
    if not case.has_covariance or not (is_exact or case.weights is not None):
        return NotImplemented
    fitted, pool = case.fitted, case.pool
    sentence = f"influence_on_predictions of {case.kind} {{}} is not that of refits"
    shape = fitted.predict(pool).shape
    for index in case.candidates():
        row = pool[[index]], case.labels[[index]]
        if case.weights is not None:
            case.compare(
                "influence_on_predictions",
                influence_on_predictions(fitted, *row, X_at=pool)[0],
                case.upweighted(index)[0].reshape(shape),
                sentence.format("by the weight of an added row"),
            )
        if is_exact:
            after = case.with_row(pool[index], case.label(index))
            case.compare(
                "influence_on_predictions",
                influence_on_predictions(fitted, *row, X_at=pool, weight=1)[0],
                after.predict(pool) - fitted.predict(pool),
                sentence.format("of a whole row that is added"),
            )
    if is_exact:
        own = -1.0 if case.weights is None else -case.weights[0]
        rest = None if case.weights is None else case.weights[1:]
        after = case.refit(case.X[1:], case.y[1:], rest)
        case.compare(
            "influence_on_predictions",
            influence_on_predictions(
                fitted, case.X[:1], case.y[:1], X_at=pool, weight=own
            )[0],
            after.predict(pool) - fitted.predict(pool),
            sentence.format("of a training row that is taken out"),
        )


def check_influence_on_parameters(case):
    is_exact = case.has_covariance and case.model.exact_influence
    if not case.has_covariance or not (is_exact or case.weights is not None):
        return NotImplemented
    fitted, checked = case.fitted, False
    for index in case.candidates():
        row = case.pool[[index]], case.labels[[index]]
        after = case.with_row(case.pool[index], case.label(index))
        weight = None if case.weights is not None else 1
        influence = influence_on_parameters(fitted, *row, weight=weight)
        for name, values in influence.items():
            now = getattr(fitted, name, None)
            if not isinstance(now, np.ndarray | float):
                continue  # lists of layers
            if np.shape(now) != np.shape(getattr(after, name)):
                continue  # one coefficient for each training row
            if weight is None:
                moved = case.upweighted(index)[2](name)
            else:
                moved = getattr(after, name) - now
            checked = True
            case.compare(
                "influence_on_parameters",
                values[0],
                moved,
                f"influence_on_parameters of {case.kind} on {name} is not that of "
                "refits",
            )
    return None if checked else NotImplemented
