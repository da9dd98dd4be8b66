"""The inverse of ``X^T X + alpha I`` of wide rows, by way of ``X X^T + alpha I``."""

import numpy as np

from skcurious.tangent._certified import refined, warn_if_uncertain
from skcurious.tangent._solution import Solution

# The relative error of a variance that asks for the slower way.
FEW = 1e-6


class WoodburyFactor:
    """``H = X^T X + alpha I`` for wide X, from ``A = X X^T + alpha I``.

        H^-1 B = (B - X^T C) / alpha,    C = A^-1 X B
        b^T H^-1 b = (b - X^T c)^T (b - X^T c) / alpha + c^T c

    The second, a sum of squares, is the least value of a ridge regression of b on the
    rows of X, and takes the place of ``(|b|^2 - |X b|^2_A) / alpha`` where that
    difference would be rounding.

    Parameters
    ----------
    design : DenseDesign or SparseDesign
        X, which has fewer rows than columns.
    dual : CholeskyFactor, SpectralFactor or IterativeFactor
        The factor of A.
    alphas : ndarray of shape (1,) or (n_targets,)
        Shifts; with a zero among them H is singular.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import CholeskyFactor, DenseDesign, WoodburyFactor
    >>> design = DenseDesign(np.array([[1.0, 1.0]]))
    >>> dual = CholeskyFactor.try_factorise(design.cogram(), alpha=2.0)
    >>> factor = WoodburyFactor(design, dual, np.array([2.0]))
    >>> factor.solve(np.eye(2)).value
    array([[ 0.375, -0.125],
           [-0.125,  0.375]])
    """

    method = "woodbury"

    def __init__(self, design, dual, alphas):
        self.design = design
        self.dual = dual
        self.alphas = alphas
        self.singular = dual.singular or bool((alphas == 0).any())
        self.definite = dual.definite and not self.singular

    def matrix(self):
        """H with the first alpha, a new array."""
        matrix = self.design.gram_matmat(np.eye(self.design.shape[1]))
        matrix[np.diag_indices_from(matrix)] += self.alphas[0]
        return matrix

    def _alpha(self, target):
        return self.alphas if target is None else self.alphas[target % len(self.alphas)]

    def solve(self, B, target=None):
        """Solve for every column of B, of shape (n_features, n_columns)."""
        alpha = self._alpha(target)
        value = self._left(B, self._coefs(B, target)) / alpha
        # Where the rows of X see B, what is left is rounding: once more of that.
        residual = B - self.design.gram_matmat(value) - alpha * value
        again = self.dual.solve(self.design.matmat(residual), target).value
        value += self._left(residual, again) / alpha
        return Solution(value, self.method)

    pull = solve

    def quadratic(self, B, target=None):
        """``diag(B^T H^-1 B)``."""
        alpha, eps = self._alpha(target), np.finfo(B.dtype).eps
        squares = np.einsum("ij,ij->j", B, B)
        value = squares - self.dual.quadratic(self.design.matmat(B), target)
        lost = eps * squares > min(np.cbrt(eps), FEW) * value
        if self.dual.rcond < np.sqrt(eps):
            lost[:] = True
        if lost.any():
            C = self._coefs(B[:, lost], target)
            least = self._least(self._left(B[:, lost], C), C, alpha)
            value[lost] = np.minimum(alpha * least, squares[lost])
        return value / alpha

    def _coefs(self, B, target):
        """C to as many digits as variances need."""
        alpha = self._alpha(target)
        C, _, certain = refined(
            lambda R: self.dual.solve(R, target).value,
            lambda C: self.design.matmat(self._left(B, C)) - alpha * C,
            lambda C, R: alpha * self._least(self._left(B, C), C, alpha),
            self.dual.solve(self.design.matmat(B), target).value,
            alpha,
        )
        warn_if_uncertain(certain, self.dual.method)
        return C

    def _left(self, B, C):
        return B - self.design.rmatmat(C)

    def _least(self, left, C, alpha):
        total = np.einsum("ij,ij->j", left, left) / alpha
        return total + np.einsum("ij,ij->j", C, C)
