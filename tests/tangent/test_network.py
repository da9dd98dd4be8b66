"""Derivatives of networks against complex steps and dense matrices."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import (
    derivative,
    jacobian_by_complex_steps,
    network_output,
    objective_gradient,
    objective_hessian,
    unflatten,
)
from scipy import sparse

from skcurious.tangent import (
    GaussNewtonOperator,
    HessianOperator,
    JacobianOperator,
    Network,
    TrainingRows,
)
from skcurious.tangent._curvature import gradient_and_scale
from skcurious.tangent._tangent_kernel import (
    TangentKernelFactor,
    tangent_kernel,
    tangent_kernel_diagonal,
)

ACTIVATIONS = ["identity", "logistic", "tanh", "relu"]
HIDDEN = [(), (4,), (4, 3), (3, 4, 2)]


@pytest.fixture(params=ACTIVATIONS)
def activation(request):
    return request.param


@pytest.fixture(params=HIDDEN, ids=str)
def hidden(request):
    return request.param


@pytest.fixture(params=[1, 3])
def n_outputs(request):
    return request.param


def make(rng, hidden, n_outputs, activation, n=11, kind=np.asarray):
    layers = [3, *hidden, n_outputs]
    size = sum(a * b + b for a, b in itertools.pairwise(layers))
    theta = rng.standard_normal(size)
    X = rng.standard_normal((n, 3))
    network = Network(*unflatten(theta, layers), activation)
    return network, theta, X, layers


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix, sparse.csr_array])
def test_jacobian_products(rng, hidden, n_outputs, activation, kind):
    network, theta, X, layers = make(rng, hidden, n_outputs, activation)
    dense = jacobian_by_complex_steps(theta, X, layers, activation)
    rows = network.linearise(kind(X))
    assert_allclose(rows.output, network_output(theta, X, layers, activation))
    assert_allclose(rows.jacobian(), dense, rtol=1e-10, atol=1e-12)
    operator = JacobianOperator(rows)
    flat = dense.reshape(-1, len(theta))
    assert_allclose(operator @ np.eye(len(theta)), flat, rtol=1e-10, atol=1e-12)
    assert_allclose(operator.H @ np.eye(len(flat)), flat.T, rtol=1e-10, atol=1e-12)
    V = rng.standard_normal((len(theta), 4))
    assert_allclose(rows.jvp_many(V), dense @ V, rtol=1e-9, atol=1e-11)
    U = rng.standard_normal((11, n_outputs, 4))
    expected = np.einsum("nkp,nkm->pm", dense, U)
    assert_allclose(rows.vjp_many(U), expected, rtol=1e-9, atol=1e-11)
    u = rng.standard_normal((11, n_outputs))
    assert_allclose(
        rows.squared_gradient_norms(u),
        (np.einsum("ik,ikp->ip", u, dense) ** 2).sum(axis=1),
    )


def test_jvp_is_a_slope(rng, hidden, n_outputs, activation):
    # Independent of complex steps: a line fitted through several outputs.
    network, theta, X, layers = make(rng, hidden, n_outputs, activation)
    v = rng.standard_normal(len(theta))
    h = 1e-4 * np.arange(-3, 4)
    values = [network_output(theta + s * v, X, layers, activation) for s in h]
    slopes = np.polyfit(h, np.reshape(values, (7, -1)), 3)[-2]
    tol = 1e-6 if activation != "relu" else 1e-3
    assert_allclose(network.linearise(X).jvp(v).ravel(), slopes, rtol=tol, atol=tol)


@pytest.mark.covering(2)
@pytest.mark.parametrize("chunk_size", [4, 100])
def test_curvature(rng, hidden, n_outputs, activation, chunk_size):
    network, theta, X, layers = make(rng, hidden, n_outputs, activation)
    Y = rng.standard_normal((11, n_outputs))
    weights = rng.uniform(0.5, 2, 11)
    problem = (X, Y, weights, 0.7, layers, activation)
    training = TrainingRows(network, X, Y, weights, chunk_size)
    diagonal = np.zeros(len(theta))
    diagonal[: network.n_weights] = 0.7
    eye = np.eye(len(theta))

    J = jacobian_by_complex_steps(theta, X, layers, activation)
    expected = np.einsum("ikp,i,ikq->pq", J, weights, J) + np.diag(diagonal)
    operator = GaussNewtonOperator(training, diagonal)
    G = operator @ eye
    scale = np.abs(expected).max()
    assert_allclose(G, expected, rtol=1e-6, atol=1e-12 * scale)
    each = np.column_stack([operator.matvec(e) for e in eye])
    assert_allclose(G, each, rtol=1e-10, atol=1e-12 * scale)
    assert np.abs(G - G.T).max() <= 1e-12 * scale
    assert np.linalg.eigvalsh(G)[0] >= -1e-12 * scale
    assert_allclose(operator.dense(), expected, rtol=1e-9, atol=1e-12 * scale)
    assert_allclose(operator.jacobi(), expected.diagonal(), rtol=1e-10)

    H = HessianOperator(training, diagonal) @ eye
    assert np.abs(H - H.T).max() <= 1e-12 * np.abs(H).max()
    assert_allclose(
        H, objective_hessian(theta, *problem), rtol=1e-6, atol=1e-7 * np.abs(H).max()
    )
    # Along one direction, as the slope of the gradient.
    v = rng.standard_normal(len(theta))
    slope = derivative(
        lambda s: objective_gradient(theta + (s - 1) * v, *problem), 1.0, 1e-4
    )
    assert_allclose(H @ v, slope, rtol=1e-6, atol=1e-7 * np.abs(slope).max())

    gradient, total = gradient_and_scale(training, diagonal)
    expected = objective_gradient(theta, *problem)
    assert_allclose(gradient, expected, rtol=1e-9, atol=1e-10)
    residual = network_output(theta, X, layers, activation) - Y
    parts = np.einsum("ik,ikp->ip", weights[:, None] * residual, J)
    pull = np.linalg.norm(diagonal * theta)
    assert_allclose(total, np.linalg.norm(parts, axis=1).sum() + pull)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_tangent_kernel(rng, hidden, n_outputs, activation, kind):
    network, theta, X, layers = make(rng, hidden, n_outputs, activation)
    Z = rng.standard_normal((4, 3))
    weights = rng.uniform(0.5, 2, 11)
    D = np.full(len(theta), 0.2)
    D[: network.n_weights] = 0.7
    J = jacobian_by_complex_steps(theta, X, layers, activation).reshape(-1, len(theta))
    J_z = jacobian_by_complex_steps(theta, Z, layers, activation)
    J_z = J_z.reshape(-1, len(theta))
    rows, others = network.linearise(kind(X)), network.linearise(kind(Z))
    kernel = tangent_kernel(rows, others, 0.7, 0.2)
    assert_allclose(kernel.reshape(len(J), -1), J / D @ J_z.T, rtol=1e-9, atol=1e-10)
    J_x = J.reshape(len(X), n_outputs, -1)
    assert_allclose(
        tangent_kernel_diagonal(rows, 0.7, 0.2),
        np.einsum("njp,nkp->njk", J_x / D, J_x),
        rtol=1e-9,
        atol=1e-12,
    )

    G = (J.T * np.repeat(weights, n_outputs)) @ J + np.diag(D)
    factor = TangentKernelFactor(rows, weights, 0.7, 0.2)
    B = rng.standard_normal((len(theta), 3))
    assert_allclose(factor.solve(B).value, np.linalg.solve(G, B), rtol=1e-7, atol=1e-9)
    h = J_z @ np.linalg.solve(G, J_z.T)
    assert_allclose(
        factor.leverage(others, factor.representers(others)).reshape(h.shape),
        h,
        rtol=1e-8,
        atol=1e-9,
    )
    assert_allclose(
        factor.leverage_diagonal(others),
        np.einsum("ijik->ijk", h.reshape(4, n_outputs, 4, n_outputs)),
        rtol=1e-8,
        atol=1e-9,
    )
