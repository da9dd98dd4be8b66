"""The order of the gallery: first what a newcomer should read first."""

from pathlib import Path

STORIES = [
    "quickstart",
    "first_rows",
    "gaussian_process",
    "hierarchy",
    "grid_search",
    "modal_loop",
    "activeml",
    "batches",
    "costs",
    "displays",
    "kernel_ridge",
    "polynomial",
    "mlp",
    "any_regressor",
    "mislabelled",
    "stream",
    "big_pool",
    "trajectory",
]


def story_order(path):
    """Sort key: place in STORIES; scripts that are not there come last, by name."""
    story = Path(path).stem.removeprefix("plot_")
    place = STORIES.index(story) if story in STORIES else len(STORIES)
    return place, story
