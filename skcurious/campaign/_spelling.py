"""Names and categories that look alike: µ and μ, é in one sign or two, thf and THF."""

import re
import unicodedata
from collections import Counter

# Of fewer letters the case may tell things apart: Co and CO.
FEWEST_LETTERS = 3


def plain_spaces(string):
    """One plain space for every gap, none at the ends, and no signs without width."""
    if not string.isascii():
        string = "".join(c for c in string if unicodedata.category(c) != "Cf")
    return " ".join(string.split())


def look(string):
    """The same for strings that cannot be told apart on paper."""
    return plain_spaces(unicodedata.normalize("NFKC", string))


def sound(string):
    """The same also for words in capitals; formulas such as c1ccccc1 keep theirs."""
    plain = look(string)
    words = [word for word in re.split(r"[\s'_.-]+", plain) if word]
    is_plain = all(word.isalpha() or word.isdigit() for word in words)
    has_letters = sum(map(str.isalpha, plain)) >= FEWEST_LETTERS
    return plain.casefold() if is_plain and has_letters else plain


def find(name, names):
    """The one of `names` that is written as `name` is, or looks like it alone."""
    if name in names:
        return name
    for key in (look, lambda string: look(string).casefold()):
        alike = [other for other in names if key(other) == key(name)]
        if len(alike) == 1:
            return alike[0]
    return None


def renamed(names, like):
    """New names for those of `names` that look like one of `like`.

    Returns
    -------
    new : dict of str to str
        Without those that are in both, or like several.
    """
    left = [name for name in names if name not in like]
    wanted = [name for name in like if name not in names]
    new = {name: find(name, wanted) for name in left}
    several = Counter(new.values())
    return {name: to for name, to in new.items() if to and several[to] == 1}


def one_spelling(values):
    """For each that is written in several ways, the one to write it.

    Parameters
    ----------
    values : iterable of str
        The first spelling of several is the one to use.

    Returns
    -------
    new : dict of str to str
        For those that are written otherwise.
    """
    first, new = {}, {}
    for value in values:
        to = first.setdefault(sound(value), value)
        if to != value:
            new[value] = to
    return new
