"""What a network tells about itself: the hooks of CuriosityMixin."""

from copy import copy

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skcurious._blocks import mean_of_outputs
from skcurious.base import CuriosityMixin
from skcurious.tangent import Network
from skcurious.tangent._iterative import warn_if_unconverged


class NetworkCuriosity(CuriosityMixin):
    """Curiosity of a multilayer perceptron, linearised where training ended."""

    _tangent_attribute = "coefs_tangent_"
    _alpha_per_target = False
    _default_weights = "tangent"
    _exact_influence = False
    _continues_training = True

    def _check_loss(self):
        if self.loss != "squared_error":
            raise ValueError(
                f"A network trained with loss={self.loss!r} has no curiosity: the "
                "theory is for the squared error. Use loss='squared_error'."
            )

    def _check_tangent(self):
        check_is_fitted(self, "coefs_")
        self._check_loss()
        if not hasattr(self, "coefs_tangent_"):
            raise NotFittedError(
                f"This {type(self).__name__} has no tangent: a fit that failed, or "
                "training with another loss, dropped it. Call fit or fit_tangent."
            )

    def _check_covariance(self):
        if self.tangent_solver_ in ("forward", "lissa"):
            when = "partial_fit" if self.tangent_solver_ == "forward" else "LiSSA"
            raise ValueError(
                f"After {when} there is no covariance, which standard deviations, "
                "influences, greedy batches of several rows and strategies that weigh "
                "variances need: it would take all rows. Take curiosity_sampling with "
                'batch="sample" or for one row at a time, or fit with another '
                "tangent_solver."
            )
        super()._check_covariance()

    @property
    def _flat_output(self):
        return self.n_outputs_ == 1

    @property
    def _n_outputs(self):
        return self.n_outputs_

    @property
    def _n_blocks(self):
        return self.n_outputs_

    def _network(self, dtype=None):
        coefs, intercepts = self.coefs_, self.intercepts_
        if dtype is not None:
            coefs = [w.astype(dtype, copy=False) for w in coefs]
            intercepts = [b.astype(dtype, copy=False) for b in intercepts]
        return Network(coefs, intercepts, self.activation)

    def _rows(self, X):
        # In float64 like the factor: leverages are small differences.
        X = X.astype(np.float64, copy=False)
        return self._network(np.float64).linearise(X)

    def _row_bytes(self, leverage):
        width = sum(len(b) for b in self.intercepts_)
        n_numbers = 4 * width
        if leverage:  # gradients, or kernels with the training rows
            n_numbers += self.n_outputs_ * (width + 2 * self._factor.row_size)
        return 8 * n_numbers

    def _prediction(self, rows):
        return rows.output.astype(self.coefs_[0].dtype, copy=False)

    def _tangent(self, rows):
        tangent = rows.network.pack(self.coefs_tangent_, self.intercepts_tangent_)
        tangent = rows.jvp(tangent / self._alpha_scale)
        return tangent.astype(self.coefs_[0].dtype, copy=False)

    def _tangents(self, rows):
        if self._layer_tangents is None:
            return super()._tangents(rows)
        tangents = rows.jvp_many(self._layer_tangents.astype(np.float64, copy=False))
        return tangents.astype(self.coefs_[0].dtype, copy=False)

    def _complexity(self):
        return 0.5 * sum(float(np.vdot(w, w)) for w in self.coefs_)

    def _representers(self, others):
        return self._factor.representers(others)

    def _leverage(self, rows, representers):
        return mean_of_outputs(self._factor.leverage(rows, representers))

    def _leverage_blocks(self, rows, representers):
        return self._factor.leverage(rows, representers)

    def _leverage_diagonal(self, rows):
        return self._factor.leverage_diagonal(rows)

    def _goal(self, parts):
        pull = sum(rows.vjp(residual) for rows, residual in parts)
        solution = self._factor.solve(pull[:, None])
        warn_if_unconverged(solution)
        return solution.value[:, 0]

    def _goal_tangent(self, rows, goal):
        return rows.jvp(goal)

    def _parameter_influence(self, rows, residual):
        pulls = np.einsum("nkp,nk->pn", rows.jacobian(), residual)
        solution = self._factor.solve(pulls)
        warn_if_unconverged(solution)
        each = [rows.network.unpack(column) for column in solution.value.T]
        coefs, intercepts = zip(*each, strict=True)
        return {
            "coefs_": [np.stack(layer) for layer in zip(*coefs, strict=True)],
            "intercepts_": [np.stack(layer) for layer in zip(*intercepts, strict=True)],
        }

    def _with_own_curvature(self):
        if self.curvature == "gauss-newton":
            return self
        view = copy(self)
        view._factor = self._hessian
        return view
