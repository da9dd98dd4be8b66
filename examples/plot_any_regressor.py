"""
Curiosity for any regressor
===========================

Ridge regression, kernel ridge regression and networks have a tangent in closed form.
Any other regressor with a regularity parameter gets one from two more fits, with a
little more and a little less of it: ``CuriousRegressor`` wraps Lasso, support vector
regression, Gaussian processes, boosted trees. One feature of real data, four models,
and where each of them is curious.
"""

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.datasets import load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Lasso
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler
from sklearn.svm import SVR

from skcurious import CuriousKernelRidge, CuriousRegressor
from skcurious.query import curiosity_sampling

console = Console()

# %%
# Disease progression against body mass index, both in standard deviations. Forty
# patients from the middle of the range have been examined.

X, y = load_diabetes(return_X_y=True)
X = StandardScaler().fit_transform(X[:, [2]])
y = (y - y.mean()) / y.std()
rows = np.flatnonzero(np.abs(X[:, 0]) < 1.2)[:40]
pool = np.setdiff1d(np.arange(len(y)), rows)
grid = np.linspace(X.min(), X.max(), 400)[:, None]

# %%
# Nothing is lost where there is a closed form
# --------------------------------------------
# The central difference of two refits is off by the square of its step.

closed = CuriousKernelRidge(alpha=1.0, kernel="rbf").fit(X[rows], y[rows])
refits = CuriousRegressor(KernelRidge(alpha=1.0, kernel="rbf")).fit(X[rows], y[rows])
tangent = closed.predict_tangent(grid)
error = np.abs(refits.predict_tangent(grid) - tangent).max() / np.abs(tangent).max()
console.print(f"Largest relative difference from the closed form: {error:.1e}")
assert error < 1e-5

# %%
# Four models
# -----------
# `parameter` is the regularity, by the name that ``set_params`` knows; inside a
# pipeline with that of the step. Trees jump, and need a larger step.

models = {
    "Lasso on splines": CuriousRegressor(
        make_pipeline(SplineTransformer(extrapolation="linear"), Lasso(alpha=0.02)),
        parameter="lasso__alpha",
    ),
    "support vectors": CuriousRegressor(SVR(C=1.0, gamma=0.5, tol=1e-6), parameter="C"),
    "boosted trees": CuriousRegressor(
        HistGradientBoostingRegressor(
            l2_regularization=5.0, max_iter=50, min_samples_leaf=5
        ),
        parameter="l2_regularization",
        step=0.2,
    ),
    "kernel ridge": closed,
}
table = Table(title="The labels lie between -1.2 and 1.2")
for column in ["model", "most curious at", "root of curiosity"]:
    table.add_column(column, justify="right")
roots = {}
for name, model in models.items():
    roots[name] = np.sqrt(model.fit(X[rows], y[rows]).curiosity_score(grid))
    peak = grid[roots[name].argmax(), 0]
    table.add_row(name, f"{peak:+.1f}", f"{roots[name].max():.2g}")
    assert (np.abs(peak) < 1.2) == (name == "boosted trees")
console.print(table)

# %%
# Lasso, support vectors and kernels are curious about what lies beyond the labels,
# where the penalty shapes the curve. A tree says the same everywhere beyond its last
# split, and is curious about the steps between its labels.
#
# Asking
# ------
# Refits have no covariance, and batches cannot be greedy: draw them in proportion to
# the curiosity.

asked = {}
for name, model in models.items():
    indices, _ = curiosity_sampling(model, X[pool], 5, batch="sample", random_state=0)
    asked[name] = pool[indices]
    console.print(f"{name}: body mass indices", np.sort(X[asked[name], 0]).round(1))

fig, axes = plt.subplots(
    2, 4, figsize=(11, 4.5), sharex=True, sharey="row", layout="constrained"
)
for column, (name, model) in zip(axes.T, models.items(), strict=True):
    top, bottom = column
    top.plot(X[pool], y[pool], ".", color="0.85", ms=3, label="pool")
    top.plot(X[rows], y[rows], "k.", ms=4, label="labelled")
    top.plot(grid, model.predict(grid), color="C0", label="prediction")
    at = X[asked[name], 0]
    top.plot(at, model.predict(X[asked[name]]), "o", color="C3", ms=5, label="asked")
    top.set(title=name, ylim=(-2.5, 4))
    bottom.plot(grid, roots[name] / roots[name].max(), color="C3")
    bottom.set(xlabel="body mass index")
axes[0, 0].set_ylabel("progression")
axes[1, 0].set_ylabel("root of curiosity\n/ its maximum")
axes[0, 0].legend(frameon=False, fontsize="x-small", loc="upper left", ncols=2)
fig.savefig("any_regressor.png", dpi=120)
console.print("Curves written to any_regressor.png")
