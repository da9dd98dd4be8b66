"""What choosing alpha by leave-one-out errors costs, against scikit-learn.

    ridge         CuriousRidgeCV.fit / RidgeCV.fit
    kernel ridge  CuriousKernelRidgeCV.fit / GridSearchCV(KernelRidge(), cv=5).fit

over the same 50 alphas, with tangent and factor included; medians of paired
runs in one process.  Then the test errors of the two kernel ridge models on
real tables, relative to the standard deviation of y: load_diabetes, or every
``NAME.csv.gz`` (no header, the last column the target) of ``--data-dir``.

Run with ``python benchmarks/bench_cv.py [--repeats 3] [--data-dir DIR]``.
"""

import argparse

import numpy as np
from _tables import load_tables
from _timing import report
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousKernelRidgeCV, CuriousRidgeCV

ALPHAS = np.logspace(-4, 2, 50)


def bench_time(repeats):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20_000, 200))
    y = X[:, :5].sum(axis=1) + rng.standard_normal(len(X))
    report(
        "ridge 20,000 x 200, 50 alphas",
        0.1,
        lambda: CuriousRidgeCV(ALPHAS).fit(X, y),
        lambda: RidgeCV(ALPHAS).fit(X, y),
        repeats,
    )
    X, y = X[:1500, :8], np.sin(X[:1500, 0]) + y[:1500]
    report(
        "kernel ridge 1,500 rows, 50 alphas",
        0.1,
        lambda: CuriousKernelRidgeCV(ALPHAS, gamma=0.1).fit(X, y),
        lambda: search(0.1).fit(X, y),
        repeats,
    )


def search(gamma):
    return GridSearchCV(
        KernelRidge(kernel="rbf", gamma=gamma),
        {"alpha": ALPHAS},
        cv=5,
        scoring="neg_mean_squared_error",
    )


def bench_error(directory, seeds):
    print(f"\n{'test RMSE / std(y), 300 rows':30s} leave-one-out   5 folds   log ratio")
    ratios = []
    for name, X, y in load_tables(directory):
        errors = []
        for seed in range(seeds):
            X_train, X_test, y_train, y_test = train_test_split(
                X, y, train_size=min(300, len(y) // 2), random_state=seed
            )
            scaler = StandardScaler().fit(X_train)
            X_train, X_test = scaler.transform(X_train), scaler.transform(X_test[:5000])
            centre, scale = y_train.mean(), y_train.std()
            y_train = (y_train - centre) / scale
            y_test = (y_test[:5000] - centre) / scale
            gamma = 1 / X.shape[1]
            models = (CuriousKernelRidgeCV(ALPHAS, gamma=gamma), search(gamma))
            errors.append(
                [
                    np.sqrt(
                        np.mean((m.fit(X_train, y_train).predict(X_test) - y_test) ** 2)
                    )
                    for m in models
                ]
            )
        ours, theirs = np.mean(errors, axis=0)
        ratios.append(np.mean(np.log(errors) @ [1, -1]))
        print(f"{name:30s} {ours:13.4f} {theirs:9.4f} {ratios[-1]:11.4f}")
    print(f"{'mean':30s} {'':13s} {'':9s} {np.mean(ratios):11.4f}  (goal <= 0)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data-dir")
    options = parser.parse_args()
    bench_time(options.repeats)
    bench_error(options.data_dir, options.seeds)
