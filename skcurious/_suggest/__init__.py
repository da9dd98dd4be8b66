"""``python -m skcurious suggest``: from two tables to the rows to label next.

    files -> tables -> problem -> model -> query -> report, table, picture

Needs pandas, rich and, for some files, openpyxl, odfpy, pyarrow and matplotlib.  The
rooms that use them are imported when the command runs, after :func:`check_packages`.
"""

from skcurious._suggest._command import add_suggest
from skcurious._suggest._errors import InputError, MissingPackage

__all__ = ["InputError", "MissingPackage", "add_suggest"]
