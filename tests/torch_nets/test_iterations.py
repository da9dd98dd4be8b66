"""Conjugate gradients: what a sample of rows is worth, and products of few digits."""

import numpy as np
import pytest
from torch_modules import nn, torch

from skcurious.torch import _solve
from skcurious.torch._conjugate import conjugate_gradient, refined_conjugate_gradient
from skcurious.torch._curvature import Diagonal, GaussNewton, TrainingRows
from skcurious.torch._kernel import TangentKernelFactor
from skcurious.torch._network import TorchNetwork


def rows(n=600, size=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, size, dtype=torch.float64, generator=generator)
    torch.manual_seed(seed)
    module = nn.Sequential(nn.Linear(size, 30), nn.Tanh(), nn.Linear(30, 1)).double()
    for p in module.parameters():
        p.data *= 2
    network = TorchNetwork(module)
    return TrainingRows(network, x, torch.zeros(n, 1).double(), 2**30)


def iterations(training, preconditioner, diagonal, tol=1e-6):
    solution = conjugate_gradient(
        GaussNewton(training, diagonal).matmat,
        training.network.penalised_parameters[:, None],
        tol=tol,
        max_iter=500,
        preconditioner=lambda R: preconditioner.solve(R).value,
    )
    assert solution.converged
    return int(solution.n_iter[0])


def test_a_sample_that_knows_what_it_does_not_see(monkeypatch):
    monkeypatch.setattr(_solve, "LARGEST_FACTOR", 60)
    training = rows()
    diagonal = Diagonal(training.network.layout, 0.06, 0.06)
    softened = _solve.make_preconditioner(training, diagonal)
    assert softened.row_size == 60
    plain = TangentKernelFactor(softened.training, diagonal)
    few, many = (iterations(training, p, diagonal) for p in (softened, plain))
    assert few < 0.75 * many
    # By the formula: the harmonic mean of the eigenvalues.
    J = torch.cat([r.jacobian()[:, 0] for r, *_ in softened.training])
    kernel = J @ J.T / diagonal.on_penalised * (600 / 60)
    values = 1 + torch.linalg.eigvalsh(kernel)
    factor = softened.diagonal.on_penalised / diagonal.on_penalised
    assert factor == pytest.approx(60 / float((1 / values).sum()), rel=1e-8)


def test_with_all_rows_one_iteration_is_enough():
    training = rows(50)
    diagonal = Diagonal(training.network.layout, 0.1, 0.1)
    exact = _solve.make_preconditioner(training, diagonal)
    assert exact.row_size == 50
    assert iterations(training, exact, diagonal) == 1


def test_sample_size():
    assert _solve.sample_size(3_000, 1, 2**30) == 3_000
    assert _solve.sample_size(50_000, 2, 2**30) == 2_000
    assert _solve.sample_size(1_000_000, 1, 2**33) == 20_000
    assert _solve.sample_size(1_000_000, 1, 2**30) == 8_192  # two matrices fit


def spread(condition, n=120):
    generator = torch.Generator().manual_seed(0)
    normal = torch.randn(n, n, dtype=torch.float64, generator=generator)
    Q, _ = torch.linalg.qr(normal)
    A = (Q * torch.logspace(0, np.log10(condition), n, dtype=torch.float64)) @ Q.T
    error = 1e-3 * torch.linalg.matrix_norm(A) / n * (normal + normal.T)
    B = torch.randn(n, 2, dtype=torch.float64, generator=generator)
    return A, A + error, B


@pytest.mark.parametrize("condition", [10, 1e4])
def test_products_of_few_digits_are_refined(condition):
    A, rough, B = spread(condition)
    exact = []

    def multiply(V):
        exact.append(V)
        return A @ V

    solution = refined_conjugate_gradient(
        lambda V: rough @ V, multiply, B, tol=1e-5, max_iter=2_000
    )
    assert solution.converged
    left = torch.linalg.vector_norm(B - A @ solution.value, dim=0)
    left /= torch.linalg.vector_norm(B, dim=0)
    np.testing.assert_allclose(solution.residual, left, rtol=1e-8)
    assert left.max() <= 1e-5
    if condition == 10:  # hardly any exact product is needed
        assert len(exact) <= 6
    alone = conjugate_gradient(lambda V: rough @ V, B, tol=1e-5, max_iter=2_000)
    assert torch.linalg.vector_norm(B - A @ alone.value) > 1e-4


def test_it_says_when_it_did_not_converge():
    A, rough, B = spread(1e4)
    solution = refined_conjugate_gradient(
        lambda V: rough @ V, lambda V: A @ V, B, tol=1e-9, max_iter=20
    )
    assert not solution.converged
    assert solution.n_iter.max() <= 20
