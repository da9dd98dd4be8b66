"""Gradients by the hyperparameters of a kernel, without an n x n x p array.

For f(theta) = sum_il M_il K_il(theta), walk back through the kernel's tree:

    K = K_1 + K_2     df = <M, dK_1> + <M, dK_2>
    K = K_1 o K_2     df = <M o K_2, dK_1> + <M o K_1, dK_2>
    K = K_1 ^ e       df = <M o e K_1^(e-1), dK_1>

down to the leaves, which contract with their own derivative. Each type of
kernel has a rule, which is asked in two steps: ``rule(kernel, X)`` computes
what the hyperparameters do not change and returns ``evaluate``, and
``evaluate(theta)`` returns K and the function from M to the gradient, both in
:class:`~skcurious.gaussian_process._pairs.Pairs`.
"""

import numpy as np
from sklearn.base import clone
from sklearn.gaussian_process.kernels import Exponentiation, Product, Sum
from sklearn.utils.validation import _num_samples

from skcurious.gaussian_process._pairs import Pairs, above_diagonal, fold

_RULES = {}


def rule(*kernel_types):
    """Register the decorated function as the rule of these kernels.

    For instances of exactly these types: a subclass may evaluate otherwise.
    """

    def register(function):
        _RULES.update(dict.fromkeys(kernel_types, function))
        return function

    return register


def bind(kernel, X):
    """What evaluates the kernel at X for any theta.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        The kernel; not changed.
    X : array-like of shape (n_samples, n_features), or list of objects
        Rows.

    Returns
    -------
    evaluate : callable
        From theta to ``(K, pullback)``, where ``pullback(M)`` is the gradient
        of ``sum_il M_il K_il`` with respect to theta; K and M are Pairs.
    """
    return _RULES.get(type(kernel), _any_kernel)(kernel, X)


def value_and_pullback(kernel, X):
    """Kernel matrix, and the gradient of any linear function of it.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        The kernel, at its own hyperparameters.
    X : array-like of shape (n_samples, n_features), or list of objects
        Rows.

    Returns
    -------
    K : ndarray of shape (n_samples, n_samples)
        ``kernel(X)``.
    pullback : callable
        From M, of the shape of K, to the gradient of ``sum_il M_il K_il`` with
        respect to ``kernel.theta``, of shape (n_dims,).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.gaussian_process.kernels import RBF
    >>> from skcurious.gaussian_process import value_and_pullback
    >>> X = np.array([[0.0, 0.0], [1.0, 2.0]])
    >>> K, pullback = value_and_pullback(RBF([1.0, 2.0]), X)
    >>> K.round(3)
    array([[1.   , 0.368],
           [0.368, 1.   ]])
    >>> pullback(np.array([[0.0, 1.0], [0.0, 0.0]])).round(3)
    array([0.368, 0.368])
    """
    K, pullback = bind(kernel, X)(kernel.theta)
    return K.full(_num_samples(X)), lambda M: pullback(fold(M))


class Hyperparameters:
    """Values of a leaf's hyperparameters at theta: the free ones, and the fixed.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        A kernel without kernels inside.
    """

    def __init__(self, kernel):
        self.free, self._places, start = [], [], 0
        for parameter in kernel.hyperparameters:
            self.free.append(not parameter.fixed)
            if parameter.fixed:
                self._places.append((None, np.squeeze(getattr(kernel, parameter.name))))
            elif parameter.n_elements > 1:
                stop = start + parameter.n_elements
                self._places.append((slice(start, stop), None))
                start = stop
            else:
                self._places.append((start, None))
                start += 1

    def at(self, theta):
        """Values in the order of ``kernel.hyperparameters``."""
        values = np.exp(theta)
        return [value if at is None else values[at] for at, value in self._places]

    def pullback(self, *parts):
        """Gradient from one function of M for each hyperparameter.

        Those of fixed hyperparameters are not called.
        """
        parts = [part for part, free in zip(parts, self.free, strict=True) if free]
        if len(parts) == 1:
            return lambda M: np.atleast_1d(parts[0](M))
        return lambda M: np.array([part(M) for part in parts])


@rule(Sum)
def _sum(kernel, X):
    first, second, n_first = _children(kernel, X)

    def evaluate(theta):
        K1, pull1 = first(theta[:n_first])
        K2, pull2 = second(theta[n_first:])
        return K1 + K2, lambda M: np.append(pull1(M), pull2(M))

    return evaluate


@rule(Product)
def _product(kernel, X):
    first, second, n_first = _children(kernel, X)

    def evaluate(theta):
        K1, pull1 = first(theta[:n_first])
        K2, pull2 = second(theta[n_first:])
        return K1 * K2, lambda M: np.append(pull1(M * K2), pull2(M * K1))

    return evaluate


def _children(kernel, X):
    return bind(kernel.k1, X), bind(kernel.k2, X), kernel.k1.n_dims


@rule(Exponentiation)
def _exponentiation(kernel, X):
    inside, exponent = bind(kernel.kernel, X), kernel.exponent

    def evaluate(theta):
        K, pull = inside(theta)
        return K**exponent, lambda M: pull(M * (K ** (exponent - 1)).scaled(exponent))

    return evaluate


def _any_kernel(kernel, X):
    """A kernel without a rule: by its own eval_gradient, n x n x n_dims."""
    kernel = clone(kernel)

    def evaluate(theta):
        kernel.theta = theta
        K, K_gradient = kernel(X, eval_gradient=True)
        K = np.ascontiguousarray(K, dtype=float)

        def pullback(M):
            # M is folded: all of it lies above the diagonal.
            return np.einsum("ij,ijk->k", np.triu(M.full(len(K))), K_gradient)

        return Pairs(above_diagonal(K), K.diagonal().copy()), pullback

    return evaluate
