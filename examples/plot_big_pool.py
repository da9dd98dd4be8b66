"""
Pools that do not fit into memory
=================================

Curiosity about a row costs as much as a prediction, so a pool may have as many
rows as there is patience for. Here ten million, with 20 columns each, 1.6 GB in
all, are generated block by block by Dask and never held as a whole; then the
same is done without Dask on a memory map. Both need memory for some blocks and
the best rows.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import dask.array as da
import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table

from skcurious import CuriousRidge, out_of_core
from skcurious.dask import curiosity_score, fit_ridge, top_k
from skcurious.query import expected_curiosity_reduction

console = Console()
N_FEATURES, N_TRAIN, N_POOL = 20, 60, 10_000_000
weights = np.random.default_rng(0).standard_normal(N_FEATURES)

# %%
# Training rows in blocks
# -----------------------
# ``fit_ridge`` adds up means and Gram matrices of the blocks, and solves once.
# That is exact, the same model as from all rows at once, however many there are.
# Here labels are dear, and there are three blocks of twenty.

X = da.random.default_rng(1).standard_normal(
    (N_TRAIN, N_FEATURES), chunks=(20, N_FEATURES)
)
noise = da.random.default_rng(2).standard_normal(N_TRAIN, chunks=20)
y = X @ weights + noise
model = fit_ridge(X, y, alpha=10.0)
whole = CuriousRidge(alpha=10.0).fit(*da.compute(X, y))
difference = np.abs(model.coef_ - whole.coef_).max() / np.abs(whole.coef_).max()
console.print(f"Largest difference from one fit of all rows: {difference:.0e}")
assert difference < 1e-12

# %%
# The best of ten million
# -----------------------
# Each block gives its own best rows; these are put together in a tree. Only the
# rows asked for ever are in one place.

pool = da.random.default_rng(3).standard_normal(
    (N_POOL, N_FEATURES), chunks=(250_000, N_FEATURES)
)
start = time.perf_counter()
indices, scores, rows = top_k(model, pool, 2_000, return_rows=True)
seconds = time.perf_counter() - start
# The unit of ru_maxrss: bytes on macOS, KiB elsewhere.
unit = 2**30 if sys.platform == "darwin" else 2**20
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
console.print(
    f"2,000 of {N_POOL:,} rows ({pool.nbytes / 2**30:.1f} GiB) in {seconds:.1f} s; "
    f"the process had {memory:.1f} GiB at most."
)
assert np.allclose(model.curiosity_score(rows), scores)

# %%
# Scores are lazy: here a histogram of all of them, from one pass.

lazy = curiosity_score(model, pool)
edges = np.geomspace(scores[-1] / 1e6, scores[0], 50)
counts = da.histogram(lazy, bins=edges)[0].compute()

# %%
# A batch from the best
# ---------------------
# The largest scores often are much alike. A strategy that imagines the labels
# of its earlier picks chooses a batch among the best two thousand.


def likeness(some):
    """Mean cosine of the angles between rows, seen from the mean of all."""
    unit = some / np.linalg.norm(some, axis=1, keepdims=True)
    return np.abs(unit @ unit.T)[np.triu_indices(len(some), 1)].mean()


batch, _ = expected_curiosity_reduction(model, rows, 10, random_state=0)
console.print(
    f"Rows to label: {', '.join(f'{i:,}' for i in indices[batch])}. Their mean cosine "
    f"is {likeness(rows[batch]):.2f}; that of the ten largest scores "
    f"{likeness(rows[:10]):.2f}."
)
assert likeness(rows[batch]) < likeness(rows[:10])

# %%
# Without a cluster
# -----------------
# The same on a memory map, and on files or iterators of chunks, with
# :mod:`skcurious.out_of_core`; ``progress=True`` shows a bar.

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "pool.npy"
    table = np.lib.format.open_memmap(path, "w+", float, (500_000, N_FEATURES))
    table[:] = pool[: len(table)].compute()
    table.flush()
    mapped = np.load(path, mmap_mode="r")
    from_file, file_scores = out_of_core.top_k(model, mapped, 5)
    del table, mapped
summary = Table(title="The five most curious of the first 500,000 rows")
for column in ("row", "curiosity"):
    summary.add_column(column, justify="right")
for index, score in zip(from_file, file_scores, strict=True):
    summary.add_row(f"{index:,}", f"{score:.3g}")
console.print(summary)
first = indices[indices < 500_000][:5]
assert list(first) == list(from_file[: len(first)])

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.stairs(counts, edges, fill=True, color="0.8")
ax.axvline(scores[-1], color="C3", ls=":")
ax.annotate(
    "the best 2,000",
    (scores[-1], counts.max() / 5),
    xytext=(6, 0),
    textcoords="offset points",
    color="C3",
)
ax.set(
    xlim=(edges[0], 40 * edges[-1]),
    xscale="log",
    yscale="log",
    xlabel="curiosity",
    ylabel="rows",
    title=f"Curiosity about {N_POOL:,} rows",
)
fig.savefig("big_pool.png", dpi=120)
console.print("Histogram written to big_pool.png")
