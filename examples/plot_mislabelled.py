"""
Finding wrong labels by their influence
=======================================

A row with a wrong label is one that the model can only fit by bending to it.
``self_influence`` says how much worse the row would be predicted without
itself, exactly for ridge and kernel ridge regression, without a refit;
``influence_on_loss`` says how much harm it does to other rows. We plant wrong
labels in two real tables, look at the 5% of the rows that each score puts
first, count the wrong ones among them, and see what taking these rows out
does to the error elsewhere.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousKernelRidgeCV, CuriousMLPRegressor, CuriousRidgeCV
from skcurious.influence import influence_on_loss, self_influence

console = Console(width=100)
warnings.simplefilter("ignore", ConvergenceWarning)
PART = 0.05

# %%
# Two tables
# ----------
# The progression of diabetes from ten measurements, noisy: no model explains
# more than half of its variance. And how compact the cell nuclei of breast
# tissue are, from the other shapes in the same image, much of which can be
# explained.

measurements = load_breast_cancer().data[:, :10]
tables = {
    "diabetes": load_diabetes(return_X_y=True),
    "nuclei": (np.delete(measurements, 5, axis=1), measurements[:, 5]),
}


def standardised(regressor):
    return TransformedTargetRegressor(
        make_pipeline(StandardScaler(), regressor), transformer=StandardScaler()
    )


models = {
    "ridge": standardised(CuriousRidgeCV(np.logspace(-3, 4, 30))),
    "kernel ridge": standardised(CuriousKernelRidgeCV(np.logspace(-4, 1, 30))),
    "network": standardised(
        CuriousMLPRegressor(
            hidden_layer_sizes=(16,),
            activation="tanh",
            solver="lbfgs",
            alpha=0.1,
            max_iter=300,
            random_state=0,
        )
    ),
}

# %%
# Planting errors, and finding them
# ---------------------------------
# One label in twenty is replaced by that of another row. A third of the rows is
# set aside with labels known to be right: on one half of them the loss is
# measured that influences are about, on the other the error in the end.

SCORES = ("residual", "without itself", "self-influence", "harm")


def plant(y, rng):
    wrong = rng.permutation(len(y))[: round(PART * len(y))]
    y = y.copy()
    y[wrong] = y[rng.randint(len(y), size=len(wrong))]
    return y, wrong


def scores(model, X, y, X_clean, y_clean):
    scale = model.transformer_.scale_[0]
    residual = (model.predict(X) - y) / scale  # in the units of the regressor
    influence = self_influence(model, X, y)
    harm = influence_on_loss(model, X, y, X_validation=X_clean, y_validation=y_clean)
    return dict(
        zip(
            SCORES,
            (np.abs(residual), residual**2 / 2 + influence, influence, harm),
            strict=True,
        )
    )


def log_error(model, X, y):
    return 0.5 * np.log(np.mean((model.predict(X) - y) ** 2))


results = {}
for name, (X, y) in tables.items():
    for seed in range(10):
        rng = np.random.RandomState(seed)
        order = rng.permutation(len(y))
        clean, test, train = np.split(order, [len(y) // 6, len(y) // 3])
        X_train, (y_train, wrong) = X[train], plant(y[train], rng)
        for kind, model in models.items():
            model.fit(X_train, y_train)
            before = log_error(model, X[test], y[test])
            for score, values in scores(
                model, X_train, y_train, X[clean], y[clean]
            ).items():
                first = np.argsort(-values)[: len(wrong)]
                refit = clone(model).fit(
                    np.delete(X_train, first, axis=0), np.delete(y_train, first)
                )
                results.setdefault((name, kind, score), []).append(
                    (
                        np.isin(first, wrong).mean(),
                        log_error(refit, X[test], y[test]) - before,
                    )
                )


def show(title, column, form):
    table = Table(title=title)
    table.add_column("table", no_wrap=True)
    table.add_column("model", no_wrap=True)
    for score in SCORES:
        table.add_column(score, justify="right")
    for name in tables:
        for kind in models:
            cells = []
            for score in SCORES:
                values = np.array(results[name, kind, score])[:, column]
                error = values.std(ddof=1) / np.sqrt(len(values))
                cells.append(form.format(values.mean(), error))
            table.add_row(name, kind, *cells)
    console.print(table)


show(
    f"Wrong labels among the first {PART:.0%} (chance: {PART:.0%})",
    0,
    "{:.0%} ± {:.0%}",
)
show(
    "Log of the test error without these rows, less that with them",
    1,
    "{:+.2f} ± {:.2f}",
)
for key, values in results.items():
    assert np.mean(values, axis=0)[0] > PART, f"{key} is no better than chance"

# %%
# The plain residual finds as many wrong labels as any score, or more: with
# regularity chosen by the leave-one-out error these models hardly bend to single
# rows. What a row does to its own prediction is large for rows that are alone,
# and here most of these are right; kernel ridge regression is worse off without
# them. Only the network, with ten times as many weights as the others, gains
# from taking rows out at all, most by self-influence. So: look at residuals
# first, at influence for what a row is to blame for, and at the row before it goes.

# %%
# Where the two scores differ
# ---------------------------
# Self-influence divides the residual by what the row did to its own
# prediction: rows that are alone move up.

fig, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
X, y = tables["nuclei"]
y_wrong, wrong = plant(y, np.random.RandomState(0))
model = models["network"].fit(X, y_wrong)
residual = np.abs(model.predict(X) - y_wrong)
influence = self_influence(model, X, y_wrong)
ax.loglog(residual, influence, ".", color="0.6", ms=4, label="right")
ax.loglog(residual[wrong], influence[wrong], "C3o", ms=5, label="wrong")
ax.set(
    xlabel="residual of the compactness",
    ylabel="self-influence",
    title="A network on 569 nuclei, one label in twenty wrong",
    ylim=(influence.max() / 1e6, None),
    xlim=(residual.max() / 1e3, None),
)
ax.axhline(np.sort(influence)[-len(wrong)], color="0.4", ls=":")
ax.axvline(np.sort(residual)[-len(wrong)], color="0.4", ls=":")
ax.legend(frameon=False)
fig.savefig("mislabelled.png", dpi=120)
console.print("Picture written to mislabelled.png")
