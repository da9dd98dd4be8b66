"""Gaussian process regression with a sense of curiosity."""

from numbers import Integral

import numpy as np
from scipy.linalg import solve_triangular
from sklearn.base import _fit_context, clone
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Kernel
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import validate_data

from skcurious._mean_std import MeanStd
from skcurious._seen import SeenLabels
from skcurious._validation import (
    check_finite,
    quiet_overflow,
    validate_training,
)
from skcurious._warnings import warn
from skcurious.gaussian_process._arguments import (
    check_labels,
    check_noise,
    warn_of_scale,
    with_known_noise,
)
from skcurious.gaussian_process._columns import numeric_columns
from skcurious.gaussian_process._cross import cross_kernel
from skcurious.gaussian_process._fitted import FittedGaussianProcess
from skcurious.gaussian_process._forgetting import ForgettingRows
from skcurious.gaussian_process._kernels import auto_kernel
from skcurious.gaussian_process._learning import learn_kernel
from skcurious.gaussian_process._parts import terms
from skcurious.gaussian_process._priors import dimension_scaled_prior
from skcurious.tangent._rounding import warn_of_few_digits
from skcurious.tangent._threads import one_thread

# Rows with which more threads wait for each other.
FEW = 1000


class CuriousGaussianProcessRegressor(
    ForgettingRows, FittedGaussianProcess, GaussianProcessRegressor
):
    """Gaussian process regression that knows how its mean moves with its regularity.

    The model of :class:`sklearn.gaussian_process.GaussianProcessRegressor` for
    active learning.  Its kernel is learned from the labels, with a length scale for
    each column: where ten to 1,000 labels are to be had, it mostly predicts better
    than a kernel ridge regression, and knows which columns matter.

    The regularity is a factor s of the squared norm of the function, 1 where the
    model is fitted; the kernel stays as it was learned while s moves.

    Parameters
    ----------
    kernel : 'auto', kernel instance or None, default='auto'
        Prior covariance of the labels. 'auto' is
        :func:`~skcurious.gaussian_process.auto_kernel`: a rough function and a
        smooth one, with a length scale for each column in each, a linear one,
        and noise. None is scikit-learn's default.
    alpha : float or ndarray of shape (n_samples,), default=1e-10
        Added to the diagonal of the kernel matrix, in squared units of the normalised
        y if `normalize_y`. Known noise of labels is for ``fit(X, y, label_noise=...)``,
        in units of y.
    optimizer : 'fmin_l_bfgs_b', callable or None, default='fmin_l_bfgs_b'
        As in GaussianProcessRegressor; None keeps the kernel as it is given.
    n_restarts_optimizer : int, default=0
        Further starts of the optimiser, at random.
    normalize_y : bool, default=True
        Whether to centre and scale y before the fit, each target by itself. With
        `label_noise` labels that are less well known count less.
    copy_X_train : bool, default=True
        Whether to keep a copy of the training rows.
    n_targets : int, default=None
        As in GaussianProcessRegressor.
    random_state : int, RandomState instance, default=None
        Of the random starts.
    prior : 'auto' or None, default='auto'
        'auto' puts priors on the hyperparameters by their names
        (:func:`~skcurious.gaussian_process.dimension_scaled_prior`), for columns
        and y that are standardised; None maximises the likelihood alone, as
        scikit-learn does.
    tangents : 'total', 'parts', int or list of int, default='total'
        What curiosity is about: the regularity of the whole function, of each
        term of a kernel that is a sum, or of some of the terms, by their numbers
        in ``parts_``.
    warm_start : bool, default=False
        Whether ``fit`` starts from the hyperparameters of the fit before, for
        loops that add a few labels each time.
    store_covariance : bool, default=True
        Whether ``predict_covariance``, greedy batches and influences are wanted;
        the factor is kept either way, as in scikit-learn.

    Attributes
    ----------
    kernel_ : kernel instance
        What was learned.
    alpha_ : ndarray of shape (n_samples,) or (n_samples, n_targets)
        Dual coefficients, of the normalised y.
    alpha_tangent_ : ndarray of shape (n_samples,) or (n_samples, n_targets)
        d ``alpha_`` / ds.
    parts_ : list of kernel instances
        Terms of ``kernel_``, without noise.
    part_complexities_ : ndarray of shape (n_parts,)
        ``a^T K_j a / 2`` of each of them.
    noise_variance_ : float or ndarray of shape (n_targets,)
        Noise variance of a label to come, in squared units of y: the ``WhiteKernel`` in
        the kernel plus the mean of `alpha`; and of the `label_noise` of ``fit`` where
        the kernel has no ``WhiteKernel``. With one, what is known of the training
        labels is not in it.
    log_marginal_likelihood_value_ : float
        Log marginal likelihood of the normalised labels.
    log_posterior_ : float
        The same plus the log of the prior, without constants.
    L_ : ndarray of shape (n_samples, n_samples)
        Cholesky factor of the kernel matrix with noise.
    X_train_, y_train_ : ndarray
        Training rows, and labels, normalised.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, when X has names that are all strings.

    See Also
    --------
    skcurious.kernel_ridge.CuriousKernelRidgeCV : One length scale, chosen by
        leave-one-out errors; faster with thousands of labels.
    sklearn.gaussian_process.GaussianProcessRegressor : The model without curiosity.

    Notes
    -----
    ``predict(return_std=True)`` is scikit-learn's, of a label if the kernel holds
    a WhiteKernel. ``predict_covariance`` is of the function, without the noise.

    With `tangents` other than 'total' the score of a row is the sum of the squares
    of these parts.

    Labels of known noise variances c_i and learned noise v have ``A = K + diag(v +
    c)`` in the likelihood as in the predictions. Other packages leave the learned
    noise out where some is known; here it stays, since what is known of a label, like
    the scatter of its replicates, rarely is all that lies between it and the function
    (the day, the batch, the fit of the kernel). To trust the known noise alone, pass a
    kernel without ``WhiteKernel``: a label to come, of which nothing is known, is then
    taken to be as noisy as the others on average.

    Up to 5,000 training rows; beyond, use
    :class:`~sklearn.kernel_approximation.Nystroem` with
    :class:`~skcurious.linear_model.CuriousRidgeCV`.

    References
    ----------
    F. Eaton, "Influence functions and regularity tangents for efficient active
    learning", arXiv 2411.15292, 2024.

    C. E. Rasmussen and C. K. I. Williams, "Gaussian processes for machine learning",
    MIT Press, 2006.

    Examples
    --------
    Three columns bend the function; two are linear in it, and one is noise:

    >>> from sklearn.datasets import make_friedman1
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcurious.gaussian_process import CuriousGaussianProcessRegressor
    >>> X, y = make_friedman1(100, n_features=6, random_state=0)
    >>> model = make_pipeline(StandardScaler(), CuriousGaussianProcessRegressor())
    >>> lengths = model.fit(X, y)[-1].kernel_.k1.k1.k2.k2.length_scale
    >>> bool(lengths[3:].min() > 10 * lengths[:3].max())
    True
    """

    _parameter_constraints: dict = {
        **GaussianProcessRegressor._parameter_constraints,
        "kernel": [None, Kernel, StrOptions({"auto"})],
        "prior": [None, StrOptions({"auto"})],
        "tangents": [
            StrOptions({"total", "parts"}),
            Interval(Integral, None, None, closed="neither"),
            list,
        ],
        "warm_start": ["boolean"],
        "store_covariance": ["boolean"],
    }

    def __init__(
        self,
        kernel="auto",
        *,
        alpha=1e-10,
        optimizer="fmin_l_bfgs_b",
        n_restarts_optimizer=0,
        normalize_y=True,
        copy_X_train=True,
        n_targets=None,
        random_state=None,
        prior="auto",
        tangents="total",
        warm_start=False,
        store_covariance=True,
    ):
        super().__init__(
            kernel=kernel,
            alpha=alpha,
            optimizer=optimizer,
            n_restarts_optimizer=n_restarts_optimizer,
            normalize_y=normalize_y,
            copy_X_train=copy_X_train,
            n_targets=n_targets,
            random_state=random_state,
        )
        self.prior = prior
        self.tangents = tangents
        self.warm_start = warm_start
        self.store_covariance = store_covariance

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, label_noise=None):
        """Learn the kernel, and fit the process and its tangent.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or list of object
            Training rows, 5,000 at most.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets; they share the kernel.
        label_noise : float or array-like of shape (n_samples,), default=None
            Known noise variance of each label, in squared units of y: of a mean of
            replicates, from the data sheet of an instrument. It is fixed, and comes on
            top of the learned ``WhiteKernel``, which stands for what remains. Of a
            single target.

        Returns
        -------
        self : CuriousGaussianProcessRegressor
            The fitted model.

        Raises
        ------
        ValueError
            For data or parameters that cannot be used.
        LinAlgError
            When the kernel matrix is not positive definite.

        Warns
        -----
        ConvergenceWarning
            When the optimiser stops early or, without a prior, at a bound.
        UserWarning
            When columns are far from standardised, for which the priors are.
        """
        rng = check_random_state(self.random_state)
        is_vector = self.kernel in (None, "auto") or self.kernel.requires_vector_input
        X, y = validate_training(
            self,
            X,
            y,
            multi_output=True,
            y_numeric=True,
            ensure_2d=is_vector,
            # Learned in 64 bits, a kernel need not be definite in 32.
            dtype=np.float64 if is_vector else None,
        )
        given = y.dtype
        y = y.astype(np.float64, copy=False)
        check_labels(y, self.n_targets)
        alpha = check_noise(self.alpha, len(y))
        labels = y.astype(given, copy=False)
        y, mean, spread, known = with_known_noise(
            y, given, self.normalize_y, label_noise
        )
        seen = SeenLabels.of(labels, label_noise=label_noise, alpha=alpha)
        kernel, last = self._start(X)
        self._chosen_parts(terms(kernel))
        prior = None
        if self.prior is not None and self.optimizer is not None and is_vector:
            prior = dimension_scaled_prior(kernel, X.shape[1])
            names = getattr(self, "feature_names_in_", range(X.shape[1]))
            numeric = numeric_columns(kernel, np.arange(X.shape[1]))
            warn_of_scale(X, names, numeric)
        with one_thread(len(y) < FEW):  # hundreds of short factorisations
            learned = learn_kernel(
                kernel,
                X,
                y,
                alpha + known,
                prior=prior,
                optimizer=self.optimizer,
                n_restarts=self.n_restarts_optimizer,
                rng=rng,
                from_prior=not last,
            )
        self._rng, self._seen = rng, seen
        self._y_train_mean, self._y_train_std = mean, spread
        self.X_train_ = np.copy(X) if self.copy_X_train else X
        self.y_train_ = np.copy(y) if self.copy_X_train else y
        self.kernel_ = learned.kernel
        self.log_marginal_likelihood_value_ = learned.log_evidence
        self.log_posterior_ = learned.log_posterior
        self._solve(alpha, known)
        return self

    def _start(self, X):
        """The kernel to start from, and whether it is that of the fit before."""
        kernel = self.kernel
        if kernel is None:
            kernel = default_kernel()
        elif kernel == "auto":
            kernel = auto_kernel(X.shape[1])
        kernel = clone(kernel)
        last = getattr(self, "kernel_", None) if self.warm_start else None
        if last is not None and _names(last) == _names(kernel):
            kernel.theta = last.theta
            return kernel, True
        return kernel, False

    def predict(self, X, return_std=False, return_cov=False):
        """Predict, and say how sure the prediction is, as scikit-learn does.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or list of object
            Rows.
        return_std : bool, default=False
            Whether to return standard deviations as well: of labels, if the kernel
            holds a WhiteKernel, else of the function.
        return_cov : bool, default=False
            Whether to return their covariance instead.

        Returns
        -------
        y_mean : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Predictions, in the units of y.
        y_std : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Only with `return_std`.
        y_cov : ndarray of shape (n_samples, n_samples) or \
                (n_samples, n_samples, n_targets)
            Only with `return_cov`.

        Raises
        ------
        RuntimeError
            When both are asked for.
        """
        if return_std and return_cov:
            raise RuntimeError(
                "At most one of return_std or return_cov can be requested."
            )
        fitted = hasattr(self, "X_train_")
        kernel = self.kernel_ if fitted else self.kernel
        is_vector = kernel in (None, "auto") or kernel.requires_vector_input
        X = validate_data(
            self,
            X,
            ensure_2d=is_vector,
            dtype="numeric" if is_vector else None,
            reset=False,
        )
        if not fitted:
            kernel, _ = self._start(X)
            shape = (
                (len(X),) if self.n_targets in (None, 1) else (len(X), self.n_targets)
            )
            mean, spread, V = np.zeros(shape), np.ones(shape[1:] or 1), None
        else:
            with quiet_overflow():
                K = cross_kernel(kernel, X, self.X_train_)
            spread = self._y_train_std
            mean = _flat(spread * (K @ self.alpha_) + self._y_train_mean)
            check_finite(mean, "predictions")
            if not (return_std or return_cov):
                return mean
            V = solve_triangular(self.L_, K.T, lower=True, check_finite=False)
        if return_std:
            variance = kernel.diag(X).copy()
            if V is not None:
                with quiet_overflow():
                    variance -= np.einsum("ij,ij->j", V, V)
            if (variance < 0).any():
                warn(
                    "Predicted variances smaller than 0. Setting those variances to 0."
                )
                variance = np.maximum(variance, 0)
            if V is not None:
                # A thousandth of a variance of rounding is in scikit-learn's, too.
                rounding = np.finfo(float).eps * kernel.diag(X)
                if (rounding > 1e-3 * variance).any():
                    warn_of_few_digits(variance, rounding, "the variance of y")
            variance = check_finite(np.multiply.outer(variance, spread**2), "variances")
            return MeanStd(mean, np.sqrt(_flat(variance)))
        if return_cov:
            with quiet_overflow():
                covariance = kernel(X)
                if V is not None:
                    covariance -= V.T @ V
            covariance = np.multiply.outer(covariance, spread**2)
            return mean, _flat(check_finite(covariance, "covariances"))
        return mean


def default_kernel():
    """What scikit-learn of the version at hand takes for ``kernel=None``."""
    return GaussianProcessRegressor(optimizer=None).fit([[0.0]], [0.0]).kernel_


def _names(kernel):
    """Which hyperparameters theta holds."""
    return [(h.name, h.n_elements) for h in kernel.hyperparameters if not h.fixed]


def _flat(values):
    """Without a last axis of one target."""
    return values[..., 0] if values.ndim > 1 and values.shape[-1] == 1 else values
