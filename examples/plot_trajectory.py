"""
What a training run leaves in its trajectory
============================================

A network that trains in epochs passes through many networks. Rows whose
predictions moved on the way, and rows that the parameters were still moving for
when training ended, are rows that the run says most about: DISAL ("Tracing
Training Progress", ACM Multimedia 2024) queries by that, without a Hessian and
without an optimum. Beside it the curiosity of the same network, which looks at
the end of the run only.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import spearmanr
from sklearn.exceptions import ConvergenceWarning

from skcurious import CuriousMLPRegressor
from skcurious.query import curiosity_sampling, trajectory_sampling

console = Console()
warnings.simplefilter("ignore", ConvergenceWarning)
rng = np.random.RandomState(0)
grid = np.linspace(-3, 3, 301)[:, None]


def truth(x):
    return np.sin(2 * x[:, 0]) + 0.3 * x[:, 0]


# %%
# Checkpoints of one run
# ----------------------
# ``checkpoints=8`` keeps at most eight copies of the parameters, evenly spread
# over however many epochs there will be. No labels in the middle.

x = np.concatenate([rng.uniform(-3, -1, 15), rng.uniform(1.5, 3, 10)])[:, None]
y = truth(x) + 0.1 * rng.standard_normal(25)
model = CuriousMLPRegressor(
    hidden_layer_sizes=(30,),
    activation="tanh",
    alpha=0.01,
    learning_rate_init=0.01,
    max_iter=600,
    checkpoints=8,
    random_state=0,
).fit(x, y)
console.print(f"checkpoints after epochs {model.checkpoint_epochs_}")

# %%
# Three ways to ask
# -----------------

terms = model.trajectory_score(grid)
curiosity = model.curiosity_score(grid, noise_variance=1.0)
scores = {
    "projection": terms.projection,
    "dynamics": terms.dynamics,
    "curiosity": curiosity,
}
table = Table(title="Rank correlation, and the row asked for")
for column in ("score", *scores, "asks for x ="):
    table.add_column(column, justify="right")
for name, score in scores.items():
    row = [f"{spearmanr(score, other).statistic:+.2f}" for other in scores.values()]
    table.add_row(name, *row, f"{grid[score.argmax(), 0]:+.2f}")
console.print(table)
(asked,), _ = trajectory_sampling(model, grid)
(curious,), _ = curiosity_sampling(model, grid)
console.print(
    f"trajectory_sampling asks for x = {grid[asked, 0]:+.2f}, curiosity_sampling for "
    f"x = {grid[curious, 0]:+.2f}"
)
assert len(model.checkpoint_epochs_) >= 4

# %%
# The run, and what each score makes of it
# ----------------------------------------
# The dynamics are large wherever predictions had a long way to go, also where
# labels have long settled them; the projection where training would go on. A dotted
# line is at the row that a score asks for. Only where a score is large matters, and
# not how large: their units differ.

fig, axes = plt.subplots(
    4,
    1,
    figsize=(7, 8),
    sharex=True,
    layout="constrained",
    height_ratios=[2.5, 1, 1, 1],
)
colors = plt.cm.viridis(np.linspace(0, 0.9, len(model.checkpoint_epochs_)))
network = CuriousMLPRegressor(**model.get_params()).fit(x, y)
for epoch, color in zip(model.checkpoint_epochs_, colors, strict=True):
    # The same run, stopped there.
    stopped = network.set_params(max_iter=int(epoch), tol=0.0).fit(x, y)
    axes[0].plot(grid, stopped.predict(grid), color=color, lw=1, label=f"epoch {epoch}")
axes[0].plot(grid, truth(grid), "k:", label="truth")
axes[0].plot(x, y, "k.", label="labels")
axes[0].legend(frameon=False, fontsize="small", ncols=2, loc="lower right")
axes[0].set(title="One training run, at its checkpoints", ylabel="y, and predictions")
for ax, (name, score), color in zip(
    axes[1:], scores.items(), ("C0", "C1", "C3"), strict=True
):
    ax.plot(grid, score, color=color)
    ax.axvline(grid[score.argmax(), 0], color=color, ls=":", label="asked for")
    ax.set(ylabel=name, ylim=(0, None))
axes[1].legend(frameon=False, fontsize="small", loc="upper right")
axes[1].set_title("Scores of its last network", fontsize="medium")
axes[-1].set(xlabel="x")
fig.align_ylabels()
fig.savefig("trajectory.png", dpi=120)
console.print("Picture written to trajectory.png")
