"""The tangent kernel of a module, and the Woodbury inverse built on it.

With D the penalty and the damping, and J the gradients of n training rows,

    k(x, z) = grad f(x)^T D^-1 grad f(z),    A = I + k(X, X)
    H^-1 v = D^-1 v - D^-1 J^T A^-1 J D^-1 v
    h(x, z) = k(x, z) - k(x, X) A^-1 k(X, z)

Gradients are not formed where layers know better; see :mod:`._layers`. A weight w on
all training rows (a sample that stands for more) is one for its gradients, sqrt(w).
"""

import numpy as np
import torch

from skcurious.tangent._rounding import warn_of_few_digits
from skcurious.tangent._solution import Solution
from skcurious.torch._tensors import most_precise, numpy_dtype, to_numpy

OVERFLOW = (
    "The tangent kernel of the module is not finite, or lost all its digits. Raise "
    "alpha or damping, or scale X."
)


def representers(solve, others):
    """``H^-1 grad f(z)``, of shape (n_params, m, n_outputs)."""
    m, k = others.shape
    return solve(others.jacobian().reshape(m * k, -1).T).value.reshape(-1, m, k)


def meet(rows, found):
    """``grad f(x)^T H^-1 grad f(z)``, of shape (n, n_outputs, m, n_outputs)."""
    m, k = found.shape[1:]
    if m * k <= 8:
        h = rows.jvp_many(found.reshape(-1, m * k))
    else:  # as many passes as a Jacobian is not worth
        h = rows.jacobian() @ found.reshape(-1, m * k)
    return h.reshape(*rows.shape, m, k)


class TangentKernelFactor:
    """Inverse of ``H = D + w J^T J`` from as many numbers as labels, squared.

    Parameters
    ----------
    training : TrainingRows
        All training rows, or a sample of them.
    diagonal : Diagonal
        D, positive.
    weight : float, default=1.0
        w, of every row.
    """

    method = "dual"
    definite = True

    def __init__(self, training, diagonal, weight=1.0):
        self.training, self.diagonal, self.weight = training, diagonal, weight
        self.by_name = diagonal.by_name()
        network = training.network
        # A is factorised in float64 whatever its kernel was computed in.
        self.precise = most_precise(network.device)
        columns = [self._seen(rows) for rows, _ in training]
        A = torch.cat(columns, dim=1).mul_(weight)
        self.row_size = len(A)
        A.diagonal().add_(1.0)
        self.lower, failed = torch.linalg.cholesky_ex(A)
        if int(failed) or not torch.isfinite(self.lower).all():
            raise ValueError(OVERFLOW)

    def _seen(self, rows):
        """``k(X, x)``, of shape (training values, values of the rows)."""
        parts = []
        for features in self.training.features():
            kernel = features.kernel(rows.features, self.by_name)
            parts.append(kernel.flatten(2).flatten(0, 1).to(self.precise))
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def solve(self, B):
        """``H^-1 B`` for every column of B, of shape (n_params, n_columns)."""
        given, B = B.dtype, B.to(self.training.network.dtype)
        D = self.diagonal.flat(B)
        scaled = B / D
        inner = torch.cat([rows.jvp_many(scaled) for rows, _ in self.training])
        shape = inner.shape
        inner = inner.reshape(-1, B.shape[1]).to(self.precise)
        inner = self.weight * torch.cholesky_solve(inner, self.lower)
        inner = inner.to(B.dtype).reshape(shape)
        for where, (rows, _) in zip(self.training.slices, self.training, strict=True):
            scaled -= rows.vjp_many(inner[where]) / D
        return Solution(scaled.to(given), self.method)

    def representers(self, others):
        """z, and ``A^-1 k(X, z)``."""
        return others, torch.cholesky_solve(self._seen(others), self.lower)

    def leverage(self, rows, representers):
        """``h(x, z)``, of shape (n, n_outputs, m, n_outputs)."""
        others, solved = representers
        h = rows.features.kernel(others.features, self.by_name).to(self.precise)
        return h - self.weight * (self._seen(rows).T @ solved).reshape(h.shape)

    def leverage_diagonal(self, rows):
        """``h(x, x)``, of shape (n, n_outputs, n_outputs)."""
        own = rows.features.own_kernel(self.by_name).to(self.precise)
        half = torch.linalg.solve_triangular(
            self.lower, self._seen(rows), upper=False
        ).reshape(-1, *rows.shape)
        h = own - self.weight * torch.einsum("anj,ank->njk", half, half)
        dtype = numpy_dtype(self.training.network.dtype)  # of the kernel
        each, size = (
            to_numpy(blocks.diagonal(dim1=1, dim2=2)).astype(dtype)
            for blocks in (h, own)
        )
        warn_of_few_digits(each, np.finfo(dtype).eps * size)
        return h
