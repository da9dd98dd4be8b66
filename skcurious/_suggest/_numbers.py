"""A column as numbers, in all tables that have it, or a sentence about its cells."""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious._words import listed, names
from skcurious.campaign._cells import are_numbers, may_be_thousands, text
from skcurious.campaign._quantities import quantities

# Numbers whose squares have no room are as good as infinite.
LARGEST = 1e150
# How many wrong cells, and how many lines of each, a sentence has.
MOST_CELLS, MOST_LINES = 12, 8


@dataclass
class Part:
    """A column of one table.

    Attributes
    ----------
    table : Table
    strings : Series
        Cells that are looked at, NaN where blank.
    values : Series of float
        NaN where blank or not plainly a number.
    found : dict
        Quantity of each of the other cells, or None, by line.
    """

    table: object
    strings: pd.Series
    values: pd.Series
    found: dict

    def fill(self):
        """Take over what the other cells say."""
        read = {line: q.value for line, q in self.found.items() if q}
        self.values[list(read)] = list(read.values())

    def units(self):
        """Unit of each cell that is a number, and is written with more than that."""
        return {line: q.unit for line, q in self.found.items() if q}

    def plain(self):
        """Lines of the other cells that are numbers."""
        return self.strings.index[self.strings.notna() & self.values.notna()]


def _parts(name, tables):
    """What all cells say; one that is sure of its commas speaks for the others."""
    parts, others = [], {".": set(), ",": set()}
    for table, lines in tables:
        values, wrong = (series[lines] for series in table.numbers(name))
        strings = text(table.frame.loc[lines, name])
        parts.append(Part(table, strings, values, strings[wrong].to_dict()))
        others[table.dialect.decimal].update(strings[wrong])
    found = {mark: quantities(strings, mark) for mark, strings in others.items()}
    for part in parts:
        read = found[part.table.dialect.decimal]
        part.found = {line: read[string] for line, string in part.found.items()}
    return parts


def finite_numbers(name, tables, why, notes):
    """Numbers of a column, NaN where blank.

    Parameters
    ----------
    name : str
        Column of all tables.
    tables : list of (Table, Index)
        Each with the lines to look at.
    why : str
        Why the cells have to be numbers, in an error.
    notes : list of str
        Is told how cells are read that are not plainly numbers.

    Returns
    -------
    values : list of Series of float
        One for each table.

    Raises
    ------
    InputError
        About all cells that are text, in several units, or infinite.
    """
    parts = _parts(name, tables)
    for part in parts:
        _check_thousands(name, part)
    units = [part.units() for part in parts]
    sizes = Counter(unit for some in units for unit in some.values())
    n_plain = sum(len(part.plain()) for part in parts)
    if n_plain:
        sizes[""] += n_plain
    unit = max(sizes, key=lambda u: (sizes[u], u == ""), default="")
    _check(name, parts, units, unit, why)
    for part in parts:
        part.fill()
    _check_size(name, parts)
    examples = {
        string: quantity.value
        for part in parts
        for string, quantity in zip(
            part.strings[list(part.found)], part.found.values(), strict=True
        )
    }
    if examples:
        notes.append(_how_read(name, examples, unit))
    return [part.values.rename(name) for part in parts]


def numbers_where_there_are(name, table, lines):
    """Numbers of rows that nothing is learnt from, so that nothing is to be mended."""
    (part,) = _parts(name, [(table, lines)])
    part.fill()
    return part.values


def _how_read(name, examples, unit):
    """At least the longest cell is shown: it has most to read over."""
    cell = max(examples, key=len)
    note = f"{cell!r} in {name!r} is read as {examples[cell]:.9g}"
    if len(examples) > 1:
        note += ", and others like it"
    return note + (f"; the unit {unit!r} is that of every cell." if unit else ".")


def _check_thousands(name, part):
    bare = part.strings.dropna()
    digits = {line: q.digits for line, q in part.found.items() if q}
    bare[list(digits)] = list(digits.values())
    if may_be_thousands(bare):
        line = bare.index[bare.str.contains("[.,]")][0]
        raise InputError(
            f"{part.strings[line]!r} in column {name!r} on line {line} of "
            f"{part.table.name} may be a thousand or a fraction, since other cells are "
            "whole numbers: write thousands without a mark."
        )


def _check(name, parts, units, unit, why):
    no_numbers = [
        {
            line: part.strings[line]
            for line, quantity in part.found.items()
            if not quantity
        }
        for part in parts
    ]
    other_unit = [
        {line: part.strings[line] for line, its in some.items() if its != unit}
        for part, some in zip(parts, units, strict=True)
    ]
    if unit:
        for part, some in zip(parts, other_unit, strict=True):
            some.update(part.strings[part.plain()])
    if unit == "":  # then a cell with a unit is no number either
        no_numbers = [a | b for a, b in zip(no_numbers, other_unit, strict=True)]
    n_bad = sum(map(len, no_numbers))
    if n_bad:
        mark = _mark(parts, no_numbers)
        where = _where(name, parts, no_numbers)
        is_, cells = (
            ("is no number", "cell") if n_bad == 1 else ("are no numbers", "cells")
        )
        raise InputError(f"{where} {is_}{mark}, {why}: correct or empty the {cells}.")
    n_other = sum(map(len, other_unit))
    if n_other:
        is_ = "is" if n_other == 1 else "are"
        raise InputError(
            f"{_where(name, parts, other_unit)} {is_} not in {unit!r} as other cells "
            "are: write the column in one unit."
        )


def _where(name, parts, cells):
    """``'8 mg' in column 'x' on line 5 of a.csv``, or all of several cells."""
    found = [
        (part.table.name, string, line)
        for part, some in zip(parts, cells, strict=True)
        for line, string in sorted(some.items())
    ]
    if len(found) == 1:
        ((table, string, line),) = found
        return f"{names([string])} in column {name!r} on line {line} of {table}"
    lines = {}
    for table, string, line in found:
        lines.setdefault((table, string), []).append(line)
    places = [
        f"{names([string])} (line{'s' if len(some) > 1 else ''} "
        f"{listed(some, MOST_LINES)} of {table})"
        for (table, string), some in lines.items()
    ]
    return f"{listed(places, MOST_CELLS)} in column {name!r}"


def _mark(parts, cells):
    for part, some in zip(parts, cells, strict=True):
        strings = pd.Series(list(some.values()), dtype=object)
        plain = [s for s in strings if not quantities([s])[s]]
        if any(are_numbers(pd.Series([s])) for s in plain):
            mark = "point" if part.table.dialect.decimal == "." else "comma"
            return f" (decimals have a {mark} in this file)"
    return ""


def _check_size(name, parts):
    huge = [
        part.strings[part.values.index[part.values.abs() > LARGEST]].to_dict()
        for part in parts
    ]
    n_huge = sum(map(len, huge))
    if n_huge:
        is_, cells = ("is", "cell") if n_huge == 1 else ("are", "cells")
        raise InputError(
            f"{_where(name, parts, huge)} {is_} infinite or too large to compute with: "
            f"correct or empty the {cells}."
        )


def unit_of(name, table, lines):
    """The unit of most cells of a column, '' where they have none."""
    (part,) = _parts(name, [(table, lines)])
    sizes = Counter(part.units().values())
    if len(part.plain()):
        sizes[""] += len(part.plain())
    return max(sizes, key=lambda unit: (sizes[unit], unit == ""), default="")
