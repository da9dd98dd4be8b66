"""Lets ``.. include::`` read the little Markdown that CHANGELOG.md is written in.

Bullets and literals are the same in both languages (``default_role`` is "literal");
headings and links are translated.
"""

import re

UNDERLINES = {1: "=", 2: "-", 3: "~"}


def heading(match):
    """``## Title`` underlined."""
    level, title = len(match[1]), match[2]
    return f"{title}\n{UNDERLINES[level] * len(title)}"


def translate(app, relative_path, parent_docname, content):
    """Handle ``include-read``: rewrite `content` in place."""
    if relative_path.suffix == ".md":
        text = re.sub(r"^(#{1,3}) (.+)$", heading, content[0], flags=re.MULTILINE)
        content[0] = re.sub(r"\[([^]]+)\]\((http[^)]+)\)", r"`\1 <\2>`__", text)


def setup(app):
    """Register with Sphinx."""
    app.connect("include-read", translate)
    return {"parallel_read_safe": True}
