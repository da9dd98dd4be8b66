"""Text of a CSV file, of which no row is longer than the header."""

import csv
import gzip
import io
from itertools import chain
from operator import methodcaller

# Characters that are looked at together.
BLOCK = 2**18

_commas = methodcaller("count", ",")


class CountedRows(io.TextIOBase):
    """A file for pandas to read, whose cells are counted on the way.

    Of a row that is longer than the header pandas makes an index of the first cells;
    asked for some columns only, or at the first row of a chunk, most versions leave out
    the last ones.

    Parameters
    ----------
    path : Path
        The file, compressed if it ends in ``.gz``.
    """

    def __init__(self, path):
        opened = gzip.open if path.name.lower().endswith(".gz") else open
        self._file = opened(path, "rt", encoding="utf-8-sig", newline="")
        self._path = path
        self._n_lines = 0
        self._header = None
        self._rest = ""

    def close(self):
        """Close the file."""
        self._file.close()
        super().close()

    def read(self, size=-1):
        """Next `size` characters, or all."""
        parts, length = [self._rest], len(self._rest)
        while size < 0 or length < size:
            lines = self._file.readlines(BLOCK)
            if not lines:
                break
            parts.append(self._counted(lines))
            length += len(parts[-1])
        text = "".join(parts)
        end = length if size < 0 else size
        self._rest = text[end:]
        return text[:end]

    def _counted(self, lines):
        """Text of these lines, and of those in which the last row goes on."""
        text = "".join(lines)
        if "\0" in text:
            raise ValueError(not_utf8(self._path))
        if self._header is None or '"' in text:
            lines = self._by_row(lines)
            text = "".join(lines)
        elif max(map(_commas, lines)) >= self._header:  # of cells there is one more
            self._by_row(lines)
        self._n_lines += len(lines)
        return text

    def _by_row(self, lines):
        taken = []

        def take():
            for line in chain(lines, self._file):
                taken.append(line)
                yield line

        rows = csv.reader(take())
        while len(taken) < len(lines):
            cells = next(rows)
            if self._header is None:
                is_blank = not "".join(cells).strip() and len(cells) < 2
                self._header = None if is_blank else len(cells)
            elif len(cells) > self._header:
                raise ValueError(
                    f"{self._path}, line {self._n_lines + len(taken)}: {len(cells)} "
                    f"cells under a header of {self._header}. Mend the file, or pass "
                    "pandas.read_csv(path, index_col=..., chunksize=...) as the pool: "
                    "0 if the first cell names the row, False if each row ends with a "
                    "separator."
                )
        return taken


def is_compressed(path):
    """Whether the file begins as those of gzip do."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def not_utf8(path):
    """Say what to do with a file that is no text in UTF-8."""
    if is_compressed(path):
        return f"{path} is compressed: let its name end in .csv.gz."
    return (
        f"{path} is not in UTF-8: save it so, or pass pandas.read_csv(path, encoding="
        "..., chunksize=...) as the pool."
    )
