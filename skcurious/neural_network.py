"""Multilayer perceptrons with a sense of curiosity."""

import warnings
from numbers import Integral, Real

import numpy as np
from scipy.linalg import LinAlgWarning
from sklearn.base import _fit_context
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.neural_network import MLPRegressor
from sklearn.utils._chunking import get_chunk_n_rows
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from skcurious._blocks import mean_of_outputs
from skcurious._chunks import sum_of_squares
from skcurious._minibatch import minibatch_balance
from skcurious._validation import check_weights
from skcurious.base import CuriosityMixin
from skcurious.tangent import Network, solve_network

# Above this the tangent of the exact Hessian is not to be trusted: below it
# benchmarks/bench_tangent_accuracy.py found errors up to 4% on 14 tables, up to
# 31% at twice as much, and as large as the tangent itself near 1e-3.
LARGEST_STATIONARITY = 1e-4


class CuriousMLPRegressor(CuriosityMixin, MLPRegressor):
    """Multilayer perceptron that knows how its optimum moves with alpha.

    Trains as :class:`sklearn.neural_network.MLPRegressor` does, and then
    solves ``curvature . t = -theta`` (intercepts, which are not penalised,
    zeroed on the right) for the regularity tangent. Its directional
    derivative at a row is the derivative of that row's prediction.

    Parameters
    ----------
    loss : {'squared_error', 'poisson'}, default='squared_error'
        Loss to train with.  Curiosity is for the squared error only.
    hidden_layer_sizes : array-like of int, default=(100,)
        Neurons of each hidden layer.
    activation : {'identity', 'logistic', 'tanh', 'relu'}, default='relu'
        Of the hidden layers.
    solver : {'lbfgs', 'sgd', 'adam'}, default='adam'
        How to train.
    alpha : float, default=0.0001
        Regularisation strength. See `effective_alpha_` for what the
        minibatch solvers make of it.
    batch_size : int or 'auto', default='auto'
        As in MLPRegressor.
    learning_rate : {'constant', 'invscaling', 'adaptive'}, default='constant'
        As in MLPRegressor.
    learning_rate_init : float, default=0.001
        As in MLPRegressor.
    power_t : float, default=0.5
        As in MLPRegressor.
    max_iter : int, default=200
        As in MLPRegressor.
    shuffle : bool, default=True
        As in MLPRegressor.
    random_state : int, RandomState instance, default=None
        As in MLPRegressor.
    tol : float, default=1e-4
        As in MLPRegressor.
    verbose : bool, default=False
        As in MLPRegressor.
    warm_start : bool, default=False
        As in MLPRegressor.
    momentum : float, default=0.9
        As in MLPRegressor.
    nesterovs_momentum : bool, default=True
        As in MLPRegressor.
    early_stopping : bool, default=False
        As in MLPRegressor. The rows that it sets aside are not known, so
        curvature and noise variance are taken over all rows and scaled.
    validation_fraction : float, default=0.1
        As in MLPRegressor.
    beta_1 : float, default=0.9
        As in MLPRegressor.
    beta_2 : float, default=0.999
        As in MLPRegressor.
    epsilon : float, default=1e-8
        As in MLPRegressor.
    n_iter_no_change : int, default=10
        As in MLPRegressor.
    max_fun : int, default=15000
        As in MLPRegressor.
    curvature : {'gauss-newton', 'hessian'}, default='gauss-newton'
        - 'gauss-newton' is positive semidefinite wherever training stopped;
        - 'hessian' is exact at a minimum, and needs one.
    tangent_solver : {'auto', 'primal', 'dual', 'cg'}, default='auto'
        - 'primal' factorises the Gauss-Newton matrix, n_params**2 numbers;
        - 'dual' factorises the tangent kernel, (n_samples * n_outputs)**2
          numbers: the usual case in active learning;
        - 'cg' runs conjugate gradients on either curvature, preconditioned by
          the 'dual' of a sample of the rows;
        - 'auto' is the smaller of the first two while it has at most 4,000
          rows, else 'cg', and always 'cg' for the Hessian.
    damping : 'auto' or float, default='auto'
        Added to the diagonal of the curvature. A float goes on every
        parameter. 'auto' puts ``0.1 * effective_alpha_ + 1e-3`` on the
        intercepts, which the penalty leaves free, and nothing on the weights.
    tangent_tol : float, default=1e-8
        Relative residual at which conjugate gradients stop.
    tangent_max_iter : int, default=None
        Steps of conjugate gradients at most; None means 2,000.
    layer_tangents : bool, default=False
        Whether to keep the tangent of each layer's regularity apart:
        curiosity is then about the complexity of each layer, and its squares
        are summed, so that layers whose changes cancel count. Takes n_layers
        solves and copies of the parameters instead of one.
    store_covariance : bool, default=True
        Whether to keep the factor and the training rows, which
        ``predict_covariance``, ``predict(return_std=True)`` and greedy batches
        need. 'cg' keeps the array that was passed, not a copy.

    Attributes
    ----------
    loss_ : float
        As in MLPRegressor.
    n_iter_ : int
        Iterations of training.
    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of each layer.
    intercepts_ : list of ndarray of shape (n_out,)
        Intercepts of each layer.
    coefs_tangent_ : list of ndarray of shape (n_in, n_out)
        d ``coefs_`` / d alpha.
    intercepts_tangent_ : list of ndarray of shape (n_out,)
        d ``intercepts_`` / d alpha.
    noise_variance_ : float
        Weighted mean of the squared training residuals, in squared units of
        y; optimistic, and near 0 for a network that interpolates.
    effective_alpha_ : float
        The regularity that training really optimises, relative to the sum of
        squared residuals: alpha for 'lbfgs', and ``alpha * n * mean(1 /
        b_k)`` over the batches of b_k rows of one epoch for the others.
    damping_ : ndarray of shape (n_params,)
        Damping of each parameter, all weights before all intercepts.
    stationarity_ : float
        Norm of the objective's gradient over the sum of the norms of its
        parts: 0 at an optimum, 1 when nothing cancels.
    tangent_n_iter_ : int
        Steps of conjugate gradients, 0 for a factor.
    tangent_residual_ : float
        Relative residual of the tangent's linear system.
    tangent_solver_ : str
        The solver that ran.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, when X has names that are all strings.

    See Also
    --------
    sklearn.neural_network.MLPRegressor : The model without curiosity.
    skcurious.linear_model.CuriousRidge : The same without hidden layers.

    Notes
    -----
    ``curiosity_score`` is about the complexity ``|weights|^2 / 2`` and moves
    ``effective_alpha_``, while ``predict_tangent`` and the tangent attributes
    are derivatives with respect to the parameter `alpha`.

    The defaults of training are scikit-learn's and made for thousands of rows.
    For some dozens of labels standardise X and y and start from
    ``hidden_layer_sizes=(16,), activation="tanh", solver="lbfgs", alpha=0.1,
    max_iter=2000``: with ``alpha=0.0001`` a network on few labels is hardly
    regularised, and its tangent and standard deviations are huge.

    ``predict_covariance`` is that of the linearised Laplace approximation,
    always with the Gauss-Newton matrix.

    References
    ----------
    F. Eaton, "Influence functions and regularity tangents for efficient
    active learning", arXiv 2411.15292, 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.neural_network import CuriousMLPRegressor
    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> model = CuriousMLPRegressor(
    ...     hidden_layer_sizes=(10,), solver="lbfgs", alpha=0.1, random_state=0
    ... )
    >>> model = model.fit(X, X[:, 0] ** 3)
    >>> model.tangent_solver_
    'dual'
    >>> model.predict_tangent(X).shape
    (20,)
    """

    _parameter_constraints: dict = {
        **MLPRegressor._parameter_constraints,
        "curvature": [StrOptions({"gauss-newton", "hessian"})],
        "tangent_solver": [StrOptions({"auto", "cg", "primal", "dual"})],
        "damping": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "tangent_tol": [Interval(Real, 0, None, closed="neither")],
        "tangent_max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "layer_tangents": ["boolean"],
        "store_covariance": ["boolean"],
    }
    _tangent_attribute = "coefs_tangent_"
    _alpha_per_target = False
    _default_weights = "tangent"

    def __init__(
        self,
        loss="squared_error",
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        curvature="gauss-newton",
        tangent_solver="auto",
        damping="auto",
        tangent_tol=1e-8,
        tangent_max_iter=None,
        layer_tangents=False,
        store_covariance=True,
    ):
        super().__init__(
            loss=loss,
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            power_t=power_t,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            n_iter_no_change=n_iter_no_change,
            max_fun=max_fun,
        )
        self.curvature = curvature
        self.tangent_solver = tangent_solver
        self.damping = damping
        self.tangent_tol = tangent_tol
        self.tangent_max_iter = tangent_max_iter
        self.layer_tangents = layer_tangents
        self.store_covariance = store_covariance

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Train the network, and solve for its tangent.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights, at least 0.

        Returns
        -------
        self : CuriousMLPRegressor
            The trained network.

        Raises
        ------
        ValueError
            For data or parameters that cannot be used.
        numpy.linalg.LinAlgError
            When the curvature is singular.

        Warns
        -----
        ConvergenceWarning
            When training or conjugate gradients stop early, or, with the
            Hessian, training stopped away from the optimum.
        LinAlgWarning
            When the Hessian has negative curvature.
        """
        self._check_solvers()
        sample_weight = check_weights(sample_weight, X, None)
        self._forget_tangent()
        super().fit(X, y, sample_weight)
        if self.loss == "squared_error":
            self._fit_tangent(X, y, sample_weight)
        return self

    def partial_fit(self, X, y, sample_weight=None):
        """Train on one batch of rows, and drop the tangent.

        The tangent of the network before is not that of the network after:
        curiosity raises ``NotFittedError`` until the next ``fit``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights.

        Returns
        -------
        self : CuriousMLPRegressor
            The network, without a tangent.
        """
        self._forget_tangent()
        return super().partial_fit(X, y, sample_weight)

    # -- fitting --------------------------------------------------------------

    def _check_solvers(self):
        if self.tangent_solver not in ("primal", "dual"):
            return
        if self.curvature == "hessian":
            raise ValueError(
                f"tangent_solver={self.tangent_solver!r} factorises the Gauss-Newton "
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

    def _forget_tangent(self):
        for attribute in (
            "coefs_tangent_",
            "intercepts_tangent_",
            "noise_variance_",
            "effective_alpha_",
            "stationarity_",
            "tangent_n_iter_",
            "tangent_residual_",
            "tangent_solver_",
            "_damping",
            "_factor",
            "_layer_tangents",
        ):
            vars(self).pop(attribute, None)

    def _fit_tangent(self, X, y, weights):
        X, y = validate_data(
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
        n_train, balanced = n_samples, weights
        self._alpha_scale = 1.0
        if self.solver != "lbfgs":
            if self.early_stopping:
                n_train -= int(np.ceil(self.validation_fraction * n_samples))
            size = min(200, n_train) if self.batch_size == "auto" else self.batch_size
            self._alpha_scale, balanced = minibatch_balance(
                weights, n_train, min(size, n_train), self.shuffle
            )
        self.effective_alpha_ = float(self.alpha * self._alpha_scale)
        if self.damping == "auto":
            self._damping = (0.0, 0.1 * self.effective_alpha_ + 1e-3)
        else:
            self._damping = (float(self.damping), float(self.damping))

        # In float64 whatever X is: the curvature squares condition numbers.
        network = self._network(np.float64)
        max_iter = self.tangent_max_iter
        if max_iter is None:
            max_iter = 2_000
        result = solve_network(
            network,
            X,
            y.reshape(n_samples, -1).astype(np.float64, copy=False),
            balanced * (n_train / n_samples),
            alpha=self.effective_alpha_,
            damping=self._damping,
            curvature=self.curvature,
            solver=self.tangent_solver,
            tol=self.tangent_tol,
            max_iter=max_iter,
            chunk_size=get_chunk_n_rows(
                # Activations, slopes, deltas of each output, and temporaries.
                8 * (network.width * (4 + network.n_outputs) + X.shape[1]),
                max_n_rows=n_samples,
            ),
            with_factor=self.store_covariance,
            by_layer=self.layer_tangents,
        )
        solution = result.solution
        self.tangent_solver_ = solution.method
        n_iter = 0 if solution.n_iter is None else solution.n_iter.max()
        self.tangent_n_iter_ = int(n_iter)
        self.tangent_residual_ = float(solution.residual.max())
        self.stationarity_ = result.stationarity
        residual = self._predict(X, check_input=False).reshape(n_samples, -1)
        residual = residual - y.reshape(n_samples, -1)
        squares = sum_of_squares(residual)
        self.noise_variance_ = float(
            np.average(squares, weights=weights) / self.n_outputs_
        )
        self._report(solution)
        self._factor = result.factor
        dtype = self.coefs_[0].dtype
        tangent = (solution.value.sum(axis=1) * self._alpha_scale).astype(dtype)
        self.coefs_tangent_, self.intercepts_tangent_ = network.unpack(tangent)
        self._layer_tangents = None
        if self.layer_tangents:
            self._layer_tangents = solution.value.astype(dtype, copy=False)

    def _report(self, solution):
        if not solution.definite and self.curvature == "hessian":
            self._warn(
                LinAlgWarning,
                "The Hessian has negative curvature: training stopped away from a "
                "minimum, and the tangent is not the derivative of an optimum. Use "
                "curvature='gauss-newton', train longer, or raise alpha or damping.",
            )
        elif solution.n_iter is None and not self.tangent_residual_ < 1:
            raise np.linalg.LinAlgError(
                "The curvature of the network is too ill-conditioned for a tangent "
                f"(relative residual {self.tangent_residual_:.1e}). Scale X and y, "
                "for instance with StandardScaler and TransformedTargetRegressor, or "
                "raise alpha or damping."
            )
        elif not solution.converged:
            self._warn(
                ConvergenceWarning,
                "Conjugate gradients did not converge: relative residual "
                f"{self.tangent_residual_:.1e} against tangent_tol="
                f"{self.tangent_tol:.1e} after {self.tangent_n_iter_} iterations. "
                "Scale X, raise tangent_max_iter, damping or alpha, or use "
                "tangent_solver='primal' or 'dual'.",
            )
        elif self.tangent_residual_ > 1e-5 and solution.n_iter is None:
            self._warn(
                LinAlgWarning,
                "The curvature is ill-conditioned: relative residual "
                f"{self.tangent_residual_:.1e} of the tangent. Scale X, or raise "
                "damping or alpha.",
            )
        if self.curvature == "hessian" and self.stationarity_ > LARGEST_STATIONARITY:
            self._warn(
                ConvergenceWarning,
                f"Training stopped away from an optimum (stationarity_="
                f"{self.stationarity_:.1e}, trusted up to {LARGEST_STATIONARITY}): the "
                "tangent of the exact Hessian may be far off. Train longer (solver="
                "'lbfgs', smaller tol, larger max_iter), or use "
                "curvature='gauss-newton'.",
            )

    @staticmethod
    def _warn(category, message):
        # Up through _report, _fit_tangent, fit and its wrapper to the caller.
        warnings.warn(message, category, stacklevel=6)

    @property
    def damping_(self):
        """Damping of each parameter, of shape (n_params,)."""
        on_weights, on_intercepts = self._damping
        return np.concatenate(
            [np.full(w.size, on_weights) for w in self.coefs_]
            + [np.full(b.size, on_intercepts) for b in self.intercepts_]
        )

    # -- hooks of CuriosityMixin ----------------------------------------------

    def _check_tangent(self):
        check_is_fitted(self, "coefs_")
        if self.loss != "squared_error":
            raise ValueError(
                f"A network trained with loss={self.loss!r} has no curiosity: the "
                "theory is for the squared error. Use loss='squared_error'."
            )
        if not hasattr(self, "coefs_tangent_"):
            raise NotFittedError(
                f"This {type(self).__name__} has no tangent: partial_fit, or a fit "
                "that failed, dropped it. Call fit."
            )

    @property
    def _flat_output(self):
        return self.n_outputs_ == 1

    @property
    def _n_outputs(self):
        return self.n_outputs_

    @property
    def _n_blocks(self):
        return self.n_outputs_

    def _network(self, dtype):
        coefs = [w.astype(dtype, copy=False) for w in self.coefs_]
        intercepts = [b.astype(dtype, copy=False) for b in self.intercepts_]
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
