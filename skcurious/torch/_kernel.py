"""The tangent kernel of a module, and the Woodbury inverse built on it.

With D the penalty and the damping, J the gradients of n training rows, and S the
roots of their weights,

    k(x, z) = grad f(x)^T D^-1 grad f(z),    A = I + S k(X, X) S
    H^-1 v = D^-1 v - D^-1 J^T S A^-1 S J D^-1 v
    h(x, z) = k(x, z) - k(x, X) S A^-1 S k(X, z)

Gradients are not formed where layers know better; see :mod:`._layers`.
"""

import numpy as np
import torch

from skcurious.tangent._rounding import warn_of_few_digits
from skcurious.tangent._solution import Solution
from skcurious.torch._capture import is_cheap
from skcurious.torch._tensors import most_precise, numpy_dtype, to_numpy

OVERFLOW = (
    "The tangent kernel of the module is not finite, or lost all its digits. Raise "
    "alpha or damping, or scale X."
)

# Directions along which derivatives are taken one by one.
FEW = 8


def representers(solve, others):
    """``H^-1 grad f(z)``, of shape (n_params, m, n_outputs)."""
    m, k = others.shape
    return solve(others.jacobian().reshape(m * k, -1).T).value.reshape(-1, m, k)


def meet(rows, found):
    """``grad f(x)^T H^-1 grad f(z)``, of shape (n, n_outputs, m, n_outputs)."""
    m, k = found.shape[1:]
    if m * k <= FEW:
        h = rows.jvp_many(found.reshape(-1, m * k))
    else:  # as many passes as a Jacobian is not worth
        h = rows.jacobian() @ found.reshape(-1, m * k)
    return h.reshape(*rows.shape, m, k)


class TangentKernelFactor:
    """Inverse of ``H = D + J^T S^2 J`` from as many numbers as labels, squared.

    Parameters
    ----------
    training : TrainingRows
        All training rows, or a sample of them.
    diagonal : Diagonal
        D, positive.
    for_all : bool, default=False
        Whether it is to be near the matrix of all rows that a sample stands for,
        where that of the sample is not: see :meth:`_soften`.
    """

    method = "dual"
    definite = True

    def __init__(self, training, diagonal, for_all=False):
        self.training, self.diagonal = training, diagonal
        self.by_name = diagonal.by_name()
        network = training.network
        # A is factorised in float64 whatever its kernel was computed in.
        self.precise = most_precise(network.device)
        roots = training.weights.to(network.device, self.precise).sqrt()
        self.roots = roots.repeat_interleave(training.y.shape[1])[:, None]
        columns = [self._seen(rows) for rows, *_ in training]
        A = torch.cat(columns, dim=1).mul_(self.roots.T)
        self.row_size = len(A)
        A.diagonal().add_(1.0)
        self.lower = self._factorise(A)
        if for_all:
            self._soften(A)

    def _factorise(self, A):
        lower, failed = torch.linalg.cholesky_ex(A)
        if int(failed) or not torch.isfinite(lower).all():
            raise ValueError(OVERFLOW)
        return lower

    def _soften(self, A):
        """Raise D to what a sample of m values tells of directions it hardly sees.

        Of these all rows see more than D, where the sample sees nothing, and less
        than a row of it, which stands for several, says. In between lie the
        eigenvalues of A in their lower half. Their harmonic mean is about the median,
        and takes no more than the factor: c = m / trace(A^-1) >= 1, and c D for D.
        """
        identity = torch.eye(len(A), dtype=A.dtype, device=A.device)
        inverse = torch.linalg.solve_triangular(self.lower, identity, upper=False)
        factor = len(A) / float(inverse.square().sum())
        del identity, inverse
        self.diagonal = self.diagonal.times(factor)
        self.by_name = self.diagonal.by_name()
        A.diagonal().sub_(1.0)
        A /= factor
        A.diagonal().add_(1.0)
        self.lower = self._factorise(A)

    def _seen(self, rows):
        """``S k(X, x)``, of shape (training values, values of the rows)."""
        parts = []
        for features in self.training.features():
            kernel = features.kernel(rows.features, self.by_name)
            parts.append(kernel.flatten(2).flatten(0, 1).to(self.precise))
        seen = parts[0] if len(parts) == 1 else torch.cat(parts)
        return seen.mul_(self.roots)

    def solve(self, B):
        """``H^-1 B`` for every column of B, of shape (n_params, n_columns)."""
        given, B = B.dtype, B.to(self.training.network.dtype)
        D = self.diagonal.flat(B)
        scaled = B / D
        inner = torch.cat([rows.jvp_many(scaled) for rows, *_ in self.training])
        shape = inner.shape
        inner = self.roots * inner.reshape(-1, B.shape[1]).to(self.precise)
        inner = self.roots * torch.cholesky_solve(inner, self.lower)
        inner = inner.to(B.dtype).reshape(shape)
        for where, (rows, *_) in zip(self.training.slices, self.training, strict=True):
            scaled -= rows.vjp_many(inner[where]) / D
        return Solution(scaled.to(given), self.method)

    def representers(self, others):
        """z, and ``A^-1 S k(X, z)``; of few z ``H^-1 grad f(z)``."""
        if self._are_few(others):
            return None, representers(self.solve, others)
        return others, torch.cholesky_solve(self._seen(others), self.lower)

    def _are_few(self, others):
        """Whether a product with a direction takes less than the kernel of all labels.

        As when one row after the other is chosen, and the same pool asked each time.
        """
        m, k = others.shape
        network = others.network
        numbers = self.row_size * others.features.row_size
        few = m * k <= FEW and m * k * network.n_params <= numbers
        return few and is_cheap(network, others.x)

    def leverage(self, rows, representers):
        """``h(x, z)``, of shape (n, n_outputs, m, n_outputs)."""
        others, solved = representers
        if others is None:
            _ = rows.features  # kept for the next z
            return meet(rows, solved).to(self.precise)
        h = rows.features.kernel(others.features, self.by_name).to(self.precise)
        return h - (self._seen(rows).T @ solved).reshape(h.shape)

    def leverage_diagonal(self, rows):
        """``h(x, x)``, of shape (n, n_outputs, n_outputs)."""
        own = rows.features.own_kernel(self.by_name).to(self.precise)
        half = torch.linalg.solve_triangular(
            self.lower, self._seen(rows), upper=False
        ).reshape(-1, *rows.shape)
        h = own - torch.einsum("anj,ank->njk", half, half)
        dtype = numpy_dtype(self.training.network.dtype)  # of the kernel
        each, size = (
            to_numpy(blocks.diagonal(dim1=1, dim2=2)).astype(dtype)
            for blocks in (h, own)
        )
        warn_of_few_digits(each, np.finfo(dtype).eps * size)
        return h
