"""Leave-one-out errors of hostile tables against exact refits without each row."""

from dataclasses import dataclass

import pytest

pytest.importorskip("hypothesis")
pytest.importorskip("flint")

import numpy as np
from fuzz.exact import (
    each,
    exact,
    kernel_matrix,
    kernel_ridge,
    ridge,
    root,
    settled,
    squared,
)
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
from fuzz.runs import LONG, hostile
from fuzz.tables import CONTAINERS, NEAR, Table, tables
from hypothesis import strategies as st

from skcurious import CuriousKernelRidgeCV, CuriousRidgeCV

GRIDS = (
    (0.1, 1.0, 10.0),
    (1.0,),
    (1e-6, 1e-3, 1.0),
    (1e-10, 1e-2),
    (1e3, 1e8),
    *([(1e-20, 1.0)] if LONG else []),
)


@dataclass(frozen=True)
class Recipe:
    """A table, and candidates for alpha."""

    table: Table
    alphas: tuple = (0.1, 1.0, 10.0)
    fit_intercept: bool = True
    per_target: bool = False
    gcv_mode: str = "auto"
    container: str = "dense"
    kernel: str = "linear"
    gamma: float | None = None


def recipes(**more):
    """Recipes of small problems."""
    return st.builds(
        Recipe,
        table=tables(n_min=2, n_max=7, d_max=4, targets=2, columns=NEAR),
        alphas=st.sampled_from(GRIDS),
        fit_intercept=st.booleans(),
        per_target=st.booleans(),
        container=st.sampled_from(["dense", "dense", "csr"]),
        **more,
    )


def case(recipe, model, fit_exactly, float32):
    """Errors of every row and alpha; the best; the model with it.

    ``fit_exactly(X, Y, weights, alphas, pool)`` gives a fit in balls.
    """
    X, Y, weights, pool = recipe.table.arrays()
    if not float32:
        Y = Y.astype(float)
    n_targets = Y.shape[1]
    contained = CONTAINERS[recipe.container]
    chosen = {}

    def errors(model):
        chosen["alphas"] = np.atleast_1d(model.alpha_)
        return np.sqrt(model.cv_results_.reshape(len(X) * n_targets, -1))

    def loss(model):
        # Chosen well, and said truly.
        return -np.atleast_1d(model.best_score_)

    def truth(given):
        def compute():
            X, Y, weights, pool = map(exact, given.values())
            squares, scaled = left_out(X, Y, weights, recipe.alphas, fit_exactly)
            sums = squares.sum(axis=0) / len(X)
            if not model.alpha_per_target or n_targets == 1:
                sums = sums.sum(axis=0, keepdims=True) / n_targets
            index = [recipe.alphas.index(one) for one in chosen["alphas"]]
            found = fit_exactly(X, Y, weights, list(chosen["alphas"]), pool)
            return {
                **answers(found, weights),
                "errors": each(root, squares.reshape(-1, len(recipe.alphas))),
                "loss": np.array(
                    [min(one, key=lambda b: float(b.mid())) for one in sums]
                ),
                "noise": of_choice(squares, index, weights),
                "calibrated": of_choice(scaled, index, weights),
            }

        return settled(compute)

    asked = {"errors": errors, "loss": loss, **questions(contained(pool), n_targets)}
    asked["calibrated"] = lambda m: np.sqrt(np.atleast_1d(m.calibrated_noise_variance_))
    return Case(
        fit=lambda: model.fit(contained(X), shaped(Y), sample_weight=weights),
        asked=asked,
        truth=truth,
        inputs=numbers(X, Y, weights, pool),
        each=(*POSITIVE, "loss", "calibrated"),
        known_to=label_rounding(Y),
        zero_to=zero_rounding(Y, recipe.alphas),
    )


def left_out(X, Y, weights, alphas, fit_exactly):
    """``w_i e_i^2`` and the same over ``1 + w_i h_-i``, (n, n_targets, n_alphas)."""
    n, n_targets = Y.shape
    squares = np.empty((n, n_targets, len(alphas)), object)
    scaled = squares.copy()
    for i in range(n):
        rest = np.arange(n) != i
        for k, alpha in enumerate(alphas):
            found = fit_exactly(X[rest], Y[rest], weights[rest], [alpha], X[[i]])
            e = Y[i] - found["prediction"][0]
            squares[i, :, k] = weights[i] * squared(e)
            scaled[i, :, k] = squares[i, :, k] / (1 + weights[i] * found["h"][0, 0, 0])
    return squares, scaled


def of_choice(squares, index, weights):
    """Roots of the means at the alphas that were chosen, of each target."""
    n_targets = squares.shape[1]
    index = index * n_targets if len(index) == 1 else index
    sums = [squares[:, t, k].sum() / weights.sum() for t, k in enumerate(index)]
    return each(root, np.array(sums))


@hostile(
    "CV classes", recipes(gcv_mode=st.sampled_from(["auto", "auto", "svd"])), few=15
)
def test_ridge(recipe):
    """CuriousRidgeCV."""
    sparse = recipe.container == "csr" and recipe.gcv_mode == "svd"
    model = CuriousRidgeCV(
        alphas=recipe.alphas,
        fit_intercept=recipe.fit_intercept,
        gcv_mode="auto" if sparse else recipe.gcv_mode,
        alpha_per_target=recipe.per_target,
        store_cv_results=True,
    )

    def fit_exactly(X, Y, weights, alphas, pool):
        return ridge(X, Y, weights, alphas, recipe.fit_intercept, pool)

    return case(recipe, model, fit_exactly, True)


KERNELS = recipes(
    kernel=st.sampled_from(["rbf", "rbf", "linear", "laplacian", "poly"]),
    gamma=st.sampled_from([None, None, 0.1, 1.0, 1e-3, 1e3]),
)


@hostile("CV classes", KERNELS, few=15)
def test_kernel_ridge(recipe):
    """CuriousKernelRidgeCV."""
    model = CuriousKernelRidgeCV(
        alphas=recipe.alphas,
        kernel=recipe.kernel,
        gamma=recipe.gamma,
        fit_intercept=recipe.fit_intercept,
        alpha_per_target=recipe.per_target,
        store_cv_results=True,
    )

    def fit_exactly(X, Y, weights, alphas, pool):
        K, cross, among = (
            kernel_matrix(A, B, recipe.kernel, recipe.gamma)
            for A, B in ((X, X), (pool, X), (pool, pool))
        )
        return kernel_ridge(K, Y, weights, alphas, recipe.fit_intercept, cross, among)

    return case(recipe, model, fit_exactly, False)
