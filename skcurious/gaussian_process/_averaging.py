"""Several views of the same labels, averaged by what the labels say for each."""

from copy import copy

import numpy as np
from sklearn.base import _fit_context, clone
from sklearn.ensemble import VotingRegressor
from sklearn.ensemble._base import _fit_single_estimator
from sklearn.utils import Bunch
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from skcurious._fit_parameters import named_for, routing_enabled
from skcurious._mean_std import MeanStd
from skcurious._reach import reach
from skcurious._targets import for_each_target
from skcurious.base import Curious

# Members with a smaller vote are not asked.
SMALLEST_VOTE = 1e-4


class EvidenceAveragingRegressor(Curious, VotingRegressor):
    """A VotingRegressor whose votes are the evidence for its members.

    Each member is a Gaussian process that sees the rows in a way of its own: as they
    are, their normal scores, some of the columns. The labels say which of these
    views explains them, by the marginal likelihood times the prior of the learned
    kernel, ``w_m = exp(log_evidence_m)``, so that no label is held out for the choice.

    Predictions are means over the members, and variances follow the law of total
    variance: where members disagree, that is added.

    Parameters
    ----------
    estimators : list of (str, estimator) tuples
        Names and members: :class:`CuriousGaussianProcessRegressor`, alone or at the
        end of a Pipeline.
    n_jobs : int, default=None
        Members that are fitted at the same time.
    verbose : bool, default=False
        As in VotingRegressor.

    Attributes
    ----------
    estimators_ : list of estimators
        The fitted members.
    named_estimators_ : Bunch
        The same by name.
    log_evidences_ : ndarray of shape (n_members,)
        Log marginal likelihood of y, in its own units, plus the log prior of the
        hyperparameters, without the prior's constants.
    weights_ : ndarray of shape (n_members,)
        Their votes, which sum to 1; votes below 1e-4 are 0.
    noise_variance_ : float or ndarray of shape (n_targets,)
        Mean of the members', in squared units of y.

    See Also
    --------
    skcurious.default_regressor : Makes one for the columns at hand.

    Notes
    -----
    Query strategies average the utilities of the members as those of any ensemble,
    with these votes. ``curiosity_score`` and ``predict_tangent`` are means over the
    members.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import FunctionTransformer, StandardScaler
    >>> from skcurious.gaussian_process import (
    ...     CuriousGaussianProcessRegressor,
    ...     EvidenceAveragingRegressor,
    ... )
    >>> plain = make_pipeline(StandardScaler(), CuriousGaussianProcessRegressor())
    >>> log = make_pipeline(FunctionTransformer(np.log), plain)
    >>> model = EvidenceAveragingRegressor([("plain", plain), ("log", log)])
    >>> X = np.exp(np.linspace(0, 8, 30))[:, None]
    >>> model.fit(X, np.sin(np.log(X[:, 0]))).weights_.round(2)
    array([0., 1.])
    """

    _parameter_constraints: dict = {
        name: VotingRegressor._parameter_constraints[name]
        for name in ("estimators", "n_jobs", "verbose")
    }

    def __init__(self, estimators, *, n_jobs=None, verbose=False):
        super().__init__(estimators, n_jobs=n_jobs, verbose=verbose)

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, label_noise=None):
        """Fit the members, and count their votes.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Training rows, as the members take them.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        label_noise : float or array-like of shape (n_samples,), default=None
            Known noise variance of each label, in squared units of y, as in
            :meth:`CuriousGaussianProcessRegressor.fit`: every member gets it.

        Returns
        -------
        self : EvidenceAveragingRegressor
            The fitted ensemble.

        Raises
        ------
        TypeError
            When a member has no evidence.
        ValueError
            When the data cannot be used.
        """
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is "
                "None."
            )
        self._fit_members(X, np.asarray(y), label_noise)
        return self._vote()

    def _with_members(self, members):
        """A copy with other fitted members, which vote anew."""
        check_is_fitted(self, "weights_")
        new = copy(self)
        new.estimators_ = members
        names = dict(zip(self.named_estimators_, members, strict=True))
        new.named_estimators_ = Bunch(**names)
        return new._vote()

    def _vote(self):
        """Count the votes of fitted members."""
        self.log_evidences_ = np.array([self._evidence(m) for m in self.estimators_])
        votes = np.exp(self.log_evidences_ - self.log_evidences_.max())
        votes[votes < SMALLEST_VOTE * votes.sum()] = 0
        self.weights_ = votes / votes.sum()
        noise = [reach(member).model.noise_variance for member in self.estimators_]
        self.noise_variance_ = for_each_target(
            self.weights_ @ np.reshape(noise, (len(noise), -1))
        )
        return self

    def _fit_members(self, X, y, label_noise):
        # As VotingRegressor does, which passes on no parameter but sample_weight.
        names, members = self._validate_estimators()
        given = {} if label_noise is None else {"label_noise": label_noise}
        if routing_enabled():
            routed = process_routing(self, "fit", **given)
            params = [routed[name]["fit"] for name in names]
        else:
            params = [
                {named_for(member, name): value for name, value in given.items()}
                for member in members
            ]
        kept = [j for j, member in enumerate(members) if member != "drop"]
        self.estimators_ = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_single_estimator)(
                clone(members[j]),
                X,
                y,
                fit_params=params[j],
                message_clsname="Voting",
                message=self._log_message(names[j], j + 1, len(members)),
            )
            for j in kept
        )
        fitted = dict(zip([names[j] for j in kept], self.estimators_, strict=True))
        self.named_estimators_ = Bunch(**{**dict(self.estimators), **fitted})
        for member in self.estimators_:
            if hasattr(member, "feature_names_in_"):
                self.feature_names_in_ = member.feature_names_in_

    def _evidence(self, member):
        reached = reach(member)
        evidence = getattr(reached.estimator, "log_evidence_", None)
        if evidence is None or reached.transforms_labels:
            raise TypeError(
                "EvidenceAveragingRegressor compares members by the marginal "
                f"likelihood of y, which {type(member).__name__} around "
                f"{type(reached.estimator).__name__} does not give. Use "
                "CuriousGaussianProcessRegressor, alone or at the end of a Pipeline, "
                "without a transformation of y."
            )
        return evidence

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def check_tangent(self):
        """Raise when the members are not fitted.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        check_is_fitted(self, "weights_")

    def label_spread(self):
        """What predictions are measured in beside those of another target.

        Returns
        -------
        spread : float
            Spread of the labels.
        """
        return float(reach(self.estimators_[0]).model.label_spread[0])

    def _asked(self):
        """Members that have a vote, and their votes."""
        self.check_tangent()
        pairs = zip(self.estimators_, self.weights_, strict=True)
        return [(member, vote) for member, vote in pairs if vote > 0]

    def _mean(self, function):
        return sum(vote * function(member) for member, vote in self._asked())

    def predict(self, X, return_std=False):
        """Predict, and say how sure the prediction is.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Rows.
        return_std : bool, default=False
            Whether to return standard deviations as well, as the members' own
            ``predict`` does: of labels, if their kernels hold a WhiteKernel.

        Returns
        -------
        y_mean : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Predictions.
        y_std : ndarray of the same shape
            Only with `return_std`.
        """
        if not return_std:
            return self._mean(lambda member: member.predict(X))

        def of(member):  # a search around it does not forward return_std
            reached = reach(member)
            return reached.estimator.predict(reached.given(X), return_std=True)

        return MeanStd(*self._moments(of))

    def predict_mean_std(self, X, noise=False):
        """Predictions, and standard deviations of the mean, without the noise.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Rows.
        noise : bool, default=False
            Whether the standard deviations are to be those of labels.

        Returns
        -------
        y_mean, y_std : ndarrays of shape (n_samples,) or (n_samples, n_targets)
        """

        def of(member):
            reached = reach(member)
            return reached.estimator.predict_mean_std(reached.given(X), noise)

        return self._moments(of)

    def _moments(self, function):
        """Mean and deviation by the law of total variance."""
        parts = [(*function(member), vote) for member, vote in self._asked()]
        mean = sum(vote * m for m, _, vote in parts)
        variance = sum(vote * (s**2 + (m - mean) ** 2) for m, s, vote in parts)
        return mean, np.sqrt(variance)

    def predict_tangent(self, X):
        """Derivative of the predictions with respect to the regularity.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        tangent : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Mean over the members.
        """

        def of(member):
            reached = reach(member)
            return reached.estimator.predict_tangent(reached.given(X))

        return self._mean(of)

    def curiosity_score(self, X, y=None, *, noise_variance=None):
        """How much a label at each row would move the complexity, on average.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_targets), default=None
            Their labels, if known.
        noise_variance : float or array-like of shape (n_samples,), default=None
            As in :meth:`CuriousGaussianProcessRegressor.curiosity_score`.

        Returns
        -------
        score : ndarray of shape (n_samples,)
            Mean over the members.
        """

        def of(member):
            reached = reach(member)
            return reached.estimator.curiosity_score(
                reached.given(X), y, noise_variance=noise_variance
            )

        return self._mean(of)

    def predict_covariance(self, X, Z=None, *, noise_variance=None):
        """Posterior covariance of the predictions, by the law of total covariance.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_X, n_features)
            Rows.
        Z : {array-like, DataFrame} of shape (n_Z, n_features), default=None
            Other rows; None means X itself.
        noise_variance : float, default=None
            Variance of a label; by default each member's own.

        Returns
        -------
        covariance : ndarray of shape (n_X, n_Z)
            In squared units of y. Of several targets the mean, each in units of the
            variance of its labels.
        """
        Z = X if Z is None else Z
        total, left, right = 0.0, [], []
        for member, vote in self._asked():
            reached = reach(member)
            rows, others = reached.given(X), reached.given(Z)
            total = total + vote * reached.estimator.predict_covariance(
                rows, others, noise_variance=noise_variance
            )
            left.append(np.reshape(member.predict(X), (len(rows), -1)))
            right.append(np.reshape(member.predict(Z), (len(others), -1)))
        votes = np.array([vote for _, vote in self._asked()])
        # Of one target, or with a given variance of a label, in units of y.
        units = reach(self.estimators_[0]).model.units if noise_variance is None else 1
        left, right = np.array(left) / units, np.array(right) / units
        left = left - np.tensordot(votes, left, 1)
        right = right - np.tensordot(votes, right, 1)
        between = np.einsum("m,mik,mjk->ij", votes, left, right) / left.shape[2]
        return total + between

    @property
    def members_(self):
        """Members that have a vote, with their votes, for query strategies."""
        return self._asked()
