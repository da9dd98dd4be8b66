"""Exact values: dense algebra in ball arithmetic, at the precision that it takes.

Matrices are object arrays of balls (``flint.arb``), whose radius bounds all rounding,
so that a result is either known to 50 bits or computed again with twice the digits.
"""

import numpy as np
from flint import arb, arb_mat, ctx

PRECISIONS = 256, 1024, 4096, 8192, 65536
# Relative radius of a result, and what is small beside every float64.
KNOWN, NOTHING = 2.0**-50, 1e-320


# Stands for alpha = 0, whose solution is the limit: that of minimum norm.
VANISHING = 2.0**-1000, 3


class Undetermined(Exception):
    """No unique solution: a matrix is singular."""


def exact(values):
    """An array of balls from one of floats or integers."""
    values = np.asarray(values)
    balls = np.empty(values.shape, dtype=object)
    for index, value in np.ndenumerate(values):
        balls[index] = arb(float(value))
    return balls


def strength(alpha):
    """A regularity strength as a ball."""
    small, power = VANISHING
    return arb(float(alpha)) if alpha > 0 else arb(small) ** power


def floats(balls):
    """The midpoints, beyond the range of float64 infinite."""
    balls = np.asarray(balls, dtype=object)
    return np.array([float(b.mid()) for b in balls.ravel()]).reshape(balls.shape)


def settled(compute):
    """Run ``compute() -> dict of balls`` until all of them are known; as floats."""
    for bits in PRECISIONS:
        with ctx.workprec(bits):
            try:
                results = compute()
            except ZeroDivisionError:
                continue
            if all(_is_known(b) for r in results.values() for b in np.ravel(r)):
                return {name: floats(result) for name, result in results.items()}
    raise Undetermined


def _is_known(ball):
    radius = ball.rad()
    return bool(radius <= abs(ball.mid()) * KNOWN) or bool(radius < NOTHING)


def solve(A, B):
    """``A^-1 B``."""
    if A.size == 0 or B.size == 0:
        return B.copy()
    solution = arb_mat(A.tolist()).solve(arb_mat(B.tolist()))
    return np.array(solution.entries(), dtype=object).reshape(B.shape)


def eye(n):
    """Identity."""
    return exact(np.eye(n))


def each(function, values):
    """A method of balls, such as ``arb.exp``, of every entry."""
    return np.frompyfunc(function, 1, 1)(values)


def squared(balls):
    """Squares; a power is NaN for tiny balls around 0."""
    return balls * balls


def root(ball):
    """Square root of what is known to be at least 0."""
    if ball.contains(0):
        return arb(0, ball.abs_upper().sqrt())
    return ball.sqrt()


# -- ridge regression ------------------------------------------------------------------


def ridge(X, Y, weights, alphas, intercept, pool, added=()):
    """Ridge regression and all that is asked of it, in balls.

    Parameters
    ----------
    X, Y, pool : ndarrays of balls
        Rows, labels of shape (n, n_targets), rows to predict.
    weights : ndarray of balls, of shape (n,)
        Sample weights.
    alphas : list of float
        One, or one for each target.
    intercept : bool
        Whether there is one.
    added : sequence of int, default=()
        Rows of the pool whose predictions become labels, one after another.

    Returns
    -------
    results : dict
        ``prediction`` and ``tangent`` of the pool, of shape (m, n_targets); ``h``,
        of shape (m, m, n_alphas); ``complexity``, and ``residual`` of the rows.
    """
    n_targets = Y.shape[1]
    mean = target_mean = of_mean = arb(0)
    Z = pool
    if intercept:
        total = weights.sum()
        of_mean = 1 / total
        mean, target_mean = weights @ X / total, weights @ Y / total
    Xc, Yc, Z = X - mean, Y - target_mean, pool - mean
    WX = Xc * weights[:, None]
    gram, moment = WX.T @ Xc, WX.T @ Yc
    shape = len(pool), n_targets
    prediction, tangent = np.empty(shape, object), np.empty(shape, object)
    residual = np.empty(Y.shape, object)
    h, complexity = [], arb(0)
    for k, alpha in enumerate(alphas):
        targets = slice(None) if len(alphas) == 1 else slice(k, k + 1)
        H = gram + eye(len(gram)) * strength(alpha)
        both = solve(H, np.hstack([moment[:, targets], Z.T]))
        coef, pulled = np.split(both, [moment[:, targets].shape[1]], axis=1)
        prediction[:, targets] = Z @ coef + target_mean_of(target_mean, targets)
        tangent[:, targets] = -(pulled.T @ coef)
        residual[:, targets] = Yc[:, targets] - Xc @ coef
        h.append(Z @ pulled + of_mean)
        complexity += squared(coef).sum() / 2
    h = np.stack(h, axis=2)
    for pick in added:
        tangent, h = imagined(tangent, h, pick)
    return {
        "prediction": prediction,
        "tangent": tangent,
        "h": h,
        "complexity": complexity,
        "residual": residual,
    }


def target_mean_of(mean, targets):
    """Of some targets, or zero for all."""
    return mean[targets] if np.ndim(mean) else mean


def imagined(tangent, h, pick):
    """Tangents and leverages once the label of a row of the pool is imagined."""
    tangent, h = tangent.copy(), h.copy()
    for k in range(h.shape[2]):
        targets = slice(None) if h.shape[2] == 1 else slice(k, k + 1)
        column = h[:, pick, k].copy()
        gain = column / (1 + column[pick])
        tangent[:, targets] -= np.multiply.outer(gain, tangent[pick, targets])
        h[:, :, k] -= np.multiply.outer(gain, column)
    return tangent, h


def mean_squares(residual, weights):
    """Weighted mean of the squares of each target."""
    return weights @ squared(residual) / weights.sum()


# -- kernels ---------------------------------------------------------------------------


def kernel_matrix(X, Z, name, gamma, degree=3, coef0=1.0):
    """Kernels of scikit-learn by name, in balls."""
    if gamma is None:
        gamma = 1.0 if name == "chi2" else 1.0 / X.shape[1]
    gamma = arb(float(gamma))
    coef0 = arb(float(coef0))
    inner = X @ Z.T
    if name == "linear":
        return inner
    if name == "poly":
        return (gamma * inner + coef0) ** degree
    if name == "sigmoid":
        return each(arb.tanh, gamma * inner + coef0)
    if name == "cosine":
        return inner / np.multiply.outer(norms(X), norms(Z))
    difference = X[:, None, :] - Z[None, :, :]
    if name == "rbf":
        distance = squared(difference).sum(axis=2)
    elif name == "laplacian":
        distance = each(abs, difference).sum(axis=2)
    else:  # chi2, of numbers >= 0
        both = X[:, None, :] + Z[None, :, :]
        nothing = np.frompyfunc(lambda b: b == 0, 1, 1)(both).astype(bool)
        both[nothing] = arb(1)
        distance = (squared(difference) / both).sum(axis=2)
    return each(arb.exp, -gamma * distance)


def norms(X):
    """Lengths of the rows; 1 for those of length 0, as in scikit-learn."""
    squares = squared(X).sum(axis=1)
    lengths = each(root, squares)
    lengths[np.frompyfunc(lambda b: b == 0, 1, 1)(squares).astype(bool)] = arb(1)
    return lengths


def kernel_ridge(K, Y, weights, alphas, intercept, cross, among):
    """Kernel ridge regression, as :func:`ridge`, from the bordered system.

    Parameters
    ----------
    K : ndarray of balls, of shape (n, n)
        Kernel of the training rows.
    Y, weights, alphas, intercept
        As for :func:`ridge`.
    cross : ndarray of balls, of shape (m, n)
        Kernel of the pool with the training rows.
    among : ndarray of balls, of shape (m, m)
        Kernel of the pool with itself.

    Returns
    -------
    results : dict
        As of :func:`ridge`.
    """
    n, n_targets = Y.shape
    root_weights = each(root, weights)
    border = root_weights[:, None] if intercept else np.empty((n, 0), object)
    ones = exact(np.ones((len(cross), border.shape[1])))
    seen = np.hstack([cross * root_weights, ones])
    shape = len(cross), n_targets
    prediction, tangent = np.empty(shape, object), np.empty(shape, object)
    residual = np.empty(Y.shape, object)
    h, complexity = [], arb(0)
    inner = K * np.multiply.outer(root_weights, root_weights)
    label = np.vstack(
        [Y * root_weights[:, None], exact(np.zeros((border.shape[1], n_targets)))]
    )
    for k, alpha in enumerate(alphas):
        alpha = strength(alpha)
        targets = slice(None) if len(alphas) == 1 else slice(k, k + 1)
        A = np.vstack(
            [
                np.hstack([inner + eye(n) * alpha, border]),
                np.hstack([border.T, exact(np.zeros((border.shape[1],) * 2))]),
            ]
        )
        both = solve(A, np.hstack([label[:, targets], seen.T]))
        dual, pulled = np.split(both, [label[:, targets].shape[1]], axis=1)
        prediction[:, targets] = seen @ dual
        tangent[:, targets] = -(pulled[:n].T @ dual[:n])
        own = np.hstack([K * root_weights, exact(np.ones((n, border.shape[1])))])
        residual[:, targets] = Y[:, targets] - own @ dual
        h.append((among - seen @ pulled) / alpha)
        complexity += (dual[:n] * (inner @ dual[:n])).sum() / 2
    return {
        "prediction": prediction,
        "tangent": tangent,
        "h": np.stack(h, axis=2),
        "complexity": complexity,
        "residual": residual,
    }
