"""Where tables and pictures may lie: checked before any work is done."""

import os
from contextlib import contextmanager
from pathlib import Path

from skcurious._suggest._errors import InputError
from skcurious._words import names

TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
WORKBOOKS = (".xlsx", ".ods")
TABLES = (*TEXT, *WORKBOOKS, ".parquet")
PICTURES = (".png", ".pdf", ".svg")
PAGES = (".html", ".htm")


def is_parquet(path):
    """Whether the name says so."""
    return str(path).lower().endswith(".parquet")


def is_workbook(path):
    """Whether the name is that of a file of a spreadsheet program."""
    return str(path).lower().endswith(WORKBOOKS)


def package_for(path):
    """The package that pandas needs for this kind of table, or None."""
    packages = {".parquet": "pyarrow", ".xlsx": "openpyxl", ".ods": "odf"}
    return packages.get(Path(str(path).lower()).suffix)


def check_extension(path, extensions, what):
    """Raise unless the name ends as one of `extensions`."""
    if not str(path).lower().endswith(extensions):
        raise InputError(
            f"{path} has no ending that {what} can have: use one of "
            f"{', '.join(extensions)}{_advice(path)}."
        )


def _advice(path):
    is_old = str(path).lower().endswith((".xls", ".xlsm", ".xlsb", ".numbers"))
    return (
        " (the program that wrote it saves its tables as .xlsx, too)" if is_old else ""
    )


def check_source(path):
    """Raise unless there is a file to read a table from."""
    if os.path.isdir(path):
        raise InputError(f"{path} is a folder: name a file in it.")
    if not os.path.exists(path):
        folder = os.path.dirname(path) or "."
        if not os.path.isdir(folder):
            raise InputError(f"{path} is not there: there is no folder {folder}.")
        tables = sorted(n for n in os.listdir(folder) if n.lower().endswith(TABLES))
        hint = (
            f"tables in that folder: {names(tables)}."
            if tables
            else ("that folder holds no table.")
        )
        raise InputError(f"{path} is not there; {hint}")
    check_extension(path, TABLES, "a table")


def check_destination(path, extensions, what, sources):
    """Raise unless a file can be written there, over none of the `sources`."""
    check_extension(path, extensions, what)
    folder = Path(path).parent
    if os.path.isdir(path):
        raise InputError(f"{path} is a folder: name a file to write to.")
    if not folder.is_dir():
        raise InputError(f"{path} cannot be written: there is no folder {folder}.")
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise InputError(f"{path} cannot be written: you have no permission to.")
    for source in sources:
        if os.path.exists(path) and os.path.samefile(path, source):
            raise InputError(f"{path} would be overwritten: write to another file.")


@contextmanager
def writing(path):
    """Say in one sentence when the disk is full, or the folder gone meanwhile."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error
