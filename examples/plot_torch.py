"""
A convolution network that asks for labels
==========================================

Any torch module can be curious: here a small convolution network learns by how many
degrees an image of a digit was turned. Of 900 images 40 have a label; the network
asks for 20 more at a time, by expected curiosity reduction, against the same number
at random. Needs torch and skorch: ``pip install torch skorch``.
"""

import importlib.util
import sys

if (
    importlib.util.find_spec("torch") is None
    or importlib.util.find_spec("skorch") is None
):
    print("This example needs torch and skorch: pip install torch 'skorch>=1.0'")
    sys.exit()

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.ndimage import rotate
from sklearn.datasets import load_digits
from torch import nn

from skcurious.query import expected_curiosity_reduction
from skcurious.torch import CuriousNetRegressor

# %%
# Images, and what is asked of them
# ---------------------------------
# Threes and sevens, turned by up to 60 degrees. Labelling an image is to measure its
# angle.

digits = load_digits()
upright = digits.images[np.isin(digits.target, [3, 4, 7])] / 16
rng = np.random.default_rng(0)
images = upright[rng.integers(0, len(upright), 1300)]
angles = rng.uniform(-60, 60, len(images))
X = np.stack(
    [
        rotate(image, angle, reshape=False, order=1)
        for image, angle in zip(images, angles, strict=True)
    ]
)[:, None].astype(np.float32)
y = (angles / 60).astype(np.float32)
X_test, y_test = X[900:], y[900:]
N_FIRST, N_BATCH, N_QUERIES, SEEDS = 40, 20, 4, range(3)


# %%
# The network
# -----------
# As in skorch, with ``alpha`` added to the loss. After training, which ends near an
# optimum, ``stationarity_`` says how near.


class Net(nn.Module):
    """Two convolutions and a linear layer."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.Tanh(),
            nn.Conv2d(8, 16, 3, stride=2),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(144, 1),
        )

    def forward(self, x):
        """Give one number for each image."""
        return self.layers(x)


def make():
    """Build a network that is not trained."""
    return CuriousNetRegressor(
        Net,
        alpha=0.1,
        optimizer=torch.optim.Adam,
        lr=5e-3,
        batch_size=32,
        iterator_train__shuffle=True,
        max_epochs=60,
        train_split=None,
        verbose=0,
    )


# %%
# The loop
# --------
# Batches of 20 labels, after which the network is trained anew.


def learning_curve(strategy, seed):
    """Test error in degrees after each batch of labels."""
    torch.manual_seed(seed)
    order = np.random.default_rng(seed).permutation(900)
    labelled, pool = order[:N_FIRST], order[N_FIRST:]
    errors = []
    for _ in range(N_QUERIES + 1):
        net = make().fit(X[labelled], y[labelled])
        error = 60 * np.sqrt(np.mean((net.predict(X_test) - y_test) ** 2))
        errors.append(error)
        if strategy == "random":
            picks = np.arange(N_BATCH)
        else:
            picks, _ = expected_curiosity_reduction(
                net, X[pool], N_BATCH, random_state=seed
            )
        labelled = np.append(labelled, pool[picks])
        pool = np.delete(pool, picks)
    return net, errors


curves = {}
for strategy in ("random", "reduction"):
    runs = [learning_curve(strategy, seed) for seed in SEEDS]
    curves[strategy] = np.array([errors for _, errors in runs])
    print(strategy, "degrees:", curves[strategy].mean(axis=0).round(1))
net = runs[0][0]
print(
    f"tangent by {net.tangent_solver_}, stationarity {net.stationarity_:.4f}, "
    f"{net.linearised_.network.n_params} parameters"
)

# %%
# What it is curious about
# ------------------------
# Images of the pool with the largest and the smallest curiosity.

scores = net.curiosity_score(X[:900])
ranked = np.argsort(scores)
fig = plt.figure(figsize=(10, 3.6), layout="constrained")
left, right = fig.subfigures(1, 2)
axes = left.subplots()
labels = N_FIRST + N_BATCH * np.arange(N_QUERIES + 1)
for (name, values), color in zip(curves.items(), ["0.5", "C3"], strict=True):
    axes.plot(labels, values.mean(axis=0), "o-", color=color, label=name)
axes.set(xlabel="labels", ylabel="test error in degrees", title=f"{len(SEEDS)} seeds")
axes.legend(frameon=False)
grid = right.subplots(2, 6)
for row, (which, title) in enumerate(
    [(ranked[::-1][:6], "most curious"), (ranked[:6], "least curious")]
):
    for index, image in zip(which, grid[row], strict=True):
        image.imshow(X[index, 0], cmap="gray_r")
        image.set_axis_off()
    grid[row, 0].set_title(title, loc="left", fontsize="medium")
fig.savefig("torch.png", dpi=120)
print("Curves written to torch.png")
