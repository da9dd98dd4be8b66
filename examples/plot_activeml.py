"""
A loop in scikit-activeml
=========================

scikit-activeml keeps all rows in one table, with NaN where a label is missing,
and has many query strategies of one form. Those of skcurious take their place
among them: here a kernel ridge regression learns how ragged the outlines of
cell nuclei are (the fractal dimension) from the other measurements of the same
image, with 50 labels, chosen by expected curiosity reduction, by
scikit-activeml's greedy sampling in the space of features and labels (iGS; Wu,
Lin and Huang, 2019), and at random. The gain is large here; on some tables
there is none (see the guide).
"""

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table
from skactiveml.pool import GreedySamplingTarget, RandomSampling
from skactiveml.regressor import SklearnRegressor
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousKernelRidgeCV
from skcurious.activeml import ExpectedCuriosityReduction

console = Console()
measurements = load_breast_cancer().data[:, :10]
X, y = measurements[:, :9], measurements[:, 9]
N_FIRST, N_QUERIES, SEEDS = 10, 40, range(6)

# %%
# The regressor
# -------------
# ``SklearnRegressor`` leaves rows without a label out of the fit. The strategies
# look through it, and through the pipeline in it.

regressor = SklearnRegressor(
    make_pipeline(
        StandardScaler(),
        CuriousKernelRidgeCV(
            np.logspace(-3, 1, 9), kernel="rbf", param_grid={"gamma": [0.02, 0.05, 0.1]}
        ),
    )
)

# %%
# The loop
# --------
# The same for every strategy; what a strategy is asked for differs a little.

STRATEGIES = {
    "random": lambda seed: (RandomSampling(random_state=seed), {}),
    "iGS": lambda seed: (
        GreedySamplingTarget(method="GSi", random_state=seed),
        {"reg": regressor},
    ),
    "reduction": lambda seed: (
        ExpectedCuriosityReduction(random_state=seed),
        {"reg": regressor},
    ),
}


def learning_curve(name, seed):
    """Test errors, the first before any query, in units of the target's deviation."""
    rows, X_test, truth, y_test = train_test_split(X, y, random_state=seed)
    strategy, options = STRATEGIES[name](seed)
    known = np.full(len(truth), np.nan)
    known[:N_FIRST] = truth[:N_FIRST]
    errors = []
    for n_queries in range(N_QUERIES + 1):
        if n_queries:
            query = strategy.query(rows, known, **options)
            known[query] = truth[query]  # here somebody measures
        predicted = regressor.fit(rows, known).predict(X_test)
        errors.append(np.sqrt(np.mean((predicted - y_test) ** 2)) / y_test.std())
    return errors


curves = {
    name: np.array([learning_curve(name, seed) for seed in SEEDS])
    for name in STRATEGIES
}

# %%
# What came out
# -------------
# Runs with the same seed share first labels, pool and test rows, so that their
# difference is what the strategy did, and is 0 before the first query.

table = Table(title="Mean log error against random over the curve")
for column in ("strategy", "difference", "standard error"):
    table.add_column(column, justify="right")
for name in STRATEGIES:
    gain = np.log(curves[name] / curves["random"])[:, 1:].mean(axis=1)
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    table.add_row(name, f"{gain.mean():+.3f}", f"{error:.3f}")
    if name == "reduction":
        assert gain.mean() < -2 * error, "fewer labels than random queries need"
console.print(table)

# %%
# Utilities
# ---------
# Batches come with the utilities at each of their picks: NaN at rows that have
# a label or were picked before, and smaller around earlier picks, whose labels
# are imagined to be known.

known = np.where(np.arange(len(y)) < 30, y, np.nan)
picked, utilities = ExpectedCuriosityReduction(random_state=0).query(
    X, known, reg=regressor, batch_size=3, return_utilities=True
)
assert np.isnan(utilities[0, :30]).all()
assert np.isnan(utilities[2, picked[:2]]).all()
later = ~np.isnan(utilities[2])
assert (utilities[2, later] <= utilities[0, later] * (1 + 1e-9)).all()

# %%
# On the left the loops; all start from the same errors. On the right the utilities of
# the rows at each of the three picks, with what was picked.

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
labels = N_FIRST + np.arange(N_QUERIES + 1)
styles = ("0.5", "--"), ("C0", "-."), ("C3", "-")
for (name, values), (color, line) in zip(curves.items(), styles, strict=True):
    middle = values.mean(axis=0)
    spread = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    left.plot(labels, middle, color=color, ls=line, label=name)
    left.fill_between(
        labels, middle - spread, middle + spread, color=color, alpha=0.2, lw=0
    )
left.set(
    xlabel="labels",
    ylabel="test RMSE / standard deviation",
    title=f"Nuclei: mean of {len(SEEDS)} seeds, ± 1 standard error",
)
left.legend(frameon=False)
order = np.argsort(-utilities[0])[: later.sum()]
for number, (values, pick, color) in enumerate(
    zip(utilities, picked, ["C3", "k", "C0"], strict=True), 1
):
    right.plot(values[order], ".", color=color, ms=3)
    at = int(np.flatnonzero(order == pick)[0])
    label = f"pick {number}: row {pick}"
    right.plot(at, values[pick], "osD"[number - 1], color=color, label=label)
right.set(
    xlabel="rows without a label, in the order of their first utility",
    ylabel="utility",
    title="A batch of three: utilities at each pick",
    xlim=(-3, 120),
    ylim=(0, None),
)
right.legend(frameon=False)
fig.savefig("activeml.png", dpi=120)
console.print("Curves written to activeml.png")
