"""Packages that a few tests of a module need, and the rest of it does not."""

from importlib import import_module
from importlib.util import find_spec

import pytest


class Missing:
    """Stands where a package is not installed, and skips the test that uses it."""

    def __init__(self, package):
        self._package = package

    def __getattr__(self, name):
        if name.startswith("__"):  # pytest looks through the names of a module
            raise AttributeError(name)
        self()

    def __call__(self, *args, **kwargs):
        pytest.skip(f"{self._package} is not installed", allow_module_level=True)


def optional(package, module=None, name=None):
    """`package`; or `name` of `module`, which needs it; or something that skips.

    Only the absence of the package skips: a module that fails beside it fails.
    """
    if find_spec(package) is None:
        return Missing(package)
    found = import_module(module or package)
    return found if name is None else getattr(found, name)
