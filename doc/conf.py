"""Sphinx configuration; ``make doc`` builds the site and checks its links."""

import importlib.util
import sys
from pathlib import Path

import skcurious

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "skcurious"
copyright = "2026, the skcurious developers"
version = release = skcurious.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "markdown_include",
    "mathml",
    "links_elsewhere",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
default_role = "literal"

autosummary_generate = True
# Methods of scikit-learn are shown where skcurious inherits them, but for those that
# every estimator has for the routing of metadata; modAL's are in its own documentation.
autodoc_default_options = {
    "members": True,
    "inherited-members": "BaseLearner, tuple",
    "exclude-members": "get_metadata_routing, set_fit_request, "
    "set_partial_fit_request, set_predict_request, set_score_request",
}
numpydoc_show_class_members = False
# Types stand with the parameters, in words and with shapes: in signatures those of
# arrays would be unions of NumPy's private names.
autodoc_typehints = "none"
# A reference without a target is a warning, and so an error in ``make doc``.
nitpicky = True
# In docstrings inherited from skorch, which are read where torch is installed.
nitpick_ignore = [("py:class", "NeuralNet"), ("py:class", "Checkpoint")]

# The site is built without torch: its classes are documented all the same.
without_torch = importlib.util.find_spec("torch") is None
autodoc_mock_imports = ["torch", "skorch"] if without_torch else []

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "/plot_",
    "ignore_pattern": r"__init__\.py" + (r"|plot_torch" if without_torch else ""),
    "within_subsection_order": "gallery_order.story_order",
    "image_scrapers": ("thumbnails.scrape",),
    "remove_config_comments": True,
    # Pages of the API show the examples that use what they document.
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("skcurious",),
    "prefer_full_module": {r"^skcurious\."},
    "exclude_implicit_doc": {r"\.CuriosityMixin$", r"\.CuriosityHooks$"},
    "show_memory": False,
    "write_computation_times": False,
}

html_math_renderer = "mathml"
html_title = f"skcurious {release}"
html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["skcurious.css"]
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": True,
    "show_nav_level": 1,
    "navigation_depth": 2,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_sidebars = {"index": [], "guide/start": [], "changelog": []}
toc_object_entries_show_parents = "hide"
