"""What the kernel ridge regressors share: from a solution to fitted attributes."""

import numpy as np

from skcurious.base import CuriosityMixin
from skcurious.kernel_ridge._kernels import PrecomputedKernel
from skcurious.linearised import KernelModel, NoCovariance


class FittedKernelRidge(CuriosityMixin):
    """Mixin that takes coefficients, tangent and factor from a KernelRidgeSolution."""

    def _set_model(
        self, kernel, solution, X, shape, alphas, weights, noise_variance, calibrated
    ):
        dual, tangent = solution.coef, solution.tangent
        self.dual_coef_ = dual.reshape(shape)
        self.dual_coef_tangent_ = tangent.reshape(shape)
        self.X_fit_ = X
        factor = solution.factor if self.store_covariance else None
        self.linearised_ = KernelModel(
            kernel=kernel,
            X_fit=X,
            dual=dual,
            tangent=tangent,
            factor=factor,
            sqrt_weights=None if weights is None else np.sqrt(weights),
            alphas=alphas,
            flat=len(shape) == 1,
            noise_variance=noise_variance,
            posterior_variance=calibrated,
            no_covariance=self._why_no_kernel_covariance(kernel, factor, alphas),
        )

    def _why_no_kernel_covariance(self, kernel, factor, alphas):
        if isinstance(kernel, PrecomputedKernel):
            return NoCovariance(
                TypeError,
                "kernel='precomputed' has no covariance, which standard deviations, "
                "greedy batches of more than one row and strategies that weigh "
                "variances need: it takes the kernel of the pool with itself. Use "
                'curiosity_sampling with batch="sample" or batch="top", or give the '
                "kernel as a function.",
            )
        why = self._why_no_covariance(factor)
        if why is None and (alphas == 0).any():
            return NoCovariance(
                ValueError,
                "CuriousKernelRidge has no covariance at alpha=0: it divides by "
                "alpha. Fit it with alpha > 0.",
            )
        return why
