"""Conjugate gradients on many right-hand sides at once."""

from dataclasses import replace

import numpy as np
from scipy import linalg
from sklearn.exceptions import ConvergenceWarning

from skcurious._warnings import warn
from skcurious.tangent._solution import Solution


def conjugate_gradient(
    matmat, B, *, tol=1e-8, max_iter=None, preconditioner=None, estimate=False
):
    """Solve ``A X = B`` for symmetric positive definite A.

    Each column runs its own iteration, but all of them share one product
    with A a step, which is what makes a block faster than a loop over
    ``scipy.sparse.linalg.cg``.

    Parameters
    ----------
    matmat : callable
        ``matmat(V)`` returns ``A V`` for V of the shape of B.  Column k is
        always multiplied as column k, so every column may have its own A.
    B : ndarray of shape (m, n_columns)
        Right-hand sides.
    tol : float, default=1e-8
        A column is done when its residual is below ``tol * ||b||``.
    max_iter : int, default=None
        Steps at most; None means ``10 * m``.
    preconditioner : factor, default=None
        Its ``solve(B).value`` is an approximation of ``A^-1 B``, by a symmetric
        positive definite matrix.
    estimate : bool, default=False
        Whether to find the smallest eigenvalue that the iteration met: the residual
        over it is about the error of the solution.

    Returns
    -------
    solution : Solution
        With iterations and final residual of every column.  A column that
        meets a direction p with ``p^T A p <= 0`` stops there, and
        ``definite`` is False.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import conjugate_gradient
    >>> A = np.array([[4.0, 1.0], [1.0, 3.0]])
    >>> solution = conjugate_gradient(lambda V: A @ V, np.array([[1.0], [2.0]]))
    >>> solution.value.ravel().round(6)
    array([0.090909, 0.636364])
    >>> solution.n_iter
    array([2])
    """
    X = np.zeros_like(B)
    R = B.copy()
    Z = R if preconditioner is None else preconditioner.solve(R).value
    P = Z.copy()
    inner = np.einsum("ij,ij->j", R, Z)
    squared = np.einsum("ij,ij->j", R, R)
    norms = np.sqrt(squared)
    goal = (tol * norms) ** 2
    n_iter = np.zeros(B.shape[1], dtype=int)
    active = squared > goal
    definite = True
    steps, shrinks = [], []
    for _ in range(10 * len(B) if max_iter is None else max_iter):
        if not active.any():
            break
        AP = matmat(P)
        curvature = np.einsum("ij,ij->j", P, AP)
        if (bad := active & ~(curvature > 0)).any():
            definite = False
            active &= ~bad
        step = np.divide(inner, curvature, out=np.zeros_like(inner), where=active)
        X += step * P
        R -= step * AP
        n_iter[active] += 1
        squared = np.einsum("ij,ij->j", R, R)
        Z = R if preconditioner is None else preconditioner.solve(R).value
        before = inner
        inner = squared if Z is R else np.einsum("ij,ij->j", R, Z)
        shrink = np.divide(inner, before, out=np.zeros_like(inner), where=active)
        if estimate:
            steps.append(step)
            shrinks.append(shrink)
        P *= shrink
        P += Z
        active &= squared > goal
    final = np.linalg.norm(B - matmat(X), axis=0)
    residual = np.divide(final, norms, out=np.zeros_like(final), where=norms > 0)
    smallest = _smallest_met(steps, shrinks, B.shape[1]) if estimate else None
    return Solution(
        value=X,
        method="cg",
        converged=bool((squared <= goal).all()),
        n_iter=n_iter,
        residual=residual,
        smallest=smallest,
        definite=definite,
    )


def _smallest_met(steps, shrinks, n_columns):
    """Smallest eigenvalue of each column's Lanczos matrix (Y. Saad, 6.7.3)."""
    steps = np.reshape(steps, (-1, n_columns)).astype(np.float64)
    shrinks = np.reshape(shrinks, (-1, n_columns)).astype(np.float64)
    smallest = np.ones(n_columns)
    for k in range(n_columns):
        moved = steps[:, k] > 0
        if not moved.any():
            continue
        step, shrink = steps[moved, k], shrinks[moved, k][:-1]
        diagonal = 1 / step
        diagonal[1:] += shrink / step[:-1]
        beside = np.sqrt(shrink) / step[:-1]
        if len(diagonal) == 1:  # SciPy 1.11 does not take a matrix of one entry
            smallest[k] = diagonal[0]
            continue
        smallest[k] = linalg.eigvalsh_tridiagonal(
            diagonal, beside, select="i", select_range=(0, 0)
        )[0]
    return smallest


def warn_if_unconverged(solution):
    """Warn of a covariance that conjugate gradients left unfinished."""
    if not solution.converged:
        warn(
            "Conjugate gradients did not converge for the covariance: relative "
            f"residual {solution.residual.max():.1e}. Raise max_iter, scale the "
            "columns of X, raise alpha, or use an exact solver.",
            ConvergenceWarning,
        )


class IterativeFactor:
    """``A = M + alpha I`` known by its products only.

    Has the methods of the direct factors, and pays for every solve.  With `squares`
    the columns are scaled: the iteration is on ``D A D``, ``D^-2 = squares + alpha``.
    It goes on while the error may be above the square root of `tol`.

    Parameters
    ----------
    matmat : callable
        ``matmat(V)`` returns ``M V``.
    alphas : ndarray of shape (1,) or (n_targets,)
        Shifts.
    tol : float
        Relative tolerance of :func:`conjugate_gradient`.
    max_iter : int or None
        Steps at most.
    squares : ndarray of shape (m,), default=None
        Diagonal of M, about; None leaves the columns as they are.
    hidden : float, default=0.0
        Squared norm of columns of which some combination is mapped to zero, which the
        iteration may not have met; 0 where there is none.
    noise : float, default=0.0
        Rounding of the products with M, relative to its diagonal.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import IterativeFactor
    >>> M = np.diag([1.0, 3.0])
    >>> factor = IterativeFactor(lambda V: M @ V, np.array([1.0]), 1e-8, None)
    >>> factor.solve(np.ones((2, 1))).value.round(6).ravel()
    array([0.5 , 0.25])
    """

    method = "cg"
    rcond = 0.0  # not known

    def __init__(
        self, matmat, alphas, tol, max_iter, squares=None, *, hidden=0.0, noise=0.0
    ):
        self.matmat = matmat
        self.alphas = alphas
        self.tol = tol
        self.max_iter = max_iter
        self.squares = squares
        self.hidden, self.noise = hidden, noise
        self.definite = bool((alphas > 0).all())
        # With alpha = 0 nothing rules out a singular M; conjugate gradients
        # from zero then end in the solution of minimum norm.
        self.singular = not self.definite
        self.goal = np.sqrt(tol)

    def alphas_of(self, target):
        """The shifts that the columns of a right-hand side belong to."""
        if target is None:
            return self.alphas
        return self.alphas[target % len(self.alphas)]

    def solve(self, B, target=None, goal=None):  # goal: relative error
        """Solve for every column of B, of shape (m, n_columns)."""
        alphas = self.alphas_of(target)
        scale = self.scale(alphas)

        def scaled(V):
            V = scale * V
            return scale * (self.matmat(V) + V * alphas)

        goal = self.goal if goal is None else goal
        least = alphas / (alphas + self.hidden) if self.hidden else np.inf
        solution = self._solve(scaled, scale * B, goal, least)
        return replace(solution, value=scale * solution.value)

    pull = solve

    def smallest(self, solution):
        """Smallest eigenvalue of A that a solution has met: one a column."""
        return solution.smallest / np.square(self.scale(self.alphas)).max(axis=0)

    def scale(self, alphas):
        """D, one column for each alpha."""
        if self.squares is None:
            return np.ones((1, 1), self.alphas.dtype)
        squares = self.squares[:, None] + alphas
        one = np.ones_like(squares)
        return np.sqrt(np.divide(1, squares, out=one, where=squares > 0))

    def _solve(self, matmat, B, goal, least):
        options = {"max_iter": self.max_iter, "estimate": True}
        solution = conjugate_gradient(matmat, B, tol=self.tol, **options)
        solution = self._judged(solution, B, least)
        if not solution.converged or (solution.error <= goal).all():
            return solution
        # Of what is left, as much as is needed.
        left = B - matmat(solution.value)
        tol = 0.5 * goal / solution.error.max()
        more = conjugate_gradient(matmat, left, tol=tol, **options)
        both = replace(
            more,
            value=solution.value + more.value,
            n_iter=solution.n_iter + more.n_iter,
            residual=solution.residual * more.residual,
            smallest=np.minimum(solution.smallest, more.smallest),
        )
        both = self._judged(both, B, least)
        return replace(both, converged=bool((both.error <= goal).all()))

    def _judged(self, solution, B, least):
        """Add the estimate of the error."""
        size = np.linalg.norm(solution.value, axis=0)
        off = solution.residual * np.linalg.norm(B, axis=0) + self.noise * size
        size *= np.minimum(solution.smallest, least)
        # Eigenvalues below zero are rounding: nothing is known then.
        error = np.where(off > 0, np.inf, 0)
        error = np.divide(off, size, out=error, where=size > 0)
        return replace(solution, error=error)

    def quadratic(self, B, target=None):
        """``diag(B^T A^-1 B)``, by solving for every column of B."""
        solution = self.solve(B, target)
        warn_if_unconverged(solution)
        return np.einsum("ij,ij->j", B, solution.value)
