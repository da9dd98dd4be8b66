"""The server of the page, on this computer alone."""

import socket
from pathlib import Path

from skcurious._suggest._errors import InputError, check_packages

ADDRESS = "127.0.0.1"
PORTS = range(8501, 8601)
# Megabytes of a table; the page says so.
LARGEST_UPLOAD = 200
PACKAGES = ["streamlit", "pandas", "openpyxl", "odf", "pyarrow", "matplotlib"]
# Whatever a file of settings says: nothing is sent anywhere, nobody else is let in,
# and of errors that nobody foresaw nothing but a sentence is shown.
SETTINGS = {
    "server.address": ADDRESS,
    "server.enableCORS": "true",
    "server.enableXsrfProtection": "true",
    "server.enableStaticServing": "false",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": LARGEST_UPLOAD,
    "server.showEmailPrompt": "false",
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.toolbarMode": "minimal",
    "global.developmentMode": "false",
    "runner.magicEnabled": "false",
    "theme.base": "light",
    "theme.primaryColor": "#0b5cad",
}


def serve(arguments):
    """Serve the page until the process is stopped.

    Parameters
    ----------
    arguments : Namespace
        Of ``app``.
    """
    check_packages(PACKAGES, "app")
    if arguments.folder and Path(arguments.folder).is_file():
        raise InputError(f"{arguments.folder} is a file: name a folder.")
    settings = SETTINGS | {
        "server.port": _free_port(arguments.port),
        "server.headless": str(arguments.no_browser).lower(),
    }
    page = Path(__file__).with_name("page.py")
    words = ["run", str(page), *(f"--{name}={v}" for name, v in settings.items())]
    if arguments.folder:
        words += ["--", str(Path(arguments.folder).absolute())]
    from streamlit.web import cli

    cli.main(words, prog_name="python -m skcurious app")


def _free_port(port):
    """The port that is asked for, or the first one that is free."""
    for number in PORTS if port is None else [port]:
        with socket.socket() as tried:
            # As servers do: one that has just ended is in nobody's way.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((ADDRESS, number))
            except OSError:
                continue
            return number
    if port is None:
        raise InputError(
            f"all ports from {PORTS[0]} to {PORTS[-1]} are taken: name another one by "
            "--port."
        )
    raise InputError(
        f"--port {port} is taken by another program, or not allowed: leave it out, and "
        "a free one is found."
    )
