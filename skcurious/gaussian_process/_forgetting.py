"""A Gaussian process without some of its rows, and with those of others."""

from copy import copy

import numpy as np
from sklearn.base import clone

from skcurious._seen import check_same, check_same_columns, joined_labels, stacked
from skcurious.gaussian_process._parts import label_noise
from skcurious.tangent import CholeskyFactor
from skcurious.tangent._downdate import few, without_rows


class ForgettingRows:
    """Mixin of the Gaussian process regressor, whose kernel stays as it is."""

    def _without(self, gone, refit=False):
        """A fitted copy without the training rows where `gone`."""
        kept, factor = ~gone, None
        X, seen = self.X_train_[kept], self._seen.some(kept)
        if refit:
            return self._fitted_anew(X, seen, self._alpha_of(kept))
        if few(gone.sum(), len(gone)):
            factor = without_rows(CholeskyFactor(self.L_, None, 1.0, 1.0), gone)
        new = copy(self)
        new.alpha = self._alpha_of(kept)
        return new._fit_kept_kernel(X, seen, self._known_noise()[kept], factor)

    def _joined(self, others):
        """A fitted copy with the rows of other processes of the same kernel."""
        everyone = [self, *others]
        for other in others:
            check_same(self.kernel_, other.kernel_, "kernels")
            check_same(self.normalize_y, other.normalize_y, "normalize_y")
        check_same_columns(everyone)
        new, noise = copy(self), [each._known_noise() for each in everyone]
        alphas = [np.broadcast_to(each.alpha, each.L_.shape[:1]) for each in everyone]
        if len(np.unique(np.concatenate(alphas))) > 1:
            new.alpha = np.concatenate(alphas)
        X = stacked([each.X_train_ for each in everyone])
        new._check_size(X)
        seen = joined_labels([each._seen for each in everyone])
        return new._fit_kept_kernel(X, seen, np.concatenate(noise))

    def _known_noise(self):
        """`alpha` of every training row, as it was at the fit."""
        return self.linearised_.noise - label_noise(self.kernel_, self.X_train_)

    def _alpha_of(self, kept):
        if np.ndim(self.alpha) and np.size(self.alpha) > 1:
            return np.asarray(self.alpha)[kept]
        return self.alpha

    def _fitted_anew(self, X, seen, alpha):
        new = clone(self).set_params(alpha=alpha).fit(X, seen.labels)
        names = getattr(self, "feature_names_in_", None)
        if names is not None:
            new.feature_names_in_ = names
        return new

    def _fit_kept_kernel(self, X, seen, alpha, factor=None):
        """Fit to other rows what is not learned, in place."""
        log_prior = self.log_posterior_ - self.log_marginal_likelihood_value_
        y = seen.labels
        self._seen, self.X_train_, self.kernel_ = seen, X, clone(self.kernel_)
        self.y_train_, self._y_train_mean, self._y_train_std = self._normalised(
            y.astype(np.float64), y.dtype
        )
        if factor is None:
            self._solve(alpha)
        else:
            self.L_ = factor.lower
            self._linearise(alpha)
        n_targets = self.alpha_.size // len(X)
        half_log_determinant = np.log(2 * np.pi) * len(X) / 2
        half_log_determinant += np.log(self.L_.diagonal()).sum()
        fit = 0.5 * float(np.vdot(self.y_train_, self.alpha_))
        evidence = -fit - n_targets * float(half_log_determinant)
        self.log_marginal_likelihood_value_ = evidence
        self.log_posterior_ = evidence + log_prior
        return self
