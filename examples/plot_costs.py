"""
Labels that do not cost the same
================================

A measurement next door costs one hour, one at the far station costs eight. With
``cost=`` every strategy divides its scores by the price: it asks for what a label
teaches per hour. The errors are then to be compared at equal money, not at equal
numbers of labels. The table: the compactness of cell nuclei from other shapes in the
same images; which rows are far away is drawn by lot.
"""

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
from skcurious.query import expected_curiosity_reduction, random_sampling

console = Console()
nuclei = load_breast_cancer().data[:, :10]
X, y = np.delete(nuclei, 5, axis=1), nuclei[:, 5]

# %%
# The loop
# --------
# Ten labels to start from, then one after another until the budget is spent. Three
# ways to spend it: with the price in view, without, and at random.

BUDGET, NEAR, FAR = 120, 1.0, 8.0


def spend(strategy, is_priced, seed):
    """Money spent and log of the test error, after every label."""
    rng = np.random.RandomState(seed)
    price = np.where(rng.uniform(size=len(y)) < 0.5, NEAR, FAR)
    pool, test = train_test_split(np.arange(len(y)), test_size=169, random_state=seed)
    rows, left, spent, path = list(pool[:10]), pool[10:], 0.0, []
    while True:
        model = TransformedTargetRegressor(
            make_pipeline(
                StandardScaler(), CuriousKernelRidgeCV(param_grid={"gamma": [0.03]})
            ),
            transformer=StandardScaler(),
        ).fit(X[rows], y[rows])
        errors = model.predict(X[test]) - y[test]
        path.append((spent, np.log(np.sqrt(np.mean(errors**2)) / y.std())))
        if spent >= BUDGET:
            return np.array(path)
        cost = price[left] if is_priced else None
        (index,), _ = strategy(model, X[left], cost=cost, random_state=seed)
        rows.append(left[index])  # here somebody measures
        spent += price[left[index]]
        left = np.delete(left, index)


ways = {
    "with prices": (expected_curiosity_reduction, True),
    "without prices": (expected_curiosity_reduction, False),
    "random": (random_sampling, False),
}
paths = {
    name: [spend(strategy, is_priced, seed) for seed in range(6)]
    for name, (strategy, is_priced) in ways.items()
}

# %%
# Error against money
# -------------------
# What had been reached when so much was spent. Loops with the same seed have the same
# first labels, prices and test rows.

money = np.arange(0, BUDGET + 1, 5)


def reached(path):
    """Log error of the last model that the money had paid for."""
    return path[np.searchsorted(path[:, 0], money, side="right") - 1, 1]


curves = {name: np.array([reached(p) for p in paths[name]]) for name in ways}
table = Table(title="Test error after so many hours (RMSE / standard deviation)")
for column in ["hours", *ways]:
    table.add_column(column, justify="right")
for i in range(0, len(money), 4):
    means = [f"{np.exp(curves[name][:, i].mean()):.3f}" for name in ways]
    table.add_row(str(money[i]), *means)
labels = [f"{np.mean([len(p) + 9 for p in paths[name]]):.0f}" for name in ways]
table.add_section()
table.add_row("labels", *labels)
console.print(table)

for name in ("without prices", "random"):
    gain = (curves["with prices"] - curves[name])[:, 1:].mean(axis=1)
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    console.print(
        f"Log error with prices, less that of {name}, mean over the curve: "
        f"{gain.mean():+.3f} ± {error:.3f}."
    )
    assert gain.mean() < -3 * error

# %%
# The loop that sees the prices buys the near labels first, more than twice as many for
# the same hours, and far ones where they are worth eight near ones.

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
for (name, values), color in zip(curves.items(), ["C3", "C0", "0.5"], strict=True):
    middle = values.mean(axis=0)
    spread = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    ax.plot(money, np.exp(middle), color=color, label=name)
    ax.fill_between(
        money,
        np.exp(middle - spread),
        np.exp(middle + spread),
        color=color,
        alpha=0.2,
        lw=0,
    )
ax.set(
    xlabel="hours spent",
    ylabel="test RMSE / standard deviation",
    title="Mean of 6 seeds, ± 1 standard error",
    yscale="log",
)
ax.yaxis.set_major_formatter("{x:g}")
ax.yaxis.set_minor_formatter("{x:g}")
ax.legend(frameon=False)
fig.savefig("costs.png", dpi=120)
console.print("Learning curves written to costs.png")
