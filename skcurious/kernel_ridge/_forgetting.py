"""Kernel ridge regression without some of its rows, and with those of others.

The rows are kept, and so whatever was fitted to them can be fitted to some of them.
Where few go, the factor of those that stay comes from that of all.
"""

from copy import copy

import numpy as np
from sklearn.base import clone

from skcurious._seen import check_same, check_same_columns, joined_labels, stacked
from skcurious._validation import check_weights
from skcurious.kernel_ridge._fitted import summing_to_zero
from skcurious.kernel_ridge._kernels import PrecomputedKernel
from skcurious.tangent._downdate import few, without_rows
from skcurious.tangent._kernel import solve_with_factor

# The mean of rows that weigh less than this share of all is found anew.
LITTLE = 0.5


class ForgettingRows:
    """Mixin of the kernel ridge regressors."""

    def _without(self, gone, refit=False):
        """A fitted copy without the training rows where `gone`."""
        kernel, kept = self.linearised_.kernel, ~gone
        X, seen = kernel.some(self.X_fit_, kept), self._seen.some(kept)
        if refit:
            return self._fitted_anew(X, seen)
        return self._fitted_to(
            X, seen, lambda Y: self._solve_less(gone, Y, seen.weights)
        )

    def _joined(self, others):
        """A fitted copy with the rows of other models of the same kernel."""
        model, everyone = self.linearised_, [self, *others]
        if isinstance(model.kernel, PrecomputedKernel):
            raise TypeError(
                "Models with kernel='precomputed' know no kernel of the rows of one "
                "with those of another: fit to the kernel of all rows."
            )
        for other in others:
            check_same(model.kernel, other.linearised_.kernel, "kernels")
            check_same(
                model.alphas.tolist(), other.linearised_.alphas.tolist(), "alpha"
            )
            check_same(self.fit_intercept, other.fit_intercept, "fit_intercept")
        check_same_columns(everyone)
        X = stacked([each.X_fit_ for each in everyone])
        return self._fitted_to(X, joined_labels([each._seen for each in everyone]))

    def _fitted_to(self, X, seen, shortcut=lambda Y: None):
        """A fitted copy for other rows with the same alpha and kernel."""
        new, model = copy(self), self.linearised_
        check_weights(seen.weights, X, model.alphas.dtype)

        def solve(Y):
            solved = shortcut(Y)
            if solved is None:
                K = model.kernel.of_training_rows(X)
                solved = new._solve(X, K, Y, model.alphas, seen.weights)
            return solved

        new.n_features_in_ = X.shape[1]
        return new._fit_solution(model.kernel, X, seen, model.alphas, solve)

    def _fitted_anew(self, X, seen):
        new = clone(self).fit(X, seen.labels, seen.weights)
        names = getattr(self, "feature_names_in_", None)
        if names is not None:
            new.feature_names_in_ = names
        return new

    def _solve_less(self, gone, Y, weights):
        """Solution and centre from the factor of all rows, or None."""
        model, kept = self.linearised_, ~gone
        if model.factor is None or not few(gone.sum(), len(gone)):
            return None
        centre, shift = model.centre, None
        if centre is not None:
            if centre.weights[kept].sum() < LITTLE:
                return None
            cross = model.kernel.between(self.X_fit_, kept, gone)
            centre, v = centre.without(gone, cross)
            root = np.ones_like(v) if weights is None else np.sqrt(weights)
            shift = root, root * v
            Y = Y - centre.weights @ Y
        factor = without_rows(model.factor, gone, shift)
        if factor is None:
            return None
        solution = solve_with_factor(
            factor, Y, model.alphas, self._kernel_size, weights=weights
        )
        return solution and (summing_to_zero(solution, centre), centre)
