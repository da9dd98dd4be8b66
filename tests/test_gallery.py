"""Thumbnails of the gallery of examples."""

import importlib.util
from pathlib import Path

import pytest
from numpy.testing import assert_allclose

pyplot = pytest.importorskip("matplotlib.pyplot")
scrapers = pytest.importorskip("sphinx_gallery.scrapers")

EXTENSION = Path(__file__).parents[1] / "doc" / "_ext" / "thumbnails.py"


@pytest.fixture
def scrape():
    specification = importlib.util.spec_from_file_location("thumbnails", EXTENSION)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    yield module.scrape
    pyplot.close("all")


def scraped(scrape, folder, **conf):
    """What is left of the configuration after a block with the figures there are."""
    paths = scrapers.ImagePathIterator(folder / "sphx_glr_plot_it_{:03}.png")
    block = {"image_path_iterator": paths, "file_conf": conf}
    block |= {"src_file": str(folder / "plot_it.py"), "example_globals": {}}
    gallery = {"image_srcset": [], "compress_images": ()}
    gallery |= {"matplotlib_animations": (False, None)}
    figures = pyplot.get_fignums()
    scrape(("code", "", 1), block, gallery | {"src_dir": str(folder)})
    assert len(paths) == len(figures)
    assert all(Path(path).exists() for path in paths.paths)
    return conf


@pytest.mark.parametrize(("panel", "color"), [(None, (1, 0, 0)), (2, (0, 0, 1))])
def test_thumbnail_of_one_panel(scrape, tmp_path, panel, color):
    _, axes = pyplot.subplots(1, 2, figsize=(8, 3), layout="constrained")
    for ax, face in zip(axes, ("#f00", "#00f"), strict=True):
        ax.set(facecolor=face, ylabel="a label")
    chosen = {} if panel is None else {"thumbnail_panel": panel}
    conf = scraped(scrape, tmp_path, **chosen)
    picture = pyplot.imread(tmp_path / conf["thumbnail_path"])[..., :3]
    height, width = picture.shape[:2]
    assert_allclose(picture[height // 2, width // 2], color, atol=0.01)
    assert 1 < width / height < 1.6  # half of the figure
    assert_allclose(picture[0], 1)  # nothing is cut off
    assert_allclose(picture[:, 0], 1)


def test_pictures_of_one_panel_are_their_own_thumbnail(scrape, tmp_path):
    for _ in range(2):
        figure, ax = pyplot.subplots()
        figure.colorbar(ax.pcolormesh([[1.0, 2.0], [3.0, 4.0]]), ax=ax)
    assert scraped(scrape, tmp_path, thumbnail_number=2) == {"thumbnail_number": 2}


def test_panel_of_another_picture(scrape, tmp_path):
    pyplot.subplots()
    pyplot.subplots(2, 1)
    conf = scraped(scrape, tmp_path, thumbnail_number=2)
    assert conf == {"thumbnail_path": "panel_plot_it.png"}
