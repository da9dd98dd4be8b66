"""Ridge regression of a stream that is never kept.

Rows are generated in chunks and passed to ``CuriousRidge.partial_fit``; printed
are the time against a bare Gram product of the same chunks, the largest memory
of the process, and the differences from a fit of all rows at once: as CuriousRidge
does it while they fit into memory, and by two more passes with sums of extended
precision for any number.

Run with ``python benchmarks/bench_stream.py [--rows 1e5 1e6 1e7]``.
"""

import argparse
import resource
import time

import numpy as np

from skcurious import CuriousRidge

D, CHUNK = 50, 100_000
# Larger tables are not made whole for a comparison.
LARGEST_TABLE = 1_000_000


def chunks(n_rows, mean=10.0):
    truth = np.random.default_rng(1).standard_normal(D)
    for start in range(0, n_rows, CHUNK):
        rng = np.random.default_rng(start)
        X = rng.standard_normal((min(CHUNK, n_rows - start), D)) + mean
        yield X, X @ truth + rng.standard_normal(len(X))


def two_passes(n_rows):
    """Coefficients and tangent from the mean first and then the Gram matrix."""
    total = sum(
        np.column_stack(chunk).sum(axis=0, dtype=np.longdouble)
        for chunk in chunks(n_rows)
    )
    mean = total / n_rows
    gram = np.zeros((D + 1, D + 1), dtype=np.longdouble)
    for chunk in chunks(n_rows):
        Z = (np.column_stack(chunk) - mean).astype(np.float64)
        gram += Z.T @ Z
    H = gram[:D, :D].astype(np.float64) + np.eye(D)
    coef = np.linalg.solve(H, gram[:D, D].astype(np.float64))
    return coef, -np.linalg.solve(H, coef)


def largest_error(values, expected):
    return np.abs(values - expected).max() / np.abs(expected).max()


def bench(n_rows):
    model, gram = CuriousRidge(1.0), np.zeros((D, D))
    seconds = product = 0.0
    for X, y in chunks(n_rows):
        start = time.perf_counter()
        model.partial_fit(X, y)
        middle = time.perf_counter()
        gram += X.T @ X
        seconds += middle - start
        product += time.perf_counter() - middle
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = f"{n_rows:12,d} rows  {seconds:8.2f} s  {seconds / product:6.2f} of X^T X"
    line += f"  {memory:6.0f} MiB"
    found = model.coef_, model.coef_tangent_
    references = [("two passes", two_passes(n_rows))]
    if n_rows <= LARGEST_TABLE:
        X, y = (np.concatenate(p) for p in zip(*chunks(n_rows), strict=True))
        whole = CuriousRidge(1.0).fit(X, y)
        references.append(("fit", (whole.coef_, whole.coef_tangent_)))
    for name, expected in references:
        errors = [largest_error(*pair) for pair in zip(found, expected, strict=True)]
        line += f"  from {name}: {errors[0]:.0e}, tangent {errors[1]:.0e}"
    print(line, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=float, nargs="+", default=[1e5, 1e7, 1e6])
    for n_rows in parser.parse_args().rows:
        bench(int(n_rows))
