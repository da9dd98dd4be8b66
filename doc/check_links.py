"""Find dead links between the pages of a built site.

``python doc/check_links.py doc/_build/html`` prints every link to a file or an anchor
that does not exist, and fails if there is one.  Links to other sites are not followed.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit


class Page(HTMLParser):
    """The anchors of a page, and what it links to.

    Attributes
    ----------
    anchors : set of str
        What ``#...`` can lead to.
    links : list of str
        Values of ``href`` and ``src``, as they are written.
    """

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links = {"", "top"}, []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        """Take note of a tag."""
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value)
            elif name in ("href", "src") and value is not None:
                self.links.append(value)


def dead_links(root):
    """List the dead links of a site.

    Parameters
    ----------
    root : pathlib.Path
        Folder of the built pages.

    Returns
    -------
    dead : list of (str, str)
        Page, relative to `root`, and link.
    n_links : int
        How many links were followed.
    """
    root = root.resolve()
    files = (path.relative_to(root) for path in sorted(root.rglob("*.html")))
    # Static files of a theme are no pages.
    pages = {
        root / file: Page(root / file) for file in files if file.parts[0][0] != "_"
    }
    dead, n_links = [], 0
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            n_links += 1
            address, anchor = urldefrag(link)
            relative = unquote(urlsplit(address).path)
            target = (path.parent / relative).resolve() if relative else path
            if target in pages:
                is_alive = unquote(anchor) in pages[target].anchors
            else:
                is_alive = target.is_file()
            if not is_alive:
                dead.append((str(path.relative_to(root)), link))
    return dead, n_links


def main(arguments):
    """Check the site named on the command line."""
    if len(arguments) != 1 or not Path(arguments[0], "index.html").is_file():
        return "usage: check_links.py FOLDER, the folder of a built site"
    dead, n_links = dead_links(Path(arguments[0]))
    for page, link in dead:
        print(f"{page}: {link}")
    if dead:
        return f"{len(dead)} of {n_links} internal links are dead."
    print(f"All {n_links} internal links are alive.")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
