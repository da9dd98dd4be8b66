"""Two halves of a table, a model of each, and the model that they make together.

The rows are split at random, or by region: at the median of their first principal
component.  Root mean squared errors on rows that none has seen, in units of the spread
of y:

    half      a model of one half, the mean over both
    average   the mean of their two predictions
    merged    skcurious.merging.merge of both
    joint     a model of all rows, which learns its own hyperparameters

    ridge              on 200 Nystroem features of an rbf kernel; alpha by leave-one-out
                       errors, for the halves and the merger that of the first half
    kernel ridge       rbf; gamma and alpha likewise
    Gaussian process   the kernel is learned from the first half, and kept

Run with ``python benchmarks/bench_merging.py --data-dir DIR [--tables NAME ...]``.
"""

import argparse
import warnings

import numpy as np
from _tables import load_tables
from scipy.linalg import LinAlgWarning
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.kernel_approximation import Nystroem
from sklearn.preprocessing import StandardScaler

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousRidge,
    CuriousRidgeCV,
)
from skcurious.merging import merge

ALPHAS = np.logspace(-4, 3, 22)
TRAIN, TEST = 400, 600


class RidgeOnFeatures:
    """Ridge regressions on features that all parties share."""

    name = "ridge"

    def __init__(self, X, seed):
        features = Nystroem(gamma=0.5 / X.shape[1], n_components=200, random_state=seed)
        self.features = features.fit(X)

    def rows(self, X):
        return self.features.transform(X)

    def joint(self):
        return CuriousRidgeCV(ALPHAS)

    def kept(self, X, y):
        return CuriousRidge(CuriousRidgeCV(ALPHAS).fit(X, y).alpha_)


class KernelRidge:
    name = "kernel ridge"

    def __init__(self, X, seed):
        self.gammas = {"gamma": np.logspace(-1.5, 0.5, 5) / X.shape[1]}

    def rows(self, X):
        return X

    def joint(self):
        return CuriousKernelRidgeCV(param_grid=self.gammas)

    def kept(self, X, y):
        chosen = self.joint().fit(X, y)
        return CuriousKernelRidge(
            chosen.alpha_, kernel="rbf", fit_intercept=True, **chosen.best_params_
        )


class Process:
    name = "Gaussian process"

    def __init__(self, X, seed):
        pass

    def rows(self, X):
        return X

    def joint(self):
        return CuriousGaussianProcessRegressor()

    def kept(self, X, y):
        kernel = self.joint().fit(X, y).kernel_
        return CuriousGaussianProcessRegressor(kernel=kernel, optimizer=None)


def halves(X, how, rng):
    if how == "at random":
        where = rng.permutation(len(X)) < len(X) // 2
    else:
        along = PCA(1).fit_transform(X)[:, 0]
        where = along < np.median(along)
    return where, ~where


def errors(kind, X, y, how, rng):
    """Of half, average, merged, joint."""
    train, test = slice(0, TRAIN), slice(TRAIN, None)
    kind = kind(X[train], 0)
    X = kind.rows(X)
    parts = halves(X[train], how, rng)
    first = kind.kept(X[train][parts[0]], y[train][parts[0]])
    models = []
    for part in parts:
        model = type(first)(**first.get_params(deep=False))
        models.append(model.fit(X[train][part], y[train][part]))
    merged, joint = merge(models), kind.joint().fit(X[train], y[train])

    def error(prediction):
        return np.sqrt(np.mean((prediction - y[test]) ** 2)) / y.std()

    each = [model.predict(X[test]) for model in models]
    half = np.mean([error(prediction) for prediction in each])
    average = error(np.mean(each, axis=0))
    return half, average, error(merged.predict(X[test])), error(joint.predict(X[test]))


def bench(options):
    for category in (ConvergenceWarning, LinAlgWarning):
        warnings.simplefilter("ignore", category)
    line = "  ".join("=" * width for width in (10, 16, 9, 5, 7, 6, 5))
    print(line)
    print(f"{'table':10s}  {'model':16s}  halves     half   average  merged  joint")
    print(line)
    for name, X, y in load_tables(options.data_dir):
        if options.tables and name not in options.tables:
            continue
        for kind in (RidgeOnFeatures, KernelRidge, Process):
            for how in ("at random", "by region"):
                found = []
                for seed in range(options.seeds):
                    rng = np.random.RandomState(seed)
                    rows = rng.permutation(len(y))[: TRAIN + TEST]
                    some = StandardScaler().fit(X[rows][:TRAIN]).transform(X[rows])
                    some = np.clip(some, -5, 5)
                    found.append(errors(kind, some, y[rows], how, rng))
                half, average, merged, joint = np.mean(found, axis=0)
                numbers = f"{half:5.3f}  {average:7.3f}  {merged:6.3f}  {joint:5.3f}"
                print(f"{name:10s}  {kind.name:16s}  {how:9s}  {numbers}", flush=True)
    print(line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--tables", nargs="*")
    parser.add_argument("--seeds", type=int, default=3)
    bench(parser.parse_args())
