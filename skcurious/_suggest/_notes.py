"""What the user should know about tables, said alike of tables and of campaigns."""

from skcurious._suggest._columns import BLANK, MANY, are_codes
from skcurious._suggest._names import other_sheets
from skcurious._words import count, names
from skcurious.campaign._cells import are_dates, are_numbers

# Beyond this part blank, a column says little about the rows.
MOSTLY_BLANK = 0.5


class First(str):
    """A note that is said before everything else."""

    __slots__ = ()


def note_nothing_measured(pool, targets, beside, notes):
    """Say that no table has the targets, and which columns may be meant instead.

    Parameters
    ----------
    pool : Table
    targets : list of str
    beside : set of str
        Columns whose meaning is known.
    notes : list of str
    """
    one = len(targets) == 1
    which = f"no column {names(targets)}" if one else f"none of {names(targets)}"
    said = f"Nothing is measured yet: {pool.name} has {which}."
    hint = other_sheets(pool.others, targets)
    if hint:
        said += f" {hint[0].upper()}{hint[1:]}"
    like = [n for n in pool.frame if n not in beside and _like_results(pool, n)]
    if len(like) == 1:
        said += (
            f" If {names(like)} holds results (numbers that are blank in some rows), "
            "name it with --target; else it is learnt from."
        )
    elif like:
        said += (
            f" If one of {names(like)} holds results (numbers that are blank in some "
            "rows), name it with --target; else they are learnt from."
        )
    notes.insert(0, First(said))


def _like_results(table, name):
    cells = table.frame[name]
    blank = cells.isna()
    return (
        bool(blank.any() and not blank.all())
        and are_numbers(cells, table.dialect.decimal)
        and not are_dates(cells)
    )


def note_commas(tables, notes):
    """Say in which tables numbers have decimal commas."""
    commas = dict.fromkeys(
        table.name
        for table in tables
        if table.dialect.decimal == "," and table.dialect.is_sure
    )
    if commas:
        notes.append(f"12,5 is read as twelve and a half in {' and '.join(commas)}.")


def note_codes(columns, by_pool, notes):
    """Say which numbers may be names of rows."""
    frames = [columns.pool] if by_pool else [columns.known, columns.pool]
    codes = [
        name
        for name in columns.numbers
        if are_codes(*(frame[name] for frame in frames))
    ]
    if codes and sum(map(len, frames)) >= MANY:
        notes.append(
            f"{names(codes)} {'are' if len(codes) > 1 else 'is'} another whole number "
            "in every row, and learnt from: leave out what only names rows with "
            "--ignore."
        )


def note_blanks(columns, known, candidates, by_pool, notes):
    """Say how many cells are blank, and what they count as.

    Parameters
    ----------
    columns : Columns
    known, candidates : DataFrame
        Rows with a label, and rows to choose from.
    by_pool : bool
        Whether there is no model yet.
    notes : list of str
    """
    median = "the median of the " + ("column" if by_pool else "labelled rows")
    for kind, filled in [
        (columns.numbers, median),
        (columns.categories, f"a category of their own, {BLANK}"),
    ]:
        blank = known[kind].isna().sum() + candidates[kind].isna().sum()
        blank = blank[blank > 0]
        if len(blank):
            notes.append(
                f"{count(int(blank.sum()), 'blank cell')} in {names(blank.index)} "
                f"{'counts' if blank.sum() == 1 else 'count'} as {filled}."
            )
    used = columns.numbers + columns.categories
    share = candidates[used].isna().mean()
    for name in share.index[share > MOSTLY_BLANK]:
        notes.append(
            f"Take care: {name!r} is blank in {candidates[name].isna().sum():,} of the "
            f"{count(len(candidates), 'row')} to choose from, which makes them look "
            "alike: fill it, or leave it out with --ignore if it comes with the label."
        )


def note_new_categories(known, candidates, categories, notes):
    """Say which values of categories no labelled row has; blank ones are filled."""
    for name in categories:
        new = candidates.loc[~candidates[name].isin(known[name]), name]
        if len(new):
            rows = count(len(new), "row")
            notes.append(
                f"{name!r} is {names(new.unique(), most=4)} in {rows} of the pool "
                "and in no labelled row: the model cannot tell what that does, so "
                "label such a row as well if it matters."
            )


def note_replicates(n, n_rows, noise, notes):
    """Say how many labelled rows there are that differ."""
    if n_rows < n:
        notes.append(
            f"{n:,} labelled rows are {n_rows:,} different ones; labels of equal rows "
            "are averaged"
            + (", each with the inverse of its variance." if noise else ".")
        )


def note_left_out(n, pool, which, notes):
    """Say how many rows of the pool are not suggested, ``which`` in the plural."""
    if n:
        are = "is" if n == 1 else "are"
        which = which.replace("repeat", "repeats") if n == 1 else which
        notes.append(f"{count(n, 'row')} of {pool.name} {which} {are} not suggested.")


def note_equal(n, pool, other, notes, of="all columns"):
    """Say how many rows of the pool are not suggested because they equal others."""
    equal = "equals" if n == 1 else "equal"
    note_left_out(n, pool, f"that {equal} {other} in {of}", notes)
