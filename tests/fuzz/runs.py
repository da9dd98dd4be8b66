"""How many inputs a property sees, and what is counted.

A few, always the same, in everyday tests, where the first failure ends the property
and is shrunk to a small example. With ``SKCURIOUS_FUZZ=n`` n for each property
(``make fuzz``), where failures are counted to the end.
"""

import os
import re
from collections import Counter, defaultdict

from fuzz.judge import judge
from hypothesis import HealthCheck, Phase, given, settings

LONG = int(os.environ.get("SKCURIOUS_FUZZ", "0"))


def hostile(family, recipes, few=25, share=1.0):
    """Make a test of a function ``recipe -> Case``.

    Parameters
    ----------
    family : str
        What the tally counts it under.
    recipes : hypothesis strategy
        Of the inputs.
    few : int, default=25
        Inputs in everyday tests.
    share : float, default=1.0
        Part of the inputs of a long run.
    """

    def decorate(make):
        def test(record_property):
            tally, failures = Counter(), defaultdict(list)

            @settings(
                max_examples=max(int(LONG * share), 1) if LONG else few,
                derandomize=not LONG,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate] if LONG else [Phase.generate, Phase.shrink],
            )
            @given(recipes)
            def run(recipe):
                verdict = judge(make(recipe))
                tally["inputs"] += 1
                tally[verdict.name] += 1
                tally["stray"] += bool(verdict.stray)
                if verdict.name == "failed":
                    message = f"{recipe}\n    " + "\n    ".join(verdict.why)
                    if not LONG:
                        raise AssertionError(message)
                    failures[kind_of(verdict)].append(message)

            try:
                run()
            finally:
                record_property("tally", [family, dict(tally)])
            if failures:
                raise AssertionError(summary(failures))

        test.__doc__ = make.__doc__
        test.__name__ = make.__name__
        test.case_of = make  # to judge one recipe
        return test

    return decorate


def kind_of(verdict):
    """Which answers fail, and how."""
    return ", ".join(re.split(r": \S+ for | \(|\n", why)[0] for why in verdict.why)


def summary(failures):
    """How many of each kind, and the shortest of it."""
    kinds = sorted(failures.items(), key=lambda item: -len(item[1]))
    return "failed:\n" + "\n".join(
        f"{len(found)} x {kind}, as\n  {min(found, key=len)}" for kind, found in kinds
    )
