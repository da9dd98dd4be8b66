"""Direct inverses of ``A = M + alpha I``: factorise once, solve many.

Every factor has the same two methods, and whoever solves does not ask which
one it holds:

    solve(B, target=None)      -> Solution of A X = B
    quadratic(B, target=None)  -> diag(B^T A^-1 B), one number a column
    pull(B, target=None)       -> Solution of A X = B, to be multiplied by columns
                                  like B, and a warning where that is rounding

and some of

    inverse_diagonal(target=None)  -> diag(A^-1)
    matrix()                       -> A; with several alphas, with the first

With one alpha for each target there are several matrices A: column k of B
belongs to target k, unless `target` says that all of them belong to one.

``singular`` tells that the inverse is a pseudo-inverse (minimum norm), and
``definite`` that all eigenvalues are positive, without which ``B^T A^-1 B``
is no covariance.
"""

import numpy as np
from scipy import linalg

from skcurious.tangent._solution import Solution
from skcurious.tangent._spectral_factor import SpectralFactor
from skcurious.tangent._threads import FACTORISATION, PRODUCT, one_thread


class CholeskyFactor:
    """``M + alpha I = D^-1 L L^T D^-1`` for one alpha.

    D holds powers of two that bring the diagonal near one, so that neither
    the condition number nor the result depends on the units of the features,
    and the scaling itself is free of rounding.

    Made by :meth:`try_factorise`.

    Attributes
    ----------
    lower : ndarray of shape (m, m)
        L, in Fortran order; its strict upper triangle is undefined.
    scale : ndarray of shape (m,) or None
        Diagonal of D; None where all of it would be one.
    norm : float
        Sum of the sizes in the largest column of the scaled matrix.
    rcond : float
        Reciprocal condition number of the scaled matrix, an estimate.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import CholeskyFactor
    >>> factor = CholeskyFactor.try_factorise(np.diag([1.0, 3.0]), alpha=1.0)
    >>> factor.solve(np.ones((2, 1))).value.ravel()
    array([0.5 , 0.25])
    >>> factor.quadratic(np.eye(2))
    array([0.5 , 0.25])
    """

    method = "cholesky"
    spectrum = None
    singular = False
    definite = True

    def __init__(self, lower, scale, norm, rcond):
        self.lower = lower
        self.scale = scale
        self.norm = norm
        self.rcond = rcond

    @classmethod
    def try_factorise(cls, matrix, alpha, min_rcond=0.0):
        """Factorise in place, or give the matrix back.

        Parameters
        ----------
        matrix : ndarray of shape (m, m), symmetric, C-contiguous
            M.  Overwritten on success; left as it was on failure.
        alpha : float
            Added to the diagonal.
        min_rcond : float, default=0.0
            Smallest reciprocal condition number (of the scaled matrix) to
            accept.

        Returns
        -------
        factor : CholeskyFactor or None
            None when ``M + alpha I`` is not numerically positive definite, or
            conditioned worse than `min_rcond`.
        """
        diagonal = matrix.diagonal().copy()
        scale = _power_of_two_scale(diagonal + alpha)
        _rescale(matrix, scale)
        matrix.flat[:: len(matrix) + 1] = (
            diagonal + alpha if scale is None else (diagonal + alpha) * scale**2
        )
        # LAPACK works on the transpose, which for C order needs no copy: it
        # overwrites one triangle and leaves the other for the way back.
        norm = linalg.norm(matrix.T, 1, check_finite=False)
        try:
            with one_thread(len(matrix) ** 3 / 3 < FACTORISATION):
                lower, _ = linalg.cho_factor(
                    matrix.T, lower=True, overwrite_a=True, check_finite=False
                )
        except linalg.LinAlgError:
            pass
        else:
            factor = cls.of(lower, norm, scale)
            if factor.rcond > min_rcond:
                return factor
        give_back(matrix, diagonal, scale)
        return None

    @classmethod
    def of(cls, lower, norm, scale=None):
        """Estimate how well conditioned a matrix is of which the factor is known.

        Parameters
        ----------
        lower : ndarray of shape (m, m)
            L, of the scaled matrix.
        norm : float
            Its 1-norm.
        scale : ndarray of shape (m,), default=None
            Diagonal of D.

        Returns
        -------
        factor : CholeskyFactor
        """
        (pocon,) = linalg.get_lapack_funcs(("pocon",), (lower,))
        with one_thread():  # vectors only
            rcond, _ = pocon(lower, norm, uplo="L")
        return cls(lower, scale, norm, rcond)

    def solve(self, B, target=None):
        """Solve for every column of B, of shape (m, n_columns)."""
        scaled = B if self.scale is None else B * self.scale[:, None]
        if B.shape[1] == 1:
            value = self._one_column(scaled)
        else:
            with self._few_threads(2 * B.shape[1]):
                value = linalg.cho_solve((self.lower, True), scaled, check_finite=False)
        if self.scale is not None:
            value *= self.scale[:, None]
        return Solution(value, self.method)

    pull = solve

    def _one_column(self, B):
        # BLAS reads the triangle once; LAPACK, for many columns, in blocks.
        (trsv,) = linalg.get_blas_funcs(("trsv",), (self.lower, B))
        with one_thread():
            half = trsv(self.lower, B[:, 0], lower=1)
            return trsv(self.lower, half, lower=1, trans=1)[:, None]

    def matmat(self, V):
        """``A V`` for every column of V, of shape (m, n_columns)."""
        scaled = V if self.scale is None else V / self.scale[:, None]
        (trmm,) = linalg.get_blas_funcs(("trmm",), (self.lower,))
        with self._few_threads(2 * V.shape[1]):
            half = trmm(1.0, self.lower, scaled, lower=1, trans_a=1)
            value = trmm(1.0, self.lower, half, lower=1, overwrite_b=1)
        return value if self.scale is None else value / self.scale[:, None]

    def diagonal(self):
        """That of A."""
        squares = np.square(np.tril(self.lower)).sum(axis=1)
        return squares if self.scale is None else squares / np.square(self.scale)

    def half_solve(self, B):
        """``L^-1 D B``, the inner products of which are ``B^T A^-1 B``."""
        scaled = B if self.scale is None else B * self.scale[:, None]
        with self._few_threads(B.shape[1]):
            return linalg.solve_triangular(
                self.lower, scaled, lower=True, check_finite=False
            )

    def _few_threads(self, n_columns):
        return one_thread(len(self.lower) ** 2 * n_columns < PRODUCT)

    def quadratic(self, B, target=None):
        """``diag(B^T A^-1 B)``."""
        half = self.half_solve(B)
        return np.einsum("ij,ij->j", half, half)

    def matrix(self):
        """A, a new array."""
        lower = np.tril(self.lower)
        if self.scale is not None:
            lower /= self.scale[:, None]
        return lower @ lower.T

    def inverse_diagonal(self, target=None):
        """``diag(A^-1)``, of shape (m,): a third of the work of an inverse."""
        (trtri,) = linalg.get_lapack_funcs(("trtri",), (self.lower,))
        inverse, _ = trtri(self.lower, lower=1)
        value = np.square(np.tril(inverse)).sum(axis=0)
        return value if self.scale is None else value * self.scale**2


def give_back(matrix, diagonal, scale):
    """Undo in place what :meth:`CholeskyFactor.try_factorise` did."""
    matrix[:] = np.tril(matrix, -1)
    matrix += matrix.T
    _rescale(matrix, None if scale is None else 1 / scale)
    matrix.flat[:: len(matrix) + 1] = diagonal


def factorise(matrix, alphas, min_rcond):
    """Cholesky for one alpha; eigenvectors for several, and where it fails.

    The `matrix` (symmetric, C-contiguous) is overwritten.
    """
    factor = None
    if len(alphas) == 1:
        factor = CholeskyFactor.try_factorise(matrix, alphas[0], min_rcond)
    return SpectralFactor.from_gram(matrix, alphas) if factor is None else factor


def _power_of_two_scale(diagonal):
    """Powers of two that bring `diagonal` near one, or None if not needed."""
    smallest = diagonal.min(initial=np.inf)
    if not smallest > 0 or diagonal.max() <= 4 * smallest:
        return None
    return np.exp2(np.round(-0.5 * np.log2(diagonal))).astype(diagonal.dtype)


def _rescale(matrix, scale):
    if scale is not None:
        matrix *= scale
        matrix *= scale[:, None]
