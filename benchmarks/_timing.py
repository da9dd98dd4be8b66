"""Two callables timed in turn, so that their ratio survives a noisy machine."""

import time
from statistics import median


def ratio(candidate, baseline, repeats=7):
    """Median over pairs of time(candidate) / time(baseline).

    Both run once before the clock starts; then they take turns, and who goes
    first changes from pair to pair.

    Returns
    -------
    ratio, candidate_seconds, baseline_seconds : float
        Medians.
    """
    pairs = paired(candidate, baseline, repeats)
    return tuple(median(column) for column in zip(*pairs, strict=True))


def paired(candidate, baseline, repeats=7):
    """Every pair of :func:`ratio`: a list of (ratio, seconds, seconds)."""
    candidate(), baseline()
    pairs = []
    for turn in range(repeats):
        if turn % 2:
            b, a = _seconds(baseline), _seconds(candidate)
        else:
            a, b = _seconds(candidate), _seconds(baseline)
        pairs.append((a / b, a, b))
    return pairs


def _seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def report(name, limit, candidate, baseline, repeats=7):
    """Time the pair and print one line; returns the median ratio."""
    value, a, b = ratio(candidate, baseline, repeats)
    print(f"{name:58s} {value:6.2f}  (goal {limit:.2f})   {a:8.4f} s / {b:8.4f} s")
    return value
