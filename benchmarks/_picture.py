"""One picture of whole pipelines: the error over the number of labels."""

import numpy as np

# Models, how they are called, and their colours (Okabe and Ito's).
MODELS = {
    "default": ("skcurious", "#d55e00"),
    "sklearn": ("scikit-learn's GP", "#56b4e9"),
    "trees": ("extra trees", "#0072b2"),
    "botorch": ("BoTorch", "#009e73"),
    "bmdal": ("bmdal-reg's network", "#cc79a7"),
}
# Queries go by the names of the tables, but for these.
QUERIES = {
    "reduction": "its own queries",
    "random": "random labels",
    "tree": "tree-based",
    "bmdal LCMD": "LCMD",
    "bmdal BAIT": "BAIT",
}


def draw(results, path):
    """Geometric means of the errors over tables, and over the seeds that all have.

    Parameters
    ----------
    results : dict of (model, queries) to dict of (table, seed) to curve
        What is drawn, in this order in the legend.
    path : Path
        Where the picture goes.
    """
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    keys = sorted(set.intersection(*(set(curves) for curves in results.values())))
    tables = sorted({table for table, _ in keys})
    figure, axes = plt.subplots(figsize=(7, 6), layout="constrained")
    for (model, queries), curves in results.items():
        called, colour = MODELS[model]
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
            ":" if queries == "random" else "-",
            color=colour,
            label=f"{called}, {QUERIES.get(queries, queries)}",
            linewidth=3.5 if (model, queries) == ("default", "reduction") else 2,
        )
    axes.set_ylim(0, 1)
    axes.set_xlim(0, 101)
    axes.set_xlabel("labels", fontsize=14)
    axes.set_ylabel("test error / standard deviation of y", fontsize=14)
    axes.tick_params(labelsize=13)
    axes.grid(alpha=0.3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.legend(fontsize=12, frameon=False, loc="outside lower center", ncols=2)
    n_seeds = len(keys) // len(tables)
    seeds = "one seed" if n_seeds == 1 else f"{n_seeds} seeds"
    axes.set_title(f"Geometric mean over {len(tables)} tables, {seeds}", fontsize=14)
    figure.savefig(path, dpi=130)
    plt.close(figure)
