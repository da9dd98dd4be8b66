"""Groups that borrow from each other: a shared kernel plus one for each group.

    kernel = Columns(shared) + PerGroup(own) + WhiteKernel

A new group with 5 labels beside older ones with 20 each. Its error, in standard
deviations of its labels, of four Gaussian processes with the same kernel for what
they see:

    hierarchy  the kernel above, all labels
    pooled     the shared kernel without the group, all labels
    one-hot    the shared kernel, with a column of 0 and 1 for each group, all labels
    separate   the shared kernel, the new group's own labels

Then queries: half of the groups are new, with 5 labels each, and 30 more labels of
any group are asked for, five at a time, so that all groups are predicted well. The
model that is tested is the hierarchy, whoever asked:

    hierarchy  expected_curiosity_reduction for the hierarchy
    pooled     the same for the pooled model, which does not know the groups
    random     rows of all groups at random
    in turn    rows of the group with the fewest labels, at random

Printed are the errors (of queries: after the last batch), means over seeds, and
the mean log of their ratio to the hierarchy's (of queries: over all batches) with its
standard error: above 0, the hierarchy is better.

Problems: three generated ones; the log of ten monthly stock prices that matplotlib
brings along, from the date alone (the group is the stock); the digits of scikit-learn
(the ink in the right half of an image from the rows of its left half; the group is the
digit). With ``--data-dir``, which holds ``NAME.csv.gz`` (no header, the last column the
target), also energy (12 buildings), airfoil (by chord length) and bike (by season),
where they are there.

Run with ``python benchmarks/bench_hierarchy.py [--data-dir DIR] [--seeds 10]``.
"""

import argparse
import warnings
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.cbook import get_sample_data
from sklearn.datasets import load_digits
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from sklearn.preprocessing import StandardScaler

from skcurious.gaussian_process import (
    Columns,
    CuriousGaussianProcessRegressor,
    Linear,
    PerGroup,
)
from skcurious.query import expected_curiosity_reduction

OLD, NEW = 20, 5
N_QUERIES, BATCH = 30, 5
MOST_ROWS = 100  # of a group in the pool, and among the test rows

# Column with the group, and columns that are features.
TABLES = {
    "energy": (0, [5, 6, 7]),
    "airfoil": (2, [0, 1, 3, 4]),
    "bike": (3, [0, 6, 9, 11, 13, 14]),
}


def linear(rng):
    """Six groups, five coefficients that deviate from shared ones."""
    X, group = rng.standard_normal((1800, 5)), np.arange(1800) % 6
    shared, own = rng.standard_normal(5), 0.5 * rng.standard_normal((6, 5))
    y = np.einsum("ij,ij->i", X, shared + own[group])
    return X, group, y + 0.3 * rng.standard_normal(len(y))


def smooth(rng):
    """Eight groups, a shared curved function, and a slow one of its own for each."""
    X, group = rng.uniform(-1, 1, (2400, 4)), np.arange(2400) % 8
    directions, phases = rng.standard_normal((8, 4)), rng.uniform(0, 6.28, 8)
    own = np.sin(0.5 * np.einsum("ij,ij->i", X, directions[group]) + phases[group])
    y = 2 * np.sin(2 * X[:, 0] + X[:, 1]) + X[:, 2] ** 2 - X[:, 3] + 0.7 * own
    return X, group, y + 0.2 * rng.standard_normal(len(y))


def calibration(rng):
    """Ten instruments that see one response, each with an offset and a gain."""
    X, group = rng.uniform(-1, 1, (3000, 3)), np.arange(3000) % 10
    response = np.exp(X[:, 0]) * np.cos(2 * X[:, 1]) + X[:, 2]
    gain, offset = 1 + 0.3 * rng.standard_normal(10), rng.standard_normal(10)
    y = gain[group] * response + offset[group]
    return X, group, y + 0.1 * rng.standard_normal(len(y))


def stocks(rng):
    """The log of a monthly price, from the date."""
    with get_sample_data("Stocks.csv") as file:
        lines = [line.split(",") for line in file.read().splitlines()[2:]]
    dates = np.array([line[0] for line in lines], dtype="datetime64[D]").astype(float)
    prices = np.array([[float(cell or "nan") for cell in line[1:]] for line in lines])
    row, group = np.nonzero(np.isfinite(prices))
    return dates[row, None], group, np.log(prices[row, group])


def digits(rng):
    """The ink right of the middle, from the ink left of it in each row of pixels."""
    images, group = load_digits().images, load_digits().target
    return images[:, :, :4].sum(axis=2), group, images[:, :, 4:].sum(axis=(1, 2))


def table(path, column, features):
    def problem(rng):
        values = np.loadtxt(path, delimiter=",")
        group = values[:, column].round(6)
        return values[:, features], group, values[:, -1]

    return problem


def problems(directory):
    found = {f.__name__: f for f in (linear, smooth, calibration, stocks, digits)}
    if directory is not None:
        for name, where in TABLES.items():
            path = Path(directory) / f"{name}.csv.gz"
            if path.exists():
                found[name] = table(path, *where)
    return found


# -- models ----------------------------------------------------------------------


def function(n_columns):
    lengths = np.full(n_columns, np.sqrt(n_columns))
    return ConstantKernel() * Matern(lengths, nu=0.5) + Linear()


def hierarchy(X):
    p = X.shape[1] - 1
    own = ConstantKernel(0.3) + Linear(0.3) + 0.3 * Matern(np.sqrt(p), nu=0.5)
    kernel = Columns(function(p), range(p)) + PerGroup(own, p) + WhiteKernel(0.1)
    return CuriousGaussianProcessRegressor(kernel)


def plain(X):
    return CuriousGaussianProcessRegressor(function(X.shape[1]) + WhiteKernel(0.1))


def one_hot(X, n_groups):
    return np.hstack([X[:, :-1], X[:, -1:] == np.arange(n_groups)])


def rmse(model, X, y):
    return np.sqrt(np.mean((model.predict(X) - y) ** 2))


# -- what is measured ------------------------------------------------------------


def draw(problem, rng):
    """Rows with their group as the last column: pool and test rows, shuffled."""
    X, group, y = problem(rng)
    pool, test = [], []
    for g in np.unique(group):
        rows = rng.permutation(np.flatnonzero(group == g))
        n_rows = min(MOST_ROWS, len(rows) // 2)
        pool.append(rows[:n_rows])
        test.append(rows[n_rows : 2 * n_rows])
    pool, test = np.concatenate(pool), np.concatenate(test)
    _, group = np.unique(group, return_inverse=True)
    X = np.column_stack([StandardScaler().fit(X[pool]).transform(X), group])
    return X[pool], y[pool], X[test], y[test]


def first_labels(X, new):
    """Positions of the first labels: few in the groups that are new."""
    groups = np.unique(X[:, -1])
    counts = [NEW if g in new else OLD for g in groups]
    return np.concatenate(
        [np.flatnonzero(X[:, -1] == g)[:n] for g, n in zip(groups, counts, strict=True)]
    )


def new_group(problem, seed):
    """Error of a new group, by model."""
    rng = np.random.RandomState(seed)
    X, y, X_test, y_test = draw(problem, rng)
    new = rng.choice(np.unique(X[:, -1]))
    rows = first_labels(X, [new])
    own = rows[X[rows, -1] == new]
    X_test, y_test = X_test[X_test[:, -1] == new], y_test[X_test[:, -1] == new]

    def error(make, view, rows):
        model = make(view(X)).fit(view(X)[rows], y[rows])
        return rmse(model, view(X_test), y_test) / y_test.std()

    def without(X):
        return X[:, :-1]

    return {
        "hierarchy": error(hierarchy, np.asarray, rows),
        "pooled": error(plain, without, rows),
        "one-hot": error(plain, partial(one_hot, n_groups=X[:, -1].max() + 1), rows),
        "separate": error(plain, without, own),
    }


def queries(problem, seed):
    """Mean error over the groups after each batch, by who asks."""
    return {name: loop(problem, seed, ask) for name, ask in ASKING.items()}


def loop(problem, seed, ask):
    rng = np.random.RandomState(seed)
    X, y, X_test, y_test = draw(problem, rng)
    groups = np.unique(X[:, -1])
    new = rng.choice(groups, len(groups) // 2, replace=False)
    rows, errors = first_labels(X, new), []
    for _ in range(N_QUERIES // BATCH):
        left = np.setdiff1d(np.arange(len(X)), rows)
        rows = np.append(rows, left[ask(X, y, rows, left, rng)])
        model = hierarchy(X).fit(X[rows], y[rows])
        of_groups = [
            rmse(model, X_test[here], y_test[here])
            for here in (X_test[:, -1] == g for g in groups)
        ]
        errors.append(np.mean(of_groups) / y_test.std())
    return np.array(errors)


def by_hierarchy(X, y, rows, left, rng):
    model = hierarchy(X).fit(X[rows], y[rows])
    return expected_curiosity_reduction(
        model, X[left], BATCH, X_reference=X, random_state=rng
    )[0]


def by_pooled(X, y, rows, left, rng):
    X = X[:, :-1]
    model = plain(X).fit(X[rows], y[rows])
    return expected_curiosity_reduction(
        model, X[left], BATCH, X_reference=X, random_state=rng
    )[0]


def at_random(X, y, rows, left, rng):
    return rng.permutation(len(left))[:BATCH]


def in_turn(X, y, rows, left, rng):
    counts = np.bincount(X[rows, -1].astype(int))
    picks = []
    for _ in range(BATCH):
        group = np.argmin(counts)
        candidates = np.setdiff1d(np.flatnonzero(X[left, -1] == group), picks)
        picks.append(rng.choice(candidates))
        counts[group] += 1
    return np.array(picks)


ASKING = {
    "hierarchy": by_hierarchy,
    "pooled": by_pooled,
    "random": at_random,
    "in turn": in_turn,
}


def report(title, results):
    """Means over seeds, and the log of the ratio to the hierarchy."""
    first = np.array([r["hierarchy"] for r in results])
    for name in results[0]:
        values = np.array([r[name] for r in results])
        ratios = np.log(values / first)
        if ratios.ndim > 1:
            ratios = ratios.mean(axis=1)
            values = values[:, -1]
        error = ratios.std(ddof=1) / np.sqrt(len(ratios))
        print(
            f"{title:22s} {name:10s} {values.mean():6.3f}   {ratios.mean():+6.3f} "
            f"± {error:.3f}   {np.sum(ratios > 0):3d} of {len(ratios)}",
            flush=True,
        )


def bench(options):
    warnings.simplefilter("ignore")
    print(f"{'':33s}  error   log ratio to hierarchy   worse than it")
    for name, problem in problems(options.data_dir).items():
        if options.problems and name not in options.problems:
            continue
        for title, measure in (("new group", new_group), ("queries", queries)):
            results = [measure(problem, seed) for seed in range(options.seeds)]
            report(f"{name}, {title}", results)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--problems", nargs="*")
    parser.add_argument("--seeds", type=int, default=10)
    bench(parser.parse_args())
