"""The linearised model of a Gaussian process.

The posterior mean minimises, at s = 1 and for labels with noise variances v_i,

    J = sum_i (f(x_i) - y_i)^2 / (2 v_i) + s |f|^2 / 2,    A = K + V,  a = A^-1 y

so that it is a kernel ridge regression with the regularity ``v s`` and weights ``v /
v_i``, where v is the noise variance of a label to come:

    df/ds(x) = -k(x)^T A^-1 V a
    h(x, z)  = (k(x, z) - k(x)^T A^-1 k(z)) / v

A kernel that is a sum has a regularity for each of its parts, and so has C = sum_j C_j
with ``C_j = a^T K_j a / 2``:

    df/ds_j(x) = -k_j(x)^T a + k(x)^T A^-1 K_j a

The complexity is that of targets in units of their own spreads c_k: parts of the
tangent are those of ``f_k / c_k^2``, so that times a residual they are the influence of
a label. The noise variance of a label is ``c_k^2 v`` for target k.
"""

import numpy as np

from skcurious._targets import for_each_target
from skcurious.linearised._kernel import KernelModel


class GaussianProcessModel(KernelModel):
    """A Gaussian process, its kernel fixed.

    Parameters
    ----------
    noise : ndarray of shape (n_train,)
        Noise variance V of each training label, in units of the kernel.
    new_noise : float
        Noise variance v of a label to come.
    learned_noise : float
        The part of it that labels of known noise have besides.
    spread : ndarray of shape (n_outputs,)
        Units c_k of the targets.
    solved : ndarray of shape (n_train, n_outputs)
        ``A^-1 y``, of which `dual` is what the kernel sees.
    part_kernels : list of callables, default=()
        Kernels k_j whose tangents are squared one by one; none for the whole kernel.
    **facts : dict
        As for :class:`KernelModel`, with `dual` and `tangent` in units of the targets
        and the factor of A.

    Examples
    --------
    >>> from skcurious import CuriousGaussianProcessRegressor
    >>> process = CuriousGaussianProcessRegressor(optimizer=None)
    >>> process = process.fit([[-1.0], [1.0]], [0.0, 2.0])
    >>> model = process.linearised_
    >>> round(model.new_noise, 9), model.spread
    (0.1, array([1.]))
    """

    default_weights = "tangent"
    remedy = (
        "Say how well the labels are known (label_noise of fit), or let the process "
        "learn no noise so far below k(x, x): raise alpha, or the lower bound of a "
        "WhiteKernel."
    )

    def __init__(
        self,
        *,
        noise,
        new_noise,
        learned_noise,
        spread,
        solved,
        part_kernels=(),
        **facts,
    ):
        self.noise = noise
        self.new_noise = new_noise
        self.learned_noise = learned_noise
        self.spread = spread
        self.solved = solved
        self.part_kernels = list(part_kernels)
        super().__init__(
            sqrt_weights=None,
            alphas=np.array([new_noise]),
            noise_variance=for_each_target(new_noise * spread**2),
            regularity_per_alpha=new_noise,
            **facts,
        )
        self.part_duals = [self._moved_by(kernel) for kernel in self.part_kernels]

    def _moved_by(self, kernel):
        # A^-1 K_j a
        return self.factor.solve(kernel(self.X_fit, self.X_fit) @ self.dual).value

    def parts_at(self, rows):
        """Differentiate by the regularity, or by that of each part."""
        if self.part_kernels:
            return self._tangents(self.part_kernels, self.part_duals, rows)
        return self.tangent_at(rows)[:, :, None] / np.square(self.spread)[:, None]

    def tangents_of(self, kernels, rows):
        """Differentiate by the regularity of each of some kernels.

        Parameters
        ----------
        kernels : list of callables
            Terms k_j of the kernel.
        rows : object
            What :meth:`at` made of n rows.

        Returns
        -------
        tangents : ndarray of shape (n, n_outputs, n_kernels)
            As :meth:`parts_at` returns them.
        """
        return self._tangents(kernels, map(self._moved_by, kernels), rows)

    def _tangents(self, kernels, duals, rows):
        parts = [
            rows.K @ moved - kernel(rows.X, self.X_fit) @ self.dual
            for kernel, moved in zip(kernels, duals, strict=True)
        ]
        parts = np.stack(parts, axis=2) / self.new_noise
        return parts / np.square(self.spread)[:, None]

    def curiosity_weights(self, noise_variance=None):
        """Leave a single output and parts as they are: in units of the spreads."""
        noise = self.noise_variance if noise_variance is None else noise_variance
        if self.n_outputs == 1:
            return np.broadcast_to(noise, (1,))
        return noise * (self.spread / self.units) ** 4

    def label_noise_ratio(self, known):
        """Add the noise that was learned, as the fit does."""
        return self.learned_noise / self.new_noise + known

    def complexity_in_units(self):
        """Of a single output the complexity itself."""
        if self.n_outputs == 1:
            return self.complexity()
        return super().complexity_in_units()

    def complexity(self):
        """``|f|^2 / 2`` in the kernel's space, of the targets in their own units."""
        return sum(self.complexities([self.kernel]))

    def complexities(self, kernels):
        """Give ``a^T K_j a / 2`` of some kernels.

        Parameters
        ----------
        kernels : list of callables
            The kernels k_j.

        Returns
        -------
        complexities : list of float
            One number for each.
        """
        dual = self.dual / self.spread
        return [
            0.5 * float(np.vdot(dual, kernel(self.X_fit, self.X_fit) @ dual))
            for kernel in kernels
        ]

    def attributes(self, direction):
        """Move the coefficients of the training rows, of the normalised y."""
        dual, others, constant = direction
        names = super().attributes((dual / self.spread[:, None], others, constant))
        return {"alpha_": names["dual_coef_"]}

    def parameter_influence(self, rows, pull):
        """Add the coefficient of each row itself to what the training rows get."""
        new = pull / self.new_noise / self.spread
        constant = self.mean_variance * pull.T
        names = self.attributes((self._moved_dual(rows, pull), [], constant))
        return {**names, "new_alpha": new[:, 0] if self.flat else new}

    def _moved_dual(self, rows, pull):
        # -A^-1 k(z) r / v, also where a label has no noise
        columns, _ = self.gradients(rows)
        solved = self.factor.solve(columns).value / -self.new_noise
        return solved[:, None] * pull.T

    def training_weights(self):
        """Give the weights of the training rows, relative to a label to come.

        Returns
        -------
        weights : ndarray of shape (n_train,)
            Noise variance of a label to come over theirs.
        """
        return self.new_noise / self.noise

    def _left_of_training_rows(self):
        # 1 - w h(x, x) = v_i (A^-1)_ii
        return [self.noise * self.factor.inverse_diagonal()]

    def leave_one_out(self, Y):
        """Mean and variance of each training row under the other rows.

        ``f_-i(x_i) = y_i - a_i / (A^-1)_ii``, and ``1 / (A^-1)_ii`` is the variance of
        the label there (C. E. Rasmussen and C. K. I. Williams, "Gaussian processes
        for machine learning", 2006, section 5.4.2).

        Parameters
        ----------
        Y : ndarray of shape (n_train, n_outputs)
            Labels.

        Returns
        -------
        mean : ndarray of shape (n_train, n_outputs)
        variance : ndarray of shape (n_train, n_outputs)
            Of the mean, without the noise.
        """
        inverse = self.factor.inverse_diagonal()[:, None]
        variance = np.maximum(1 / inverse - self.noise[:, None], 0)
        return Y - self.solved / inverse, variance * self.spread**2
