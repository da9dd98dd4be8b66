"""The file: a page that loads nothing, and runs only what it was made with."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path

from skcurious.campaign._files import write_whole
from skcurious.campaign._progress import at
from skcurious.campaign._report._markup import plain
from skcurious.campaign._report._sections import sections
from skcurious.campaign._report._style import SCRIPT, STYLE
from skcurious.campaign._report._subject import Subject

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src '{style_hash}'; script-src '{script_hash}'; base-uri 'none'; \
form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
<script>{script}</script>
</body>
</html>
"""


def write_report(subject, path):
    """Write the report, whole or not at all.

    Parameters
    ----------
    subject : Subject
    path : path
        Of the file.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"path is the folder {str(path)!r}: name a file in it.")
    if not path.parent.is_dir():
        raise ValueError(
            f"path is in {str(path.parent)!r}, which is no folder: make it first."
        )
    at("Writing the page")
    # A lone half of a sign, which no file can hold, is shown by its number elsewhere.
    write_whole(path.parent, path.name, page(subject).encode("utf-8", "replace"))


def page(subject: Subject):
    """The same as a string."""
    return PAGE.format(
        style_hash=_hash(STYLE),
        script_hash=_hash(SCRIPT),
        title=escape("Campaign for " + ", ".join(map(plain, subject.targets))),
        style=STYLE,
        script=SCRIPT,
        body="\n".join(sections(subject)),
    )


def _hash(string):
    """What the policy calls a style or a script that may be used."""
    return f"sha256-{b64encode(sha256(string.encode()).digest()).decode()}"
