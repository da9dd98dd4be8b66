"""Formulas as MathML, which browsers show without JavaScript and without a network.

math-core translates them while the pages are built. What it does not know is a
warning here, and warnings are errors in ``make doc``. (Of the other translators
docutils' own reads ``\\tfrac12 (`` as twelve over a parenthesis, and latex2mathml
writes the ``&`` of ``aligned``, both in silence.)
"""

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging

logger = logging.getLogger(__name__)
converter = LatexToMathML()


def translated(node, *, displaystyle):
    """MathML of a node's LaTeX."""
    latex = node.astext()
    try:
        return converter.convert_with_local_state(latex, displaystyle=displaystyle)
    except LatexError as error:
        logger.warning("no MathML for %r: %s", latex, error, location=node)
        return ""


def visit_math(translator, node):
    """Write a formula in a line of text."""
    translator.body.append(translated(node, displaystyle=False))
    raise nodes.SkipNode


def visit_displaymath(translator, node):
    """Write a formula on a line of its own."""
    formula = translated(node, displaystyle=True)
    translator.body.append(f'<div class="formula">{formula}</div>\n')
    raise nodes.SkipNode


def setup(app):
    """Register with Sphinx."""
    app.add_html_math_renderer(
        "mathml",
        inline_renderers=(visit_math, None),
        block_renderers=(visit_displaymath, None),
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
