"""How files of tables are read, beside the libraries that guess the same.

    encodings    skcurious._suggest._text.decode     charset-normalizer's best guess
    separators   skcurious._suggest._text.find_separator        clevercsv's sniffer

Small tables such as spreadsheets save, in ten encodings and in all that separates
cells. Counted are those that are read right, and those that are read wrong without a
note. ``pip install -e ".[bench]"``, then ``python benchmarks/bench_readers.py``.
"""

import sys
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import charset_normalizer
import clevercsv

from skcurious._suggest._text import decode, find_separator

ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"),
    *("mac_roman", "cp1250", "iso8859_2", "cp437", "shift_jis"),
)
TEXTS = {
    "German": "Wärme °C;Lösungsmittel;Ausbeute\n20,5;dmf größe;1,5\n" * 12,
    "micro sign": "a,b,y\n1,2 µm,3\n",
    "French": "température,durée,rendement\n20,1,2\n30,2,4\n",
    "Polish": "łódź,gęś,y\n1,2,3\n4,5,6\n",
    "euro sign": "x,price €,y\n1,2,3\n",
}
TABLES = {
    "title above": ("Results of March; lab 3\n\na,b,y\n1,2,3\n4,5,6\n7,8,9\n", ","),
    "commas in names": ("a, b;c;y\n1;2;3\n4;5;6\n", ";"),
    "times": ("day,time,y\n2024-01-02,10:30,1\n2024-01-03,11:30,2\n", ","),
    "molecules": ("smiles|y\nC1=CC=CC=C1(O)N|1.5\nCC(=O)O|2.5\n", "|"),
    "quoted names": ('name;y\n"Müller, A";1,5\n"Meier, B";2,5\n', ";"),
    "blanks": ("a, b, y\n1, 2, 3\n4, 5, 6\n", ","),
}


def encodings():
    """Yield what a file is, and how ours and theirs read it; None is a note."""
    for name, text in TEXTS.items():
        for encoding in ENCODINGS:
            try:
                content = text.encode(encoding)
            except UnicodeEncodeError:
                continue
            notes = []
            ours = decode(content, "file", notes)[0].replace("\r", "") == text
            best = charset_normalizer.from_bytes(content).best()
            theirs = best and str(best).lstrip("\ufeff") == text
            yield f"{name}, {encoding}", None if notes and not ours else ours, theirs


def separators():
    """The same of separators."""
    tables = dict(TABLES)
    for sep, mark, quoted, n in product(",;\t|", ".,", (False, True), (2, 12)):
        if sep == mark and not quoted:
            continue
        quote = '"' if quoted else ""
        rows = [("temp", "name", "y")]
        rows += [(f"{i}{mark}5", "x 1:2 a-b", f"{2 * i}{mark}25") for i in range(n)]
        lines = [sep.join(f"{quote}{cell}{quote}" for cell in row) for row in rows]
        tables[f"{sep!r}, {mark}, quoted {quoted}, {n} rows"] = "\n".join(lines), sep
    for name, (text, right) in tables.items():
        theirs = clevercsv.Sniffer().sniff(text).delimiter
        yield name, find_separator(text) == right, theirs == right


def main():
    for title, cases, library in [
        ("encodings", encodings(), "charset-normalizer"),
        ("separators", separators(), "clevercsv"),
    ]:
        cases = list(cases)
        print(f"{title}, {len(cases)} files")
        for name, which in (("skcurious", 1), (library, 2)):
            right = sum(case[which] is True for case in cases)
            silent = sum(case[which] is False for case in cases)
            print(f"  {name:20s} {right:3d} right, {silent:3d} wrong without a note")
        for name, ours, theirs in cases:
            if ours is not theirs:
                print(f"    {name}: {ours} and {theirs}")


if __name__ == "__main__":
    main()
