"""
Which columns matter, and which rows to measure next
====================================================

A Gaussian process that learns a length scale for each column from some dozens of
labels. First on a function that is known, five columns of which do nothing. Then on
real cell nuclei: how compact they are, from the other shapes in the same images, where
geometry says what the answer has to be. Then it asks for labels.
"""

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.datasets import load_breast_cancer, make_friedman1
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcurious import CuriousGaussianProcessRegressor
from skcurious.query import expected_curiosity_reduction

console = Console()


def make_model():
    """Columns on one scale, as its priors expect; y is centred and scaled inside."""
    return make_pipeline(StandardScaler(), CuriousGaussianProcessRegressor())


# %%
# Length scales and gradients
# ---------------------------
# signal / length scale² says how much a part bends along a column. ``kernel_`` prints
# what was learned: a rough function, a smooth one, a linear one, and noise. In
# Friedman's function the first three columns act in curves, and have short length
# scales in the smooth part. The fourth and the fifth act linearly, which the linear
# part of the kernel does for them: a long length scale is no sign that a column does
# nothing. The gradients of the predictions know all parts.


def gradients(model, X, step=1e-3):
    """Gradient at each row by central differences, in units of the columns' spreads."""
    moves = step * np.diag(X.std(axis=0))
    ends = [(model.predict(X + move), model.predict(X - move)) for move in moves]
    return np.column_stack([(up - down) / (2 * step) for up, down in ends])


def bends(kernel):
    """Root of signal / length scale², summed over the rough and the smooth part."""
    both = kernel.k1.k1
    parts = [
        (part.k1.constant_value, part.k2.length_scale) for part in (both.k1, both.k2)
    ]
    return np.sqrt(sum(signal / lengths**2 for signal, lengths in parts))


friedman, response = make_friedman1(80, n_features=10, noise=0.5, random_state=0)
model = make_model().fit(friedman, response)
console.print(model[-1].kernel_)
bending = bends(model[-1].kernel_)
moving = np.sqrt(np.mean(gradients(model, friedman) ** 2, axis=0))
assert bending[:3].min() > 3 * bending[3:].max()
assert moving[:5].min() > 2 * moving[5:].max()

# %%
# Directions
# ----------
# Columns act together, too. The leading eigenvectors of the mean outer product of the
# gradients are the directions in which the predictions move most: the *active
# subspace*.


def leading_direction(model, X):
    """Unit vector, and its share of the mean squared gradient."""
    slopes = gradients(model, X)
    squares, directions = np.linalg.eigh(slopes.T @ slopes)
    return directions[:, -1], squares[-1] / squares.sum()


nuclei = load_breast_cancer(as_frame=True).data.filter(like="mean")
nuclei.columns = nuclei.columns.str.removeprefix("mean ")
X, y = nuclei.drop(columns=["compactness", "radius"]), nuclei["compactness"]
columns, X, y = X.columns, X.to_numpy(), y.to_numpy()

directions, bendings = [], []
for seed in range(4):
    rows = np.random.RandomState(seed).permutation(len(y))[:120]
    model = make_model().fit(X[rows], y[rows])
    direction, share = leading_direction(model, X)
    assert share > 0.85  # nearly all of it is one direction
    directions.append(direction * np.sign(direction[columns.get_loc("perimeter")]))
    bendings.append(bends(model[-1].kernel_))
directions = np.array(directions)

table = Table(title="Compactness of nuclei: four models, 120 labels at random")
for name in ["column", "bends", "leading direction"]:
    table.add_column(name, justify="left" if name == "column" else "right")
for name, scales, weights in zip(
    columns, np.transpose(bendings), directions.T, strict=True
):
    table.add_row(
        name,
        " ".join(f"{s:5.2f}" for s in scales),
        " ".join(f"{w:5.2f}" for w in weights),
    )
console.print(table)

# %%
# Compactness is perimeter² / area - 1, and all four models found that contrast: more
# with the perimeter, less with the area, though the two columns say nearly the same
# (their correlation is 0.99). Concavity and fractal dimension, how ragged the outline
# is, take what is left; texture says nothing. The four lists of bends agree less: of
# columns that say the same, one or the other bends, or the linear part does it. They
# are what this fit needed; the directions are what its predictions do.

assert (directions[:, columns.get_loc("perimeter")] > 0.3).all()
assert (directions[:, columns.get_loc("area")] < -0.2).all()
assert (np.abs(directions[:, columns.get_loc("texture")]) < 0.1).all()

# %%
# The loop
# --------
# Friedman's function again, five useless columns included. Ten labels at random, then
# five at a time: those that :func:`~skcurious.query.expected_curiosity_reduction` asks
# for, beside as many more at random. Same model, same first labels, same test rows; y
# is centred inside the model, so that nobody gains by finding its mean first.

F, f = make_friedman1(600, n_features=10, noise=0.5, random_state=1)


def learning_curve(is_curious, seed):
    """Test error after each batch, in standard deviations of the response."""
    X_pool, X_test, y_pool, y_test = train_test_split(F, f, random_state=seed)
    rng = np.random.RandomState(seed)
    rows, errors = rng.permutation(len(y_pool))[:10], []
    while True:
        model = make_model().fit(X_pool[rows], y_pool[rows])
        errors.append(np.sqrt(np.mean((model.predict(X_test) - y_test) ** 2)) / f.std())
        if len(rows) == 100:
            return errors
        left = np.setdiff1d(np.arange(len(y_pool)), rows)
        if is_curious:
            picks, _ = expected_curiosity_reduction(
                model, X_pool[left], 5, X_reference=X_pool, random_state=rng
            )
        else:
            picks = rng.permutation(len(left))[:5]
        rows = np.append(rows, left[picks])  # here somebody measures


labels, seeds = np.arange(10, 101, 5), range(5)
asked = np.array([learning_curve(True, seed) for seed in seeds])
chance = np.array([learning_curve(False, seed) for seed in seeds])
gains = np.log(asked / chance)[:, 1:].mean(axis=1)
console.print(
    f"Mean log error against random labels {gains.mean():+.3f}, standard error "
    f"{gains.std(ddof=1) / np.sqrt(len(gains)):.3f}; of each seed {gains.round(2)}"
)
enough = int(labels[np.argmax(asked.mean(axis=0) <= chance[:, -1].mean())])
console.print(f"{enough} labels that were asked for reach the error of 100 at random.")
assert gains.mean() < -0.03
assert enough <= 90

# %%
# Up to some fifty labels there is little between the two; then the queries pull ahead.
# A model that does not yet know which columns matter cannot well say which rows do.

# sphinx_gallery_thumbnail_panel = 3
fig, (left, middle, right) = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
at = np.arange(1, 11)
left.bar(at - 0.2, bending / bending.max(), 0.4, color="C1", label="1 / length scale")
left.bar(at + 0.2, moving / moving.max(), 0.4, color="C0", label="gradient")
left.set(
    title="Friedman's function, 80 labels",
    xlabel="column (the last five do nothing)",
    ylabel="share of the largest",
    xticks=at,
)
left.legend(frameon=False)
order = np.argsort(directions.mean(axis=0))
middle.barh(range(len(order)), directions.mean(axis=0)[order], color="C0", alpha=0.5)
for direction in directions:
    middle.plot(direction[order], range(len(order)), "k.", ms=4)
middle.set(
    title="Nuclei: leading direction", xlabel="weight, four models and their mean"
)
middle.set_yticks(range(len(order)), columns[order])
for name, values, color in (("random", chance, "0.5"), ("asked for", asked, "C3")):
    mean, error = values.mean(axis=0), values.std(axis=0) / np.sqrt(len(values))
    right.plot(labels, mean, color=color, label=name)
    right.fill_between(labels, mean - error, mean + error, color=color, alpha=0.2, lw=0)
right.set(
    title=f"The loop, {len(gains)} seeds",
    xlabel="labels",
    ylabel="test RMSE / standard deviation",
    ylim=(0, None),
)
right.legend(frameon=False)
fig.savefig("gaussian_process.png", dpi=120)
console.print("Pictures written to gaussian_process.png")
