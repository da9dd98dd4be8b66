"""Conjugate gradients on many right-hand sides at once."""

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skcurious._warnings import warn
from skcurious.tangent._solution import Solution


def conjugate_gradient(matmat, B, *, tol=1e-8, max_iter=None, preconditioner=None):
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
        P *= np.divide(inner, before, out=np.zeros_like(inner), where=active)
        P += Z
        active &= squared > goal
    final = np.linalg.norm(B - matmat(X), axis=0)
    residual = np.divide(final, norms, out=np.zeros_like(final), where=norms > 0)
    return Solution(
        value=X,
        method="cg",
        converged=bool((squared <= goal).all()),
        n_iter=n_iter,
        residual=residual,
        definite=definite,
    )


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

    Has the methods of the direct factors, and pays for every solve.

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

    def __init__(self, matmat, alphas, tol, max_iter):
        self.matmat = matmat
        self.alphas = alphas
        self.tol = tol
        self.max_iter = max_iter
        self.definite = bool((alphas > 0).all())
        # With alpha = 0 nothing rules out a singular M; conjugate gradients
        # from zero then end in the solution of minimum norm.
        self.singular = not self.definite

    def alphas_of(self, target):
        """The shifts that the columns of a right-hand side belong to."""
        if target is None:
            return self.alphas
        return self.alphas[target % len(self.alphas)]

    def solve(self, B, target=None):
        """Solve for every column of B, of shape (m, n_columns)."""
        alphas = self.alphas_of(target)
        return conjugate_gradient(
            lambda V: self.matmat(V) + V * alphas,
            B,
            tol=self.tol,
            max_iter=self.max_iter,
        )

    def quadratic(self, B, target=None):
        """``diag(B^T A^-1 B)``, by solving for every column of B."""
        solution = self.solve(B, target)
        warn_if_unconverged(solution)
        return np.einsum("ij,ij->j", B, solution.value)
