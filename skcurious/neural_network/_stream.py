"""Training with the tangent carried along."""

import numpy as np
from scipy import sparse
from sklearn.base import _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import _safe_indexing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _num_samples, validate_data

from skcurious._targets import for_each_target, target_units
from skcurious._validation import check_weights
from skcurious._warnings import warn
from skcurious.linearised._right_hand_sides import network_complexity
from skcurious.neural_network._fitted import SolvedTangent
from skcurious.tangent import ForwardTangent, gauss_newton_residual
from skcurious.tangent._forward import EVERY
from skcurious.tangent._network import Linearisation

# Rows of a call on which its residual is measured.
CHECKED = 400
# Zero is a tangent of residual 1; noise of small minibatches makes some of it.
LARGEST_RESIDUAL = 100.0


class _Carried:
    """A tangent on its way through the minibatches of one call."""

    def __init__(self, forward, total):
        self.forward = forward  # None until the network exists
        self.total = total  # weight of the rows of the call
        self.inverse_totals = []  # 1 / W_B of the minibatches
        self.squared_error = 0.0  # of each target
        self.units = 1.0  # of each target, by the rows of the call


class NetworkStream:
    """Mixin that carries the tangent through ``partial_fit``."""

    _carried = None

    @available_if(lambda self: self._check_solver())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None):
        """Train for one pass over these rows, and carry the tangent along.

        Beside each minibatch step of the parameters the tangent makes one of
        its own on the same rows, for about the same price. Pass the same rows
        again and again, or a stream that is never kept.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            How often each row counts, at least 0: weight 2 is the row twice, and
            a label to come counts once. Of weights ``1 / variance``, which say
            how sure a label is, give the ratios to their mean.

        Returns
        -------
        self : CuriousMLPRegressor
            The network and its tangent.

        Raises
        ------
        ValueError
            For data or parameters that cannot be used; among these the
            Hessian, with which the recursion would diverge, and tangents of
            layers.

        Warns
        -----
        ConvergenceWarning
            When minibatches differ so much that the tangent is far off.

        Notes
        -----
        The tangent is that of the Gauss-Newton matrix, averaged over the last
        steps. It starts from the tangent of ``fit`` or from zero, and settles
        as slowly as stochastic gradient descent does: directions that the rows
        hardly see take some ``largest curvature * batch / alpha`` steps.
        ``tangent_residual_`` tells how far it is, on rows of the last call: of
        few rows it is noisy, and never zero.

        `effective_alpha_` and the units of ``curiosity_score`` are relative to
        the rows of the last call, as they would be after ``fit`` to these, and
        ``noise_variance_`` is the mean squared error on them, each before the
        step that used it. Rows are not kept: there is no covariance.
        """
        weights = check_weights(sample_weight, X, None)
        X = X.tocsr() if sparse.issparse(X) else X
        self._check_targets(y)
        if not hasattr(self, "_run"):
            self._start_run()
        if self.loss != "squared_error":
            self._forget_tangent()
            return super().partial_fit(X, y, weights)
        self._check_stream()
        solved = vars(self).get("_solved")
        forward = None if solved is None else solved.forward
        if forward is None and solved is not None:
            start = self._network().pack(self.coefs_tangent_, self.intercepts_tangent_)
            forward = ForwardTangent(start)
        total = float(_num_samples(X) if weights is None else weights.sum())
        self._carried = _Carried(forward, total)
        labels = np.asarray(y, dtype=np.float64)
        self._carried.units = target_units(labels.reshape(len(labels), -1), weights)
        try:
            super().partial_fit(X, y, weights)
            carried = self._carried
        finally:
            vars(self).pop("_carried")
        if carried.inverse_totals:  # not interrupted before the first minibatch
            self._keep_carried(carried, X, weights)
        return self

    def _check_stream(self):
        if self.curvature == "hessian":
            raise ValueError(
                "curvature='hessian' cannot be carried through partial_fit: away from "
                "an optimum the recursion diverges. Use curvature='gauss-newton'."
            )
        if self.layer_tangents:
            raise ValueError(
                "partial_fit carries one tangent. Use layer_tangents=False, or fit."
            )

    def _backprop(self, X, y, sample_weight, activations, *buffers):
        # scikit-learn calls this once for each minibatch, before its step.
        result = super()._backprop(X, y, sample_weight, activations, *buffers)
        if self._carried is not None:
            self._carry(y, sample_weight, activations)
        return result

    def _carry(self, y, weights, activations):
        carried = self._carried
        if not carried.inverse_totals:
            self._forget_tangent()  # of the parameters that are about to move
        network = self._network()
        if carried.forward is None:
            start = np.zeros(network.n_params, dtype=self.coefs_[0].dtype)
            carried.forward = ForwardTangent(start)
        rows = Linearisation(network, None, list(activations))
        if weights is None:
            weights = np.ones(len(y), dtype=rows.output.dtype)
        total = float(weights.sum())
        error = rows.output - y
        carried.squared_error += weights @ np.square(error)
        inverse = 1 / total if total > 0 else 0.0
        carried.inverse_totals.append(inverse)
        diagonal = self._mean_diagonal(inverse, carried.total)
        carried.forward.step(rows, weights * inverse, *diagonal, inverse)

    def _mean_diagonal(self, inverse, total):
        """D of weights and intercepts for a loss that is a mean over rows.

        `inverse` is 1 / W_B of a minibatch, `total` the weight of the call.
        """
        on_weights, on_intercepts = self._damping_at(self.alpha * inverse * total)
        return self.alpha * inverse + on_weights / total, on_intercepts / total

    def _keep_carried(self, carried, X, weights):
        forward, total = carried.forward, carried.total
        inverse = float(np.mean(carried.inverse_totals))
        effective_alpha = float(self.alpha * total * inverse)
        # Of a stream of single minibatches not each is worth a look.
        before = forward.n_steps - len(carried.inverse_totals)
        if before == 0 or before // EVERY < forward.n_steps // EVERY:
            forward.residual = self._stream_residual(carried, inverse, X, weights)
            if not forward.residual < LARGEST_RESIDUAL:
                warn(
                    "The tangent that partial_fit carries is far off (relative "
                    f"residual {forward.residual:.1e}): minibatches differ too much. "
                    "Use larger ones, scale X, or solve with fit_tangent.",
                    ConvergenceWarning,
                )
        network = self._network(np.float64)
        noise_variance = for_each_target(carried.squared_error / total)
        facts = {
            "network": network,
            "dtype": self.coefs_[0].dtype,
            "n_outputs": self.n_outputs_,
            "flat": self.n_outputs_ == 1,
            "tangent": forward.mean[:, None],
            "noise_variance": noise_variance,
            "units": carried.units,
            "regularity_per_alpha": total * inverse,
            "checkpoints": self._run,
        }
        self._solved = SolvedTangent(
            self._linearise(None, "forward", facts),
            *network.unpack(forward.mean),
            noise_variance=noise_variance,
            effective_alpha=effective_alpha,
            damping=self._damping_at(effective_alpha),
            tangent_solver="forward",
            tangent_n_iter=forward.n_steps,
            tangent_residual=forward.residual,
            forward=forward,
        )

    def _stream_residual(self, carried, inverse, X, weights):
        """``|H t + rho| / |rho|`` of the averaged tangent, on rows of the call."""
        n_rows = _num_samples(X)
        some = np.arange(0, n_rows, max(n_rows // CHECKED, 1))
        X = _safe_indexing(X, some)
        mean = carried.forward.mean
        X = validate_data(self, X, accept_sparse="csr", dtype=mean.dtype, reset=False)
        weights = np.ones(len(some)) if weights is None else weights[some]
        total = weights.sum()
        if total == 0:
            return np.nan
        left = gauss_newton_residual(
            self._network().linearise(X),
            (weights / total).astype(mean.dtype),
            *self._mean_diagonal(inverse, carried.total),
            inverse,
            mean,
        )
        rho = network_complexity(self._network())
        size = inverse * np.linalg.norm(rho)
        return float(np.linalg.norm(left) / size) if size else 0.0
