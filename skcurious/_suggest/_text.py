"""The bytes of a text table, and the dialect that it was written in."""

import codecs
import csv
import io
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from skcurious._suggest._errors import InputError
from skcurious._suggest._limits import unpacked

SEPARATORS = (",", ";", "\t", "|")
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


def decode(data, name, notes):
    """Text of the bytes of a table, and the encoding for tables like it."""
    # Known by its content: browsers unpack files without renaming them.
    if data.startswith(b"\x1f\x8b"):
        try:
            data = unpacked(data, name)
        except (EOFError, OSError, zlib.error) as error:
            raise InputError(
                f"{name} is a damaged gzip file ({error}): copy or save it again."
            ) from error
    # Spreadsheets recognise UTF-8 by the mark at its beginning.
    encoding = "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        source = "utf-16"
    else:
        source = "utf-8-sig"
        if not data.startswith(codecs.BOM_UTF8):
            encoding = "utf-8"
    try:
        text, is_western = data.decode(source), False
    except UnicodeDecodeError:
        text, is_western = data.decode("latin-1"), True
    if re.search("[\0-\x08\x0e-\x1f]", text):
        raise InputError(
            f"{name} is not a text file: save the table as CSV UTF-8, or give a "
            "workbook its ending, .xlsx or .ods."
        )
    if is_western:
        encoding = "utf-8-sig"
        text = _western(data, name, notes)
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def _western(data, name, notes):
    """What spreadsheets in Western Europe and America still write."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name} is neither UTF-8 nor Windows-1252 (line {line} cannot be read as "
            "either): save the table as CSV UTF-8."
        ) from None
    word = re.search(r"[^\s,;|\"]*[^\0-\x7f][^\s,;|\"]*", text)[0]
    notes.append(
        f"{name} is not UTF-8, and read as Windows-1252: if it does not say "
        f"{_short(word)!r}, save it as CSV UTF-8."
    )
    return text


def _short(word):
    return word if len(word) <= 30 else word[:29] + "…"


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
    does it for most records, lest a title above the table decides.
    """

    def merit(separator):
        try:
            sample = list(islice(records(text, separator), SAMPLE))
        except csv.Error:
            return False, 0, 0
        widths = [len(record) for record in sample if record]
        ((usual, n_usual),) = Counter(widths).most_common(1)
        return len(set(widths)) == 1 < usual, n_usual * (usual > 1), usual

    return max(SEPARATORS, key=merit)
