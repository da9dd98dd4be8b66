"""Networks that forget rows, beside a network retrained without them.

A network of 50 tanh units is fitted to 600 rows of each table and forgets 1%, 10% and
30% of them, drawn at random or the nearest to one row. Retrained means the same
network, from the same start, fitted to the rest. Every method is measured by

* the distance of its predictions to those of the retrained network, at rows that
  neither has seen and at the forgotten ones, in standard deviations of the labels;
* the error at unseen rows, in the same units;
* membership inference: the probability that the loss at a forgotten row is below that
  at an unseen one (area under the curve; of a network that never saw either 0.5 for
  random rows, and for those of a cluster whatever the retrained network has).

"Another start" is the network retrained from other weights: how far apart networks are
that agree on everything else.

Run with ``python benchmarks/bench_unlearning_networks.py [--data-dir DIR]``; the
directory holds NAME.csv.gz tables, target last. Takes some ten minutes.
"""

import argparse
import time
import warnings
from copy import deepcopy
from pathlib import Path

import numpy as np
from _tables import load_tables
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousMLPRegressor
from skcurious.unlearning import forget

TABLES = ("airfoil", "concrete", "energy", "wine")
N_TRAIN, N_UNSEEN = 600, 300
SHARES = (0.01, 0.1, 0.3)

METHODS = {
    "Newton, 1 step": {"n_steps": 1},
    "Newton, 10 steps": {"n_steps": 10},
    "Newton, 50 steps": {"n_steps": 50},
    "last layer": {"layers": "last"},
    "projected": {"method": "projected"},
    "dampening": {"method": "dampening"},
    "dampening, selection=2": {"method": "dampening", "selection": 2.0},
    "loss-free": {"method": "loss-free"},
    "loss-free, selection=2": {"method": "loss-free", "selection": 2.0},
}


def prepared(X, y, seed):
    rows = np.random.RandomState(seed).permutation(len(y))[: N_TRAIN + N_UNSEEN]
    X = np.clip(StandardScaler().fit_transform(X[rows]), -5, 5)
    y = StandardScaler().fit_transform(y[rows, None])[:, 0]
    n_train = len(rows) * N_TRAIN // (N_TRAIN + N_UNSEEN)
    return X[:n_train], y[:n_train], X[n_train:], y[n_train:]


def chosen(X, share, kind, seed):
    """Which rows are forgotten."""
    rng, k = np.random.RandomState(seed), max(round(share * len(X)), 1)
    if kind == "random":
        gone = rng.permutation(len(X))[:k]
    else:
        gone = np.argsort(((X - X[rng.randint(len(X))]) ** 2).sum(axis=1))[:k]
    mask = np.zeros(len(X), dtype=bool)
    mask[gone] = True
    return mask


def rms(a, b):
    return np.sqrt(np.mean((a - b) ** 2))


def timed(function):
    start = time.perf_counter()
    return function(), time.perf_counter() - start


def forgotten(model, X, y, gone, options):
    labels = None if options.get("method") == "loss-free" else y[gone]
    return forget(
        model, X[gone], labels, X_remaining=X[~gone], y_remaining=y[~gone], **options
    )


def measure(model, retrained, X, y, gone, X_unseen, y_unseen):
    at_unseen, at_gone = model.predict(X_unseen), model.predict(X[gone])
    losses = np.concatenate([(at_gone - y[gone]) ** 2, (at_unseen - y_unseen) ** 2])
    members = np.arange(len(losses)) < gone.sum()
    return (
        rms(at_unseen, retrained.predict(X_unseen)),
        rms(at_gone, retrained.predict(X[gone])),
        rms(at_unseen, y_unseen),
        roc_auc_score(members, -losses),
    )


def run(X, y, seed, alpha):
    """Yield ``(kind, share, method, measures, seconds)``."""
    X, y, X_unseen, y_unseen = prepared(X, y, seed)
    network = CuriousMLPRegressor(
        hidden_layer_sizes=(50,),
        activation="tanh",
        solver="lbfgs",
        alpha=alpha,
        max_iter=3_000,
        random_state=seed,
    )
    trained = clone(network).fit(X, y)
    for kind in ("random", "cluster"):
        for share in SHARES:
            gone = chosen(X, share, kind, seed)
            rest = X[~gone], y[~gone]
            retrained, seconds = timed(lambda rest=rest: clone(network).fit(*rest))
            other = clone(network).set_params(random_state=seed + 1_000)
            results = {
                "retrained": (retrained, seconds),
                "another start": timed(lambda o=other, rest=rest: o.fit(*rest)),
                "nothing": (trained, 0.0),
            }
            for n in (20, 500):
                tuned = deepcopy(trained).set_params(warm_start=True, max_iter=n)
                results[f"fine-tuning, {n}"] = timed(
                    lambda t=tuned, rest=rest: t.fit(*rest)
                )
            for name, options in METHODS.items():
                results[name] = timed(
                    lambda o=options, g=gone: forgotten(trained, X, y, g, o)
                )
            for name, (model, seconds) in results.items():
                measures = measure(model, retrained, X, y, gone, X_unseen, y_unseen)
                yield kind, share, name, measures, seconds


def report(lines, title):
    """Means of lines ``(kind, share, method, measures, seconds)``, one a method."""
    print(f"\n{title}")
    head = f"{'':8s} {'share':>5s} {'method':24s} {'unseen':>8s} {'forgotten':>9s}"
    print(head + f" {'error':>7s} {'AUC':>6s} {'seconds':>8s}")
    groups = {}
    for kind, share, name, measures, seconds in lines:
        groups.setdefault((kind, share, name), []).append((*measures, seconds))
    for (kind, share, name), values in groups.items():
        unseen, at_gone, error, auc, seconds = np.mean(values, axis=0)
        print(
            f"{kind:8s} {share:5.0%} {name:24s} {unseen:8.3f} {at_gone:9.3f} "
            f"{error:7.3f} {auc:6.3f} {seconds:8.2f}"
        )


def main(directory, n_seeds, alpha):
    every = []
    tables = [
        table
        for table in load_tables(directory)
        if directory is None or table[0] in TABLES
    ]
    for name, X, y in tables[:4]:
        lines = [line for seed in range(n_seeds) for line in run(X, y, seed, alpha)]
        report(lines, name)
        every += lines
    report(every, "mean over tables")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--alpha", type=float, default=0.3)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    main(arguments.data_dir, arguments.seeds, arguments.alpha)
