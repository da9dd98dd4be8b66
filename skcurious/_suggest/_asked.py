"""What is asked for, checked before anything is done."""

from pathlib import Path

from skcurious._suggest._errors import InputError
from skcurious._suggest._paths import (
    PAGES,
    PICTURES,
    TABLES,
    check_destination,
    check_source,
    package_for,
)


def packages(arguments):
    """Packages that the files take."""
    needed = ["pandas", "rich"]
    options = "labelled", "pool", "pending", "failed", "output", "predictions"
    tables = [getattr(arguments, option) or "" for option in options]
    needed += [package for package in map(package_for, tables) if package]
    if arguments.picture:
        needed.append("matplotlib")
    return needed


def check_paths(arguments):
    """Raise unless all files can be read and written; return those that are read."""
    options = "labelled", "pool", "pending", "failed"
    sources = [getattr(arguments, option) for option in options]
    sources = list(dict.fromkeys(path for path in sources if path))
    for path in sources:
        check_source(path)
    check_destinations(arguments, sources)
    return sources


def check_destinations(arguments, sources):
    """Raise unless all that is asked for can be written."""
    for path in (arguments.output, arguments.predictions):
        if path:
            check_destination(path, TABLES, "a table", sources)
            sources = [*sources, *([path] if Path(path).exists() else [])]
    if arguments.output and arguments.output == arguments.predictions:
        raise InputError(
            f"--output and --predictions both name {arguments.output}: name two files."
        )
    if arguments.picture:
        check_destination(arguments.picture, PICTURES, "a picture", sources)
    if arguments.report:
        check_destination(arguments.report, PAGES, "a page", sources)


def check_model_for(arguments, why):
    """Raise where a model is asked for what takes one."""
    for option in ("picture", "predictions"):
        if getattr(arguments, option):
            raise InputError(
                f"--{option} takes a model, and {why[0].lower()}{why[1:].rstrip('.')}: "
                "leave it out until then."
            )
