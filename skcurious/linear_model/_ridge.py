"""Ridge regression with a sense of curiosity."""

from numbers import Real

import numpy as np
from sklearn.base import _fit_context
from sklearn.linear_model import Ridge
from sklearn.utils._param_validation import Interval, StrOptions

from skcurious._targets import for_each_target, target_units
from skcurious._validation import (
    check_alpha,
    check_labels,
    check_weights,
    split_constant,
    validate_training,
)
from skcurious.linear_model._fitted import FittedRidge, largest
from skcurious.linear_model._stream import RidgeStream, check_unconstrained
from skcurious.linear_model._sums import FitSums
from skcurious.tangent import solve_ridge


class CuriousRidge(RidgeStream, FittedRidge, Ridge):
    """Ridge regression that knows how its optimum moves with alpha.

    The model of :class:`sklearn.linear_model.Ridge`, for active learning: it
    says which rows it is curious about (``curiosity_score``), how its
    predictions move with alpha (``predict_tangent``), and how sure it is of them
    (``predict(return_std=True)``, ``predict_covariance``).  A stream that does
    not fit into memory goes through ``partial_fit``, exactly; models of parts of
    it can be merged (``merge``), and rows taken back out (``forget``).

    Parameters
    ----------
    alpha : float or array-like of shape (n_targets,), default=1.0
        Regularisation strength, at least 0; one for all targets or one for
        each.
    fit_intercept : bool, default=True
        Whether to fit an intercept, which is not penalised.
    copy_X : bool, default=True
        Kept for compatibility: X is never overwritten.
    max_iter : int, default=None
        Steps of ``solver="sparse_cg"`` at most; None means ten times the
        smaller side of X.
    tol : float, default=1e-4
        Relative residual, in scaled columns, at which ``solver="sparse_cg"``
        stops, for the coefficients and for the tangent; it goes on where the
        relative error is estimated to be above ``sqrt(tol)``.
    solver : {'auto', 'cholesky', 'svd', 'sparse_cg'}, default='auto'
        - 'cholesky' factorises the smaller of ``X~^T W X~`` and ``X~ X~^T``,
          and turns to 'svd' when half of the digits would be lost (for a
          sparse X to eigenvectors of the same matrix, and where these have
          few digits to 'sparse_cg', or warns);
        - 'svd' decomposes X~ itself: slower, and the most accurate; dense X
          only;
        - 'sparse_cg' runs conjugate gradients and pays for every covariance
          with a solve;
        - 'auto' is 'cholesky', but for a sparse X with more than 4,096 rows
          and columns 'sparse_cg'.
    positive : bool, default=False
        Must be False: with constraints the optimum has no tangent.
    random_state : int, RandomState instance, default=None
        Kept for compatibility: no solver here is random.
    store_covariance : bool, default=True
        Whether to keep the factor that ``predict_covariance``,
        ``predict(return_std=True)``, greedy batches and influences need: n_features**2
        numbers, or for wide X a copy of X and n_samples**2 numbers.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients.
    intercept_ : float or ndarray of shape (n_targets,)
        Intercept; 0.0 with ``fit_intercept=False``.
    coef_tangent_ : ndarray of shape (n_features,) or (n_targets, n_features)
        d ``coef_`` / d alpha.
    intercept_tangent_ : float or ndarray of shape (n_targets,)
        d ``intercept_`` / d alpha.
    noise_variance_ : float or ndarray of shape (n_targets,)
        Weighted mean of the squared training residuals, in squared units of
        y; optimistic, and near 0 for a model that interpolates.
    n_iter_ : None or ndarray of shape (n_targets,)
        Iterations of 'sparse_cg'.
    solver_ : str
        The solver that ran.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, when X has names that are all strings.

    See Also
    --------
    skcurious.kernel_ridge.CuriousKernelRidge : The same with kernels.
    sklearn.linear_model.Ridge : The model without curiosity.

    Notes
    -----
    The tangent is ``dw/dalpha = -H^-1 w`` with ``H = X~^T W X~ + alpha I``, from
    the factorisation that gives the coefficients; X~ is X, centred when there
    is an intercept.

    References
    ----------
    F. Eaton, "Influence functions and regularity tangents for efficient
    active learning", arXiv 2411.15292, 2024.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious.linear_model import CuriousRidge
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = CuriousRidge(alpha=0.1).fit(X[:50], y[:50])
    >>> int(model.curiosity_score(X[50:]).argmax())
    344
    >>> mean, std = model.predict(X[50:53], return_std=True)
    >>> std.round(1)
    array([13.4, 13.7, 14.1])
    """

    _parameter_constraints: dict = {
        **Ridge._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="left"), "array-like"],
        "solver": [StrOptions({"auto", "cholesky", "svd", "sparse_cg"})],
        "store_covariance": ["boolean"],
    }

    def __init__(
        self,
        alpha=1.0,
        *,
        fit_intercept=True,
        copy_X=True,
        max_iter=None,
        tol=1e-4,
        solver="auto",
        positive=False,
        random_state=None,
        store_covariance=True,
    ):
        super().__init__(
            alpha=alpha,
            fit_intercept=fit_intercept,
            copy_X=copy_X,
            max_iter=max_iter,
            tol=tol,
            solver=solver,
            positive=positive,
            random_state=random_state,
        )
        self.store_covariance = store_covariance

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Fit the model and its tangent.

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
        self : CuriousRidge
            The fitted model.

        Raises
        ------
        ValueError
            For data or parameters that cannot be used.

        Warns
        -----
        LinAlgWarning
            When the problem is singular or ill-conditioned.
        ConvergenceWarning
            When conjugate gradients stop early.
        """
        check_unconstrained(self)
        X, y = validate_training(
            self,
            X,
            y,
            accept_sparse=False if self.solver == "svd" else "csr",
            dtype=[np.float64, np.float32],
            multi_output=True,
            y_numeric=True,
        )
        Y = y.reshape(len(y), -1).astype(X.dtype, copy=False)
        check_labels(Y)
        alphas = check_alpha(self.alpha, Y.shape[1], X.dtype)
        weights = check_weights(sample_weight, X, X.dtype)
        constant = 0.0
        if self.fit_intercept:
            Y, constant = split_constant(Y, weights)
        solution = solve_ridge(
            X,
            Y,
            alphas,
            weights=weights,
            fit_intercept=self.fit_intercept,
            solver=self.solver,
            tol=self.tol,
            max_iter=self.max_iter,
        )

        vars(self).pop("_stream", None)  # of rows before
        total = len(y) if weights is None else weights.sum()
        self._set_coefficients(solution, y.ndim == 1, X.dtype, lambda: largest(X))
        residual = self._residual(X, Y, weights, solution)
        squares = np.einsum("ij,ij->j", residual, residual)
        self.noise_variance_ = for_each_target(squares / total)
        self._shift(constant)
        target_mean = solution.target_mean + constant
        self._sums = FitSums.of(X, Y, weights, residual, target_mean, y.ndim == 1)
        self.solver_ = solution.solver
        self.n_iter_ = solution.n_iter
        units = target_units(Y, weights, centred=self.fit_intercept)
        self._set_model(solution, alphas, total, units, self.noise_variance_)
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.array_api_support = False
        tags.input_tags.sparse = self.solver != "svd"
        return tags
