"""Learning a Gaussian process kernel: against scikit-learn's regressor.

Both maximise the likelihood of the same kernel from the same start by the same
optimiser, without restarts or priors:

    ConstantKernel * Matern(a length scale for each column, nu=2.5) + WhiteKernel

Printed for 120 rows of each table, standardised: the ratio of seconds, and how
much more log likelihood ``learn_kernel`` reached. Then the same for 1,000 rows
of 20 columns, generated, with the peak of memory; and with ``--large`` seconds
and memory of ``learn_kernel`` alone for 5,000 rows. ``--query`` times the loop's step
alone: a fit of the default regressor to 100 labels, and a query of 5 from 10,000 rows;
and the ratio of seconds of predictions of 20,000 rows of 5, 20 and 50 columns, from 200
labels and the same kernel.

Tables are load_diabetes and the Friedman problems, or every ``NAME.csv.gz`` (no
header, the last column the target) of ``--data-dir``, or those of ``--tables``.

Run with ``python benchmarks/bench_gaussian_process.py [--data-dir DIR]``.
"""

import argparse
import time
import tracemalloc
import warnings
from collections import namedtuple

import numpy as np
from _tables import load_tables
from _timing import ratio
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from sklearn.preprocessing import StandardScaler

from skcurious import default_regressor
from skcurious.gaussian_process import (
    CuriousGaussianProcessRegressor,
    auto_kernel,
    learn_kernel,
)
from skcurious.query import expected_curiosity_reduction

ALPHA = 1e-10


def start(n_features):
    lengths = np.full(n_features, np.sqrt(n_features))
    return ConstantKernel() * Matern(lengths, nu=2.5) + WhiteKernel(0.1)


def ours(X, y):
    return learn_kernel(start(X.shape[1]), X, y, ALPHA).log_evidence


def theirs(X, y):
    model = GaussianProcessRegressor(start(X.shape[1]), alpha=ALPHA).fit(X, y)
    return model.log_marginal_likelihood_value_


def standardised(X, y, n_rows, seed):
    rows = np.random.RandomState(seed).permutation(len(y))[:n_rows]
    X = StandardScaler().fit_transform(X[rows])
    return X[:, X.std(axis=0) > 0], (y[rows] - y[rows].mean()) / y[rows].std()


def generated(n_rows, n_features, seed=0):
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((n_rows, n_features))
    y = np.sin(X[:, 0]) + 0.5 * X[:, 1] * X[:, 2] + 0.1 * rng.standard_normal(n_rows)
    return X, (y - y.mean()) / y.std()


Once = namedtuple("Once", "value seconds peak")


def once(function, data):
    """Value, seconds, and GiB of arrays at most, of one call."""
    tracemalloc.start()
    before = time.perf_counter()
    value = function(*data)
    seconds = time.perf_counter() - before
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Once(value, seconds, most / 2**30)


def bench(options):
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(f"{'':14s} {'columns':>7s} {'ratio':>7s} {'gain':>8s} {'seconds':>17s}")
    rows = []
    for name, X, y in load_tables(options.data_dir):
        if options.tables is not None and name not in options.tables:
            continue
        for seed in range(options.seeds):
            data = standardised(X, y, options.rows, seed)
            rows.append(compare(name, data, options.repeats))
    if rows:
        values, gains = np.array(rows).T
        print(
            f"{'median':14s} {'':7s} {np.median(values):7.3f}  (goal 0.30)   gain "
            f"below -0.1 in {np.sum(gains < -0.1)} of {len(gains)}"
        )
    if not options.small:
        data = generated(1000, 20)
        a, b = once(ours, data), once(theirs, data)
        print(
            f"1,000 x 20: ratio {a.seconds / b.seconds:.3f} (goal 0.15), gain "
            f"{a.value - b.value:.3f}, {a.seconds:.1f} s / {b.seconds:.1f} s, peak "
            f"{a.peak:.3f} GiB / {b.peak:.3f} GiB",
            flush=True,
        )
    if options.large:
        a = once(ours, generated(5000, 20))
        print(
            f"5,000 x 20: {a.seconds:.0f} s (goal 180), peak {a.peak:.2f} GiB (goal 3)"
        )


def query(repeats, n_rows=10_000, n_labels=100, n_features=20):
    """Seconds of a fit and a query, medians over the repeats."""
    X, y = generated(n_rows, n_features)
    model, rows = default_regressor(X), []
    for _ in range(repeats):
        start = time.perf_counter()
        model.fit(X[:n_labels], y[:n_labels])
        fitted = time.perf_counter()
        expected_curiosity_reduction(model, X, 5, random_state=0)
        rows.append((fitted - start, time.perf_counter() - fitted))
    fit, ask = np.median(rows, axis=0)
    print(
        f"{n_rows:,} x {n_features}, {n_labels} labels: fit {fit:.2f} s, query of 5 "
        f"{ask:.2f} s, together {fit + ask:.2f} s (goal 2)"
    )


def predictions(n_features, repeats, n_rows=20_000, n_labels=200):
    """Of the rough and the smooth function that are learned by default."""
    X, y = generated(n_rows, n_features)
    few = slice(n_labels)
    options = {
        "kernel": auto_kernel(n_features),
        "optimizer": None,
        "normalize_y": True,
    }
    mine = CuriousGaussianProcessRegressor(**options).fit(X[few], y[few])
    other = GaussianProcessRegressor(**options).fit(X[few], y[few])
    off = np.abs(mine.predict(X) - other.predict(X)).max()
    value, a, b = ratio(lambda: mine.predict(X), lambda: other.predict(X), repeats)
    print(
        f"predictions of {n_rows:,} x {n_features}, {n_labels} labels: ratio "
        f"{value:.2f}, {a:.3f} s / {b:.3f} s, apart by {off:.0e}",
        flush=True,
    )


def compare(name, data, repeats):
    gain = ours(*data) - theirs(*data)
    value, a, b = ratio(lambda: ours(*data), lambda: theirs(*data), repeats)
    print(
        f"{name:14s} {data[0].shape[1]:7d} {value:7.3f} {gain:8.3f}   "
        f"{a:7.4f} / {b:7.4f}",
        flush=True,
    )
    return value, gain


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--tables", nargs="*")
    parser.add_argument("--rows", type=int, default=120)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="only the tables")
    parser.add_argument("--large", action="store_true", help="5,000 rows too")
    parser.add_argument("--query", action="store_true", help="only the loop's step")
    options = parser.parse_args()
    if options.query:
        query(options.repeats)
        for n_features in (5, 20, 50):
            predictions(n_features, options.repeats)
    else:
        bench(options)
