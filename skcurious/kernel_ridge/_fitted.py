"""What the kernel ridge regressors share: from a solution to fitted attributes."""

import numpy as np

from skcurious._targets import target_units
from skcurious._validation import rows_are_equal, split_constant
from skcurious._warnings import warn
from skcurious.base import CuriosityMixin
from skcurious.kernel_ridge._kernels import PrecomputedKernel
from skcurious.linearised import KernelModel, NoCovariance
from skcurious.tangent import KernelCentre, solve_kernel_ridge
from skcurious.tangent._kernel import warn_of_condition


class FittedKernelRidge(CuriosityMixin):
    """Mixin that takes coefficients, tangent and factor from a KernelRidgeSolution.

    A subclass has ``_training_noise``: the noise variance, and what the covariance is
    scaled with, or None for the same.
    """

    _predict_mean = CuriosityMixin._predict_by_model

    def _get_kernel(self, X, Y=None):
        # Of KernelRidge, for the kernel that was chosen.
        return self.linearised_.kernel(X, Y)

    def _split_constant(self, Y, weights, given):
        if not self.fit_intercept:
            return Y, np.zeros_like(Y[0])
        return split_constant(Y, weights, given)

    def _solve(self, X, K, Y, alphas, weights):
        """The solution for a kernel matrix, which is overwritten, and its centre."""
        # Of equal rows the kernel is constant, and not by rounding.
        size = 0.0 if rows_are_equal(X) else np.linalg.norm(K) / len(K)
        self._kernel_size = size
        _warn_of_underflow(K.diagonal())
        centre = None
        if self.fit_intercept:
            centre = KernelCentre.of(K, weights)
            K[:] = centre.centred(K)
            Y = Y - centre.weights @ Y
        solution = solve_kernel_ridge(K, Y, alphas, weights=weights, size=size)
        warn_of_condition(solution, alphas)
        return summing_to_zero(solution, centre), centre

    def _fit_solution(self, kernel, X, seen, alphas, solve):
        """Fitted attributes from what `solve` makes of labels that are not constant."""
        y, weights = seen.labels, seen.weights
        Y = y.reshape(len(y), -1).astype(alphas.dtype, copy=False)
        Y, constant = self._split_constant(Y, weights, y.dtype)
        units = target_units(Y, weights, centred=self.fit_intercept)
        parts = *solve(Y), constant, units
        noise = self._training_noise(*parts[:2], seen, alphas)
        self._seen = seen
        self._set_model(kernel, parts, X, Y.reshape(y.shape), alphas, weights, *noise)
        return self

    def _set_model(
        self,
        kernel,
        parts,
        X,
        y,
        alphas,
        weights,
        noise_variance,
        calibrated=None,
    ):
        """`parts`: solution, centre, what constant labels had, units of targets."""
        solution, centre, constant, units = parts
        shown, seen, tangent = (
            coefs.reshape(y.shape)
            for coefs in (solution.coef, solution.seen, solution.tangent)
        )
        intercept = offset = offset_tangent = np.float64(0)
        if centre is not None:
            means = centre.means
            mean = centre.weights @ y + constant.reshape(y.shape[1:])
            intercept, offset = mean - means @ shown, mean - means @ seen
            offset_tangent = -means @ tangent
        self.X_fit_ = X
        # What is shown has the digits of X, and what is computed with has all.
        with np.errstate(over="ignore"):
            self.dual_coef_ = shown.astype(X.dtype)
            self.dual_coef_tangent_ = tangent.astype(X.dtype)
            self.intercept_ = intercept.astype(X.dtype)
            self.intercept_tangent_ = offset_tangent.astype(X.dtype)
        factor = solution.factor if self.store_covariance else None
        self.linearised_ = KernelModel(
            kernel=kernel,
            X_fit=X,
            dual=solution.seen,
            tangent=solution.tangent,
            offset=offset,
            offset_tangent=offset_tangent,
            centre=centre,
            factor=factor,
            sqrt_weights=None if weights is None else np.sqrt(weights),
            alphas=alphas,
            flat=y.ndim == 1,
            noise_variance=noise_variance,
            posterior_variance=calibrated,
            units=units,
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


def _warn_of_underflow(diagonal):
    largest, info = np.abs(diagonal).max(initial=0), np.finfo(diagonal.dtype)
    if 0 < largest < info.tiny / info.eps:
        warn(
            f"The kernel of the rows of X is {largest:.0e} at most, where numbers lose "
            "their digits. Scale the columns of X, for instance with StandardScaler in "
            "a Pipeline, or choose other kernel parameters."
        )


def summing_to_zero(solution, centre):
    if centre is not None:
        # About the mean coefficients sum to zero. Rounding of y over alpha, or its
        # square, is what is left of a sum, and rows of K that are not about the
        # mean see it.
        for name in ("coef", "tangent", "seen"):
            coefs = getattr(solution, name)
            rest = np.multiply.outer(centre.weights, coefs.sum(axis=0))
            setattr(solution, name, coefs - rest)
    return solution
