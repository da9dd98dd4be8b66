"""Multilayer perceptrons with a sense of curiosity."""

from numbers import Integral, Real

from sklearn.base import _fit_context
from sklearn.neural_network import MLPRegressor
from sklearn.utils._param_validation import Interval, StrOptions

from skcurious._validation import check_weights
from skcurious.neural_network._fitted import FittedNetwork
from skcurious.neural_network._fitting import NetworkFitting
from skcurious.neural_network._stream import NetworkStream
from skcurious.neural_network._trajectory import NetworkTrajectory


class CuriousMLPRegressor(
    NetworkStream, NetworkTrajectory, NetworkFitting, FittedNetwork, MLPRegressor
):
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
    tangent_solver : {'auto', 'primal', 'dual', 'cg', 'lissa'}, default='auto'
        - 'primal' factorises the Gauss-Newton matrix, n_params**2 numbers;
        - 'dual' factorises the tangent kernel, (n_samples * n_outputs)**2
          numbers: the usual case in active learning;
        - 'cg' runs conjugate gradients on either curvature, preconditioned by
          the 'dual' of a sample of the rows;
        - 'lissa' takes `tangent_max_iter` steps on minibatches of 500 rows,
          twice, for training sets that are too large for many passes (memory
          maps among them): an approximation, of the Gauss-Newton matrix, and
          without a covariance;
        - 'auto' is the smaller of the first two while it has at most 4,000
          rows, else 'cg', and always 'cg' for the Hessian.
    damping : 'auto' or float, default='auto'
        Added to the diagonal of the curvature. A float goes on every
        parameter. 'auto' puts ``0.1 * effective_alpha_ + 1e-3`` on the
        intercepts, which the penalty leaves free, and nothing on the weights.
    tangent_tol : float, default=1e-8
        Relative residual at which conjugate gradients stop.
    tangent_max_iter : int, default=None
        Steps of conjugate gradients at most, or of 'lissa'; None means 2,000.
    layer_tangents : bool, default=False
        Whether to keep the tangent of each layer's regularity apart:
        curiosity is then about the complexity of each layer, and its squares
        are summed, so that layers whose changes cancel count. Takes n_layers
        solves and copies of the parameters instead of one.
    checkpoints : int, list of int or None, default=None
        How many copies of the parameters to keep, evenly spread over the epochs
        of training, or after which epochs: for ``trajectory_score``. Takes as
        many times the memory of the parameters.
    store_covariance : bool, default=True
        Whether to keep the factor and the training rows, which
        ``predict_covariance``, ``predict(return_std=True)``, greedy batches and
        :mod:`skcurious.influence` need. 'cg' and the Hessian keep the array that
        was passed, not a copy.

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
    noise_variance_ : float or ndarray of shape (n_targets,)
        Weighted mean of the squared training residuals, in squared units of
        y; optimistic, and near 0 for a network that interpolates.
    effective_alpha_ : float
        The regularity that training really optimises, relative to the sum of
        squared residuals: alpha for 'lbfgs', and ``alpha * n * mean(1 /
        b_k)`` over the batches of b_k rows of one epoch for the others.
    checkpoint_epochs_ : ndarray of shape (n_checkpoints,)
        Epochs after which parameters were kept; empty without `checkpoints`.
    damping_ : ndarray of shape (n_params,)
        Damping of each parameter, all weights before all intercepts.
    stationarity_ : float
        Norm of the objective's gradient over the sum of the norms of its
        parts: 0 at an optimum, 1 when nothing cancels.
    tangent_n_iter_ : int
        Steps of conjugate gradients, 0 for a factor; of ``partial_fit``, the
        minibatches so far.
    tangent_residual_ : float
        Relative residual of the tangent's linear system, after ``partial_fit``
        that of its averaged tangent on rows of the last call.
    tangent_solver_ : str
        The solver that ran; 'forward' after ``partial_fit``.
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
        "tangent_solver": [StrOptions({"auto", "cg", "primal", "dual", "lissa"})],
        "damping": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "tangent_tol": [Interval(Real, 0, None, closed="neither")],
        "tangent_max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "layer_tangents": ["boolean"],
        "checkpoints": [Interval(Integral, 2, None, closed="left"), "array-like", None],
        "store_covariance": ["boolean"],
    }

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
        checkpoints=None,
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
        self.checkpoints = checkpoints
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
            How often each row counts, at least 0: weight 2 is the row twice, and
            a label to come counts once. Of weights ``1 / variance``, which say
            how sure a label is, give the ratios to their mean.

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
        self._start_run()
        self._forget_tangent()
        super().fit(X, y, sample_weight)
        if self.loss == "squared_error":
            self._solved = self._solve_tangent(X, y, sample_weight)
        return self
