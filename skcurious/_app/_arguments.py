"""Arguments of ``app``."""

import argparse

DESCRIPTION = """\
Open a page in the browser: drop a table on it, see how its columns are read, get the
rows to measure next with reasons and pictures, and type results in.

Everything is kept in a campaign folder, as init, suggest and add keep it. The page is
for this computer alone, and needs no network.
"""


def add_app(commands):
    """Add ``app`` to the subparsers of a parser."""
    parser = commands.add_parser(
        "app",
        help="a page in the browser for all of this",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder",
        nargs="?",
        metavar="FOLDER",
        help="of a campaign to open, or to be made on the page",
    )
    parser.add_argument(
        "--port",
        type=_port,
        metavar="NUMBER",
        help="of the page (default: the first free one from 8501)",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="only print the address of the page"
    )
    parser.set_defaults(run=_run, parser=parser)


def _port(text):
    if not (text.isdecimal() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 65535.")
    return int(text)


def _run(arguments):
    from skcurious._app._server import serve

    serve(arguments)
