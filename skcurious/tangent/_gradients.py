"""Ridge regression by conjugate gradients."""

from dataclasses import replace

import numpy as np
from scipy import linalg

from skcurious._warnings import warn
from skcurious.tangent._certified import CertifiedFactor
from skcurious.tangent._coordinates import (
    growth_of,
    of_rows,
    or_warn,
    ratio,
    solved_twice,
    third_of_the_digits,
)
from skcurious.tangent._iterative import IterativeFactor
from skcurious.tangent._spectrum import ROUNDING, is_uneven
from skcurious.tangent._theorem import implicit_tangent
from skcurious.tangent._woodbury import WoodburyFactor

# Steps of conjugate gradients that an exact solution is given up for.
FEW_STEPS = 500
# Columns that differ more in size are too much for a singular problem.
UNEVEN = 1e3


def by_gradients(design, Y, alphas, tol, max_iter):
    """Conjugate gradients on H with its columns scaled, or on A if that is smaller.

    In A the columns add up: there large ones would leave no digits to the others.
    """
    n_samples, n_features = design.shape
    if not alphas.all():
        _warn_of_sizes(design.column_sizes())
    if n_features <= n_samples or is_uneven(design.gram_diagonal(), Y.dtype):
        return _scaled_gradients(design, Y, alphas, tol, max_iter)
    factor = IterativeFactor(design.cogram_matmat, alphas, tol, max_iter)
    coef, tangent = of_rows(design, *solved_twice(factor.solve, Y))
    return coef, tangent, WoodburyFactor(design, factor, alphas), "sparse_cg"


def _scaled_gradients(design, Y, alphas, tol, max_iter, strict=False):
    """With an error as large as it might be, if `strict`, not as large as it seems."""
    squares = design.gram_diagonal()
    wide = design.shape[1] > design.shape[0]
    # As many columns as there are rows hold a combination that X~ maps to zero, and
    # two columns may.
    few = 2 if strict else design.shape[0]
    near = (wide or strict) and 1 < few <= design.shape[1]
    hidden = np.sort(squares)[-few] if near else 0.0
    growth = growth_of(design.column_squares(), squares)
    noise = ROUNDING * np.finfo(Y.dtype).eps * np.sqrt(growth)
    factor = IterativeFactor(
        design.gram_matmat,
        alphas,
        tol,
        max_iter,
        # At alpha = 0 the norm that is smallest is that of unscaled columns.
        squares if alphas.all() else None,
        hidden=hidden,
        noise=noise if wide or strict else 0.0,
    )
    moment = design.rmatmat(Y)
    coef, tangent = solved_twice(factor.solve, moment)
    # What the coefficients are off by is divided by H once more, where X is wide by
    # alpha alone.
    scale = factor.scale(alphas)
    sizes = scale.max(axis=0) * np.linalg.norm(coef.value / scale, axis=0)
    smallest = alphas if wide else factor.smallest(tangent)
    grows = ratio(sizes, smallest * np.linalg.norm(tangent.value, axis=0))
    if (coef.error > ratio(factor.goal, grows))[grows > 0].any():
        coef = factor.solve(moment, goal=0.5 * factor.goal / grows.max())
        tangent = implicit_tangent(factor.solve, coef.value)
    error = np.multiply(coef.error, grows, out=np.zeros_like(grows), where=grows > 0)
    error += tangent.error
    converged = tangent.converged and bool((error <= factor.goal).all())
    tangent = replace(tangent, error=error, converged=converged)
    return coef, tangent, CertifiedFactor(factor), "sparse_cg"


def _warn_of_sizes(sizes):
    # Without alpha nothing but the data tells small columns from rounding.
    seen = sizes[sizes > 0]
    if seen.size and not seen.max() <= UNEVEN * seen.min():
        warn(
            "Conjugate gradients at alpha=0 do not see columns that are small beside "
            f"others (here {seen.min():.1e} and {seen.max():.1e}): coefficients and "
            "tangent may have no correct digit. Scale the columns of X (a sparse X for "
            "instance with MaxAbsScaler), use alpha > 0, or solver='cholesky'.",
            linalg.LinAlgWarning,
        )


def or_closer(result, design, Y, alphas):
    """Conjugate gradients on scaled columns where few digits are right, or a warning.

    X~ itself keeps the digits of columns that differ in size, if they are not
    collinear besides; then few steps will do.
    """
    error, eps = result[-1], np.finfo(Y.dtype).eps
    if not error <= third_of_the_digits(Y.dtype) and alphas.all():
        closer = _scaled_gradients(design, Y, alphas, eps**0.75, FEW_STEPS, True)
        if closer[0].converged and closer[1].converged:
            return closer
    return or_warn(result)
