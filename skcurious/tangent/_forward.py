"""The tangent carried along with training: one step beside each of the parameters'.

On the minibatch B, of weight W_B, on which the parameters step,

    H_B = (1 / W_B) sum_B w grad f grad f^T + D_B,     rho_B = P theta / W_B
    v <- beta v - eta (H_B (t + beta v) + rho_B),      t <- t + v

with P the penalised weights and ``D_B = alpha P / W_B + damping``: stochastic
gradient descent with Nesterov's momentum, ``eta <= 1 / (4 lambda_max(H_B))``.
Where the parameters have come to rest its fixed point is the tangent by alpha,
``-E[H_B]^-1 E[rho_B]``: the number of rows is not needed. The Gauss-Newton
matrix is positive semidefinite for every minibatch; with the Hessian the
recursion diverges away from an optimum. Directions that no row sees have the
curvature ``alpha / W_B`` and settle after some ``4 (1 - beta) lambda_max W_B /
alpha`` steps.

What is kept beside the parameters are the tangent, its momentum, and an average
over its latest steps.
"""

import numpy as np

from skcurious.tangent._tangent_kernel import tangent_kernel

MOMENTUM = 0.97
# Steps between two looks at the largest curvature, and the room left above it:
# for minibatches in between, and for their noise, which momentum adds up.
EVERY, ROOM = 16, 4.0
# How much a look keeps of a larger one before: parameters move.
MEMORY = 0.9
# Rows and outputs whose kernel is looked at, and so few that each is.
LARGEST_KERNEL, SMALL_KERNEL = 512, 64
# The average is over some last n**FORGETTING of n steps: more and more of them, so
# that their noise goes, but fewer and fewer of all, because parameters move.
FORGETTING = 0.6


class ForwardTangent:
    """A tangent that follows the parameters of a network.

    Parameters
    ----------
    start : ndarray of shape (n_params,)
        Where the tangent starts; overwritten.

    Examples
    --------
    A network of one weight, ``f(x) = 2 x + b``, on the rows 1 and -1 with
    alpha = 1: of the weight the curvature is 2 and rho is 2.

    >>> import numpy as np
    >>> from skcurious.tangent import ForwardTangent, Network
    >>> network = Network([np.array([[2.0]])], [np.zeros(1)], "identity")
    >>> rows = network.linearise(np.array([[1.0], [-1.0]]))
    >>> forward = ForwardTangent(np.zeros(2))
    >>> for _ in range(1_000):
    ...     forward.step(rows, np.full(2, 0.5), 1.0, 0.1, 1.0)
    >>> forward.tangent.round(3)
    array([-1.,  0.])
    """

    def __init__(self, start):
        self.tangent = start
        self.velocity = np.zeros_like(start)
        self.mean = start.copy()
        self.n_steps = 0
        self.largest = 0.0  # curvature, running
        self.residual = np.inf  # relative, when it was last looked at

    def step(self, rows, weights, on_weights, on_intercepts, pull):
        """Follow one minibatch.

        Parameters
        ----------
        rows : Linearisation
            The network at the rows of the minibatch, before its own step.
        weights : ndarray of shape (b,)
            Weights of the rows, over their sum.
        on_weights, on_intercepts : float
            The two values of D_B.
        pull : float
            Of rho_B: ``1 / W_B``.
        """
        looks = self.n_steps % EVERY == 0
        if looks:
            self.largest *= MEMORY
        if looks or rows.output.size <= SMALL_KERNEL:
            seen = largest_curvature(rows, weights) + max(on_weights, on_intercepts)
            self.largest = max(seen, self.largest)
        if self.largest == 0:
            return
        self.velocity *= MOMENTUM
        self.tangent += self.velocity
        gradient = gauss_newton_residual(
            rows, weights, on_weights, on_intercepts, pull, self.tangent
        )
        gradient *= 1 / (ROOM * self.largest)
        self.tangent -= gradient
        self.velocity -= gradient
        self.n_steps += 1
        np.subtract(self.tangent, self.mean, out=gradient)
        gradient *= self.n_steps**-FORGETTING
        self.mean += gradient


def gauss_newton_residual(rows, weights, on_weights, on_intercepts, pull, tangent):
    """Put a tangent into its equation: ``H t + rho`` over some rows.

    Parameters
    ----------
    rows : Linearisation
        The network at the rows.
    weights : ndarray of shape (n,)
        Weights of the rows.
    on_weights, on_intercepts : float
        What the diagonal adds to the curvature: the regularity and the damping.
    pull : float
        Factor of the weights in rho.
    tangent : ndarray of shape (n_params,)
        The tangent t.

    Returns
    -------
    residual : ndarray of shape (n_params,)
        A new array, zero where the tangent solves.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import Network, gauss_newton_residual
    >>> network = Network([np.array([[2.0]])], [np.zeros(1)], "identity")
    >>> rows = network.linearise(np.array([[1.0]]))
    >>> gauss_newton_residual(rows, np.ones(1), 1.0, 0.0, 1.0, np.array([-2.0, 2.0]))
    array([0., 0.])
    """
    network = rows.network
    moved = rows.jvp(tangent)
    moved *= weights[:, None]
    residual = rows.vjp(moved)
    on, start = network.n_weights, 0
    for W in network.coefs:  # without a flat copy of the weights
        where = slice(start, start + W.size)
        residual[where] += on_weights * tangent[where]
        residual[where] += pull * W.ravel()
        start += W.size
    residual[on:] += on_intercepts * tangent[on:]
    return residual


def largest_curvature(rows, weights):
    """Largest eigenvalue of ``sum w grad f grad f^T``, from the kernel of the rows."""
    n, k = rows.shape
    some = rows
    if n * k > LARGEST_KERNEL:
        # Evenly over the rows that count: they may be sorted.
        counting = np.flatnonzero(weights)
        every = max(-(-len(counting) * k // LARGEST_KERNEL), 1)
        drawn = counting[::every]
        if len(drawn) == 0:
            return 0.0
        n, weights = len(drawn), weights[drawn] * (weights.sum() / weights[drawn].sum())
        some = rows.network.linearise(rows.inputs[0][drawn])
    kernel = tangent_kernel(some, some, 1.0, 1.0).reshape(n * k, n * k)
    root = np.repeat(np.sqrt(weights), k)
    kernel *= root
    kernel *= root[:, None]
    v = np.ones(len(kernel))
    for _ in range(20):
        v /= np.linalg.norm(v) or 1.0
        v = kernel @ v
    return float(np.linalg.norm(v))


def lissa(network, X, weights, on_weights, on_intercepts, *, n_steps, batch_size, seed):
    """The tangent of parameters at rest, from minibatches alone.

    A stochastic Neumann series for ``-H^-1 rho`` (N. Agarwal, B. Bullins and E.
    Hazan, "Second-order stochastic optimization for machine learning in linear
    time", JMLR 2017), with the momentum and the average of the steps above.

    Parameters
    ----------
    network : Network
        The trained network.
    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        Training rows; a memory map is read a minibatch at a time.
    weights : ndarray of shape (n_samples,)
        Weights of the rows.
    on_weights, on_intercepts : float
        The two values of D, for a loss that is a sum over rows.
    n_steps : int
        Minibatches.
    batch_size : int
        Rows in each, drawn with chances in proportion to their weights.
    seed : int
        Of the draws.

    Returns
    -------
    tangent : ndarray of shape (n_params,)
    """
    rng = np.random.RandomState(seed)
    total = weights.sum()
    upto = None if np.ptp(weights) == 0 else np.cumsum(weights) / total
    forward = ForwardTangent(np.zeros(network.n_params))
    even = np.full(batch_size, 1 / batch_size)
    for _ in range(n_steps):
        if upto is None:
            drawn = rng.randint(X.shape[0], size=batch_size)
        else:
            drawn = np.searchsorted(upto, rng.uniform(size=batch_size), side="right")
            drawn = np.minimum(drawn, len(upto) - 1)
        drawn.sort()  # reads a file from its beginning to its end
        rows = network.linearise(X[drawn].astype(np.float64, copy=False))
        forward.step(rows, even, on_weights / total, on_intercepts / total, 1 / total)
    return forward.mean
