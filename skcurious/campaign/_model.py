"""The model: chosen by cross-validation, and fitted."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcurious import (
    CuriousKernelRidgeCV,
    CuriousMLPRegressor,
    CuriousRidgeCV,
    default_regressor,
    predict_std,
)
from skcurious._words import count

MEAN = "the mean of the labels"
# An error of this part of the mean's is next to nothing: of some models, one may be
# as good by chance.
LITTLE = 0.9
# Of standardised columns, from hardly any regularity to hardly any model.
ALPHAS = np.logspace(-3, 5, 33)
# Of the kernel, in units of 1 / number of columns.
GAMMAS = np.array([0.03, 0.1, 0.3, 1.0, 3.0])
# Labels with which a model takes minutes in all parts of the cross-validation.
MOST_LABELS = {"kernel-ridge": 2_000, "gaussian-process": 300}
# Cells of labelled rows with which it takes a Gaussian process as long.
MANY_CELLS = 3_000
# The simplest first, which is taken where the errors are as close as this.
CLOSE = 1.01
TRIED = ("ridge", "kernel-ridge", "gaussian-process")


def ridge(problem, seed):
    """A plane."""
    return make_pipeline(encoder(problem.columns), CuriousRidgeCV(ALPHAS))


def kernel_ridge(problem, seed):
    """A smooth surface."""
    columns = problem.columns
    gammas = GAMMAS / (len(columns.numbers) + len(columns.categories))
    regressor = CuriousKernelRidgeCV(param_grid={"gamma": list(gammas)})
    return make_pipeline(encoder(columns), regressor)


def gaussian_process(problem, seed):
    """A surface with a length for each column, seen in several ways."""
    rows = pd.concat([problem.X, problem.pool], ignore_index=True)
    return process(problem.columns, rows, seed)


def process(columns, rows, seed):
    """The same, its views of the columns learned from these rows."""
    columns = [*columns.numbers, *columns.categories]
    rows = rows[columns]
    select = ColumnTransformer(
        [("columns", "passthrough", columns)], verbose_feature_names_out=False
    ).set_output(transform="pandas")
    return make_pipeline(select, default_regressor(rows, random_state=seed))


def network(problem, seed):
    """A small network, whose alpha cannot be chosen in closed form."""
    search = GridSearchCV(
        CuriousMLPRegressor(
            hidden_layer_sizes=(32,),
            activation="tanh",
            solver="lbfgs",
            max_iter=1_000,
            random_state=seed,
        ),
        {"alpha": [0.1, 1.0, 10.0]},
        scoring="neg_mean_squared_error",
        # Three parts of the fewest labels that there can be.
        cv=KFold(3, shuffle=True, random_state=seed),
    )
    return make_pipeline(encoder(problem.columns), search)


MODELS = {
    "ridge": ridge,
    "kernel-ridge": kernel_ridge,
    "gaussian-process": gaussian_process,
    "mlp": network,
}


@dataclass
class Chosen:
    """A fitted model, and how well it and others predict.

    Attributes
    ----------
    name : str
        Key of ``MODELS``.
    estimator : TransformedTargetRegressor
        Fitted to all labelled rows.
    errors : dict of str to float
        Root mean squared error of cross-validation of each model and of the
        mean, in units of the target.
    n_folds : int
        Parts of the cross-validation.
    notes : list of str
        What the user should know about it.
    """

    name: str
    estimator: TransformedTargetRegressor
    errors: dict
    n_folds: int
    notes: list

    def predict(self, X):
        """Predictions and their standard deviations, in units of the target."""
        return self.estimator.predict(X), predict_std(self.estimator, X)


def choose_model(problem, which, seed):
    """Cross-validate models, and fit the best of them.

    Parameters
    ----------
    problem : Problem
    which : {'auto', 'ridge', 'kernel-ridge', 'gaussian-process', 'mlp'}
        'auto' for the best of the first three.
    seed : int
        Of the folds, and of the network.

    Returns
    -------
    chosen : Chosen
    """
    notes = []
    candidates = [which]
    if which == "auto":
        candidates = list(TRIED)
        for name, most in MOST_LABELS.items():
            if len(problem.y) > most:
                candidates.remove(name)
                shown = name.replace("-", " ").capitalize()
                notes.append(
                    f"{shown} was not tried, since {len(problem.y):,} labels would "
                    f"take it minutes; --model {name} does."
                )
    n_folds = number_of_folds(len(problem.y), problem.X.shape[1])
    folds = KFold(n_folds, shuffle=True, random_state=seed)
    models = {name: build(problem, name, seed) for name in candidates}
    # Warnings are for the user as well, each of them once.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        errors = {
            name: root_mean_squared_error(
                problem.y, cross_val_predict(model, problem.X, problem.y, cv=folds)
            )
            for name, model in {MEAN: DummyRegressor(), **models}.items()
        }
        smallest = min(errors[name] for name in models)
        best = next(name for name in models if errors[name] <= CLOSE * smallest)
        estimator = models[best].fit(problem.X, problem.y)
    notes += dict.fromkeys(" ".join(str(w.message).split()) for w in caught)
    if errors[best] >= LITTLE * errors[MEAN]:
        notes.append(_no_better(problem, errors[best] / errors[MEAN]))
    if best == "mlp":
        notes.append(
            "The ± of a network comes from its errors on rows that it was trained on, "
            "and is too small."
        )
    return Chosen(best, estimator, errors, n_folds, notes)


def build(problem, name, seed):
    """An unfitted model for the columns of a problem.

    The target is standardised, since a kernel and a network start from 0.
    """
    return TransformedTargetRegressor(
        MODELS[name](problem, seed), transformer=StandardScaler()
    )


def encoder(columns):
    """Columns as numbers, all of them about as large."""
    return ColumnTransformer(
        [
            (
                "numbers",
                make_pipeline(
                    SimpleImputer(strategy="median", keep_empty_features=True),
                    StandardScaler(),
                ),
                columns.numbers,
            ),
            ("categories", OneHotEncoder(handle_unknown="ignore"), columns.categories),
        ]
    )


def number_of_folds(n_labels, n_columns=1):
    """Parts of the cross-validation: the more, the fewer labels there are."""
    if n_labels <= 20:
        return n_labels
    return 10 if n_labels <= 500 and n_labels * n_columns <= MANY_CELLS else 5


def _no_better(problem, ratio):
    return (
        f"The model predicts {'no' if ratio >= 1 else 'hardly'} better than the mean: "
        f"in {count(len(problem.y), 'label')} it found next to nothing that these "
        f"columns say about {problem.target!r}. The suggestions rest on how the rows "
        "of the pool differ, not on what was learnt; more labels, other columns or "
        "another --model may change that."
    )
