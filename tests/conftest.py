import os

# One thread for each of pytest-xdist's workers; set before numpy is imported.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections import defaultdict

import numpy as np
import pytest
from covering import covering


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
    products, kept = defaultdict(list), set()
    for item in items:
        products[item.nodeid.partition("[")[0]].append(item)
    for cases in products.values():
        mark = cases[0].get_closest_marker("covering")
        strength = config.getoption("covering") or (mark and mark.args[0])
        if strength and len(cases) > 1:
            values = [tuple(case.callspec._idlist) for case in cases]
            cases = [cases[k] for k in covering(values, strength)]
        kept |= {*cases}
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


@pytest.fixture
def rng():
    return np.random.default_rng(0)
