"""Kernel ridge regression with a sense of curiosity."""

from numbers import Real

import numpy as np
from sklearn.base import _fit_context
from sklearn.kernel_ridge import KernelRidge
from sklearn.utils._param_validation import Interval

from skcurious._seen import SeenLabels
from skcurious._targets import for_each_target
from skcurious._validation import (
    canonical,
    check_alpha,
    check_labels,
    check_weights,
    validate_training,
)
from skcurious.kernel_ridge._fitted import FittedKernelRidge
from skcurious.kernel_ridge._forgetting import ForgettingRows
from skcurious.kernel_ridge._kernels import make_kernel


class CuriousKernelRidge(ForgettingRows, FittedKernelRidge, KernelRidge):
    """Kernel ridge regression that knows how its optimum moves with alpha.

    Fits the model of :class:`sklearn.kernel_ridge.KernelRidge` and, from the
    same Cholesky factor of ``A = K + alpha I``, the regularity tangent of the
    dual coefficients, ``da/dalpha = -A^-1 a``.  A row's kernel with the
    training rows, multiplied with it, is the derivative of its prediction.

    Parameters
    ----------
    alpha : float or array-like of shape (n_targets,), default=1.0
        Regularisation strength, at least 0; one for all targets or one for
        each.
    kernel : str or callable, default="linear"
        Kernel, by the names of
        :func:`sklearn.metrics.pairwise.pairwise_kernels`, ``"precomputed"``,
        or a function of two rows.
    gamma : float, default=None
        Scale of the kernel; None means 1 / n_features for most of them.
        Choose it, and alpha, by a search.
    degree : float, default=3
        Degree of the polynomial kernel.
    coef0 : float, default=1
        Constant term of the polynomial and sigmoid kernels.
    kernel_params : dict, default=None
        Keyword arguments for a callable kernel.
    fit_intercept : bool, default=False
        Whether there is a constant beside the functions of the kernel that is not
        penalised. Without one, scikit-learn's model, labels should be
        centred: where it knows nothing it predicts zero.
    store_covariance : bool, default=True
        Whether to keep the factor that ``predict_covariance``,
        ``predict(return_std=True)``, greedy batches and influences need:
        n_samples**2 numbers.

    Attributes
    ----------
    dual_coef_ : ndarray of shape (n_samples,) or (n_samples, n_targets)
        Coefficients of the kernel rows.
    dual_coef_tangent_ : ndarray of shape (n_samples,) or (n_samples, n_targets)
        d ``dual_coef_`` / d alpha.
    intercept_, intercept_tangent_ : float or ndarray of shape (n_targets,)
        Intercept, and its derivative; 0.0 with ``fit_intercept=False``.
    X_fit_ : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Training rows; the kernel matrix when ``kernel="precomputed"``.
    noise_variance_ : float or ndarray of shape (n_targets,)
        Weighted mean of the squared training residuals, in squared units of
        y; optimistic, and near 0 for a model that interpolates.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, when X has names that are all strings.

    See Also
    --------
    skcurious.linear_model.CuriousRidge : The same without kernels.
    sklearn.kernel_ridge.KernelRidge : The model without curiosity.

    Notes
    -----
    With ``kernel="precomputed"`` the curiosity of a pool needs its kernel
    with the training rows only, but the covariance would need the kernel of
    the pool with itself, and raises ``TypeError``.

    float32 rows stay so in the fitted attributes and in what is returned. Between, the
    kernel and its factor are of float64, twice the memory: they lose as many digits as
    alpha is smaller than the kernel.

    References
    ----------
    F. Eaton, "Influence functions and regularity tangents for efficient
    active learning", arXiv 2411.15292, 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from skcurious.kernel_ridge import CuriousKernelRidge
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0], [6.0]])
    >>> model = CuriousKernelRidge(alpha=0.1, kernel="rbf", gamma=0.3)
    >>> model = model.fit(X, np.sin(X[:, 0]))
    >>> model.predict_tangent([[1.5], [4.0], [6.0]]).round(3)
    array([-0.961,  0.932,  0.212])
    """

    _parameter_constraints: dict = {
        **KernelRidge._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="left"), "array-like"],
        "fit_intercept": ["boolean"],
        "store_covariance": ["boolean"],
    }

    def __init__(
        self,
        alpha=1,
        *,
        kernel="linear",
        gamma=None,
        degree=3,
        coef0=1,
        kernel_params=None,
        fit_intercept=False,
        store_covariance=True,
    ):
        super().__init__(
            alpha=alpha,
            kernel=kernel,
            gamma=gamma,
            degree=degree,
            coef0=coef0,
            kernel_params=kernel_params,
        )
        self.fit_intercept = fit_intercept
        self.store_covariance = store_covariance

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Fit the model and its tangent.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows; the square kernel matrix of the training rows when
            ``kernel="precomputed"``.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            How often each row counts, at least 0: weight 2 is the row twice, and
            a label to come counts once. Of weights ``1 / variance``, which say
            how sure a label is, give the ratios to their mean.

        Returns
        -------
        self : CuriousKernelRidge
            The fitted model.

        Raises
        ------
        ValueError
            For data or parameters that cannot be used.

        Warns
        -----
        LinAlgWarning
            When ``K + alpha I`` is singular, indefinite or ill-conditioned.
        """
        X, y = validate_training(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            multi_output=True,
            y_numeric=True,
        )
        X = canonical(X)
        kernel = make_kernel(self)
        K = kernel.of_training_rows(X)
        Y = y.reshape(len(y), -1).astype(np.float64, copy=False)
        check_labels(Y)
        alphas = check_alpha(self.alpha, Y.shape[1], np.float64)
        weights = check_weights(sample_weight, X, np.float64)
        seen = SeenLabels.of(y, weights)
        return self._fit_solution(
            kernel, X, seen, alphas, lambda Y: self._solve(X, K, Y, alphas, weights)
        )

    def _training_noise(self, solution, centre, seen, alphas):
        total = (
            len(seen.labels)
            if seen.weights is None
            else seen.weights.sum(dtype=np.float64)
        )
        self.noise_variance_ = for_each_target(solution.squared_error / total)
        return self.noise_variance_, None
