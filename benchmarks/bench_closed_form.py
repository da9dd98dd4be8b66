"""What curiosity costs on ridge and kernel ridge, against scikit-learn.

Each line is a median ratio of paired runs in one process:

    fit        CuriousRidge.fit, tangent and factor included / Ridge.fit
    score      curiosity_score / predict of the same model
    memory     arrays in a model with store_covariance=False less those in
               scikit-learn's, in units of the parameters

Run with ``python benchmarks/bench_closed_form.py [--repeats 7]``.
"""

import argparse
import pickle

import numpy as np
from _timing import report
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge

from skcurious import CuriousKernelRidge, CuriousRidge


def problem(n_samples, n_features, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features))
    return X, X[:, :5].sum(axis=1) + rng.standard_normal(n_samples)


def bench_ridge(repeats):
    for n_samples, n_features, limit in [(100_000, 200, 1.0), (500, 20_000, 1.25)]:
        X, y = problem(n_samples, n_features)
        report(
            f"ridge fit {n_samples:,} x {n_features:,}",
            limit,
            lambda X=X, y=y: CuriousRidge().fit(X, y),
            lambda X=X, y=y: Ridge().fit(X, y),
            repeats,
        )
    X, y = problem(100_000, 200)
    model = CuriousRidge().fit(X[:2_000], y[:2_000])
    report(
        "ridge curiosity_score 100,000 x 200 / predict",
        1.2,
        lambda: model.curiosity_score(X),
        lambda: model.predict(X),
        repeats,
    )
    memory("ridge", CuriousRidge, Ridge, X[:2_000], y[:2_000])


def bench_kernel_ridge(repeats):
    X, y = problem(3_000, 10)
    options = {"kernel": "rbf", "gamma": 0.1}
    report(
        "kernel ridge (rbf) fit 3,000 x 10",
        1.05,
        lambda: CuriousKernelRidge(**options).fit(X, y),
        lambda: KernelRidge(**options).fit(X, y),
        repeats,
    )
    pool, _ = problem(100_000, 10, seed=1)
    for n_samples in [200, 3_000]:
        model = CuriousKernelRidge(**options).fit(X[:n_samples], y[:n_samples])
        report(
            f"kernel ridge curiosity_score 100,000, {n_samples:,} labels / predict",
            1.1,
            lambda model=model: model.curiosity_score(pool),
            lambda model=model: model.predict(pool),
            3 if n_samples == 3_000 else repeats,
        )
    memory("kernel ridge", CuriousKernelRidge, KernelRidge, X, y)


def memory(name, curious, plain, X, y):
    ours = curious(store_covariance=False).fit(X, y)
    theirs = plain().fit(X, y)
    parameters = sum(
        np.asarray(getattr(theirs, attribute)).nbytes
        for attribute in ("coef_", "intercept_", "dual_coef_")
        if hasattr(theirs, attribute)
    )
    extra = array_bytes(ours) - array_bytes(theirs)
    pickled = len(pickle.dumps(ours)) - len(pickle.dumps(theirs))
    print(
        f"{name + ' extra memory, store_covariance=False':58s} "
        f"{extra / parameters:6.2f}  (goal 1.00)   {extra:,} bytes in arrays, "
        f"{pickled:,} when pickled"
    )


def array_bytes(model):
    kinds = (np.ndarray, np.generic)
    return sum(
        value.nbytes for value in vars(model).values() if isinstance(value, kinds)
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    bench_ridge(arguments.repeats)
    bench_kernel_ridge(arguments.repeats)
