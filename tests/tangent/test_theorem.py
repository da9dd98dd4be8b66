"""The implicit function theorem on a problem that is not quadratic."""

import numpy as np
from numpy.testing import assert_allclose
from reference import derivative
from scipy.optimize import root

from skcurious.tangent import Solution, implicit_tangent


def test_tangent_of_a_nonlinear_optimum(rng):
    X, y = rng.standard_normal((20, 3)), rng.standard_normal(20)

    def gradient(theta, s):  # logistic loss with a quartic penalty
        return X.T @ (1 / (1 + np.exp(-X @ theta)) - (y > 0)) + s * theta**3

    def optimum(s):
        return root(gradient, np.ones(3), args=(s,), tol=1e-14).x

    theta = optimum(2.0)
    p = 1 / (1 + np.exp(-X @ theta))
    H = (X * (p * (1 - p))[:, None]).T @ X + np.diag(3 * 2.0 * theta**2)
    tangent = implicit_tangent(
        lambda B: Solution(np.linalg.solve(H, B), "dense"), theta[:, None] ** 3
    )
    assert tangent.method == "dense"
    assert_allclose(tangent.value[:, 0], derivative(optimum, 2.0), rtol=1e-7)
