"""Print the requirements of the tests, their lower bounds as exact versions.

Without scikit-activeml, which asks for a newer NumPy than skcurious does.
"""

import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"]
bounded = ["modal", "dask", "plot", "suggest"]
for requirement in [*project["dependencies"], *(r for e in bounded for r in extras[e])]:
    print(requirement.replace(">=", "=="))
for requirement in extras["test"]:
    if not requirement.startswith("skcurious["):
        print(requirement)
