"""Columns by the names that the user and both tables give them."""

from skcurious._suggest._errors import InputError
from skcurious._words import did_you_mean, names
from skcurious.campaign._cells import numbers
from skcurious.campaign._spelling import find, renamed


def match_names(labelled, pool):
    """Give columns of the pool the names of the labelled table that look alike."""
    new = renamed(list(pool.frame), list(labelled.frame))
    for old, to in new.items():
        pool.notes.append(
            f"{old!r} of {pool.name} is taken for {to!r} of {labelled.name}, which "
            "looks like it."
        )
    pool.frame = pool.frame.rename(columns=new)


def column(name, tables, purpose, notes):
    """The column of the first table that has `name`, or one that looks like it."""
    for table in tables:
        found = find(name, list(table.frame))
        if found is not None:
            if found != name:
                notes.append(f"{name!r} is taken for the column {found!r}.")
            return found
    table = tables[0]
    elsewhere = _have(table.others, [name])
    hint = other_sheets(table.others, [name]) if elsewhere else _hint(name, table)
    raise InputError(f"{table.name} has no column {name!r}{purpose}; {hint}")


def _have(sheets, columns):
    return [
        sheet
        for sheet, words in sheets.items()
        if any(find(name, words) is not None for name in columns)
    ]


def other_sheets(sheets, columns=()):
    """Which sheets there are beside the one that is read, and which has a column.

    Parameters
    ----------
    sheets : dict of str to list of str
        What is in the first lines of each.
    columns : list of str
        Any of them will do.
    """
    if not sheets:
        return ""
    others = f"it has other sheets ({names(sheets)})"
    found = _have(sheets, columns)
    if found:
        has = "has" if len(found) == 1 else "have"
        which = names(columns) if len(columns) == 1 else "a column that is asked for"
        return f"{others}, of which {names(found)} {has} {which}: name it with --sheet."
    return f"{others}: name another with --sheet."


def or_sheets(sheets, columns=()):
    """The end of a sentence, with the same if there are such sheets."""
    hint = other_sheets(sheets, columns)
    return f"; {hint}" if hint else "."


def columns_named(option, named, tables, notes):
    """What --ignore names, say."""
    known = list(dict.fromkeys(name for table in tables for name in table.frame))
    for name in named:
        if find(name, known) is None:
            several = len({table.name for table in tables}) > 1
            which = "neither table" if several else f"{tables[0].name} does not have"
            of = "a column of" if several else "a column that"
            raise InputError(
                f"{option} names {name!r}, {of} {which}; {did_you_mean(name, known)}"
            )
    return [column(name, tables, "", notes) for name in named]


def check_present(features, labelled, pool):
    """Raise unless the pool, or another table, has all columns that are learnt from."""
    missing = [name for name in features if name not in pool.frame]
    if not missing:
        return
    many = len(missing) > 1
    others = [name for name in pool.frame if name not in labelled.frame]
    raise InputError(
        f"{pool.name} lacks {'columns' if many else 'the column'} {names(missing)} of "
        f"{labelled.name}: add {'them' if many else 'it'}, or leave "
        f"{'them' if many else 'it'} out with --ignore; "
        f"{did_you_mean(missing[0], others, list(pool.frame))}"
    )


def _hint(name, table):
    frame = table.frame
    if not numbers(frame.columns.to_series())[1].any():
        return (
            "its first line holds numbers, where the names of the columns have to be."
        )
    for line, row in frame.head(20).iterrows():
        if any(str(cell).strip() == name for cell in row):
            return (
                f"its line {line} has that name: delete the lines above the names of "
                f"the columns, or say --header-row {line}."
            )
    return did_you_mean(name, frame)
