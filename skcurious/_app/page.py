"""The script that the server runs anew for each click."""

import sys

from skcurious._app._page import page

page(sys.argv[1] if len(sys.argv) > 1 else None)
