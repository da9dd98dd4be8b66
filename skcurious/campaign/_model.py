"""Models that learn from the columns of a campaign."""

import numpy as np
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcurious import (
    CuriousKernelRidgeCV,
    CuriousMLPRegressor,
    CuriousRidgeCV,
    default_regressor,
)

# Of standardised columns, from hardly any regularity to hardly any model.
ALPHAS = np.logspace(-3, 5, 33)
# Of the kernel, in units of 1 / number of columns.
GAMMAS = np.array([0.03, 0.1, 0.3, 1.0, 3.0])


def ridge(columns, seed):
    """A plane."""
    return make_pipeline(encoder(columns), CuriousRidgeCV(ALPHAS))


def kernel_ridge(columns, seed):
    """A smooth surface."""
    gammas = GAMMAS / (len(columns.numbers) + len(columns.categories))
    regressor = CuriousKernelRidgeCV(param_grid={"gamma": list(gammas)})
    return make_pipeline(encoder(columns), regressor)


def process(columns, rows, seed):
    """A surface with a length for each column, seen in several ways.

    Its views of the columns are learned from these rows.
    """
    names = dict.fromkeys(columns.categories, "category")  # numbers may be names
    columns = [*columns.numbers, *columns.categories]
    rows = rows[columns].astype(names)
    select = ColumnTransformer(
        [("columns", "passthrough", columns)], verbose_feature_names_out=False
    ).set_output(transform="pandas")
    return make_pipeline(select, default_regressor(rows, random_state=seed))


def network(columns, seed):
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
    return make_pipeline(encoder(columns), search)


# Which are fitted to a standardised target: a kernel and a network start from 0.
STANDARDISED = {"ridge": ridge, "kernel-ridge": kernel_ridge, "mlp": network}
PROCESS = "gaussian-process"
MODELS = PROCESS, *STANDARDISED


def build(training, name, seed):
    """An unfitted model of one target.

    Parameters
    ----------
    training : Training
    name : {'gaussian-process', 'kernel-ridge', 'ridge', 'mlp'}
    seed : int

    Returns
    -------
    model : estimator
    """
    if name == PROCESS:
        return process(training.columns, training.all_rows, seed)
    return TransformedTargetRegressor(
        STANDARDISED[name](training.columns, seed), transformer=StandardScaler()
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
