"""Which rows to label next? Query strategies on real tables.

Every strategy gets the same model, first labels, pool, test rows and seed; what
it does not get is any label it did not ask for.  One run goes from the first
labels to the last in equal steps; results go to a CSV file as they come, so
that a second call continues where the first was stopped.

    model   what is fitted                                      labels     step
    mlp     CuriousMLPRegressor: 32 tanh units, lbfgs, alpha 0.1  20 to 140  10
    kernel  CuriousKernelRidgeCV: rbf, gamma 1 / n_features       10 to 110   1
    ridge   CuriousRidgeCV on 100 Nystroem features of the same   10 to 110   1
    gp      CuriousGaussianProcessRegressor                       10 to 120   5
    default default_regressor, its views learned from the pool    10 to 120   5
    grid    CuriousKernelRidgeCV with a grid of gammas            10 to 120   5
    sklearn scikit-learn's Gaussian process, ARD Matern 5/2       10 to 120   5

Inputs are standardised with the pool's moments and clipped at +-5, targets are
standardised.  Peers come from their own packages: ``pip install -e ".[bench]"``.

    python benchmarks/bench_active_learning.py run --data-dir DIR
    python benchmarks/bench_active_learning.py summary
    python benchmarks/bench_active_learning.py pipelines

``summary`` compares strategies with random labels for the same model; ``pipelines``
compares whole pipelines, of a model and its queries, with the last of the models
above and random labels.

Without ``--data-dir`` the tables are load_diabetes and the Friedman problems,
and with ``--online`` some of openml.org.
"""

import os

# One thread for each of the processes, set before numpy is imported.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import csv
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np
from _pipelines import pipelines
from _strategies import STRATEGIES, STRATEGIES_OF_PROCESSES, State
from _summary import summarise
from _tables import load_tables
from joblib import Parallel, delayed
from rich.progress import Progress, TimeRemainingColumn
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from sklearn.kernel_approximation import Nystroem

from skcurious import (
    CuriousGaussianProcessRegressor,
    CuriousKernelRidgeCV,
    CuriousMLPRegressor,
    CuriousRidgeCV,
    default_regressor,
)

ALPHAS = np.logspace(-5, 1, 25)
COLUMNS = ("model", "step", "table", "seed", "strategy", "labels", "rmse", "seconds")


class Setting:
    """A model, and how its labels grow."""

    def __init__(self, make, first, last, step, n_pool, nystroem=False):
        self.make = make
        self.first, self.last, self.step = first, last, step
        self.n_pool = n_pool
        self.nystroem = nystroem


# Each makes a model for a seed, and the rows of the pool.


def mlp(seed, X):
    return CuriousMLPRegressor(
        hidden_layer_sizes=(32,),
        activation="tanh",
        solver="lbfgs",
        alpha=0.1,
        random_state=seed,
    )


def kernel(seed, X):
    return CuriousKernelRidgeCV(ALPHAS)


def ridge(seed, X):
    return CuriousRidgeCV(ALPHAS)


def gp(seed, X):
    return CuriousGaussianProcessRegressor()


def default(seed, X):
    return default_regressor(X)


def grid(seed, X):
    gammas = np.logspace(-2, 1, 7) / X.shape[1]
    return CuriousKernelRidgeCV(ALPHAS, param_grid={"gamma": list(gammas)})


def sklearn_gp(seed, X):
    lengths = np.full(X.shape[1], np.sqrt(X.shape[1]))
    kernel = ConstantKernel() * Matern(lengths, nu=2.5) + WhiteKernel(0.1)
    return GaussianProcessRegressor(kernel, normalize_y=True)


SETTINGS = {
    "mlp": Setting(mlp, 20, 140, 10, 800),
    "kernel": Setting(kernel, 10, 110, 1, 600),
    "ridge": Setting(ridge, 10, 110, 1, 600, nystroem=True),
    "gp": Setting(gp, 10, 120, 5, 800),
    "default": Setting(default, 10, 120, 5, 800),
    "grid": Setting(grid, 10, 120, 5, 800),
    "sklearn": Setting(sklearn_gp, 10, 120, 5, 800),
}


def split(X, y, n_pool, seed):
    """Standardised pool and test rows."""
    order = np.random.RandomState(seed).permutation(len(y))
    n_pool = min(n_pool, int(0.7 * len(y)))
    pool, test = order[:n_pool], order[n_pool : n_pool + 2000]
    mean, std = X[pool].mean(axis=0), X[pool].std(axis=0)
    X = np.clip((X - mean) / np.where(std > 0, std, 1), -5, 5)
    y = (y - y[pool].mean()) / y[pool].std()
    return X[pool], y[pool], X[test], y[test]


def run(model_name, step, table, X, y, seed, strategy_name, last):
    """One learning curve: rows of the CSV file."""
    warnings.simplefilter("ignore")
    setting = SETTINGS[model_name]
    X, y, X_test, y_test = split(X, y, setting.n_pool, seed)
    inputs = X  # what strategies that measure distances see
    if setting.nystroem:
        features = Nystroem(gamma=1 / X.shape[1], n_components=100, random_state=seed)
        X, X_test = features.fit_transform(X), features.transform(X_test)
    rng = np.random.RandomState(1000 + seed)
    labelled = list(rng.permutation(len(y))[: setting.first])
    last = min(last or setting.last, len(y) - step)
    make = partial(setting.make, X=X)
    query = STRATEGIES[strategy_name]
    curve, seconds = [], 0.0
    while True:
        model = make(seed).fit(X[labelled], y[labelled])
        error = np.sqrt(np.mean((model.predict(X_test) - y_test) ** 2))
        key = (model_name, step, table, seed, strategy_name)
        curve.append((*key, len(labelled), f"{error:.6g}", f"{seconds:.4g}"))
        if len(labelled) >= last:
            return curve
        pool = np.setdiff1d(np.arange(len(y)), labelled)
        state = State(make, model, X, y, inputs, labelled, pool, seed, rng)
        start = time.perf_counter()
        picks = np.asarray(query(state, step))
        seconds = time.perf_counter() - start
        assert len(set(picks)) == step
        labelled += list(pool[picks])


def finished(path):
    if not path.exists():
        return set()
    with path.open() as file:
        rows = csv.DictReader(file)
        return {tuple(row[c] for c in COLUMNS[:5]) for row in rows}


def run_all(options):
    tables = list(load_tables(options.data_dir, online=options.online))
    if options.tables:
        tables = [t for t in tables if t[0] in options.tables]
    done = finished(options.results)
    jobs = [
        (
            model,
            options.step or SETTINGS[model].step,
            *table,
            seed,
            strategy,
            options.last,
        )
        for model in options.models
        for strategy in options.strategies or default_strategies(model)
        for seed in range(options.first_seed, options.first_seed + options.seeds)
        for table in tables
    ]
    jobs = [j for j in jobs if tuple(map(str, (*j[:3], *j[5:7]))) not in done]
    options.results.parent.mkdir(parents=True, exist_ok=True)
    is_new = not options.results.exists()
    pool = Parallel(options.jobs, return_as="generator_unordered")
    columns = (*Progress.get_default_columns()[:-1], TimeRemainingColumn())
    with options.results.open("a", newline="") as file, Progress(*columns) as progress:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(COLUMNS)
        task = progress.add_task("runs", total=len(jobs))
        for curve in pool(delayed(run)(*job) for job in jobs):
            writer.writerows(curve)
            file.flush()
            progress.advance(task)


def default_strategies(model):
    """All but what is the same twice, or does not finish in a minute a curve.

    Those that want labels for validation, or a network that is trained in epochs,
    have tables of their own.
    """
    left_out = {"EMC", "influence", "influence, 100 free", "curiosity, sampled"}
    left_out |= {"trajectory", "trajectory, sampled", "curiosity, carried"}
    if model == "mlp":
        left_out |= {"reduction, tangent"}
    elif model in ("gp", "default"):
        return [s for s in STRATEGIES if s in STRATEGIES_OF_PROCESSES]
    elif model in ("grid", "sklearn"):
        return ["random"]
    else:
        left_out |= {"reduction, variance", "committee", "committee layers"}
    return [s for s in STRATEGIES if s not in left_out]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("action", choices=("run", "summary", "pipelines"))
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--online", action="store_true")
    parser.add_argument("--models", nargs="+", default=list(SETTINGS))
    parser.add_argument("--strategies", nargs="+", choices=list(STRATEGIES))
    parser.add_argument("--tables", nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--step", type=int, help="labels a query, instead of 10 or 1")
    parser.add_argument("--last", type=int, help="labels at the end of a curve")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--results", type=Path, default=Path("benchmarks/results/active_learning.csv")
    )
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--write", type=Path, help="the summary as a reST file")
    arguments = parser.parse_args()
    if arguments.action == "run":
        run_all(arguments)
    elif arguments.action == "pipelines":
        pipelines(arguments.results, arguments.write)
    else:
        summarise(arguments.results, arguments.picture, arguments.write)
