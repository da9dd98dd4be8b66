"""Which features a picture is about."""

from collections.abc import Iterable
from numbers import Integral


def positions_of(features, names):
    """Positions of features that are given as positions or names.

    Parameters
    ----------
    features : int, str or list of such
        What the user asked for.
    names : list of str
        All there are.

    Returns
    -------
    positions : list of int
    """
    is_one = isinstance(features, str) or not isinstance(features, Iterable)
    positions = [_position(f, names) for f in ([features] if is_one else features)]
    if not positions or len(set(positions)) < len(positions):
        raise ValueError(
            f"features must be different, and one at least, got {features!r}."
        )
    return positions


def _position(feature, names):
    if isinstance(feature, str) and feature in names:
        return names.index(feature)
    is_position = isinstance(feature, Integral) and not isinstance(feature, bool)
    if is_position and 0 <= feature < len(names):
        return int(feature)
    some = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    raise ValueError(
        f"features has {feature!r}, which is neither a name nor a position of the "
        f"{len(names)} there are: {some}."
    )
