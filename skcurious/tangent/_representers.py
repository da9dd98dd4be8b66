"""Leverages of a network by way of its parameters."""

import numpy as np

from skcurious.tangent._iterative import warn_if_unconverged


def solve_gradients(solve, others):
    """``H^-1 grad f(z)`` of rows z, of shape (n_params, m, n_outputs)."""
    m, k = others.shape
    solution = solve(others.jacobian().reshape(m * k, -1).T)
    warn_if_unconverged(solution)
    return solution.value.reshape(-1, m, k)


def meet(rows, representers):
    """``grad f(x)^T H^-1 grad f(z)``, of shape (n, n_outputs, m, n_outputs)."""
    (n, k), m = rows.shape, representers.shape[1]
    columns = representers.reshape(-1, m * k)
    # All directions at once take n * m * k * width numbers: some at a time.
    step = max(2**24 // max(n * rows.network.width, 1), 1)
    h = np.empty((n, k, m * k))
    for start in range(0, m * k, step):
        some = slice(start, start + step)
        h[:, :, some] = rows.jvp_many(columns[:, some])
    return h.reshape(n, k, m, k)
