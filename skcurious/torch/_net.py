"""Torch modules with a sense of curiosity."""

from sklearn.exceptions import NotFittedError
from skorch import NeuralNetRegressor
from torch import nn

from skcurious.torch._data import (
    as_array,
    as_targets,
    row_shape,
    total_weight,
    with_weights,
    writable,
)
from skcurious.torch._fitted import NetFitted
from skcurious.torch._fitting import NetFitting
from skcurious.torch._options import check_options
from skcurious.torch._training import NetTraining


class CuriousNetRegressor(NetFitted, NetTraining, NetFitting, NeuralNetRegressor):
    """Network of any shape that knows how its optimum moves with alpha.

    Trains a torch module as :class:`skorch.regressor.NeuralNetRegressor` does, with
    its parameters, callbacks and names (``module__units=64``), and a penalty; then
    solves for the regularity tangent, or has carried it along. Needs torch and skorch.

    The objective over n training rows and R outputs is::

        J / n = mean |f(x) - y|^2 / 2 + alpha / (2 n) |penalised parameters|^2

    as scikit-learn's perceptron defines it for all rows at once. Each minibatch adds
    the same ``alpha / n``, so that training by minibatches of any size optimises this
    objective too. The loss that skorch reports is 2 / R times it, the mean squared
    error and the penalty: with ``alpha=0`` training is skorch's. With `sample_weight`
    the mean is weighted, and n is the sum of the weights.

    Parameters
    ----------
    module : torch.nn.Module
        Class or instance: takes one tensor of rows and returns one or several
        outputs for each.
    *args : tuple
        As in skorch.
    criterion : torch.nn.MSELoss, default=torch.nn.MSELoss
        The theory is for the squared error.
    alpha : float, default=1e-4
        Strength of the penalty, relative to the sum of squared residuals.
    penalised : callable, default=None
        ``penalised(name, parameter)`` says whether the penalty is on a parameter;
        None for those of two dimensions or more: weights, neither biases nor norms.
    tangent : {'solve', 'carried'}, default='solve'
        - 'solve' solves ``G t = -rho`` with the Gauss-Newton matrix G once training
          has ended;
        - 'carried' has the tangent make a step beside each of the optimizer's, which
          takes 5 / 3 to 7 / 3 of the time; there is no covariance then.
    tangent_solver : {'auto', 'primal', 'dual', 'cg'}, default='auto'
        - 'primal' factorises G, n_params**2 numbers;
        - 'dual' factorises the tangent kernel, (n_samples * n_outputs)**2 numbers;
        - 'cg' runs conjugate gradients, preconditioned by the tangent kernel of a
          sample;
        - 'auto' is the smaller of the first two while it has at most 4,000 rows,
          else 'cg'.
    damping : 'auto' or float, default='auto'
        Added to the diagonal of G. A float goes on every parameter. 'auto' puts
        ``0.1 * alpha + 1e-3`` on those that the penalty leaves free.
    tangent_tol : float, default=None
        Relative residual at which conjugate gradients stop: by default 1e-8 in
        float64 and 1e-4 in float32.
    tangent_max_iter : int, default=None
        Their steps at most; None means 2,000.
    solve_dtype : {'float32', 'float64'} or torch.dtype, default=None
        Precision of the solve and of covariances. By default float64 for up to ten
        million parameters (on a copy of the module), else float32.
    layer_tangents : bool, default=False
        Whether to keep the tangent of each layer's regularity apart, of modules within
        the module that have penalised parameters: curiosity is then about the
        complexity of each, and its squares are summed. Takes as many solves, copies of
        the parameters and directional derivatives of a row instead of one.
    polish : int, default=0
        Steps of L-BFGS on all rows after training, in evaluation mode: minibatches
        end near an optimum, which ``stationarity_`` tells, and not in it.
    n_projections : int, default=None
        Random directions in which gradients are seen by the covariance, for labels
        times outputs beyond 4,000; None for all, by conjugate gradients for each row.
    checkpoints : int or list of int, default=None
        How many copies of the parameters to keep during training, or after which
        epochs, for ``trajectory_score``.
    checkpoint_folder : path, default=None
        An existing folder to write them to; None keeps them in memory.
    autocast : {'bfloat16'} or torch.dtype, default=None
        Precision of products in training, predictions and scores; never of the
        solve.
    store_covariance : bool, default=True
        Whether to keep the factor and the training rows.
    **kwargs : dict
        As in skorch: ``optimizer``, ``lr``, ``max_epochs``, ``batch_size``,
        ``device``, ``train_split``, ``callbacks``, ``module__...``.

    Attributes
    ----------
    module_ : torch.nn.Module
        The trained module.
    linearised_ : TorchModel
        The fitted model as an object.
    noise_variance_ : float or ndarray of shape (n_targets,)
        Mean squared training residual.
    stationarity_ : float
        Norm of the objective's gradient over the sum of the norms of its parts: 0 at
        an optimum. Not known of a carried tangent.
    tangent_solver_ : str
        The solver that ran; 'carried' for none.
    tangent_n_iter_ : int
        Steps of conjugate gradients, 0 for a factor; of a carried tangent,
        minibatches.
    tangent_residual_ : float
        Relative residual of the tangent's linear system; of a carried tangent on some
        rows, where it is noisy and never zero.
    params_tangent_ : dict of str to ndarray
        d parameters / d alpha, by name.

    See Also
    --------
    skcurious.neural_network.CuriousMLPRegressor : The same for
        scikit-learn's perceptron.

    Notes
    -----
    Derivatives are those of evaluation mode: running statistics in batch
    normalisation, no dropout. The tangent is that of the Gauss-Newton matrix.

    modAL 0.4.2 pins skorch 0.9.0, which is too old: install it with ``--no-deps``
    where both are needed.

    References
    ----------
    F. Eaton, "Influence functions and regularity tangents for efficient
    active learning", arXiv 2411.15292, 2024.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from skcurious.torch import CuriousNetRegressor
    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> module = torch.nn.Sequential(
    ...     torch.nn.Linear(1, 10), torch.nn.Tanh(), torch.nn.Linear(10, 1)
    ... )
    >>> model = CuriousNetRegressor(module, alpha=0.1, train_split=None, verbose=0)
    >>> model = model.fit(X, X[:, 0] ** 3)
    >>> model.tangent_solver_, model.predict_tangent(X).shape
    ('dual', (20,))
    """

    continues_training = True
    # Tensors among the attributes go where the module goes when it is unpickled.
    cuda_dependent_attributes_ = ["linearised_", "_carried"]

    def __init__(
        self,
        module,
        *args,
        criterion=nn.MSELoss,
        alpha=1e-4,
        penalised=None,
        tangent="solve",
        tangent_solver="auto",
        damping="auto",
        tangent_tol=None,
        tangent_max_iter=None,
        solve_dtype=None,
        layer_tangents=False,
        polish=0,
        n_projections=None,
        checkpoints=None,
        checkpoint_folder=None,
        autocast=None,
        store_covariance=True,
        **kwargs,
    ):
        super().__init__(module, *args, criterion=criterion, **kwargs)
        self.alpha = alpha
        self.penalised = penalised
        self.tangent = tangent
        self.tangent_solver = tangent_solver
        self.damping = damping
        self.tangent_tol = tangent_tol
        self.tangent_max_iter = tangent_max_iter
        self.solve_dtype = solve_dtype
        self.layer_tangents = layer_tangents
        self.polish = polish
        self.n_projections = n_projections
        self.checkpoints = checkpoints
        self.checkpoint_folder = checkpoint_folder
        self.autocast = autocast
        self.store_covariance = store_covariance

    # -- training ------------------------------------------------------------------

    def fit(self, X, y=None, sample_weight=None, **fit_params):
        """Train the module, and find its tangent.

        Parameters
        ----------
        X : array-like, Tensor or Dataset of shape (n_samples, ...)
            Training rows; of a dataset, rows and targets, and weights if its items
            are ``({"X": row, "sample_weight": weight}, target)``.
        y : array-like of shape (n_samples,) or (n_samples, n_targets), default=None
            Targets, unless X is a dataset.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights of the rows: a row of weight 2 counts as two.
        **fit_params : dict
            As in skorch.

        Returns
        -------
        self : CuriousNetRegressor
            The trained network.

        Raises
        ------
        ValueError
            For data or parameters that cannot be used.
        NotImplementedError
            When torch has no forward mode for a layer.
        numpy.linalg.LinAlgError
            When the curvature is singular.

        Warns
        -----
        ConvergenceWarning
            When conjugate gradients stop early, or a carried tangent is far off.
        LinAlgWarning
            When the curvature is ill-conditioned.
        """
        check_options(self)
        self._start_run()
        self._carried = None
        return super().fit(X, y, sample_weight=sample_weight, **fit_params)

    def partial_fit(self, X, y=None, classes=None, sample_weight=None, **fit_params):
        """Go on training, by ``max_epochs`` epochs, and find the tangent again.

        Parameters
        ----------
        X, y : array-like, Tensor or Dataset
            As for ``fit``. The tangent is relative to the rows of this call.
        classes : None
            As in skorch.
        sample_weight : float or array-like of shape (n_samples,), default=None
            As for ``fit``.
        **fit_params : dict
            As in skorch.

        Returns
        -------
        self : CuriousNetRegressor
            The network.
        """
        check_options(self)
        X, (y, self._flat) = writable(as_array(X)), as_targets(y)
        X = with_weights(X, sample_weight)
        if not self.initialized_:
            self.initialize()
        vars(self).pop("linearised_", None)
        if self._run is None:
            self._start_run()
        if self.tangent == "carried":
            self._start_carrying()
        super().partial_fit(X, y, classes, **fit_params)
        dataset = vars(self).pop("_train_dataset", None)
        if dataset is None:  # interrupted before it began
            return self
        self.row_shape_ = row_shape(dataset)
        if self.tangent == "carried":
            if self._squared_error is not None:
                self._keep_carried(dataset)
        else:
            self._keep_solved(dataset)
        return self

    def fit_tangent(self, X, y=None, sample_weight=None):
        """Solve for the tangent where the parameters are, without training.

        Parameters
        ----------
        X, y : array-like, Tensor or Dataset
            Rows that the module was trained on, or enough of them, as for ``fit``.
        sample_weight : float or array-like of shape (n_samples,), default=None
            As for ``fit``.

        Returns
        -------
        self : CuriousNetRegressor
            The same network with a new tangent, and a covariance.
        """
        check_options(self)
        if not self.initialized_:
            raise NotFittedError(
                "This CuriousNetRegressor is not fitted: call fit, or initialize to "
                "take the module as it is."
            )
        X, (y, self._flat) = writable(as_array(X)), as_targets(y)
        dataset = self.get_dataset(with_weights(X, sample_weight), y)
        total_weight(dataset)  # looks at them
        self.row_shape_ = row_shape(dataset)
        self._keep_solved(dataset)
        return self
