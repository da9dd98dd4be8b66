"""Kernel ridge regression of hostile tables against exact algebra."""

from dataclasses import dataclass

import pytest

pytest.importorskip("hypothesis")
pytest.importorskip("flint")

import numpy as np
from fuzz.exact import exact, kernel_matrix, kernel_ridge, settled
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

from skcurious import CuriousKernelRidge

KERNELS = "linear", "rbf", "rbf", "laplacian", "poly", "chi2", "cosine", "sigmoid"
GAMMAS = None, None, 0.1, 1.0, 1e-3, 10.0, 1e-8, 1e3


@dataclass(frozen=True)
class Recipe:
    """A table, and a model for it."""

    table: Table
    alpha: object = 1.0
    kernel: str = "linear"
    gamma: float | None = None
    degree: int = 3
    coef0: float = 1.0
    fit_intercept: bool = False
    container: str = "dense"


RECIPES = st.builds(
    Recipe,
    table=tables(n_max=9, d_max=5),
    alpha=alphas(),
    kernel=st.sampled_from(KERNELS),
    gamma=st.sampled_from(GAMMAS),
    degree=st.sampled_from([3, 2, 1]),
    coef0=st.sampled_from([1.0, 0.0, 100.0]),
    fit_intercept=st.booleans(),
    container=st.sampled_from(["dense", "dense", "csr"]),
)


@hostile("kernel ridge", RECIPES)
def test_kernels(recipe):
    """Predictions, tangents, leverages, noise variance and standard deviations."""
    X, Y, weights, pool = recipe.table.arrays(positive=recipe.kernel == "chi2")
    alpha, each_alpha = of_targets(recipe.alpha, Y.shape[1])
    contained = CONTAINERS[recipe.container if recipe.kernel != "chi2" else "dense"]
    kernel = {name: getattr(recipe, name) for name in ("gamma", "degree", "coef0")}
    model = CuriousKernelRidge(
        alpha, kernel=recipe.kernel, fit_intercept=recipe.fit_intercept, **kernel
    )

    def truth(given):
        def compute():
            X, Y, weights, pool = map(exact, given.values())
            matrices = [
                kernel_matrix(A, B, recipe.kernel, **kernel)
                for A, B in ((X, X), (pool, X), (pool, pool))
            ]
            return kernel_truth(*matrices, Y, weights, each_alpha, recipe.fit_intercept)

        return settled(compute)

    return Case(
        fit=lambda: model.fit(contained(X), shaped(Y), sample_weight=weights),
        asked=questions(contained(pool), Y.shape[1]),
        truth=truth,
        inputs=numbers(X, Y, weights, pool),
        each=POSITIVE,
        known_to=label_rounding(Y),
        zero_to=zero_rounding(Y, each_alpha),
    )


def kernel_truth(K, cross, among, Y, weights, each_alpha, fit_intercept):
    """Answers in balls."""
    found = kernel_ridge(K, Y, weights, each_alpha, fit_intercept, cross, among)
    return answers(found, weights)


@hostile("kernel ridge", RECIPES, few=10, share=0.2)
def test_precomputed(recipe):
    """Predictions and tangents from a kernel matrix of the user's own."""
    X, Y, weights, pool = recipe.table.arrays()
    alpha, each_alpha = of_targets(recipe.alpha, Y.shape[1])
    rows = np.vstack([X, pool])
    with np.errstate(all="ignore"):
        gram = rows @ rows.T
    if not np.isfinite(gram).all():
        gram = np.eye(len(rows), dtype=rows.dtype)
    gram = (gram + gram.T) / 2
    n = len(X)
    K, cross = gram[:n, :n], gram[n:, :n]
    model = CuriousKernelRidge(
        alpha, kernel="precomputed", fit_intercept=recipe.fit_intercept
    )

    def truth(given):
        def compute():
            K, Y, weights, cross = map(exact, given.values())
            among = exact(np.zeros((len(cross), len(cross))))
            return kernel_truth(
                K, cross, among, Y, weights, each_alpha, recipe.fit_intercept
            )

        return settled(compute)

    return Case(
        fit=lambda: model.fit(K, shaped(Y), sample_weight=weights),
        asked=questions(cross, Y.shape[1], leverage=False),
        truth=truth,
        inputs=numbers(K, Y, weights, cross),
        each=POSITIVE,
        known_to=label_rounding(Y),
        zero_to=zero_rounding(Y, each_alpha),
    )
