"""Networks of two halves of a table put together, beside what else could be done.

A network of 50 tanh units is fitted to each half of 600 rows. The halves are drawn at
random, or lie on either side of the median of the first principal component. Networks
start from the same weights, either untrained or fitted to 100 other rows, from which
training goes on for at most 100 iterations. The table holds the root mean squared error
at 300 unseen rows, in standard deviations of the labels, of

* one half, on average, and the start;
* the joint network, from the same start, and the mean of the halves' predictions;
* the merged networks, and task vectors with coefficients learned from 30 labels more.

Run with ``python benchmarks/bench_merging_networks.py [--data-dir DIR]``; the directory
holds NAME.csv.gz tables, target last. Takes some minutes.
"""

import argparse
import warnings
from copy import deepcopy
from pathlib import Path

import numpy as np
from _tables import load_tables
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousMLPRegressor
from skcurious.merging import merge, merge_task_vectors

TABLES = ("airfoil", "concrete", "energy", "wine")
N_START, N_TRAIN, N_UNSEEN, N_LABELS = 100, 600, 330, 30

MERGED = {
    "equal": {"weights": "equal"},
    "diagonal": {"weights": "diagonal"},
    "curvature": {},
    "undamped": {"damping": 0.0},
}


def prepared(X, y, seed):
    """Rows of the start, of the halves, and unseen ones, in turn."""
    n_rows = N_START + N_TRAIN + N_UNSEEN
    rows = np.random.RandomState(seed).permutation(len(y))[:n_rows]
    X = np.clip(StandardScaler().fit_transform(X[rows]), -5, 5)
    y = StandardScaler().fit_transform(y[rows, None])[:, 0]
    cuts = np.array([N_START, N_START + N_TRAIN]) * len(rows) // n_rows
    return zip(np.split(X, cuts), np.split(y, cuts), strict=True)


def halves(X, kind):
    """Which rows are the first half."""
    if kind == "random":
        return np.arange(len(X)) < len(X) // 2
    _, _, V = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    return X @ V[0] < np.median(X @ V[0])


def run(X, y, seed, alpha):
    """Yield ``(split, start, method, error)``."""
    (X_start, y_start), (X, y), (X_unseen, y_unseen) = prepared(X, y, seed)
    untrained = CuriousMLPRegressor(
        hidden_layer_sizes=(50,),
        activation="tanh",
        solver="lbfgs",
        alpha=alpha,
        max_iter=3_000,
        random_state=seed,
    )
    trained = clone(untrained).fit(X_start, y_start)
    few = X_unseen[:N_LABELS], y_unseen[:N_LABELS]
    X_unseen, y_unseen = X_unseen[N_LABELS:], y_unseen[N_LABELS:]
    for split in ("random", "region"):
        first = halves(X, split)
        for start in ("untrained", "trained"):

            def fitted(rows, start=start):
                if start == "untrained":
                    return clone(untrained).fit(X[rows], y[rows])
                going_on = deepcopy(trained).set_params(warm_start=True, max_iter=100)
                return going_on.fit(X[rows], y[rows])

            parts = [fitted(first), fitted(~first)]
            predictions = {
                "joint": fitted(slice(None)).predict(X_unseen),
                "ensemble": np.mean([p.predict(X_unseen) for p in parts], axis=0),
            }
            for name, options in MERGED.items():
                model = merge(parts, **options)
                predictions[f"merged, {name}"] = model.predict(X_unseen)
            if start == "trained":
                predictions["the start"] = trained.predict(X_unseen)
                model = merge_task_vectors(trained, parts, *few)
                predictions["task vectors"] = model.predict(X_unseen)
            of_half = [rms(p.predict(X_unseen), y_unseen) for p in parts]
            yield split, start, "one half", np.mean(of_half)
            for name, predicted in predictions.items():
                yield split, start, name, rms(predicted, y_unseen)


def rms(a, b):
    return np.sqrt(np.mean((a - b) ** 2))


def main(directory, n_seeds, alpha):
    errors, names = {}, []
    tables = [t for t in load_tables(directory) if directory is None or t[0] in TABLES]
    for name, X, y in tables[:4]:
        names.append(name)
        for seed in range(n_seeds):
            for *key, error in run(X, y, seed, alpha):
                errors.setdefault(tuple(key), {}).setdefault(name, []).append(error)
    head = f"{'halves':8s} {'start':10s} {'method':18s}"
    print(head + "".join(f" {name:>9s}" for name in names) + f" {'mean':>9s}")
    for (split, start, method), each in errors.items():
        means = [np.mean(each[name]) for name in names]
        line = "".join(f" {value:9.3f}" for value in [*means, np.mean(means)])
        print(f"{split:8s} {start:10s} {method:18s}{line}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--alpha", type=float, default=0.3)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    main(arguments.data_dir, arguments.seeds, arguments.alpha)
