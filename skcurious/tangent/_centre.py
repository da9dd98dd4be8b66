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

    def without(self, gone, cross):
        """Find the mean of the other rows.

        With shares W of the rows that stay and w of those that go, the mean moves by
        ``d(x) = (w m(x) - sum_gone w_i k(x, x_i)) / W``, and the kernel about it by
        ``-v(x) - v(z)``.

        Parameters
        ----------
        gone : ndarray of bool, shape (n_train,)
            Rows that go.
        cross : ndarray of shape (n_left, n_gone)
            Kernel of the rows that stay with those that go.

        Returns
        -------
        centre : KernelCentre
        v : ndarray of shape (n_left,)
            At the rows that stay.
        """
        kept = ~gone
        left, taken = self.weights[kept].sum(), self.weights[gone]
        moved = (taken.sum() * self.means[kept] - cross @ taken) / left
        weights, means = self.weights[kept] / left, self.means[kept] + moved
        mean = float(weights @ means)
        centre = KernelCentre(weights, float(self.total * left), means, mean)
        return centre, moved - (mean - self.mean) / 2
