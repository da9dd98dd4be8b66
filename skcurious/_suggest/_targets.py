"""What is measured: targets with their weights, and how well labels are known."""

import math

import numpy as np
import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious._suggest._names import column
from skcurious._suggest._numbers import finite_numbers
from skcurious._suggest._tables import Table
from skcurious._words import did_you_mean, names
from skcurious.campaign._spelling import find
from skcurious.campaign._table import words


def targets_of(given, labelled, pool, notes):
    """Columns of results, and what each counts.

    Parameters
    ----------
    given : str or list of str
        ``yield``, or ``yield=2`` with its weight; a column may have such a name.
    labelled : Table or None
    pool : Table
    notes : list of str

    Returns
    -------
    weights : dict of str to float
    """
    weights = {}
    table = labelled or pool
    for word in [given] if isinstance(given, str) else given:
        name, weight = _with_weight(word, table)
        if labelled is not None:
            name = column(name, [labelled], "", notes)
        elif find(name, list(pool.frame)) is not None:
            name = column(name, [pool], "", notes)
        else:
            _check_no_slip(name, pool)
        if name in weights:
            raise InputError(f"--target names {name!r} twice: name it once.")
        weights[name] = weight
    return weights


def has_target(given, table):
    """Whether a table has a column for one of the targets."""
    names = [_with_weight(word, table)[0] for word in given]
    return any(find(name, list(table.frame)) is not None for name in names)


def _with_weight(word, table):
    name, mark, weight = word.rpartition("=")
    if not mark or find(word, list(table.frame)) is not None:
        return word, 1.0
    try:
        value = float(weight)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise InputError(
            f"--target {word} has {weight!r} for a weight: give a positive number, as "
            f"in --target {name or 'yield'}=2."
        )
    return name, value


def _check_no_slip(name, pool):
    """Raise where a column is meant that is there: else it would be learnt from."""
    hint = did_you_mean(name, list(pool.frame))
    if hint.startswith("did you mean"):
        raise InputError(
            f"{pool.name} has no column {name!r}; {hint} If nothing was measured yet, "
            f"add an empty column {name!r}."
        )


def nothing_labelled(pool, targets):
    """The table of labelled rows of somebody who has none yet."""
    frame = pool.frame.iloc[:0].copy()
    for target in targets:
        if target not in frame:
            frame[target] = pd.Series(dtype=object)
    return Table(pool.name, frame, pool.dialect)


def noise_of(given, targets, tables, notes):
    """Columns with the standard deviation of labels.

    Parameters
    ----------
    given : sequence of str
        A column for the only target, ``target=column`` for one of several.
    targets : list of str
    tables : list of Table
    notes : list of str

    Returns
    -------
    noise : dict of str to str
    """
    noise = {}
    known = list(dict.fromkeys(name for table in tables for name in table.frame))
    for word in given:
        target, name = targets[0], word
        if len(targets) > 1 or find(word, known) is None:
            before, mark, after = word.partition("=")
            target, name = find(before, targets), after
            if not mark and len(targets) == 1:
                target, name = targets[0], word
            if target is None or not name:
                raise InputError(
                    f"--noise {word} does not say which of the targets "
                    f"{names(targets)} it is of: write --noise {targets[0]}=COLUMN."
                )
        found = find(name, known)
        if found is None:
            raise InputError(
                f"--noise names {name!r}, which is no column; "
                f"{did_you_mean(name, known)}"
            )
        if target in noise:
            raise InputError(
                f"--noise names two columns for {target!r}: leave out one of them."
            )
        noise[target] = column(name, [t for t in tables if found in t.frame], "", notes)
    return noise


def deviations_of(table, noise, lines, notes):
    """Standard deviations of labels of some lines, NaN where not known.

    Returns
    -------
    deviations : DataFrame
        Has the columns that the table has.
    """
    found = {}
    for name in sorted(set(noise.values())):
        if name not in table.frame:
            continue
        why = "but a standard deviation has to be"
        (values,) = finite_numbers(name, [(table, lines)], why, notes)
        if (values < 0).any():
            line = (values < 0).idxmax()
            raise InputError(
                f"{name!r} is {values[line]:g} on line {line} of {table.name}, but "
                "--noise is a standard deviation: write a number of at least 0, or "
                "leave the cell blank."
            )
        found[name] = values
    return pd.DataFrame(found, index=lines, dtype=np.float64)


def same_values(pool, same, lines):
    """Values that rows of one suggestion share, as text."""
    return words(pool.frame.loc[lines, same]).rename(same)
