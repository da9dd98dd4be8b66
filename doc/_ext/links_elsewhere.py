"""Links to pages of other packages without their inventories: builds need no network.

Docstrings refer to classes and functions of other packages, and those inherited from
scikit-learn to labels of its user guide and terms of its glossary. Where its pages are
follows from their names. What is neither here nor in the package is a warning.
"""

from docutils import nodes

SKLEARN = "https://scikit-learn.org/stable"
# Addresses of what is in a package, by its full name and that of its module.
PAGES = {
    "sklearn": SKLEARN + "/modules/generated/{name}.html",
    "functools": "https://docs.python.org/3/library/{module}.html#{name}",
    "joblib": "https://joblib.readthedocs.io/en/stable/generated/{name}.html",
    "matplotlib": "https://matplotlib.org/stable/api/_as_gen/{name}.html",
    "modAL": (
        "https://modal-python.readthedocs.io/en/latest/content/apireference/models.html"
    ),
    "skorch": "https://skorch.readthedocs.io/en/stable/regressor.html#{name}",
    "torch": "https://docs.pytorch.org/docs/stable/generated/{name}.html",
}
LABELS = {
    "df_output_transform": "modules/df_output_transform.html",
    "metadata_routing": "metadata_routing.html",
    "r2_score": "modules/model_evaluation.html#r2-score",
    "sphx_glr_auto_examples_miscellaneous_plot_set_output.py": (
        "auto_examples/miscellaneous/plot_set_output.html"
    ),
}


def resolve(app, env, node, contnode):
    """Handle ``missing-reference``: a link, or None if the target is not theirs."""
    target = node.get("reftarget", "")
    package = target.partition(".")[0]
    if node.get("refdomain") == "py" and package in PAGES:
        module = target.rpartition(".")[0]
        page = PAGES[package].format(name=target, module=module)
    elif node.get("reftype") == "ref" and target in LABELS:
        page = f"{SKLEARN}/{LABELS[target]}"
    elif node.get("reftype") == "term":
        page = f"{SKLEARN}/glossary.html#term-{target}"
    else:
        return None
    return nodes.reference("", "", contnode, internal=False, refuri=page)


def setup(app):
    """Register with Sphinx."""
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True}
