import os

# One thread for each of pytest-xdist's workers; set before numpy is imported.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections import defaultdict
from itertools import combinations

import numpy as np
import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--covering",
        type=int,
        metavar="T",
        help="of tests of all combinations of several parameters, run a few in which "
        "every T values of different parameters meet; overrules marks",
    )


@pytest.hookimpl(trylast=True)  # of what is selected
def pytest_collection_modifyitems(config, items):
    products, left_out = defaultdict(list), set()
    for item in items:
        products[item.nodeid.partition("[")[0]].append(item)
    for cases in products.values():
        mark = cases[0].get_closest_marker("covering")
        strength = config.getoption("covering") or (mark and mark.args[0])
        if strength and len(cases) > 1:
            left_out |= {*cases} - {*covering(cases, strength)}
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]


def covering(cases, strength):
    """A few cases, in which every `strength` values of different parameters meet."""
    meet = {}
    for case in cases:
        values = case.callspec._idlist
        some = combinations(enumerate(values), min(strength, len(values)))
        meet[case] = set(some)
    left = set().union(*meet.values())
    while left:
        best = max(cases, key=lambda case: len(meet[case] & left))
        left -= meet[best]
        yield best


@pytest.fixture
def rng():
    return np.random.default_rng(0)
