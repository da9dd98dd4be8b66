"""How large a workbook is inside, before a library builds something of its XML."""

import zipfile
from xml.parsers import expat

from skcurious._suggest._errors import InputError
from skcurious._suggest._limits import (
    LONGEST,
    MB,
    MOST_CELLS,
    check_bytes,
    too_long,
)

# Elements of .ods, all of which odfpy keeps in memory.
MOST_ELEMENTS = 10_000_000
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
OFFICE, TABLE, TEXT = (f"{_OASIS}:{name}:1.0" for name in ("office", "table", "text"))


def check_workbook(path):
    """Raise where reading it would take all memory, or time without end.

    Raises
    ------
    InputError
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError
        Where it is damaged.
    """
    with zipfile.ZipFile(path) as file:
        members = file.infolist()
        # No more is unpacked of a member than the file says.
        check_bytes(sum(member.file_size for member in members), path)
        for member in members:
            if member.flag_bits & 1:
                raise InputError(
                    f"{path} is locked by a password: save it without one."
                )
            with file.open(member) as content:
                _look_at(content, path)


def _look_at(content, path):
    """Follow the XML of a member."""
    extent = _Extent(path)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = extent.start
    parser.EndElementHandler = extent.end
    parser.EntityDeclHandler = extent.entity
    is_xml = True
    while block := content.read(MB):  # to the end, where its checksum is
        try:
            is_xml = is_xml and bool(parser.Parse(block))
        except expat.ExpatError:  # a picture, or what no library will read either
            is_xml = False


class _Extent:
    """How far the cells of a sheet go, of .xlsx or .ods."""

    def __init__(self, path):
        self.path = path
        self.depth = self.n_elements = 0
        self.row = self.column = 0  # as far as has been read
        self.again = 1  # how many rows are as this one
        self.n_rows = self.n_columns = 0  # up to the last filled cell
        self.n_cells = 0  # filled or not, from the first column on
        self.depth_of_row = None

    def entity(self, *_):
        """Of a declaration of one, which no spreadsheet program writes."""
        raise InputError(
            f"{self.path} is not a sound workbook (its XML declares entities): save it "
            "again with a spreadsheet program."
        )

    def start(self, name, attributes):
        """Of an element."""
        self.depth += 1
        namespace, _, tag = name.rpartition(" ")
        if namespace in (OFFICE, TABLE, TEXT):
            self._of_ods(namespace, tag, attributes)
        elif name == f"{MAIN} row":
            self.depth_of_row = self.depth
            self.row = _whole(attributes.get("r"), self.row + 1)
            self.column = 0
        elif self.depth_of_row is not None and self.depth == self.depth_of_row + 1:
            before, self.column = self.column, _column(attributes, self.column + 1)
            self._reach(max(self.column - before, 0))
        elif name in (f"{MAIN} v", f"{MAIN} is"):
            self._fill(self.row, self.column)

    def end(self, name):
        """Of an element."""
        self.depth -= 1
        if name == f"{MAIN} row":
            self._fill(self.row, 0)  # the lines above it are read, too
            self.depth_of_row = None
        elif name == f"{TABLE} table-row":
            self.row += self.again

    def _of_ods(self, namespace, tag, attributes):
        self.n_elements += 1
        if self.n_elements > MOST_ELEMENTS:
            raise InputError(
                f"{self.path} is too large for a table of this kind: save it as .xlsx "
                "or .csv."
            )
        if tag == "table":
            self.row = self.n_rows = self.n_columns = 0
        elif tag == "table-row":
            self.again = _repeated(attributes, "rows")
            self.column = 0
        elif tag in ("table-cell", "covered-table-cell"):
            self.column += _repeated(attributes, "columns")
            if f"{OFFICE} value-type" in attributes:
                self._fill(self.row + self.again, self.column)
        elif tag == "s" and namespace == TEXT:
            n_spaces = _whole(attributes.get(f"{TEXT} c"), 1)
            if n_spaces > LONGEST:
                raise too_long(f"a cell of {self.path}", n_spaces)

    def _fill(self, row, column):
        self.n_rows = max(self.n_rows, row)
        self.n_columns = max(self.n_columns, column)
        if self.n_rows * max(self.n_columns, 1) > MOST_CELLS:
            self._refuse(row, column)

    def _reach(self, n_cells):
        self.n_cells += n_cells
        if self.n_cells > MOST_CELLS:
            self._refuse(self.row, self.column)

    def _refuse(self, row, column):
        raise InputError(
            f"{self.path} has cells as far as line {row:,} and column "
            f"{column:,}, and {MOST_CELLS:,} cells are the most that are read: "
            "delete what lies far from the table."
        )


def _whole(text, otherwise):
    """A number as the libraries read it."""
    try:
        return int(float(text))
    except (TypeError, ValueError, OverflowError):
        return otherwise


def _column(attributes, otherwise):
    """The number of the column of ``AB12``."""
    letters = attributes.get("r", "").replace("$", "").rstrip("0123456789").upper()
    if not 1 <= len(letters) <= 3 or not letters.isascii() or not letters.isalpha():
        return otherwise
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _repeated(attributes, what):
    return _whole(attributes.get(f"{TABLE} number-{what}-repeated"), 1)
