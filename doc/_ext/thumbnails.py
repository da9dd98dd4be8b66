"""Thumbnails of the gallery show one panel of a picture, large enough to be read.

The picture is that of ``sphinx_gallery_thumbnail_number``, and of its panels that of
``sphinx_gallery_thumbnail_panel``: by default the first.
"""

from os.path import relpath
from pathlib import Path

import matplotlib.pyplot as plt
from sphinx_gallery.scrapers import matplotlib_scraper


def panels(figure):
    """Axes with a frame, but for scales of colours."""
    return [ax for ax in figure.axes if ax.axison and ax.get_label() != "<colorbar>"]


def save_panel(figure, number, path):
    """Save one panel of a figure, with its labels and its legend."""
    figure.canvas.draw()  # puts what is constrained into its place
    pixels = panels(figure)[number - 1].get_tightbbox()
    inches = pixels.transformed(figure.dpi_scale_trans.inverted())
    figure.savefig(path, bbox_inches=inches.padded(0.05), dpi=200)


def scrape(block, block_vars, gallery_conf):
    """Scrape as sphinx-gallery does, and keep the panel of the thumbnail."""
    images, conf = block_vars["image_path_iterator"], block_vars["file_conf"]
    wanted = conf.get("thumbnail_number", 1)
    for place, number in enumerate(plt.get_fignums(), len(images) + 1):
        figure = plt.figure(number)
        if place == wanted and len(panels(figure)) > 1:
            name = f"panel_{Path(block_vars['src_file']).stem}.png"
            path = Path(images.image_path).with_name(name)
            save_panel(figure, conf.get("thumbnail_panel", 1), path)
            # The thumbnail is made after the last block, and its number goes first.
            conf.pop("thumbnail_number", None)
            conf["thumbnail_path"] = relpath(path, gallery_conf["src_dir"])
    return matplotlib_scraper(block, block_vars, gallery_conf)
