"""Doctests of modules that need torch or Streamlit are left out where there is none."""

import importlib.util

NEED = {
    "skcurious/torch/*": ("torch", "skorch"),
    "skcurious/_app/*": ("streamlit",),
}
collect_ignore_glob = [
    modules
    for modules, packages in NEED.items()
    if not all(importlib.util.find_spec(name) for name in packages)
]
