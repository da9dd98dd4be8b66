"""Learned kernels against scikit-learn's regressor, and where learning fails."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import LinAlgError
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, DotProduct, Matern, WhiteKernel

from skcurious.gaussian_process import (
    NegativeLogLikelihood,
    _learning,
    auto_kernel,
    dimension_scaled_prior,
    learn_kernel,
)


def table(rng, n=40, p=2):
    X = rng.standard_normal((n, p))
    y = np.sin(2 * X[:, 0]) + 0.5 * X[:, 1] + 0.3 * rng.standard_normal(n)
    return X, y - y.mean()


def ard(p=2):
    return 1.0 * Matern(np.ones(p), nu=2.5) + WhiteKernel(0.1)


@pytest.mark.parametrize("n_restarts", [0, 3])
def test_as_scikit_learn_from_the_same_starts(rng, n_restarts):
    X, y = table(rng)
    kernel = 1.0 * RBF(100.0) + WhiteKernel(5.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = GaussianProcessRegressor(
            kernel, n_restarts_optimizer=n_restarts, random_state=5
        ).fit(X, y)
        learned = learn_kernel(kernel, X, y, 1e-10, n_restarts=n_restarts, rng=5)
    expected = model.log_marginal_likelihood_value_
    assert_allclose(learned.log_evidence, expected, rtol=1e-6)
    assert_allclose(learned.kernel.theta, model.kernel_.theta, rtol=1e-2)


def test_random_starts_are_those_of_scikit_learn(rng):
    X, y = table(rng)
    seen = {"theirs": [], "ours": []}

    def stay(seen):
        def optimizer(objective, theta, bounds):
            seen.append(theta)
            return theta, objective(theta, eval_gradient=False)

        return optimizer

    GaussianProcessRegressor(
        ard(), optimizer=stay(seen["theirs"]), n_restarts_optimizer=3, random_state=5
    ).fit(X, y)
    learn_kernel(ard(), X, y, optimizer=stay(seen["ours"]), n_restarts=3, rng=5)
    assert len(seen["ours"]) == 4
    assert_allclose(seen["ours"], seen["theirs"], rtol=0)


def test_restarts_find_what_one_start_does_not(rng):
    X, y = table(rng)
    kernel = 1.0 * RBF(1e-3) + WhiteKernel(5.0)  # too short to see any slope
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        one = learn_kernel(kernel, X, y)
        many = learn_kernel(kernel, X, y, n_restarts=5, rng=0)
        given = learn_kernel(kernel, X, y, starts=[np.log([1.0, 1.0, 0.1])])
    assert many.log_evidence > one.log_evidence + 1
    assert given.log_evidence > one.log_evidence + 1


def test_the_prior_is_part_of_the_objective(rng):
    X, y = table(rng, n=12)
    kernel = auto_kernel(2)
    prior = dimension_scaled_prior(kernel, 2)
    learned = learn_kernel(kernel, X, y, prior=prior)
    theta = learned.kernel.theta
    likelihood = NegativeLogLikelihood(kernel, X, y)
    value, gradient = likelihood(theta)
    assert_allclose(learned.log_evidence, -value)
    assert_allclose(learned.log_posterior, -value + prior(theta)[0])
    assert_allclose(gradient - prior(theta)[1], 0, atol=1e-2)
    # No start is better, by an optimiser that asks for no gradient.
    found = minimize(
        lambda t: likelihood(t)[0] - prior(t)[0],
        theta,
        method="Nelder-Mead",
        options={"maxiter": 400},
    )
    assert found.fun > -learned.log_posterior - 1e-3


def test_the_means_of_the_prior_are_a_start(rng):
    X, y = table(rng)
    prior = dimension_scaled_prior(ard(), 2)
    seen = []

    def optimizer(objective, theta, bounds):
        seen.append(theta)
        return theta, objective(theta, eval_gradient=False)

    learned = learn_kernel(ard(), X, y, prior=prior, optimizer=optimizer)
    assert_allclose(seen, [ard().theta, prior.mean])
    values = [NegativeLogLikelihood(ard(), X, y)(t)[0] - prior(t)[0] for t in seen]
    assert_allclose(learned.log_posterior, -min(values))


def test_a_callable_gets_gradients_like_those_of_scikit_learn(rng):
    X, y = table(rng)

    def optimizer(objective, theta, bounds):
        _, gradient = objective(theta)
        assert gradient.shape == theta.shape == (len(bounds),)
        return theta - 1e-3 * gradient, objective(theta, eval_gradient=False)

    learned = learn_kernel(ard(), X, y, optimizer=optimizer)
    assert not np.allclose(learned.kernel.theta, ard().theta)


def test_no_optimiser_keeps_the_kernel(rng):
    X, y = table(rng)
    learned = learn_kernel(ard(), X, y, optimizer=None)
    assert learned.kernel == ard()
    assert learned.n_evaluations == 1
    value, _ = NegativeLogLikelihood(ard(), X, y)(ard().theta)
    assert_allclose(learned.log_evidence, -value)


def test_nothing_to_learn(rng):
    X, y = table(rng)
    kernel = RBF(1.0, "fixed") + WhiteKernel(0.1, "fixed")
    assert learn_kernel(kernel, X, y).kernel == kernel


@pytest.mark.parametrize("alpha", [1e-10, np.linspace(0.01, 0.2, 150)])
def test_many_rows_start_where_few_of_them_ended(rng, monkeypatch, alpha):
    X, y = table(rng, n=150)
    prior = dimension_scaled_prior(ard(), 2)
    direct = learn_kernel(ard(), X, y, alpha, prior=prior)
    monkeypatch.setattr(_learning, "LARGE", 100)
    monkeypatch.setattr(_learning, "FEW", 75)
    seen = []

    class Counted(NegativeLogLikelihood):
        def __call__(self, theta):
            seen.append(len(self.Y))
            return super().__call__(theta)

    monkeypatch.setattr(_learning, "NegativeLogLikelihood", Counted)
    learned = learn_kernel(ard(), X, y, alpha, prior=prior)
    assert_allclose(learned.log_posterior, direct.log_posterior, atol=1e-3)
    assert set(seen) == {75, 150}
    assert seen == sorted(seen)
    assert learned.n_evaluations == seen.count(150) < direct.n_evaluations


def test_curvatures_are_those_of_the_objective():
    def objective(theta):
        return None, np.array([3.0, -2.0, 0.5]) * theta

    assert_allclose(_learning._curvatures(objective, np.ones(3)), [3, 0.1, 0.5])


def test_bounds_hold_in_scaled_steps(rng, monkeypatch):
    X, y = table(rng, n=150)
    monkeypatch.setattr(_learning, "LARGE", 100)
    monkeypatch.setattr(_learning, "FEW", 75)
    kernel = RBF(1.0) + WhiteKernel(2.0, (1.5, 3.0))
    with pytest.warns(ConvergenceWarning, match="k2__noise_level is close to"):
        learned = learn_kernel(kernel, X, y)
    assert_allclose(learned.kernel.k2.noise_level, 1.5)


def test_few_rows_keep_their_own_alpha(rng, monkeypatch):
    monkeypatch.setattr(_learning, "LARGE", 10)
    monkeypatch.setattr(_learning, "FEW", 8)
    y = np.arange(20.0)
    seen = []

    class Seen(NegativeLogLikelihood):
        def __call__(self, theta):
            seen.append((self.Y.ravel(), self.alpha, self.evaluate(theta)[0].diagonal))
            return super().__call__(theta)

    monkeypatch.setattr(_learning, "NegativeLogLikelihood", Seen)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        learn_kernel(DotProduct(1.0), y[:, None], y, 1 + y)
    of_few = next(entry for entry in seen if len(entry[0]) == 8)
    assert_allclose(of_few[1], 1 + of_few[0])
    assert_allclose(of_few[2], 1 + of_few[0] ** 2)


def test_many_objects_that_are_no_vectors(monkeypatch):
    monkeypatch.setattr(_learning, "LARGE", 10)
    monkeypatch.setattr(_learning, "FEW", 8)
    y = np.random.default_rng(0).standard_normal(20)
    learned = learn_kernel(WhiteKernel(3.0), list("abcdefghijklmnopqrst"), y)
    assert_allclose(learned.kernel.noise_level, np.mean(y**2), rtol=1e-4)


def test_the_kernel_is_not_changed(rng):
    X, y = table(rng)
    kernel = ard()
    learn_kernel(kernel, X, y)
    assert kernel == ard()


def test_a_step_to_where_the_matrix_is_singular(rng):
    # Long lengths without noise; on the way the matrix is not definite.
    X = np.linspace(0, 1, 40)[:, None]
    y = np.sin(6 * X)
    kernel = RBF(0.05, (1e-3, 1e3))
    infinite = []

    def counted(theta):
        value, gradient = likelihood(theta)
        infinite.append(not np.isfinite(value))
        return value, gradient

    likelihood = NegativeLogLikelihood(kernel, X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learned = learn_kernel(kernel, X, y)
        minimize(counted, kernel.theta, jac=True, method="L-BFGS-B")
    assert any(infinite)  # the case is one
    start, _ = likelihood(kernel.theta)
    assert learned.log_evidence > -start + 10
    # The last digit of theta is lost in the kernel, and the matrix is nearly singular.
    assert_allclose(
        likelihood(learned.kernel.theta)[0], -learned.log_evidence, rtol=0.05
    )


def test_never_positive_definite():
    X, y = np.zeros((5, 1)), np.arange(5.0)
    with pytest.raises(LinAlgError, match=r"alpha.*Or add a WhiteKernel, or drop"):
        learn_kernel(RBF(), X, y)
    with pytest.raises(LinAlgError, match=r"increasing the .alpha"):
        learn_kernel(RBF(), X, y, optimizer=None)
    assert np.isfinite(learn_kernel(RBF(), X, y, 0.1, optimizer=None).log_evidence)


def test_near_a_bound_as_scikit_learn_warns(rng):
    X, y = table(rng)
    kernel = RBF(1.0) + WhiteKernel(2.0, (1.5, 3.0))
    with pytest.warns(ConvergenceWarning, match="k2__noise_level is close to"):
        learn_kernel(kernel, X, y)
    learn_kernel(kernel, X, y, prior=dimension_scaled_prior(kernel, 2))


def test_not_converged(rng, monkeypatch):
    X, y = table(rng)

    def short(*arguments, **options):
        return minimize(*arguments, **options, options={"maxiter": 1})

    monkeypatch.setattr(_learning, "minimize", short)
    with pytest.warns(ConvergenceWarning, match="did not converge: STOP"):
        learned = learn_kernel(ard(), X, y)
    assert not learned.converged


def test_optimizer_of_another_name(rng):
    with pytest.raises(ValueError, match="optimizer: 'fmin_l_bfgs_b'"):
        learn_kernel(ard(), *table(rng), optimizer="adam")


def test_random_starts_need_bounds(rng):
    kernel = RBF(1.0, (1e-5, np.inf)) + WhiteKernel()
    with pytest.raises(ValueError, match=r"n_restarts: .* all bounds are finite"):
        learn_kernel(kernel, *table(rng), n_restarts=1)
