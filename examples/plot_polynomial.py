"""
Polynomial regression, and what it is curious about
===================================================

The setting of F. Eaton's paper on regularity tangents (arXiv 2411.15292):
a polynomial is fitted to a few points on a line, its regularity chosen by the
leave-one-out error. Where would the curve move most if it were regularised a
little more? There a label would change the model's complexity most: that is
what the model is curious about. We look at the curve of curiosity, follow it
for a few queries, and watch what they do to both curves.
"""

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from skcurious import CuriousRidge, CuriousRidgeCV, curiosity_score, predict_tangent
from skcurious.query import curiosity_sampling

console = Console()
rng = np.random.RandomState(3)
ALPHAS = np.logspace(-7, 1, 60)
grid = np.linspace(-1, 1, 401)[:, None]


def truth(x):
    return np.sin(4 * x[:, 0]) * np.exp(x[:, 0] / 2)


def measure(x):
    return truth(x) + 0.1 * rng.standard_normal(len(x))


def polynomial(regressor):
    return make_pipeline(PolynomialFeatures(9), StandardScaler(), regressor)


# %%
# Regularity by the leave-one-out error
# -------------------------------------
# Fourteen points, none of them in the right third. ``CuriousRidgeCV`` has the
# leave-one-out error of every alpha from one decomposition.

x = rng.uniform(-1, 0.3, (14, 1))
y = measure(x)


def fit(x, y):
    return polynomial(CuriousRidgeCV(ALPHAS, store_cv_results=True)).fit(x, y)


model = fit(x, y)
console.print(f"alpha by leave-one-out: {model[-1].alpha_:.1e}")

# %%
# Curiosity is a derivative
# -------------------------
# The prediction tangent is what two refits would show, with a little more and
# a little less regularity; no refit was made for it.

alpha = model[-1].alpha_
more, less = (
    polynomial(CuriousRidge(alpha * factor)).fit(x, y).predict(grid)
    for factor in (1.001, 0.999)
)
refits = (more - less) / (0.002 * alpha)
tangent = predict_tangent(model, grid)
error = np.abs(tangent - refits).max() / np.abs(tangent).max()
console.print(f"largest relative difference from refits: {error:.1e}")
assert error < 1e-4

# %%
# Queries
# -------
# One point at a time where curiosity is largest; after each, alpha is chosen
# anew.

models, points = [model], [(x, y)]
table = Table(title="What each query does")
for column in ["labels", "query at", "alpha", "largest curiosity", "true error"]:
    table.add_column(column, justify="right")
for _ in range(6):
    (index,), _ = curiosity_sampling(models[-1], grid)
    x = np.vstack([x, grid[[index]]])
    y = np.append(y, measure(grid[[index]]))
    models.append(fit(x, y))
    points.append((x, y))
errors = [np.sqrt(np.mean((m.predict(grid) - truth(grid)) ** 2)) for m in models]
for m, (x, _), error in zip(models, points, errors, strict=True):
    table.add_row(
        str(len(x)),
        f"{x[-1, 0]:+.2f}" if len(x) > 14 else "",
        f"{m[-1].alpha_:.1e}",
        f"{curiosity_score(m, grid, noise_variance=1.0).max():.2g}",
        f"{error:.3f}",
    )
console.print(table)
assert points[1][0][-1, 0] > 0.3, "the first query is where there are no labels"
assert errors[-1] < errors[0] / 3

# %%
# Before, after one query, and after six
# --------------------------------------
# Above the fits, in the middle the curiosity (for labels of unit variance), with
# the next query where it is largest; below the leave-one-out error by which
# alpha was chosen.

fig, axes = plt.subplots(
    3, 3, figsize=(10, 7.5), layout="constrained", sharey="row", height_ratios=[2, 1, 1]
)
for column, step in zip(axes.T, (0, 1, 6), strict=True):
    model, (x, y) = models[step], points[step]
    mean, std = model.predict(grid, return_std=True)
    curiosity = curiosity_score(model, grid, noise_variance=1.0)
    at = grid[:, 0]
    top, middle, bottom = column
    top.plot(at, truth(grid), color="0.6", label="truth")
    top.plot(at, mean, color="C0", label="prediction")
    top.fill_between(at, mean - 2 * std, mean + 2 * std, color="C0", alpha=0.2, lw=0)
    top.plot(x[:14], y[:14], "k.", label="first labels")
    top.plot(x[14:], y[14:], "C3o", ms=5, label="queried")
    top.set(title=f"{len(x)} labels", ylim=(-3, 3))
    middle.semilogy(at, curiosity, color="C1")
    middle.axvline(at[curiosity.argmax()], color="C3", ls=":")
    middle.set(xlabel="x")
    loo = model[-1].cv_results_.mean(axis=0)
    bottom.loglog(ALPHAS, loo, color="C2")
    bottom.axvline(model[-1].alpha_, color="0.4", ls=":")
    bottom.set(xlabel="alpha")
axes[0, 0].legend(frameon=False, fontsize="small", loc="upper left")
for ax, label in zip(
    axes[:, 0], ("y", "curiosity", "leave-one-out error"), strict=True
):
    ax.set_ylabel(label)
fig.savefig("polynomial.png", dpi=120)
console.print("Curves written to polynomial.png")
