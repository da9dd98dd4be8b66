"""Links to scikit-learn's pages without its inventory, so that builds need no network.

Docstrings refer to classes and functions of scikit-learn, and those inherited from it
to labels of its user guide and terms of its glossary. Where its pages are follows from
their names.
"""

from docutils import nodes

ROOT = "https://scikit-learn.org/stable"
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
    if node.get("refdomain") == "py" and target.startswith("sklearn."):
        page = f"modules/generated/{target}.html"
    elif node.get("reftype") == "ref" and target in LABELS:
        page = LABELS[target]
    elif node.get("reftype") == "term":
        page = f"glossary.html#term-{target}"
    else:
        return None
    return nodes.reference("", "", contnode, internal=False, refuri=f"{ROOT}/{page}")


def setup(app):
    """Register with Sphinx."""
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True}
