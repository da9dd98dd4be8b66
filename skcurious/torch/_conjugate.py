"""Conjugate gradients on tensors, for many right-hand sides at once.

As :func:`skcurious.tangent.conjugate_gradient`, on any device. Inner products are
summed in float64 also where vectors are not.
"""

import torch

from skcurious.tangent._solution import Solution
from skcurious.torch._tensors import to_numpy


def inner_products(A, B):
    """``a . b`` of each pair of columns, in float64 where the device has it."""
    if A.device.type == "mps":
        return (A * B).sum(dim=0)
    return (A * B).sum(dim=0, dtype=torch.float64)


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
    left = B - matmat(X)
    final = inner_products(left, left).sqrt()
    residual = torch.where(norms > 0, final / norms, 0)
    return Solution(
        value=X,
        method="cg",
        converged=bool((squared <= goal).all()),
        n_iter=to_numpy(n_iter),
        residual=to_numpy(residual),
        definite=definite,
    )
