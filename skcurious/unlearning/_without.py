"""One model without some of its rows: a function with a way for each kind of model.

Whatever is wrapped around a model is opened, its rows and labels transformed as they
were before the fit, and put around the model that comes back.
"""

from functools import singledispatch

from sklearn.linear_model import RANSACRegressor
from sklearn.model_selection._search import BaseSearchCV

from skcurious._imported import if_imported
from skcurious._reach import transformed
from skcurious._wrappers import open_wrapper, with_inner
from skcurious.base import Curious
from skcurious.unlearning._learner import without_taught_rows


@singledispatch
def without_rows(estimator, X, y, **options):
    """A new fitted estimator without these rows, by the kind of the estimator.

    What :func:`forget` calls. Register a function of the same arguments for a regressor
    of your own, and :func:`forget` reaches it through every wrapper.

    Parameters
    ----------
    estimator : estimator
        Fitted; not to be changed.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows to take out, as `estimator` was fitted to them.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Their labels, with a second axis behind a TransformedTargetRegressor.
    **options : dict
        Keyword arguments of :func:`forget` that were given.

    Returns
    -------
    estimator : estimator
        Another one, fitted.

    Raises
    ------
    TypeError
        When it has no way to forget, or does not know an option.
    ValueError
        When the rows were never in.

    Examples
    --------
    A regressor that predicts the mean label, and forgets:

    >>> from copy import copy
    >>> from sklearn.base import BaseEstimator, RegressorMixin
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcurious.unlearning import forget, without_rows
    >>> class Mean(RegressorMixin, BaseEstimator):
    ...     def fit(self, X, y):
    ...         self.total_, self.n_ = sum(y), len(y)
    ...         return self
    ...     def predict(self, X):
    ...         return [self.total_ / self.n_] * len(X)
    >>> @without_rows.register
    ... def _(estimator: Mean, X, y):
    ...     new = copy(estimator)
    ...     new.total_, new.n_ = estimator.total_ - sum(y), estimator.n_ - len(y)
    ...     return new
    >>> model = make_pipeline(StandardScaler(), Mean()).fit([[0], [1], [2]], [1, 2, 6])
    >>> forget(model, [[2]], [6]).predict([[1]])
    [1.5]
    """
    x_steps, y_steps = [], []
    inner = open_wrapper(estimator, x_steps, y_steps)
    for name, steps in (("X_remaining", x_steps), ("y_remaining", y_steps)):
        if options.get(name) is not None:
            options[name] = transformed(options[name], steps)
    labels = None if y is None else transformed(y, y_steps)
    inner = without_rows(inner, transformed(X, x_steps), labels, **options)
    if isinstance(estimator, if_imported("modAL.models.base", "BaseLearner")):
        return without_taught_rows(estimator, inner, X, y)
    return with_inner(estimator, inner)


@without_rows.register
def _(estimator: Curious, X, y, **options):
    raise TypeError(
        f"{type(estimator).__name__} has no way to forget rows: fit it anew without "
        "them, or register one with skcurious.unlearning.without_rows."
    )


@without_rows.register
def _(estimator: BaseSearchCV, X, y, *, refit_hyperparameters=False, **options):
    if refit_hyperparameters:
        raise ValueError(
            f"{type(estimator).__name__} chose its hyperparameters by cross-validation "
            "over all rows: for others, fit it anew without these rows. "
            "refit_hyperparameters=True is for models that learn them themselves."
        )
    inner = without_rows(open_wrapper(estimator, [], []), X, y, **options)
    return with_inner(estimator, inner)


@without_rows.register
def _(estimator: RANSACRegressor, X, y, **options):
    raise TypeError(
        "RANSACRegressor draws the rows that its regressor is fitted to, and without "
        "some of them it would draw others: fit it anew without them."
    )
