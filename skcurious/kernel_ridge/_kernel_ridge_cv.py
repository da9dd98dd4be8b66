"""Kernel ridge regression that chooses its alpha and its kernel."""

import numpy as np
from sklearn.base import _fit_context
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import ParameterGrid
from sklearn.utils._param_validation import validate_parameter_constraints

from skcurious._leave_one_out import (
    ChosenAlpha,
    check_alphas,
    choice_of,
    choose,
    raise_without_choice,
)
from skcurious._seen import SeenLabels
from skcurious._targets import target_units
from skcurious._validation import (
    canonical,
    check_labels,
    check_weights,
    validate_training,
)
from skcurious.kernel_ridge._fitted import FittedKernelRidge
from skcurious.kernel_ridge._forgetting import ForgettingRows
from skcurious.kernel_ridge._kernels import make_kernel
from skcurious.tangent import kernel_leave_one_out

# Candidates of alphas=None, in units of the weighted mean of the kernel's diagonal.
RELATIVE_ALPHAS = np.logspace(-6, 2, 33)


class CuriousKernelRidgeCV(ForgettingRows, ChosenAlpha, FittedKernelRidge, KernelRidge):
    """Kernel ridge regression with alpha and kernel chosen by leave-one-out errors.

    The leave-one-out errors of all alphas come from one eigendecomposition of
    the kernel matrix, so that a hundred alphas cost little more than one; with
    `param_grid`, one decomposition for each candidate kernel.  The model is
    that of :class:`CuriousKernelRidge` at the choice.

    Parameters
    ----------
    alphas : array-like of shape (n_alphas,), default=None
        Regularisation strengths to choose from, positive.  None stands for 33
        values from 1e-6 to 1e2 times the weighted mean of the kernel's diagonal.
    kernel : str or callable, default="rbf"
        Kernel, as for :class:`CuriousKernelRidge`.
    param_grid : dict or list of dicts, default=None
        Kernel parameters to choose from, as for
        :class:`~sklearn.model_selection.GridSearchCV`: lists for any of
        `kernel`, `gamma`, `degree`, `coef0`, `kernel_params`.
    gamma : float, default=None
        Scale of the kernel; None means 1 / n_features for most of them.
    degree : float, default=3
        Degree of the polynomial kernel.
    coef0 : float, default=1
        Constant term of the polynomial and sigmoid kernels.
    kernel_params : dict, default=None
        Keyword arguments for a callable kernel.
    store_cv_results : bool, default=False
        Whether to keep the error of every row in ``cv_results_``.
    alpha_per_target : bool, default=False
        Whether to choose an alpha for each target; the kernel is shared.
    fit_intercept : bool, default=True
        Whether there is a constant beside the functions of the kernel that is not
        penalised; the leave-one-out errors know it.
    store_covariance : bool, default=True
        Whether to keep the factor that ``predict_covariance``,
        ``predict(return_std=True)``, greedy batches and influences need.

    Attributes
    ----------
    alpha_ : float or ndarray of shape (n_targets,)
        The alpha of the smallest leave-one-out error; the first of equals.
    alphas_ : ndarray of shape (n_alphas,)
        The candidates, for the kernel that was chosen.
    best_params_ : dict
        The candidate of `param_grid` that was chosen; empty without one.
    best_score_ : float or ndarray of shape (n_targets,)
        Minus the mean over the rows (and targets) of ``w_i e_i**2``, where
        e_i is the leave-one-out error of row i.
    param_scores_ : list of (dict, float)
        Every candidate of `param_grid` with its best score, averaged over
        the targets.
    cv_results_ : ndarray of shape (n_samples, n_alphas) or \
            (n_samples, n_targets, n_alphas)
        ``w_i e_i**2`` with the kernel that was chosen; only with
        ``store_cv_results=True``.
    dual_coef_ : ndarray of shape (n_samples,) or (n_samples, n_targets)
        Coefficients of the kernel rows.
    dual_coef_tangent_ : ndarray of shape (n_samples,) or (n_samples, n_targets)
        d ``dual_coef_`` / d alpha.
    intercept_, intercept_tangent_ : float or ndarray of shape (n_targets,)
        Intercept, and its derivative; 0.0 with ``fit_intercept=False``.
    X_fit_ : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Training rows; the kernel matrix when ``kernel="precomputed"``.
    noise_variance_ : float or ndarray of shape (n_targets,)
        Weighted mean of the squared leave-one-out errors at ``alpha_``, in
        squared units of y: what curiosity expects of a label.
    calibrated_noise_variance_ : float or ndarray of shape (n_targets,)
        The same with each square divided by ``1 + w h``, its expectation in
        units of the noise variance: what the covariance is scaled with. A
        leave-one-out error is noise and ignorance in one, and for a model
        that nearly interpolates it is mostly ignorance.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, when X has names that are all strings.

    See Also
    --------
    CuriousKernelRidge : The same with an alpha that is given.
    skcurious.linear_model.CuriousRidgeCV : The same without kernels.

    Notes
    -----
    float32 data are converted to float64, and stay so in the fitted
    attributes: a kernel in float32 has fewer digits than the smallest alphas.

    References
    ----------
    R. M. Rifkin and R. A. Lippert, "Notes on regularized least squares",
    MIT-CSAIL-TR-2007-025, 2007.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.kernel_ridge import CuriousKernelRidgeCV
    >>> X = np.linspace(0, 6, 20)[:, None]
    >>> model = CuriousKernelRidgeCV(param_grid={"gamma": [0.01, 0.1, 1.0, 10.0]})
    >>> model = model.fit(X, np.sin(X[:, 0]))
    >>> model.best_params_
    {'gamma': 0.1}
    >>> bool(np.abs(model.predict(X) - np.sin(X[:, 0])).max() < 1e-3)
    True
    """

    _parameter_constraints: dict = {
        **{k: v for k, v in KernelRidge._parameter_constraints.items() if k != "alpha"},
        "alphas": ["array-like", None],
        "param_grid": [dict, list, None],
        "store_cv_results": ["boolean"],
        "alpha_per_target": ["boolean"],
        "fit_intercept": ["boolean"],
        "store_covariance": ["boolean"],
    }

    # KernelRidge's own __init__ would add an alpha that is not a parameter here.
    def __init__(
        self,
        alphas=None,
        *,
        kernel="rbf",
        param_grid=None,
        gamma=None,
        degree=3,
        coef0=1,
        kernel_params=None,
        store_cv_results=False,
        alpha_per_target=False,
        fit_intercept=True,
        store_covariance=True,
    ):
        self.alphas = alphas
        self.kernel = kernel
        self.param_grid = param_grid
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.kernel_params = kernel_params
        self.store_cv_results = store_cv_results
        self.alpha_per_target = alpha_per_target
        self.fit_intercept = fit_intercept
        self.store_covariance = store_covariance

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Choose alpha and kernel, and fit the model and its tangent.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows, at least two; the square kernel matrix of the
            training rows when ``kernel="precomputed"``.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            How often each row counts, at least 0: weight 2 is the row twice, and
            a label to come counts once. Of weights ``1 / variance``, which say
            how sure a label is, give the ratios to their mean.

        Returns
        -------
        self : CuriousKernelRidgeCV
            The fitted model.

        Raises
        ------
        ValueError
            For data or parameters that cannot be used.

        Warns
        -----
        LinAlgWarning
            When ``K + alpha I`` is ill-conditioned at the alpha that was
            chosen.
        """
        candidates = self._candidates()
        X, y = validate_training(
            self,
            X,
            y,
            accept_sparse="csr",
            # In float32 a kernel has fewer digits than the smallest alphas.
            dtype=np.float64,
            multi_output=True,
            y_numeric=True,
            ensure_min_samples=2,
        )
        X = canonical(X)
        Y = y.reshape(len(y), -1).astype(np.float64, copy=False)
        check_labels(Y)
        weights = check_weights(sample_weight, X, np.float64)
        Y, constant = self._split_constant(Y, weights, y.dtype)
        units = target_units(Y, weights, centred=self.fit_intercept)
        best, scores = None, []
        for params in candidates:
            K = make_kernel(self, **params).of_training_rows(X)
            alphas = self._alphas_for(K, weights)
            errors = kernel_leave_one_out(
                K.copy(),
                Y,
                alphas,
                weights=weights,
                keep=self.store_cv_results,
                fit_intercept=self.fit_intercept,
            )
            choice = choose(
                errors, alphas, weights, Y.shape, y.ndim, self.alpha_per_target
            )
            score = -np.inf if choice is None else float(np.mean(choice.score))
            scores.append((params, score))
            if choice is not None and (best is None or score > best[0]):
                best = score, params, alphas, choice, K
        del K
        if best is None:
            raise_without_choice(alphas)
        _, self.best_params_, self.alphas_, choice, K = best
        solution, centre = self._solve(X, K, Y, choice.alphas, weights)
        self.param_scores_ = scores
        self._keep_choice(choice, np.float64)
        self._seen = SeenLabels.of(y, weights)
        self._set_model(
            make_kernel(self, **self.best_params_),
            (solution, centre, constant, units),
            X,
            Y.reshape(y.shape),
            choice.alphas,
            weights,
            choice.noise_variance,
            choice.calibrated,
        )
        return self

    def _training_noise(self, solution, centre, seen, alphas):
        """Leave-one-out errors at the alpha that was chosen."""
        if len(solution.coef) < 2:
            raise ValueError(
                "CuriousKernelRidgeCV leaves one row out, and so needs two rows at "
                "least, and one would be left: fit CuriousKernelRidge to it."
            )
        # With r~ = alpha a at the optimum, a = c / sqrt(w).
        root = np.ones(len(solution.coef))
        if seen.weights is not None:
            root = np.sqrt(seen.weights)
        zero = np.zeros_like(solution.coef)
        residual = alphas * np.divide(
            solution.coef, root[:, None], out=zero, where=root[:, None] > 0
        )
        left = np.stack(
            [
                alpha * solution.factor.inverse_diagonal(k)
                for k, alpha in enumerate(alphas)
            ],
            axis=1,
        )
        if centre is not None:
            left -= centre.weights[:, None]
        choice = choice_of(self.alpha_, alphas, residual, left, seen)
        self.alphas_ = np.unique(alphas)
        self.param_scores_ = [(self.best_params_, float(np.mean(choice.score)))]
        self._keep_choice(choice, np.float64)
        return choice.noise_variance, choice.calibrated

    def _candidates(self):
        if self.param_grid is None:
            return [{}]
        candidates = list(ParameterGrid(self.param_grid))
        known = {"kernel", "gamma", "degree", "coef0", "kernel_params"}
        unknown = sorted({name for c in candidates for name in c} - known)
        if unknown:
            hint = " Candidates for alpha go to alphas." if "alpha" in unknown else ""
            raise ValueError(
                f"param_grid has {unknown}, but the parameters of a kernel are "
                f"{sorted(known)}.{hint}"
            )
        if not candidates:
            raise ValueError("param_grid is empty: leave it out, or name candidates.")
        for candidate in candidates:
            validate_parameter_constraints(
                KernelRidge._parameter_constraints, candidate, "param_grid"
            )
        kernels = [self.kernel, *(c.get("kernel") for c in candidates)]
        if "precomputed" in kernels:
            raise ValueError(
                "param_grid chooses among kernels of the rows of X, not with "
                "kernel='precomputed'. Leave one of the two out."
            )
        return candidates

    def _alphas_for(self, K, weights):
        if self.alphas is not None:
            return check_alphas(self.alphas)
        # A row of weight 2 is that row twice, and of weight 0 none.
        size = np.average(np.abs(K.diagonal()), weights=weights)
        return RELATIVE_ALPHAS * (size if size > 0 else 1.0)
