"""Ridge regression that chooses its alpha, with a sense of curiosity."""

import numpy as np
from sklearn.base import _fit_context
from sklearn.linear_model import RidgeCV

from skcurious._leave_one_out import (
    ChosenAlpha,
    check_alphas,
    choose,
    raise_without_choice,
)
from skcurious._targets import target_units
from skcurious._validation import (
    check_labels,
    check_weights,
    split_constant,
    validate_training,
)
from skcurious.linear_model._fitted import FittedRidge, largest
from skcurious.tangent import solve_ridge
from skcurious.tangent._leave_one_out import ridge_leave_one_out


class CuriousRidgeCV(ChosenAlpha, FittedRidge, RidgeCV):
    """Ridge regression with its alpha chosen by leave-one-out errors.

    The model of :class:`sklearn.linear_model.RidgeCV`, whose leave-one-out
    errors of all alphas come from one decomposition, fitted with the
    regularity tangent of :class:`CuriousRidge` at the alpha that was chosen.
    In active learning the best alpha changes with the number of labels: this
    class follows it.

    Parameters
    ----------
    alphas : float or array-like of shape (n_alphas,), default=(0.1, 1.0, 10.0)
        Regularisation strengths to choose from, positive.
    fit_intercept : bool, default=True
        Whether to fit an intercept, which is not penalised.
    scoring : None, default=None
        Must be None: the mean squared leave-one-out error.
    cv : None, default=None
        Must be None: leave one out.
    gcv_mode : {'auto', 'svd', 'eigen'}, default='auto'
        - 'auto' and 'eigen' decompose ``X~^T W X~`` or ``X~ X~^T``, the
          smaller, and turn to X~ itself where half of the digits would be
          lost (a sparse X: a warning);
        - 'svd' always decomposes X~: slower, and the most accurate; dense X
          only.
    store_cv_results : bool, default=False
        Whether to keep the error of every row in ``cv_results_``.
    alpha_per_target : bool, default=False
        Whether to choose an alpha for each target.
    store_covariance : bool, default=True
        Whether to keep the factor that ``predict_covariance``,
        ``predict(return_std=True)``, greedy batches and influences need.

    Attributes
    ----------
    alpha_ : float or ndarray of shape (n_targets,)
        The alpha of the smallest leave-one-out error; the first of equals.
    best_score_ : float or ndarray of shape (n_targets,)
        Minus the mean over the rows (and targets) of ``w_i e_i**2``, where
        e_i is the leave-one-out error of row i.
    cv_results_ : ndarray of shape (n_samples, n_alphas) or \
            (n_samples, n_targets, n_alphas)
        ``w_i e_i**2``; only with ``store_cv_results=True``, in float64.
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients at ``alpha_``.
    intercept_ : float or ndarray of shape (n_targets,)
        Intercept; 0.0 with ``fit_intercept=False``.
    coef_tangent_ : ndarray of shape (n_features,) or (n_targets, n_features)
        d ``coef_`` / d alpha.
    intercept_tangent_ : float or ndarray of shape (n_targets,)
        d ``intercept_`` / d alpha.
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
    CuriousRidge : The same with an alpha that is given.
    skcurious.kernel_ridge.CuriousKernelRidgeCV : The same with kernels.
    sklearn.linear_model.RidgeCV : The model without curiosity.

    Notes
    -----
    As in scikit-learn, float32 data are decomposed in float64, and the fitted
    attributes are float32 again; predictions and tangents are computed with those of
    float64.

    References
    ----------
    R. M. Rifkin and R. A. Lippert, "Notes on regularized least squares",
    MIT-CSAIL-TR-2007-025, 2007.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious.linear_model import CuriousRidgeCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = CuriousRidgeCV(alphas=np.logspace(-3, 1, 9))
    >>> [round(float(model.fit(X[:n], y[:n]).alpha_), 4) for n in (20, 50, 400)]
    [0.0032, 0.0316, 0.0316]
    """

    _parameter_constraints: dict = {
        **RidgeCV._parameter_constraints,
        "store_covariance": ["boolean"],
    }

    def __init__(
        self,
        alphas=(0.1, 1.0, 10.0),
        *,
        fit_intercept=True,
        scoring=None,
        cv=None,
        gcv_mode=None,
        store_cv_results=False,
        alpha_per_target=False,
        store_covariance=True,
    ):
        super().__init__(
            alphas=alphas,
            fit_intercept=fit_intercept,
            scoring=scoring,
            cv=cv,
            gcv_mode=gcv_mode,
            store_cv_results=store_cv_results,
            alpha_per_target=alpha_per_target,
        )
        self.store_covariance = store_covariance

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Choose alpha, and fit the model and its tangent.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows, at least two.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            How often each row counts, at least 0: weight 2 is the row twice, and
            a label to come counts once. Of weights ``1 / variance``, which say
            how sure a label is, give the ratios to their mean.

        Returns
        -------
        self : CuriousRidgeCV
            The fitted model.

        Raises
        ------
        ValueError
            For data or parameters that cannot be used.

        Warns
        -----
        LinAlgWarning
            When the problem is ill-conditioned at the alpha that was chosen.
        """
        self._check_scheme()
        X, y = validate_training(
            self,
            X,
            y,
            accept_sparse=False if self.gcv_mode == "svd" else "csr",
            dtype=[np.float64, np.float32],
            multi_output=True,
            y_numeric=True,
            ensure_min_samples=2,
        )
        dtype = X.dtype
        X = X.astype(np.float64, copy=False)
        Y = y.reshape(len(y), -1).astype(np.float64, copy=False)
        check_labels(Y)
        alphas = check_alphas(self.alphas)
        weights = check_weights(sample_weight, X, X.dtype)
        constant = 0.0
        if self.fit_intercept:
            Y, constant = split_constant(Y, weights, y.dtype)
        errors = ridge_leave_one_out(
            X,
            Y,
            alphas,
            weights=weights,
            fit_intercept=self.fit_intercept,
            svd=self.gcv_mode == "svd",
            keep=self.store_cv_results,
        )
        choice = choose(errors, alphas, weights, Y.shape, y.ndim, self.alpha_per_target)
        if choice is None:
            raise_without_choice(alphas)
        solution = solve_ridge(
            X,
            Y,
            choice.alphas,
            weights=weights,
            fit_intercept=self.fit_intercept,
            solver="svd" if self.gcv_mode == "svd" else "cholesky",
            products=errors.products,
        )
        total = len(y) if weights is None else weights.sum()
        self._set_coefficients(solution, y.ndim == 1, X.dtype, lambda: largest(X))
        self._shift(constant)
        self._keep_choice(choice, dtype)
        self._set_model(
            solution,
            choice.alphas,
            total,
            target_units(Y, weights, centred=self.fit_intercept),
            choice.noise_variance,
            choice.calibrated,
            dtype,
        )
        if dtype != X.dtype:
            self._show_in(dtype)
        return self

    _predict_mean = FittedRidge._predict_by_model

    def _check_scheme(self):
        for name in ("scoring", "cv"):
            if getattr(self, name) is not None:
                raise ValueError(
                    f"{name} must be None, got {getattr(self, name)!r}: CuriousRidgeCV "
                    "chooses alpha by its mean squared leave-one-out error. For other "
                    "schemes use GridSearchCV(CuriousRidge(), ...)."
                )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.array_api_support = False
        tags.input_tags.sparse = self.gcv_mode != "svd"
        return tags
