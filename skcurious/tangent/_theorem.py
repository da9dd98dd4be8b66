"""The implicit function theorem, as the rest of the package uses it."""

from dataclasses import replace


def implicit_tangent(solve, rho):
    """Derivative of an optimum with respect to whatever moves its gradient.

    At an optimum ``g(theta, s) = 0``.  Differentiating in s gives
    ``H dtheta/ds + rho = 0`` with ``H = dg/dtheta`` and ``rho = dg/ds``, so

        dtheta/ds = -H^-1 rho

    This function is the only place in the package where the minus sign is
    written.

    Parameters
    ----------
    solve : callable
        ``solve(B)`` returns the :class:`Solution` of ``H X = B``.
    rho : ndarray of shape (n_parameters, n_columns)
        ``dg/ds``; one column for each thing that moves.

    Returns
    -------
    tangent : Solution
        Its value has the shape of `rho`.

    Examples
    --------
    The mean shrunk by ``s`` minimises ``sum((theta - y)**2) / 2 + s theta**2
    / 2``; with three ones and s = 1 it is 3/4 and its derivative -3/16:

    >>> import numpy as np
    >>> from skcurious.tangent import CholeskyFactor, implicit_tangent
    >>> factor = CholeskyFactor.try_factorise(np.array([[3.0]]), alpha=1.0)
    >>> theta = factor.solve(np.array([[3.0]])).value
    >>> implicit_tangent(factor.solve, theta).value
    array([[-0.1875]])
    """
    solution = solve(rho)
    return replace(solution, value=-solution.value)
