"""Training with the tangent carried along, against training without.

Printed are the time of an epoch of ``CuriousMLPRegressor.partial_fit`` over that
of ``MLPRegressor.partial_fit``, medians of paired runs in one process, over the
number of rows and the width of two hidden layers; and what the fitted model
holds against its parameters, the optimizer's state aside.

Then LiSSA against conjugate gradients on 200,000 generated rows: how often rows are
visited, in passes over all of them, and the rank correlation of the curiosity with
that of conjugate gradients at their default tolerance.

Then how well the curiosity that was carried along ranks the pool as the one that
is solved for does (rank correlation), after some passes over 1,000 rows of each
table: load_diabetes and the Friedman problems, or every ``NAME.csv.gz`` (no
header, the last column the target) of ``--data-dir``.

Run with ``python benchmarks/bench_training.py [--data-dir DIR]``.
"""

import argparse
import copy
import time

import numpy as np
from _tables import load_tables
from scipy.stats import spearmanr
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousMLPRegressor

PASSES = (100, 300, 1000, 3000)


def make(kind, width):
    return kind(hidden_layer_sizes=(width, width), alpha=1e-2, random_state=0)


def bench_time(n_rows, width, repeats):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, 20), dtype=np.float32).astype(float)
    y = np.sin(X[:, 0]) + 0.1 * rng.standard_normal(n_rows)
    models = make(CuriousMLPRegressor, width), make(MLPRegressor, width)
    for model in models:
        model.partial_fit(X[:400], y[:400])
    ratios = []
    # Short epochs are repeated, so that each time is at least some tenths.
    epochs = max(1, 20_000 // n_rows)
    for _ in range(repeats):
        times = []
        for model in models:
            start = time.perf_counter()
            for _ in range(epochs):
                model.partial_fit(X, y)
            times.append((time.perf_counter() - start) / epochs)
        ratios.append((times[0] / times[1], *times))
    ratio, with_tangent, without = np.median(ratios, axis=0)
    forward = models[0]._forward
    parameters = sum(a.nbytes for a in models[1].coefs_ + models[1].intercepts_)
    kept = parameters + forward.tangent.nbytes + forward.mean.nbytes
    print(
        f"{n_rows:9,d} rows, width {width:3d}: {with_tangent:8.3f} s, without "
        f"{without:8.3f} s, ratio {ratio:5.2f}, memory {kept / parameters:.2f}",
        flush=True,
    )


def bench_lissa(n_rows):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows + 2000, 20))
    y = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2]
    y += 0.3 * rng.standard_normal(len(y))
    X_pool, X, y = X[n_rows:], X[:n_rows], y[:n_rows]
    model = CuriousMLPRegressor(
        hidden_layer_sizes=(50,),
        alpha=1.0,
        max_iter=6,
        tangent_solver="cg",
        store_covariance=False,
        random_state=0,
    ).fit(X, y)
    truth = model.curiosity_score(X_pool)
    print(f"\n{n_rows:,d} rows: passes, rank correlation with cg at tol=1e-8")
    settings = [{"tangent_tol": tol} for tol in (1e-8, 1e-2)]
    settings += [
        {"tangent_solver": "lissa", "tangent_max_iter": steps}
        for steps in (250, 500, 1000, 2000)
    ]
    for options in settings:
        copied = copy.deepcopy(model).set_params(**options)
        start = time.perf_counter()
        copied.fit_tangent(X, y)
        seconds = time.perf_counter() - start
        # One pass for the gradient, and one for the final residual.
        passes = 2 + copied.tangent_n_iter_
        if copied.tangent_solver_ == "lissa":
            passes = 2 + 2 * 500 * copied.tangent_n_iter_ / n_rows
        correlation = spearmanr(truth, copied.curiosity_score(X_pool)).statistic
        name = ", ".join(f"{k}={v}" for k, v in options.items())
        print(f"{name:46s} {passes:6.1f} {correlation:8.4f} {seconds:7.2f} s")


def bench_ranking(directory):
    print(
        "\nrank correlation with the tangent that is solved for, after passes of "
        f"{', '.join(map(str, PASSES))}"
    )
    for name, X, y in load_tables(directory):
        rows = np.random.RandomState(0).permutation(len(y))[:3000]
        X = np.clip(StandardScaler().fit_transform(X[rows]), -5, 5)
        y = (y[rows] - y[rows].mean()) / y[rows].std()
        n = min(1000, len(y) // 2)
        model = CuriousMLPRegressor(
            hidden_layer_sizes=(32,),
            activation="tanh",
            alpha=1.0,
            batch_size=100,
            random_state=0,
        )
        cells = []
        for done in range(1, PASSES[-1] + 1):
            model.partial_fit(X[:n], y[:n])
            if done in PASSES:
                solved = copy.deepcopy(model)
                solved.fit_tangent(X[:n], y[:n])
                scores = (m.curiosity_score(X[n:]) for m in (model, solved))
                cells.append(spearmanr(*scores).statistic)
        print(
            f"{name:12s}",
            *(f"{c:6.3f}" for c in cells),
            f"  residual {model.tangent_residual_:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--rows", type=float, nargs="+", default=[1e3, 1e4, 1e5])
    parser.add_argument("--widths", type=int, nargs="+", default=[50, 200, 800])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    for n_rows in options.rows:
        for width in options.widths:
            bench_time(int(n_rows), width, options.repeats)
    bench_lissa(200_000)
    bench_ranking(options.data_dir)
