"""
Three displays: where a model is curious, what came of it, and why
==================================================================

``skcurious.inspection`` draws a fitted model's curiosity, the learning curves
of query strategies, and the regularity tangent itself. Its displays follow
scikit-learn's conventions: one call computes and draws, ``ax=`` says where, and
everything drawn is an attribute for touching up.
"""

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

from skcurious import CuriousKernelRidgeCV, CuriousRidgeCV
from skcurious.inspection import (
    ActiveLearningCurveDisplay,
    CuriosityDisplay,
    TangentDisplay,
)
from skcurious.query import (
    curiosity_sampling,
    expected_curiosity_reduction,
    random_sampling,
)

console = Console()
# sphinx_gallery_thumbnail_number = 2

# %%
# One feature: a polynomial with a gap
# ------------------------------------
# Sixteen points, none between 0.1 and 0.7. Above the prediction with a band of two
# standard deviations, below the curiosity; the query is where it is largest. The
# curves are in units of y and, without units here, of its fourth power: curiosity is
# the square of a change of the model's complexity, which is a square itself.

rng = np.random.RandomState(3)
x = np.concatenate([rng.uniform(-1, 0.1, 12), rng.uniform(0.7, 1, 4)])[:, None]
y = np.sin(4 * x[:, 0]) * np.exp(x[:, 0] / 2) + 0.1 * rng.standard_normal(len(x))
polynomial = make_pipeline(
    PolynomialFeatures(7), StandardScaler(), CuriousRidgeCV(np.logspace(-7, 1, 60))
)
polynomial.fit(x, y)
pool = np.linspace(-1, 1, 201)[:, None]
queries, _ = curiosity_sampling(polynomial, pool)
display = CuriosityDisplay.from_estimator(
    polynomial, pool, queries=queries, X_labelled=x, y_labelled=y
)
display.ax_.set_xlabel("x")
display.prediction_ax_.set_title("A polynomial of degree 7, and the gap in its labels")
display.figure_.savefig("display_curve.png", dpi=120)
console.print(f"The polynomial asks for a label at x = {pool[queries[0], 0]:.2f}")
assert 0.1 < pool[queries[0], 0] < 0.7, "not in the gap"

# %%
# Two features of a table
# -----------------------
# Twenty patients have labels. The map is of two of their ten features; the
# others are held at their median, and the sex at its most frequent value. The
# model is linear, and so is its tangent: curiosity is 0 along a line, and grows
# with the square of the distance from it: dark is not curious, yellow most curious.
# Units of curiosity are those of progression to the fourth.

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
X["sex"] = X["sex"].map({1: "a", 2: "b"}).astype("category")
columns = make_column_transformer(
    (OneHotEncoder(drop="if_binary"), ["sex"]),
    remainder=StandardScaler(),
    verbose_feature_names_out=False,
)
ridge = make_pipeline(columns, CuriousRidgeCV(np.logspace(-3, 3, 60)))
ridge.fit(X[:20], y[:20])
queries, _ = expected_curiosity_reduction(ridge, X[20:], 5, random_state=0)
display = CuriosityDisplay.from_estimator(
    ridge, X[20:], features=["bmi", "s5"], queries=queries, X_labelled=X[:20]
)
display.ax_.set(
    xlabel="bmi: body mass index / (kg / m²)",
    ylabel="s5: logarithm of serum triglycerides",
)
display.colorbar_.set_label("curiosity / progression⁴")
display.figure_.savefig("display_map.png", dpi=120)
curiosity = display.curiosity
assert curiosity.max() in (curiosity[[0, -1]][:, [0, -1]]), "not largest in a corner"

# %%
# What curiosity is made of
# -------------------------
# With all patients: the coefficients over alpha, refitted at 61 values of it, and
# for each an arrow that says how it moves. The arrows come from one fit, the one
# at the dotted line; no refit went into them, and they touch the curves. The names
# stand in the order in which the arrows start. A coefficient is what a standard
# deviation of its feature adds to the progression; that of the sex, what b has over a.

ridge.fit(X, y)
display = TangentDisplay.from_estimator(ridge, X, y)
display.ax_.set(
    xlabel="alpha, the strength of the penalty",
    ylabel="coefficient / units of progression",
)
display.figure_.savefig("display_tangent.png", dpi=120)
centre = len(display.alphas) // 2  # the fitted alpha
around = slice(centre - 1, centre + 2, 2)
secants = np.diff(display.path[:, around])[:, 0] / np.diff(
    np.log(display.alphas[around])
)
slopes = display.alpha * display.coef_tangent
error = np.abs(slopes - secants).max() / np.abs(slopes).max()
console.print(f"Largest difference of arrows from secants of the path: {error:.1%}")
assert error < 0.02

# %%
# Learning curves
# ---------------
# A replay with kernel ridge regression: two strategies beside random queries,
# with the same first labels and test patients in each run. On the left the
# errors, on the right the log of their ratio to random's, run by run: what all
# strategies share in a run is gone from it. Curiosity alone asks for the edge of
# the data, which does not help this model; the reduction expected from a label
# does.

STRATEGIES = {
    "random": random_sampling,
    "curiosity": curiosity_sampling,
    "expected reduction": expected_curiosity_reduction,
}
N_LABELS = np.arange(12, 61, 4)


def test_errors(strategy, seed):
    order = np.random.RandomState(seed).permutation(len(y))
    labelled, pool, test = np.split(order, [N_LABELS[0], 300])
    errors = []
    for n_labels in N_LABELS:
        model = make_pipeline(columns, CuriousKernelRidgeCV(np.logspace(-5, 1, 20)))
        model.fit(X.iloc[labelled], y.iloc[labelled])
        residuals = model.predict(X.iloc[test]) - y.iloc[test]
        errors.append(np.sqrt(np.mean(residuals**2)))
        n_queries = min(4, N_LABELS[-1] - n_labels)
        if n_queries:
            picks, _ = strategy(model, X.iloc[pool], n_queries, random_state=seed)
            labelled = np.append(labelled, pool[picks])
            pool = np.delete(pool, picks)
    return errors


results = {
    name: [test_errors(strategy, seed) for seed in range(12)]
    for name, strategy in STRATEGIES.items()
}
# Displays take the colours of the style. Every eye tells these apart.
plt.rc("axes", prop_cycle=plt.cycler(color=["0.5", "tab:blue", "tab:red"]))
fig, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
display = ActiveLearningCurveDisplay.from_results(
    results, n_labels=N_LABELS, score_name="RMSE of progression", ax=axes[0]
)
axes[1].set_ylabel("log RMSE against random (below 0 is better)")
display.plot(axes[1], relative_to="random")
fig.savefig("display_learning_curves.png", dpi=120)
gains = np.log(results["expected reduction"]) - np.log(results["random"])
gains = gains[:, 1:].mean(axis=1)
mean, error = gains.mean(), gains.std(ddof=1) / np.sqrt(len(gains))
console.print(
    f"Expected reduction: mean log RMSE against random {mean:+.3f} ± {error:.3f}"
)
assert mean < -2 * error
