"""
Batches: the largest scores are copies of each other
====================================================

When eight labels are bought at once, the eight rows with the largest scores are a bad
buy: in a pool with neighbours they are neighbours, and the first label answers for
all of them. ``batch="greedy"`` imagines the label of each row it picks before it
picks the next, without a refit; ``batch="sample"`` draws rows in proportion to their
scores. The pool is generated, so that the truth is known: twenty clusters on a map,
and a smooth function on it.
"""

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.datasets import make_blobs

from skcurious import CuriousKernelRidge
from skcurious.query import curiosity_sampling

console = Console()
BATCHES, SIZE = ("top", "sample", "greedy"), 8


def truth(X):
    return np.sin(X[:, 0]) + np.cos(0.8 * X[:, 1]) + 0.2 * X[:, 0]


def world(seed):
    """A pool in clusters, which cluster each row is in, and labels with noise."""
    rng = np.random.RandomState(seed)
    centres = rng.uniform(-4, 4, (20, 2))
    X, cluster = make_blobs(400, centers=centres, cluster_std=0.25, random_state=rng)
    return X, cluster, truth(X) + 0.1 * rng.standard_normal(len(X))


def fit(X, y, rows):
    return CuriousKernelRidge(alpha=0.05, kernel="rbf", gamma=0.15).fit(
        X[rows], y[rows]
    )


# %%
# What a batch tells
# ------------------
# How much the labels of a batch B tell at once is the log-determinant of
# :math:`1 + h(B, B)`, with the covariance of its rows: twice the information in nats
# about the function. Copies have nearly the same rows in that matrix, and add nothing.


def information(model, X):
    h = model.predict_covariance(X, noise_variance=1.0)
    return 0.5 * np.linalg.slogdet(np.eye(len(X)) + h)[1]


results = {batch: [] for batch in BATCHES}
pictures = {}
for seed in range(30):
    X, cluster, y = world(seed)
    first, left = np.split(np.random.RandomState(seed).permutation(len(X)), [15])
    model = fit(X, y, first)
    for batch in BATCHES:
        indices, _ = curiosity_sampling(
            model, X[left], SIZE, batch=batch, random_state=seed
        )
        rows = left[indices]
        after = fit(X, y, np.append(first, rows))
        results[batch].append(
            (
                len(set(cluster[rows])),
                information(model, X[rows]),
                np.sqrt(np.mean((after.predict(X) - truth(X)) ** 2)),
            )
        )
        if seed == 0:
            pictures[batch] = model, X, first, rows
results = {batch: np.array(values) for batch, values in results.items()}

table = Table(title=f"Batches of {SIZE}, means over {len(results['top'])} pools")
for column in ["batch", "clusters it meets", "information / nats", "error after it"]:
    table.add_column(column, justify="right")
for batch, values in results.items():
    clusters, nats, after = values.mean(axis=0)
    table.add_row(batch, f"{clusters:.1f} of 20", f"{nats:.2f}", f"{after:.3f}")
console.print(table)

for batch in ("sample", "greedy"):
    difference = results[batch] - results["top"]
    error = difference.std(axis=0, ddof=1) / np.sqrt(len(difference))
    fewer, less, worse = difference.mean(axis=0) / error
    assert fewer > 3, f"{batch} does not meet more clusters"
    assert less > 3, f"{batch} does not tell more"
    assert worse < -3, f"{batch} does not help more"

# %%
# ``"top"`` spends eight labels on two clusters. Sampling is the cheap remedy: it needs
# no covariance, and goes with every model. ``"greedy"`` spreads its labels most, and
# tells most.
#
# Where they ask
# --------------
# One of the pools. The darker the map, the more curious the model, before any of the
# eight labels is known; the map is the same for all three.

at = np.linspace(-5, 5, 120)
grid = np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)
# sphinx_gallery_thumbnail_panel = 3
fig, axes = plt.subplots(1, 3, figsize=(10, 3.5), sharey=True, layout="constrained")
for ax, (batch, (model, X, first, rows)) in zip(axes, pictures.items(), strict=True):
    root = np.sqrt(model.curiosity_score(grid)).reshape(len(at), -1)
    filled = ax.contourf(at, at, root, levels=20, cmap="Oranges", vmin=0)
    ax.plot(*X.T, ".", color="0.6", ms=2, label="pool")
    ax.plot(*X[first].T, "k.", ms=5, label="labelled")
    ax.plot(*X[rows].T, "o", color="C0", mec="w", ms=8, label="asked")
    ax.set(title=f'batch="{batch}"', xlabel="first feature", aspect="equal")
axes[0].set(ylabel="second feature")
axes[0].legend(loc="lower right", fontsize="small")
fig.colorbar(filled, ax=axes, label="root of curiosity / (y² / alpha)")
fig.savefig("batches.png", dpi=120)
console.print("Maps written to batches.png")
