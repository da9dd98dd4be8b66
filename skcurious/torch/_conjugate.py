"""Conjugate gradients on tensors, for many right-hand sides at once.

As :func:`skcurious.tangent.conjugate_gradient`, on any device. Inner products are
summed in float64 also where vectors are not. Where products of few digits are cheaper
they find the solution, and residuals of all digits what is left of it.
"""

from dataclasses import replace

import numpy as np
import torch

from skcurious.tangent._solution import Solution
from skcurious.torch._tensors import to_numpy

# To which products of few digits are solved with at a time.
FEW_DIGITS = 0.02


def inner_products(A, B):
    """``a . b`` of each pair of columns, in float64 where the device has it."""
    if A.device.type == "mps":
        return (A * B).sum(dim=0)
    return (A * B).sum(dim=0, dtype=torch.float64)


def relative_residual(R, norms):
    """``|r| / |b|`` of each column."""
    return torch.where(norms > 0, inner_products(R, R).sqrt() / norms, 0)


def conjugate_gradient(matmat, B, *, tol, max_iter, preconditioner=None):
    """Solve ``A X = B`` for symmetric positive definite A.

    Parameters
    ----------
    matmat : callable
        ``matmat(V)`` returns ``A V``.
    B : Tensor of shape (m, n_columns)
        Right-hand sides.
    tol : float
        A column is done when its residual is below ``tol * |b|``.
    max_iter : int
        Steps at most.
    preconditioner : callable, default=None
        ``preconditioner(R)`` is an approximation of ``A^-1 R``.

    Returns
    -------
    solution : Solution
        As of :func:`skcurious.tangent.conjugate_gradient`; `value` is a tensor.

    Examples
    --------
    >>> import torch
    >>> from skcurious.torch._conjugate import conjugate_gradient
    >>> A = torch.tensor([[4.0, 1.0], [1.0, 3.0]], dtype=torch.float64)
    >>> B = torch.tensor([[1.0], [2.0]], dtype=torch.float64)
    >>> solution = conjugate_gradient(lambda V: A @ V, B, tol=1e-8, max_iter=9)
    >>> solution.value.ravel().numpy().round(6), solution.n_iter
    (array([0.090909, 0.636364]), array([2]))
    """
    X, R = torch.zeros_like(B), B.clone()
    Z = R if preconditioner is None else preconditioner(R)
    P = Z.clone()
    inner, squared = inner_products(R, Z), inner_products(R, R)
    norms = squared.sqrt()
    goal = (tol * norms) ** 2
    n_iter = torch.zeros(B.shape[1], dtype=torch.int64, device=B.device)
    active = squared > goal
    definite = True
    for _ in range(max_iter):
        if not active.any():
            break
        AP = matmat(P)
        curvature = inner_products(P, AP)
        bad = active & ~(curvature > 0)
        if bad.any():
            definite = False
            active = active & ~bad
        step = torch.where(active, inner / curvature, 0).to(B.dtype)
        X += step * P
        R -= step * AP
        n_iter += active
        squared = inner_products(R, R)
        Z = R if preconditioner is None else preconditioner(R)
        before = inner
        inner = squared if Z is R else inner_products(R, Z)
        P = Z + P * torch.where(active, inner / before, 0).to(B.dtype)
        active = active & (squared > goal)
    residual = relative_residual(B - matmat(X), norms)
    return Solution(
        value=X,
        method="cg",
        converged=bool((squared <= goal).all()),
        n_iter=to_numpy(n_iter),
        residual=to_numpy(residual),
        definite=definite,
    )


def refined_conjugate_gradient(fast, exact, B, *, tol, max_iter, preconditioner=None):
    """Conjugate gradients on products of few digits, refined by exact residuals.

        X <- X + CG(fast, B - A X)

    until the residual with exact products is small. Where a refinement does not halve
    it, products of few digits have no more to tell, and exact ones take over.

    Parameters
    ----------
    fast, exact : callable
        ``A V``, with few digits and with all.
    B : Tensor of shape (m, n_columns)
        Right-hand sides.
    tol, max_iter, preconditioner : float, int and callable
        As for :func:`conjugate_gradient`.

    Returns
    -------
    solution : Solution
        Its residual is exact, and its iterations are those of both kinds.
    """
    norms = inner_products(B, B).sqrt()
    X, R, n_iter = torch.zeros_like(B), B, np.zeros(B.shape[1], dtype=np.int64)
    left, matmat, definite = relative_residual(B, norms), fast, True
    while True:
        goal = 0.9 * tol / float(left.max().clamp(min=tol))
        step = conjugate_gradient(
            matmat,
            R,
            tol=goal if matmat is exact else max(goal, FEW_DIGITS),
            max_iter=max_iter - int(n_iter.max()),
            preconditioner=preconditioner,
        )
        X, n_iter = X + step.value, n_iter + step.n_iter
        definite = definite and step.definite
        R = B - exact(X)
        before, left = left, relative_residual(R, norms)
        converged = bool((left <= tol).all())
        if converged or matmat is exact or n_iter.max() >= max_iter:
            break
        if not left.max() < before.max() / 2:
            matmat = exact
    return replace(
        step,
        value=X,
        converged=converged,
        n_iter=n_iter,
        residual=to_numpy(left),
        definite=definite,
    )
