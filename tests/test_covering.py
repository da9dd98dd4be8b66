"""Few combinations of parameters for many."""

from itertools import combinations, product

import pytest
from covering import covering

CASES = list(product("abcd", "xyz", range(2), range(3)))


def meetings(cases, strength):
    return {some for case in cases for some in combinations(enumerate(case), strength)}


@pytest.mark.parametrize(("strength", "least"), [(1, 4), (2, 12), (3, 36)])
def test_all_meet_in_few(strength, least):
    chosen = covering(CASES, strength)
    assert chosen == sorted(set(chosen))
    some = [CASES[k] for k in chosen]
    assert meetings(some, strength) == meetings(CASES, strength)
    assert least <= len(some) <= 1.5 * least


def test_cases_that_are_not_there_are_not_missed():
    cases = [case for case in CASES if case[:2] != ("a", "x")]
    some = [cases[k] for k in covering(cases, 2)]
    assert meetings(some, 2) == meetings(cases, 2)


@pytest.mark.parametrize("strength", [4, 5])
def test_of_all_parameters_all_remain(strength):
    assert covering(CASES, strength) == list(range(len(CASES)))


def test_without_parameters():
    assert covering([()], 1) == [0]


@pytest.mark.covering(1)
@pytest.mark.parametrize("first", range(3))
@pytest.mark.parametrize("second", range(3))
def test_a_mark_thins(request, first, second):
    here = request.node.originalname
    items = request.session.items
    cases = [item for item in items if item.nodeid.partition("[")[0].endswith(here)]
    covering = request.config.getoption("covering")
    assert len(cases) <= (3 if covering in (None, 1) else 9)
