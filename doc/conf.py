"""Sphinx configuration: ``python -m sphinx -W doc doc/_build/html``."""

import skcurious

project = "skcurious"
copyright = "2026, the skcurious developers"
version = release = skcurious.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build"]
autosummary_generate = True
# Inherited from scikit-learn, and documented there with links that lead there.
autodoc_default_options = {
    "members": True,
    "inherited-members": "BaseEstimator, BaseLearner",
    "exclude-members": "get_metadata_routing, set_fit_request, "
    "set_partial_fit_request, "
    "set_predict_request, set_score_request, score",
}
numpydoc_show_class_members = False
default_role = "literal"
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "/plot_",
}
html_title = f"skcurious {release}"
