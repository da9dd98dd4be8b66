"""Ridge regression of hostile tables against exact algebra."""

from dataclasses import dataclass

import pytest

pytest.importorskip("hypothesis")
pytest.importorskip("flint")

from fuzz.exact import exact, ridge, settled
from fuzz.judge import Case
from fuzz.questions import (
    POSITIVE,
    answers,
    label_rounding,
    numbers,
    questions,
    shaped,
    zero_rounding,
)
from fuzz.runs import hostile
from fuzz.tables import CONTAINERS, Table, alphas, of_targets, tables
from hypothesis import strategies as st

from skcurious import CuriousRidge


@dataclass(frozen=True)
class Recipe:
    """A table, and a model for it."""

    table: Table
    alpha: object = 1.0
    fit_intercept: bool = True
    solver: str = "auto"
    container: str = "dense"


def recipes(table, solvers, containers):
    """Recipes of ridge regressions."""
    return st.builds(
        Recipe,
        table=table,
        alpha=alphas(),
        fit_intercept=st.booleans(),
        solver=st.sampled_from(solvers),
        container=st.sampled_from(containers),
    )


def ridge_case(recipe):
    """Predictions, tangents, leverages, noise variance and standard deviations."""
    X, Y, weights, pool = recipe.table.arrays()
    alpha, each_alpha = of_targets(recipe.alpha, Y.shape[1])
    contained = CONTAINERS[recipe.container]
    options = {"tol": 1e-10} if recipe.solver == "sparse_cg" else {}
    model = CuriousRidge(
        alpha, fit_intercept=recipe.fit_intercept, solver=recipe.solver, **options
    )
    return Case(
        fit=lambda: model.fit(contained(X), shaped(Y), sample_weight=weights),
        asked=questions(contained(pool).tocsr(copy=False), Y.shape[1])
        if recipe.container == "csc"
        else questions(contained(pool), Y.shape[1]),
        truth=lambda given: linear_truth(given, each_alpha, recipe.fit_intercept),
        inputs=numbers(X, Y, weights, pool),
        each=POSITIVE,
        known_to=label_rounding(Y),
        zero_to=zero_rounding(Y, each_alpha),
    )


def linear_truth(given, each_alpha, fit_intercept):
    """Exact answers."""

    def compute():
        X, Y, weights, pool = map(exact, given.values())
        found = ridge(X, Y, weights, each_alpha, fit_intercept, pool)
        return answers(found, weights)

    return settled(compute)


DENSE = recipes(tables(), ["auto", "auto", "svd"], ["dense"])
test_dense = hostile("ridge, dense", DENSE)(ridge_case)

SPARSE = recipes(tables(), ["auto", "auto", "sparse_cg"], ["csr", "csr array", "csc"])
test_sparse = hostile("ridge, sparse", SPARSE)(ridge_case)

WIDE = st.one_of(
    recipes(tables(n_max=5, d_max=16), ["auto", "auto", "svd"], ["dense"]),
    recipes(tables(n_max=5, d_max=16), ["auto"], ["csr"]),
)
test_wide = hostile("ridge, wide", WIDE, share=0.5)(ridge_case)
