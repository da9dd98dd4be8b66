"""From a learned kernel to a fitted Gaussian process and its tangent."""

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky
from scipy.linalg import norm as norm_of
from sklearn.utils.validation import check_is_fitted, validate_data

from skcurious._targets import for_each_target, target_units
from skcurious._validation import rows_are_equal
from skcurious.base import CuriosityMixin
from skcurious.gaussian_process._digits import warn_if_singular, warn_of_tangent
from skcurious.gaussian_process._learning import NOT_DEFINITE
from skcurious.gaussian_process._parts import LatentKernel, label_noise, terms
from skcurious.linearised import GaussianProcessModel, NoCovariance
from skcurious.tangent import CholeskyFactor, implicit_tangent, solve_kernel_ridge

NO_NOISE = NoCovariance(
    ValueError,
    "This CuriousGaussianProcessRegressor has no covariance in units of a label's "
    "noise: it knows of none (alpha=0 and no WhiteKernel). Fit it with alpha > 0 or a "
    "WhiteKernel in the kernel.",
)


class FittedGaussianProcess(CuriosityMixin):
    """Mixin that solves for coefficients and tangent of a Gaussian process."""

    # The regularity is a factor that is 1 and no parameter.
    regularity_parameter = "s"
    why_no_alpha = "the regularity is 1, and fit learns the kernel, noise included"

    def check_tangent(self):
        """Raise before ``fit``: what predicts from its prior has no tangent yet.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        check_is_fitted(self, "L_")
        super().check_tangent()

    def validate_rows(self, X, *, ensure_all_finite=True):
        """Validate rows of numbers, dense, against the fit.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        ensure_all_finite : bool, default=True
            Whether to look for NaN and infinity.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            The same rows.
        """
        self.check_tangent()
        if np.asarray(self.X_train_).dtype.kind not in "biuf":
            raise TypeError(
                "Curiosity, covariances and influences need rows of numbers, and "
                f"{self.kernel_} takes objects: only predict does."
            )
        return validate_data(
            self,
            X,
            dtype=[np.float64, np.float32],
            ensure_all_finite=ensure_all_finite,
            reset=False,
        )

    def _solve(self, alpha, known):
        """Factorise the kernel matrix, and solve with it.

        `alpha` is part of the noise of labels to come, the `known` noise of the
        training labels only where a kernel learns none.
        """
        X = self.X_train_
        K = self.kernel_(X)
        K[np.diag_indices_from(K)] += alpha + known
        norm = norm_of(K, 1, check_finite=False)
        try:
            self.L_ = cholesky(K, lower=True, overwrite_a=True, check_finite=False)
        except LinAlgError as error:
            error.args = (
                f"The kernel, {self.kernel_}, {NOT_DEFINITE}",
                *error.args,
            )
            raise
        warn_if_singular(CholeskyFactor.of(self.L_, norm), self.kernel_.diag(X))
        self._linearise(alpha, known)

    def _linearise(self, alpha, known):
        """Coefficients and tangent, and the linearised model."""
        self.alpha_ = cho_solve((self.L_, True), self.y_train_, check_finite=False)
        X, dual = self.X_train_, self.alpha_.reshape(len(self.alpha_), -1)
        latent = LatentKernel(self.kernel_)
        learned = label_noise(self.kernel_, X)
        noise = learned + alpha + known
        new_noise = learned_noise = float(np.mean(learned + alpha))
        if not learned.any():  # a label to come is as noisy as others on average
            new_noise = float(noise.mean())
        factor = CholeskyFactor(self.L_, None, 1.0, 1.0)
        tangent = implicit_tangent(factor.solve, noise[:, None] * dual).value
        seen = dual
        if _hides_tangent(latent.diagonal(X), noise, dual, tangent):
            # The same as a kernel ridge regression, which leaves out what K does not
            # see.
            Y = self.y_train_.reshape(dual.shape)
            K = np.ascontiguousarray(latent(X, X))
            size = 0.0 if rows_are_equal(X) else np.linalg.norm(K) / len(K)
            solution = solve_kernel_ridge(
                K, Y, np.ones(1), weights=1 / noise, size=size
            )
            tangent, seen, own = solution.tangent, solution.seen, latent.diagonal(X)
            warn_of_tangent(latent.kernel, X, Y, noise, own, solution)
        self.alpha_tangent_ = tangent.reshape(self.alpha_.shape)
        self.parts_ = terms(self.kernel_)
        spread = np.broadcast_to(self._y_train_std, (dual.shape[1],))
        why = NO_NOISE if new_noise == 0 else None
        if why is None and not self.store_covariance:
            why = self._why_no_covariance(None)
        model = GaussianProcessModel(
            kernel=latent,
            X_fit=X,
            dual=seen * spread,
            tangent=tangent * spread,
            solved=dual * spread,
            factor=factor,
            offset=self._y_train_mean,
            noise=noise,
            new_noise=new_noise if new_noise > 0 else 1.0,
            learned_noise=learned_noise,
            spread=spread,
            units=target_units(self.y_train_.reshape(len(X), -1) * spread),
            part_kernels=[
                LatentKernel(self.parts_[j]) for j in self._chosen_parts(self.parts_)
            ],
            flat=dual.shape[1] == 1,
            no_covariance=why,
        )
        self.linearised_ = model
        self.noise_variance_ = for_each_target(new_noise * spread**2)
        model.noise_variance = self.noise_variance_

    def _chosen_parts(self, parts):
        """Numbers of the parts whose tangents are squared one by one."""
        if isinstance(self.tangents, str):
            return range(len(parts)) if self.tangents == "parts" else []
        chosen = self.tangents if isinstance(self.tangents, list) else [self.tangents]
        numbers = range(len(parts))
        if not chosen or not all(j in numbers and j is not True for j in chosen):
            raise ValueError(
                f"tangents={self.tangents!r} must be 'total', 'parts', or numbers of "
                f"the {len(parts)} parts of the kernel, from 0 on: {parts}."
            )
        return [int(j) for j in chosen]

    @property
    def part_complexities_(self):
        """``a^T K_j a / 2`` of each part, of shape (n_parts,)."""
        check_is_fitted(self, "L_")
        parts = [LatentKernel(part) for part in self.parts_]
        return np.array(self.linearised_.complexities(parts))

    @property
    def log_evidence_(self):
        """``log_posterior_``, but of y in its own units.

        Normalised labels have the density of y times their spread.
        """
        check_is_fitted(self, "L_")
        spread = self.linearised_.spread
        return self.log_posterior_ - len(self.L_) * float(np.log(spread).sum())

    def leave_one_out(self, return_std=False):
        """Predict every training row from the others, with the kernel as it is.

        In closed form, for the price of one inverse.

        Parameters
        ----------
        return_std : bool, default=False
            Whether to return the standard deviations of the function there as well.

        Returns
        -------
        y_mean : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Predictions, in the units of y.
        y_std : ndarray of the same shape
            Only with `return_std`.
        """
        check_is_fitted(self, "L_")
        Y = self._y_train_std * self.y_train_ + self._y_train_mean
        mean, variance = self.linearised_.leave_one_out(Y.reshape(len(Y), -1))
        mean = mean.reshape(Y.shape)
        return (mean, np.sqrt(variance).reshape(Y.shape)) if return_std else mean


def _hides_tangent(own, noise, dual, tangent):
    """Whether rounding of a kernel hides the derivative of its predictions.

    At the training rows they are K t = -V (a + t), in which rounding of K leaves eps K
    |t|, and that of the sum eps V |a|. What is small beside what labels with
    much noise may do, need not be so in units of the noise.
    """
    if not (noise > 0).all():
        return False
    few, sizes = 1e-6 / np.finfo(float).eps, np.abs(dual).max(axis=0)
    for root in (np.sqrt(noise)[:, None], noise[:, None]):
        back = noise[:, None] / root  # K t in units of V / root
        error = (own[:, None] / back**2).sum() * np.linalg.norm(back * tangent)
        error += np.linalg.norm(root * sizes)
        if error > few * np.linalg.norm(root * (dual + tangent)):
            return True
    return False
