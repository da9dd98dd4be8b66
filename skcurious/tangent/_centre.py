"""Kernels about their mean: what an intercept makes of a kernel model.

An unpenalised constant beside the functions of a kernel is the same as the kernel of
features about their weighted mean over the training rows, and labels about theirs:

    m(x)      = sum_i w_i k(x, x_i) / sum_i w_i
    k_c(x, z) = k(x, z) - m(x) - m(z) + sum_i w_i m(x_i) / sum_i w_i

Coefficients of k_c sum to zero, and so are coefficients of k as well; the intercept
takes what is left.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class KernelCentre:
    """Weighted mean of the training rows in the space of a kernel.

    Attributes
    ----------
    weights : ndarray of shape (n_train,)
        Weights of the training rows, over their sum.
    total : float
        Their sum.
    means : ndarray of shape (n_train,)
        m at the training rows.
    mean : float
        Weighted mean of these.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.tangent import KernelCentre
    >>> K = np.array([[4.0, 0.0], [0.0, 2.0]])
    >>> centre = KernelCentre.of(K, None)
    >>> centre.centred(K)
    array([[ 1.5, -1.5],
           [-1.5,  1.5]])
    """

    weights: np.ndarray
    total: float
    means: np.ndarray
    mean: float

    @classmethod
    def of(cls, K, weights):
        """Find the mean.

        Parameters
        ----------
        K : ndarray of shape (n_train, n_train)
            Kernel of the training rows.
        weights : ndarray of shape (n_train,) or None
            Their weights.

        Returns
        -------
        centre : KernelCentre
        """
        weights = np.ones(len(K), K.dtype) if weights is None else weights
        total = weights.sum()
        weights = weights / total
        means = K @ weights
        return cls(weights, float(total), means, float(weights @ means))

    def centred(self, K):
        """Kernel of rows with the training rows, about the mean.

        Parameters
        ----------
        K : ndarray of shape (n, n_train)
            Kernel of the rows with the training rows; not changed.

        Returns
        -------
        K : ndarray of shape (n, n_train)
            A new array.
        """
        K = K - (K @ self.weights)[:, None]
        K -= self.means - self.mean
        return K
