"""``python -m skcurious``: commands for people who do not write Python."""

import argparse
import sys

import skcurious
from skcurious._app import add_app
from skcurious._suggest import InputError, MissingPackage, add_folder, add_suggest


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without repeating the usage."""

    def error(self, message):
        if message.startswith("unrecognized arguments"):
            message += (
                ' (a name with spaces needs quotation marks, --target "a b"; of two '
                "tables write --labelled FILE --pool FILE)"
            )
        self.exit(2, f"{self.prog}: {message}\n")


def main(argv=None):
    """Run one command; exits with status 2 when the input has to be mended."""
    parser = Parser(
        prog="python -m skcurious",
        description="Regressors with a sense of curiosity about their data.",
    )
    parser.add_argument("--version", action="version", version=skcurious.__version__)
    commands = parser.add_subparsers(metavar="command", required=True)
    add_suggest(commands)
    add_folder(commands)
    add_app(commands)
    arguments = parser.parse_args(argv)
    try:
        arguments.run(arguments)
    except (InputError, MissingPackage) as error:
        arguments.parser.error(str(error))


if __name__ == "__main__":
    # A column name must not stop the report where the terminal cannot show it.
    sys.stdout.reconfigure(errors="backslashreplace")
    main()
