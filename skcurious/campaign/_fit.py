"""The model of a campaign, and its error by cross-validation."""

from contextlib import suppress
from copy import copy

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import KFold

from skcurious import EachTargetRegressor, predict_std
from skcurious._fit_parameters import named_for
from skcurious._reach import reach_curious
from skcurious.campaign._model import MODELS, PROCESS, build
from skcurious.campaign._progress import at

# Rows with a label of a target, for a model of it.
FEWEST_LABELS = 5
# Labels up to which a model is fitted in seconds; plain ridge has no limit.
MOST_LABELS = {PROCESS: 1_000, "kernel-ridge": 2_000}
FOLDS = 5


def check_model(model):
    """Raise unless it is a name, or an estimator with the methods of one."""
    known = ["auto", *MODELS]
    if isinstance(model, str) and model in known:
        return
    is_estimator = isinstance(model, BaseEstimator) and hasattr(model, "fit")
    if isinstance(model, type) or not is_estimator:
        raise ValueError(
            f"model must be one of {', '.join(map(repr, known))} or an estimator, "
            f"got {model!r}."
        )
    with suppress(NotFittedError):  # of one that is curious, or of what is around it
        reach_curious(model)


def ready(training):
    """Targets with labels enough for a model, and labels that differ."""
    return [
        target
        for target, labels in training.Y.items()
        if labels.count() >= FEWEST_LABELS and labels.nunique() > 1
    ]


def kind(model, n_labels):
    """The name of a model; of 'auto' the best that is fitted in seconds."""
    if model != "auto":
        return model
    return next(
        (name for name, most in MOST_LABELS.items() if n_labels <= most), "ridge"
    )


class Model:
    """What is learned from the labels of the targets that have enough of them.

    Parameters
    ----------
    training : Training
    model : str or estimator
    seed : int

    Attributes
    ----------
    targets : list of str
        Those that are learned.
    estimator : estimator
        Fitted; with several targets an EachTargetRegressor.
    takes_noise : bool
        Whether known noise of labels is part of the fit, and comes on top of what is
        learned.
    """

    def __init__(self, training, model, seed):
        self.targets = ready(training)
        self._training = training
        self._seed = seed
        self._model = model
        self._unfitted, self.takes_noise = self._make(model, seed)
        self.estimator = self._fit(np.arange(len(training.X)))

    def _fit(self, rows):
        """A copy of the estimator, fitted to some of the rows, of one target those
        that have it.
        """
        training, targets = self._training, self.targets
        Y = training.Y[targets].iloc[rows]
        known = training.noise[targets].iloc[rows]
        X, estimator = training.X.iloc[rows], clone(self._unfitted)
        if len(targets) > 1:
            estimator = EachTargetRegressor(estimator)
        else:
            some = Y[targets[0]].notna().to_numpy()
            X, Y, known = X[some], Y[some], known[some]
        options = {}
        if self.takes_noise and known.notna().any(axis=None):
            options = _noise_options(estimator, known)
        y = Y.to_numpy()
        y = y if len(targets) > 1 else y[:, 0]
        if isinstance(self._model, str):
            return estimator.fit(X, y, **options)
        try:
            return estimator.fit(X, y, **options)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"model={type(self._model).__name__} could not be fitted to the "
                f"labelled rows ({error}). It is given a DataFrame of floats, NaN "
                "where blank, and strings: put what makes numbers of them before it, "
                "in a Pipeline."
            ) from error

    def _make(self, model, seed):
        """An unfitted estimator of one target, and whether it takes known noise."""
        if not isinstance(model, str):
            return model, False
        training = self._training
        name = kind(model, int(training.Y[self.targets].count().max()))
        return build(training, name, seed), name == PROCESS

    def by_target(self):
        """Targets that are learned, each with its fitted estimator."""
        if len(self.targets) == 1:
            return [(self.targets[0], self.estimator)]
        return list(zip(self.targets, self.estimator.estimators_, strict=True))

    def predict(self, X):
        """Predictions and their standard deviations, in units of the targets.

        Returns
        -------
        mean, std : ndarrays of shape (n, n_targets)
        """
        if self.takes_noise:  # of a process in the units of y, in one pass
            curious, given, _ = reach_curious(self.estimator)
            mean, std = curious.predict_mean_std(given(X))
        else:
            mean, std = self.estimator.predict(X), predict_std(self.estimator, X)
        return mean.reshape(len(X), -1), std.reshape(len(X), -1)

    def unknown_noise(self, X):
        """Variance to give for a label of which nothing is known.

        Parameters
        ----------
        X : DataFrame
            Any rows: it is the same at all of them, and the first is asked.

        Returns
        -------
        variance : ndarray of shape (n_targets,)
        """
        if self.takes_noise:
            return np.zeros(len(self.targets))
        with_noise, without = (
            predict_std(self.estimator, X.iloc[:1], noise=noise).ravel()
            for noise in (True, False)
        )
        return np.maximum(with_noise**2 - without**2, 0.0)

    def _of_one(self, target):
        """The same of one of the targets."""
        one = copy(self)
        one.targets = [target]
        return one

    def cross_validated(self):
        """Predictions of the rows with a label, by models that were not shown them.

        Returns
        -------
        predicted : ndarray of shape (n, n_targets)
            NaN where a target was not measured.
        """
        X, Y = self._training.X, self._training.Y[self.targets].to_numpy()
        folds = KFold(FOLDS, shuffle=True, random_state=self._seed)
        predicted = np.full(Y.shape, np.nan)
        for k in range(Y.shape[1]):  # each has to be in every part of the rest
            known = np.flatnonzero(~np.isnan(Y[:, k]))
            one = self._of_one(self.targets[k])
            for n, (rest, part) in enumerate(folds.split(known), start=1):
                at(f"Cross-validation, part {n} of {FOLDS}")
                estimator = one._fit(known[rest])
                predicted[known[part], k] = estimator.predict(X.iloc[known[part]])
        return predicted


def _noise_options(estimator, known):
    """`known` for ``fit``: what is not known is as noisy as the others on average."""
    noise = known.fillna(known.mean()).fillna(0.0).to_numpy()
    noise = noise if noise.shape[1] > 1 else noise[:, 0]
    return {named_for(estimator, "label_noise"): noise}
