"""
A curve measured point by point, and when to stop
=================================================

A detector response over temperature: 200 settings could be measured, each
measurement costs an hour. Kernel ridge regression chooses its regularity and
the width of its kernel at every fit, says how sure it is, which setting to
measure next, and when the rest is not worth the hours.
"""

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table

from skcurious import CuriousKernelRidgeCV
from skcurious.query import expected_curiosity_reduction, pool_status

console = Console()
rng = np.random.RandomState(0)
temperature = np.linspace(0, 10, 200)[:, None]
truth = np.sin(temperature[:, 0] ** 2 / 3) + 0.1 * temperature[:, 0]
measured = truth + 0.05 * rng.standard_normal(200)

# %%
# The loop
# --------
# Six settings to start from, then the setting that takes away most of what the
# model does not know about all 200. ``pool_status(...).std`` is the standard
# deviation of the predictions, in units of the response: we stop at 0.05, the
# noise of one measurement. On a handful of labels the model can be sure and
# wrong, so it has to be sure three times in a row.

TOLERANCE = 0.05
labelled = list(np.linspace(0, 199, 6).astype(int))
history, snapshots = [], {}
while len(labelled) < 150:
    model = CuriousKernelRidgeCV(param_grid={"gamma": [0.1, 0.3, 1.0, 3.0, 10.0]})
    model.fit(temperature[labelled], measured[labelled])
    status = pool_status(model, temperature)
    error = np.sqrt(np.mean((model.predict(temperature) - truth) ** 2))
    history.append((len(labelled), *status, error))
    is_sure = [row[2] < TOLERANCE for row in history[-3:]] == [True] * 3
    if len(labelled) in (8, 16) or is_sure:
        snapshots[len(labelled)] = model, list(labelled)
    if is_sure:
        break
    left = np.setdiff1d(np.arange(200), labelled)
    indices, _ = expected_curiosity_reduction(
        model, temperature[left], X_reference=temperature
    )
    labelled += list(left[indices])  # here somebody measures
history = np.array(history)

table = Table(title="What the model says, and how wrong it is")
for column in ["labels", "std", "gain", "curiosity", "true error"]:
    table.add_column(column, justify="right")
for row in history[np.unique(np.linspace(0, len(history) - 1, 8).astype(int))]:
    labels, curiosity, std, gain, error = row
    table.add_row(
        f"{labels:.0f}", f"{std:.3f}", f"{gain:.3f}", f"{curiosity:.2g}", f"{error:.3f}"
    )
console.print(table)
assert len(labelled) < 150, "the rule never said stop"
assert history[-1, -1] < 2 * TOLERANCE, "it said stop too early"

# %%
# Three moments
# -------------
# The band is two standard deviations of the mean. Where the curve is fast the
# model measures densely only once it has seen that it is.

fig, axes = plt.subplots(
    1, len(snapshots), figsize=(11, 3.4), sharey=True, layout="constrained"
)
for ax, (n_labels, (model, rows)) in zip(axes, snapshots.items(), strict=True):
    mean, std = model.predict(temperature, return_std=True)
    x = temperature[:, 0]
    ax.plot(x, truth, color="0.6", label="truth")
    ax.plot(x, mean, color="C3", label="prediction")
    ax.fill_between(x, mean - 2 * std, mean + 2 * std, color="C3", alpha=0.2, lw=0)
    ax.plot(x[rows], measured[rows], "k.", ms=5, label="measured")
    ax.set(title=f"{n_labels} labels", xlabel="temperature", ylim=(-2.5, 3.5))
axes[0].set_ylabel("response")
axes[0].legend(frameon=False, loc="upper left")
fig.savefig("kernel_ridge.png", dpi=120)
console.print("Curves written to kernel_ridge.png")
