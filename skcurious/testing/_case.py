"""A regressor under test, its data, and refits of it."""

import warnings
from copy import deepcopy
from functools import cache

import numpy as np
from sklearn.base import clone

from skcurious.linearised import LinearisedModel

# Weights of the five points of finite differences of fourth order.
AROUND = np.array([1, -8, 0, 8, -1]) / 12  # at -2, -1, 0, 1, 2 steps
FROM_ZERO = np.array([-25, 48, -36, 16, -3]) / 12  # at 0, 1, 2, 3, 4 steps


class Case:
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
