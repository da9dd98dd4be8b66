"""What a query costs.

    seconds  expected_curiosity_reduction for 10 of 10,000 rows, with 120 labels;
             median of several, every thread of the machine
    ratio    one query from a pool of 500 with 50 labels, the same kernel model's
             expected_curiosity_reduction / ExpectedModelVarianceReduction of
             scikit-activeml (pip install -e ".[bench]"), which refits for each
             candidate and imagined label

Run with ``python benchmarks/bench_query.py [--repeats 5]``.
"""

import argparse
import time
import warnings
from statistics import median

import numpy as np

from skcurious import CuriousKernelRidgeCV, CuriousMLPRegressor, CuriousRidgeCV
from skcurious.query import expected_curiosity_reduction

MODELS = {
    "ridge": (0.5, CuriousRidgeCV()),
    "kernel ridge": (1.0, CuriousKernelRidgeCV()),
    "MLP, 32 units": (
        1.0,
        CuriousMLPRegressor(
            hidden_layer_sizes=(32,),
            activation="tanh",
            solver="lbfgs",
            alpha=0.1,
            max_iter=500,
            random_state=0,
        ),
    ),
}


def problem(n_labelled, n_pool):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_labelled + n_pool, 10))
    y = np.sin(X[:, 0]) + X[:, 1] + 0.1 * rng.standard_normal(len(X))
    return X[:n_labelled], y[:n_labelled], X[n_labelled:]


def bench_seconds(repeats):
    X, y, pool = problem(120, 10_000)
    for name, (limit, model) in MODELS.items():
        model.fit(X, y)
        expected_curiosity_reduction(model, pool, 10, random_state=0)
        times = []
        for seed in range(repeats):
            start = time.perf_counter()
            expected_curiosity_reduction(model, pool, 10, random_state=seed)
            times.append(time.perf_counter() - start)
        print(f"10 of 10,000, {name:20s} {median(times):6.2f} s  (goal {limit} s)")


def bench_peer():
    from skactiveml.pool import ExpectedModelVarianceReduction
    from skactiveml.regressor import NICKernelRegressor

    X, y, pool = problem(50, 500)
    model = CuriousKernelRidgeCV().fit(X, y)
    expected_curiosity_reduction(model, pool)
    start = time.perf_counter()
    for _ in range(20):
        model.fit(X, y)
        expected_curiosity_reduction(model, pool, random_state=0)
    ours = (time.perf_counter() - start) / 20
    labels = np.concatenate([y, np.full(len(pool), np.nan)])
    start = time.perf_counter()
    ExpectedModelVarianceReduction(random_state=0).query(
        np.vstack([X, pool]), labels, reg=NICKernelRegressor(), batch_size=1
    )
    theirs = time.perf_counter() - start
    print(
        f"one of 500: {ours:.4f} s with the fit, scikit-activeml {theirs:.2f} s: "
        f"{theirs / ours:.0f} times faster  (goal 20)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    bench_seconds(options.repeats)
    bench_peer()
