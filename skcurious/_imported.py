"""Classes of packages that the core neither needs nor imports."""

import sys


def if_imported(module, name):
    """A class of an optional package; no class if that was never imported."""
    module = sys.modules.get(module)
    return () if module is None else getattr(module, name, ())
