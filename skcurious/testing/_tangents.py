"""Fits, tangents and curiosity against refits."""

import pickle

import numpy as np

from skcurious.linearised import LinearisedModel
from skcurious.testing._case import AROUND


def check_fit(case):
    model, fitted = case.model, case.fitted
    noise = fitted.noise_variance_
    fine = np.shape(noise) in [(), (model.n_outputs,)]
    fine = fine and np.isfinite(noise).all() and np.min(noise) >= 0
    if not (fine and np.array_equal(noise, model.noise_variance)):
        raise AssertionError(
            f"fit: noise_variance_ of {case.kind} is {noise!r}, but must be a finite "
            "number >= 0, or one for each target, and that of linearised_, "
            f"{model.noise_variance!r}."
        )
    predicted = fitted.predict(case.pool)
    if model.flat != (predicted.ndim == 1) or model.n_outputs != predicted.size // len(
        predicted
    ):
        raise AssertionError(
            f"fit: predictions of {case.kind} have the shape {predicted.shape}, but "
            f"linearised_ says n_outputs={model.n_outputs} and flat={model.flat}."
        )
    case.compare(
        "fit",
        model.output(case.rows()),
        case.outputs(fitted),
        f"output of linearised_ is not what {case.kind} predicts",
    )


def check_copies(case):
    fitted = case.fitted
    try:
        copy = pickle.loads(pickle.dumps(fitted))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise AssertionError(
            f"copies: a fitted {case.kind} cannot be pickled: {error}. A class must be "
            "defined in a module, and keep no functions that are not."
        ) from error
    for method in ("predict", "predict_tangent", "curiosity_score"):
        case.compare(
            "copies",
            getattr(copy, method)(case.pool),
            getattr(fitted, method)(case.pool),
            f"{method} of a pickled {case.kind} is not what it was",
            rtol=1e-12,
        )


def check_shapes(case):
    tangent = case.fitted.predict_tangent(case.pool)
    predicted = case.fitted.predict(case.pool)
    if tangent.shape != predicted.shape:
        raise AssertionError(
            f"shapes: predict_tangent of {case.kind} has the shape {tangent.shape}, "
            f"and predict {predicted.shape}."
        )
    alone = [case.fitted.predict_tangent(row[None]) for row in case.pool]
    case.compare(
        "shapes",
        np.concatenate(alone),
        tangent,
        f"predict_tangent of {case.kind} depends on which rows are asked for together",
        rtol=1e-8,
    )


def check_tangent(case):
    name = case.fitted.regularity_parameter
    value = np.asarray(case.fitted.get_params()[name], dtype=float)
    if not (value > 0).all():
        return NotImplemented
    moved = [
        case.refit(**{name: (value * (1 + k * case.step))[()]}) for k in range(-2, 3)
    ]
    outputs = [case.outputs(model) for model in moved]
    derivative = np.tensordot(AROUND / case.step, outputs, axes=1) / value
    case.compare(
        "tangent",
        case.fitted.predict_tangent(case.pool),
        derivative.reshape(np.shape(moved[0].predict(case.pool))),
        f"predict_tangent of {case.kind} is not the derivative of predict by {name}, "
        "as refits with a little more and less of it show it",
    )


def check_expected_curiosity(case):
    model, fitted = case.model, case.fitted
    tangents = model.parts_at(case.rows())
    if tangents.shape[2] == 1:  # from outside
        tangents = fitted.predict_tangent(case.pool) / model.regularity_per_alpha
    squares = np.square(tangents.reshape(len(tangents), model.n_outputs, -1))
    squares = squares.sum(axis=2)
    sentence = f"curiosity_score of {case.kind} without y is not {{}} * tangent**2"
    for variance in (None, 1.0, np.linspace(1, 2, len(squares))):
        used = fitted.noise_variance_ if variance is None else variance
        n_used = np.size(used) if variance is None else 1  # targets
        case.compare(
            "expected_curiosity",
            fitted.curiosity_score(case.pool, noise_variance=variance),
            np.sum(np.reshape(used, (-1, n_used)) * squares, axis=1),
            sentence.format(
                "noise_variance_" if variance is None else "noise_variance"
            ),
            rtol=1e-8,
        )


def check_curiosity(case):
    model = case.model
    if case.weights is None or not isinstance(model, LinearisedModel):
        return NotImplemented
    if model.parts_at(case.rows()).shape[2] > 1:
        return NotImplemented
    each = list(range(model.n_outputs)) if model.n_outputs > 1 else []
    scores, changes = [], []
    for index in case.candidates():
        for output in each if model.alpha_per_output else [None, *each]:
            label = np.reshape(case.label(index, output), (1, *case.y.shape[1:]))
            scores.append(case.fitted.curiosity_score(case.pool[[index]], label)[0])
            changes.append(case.upweighted(index, output)[1])
    case.compare(
        "curiosity",
        np.sqrt(scores),
        np.abs(changes),
        f"the root of curiosity_score(X, y) of {case.kind} is not what the weight of "
        "an added row does to linearised_.complexity() over refits",
    )
