"""A Cholesky factor without some rows and columns of its matrix.

With ``A = L L^T``, R the rows that stay and F those that go,

    A_RR = L_RR L_RR^T + L_RF L_RF^T

which is one triangle and as many vectors as rows go: they are turned into the triangle
by plane rotations, as stable as a factorisation. Of a kernel about its mean the mean
moves as well, by ``A_RR - s v^T - v s^T``: another vector is turned in, and one out, by
hyperbolic rotations, where these are gentle and the factor is well conditioned.

Both take n**2 operations a vector (P. E. Gill, G. H. Golub, W. Murray and M. A.
Saunders, "Methods for modifying matrix factorizations", 1974).
"""

import numpy as np
from scipy.linalg import get_blas_funcs

from skcurious.tangent._factor import CholeskyFactor

# Turning this share of the rows in takes as long as a factorisation.
FEW = 1 / 50
# A hyperbolic rotation whose sine is larger costs digits.
STEEP = 0.9
# Columns that are copied together.
BLOCK = 64


def few(n_gone, n_rows):
    """Whether so many rows are taken out faster than the rest is factorised."""
    return n_gone <= max(1, FEW * n_rows)


def without_rows(factor, gone, shift=None):
    """Factor of a matrix without some of its rows and columns.

    Parameters
    ----------
    factor : factor
        Of A; not changed.
    gone : ndarray of bool, shape (n,)
        Rows F to leave out.
    shift : tuple of ndarrays of shape (n_left,), default=None
        Vectors s and v: the factor is that of ``A_RR - s v^T - v s^T``.

    Returns
    -------
    factor : CholeskyFactor or None
        A new one; None for a factor of another kind, and where a `shift` would cost it
        too many digits. Its `norm` and
        `rcond` are those of A, between whose eigenvalues its own lie.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import CholeskyFactor
    >>> from skcurious.tangent._downdate import without_rows
    >>> A = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 4.0]])
    >>> factor = CholeskyFactor.try_factorise(A.copy(), alpha=0.0)
    >>> less = without_rows(factor, np.array([True, False, False]))
    >>> less.matrix().round(9)
    array([[3., 1.],
           [1., 4.]])
    """
    if not isinstance(factor, CholeskyFactor):
        return None
    kept = ~gone
    into = _below(factor.lower, gone)
    out, scale = None, factor.scale
    scale = scale if scale is None else scale[kept]
    if shift is not None:
        if factor.rcond < np.finfo(factor.lower.dtype).eps ** 0.4:
            return None
        plus, out = _of_shift(*shift, scale)
        into.append(plus.astype(factor.lower.dtype))
        out = out.astype(factor.lower.dtype)
    lower = _compressed(factor.lower, kept)
    if not _turn(lower, into, out):
        return None
    return CholeskyFactor(lower, scale, factor.norm, factor.rcond)


def _below(lower, gone):
    """The columns that go, from their diagonal down, with zeros above."""
    kept = np.flatnonzero(~gone)
    return [np.where(kept > j, lower[kept, j], 0) for j in np.flatnonzero(gone)]


def _of_shift(s, v, scale):
    """``-s v^T - v s^T = x x^T - y y^T``, with x and y as small as they get."""
    if scale is not None:
        s, v = s * scale, v * scale
    sizes = np.linalg.norm(s), np.linalg.norm(v)
    ratio = np.sqrt(sizes[1] / sizes[0]) if min(sizes) > 0 else 1.0
    s, v = s * ratio, v / ratio
    return (s - v) / np.sqrt(2), (s + v) / np.sqrt(2)


def _compressed(lower, kept):
    """Rows and columns that stay, of the lower triangle; the upper stays undefined."""
    ends = np.flatnonzero(np.diff(kept, prepend=False, append=False))
    runs = ends.reshape(-1, 2)  # of rows that stay
    starts = np.cumsum([0, *(stop - start for start, stop in runs)])
    result = np.zeros((starts[-1], starts[-1]), lower.dtype, order="F")
    for k, (first, last) in enumerate(runs):
        for old in range(first, last, BLOCK):
            new, end = starts[k] + old - first, min(old + BLOCK, last)
            columns = slice(new, new + end - old)
            result[new : starts[k + 1], columns] = lower[old:last, old:end]
            for (start, stop), at in zip(runs[k + 1 :], starts[k + 1 :], strict=False):
                result[at : at + stop - start, columns] = lower[start:stop, old:end]
    return result


def _turn(lower, into, out):
    """Turn vectors into a triangle and another one out, in place; whether it can be."""
    rot, rotm = get_blas_funcs(("rot", "rotm"), (lower,))
    n, flat = len(lower), lower.reshape(-1, order="F")
    first = [np.flatnonzero(x).min(initial=n) for x in into]
    start = 0 if out is not None else min(first, default=n)
    for j in range(start, n):
        at = j * n + j
        for x, begin in zip(into, first, strict=True):
            if begin > j:
                continue
            size = np.hypot(flat[at], x[j])
            c, s = flat[at] / size, x[j] / size
            rot(flat, x, c, s, n - j, at, 1, j, 1, overwrite_x=1, overwrite_y=1)
        if out is not None:
            s = out[j] / flat[at]
            if not abs(s) < STEEP:
                return False
            c = np.sqrt((1 - s) * (1 + s))
            matrix = np.array([-1, 1 / c, -s / c, -s / c, 1 / c], lower.dtype)
            rotm(flat, out, matrix, n - j, at, 1, j, 1, overwrite_x=1, overwrite_y=1)
    return True
