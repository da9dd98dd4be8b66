"""Descent along the hypergradient against a grid search over alpha.

For 300 rows of each table and the same five folds: the validation loss that
``tune_alpha`` ends with over the best of a grid of 15 alphas from 1e-5 to 100,
and its fits over those of the grid.  The descent starts from alpha = 1.

    ridge         on 100 Nystroem features of an rbf kernel
    kernel ridge  rbf, gamma 1 / n_features
    network       32 tanh units, lbfgs

Tables are load_diabetes and the Friedman problems, or every ``NAME.csv.gz`` (no
header, the last column the target) of ``--data-dir``, or those of ``--tables``.

Run with ``python benchmarks/bench_tune_alpha.py [--data-dir DIR]``.
"""

import argparse
import time
import warnings

import numpy as np
from _tables import load_tables
from scipy.linalg import LinAlgWarning
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.kernel_approximation import Nystroem
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousKernelRidge, CuriousMLPRegressor, CuriousRidge
from skcurious.tuning import tune_alpha

GRID = np.logspace(-5, 2, 15)


def models(n_features, curvature):
    return {
        "ridge": CuriousRidge(1.0),
        "kernel ridge": CuriousKernelRidge(1.0, kernel="rbf", gamma=1 / n_features),
        "network": CuriousMLPRegressor(
            hidden_layer_sizes=(32,),
            activation="tanh",
            solver="lbfgs",
            alpha=1.0,
            max_iter=1000,
            curvature=curvature,
            random_state=0,
        ),
    }


def grid_loss(model, X, y, folds):
    search = GridSearchCV(
        model, {"alpha": GRID}, cv=folds, scoring="neg_mean_squared_error"
    ).fit(X, y)
    return -search.best_score_


def bench(options):
    for category in (ConvergenceWarning, LinAlgWarning):
        warnings.simplefilter("ignore", category)
    print(f"{'':24s} loss / grid's   fits / grid's   seconds / grid's")
    ratios = {}
    for name, X, y in load_tables(options.data_dir):
        if options.tables and name not in options.tables:
            continue
        rows = np.random.RandomState(0).permutation(len(y))[:300]
        X = np.clip(StandardScaler().fit_transform(X[rows]), -5, 5)
        y = (y[rows] - y[rows].mean()) / y[rows].std()
        # As many rows in each fold, so that both losses are the same mean.
        folds = KFold(5, shuffle=True, random_state=0)
        features = Nystroem(gamma=1 / X.shape[1], n_components=100, random_state=0)
        for kind, model in models(X.shape[1], options.curvature).items():
            if options.models and kind not in options.models:
                continue
            Z = features.fit_transform(X) if kind == "ridge" else X
            start = time.perf_counter()
            tuned = tune_alpha(model, Z, y, cv=folds, warm_start=not options.cold)
            middle = time.perf_counter()
            best = grid_loss(clone(model), Z, y, folds)
            end = time.perf_counter()
            row = (
                tuned.losses.min() / best,
                tuned.n_fits / (len(GRID) * 5),
                (middle - start) / (end - middle),
            )
            ratios.setdefault(kind, []).append(row)
            print(
                f"{name:10s} {kind:12s} {row[0]:13.4f} {row[1]:15.2f} {row[2]:17.2f}"
                f"   alpha {tuned.alpha:.2g}",
                flush=True,
            )
    for kind, rows in ratios.items():
        mean = np.mean(rows, axis=0)
        print(
            f"{'mean':10s} {kind:12s} {mean[0]:13.4f} {mean[1]:15.2f} {mean[2]:17.2f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--tables", nargs="+")
    parser.add_argument("--models", nargs="+")
    parser.add_argument("--cold", action="store_true", help="no warm starts")
    parser.add_argument("--curvature", default="hessian")
    bench(parser.parse_args())
