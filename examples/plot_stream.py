"""
Streams: learn, ask, and forget, without keeping a row
======================================================

A sensor sends readings all day; a laboratory can check one in twenty. Ridge
regression on random features takes the checked readings one by one, exactly,
keeps none of them, and says which reading of each batch is worth a check. Later
it turns out that the laboratory's instrument was off for a while: these rows
are taken back out, as if they had never been in. In the end a network, which
carries its tangent along while it trains on the stream.
"""

import copy

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import spearmanr
from sklearn.kernel_approximation import RBFSampler

from skcurious import CuriousMLPRegressor, CuriousRidge
from skcurious.query import random_sampling, variance_sampling

console = Console()
FEATURES = RBFSampler(gamma=0.3, n_components=150, random_state=0)
FEATURES.fit(np.zeros((1, 2)))


def truth(x):
    return np.sin(1.5 * x[:, 0]) + 0.5 * np.cos(x[:, 1] ** 2)


def readings(n_batches, rng):
    """Most readings are near the working point, few are far out."""
    for _ in range(n_batches):
        x = rng.standard_t(3, (20, 2)).clip(-3, 3)
        yield x, truth(x) + 0.1 * rng.standard_normal(20)


# %%
# One check in twenty
# -------------------
# ``partial_fit`` adds the checked reading to the mean and Gram matrix of those
# before, and what it then fits is what ``fit`` on all of them would. The next
# batch is scored with it. Checking whatever is most uncertain, against checking
# at random:

grid = np.stack(np.meshgrid(*[np.linspace(-3, 3, 40)] * 2), axis=-1).reshape(-1, 2)


def follow(strategy, seed, n_batches=120):
    rng = np.random.RandomState(seed)
    model, errors = CuriousRidge(alpha=0.01), []
    for x, y in readings(n_batches, rng):
        if errors:
            indices, _ = strategy(model, FEATURES.transform(x), random_state=rng)
        else:
            indices = np.arange(3)  # to start from
        model.partial_fit(FEATURES.transform(x[indices]), y[indices])
        predicted = model.predict(FEATURES.transform(grid))
        errors.append(np.sqrt(np.mean((predicted - truth(grid)) ** 2)))
    return model, errors


runs = {
    name: np.array([follow(strategy, seed)[1] for seed in range(5)])
    for name, strategy in (("random", random_sampling), ("asked", variance_sampling))
}
gain = np.log(runs["asked"][:, -1] / runs["random"][:, -1])
error = gain.std(ddof=1) / np.sqrt(len(gain))
console.print(
    f"log error after 122 checks, asked against random: {gain.mean():+.2f} "
    f"± {error:.2f}"
)
assert gain.mean() + 2 * error < 0

# %%
# Rows that should not have been in
# ---------------------------------
# For a while the instrument was off by two. Only the readings of that time are
# needed to take them out again, exactly.

model, _ = follow(variance_sampling, 0)
clean = model.predict(FEATURES.transform(grid))
rng = np.random.RandomState(99)
x_off = rng.uniform(-1, 1, (30, 2))
y_off = truth(x_off) + 2.0
model.partial_fit(FEATURES.transform(x_off), y_off)
spoilt = model.predict(FEATURES.transform(grid))
model.forget(FEATURES.transform(x_off), y_off)
restored = model.predict(FEATURES.transform(grid))
console.print(
    f"30 wrong checks moved predictions by up to {np.abs(spoilt - clean).max():.2f}; "
    f"forgotten, {np.abs(restored - clean).max():.0e} is left"
)
assert np.abs(restored - clean).max() < 1e-6

# %%
# A network, and its tangent carried along
# ----------------------------------------
# For a network there is no such shortcut, but ``partial_fit`` carries the
# tangent along with the parameters: a step beside each minibatch step of
# training, for about the price of the gradient. How soon does its curiosity rank
# readings as a tangent does that is solved for where the parameters are?

rng = np.random.RandomState(0)
(x, y), (pool, _) = (
    tuple(np.concatenate(part) for part in zip(*readings(n, rng), strict=True))
    for n in (25, 50)
)
network = CuriousMLPRegressor(
    hidden_layer_sizes=(20,),
    activation="tanh",
    alpha=0.3,
    batch_size=50,
    learning_rate_init=2e-3,
    random_state=0,
)
table = Table(title="Passes over 500 readings")
for column in ("passes", "loss", "rank correlation", "residual"):
    table.add_column(column, justify="right")
correlations = {}
for done in range(1, 801):
    network.partial_fit(x, y)
    if done in (10, 50, 200, 800):
        solved = copy.deepcopy(network).fit_tangent(x, y)
        scores = [m.curiosity_score(pool) for m in (network, solved)]
        correlations[done] = spearmanr(*scores).statistic
        table.add_row(
            str(done),
            f"{network.loss_:.3f}",
            f"{correlations[done]:.2f}",
            f"{network.tangent_residual_:.2f}",
        )
console.print(table)
assert correlations[800] > 0.9

# %%
# What came of the checks, and where the network is curious
# ---------------------------------------------------------
# On the left ridge regression: readings that are checked where it is least sure teach
# it the whole range. On the right the network, after its last pass: the darker, the
# more curious. Between the fields its tangent changes sign, and it is not curious at
# all.

# sphinx_gallery_thumbnail_panel = 2
fig, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
checks = np.arange(3, 3 + runs["random"].shape[1])
for name, label, style in (
    ("random", "checked at random", {"color": "0.5", "ls": "--"}),
    ("asked", "checked where least sure", {"color": "C3"}),
):
    mean, spread = runs[name].mean(axis=0), runs[name].std(axis=0, ddof=1)
    spread /= np.sqrt(len(runs[name]))
    axes[0].plot(checks, mean, label=label, **style)
    axes[0].fill_between(
        checks, mean - spread, mean + spread, color=style["color"], alpha=0.2, lw=0
    )
axes[0].set(
    title=f"Ridge: mean of {len(runs[name])} streams, ± 1 standard error",
    xlabel="readings checked",
    ylabel="RMSE over the whole range / units of y",
    ylim=(0, None),
)
axes[0].legend(frameon=False)
curiosity = network.curiosity_score(grid).reshape(40, 40)
picture = axes[1].imshow(
    curiosity,
    origin="lower",
    extent=(-3, 3, -3, 3),
    cmap="Oranges",
    norm="log",
    vmin=curiosity.max() / 1e4,
)
axes[1].plot(*x.T, "k.", ms=2.5, label="learned from")
axes[1].set(title="Curiosity of the network", xlabel="x1", ylabel="x2")
axes[1].legend(fontsize="small", loc="upper left")
fig.colorbar(picture, ax=axes[1], label="curiosity / (y² / alpha)²", extend="min")
fig.savefig("stream.png", dpi=120)
console.print("Picture written to stream.png")
