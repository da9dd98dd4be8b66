"""From a trained network to its tangent."""

import numpy as np
from scipy.linalg import LinAlgWarning
from sklearn.base import _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import gen_batches
from sklearn.utils._chunking import get_chunk_n_rows
from sklearn.utils.validation import check_is_fitted

from skcurious._minibatch import minibatch_balance
from skcurious._targets import for_each_target, target_units
from skcurious._validation import (
    check_size,
    check_weights,
    validate_training,
)
from skcurious._warnings import warn
from skcurious.linearised import NetworkModel, NoCovariance
from skcurious.linearised._right_hand_sides import (
    network_complexity,
    network_complexity_by_layer,
)
from skcurious.neural_network._fitted import SolvedTangent
from skcurious.tangent import solve_network
from skcurious.tangent._gram import weighted_mean

# Above this the tangent of the exact Hessian is not to be trusted: below it
# benchmarks/bench_tangent_accuracy.py found errors up to 4% on 14 tables, up to
# 31% at twice as much, and as large as the tangent itself near 1e-3.
LARGEST_STATIONARITY = 1e-4

# Zero is a tangent of residual 1. Noise of the minibatches leaves some tenths in
# stiff directions, of which the curiosity sees little; more is still on its way.
LARGEST_LISSA_RESIDUAL = 0.5


class NetworkFitting:
    """Mixin that solves for the tangent, and says how well that went."""

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_tangent(self, X, y, sample_weight=None):
        """Solve for the tangent where the parameters are, without training.

        After ``partial_fit``, for a tangent that has settled and a covariance;
        or to compare the options of the tangent on one trained network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows that the network was trained on, or enough of them.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Their targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Their weights.

        Returns
        -------
        self : CuriousMLPRegressor
            The same network with a new tangent.

        Raises
        ------
        NotFittedError
            Before ``fit`` or ``partial_fit``.
        ValueError
            For data or parameters that cannot be used.
        """
        check_is_fitted(self, "coefs_")
        self._check_loss()
        self._check_solvers()
        self._check_targets(y)
        weights = check_weights(sample_weight, X, None)
        self._solved = self._solve_tangent(X, y, weights)
        return self

    def _check_targets(self, y):
        """Refuse another number of targets than the network was trained with."""
        n_targets = 1 if np.ndim(y) == 1 else np.shape(y)[-1]
        if hasattr(self, "coefs_") and n_targets != self.n_outputs_:
            raise ValueError(
                f"y has {n_targets} targets, but CuriousMLPRegressor was fitted with "
                f"{self.n_outputs_}."
            )

    def _check_solvers(self):
        if self.alpha > 0:
            check_size(np.array([self.alpha], dtype=float), "alpha")
        if self.tangent_solver == "lissa" and self.layer_tangents:
            raise ValueError(
                "tangent_solver='lissa' finds one tangent. Use layer_tangents=False, "
                "or another solver."
            )
        if self.tangent_solver not in ("primal", "dual", "lissa"):
            return
        if self.curvature == "hessian":
            raise ValueError(
                f"tangent_solver={self.tangent_solver!r} is for the Gauss-Newton "
                "matrix and cannot be used with curvature='hessian'. Use 'cg' or "
                "'auto', or curvature='gauss-newton'."
            )
        undamped = self.damping == 0 or (self.damping == "auto" and self.alpha == 0)
        if self.tangent_solver == "dual" and undamped:
            raise ValueError(
                f"tangent_solver='dual' divides by the regularity and the damping of "
                f"every parameter, got alpha={self.alpha} and damping="
                f"{self.damping!r}. Use damping='auto' with alpha > 0, or a damping "
                "> 0."
            )

    def _damping_at(self, effective_alpha):
        """On weights and on intercepts, for a loss that is a sum over rows."""
        if self.damping == "auto":
            return 0.0, 0.1 * effective_alpha + 1e-3
        return float(self.damping), float(self.damping)

    def _solve_tangent(self, X, y, weights):
        """The :class:`SolvedTangent` where the parameters are; changes nothing."""
        X, y = validate_training(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            multi_output=True,
            y_numeric=True,
            reset=False,
        )
        n_samples = len(y)
        weights = np.ones(n_samples) if weights is None else weights.astype(float)
        per_alpha, balanced = self._balance(weights)
        effective_alpha = float(self.alpha * per_alpha)
        damping = self._damping_at(effective_alpha)

        # In float64 whatever X is: the curvature squares condition numbers.
        network = self._network(np.float64)
        max_iter = self.tangent_max_iter
        if max_iter is None:
            max_iter = 2_000
        chunk_size = self._chunk_size(network, X)
        complexity_of = network_complexity
        if self.layer_tangents:
            complexity_of = network_complexity_by_layer
        result = solve_network(
            network,
            X,
            y.reshape(n_samples, -1).astype(np.float64, copy=False),
            balanced,
            rho=complexity_of(network),
            alpha=effective_alpha,
            damping=damping,
            curvature=self.curvature,
            solver=self.tangent_solver,
            tol=self.tangent_tol,
            max_iter=max_iter,
            chunk_size=chunk_size,
            with_factor=self.store_covariance,
        )
        solution, n_iter = result.solution, 0
        if solution.method == "lissa":
            n_iter = max_iter
        elif solution.n_iter is not None:
            n_iter = int(solution.n_iter.max())
        residual = float(solution.residual.max())
        self._report(solution, residual, n_iter, result.stationarity)
        dtype = self.coefs_[0].dtype
        tangent = solution.value.sum(axis=1, keepdims=True) * per_alpha
        labels = y.reshape(len(y), -1)
        facts = {
            "network": network,
            "dtype": dtype,
            "n_outputs": self.n_outputs_,
            "flat": self.n_outputs_ == 1,
            "tangent": tangent,
            "parts": solution.value if self.layer_tangents else None,
            "noise_variance": self._squared_error(X, y, weights, chunk_size),
            "units": target_units(labels, weights),
            "label_mean": weighted_mean(labels, weights),
            "regularity_per_alpha": per_alpha,
            "checkpoints": getattr(self, "_run", None),
        }
        of_tangent = None
        if result.hessian is not None:
            of_tangent = self._linearise(result.hessian, solution.method, facts)
        shown = network.unpack(tangent[:, 0].astype(dtype))
        return SolvedTangent(
            self._linearise(
                result.factor, solution.method, facts | {"of_tangent": of_tangent}
            ),
            *shown,
            noise_variance=facts["noise_variance"],
            effective_alpha=effective_alpha,
            damping=damping,
            tangent_solver=solution.method,
            tangent_n_iter=n_iter,
            tangent_residual=residual,
            stationarity=result.stationarity,
        )

    def _balance(self, weights):
        """Effective alpha over alpha, and the weights that training gives to rows."""
        if self.solver == "lbfgs":
            return 1.0, weights
        n_samples = n_train = len(weights)
        if self.early_stopping:
            n_train -= int(np.ceil(self.validation_fraction * n_samples))
        size = min(200, n_train) if self.batch_size == "auto" else self.batch_size
        per_alpha, balanced = minibatch_balance(
            weights, n_train, min(size, n_train), self.shuffle
        )
        return per_alpha, balanced * (n_train / n_samples)

    def _chunk_size(self, network, X):
        return get_chunk_n_rows(
            # Activations, slopes, deltas of each output, and temporaries.
            8 * (network.width * (4 + network.n_outputs) + X.shape[1]),
            max_n_rows=X.shape[0],
        )

    def _linearise(self, factor, solver, facts):
        why = self._why_no_covariance(factor)
        if solver in ("forward", "lissa"):
            when = "partial_fit" if solver == "forward" else "LiSSA"
            why = NoCovariance(
                ValueError,
                f"After {when} there is no covariance, which standard deviations, "
                "influences, greedy batches of several rows and strategies that weigh "
                "variances need: it would take all rows. Take curiosity_sampling with "
                'batch="sample" or for one row at a time, or fit with another '
                "tangent_solver.",
            )
        return NetworkModel(factor=factor, no_covariance=why, **facts)

    def _squared_error(self, X, y, weights, chunk_size):
        squares = np.empty((len(y), self.n_outputs_))
        for rows in gen_batches(len(y), chunk_size):
            predicted = self._predict(X[rows], check_input=False)
            residual = predicted.reshape(-1, self.n_outputs_)
            squares[rows] = np.square(residual - y[rows].reshape(residual.shape))
        return for_each_target(np.average(squares, axis=0, weights=weights))

    def _report(self, solution, residual, n_iter, stationarity):
        if not solution.definite and self.curvature == "hessian":
            warn(
                "The Hessian has negative curvature: training stopped away from a "
                "minimum, and the tangent is not the derivative of an optimum. Use "
                "curvature='gauss-newton', train longer, or raise alpha or damping.",
                LinAlgWarning,
            )
        elif solution.method == "lissa":
            if residual > LARGEST_LISSA_RESIDUAL:
                warn(
                    f"LiSSA has not settled: relative residual {residual:.1e} after "
                    f"{n_iter} minibatches. Raise tangent_max_iter, alpha or damping, "
                    "scale X, or use tangent_solver='cg'.",
                    ConvergenceWarning,
                )
        elif solution.n_iter is None and not residual < 1:
            raise np.linalg.LinAlgError(
                "The curvature of the network is too ill-conditioned for a tangent "
                f"(relative residual {residual:.1e}). Scale X and y, "
                "for instance with StandardScaler and TransformedTargetRegressor, or "
                "raise alpha or damping."
            )
        elif not solution.converged:
            warn(
                "Conjugate gradients did not converge: relative residual "
                f"{residual:.1e} against tangent_tol="
                f"{self.tangent_tol:.1e} after {n_iter} iterations. "
                "Scale X, raise tangent_max_iter, damping or alpha, or use "
                "tangent_solver='primal' or 'dual'.",
                ConvergenceWarning,
            )
        elif residual > 1e-5 and solution.n_iter is None:
            warn(
                "The curvature is ill-conditioned: relative residual "
                f"{residual:.1e} of the tangent. Scale X, or raise "
                "damping or alpha.",
                LinAlgWarning,
            )
        if self.curvature == "hessian" and stationarity > LARGEST_STATIONARITY:
            warn(
                f"Training stopped away from an optimum (stationarity_="
                f"{stationarity:.1e}, trusted up to {LARGEST_STATIONARITY}): the "
                "tangent of the exact Hessian may be far off. Train longer (solver="
                "'lbfgs', smaller tol, larger max_iter), or use "
                "curvature='gauss-newton'.",
                ConvergenceWarning,
            )
