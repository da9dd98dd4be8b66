"""Ridge regression in a hundred digits: the truth where float64 has none left."""

from decimal import Decimal, localcontext

import numpy as np

DIGITS = 100


def exact_ridge(X, y, alpha, weights=None, fit_intercept=True):
    """Coefficients and tangent, of shape (n_features,) or (n_features, n_targets).

    Of exactly the numbers in X, y and alpha, by elimination in the smaller of
    X^T W X + alpha and X X^T W + alpha. With a list of alphas each target has its own.
    """
    with localcontext() as context:
        context.prec = DIGITS
        X, Y = _decimal(X), _decimal(np.reshape(y, (len(y), -1)))
        w = _decimal(np.ones(len(y)) if weights is None else weights)[:, None]
        if fit_intercept:
            X = X - (w * X).sum(axis=0) / w.sum()
            Y = Y - (w * Y).sum(axis=0) / w.sum()
        alphas = np.broadcast_to(_decimal(np.atleast_1d(alpha)), Y.shape[1:])
        solved = [_solve(X, Y[:, [k]], w, a) for k, a in enumerate(alphas)]
        shape = (X.shape[1], *np.shape(y)[1:])
        return tuple(
            np.hstack(parts).astype(float).reshape(shape)
            for parts in zip(*solved, strict=True)
        )


def _solve(X, y, w, alpha):
    n, d = X.shape
    if d <= n:
        H = X.T @ (w * X)
        coef = exact_solve(H, X.T @ (w * y), alpha)
        return coef, -exact_solve(H, coef, alpha)
    M = X @ (X.T * w.T)
    dual = exact_solve(M, y, alpha)
    return X.T @ (w * dual), -X.T @ (w * exact_solve(M, dual, alpha))


def exact_solve(M, b, alpha):
    """Solve ``(M + alpha I) x = b``, of Decimals, by elimination with pivots."""
    A, b = M + np.eye(len(M), dtype=int) * Decimal(float(alpha)), b.copy()
    for k in range(len(A)):
        p = k + int(np.argmax(abs(A[k:, k])))
        A[[k, p]], b[[k, p]] = A[[p, k]], b[[p, k]]
        factor = A[k + 1 :, [k]] / A[k, k]
        A[k + 1 :, k:] -= factor * A[k, k:]
        b[k + 1 :] -= factor * b[k]
    for k in range(len(A) - 1, -1, -1):
        b[k] = (b[k] - A[k, k + 1 :] @ b[k + 1 :]) / A[k, k]
    return b


def _decimal(values):
    return np.vectorize(lambda v: Decimal(float(v)), otypes=[object])(values)
