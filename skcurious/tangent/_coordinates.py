"""Coefficients and their tangent, and what is said of their digits."""

from dataclasses import replace

import numpy as np
from scipy import linalg

from skcurious._warnings import warn
from skcurious.tangent._gram import check_finite
from skcurious.tangent._solution import Solution
from skcurious.tangent._spectral_factor import SpectralFactor
from skcurious.tangent._spectrum import (
    column_rounding,
    largest_unseen,
    singular_values,
)
from skcurious.tangent._theorem import implicit_tangent

# What a coordinate of y~ may be of rounding, in units of it.
FEW_ROUNDINGS = 10


def in_coordinates(factor, coordinates, rest=0):
    """Coefficients and tangent from ``V^T X~^T y~``, both free of cancellation.

    And from the `rest` of ``X~^T y~``, which V does not span.
    """
    inside, outside = (
        solved_twice(lambda B, D=D: Solution(D * B, factor.method), B)
        for D, B in ((factor.inverse, coordinates), (factor.beyond, rest))
    )
    V = factor.vectors
    return tuple(
        replace(one, value=V @ one.value + other.value)
        for one, other in zip(inside, outside, strict=True)
    )


def solved_twice(solve, B):
    """Coefficients and tangent."""
    coef = solve(B)
    return coef, implicit_tangent(solve, coef.value)


def half_of_the_digits(dtype):
    """Half of the digits: the relative error that asks for a better solver."""
    return np.sqrt(np.finfo(dtype).eps)


def third_of_the_digits(dtype):
    """A third of the digits, the relative error that users are told of."""
    return np.cbrt(np.finfo(dtype).eps)


def growth_of(squares, diagonal):
    """How often the largest part of a diagonal holds what it is a difference of."""
    ratio = np.divide(squares, diagonal, out=np.ones_like(squares), where=diagonal > 0)
    return max(1.0, ratio.max(initial=1.0))


def ratio(a, b, otherwise=0.0):
    """``a / b``, and zero, or something else, where b is zero."""
    out = np.full(np.shape(b), otherwise)
    return np.divide(a, b, out=out, where=np.asarray(b) > 0)


def or_warn(result):
    """The `result` without its error, of which users are told if it is large."""
    *solved, error = result
    if not error <= third_of_the_digits(solved[0].value.dtype):  # NaN, too
        warn(
            f"Ill-conditioned problem (relative error {np.fmin(error, 1.0):.0e}): "
            "coefficients and tangent have few correct digits. Scale the columns of X "
            "(a sparse X for instance with MaxAbsScaler), take out what lies far from "
            "zero or is nearly collinear, raise alpha, or fit dense rows at once.",
            linalg.LinAlgWarning,
        )
    return solved


def of_rows(design, dual, moved):
    """Coefficients and tangent of dual ones, in one product with the wide matrix."""
    n_targets = dual.value.shape[1]
    primal = design.rmatmat(np.hstack([dual.value, moved.value]))
    coef = replace(dual, value=primal[:, :n_targets])
    return coef, replace(moved, value=primal[:, n_targets:])


def by_singular_values(design, Y, alphas):
    """Singular value decomposition of X~: no squared condition number.

    Beside the result come what is left of the mean, and the residuals.
    """
    check_finite(design.gram_diagonal())
    rest = design.mean_rest()
    X = design.centre_again()
    U, s, V = singular_values(X)
    factor = SpectralFactor(V, s**2, alphas, off=column_rounding(X, s))
    inside = U.T @ Y
    coef, tangent = in_coordinates(factor, inside * s[:, None])
    # What was left out as rounding may move predictions by s^2 / alpha^2 of the labels.
    moves = np.linalg.norm((s[:, None] * factor.inverse) ** 2 * inside, axis=0)
    most = (largest_unseen(X, s, V) * factor.beyond) ** 2
    outside = np.linalg.norm(inside[s == 0], axis=0)
    few = FEW_ROUNDINGS * np.finfo(X.dtype).eps * np.sqrt(len(Y))
    most = most * np.where(outside > few * np.linalg.norm(Y, axis=0), outside, 0)
    result = coef, tangent, factor, factor.method, ratio(most, moves).max(initial=0)
    # y~ - X~ w = alpha (s^2 + alpha)^-1 y~, no difference.
    kept = np.where(factor.inverse > 0, alphas * factor.inverse, 1)
    residual = U @ (kept * inside)
    residual += Y - U @ inside
    return or_warn(result), rest, residual
