"""Which rows to label next? Query strategies on real tables.

Every strategy gets the same model, first labels, pool, test rows and seed; what
it does not get is any label it did not ask for.  One run goes from the first
labels to the last in equal steps; curves go to a directory as they come, so
that a second call continues where the first was stopped.

    model     what is fitted                                      labels     step
    mlp       CuriousMLPRegressor: 32 tanh units, lbfgs, alpha 0.1  20 to 140  10
    kernel    CuriousKernelRidgeCV: rbf, gamma 1 / n_features       10 to 110   1
    ridge     CuriousRidgeCV on 100 Nystroem features of the same   10 to 110   1

Whole pipelines, all with 10 to 100 labels in steps of 5:

    default   default_regressor, its views learned from the pool
    gp        CuriousGaussianProcessRegressor
    plane     CuriousRidgeCV
    grid      CuriousKernelRidgeCV with a grid of gammas
    network   the network of mlp
    committee the mean of four of them
    sklearn   scikit-learn's Gaussian process, ARD Matern 5/2 and noise
    trees     scikit-learn's extra trees
    botorch   BoTorch's SingleTaskGP
    bmdal     bmdal-reg's network

    default_large, gp_large, ...  the same on pools of 10,000 rows

Inputs are standardised with the pool's moments and clipped at +-5, targets are
standardised.  Peers come from their own packages: ``pip install -e ".[bench]"``.

    python benchmarks/bench_active_learning.py run --data-dir DIR
    python benchmarks/bench_active_learning.py summary
    python benchmarks/bench_active_learning.py pipelines

``summary`` compares strategies with random labels for the same model; ``pipelines``
compares whole pipelines, of a model and its queries, with sklearn and random labels.
``pack`` makes the files of the curves as small as they get, and with ``--add`` adds
those of a CSV file with one row for each point; neither while a run is going on.

``--data-dir`` adds its tables to load_diabetes and those that are made, and
``--online`` some of openml.org.  Seconds are those of the processor.
"""

import os

# One thread for each of the processes, set before numpy is imported.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import time
import warnings
from functools import partial
from pathlib import Path

import _curves
import numpy as np
from _pipelines import pipelines
from _settings import SETTINGS, pool_size
from _strategies import STRATEGIES, State
from _summary import summarise
from _tables import tables_and_truth
from joblib import Parallel, delayed
from rich.progress import Progress, TimeRemainingColumn
from sklearn.kernel_approximation import Nystroem


def split(X, labels, truth, n_pool, seed):
    """Standardised rows and labels of the pool, test rows and what is true there."""
    order = np.random.RandomState(seed).permutation(len(labels))
    pool, test = order[:n_pool], order[n_pool : n_pool + 2000]
    mean, std = X[pool].mean(axis=0), X[pool].std(axis=0)
    X = np.clip((X - mean) / np.where(std > 0, std, 1), -5, 5)
    labels, truth = (
        (y - truth[pool].mean()) / truth[pool].std() for y in (labels, truth)
    )
    return X[pool], labels[pool], X[test], truth[test]


def run(model_name, step, table, X, labels, truth, seed, strategy_name, last):
    """One learning curve; where a peer fails, what it said."""
    warnings.simplefilter("ignore")
    key = (model_name, step, table, seed, strategy_name)
    try:
        return _run(key, X, labels, truth, last)
    except Exception as error:  # the other curves go on
        return f"{key}: {type(error).__name__}: {error}"


def _run(key, X, labels, truth, last):
    model_name, step, _, seed, strategy_name = key
    setting = SETTINGS[model_name]
    X, y, X_test, y_test = split(X, labels, truth, pool_size(setting, len(X)), seed)
    inputs = X  # what strategies that measure distances see
    if setting.nystroem:
        features = Nystroem(gamma=1 / X.shape[1], n_components=100, random_state=seed)
        X, X_test = features.fit_transform(X), features.transform(X_test)
    rng = np.random.RandomState(1000 + seed)
    labelled = list(rng.permutation(len(y))[: setting.first])
    last = min(last or setting.last, len(y) - step)
    make = partial(setting.make, X=X)
    query = STRATEGIES[strategy_name]
    curve = _curves.Curve(*key, setting.first)
    queries, fits = [], []
    while True:
        start = time.process_time()
        model = make(seed).fit(X[labelled], y[labelled])
        fits.append(time.process_time() - start)
        error = np.sqrt(np.mean((model.predict(X_test) - y_test) ** 2))
        curve.rmse.append(float(error))
        if len(labelled) >= last:
            break
        pool = np.setdiff1d(np.arange(len(y)), labelled)
        state = State(make, model, X, y, inputs, labelled, pool, seed, rng)
        start = time.process_time()
        picks = np.asarray(query(state, step))
        queries.append(time.process_time() - start)
        assert len(set(picks)) == step
        labelled += list(pool[picks])
    curve.query_seconds = float(np.mean(queries or [np.nan]))
    curve.fit_seconds = float(np.mean(fits))
    return curve


def run_all(options):
    tables = list(tables_and_truth(options.data_dir, online=options.online))
    if options.tables:
        tables = [t for t in tables if t[0] in options.tables]
    options.curves.mkdir(parents=True, exist_ok=True)
    done = _curves.finished(options.curves)
    # Seed by seed, so that what is stopped has whole seeds of all pipelines.
    jobs = [
        (
            model,
            options.step or SETTINGS[model].step,
            *table,
            seed,
            strategy,
            options.last,
        )
        for seed in range(options.first_seed, options.first_seed + options.seeds)
        for model in options.models
        for strategy in options.strategies or SETTINGS[model].strategies
        for table in tables
        if pool_size(SETTINGS[model], len(table[1]))
    ]
    jobs = [j for j in jobs if (*j[:3], *j[6:8]) not in done]
    pool = Parallel(options.jobs, return_as="generator_unordered")
    columns = (*Progress.get_default_columns()[:-1], TimeRemainingColumn())
    failures = []
    with Progress(*columns) as progress:
        task = progress.add_task("runs", total=len(jobs))
        for curve in pool(delayed(run)(*job) for job in jobs):
            if isinstance(curve, str):
                failures.append(curve)
                progress.print(curve, markup=False)
            else:
                _curves.append(options.curves, curve)
            progress.advance(task)
    if failures:
        raise SystemExit(f"{len(failures)} of {len(jobs)} curves failed, see above.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("action", choices=("run", "pack", "summary", "pipelines"))
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
    parser.add_argument("--curves", type=Path, default=Path("benchmarks/curves"))
    parser.add_argument("--add", type=Path, help="pack: a CSV file of curves to add")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--write", type=Path, help="the summary as a reST file")
    arguments = parser.parse_args()
    if arguments.action == "run":
        run_all(arguments)
    elif arguments.action == "pack":
        if arguments.add:
            arguments.curves.mkdir(parents=True, exist_ok=True)
            last = {name: setting.last for name, setting in SETTINGS.items()}
            _curves.add_table(arguments.curves, arguments.add, last.get)
        _curves.pack(arguments.curves)
    elif arguments.action == "pipelines":
        pipelines(arguments.curves, arguments.picture, arguments.write)
    else:
        summarise(
            arguments.curves, arguments.models, arguments.picture, arguments.write
        )
