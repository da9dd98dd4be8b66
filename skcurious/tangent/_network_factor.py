"""Inverses of a network's curvature, which know gradients of rows, too."""

from dataclasses import replace

import numpy as np

from skcurious.tangent._iterative import conjugate_gradient, warn_if_unconverged
from skcurious.tangent._representers import meet, solve_gradients
from skcurious.tangent._solution import Solution


class PrimalFactor:
    """Inverse of the Gauss-Newton matrix from its Cholesky factor."""

    definite = True

    def __init__(self, cholesky):
        self.cholesky = cholesky
        self.row_size = len(cholesky.lower)  # numbers in the gradient of a row

    def solve(self, B):
        """``G^-1 B`` for every column of B."""
        return replace(self.cholesky.solve(B), method="primal")

    def matmat(self, V):
        """``G V`` for every column of V."""
        return self.cholesky.matmat(V)

    def diagonal(self):
        """That of G, of shape (n_params,)."""
        return self.cholesky.diagonal()

    def representers(self, others):
        """``H^-1 grad f(z)``, of shape (n_params, m, n_outputs)."""
        return solve_gradients(self.solve, others)

    def leverage(self, rows, representers):
        """``h(x, z)``, of shape (n, n_outputs, m, n_outputs)."""
        return meet(rows, representers)

    def leverage_diagonal(self, rows):
        """``h(x, x)``, of shape (n, n_outputs, n_outputs)."""
        J = rows.jacobian().reshape(-1, self.row_size)
        half = self.cholesky.half_solve(J.T).reshape(-1, *rows.shape)
        return np.einsum("anj,ank->njk", half, half)


class NoFactor:
    """Of a singular Gauss-Newton matrix, where the Hessian gave the tangent."""

    definite = False
    row_size = 0


class IterativeNetworkFactor:
    """Inverse of a curvature operator by conjugate gradients.

    ``definite`` may turn out to be False for a Hessian.
    """

    definite = True

    def __init__(self, operator, tol, max_iter, preconditioner):
        self.operator = operator
        self.tol, self.max_iter = tol, max_iter
        self.row_size = operator.shape[0]  # numbers in the gradient of a row
        self.preconditioner = preconditioner

    def solve(self, B):
        """``H^-1 B`` for every column of B."""
        with self.operator.few_threads(B.shape[1]):
            return conjugate_gradient(
                self.operator.matmat,
                B,
                tol=self.tol,
                max_iter=self.max_iter,
                preconditioner=self.preconditioner,
            )

    def matmat(self, V):
        """The curvature times every column of V."""
        return self.operator.matmat(V)

    def diagonal(self):
        """That of the Gauss-Newton matrix, of shape (n_params,)."""
        return self.operator.jacobi()

    def representers(self, others):
        """``H^-1 grad f(z)``, of shape (n_params, m, n_outputs)."""
        return solve_gradients(self.solve, others)

    def leverage(self, rows, representers):
        """``h(x, z)``, of shape (n, n_outputs, m, n_outputs)."""
        return meet(rows, representers)

    def leverage_diagonal(self, rows):
        """``h(x, x)``, of shape (n, n_outputs, n_outputs)."""
        J = rows.jacobian()  # (n, n_outputs, n_params)
        n, k = rows.shape
        solution = self.solve(J.reshape(n * k, -1).T)
        warn_if_unconverged(solution)
        return np.einsum("njp,pnk->njk", J, solution.value.reshape(-1, n, k))


class DiagonalFactor:
    """Inverse of a diagonal matrix."""

    def __init__(self, diagonal):
        self.diagonal = diagonal[:, None]

    def solve(self, B):
        """``B / diagonal`` for every column of B."""
        return Solution(B / self.diagonal, "diagonal")
