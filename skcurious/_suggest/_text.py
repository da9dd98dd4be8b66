"""The bytes of a text table, and the dialect that it was written in."""

import codecs
import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass, field
from itertools import islice

from skcurious._suggest._errors import InputError

SEPARATORS = (",", ";", "\t")
# How many records the separator is recognised by.
SAMPLE = 100


@dataclass(frozen=True)
class Dialect:
    """How a spreadsheet writes tables, and so wants to read them.

    Attributes
    ----------
    separator : str
        Between cells.
    decimal : str
        Of numbers.
    encoding : str
        Of the bytes.
    is_sure : bool
        Whether the numbers leave no doubt about their decimal mark.
    """

    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    is_sure: bool = field(default=True, compare=False)


def decode(data, name):
    """Text of the bytes of a table, and the encoding for tables like it."""
    # Known by its content: browsers unpack files without renaming them.
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise InputError(
                f"{name} is a damaged gzip file ({error}): copy or save it again."
            ) from error
    no_text = InputError(f"{name} is not a text file: save the table as CSV.")
    # Spreadsheets recognise UTF-8 by the mark at its beginning.
    encoding = "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        source = "utf-16"
    else:
        source = "utf-8-sig"
        if not data.startswith(codecs.BOM_UTF8):
            encoding = "utf-8"
    try:
        text = data.decode(source)
    except UnicodeDecodeError:
        # What spreadsheets in Western Europe still write.
        encoding = "utf-8-sig"
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            raise no_text from None
    if re.search("[\0-\x08\x0e-\x1f]", text):
        raise no_text
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def records(text, separator):
    """The cells of the text, record by record."""
    return csv.reader(io.StringIO(text), delimiter=separator)


def named_separator(line):
    """The separator that a first line ``sep=;`` of Excel names, or None."""
    named = re.fullmatch(r'"?sep=(.)"?', line.strip(), flags=re.IGNORECASE)
    return named and named[1]


def find_separator(text):
    """The separator that cuts the first records into equal numbers of cells.

    Of several the one that gives most cells, and where none does, the one that
    gives most in the header.
    """

    def merit(separator):
        try:
            sample = list(islice(records(text, separator), SAMPLE))
        except csv.Error:
            return False, 0
        widths = [len(record) for record in sample if record]
        return len(set(widths)) == 1 and widths[0] > 1, widths[0]

    return max(SEPARATORS, key=merit)
