"""The first rows to measure: initial_design against designs without a model.

Of each table 800 rows are the pool and up to 1,000 others the test. Each design picks
10 and 20 rows of the pool, `default_regressor` is fitted to them, and its root mean
squared error on the test rows is divided by the standard deviation of y:

    initial_design      skcurious.query.initial_design
    random              rows at random, the mean of five draws: what the others are
                        compared with
    k-means             the rows next to the centres, of standardised columns
    Kennard-Stone       the two rows farthest apart, then always the row farthest from
                        those chosen
    GSx                 the same, from the row next to the mean on

    python benchmarks/bench_initial_design.py --data-dir DIR [--seeds 10] [--jobs 1]
    python benchmarks/bench_initial_design.py --scale

prints the difference in log RMSE to random, for each table and in the mean, with 95%
intervals over seeds (within a table) and over tables (of their means). ``--scale``
times the design of 20 rows from 100,000 of 30 columns, and prints the peak of memory.
"""

import argparse
import resource
import time
import warnings

import numpy as np
from _tables import group, load_tables
from joblib import Parallel, delayed
from scipy import stats
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances, pairwise_distances_argmin
from sklearn.preprocessing import StandardScaler

from skcurious import default_regressor
from skcurious.query import initial_design

SIZES = (10, 20)
DRAWS = 5  # of random rows


def by_model(X, k, seed):
    return initial_design(X, k, random_state=seed)[0]


def k_means(X, k, seed):
    Z = StandardScaler().fit_transform(X)
    centres = KMeans(k, n_init=3, random_state=seed).fit(Z).cluster_centers_
    return pairwise_distances_argmin(centres, Z)


def kennard_stone(X, k, seed):
    apart = pairwise_distances(StandardScaler().fit_transform(X))
    first = np.unravel_index(apart.argmax(), apart.shape)
    return _farthest_first(apart, list(first), k)


def gsx(X, k, seed):
    Z = StandardScaler().fit_transform(X)
    first = int(np.square(Z).sum(axis=1).argmin())
    return _farthest_first(pairwise_distances(Z), [first], k)


def _farthest_first(apart, chosen, k):
    while len(chosen) < k:
        chosen.append(int(apart[chosen].min(axis=0).argmax()))
    return np.array(chosen)


DESIGNS = {
    "initial_design": by_model,
    "k-means": k_means,
    "Kennard-Stone": kennard_stone,
    "GSx": gsx,
}


def errors(X, y, seed):
    """Log RMSE over the standard deviation, for each size and design."""
    warnings.simplefilter("ignore")
    order = np.random.RandomState(seed).permutation(len(y))
    n_pool = min(800, int(0.7 * len(y)))
    pool, test = order[:n_pool], order[n_pool : n_pool + 1000]
    model = default_regressor(X[pool], random_state=seed)

    def error(rows):
        rows = pool[rows]
        off = clone(model).fit(X[rows], y[rows]).predict(X[test]) - y[test]
        return np.log(np.sqrt(np.mean(off**2)) / y[pool].std())

    draws = [np.random.RandomState([seed, i]).permutation(n_pool) for i in range(DRAWS)]
    found = np.empty((len(SIZES), 1 + len(DESIGNS)))
    for i, k in enumerate(SIZES):
        found[i, 0] = np.mean([error(draw[:k]) for draw in draws])
        found[i, 1:] = [error(design(X[pool], k, seed)) for design in DESIGNS.values()]
    return found


def interval(values):
    """Mean, and half of its 95% interval."""
    values = np.asarray(values)
    t = stats.t.ppf(0.975, len(values) - 1)
    return f"{values.mean():+.3f} ± {t * values.std(ddof=1) / np.sqrt(len(values)):.3f}"


def compare(directory, n_seeds, n_jobs):
    print(f"{'':24s}{'random':>8s}" + "".join(f"{name:>18s}" for name in DESIGNS))
    differences = {k: {} for k in SIZES}
    for table, X, y in load_tables(directory):
        runs = Parallel(n_jobs)(delayed(errors)(X, y, seed) for seed in range(n_seeds))
        runs = np.array(runs)
        for i, k in enumerate(SIZES):
            off = runs[:, i, 1:] - runs[:, i, :1]
            differences[k][table] = off.mean(axis=0)
            cells = "".join(f"{interval(column):>18s}" for column in off.T)
            mean = runs[:, i, 0].mean()
            print(f"{table:18s}{k:3d}   {mean:8.3f}{cells}", flush=True)
    for k in SIZES:
        for name in ("all", "chosen on", "others", "made"):
            rows = [
                off
                for table, off in differences[k].items()
                if name in ("all", group(table))
            ]
            if len(rows) < 2:
                continue
            cells = "".join(f"{interval(column):>18s}" for column in np.array(rows).T)
            worst = np.max(rows, axis=0)
            print(f"{name:18s}{k:3d}   {'':8s}{cells}")
            if name == "all":
                cells = "".join(f"{value:>+18.3f}" for value in worst)
                print(f"{'worst table':18s}{k:3d}   {'':8s}{cells}")


def scale():
    X = np.random.default_rng(0).standard_normal((100_000, 30)) ** 3
    start = time.process_time()
    initial_design(X, 20, random_state=0)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"20 of 100,000 x 30: {seconds:.1f} s of the processor, peak {peak:.2f} GiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", help="holds NAME.csv.gz tables")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--scale", action="store_true", help="only time a large pool")
    arguments = parser.parse_args()
    if arguments.scale:
        scale()
    else:
        compare(arguments.data_dir, arguments.seeds, arguments.jobs)
