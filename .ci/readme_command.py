"""Print the command that README.md shows under ``<!-- command: NAME -->``."""

import re
import sys
from pathlib import Path

pattern = rf"<!-- command: {sys.argv[1]} -->\n```sh\n(.+?)\n```"
(command,) = re.findall(pattern, Path("README.md").read_text(), flags=re.DOTALL)
print(command)
