"""What kernels around another kernel have in common."""

import numpy as np
from sklearn.gaussian_process.kernels import Hyperparameter, Kernel


class KernelWrapper(Kernel):
    """A kernel around the kernel ``kernel``, whose hyperparameters are its own.

    A subclass sets ``kernel`` and says what the inner kernel sees by
    ``inside(X)`` and ``n_columns(n_features)``.
    """

    def get_params(self, deep=True):
        """Parameters, and with `deep` those of the inner kernel.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include ``kernel__`` parameters.

        Returns
        -------
        params : dict
            Names and values.
        """
        params = super().get_params(deep=False)
        if deep:
            inner = self.kernel.get_params().items()
            params.update((f"kernel__{name}", value) for name, value in inner)
        return params

    @property
    def hyperparameters(self):
        """Those of the inner kernel, each named ``kernel__...``."""
        return [
            Hyperparameter(f"kernel__{h.name}", h.value_type, h.bounds, h.n_elements)
            for h in self.kernel.hyperparameters
        ]

    @property
    def theta(self):
        """Log of the free hyperparameters, those of the inner kernel."""
        return self.kernel.theta

    @theta.setter
    def theta(self, theta):
        self.kernel.theta = theta

    @property
    def bounds(self):
        """Log of their bounds."""
        return self.kernel.bounds

    def __eq__(self, other):
        if type(self) is not type(other):
            return False
        mine, others = self.get_params(deep=False), other.get_params(deep=False)
        return all(np.array_equal(mine[name], others[name]) for name in mine)

    def diag(self, X):
        """Diagonal of the kernel matrix of the rows X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        diagonal : ndarray of shape (n_samples,)
            Values k(x, x).
        """
        return self.kernel.diag(self.inside(X))

    def is_stationary(self):
        """Whether k depends on x - z only.

        Returns
        -------
        stationary : bool
            As the inner kernel says.
        """
        return self.kernel.is_stationary()


def check_gradient(Y, eval_gradient):
    if eval_gradient and Y is not None:
        raise ValueError("eval_gradient: only with Y=None, got a Y.")
