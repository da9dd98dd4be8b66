"""Checks of a curious regressor against refits, for whoever writes one.

scikit-learn's ``check_estimator`` says whether a class is an estimator;
:func:`check_curious_regressor` says whether what it tells of itself is true. Needs no
test framework: it raises AssertionError.
"""

import pickle
import warnings
from copy import deepcopy
from functools import cache
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import has_fit_parameter

from skcurious.influence import influence_on_parameters, influence_on_predictions
from skcurious.linearised import LinearisedModel
from skcurious.linearised._blocks import along_rows, mean_of_outputs
from skcurious.query import curiosity_sampling

# Weights of the five points of finite differences of fourth order.
AROUND = np.array([1, -8, 0, 8, -1]) / 12  # at -2, -1, 0, 1, 2 steps
FROM_ZERO = np.array([-25, 48, -36, 16, -3]) / 12  # at 0, 1, 2, 3, 4 steps


def check_curious_regressor(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    step: float = 2e-3,
    rtol: float = 1e-5,
) -> list[str]:
    """Check what a curious regressor says of itself, against refits.

    A clone is fitted to three quarters of the rows; the last quarter is a pool of
    candidates. What cannot be asked of an estimator is left out: the returned names
    tell what was checked.

    Parameters
    ----------
    estimator : CuriosityMixin
        The regressor, with a regularity to start from. It is not changed.
    X : array-like of shape (n_samples, n_features)
        Rows, at least 12.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights for the fits. None draws some between 0.5 and 2 if ``fit`` takes
        weights, since a model that forgets them must not pass.
    step : float, default=2e-3
        Relative step of the regularity, and the weight of an added row times its
        leverage ``h(x, x)``. The differences are of fourth order. Larger for
        estimators that are not fitted to many digits.
    rtol : float, default=1e-5
        How far a derivative may be from that of refits, relative to the largest.

    Returns
    -------
    names : list of str
        Of the checks that were made, of those in the table below.

    Raises
    ------
    AssertionError
        When a check fails: its name, what differs and by how much.
    TypeError
        If `sample_weight` is given for a ``fit`` that takes none.
    ValueError
        If the arguments do not fit.

    Notes
    -----
    ===========================  ==================================================
    name                         what is true
    ===========================  ==================================================
    `fit`                        ``fit`` sets ``linearised_``, whose facts are those
                                 that the estimator shows
    `shapes`                     ``predict_tangent`` has the shape of ``predict``;
                                 a row says the same alone and among others
    `tangent`                    ``predict_tangent`` is the derivative of ``predict``
                                 over refits with a little more and less regularity
    `expected_curiosity`         without `y`: ``noise_variance_`` times the squared
                                 derivative by the regularity
    `curiosity`                  with `y`: the square of what the weight of an added
                                 row does to the complexity of refits
    `leverages`                  the methods of ``linearised_`` that have to do with
                                 leverages agree with each other
    `standard_deviations`        their squares are the diagonal of
                                 ``predict_covariance``, which is symmetric and has
                                 no negative eigenvalue
    `covariance`                 it says what an added row does to predictions
    `batches`                    greedy batches are those of refits with imagined
                                 labels
    `influence_on_predictions`   those of refits with other weights
    `influence_on_parameters`    the same of fitted attributes
    `copies`                     a clone has the same parameters; a pickled copy says
                                 the same
    ===========================  ==================================================

    Refits are at an optimum, and so a derivative by implicit differentiation agrees
    with them where the curvature H is the exact Hessian there. A Gauss-Newton matrix
    is that where outputs are linear in the parameters and the loss is the squared
    error; elsewhere it is an approximation, and `tangent`, `curiosity`, `covariance`
    and influences fail with it, as they should. A network is checked with its exact
    Hessian and no damping.

    An added row, in `covariance` and influences: where ``linearised_.exact_influence``
    a whole row of weight one, without any approximation, and a training row taken
    out; elsewhere the derivative by a small weight, for which ``fit`` has to take
    weights. Imagined labels, in `batches`, leave the parameters where they are, and
    add ``grad f grad f^T`` to H: of any model with the exact Hessian, whatever its
    loss, as long as the second derivative of that is 1 at a label that is predicted
    exactly. So they are compared pick by pick, up to ties, for all models with a
    covariance, but those whose leverages have another curvature than their tangent
    (``linearised_.for_influence``).

    Of a model with ``continues_training`` refits start where the model is, and go on
    until predictions settle.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.testing import check_curious_regressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> names = check_curious_regressor(CuriousRidge(alpha=0.1), X[:40], y[:40])
    >>> "tangent" in names
    True

    A tangent of the wrong sign:

    >>> class Wrong(CuriousRidge):
    ...     def predict_tangent(self, X):
    ...         return -super().predict_tangent(X)
    >>> check_curious_regressor(Wrong(alpha=0.1), X[:40], y[:40])
    Traceback (most recent call last):
    AssertionError: tangent: predict_tangent of Wrong is not the derivative...
    """
    X = check_array(X, dtype=np.float64)
    y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
    check_consistent_length(X, y, sample_weight)
    if len(X) < 12:
        raise ValueError(f"At least 12 rows are needed, got {len(X)}.")
    for name, value in {"step": step, "rtol": rtol}.items():
        if not (isinstance(value, Real) and 0 < value < 0.5):
            raise ValueError(f"{name} must be between 0 and 0.5, got {value!r}.")
    takes_weights = has_fit_parameter(estimator, "sample_weight")
    if sample_weight is not None and not takes_weights:
        raise TypeError(
            f"sample_weight was given, but fit of {type(estimator).__name__} takes "
            "none."
        )
    if takes_weights and sample_weight is None:
        sample_weight = np.random.RandomState(0).uniform(0.5, 2, len(X))
    case = _Case(estimator, X, y, sample_weight, step, rtol)
    names = []
    for name, check in CHECKS.items():
        if check(case) is not NotImplemented:
            names.append(name)
    return names


class _Case:
    """An estimator that was fitted to some rows, and its refits."""

    def __init__(self, estimator, X, y, weights, step, rtol):
        n_pool = len(X) // 4
        self.X, self.pool = X[:-n_pool], X[-n_pool:]
        self.y, self.labels = y[:-n_pool], y[-n_pool:]
        self.weights = None if weights is None else np.asarray(weights)[:-n_pool]
        self.step, self.rtol = step, rtol
        self.estimator = estimator
        self.kind = type(estimator).__name__
        self.fitted = self._settled(self._first_fit(), self.X, self.y, self.weights)
        self.model = self.fitted.linearised_
        self.upweighted = cache(self._upweighted)

    # -- what there is to ask for ---------------------------------------------------

    @property
    def has_covariance(self):
        return isinstance(self.model, LinearisedModel) and all(
            model.no_covariance is None
            for model in (self.model, self.model.for_influence)
        )

    @property
    def has_one_curvature(self):
        return self.has_covariance and self.model.for_influence is self.model

    # -- fits -----------------------------------------------------------------------

    def _first_fit(self):
        copied = clone(self.estimator)
        self._same_parameters(copied, "copies: a clone of {} has another {}.")
        try:
            fitted = self._fit(copied, self.X, self.y, self.weights)
        except TypeError as error:
            if "abstract" not in str(error):
                raise
            raise AssertionError(
                f"fit: {self.kind} cannot make its linearised model, which leaves out "
                f"what it has to know: {error}."
            ) from error
        if not hasattr(fitted, "linearised_"):
            raise AssertionError(
                f"fit: fit of {self.kind} did not set linearised_, which must be an "
                "object of skcurious.linearised."
            )
        name = fitted.regularity_parameter
        if name not in self.estimator.get_params():
            raise AssertionError(
                f"fit: {self.kind} has no parameter {name!r}: its attribute "
                "regularity_parameter must name the one that regularises. A class that "
                "chooses it itself is checked by way of the one that does not."
            )
        self._same_parameters(fitted, "fit: fit of {} changed its parameter {}.")
        return fitted

    def _same_parameters(self, model, sentence):
        values = model.get_params(deep=False)
        for name, value in self.estimator.get_params(deep=False).items():
            if repr(values[name]) != repr(value):
                raise AssertionError(sentence.format(self.kind, name))

    def _fit(self, model, X, y, weights):
        return model.fit(
            X, y, **({} if weights is None else {"sample_weight": weights})
        )

    def _settled(self, model, X, y, weights):
        """Go on until predictions settle, if that is possible."""
        if not model.continues_training:
            return model
        model = model.set_params(warm_start=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in range(100):
                before = model.predict(X)
                self._fit(model, X, y, weights)
                moved = np.abs(model.predict(X) - before).max()
                if moved <= 1e-4 * self.step * self.rtol * np.abs(before).max():
                    break
        return model

    def refit(self, X=None, y=None, weights=None, **parameters):
        """With other rows, or another regularity."""
        if X is None:
            X, y, weights = self.X, self.y, self.weights
        goes_on = self.fitted.continues_training
        model = deepcopy(self.fitted) if goes_on else clone(self.fitted)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._fit(model.set_params(**parameters), X, y, weights)
        return self._settled(model, X, y, weights)

    def with_row(self, x, label, weight=1.0):
        """With one more row."""
        X = np.vstack([self.X, x])
        y = np.concatenate([self.y, np.reshape(label, (1, *self.y.shape[1:]))])
        weights = None if self.weights is None else np.append(self.weights, weight)
        return self.refit(X, y, weights)

    # -- what they say --------------------------------------------------------------

    def outputs(self, model, X=None):
        """Predictions at the pool, of shape (n, n_outputs)."""
        X = self.pool if X is None else X
        return np.asarray(model.predict(X)).reshape(len(X), -1)

    def rows(self):
        """The pool as the linearised model takes it."""
        return self.model.at(self.fitted.validate_rows(self.pool))

    def slopes(self):
        """Derivative of the loss by the outputs at the pool."""
        labels = self.labels.reshape(len(self.labels), -1)
        return self.model.loss_slope(self.model.output(self.rows()), labels)

    def candidates(self):
        """Two rows of the pool about which there is something to say."""
        slopes = np.abs(self.slopes()).min(axis=1)
        tangents = np.abs(self.fitted.predict_tangent(self.pool))
        size = slopes * tangents.reshape(len(slopes), -1).min(axis=1)
        return np.argsort(-size)[:2]

    def label(self, index, output=None):
        """Of a row of the pool; that of one output only, and as predicted elsewhere."""
        label = self.labels.reshape(len(self.labels), -1)[index]
        if output is None:
            return label
        predicted = self.outputs(self.fitted)[index].copy()
        predicted[output] = label[output]
        return predicted

    def _upweighted(self, index, output=None):
        """Derivatives by the weight of a row of the pool, from zero."""
        x, label = self.pool[index], self.label(index, output)
        step = self.step
        if self.has_covariance:
            own = self.fitted.predict_covariance(x[None], noise_variance=1.0)
            step /= max(own.item(), 0.01)  # so much it moves the curvature
        fits = [self.with_row(x, label, k * step) for k in range(5)]

        def derivative(values):
            return np.tensordot(FROM_ZERO / step, values, axes=1)

        outputs = derivative([self.outputs(model) for model in fits])
        complexity = None
        if isinstance(self.model, LinearisedModel):
            complexity = derivative([m.linearised_.complexity() for m in fits])
        return (
            outputs,
            complexity,
            lambda name: derivative(
                [np.asarray(getattr(model, name)) for model in fits]
            ),
        )

    def compare(self, name, got, expected, sentence, rtol=None):
        """Raise AssertionError where these are not equal."""
        got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
        if got.shape != expected.shape:
            raise AssertionError(
                f"{name}: {sentence}: shapes {got.shape} and {expected.shape}."
            )
        rtol = self.rtol if rtol is None else rtol
        size, error = np.abs(expected).max(), np.abs(got - expected).max()
        if error <= rtol * size:
            return
        factor = np.vdot(got, expected) / np.vdot(expected, expected) if size else 0.0
        hint = ""
        if np.abs(got - factor * expected).max() <= 0.01 * np.abs(factor) * size:
            hint = f" It is {factor:.4g} times that, at every row."
        worst = np.abs(got - expected).argmax()
        raise AssertionError(
            f"{name}: {sentence}. The largest error is {error:.1e}, where "
            f"{got.flat[worst]:.6g} should be {expected.flat[worst]:.6g}, and rtol="
            f"{rtol:g} allows {rtol * size:.1e}.{hint}"
        )


# -- the checks: NotImplemented where there is nothing to check ------------------------


def check_fit(case):
    model, fitted = case.model, case.fitted
    noise = fitted.noise_variance_
    if not (np.isfinite(noise) and noise >= 0 and noise == model.noise_variance):
        raise AssertionError(
            f"fit: noise_variance_ of {case.kind} is {noise!r}, but must be a finite "
            f"number >= 0 and that of linearised_, {model.noise_variance!r}."
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
    squares = np.square(tangents.reshape(len(tangents), -1)).sum(axis=1)
    sentence = f"curiosity_score of {case.kind} without y is not {{}} * tangent**2"
    for variance in (None, 1.0, np.linspace(1, 2, len(squares))):
        used = fitted.noise_variance_ if variance is None else variance
        case.compare(
            "expected_curiosity",
            fitted.curiosity_score(case.pool, noise_variance=variance),
            used * squares,
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
    variance = np.square(std).reshape(len(std), -1).mean(axis=1)
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
        truth = refitted.curiosity_score(
            case.pool, noise_variance=fitted.noise_variance_
        )
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


CHECKS = {
    "fit": check_fit,
    "shapes": check_shapes,
    "tangent": check_tangent,
    "expected_curiosity": check_expected_curiosity,
    "curiosity": check_curiosity,
    "leverages": check_leverages,
    "standard_deviations": check_standard_deviations,
    "covariance": check_covariance,
    "batches": check_batches,
    "influence_on_predictions": check_influence_on_predictions,
    "influence_on_parameters": check_influence_on_parameters,
    "copies": check_copies,
}
__all__ = ["check_curious_regressor"]
