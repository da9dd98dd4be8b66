"""Doctests of modules that need torch are left out where there is none."""

import importlib.util

collect_ignore_glob = []
if not all(importlib.util.find_spec(name) for name in ("torch", "skorch")):
    collect_ignore_glob.append("skcurious/torch/*")
