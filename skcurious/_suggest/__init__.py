"""The commands of ``python -m skcurious``: from tables to the rows to label next.

    suggest: files -> tables -> problem -> outlook of a campaign -> report, files
    init, add, suggest, status: files -> tables -> campaign <-> folder

Needs pandas, rich and, for some files, openpyxl, odfpy, pyarrow and matplotlib.  The
rooms that use them are imported when the command runs, after :func:`check_packages`.
"""

from skcurious._suggest._command import add_suggest
from skcurious._suggest._errors import InputError, MissingPackage
from skcurious._suggest._verbs import add_folder

__all__ = ["InputError", "MissingPackage", "add_folder", "add_suggest"]
