"""Where the documentation is."""

DOCUMENTATION = "https://skcurious.readthedocs.io/en/latest"


class DocumentationLink:
    """Mixin whose HTML representation links to the page of its class.

    Two attributes that scikit-learn reads: the package whose classes have such pages,
    not subclasses elsewhere, and their address.
    """

    _doc_link_module = "skcurious"
    _doc_link_template = (
        DOCUMENTATION + "/generated/{estimator_module}.{estimator_name}.html"
    )
