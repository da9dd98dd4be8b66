"""What it costs to take rows out of a model, against a fit without them.

Of 2,000 rows one, ten and a hundred are taken out by ``forget``; the fit without them
keeps the hyperparameters (alpha, the kernel), and for Gaussian processes comes without
the optimiser.  Both run in turn, in processor time, and ratios are medians over pairs;
beside them the largest difference of predictions at the rows that are left, in units of
their spread.

Run with ``OPENBLAS_NUM_THREADS=1 python benchmarks/bench_unlearning.py [--rows 2000]``.
"""

import argparse
import time
from statistics import median

import numpy as np
from sklearn.base import clone

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidge,
    CuriousKernelRidgeCV,
    CuriousRidge,
)
from skcurious.unlearning import forget


def problem(n_rows, n_features):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, n_features))
    y = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.1 * rng.standard_normal(n_rows)
    return X, y


def models(X, y):
    """Name, model, and what fits it to other rows with its hyperparameters."""
    gamma = 1 / X.shape[1]
    kernel = CuriousKernelRidge(0.1, kernel="rbf", gamma=gamma)
    centred = clone(kernel).set_params(fit_intercept=True)
    chosen = CuriousKernelRidgeCV(gamma=gamma).fit(X, y)
    some = np.arange(0, len(y), max(1, len(y) // 300))
    process = CuriousGaussianProcessRegressor().fit(X[some], y[some])
    process = CuriousGaussianProcessRegressor(kernel=process.kernel_, optimizer=None)
    yield "kernel ridge", kernel, kernel
    yield "kernel ridge, intercept", centred, centred
    kept = clone(chosen).set_params(alphas=[chosen.alpha_])
    yield "kernel ridge CV, alpha kept", chosen, kept
    yield "Gaussian process, kernel kept", process, process
    yield "ridge, 8 columns", CuriousRidge(), CuriousRidge()


def ratio(candidate, baseline, repeats):
    """Medians of the ratio of their times, and of both."""
    pairs = []
    for _ in range(repeats):
        a, b = seconds(candidate), seconds(baseline)
        pairs.append((a / b, a, b))
    return tuple(median(column) for column in zip(*pairs, strict=True))


def seconds(function):
    start = time.process_time()
    function()
    return time.process_time() - start


def difference(model, expected, X):
    values = expected.predict(X)
    return np.abs(model.predict(X) - values).max() / values.std()


def bench(options):
    X, y = problem(options.rows, 8)
    line = "=" * 30 + "  ====  ============  ===============  =========="
    print(line)
    print(f"{'model':30s}  rows  forget / fit  seconds          difference")
    print(line)
    for name, model, same in models(X, y):
        model.fit(X, y)
        for n_gone in options.gone:
            gone = np.arange(len(y)) < n_gone
            np.random.default_rng(0).shuffle(gone)
            others = X[~gone], y[~gone]
            value, a, b = ratio(
                lambda model=model, gone=gone: forget(model, X[gone], y[gone]),
                lambda same=same, others=others: clone(same).fit(*others),
                options.repeats,
            )
            less, anew = forget(model, X[gone], y[gone]), clone(same).fit(*others)
            off = difference(less, anew, others[0])
            one = f"1 / {1 / value:.1f}" if value < 0.8 else f"{value:.1f}"
            both = f"{a:.4f} / {b:.4f}"
            print(
                f"{name:30s}  {n_gone:4d}  {one:12s}  {both:15s}  {off:.0e}", flush=True
            )
    print(line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--gone", type=int, nargs="*", default=[1, 10, 100])
    parser.add_argument("--repeats", type=int, default=5)
    bench(parser.parse_args())
