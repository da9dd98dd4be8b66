"""Streams of hostile rows against exact fits of the rows that are in."""

from dataclasses import dataclass

import pytest

pytest.importorskip("hypothesis")
pytest.importorskip("flint")

import numpy as np
from fuzz.judge import Case
from fuzz.questions import (
    POSITIVE,
    label_rounding,
    largest,
    numbers,
    questions,
    shaped,
    zero_rounding,
)
from fuzz.runs import hostile
from fuzz.tables import CONTAINERS, NEAR, Table, alphas, of_targets, tables
from fuzz.test_ridge import linear_truth
from hypothesis import strategies as st

from skcurious import CuriousRidge
from skcurious.out_of_core import curiosity_score, fit_ridge, top_k

# What happens to each chunk: it stays; it comes, and leaves again at once or at the
# end; it was seen by another model, which is merged.
FATES = "stays", "leaves", "leaves at the end", "merged"


@dataclass(frozen=True)
class Recipe:
    """A table in chunks, a model, and what happens to each chunk."""

    table: Table
    alpha: object = 1.0
    fit_intercept: bool = True
    chunk: int = 3
    fates: tuple = ("stays",)
    containers: tuple = ("dense",)
    window: int | None = None
    piece: int = 8


RECIPES = st.builds(
    Recipe,
    table=tables(n_min=2, n_max=20, d_max=6, targets=2, columns=NEAR),
    alpha=alphas(zero=False),
    fit_intercept=st.booleans(),
    chunk=st.integers(1, 8),
    fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=6).map(tuple),
    containers=st.lists(
        st.sampled_from(["dense", "dense", "csr"]), min_size=1, max_size=3
    ).map(tuple),
    window=st.one_of(st.none(), st.none(), st.integers(1, 5)),
    piece=st.sampled_from([8, 8, 1, 2]),
)
BINARY = st.builds(
    Recipe,
    table=tables(
        ("none",),
        n_min=2,
        n_max=20,
        d_max=3,
        columns=("binary", "constant", "integers"),
    ),
    alpha=st.sampled_from([1.0, 0.1]),
    fit_intercept=st.booleans(),
    chunk=st.integers(1, 5),
    fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=9).map(tuple),
    window=st.one_of(st.none(), st.integers(1, 6)),
    piece=st.sampled_from([8, 1, 2]),
)


def stream(recipe):
    """What is left of a stream is the fit of the rows that are in."""
    X, Y, weights, pool = recipe.table.arrays()
    n_targets = Y.shape[1]
    alpha, each_alpha = of_targets(recipe.alpha, n_targets)
    w = np.ones(len(X)) if weights is None else weights
    plan, stays = planned(recipe, w)

    def model():
        return CuriousRidge(alpha, fit_intercept=recipe.fit_intercept)

    def chunk(number):
        rows = slice(number * recipe.chunk, (number + 1) * recipe.chunk)
        kind = recipe.containers[number % len(recipe.containers)]
        some = None if weights is None else weights[rows]
        return CONTAINERS[kind](X[rows]), shaped(Y)[rows], some

    def fit():
        ours, theirs = model(), None
        for what, number in plan:
            if what == "comes":
                ours.partial_fit(*chunk(number))
            elif what == "leaves":
                X, y, some = chunk(number)
                for start in range(0, len(y), recipe.piece):
                    rows = slice(start, start + recipe.piece)
                    w = None if some is None else some[rows]
                    forget(ours, (X[rows], y[rows], w))
            elif what == "elsewhere":
                theirs = (theirs or model()).partial_fit(*chunk(number))
        return ours if theirs is None else ours.merge(theirs)

    return Case(
        fit=fit,
        asked=questions(pool, n_targets),
        truth=lambda given: linear_truth(given, each_alpha, recipe.fit_intercept),
        inputs=numbers(
            X[stays], Y[stays], None if weights is None else weights[stays], pool
        ),
        each=POSITIVE,
        squares=("score", "in chunks", "std"),
        known_to=moment_rounding(Y),
        zero_to=zero_rounding(Y, each_alpha),
    )


def planned(recipe, weights):
    """What happens to which chunk, one after another, and which rows stay.

    Never does nothing stay, nor does a model start with rows of no weight.
    """
    n_chunks = -(-len(weights) // recipe.chunk)
    heavy = [
        weights[k * recipe.chunk : (k + 1) * recipe.chunk].any()
        for k in range(n_chunks)
    ]
    plan, inside, leaving, elsewhere = [], [], [], []

    def may_leave(number):
        return any(heavy[k] for k in inside if k != number)

    for number in range(n_chunks):
        fate = recipe.fates[number % len(recipe.fates)]
        if not (inside or heavy[number]):
            continue
        if fate == "merged" and inside and (elsewhere or heavy[number]):
            elsewhere.append(number)
            plan.append(("elsewhere", number))
            continue
        inside.append(number)
        plan.append(("comes", number))
        if fate == "leaves" and may_leave(number):
            inside.remove(number)
            plan.append(("leaves", number))
        elif fate == "leaves at the end":
            leaving.append(number)
        if recipe.window and len(inside) > recipe.window and may_leave(inside[0]):
            plan.append(("leaves", inside.pop(0)))
    for number in leaving:
        if number in inside and may_leave(number):
            inside.remove(number)
            plan.append(("leaves", number))
    stays = np.isin(np.arange(len(weights)) // recipe.chunk, inside + elsewhere)
    return plan, stays


def forget(model, chunk):
    """Take rows out that are in: a refusal is a mistake."""
    try:
        model.forget(*chunk)
    except ValueError as error:
        if "cannot all have been seen" in str(error):
            raise AssertionError(f"rows that are in are refused: {error}") from None
        raise


def moment_rounding(Y):
    """A stream knows of its labels their squares only."""
    known = label_rounding(Y)
    eps = np.finfo(float).eps
    known["noise"] += float(np.sqrt(eps) * largest(Y))
    return known


test_rows_come_and_go = hostile("streams", RECIPES)(stream)
test_binary_columns = hostile("streams", BINARY, few=10, share=0.3)(stream)


@hostile("streams", RECIPES, few=10, share=0.3)
def test_out_of_core(recipe):
    """A pool in chunks is scored as one in memory, a fit from chunks is a fit."""
    X, Y, weights, pool = recipe.table.arrays(n_pool=12)
    n_targets = Y.shape[1]
    alpha, each_alpha = of_targets(recipe.alpha, n_targets)
    y = shaped(Y)

    def parts(*arrays):
        for start in range(0, len(arrays[0]), recipe.chunk):
            yield tuple(
                None if a is None else a[start : start + recipe.chunk] for a in arrays
            )

    def fit():
        return fit_ridge(
            parts(X, y, weights), alpha=alpha, fit_intercept=recipe.fit_intercept
        )

    def in_chunks(model):
        chunks = (rows for (rows,) in parts(pool))
        scores = curiosity_score(model, chunks, noise_variance=1.0)
        chunks = (rows for (rows,) in parts(pool))
        indices, top, rows = top_k(
            model, chunks, 5, noise_variance=1.0, return_rows=True
        )
        assert np.array_equal(rows, pool[indices]), "other rows"
        assert np.array_equal(top, scores[indices]), "other scores"
        assert np.array_equal(np.sort(scores)[::-1][:5], top), "not the best"
        return scores[:, None]

    def truth(given):
        found = linear_truth(given, each_alpha, recipe.fit_intercept)
        found["in chunks"] = found["score"]
        return found

    return Case(
        fit=fit,
        asked={"in chunks": in_chunks, **questions(pool, n_targets)},
        truth=truth,
        inputs=numbers(X, Y, weights, pool),
        each=POSITIVE,
        squares=("score", "in chunks", "std"),
        known_to=moment_rounding(Y),
        zero_to=zero_rounding(Y, each_alpha),
    )
