"""Tables that are dropped on the page."""

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from skcurious._suggest._errors import InputError, check_packages
from skcurious._suggest._paths import TABLES, check_extension, package_for
from skcurious._suggest._tables import How, read_table
from skcurious.campaign._report._markup import plain

# Letters of the name of a file.
LONGEST = 60


def table_of(upload, how=None):
    """The table that a file holds.

    Parameters
    ----------
    upload : UploadedFile
        Of streamlit: ``name`` is what the browser calls it, be it what it may.
    how : How, default=None

    Returns
    -------
    table : Table
    """
    name = shown_name(upload.name)
    check_extension(name, TABLES, "a table")
    with _on_disk(name, upload.getvalue()) as path:
        check_packages([package for package in [package_for(path)] if package], "app")
        table = read_table(path, how or How())
    table.name = name
    table.notes = [note.replace(path, name) for note in table.notes]
    return table


def shown_name(name):
    """The name of a file without its folder, as one line; its ending is kept."""
    name = plain(name.replace("\\", "/").rpartition("/")[2], 500).strip()
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 15]}…{name[-14:]}"


@contextmanager
def _on_disk(name, data):
    """Path of a file that is gone afterwards; what is wrong with it bears its name."""
    ending = max((e for e in TABLES if name.lower().endswith(e)), key=len)
    with TemporaryDirectory(prefix="skcurious-") as folder:
        path = str(Path(folder) / f"table{ending}")
        Path(path).write_bytes(data)
        try:
            yield path
        except InputError as error:
            raise InputError(str(error).replace(path, name)) from error
