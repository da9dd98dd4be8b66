"""The regularity tangent of a trained network, by implicit differentiation.

    curvature . t = -rho,    rho = grad C(theta)

Four solvers: conjugate gradients (any size, both curvatures), and for the
Gauss-Newton matrix a Cholesky factor of the matrix itself ("primal") or of
the tangent kernel ("dual"), or minibatches ("lissa").
"""

from dataclasses import dataclass, replace

import numpy as np

from skcurious.tangent._curvature import (
    GaussNewtonOperator,
    HessianOperator,
    TrainingRows,
    gradient_and_scale,
)
from skcurious.tangent._factor import CholeskyFactor
from skcurious.tangent._forward import lissa
from skcurious.tangent._network_factor import (
    DiagonalFactor,
    IterativeNetworkFactor,
    NoFactor,
    PrimalFactor,
)
from skcurious.tangent._solution import Solution
from skcurious.tangent._tangent_kernel import TangentKernelFactor
from skcurious.tangent._theorem import implicit_tangent

# Rows of a minibatch of "lissa", and its independent repetitions.
LISSA_ROWS, LISSA_REPEATS = 500, 2

# The largest matrix that solver="auto" factorises.
LARGEST_FACTOR = 4000

SINGULAR = (
    "The Gauss-Newton matrix of the network is singular: some parameters are seen "
    "neither by the data nor by the penalty. Use damping='auto' with alpha > 0, or a "
    "positive damping."
)
ILL_CONDITIONED = (
    "The Gauss-Newton matrix of the network is too ill-conditioned to factorise. "
    "Scale X and y, for instance with StandardScaler and TransformedTargetRegressor, "
    "or raise alpha or damping."
)


@dataclass
class NetworkTangent:
    """What :func:`solve_network` returns.

    ``solution`` holds dtheta/ds, in one column or one for each layer;
    ``factor`` gives the covariance; ``hessian`` solves with the Hessian, if it
    was asked for, and both are None without a covariance; ``stationarity`` is
    the gradient's norm over the sum of the norms of its parts, 0 at an optimum
    and 1 when nothing cancels.
    """

    solution: Solution
    factor: object
    hessian: object
    stationarity: float


def make_preconditioner(training, on_weights, on_intercepts):
    """An approximate inverse of the Gauss-Newton matrix for conjugate gradients.

    The tangent kernel of a sample of the training rows, each standing for
    several: a factor of bounded size that knows the stiff directions. It needs
    D to be positive; else the diagonal has to do.
    """
    if min(on_weights, on_intercepts) > 0:
        n_samples, n_outputs = training.Y.shape
        size = min(n_samples, max(LARGEST_FACTOR // n_outputs, 1))
        some = np.sort(np.random.RandomState(0).permutation(n_samples)[:size])
        weights = training.weights[some]
        if weights.any():
            weights = weights * (training.weights.sum() / weights.sum())
            rows = training.network.linearise(
                training.X[some].astype(np.float64, copy=False)
            )
            return TangentKernelFactor(rows, weights, on_weights, on_intercepts)
    diagonal = spread(training.network, on_weights, on_intercepts)
    diagonal = GaussNewtonOperator(training, diagonal).jacobi()
    # A unit that the penalty has shut down, or that no row reaches, leaves its
    # intercept free: flat in the curvature, and zero on the right.
    diagonal[diagonal <= np.finfo(float).eps * diagonal.max()] = diagonal.max() or 1.0
    return DiagonalFactor(diagonal)


def refined(solve, operator, B):
    """A direct solve, its residual, and what it leaves solved again.

    The dual form subtracts vectors of the size 1 / alpha; up to three steps of
    iterative refinement bring back the digits.
    """
    size = np.linalg.norm(B, axis=0)
    with operator.few_threads(B.shape[1]):
        solution, left = solve(B), np.inf
        X = solution.value
        for step in range(4):
            R = B - operator.matmat(X)
            before, left = left, np.linalg.norm(R, axis=0)
            done = (left <= 1e-12 * size).all() or not (left < before / 2).all()
            if done or step == 3:
                break
            X = X + solve(R).value
    residual = np.divide(left, size, out=np.zeros_like(left), where=size > 0)
    return replace(solution, value=X, residual=residual)


def choose_solver(network, n_values, on_weights, on_intercepts):
    """What ``"auto"`` is: the cheapest exact factor that is small enough."""
    n_params = network.n_params
    if n_params <= min(n_values, LARGEST_FACTOR):
        return "primal"
    if n_values <= LARGEST_FACTOR and min(on_weights, on_intercepts) > 0:
        return "dual"
    return "primal" if n_params <= LARGEST_FACTOR else "cg"


def make_factor(training, on_weights, on_intercepts, solver, tol, max_iter):
    """A factor of the Gauss-Newton matrix with D = (on_weights, on_intercepts)."""
    network = training.network
    if solver == "dual":
        (chunk,) = training
        return TangentKernelFactor(
            chunk.rows, training.weights, on_weights, on_intercepts
        )
    operator = GaussNewtonOperator(training, spread(network, on_weights, on_intercepts))
    if solver == "cg":
        if min(on_weights, on_intercepts) == 0 and not operator.jacobi().min() > 0:
            raise np.linalg.LinAlgError(SINGULAR)
        preconditioner = make_preconditioner(training, on_weights, on_intercepts)
        return IterativeNetworkFactor(operator, tol, max_iter, preconditioner)
    cholesky = CholeskyFactor.try_factorise(
        operator.dense(), 0.0, min_rcond=np.finfo(float).eps
    )
    if cholesky is None:
        definite = min(on_weights, on_intercepts) > 0
        raise np.linalg.LinAlgError(ILL_CONDITIONED if definite else SINGULAR)
    return PrimalFactor(cholesky)


def spread(network, on_weights, on_intercepts):
    """One value for every weight, another for every intercept."""
    diagonal = np.full(network.n_params, float(on_intercepts))
    diagonal[: network.n_weights] = on_weights
    return diagonal


def curvature_solver(
    training,
    on_weights,
    on_intercepts,
    *,
    curvature,
    solver,
    tol,
    max_iter,
    with_factor,
):
    """How to solve with one of the curvatures, and what was factorised for it.

    Returns
    -------
    solve : callable
        ``solve(B)`` is a :class:`Solution`, of which the residual is known.
    factor : object or None
        Of the Gauss-Newton matrix; None if it was neither asked for nor needed.
    hessian : IterativeNetworkFactor or None
        Of the Hessian, if that is the curvature.
    """
    factor = hessian = None
    if with_factor or curvature == "gauss-newton":
        try:
            factor = make_factor(
                training, on_weights, on_intercepts, solver, tol, max_iter
            )
        except np.linalg.LinAlgError:
            if curvature == "gauss-newton":
                raise
            factor = NoFactor()
    diagonal = spread(training.network, on_weights, on_intercepts)
    kind = HessianOperator if curvature == "hessian" else GaussNewtonOperator
    operator = kind(training, diagonal)
    if curvature == "hessian":
        # The Gauss-Newton inverse, or what stands for it, if it was made above.
        if isinstance(factor, IterativeNetworkFactor):
            preconditioner = factor.preconditioner
        elif factor is None or not factor.definite:
            preconditioner = make_preconditioner(training, on_weights, on_intercepts)
        else:
            preconditioner = factor
        hessian = IterativeNetworkFactor(operator, tol, max_iter, preconditioner)
        solve = hessian.solve
    elif solver == "cg":
        solve = factor.solve
    else:

        def solve(B):
            return refined(factor.solve, operator, B)

    return solve, factor, hessian


def _by_minibatches(training, diagonal, rho, n_steps):
    """LiSSA, repeated and averaged, and the residual of a pass over all rows."""
    tangents = [
        lissa(
            training.network,
            training.X,
            training.weights,
            diagonal[0],
            diagonal[-1],
            n_steps=n_steps,
            batch_size=LISSA_ROWS,
            seed=seed,
        )
        for seed in range(LISSA_REPEATS)
    ]
    value = np.mean(tangents, axis=0)[:, None]
    left = rho + GaussNewtonOperator(training, diagonal).matmat(value)
    residual = np.linalg.norm(left, axis=0) / max(np.linalg.norm(rho), 1e-300)
    return Solution(value, "lissa", residual=residual)


def solve_network(
    network,
    X,
    Y,
    weights,
    *,
    rho,
    alpha,
    damping,
    curvature,
    solver,
    tol,
    max_iter,
    chunk_size,
    with_factor,
):
    """Tangent of a network with respect to the alpha that was optimised.

    Parameters
    ----------
    network : Network
        The trained network, in float64.
    X, Y, weights : arrays
        Training rows, targets of shape (n_samples, n_outputs), and weights.
    rho : ndarray of shape (n_params, n_columns)
        What the regularity pulls with: the gradient of the complexity, or of each
        part of it.
    alpha : float
        Effective regularisation strength s.
    damping : tuple of two floats
        Added to the curvature on weights and on intercepts.
    curvature : {'gauss-newton', 'hessian'}
        Which matrix.
    solver : {'auto', 'cg', 'primal', 'dual', 'lissa'}
        How to solve; only 'auto' and 'cg' for the Hessian.
    tol : float
        Relative residual at which conjugate gradients stop.
    max_iter : int
        Their steps at most, or the minibatches of 'lissa'.
    chunk_size : int
        Training rows that are evaluated together.
    with_factor : bool
        Whether the covariance is wanted.

    Returns
    -------
    tangent : NetworkTangent
        The solution, what gives the covariance, and how far training was from
        an optimum.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import Network, solve_network
    >>> network = Network([np.array([[2.0]])], [np.zeros(1)], "identity")
    >>> tangent = solve_network(
    ...     network,
    ...     np.array([[1.0], [-1.0]]),
    ...     np.array([[3.0], [-3.0]]),
    ...     np.ones(2),
    ...     rho=np.array([[2.0], [0.0]]),
    ...     alpha=1.0,
    ...     damping=(0.0, 0.0),
    ...     curvature="gauss-newton",
    ...     solver="primal",
    ...     tol=1e-8,
    ...     max_iter=100,
    ...     chunk_size=2,
    ...     with_factor=False,
    ... )
    >>> tangent.stationarity, tangent.solution.value.ravel().round(3) + 0.0
    (0.0, array([-0.667,  0.   ]))
    """
    on_weights, on_intercepts = alpha + damping[0], damping[1]
    gauss_newton = solver
    if solver == "auto":
        gauss_newton = choose_solver(network, Y.size, on_weights, on_intercepts)
    if gauss_newton == "dual":
        chunk_size = max(chunk_size, X.shape[0])
        if with_factor:  # which keeps the rows: few, and not the caller's own
            X = X.copy()
    training = TrainingRows(network, X, Y, weights, chunk_size)
    penalty = spread(network, alpha, 0)
    gradient, scale = gradient_and_scale(training, penalty)
    stationarity = float(np.linalg.norm(gradient) / scale) if scale > 0 else 0.0

    if solver == "lissa":
        solution = _by_minibatches(
            training, spread(network, on_weights, on_intercepts), rho, max_iter
        )
        return NetworkTangent(solution, None, None, stationarity)
    solve, factor, hessian = curvature_solver(
        training,
        on_weights,
        on_intercepts,
        curvature=curvature,
        solver=gauss_newton,
        tol=tol,
        max_iter=max_iter,
        with_factor=with_factor,
    )
    solution = implicit_tangent(solve, rho)
    if curvature == "gauss-newton" and not solution.definite:
        raise np.linalg.LinAlgError(SINGULAR)
    if hessian is not None:
        hessian.definite = solution.definite
    if not with_factor:
        factor = hessian = None
    return NetworkTangent(solution, factor, hessian, stationarity)
