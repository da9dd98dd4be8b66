"""The loop of modAL's ActiveLearner."""

from modAL.models import ActiveLearner
from scipy import sparse
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils.validation import _num_samples

from skcurious._documentation import DocumentationLink
from skcurious._warnings import warn
from skcurious.modal._queries import check_queries
from skcurious.modal._rows import check_rows, per_row, stacked
from skcurious.query import expected_curiosity_reduction


class CuriousLearner(DocumentationLink, ActiveLearner):
    """A learner that asks for the labels it is curious about.

    modAL's :class:`~modAL.models.ActiveLearner` with the same methods, for
    NumPy arrays, SciPy sparse matrices and tables of pandas and polars: `fit`,
    `teach`, `query`, `predict`, `score`.  When a call fails, the training data kept by
    the learner stay as they were.

    Parameters
    ----------
    estimator : estimator
        The regressor to train: a curious one, alone or in a Pipeline, a
        search or a TransformedTargetRegressor, for the strategies of
        :mod:`skcurious.query`; any regressor for others. It is not copied:
        the learner fits this very object.
    query_strategy : callable, default=expected_curiosity_reduction
        ``query_strategy(learner, X_pool, ...)`` returns indices, or a tuple of
        indices and scores.
    X_training : {array-like, sparse matrix, DataFrame} of shape \
            (n_samples, n_features), default=None
        First labelled rows.  If given, the estimator is fitted at once.
    y_training : {array-like, Series} of shape (n_samples,) or \
            (n_samples, n_targets), default=None
        Their labels.
    bootstrap_init : bool, default=False
        Whether to fit on a bootstrap sample of the first rows.
    on_transformed : bool, default=False
        Only for modAL's own batch strategies, which then compare rows as the
        pipeline transforms them.
    random_state : int, RandomState instance, default=None
        Seeds the bootstrap samples.
    **fit_kwargs : dict
        Passed to the first ``estimator.fit``.

    Attributes
    ----------
    X_training, y_training
        All rows taught so far, in the type of the first ones.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcurious import CuriousRidge
    >>> from skcurious.modal import CuriousLearner
    >>> X, y = load_diabetes(return_X_y=True)
    >>> learner = CuriousLearner(
    ...     CuriousRidge(alpha=0.1), X_training=X[:20], y_training=y[:20]
    ... )
    >>> indices, rows = learner.query(X[20:], n_instances=2)
    >>> indices
    array([  3, 103])
    >>> learner.teach(rows, y[20:][indices]).X_training.shape
    (22, 10)
    """

    def __init__(
        self,
        estimator,
        query_strategy=expected_curiosity_reduction,
        X_training=None,
        y_training=None,
        bootstrap_init=False,
        on_transformed=False,
        random_state=None,
        **fit_kwargs,
    ):
        if not callable(query_strategy):
            raise TypeError(
                "query_strategy must be a function like expected_curiosity_reduction, "
                f"got a {type(query_strategy).__name__}. Pass rows and labels by name: "
                "X_training=, y_training=."
            )
        if isinstance(estimator, type):
            raise TypeError(
                f"estimator is the class {estimator.__name__}: pass an instance, "
                f"{estimator.__name__}()."
            )
        super().__init__(estimator, query_strategy, on_transformed=on_transformed)
        self.bootstrap_init = bootstrap_init
        self.random_state = random_state
        self._rng = check_random_state(random_state)
        if (X_training is None) != (y_training is None):
            raise ValueError("X_training and y_training must be given together.")
        if X_training is not None:
            self.fit(X_training, y_training, bootstrap=bootstrap_init, **fit_kwargs)

    # The notebook's picture of an estimator compares parameters with their
    # defaults, which data do not allow.
    _repr_html_ = None

    def _repr_mimebundle_(self, **kwargs):
        return {"text/plain": repr(self)}

    def __repr__(self):
        strategy = getattr(self.query_strategy, "func", self.query_strategy)
        n_rows = 0 if self.X_training is None else _num_samples(self.X_training)
        return (
            f"{type(self).__name__}(estimator={self.estimator!r}, query_strategy="
            f"{getattr(strategy, '__name__', strategy)}, {n_rows} rows)"
        )

    def fit(self, X, y, bootstrap=False, **fit_kwargs):
        """Forget what was taught, and fit the estimator to these rows.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Labelled rows.
        y : {array-like, Series} of shape (n_samples,) or (n_samples, n_targets)
            Their labels.
        bootstrap : bool, default=False
            Whether to fit on a bootstrap sample of the rows.
        **fit_kwargs : dict
            Passed to ``estimator.fit``; arrays with a value for each row,
            like ``sample_weight``, are resampled with the rows.

        Returns
        -------
        self : CuriousLearner
            The fitted learner.
        """
        check_rows(X, y)
        self._fit_estimator(X, y, bootstrap, fit_kwargs)
        self.X_training, self.y_training = X, y
        return self

    def teach(self, X, y, bootstrap=False, only_new=False, **fit_kwargs):
        """Add labelled rows, and fit the estimator again.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_new, n_features)
            New rows, of the type of the earlier ones.
        y : {array-like, Series} of shape (n_new,) or (n_new, n_targets)
            Their labels.
        bootstrap : bool, default=False
            Whether to fit on a bootstrap sample of the rows.
        only_new : bool, default=False
            Whether to fit on these rows alone and not to keep them.
        **fit_kwargs : dict
            Passed to ``estimator.fit``, for all the rows that it gets.

        Returns
        -------
        self : CuriousLearner
            The fitted learner.
        """
        check_rows(X, y)
        if only_new:
            self._fit_estimator(X, y, bootstrap, fit_kwargs)
            return self
        return self.fit(*self._with(X, y), bootstrap=bootstrap, **fit_kwargs)

    def query(self, X_pool, *query_args, return_metrics=False, **query_kwargs):
        """Ask the query strategy for rows to label.

        Parameters
        ----------
        X_pool : {array-like, sparse matrix, DataFrame} of shape (n_pool, n_features)
            Candidates.
        *query_args : tuple
            Passed to the strategy, the first being `n_instances`.
        return_metrics : bool, default=False
            Whether to return the scores of the queried rows as well.
        **query_kwargs : dict
            Passed to the strategy.

        Returns
        -------
        indices : ndarray of shape (n_instances,)
            Rows of `X_pool`.
        rows : same type as `X_pool`
            ``X_pool[indices]``.
        scores : ndarray of shape (n_instances,) or None
            Only with ``return_metrics=True``; None when the strategy returns
            none.

        Raises
        ------
        ValueError
            When the strategy returns anything but positions of different rows, as
            many as `n_instances`: labels of an index, a mask, scores.
        """
        # One call, and errors go to the caller: modAL itself would swallow
        # the first and call a failing strategy again.
        result = self.query_strategy(self, X_pool, *query_args, **query_kwargs)
        n_instances = query_kwargs.get("n_instances", *query_args[:1])
        indices, scores = check_queries(result, X_pool, n_instances, return_metrics)
        pool = X_pool.tocsr() if sparse.issparse(X_pool) else X_pool
        rows = _safe_indexing(pool, indices)
        if not return_metrics:
            return indices, rows
        if scores is None:
            warn(
                "The query strategy returns no scores: return_metrics=True gives None.",
            )
        return indices, rows, scores

    def _with(self, X, y):
        """All rows and labels, these included."""
        if self.X_training is None:
            return X, y
        return stacked(self.X_training, X, "X"), stacked(self.y_training, y, "y")

    # What modAL's committees call of their members.

    def _add_training_data(self, X, y):
        check_rows(X, y)
        self.X_training, self.y_training = self._with(X, y)

    def _fit_to_known(self, bootstrap=False, **fit_kwargs):
        self._fit_estimator(self.X_training, self.y_training, bootstrap, fit_kwargs)

    def _fit_on_new(self, X, y, bootstrap=False, **fit_kwargs):
        check_rows(X, y)
        self._fit_estimator(X, y, bootstrap, fit_kwargs)

    def _fit_estimator(self, X, y, bootstrap, fit_kwargs):
        if bootstrap:
            n_rows = _num_samples(X)
            drawn = self._rng.randint(n_rows, size=n_rows)
            X, y = _safe_indexing(X, drawn), _safe_indexing(y, drawn)
            fit_kwargs = {
                name: _safe_indexing(value, drawn) if per_row(value, n_rows) else value
                for name, value in fit_kwargs.items()
            }
        self.estimator.fit(X, y, **fit_kwargs)
