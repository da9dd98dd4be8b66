"""Where rows lie in a picture."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("pandas")

import pandas as pd

from skcurious._suggest._columns import Columns
from skcurious._suggest._problem import Problem
from skcurious.campaign._map import OTHER, lay_out


def problem(X, pool, categories=()):
    numbers = [name for name in X if name not in categories]
    columns = Columns(X, pool, numbers, list(categories))
    return Problem("y", columns, X, np.arange(len(X)), pool, None, [])


def test_blank_numbers_lie_at_the_median():
    X = pd.DataFrame({"a": [1.0, 2.0, np.nan, 6.0], "b": [0.0, 1.0, 2.0, 3.0]})
    pool = pd.DataFrame({"a": [np.nan, 7.0], "b": [5.0, np.nan]})
    found = lay_out(problem(X, pool), pool, np.zeros(2), 0)
    assert found.labels == ("a", "b")
    assert_array_equal(found.pool, [[2, 5], [7, 1.5]])
    assert_array_equal(found.known[:, 0], [1, 2, 2, 6])
    assert found.category is None


def test_main_directions_have_names_of_their_own(rng):
    base = rng.standard_normal((60, 2))
    X = pd.DataFrame(base @ rng.standard_normal((2, 5)), columns=list("abcde"))
    X["f"] = 3.0  # the same everywhere
    pool = X[40:]
    found = lay_out(problem(X[:40], pool), pool, np.zeros(20), 0)
    named = [label.split(" (")[0].split(", ") for label in found.labels]
    columns = [words.split()[1] for some in named for words in some]
    assert len(set(columns)) == 4
    both = np.vstack([found.pool, found.known])
    scaled = X.iloc[[*range(40, 60), *range(40)], :5]
    scaled = (scaled - scaled.mean()) / scaled.std(ddof=0)
    # Two directions hold all of the variation.
    assert_allclose((both**2).sum(), (scaled**2).to_numpy().sum(), rtol=1e-9)


def test_the_category_by_which_predictions_differ_gives_the_shapes():
    X = pd.DataFrame({"a": [1.0, 2], "b": [1.0, 2], "c": ["u", "v"], "d": ["k", "l"]})
    pool = pd.DataFrame(
        {"a": [1.0] * 4, "b": [2.0] * 4, "c": list("uvuv"), "d": list("kkll")}
    )
    found = lay_out(problem(X, pool, "cd"), pool, np.array([0.0, 1, 10, 11]), 0)
    assert found.category == "d"
    assert found.levels == ["k", "l"]
    assert_array_equal(found.pool_level, [0, 0, 1, 1])


def test_many_levels_share_a_shape():
    X = pd.DataFrame({"a": [1.0, 2], "b": [1.0, 2], "c": ["u", "v"]})
    pool = pd.DataFrame({"a": [1.0] * 10, "b": 2.0, "c": list("uuuvvwxyz!")})
    found = lay_out(problem(X, pool, "c"), pool, np.zeros(10), 0)
    assert found.levels[:2] == ["u", "v"]
    assert found.levels[-1] == OTHER
    assert len(found.levels) == 6
    assert found.pool_level.max() == 5
