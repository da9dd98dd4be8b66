"""Print the lower bounds of pyproject.toml as exact requirements."""

import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"]
for requirement in [*project["dependencies"], *extras["modal"], *extras["plot"]]:
    print(requirement.replace(">=", "=="))
