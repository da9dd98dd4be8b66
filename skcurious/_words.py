"""Numbers and names in sentences."""

from difflib import get_close_matches
from math import floor, log10

LONGEST = 60  # of a name or a cell in a sentence


def count(number, noun):
    """``1 row``, ``2,000 rows``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def names(items, sizes=None, most=8):
    """``'a', 'b' and 3 more``; with sizes, ``'a' (2), 'b' (7)``."""
    words = [repr(shortened(str(item))) for item in items]
    if sizes is not None:
        words = [f"{w} ({size})" for w, size in zip(words, sizes, strict=True)]
    return listed(words, most)


def listed(words, most):
    """``a, b and 3 more``."""
    more = f" and {len(words) - most:,} more" if len(words) > most else ""
    return ", ".join(map(str, words[:most])) + more


def shortened(text):
    """A name or a cell as a sentence has room for it."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def did_you_mean(name, known, columns=None):
    """A question with the names that look like `name`, or the names there are.

    `columns` are those of the table, where not all of them can be meant.
    """
    lower = {str(other).lower(): str(other) for other in known}
    close = get_close_matches(name.lower(), lower, n=3)
    if close:
        return f"did you mean {' or '.join(repr(lower[match]) for match in close)}?"
    return f"its columns are {names(known if columns is None else columns)}."


def aligned(values, digits=3):
    """Positive numbers of one unit, with so many digits of the smallest."""
    smallest, largest = min(values), max(values)
    if smallest == 0 or not -4 <= floor(log10(smallest)) <= log10(largest) < 7:
        return [f"{value:.{digits}g}" for value in values]
    decimals = max(digits - 1 - floor(log10(smallest)), 0)
    return [f"{value:.{decimals}f}" for value in values]


def with_error(value, std):
    """``34.2 ± 1.8``: as many decimals as two digits of the error have."""
    largest = max(abs(value), std)
    if largest == 0 or not 1e-4 <= largest < 1e12:
        return f"{value:.3g} ± {std:.2g}"
    # Against a prediction of 0 or an error of 0, six digits are enough.
    smallest = max(std, largest * 1e-6)
    decimals = max(1 - floor(log10(smallest)), 0)
    return f"{value:.{decimals}f} ± {std:.{decimals}f}"
