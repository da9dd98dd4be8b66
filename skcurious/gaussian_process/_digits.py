"""What rounding of the kernel leaves of a Gaussian process.

Entries of K are known to ``eps k(x, x)``, and so is what they multiply. Where labels
have little noise beside it, large coefficients must cancel in directions that K does
not see. Of repeated rows and of linear functions these directions are known; a kernel
that merely hardly varies has none, and what rounding hides there is lost.
"""

from functools import singledispatch

import numpy as np
from scipy import linalg
from sklearn.gaussian_process.kernels import (
    ConstantKernel,
    DotProduct,
    Product,
    Sum,
)

from skcurious._validation import quiet_overflow
from skcurious._warnings import warn
from skcurious.gaussian_process._columns import Columns
from skcurious.gaussian_process._kernels import Linear

# Of a tangent.
FEW_DIGITS = 1e-6
REMEDY = (
    "Say how well the labels are known (label_noise of fit), raise alpha or the lower "
    "bound of a WhiteKernel, or choose a kernel that varies more over the rows, of "
    "smaller length scales."
)
# Eigenvalues of the kernel matrix, in units of eps times its diagonal.
NOTHING = 10


def warn_if_singular(factor, own):
    """Warn of a kernel matrix that is singular but for rounding.

    Parameters
    ----------
    factor : CholeskyFactor
        Of the kernel matrix with the noise.
    own : ndarray of shape (n_samples,)
        Diagonal of the kernel.
    """
    smallest = factor.rcond * factor.norm
    if smallest <= NOTHING * np.finfo(float).eps * own.max():
        warn(
            "The kernel matrix is singular but for rounding (smallest eigenvalue about "
            f"{smallest:.0e}, largest k(x, x) {own.max():.0e}): predictions, the "
            "tangent and variances may have no correct digit. Raise alpha, add a "
            "WhiteKernel, or take out repeated rows.",
            linalg.LinAlgWarning,
        )


def warn_of_tangent(kernel, X, Y, noise, own, solution):
    """Warn of derivatives that rounding of the kernel puts off.

    Parameters
    ----------
    kernel : Kernel
        Of the function.
    X : ndarray of shape (n_samples, n_features)
        Training rows.
    Y : ndarray of shape (n_samples, n_targets)
        Their labels.
    noise : ndarray of shape (n_samples,)
        Noise variance of each.
    own : ndarray of shape (n_samples,)
        k(x, x).
    solution : KernelRidgeSolution
        With weights ``1 / noise``.
    """
    root = np.sqrt(noise)[:, None]
    tangent, factor = solution.tangent, solution.factor
    sizes = np.linalg.norm(tangent, axis=0)
    if factor.method == "cholesky":
        moves = noise[:, None] * (solution.coef + tangent)
    else:
        known = factor.vectors[:, factor.eigenvalues != 0]
        left = _left_out(known, visible(kernel, X) / root, Y / root) / root
        sizes = sizes + np.linalg.norm(left, axis=0)
        moves = factor.eigenvalues[:, None] * (factor.vectors.T @ (tangent * root))
        moves = root * (factor.vectors @ moves)
    moves = np.abs(moves).max(axis=0)
    with quiet_overflow():
        off = np.finfo(float).eps * np.sqrt(len(X)) * own.max() * sizes
    lost = off > FEW_DIGITS * moves
    if lost.any():
        warn(
            "The tangent has few correct digits: k(x, x) is up to "
            f"{own.max():.1e}, the noise down to {noise.min():.1e}, and rounding puts "
            f"derivatives of {moves[lost].max():.1e} off by up to "
            f"{off[lost].max():.1e}. {REMEDY}",
            linalg.LinAlgWarning,
        )
    elif solution.largest is not None:
        warn(
            "The kernel hardly varies in some directions over the rows, in which "
            f"rounding hides what the labels say: k(x, x) is up to {own.max():.1e}, "
            f"the noise down to {noise.min():.1e}. The tangent, and curiosity with it, "
            f"may have few correct digits. {REMEDY}",
            linalg.LinAlgWarning,
        )


def _left_out(known, basis, Y):
    """What of labels was taken for nothing that the kernel sees, though it is."""
    basis, _ = np.linalg.qr(basis)
    seen = basis @ (basis.T @ Y)
    return seen - known @ (known.T @ seen)


@singledispatch
def visible(kernel, X):
    """Values at the rows of the functions that a kernel can tell from zero.

    Parameters
    ----------
    kernel : Kernel
        Without noise.
    X : ndarray of shape (n_samples, n_features)
        Rows.

    Returns
    -------
    basis : ndarray of shape (n_samples, n_functions)
        Columns that span them, or more.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.gaussian_process.kernels import RBF, ConstantKernel
    >>> from skcurious.gaussian_process._digits import visible
    >>> X = np.array([[1.0], [2.0], [1.0]])
    >>> visible(ConstantKernel(), X)
    array([[1.],
           [1.],
           [1.]])
    >>> visible(RBF(), X)
    array([[1., 0.],
           [0., 1.],
           [1., 0.]])
    """
    _, numbers = np.unique(X, axis=0, return_inverse=True)
    return np.eye(numbers.max() + 1)[np.ravel(numbers)]


@visible.register
def _(kernel: ConstantKernel, X):
    return np.ones((len(X), 1))


@visible.register(DotProduct)
@visible.register(Linear)
def _(kernel, X):
    centred = X - X.mean(axis=0)
    sizes = np.abs(centred).max(axis=0)
    scaled = centred[:, sizes > 0] / sizes[sizes > 0]
    if scaled.shape[1] >= len(X):
        return np.eye(len(X))
    U, s, _ = np.linalg.svd(scaled, full_matrices=False)
    known = s > NOTHING * np.finfo(float).eps * s.max(initial=0)
    return np.hstack([np.ones((len(X), 1)), U[:, known]])


@visible.register
def _(kernel: Sum, X):
    both = np.hstack([visible(kernel.k1, X), visible(kernel.k2, X)])
    U, s, _ = np.linalg.svd(both, full_matrices=False)
    return U[:, s > NOTHING * np.finfo(float).eps * s.max()]


@visible.register
def _(kernel: Product, X):
    factors = [k for k in (kernel.k1, kernel.k2) if not isinstance(k, ConstantKernel)]
    return visible(factors[0] if len(factors) == 1 else None, X)


@visible.register
def _(kernel: Columns, X):
    return visible(kernel.kernel, kernel.inside(X))
