"""A Gaussian process without some of its rows, and with those of others."""

from copy import copy

import numpy as np
from sklearn.base import clone

from skcurious._seen import check_same, check_same_columns, joined_labels, stacked
from skcurious.gaussian_process._arguments import check_labels, with_known_noise
from skcurious.tangent import CholeskyFactor
from skcurious.tangent._downdate import few, without_rows


class ForgettingRows:
    """Mixin of the Gaussian process regressor, whose kernel stays as it is."""

    def _without(self, gone, refit=False):
        """A fitted copy without the training rows where `gone`."""
        kept, factor = ~gone, None
        X, seen = self.X_train_[kept], self._seen.some(kept)
        new = copy(self)
        if np.ndim(self.alpha) and np.size(self.alpha) > 1:
            new.alpha = seen.alpha
        if refit:
            return new._fitted_anew(X, seen)
        # Known noise is in units of a spread that the rows which go had a part in.
        scaled = self.normalize_y and seen.label_noise is not None
        if few(gone.sum(), len(gone)) and not scaled:
            factor = without_rows(CholeskyFactor(self.L_, None, 1.0, 1.0), gone)
        return new._fit_kept_kernel(X, seen, factor)

    def _joined(self, others):
        """A fitted copy with the rows of other processes of the same kernel."""
        everyone = [self, *others]
        for other in others:
            check_same(self.kernel_, other.kernel_, "kernels")
            check_same(self.normalize_y, other.normalize_y, "normalize_y")
        check_same_columns(everyone)
        new = copy(self)
        X = stacked([each.X_train_ for each in everyone])
        seen = joined_labels([each._seen for each in everyone])
        if np.ptp(seen.alpha) > 0:
            new.alpha = seen.alpha
        check_labels(seen.labels, None)
        return new._fit_kept_kernel(X, seen)

    def _fitted_anew(self, X, seen):
        new = clone(self).fit(X, seen.labels, label_noise=seen.label_noise)
        names = getattr(self, "feature_names_in_", None)
        if names is not None:
            new.feature_names_in_ = names
        return new

    def _fit_kept_kernel(self, X, seen, factor=None):
        """Fit to other rows what is not learned, in place."""
        log_prior = self.log_posterior_ - self.log_marginal_likelihood_value_
        y = seen.labels
        self._seen, self.X_train_, self.kernel_ = seen, X, clone(self.kernel_)
        self.y_train_, self._y_train_mean, self._y_train_std, known = with_known_noise(
            y.astype(np.float64), y.dtype, self.normalize_y, seen.label_noise
        )
        if factor is None:
            self._solve(seen.alpha, known)
        else:
            self.L_ = factor.lower
            self._linearise(seen.alpha, known)
        n_targets = self.alpha_.size // len(X)
        half_log_determinant = np.log(2 * np.pi) * len(X) / 2
        half_log_determinant += np.log(self.L_.diagonal()).sum()
        fit = 0.5 * float(np.vdot(self.y_train_, self.alpha_))
        evidence = -fit - n_targets * float(half_log_determinant)
        self.log_marginal_likelihood_value_ = evidence
        self.log_posterior_ = evidence + log_prior
        return self
