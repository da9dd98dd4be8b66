"""Which columns tell something, and as what."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from skcurious._suggest._numbers import finite_numbers, numbers_where_there_are
from skcurious._words import listed, names
from skcurious.campaign._cells import are_dates, are_numbers, in_disguise
from skcurious.campaign._runs import repeats
from skcurious.campaign._spelling import one_spelling
from skcurious.campaign._table import words

# A category of its own for cells that are blank.
BLANK = "(blank)"
# What part of a range the numbers of rows fill, where some rows were taken out, and
# what part of the rows has one.
COUNTED = 0.9
# In fewer rows whole numbers may be all different by chance.
MANY = 20
# What part of the labelled rows is there once, where rows have names.
DIFFERENT = 0.5
COUNTER = "it numbers the rows"
NAMES = "another text in every row"
DATES = "dates; a number, such as days since the start, could be learnt from"
NOT_KNOWN = "blank in every labelled row"
NOT_ASKED = "blank in every row to choose from"
# Columns that do not tell rows apart: a copy of a row may have lost them.
NO_NAMES = (DATES, NOT_KNOWN, NOT_ASKED)
# Why a cell has to be a number.
MOSTLY = "but the column holds numbers (--ignore leaves it out)"


@dataclass
class Columns:
    """The columns of both tables that describe rows.

    Attributes
    ----------
    known, pool : DataFrame
        Rows with a label, and candidates.  Columns of numbers as float, all
        others as text, NaN where blank.
    numbers, categories : list of str
        Columns to learn from.
    left_out : dict of str to str
        Why other columns tell nothing.
    tried : DataFrame
        Rows that were tried without a result, with the columns of both.
    elsewhere : list of DataFrame
        Such rows of other tables, with those columns that they have.
    notes : list of str
        How cells were read.
    """

    known: pd.DataFrame
    pool: pd.DataFrame
    numbers: list = field(default_factory=list)
    categories: list = field(default_factory=list)
    left_out: dict = field(default_factory=dict)
    tried: pd.DataFrame = field(default_factory=pd.DataFrame)
    elsewhere: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    @property
    def identity(self):
        """Columns in which copies of a row are equal."""
        return [n for n in self.known if self.left_out.get(n) not in NO_NAMES]


def describe(
    features,
    labelled,
    lines,
    tried,
    pool,
    candidates,
    *,
    others=(),
    categories=(),
    by_pool=False,
):
    """Sort columns into numbers, categories and those left out.

    Parameters
    ----------
    features : list of str
        Columns of both tables.
    labelled : Table
    lines, tried : Index
        Of the rows of `labelled` that have a label, and of those that were tried
        without a result.
    pool : Table
    candidates : Index
        Of its rows that there are to choose from.
    others : sequence of Table
        Rows that were tried without a result.
    categories : sequence of str, default=()
        Columns whose numbers are names.
    by_pool : bool, default=False
        Whether the pool tells what columns are, there being too few labels.

    Returns
    -------
    columns : Columns

    Raises
    ------
    InputError
        When there is text among numbers.
    """
    known, asked, without, is_number, notes = {}, {}, {}, {}, []
    elsewhere = [{} for _ in others]
    source, rows = (pool, candidates) if by_pool else (labelled, lines)
    for name in features:
        cells = source.frame.loc[rows, name]
        is_number[name] = (
            name not in categories
            and are_numbers(cells, source.dialect.decimal)
            and not are_dates(cells)
        )
        rest = [(labelled, tried)]
        rest += [(t, t.frame.index) for t in others if name in t.frame]
        tables = [(labelled, lines), (pool, candidates)]
        if is_number[name]:
            values = finite_numbers(name, tables, MOSTLY, notes)
            values += [numbers_where_there_are(name, *part) for part in rest]
        else:
            cells = [table.frame.loc[some, name] for table, some in [*tables, *rest]]
            values = _one_spelling(name, [words(part) for part in cells], notes)
        known[name], asked[name], without[name], *more = values
        for table, found in zip(others, elsewhere, strict=True):
            if name in table.frame:
                found[name] = more.pop(0)
    columns = Columns(
        pd.DataFrame(known, index=lines),
        pd.DataFrame(asked, index=candidates),
        tried=pd.DataFrame(without, index=tried),
        elsewhere=[
            pd.DataFrame(found, index=table.frame.index)
            for table, found in zip(others, elsewhere, strict=True)
        ],
        notes=notes,
    )
    _sort(columns, is_number, categories, by_pool)
    _note_disguises(columns, categories)
    return columns


def _sort(columns, is_number, forced, by_pool):
    """Of rows that are there twice one, lest their names look like categories."""
    known, pool = (frame[~repeats(frame)] for frame in (columns.known, columns.pool))
    if by_pool:
        known = pool
    elif len(known) < DIFFERENT * len(columns.known):
        known = columns.known  # then it is a table of categories
    for name in columns.known:
        if by_pool and pool[name].nunique(dropna=False) == 1:
            reason = _the_same_everywhere(pool[name])
        elif is_number[name]:
            reason = _why_not_number(known[name], pool[name])
        else:
            reason = _why_not_category(known[name], pool[name])
            if name in forced and reason in (DATES, NAMES):
                reason = None
            if reason == NAMES and by_pool and len(pool) <= MANY:
                reason = None  # eight solvents are no names of rows
        if reason is not None:
            columns.left_out[name] = reason
        elif is_number[name]:
            columns.numbers.append(name)
        else:
            columns.categories.append(name)
    if not columns.numbers and not columns.categories:
        # Then it may be a design, from one end to the other.
        left_out = columns.left_out
        columns.numbers = [name for name, why in left_out.items() if why == COUNTER]
        for name in columns.numbers:
            del left_out[name]


def _the_same_everywhere(cells):
    first = cells.iloc[0]
    if pd.isna(first):
        return NOT_ASKED
    return f"always {first:g}" if cells.dtype.kind == "f" else f"always {first}"


def _one_spelling(name, parts, notes):
    commonest = parts[0].value_counts().index  # of the labelled rows
    new = one_spelling([*commonest, *pd.concat(parts).dropna().unique()])
    if not new:
        return parts
    shown = [f"{names([old])} as {names([to])}" for old, to in new.items()]
    notes.append(f"In {name!r} {listed(shown, 4)}: they look alike, and count as one.")
    return [part.map(lambda s: new.get(s, s), na_action="ignore") for part in parts]


def _note_disguises(columns, forced):
    """Whatever looks like numbers, and is not learnt from as such."""
    for name, why in [
        *((name, None) for name in columns.categories if name not in forced),
        *columns.left_out.items(),
    ]:
        if columns.known[name].dtype.kind == "f" or why == DATES:
            continue
        cells = pd.concat([columns.known[name], columns.pool[name]])
        found = in_disguise(cells)
        if found:
            is_ = "taken as a category" if why is None else "not learnt from"
            columns.notes.append(
                f"{names(found, most=3)} in {name!r} may be meant as numbers or dates, "
                f"but the column is {is_}: write plain numbers to learn from them as "
                "such."
            )


def _why_not_number(known, pool):
    if not known.notna().any():
        return NOT_KNOWN
    if not pool.notna().any():
        return NOT_ASKED
    if known.nunique() == 1:
        return _the_same(f"{known.dropna().iloc[0]:g}", known, pool)
    known, pool = _as_names(known), _as_names(pool)
    if all(len(v) > 2 and (np.diff(v) == 1).all() for v in (known, pool)):
        return COUNTER
    if are_codes(known, pool) and len(known) + len(pool) >= MANY:
        both = np.union1d(known, pool)
        if len(both) >= COUNTED * (both[-1] - both[0] + 1):
            return COUNTER  # of all rows, wherever the labelled ones are
    return None


def are_codes(*tables):
    """Whether a column is another whole number in every row of each table."""
    return all(
        len(v) > 2 and v.is_unique and bool((v == np.rint(v)).all())
        for v in map(_as_names, tables)
    )


def _as_names(cells):
    """Without blank ones, where nearly all are filled: totals below have no name."""
    filled = cells.dropna()
    return filled if len(filled) >= COUNTED * len(cells) else cells


def _why_not_category(known, pool):
    if not known.notna().any():
        return NOT_KNOWN
    if not pool.notna().any():
        return NOT_ASKED
    if are_dates(known):
        return DATES
    if known.nunique(dropna=False) == 1:
        return _the_same(known.iloc[0], known, pool)
    if _as_names(known).is_unique and _as_names(pool).is_unique:
        return NAMES
    return None


def _the_same(value, known, pool):
    others = (pool.dropna() != known.dropna().iloc[0]).any()
    return f"always {value} where there are labels" + (
        ", so that its other values in the pool count for nothing" if others else ""
    )
