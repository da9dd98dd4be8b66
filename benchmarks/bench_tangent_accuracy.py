"""How near a network's tangent is to the derivative of its optimum.

For each table and each way to train, an MLP of 8 tanh units is fitted to 200
rows. The truth comes from continuing its training to an optimum (gradient
norm below 1e-7), moving alpha by plus and minus 1%, continuing again, and
taking the difference of the predictions on 200 other rows. Beside
``stationarity_`` each line reports the relative error of ``predict_tangent``
with the exact Hessian and with Gauss-Newton, and the rank correlation of the
curiosity of the 200 rows with the true one.

Run with ``python benchmarks/bench_tangent_accuracy.py [--data-dir DIR]``; the
directory holds NAME.csv.gz tables, target last.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
from _tables import load_tables
from scipy.optimize import minimize
from scipy.stats import spearmanr
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousMLPRegressor
from skcurious.tangent import HessianOperator, Network, TrainingRows
from skcurious.tangent._curvature import gradient_and_scale
from skcurious.tangent._mlp import spread

TRAINING = {
    "adam, default": {"solver": "adam", "max_iter": 200},
    "lbfgs, default": {"solver": "lbfgs", "max_iter": 200},
    "lbfgs, long": {"solver": "lbfgs", "max_iter": 20_000, "tol": 1e-9},
}


def tables(directory):
    if directory is None:
        cancer = load_breast_cancer().data
        yield "diabetes", *load_diabetes(return_X_y=True)
        yield "breast cancer", cancer[:, :9], cancer[:, 9]
        return
    yield from load_tables(directory)


def continue_to_optimum(network, X, Y, alpha):
    """Newton with a dense Hessian; returns the network at the optimum."""

    def at(theta):
        moved = Network(*network.unpack(theta), network.activation)
        return TrainingRows(moved, X, Y, np.ones(len(X)), len(X))

    penalty = spread(network, alpha, 0)

    def value(theta):
        training = at(theta)
        (chunk,) = training
        gradient, _ = gradient_and_scale(training, penalty)
        squares = (chunk.residuals**2).sum()
        return 0.5 * (squares + penalty @ theta**2), gradient

    def hessian(theta):
        return HessianOperator(at(theta), penalty) @ np.eye(len(theta))

    found = minimize(
        value,
        network.parameters,
        jac=True,
        hess=hessian,
        method="trust-exact",
        options={"gtol": 1e-7, "maxiter": 2_000},
    )
    return Network(*network.unpack(found.x), network.activation), found.success


def main(directory, alpha):
    head = f"{'table':14s} {'training':15s} {'stationarity_':>13s}   "
    head += f"{'Hessian: error':>14s} {'rank':>6s}   "
    print(head + f"{'Gauss-Newton: error':>19s} {'rank':>6s}")
    for name, X, y in tables(directory):
        rng = np.random.RandomState(0)
        rows = rng.permutation(len(y))[:400]
        X = np.clip(StandardScaler().fit_transform(X)[rows], -5, 5)
        y = StandardScaler().fit_transform(y[rows, None])[:, 0]
        split = len(rows) // 2
        X, pool, y = X[:split], X[split:], y[:split]
        for training, options in TRAINING.items():
            models = {}
            for curvature in ("hessian", "gauss-newton"):
                models[curvature] = CuriousMLPRegressor(
                    hidden_layer_sizes=(8,),
                    activation="tanh",
                    alpha=alpha,
                    batch_size=split,
                    random_state=0,
                    curvature=curvature,
                    damping=1e-8,
                    **options,
                ).fit(X, y)
            model = models["hessian"]
            start, _ = continue_to_optimum(
                model._network(float), X, y[:, None], model.effective_alpha_
            )
            ends, found = [], True
            for sign in (1, -1):
                moved = model.effective_alpha_ * (1 + 0.01 * sign)
                network, success = continue_to_optimum(start, X, y[:, None], moved)
                ends.append(network.linearise(pool).output[:, 0])
                found &= success
            truth = (ends[0] - ends[1]) / (0.02 * alpha)
            line = f"{name:14s} {training:15s} {model.stationarity_:13.1e}   "
            for width, fitted in zip((14, 19), models.values(), strict=True):
                tangent = fitted.predict_tangent(pool)
                error = np.linalg.norm(tangent - truth) / np.linalg.norm(truth)
                rank = spearmanr(tangent**2, truth**2).statistic
                line += f"{error:{width}.1e} {rank:6.3f}   "
            print(line + ("" if found else "(no optimum found)"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--alpha", type=float, default=0.3)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    main(arguments.data_dir, arguments.alpha)
