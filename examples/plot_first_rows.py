"""
The first rows to measure, and why the next
===========================================

A table of candidates and not one label: ``initial_design`` says where to begin, by what
the model that will be fitted does not know before it has seen a label. With these
measured, a query strategy asks for more, and ``explain_queries`` says why. The table:
reactions of which the yield is not known, in three solvers.
"""

import numpy as np
import pandas as pd
from rich.console import Console

from skcurious import default_regressor
from skcurious.inspection import QueryExplanationDisplay, explain_queries
from skcurious.query import expected_curiosity_reduction, initial_design

console = Console()
rng = np.random.default_rng(0)
pool = pd.DataFrame(
    {
        "celsius": rng.uniform(20, 100, 300).round(),
        "hours": rng.lognormal(1, 0.8, 300).round(1),
        "equivalents": rng.uniform(1, 3, 300).round(2),
        "solvent": rng.choice(["water", "ethanol", "DMF"], 300, p=[0.6, 0.3, 0.1]),
    },
    index=[f"run {number:03}" for number in range(300)],
)


def measure(rows):
    """What the laboratory would say: the yield in percent."""
    best = rows["solvent"].map({"water": 60, "ethanol": 70, "DMF": 85})
    heat = np.exp(-(((rows["celsius"] - best) / 25) ** 2))
    time = 1 - np.exp(-rows["hours"] / 3)
    return 90 * heat * time + rng.normal(0, 2, len(rows))


# %%
# Where to begin
# --------------
# Twelve rows, the one that tells most first. All solvers are among them, although one
# is rare, and neither all corners nor only the middle.

first, scores = initial_design(pool, 12, random_state=0)
measured = pool.iloc[first].assign(yields=measure(pool.iloc[first]).round(1))
console.print(measured.assign(score=scores.round(3)).to_string())
assert set(measured["solvent"]) == set(pool["solvent"])

# %%
# Which rows next, and why
# ------------------------
# The model learns from these twelve how far each column reaches. For each of four
# queries, one line: what is expected there, how far its label brings the expected
# error of the whole pool down, how much of the pool it informs, and in which columns
# it differs from the nearest row that has been measured.

rest = pool.drop(measured.index)
labelled = measured[pool.columns]
model = default_regressor(pool).fit(labelled, measured["yields"])
queries, _ = expected_curiosity_reduction(model, rest, 4, random_state=0)
console.print(rest.iloc[queries].to_string())
table = explain_queries(model, rest, queries, X_labelled=labelled)
console.print(table[["prediction", "std", "gain", "informs"]].round(2).to_string())
console.print(table[["nearest", "differs_in"]].to_string())
display = QueryExplanationDisplay.from_estimator(
    model, rest, queries, X_labelled=labelled
)
display.figure_.savefig("first_rows.png", dpi=120)
console.print("Why these rows: first_rows.png")

# %%
# What it comes to
# ----------------
# The gains are those of the model as it is. With the labels in hand it is fitted again,
# and may have learned better how the yield depends on the columns. The error after
# twelve rows of the design, and after twelve at random:

truth = measure(pool)


def error(rows):
    """Root mean squared error for all candidates, with these measured."""
    fitted = default_regressor(pool).fit(pool.iloc[rows], measure(pool.iloc[rows]))
    return np.sqrt(np.mean((fitted.predict(pool) - truth) ** 2))


at_random = [error(rng.permutation(300)[:12]) for _ in range(6)]
designed = [error(initial_design(pool, 12, random_state=seed)[0]) for seed in range(6)]
console.print(
    f"Error after 12 rows: {np.mean(designed):.1f} percent by design, "
    f"{np.mean(at_random):.1f} at random."
)
