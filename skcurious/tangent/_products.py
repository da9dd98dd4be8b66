"""Ridge regression from the products ``X~^T X~`` and ``X~^T y~``.

They have half of the digits of X~: an estimate of the error comes along.
"""

import numpy as np

from skcurious.tangent._coordinates import (
    growth_of,
    half_of_the_digits,
    in_coordinates,
    ratio,
    solved_twice,
)
from skcurious.tangent._factor import CholeskyFactor
from skcurious.tangent._spectral_factor import SpectralFactor
from skcurious.tangent._spectrum import eigenpairs, is_uneven

# What a coordinate of y~ may be of rounding, in units of it.
FEW_ROUNDINGS = 3


def from_products(products, target_sizes, alphas, squares=None, give_up=False):
    """Solve with ``X~^T X~`` and ``X~^T y~``.

    Parameters
    ----------
    products : callable
        Returns both anew.
    target_sizes : ndarray of shape (n_targets,)
        Norms of the columns of y~.
    alphas : ndarray of shape (1,) or (n_targets,)
        Shifts.
    squares : ndarray of shape (n_features,), default=None
        What was added up in the diagonal, if more than the diagonal.
    give_up : bool, default=False
        Whether to end, with an infinite error, where half of the digits would be lost,
        and in float32 where Cholesky fails.

    Returns
    -------
    coef, tangent : Solution
    factor : factor
        Of H.
    method : str
    error : float
        Relative error of the worst target's tangent, in units of the columns: what
        rounding of the products leaves in doubt.
    """
    gram, moment = products()
    limit = half_of_the_digits(gram.dtype)
    diagonal = gram.diagonal().copy()
    squares = diagonal if squares is None else squares
    if len(alphas) == 1:
        growth = growth_of(squares, diagonal + alphas[0])
        factor = CholeskyFactor.try_factorise(gram, alphas[0], limit * growth)
        if factor is not None:
            coef, tangent = solved_twice(factor.solve, moment)
            error = np.sqrt(growth) * _primal_error(factor, moment, tangent.value)
            if (error < limit).all():
                return coef, tangent, factor, factor.method, 0.0
        if give_up:
            return None, None, None, None, np.inf
        gram, moment = products()  # the first went into the factor
    if give_up and is_uneven(diagonal, gram.dtype):
        return None, None, None, None, np.inf
    return _spectral(gram, moment, target_sizes, alphas, squares)


def _primal_error(factor, moment, tangent):
    """Relative error of each target's tangent by Cholesky, from above.

    Rounding leaves some ``eps |moment|`` in every direction, also in those
    which the data do not see, where the tangent divides it by alpha twice. With
    ``H^-1 = D M^-1 D`` there is a D^2 between the two.
    """
    scale = np.ones((1, 1)) if factor.scale is None else factor.scale[:, None]
    smallest = factor.rcond * factor.norm / scale.max()
    error = np.linalg.norm(moment * scale, axis=0) / smallest / smallest
    error *= np.finfo(moment.dtype).eps
    size = np.linalg.norm(tangent / scale, axis=0)
    return ratio(error, size)


def _spectral(gram, moment, target_sizes, alphas, squares):
    """Eigenvectors of H, and an estimate of the error, as :func:`_from_products`.

    A product ``v^T X~^T y~`` that is only rounding is left out: X~ maps v to nothing,
    or y~ does not see it.
    """
    eps = np.finfo(gram.dtype).eps
    found = eigenpairs(gram, squares)
    factor = SpectralFactor(found.vectors, found.values, alphas, rounding=found)
    noise = np.multiply.outer(np.sqrt(eps * found.rounding), target_sizes)
    coordinates = found.vectors.T @ moment
    seen = np.abs(coordinates) > FEW_ROUNDINGS * noise
    sizes = np.sqrt(squares)[:, None]
    rest, there = np.zeros_like(moment), False
    if factor.thin:  # where the eigenvalue is zero
        rest = moment - found.vectors @ coordinates
        rest[np.abs(rest) <= FEW_ROUNDINGS * eps * sizes * target_sizes] = 0
        there = rest != 0
        rest -= found.vectors @ (found.vectors.T @ rest)
    coordinates[~seen] = 0
    coef, tangent = in_coordinates(factor, coordinates, rest)
    # Where nearly all of y~ is explained, what is not seen may be there.
    explained = np.einsum("jk,jk->k", moment, coef.value)
    seen |= target_sizes**2 - explained < 1e-6 * target_sizes**2
    # With E, e of up to eps S_i S_j and eps S_j |y~| in the products, S the sizes of
    # columns: H dw = e - E w, and H dt = -dw - E t.
    of_coef, of_tangent = (
        np.linalg.norm(sizes * one.value, axis=0) for one in (coef, tangent)
    )
    lengths = np.linalg.norm(sizes * found.vectors, axis=0)[:, None]
    off = 0
    for size, inverse, is_there in (
        (lengths, np.abs(factor.inverse), seen),
        (sizes, factor.beyond, there),
    ):
        inverse = inverse.astype(np.float64)  # the squares of which are out of float32
        one = eps * inverse * size * (target_sizes + of_coef)
        one = inverse * (one + eps * size * of_tangent)
        off = np.hypot(off, np.linalg.norm(np.where(is_there, size * one, 0), axis=0))
    return coef, tangent, factor, factor.method, ratio(off, of_tangent).max(initial=0)
