"""Pools that do not fit into memory: throughput, growth with rows, memory.

    python benchmarks/bench_pool.py [--rows 1e5 1e6 1e7] [--folder DIR]
    python benchmarks/bench_pool.py --dask 1e8

The first reads rows of 20 columns from a memory map of doubles (16 GB for 1e8
rows), and prints the time of ``X @ w`` over the same chunks divided by that of
`curiosity_score` and of `top_k` with a fitted ridge regression: their
throughput against the baseline.  Both take turns, and read what the page cache
has kept.  The second finds the top 100 of rows that Dask generates, and prints
the largest memory of the process.
"""

import argparse
import resource
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np
from _timing import ratio

from skcurious import CuriousRidge
from skcurious.out_of_core import curiosity_score, read_chunks, top_k

N_FEATURES = 20


def fitted():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((500, N_FEATURES))
    y = X @ rng.standard_normal(N_FEATURES) + rng.standard_normal(500)
    return CuriousRidge().fit(X, y)


def bench_memmap(n_rows, folder, repeats):
    rng = np.random.default_rng(0)
    path = folder / "pool.npy"
    pool = np.lib.format.open_memmap(path, "w+", np.float64, (n_rows, N_FEATURES))
    for chunk in read_chunks(pool):
        chunk[:] = rng.standard_normal(chunk.shape)
    pool.flush()
    pool = np.load(path, mmap_mode="r")
    model, out = fitted(), np.empty(n_rows)
    w = model.coef_

    def product():
        start = 0
        for chunk in read_chunks(pool):
            end = start + len(chunk)
            np.matmul(chunk, w, out=out[start:end])
            start = end

    line = f"{n_rows:13,d} rows"
    for name, ours in [
        ("scores", lambda: curiosity_score(model, pool, out=out)),
        ("top 100", lambda: top_k(model, pool, 100)),
    ]:
        times, seconds, baseline = ratio(ours, product, repeats)
        line += f"  {name} {seconds:8.4f} s, X @ w {baseline:8.4f} s: {1 / times:.2f}"
    tracemalloc.start()
    top_k(model, pool, 100)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(f"{line}  top 100 allocates {peak:.0f} MiB", flush=True)
    path.unlink()


def bench_dask(n_rows):
    import dask.array as da

    from skcurious.dask import top_k as top_k_dask

    rows = da.random.default_rng(0).standard_normal(
        (n_rows, N_FEATURES), chunks=(500_000, N_FEATURES)
    )
    start = time.perf_counter()
    _, scores = top_k_dask(fitted(), rows, 100)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{n_rows:13,d} generated rows: top 100 in {seconds:.1f} s, at most "
        f"{memory:.0f} MiB; scores {scores[0]:.3g} to {scores[-1]:.3g}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=float, nargs="+", default=[1e5, 1e6, 1e7])
    parser.add_argument("--folder", type=Path, help="where the file is written")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--dask", type=float, help="rows that Dask generates")
    arguments = parser.parse_args()
    if arguments.dask:
        bench_dask(int(arguments.dask))
    else:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            for n_rows in arguments.rows:
                bench_memmap(int(n_rows), Path(folder), arguments.repeats)
