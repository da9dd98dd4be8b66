"""Fewer combinations of parameters than all, in which every few of them meet."""

from itertools import combinations


def covering(cases, strength):
    """Choose cases in which every `strength` values of different places meet.

    Each time the one in which most meet that have not met before.

    Parameters
    ----------
    cases : list of tuples
        One value for each place, all tuples of one length.
    strength : int
        How many places.

    Returns
    -------
    chosen : list of int
        Positions in `cases`.
    """
    if strength >= len(cases[0]):
        return list(range(len(cases)))
    meet = [set(combinations(enumerate(case), strength)) for case in cases]
    left, chosen = set().union(*meet), []
    while left:
        chosen.append(max(range(len(cases)), key=lambda k: len(meet[k] & left)))
        left -= meet[chosen[-1]]
    return sorted(chosen)
