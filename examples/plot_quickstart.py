"""
Quickstart: learn the most from the fewest labels
=================================================

A regressor that is curious about its data asks for the labels from which it
learns most. Here Gaussian processes on real measurements, the regressor that the
package takes by itself, choose the next cell nuclei to measure, five at a time: those
whose answers leave them the least to be curious about. Beside them is the same
regressor given nuclei at random. It is a replay: the answers are known, but hidden
until asked for.

Run it as it is on the breast cancer data that ship with scikit-learn (how compact
nuclei are, from their other shapes), or on any numeric table whose last column is the
target, and with other models::

    python examples/plot_quickstart.py
    python examples/plot_quickstart.py --data diabetes --model ridge --step 1
    python examples/plot_quickstart.py --data table.csv.gz --kernel rbf
"""

import argparse
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousKernelRidgeCV, CuriousRidgeCV, default_regressor
from skcurious.modal import CuriousLearner
from skcurious.query import expected_curiosity_reduction, random_sampling

parser = argparse.ArgumentParser(description="Curiosity against chance on one table.")
parser.add_argument(
    "--data", default="nuclei", help="numeric CSV file, target last, or diabetes"
)
parser.add_argument("--model", choices=["default", "ridge"], default="default")
parser.add_argument("--kernel", help="use kernel ridge with this kernel, like rbf")
parser.add_argument("--seeds", type=int, default=10, help="repetitions")
parser.add_argument("--initial", type=int, default=10, help="labels to start from")
parser.add_argument("--queries", type=int, default=40, help="labels to ask for")
parser.add_argument("--step", type=int, default=5, help="labels asked for at a time")
parser.add_argument("--output", type=Path, default=Path("quickstart.png"))
arguments = parser.parse_args()
console = Console()

# %%
# The data
# --------
# The labels of the pool are hidden from the model until it asks for them.

name = Path(arguments.data).name.split(".")[0]
if arguments.data == "nuclei":
    nuclei = load_breast_cancer(as_frame=True).data.filter(like="mean")
    y = nuclei.pop("mean compactness").to_numpy()
    X = nuclei.to_numpy()
elif arguments.data == "diabetes":
    X, y = load_diabetes(return_X_y=True)
else:
    try:
        table = np.loadtxt(arguments.data, delimiter=",", ndmin=2)
    except (OSError, ValueError) as error:
        parser.error(
            f"{arguments.data} cannot be read ({error}). Expected are numbers only, "
            "separated by commas, without a header, the target in the last column."
        )
    X, y = table[:, :-1], table[:, -1]
if len(y) < 2 * arguments.initial + 4:
    parser.error(f"{len(y)} rows are too few for --initial {arguments.initial}.")

# %%
# The model
# ---------
# :func:`~skcurious.default_regressor` looks at the columns of all rows, labelled or
# not, and learns from the labels how smooth their effects are, anew after every query.
# The other two are ordinary scikit-learn pipelines whose last step chooses alpha by
# leave-one-out errors.


def make_model():
    if arguments.kernel is None and arguments.model == "default":
        return default_regressor(X)
    alphas = np.logspace(-2, 3, 20)
    if arguments.kernel is None:
        model = CuriousRidgeCV(alphas)
    else:
        gamma = 1 / X.shape[1]
        model = CuriousKernelRidgeCV(alphas, kernel=arguments.kernel, gamma=gamma)
    return make_pipeline(StandardScaler(), model)


# %%
# The loop
# --------
# modAL's learner, with the query strategy as the only difference.


def learning_curve(strategy, seed):
    """Test error after each query, in units of the target's standard deviation."""
    X_pool, X_test, y_pool, y_test = train_test_split(
        X, y, train_size=min(1_000, len(y) // 2), test_size=0.5, random_state=seed
    )
    first, left = np.split(np.arange(len(y_pool)), [arguments.initial])
    learner = CuriousLearner(
        make_model(),
        partial(strategy, random_state=seed),
        X_training=X_pool[first],
        y_training=y_pool[first],
    )
    errors = []
    n_queries = min(arguments.queries, len(left) - arguments.step) // arguments.step
    for _ in range(n_queries + 1):
        error = np.sqrt(np.mean((learner.predict(X_test) - y_test) ** 2))
        errors.append(error / y_test.std())
        indices, rows = learner.query(X_pool[left], n_instances=arguments.step)
        learner.teach(rows, y_pool[left[indices]])  # here somebody measures
        left = np.delete(left, indices)
    return errors


strategies = {
    "random": random_sampling,
    "reduction": expected_curiosity_reduction,
}
jobs = [(s, seed) for s in strategies for seed in range(arguments.seeds)]
curves = {strategy: [] for strategy in strategies}
for strategy, seed in track(jobs, "Active learning loops", console=console):
    curves[strategy].append(learning_curve(strategies[strategy], seed))
curves = {strategy: np.array(values) for strategy, values in curves.items()}

# %%
# What came out
# -------------
# Two loops with the same seed start from the same labels and have the same
# test rows, so their difference is what the strategy did.

labels = arguments.initial + arguments.step * np.arange(curves["random"].shape[1])
table = Table(title=f"Test error on {name} (RMSE / standard deviation)")
for column in ["labels", *curves]:
    table.add_column(column, justify="right")
for i in np.unique(np.linspace(0, len(labels) - 1, 6).astype(int)):
    means = [f"{values[:, i].mean():.3f}" for values in curves.values()]
    table.add_row(str(labels[i]), *means)
console.print(table)

gain = np.log(curves["reduction"] / curves["random"]).mean(axis=1)
mean = gain.mean()
error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else np.inf
if abs(mean) <= 2 * error:
    verdict = "no difference from chance that this many seeds could show"
else:
    verdict = "better than chance" if mean < 0 else "worse than chance"
console.print(
    f"reduction: mean log error against random {mean:+.3f} ± {error:.3f} "
    f"(standard error over {len(gain)} seeds): {verdict} on {name}."
)
means = {strategy: values.mean(axis=0) for strategy, values in curves.items()}
reached = means["reduction"] <= means["random"][-1]
if reached.any():
    first = reached.argmax()
    console.print(
        f"{labels[first]} labels that it asked for do what {labels[-1]} at random do "
        f"(errors {means['reduction'][first]:.3f} and {means['random'][-1]:.3f})."
    )

# %%
# The learning curves, with one standard error over the seeds. Both start from the same
# labels, and so from the same error.

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
for strategy, label, color, line in (
    ("random", "labels at random", "0.5", "s--"),
    ("reduction", "labels it asks for", "C3", "o-"),
):
    middle, values = means[strategy], curves[strategy]
    ax.plot(labels, middle, line, color=color, ms=4, label=label)
    spread = values.std(axis=0, ddof=min(1, len(values) - 1)) / np.sqrt(len(values))
    ax.fill_between(
        labels, middle - spread, middle + spread, color=color, alpha=0.2, lw=0
    )
start = f"the same first {labels[0]}"
ax.plot(labels[0], means["random"][0], "ko", ms=7, label=start)
ax.set(
    xlabel="labels",
    ylabel="test RMSE / standard deviation",
    title=f"{name}: mean of {arguments.seeds} seeds, ± 1 standard error",
)
ax.legend(frameon=False)
fig.savefig(arguments.output, dpi=150)
console.print(f"Learning curves written to {arguments.output}")
