"""
A loop with modAL that knows when to stop
=========================================

modAL runs the loop: ask, label, teach. skcurious brings the regressor, the query
strategy, and a number to stop by. The table: the cell nuclei of 569 breast tissue
samples, and how compact they are, from the other shapes in the same images. It is a
replay: all compactnesses are known, but hidden until they are asked for.
"""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousKernelRidgeCV
from skcurious.modal import CuriousLearner
from skcurious.query import expected_curiosity_reduction, pool_status, random_sampling

console = Console()
nuclei = load_breast_cancer(as_frame=True).data.filter(like="mean")
X, y = nuclei.drop(columns="mean compactness"), nuclei["mean compactness"]
X_pool, X_test, y_pool, y_test = train_test_split(X, y, train_size=400, random_state=0)


# %%
# The learner
# -----------
# ``functools.partial`` presets the options of a strategy: here the seed, and that the
# predictions matter for the whole pool, not just for what is left of it. The learner
# takes data frames, and keeps them.


def make_learner(strategy):
    regressor = make_pipeline(
        StandardScaler(), CuriousKernelRidgeCV(param_grid={"gamma": [0.01, 0.03, 0.1]})
    )
    return CuriousLearner(
        TransformedTargetRegressor(regressor, transformer=StandardScaler()),
        query_strategy=strategy,
        X_training=X_pool[:10],
        y_training=y_pool[:10],
    )


curious = partial(expected_curiosity_reduction, X_reference=X_pool, random_state=0)

# %%
# When to stop
# ------------
# ``pool_status(...).std`` is the standard deviation of the predictions over the pool,
# in units of the scaled target: what the model does not know. ``gain`` is by how much
# the next label would bring it down. We stop when that is less than half a percent of
# what is left, three times in a row. No test row has a say in it.

STEP, TOLERANCE = 5, 0.005


def error(learner):
    """On rows that nobody asks for, in standard deviations of the compactness."""
    return np.sqrt(np.mean((learner.predict(X_test) - y_test) ** 2)) / y_test.std()


def is_enough(history):
    """Whether the last three gains were small."""
    return all(gain < TOLERANCE * std for _, std, gain, _ in history[-3:])


def run(strategy, n_labels=160):
    """Query on after the rule says stop, to see what it would have missed."""
    learner = make_learner(strategy)
    left = np.arange(10, len(X_pool))
    history, stop = [], None
    while True:
        status = pool_status(learner, X_pool, X_reference=X_pool, random_state=0)
        history.append(
            (len(learner.X_training), status.std, status.gain, error(learner))
        )
        if stop is None and is_enough(history):
            stop = len(history) - 1
        if len(learner.X_training) >= n_labels:
            return np.array(history), stop
        indices, rows = learner.query(X_pool.iloc[left], n_instances=STEP)
        learner.teach(rows, y_pool.iloc[left[indices]])  # here somebody measures
        left = np.delete(left, indices)


asked, stop = run(curious)
chance, _ = run(partial(random_sampling, random_state=0))

# %%
# What came out
# -------------
# Beside what all 400 labels of the pool would give.

everything = error(make_learner(curious).fit(X_pool, y_pool))
table = Table(title="Asking for the compactness of nuclei")
for column in ["labels", "std", "gain / std", "test error", "at random"]:
    table.add_column(column, justify="right")
for i in sorted({*range(0, len(asked), 5), stop}):
    labels, std, gain, test_error = asked[i]
    table.add_row(
        f"{labels:.0f}{' stop' if i == stop else ''}",
        f"{std:.3f}",
        f"{gain / std:.2%}",
        f"{test_error:.3f}",
        f"{chance[i, 3]:.3f}",
    )
table.add_row("400", "", "", f"{everything:.3f}", f"{everything:.3f}")
console.print(table)

assert stop is not None, "the rule never said stop"
assert asked[stop, 3] < 1.1 * everything, "it said stop too early"
assert asked[stop, 3] < 0.8 * chance[-1, 3], "more random labels would have done it"

# %%
# The rule says stop where the error is within a tenth of that of all 400 labels, and
# the labels after it hardly change it. The same number of random labels, and more of
# them, leave an error that is larger by a third.

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot(chance[:, 0], chance[:, 3], color="0.5", label="random")
ax.plot(asked[:, 0], asked[:, 3], color="C3", label="asked for")
ax.plot(asked[:, 0], asked[:, 1], color="C3", ls=":", label="what it does not know")
ax.axhline(everything, color="0.8", lw=1, zorder=0)
ax.text(161, everything - 0.01, "all 400", color="0.5", va="top", ha="right")
ax.axvline(asked[stop, 0], color="0.2", lw=1)
ax.text(asked[stop, 0] + 2, 0.75, "stop", color="0.2")
ax.set(
    xlabel="labels",
    ylabel="test RMSE / standard deviation",
    title="Compactness of cell nuclei",
    ylim=(0, 0.9),
)
ax.legend(frameon=False)
fig.savefig("modal_loop.png", dpi=120)
console.print("Learning curves written to modal_loop.png")
