"""Ridge regression of wide rows, from ``A = X~ X~^T + alpha I``."""

import numpy as np

from skcurious.tangent._coordinates import (
    by_singular_values,
    growth_of,
    half_of_the_digits,
    in_coordinates,
    of_rows,
    ratio,
    solved_twice,
)
from skcurious.tangent._design import DenseDesign
from skcurious.tangent._factor import CholeskyFactor
from skcurious.tangent._gradients import or_closer
from skcurious.tangent._gram import check_finite
from skcurious.tangent._spectral_factor import SpectralFactor
from skcurious.tangent._spectrum import ROUNDING, eigenpairs
from skcurious.tangent._woodbury import WoodburyFactor


def by_rows(design, Y, alphas):
    """Solve, or give None in float32 where half of the digits would be lost.

    Beside the result come what is left of the mean, and the residuals if known.
    """
    rest = design.mean_rest()
    cogram = design.cogram()
    check_finite(cogram)
    limit = half_of_the_digits(cogram.dtype)
    diagonal = cogram.diagonal().copy()
    is_dense = isinstance(design, DenseDesign)
    squares = diagonal if is_dense else design.row_squares()
    growth = growth_of(squares, diagonal + alphas.min())
    if len(alphas) == 1:
        factor = CholeskyFactor.try_factorise(cogram, alphas[0], limit * growth)
    else:
        found = eigenpairs(cogram, squares)
        doubt = found.rounding > limit * (found.values + alphas.min())
        lost = doubt.any() or found.rest > limit * alphas.min()
        factor = None if lost else SpectralFactor(found.vectors, found.values, alphas)
    if factor is not None:
        dual = solved_twice(factor.solve, Y)
        coef, tangent = of_rows(design, *dual)
        dual_size = np.linalg.norm(dual[1].value, axis=0)
        # What of A^-2 y~ the rows of X~ do not see must vanish in the product.
        error = np.finfo(Y.dtype).eps * np.sqrt(squares.sum()) * dual_size
        if (error <= limit * np.linalg.norm(tangent.value, axis=0)).all():
            inverse = WoodburyFactor(design, factor, alphas)
            residual = alphas * dual[0].value
            return (coef, tangent, inverse, factor.method), rest, residual
    if Y.dtype != np.float64:
        return None, None, None
    if is_dense:
        return by_singular_values(design, Y, alphas)
    return _sparse_dual(design, squares, Y, alphas), rest, None


def _sparse_dual(design, squares, Y, alphas):
    """A sparse X~ has no SVD here: eigenvectors of what A is made of."""
    found = eigenpairs(design.cogram(), squares)
    factor = SpectralFactor(found.vectors, found.values, alphas)
    # What X~ does not see is left out, rather than divided by alpha twice.
    kept = ~found.null
    kept[found.null] = ~_maps_to_rounding(design, found.vectors[:, found.null])
    coordinates = found.vectors.T @ Y
    dual = in_coordinates(factor, np.where(kept[:, None], coordinates, 0))
    coef, tangent = of_rows(design, *dual)
    error = 2 * found.rounding[kept, None] * np.abs(factor.inverse[kept])
    error = error.max(initial=ratio(found.rest, alphas.min()))
    # And what must vanish in the product with large columns, in units of the columns.
    sizes = np.sqrt(design.column_squares())
    most = np.finfo(Y.dtype).eps * (sizes**2).max() * np.abs(dual[1].value).max(axis=0)
    moves = np.abs(sizes[:, None] * tangent.value).max(axis=0)
    error = max(error, ratio(most, moves).max())
    if not kept.all():
        # As much as it might have given: y s / (s^2 + alpha), s up to the rounding.
        s = np.sqrt(alphas).clip(max=_unseen(design).max())
        most = np.linalg.norm(coordinates[~kept], axis=0)
        most = most * ratio(s, s**2 + alphas)
        error = max(error, ratio(most, np.linalg.norm(coef.value, axis=0)).max())
    inverse = WoodburyFactor(design, factor, alphas)
    result = coef, tangent, inverse, factor.method, error
    return or_closer(result, design, Y, alphas)


def _maps_to_rounding(design, vectors):
    """Whether ``X~^T u`` of each vector is no more than the rounding of the columns."""
    tolerance = _unseen(design)[:, None]
    width = max(1, 2**22 // design.shape[1])
    starts = range(0, vectors.shape[1], width)
    some = (design.rmatmat(vectors[:, i : i + width]) for i in starts)
    found = [(np.abs(product) <= tolerance).all(axis=0) for product in some]
    return np.concatenate([np.zeros(0, bool), *found])


def _unseen(design):
    """Size of each column that cannot be told from zero in ``X~^T u``."""
    sizes = np.sqrt(design.shape[0] * design.column_squares())
    return ROUNDING * np.finfo(sizes.dtype).eps * sizes
