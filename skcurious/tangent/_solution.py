"""What a linear solve returns: the value, and how far to trust it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Solution:
    """The result of solving ``A X = B``, one column of B at a time.

    Attributes
    ----------
    value : ndarray of the shape of B
        X.
    method : str
        How it was found: ``"cholesky"``, ``"svd"``, ``"woodbury"``, ``"cg"``.
    converged : bool
        False when an iteration stopped before it reached its tolerance.
    n_iter : ndarray of shape (n_columns,) or None
        Iterations spent on each column; None for a direct solve.
    residual : ndarray of shape (n_columns,) or None
        ``||b - A x|| / ||b||`` of each column, from one product with A made
        after the last iteration; None for a direct solve, which needs none.
    error : ndarray of shape (n_columns,) or None
        Estimate of ``||x - x*|| / ||x*||`` of each column, in the coordinates of the
        iteration; None where none was asked for.
    smallest : ndarray of shape (n_columns,) or None
        The smallest eigenvalue that the iteration met; None where none was asked for.
    definite : bool
        False when a direction of negative curvature was met, so that the
        point the curvature belongs to is not a minimum.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import CholeskyFactor
    >>> factor = CholeskyFactor.try_factorise(np.array([[3.0]]), alpha=1.0)
    >>> solution = factor.solve(np.array([[2.0]]))
    >>> solution.value, solution.method
    (array([[0.5]]), 'cholesky')
    """

    value: np.ndarray
    method: str
    converged: bool = True
    n_iter: np.ndarray | None = None
    residual: np.ndarray | None = None
    error: np.ndarray | None = None
    smallest: np.ndarray | None = None
    definite: bool = True
