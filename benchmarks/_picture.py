"""One picture of whole pipelines: the error over the number of labels."""

import numpy as np

# Pipelines, how they are called, and their colours (Okabe and Ito's).
LINES = {
    ("default", "reduction"): ("skcurious, its own queries", "#d55e00", "-"),
    ("default", "random"): ("skcurious, random labels", "#d55e00", ":"),
    ("botorch", "NIPV"): ("BoTorch, NIPV", "#009e73", "-"),
    ("trees", "black-box LCMD"): ("extra trees, LCMD", "#0072b2", "-"),
    ("sklearn", "max_std"): ("scikit-learn's GP, modAL", "#56b4e9", "-"),
    ("sklearn", "random"): ("scikit-learn's GP, random labels", "#000000", ":"),
}


def draw(results, path):
    """Geometric means of the errors over tables, and over the seeds that all have.

    Parameters
    ----------
    results : dict of (model, queries) to dict of (table, seed) to curve
        Those of ``LINES`` that are in it are drawn.
    path : Path
        Where the picture goes.
    """
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    drawn = {name: results[name] for name in LINES if name in results}
    keys = sorted(set.intersection(*(set(curves) for curves in drawn.values())))
    tables = sorted({table for table, _ in keys})
    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    for name, curves in drawn.items():
        label, colour, style = LINES[name]
        mean = np.mean(
            [
                np.mean([curves[key] for key in keys if key[0] == table], axis=0)
                for table in tables
            ],
            axis=0,
        )
        axes.plot(
            mean[:, 0],
            np.exp(mean[:, 1]),
            style,
            color=colour,
            label=label,
            linewidth=3.5 if name == ("default", "reduction") else 2,
        )
    axes.set_ylim(0, 1)
    axes.set_xlim(0, 101)
    axes.set_xlabel("labels", fontsize=14)
    axes.set_ylabel("test error / standard deviation of y", fontsize=14)
    axes.tick_params(labelsize=13)
    axes.grid(alpha=0.3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(fontsize=12.5, frameon=False, loc="upper right")
    n_seeds = len(keys) // len(tables)
    seeds = "one seed" if n_seeds == 1 else f"{n_seeds} seeds"
    axes.set_title(f"Geometric mean over {len(tables)} tables, {seeds}", fontsize=14)
    figure.savefig(path, dpi=130)
    plt.close(figure)
