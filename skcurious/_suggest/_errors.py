"""What the user can mend, each said in one sentence."""

from importlib import import_module


class InputError(ValueError):
    """A file or an argument that cannot be used."""


class MissingPackage(ImportError):
    """A package of the extra is not installed."""


def check_packages(names, extra="suggest"):
    """Raise :class:`MissingPackage` for the first that is not installed."""
    for name in names:
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise MissingPackage(
                f"this needs the package {name}, which is not installed; get it with: "
                f'pip install "skcurious[{extra}]".'
            ) from error
