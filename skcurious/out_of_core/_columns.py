"""Columns of chunks, and how many rows of them make one."""

import numpy as np
from sklearn.utils._chunking import get_chunk_n_rows

# What a chunk takes, unless working_memory is less: some milliseconds of work, so
# that looking at its arguments does not count.
CHUNK_BYTES = 2**25


def rows_of_a_chunk(n_columns):
    row_bytes = np.float64().itemsize * max(n_columns, 1)
    return get_chunk_n_rows(row_bytes, max_n_rows=max(CHUNK_BYTES // row_bytes, 1))


def chosen_columns(frame, columns, name):
    """These columns of the table of that name, of pandas, polars or Dask."""
    check_columns(name, columns, frame.columns)
    return frame[list(columns)]


def check_columns(name, columns, present):
    """Raise when some of `columns` are not `present` in the table of that name."""
    columns, present = [] if columns is None else list(columns), list(present)
    missing = [str(c) for c in columns if c not in present]
    if missing:
        raise ValueError(
            f"{name} has no column(s) {', '.join(missing)}, but "
            f"{', '.join(map(str, present))}.{_hint_of_separator(present)}"
        )
    twice = [str(c) for c in columns if present.count(c) > 1]
    if twice:
        raise ValueError(
            f"{name} has several columns of the name {', '.join(twice)}: rename them."
        )


def _hint_of_separator(present):
    if len(present) != 1 or not any(mark in str(present[0]) for mark in ";\t"):
        return ""
    return (
        " If something else than commas separates them, pass pandas.read_csv(path, "
        "sep=..., chunksize=...) as the pool."
    )
