"""
A neural network that asks
==========================

Where is a network curious, and what does a query change? First on one feature
of real data, where it can be drawn; then on all features, where ten labels at
a time are asked for beside a network that gets them at random.
"""

import warnings
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousMLPRegressor
from skcurious.modal import CuriousLearner
from skcurious.query import curiosity_sampling, random_sampling

console = Console()
# Small networks on standardised data need not run to the last digit.
warnings.simplefilter("ignore", ConvergenceWarning)

X, y = load_diabetes(return_X_y=True)
X = StandardScaler().fit_transform(X)
y = (y - y.mean()) / y.std()

# %%
# One feature
# -----------
# Disease progression against body mass index, from twelve patients in the
# middle of the range. Beyond them nothing but the penalty on the weights shapes
# the prediction, and the curve of curiosity says how much.

bmi = X[:, [2]]
first = np.flatnonzero(np.abs(bmi[:, 0]) < 0.7)[:12]
pool = np.setdiff1d(np.arange(len(y)), first)


def fitted(rows):
    model = CuriousMLPRegressor(
        hidden_layer_sizes=(16,),
        activation="tanh",
        solver="lbfgs",
        alpha=0.3,
        max_iter=2_000,
        random_state=0,
    )
    return model.fit(bmi[rows], y[rows])


before = fitted(first)
indices, _ = curiosity_sampling(before, bmi[pool], n_instances=3, random_state=0)
queried = pool[indices]
after = fitted(np.append(first, queried))
console.print(
    f"Queried the body mass indices {bmi[queried, 0].round(2)} (in standard "
    "deviations from the mean)."
)

# %%
# The three labels come from both ends and from in between, not from the highest
# end alone: after each pick its label is imagined to be known. Once they are
# known the curve is lower over most of the range, and highest around the slope that
# the first twelve labels had not hinted at. Dotted lines are at the rows asked for.

grid = np.linspace(bmi.min(), bmi.max(), 300)[:, None]
fig, axes = plt.subplots(
    2, 2, figsize=(9, 6), sharex=True, sharey="row", layout="constrained"
)
for column, (title, model, rows) in zip(
    axes.T,
    [
        ("before: 12 labels", before, first),
        ("after: 15 labels", after, np.append(first, queried)),
    ],
    strict=True,
):
    mean, std = model.predict(grid, return_std=True)
    column[0].plot(bmi[pool], y[pool], ".", color="0.7", ms=3, label="pool")
    column[0].fill_between(
        grid[:, 0],
        mean - 2 * std,
        mean + 2 * std,
        color="C0",
        alpha=0.2,
        lw=0,
        label="± 2 std of the mean",
    )
    column[0].plot(grid, mean, color="C0", label="prediction")
    column[0].plot(bmi[rows], y[rows], "k.", label="labelled")
    column[0].plot(bmi[queried], y[queried], "o", mfc="none", color="C3", label="asked")
    column[0].set_title(title)
    # In units of one noise variance, so that the two can be compared.
    curiosity = model.curiosity_score(grid, noise_variance=1.0)
    column[1].plot(grid, np.sqrt(curiosity), color="C4")
    for x in bmi[queried, 0]:
        column[1].axvline(x, color="C3", lw=1, ls=":")
    column[1].set_xlabel("body mass index / standard deviation")
axes[0, 0].set_ylabel("progression / standard deviation")
axes[1, 0].set(ylabel="root of curiosity, for unit noise", ylim=(0, None))
handles, names = axes[0, 0].get_legend_handles_labels()
fig.legend(handles, names, loc="outside lower center", ncols=5, fontsize="small")
fig.savefig("mlp_curiosity.png", dpi=150)
console.print("Curves of curiosity written to mlp_curiosity.png")

at_queries = [
    model.curiosity_score(bmi[queried], noise_variance=1.0).sum()
    for model in (before, after)
]
console.print(
    "Curiosity at the three rows together, per unit of noise variance: "
    f"{at_queries[0]:.3f} before, {at_queries[1]:.3f} after their labels were known."
)
assert at_queries[1] < at_queries[0]

# %%
# All features
# ------------
# Twenty labels to start from, then ten at a time. For a network with more
# parameters than labels the tangent comes from the *dual* solver: a matrix as
# large as the number of labels. These data are noisy and close to linear, and a
# network has little to gain on them from any choice of rows; what is printed is
# what happened.


def learning_curve(strategy, seed):
    """Test error after each batch."""
    X_pool, X_test, y_pool, y_test = train_test_split(X, y, random_state=seed)
    left = np.arange(20, len(y_pool))
    learner = CuriousLearner(
        CuriousMLPRegressor(
            hidden_layer_sizes=(16,),
            activation="tanh",
            solver="lbfgs",
            alpha=1.0,
            max_iter=300,
            random_state=seed,
        ),
        partial(strategy, random_state=seed),
        X_training=X_pool[:20],
        y_training=y_pool[:20],
    )
    errors = []
    for _ in range(9):
        errors.append(np.sqrt(np.mean((learner.predict(X_test) - y_test) ** 2)))
        indices, rows = learner.query(X_pool[left], n_instances=10)
        learner.teach(rows, y_pool[left[indices]])
        left = np.delete(left, indices)
    assert learner.estimator.tangent_solver_ == "dual"
    return errors


seeds = range(8)
strategies = {"random": random_sampling, "curiosity": curiosity_sampling}
jobs = [(name, seed) for name in strategies for seed in seeds]
curves = {name: [] for name in strategies}
for name, seed in track(jobs, "Active learning loops", console=console):
    curves[name].append(learning_curve(strategies[name], seed))
curves = {name: np.array(values) for name, values in curves.items()}

table = Table(title="Test error on diabetes (RMSE / standard deviation)")
for column in ["labels", *strategies]:
    table.add_column(column, justify="right")
for i in range(0, 9, 2):
    table.add_row(
        str(20 + 10 * i), *(f"{curves[name][:, i].mean():.3f}" for name in strategies)
    )
console.print(table)
gain = np.log(curves["curiosity"] / curves["random"]).mean(axis=1)
error = gain.std(ddof=1) / np.sqrt(len(gain))
console.print(
    f"Mean log error against random over the curve: {gain.mean():+.3f} ± {error:.3f} "
    f"(standard error over {len(gain)} seeds): "
    + ("a difference." if abs(gain.mean()) > 2 * error else "no difference.")
)
