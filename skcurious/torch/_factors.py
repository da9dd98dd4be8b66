"""Inverses of the Gauss-Newton matrix: its factor, iterations, random directions."""

from dataclasses import replace

import torch

from skcurious.tangent._iterative import warn_if_unconverged
from skcurious.tangent._solution import Solution
from skcurious.torch._conjugate import conjugate_gradient, refined_conjugate_gradient
from skcurious.torch._kernel import OVERFLOW, meet, representers
from skcurious.torch._modes import few_digits

SINGULAR = (
    "The Gauss-Newton matrix of the module is singular: some parameters are seen "
    "neither by the data nor by the penalty. Use damping='auto' with alpha > 0, or a "
    "positive damping."
)


class PrimalFactor:
    """From the Cholesky factor of the matrix."""

    definite = True

    def __init__(self, operator):
        matrix = operator.dense()
        self.row_size = len(matrix)
        self.lower, failed = torch.linalg.cholesky_ex(matrix)
        pivots = self.lower.diagonal()
        smallest = float(pivots.min() / pivots.max()) ** 2 if not int(failed) else 0.0
        if not smallest > torch.finfo(matrix.dtype).eps:
            raise torch.linalg.LinAlgError(SINGULAR)

    def solve(self, B):
        """``G^-1 B`` for every column of B."""
        return Solution(torch.cholesky_solve(B, self.lower), "primal")

    def representers(self, others):
        """``G^-1 grad f(z)``, of shape (n_params, m, n_outputs)."""
        return representers(self.solve, others)

    def leverage(self, rows, found):
        """``h(x, z)``, of shape (n, n_outputs, m, n_outputs)."""
        return meet(rows, found)

    def leverage_diagonal(self, rows):
        """``h(x, x)``, of shape (n, n_outputs, n_outputs)."""
        J = rows.jacobian().reshape(-1, self.row_size)
        half = torch.linalg.solve_triangular(self.lower, J.T, upper=False)
        half = half.reshape(-1, *rows.shape)
        return torch.einsum("anj,ank->njk", half, half)


class IterativeFactor:
    """From products with the matrix alone.

    Parameters
    ----------
    operator : GaussNewton
        The matrix.
    tol, max_iter : float and int
        Of :func:`conjugate_gradient`.
    preconditioner : factor
        Solves with an approximation.
    """

    definite = True

    def __init__(self, operator, tol, max_iter, preconditioner):
        self.operator = operator
        self.tol, self.max_iter = tol, max_iter
        self.row_size = len(operator.diagonal)
        self.preconditioner = preconditioner

    def solve(self, B):
        """``G^-1 B`` for every column of B."""
        options = {
            "tol": self.tol,
            "max_iter": self.max_iter,
            "preconditioner": lambda R: self.preconditioner.solve(R).value,
        }
        matmat = self.operator.matmat
        if B.device.type != "cuda" or B.dtype != torch.float32:
            return conjugate_gradient(matmat, B, **options)

        def fast(V):
            with few_digits():
                return matmat(V)

        return refined_conjugate_gradient(fast, matmat, B, **options)

    def _settled(self, B):
        solution = self.solve(B)
        warn_if_unconverged(solution)
        return solution

    def representers(self, others):
        """``G^-1 grad f(z)``, of shape (n_params, m, n_outputs)."""
        return representers(self._settled, others)

    def leverage(self, rows, found):
        """``h(x, z)``, of shape (n, n_outputs, m, n_outputs)."""
        return meet(rows, found)

    def leverage_diagonal(self, rows):
        """``h(x, x)``, of shape (n, n_outputs, n_outputs)."""
        (n, k), J = rows.shape, rows.jacobian()
        solved = self._settled(J.reshape(n * k, -1).T).value
        return torch.einsum("njp,pnk->njk", J, solved.reshape(-1, n, k))


class DiagonalFactor:
    """Inverse of D plus one number: where D is not positive."""

    def __init__(self, diagonal):
        self.diagonal = diagonal

    def solve(self, B):
        """``B / diagonal`` for every column of B."""
        return Solution(B / self.diagonal, "diagonal")


class ProjectedFactor:
    """The covariance in the span of some random directions.

    With S of shape (n_params, m) of independent standard normal numbers the products
    of gradients with ``D^-1/2 S / sqrt(m)`` are features of m numbers whose inner
    products are the tangent kernel on average, with an error of 1 / sqrt(m). Takes m
    directional derivatives a row, and memory that does not grow with labels.

    Parameters
    ----------
    solver : factor
        Solves for everything that is not a leverage.
    training : TrainingRows
        Training rows.
    diagonal : Diagonal
        D, positive.
    n_projections : int
        m.
    """

    definite = True

    def __init__(self, solver, training, diagonal, n_projections):
        self.solver, self.row_size = solver, n_projections
        self._root = diagonal.flat(training.network.tensors[0])[:, 0].rsqrt()
        self.n_projections = n_projections
        precise = self._root.dtype if self._root.device.type == "mps" else torch.double
        matrix = torch.eye(n_projections, dtype=precise, device=self._root.device)
        for rows, _, weights in training:
            seen = self.features(rows) * weights.sqrt()[:, :, None]
            seen = seen.flatten(0, 1).to(precise)
            matrix.addmm_(seen.T, seen)
        self.lower, failed = torch.linalg.cholesky_ex(matrix)
        if int(failed):
            raise ValueError(OVERFLOW)

    def features(self, rows):
        """Of shape (n, n_outputs, m)."""
        # Drawn again each time: directions are as large as the parameters.
        generator = torch.Generator(self._root.device).manual_seed(0)
        columns = []
        for _ in range(self.n_projections):
            direction = torch.empty_like(self._root).normal_(generator=generator)
            columns.append(rows.jvp(direction.mul_(self._root)))
        return torch.stack(columns, dim=2) * self.n_projections**-0.5

    def solve(self, B):
        """``G^-1 B``, by the solver."""
        return self.solver.solve(B)

    def representers(self, others):
        """Features of z, solved."""
        features = self.features(others)
        flat = features.flatten(0, 1).T.to(self.lower.dtype)
        return torch.cholesky_solve(flat, self.lower), others.shape

    def leverage(self, rows, found):
        """``h(x, z)``, of shape (n, n_outputs, m, n_outputs)."""
        solved, shape = found
        h = self.features(rows).flatten(0, 1).to(solved.dtype) @ solved
        return h.reshape(*rows.shape, *shape)

    def leverage_diagonal(self, rows):
        """``h(x, x)``, of shape (n, n_outputs, n_outputs)."""
        flat = self.features(rows).flatten(0, 1).T.to(self.lower.dtype)
        half = torch.linalg.solve_triangular(self.lower, flat, upper=False)
        half = half.reshape(-1, *rows.shape)
        return torch.einsum("anj,ank->njk", half, half)


def refined(solve, operator, B):
    """A direct solve, its residual, and what it leaves solved again."""
    size = torch.linalg.vector_norm(B, dim=0)
    solution = solve(B)
    X, left = solution.value, torch.full_like(size, torch.inf)
    for step in range(4):
        R = B - operator.matmat(X)
        before, left = left, torch.linalg.vector_norm(R, dim=0)
        done = (left <= 1e-12 * size).all() or not (left < before / 2).all()
        if done or step == 3:
            break
        X = X + solve(R).value
    residual = torch.where(size > 0, left / size, 0)
    return replace(solution, value=X, residual=residual.cpu().numpy())
