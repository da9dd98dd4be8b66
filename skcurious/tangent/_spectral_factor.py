"""Inverses of ``A = M + alpha I`` by eigenvectors of M, for any number of alphas.

The methods are those of :mod:`skcurious.tangent._factor`.
"""

import numpy as np

from skcurious._validation import quiet_overflow
from skcurious.tangent._rounding import warn_of_few_digits
from skcurious.tangent._solution import Solution
from skcurious.tangent._spectrum import eigenpairs


class SpectralFactor:
    """``M + alpha I`` from eigenpairs of M, for any number of alphas.

    With fewer eigenvectors than rows (those of a wide matrix), the rest of
    the space has the eigenvalue zero in M and alpha in A.

    Parameters
    ----------
    vectors : ndarray of shape (m, r)
        Orthonormal eigenvectors of M.
    eigenvalues : ndarray of shape (r,)
        Eigenvalues of M.
    alphas : ndarray of shape (1,) or (n_targets,)
        Shifts.
    tolerance : float or ndarray of shape (r, n_alphas), default=0.0
        Eigenvalues of A no larger in size than this are taken for zero, and
        the inverse is zero along their vectors (minimum norm).
    rest : float or ndarray of the shape of `alphas`, default=0.0
        The same for the rest of the space.
    rounding : Spectrum, default=None
        What the eigenvalues may hold of rounding; None where they are known to a
        relative error.
    off : float or ndarray of shape (m,), default=None
        Relative errors of the entries that columns will have; None for those of the
        dtype.

    Examples
    --------
    One alpha for each of two targets:

    >>> import numpy as np
    >>> from skcurious.tangent import SpectralFactor
    >>> factor = SpectralFactor.from_gram(np.diag([1.0, 3.0]), np.array([1.0, 5.0]))
    >>> factor.solve(np.ones((2, 2))).value.round(3)
    array([[0.5  , 0.167],
           [0.25 , 0.125]])
    """

    method = "svd"
    spectrum = None  # of M, where it was decomposed here

    def __init__(
        self,
        vectors,
        eigenvalues,
        alphas,
        tolerance=0.0,
        rest=0.0,
        rounding=None,
        off=None,
    ):
        self.vectors = vectors
        self.rounding = rounding
        self.off = np.finfo(vectors.dtype).eps if off is None else off
        self.eigenvalues = eigenvalues
        self.alphas = alphas
        shifted = eigenvalues[:, None] + alphas  # (r, n_alphas)
        null = np.abs(shifted) <= tolerance
        with quiet_overflow():
            inverse = np.divide(1, shifted, out=np.zeros_like(shifted), where=~null)
        if not np.isfinite(inverse).all():
            raise ValueError(
                "The numbers in X underflow when they are multiplied, and alpha is too "
                "small beside them. Scale the columns of X, for instance with "
                "StandardScaler in a Pipeline, or raise alpha."
            )
        self.inverse = inverse
        self.thin = vectors.shape[1] < vectors.shape[0]
        self.beyond = np.divide(
            1, alphas, out=np.zeros_like(alphas), where=alphas > rest
        )
        self.singular = bool(null.any() or (self.thin and (self.beyond == 0).any()))
        self.definite = not self.singular and bool((shifted > 0).all())

    @classmethod
    def from_gram(cls, matrix, alphas):
        """Eigendecompose the symmetric `matrix`, which is overwritten."""
        m, own = len(matrix), np.finfo(matrix.dtype).eps * alphas
        found = eigenpairs(matrix)
        tolerance = m * (found.rounding[:, None] + own)
        rest = m * (found.rest + own)
        factor = cls(found.vectors, found.values, alphas, tolerance, rest)
        factor.spectrum = found
        return factor

    @property
    def rcond(self):
        """Smallest over largest eigenvalue in size, 0 when singular."""
        if self.singular or not self.inverse.size:
            return 0.0
        sizes = np.abs(self.inverse)
        return float((sizes.min(axis=0) / sizes.max(axis=0)).min())

    def _of(self, target):
        columns = slice(None) if target is None else slice(target, target + 1)
        if len(self.alphas) == 1:
            columns = slice(None)
        return self.inverse[:, columns], self.beyond[columns]

    def solve(self, B, target=None):
        """Solve for every column of B, of shape (m, n_columns)."""
        inverse, beyond = self._of(target)
        inside = self.vectors.T @ B
        value = self.vectors @ (inside * inverse)
        if self.thin:
            value += self._rest(B, inside) * beyond
        return Solution(value, self.method)

    def pull(self, B, target=None):
        """Solve, and warn where products with columns like B are lost."""
        # What A^-1 b should not have along large eigenvalues of A is small beside the
        # rest of it, but not beside what it is multiplied by. With its error e, any x
        # has |x^T e|^2 <= (x^T A^-1 x) (e^T A e).
        solution, (inverse, _) = self.solve(B, target), self._of(target)
        value = self.quadratic(B, target)
        off = self.vectors.T @ solution.value - inverse * (self.vectors.T @ B)
        root = np.sqrt(np.abs(inverse))
        off = np.divide(off, root, out=np.zeros_like(off), where=root > 0)
        energy = np.einsum("ij,ij->j", off, off)
        warn_of_few_digits(value, np.sqrt(np.abs(value)) * np.sqrt(energy))
        return solution

    def quadratic(self, B, target=None):
        """``diag(B^T A^-1 B)`` from the coordinates of B."""
        inverse, beyond = self._of(target)
        squares = self.vectors.T @ B
        rest = self._rest(B, squares) if self.thin else squares[:0]
        squares = np.square(squares)
        squares_left = np.einsum("ij,ij->j", rest, rest)
        value = np.einsum("ij,ij->j", squares, np.broadcast_to(inverse, squares.shape))
        value += squares_left * beyond
        off = self._rounding(B, inverse, beyond)
        if self.rounding is not None:
            moved = self.rounding.rounding[:, None] * np.square(inverse)
            moved = np.broadcast_to(moved, squares.shape)
            off = off + np.einsum("ij,ij->j", squares, moved)
            off = off + self.rounding.rest * np.square(beyond) * squares_left
        warn_of_few_digits(value, off)
        return value

    def matrix(self):
        """A with the first alpha, a new array."""
        matrix = (self.vectors * self.eigenvalues) @ self.vectors.T
        matrix[np.diag_indices_from(matrix)] += self.alphas[0]
        return matrix

    def inverse_diagonal(self, target=None):
        """``diag(A^-1)``, of shape (m,)."""
        inverse, beyond = self._of(target)
        return self._diagonal(inverse[:, :1], beyond[:1])[:, 0]

    def _diagonal(self, inverse, beyond):
        """Of the matrices with these eigenvalues, a column each."""
        squares = np.square(self.vectors)
        value = squares @ inverse
        if self.thin:
            value += np.maximum(1 - squares.sum(axis=1), 0)[:, None] * beyond
        return value

    def _rounding(self, B, inverse, beyond):
        """What errors of each entry of B make of :meth:`quadratic`.

        Independent of each other, ``sum_j eps_j^2 B_j^2 (A^-1)_jj``.
        """
        columns = self._diagonal(np.abs(inverse), beyond)
        columns = np.broadcast_to(columns * np.reshape(self.off, (-1, 1)) ** 2, B.shape)
        return np.einsum("ij,ij,ij->j", B, B, columns)

    def _rest(self, B, inside):
        # Projected again: what rounding leaves of the inside would be divided by
        # alpha, and then multiplied by numbers as large as those of B.
        rest = B - self.vectors @ inside
        for _ in range(2):
            rest = rest - self.vectors @ (self.vectors.T @ rest)
        return rest
