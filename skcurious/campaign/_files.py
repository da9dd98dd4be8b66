"""Files that are whole or not there, and tables in them that come back as they were."""

import hashlib
import os
import tempfile
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from skcurious._frames import is_polars

TEMPORARY, LOCK = ".skcurious-", ".skcurious.lock"


def check_path(path, argument):
    """A path as such; what is none is refused."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{argument} must be a path, got {type(path).__name__}.")
    return Path(path)


def write_whole(folder, name, data):
    """Write a file so that at any moment the old one is there, or all of the new.

    Under another name in the same folder, through to the disk, then renamed.

    Parameters
    ----------
    folder : Path
    name : str
    data : bytes
    """
    handle, path = tempfile.mkstemp(prefix=TEMPORARY, suffix=".tmp", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(path, 0o666 & ~_umask())
        os.replace(path, folder / name)
    except BaseException:
        with suppress(OSError):
            os.unlink(path)
        raise
    _sync_folder(folder)


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder):
    """Make new names last, where the system knows how (Windows does not)."""
    with suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def locked(folder):
    """Keep other processes from writing into a folder at the same time.

    The system gives the lock back when a process dies. Where there are none (some
    network drives), nothing is locked.
    """
    with open(folder / LOCK, "ab") as file:
        with suppress(OSError):
            _lock(file)
        yield


def _lock(file):
    try:
        import fcntl
    except ImportError:
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX)


def named_by_content(stem, data):
    """A name that another content does not have."""
    return f"{stem}-{hashlib.sha256(data).hexdigest()[:16]}.csv"


# -- tables --------------------------------------------------------------------------


def to_csv(frame):
    """Bytes of a DataFrame of pandas without its index; numbers with all digits."""
    # With these ends of lines, either of the two is quoted where it is in a cell.
    return frame.to_csv(index=False, lineterminator="\r\n").encode()


def from_csv(data):
    """The same cells as strings, '' where blank."""
    return pd.read_csv(BytesIO(data), dtype=str, keep_default_na=False, na_filter=False)


def kind_of(series):
    """What it takes to make a column of strings what it was, as JSON has it.

    Parameters
    ----------
    series : Series of pandas or polars, or Index

    Returns
    -------
    kind : dict
    """
    if is_polars(series):
        import polars as pl

        if isinstance(series.dtype, pl.Enum):
            return {"dtype": "Enum", "categories": series.dtype.categories.to_list()}
        return {"dtype": str(series.dtype)}
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return {
            "dtype": "category",
            "categories": dtype.categories.tolist(),
            "ordered": bool(dtype.ordered),
        }
    if str(dtype) == "object" and len(series.dropna()):
        known = series.dropna()
        if all(isinstance(v, (int, float)) for v in known) and not any(
            isinstance(v, bool) for v in known
        ):
            return {"dtype": "float64"}
    return {"dtype": str(dtype)}


def restored(cells, kind):
    """A column of strings as what it was.

    Parameters
    ----------
    cells : Series of str
    kind : dict
        What :func:`kind_of` gave.

    Returns
    -------
    column : Series
    """
    name = kind["dtype"]
    cells = cells.astype(object)  # of one column at a time: they take much memory
    blank = cells == ""
    if name == "category":
        by_text = {str(value): value for value in kind["categories"]}
        dtype = pd.CategoricalDtype(kind["categories"], kind["ordered"])
        return cells.map(by_text).astype(dtype)
    if name in ("bool", "boolean"):
        found = (cells == "True").astype(object).where(~blank, None)
        return found.astype(name)
    known = cells.where(~blank, None)
    if name == "object" or name.startswith("str"):
        return known.where(~blank, np.nan).astype(
            "object" if name == "object" else name
        )
    if name == "float64":
        values = map(float, cells.where(~blank, "nan").tolist())
        return pd.Series(np.fromiter(values, float, len(cells)), cells.index)
    if name.startswith(("int", "uint", "float")):
        # numpy reads all digits.
        return pd.Series(
            cells.where(~blank, "nan").to_numpy(dtype=str).astype(np.dtype(name)),
            index=cells.index,
        )
    if name.startswith(("Int", "UInt", "Float")):
        return known.map(lambda s: s, na_action="ignore").astype(name)
    if name.startswith("datetime64"):
        return pd.to_datetime(known, format="ISO8601").astype(name)
    try:
        return known.astype(name)
    except (TypeError, ValueError):  # of columns that are ignored
        return known


def restored_polars(cells, kind):
    """A column of strings as a Series of polars; what has no simple type stays text."""
    import polars as pl

    name = kind["dtype"]
    values = [None if cell == "" else cell for cell in cells]
    if name == "Enum":
        return pl.Series(values, dtype=pl.Enum(kind["categories"]))
    dtype = getattr(pl, name, pl.String)
    if dtype == pl.Boolean:
        values = [None if v is None else v == "True" for v in values]
    elif dtype.is_integer():
        values = [None if v is None else int(float(v)) for v in values]
    elif dtype.is_numeric():
        values = [None if v is None else float(v) for v in values]
    elif dtype not in (pl.String, pl.Categorical):
        dtype = pl.String
    return pl.Series(values, dtype=dtype)
